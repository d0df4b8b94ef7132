//! What killed runs leave, and what is kept for the next.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{Site, tree};
use crate::disk::changes::Changes;
use crate::disk::imprint::Imprint;
use crate::disk::manifest::{FILE_NAME, Kind, Manifest};
use crate::disk::outlet;
use crate::disk::spare::Spare;
use crate::disk::system;

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

/// The files of an edition, of which `home` is the text of the home page.
fn edition(home: &str) -> BTreeMap<String, String> {
    let pages = (0..3).map(|number| (format!("a/{number}/index.html"), "same".to_owned()));
    pages.chain([("index.html".to_owned(), home.to_owned())]).collect()
}

fn published(site: &Site, home: &str) {
    let files = edition(home);
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    site.publish(&files).expect("published");
}

/// The output and the spare are the editions with these home pages.
fn check_pair(site: &Site, output: &str, spare: Option<&str>) {
    assert_eq!(site.tree(), edition(output));
    site.check_swept();
    let place = site.root().join(".newsprint/spare");
    assert_eq!(place.exists().then(|| tree(&place)), spare.map(edition));
}

#[test]
fn the_output_before_the_last_is_the_base_of_the_next() {
    let site = Site::new();
    let amend = |old: &str, new: &str| site.amend(&edition(old), &edition(new)).expect("published");
    published(&site, "1");
    check_pair(&site, "1", None);
    let first = amend("1", "2");
    assert_eq!((first.files, first.written, first.kept, first.removed), (4, 1, 3, 0));
    check_pair(&site, "2", Some("1"));
    // A second amendment makes and deletes no folder: the two trees change places.
    let inode = |place: &Path| system::inode(&fs::metadata(place).expect("there"));
    let folders =
        || [site.output.join("a/1"), site.root().join(".newsprint/spare/a/1")].map(|place| inode(&place));
    let [output, spare] = folders();
    let second = amend("2", "3");
    assert_eq!((second.files, second.written, second.kept, second.removed), (4, 1, 3, 0));
    check_pair(&site, "3", Some("2"));
    assert_eq!(folders(), [spare, output]);
    fs::remove_dir_all(site.root().join(".newsprint")).expect("deleted");
    amend("3", "4");
    check_pair(&site, "4", Some("3"));
}

#[test]
fn the_spare_can_be_made_ahead() {
    let site = Site::new();
    published(&site, "1");
    let outlet = site.open().expect("free");
    outlet.prepare_spare().expect("copied");
    outlet.prepare_spare().expect("nothing to do");
    drop(outlet);
    check_pair(&site, "1", Some("1"));
    let spare = system::inode(&fs::metadata(site.root().join(".newsprint/spare")).expect("there"));
    site.amend(&edition("1"), &edition("2")).expect("published");
    check_pair(&site, "2", Some("1"));
    assert_eq!(system::inode(&fs::metadata(&site.output).expect("there")), spare);
}

#[test]
fn what_a_killed_amendment_touched_is_taken_back_from_the_output() {
    let site = Site::new();
    published(&site, "1");
    site.amend(&edition("1"), &edition("2")).expect("published");
    let head = site.open().expect("free").head().expect("published");
    // As far as a run gets that is killed right before the exchange.
    let spare = Spare::new(site.root().join(".newsprint"));
    let paths = vec!["a/1/index.html".to_owned(), "new/index.html".to_owned()];
    let to = Imprint::empty(Kind::Preview);
    spare.announce(&Changes { from: head.imprint, to, paths }).expect("noted");
    let stage = site.output.with_file_name(".public.newsprint-stage-41-0");
    assert_eq!(spare.adopt_for(&stage, head.imprint).expect("it serves"), ["index.html"]);
    fs::remove_file(stage.join("a/1/index.html")).expect("deleted");
    fs::create_dir(stage.join("new")).expect("made");
    fs::write(stage.join("new/index.html"), "half").expect("written");
    site.open().expect("free");
    check_pair(&site, "2", Some("2"));
    site.amend(&edition("2"), &edition("3")).expect("published");
    check_pair(&site, "3", Some("2"));
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
