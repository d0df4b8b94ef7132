//! Plans, shown as text.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Plan, Reason, There};
use crate::deploy::bounds::{Found, Leave, refusals};
use crate::deploy::digest::Digest;
use crate::deploy::listing::{Item, Listing};
use crate::deploy::record::Retired;

const NOW: i64 = 1_764_000_000;

/// `path=content path=content …` as a listing.
fn listing(text: &str) -> Listing {
    let item = |word: &str| {
        let (path, content) = word.split_once('=').unwrap_or((word, "x"));
        let digest = Digest::of(content.as_bytes());
        Item { path: path.to_owned(), size: content.len() as u64, digest }
    };
    Listing::new(text.split_whitespace().map(item).collect())
}

fn there(text: &str) -> There {
    There { listing: listing(text), ..There::default() }
}

fn show(wanted: &str, there: &There) -> String {
    let plan = Plan::new(&listing(wanted), there, NOW, 7);
    let mut text = format!("{} unchanged\n", plan.unchanged);
    for put in &plan.puts {
        let _ = writeln!(text, "{:?} {:?} {}", put.stage, put.change, put.item.path);
    }
    for removal in &plan.removals {
        let _ = writeln!(text, "delete {} ({:?})", removal.path, removal.reason);
    }
    for retired in &plan.retired {
        let _ = writeln!(text, "keep {} since {}", retired.path, retired.since - NOW);
    }
    text
}

const SITE: &str =
    "index.html city/index.html city/2026/11/a/index.html city/2026/11/a/a.jpg style.0123456789.css feed.xml";

#[test]
fn a_first_deploy_sends_assets_first_and_the_front_page_last() {
    insta::assert_snapshot!(show(SITE, &There::default()), @r"
    0 unchanged
    Assets Add style.0123456789.css
    Static Add city/2026/11/a/a.jpg
    NewPages Add city/2026/11/a/index.html
    NewLists Add city/index.html
    NewMachine Add feed.xml
    Home Add index.html
    ");
}

#[test]
fn new_pages_stand_before_pages_that_may_lead_to_them() {
    let wanted = "index.html=2 city/index.html=2 city/2026/11/a/index.html=2 sport/index.html city/2026/11/b/index.html city/2026/11/a/a.jpg style.ffffffffff1.css feed.xml=2";
    insta::assert_snapshot!(show(wanted, &there(SITE)), @r"
    1 unchanged
    Assets Add style.ffffffffff1.css
    NewPages Add city/2026/11/b/index.html
    NewLists Add sport/index.html
    Pages Replace city/2026/11/a/index.html
    Lists Replace city/index.html
    Home Replace index.html
    Machine Replace feed.xml
    keep style.0123456789.css since 0
    ");
}

#[test]
fn what_is_gone_is_deleted_and_nothing_else() {
    insta::assert_snapshot!(show("index.html city/index.html feed.xml", &there(SITE)), @r"
    3 unchanged
    delete city/2026/11/a/a.jpg (Gone)
    delete city/2026/11/a/index.html (Gone)
    keep style.0123456789.css since 0
    ");
}

#[test]
fn old_assets_go_when_their_time_is_over_and_come_back_without_being_sent() {
    let old = |path: &str, days: i64| Retired {
        path: path.to_owned(),
        digest: Digest::of(b"x").to_string(),
        since: NOW - days * 86_400,
    };
    let retired = vec![old("a.0000000000.js", 8), old("b.1111111111.js", 3), old("c.2222222222.js", 9)];
    let there = There { listing: listing("index.html"), retired, ..There::default() };
    insta::assert_snapshot!(show("index.html c.2222222222.js", &there), @r"
    2 unchanged
    delete a.0000000000.js (Expired)
    keep b.1111111111.js since -259200
    ");
}

#[test]
fn after_an_interruption_everything_touched_is_looked_at_again() {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    let there = There {
        doubtful: set(&["index.html", "city/2026/11/lost/index.html"]),
        doomed: set(&["city/2026/11/old/index.html", "city/2026/11/a/a.jpg"]),
        ..there(SITE)
    };
    insta::assert_snapshot!(show(SITE, &there), @r"
    4 unchanged
    Static Replace city/2026/11/a/a.jpg
    Home Replace index.html
    delete city/2026/11/lost/index.html (LeftOver)
    delete city/2026/11/old/index.html (LeftOver)
    ");
}

/// What is said against a deploy of `wanted` over `there`.
fn refused(wanted: &str, there: &There, found: &Found, leave: &Leave) -> String {
    let wanted = listing(wanted);
    let plan = Plan::new(&wanted, there, NOW, 7);
    let all = refusals(&plan, (&wanted, "https://news.example/"), (there, found), leave);
    let lines: Vec<&str> = all.iter().map(|refused| refused.what.as_str()).collect();
    lines.join("\n")
}

/// A site of so many stories.
fn stories(count: usize) -> String {
    (0..count).fold("index.html".to_owned(), |all, n| format!("{all} city/2026/11/s{n}/index.html"))
}

fn found(pages: usize) -> Found {
    Found { base_url: Some("https://news.example/".to_owned()), pages, ..Found::default() }
}

#[test]
fn everything_that_looks_wrong_is_said_at_once() {
    let strange =
        Found { base_url: Some("https://other.example/".to_owned()), pages: 101, ..Found::default() };
    insta::assert_snapshot!(refused("style.css", &there(&stories(100)), &strange, &Leave::default()), @r"
    the output has no front page (`index.html`)
    another site is there: `https://other.example/`, and this one is `https://news.example/`
    the site would shrink from 101 pages to 0
    101 files would be deleted, and at most 6 may be: `city/2026/11/s0/index.html`, `city/2026/11/s1/index.html`, `city/2026/11/s10/index.html`, `city/2026/11/s11/index.html`, `city/2026/11/s12/index.html`, `city/2026/11/s13/index.html`, `city/2026/11/s14/index.html`, `city/2026/11/s15/index.html`, and 93 more
    ");
}

#[test]
fn bounds_hold_to_the_file() {
    let before = there(&stories(100));
    for (after, leave, wanted) in [
        (95, Leave::default(), true),
        (94, Leave::default(), true),
        (93, Leave::default(), false),
        (93, Leave { max_delete: Some(7), ..Leave::default() }, true),
        (93, Leave { max_delete: Some(6), ..Leave::default() }, false),
        (60, Leave { max_delete: Some(40), ..Leave::default() }, false),
        (60, Leave { max_delete: Some(40), allow_shrink: Some(40), ..Leave::default() }, true),
        (60, Leave { max_delete: Some(40), allow_shrink: Some(39), ..Leave::default() }, false),
        (100, Leave { max_delete: Some(0), ..Leave::default() }, true),
    ] {
        let text = refused(&stories(after), &before, &found(101), &leave);
        assert_eq!(text.is_empty(), wanted, "{after} {leave:?}: {text}");
    }
    let many = there(&stories(9_999));
    assert!(refused(&stories(9_899), &many, &found(10_000), &Leave::default()).is_empty());
    assert!(!refused(&stories(9_898), &many, &found(10_000), &Leave::default()).is_empty());
}

#[test]
fn left_overs_and_old_assets_do_not_count_as_deletes() {
    let all = (0..40).map(|n| format!("x/y/{n}/index.html")).collect();
    let there = There { doubtful: all, ..there(&stories(10)) };
    let plan = Plan::new(&listing(&stories(10)), &there, NOW, 7);
    assert_eq!(plan.removals.iter().filter(|removal| removal.reason == Reason::LeftOver).count(), 40);
    assert!(refused(&stories(10), &there, &found(11), &Leave::default()).is_empty());
}

#[test]
fn files_of_others_are_in_the_way_until_they_are_adopted() {
    let strangers = Found { strangers: vec!["wp-config.php".to_owned()], ..Found::default() };
    let text = refused(&stories(3), &There::default(), &strangers, &Leave::default());
    assert!(text.contains("`wp-config.php`"), "{text}");
    let contested = Found { contested: vec!["index.html".to_owned()], ..found(0) };
    let text = refused(&stories(3), &There::default(), &contested, &Leave::default());
    assert!(text.contains("`index.html`"), "{text}");
    let leave = Leave { adopt: true, ..Leave::default() };
    assert!(refused(&stories(3), &There::default(), &strangers, &leave).is_empty());
}
