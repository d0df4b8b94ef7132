//! What killed runs leave, and what is kept for the next.

use std::fs;
use std::path::Path;

use super::{Site, tree};
use crate::disk::manifest::{FILE_NAME, Manifest};
use crate::disk::outlet;

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
    for file in [FILE_NAME, ".newsprint-files/00"] {
        let old = fs::read_to_string(site.output.join(file)).expect("there");
        put(&format!(".public.newsprint-stage-43-0/{file}"), &old);
    }
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
    let aside = outlet::exchange_in_two_steps(&staged, &site.output).expect("exchanged");
    assert_eq!(tree(&site.output)["index.html"], "2");
    assert_eq!(tree(&aside)["index.html"], "1");
    outlet::exchange_in_two_steps(&staged, &site.output).expect_err("nothing is staged");
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
    assert!(!crate::disk::carry::has_changed_since(&old, &ours, &[], 1));
    fs::write(old.join("a/late"), "late").expect("written");
    assert!(crate::disk::carry::has_changed_since(&old, &ours, &[], 1));
    crate::disk::carry::rescue_late(&old, &ours, &site.output, &now);
    site.check(&[("index.html", "2"), ("a/x", "x"), ("a/late", "late")], &["a/late"]);
}
