//! Files in the output that somebody else put there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{Site, refusal};

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
fn what_came_unseen_into_a_tree_that_is_the_spare_now_comes_back() {
    let site = Site::new();
    let files = |home: &str| {
        let pages = [("a/index.html", "a"), ("index.html", home)];
        pages.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect::<BTreeMap<_, _>>()
    };
    site.publish(&[("index.html", "1"), ("a/index.html", "a")]).expect("published");
    site.put("a/known.txt", "k");
    site.amend(&files("1"), &files("2")).expect("published");
    // In a large site, nobody looks into `a`.
    let watch = site.root().join(".newsprint/folders");
    let list = fs::read_to_string(&watch).expect("listed");
    fs::write(&watch, list.replace("\na\n", "\n")).expect("written");
    site.put("a/unseen.txt", "u");
    fs::remove_file(site.output.join("a/known.txt")).expect("deleted by its owner");
    site.amend(&files("2"), &files("3")).expect("published");
    assert!(!site.output.join("a/unseen.txt").exists(), "an amendment has looked into every folder");
    site.publish(&[("index.html", "4"), ("a/index.html", "a")]).expect("published");
    assert_eq!(fs::read_to_string(site.output.join("a/unseen.txt")).expect("back"), "u");
}
