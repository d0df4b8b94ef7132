//! Builds that are killed, that run out of disk, that run side by side: the output is the old one or the new one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use newsprint::disk::manifest::{Kind, Manifest};
use newsprint::disk::outlet::Outlet;

use crate::site::{NOW, SiteTest, tree};

/// How many times each kind of run is killed.
const KILLS: u64 = 110;

/// Names the folder in which this test binary, started by itself, publishes until it is killed.
const VICTIM: &str = "NEWSPRINT_TEST_VICTIM";

/// A small generator of numbers, so that a failing run can be repeated by its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// A moment of a run of this length; every other one near its end.
    fn moment(&mut self, length: Duration) -> Duration {
        let whole = u64::try_from(length.as_micros()).unwrap_or(u64::MAX).max(10);
        let from = if self.below(2) == 0 { 0 } else { whole * 8 / 10 };
        Duration::from_micros(from + self.below(whole * 11 / 10 - from))
    }
}

fn paper(articles: usize, version: &str) -> SiteTest {
    let mut site = SiteTest::new();
    for number in 0..articles {
        let header = format!("tags: [t{}]\nauthor: Author {}\n", number % 5, number % 7);
        site = site.article(
            &format!("c{}/story-{number}.md", number % 4),
            &format!("Story {number}"),
            &header,
            "Text.",
        );
    }
    set_version(&site, version);
    site
}

/// Changes what all pages show.
fn set_version(site: &SiteTest, version: &str) {
    site.write("newsprint.yaml", format!("{}description: Version {version}\n", crate::site::CONFIG));
    site.write(
        "content/c0/story-0.md",
        format!("---\ntitle: Story 0\ndate: 2026-01-02\n---\nVersion {version}.\n"),
    );
}

fn start(site: &SiteTest) -> Child {
    let mut build = Command::new(env!("CARGO_BIN_EXE_newsprint"));
    build.arg("--root").arg(site.path("")).args(["--now", NOW, "build"]);
    build.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs")
}

/// Nothing of a killed run is beside the output or in it.
fn check_swept(site: &SiteTest) {
    let names = |folder: &str| {
        let entries = fs::read_dir(site.path(folder)).expect("readable");
        entries
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
            .collect::<Vec<_>>()
    };
    let left = [names(""), names("public")].concat();
    let left: Vec<_> = left
        .iter()
        .filter(|name| name.contains("stage") || name.contains("half") || name.contains("base"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_build_killed_at_any_moment_leaves_the_old_site_or_the_new_one() {
    let seed = 20_261_124;
    let (mut chance, site) = (Chance(seed), paper(50, "0"));
    site.build();
    let mut old = site.tree();
    let (mut olds, mut news) = (0, 0);
    let mut length = Duration::from_secs(1);
    for round in 1..=KILLS {
        set_version(&site, &round.to_string());
        let new = if round % 10 == 1 {
            // Measured, and without a kill.
            let begun = Instant::now();
            site.build();
            length = begun.elapsed();
            set_version(&site, &format!("{round} again"));
            old = site.tree();
            None
        } else {
            Some(())
        };
        let mut run = start(&site);
        std::thread::sleep(chance.moment(length));
        let _ = run.kill();
        run.wait().expect("ended");
        let found = site.tree();
        let is_old = found == old;
        site.build();
        check_swept(&site);
        let after = site.tree();
        assert!(
            is_old || found == after,
            "seed {seed}, round {round} ({new:?}): neither the old site nor the new one"
        );
        if is_old {
            olds += 1;
        } else {
            news += 1;
        }
        old = after;
    }
    assert!(olds > 10 && news > 10, "{olds} old, {news} new: the moments are badly chosen");
}

/// The files of edition `number` of a site that is amended again and again.
fn edition(number: u64) -> BTreeMap<String, String> {
    let pages = (0..300).map(|page| {
        let changed = if page % 30 == number % 30 { number } else { 0 };
        (format!("c{}/story-{page}/index.html", page % 7), format!("page {page} of edition {changed}"))
    });
    let some = (0..number % 5).map(|page| (format!("new/{page}/{number}/index.html"), "new".to_owned()));
    pages.chain(some).chain([("index.html".to_owned(), format!("edition {number}"))]).collect()
}

/// Not a test of its own: publishes edition after edition as amendments, when another test starts it for that.
#[test]
fn victim() {
    let Some(work) = std::env::var_os(VICTIM).map(PathBuf::from) else { return };
    loop {
        let outlet = Outlet::open(&work.join("public"), &work, Duration::from_secs(10)).expect("free");
        let head = outlet.head().expect("published");
        let number = current(&work.join("public"));
        let amendment = outlet.amend(head.imprint, Kind::Production).expect("as it was left");
        let (old, new) = (edition(number), edition(number + 1));
        for (path, text) in new.iter().filter(|(path, text)| old.get(*path) != Some(text)) {
            amendment.write(path, text.as_bytes()).expect("written");
        }
        for path in old.keys().filter(|path| !new.contains_key(*path)) {
            amendment.remove(path).expect("removed");
        }
        amendment.commit().expect("published");
    }
}

/// Which edition the home page says it is.
fn current(output: &Path) -> u64 {
    let home = fs::read_to_string(output.join("index.html")).expect("a home page");
    home.strip_prefix("edition ").expect("its words").parse().expect("a number")
}

#[test]
fn an_amendment_killed_at_any_moment_leaves_a_whole_edition() {
    let (seed, work) = (7_112_026, tempfile::tempdir().expect("a temporary folder"));
    let (mut chance, public) = (Chance(seed), work.path().join("public"));
    {
        let outlet = Outlet::open(&public, work.path(), Duration::ZERO).expect("free");
        let stage = outlet.stage(Kind::Production).expect("readable");
        for (path, text) in &edition(1) {
            stage.write(path, text.as_bytes()).expect("written");
        }
        stage.commit().expect("published");
    }
    fs::write(public.join("CNAME"), "news.example").expect("written");
    let start = || {
        let mut victim = Command::new(std::env::current_exe().expect("known"));
        victim.args(["--exact", "crash::victim"]).env(VICTIM, work.path());
        victim.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("this binary runs")
    };
    // How long it takes to start and publish some editions, which differs from machine to machine.
    let (begun, mut first) = (Instant::now(), start());
    while current(&public) < 5 {
        assert!(begun.elapsed() < Duration::from_mins(1), "no edition in a minute");
        std::thread::yield_now();
    }
    let length = begun.elapsed();
    first.kill().expect("it never ends by itself");
    first.wait().expect("ended");
    let mut last = 1;
    for round in 0..KILLS {
        let mut victim = start();
        std::thread::sleep(chance.moment(length));
        let _ = victim.kill();
        victim.wait().expect("ended");
        let number = current(&public);
        let mut wanted = edition(number);
        wanted.insert("CNAME".to_owned(), "news.example".to_owned());
        let mut found = tree(&public);
        found.retain(|path, _| !path.starts_with(".newsprint"));
        let found: BTreeMap<String, String> =
            found.into_iter().map(|(path, bytes)| (path, String::from_utf8(bytes).expect("text"))).collect();
        assert!(found == wanted, "seed {seed}, round {round}: not edition {number}");
        assert!(number >= last, "seed {seed}, round {round}: edition {number} after {last}");
        let listed = Manifest::read(&public).expect("readable").expect("finished");
        assert_eq!(listed.files().len(), wanted.len() - 1);
        last = number;
    }
    assert!(last > KILLS / 2, "only {last} editions in {KILLS} runs");
    let outlet = Outlet::open(&public, work.path(), Duration::from_secs(10)).expect("free");
    outlet.empty_trash(usize::MAX);
    let beside: Vec<_> = fs::read_dir(work.path())
        .expect("readable")
        .map(|entry| entry.expect("readable").file_name())
        .collect();
    assert_eq!(beside.len(), 2, "{beside:?}");
    assert!(!work.path().join(".newsprint/trash").exists());
}

#[test]
fn readers_never_miss_a_page_while_the_site_is_rebuilt() {
    let site = paper(40, "0");
    site.build();
    let stable: Vec<String> = site.tree().into_keys().filter(|path| path.ends_with("index.html")).collect();
    let (done, polls) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for path in &stable {
                    let page = fs::read_to_string(site.path("public").join(path));
                    assert!(page.is_ok_and(|page| page.contains("</html>")), "{path} is missing or cut");
                    polls.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        for round in 1..=50 {
            set_version(&site, &round.to_string());
            site.build();
        }
        done.store(true, Ordering::Relaxed);
        reader.join().expect("no page was missed");
    });
    assert!(polls.into_inner() > 5_000);
}

/// A tmpfs of so many bytes, gone when dropped.
#[cfg(target_os = "linux")]
struct Mount(PathBuf);

#[cfg(target_os = "linux")]
impl Mount {
    /// `None`, loudly, where we may not mount; with `NEWSPRINT_TEST_ALL` and root, that is a failure.
    fn new(folder: &Path, bytes: u64) -> Option<Self> {
        fs::create_dir_all(folder).expect("made");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "newsprint-test"]).arg(folder);
        if mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            return Some(Self(folder.to_owned()));
        }
        let reason = "cannot mount a tmpfs, so nothing is known of full disks";
        if rustix::process::geteuid().is_root() {
            crate::site::skipped(reason);
        } else {
            let line = format!("SKIPPED: {reason}\n");
            std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).expect("a standard error");
        }
        None
    }
}

#[cfg(target_os = "linux")]
impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_clean_error_in_any_size() {
    let site = paper(60, "0");
    site.build();
    let small = SiteTest::new().article("c/a.md", "A", "", "x");
    small.build();
    let pages =
        |site: &SiteTest| site.tree().values().map(|bytes| (bytes.len() as u64).div_ceil(4_096)).sum::<u64>();
    let (needed, there) = (4_096 * pages(&site), 4_096 * pages(&small) + 65_536);
    let mut failed = 0;
    for step in 1..=20 {
        // Room for the small site, and for more and more of the large one beside it.
        let web = small.path("web");
        let Some(_mount) = Mount::new(&web, there + needed * step / 20) else { return };
        let public = web.join("public");
        let build = |site: &SiteTest| site.run(&["build", "--output", &public.to_string_lossy()]);
        build(&small).expect(0);
        let old = tree(&public);
        let begun = Instant::now();
        let run = build(&site);
        assert!(begun.elapsed() < Duration::from_mins(1), "it hangs");
        if run.code == 0 {
            continue;
        }
        failed += 1;
        assert_eq!(run.code, 74, "{}", run.err);
        assert!(run.err.contains("cannot write `") && run.err.contains(" are free"), "{}", run.err);
        assert!(tree(&public) == old, "step {step}: the old site has changed");
        let left: Vec<_> =
            fs::read_dir(&web).expect("readable").flatten().map(|entry| entry.file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().contains("stage")), "{left:?}");
    }
    assert!(failed >= 10, "only {failed} of 20 sizes were too small");
}
