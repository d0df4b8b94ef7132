use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use tempfile::TempDir;

use super::Outlet;
use crate::disk::lock::Busy;
use crate::disk::manifest::{FILE_NAME, Kind, Manifest};
use crate::disk::refusal::Refusal;
use crate::disk::stage::Published;
use crate::fingerprint::Fingerprint;

/// A newspaper's root with an output `public` in a folder of its own, so that everything beside the output is seen.
struct Site {
    work: TempDir,
    output: PathBuf,
}

impl Site {
    fn new() -> Self {
        let work = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(work.path().join("site")).expect("made");
        let output = work.path().join("web/public");
        Self { work, output }
    }

    fn root(&self) -> PathBuf {
        self.work.path().join("site")
    }

    fn open(&self) -> anyhow::Result<Outlet> {
        Outlet::open(&self.output, &self.root(), Duration::ZERO)
    }

    /// Publishes `files`; what the output holds with the same bytes is kept.
    fn publish(&self, files: &[(&str, &str)]) -> anyhow::Result<Published> {
        let outlet = self.open()?;
        let stage = outlet.stage(Kind::Production);
        files.par_iter().try_for_each(|(path, text)| {
            if stage.keep(path, Fingerprint::of(text.as_bytes())) {
                Ok(())
            } else {
                stage.write(path, text.as_bytes())
            }
        })?;
        stage.commit()
    }

    fn put(&self, path: &str, text: &str) {
        let place = self.output.join(path);
        fs::create_dir_all(place.parent().expect("below the output")).expect("made");
        fs::write(place, text).expect("written");
    }

    /// Every file in the output but the manifest, and every empty folder with a `/`.
    fn tree(&self) -> BTreeMap<String, String> {
        tree(&self.output)
    }

    /// The output holds exactly `files`; its manifest lists those that are not `strangers`; nothing is left beside it.
    fn check(&self, files: &[(&str, &str)], strangers: &[&str]) {
        let wanted: BTreeMap<String, String> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        assert_eq!(self.tree(), wanted);
        let manifest = Manifest::read(&self.output).expect("readable").expect("there");
        let listed: Vec<&str> = manifest.files().iter().map(|entry| entry.path.as_str()).collect();
        let ours: Vec<&str> =
            wanted.keys().map(String::as_str).filter(|path| !strangers.contains(path)).collect();
        assert_eq!(listed, ours);
        for entry in manifest.files() {
            assert!(
                manifest.holds(&entry.path, Fingerprint::of(wanted[&entry.path].as_bytes())),
                "{entry:?}"
            );
            assert_eq!(entry.size, wanted[&entry.path].len() as u64);
        }
        self.check_swept();
    }

    fn check_swept(&self) {
        let name = self.output.file_name().expect("a name").to_owned();
        let beside = fs::read_dir(self.output.parent().expect("a parent")).expect("readable");
        let beside: Vec<_> =
            beside.map(|entry| entry.expect("readable").file_name()).filter(|other| *other != name).collect();
        assert!(beside.is_empty(), "left beside the output: {beside:?}");
    }
}

fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder).min_depth(1) {
        let entry = entry.expect("readable");
        let path = entry.path().strip_prefix(folder).expect("below").to_str().expect("UTF-8").to_owned();
        if entry.file_type().is_dir() {
            if fs::read_dir(entry.path()).expect("readable").next().is_none() {
                found.insert(path + "/", String::new());
            }
        } else if path != FILE_NAME {
            found.insert(path, fs::read_to_string(entry.path()).unwrap_or_default());
        }
    }
    found
}

fn refusal(error: &anyhow::Error) -> &Refusal {
    error.downcast_ref::<Refusal>().unwrap_or_else(|| panic!("no refusal but {error:#}"))
}

#[test]
fn pages_appear_change_and_vanish() {
    let site = Site::new();
    let first = site
        .publish(&[("index.html", "1"), ("a/index.html", "a"), ("b/c/index.html", "c")])
        .expect("published");
    assert_eq!((first.files, first.written, first.removed, first.unchanged), (3, 3, 0, false));
    site.check(&[("index.html", "1"), ("a/index.html", "a"), ("b/c/index.html", "c")], &[]);
    let second =
        site.publish(&[("index.html", "2"), ("a/index.html", "a"), ("b", "now a file")]).expect("published");
    assert_eq!((second.files, second.written, second.kept, second.removed), (3, 2, 1, 1));
    site.check(&[("index.html", "2"), ("a/index.html", "a"), ("b", "now a file")], &[]);
    let third = site.publish(&[("b/x", "a folder again")]).expect("published");
    assert_eq!(third.removed, 3);
    site.check(&[("b/x", "a folder again")], &[]);
}

#[test]
fn the_same_edition_touches_nothing_and_has_the_same_manifest() {
    let site = Site::new();
    let files = [("index.html", "1"), ("a/index.html", "a")];
    site.publish(&files).expect("published");
    let stamp = || fs::metadata(site.output.join(FILE_NAME)).expect("there").modified().expect("known");
    let (before, manifest) = (stamp(), fs::read(site.output.join(FILE_NAME)).expect("there"));
    let again = site.publish(&files).expect("published");
    assert!(again.unchanged && again.kept == 2, "{again:?}");
    assert_eq!(stamp(), before);
    let other = Site::new();
    other.publish(&[files[1], files[0]]).expect("published");
    assert_eq!(fs::read(other.output.join(FILE_NAME)).expect("there"), manifest);
}

#[test]
fn one_outlet_may_stage_again_and_again() {
    let site = Site::new();
    let outlet = site.open().expect("free");
    for text in ["1", "2", "3"] {
        let stage = outlet.stage(Kind::Preview);
        assert_eq!(stage.keep("same", Fingerprint::of(b"same")), text != "1");
        if text == "1" {
            stage.write("same", b"same").expect("written");
        }
        stage.write("index.html", text.as_bytes()).expect("written");
        stage.commit().expect("published");
        site.check(&[("index.html", text), ("same", "same")], &[]);
    }
    let manifest = Manifest::read(&site.output).expect("readable").expect("there");
    assert_eq!(manifest.kind(), Kind::Preview);
}

#[test]
fn what_others_put_there_stays() {
    let site = Site::new();
    site.publish(&[("index.html", "1"), ("a/index.html", "a")]).expect("published");
    site.put("CNAME", "example.com");
    site.put("a/notes.txt", "n");
    site.put("old/deep/x", "x");
    fs::create_dir(site.output.join("empty")).expect("made");
    let published = site.publish(&[("index.html", "2")]).expect("published");
    assert!(published.strangers >= 4, "{published:?}");
    let strangers = ["CNAME", "a/notes.txt", "old/deep/x", "empty/"];
    let wanted = [
        ("index.html", "2"),
        ("CNAME", "example.com"),
        ("a/notes.txt", "n"),
        ("old/deep/x", "x"),
        ("empty/", ""),
    ];
    site.check(&wanted, &strangers);
    site.publish(&[("index.html", "3"), ("a/b", "b")]).expect("published");
    site.check(&[&wanted[1..], &[("index.html", "3"), ("a/b", "b")]].concat(), &strangers);
}

#[cfg(unix)]
#[test]
fn links_and_pipes_of_others_stay_as_they_are() {
    let site = Site::new();
    site.publish(&[("index.html", "1")]).expect("published");
    std::os::unix::fs::symlink("/etc", site.output.join("etc")).expect("linked");
    std::os::unix::fs::symlink("nowhere", site.output.join("dangling")).expect("linked");
    let pipe = site.output.join("pipe");
    let made =
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0);
    made.expect("made");
    site.publish(&[("index.html", "2")]).expect("published");
    assert_eq!(fs::read_link(site.output.join("etc")).expect("a link"), Path::new("/etc"));
    assert_eq!(fs::read_link(site.output.join("dangling")).expect("a link"), Path::new("nowhere"));
    assert!(!fs::symlink_metadata(&pipe).expect("there").is_file());
    site.check_swept();
}

#[test]
fn a_page_never_overwrites_what_others_put_there() {
    for (stranger, page) in
        [("x.html", "x.html"), ("x", "x/index.html"), ("x/y", "x"), ("a/x", "a/x"), ("a/x", "a/x/y")]
    {
        let site = Site::new();
        site.publish(&[("index.html", "1"), ("a/index.html", "a")]).expect("published");
        site.put(stranger, "mine");
        let before = site.tree();
        let error = site.publish(&[("index.html", "2"), (page, "ours")]).expect_err("a collision");
        assert!(refusal(&error).message().contains(stranger.split('/').next().expect("a name")), "{error}");
        assert_eq!(site.tree(), before, "{stranger} and {page}");
        site.check_swept();
    }
}

#[cfg(unix)]
#[test]
fn what_came_at_the_last_moment_moves_to_the_new_tree() {
    let site = Site::new();
    site.publish(&[("index.html", "1"), ("a/x", "x")]).expect("published");
    site.publish(&[("index.html", "2"), ("a/x", "x")]).expect("published");
    let old = site.root().join(".newsprint/spare");
    let (ours, now) = (Manifest::read(&old), Manifest::read(&site.output));
    let (ours, now) = (ours.expect("readable").expect("there"), now.expect("readable").expect("there"));
    let long_ago = |place: &Path| {
        fs::File::open(place).expect("there").set_modified(std::time::UNIX_EPOCH).expect("set");
    };
    for folder in ["", "a"] {
        long_ago(&old.join(folder));
    }
    assert!(!super::carry::has_changed_since(&old, &ours, &[], 1));
    fs::write(old.join("a/late"), "late").expect("written");
    assert!(super::carry::has_changed_since(&old, &ours, &[], 1));
    super::carry::rescue_late(&old, &ours, &site.output, &now);
    site.check(&[("index.html", "2"), ("a/x", "x"), ("a/late", "late")], &["a/late"]);
}

#[test]
fn a_stranger_with_the_bytes_of_the_page_becomes_ours() {
    let site = Site::new();
    site.publish(&[("index.html", "1")]).expect("published");
    site.put("CNAME", "example.com");
    site.publish(&[("index.html", "1"), ("CNAME", "example.com")]).expect("published");
    site.check(&[("index.html", "1"), ("CNAME", "example.com")], &[]);
}

#[test]
fn our_own_files_changed_by_hand_are_not_kept() {
    let site = Site::new();
    let files = [("a", "12345"), ("b", "12345"), ("c", "12345"), ("d", "12345")];
    site.publish(&files).expect("published");
    let written = fs::metadata(site.output.join("b")).expect("there").modified().expect("known");
    site.put("a", "54321");
    site.put("b", "54321");
    fs::File::options()
        .write(true)
        .open(site.output.join("b"))
        .expect("there")
        .set_modified(written)
        .expect("set");
    fs::remove_file(site.output.join("c")).expect("deleted");
    let published = site.publish(&files).expect("published");
    assert_eq!((published.written, published.kept), (3, 1));
    site.check(&files, &[]);
}

#[test]
fn kept_files_are_trusted_again_without_being_read() {
    let site = Site::new();
    let many: Vec<(String, &str)> = (0..50).map(|number| (format!("{number}/index.html"), "x")).collect();
    for edition in ["1", "2", "3", "4"] {
        let mut files: Vec<(&str, &str)> = many.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        files.push(("index.html", edition));
        let published = site.publish(&files).expect("published");
        assert_eq!(published.kept, if edition == "1" { 0 } else { 50 });
        let outlet = site.open().expect("free");
        let holdings = outlet.holdings.lock().expect("whole").clone().expect("published");
        let (written, confirmed) = holdings.stamps;
        for entry in holdings.manifest.files() {
            let found = fs::metadata(site.output.join(&entry.path)).expect("there");
            assert!(
                super::system::modified_ns(&found) <= written
                    && super::system::changed_ns(&found) <= confirmed
            );
        }
    }
}

#[test]
fn a_dropped_stage_leaves_the_old_output_and_nothing_else() {
    let site = Site::new();
    site.publish(&[("index.html", "1")]).expect("published");
    let outlet = site.open().expect("free");
    let stage = outlet.stage(Kind::Production);
    stage.write("index.html", b"2").expect("written");
    drop(stage);
    site.check(&[("index.html", "1")], &[]);
}

#[test]
fn paths_that_leave_the_output_or_come_twice_are_errors() {
    let site = Site::new();
    let outlet = site.open().expect("free");
    let stage = outlet.stage(Kind::Production);
    for path in ["../x", "/etc/x", "a/../../x", "", "a//b", FILE_NAME, ".newsprint-half", &"n".repeat(256)] {
        stage.write(path, b"x").expect_err(path);
    }
    stage.write("a", b"x").expect("written");
    stage.write("a", b"y").expect_err("twice");
    let error = stage.write("a/b", b"y").expect_err("a file, not a folder");
    assert!(format!("{error:#}").contains("a/b"), "{error:#}");
    drop(stage);
    assert!(!site.output.exists());
    assert_eq!(fs::read_dir(site.work.path().join("web")).expect("there").count(), 0);
}

#[test]
fn copies_have_the_bytes_and_the_fingerprint_of_their_source() {
    let site = Site::new();
    let source = site.root().join("photo.jpg");
    fs::write(&source, "p".repeat(600_000)).expect("written");
    let outlet = site.open().expect("free");
    let stage = outlet.stage(Kind::Production);
    stage.copy("img/photo.jpg", &source).expect("copied");
    stage.copy("img/none.jpg", &site.root().join("none.jpg")).expect_err("not there");
    stage.copy("img/folder", &site.root()).expect_err("a folder");
    stage.commit().expect("published");
    site.check(&[("img/photo.jpg", &"p".repeat(600_000))], &[]);
}

#[test]
fn a_second_run_is_busy_while_the_first_has_the_outlet() {
    let site = Site::new();
    let first = site.open().expect("free");
    let busy = *site.open().expect_err("held").downcast_ref::<Busy>().expect("busy");
    assert_eq!(busy.pid, Some(std::process::id()));
    drop(first);
    site.open().expect("free again");
}

#[cfg(unix)]
#[test]
fn a_linked_output_is_exchanged_behind_its_link() {
    let mut site = Site::new();
    let link = site.root().join("public");
    fs::create_dir_all(&site.output).expect("made");
    std::os::unix::fs::symlink(&site.output, &link).expect("linked");
    let real = std::mem::replace(&mut site.output, link);
    site.publish(&[("index.html", "1")]).expect("published");
    site.publish(&[("index.html", "2")]).expect("published");
    assert!(fs::symlink_metadata(&site.output).expect("there").is_symlink());
    site.output = real;
    site.check(&[("index.html", "2")], &[]);
}

#[cfg(unix)]
#[test]
fn permissions_are_plain_and_the_folder_keeps_its_own() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = Site::new();
    site.publish(&[("a/index.html", "1")]).expect("published");
    let mode =
        |path: &str| fs::metadata(site.output.join(path)).expect("there").permissions().mode() & 0o7777;
    assert_eq!((mode("a/index.html") & 0o133, mode("a") & 0o022), (0, 0));
    fs::set_permissions(&site.output, fs::Permissions::from_mode(0o2750)).expect("set");
    site.publish(&[("a/index.html", "2")]).expect("published");
    assert_eq!(mode(""), 0o2750);
}

#[test]
fn what_killed_runs_left_is_swept_and_what_others_have_is_not() {
    let site = Site::new();
    site.publish(&[("index.html", "1")]).expect("published");
    let web = site.output.parent().expect("a parent").to_owned();
    let put = |path: &str, text: &str| {
        fs::create_dir_all(web.join(path).parent().expect("below")).expect("made");
        fs::write(web.join(path), text).expect("written");
    };
    let staging = String::from_utf8(crate::disk::manifest::staging()).expect("JSON");
    put(&format!(".public.newsprint-stage-41-0/{FILE_NAME}"), &staging);
    put(".public.newsprint-stage-41-0/a/index.html", "half");
    fs::create_dir(web.join(".public.newsprint-stage-42-0")).expect("made");
    // Exchanged and then killed: the old tree, with a stranger that came while the new one was exchanged.
    let old = fs::read_to_string(site.output.join(FILE_NAME)).expect("there");
    put(&format!(".public.newsprint-stage-43-0/{FILE_NAME}"), &old);
    put(".public.newsprint-stage-43-0/index.html", "0");
    put(".public.newsprint-stage-43-0/late/ads.txt", "ads");
    // Somebody else's, whatever the name: no mark of ours.
    put(".public.newsprint-stage-44-0/diary.txt", "mine");
    put(".public.newsprint-stage-mine/diary.txt", "mine");
    put(".other.newsprint-stage-45-0/diary.txt", "mine");
    site.open().expect("free");
    assert_eq!(site.tree().keys().collect::<Vec<_>>(), ["index.html", "late/ads.txt"]);
    let mut left: Vec<_> =
        fs::read_dir(&web).expect("there").map(|entry| entry.expect("readable").file_name()).collect();
    left.sort();
    let wanted = [
        ".other.newsprint-stage-45-0",
        ".public.newsprint-stage-44-0",
        ".public.newsprint-stage-mine",
        "public",
    ];
    assert_eq!(left, wanted);
}

#[test]
fn a_run_killed_between_two_renames_is_taken_back() {
    let site = Site::new();
    site.publish(&[("index.html", "1")]).expect("published");
    let aside = site.output.with_file_name(".public.newsprint-old");
    fs::rename(&site.output, &aside).expect("put aside");
    site.open().expect("free");
    site.check(&[("index.html", "1")], &[]);
    fs::create_dir(&aside).expect("made");
    site.open().expect("free");
    site.check(&[("index.html", "1")], &[]);
}

#[test]
fn two_renames_do_what_the_exchange_does() {
    let site = Site::new();
    site.publish(&[("index.html", "1")]).expect("published");
    let staged = site.output.with_file_name(".public.newsprint-stage-1-0");
    fs::create_dir(&staged).expect("made");
    fs::write(staged.join("index.html"), "2").expect("written");
    let aside = super::exchange_in_two_steps(&staged, &site.output).expect("exchanged");
    assert_eq!(tree(&site.output)["index.html"], "2");
    assert_eq!(tree(&aside)["index.html"], "1");
    super::exchange_in_two_steps(&staged, &site.output).expect_err("nothing is staged");
}

#[test]
fn the_output_before_the_last_is_the_base_of_the_next() {
    let site = Site::new();
    let spare = site.root().join(".newsprint/spare");
    site.publish(&[("index.html", "1"), ("a", "a")]).expect("published");
    assert!(!spare.exists());
    site.publish(&[("index.html", "2"), ("a", "a")]).expect("published");
    assert_eq!(tree(&spare)["index.html"], "1");
    fs::write(spare.join("leak.html"), "from nowhere").expect("written");
    fs::write(spare.join("a"), "b").expect("written");
    let published = site.publish(&[("index.html", "3"), ("a", "a")]).expect("published");
    // The unchanged file has two names: what happens to the one is seen at the other.
    assert_eq!(published.written, 2);
    site.check(&[("index.html", "3"), ("a", "a")], &[]);
    site.publish(&[("index.html", "4"), ("a", "a")]).expect("published");
    fs::remove_dir_all(&spare).expect("deleted");
    site.publish(&[("index.html", "5"), ("a", "a")]).expect("published");
    site.check(&[("index.html", "5"), ("a", "a")], &[]);
}

/// A small generator of numbers, so that a failing series can be run again by its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// A path of which some are folders in others.
    fn path(&mut self, names: &[&str]) -> String {
        let depth = 1 + self.below(3);
        let parts: Vec<&str> = (0..depth)
            .map(|_| names[usize::try_from(self.below(names.len() as u64)).expect("small")])
            .collect();
        parts.join("/")
    }
}

/// Adds a file to a tree unless another one has its place, or the place of one of its folders.
fn add(files: &mut BTreeMap<String, String>, path: String, text: String) {
    let is_below =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    if files.keys().all(|other| !is_below(other, &path) && !is_below(&path, other)) {
        files.insert(path, text);
    }
}

#[test]
fn any_series_of_editions_failures_kills_and_strangers_ends_as_a_clean_build() {
    for seed in 0..10 {
        let mut chance = Chance(seed);
        let site = Site::new();
        let mut strangers: BTreeMap<String, String> = BTreeMap::new();
        let mut last: BTreeMap<String, String> = BTreeMap::new();
        for round in 0..30 {
            let mut files = last.clone();
            files.retain(|_, _| chance.below(4) > 0);
            for _ in 0..chance.below(6) {
                let path = chance.path(&["a", "b", "c", "index.html"]);
                add(&mut files, path, format!("{}", chance.below(4)));
            }
            if !last.is_empty() && chance.below(3) == 0 {
                for path in [format!("theirs/{}", chance.path(&["x", "y"])), format!("s{}", chance.below(3))]
                {
                    if strangers.contains_key(&path) {
                        continue;
                    }
                    add(&mut strangers, path.clone(), format!("stranger {round}"));
                    if strangers.contains_key(&path) {
                        let _ = fs::remove_dir_all(site.output.join(&path));
                        site.put(&path, &strangers[&path]);
                    }
                }
            }
            if chance.below(3) == 0
                && let Some((path, _)) = strangers.pop_first()
            {
                fs::remove_file(site.output.join(path)).expect("it has stayed");
            }
            if chance.below(4) == 0
                && let Some(path) = last.keys().next()
            {
                site.put(path, "9");
            }
            if chance.below(3) == 0 {
                let outlet = site.open().expect("free");
                let stage = outlet.stage(Kind::Production);
                for path in files.keys() {
                    stage.write(path, b"7").expect("written");
                }
                // Killed, or failed.
                if chance.below(2) == 0 { std::mem::forget(stage) } else { drop(stage) }
            }
            let listed: Vec<(&str, &str)> =
                files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            site.publish(&listed).unwrap_or_else(|error| panic!("seed {seed}, round {round}: {error:#}"));
            let mut wanted = listed;
            wanted.extend(strangers.iter().map(|(path, text)| (path.as_str(), text.as_str())));
            // Folders in which a stranger once was stay.
            let found: Vec<String> = site.tree().into_keys().filter(|path| path.ends_with('/')).collect();
            assert!(
                found.iter().all(|path| path.starts_with("theirs/")),
                "seed {seed}, round {round}: {found:?}"
            );
            wanted.extend(found.iter().map(|path| (path.as_str(), "")));
            let others: Vec<&str> = strangers.keys().chain(&found).map(String::as_str).collect();
            site.check(&wanted, &others);
            last = files;
        }
    }
}

/// 30,000 for a figure worth telling; fewer by default, as a disk takes minutes to forget a large deleted tree.
const MANY: usize = 3_000;

#[test]
fn many_files_are_written_in_time() {
    let site = Site::new();
    let files: Vec<(String, String)> = (0..MANY)
        .map(|number| (format!("news/{}/{number}/index.html", number % 50), "x".repeat(2_000)))
        .collect();
    let mut files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.push(("index.html", "1"));
    let mut report = Vec::new();
    for (what, home) in [("first", "1"), ("same", "1"), ("one changed", "2"), ("one changed again", "3")] {
        files.last_mut().expect("the home page").1 = home;
        let start = Instant::now();
        let published = site.publish(&files).expect("published");
        report.push(format!("{what}: {:?} ({} written)", start.elapsed(), published.written));
    }
    let report = report.join("; ");
    std::io::Write::write_all(&mut std::io::stderr(), format!("{MANY} files and one: {report}\n").as_bytes())
        .expect("said");
    assert_eq!(Manifest::read(&site.output).expect("readable").expect("there").files().len(), MANY + 1);
}

/// A tmpfs of so many bytes on the output, gone when dropped; `None`, loudly, where we may not mount.
#[cfg(target_os = "linux")]
struct Mount(PathBuf);

#[cfg(target_os = "linux")]
impl Mount {
    fn new(folder: &Path, options: &str) -> Option<Self> {
        fs::create_dir_all(folder).expect("made");
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "newsprint-test"]).arg(folder);
        if mount.status().is_ok_and(|status| status.success()) {
            return Some(Self(folder.to_owned()));
        }
        let said =
            format!("SKIPPED: cannot mount a tmpfs on {}, so the test proves nothing\n", folder.display());
        std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()).expect("said");
        None
    }
}

#[cfg(target_os = "linux")]
impl Drop for Mount {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_mount_point_is_brought_up_to_date_in_place() {
    let site = Site::new();
    let Some(_mount) = Mount::new(&site.output, "size=4m") else { return };
    assert!(super::system::is_mount_point(&site.output));
    site.publish(&[("index.html", "1"), ("a/b/index.html", "a"), ("f", "file")]).expect("published");
    site.check(&[("index.html", "1"), ("a/b/index.html", "a"), ("f", "file")], &[]);
    site.put("CNAME", "example.com");
    site.put("a/mine", "m");
    let published =
        site.publish(&[("index.html", "2"), ("f/index.html", "folder"), ("a/b", "file")]).expect("published");
    assert_eq!((published.written, published.removed), (3, 2));
    let wanted = [
        ("index.html", "2"),
        ("f/index.html", "folder"),
        ("a/b", "file"),
        ("CNAME", "example.com"),
        ("a/mine", "m"),
    ];
    site.check(&wanted, &["CNAME", "a/mine"]);
    let error = site.publish(&[("CNAME", "ours")]).expect_err("a collision");
    assert!(refusal(&error).message().contains("CNAME"));
    site.check(&wanted, &["CNAME", "a/mine"]);
    // Killed in the middle: both editions are in the manifest, one file is of each.
    let manifest = Manifest::read(&site.output).expect("readable").expect("there");
    let mut files = manifest.files().to_vec();
    files[0].xxh3 = Fingerprint::of(b"other").short(32);
    fs::write(site.output.join(FILE_NAME), Manifest::new(Kind::Production, files).to_bytes())
        .expect("written");
    site.put(".newsprint-stage-7-0/x", "half");
    site.put(
        &format!(".newsprint-stage-7-0/{FILE_NAME}"),
        &String::from_utf8(crate::disk::manifest::staging()).expect("JSON"),
    );
    site.publish(&[("index.html", "3")]).expect("published");
    site.check(&[("index.html", "3"), ("CNAME", "example.com"), ("a/mine", "m")], &["CNAME", "a/mine"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_clean_error_and_the_old_output_stays() {
    for kibibytes in [64, 200, 400] {
        let mut site = Site::new();
        let Some(_mount) = Mount::new(&site.work.path().join("web"), &format!("size={kibibytes}k")) else {
            return;
        };
        site.output = site.work.path().join("web/public");
        site.publish(&[("index.html", "1")]).expect("published");
        let manifest = fs::read(site.output.join(FILE_NAME)).expect("there");
        let pages: Vec<(String, String)> =
            (0..20).map(|number| (format!("{number}/index.html"), "x".repeat(40_000))).collect();
        let pages: Vec<(&str, &str)> =
            pages.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let error = format!("{:#}", site.publish(&pages).expect_err("full"));
        assert!(
            error.contains("index.html`: it needs 40000 bytes, and ") && error.contains(" are free"),
            "{error}"
        );
        assert_eq!(fs::read(site.output.join(FILE_NAME)).expect("there"), manifest);
        site.check(&[("index.html", "1")], &[]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_output_is_an_error_and_a_read_only_root_is_not() {
    let site = Site::new();
    let Some(_mount) = Mount::new(&site.work.path().join("web"), "size=1m,ro") else { return };
    let error = format!("{:#}", site.publish(&[("index.html", "1")]).expect_err("read-only"));
    assert!(error.contains("public"), "{error}");
    let mut site = Site::new();
    let root = site.root();
    let Some(_mount) = Mount::new(&root, "size=1m,ro") else { return };
    site.output = site.work.path().join("public");
    site.publish(&[("index.html", "1")]).expect("published");
    assert_eq!(site.tree()["index.html"], "1");
}
