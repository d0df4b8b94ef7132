//! Forty ways to lose a site, and that none of them does: refused before the first byte, with a reason and what to type.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{beside, config, edit, paper};
use crate::site::{Run, SiteTest, tree};

/// A newspaper, deployed, and the folder of its targets.
struct Scene {
    site: SiteTest,
    folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let targets = beside("flat", "plain", folder.path()) + &beside("live", "releases", folder.path());
        let site = paper(20, &targets);
        for target in ["flat", "live"] {
            site.run(&["deploy", target]).expect(0);
        }
        Self { site, folder }
    }

    fn targets(&self) -> String {
        beside("flat", "plain", self.folder.path()) + &beside("live", "releases", self.folder.path())
    }

    fn place(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Adds a target in this folder.
    fn target(&self, folder: &str) {
        config(
            &self.site,
            &format!("{}  odd: {{kind: local, mode: plain, path: \"{folder}\"}}\n", self.targets()),
        );
        self.site.build();
    }

    /// Deploys, which is refused with this reason and changes nothing at any target.
    fn refused(&self, arguments: &[&str], reason: &str) {
        let before = tree(self.folder.path());
        for more in [&[][..], &["--yes"]] {
            let run = self.site.run(&[&["deploy"], arguments, more].concat());
            check(&run, 3, reason);
            assert!(tree(self.folder.path()) == before, "{arguments:?} changed something");
        }
    }

    /// The same for both kinds of folders.
    fn both_refused(&self, reason: &str) {
        self.refused(&["flat"], reason);
        self.refused(&["live"], reason);
    }
}

fn check(run: &Run, code: i32, reason: &str) {
    assert_eq!(run.code, code, "wanted: {reason}\nstdout:\n{}\nstderr:\n{}", run.out, run.err);
    assert!(run.err.contains(reason), "wanted: {reason}\nstderr:\n{}", run.err);
    assert!(run.err.contains("help: "), "no help: {}", run.err);
}

fn mark(scene: &Scene, text: &str) {
    // The output shares its files with the build's memory: what is changed is made anew.
    let place = scene.site.path("public/.newsprint.json");
    fs::remove_file(&place).expect("a mark");
    fs::write(place, text).expect("a mark");
}

#[test]
fn builds_that_are_none() {
    let scene = Scene::new();
    let public = scene.site.path("public");
    fs::rename(&public, scene.site.path("away")).expect("moved");
    scene.both_refused("holds no finished build");
    fs::create_dir(&public).expect("made");
    scene.both_refused("holds no finished build");
    fs::write(public.join("index.html"), "somebody's").expect("written");
    scene.both_refused("holds no finished build");
    fs::remove_dir_all(&public).expect("deleted");
    fs::rename(scene.site.path("away"), &public).expect("moved");
    let whole = fs::read_to_string(public.join(".newsprint.json")).expect("a mark");
    for (text, reason) in [
        ("{\"schema\": 2, \"kind\": \"staging\"}", "holds no finished build"),
        ("{\"schema\": 2, \"kind\": \"mixed\"}", "holds no finished build"),
        ("{\"schema\": 99, \"kind\": \"production\"}", "holds no finished build"),
        ("no JSON", "holds no finished build"),
        (&whole.replace("\"files\": ", "\"files\": 1"), "are damaged"),
    ] {
        mark(&scene, text);
        scene.both_refused(reason);
    }
    mark(&scene, &whole);
    let list = fs::read_dir(public.join(".newsprint-files"))
        .expect("lists")
        .flatten()
        .next()
        .expect("a list")
        .path();
    let bytes = fs::read(&list).expect("a list");
    fs::remove_file(&list).expect("deleted");
    scene.both_refused("are damaged");
    fs::write(&list, [&bytes[..], b"rubbish\n"].concat()).expect("written");
    scene.both_refused("are damaged");
}

#[test]
fn outputs_that_somebody_changed() {
    let scene = Scene::new();
    let page = scene.site.path("public/index.html");
    let bytes = fs::read(&page).expect("a page");
    fs::remove_file(&page).expect("deleted");
    scene.both_refused("the output is not as the build left it: `index.html`");
    fs::write(&page, String::from_utf8_lossy(&bytes).replace("Test", "Tess")).expect("written");
    scene.both_refused("the output is not as the build left it: `index.html`");
    fs::remove_file(&page).expect("deleted");
    fs::create_dir(&page).expect("made");
    scene.both_refused("the output is not as the build left it: `index.html`");
    #[cfg(unix)]
    {
        fs::remove_dir(&page).expect("deleted");
        std::os::unix::fs::symlink("/etc/passwd", &page).expect("linked");
        scene.both_refused("the output is not as the build left it: `index.html`");
    }
}

#[test]
fn builds_that_are_not_todays() {
    let scene = Scene::new();
    let stale = "files of the newspaper have changed since the build";
    scene.site.write("content/city/s0.md", "---\ntitle: Another\ndate: 2026-01-01\n---\n\nx\n");
    scene.both_refused(stale);
    scene.site.build();
    scene.site.write("content/city/new.md", "---\ntitle: New\ndate: 2026-01-01\n---\n\nx\n");
    scene.both_refused(stale);
    scene.site.delete("content/city/new.md");
    scene.site.build();
    scene.site.delete("content/city/s0.md");
    scene.both_refused(stale);
    scene.site.write("content/city/s0.md", "---\ntitle: Due\ndate: 2026-12-01\n---\n\nx\n");
    scene
        .site
        .write("content/city/s3.md", "---\ntitle: Over\ndate: 2026-01-01\nexpires: 2026-12-03\n---\n\nx\n");
    scene.site.build();
    // The harness says `--now` first; a second one would be an error.
    let run = |now: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_newsprint"));
        command.arg("--root").arg(scene.site.path("")).args(["--now", now, "deploy", "flat"]);
        Run::of(&command.output().expect("the binary runs"))
    };
    check(&run("2026-12-02T00:00:00Z"), 3, "the same files make another site");
    check(&run("2026-12-04T00:00:00Z"), 3, "the same files make another site");
    fs::remove_dir_all(scene.site.path(".newsprint/ledger")).expect("deleted");
    scene.both_refused("nothing is remembered of the build");
    scene.site.run(&["deploy", "flat", "--allow-stale", "--max-delete", "99", "--yes"]).expect(0);
}

#[test]
fn outputs_of_others() {
    let scene = Scene::new();
    let other = paper(3, "");
    let public = other.path("public").display().to_string();
    scene.refused(&["flat", "--output", &public], "the output is not what the last build made");
    // Somebody builds for another address in a hurry.
    let text = fs::read_to_string(scene.site.path("newsprint.yaml")).expect("a config");
    for (address, reason) in [
        ("http://localhost:1313/", "which readers cannot reach"),
        ("http://127.0.0.1:8000/", "which readers cannot reach"),
        ("http://192.168.0.7/", "which readers cannot reach"),
        ("https://other.example/", "another site is there: `https://news.example/`"),
    ] {
        scene.site.write("newsprint.yaml", text.replace("https://news.example/", address));
        scene.both_refused("the output was built for another address");
        scene.site.build();
        scene.both_refused(reason);
    }
    scene.site.run(&["deploy", "flat", "--new-address"]).expect(0);
}

#[test]
fn sites_that_would_shrink() {
    let scene = Scene::new();
    scene.site.run(&["build", "--drafts"]).expect(0);
    scene.both_refused("the output is a preview");
    fs::rename(scene.site.path("content"), scene.site.path("unmounted")).expect("moved");
    scene.site.build();
    scene.both_refused("the newspaper has no published story");
    fs::create_dir(scene.site.path("content")).expect("made");
    scene.site.build();
    scene.both_refused("the newspaper has no published story");
    scene
        .site
        .write("content/city/only.md", "---\ntitle: A draft\ndate: 2026-01-01\ndraft: true\n---\n\nx\n");
    scene.site.build();
    scene.both_refused("the newspaper has no published story");
    scene.site.write("content/city/only.md", "---\ntitle: One left\ndate: 2026-01-01\n---\n\nx\n");
    scene.site.build();
    scene.both_refused("the site would shrink from");
    scene.refused(&["flat", "--max-delete", "1000"], "the site would shrink from");
    scene.refused(&["flat", "--allow-shrink", "1000"], "files would be deleted, and at most");
    fs::remove_dir_all(scene.site.path("content")).expect("deleted");
    fs::rename(scene.site.path("unmounted"), scene.site.path("content")).expect("moved");
    for number in [0, 3, 6, 9, 12] {
        scene.site.delete(&format!("content/city/s{number}.md"));
    }
    scene.site.build();
    scene.both_refused("files would be deleted, and at most");
    let run = scene.site.run(&["deploy", "flat", "--max-delete", "100"]);
    check(&run, 3, "nobody is there to be asked");
    scene.site.run(&["deploy", "flat", "--max-delete", "100", "--yes"]).expect(0);
}

#[test]
fn places_that_are_no_sites() {
    let scene = Scene::new();
    let home = std::env::home_dir().expect("a home").display().to_string();
    let root = scene.site.path("");
    let above = root.parent().expect("a folder above").display().to_string();
    for (folder, reason) in [
        ("/", "root of the file system"),
        ("~", "not a whole path"),
        ("~/site", "not a whole path"),
        (".", "the newspaper's own folder"),
        ("..", "the newspaper itself lies in it"),
        (above.as_str(), "the newspaper itself lies in it"),
        ("content", "belongs to the newspaper's sources"),
        ("static/site", "belongs to the newspaper's sources"),
        (".git", "belongs to the newspaper's sources"),
        ("public", "it is the output itself"),
        ("public/site", "it is the output itself"),
        ("/etc", "a folder of the system"),
        ("/var/www", "a folder of the system"),
        (home.as_str(), "home folder"),
    ] {
        scene.target(folder);
        scene.refused(&["odd"], reason);
    }
    for text in [
        "odd: {kind: local, path: \"\"}",
        "odd: {kind: local}",
        "odd: {kind: rsync, host: \"-oProxyCommand=x\", path: /srv/news}",
        "odd: {kind: git, repository: \"--upload-pack=x\"}",
        "odd: {kind: s3, bucket: news, prefix: ../other}",
        "odd: {kind: ftp, path: /srv/news}",
    ] {
        config(&scene.site, &format!("  {text}\n"));
        let run = scene.site.run(&["deploy", "odd"]);
        assert_eq!(run.code, 1, "{text}: {}", run.err);
    }
    for folder in ["/", "~", "..", "/srv", "srv/../..", "/home/"] {
        config(&scene.site, &format!("  odd: {{kind: rsync, host: news.invalid, path: \"{folder}\"}}\n"));
        scene.site.build();
        scene.refused(&["odd"], "it is no folder of a site's own");
    }
}

#[test]
fn targets_that_hold_something_else() {
    let scene = Scene::new();
    let place = scene.place("odd");
    fs::create_dir_all(place.join("wp-content/uploads")).expect("made");
    fs::write(place.join("wp-content/uploads/a.jpg"), "mine").expect("written");
    scene.target(&place.display().to_string());
    scene.refused(&["odd"], "the target is not empty: `wp-content/uploads/a.jpg`");
    scene.site.run(&["deploy", "odd", "--adopt"]).expect(0);
    assert_eq!(fs::read(place.join("wp-content/uploads/a.jpg")).expect("there"), b"mine");
    // The same for releases.
    let releases = scene.place("rel");
    fs::create_dir_all(&releases).expect("made");
    fs::write(releases.join("notes.txt"), "mine").expect("written");
    config(&scene.site, &format!("{}{}", scene.targets(), beside("rel", "releases", scene.folder.path())));
    scene.site.build();
    scene.refused(&["rel"], "the target is not empty: `notes.txt`");
    fs::remove_file(releases.join("notes.txt")).expect("deleted");
    fs::create_dir(releases.join("current")).expect("made");
    scene.refused(&["rel"], "is not a link");
    #[cfg(unix)]
    {
        fs::remove_dir(releases.join("current")).expect("deleted");
        std::os::unix::fs::symlink("/srv/other", releases.join("current")).expect("linked");
        scene.refused(&["rel"], "is no edition of ours");
    }
    // A file of somebody else where a new page would go.
    for site in ["flat", "live/current"] {
        let place = scene.place(site).join("city/2026/01/brand-new");
        fs::create_dir_all(&place).expect("made");
        fs::write(place.join("index.html"), "mine").expect("written");
    }
    scene.site.write("content/city/brand-new.md", "---\ntitle: Brand new\ndate: 2026-01-05\n---\n\nx\n");
    scene.site.build();
    scene.both_refused("files that are not Newsprint's are where the site would go");
}

#[test]
fn records_that_cannot_be_trusted() {
    let scene = Scene::new();
    edit(&scene.site, 1, "Changed");
    let record = scene.place("flat/.newsprint-deploy/record.json");
    let whole = fs::read_to_string(&record).expect("a record");
    for (text, reason) in [
        (whole.replace("\"schema\": 1", "\"schema\": 7"), "a newer Newsprint has deployed"),
        (whole[..whole.len() / 2].to_owned(), "are damaged"),
        (whole.replace("\"id\": \"2", "\"id\": \"../2"), "are damaged"),
    ] {
        fs::write(&record, text).expect("written");
        scene.refused(&["flat"], reason);
    }
    fs::write(&record, whole).expect("written");
    // What this machine remembers would do without.
    fs::remove_dir_all(scene.site.path(".newsprint/deploy")).expect("deleted");
    let list = fs::read_dir(scene.place("flat/.newsprint-deploy/lists")).expect("lists").flatten().next();
    fs::remove_file(list.expect("a list").path()).expect("deleted");
    scene.refused(&["flat"], "are damaged");
}

#[test]
fn secrets_and_private_notes() {
    let scene = Scene::new();
    let key = format!("AKIA{}", "Q7".repeat(8));
    scene.site.write(
        "content/city/s0.md",
        format!("---\ntitle: Keys\ndate: 2026-01-01\n---\n\nThe key {key} was found.\n"),
    );
    scene.site.build();
    scene.both_refused("index.html` holds an AWS access key on line");
    let page = "city/2026/01/s0/index.html";
    let run = scene.site.run(&["deploy", "flat", "--allow", page]);
    assert!(
        run.code == 3 && !run.err.contains(page),
        "the page is allowed, feeds with the text are not: {}",
        run.err
    );
    assert!(!run.err.contains(&key), "{}", run.err);
    edit(&scene.site, 0, "No keys");
    // A JPEG with a place in it, as a phone writes it.
    let mut photo = b"\xff\xd8\xff\xe1\x00\x40Exif\0\0II\x2a\x00\x08\x00\x00\x00".to_vec();
    photo.extend(b"\x01\x00\x25\x88\x04\x00\x01\x00\x00\x00\x1a\x00\x00\x00\x00\x00\x00\x00");
    photo.extend(b"\x01\x00\x02\x00\x05\x00\x03\x00\x00\x00\x2c\x00\x00\x00\x00\x00\x00\x00");
    scene.site.write("static/phone.jpg", photo);
    scene.site.build();
    scene.both_refused("the picture `phone.jpg` tells where it was taken");
    scene.site.run(&["deploy", "flat", "--allow", "/phone.jpg"]).expect(0);
}

#[test]
fn two_deploys_at_once() {
    let scene = Scene::new();
    edit(&scene.site, 1, "Changed");
    // Another machine is at it.
    let claim = |until: i64| {
        format!(
            "{{\"schema\": 1, \"machine\": \"other\", \"run\": \"1\", \"until\": {until}, \"id\": \"20261124T000000Z-00000000\", \"imprint\": \"x\"}}"
        )
    };
    let place = |target: &str| scene.place(target).join(".newsprint-deploy/claim.json");
    let now = i64::try_from(
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs(),
    )
    .expect("before the end of time");
    for target in ["flat", "live"] {
        fs::write(place(target), claim(now + 60)).expect("written");
        let before = tree(scene.folder.path());
        check(&scene.site.run(&["deploy", target]), 75, "another newsprint is deploying");
        check(&scene.site.run(&["rollback", target]), 3, "there is no earlier edition");
        assert!(tree(scene.folder.path()) == before);
        // A claim that was left behind binds nobody for ever.
        fs::write(place(target), claim(now - 60)).expect("written");
        scene.site.run(&["deploy", target]).expect(0);
        assert!(!place(target).exists());
    }
    // This machine.
    edit(&scene.site, 1, "Changed again");
    let runs: Vec<_> = (0..4)
        .map(|_| {
            scene
                .site
                .command(&["deploy", "flat"])
                .stderr(std::process::Stdio::null())
                .spawn()
                .expect("started")
        })
        .collect();
    let codes: Vec<_> =
        runs.into_iter().map(|run| run.wait_with_output().expect("ended").status.code()).collect();
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 75))) && codes.contains(&Some(0)), "{codes:?}");
    assert!(same_site(&scene.place("flat"), &scene.site.path("public")));
}

fn same_site(one: &Path, other: &Path) -> bool {
    let pages = |folder: &Path| {
        let mut files = tree(folder);
        files.retain(|path, _| !path.starts_with(".newsprint"));
        files
    };
    pages(one) == pages(other)
}
