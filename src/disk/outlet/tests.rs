//! The outlet: editions that come, change and go.

mod leftovers;
#[cfg(target_os = "linux")]
mod mounts;
mod series;
mod strangers;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayon::prelude::*;
use tempfile::TempDir;

use super::Outlet;
use crate::disk::lists::FOLDER;
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
        let stage = outlet.stage(Kind::Production).expect("readable");
        files.par_iter().try_for_each(|(path, text)| {
            if stage.keep(path, Fingerprint::of(text.as_bytes())) {
                Ok(())
            } else {
                stage.write(path, text.as_bytes())
            }
        })?;
        stage.commit()
    }

    /// Publishes the change from the files `old`, which the output has, to the files `new`.
    fn amend(
        &self,
        old: &BTreeMap<String, String>,
        new: &BTreeMap<String, String>,
    ) -> anyhow::Result<Published> {
        let outlet = self.open()?;
        let base = outlet.head().expect("published").imprint;
        let amendment = outlet.amend(base, Kind::Production).expect("it is that output");
        new.par_iter()
            .filter(|(path, text)| old.get(*path) != Some(text))
            .try_for_each(|(path, text)| amendment.write(path, text.as_bytes()))?;
        old.par_iter()
            .filter(|(path, _)| !new.contains_key(*path))
            .try_for_each(|(path, _)| amendment.remove(path))?;
        amendment.commit()
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
        let listed: Vec<&str> = manifest.files().iter().map(|entry| &*entry.path).collect();
        let ours: Vec<&str> =
            wanted.keys().map(String::as_str).filter(|path| !strangers.contains(path)).collect();
        assert_eq!(listed, ours);
        for entry in manifest.files() {
            assert!(
                manifest.holds(&entry.path, Fingerprint::of(wanted[&*entry.path].as_bytes())),
                "{entry:?}"
            );
            assert_eq!(entry.size, wanted[&*entry.path].len() as u64);
        }
        self.check_swept();
    }

    fn check_swept(&self) {
        let name = self.output.file_name().expect("a name").to_owned();
        let beside = fs::read_dir(self.output.parent().expect("a parent")).expect("readable");
        let beside: Vec<_> = beside
            .map(|entry| entry.expect("readable").file_name())
            .filter(|other| *other != name && *other != ".public.newsprint-memory")
            .collect();
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
        } else if path != FILE_NAME && !path.starts_with(FOLDER) {
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
        let stage = outlet.stage(Kind::Preview).expect("readable");
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
fn kept_files_are_trusted_again_without_being_read() {
    let site = Site::new();
    let many: Vec<(String, &str)> = (0..50).map(|number| (format!("{number}/index.html"), "x")).collect();
    for edition in ["1", "2", "3", "4"] {
        let mut files: Vec<(&str, &str)> = many.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        files.push(("index.html", edition));
        let published = site.publish(&files).expect("published");
        assert_eq!(published.kept, if edition == "1" { 0 } else { 50 });
        let outlet = site.open().expect("free");
        let holdings = outlet.holdings().expect("readable").expect("published");
        let (written, confirmed) = holdings.stamps;
        for entry in holdings.manifest.files() {
            let found = fs::metadata(site.output.join(&*entry.path)).expect("there");
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
    let stage = outlet.stage(Kind::Production).expect("readable");
    stage.write("index.html", b"2").expect("written");
    drop(stage);
    site.check(&[("index.html", "1")], &[]);
}

#[test]
fn paths_that_leave_the_output_or_come_twice_are_errors() {
    let site = Site::new();
    let outlet = site.open().expect("free");
    let stage = outlet.stage(Kind::Production).expect("readable");
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
    let stage = outlet.stage(Kind::Production).expect("readable");
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
