//! What a scan finds and leaves out.

use std::fs;
use std::path::Path;
use std::time::Instant;

use tempfile::TempDir;

use super::{Files as _, Folder, Scan, has_vanished};
use crate::source::SourcePath;

/// A newspaper of these files; a name that ends in `/` is a folder, `a -> b` is a link.
fn newspaper(files: &[&str]) -> TempDir {
    let work = tempfile::tempdir().expect("a temporary folder");
    let root = work.path().join("site");
    for file in files {
        let (path, target) =
            file.split_once(" -> ").map_or((*file, None), |(path, target)| (path, Some(target)));
        let place = root.join(path);
        fs::create_dir_all(place.parent().expect("below the root")).expect("made");
        match target {
            Some(target) => link(target, &place),
            None if path.ends_with('/') => fs::create_dir_all(&place).expect("made"),
            None => fs::write(&place, path).expect("written"),
        }
    }
    work
}

#[cfg(unix)]
fn link(target: &str, place: &Path) {
    std::os::unix::fs::symlink(target, place).expect("linked");
}

#[cfg(not(unix))]
fn link(_target: &str, _place: &Path) {}

fn scan(work: &TempDir) -> Scan {
    let folder = Folder::new(&work.path().join("site"), Path::new("public")).expect("there");
    folder.scan().expect("readable")
}

fn check_scan(found: &Scan, wanted: &[&str], findings: &[&str]) {
    let files: Vec<&str> = found.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(files, wanted);
    let said: Vec<String> = found
        .findings
        .iter()
        .map(|finding| {
            assert!(!finding.is_error() && !finding.help_lines().is_empty(), "{finding:?}");
            format!("{} {}", finding.code(), finding.labels()[0].path)
        })
        .collect();
    assert_eq!(said, findings);
}

fn check(files: &[&str], wanted: &[&str], findings: &[&str]) {
    check_scan(&scan(&newspaper(files)), wanted, findings);
}

#[test]
fn only_the_newspapers_own_folders_are_walked() {
    check(
        &[
            "newsprint.yaml",
            "README.md",
            "content/b/a.md",
            "content/a.md",
            "content/a-b.md",
            "content/a/z.md",
            "data/views.csv",
            "templates/base.html",
            "static/style.css",
            "public/index.html",
            "node_modules/x.js",
            ".newsprint/ledger",
            "content/.newsprint/x",
            "content/empty/",
        ],
        &[
            "content/a-b.md",
            "content/a.md",
            "content/a/z.md",
            "content/b/a.md",
            "data/views.csv",
            "newsprint.yaml",
            "static/style.css",
            "templates/base.html",
        ],
        &[],
    );
    check(&["other/x"], &[], &[]);
}

#[test]
fn the_output_is_left_out_wherever_it_lies() {
    let work = newspaper(&["static/public/x", "static/public2/x"]);
    let folder = Folder::new(&work.path().join("site"), Path::new("static/public")).expect("there");
    check_scan(&folder.scan().expect("readable"), &["static/public2/x"], &[]);
}

#[test]
fn secrets_and_backups_are_left_out_with_one_warning_each() {
    check(
        &[
            "static/.env",
            "static/.git/config",
            "static/.git/HEAD",
            "static/x.html~",
            "static/.foo.swp",
            "static/id_rsa",
            "static/.DS_Store",
            "content/a/Thumbs.db",
            "static/.well-known/security.txt",
            "static/.htaccess",
            "static/_headers",
            "static/.well-known/.env",
            "content/.obsidian/x.md",
        ],
        &["static/.htaccess", "static/.well-known/security.txt", "static/_headers"],
        &[
            "not-published content/.obsidian",
            "not-published static/.env",
            "not-published static/.foo.swp",
            "not-published static/.git",
            "not-published static/.well-known/.env",
            "not-published static/id_rsa",
            "not-published static/x.html~",
        ],
    );
}

#[cfg(unix)]
#[test]
fn links_inside_the_newspaper_are_followed_and_others_are_not() {
    check(
        &[
            "content/a.md",
            "content/b.md -> a.md",
            "content/c -> ../shared",
            "shared/d.md",
            "shared/e/f.md",
            "content/.#a.md -> somebody@host.123:456",
            "content/gone.md -> nowhere",
            "static/passwd -> /etc/passwd",
            "static/etc -> /etc",
            "static/up -> ../..",
            "static/key -> ../secret.pem",
            "secret.pem",
            "static/config -> ../newsprint.yaml",
            "newsprint.yaml",
            "static/git -> ../.git",
            ".git/config",
            "static/out -> ../public",
            "public/x",
        ],
        &["content/a.md", "content/b.md", "content/c/d.md", "content/c/e/f.md", "newsprint.yaml"],
        &[
            "not-published static/config",
            "symlink-outside static/etc",
            "not-published static/git",
            "not-published static/key",
            "not-published static/out",
            "symlink-outside static/passwd",
            "symlink-outside static/up",
        ],
    );
    check(&["content -> sources", "sources/a.md"], &["content/a.md"], &[]);
    check(&["content -> /etc"], &[], &["symlink-outside content"]);
}

#[cfg(unix)]
#[test]
fn loops_of_links_end() {
    check(&["content/a/self -> ."], &[], &["symlink-loop content/a/self"]);
    check(&["content/a/up -> .."], &[], &["symlink-loop content/a/up"]);
    check(&["content/a -> a"], &[], &["symlink-loop content/a"]);
    check(&["content/root -> .."], &[], &["symlink-loop content/root"]);
    check(
        &["content/a/x.md", "content/a/b -> ../../other", "other/y.md", "other/a -> ../content/a"],
        &["content/a/b/y.md", "content/a/x.md"],
        &["symlink-loop content/a/b/a"],
    );
}

#[cfg(unix)]
#[test]
fn pipes_and_sockets_are_never_opened() {
    let work = newspaper(&["content/a.md"]);
    let place = work.path().join("site/content/x.md");
    let made =
        rustix::fs::mknodat(rustix::fs::CWD, &place, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0);
    made.expect("made");
    let socket = std::os::unix::net::UnixListener::bind(work.path().join("site/content/s")).expect("bound");
    check_scan(&scan(&work), &["content/a.md"], &["special-file content/s", "special-file content/x.md"]);
    drop(socket);
    // Even when one takes a file's name after the scan.
    let folder = Folder::new(&work.path().join("site"), Path::new("public")).expect("there");
    let error = folder.read(&SourcePath::new("content/x.md")).expect_err("a pipe");
    assert!(!has_vanished(&error) && format!("{error:#}").contains("not a regular file"), "{error:#}");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_text_are_escaped_and_left_out() {
    use std::os::unix::ffi::OsStrExt as _;
    let work =
        newspaper(&["content/a\nb.md", "content/\u{1b}[31m.md", "content/<img src=x>.md", "content/Icon\r"]);
    let bad = work.path().join("site/content").join(std::ffi::OsStr::from_bytes(b"caf\xE9"));
    fs::create_dir(&bad).expect("made");
    fs::write(bad.join("x.md"), "x").expect("written");
    check_scan(
        &scan(&work),
        &["content/<img src=x>.md"],
        &["file-name content/\\u{1b}[31m.md", "file-name content/a\\nb.md", "file-name content/caf\\xE9"],
    );
}

#[test]
fn files_that_vanish_are_told_from_files_that_cannot_be_read() {
    let work = newspaper(&["content/a.md", "content/b/c.md"]);
    let folder = Folder::new(&work.path().join("site"), Path::new("public")).expect("there");
    assert_eq!(folder.read(&SourcePath::new("content/a.md")).expect("there"), b"content/a.md");
    for gone in ["content/x.md", "content/a.md/x.md"] {
        let error = folder.read(&SourcePath::new(gone)).expect_err("not there");
        assert!(has_vanished(&error) && format!("{error:#}").contains(gone), "{error:#}");
    }
    assert!(!has_vanished(&folder.read(&SourcePath::new("content/b")).expect_err("a folder")));
}

#[test]
fn stamps_tell_of_every_change() {
    let work = newspaper(&["content/a.md"]);
    let place = work.path().join("site/content/a.md");
    let before = scan(&work).files.remove(0);
    let written = fs::metadata(&place).expect("there").modified().expect("known");
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::write(&place, "CONTENT/A.MD").expect("written");
    fs::File::options().write(true).open(&place).expect("there").set_modified(written).expect("set");
    let after = scan(&work).files.remove(0);
    assert_eq!((before.size, before.modified_ns), (after.size, after.modified_ns));
    assert!(cfg!(not(unix)) || before.changed_ns < after.changed_ns);
}

#[test]
fn vims_test_file_is_overlooked_and_a_page_of_that_name_is_not() {
    let work = newspaper(&["content/a/4913", "content/4913/a.md"]);
    fs::write(work.path().join("site/content/4913/4913"), "").expect("written");
    check_scan(&scan(&work), &["content/4913/a.md", "content/a/4913"], &[]);
}

#[test]
fn deep_folders_do_not_overflow() {
    let work = newspaper(&["content/"]);
    let mut place = work.path().join("site/content");
    for _ in 0..1_900 {
        place.push("d");
    }
    fs::create_dir_all(&place).expect("made");
    fs::write(place.join("a.md"), "a").expect("written");
    assert_eq!(scan(&work).files.len(), 1);
}

#[test]
fn many_files_in_one_folder_are_listed_in_time() {
    let work = newspaper(&["content/"]);
    for number in 0..10_000 {
        fs::write(work.path().join(format!("site/content/{number}.md")), "").expect("written");
    }
    let start = Instant::now();
    let found = scan(&work);
    let took = format!("scan of 10,000 files: {:?}\n", start.elapsed());
    std::io::Write::write_all(&mut std::io::stderr(), took.as_bytes()).expect("said");
    assert_eq!((found.files.len(), found.findings.len()), (10_000, 0));
}
