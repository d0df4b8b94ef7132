//! Folders of this machine: releases behind a link, and plain folders.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::crawl::broken_in;
use super::{beside, config, edit, paper};
use crate::site::{SiteTest, has_extension, tree};

/// The site in a folder without our own notes, and without the output's.
fn shown(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let ours = [".newsprint-deploy/", ".newsprint-files/", ".newsprint.json"];
    let mut files = tree(folder);
    files.retain(|path, _| !ours.iter().any(|start| path.starts_with(start)));
    files
}

fn targets(folder: &Path) -> String {
    beside("live", "releases", folder) + &beside("flat", "plain", folder)
}

/// A built newspaper with both kinds of folders as targets.
fn newspaper(folder: &Path) -> SiteTest {
    paper(9, &targets(folder))
}

#[test]
fn a_site_goes_live_changes_and_comes_back() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = newspaper(folder.path());
    for (target, place) in [("live", "live/current"), ("flat", "flat")] {
        let place = folder.path().join(place);
        edit(&site, 4, "As it was");
        site.run(&["deploy", target]).expect(0);
        let first = shown(&place);
        assert_eq!(first, shown(&site.path("public")), "{target}");
        assert!(broken_in(&place).is_empty(), "{:?}", broken_in(&place));
        let again = site.run(&["deploy", target]).expect(0);
        assert!(again.err.contains("is up to date"), "{}", again.err);
        edit(&site, 4, "As it is now");
        let run = site.run(&["deploy", target, "--json"]).expect(0);
        let record: serde_json::Value =
            serde_json::from_str(run.out.lines().last().expect("a line")).expect("JSON");
        assert!(record["sent"].as_u64().expect("a number") < 30, "{record}");
        let second = shown(&place);
        assert_eq!(second, shown(&site.path("public")), "{target}");
        let list = site.run(&["rollback", target, "--list"]).expect(0);
        assert_eq!(list.out.lines().count(), 2, "{}", list.out);
        site.run(&["rollback", target]).expect(0);
        assert_eq!(shown(&place), first, "{target}: back");
        let newest =
            list.out.lines().next().expect("an edition").split_whitespace().nth(1).expect("an id").to_owned();
        site.run(&["rollback", target, "--to", &newest]).expect(0);
        assert_eq!(shown(&place), second, "{target}: forth");
        site.run(&["rollback", target, "--to", &newest]).expect(3);
        site.run(&["rollback", target, "--to", "20000101T000000Z-00000000"]).expect(3);
    }
}

#[test]
fn a_dry_run_tells_everything_and_changes_nothing() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = newspaper(folder.path());
    for target in ["live", "flat"] {
        let run = site.run(&["deploy", target, "--dry-run"]).expect(0);
        assert!(run.out.contains("+ index.html ("), "{}", run.out);
        assert!(!folder.path().join(target).exists(), "{target}: nothing is made");
        site.run(&["deploy", target]).expect(0);
        let before = tree(folder.path());
        edit(&site, 1, target);
        let run = site.run(&["deploy", target, "-n", "--json"]).expect(0);
        let steps: Vec<serde_json::Value> =
            run.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert!(steps.iter().any(|step| step["step"] == "change" && step["path"] == "index.html"));
        assert_eq!(steps.last().expect("a summary")["plan"]["delete"], 0);
        assert_eq!(tree(folder.path()), before, "{target}: nothing is changed");
    }
}

#[test]
fn only_so_many_editions_are_kept_and_nothing_of_the_others() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = newspaper(folder.path());
    let keep = targets(folder.path()).replace("mode:", "keep: 2, mode:");
    config(&site, &keep);
    for round in 0..6 {
        edit(&site, 2, &format!("Round {round}"));
        for target in ["live", "flat"] {
            site.run(&["deploy", target]).expect(0);
        }
    }
    for target in ["live", "flat"] {
        let list = site.run(&["rollback", target, "--list"]).expect(0);
        assert_eq!(list.out.lines().count(), 3, "{target}: {}", list.out);
    }
    assert_eq!(fs::read_dir(folder.path().join("live/releases")).expect("releases").count(), 3);
    let kept = tree(&folder.path().join("flat/.newsprint-deploy/objects"));
    let old = kept.values().filter(|bytes| String::from_utf8_lossy(bytes).contains("Round 1")).count();
    assert_eq!(old, 0, "what only a forgotten edition needs is deleted");
    site.run(&["rollback", "flat"]).expect(0);
    site.run(&["rollback", "flat"]).expect(0);
    assert!(fs::read_to_string(folder.path().join("flat/index.html")).expect("a page").contains("Round 3"));
    site.run(&["rollback", "flat"]).expect(3);
}

#[test]
fn old_assets_stay_for_readers_who_have_old_pages() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = newspaper(folder.path());
    for (target, place) in [("live", "live/current"), ("flat", "flat")] {
        let place = folder.path().join(place);
        site.write("static/style.css", format!("body {{ color: #123 }} /* {target} */"));
        site.build();
        site.run(&["deploy", target]).expect(0);
        let styles = |files: &BTreeMap<String, Vec<u8>>| -> Vec<String> {
            files.keys().filter(|path| path.starts_with("style.") && path.len() > 12).cloned().collect()
        };
        let before = styles(&shown(&place));
        assert_eq!(before.len(), 1);
        site.write("static/style.css", format!("body {{ color: #456 }} /* {target} */"));
        site.build();
        site.run(&["deploy", target]).expect(0);
        let after = styles(&shown(&place));
        assert!(after.len() == 2 && after.contains(&before[0]), "{target}: {after:?}");
        // Nor does an edit later take it away.
        edit(&site, 3, &format!("Later {target}"));
        site.run(&["deploy", target]).expect(0);
        assert!(place.join(&before[0]).is_file());
        config(&site, &targets(folder.path()).replace("mode:", "grace_days: 0, mode:"));
        site.build();
        edit(&site, 3, &format!("Last {target}"));
        site.run(&["deploy", target, "--yes"]).expect(0);
        assert!(!place.join(&before[0]).exists(), "{target}: its time is over");
        config(&site, &targets(folder.path()));
        site.build();
    }
}

#[test]
fn deleted_pages_go_and_files_of_others_stay() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = newspaper(folder.path());
    site.run(&["deploy", "flat"]).expect(0);
    let place = folder.path().join("flat");
    fs::write(place.join("google123.html"), "mine").expect("written");
    fs::create_dir_all(place.join("city/archive-of-others")).expect("made");
    fs::write(place.join("city/archive-of-others/x.pdf"), "mine").expect("written");
    site.delete("content/city/s6.md");
    site.build();
    let run = site.run(&["deploy", "flat", "--max-delete", "20"]).expect(3);
    assert!(run.err.contains("nobody is there to be asked"), "{}", run.err);
    site.run(&["deploy", "flat", "--max-delete", "20", "--yes"]).expect(0);
    assert!(!place.join("city/2026/07/s6").exists(), "no page and no empty folder is left");
    assert_eq!(fs::read(place.join("google123.html")).expect("there"), b"mine");
    assert_eq!(fs::read(place.join("city/archive-of-others/x.pdf")).expect("there"), b"mine");
    assert!(broken_in(&place).is_empty());
}

#[test]
fn compressed_forms_go_along_and_are_right() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = newspaper(folder.path());
    config(&site, &targets(folder.path()).replace("mode:", "precompress: [gz, br], mode:"));
    site.build();
    site.run(&["deploy", "flat"]).expect(0);
    let files = shown(&folder.path().join("flat"));
    let page = &files["index.html"];
    let mut unpacked = Vec::new();
    std::io::copy(&mut flate2::read::GzDecoder::new(&files["index.html.gz"][..]), &mut unpacked)
        .expect("gzip");
    assert_eq!(&unpacked, page);
    let mut unpacked = Vec::new();
    std::io::copy(&mut brotli::Decompressor::new(&files["index.html.br"][..], 4096), &mut unpacked)
        .expect("br");
    assert_eq!(&unpacked, page);
    assert!(!files.contains_key("map.svg.gz"), "small files are not worth it");
    edit(&site, 0, "Another title");
    site.run(&["deploy", "flat"]).expect(0);
    let files = shown(&folder.path().join("flat"));
    let mut unpacked = Vec::new();
    std::io::copy(&mut flate2::read::GzDecoder::new(&files["index.html.gz"][..]), &mut unpacked)
        .expect("gzip");
    assert_eq!(unpacked, files["index.html"]);
    // Without them they go, and nothing else does.
    config(&site, &targets(folder.path()));
    site.build();
    site.run(&["deploy", "flat", "--max-delete", "1000", "--yes"]).expect(0);
    let mut there = shown(&folder.path().join("flat"));
    // Those of assets have their time of grace.
    there.retain(|path, _| {
        !((has_extension(path, "gz") || has_extension(path, "br")) && path.matches('.').count() == 3)
    });
    assert_eq!(there, shown(&site.path("public")));
}

#[test]
fn a_build_meanwhile_does_not_mix_into_what_is_sent() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = newspaper(folder.path());
    site.run(&["deploy", "live"]).expect(0);
    for round in 0..6 {
        edit(&site, round, &format!("Before {round}"));
        let wanted = shown(&site.path("public"));
        let child = site.command(&["deploy", "live", "-q"]).spawn().expect("started");
        std::thread::sleep(std::time::Duration::from_millis(20 * round as u64));
        edit(&site, round, &format!("Meanwhile {round}"));
        let code = child.wait_with_output().expect("ended").status.code();
        let there = shown(&folder.path().join("live/current"));
        match code {
            Some(0) => {
                assert!(there == wanted || there == shown(&site.path("public")), "round {round}: a mixture");
            }
            other => assert_eq!(other, Some(3), "the build was older than its sources"),
        }
        assert!(broken_in(&folder.path().join("live/current")).is_empty());
        site.run(&["deploy", "live"]).expect(0);
    }
}

/// Kills deploys at moments of their course: readers see the old site or the new one, and the next deploy finishes.
#[cfg(unix)]
#[test]
fn killed_deploys_leave_a_whole_site_and_go_on() {
    let kills: u64 = std::env::var("NEWSPRINT_DEPLOY_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(16);
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = paper(30, &targets(folder.path()));
    for target in ["live", "flat"] {
        site.run(&["deploy", target]).expect(0);
    }
    let mut unfinished = 0;
    for round in 0..kills {
        let (target, place) = if round % 2 == 0 { ("live", "live/current") } else { ("flat", "flat") };
        let place = folder.path().join(place);
        let before = shown(&place);
        edit(&site, usize::try_from(round % 30).expect("small"), &format!("Round {round}"));
        let after = shown(&site.path("public"));
        let mut child =
            site.command(&["deploy", target, "-q", "--yes", "--max-delete", "50"]).spawn().expect("started");
        // A deploy of this site takes some hundred milliseconds.
        std::thread::sleep(std::time::Duration::from_millis(2 + (round * 37) % 300));
        child.kill().expect("killed");
        child.wait().expect("ended");
        assert!(broken_in(&place).is_empty(), "round {round}, {target}: {:?}", broken_in(&place));
        let there = shown(&place);
        if target == "live" {
            assert!(there == before || there == after, "round {round}: a mixture");
        }
        unfinished += u32::from(there != after);
        let run = site.run(&["deploy", target, "--json", "--yes", "--max-delete", "50"]).expect(0);
        assert!(run.out.contains("\"deployed\""), "{}", run.out);
        assert_eq!(shown(&place), after, "round {round}, {target}: the same deploy finishes");
        let left = tree(&folder.path().join(target).join(".newsprint-deploy"));
        assert!(
            !left.contains_key("claim.json") && !left.contains_key("touched.json"),
            "{target}: notes are left"
        );
    }
    assert!(unfinished > 0, "no kill came in time");
}
