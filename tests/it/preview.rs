//! A preview after edits: every page is what a clean build would write, and nothing is looked at that did not change.

use std::collections::BTreeMap;
use std::sync::Arc;

use newsprint::disk::memory::Memory;
use newsprint::disk::parts::Parts;
use newsprint::disk::scan::Files as _;
use newsprint::engine::{self, Issue, Preview, Seen, Shown};
use newsprint::source::SourcePath;

use crate::incremental::{Desk, Dice, Tree, edit, start};

/// All files with their bytes.
fn files(disk: &Memory) -> BTreeMap<SourcePath, Vec<u8>> {
    let scan = disk.scan().expect("files");
    scan.files.into_iter().filter_map(|file| Some((file.path.clone(), disk.read(&file.path).ok()?))).collect()
}

/// The paths of files that differ.
fn differing(one: &BTreeMap<SourcePath, Vec<u8>>, other: &BTreeMap<SourcePath, Vec<u8>>) -> Vec<SourcePath> {
    let mut paths: Vec<SourcePath> = one.keys().chain(other.keys()).cloned().collect();
    paths.sort();
    paths.dedup();
    paths.retain(|path| one.get(path) != other.get(path));
    paths
}

/// Whether a file belongs to the search index, which previews leave out.
pub(crate) fn is_index(path: &str) -> bool {
    path.starts_with("search/") && path != "search/index.html" && path != "search/authors.json"
}

/// Everything an issue shows, by the paths a build would write.
fn tree(issue: &Issue, disk: &Memory) -> Tree {
    let mut tree = Tree::new();
    for (route, _) in issue.paper().edition.pages() {
        let bytes = match issue.show(route).expect("readable").expect("published") {
            Shown::Bytes(bytes) => bytes,
            Shown::File(path) => disk.read(&path).expect("readable"),
            Shown::Redirect(to) => to.as_str().as_bytes().to_vec(),
            Shown::Broken(finding) => panic!("{finding:?}"),
        };
        tree.insert(route.output_path(), bytes);
    }
    tree
}

/// The preview of a desk's newspaper.
fn preview(desk: &Desk) -> Preview {
    let parts = Parts::of(desk.ledger.path());
    Preview::new(desk.disk.clone(), parts, desk.request(engine::Memory::Consulted))
}

/// Checks that a preview shows what a clean build would publish.
fn check(desk: &Desk, preview: &mut Preview, seen: &Seen, what: &str) {
    let now = desk.request(engine::Memory::Consulted).now;
    let look = preview.update(now, seen).expect("an update");
    let (clean, expected) = desk.clean();
    if let Some(issue) = &look.issue {
        // Mistakes in templates show when a page is made; nothing else may fail a build.
        let all = issue.paper().edition.pages().iter().map(|(route, _)| issue.show(route).expect("readable"));
        if all.into_iter().any(|shown| matches!(shown, Some(Shown::Broken(_)))) {
            assert!(clean.failed(), "after {what}: a page is broken");
            return;
        }
        assert_eq!(*look.findings, clean.findings, "after {what}");
        assert!(!clean.failed(), "after {what}: the build fails");
        let shown = tree(issue, &desk.disk);
        // A build writes a page that leads to where the preview redirects.
        let leads = |to: &[u8], stub: &[u8]| {
            let (to, stub) = (String::from_utf8_lossy(to), String::from_utf8_lossy(stub));
            to.starts_with('/') && stub.contains("http-equiv") && stub.contains(&*to)
        };
        let same = |path: &&String| match (shown.get(*path), expected.get(*path)) {
            (Some(one), Some(other)) => one == other || leads(one, other),
            _ => false,
        };
        let all = shown.keys().chain(expected.keys()).filter(|path| !is_index(path));
        let wrong: Vec<&String> = all.filter(|path| !same(path)).collect();
        assert!(wrong.is_empty(), "after {what}: {wrong:?}");
    } else {
        assert_eq!(*look.findings, clean.findings, "after {what}");
        assert!(clean.failed(), "after {what}: the build does not fail");
    }
}

fn random_edits(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut dice = Dice(seed * 15_485_863 + 3);
        let (mut desk, mut stories) = start(&mut dice);
        if dice.below(2) == 0 {
            desk.build();
        }
        let mut kept = preview(&desk);
        check(&desk, &mut kept, &Seen::Everything, &format!("seed {seed}: the first look"));
        let mut done = Vec::new();
        for _ in 0..6 {
            let (before, drafts) = (files(&desk.disk), desk.drafts);
            for _ in 0..=dice.below(2) {
                done.push(edit(&mut desk, &mut stories, &mut dice));
            }
            for (path, story) in &stories {
                if desk.disk.read(&SourcePath::new(path)).is_ok_and(|text| text.ends_with(b"[broken\n---\n"))
                    && dice.below(2) == 0
                {
                    desk.disk.write(path, story.text());
                }
            }
            desk.disk.advance([1, 60][dice.below(2)]);
            if desk.drafts != drafts {
                kept = preview(&desk);
            }
            let mut paths = differing(&before, &files(&desk.disk));
            // What editors leave behind, and what only seemed to change.
            paths.push(SourcePath::new("content/world/.1.md.swp"));
            paths.extend(before.keys().next().cloned());
            let seen = if dice.below(4) == 0 { Seen::Everything } else { Seen::Paths(paths) };
            check(&desk, &mut kept, &seen, &format!("seed {seed}: {}", done.join(", ")));
        }
    }
}

#[test]
fn random_edits_show_as_clean_builds_1() {
    random_edits(0..30);
}

#[test]
fn random_edits_show_as_clean_builds_2() {
    random_edits(30..60);
}

/// Another story.
const OTHER: &str = "---\ntitle: Other\ndate: 2026-09-01\n---\n\nOne word more.\n";

/// The preview, its first issue, and how often the disk was read for it.
fn opened(desk: &Desk) -> (Preview, Arc<Issue>, usize) {
    let mut kept = preview(desk);
    let now = desk.request(engine::Memory::Consulted).now;
    let issue = kept.update(now, &Seen::Everything).expect("an update").issue.expect("an issue");
    (kept, issue, desk.disk.reads())
}

#[test]
fn an_edited_text_is_all_that_is_read() {
    let text = |body: &str| format!("---\ntitle: Steady\ndate: 2026-10-01\n---\n\n{body}\n");
    let desk = Desk::new(&[("content/world/steady.md", &text("One word.")), ("content/world/b.md", OTHER)]);
    let (mut kept, first, reads) = opened(&desk);
    desk.disk.write("content/world/steady.md", text("Two other words."));
    let path = SourcePath::new("content/world/steady.md");
    let now = desk.request(engine::Memory::Consulted).now;
    let look = kept.update(now, &Seen::Paths(vec![path.clone()])).expect("an update");
    assert_eq!((look.read, desk.disk.reads() - reads), (vec![path], 1));
    let second = look.issue.expect("an issue");
    assert!(!Arc::ptr_eq(&first, &second), "the edit does not show");
    // A second look at the same bytes changes nothing.
    let look = kept.update(now, &Seen::Everything).expect("an update");
    assert!(
        Arc::ptr_eq(&second, &look.issue.expect("an issue")),
        "nothing changed, and the issue is another"
    );
}

#[test]
fn a_page_whose_text_has_moved_on_says_so() {
    let desk =
        Desk::new(&[("content/world/steady.md", "---\ntitle: Steady\ndate: 2026-10-01\n---\n\nOne.\n")]);
    let (_, issue, _) = opened(&desk);
    desk.disk.write("content/world/steady.md", "---\ntitle: Steady\ndate: 2026-10-01\n---\n\nTwo.\n");
    let pages = issue.paper().edition.pages();
    let (route, _) = pages.iter().find(|(route, _)| route.as_str().ends_with("/steady/")).expect("a page");
    let error = issue.show(route).err().expect("an error");
    assert!(Issue::is_past(&error), "{error:?}");
}
