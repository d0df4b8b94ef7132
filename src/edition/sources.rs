//! Sources: which file each page was made of, as digests beside the output's lists of files, so that a later edition can
//! tell where a page has gone that is no longer at its old URL.
//!
//! A digest tells nothing about a file but whether it is the same one. What comes of a page that is gone is not known
//! here.

use std::collections::HashMap;

use bitcode::{Decode, Encode};
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::redirects::FOLDER;
use crate::archive::Archive;
use crate::archive::expiry::Expired;
use crate::config::Fate;
use crate::content::names;
use crate::route::Route;

/// Up to how many pages one list is enough, and up to how many sixteen are: a new story rewrites one list.
const PAGES_OF_ONE_LIST: usize = 512;
const PAGES_OF_SIXTEEN_LISTS: usize = 16_384;

/// The most lists there are.
pub const MOST_LISTS: usize = 256;

/// What is noted of one URL, be it a page's or an old one that leads to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Noted {
    /// The digest of the URL's route.
    pub url: u64,
    /// The digest of the file's path.
    pub source: u64,
    /// The digest of the title, as references compare it.
    pub title: u64,
}

/// The lists of an edition.
#[derive(Clone, Default, Encode, Decode)]
pub struct Sources {
    lists: Vec<Vec<Noted>>,
}

/// The digest that tells one URL from others.
#[must_use]
pub fn url_digest(route: &Route) -> u64 {
    xxh3_64(route.as_str().as_bytes())
}

/// The route of one list.
#[must_use]
pub fn route(list: usize) -> Route {
    Route::file(&format!("{FOLDER}/sources-{list:02x}"))
}

impl Sources {
    /// Notes every story, notice and standing page, and every old URL that leads to one.
    #[must_use]
    pub fn of(archive: &Archive, fate: Fate) -> Self {
        let stories = archive.stories().par_iter().map(|story| {
            let noted = Noted { url: story.mark, source: story.key, title: story.article.name };
            (noted, story.article.rare().aliases.as_slice())
        });
        let expired: &[_] = if fate == Fate::Notice { archive.expired() } else { &[] };
        let notices = expired.par_iter().map(|Expired { article, route }| {
            let source = names::path_digest(&article.prose.path);
            let noted = Noted { url: url_digest(route), source, title: article.name };
            (noted, article.rare().aliases.as_slice())
        });
        let pages = archive.pages().par_iter().map(|page| {
            let source = names::path_digest(&page.prose.path);
            let noted = Noted { url: url_digest(&page.route), source, title: names::digest(&page.title) };
            (noted, page.aliases.as_slice())
        });
        let noted = stories.chain(notices).chain(pages).flat_map_iter(|(noted, aliases)| {
            let old = aliases.iter().map(move |alias| Noted { url: url_digest(alias), ..noted });
            std::iter::once(noted).chain(old)
        });
        let mut noted: Vec<Noted> = noted.collect();
        noted.par_sort_unstable();
        noted.dedup();
        let count = lists_for(noted.len());
        let mut lists = vec![Vec::new(); count];
        for one in noted {
            lists[list_of(&one, count)].push(one);
        }
        Self { lists }
    }

    /// Whether one more URL leaves the number of lists as it is.
    #[must_use]
    pub fn has_room(&self) -> bool {
        let count: usize = self.lists.iter().map(Vec::len).sum();
        lists_for(count) == lists_for(count + 1)
    }

    /// Takes some notes out and puts others in: these must leave the number of lists as it is.
    pub fn exchange(&mut self, out: &[Noted], into: &[Noted]) {
        let count = self.lists.len();
        for old in out {
            let list = &mut self.lists[list_of(old, count)];
            if let Ok(at) = list.binary_search(old) {
                list.remove(at);
            }
        }
        for new in into {
            let list = &mut self.lists[list_of(new, count)];
            if let Err(at) = list.binary_search(new) {
                list.insert(at, *new);
            }
        }
    }

    /// How many lists there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lists.len()
    }

    /// Whether nothing is noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// One list, in the order of the digests.
    #[must_use]
    pub fn list(&self, at: usize) -> &[Noted] {
        self.lists.get(at).map_or(&[], Vec::as_slice)
    }
}

/// How many lists so many URLs need.
fn lists_for(urls: usize) -> usize {
    match urls {
        0 => 0,
        few if few <= PAGES_OF_ONE_LIST => 1,
        some if some <= PAGES_OF_SIXTEEN_LISTS => 16,
        _ => MOST_LISTS,
    }
}

/// The list of a URL.
fn list_of(noted: &Noted, lists: usize) -> usize {
    usize::try_from(noted.url % MOST_LISTS as u64).unwrap_or(0) % lists
}

/// A list as it is written: a line for each URL, three numbers of sixteen hexadecimal digits.
#[must_use]
pub fn encode(list: &[Noted]) -> String {
    let line = |noted: &Noted| format!("{:016x} {:016x} {:016x}\n", noted.url, noted.source, noted.title);
    list.iter().map(line).collect()
}

/// What was noted of the URLs of an output.
#[derive(Default)]
pub struct Notes {
    by_url: HashMap<u64, Noted>,
    by_source: HashMap<u64, Vec<u64>>,
}

impl Notes {
    /// Reads lists; lines that say nothing are passed over.
    #[must_use]
    pub fn read<'a>(lists: impl Iterator<Item = &'a str>) -> Self {
        let number = |part: Option<&str>| u64::from_str_radix(part?, 16).ok();
        let parse = |line: &str| {
            let mut parts = line.split(' ');
            let (url, source, title) = (number(parts.next())?, number(parts.next())?, number(parts.next())?);
            Some(Noted { url, source, title })
        };
        let mut all = Self::default();
        for noted in lists.flat_map(str::lines).filter_map(parse) {
            all.by_url.insert(noted.url, noted);
            all.by_source.entry(noted.source).or_default().push(noted.url);
        }
        all
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_url.is_empty()
    }

    /// What was noted of a URL.
    #[must_use]
    pub fn of(&self, route: &Route) -> Option<&Noted> {
        self.by_url.get(&url_digest(route))
    }

    /// The digests of all URLs at which a page was, or from which it was redirected to.
    #[must_use]
    pub fn urls(&self, noted: &Noted) -> &[u64] {
        self.by_source.get(&noted.source).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::{Noted, Notes, encode};

    #[test]
    fn lists_come_back_as_they_were() {
        let list = [Noted { url: 1, source: u64::MAX, title: 0 }, Noted { url: 9, source: 2, title: 3 }];
        let text = encode(&list);
        let back = Notes::read([text.as_str(), "damaged\n"].into_iter());
        assert_eq!((back.by_url[&1], back.by_url[&9], back.by_url.len()), (list[0], list[1], 2));
        assert_eq!(back.urls(&list[1]), [9]);
    }
}
