//! Outputs on file systems of their own: mount points, full disks, read-only ones.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Site, refusal};
use crate::disk::manifest::{FILE_NAME, Kind, Manifest};
use crate::fingerprint::Fingerprint;

/// A tmpfs of so many bytes on the output, gone when dropped; `None`, loudly, where we may not mount.
struct Mount(PathBuf);

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

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_mount_point_is_brought_up_to_date_in_place() {
    let site = Site::new();
    let Some(_mount) = Mount::new(&site.output, "size=4m") else { return };
    assert!(crate::disk::system::is_mount_point(&site.output));
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
    let files = |home: &str| {
        let pages = [("index.html", home), ("f/index.html", "folder"), ("a/b", "file")];
        pages.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
    };
    let published = site.amend(&files("2"), &files("amended")).expect("published");
    assert_eq!((published.files, published.written), (3, 1));
    assert_eq!(site.tree()["index.html"], "amended");
    site.amend(&files("amended"), &files("2")).expect("published");
    let error = site.publish(&[("CNAME", "ours")]).expect_err("a collision");
    assert!(refusal(&error).message().contains("CNAME"));
    site.check(&wanted, &["CNAME", "a/mine"]);
    // Killed in the middle: both editions are in the manifest, one file is of each.
    let manifest = Manifest::read(&site.output).expect("readable").expect("there");
    let mut files = manifest.files().to_vec();
    files[0].xxh3 = Fingerprint::of(b"other");
    let mixed = Manifest::new(Kind::Production, files);
    crate::disk::manifest::put(&site.output, &mixed, &site.output).expect("written");
    let mark = crate::disk::manifest::mixed();
    crate::disk::manifest::put_mark(&site.output, &mark, &site.output).expect("written");
    assert!(site.open().expect("free").head().is_none());
    site.put(".newsprint-stage-7-0/x", "half");
    site.put(
        &format!(".newsprint-stage-7-0/{FILE_NAME}"),
        &String::from_utf8(crate::disk::manifest::staging()).expect("JSON"),
    );
    site.publish(&[("index.html", "3")]).expect("published");
    site.check(&[("index.html", "3"), ("CNAME", "example.com"), ("a/mine", "m")], &["CNAME", "a/mine"]);
}

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
