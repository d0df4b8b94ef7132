//! A listing: every file of an edition with size, digest and class, and how it is written down at a target.
//!
//! A listing is cut into lists by the digests of paths, each named by its own content: an edit makes few new lists, and
//! editions share those that are alike. Where lists are kept is not known here.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use xxhash_rust::xxh3::xxh3_64;

use super::class::Class;
use super::digest::Digest;

/// About how many files a list has.
const FILES_OF_A_LIST: usize = 48;

/// The most lists an edition is cut into.
const MOST_LISTS: usize = 256;

/// One file of an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Where, relative to the site, with `/` between the parts.
    pub path: String,
    /// How many bytes.
    pub size: u64,
    /// The SHA-256 digest of the bytes.
    pub digest: Digest,
}

impl Item {
    /// What kind of file it is.
    #[must_use]
    pub fn class(&self) -> Class {
        Class::of(&self.path)
    }
}

/// Every file of an edition, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    items: Vec<Item>,
}

impl Listing {
    /// Takes the files of an edition, in any order.
    #[must_use]
    pub fn new(mut items: Vec<Item>) -> Self {
        items.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        items.dedup_by(|a, b| a.path == b.path);
        Self { items }
    }

    /// The files, by path.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The file at `path`.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Item> {
        let at = self.items.binary_search_by(|item| item.path.as_str().cmp(path)).ok()?;
        Some(&self.items[at])
    }

    /// How many of the files are pages.
    #[must_use]
    pub fn pages(&self) -> usize {
        let is_page = |item: &&Item| item.class().is_page() && super::class::encoding(&item.path).is_none();
        self.items.iter().filter(is_page).count()
    }

    /// Cuts the listing into lists; each with its name.
    #[must_use]
    pub fn lists(&self) -> Vec<(String, Vec<u8>)> {
        let count = (self.items.len() / FILES_OF_A_LIST).max(1).next_power_of_two().min(MOST_LISTS);
        let mut texts = vec![String::new(); count];
        for item in &self.items {
            let at = usize::try_from(xxh3_64(item.path.as_bytes()) % 256).unwrap_or(0) % count;
            let _ =
                writeln!(texts[at], "{} {} {} {}", item.digest, item.size, item.class().word(), item.path);
        }
        texts
            .into_iter()
            .map(|text| (Digest::of(text.as_bytes()).to_string()[..32].to_owned(), text.into_bytes()))
            .collect()
    }

    /// Puts a listing together from its lists; `None` when one is not what its name says, or not readable.
    #[must_use]
    pub fn from_lists(names: &[String], lists: &BTreeMap<String, Vec<u8>>) -> Option<Self> {
        let mut items = Vec::new();
        for name in names {
            let bytes = lists.get(name)?;
            if Digest::of(bytes).to_string().get(..32)? != name {
                return None;
            }
            for line in std::str::from_utf8(bytes).ok()?.lines() {
                items.push(parse(line)?);
            }
        }
        Some(Self::new(items))
    }
}

fn parse(line: &str) -> Option<Item> {
    let mut parts = line.splitn(4, ' ');
    let digest = Digest::parse(parts.next()?)?;
    let size = parts.next()?.parse().ok()?;
    let (_, path) = (parts.next()?, parts.next()?);
    is_inside(path).then(|| Item { path: path.to_owned(), size, digest })
}

/// Whether a path names something below the site and nothing else. What comes back from a target is not trusted.
#[must_use]
pub fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && path.split('/').all(|part| {
            !matches!(part, "" | "." | "..") && !part.contains(|c: char| c.is_control() || c == '\\')
        })
}

#[cfg(test)]
mod tests {
    use super::{Item, Listing, is_inside};
    use crate::deploy::digest::Digest;

    fn listing(count: usize) -> Listing {
        let item = |n: usize| Item {
            path: format!("news/2026/11/story {n}/index.html"),
            size: n as u64,
            digest: Digest::of(n.to_string().as_bytes()),
        };
        Listing::new((0..count).map(item).collect())
    }

    #[test]
    fn lists_come_back_whole_or_not_at_all() {
        for count in [0, 1, 700, 20_000] {
            let all = listing(count);
            let names: Vec<String> = all.lists().into_iter().map(|(name, _)| name).collect();
            let mut lists = all.lists().into_iter().collect();
            assert_eq!(Listing::from_lists(&names, &lists).as_ref(), Some(&all));
            if let Some(bytes) = lists.get_mut(&names[0]) {
                bytes.push(b'x');
            }
            assert_eq!(Listing::from_lists(&names, &lists), None);
        }
    }

    #[test]
    fn an_edit_changes_one_list() {
        let (one, mut two) = (listing(10_000), listing(10_000).items);
        two[77].size = 1;
        let two = Listing::new(two);
        let changed = one.lists().iter().zip(two.lists()).filter(|(a, b)| **a != *b).count();
        assert_eq!(changed, 1);
    }

    #[test]
    fn paths_from_elsewhere_cannot_leave_the_site() {
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a\\b", "a\nb"] {
            assert!(!is_inside(bad), "{bad:?}");
        }
        assert!(is_inside("a b/ü.html"));
    }
}
