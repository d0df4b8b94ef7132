//! A reader who follows every link of a site from its front page.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use crate::site::has_extension;

/// Every link and asset that leads to nothing, as `page → target`. `read` gives the bytes at a path such as
/// `city/index.html`.
pub(crate) fn broken(read: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<String> {
    let mut seen = BTreeSet::from(["index.html".to_owned()]);
    let mut queue = VecDeque::from(["index.html".to_owned()]);
    let mut broken = Vec::new();
    // Every page names the style sheet, and each is read once.
    let mut known: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
    while let Some(path) = queue.pop_front() {
        let bytes = known.entry(path.clone()).or_insert_with(|| read(&path)).clone();
        let Some(bytes) = bytes else { continue };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for target in targets(&text) {
            if known.entry(target.clone()).or_insert_with(|| read(&target)).is_none() {
                broken.push(format!("{path} → {target}"));
            } else if seen.insert(target.clone()) && has_extension(&target, "html") {
                queue.push_back(target);
            }
        }
    }
    broken
}

/// The paths of our own site that a page names.
fn targets(html: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for mark in ["href=\"", "src=\"", "data-fragment=\""] {
        for rest in html.split(mark).skip(1) {
            let url = rest.split('"').next().unwrap_or_default();
            let url = url.strip_prefix("https://news.example").unwrap_or(url);
            let Some(path) = url.strip_prefix('/').filter(|path| !path.starts_with('/')) else { continue };
            let path = path.split(['#', '?']).next().unwrap_or_default();
            let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
            let is_folder = path.is_empty() || path.ends_with('/');
            all.insert(if is_folder { format!("{path}index.html") } else { path });
        }
    }
    all
}

/// The same for a site in a folder.
pub(crate) fn broken_in(folder: &Path) -> Vec<String> {
    broken(|path| std::fs::read(folder.join(path)).ok())
}

#[test]
fn the_reader_finds_what_is_missing() {
    let read = |path: &str| match path {
        "index.html" => Some(b"<a href=\"/a/\"><img src=\"/b.png\"><a href=\"https://x.example/\">".to_vec()),
        "a/index.html" => Some(b"<a href=\"/\"><a href=\"/c/#d\">".to_vec()),
        _ => None,
    };
    assert_eq!(broken(read), ["index.html → b.png", "a/index.html → c/index.html"]);
}
