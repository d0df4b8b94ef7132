//! Moves: where a page has gone that is no longer at its old URL.
//!
//! A page is known again by its file, else by its title, else by the name in its URL; where several pages fit, none does.
//! What was published before comes in as data.

use std::collections::{HashMap, HashSet};

use super::newspaper::Newspaper;
use super::redirects::{Holder, holders, last_part};
use super::sources::{Notes, url_digest};
use crate::content::names;
use crate::route::Route;
use crate::source::SourcePath;

/// How a page was known again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It is made of the same file.
    File,
    /// It has the same title.
    Title,
    /// Its URL ends with the same name.
    Name,
    /// One of its old URLs ends with the same name.
    OldName,
    /// It took over another URL of the same page.
    Redirect,
}

/// What became of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is somewhere else.
    Moved {
        /// Where.
        to: Route,
        /// The file it is made of.
        path: SourcePath,
        /// How it was known again.
        by: Sign,
    },
    /// It was a story, and has expired.
    Expired,
    /// It was a page of a list, which is shorter now or has no entry any more.
    List,
    /// Nobody knows.
    Lost,
}

/// Knows the pages of an edition by everything that may tell them.
pub struct Tracker<'a> {
    files: HashMap<u64, Holder<'a>>,
    titles: HashMap<u64, Option<Holder<'a>>>,
    names: HashMap<&'a str, Option<Holder<'a>>>,
    old_names: HashMap<&'a str, Option<Holder<'a>>>,
    old_urls: HashMap<u64, Holder<'a>>,
    expired_files: HashSet<u64>,
    expired_urls: HashSet<u64>,
}

impl<'a> Tracker<'a> {
    /// Takes in all pages of the newspaper.
    #[must_use]
    pub fn of(paper: &'a Newspaper) -> Self {
        let mut tracker = Self {
            files: HashMap::new(),
            titles: HashMap::new(),
            names: HashMap::new(),
            old_names: HashMap::new(),
            old_urls: HashMap::new(),
            expired_files: HashSet::new(),
            expired_urls: HashSet::new(),
        };
        for holder in holders(&paper.archive, paper.config.expired) {
            tracker.files.insert(names::path_digest(holder.path), holder);
            once(&mut tracker.titles, names::digest(holder.title), holder);
            once(&mut tracker.names, holder.slug, holder);
            for alias in holder.aliases {
                once(&mut tracker.old_names, last_part(alias), holder);
                tracker.old_urls.insert(url_digest(alias), holder);
            }
        }
        for over in paper.archive.expired() {
            tracker.expired_files.insert(names::path_digest(&over.article.prose.path));
            tracker.expired_urls.insert(url_digest(&over.route));
            tracker.expired_urls.extend(over.article.rare().aliases.iter().map(url_digest));
        }
        tracker
    }

    /// What became of the pages that were published at some URLs, by what was noted then.
    #[must_use]
    pub fn follow_all(&self, gone: &[Route], notes: &Notes) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = gone.iter().map(|from| self.follow(from, notes)).collect();
        let found: HashMap<u64, usize> = gone
            .iter()
            .zip(0..)
            .filter(|(_, at)| matches!(outcomes[*at], Outcome::Moved { .. }))
            .map(|(from, at)| (url_digest(from), at))
            .collect();
        // What led from one lost URL to another that was found goes with it.
        for (at, from) in gone.iter().enumerate().filter(|_| !found.is_empty()) {
            if outcomes[at] != Outcome::Lost {
                continue;
            }
            let urls = notes.of(from).map_or(&[][..], |then| notes.urls(then));
            let found = urls.iter().find_map(|url| found.get(url)).map(|at| &outcomes[*at]);
            if let Some(Outcome::Moved { to, path, .. }) = found {
                let (to, path) = (to.clone(), path.clone());
                outcomes[at] = Outcome::Moved { to, path, by: Sign::Redirect };
            }
        }
        outcomes
    }

    fn follow(&self, from: &Route, notes: &Notes) -> Outcome {
        let then = notes.of(from);
        let by_file = then.and_then(|noted| self.files.get(&noted.source));
        if let Some(holder) = by_file {
            return moved(holder, Sign::File);
        }
        let is_expired = then.is_some_and(|noted| self.expired_files.contains(&noted.source));
        if is_expired || self.expired_urls.contains(&url_digest(from)) {
            return Outcome::Expired;
        }
        // What led from here to a page leads to whoever has taken that page over.
        let urls = then.map_or(&[][..], |noted| notes.urls(noted));
        if let Some(holder) = urls.iter().find_map(|url| self.old_urls.get(url)) {
            return moved(holder, Sign::Redirect);
        }
        // Without notes, a category cannot be told from a story.
        let is_list = then.is_none() && (is_numbered(from) || !notes.is_empty() && is_short(from));
        if is_list {
            return Outcome::List;
        }
        let by_title = then.and_then(|noted| self.titles.get(&noted.title)).and_then(Option::as_ref);
        if let Some(holder) = by_title {
            return moved(holder, Sign::Title);
        }
        let name = last_part(from);
        let by_name = self.names.get(name).and_then(Option::as_ref);
        if let Some(holder) = by_name {
            return moved(holder, Sign::Name);
        }
        let by_old_name = self.old_names.get(name).and_then(Option::as_ref);
        by_old_name.map_or(Outcome::Lost, |holder| moved(holder, Sign::OldName))
    }
}

impl Newspaper {
    /// Those of some URLs, where pages were once, that lead nowhere now although nobody said that they should.
    #[must_use]
    pub fn lost(&self, gone: &[Route]) -> Vec<Route> {
        if gone.is_empty() {
            return Vec::new();
        }
        let expired = self.archive.expired().iter();
        let over: HashSet<&Route> = expired
            .flat_map(|over| std::iter::once(&over.route).chain(&over.article.rare().aliases))
            .collect();
        let is_lost = |route: &&Route| self.edition.redirect(route).is_none() && !over.contains(*route);
        gone.iter().filter(is_lost).cloned().collect()
    }
}

/// Keeps what only one page has.
fn once<'a, K: std::hash::Hash + Eq>(known: &mut HashMap<K, Option<Holder<'a>>>, key: K, holder: Holder<'a>) {
    let entry = known.entry(key).or_insert(Some(holder));
    if entry.is_some_and(|other| other.path != holder.path) {
        *entry = None;
    }
}

fn moved(holder: &Holder<'_>, by: Sign) -> Outcome {
    Outcome::Moved { to: holder.route.clone(), path: holder.path.clone(), by }
}

/// Whether a URL is that of an author, a topic or a month, or of an older page of a list.
fn is_numbered(route: &Route) -> bool {
    let parts: Vec<&str> = route.as_str().trim_matches('/').split('/').collect();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_older = matches!(parts[..], [.., "page", number] if is_number(number));
    route.is_page() && (is_older || matches!(parts[0], "authors" | "tags" | "archive" | "corrections"))
}

/// Whether a URL may be that of a category: it has one part.
fn is_short(route: &Route) -> bool {
    route.is_page() && !route.as_str().trim_matches('/').contains('/')
}
