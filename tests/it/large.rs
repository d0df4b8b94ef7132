//! What publishing costs at the size of a large archive. The figures are printed; run these by hand:
//! `NEWSPRINT_LARGE_DIR=/dev/shm/large cargo test --release --test it large -- --ignored --nocapture`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use newsprint::disk::imprint::Imprint;
use newsprint::disk::manifest::{Kind, Manifest};
use newsprint::disk::outlet::Outlet;
use newsprint::disk::scan::{Files as _, Folder};
use newsprint::disk::stage::Published;
use rayon::prelude::*;

const ARTICLES: usize = 100_000;
const LISTS: usize = 10_000;

fn folder() -> PathBuf {
    std::env::var_os("NEWSPRINT_LARGE_DIR").map_or_else(std::env::temp_dir, PathBuf::from)
}

fn article(number: usize) -> String {
    format!(
        "category-{}/{}/{:02}/story-{number}",
        number % 10,
        2000 + number / 10 % 25,
        1 + number / 250 % 12
    )
}

fn pages() -> Vec<String> {
    let articles = (0..ARTICLES).map(|number| format!("{}/index.html", article(number)));
    let lists = (0..LISTS).map(|number| format!("category-{}/page/{number}/index.html", number % 10));
    articles.chain(lists).collect()
}

/// Seconds of work of this process, by all its threads.
fn worked() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn timed<T>(what: &str, act: impl FnOnce() -> T) -> T {
    let (start, before) = (Instant::now(), worked());
    let done = act();
    let line = format!(
        "{what}: {:.1} ms wall, {:.0} ms CPU\n",
        start.elapsed().as_secs_f64() * 1e3,
        (worked() - before) * 1e3
    );
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).expect("a standard error to write to");
    done
}

fn whole(root: &Path, pages: &[String], text: &str) -> Published {
    let bytes = text.repeat(8_000 / text.len());
    let outlet = Outlet::open(Path::new("public"), root, Duration::ZERO).expect("free");
    let stage = outlet.stage(Kind::Production).expect("readable");
    pages.par_iter().try_for_each(|path| stage.write(path, bytes.as_bytes())).expect("written");
    stage.commit().expect("published")
}

fn amend(root: &Path, base: Imprint, text: &str, pages: &[String]) -> Published {
    let outlet = Outlet::open(Path::new("public"), root, Duration::ZERO).expect("free");
    let amendment = outlet.amend(base, Kind::Production).expect("the output as it was left");
    pages.iter().try_for_each(|path| amendment.write(path, text.repeat(100).as_bytes())).expect("written");
    amendment.commit().expect("published")
}

#[test]
#[ignore = "prints figures, takes a minute and a gigabyte"]
fn what_publishing_costs() {
    let work = folder().join("newsprint-large-output");
    let _ = std::fs::remove_dir_all(&work);
    std::fs::create_dir_all(&work).expect("made");
    let pages = pages();
    let cold = timed("cold stage and commit", || whole(&work, &pages, "0"));
    let same = timed("whole again, the same bytes", || whole(&work, &pages, "0"));
    assert!(same.unchanged && same.imprint == cold.imprint);
    let mut base = cold.imprint;
    for round in ["1", "2", "3", "4", "5"] {
        base = timed(&format!("amend one page, time {round}"), || amend(&work, base, round, &pages[5..6]))
            .imprint;
    }
    for round in ["6", "7", "8"] {
        base = timed(&format!("amend twenty pages, time {round}"), || {
            amend(&work, base, round, &pages[99_990..100_010])
        })
        .imprint;
    }
    let same = timed("amend, nothing changed", || amend(&work, base, "8", &pages[99_990..100_010]));
    assert!(same.unchanged);
    timed("open and compare", || {
        let outlet = Outlet::open(Path::new("public"), &work, Duration::ZERO).expect("free");
        assert_eq!(outlet.head().expect("published").imprint, base);
    });
    base = timed("amend 5,000 pages", || amend(&work, base, "9", &pages[..5_000])).imprint;
    base = timed("amend one page after that", || amend(&work, base, "10", &pages[7..8])).imprint;
    base = timed("amend one page again", || amend(&work, base, "11", &pages[7..8])).imprint;
    let manifest =
        timed("read the whole manifest", || Manifest::read(&work.join("public")).expect("readable"));
    assert_eq!(manifest.expect("published").head().imprint, base);
    base = timed("whole, all bytes new", || whole(&work, &pages, "a")).imprint;
    base = timed("amend one page after that", || amend(&work, base, "12", &pages[7..8])).imprint;
    timed("amend one page again", || amend(&work, base, "13", &pages[7..8]));
    timed("whole, all bytes new again", || whole(&work, &pages, "b"));
    timed("clean up", || std::fs::remove_dir_all(&work).expect("deleted"));
}

#[test]
#[ignore = "prints figures"]
fn what_a_scan_costs() {
    let work = folder().join("newsprint-large-content");
    let _ = std::fs::remove_dir_all(&work);
    for number in 0..ARTICLES {
        let place = work.join(format!("content/{}.md", article(number)));
        std::fs::create_dir_all(place.parent().expect("below")).expect("made");
        std::fs::write(place, "---\ntitle: x\n---\n").expect("written");
    }
    let folder = Folder::new(&work, Path::new("public")).expect("there");
    for _ in 0..5 {
        let scan = timed("scan", || folder.scan().expect("readable"));
        assert_eq!(scan.files.len(), ARTICLES);
    }
    timed("clean up", || std::fs::remove_dir_all(&work).expect("deleted"));
}
