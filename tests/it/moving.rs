//! Files that cannot be read, vanish after they were listed, or grow while they are read.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use newsprint::archive::{Drafts, Scheduled};
use newsprint::date::Moment;
use newsprint::disk::memory::Memory;
use newsprint::disk::parts::Parts;
use newsprint::disk::scan::{Files, Scan, Stamp};
use newsprint::engine::{self, Outcome, Outputs, Press, Request, Strictness};
use newsprint::source::SourcePath;

use crate::site::{CONFIG, NOW, Run, SiteTest, skipped};

/// The user that owns nothing, by the convention of all systems with `setpriv`.
const NOBODY: u32 = 65_534;

/// A body with a note is read a second time, for its page.
const A: &str = "---\ntitle: A\ndate: 2026-01-01\n---\n\nFirst text[^1].\n\n[^1]: Note.\n";
const B: &str = "---\ntitle: B\ndate: 2026-01-01\n---\n\nText.\n";

/// A disk on which something happens at the n-th read of one file.
struct Eventful<F: Fn(&Memory, usize) + Sync> {
    memory: Memory,
    path: &'static str,
    reads: AtomicUsize,
    event: F,
}

impl<F: Fn(&Memory, usize) + Sync> Files for Eventful<F> {
    fn scan(&self) -> anyhow::Result<Scan> {
        self.memory.scan()
    }

    fn read(&self, path: &SourcePath) -> anyhow::Result<Vec<u8>> {
        if path.as_str() == self.path {
            (self.event)(&self.memory, self.reads.fetch_add(1, Ordering::Relaxed) + 1);
        }
        self.memory.read(path)
    }

    fn stamp(&self, path: &SourcePath) -> Option<Stamp> {
        self.memory.stamp(path)
    }
}

/// Publishes into memory.
#[derive(Default)]
struct Web(Mutex<BTreeMap<String, String>>);

/// Keeps pages until they are published; a page may come once only, as with a stage.
struct Pages<'a> {
    web: &'a Web,
    pages: Mutex<BTreeMap<String, String>>,
}

impl Outputs for Web {
    fn imprint(&self) -> Option<String> {
        None
    }

    fn read(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn begin(&self, _: Option<&str>) -> anyhow::Result<Box<dyn Press + '_>> {
        Ok(Box::new(Pages { web: self, pages: Mutex::default() }))
    }
}

impl Press for Pages<'_> {
    fn page(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(bytes).into_owned();
        anyhow::ensure!(pages.insert(path.to_owned(), text).is_none(), "`{path}` was written already");
        Ok(())
    }

    fn file(&self, _: &str, _: &SourcePath) -> anyhow::Result<()> {
        Ok(())
    }

    fn remove(&self, _: &str) -> anyhow::Result<()> {
        Ok(())
    }

    fn progress(&self, _: usize, _: usize) {}

    fn commit(self: Box<Self>) -> anyhow::Result<String> {
        let pages = self.pages.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.web.0.lock().unwrap_or_else(PoisonError::into_inner) = pages;
        Ok(String::new())
    }
}

/// A build of two stories, A and B, with an event at the n-th read of A.
fn build(event: impl Fn(&Memory, usize) + Sync) -> (anyhow::Result<Outcome>, BTreeMap<String, String>) {
    let memory =
        Memory::of(&[("newsprint.yaml", CONFIG), ("content/world/a.md", A), ("content/world/b.md", B)]);
    let disk = Eventful { memory, path: "content/world/a.md", reads: AtomicUsize::new(0), event };
    let request = Request {
        now: Moment::parse_instant(NOW).expect("an instant"),
        drafts: Drafts::HeldBack,
        scheduled: Scheduled::HeldBack,
        strictness: Strictness::Lenient,
        memory: engine::Memory::Kept,
        program: 1,
    };
    let web = Web::default();
    let folder = tempfile::tempdir().expect("a folder");
    let outcome = engine::update(&disk, &web, &Parts::of(folder.path()), request);
    (outcome, web.0.into_inner().unwrap_or_else(PoisonError::into_inner))
}

#[test]
fn a_file_that_vanishes_is_no_part_of_the_newspaper() {
    // The first read is of the listed file, the second is the one for its page.
    for read in [1, 2] {
        let (outcome, pages) = build(|memory, nth| {
            if nth == read {
                memory.remove("content/world/a.md");
            }
        });
        let outcome = outcome.expect("a build");
        assert!(!outcome.failed(), "{:?}", outcome.findings);
        assert!(pages.contains_key("world/2026/01/b/index.html"), "{:?}", pages.keys());
        assert!(pages.values().all(|page| !page.contains("First text")), "read {read}");
        assert!(!pages.contains_key("world/2026/01/a/index.html"), "read {read}");
    }
}

#[test]
fn a_file_that_is_listed_and_never_there_is_one_error() {
    let (outcome, _) = build(|memory, _| memory.fail("content/world/a.md", ErrorKind::NotFound));
    let error = outcome.err().expect("no build");
    assert!(format!("{error:#}").contains("cannot read `content/world/a.md`"), "{error:#}");
}

#[test]
fn a_file_that_grows_once_is_read_again() {
    for read in [1, 2] {
        let (outcome, pages) = build(|memory, nth| {
            if nth == read {
                memory.write("content/world/a.md", format!("{A}\nSecond text.\n"));
            }
        });
        assert!(!outcome.expect("a build").failed());
        let page = &pages["world/2026/01/a/index.html"];
        assert!(page.contains("First text") && page.contains("Second text"), "read {read}: {page}");
    }
}

#[test]
fn a_file_that_keeps_growing_is_one_error() {
    let (outcome, _) =
        build(|memory, nth| memory.write("content/world/a.md", format!("{A}{}", "x".repeat(nth))));
    let error = outcome.err().expect("no build");
    assert!(format!("{error:#}").contains("`content/world/a.md` kept changing"), "{error:#}");
}

/// The same with the binary and a real disk: a story that changes all the while. The build waits it out, or says so.
#[test]
fn a_real_file_that_keeps_changing_leaves_whole_pages() {
    let mut site = SiteTest::new();
    for number in 0..40 {
        site = site.article(&format!("world/s{number}.md"), "S", "", "Text.");
    }
    site.build();
    for _ in 0..3 {
        let mut child =
            site.command(&["build", "-q"]).stderr(Stdio::null()).spawn().expect("the binary runs");
        let mut writes = 0_usize;
        while child.try_wait().expect("a child").is_none() {
            writes += 1;
            let body = format!("Begin {writes} {} end {writes}.", "word ".repeat(writes % 2_000));
            site.write(
                "content/world/new.md",
                format!("---\ntitle: New\ndate: 2026-01-03\nslug: new\n---\n\n{body}\n"),
            );
            if writes.is_multiple_of(3) {
                site.delete("content/world/new.md");
            }
        }
        let code = child.wait().expect("a code").code();
        assert!(matches!(code, Some(0 | 1 | 74)), "{code:?} after {writes} writes");
        if site.has("world/2026/01/new/index.html") {
            let page = site.page("world/2026/01/new/index.html");
            let number = page.split("Begin ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a body");
            assert!(page.contains(&format!("end {number}.")), "a torn page: {page}");
        }
        assert!(site.has("index.html"));
    }
}

/// Runs a build as somebody who may not read everything; `None` when nobody else than root can be had.
fn build_unprivileged(site: &SiteTest) -> Option<Run> {
    let root = site.path("");
    let build = site.command(&["build"]);
    if std::fs::metadata(&root).expect("the folder").uid() != 0 {
        return Some(site.run(&["build"]));
    }
    // The binary may lie where only root can go.
    let binary = site.path("newsprint");
    // Copied by a process of its own: a program that some thread still holds open for writing cannot be started.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_newsprint")).arg(&binary).status();
    assert!(copied.expect("a `cp`").success());
    std::fs::set_permissions(&binary, Permissions::from_mode(0o755)).expect("executable");
    std::fs::set_permissions(&root, Permissions::from_mode(0o755)).expect("open");
    chown(&root, Some(NOBODY), Some(NOBODY)).expect("root may give things away");
    let id = NOBODY.to_string();
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", &id, "--regid", &id, "--clear-groups", "--"])
        .arg(&binary)
        .args(build.get_args());
    match command.output() {
        Ok(output) if output.status.code() != Some(127) => Some(Run::of(&output)),
        _ => None,
    }
}

#[test]
fn what_may_not_be_read_is_named() {
    for locked in ["content/world/locked.md", "content/locked", "newsprint.yaml", "static/locked.png"] {
        let site = SiteTest::new()
            .article("world/good.md", "Good", "", "x")
            .article("world/locked.md", "Locked", "", "x")
            .article("locked/a.md", "Behind", "", "x")
            .file("static/locked.png", "x");
        let place = site.path(locked);
        std::fs::set_permissions(&place, Permissions::from_mode(0o000)).expect("locked");
        let run = build_unprivileged(&site);
        std::fs::set_permissions(&place, Permissions::from_mode(0o755)).expect("unlocked");
        let Some(run) = run else {
            skipped("F38 needs a user other than root: no `setpriv`");
            return;
        };
        let run = run.expect(74);
        assert!(run.err.contains("cannot read `") && run.err.contains(locked), "{locked}: {}", run.err);
        assert!(run.err.contains("denied"), "{}", run.err);
        assert!(!site.has("index.html"));
    }
}
