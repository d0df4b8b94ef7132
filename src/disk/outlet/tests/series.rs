//! Series of editions by chance.

use std::collections::BTreeMap;
use std::fs;

use super::Site;
use crate::disk::manifest::Kind;

/// A small generator of numbers, so that a failing series can be run again by its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// A path of which some are folders in others.
    fn path(&mut self, names: &[&str]) -> String {
        let depth = 1 + self.below(3);
        let parts: Vec<&str> = (0..depth)
            .map(|_| names[usize::try_from(self.below(names.len() as u64)).expect("small")])
            .collect();
        parts.join("/")
    }
}

/// Adds a file to a tree unless another one has its place, or the place of one of its folders.
fn add(files: &mut BTreeMap<String, String>, path: String, text: String) {
    let is_below =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    if files.keys().all(|other| !is_below(other, &path) && !is_below(&path, other)) {
        files.insert(path, text);
    }
}

#[test]
fn any_series_of_editions_failures_kills_and_strangers_ends_as_a_clean_build() {
    for seed in 0..20 {
        let mut chance = Chance(seed);
        let site = Site::new();
        let mut strangers: BTreeMap<String, String> = BTreeMap::new();
        let mut last: BTreeMap<String, String> = BTreeMap::new();
        for round in 0..30 {
            let mut files = last.clone();
            files.retain(|_, _| chance.below(4) > 0);
            for _ in 0..chance.below(6) {
                let path = chance.path(&["a", "b", "c", "index.html"]);
                add(&mut files, path, format!("{}", chance.below(4)));
            }
            if !last.is_empty() && chance.below(3) == 0 {
                for path in [format!("theirs/{}", chance.path(&["x", "y"])), format!("s{}", chance.below(3))]
                {
                    if strangers.contains_key(&path) {
                        continue;
                    }
                    add(&mut strangers, path.clone(), format!("stranger {round}"));
                    if strangers.contains_key(&path) {
                        let _ = fs::remove_dir_all(site.output.join(&path));
                        site.put(&path, &strangers[&path]);
                    }
                }
            }
            if chance.below(3) == 0
                && let Some((path, _)) = strangers.pop_first()
            {
                fs::remove_file(site.output.join(path)).expect("it has stayed");
            }
            // A page changed by hand is noticed by a whole edition only.
            let amends = round > 0 && chance.below(3) > 0;
            if !amends
                && chance.below(4) == 0
                && let Some(path) = last.keys().next()
            {
                site.put(path, "9");
            }
            if chance.below(3) == 0 {
                let outlet = site.open().expect("free");
                let stage = outlet.stage(Kind::Production).expect("readable");
                for path in files.keys() {
                    stage.write(path, b"7").expect("written");
                }
                // Killed, or failed.
                if chance.below(2) == 0 { std::mem::forget(stage) } else { drop(stage) }
            }
            let listed: Vec<(&str, &str)> =
                files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            let published = if amends { site.amend(&last, &files) } else { site.publish(&listed) };
            let published = published.unwrap_or_else(|error| panic!("seed {seed}, round {round}: {error:#}"));
            assert_eq!(published.files, files.len());
            assert_eq!(published.imprint, site.open().expect("free").head().expect("published").imprint);
            let mut wanted = listed;
            wanted.extend(strangers.iter().map(|(path, text)| (path.as_str(), text.as_str())));
            // Folders in which a stranger once was stay.
            let found: Vec<String> = site.tree().into_keys().filter(|path| path.ends_with('/')).collect();
            assert!(
                found.iter().all(|path| path.starts_with("theirs/")),
                "seed {seed}, round {round}: {found:?}"
            );
            wanted.extend(found.iter().map(|path| (path.as_str(), "")));
            let others: Vec<&str> = strangers.keys().chain(&found).map(String::as_str).collect();
            site.check(&wanted, &others);
            last = files;
        }
    }
}
