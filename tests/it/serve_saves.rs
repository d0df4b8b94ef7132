//! Saves while the preview server runs: by every kind of editor, by checkouts, moves and deletions. In the end each page is
//! what a clean build would write; none is missed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use newsprint::disk::scan::Files as _;

use crate::incremental::{Dice, Tree, edit, start};
use crate::server::{PATIENCE, Server, as_built};
use crate::site::{NOW, SiteTest};

/// How many rounds of each kind.
fn rounds() -> usize {
    std::env::var("NEWSPRINT_TEST_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(50)
}

/// How programs replace a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// Written in place, as by a shell.
    InPlace,
    /// A new file is renamed over it: most editors.
    RenameOver,
    /// Vim: the old file becomes a backup, a new one is written, the backup is deleted.
    Vim,
    /// `JetBrains`: through `___jb_tmp___` and `___jb_old___`.
    JetBrains,
    /// Emacs: a lock that is a link to nowhere, and a backup that stays.
    Emacs,
    /// `sed -i`.
    Sed,
    /// `cp -p`: the times are those of the source, years ago.
    Copy,
    /// Deleted and written again at once.
    Again,
    /// Cut off, and written in pieces.
    Pieces,
}

const STYLES: [Style; 9] = [
    Style::InPlace,
    Style::RenameOver,
    Style::Vim,
    Style::JetBrains,
    Style::Emacs,
    Style::Sed,
    Style::Copy,
    Style::Again,
    Style::Pieces,
];

fn beside(path: &Path, name: &str) -> PathBuf {
    let own = path.file_name().expect("a name").to_string_lossy().into_owned();
    path.with_file_name(name.replace("NAME", &own))
}

/// Saves a file as a program of this kind does.
fn save(style: Style, path: &Path, bytes: &[u8]) {
    let write = |path: &Path| fs::write(path, bytes).expect("a file");
    let is_there = path.exists();
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    match style {
        Style::InPlace => write(path),
        Style::RenameOver => {
            let new = beside(path, ".NAME.tmp");
            write(&new);
            fs::rename(new, path).expect("renamed");
        }
        Style::Vim => {
            let (probe, backup, swap) =
                (beside(path, "4913"), beside(path, "NAME~"), beside(path, ".NAME.swp"));
            fs::write(&swap, "swap").expect("a file");
            fs::write(&probe, "").expect("a file");
            fs::remove_file(probe).expect("deleted");
            if is_there {
                fs::rename(path, &backup).expect("renamed");
            }
            write(path);
            if is_there {
                fs::remove_file(backup).expect("deleted");
            }
            fs::remove_file(swap).expect("deleted");
        }
        Style::JetBrains => {
            let (new, old) = (beside(path, "NAME___jb_tmp___"), beside(path, "NAME___jb_old___"));
            write(&new);
            if is_there {
                fs::rename(path, &old).expect("renamed");
            }
            fs::rename(new, path).expect("renamed");
            if is_there {
                fs::remove_file(old).expect("deleted");
            }
        }
        Style::Emacs => {
            let lock = beside(path, ".#NAME");
            #[cfg(unix)]
            std::os::unix::fs::symlink("editor@desk.1234:1", &lock).expect("a link");
            write(path);
            #[cfg(unix)]
            fs::remove_file(lock).expect("deleted");
        }
        Style::Sed => {
            let new = beside(path, "sedA1b2C3");
            write(&new);
            fs::rename(new, path).expect("renamed");
        }
        Style::Copy => {
            write(path);
            let old =
                fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000));
            fs::File::options().write(true).open(path).and_then(|file| file.set_times(old)).expect("times");
        }
        Style::Again => {
            if is_there {
                fs::remove_file(path).expect("deleted");
            }
            write(path);
        }
        Style::Pieces => {
            let mut file = fs::File::create(path).expect("a file");
            for piece in bytes.chunks(bytes.len() / 3 + 1) {
                std::io::Write::write_all(&mut file, piece).expect("written");
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }
}

fn story(words: &str) -> String {
    format!("---\ntitle: Alpha\ndate: 2026-01-02\n---\n\n{words}\n")
}

#[test]
fn every_editor_is_heard() {
    let site =
        SiteTest::new().article("world/a.md", "Alpha", "", "Old.").article("world/b.md", "Beta", "", "B.");
    let server = Server::of(&site);
    server.get("/");
    let path = site.path("content/world/a.md");
    for style in STYLES {
        for round in 0..rounds() {
            let words = format!("{style:?} words of round {round}.");
            let began = Instant::now();
            save(style, &path, story(&words).as_bytes());
            server.wait_for("/world/2026/01/a/", &words, |answer| {
                assert_eq!(answer.status, 200, "{style:?}: {}", answer.text());
                answer.text().contains(&words)
            });
            assert!(began.elapsed() < Duration::from_secs(5), "{style:?}: {:?}", began.elapsed());
        }
    }
}

#[test]
fn the_last_of_many_quick_saves_is_shown() {
    let site = SiteTest::new().article("world/a.md", "Alpha", "", "Old.");
    let server = Server::of(&site);
    server.get("/");
    let path = site.path("content/world/a.md");
    for round in 0..rounds() {
        for save_number in 0..20 {
            save(
                STYLES[(round + save_number) % 8],
                &path,
                story(&format!("Save {round}.{save_number}.")).as_bytes(),
            );
        }
        let last = format!("Save {round}.19.");
        server.wait_for("/world/2026/01/a/", &last, |answer| answer.text().contains(&last));
    }
}

/// What a clean build makes of a newspaper.
fn clean(site: &SiteTest) -> Option<Tree> {
    let out = tempfile::tempdir().expect("a folder");
    let place = out.path().join("site");
    let run = site.run(&["build", "--no-cache", "--output", &place.to_string_lossy()]);
    (run.code == 0).then(|| crate::site::tree(&place))
}

/// What differs between what is served and what a clean build makes.
fn differing(server: &Server, clean: &Tree) -> Vec<String> {
    let mut differing = Vec::new();
    for (path, bytes) in clean {
        if path.starts_with(".newsprint") || crate::preview::is_index(path) {
            continue;
        }
        let url = format!("/{}", path.strip_suffix("index.html").unwrap_or(path));
        let answer = server.get(&encoded(&url));
        let same = match answer.status {
            200 => as_built(&answer.body) == *bytes,
            302 => String::from_utf8_lossy(bytes).contains(answer.header("location")),
            _ => false,
        };
        if !same {
            differing.push(url);
        }
    }
    differing
}

fn encoded(url: &str) -> String {
    newsprint::route::Route::of_output_path(&url[1..]).encoded().into_owned()
}

/// Waits until what is served is what a clean build makes.
fn settle(server: &Server, clean: &Tree, what: &str) {
    let began = Instant::now();
    let mut wrong = differing(server, clean);
    while !wrong.is_empty() {
        assert!(began.elapsed() < PATIENCE, "after {what}: {wrong:?}\n{}", server.said().join("\n"));
        std::thread::sleep(Duration::from_millis(10));
        wrong = differing(server, clean);
    }
}

#[test]
fn folders_come_go_and_move() {
    let site = SiteTest::new().article("world/a.md", "Alpha", "", "See [b](../sport/deep/b.md).").article(
        "sport/deep/b.md",
        "Beta",
        "",
        "B.",
    );
    let mut server = Server::of(&site);
    server.get("/");
    let check = |what: &str| settle(&server, &clean(&site).expect("a good newspaper"), what);
    for round in 0..rounds().min(50) / 5 {
        let at = |path: &str| site.path(path);
        fs::create_dir_all(at("content/new/very/deep/folder")).expect("a folder");
        site.write(
            "content/new/very/deep/folder/c.md",
            story(&format!("Round {round}")).replace("Alpha", "Gamma"),
        );
        check("a new folder");
        fs::rename(at("content/new"), at("content/newer")).expect("moved");
        check("a folder moved");
        site.write(
            "content/newer/very/deep/folder/c.md",
            story(&format!("Again {round}")).replace("Alpha", "Gamma"),
        );
        check("a file in a folder that was moved");
        fs::rename(at("content/newer"), at("elsewhere")).expect("moved");
        check("a folder moved away");
        site.write("elsewhere/very/deep/folder/d.md", story("outside").replace("Alpha", "Delta"));
        fs::rename(at("elsewhere"), at("content/back")).expect("moved");
        check("a folder moved in");
        fs::remove_dir_all(at("content/back")).expect("deleted");
        check("a folder deleted");
        site.write("content/sport/deep/bundle/index.md", story("bundle").replace("Alpha", "Bundle"));
        site.write("content/sport/deep/bundle/p.gif", "GIF89a\u{1}\0\u{1}\0");
        check("a bundle");
        fs::remove_dir_all(at("content/sport/deep/bundle")).expect("deleted");
        check("a bundle deleted");
    }
    fs::rename(site.path("content"), site.path("kept")).expect("moved");
    settle(&server, &clean(&site).expect("an empty newspaper"), "the content is gone");
    fs::rename(site.path("kept"), site.path("content")).expect("moved back");
    settle(&server, &clean(&site).expect("a good newspaper"), "the content is back");
    site.write("content/world/a.md", story("After all that."));
    settle(&server, &clean(&site).expect("a good newspaper"), "an edit in content that came back");
    assert!(server.is_alive());
}

#[test]
fn the_config_may_be_away_for_a_while() {
    let site = SiteTest::new().article("world/a.md", "Alpha", "", "Old.");
    let server = Server::of(&site);
    server.get("/");
    fs::rename(site.path("newsprint.yaml"), site.path("away.yaml")).expect("moved");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.get("/world/2026/01/a/").status, 200, "the last good site stays");
    fs::rename(site.path("away.yaml"), site.path("newsprint.yaml")).expect("moved back");
    site.write("content/world/a.md", story("New."));
    server.wait_for("/world/2026/01/a/", "changed", |answer| answer.text().contains("New."));
}

#[cfg(unix)]
#[test]
fn linked_content_is_followed() {
    use std::os::unix::fs::symlink;
    let site = SiteTest::new()
        .file("shared/world/a.md", story("Old."))
        .file("shared/one.md", story("Alone.").replace("Alpha", "One"))
        .file("content/sport/b.md", story("B.").replace("Alpha", "Beta"));
    symlink("../shared/world", site.path("content/world")).expect("a link");
    symlink("../../shared/one.md", site.path("content/sport/one.md")).expect("a link");
    let server = Server::of(&site);
    server.get("/");
    for (round, style) in STYLES.iter().cycle().take(rounds()).enumerate() {
        for (file, title, url) in [
            ("shared/world/a.md", "Alpha", "/world/2026/01/a/"),
            ("shared/one.md", "One", "/sport/2026/01/one/"),
        ] {
            let words = format!("Round {round} through {style:?}.");
            save(*style, &site.path(file), story(&words).replace("Alpha", title).as_bytes());
            server.wait_for(url, &words, |answer| answer.text().contains(&words));
        }
    }
    site.write("shared/world/new.md", story("New.").replace("Alpha", "New"));
    server.wait_for("/world/2026/01/new/", "came", |answer| answer.status == 200);
    fs::rename(site.path("shared/world"), site.path("shared/other")).expect("moved");
    server.wait_for("/world/2026/01/new/", "went", |answer| answer.status == 404);
    fs::rename(site.path("shared/other"), site.path("shared/world")).expect("moved back");
    server.wait_for("/world/2026/01/new/", "came back", |answer| answer.status == 200);
    site.write("shared/world/new.md", story("Newer.").replace("Alpha", "New"));
    server.wait_for("/world/2026/01/new/", "changed", |answer| answer.text().contains("Newer."));
    fs::remove_file(site.path("content/world")).expect("deleted");
    server.wait_for("/world/2026/01/new/", "went", |answer| answer.status == 404);
}

/// Runs git in a newspaper; `false` when there is no git.
fn git(site: &SiteTest, arguments: &[&str]) -> bool {
    let mut command = std::process::Command::new("git");
    command
        .current_dir(site.path(""))
        .args(["-c", "user.name=T", "-c", "user.email=t@t.example"])
        .args(arguments);
    let Ok(output) = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output() else { return false };
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    true
}

#[test]
fn a_checkout_of_five_thousand_files() {
    let site = SiteTest::new()
        .article("world/a.md", "Alpha", "", "Old.")
        .file(".gitignore", "/.newsprint\n/public\n");
    if !git(&site, &["init", "-q", "-b", "small"]) {
        return crate::site::skipped("the checkout test: no git");
    }
    git(&site, &["add", "."]);
    git(&site, &["commit", "-qm", "small"]);
    git(&site, &["checkout", "-qb", "large"]);
    for number in 0..5_000 {
        let text = format!("---\ntitle: Story {number}\ndate: 2026-01-02\n---\n\nOf the checkout.\n");
        site.write(&format!("content/desk-{}/s{number}.md", number % 40), text);
    }
    site.write("content/world/a.md", story("Of the large branch."));
    git(&site, &["add", "."]);
    git(&site, &["commit", "-qm", "large"]);
    git(&site, &["checkout", "-q", "small"]);
    let server = Server::of(&site);
    server.get("/");
    for _ in 0..2 {
        git(&site, &["checkout", "-q", "large"]);
        let began = Instant::now();
        for number in [0, 39, 2_500, 4_999] {
            let url = format!("/desk-{}/2026/01/s{number}/", number % 40);
            server.wait_for(&url, "came", |answer| answer.status == 200);
        }
        server.wait_for("/world/2026/01/a/", "changed", |answer| {
            answer.text().contains("Of the large branch.")
        });
        // A release build on a quiet machine takes a second.
        assert!(began.elapsed() < Duration::from_mins(1), "{:?}", began.elapsed());
        git(&site, &["checkout", "-q", "small"]);
        server.wait_for("/desk-39/2026/01/s4999/", "went", |answer| answer.status == 404);
        settle(&server, &clean(&site).expect("a good newspaper"), "a checkout and its end");
    }
}

#[test]
fn rsync_brings_what_changed() {
    let from =
        SiteTest::new().article("world/a.md", "Alpha", "", "Old.").article("world/b.md", "Beta", "", "B.");
    let site =
        SiteTest::new().article("world/a.md", "Alpha", "", "Old.").article("world/b.md", "Beta", "", "B.");
    let server = Server::of(&site);
    server.get("/");
    for round in 0..rounds() {
        let words = format!("Round {round}.");
        from.write("content/world/a.md", story(&words));
        let mut command = std::process::Command::new("rsync");
        command.args(["-a", "--delete", "--checksum"]).arg(from.path("content/")).arg(site.path("content/"));
        let Ok(status) = command.status() else { return crate::site::skipped("the rsync test: no rsync") };
        assert!(status.success());
        server.wait_for("/world/2026/01/a/", &words, |answer| answer.text().contains(&words));
    }
}

/// Runs random edits, each saved as some program does, and compares everything that is served with a clean build.
fn random_sequences(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut dice = Dice(seed);
        let (mut desk, mut stories) = start(&mut dice);
        let site = SiteTest::new();
        let mut on_disk = BTreeMap::new();
        mirror(&site, &desk, &mut on_disk, &mut dice);
        let server = Server::of(&site);
        server.get("/");
        for _ in 0..3 {
            let mut done = Vec::new();
            for _ in 0..=dice.below(3) {
                done.push(edit(&mut desk, &mut stories, &mut dice));
                NOW.clone_into(&mut desk.now);
                desk.drafts = newsprint::archive::Drafts::HeldBack;
                mirror(&site, &desk, &mut on_disk, &mut dice);
            }
            let (outcome, tree) = desk.clean();
            if !outcome.failed() {
                settle(&server, &tree, &format!("seed {seed}: {done:?}"));
            }
        }
    }
}

/// Brings the files on the disk to the state of a desk.
fn mirror(
    site: &SiteTest,
    desk: &crate::incremental::Desk,
    on_disk: &mut BTreeMap<String, Vec<u8>>,
    dice: &mut Dice,
) {
    let scan = desk.disk.scan().expect("files");
    let wanted: BTreeMap<String, Vec<u8>> = scan
        .files
        .iter()
        .map(|file| (file.path.as_str().to_owned(), desk.disk.read(&file.path).expect("a file")))
        .collect();
    for path in on_disk.keys().filter(|path| !wanted.contains_key(*path)) {
        site.delete(path);
    }
    for (path, bytes) in &wanted {
        if on_disk.get(path) != Some(bytes) {
            save(STYLES[dice.below(STYLES.len())], &site.path(path), bytes);
        }
    }
    *on_disk = wanted;
}

#[test]
fn random_saves_end_in_a_clean_build() {
    random_sequences(0..12);
}

/// `NEWSPRINT_TEST_SEED=1000 cargo test --release --test it thousand -- --ignored`: from that seed on.
#[test]
#[ignore = "takes ten minutes"]
fn a_thousand_random_sequences() {
    let from = std::env::var("NEWSPRINT_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000);
    // Three sequences with each seed.
    random_sequences(from..from + 334);
}

/// Where the system watches few folders, files are looked at from time to time, and that is said once.
#[cfg(target_os = "linux")]
#[test]
fn few_watches_are_enough() {
    let site = SiteTest::new().article("world/a.md", "Alpha", "", "Old.");
    for number in 0..12 {
        site.write(
            &format!("content/desk-{number}/s.md"),
            story("Text.").replace("Alpha", &format!("S{number}")),
        );
    }
    let binary = env!("CARGO_BIN_EXE_newsprint");
    // A namespace of its own has limits of its own.
    let script = "echo 8 > /proc/sys/user/max_inotify_watches && exec \"$@\"";
    let mut command = std::process::Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c", script, "sh", binary, "--root"]);
    command.arg(site.path("")).args(["--now", NOW, "serve", "--json", "--port", "0"]);
    let server = match Server::started(command) {
        Ok(server) => server,
        Err(said) => return crate::site::skipped(&format!("few watches: no user namespace: {said}")),
    };
    server.get("/");
    for round in 0..rounds() / 5 {
        let words = format!("Round {round}.");
        save(STYLES[round % STYLES.len()], &site.path("content/world/a.md"), story(&words).as_bytes());
        server.wait_for("/world/2026/01/a/", &words, |answer| answer.text().contains(&words));
    }
    let warnings = server.said().iter().filter(|line| line.contains("cannot watch all folders")).count();
    assert_eq!(warnings, 1, "{:?}", server.said());
}

/// More events than the system keeps for us: some are lost, and no change is.
#[cfg(target_os = "linux")]
#[test]
fn lost_events_lose_no_change() {
    let site =
        SiteTest::new().article("world/a.md", "Alpha", "", "Old.").article("world/b.md", "Beta", "", "Old.");
    let server = Server::of(&site);
    server.get("/");
    let signal = |name: &str| {
        let sent = std::process::Command::new("kill").args([name, &server.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    };
    std::thread::sleep(Duration::from_millis(300));
    for round in 0..3 {
        signal("-STOP");
        // Each save is several events, and the system keeps 16,384 unless told otherwise.
        for number in 0..9_000 {
            site.write("content/world/b.md", story(&format!("Storm {number}.")).replace("Alpha", "Beta"));
        }
        let words = format!("Lost in round {round}.");
        site.write("content/world/a.md", story(&words));
        fs::create_dir_all(site.path("content/new/deep")).expect("a folder");
        site.write(&format!("content/new/deep/s{round}.md"), story("New.").replace("Alpha", "New"));
        signal("-CONT");
        server.wait_for("/world/2026/01/a/", &words, |answer| answer.text().contains(&words));
        server.wait_for(&format!("/new/2026/01/s{round}/"), "came", |answer| answer.status == 200);
        let words = format!("After round {round}.");
        site.write(&format!("content/new/deep/s{round}.md"), story(&words).replace("Alpha", "New"));
        server.wait_for(&format!("/new/2026/01/s{round}/"), &words, |answer| answer.text().contains(&words));
        site.delete(&format!("content/new/deep/s{round}.md"));
    }
}

#[test]
fn polling_finds_changes() {
    let site = SiteTest::new().article("world/a.md", "Alpha", "", "Old.");
    let server = Server::with(&site, &["--poll"]);
    server.get("/");
    for (round, style) in STYLES.iter().enumerate() {
        let words = format!("Round {round}.");
        save(*style, &site.path("content/world/a.md"), story(&words).as_bytes());
        server.wait_for("/world/2026/01/a/", &words, |answer| answer.text().contains(&words));
    }
}
