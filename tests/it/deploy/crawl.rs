//! A reader who follows every link of a site from its front page.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::sync::Arc;

use crate::site::has_extension;

/// A reader who looks again and again, and remembers what led where in pages of the same bytes.
#[derive(Default)]
pub(crate) struct Reader {
    known: HashMap<u64, Arc<BTreeSet<String>>>,
}

impl Reader {
    /// Every link and asset that leads to nothing, as `page → target`. `read` gives the bytes at a path such as
    /// `city/index.html`.
    pub(crate) fn broken<B: AsRef<[u8]>>(&mut self, read: impl Fn(&str) -> Option<B>) -> Vec<String> {
        let mut queue = VecDeque::from(["index.html".to_owned()]);
        let mut broken = Vec::new();
        // Every page names the style sheet, and each is read once.
        let mut seen: BTreeMap<String, Option<B>> = BTreeMap::new();
        seen.insert("index.html".to_owned(), read("index.html"));
        while let Some(path) = queue.pop_front() {
            let Some(Some(bytes)) = seen.get(&path) else { continue };
            for target in self.targets(bytes.as_ref()).iter() {
                let is_new = !seen.contains_key(target);
                if seen.entry(target.clone()).or_insert_with(|| read(target)).is_none() {
                    broken.push(format!("{path} → {target}"));
                } else if is_new && has_extension(target, "html") {
                    queue.push_back(target.clone());
                }
            }
        }
        broken
    }

    fn targets(&mut self, bytes: &[u8]) -> Arc<BTreeSet<String>> {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let known = self.known.entry(hasher.finish());
        Arc::clone(known.or_insert_with(|| Arc::new(targets(&String::from_utf8_lossy(bytes)))))
    }
}

/// As [`Reader::broken`], for a reader who looks once.
pub(crate) fn broken(read: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<String> {
    Reader::default().broken(read)
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
