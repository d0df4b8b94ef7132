//! Which pages are stale, and what is remembered of every page: what it was, the digest of its bytes, and its trace.
//!
//! A page is stale when it is new, when something else is published at its route, or when a fact of its trace has
//! changed. How a page is rendered is not known here.

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::book::Changed;
use super::ledger::{self, PageNotes};
use crate::disk::parts::Parts;
use crate::edition::files::Origin;
use crate::edition::newspaper::Newspaper;
use crate::edition::page::Page;
use crate::fingerprint::{Digest, Fingerprint};
use crate::route::Route;
use crate::source::SourcePath;

/// How many buckets the notes are kept in: an edited story rewrites a few.
const BUCKETS: usize = 64;

/// Why a page is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Nothing was there.
    New,
    /// Something else was there, or the file that is published there has changed.
    Kind,
    /// The fact with this number has changed.
    Fact(u32),
    /// Nothing that is remembered can be believed.
    All,
}

/// One page to be rendered: its place in the edition, why, and the digest of the bytes it had.
pub(super) struct Stale {
    pub(super) place: usize,
    pub(super) reason: Reason,
    pub(super) before: Option<Fingerprint>,
}

/// Pages that were rendered, in rows: there may be a million. Their traces stand one after the other.
#[derive(Default)]
pub(super) struct Printed {
    places: Vec<u32>,
    digests: Vec<Fingerprint>,
    ends: Vec<u32>,
    traces: Vec<u32>,
}

/// One of them: its place in the edition, the digest of its bytes, and its trace.
struct PrintedPage<'a> {
    place: usize,
    digest: Fingerprint,
    trace: &'a [u32],
}

impl Printed {
    /// Takes in a page. They must come in the order of their places.
    pub(super) fn push(&mut self, place: usize, digest: Fingerprint, trace: &[u32]) {
        self.places.push(u32::try_from(place).expect("pages have 32 bits"));
        self.digests.push(digest);
        self.traces.extend_from_slice(trace);
        self.ends.push(u32::try_from(self.traces.len()).expect("the traces of all pages have 32 bits"));
    }

    fn get(&self, at: u32) -> PrintedPage<'_> {
        let at = at as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        let trace = &self.traces[start..self.ends[at] as usize];
        PrintedPage { place: self.places[at] as usize, digest: self.digests[at], trace }
    }
}

/// What is remembered of all pages.
pub(super) struct Pages {
    buckets: Vec<PageNotes>,
    names: Vec<String>,
    /// For each page of the edition, its bucket's number.
    homes: Vec<u8>,
    /// What each page of the edition is.
    kinds: Vec<u64>,
}

/// What is to be done.
pub(super) struct Plan {
    pub(super) stale: Vec<Stale>,
    /// Routes where nothing is published any more.
    pub(super) gone: Vec<Route>,
    /// Those of them where a story or a standing page was, or a redirect to one.
    pub(super) vanished: Vec<Route>,
}

/// What became of one bucket.
#[derive(Default)]
struct Compared {
    stale: Vec<Stale>,
    gone: Vec<Route>,
    vanished: Vec<Route>,
}

/// The bit of a page's kind that tells pages with a URL of their own from lists and files.
const OWN: u64 = 1;

impl Pages {
    /// Nothing is remembered.
    pub(super) fn none() -> Self {
        Self {
            buckets: (0..BUCKETS).map(|_| PageNotes::default()).collect(),
            names: vec![String::new(); BUCKETS],
            homes: Vec::new(),
            kinds: Vec::new(),
        }
    }

    /// Recalls the notes; `None` unless all of them are there, for a page without notes might stay for ever.
    pub(super) fn recall(parts: &Parts, names: &[String]) -> Option<Self> {
        if names.len() != BUCKETS {
            return None;
        }
        let buckets = names.par_iter().map(|name| ledger::read(parts, name)).collect::<Option<_>>()?;
        Some(Self { buckets, names: names.to_vec(), homes: Vec::new(), kinds: Vec::new() })
    }

    /// Decides which pages of the edition are stale: all of them when it is not known what has changed. `stamp` tells one state of a published file from another.
    pub(super) fn plan(
        &mut self,
        paper: &Newspaper,
        changed: Option<&Changed>,
        stamp: &(dyn Fn(&SourcePath) -> u64 + Sync),
    ) -> Plan {
        let pages = paper.edition.pages();
        (self.homes, self.kinds) = pages
            .par_iter()
            .map_init(Digest::new, |digest, (route, page)| (home(route), kind(page, paper, stamp, digest)))
            .unzip();
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); BUCKETS];
        for (place, home) in self.homes.iter().enumerate() {
            members[usize::from(*home)].push(place);
        }
        let found: Vec<Compared> = self
            .buckets
            .par_iter()
            .zip(&members)
            .map(|(notes, members)| compare(notes, members, pages, &self.kinds, changed))
            .collect();
        let mut plan = Plan { stale: Vec::new(), gone: Vec::new(), vanished: Vec::new() };
        for Compared { stale, gone, vanished } in found {
            plan.stale.extend(stale);
            plan.gone.extend(gone);
            plan.vanished.extend(vanished);
        }
        plan.vanished.sort();
        plan.stale.sort_by_key(|stale| stale.place);
        plan.gone.sort();
        plan
    }

    /// Decides which pages are stale after edits that leave most of the edition as it was: those with a changed fact in
    /// their traces, and those of the pages at the places `looked` that are new or something else. Of `gone` all pages
    /// are known that are not there any more. `None` when a page was never noted.
    pub(super) fn plan_edits(
        &mut self,
        paper: &Newspaper,
        changed: &Changed,
        looked: &[usize],
        gone: &[Route],
    ) -> Option<Plan> {
        let pages = paper.edition.pages();
        self.homes = vec![0; pages.len()];
        self.kinds = vec![0; pages.len()];
        let found: Vec<Vec<(usize, u32)>> =
            self.buckets.par_iter().map(|notes| notes.with_facts(changed)).collect();
        let mut plan = Plan { stale: Vec::new(), gone: Vec::new(), vanished: Vec::new() };
        for (bucket, found) in (0_u8..).zip(found) {
            let notes = &self.buckets[usize::from(bucket)];
            for (at, number) in found {
                let route = notes.routes.get(at)?;
                if gone.iter().any(|gone| gone.as_str() == route) {
                    continue;
                }
                let place = paper.edition.place(route)?;
                (self.homes[place], self.kinds[place]) = (bucket, notes.kinds[at]);
                let before = Some(notes.digests[at]);
                plan.stale.push(Stale { place, reason: Reason::Fact(number), before });
            }
        }
        let digest = &mut Digest::new();
        for &place in looked {
            let (route, page) = &pages[place];
            let bucket = home(route);
            let notes = &self.buckets[usize::from(bucket)];
            let kind = kind(page, paper, &|_| 0, digest);
            let (reason, before) = match notes.routes.find(route.as_str()) {
                Some(at) if notes.kinds[at] == kind => continue,
                Some(at) => (Reason::Kind, Some(notes.digests[at])),
                None => (Reason::New, None),
            };
            (self.homes[place], self.kinds[place]) = (bucket, kind);
            plan.stale.push(Stale { place, reason, before });
        }
        for route in gone {
            let notes = &self.buckets[usize::from(home(route))];
            let at = notes.routes.find(route.as_str())?;
            if notes.kinds[at] & OWN != 0 {
                plan.vanished.push(route.clone());
            }
            plan.gone.push(route.clone());
        }
        plan.vanished.sort();
        plan.gone.sort();
        plan.stale.sort_by_key(|stale| stale.place);
        plan.stale.dedup_by_key(|stale| stale.place);
        Some(plan)
    }

    /// Takes in what was rendered and forgets what is gone, and writes the notes that are no longer what their parts
    /// hold. Tells the names of all parts.
    pub(super) fn write(
        self,
        paper: &Newspaper,
        printed: &Printed,
        gone: &[Route],
        parts: &Parts,
    ) -> anyhow::Result<Vec<String>> {
        let pages = paper.edition.pages();
        let mut arrived: Vec<Vec<u32>> = vec![Vec::new(); BUCKETS];
        for (at, place) in (0..).zip(&printed.places) {
            arrived[usize::from(self.homes[*place as usize])].push(at);
        }
        let mut is_short = [false; BUCKETS];
        for route in gone {
            is_short[usize::from(home(route))] = true;
        }
        let Self { buckets, names, kinds, .. } = self;
        let work = buckets.into_par_iter().zip(names).zip(arrived).zip(is_short.into_par_iter()).enumerate();
        work.map(|(number, (((notes, name), arrived), is_short))| {
            if arrived.is_empty() && !is_short && !name.is_empty() {
                return Ok(name);
            }
            let arrived = arrived.into_iter().map(|at| printed.get(at));
            let notes = merge(&notes, arrived, pages, &kinds, gone);
            ledger::write(parts, &format!("pages{number}"), &notes)
        })
        .collect()
    }
}

impl PageNotes {
    /// The pages with a changed fact in their traces, each with the first of these.
    fn with_facts(&self, changed: &Changed) -> Vec<(usize, u32)> {
        let traces = self.starts.windows(2).map(|ends| &self.traces[ends[0] as usize..ends[1] as usize]);
        let first = |(at, trace)| Some((at, changed.first(trace)?));
        traces.enumerate().filter_map(first).collect()
    }
}

fn home(route: &Route) -> u8 {
    u8::try_from(xxh3_64(route.as_str().as_bytes()) % BUCKETS as u64).expect("there are few buckets")
}

/// What a page is, as a number that means the same in every build.
fn kind(
    page: &Page,
    paper: &Newspaper,
    stamp: &(dyn Fn(&SourcePath) -> u64 + Sync),
    digest: &mut Digest,
) -> u64 {
    let archive = &paper.archive;
    match page {
        Page::Article(id) => digest.text("article").number(archive.story(*id).key),
        Page::Standing(index) => digest.text("standing").text(archive.pages()[*index].prose.path.as_str()),
        Page::Notice(index) => {
            digest.text("notice").text(archive.expired()[*index].article.prose.path.as_str())
        }
        Page::Category(..) => digest.text("category"),
        Page::Author(..) => digest.text("author"),
        Page::Tag(..) => digest.text("tag"),
        Page::Redirect { to } => digest.text("redirect").text(to.as_str()),
        Page::Redirects(form) => digest.text("redirects").number(*form as u64),
        Page::Sources(_) => digest.text("sources"),
        Page::File(Origin::Source(path)) => digest.text("file").text(path.as_str()).number(stamp(path)),
        Page::File(Origin::Theme(name)) => digest.text("theme").text(name),
        Page::Home => digest.text("home"),
        Page::Authors => digest.text("authors"),
        Page::Tags => digest.text("tags"),
        Page::Calendar => digest.text("calendar"),
        Page::Year(_) => digest.text("year"),
        Page::Month(..) => digest.text("month"),
        Page::MostRead => digest.text("most read"),
        Page::MostReadFragment => digest.text("most read fragment"),
        Page::BreakingFragment => digest.text("breaking fragment"),
        Page::Corrections(_) => digest.text("corrections"),
        Page::Search => digest.text("search"),
        Page::SearchMap => digest.text("search map"),
        Page::SearchAuthors => digest.text("search authors"),
        Page::SearchTeasers(..) => digest.text("search teasers"),
        Page::SearchShard(segment, file) => {
            digest.text("search shard").number(paper.search.segments()[*segment].files[*file].digest.half())
        }
        Page::NotFound => digest.text("not found"),
        Page::Robots => digest.text("robots"),
        Page::Sitemap(_) => digest.text("sitemap"),
        Page::Feed(..) => digest.text("feed"),
    };
    let is_own =
        matches!(page, Page::Article(_) | Page::Notice(_) | Page::Standing(_) | Page::Redirect { .. });
    digest.finish() & !OWN | u64::from(is_own)
}

fn compare(
    notes: &PageNotes,
    members: &[usize],
    pages: &[(Route, Page)],
    kinds: &[u64],
    changed: Option<&Changed>,
) -> Compared {
    let mut compared = Compared::default();
    let mut leave = |at: usize| {
        let Some(route) = notes.routes.get(at).map(|route| Route::file(&route[1..])) else { return };
        if notes.kinds[at] & OWN != 0 {
            compared.vanished.push(route.clone());
        }
        compared.gone.push(route);
    };
    let stale = &mut compared.stale;
    let mut at = 0;
    for &place in members {
        let route = pages[place].0.as_str();
        while notes.routes.get(at).is_some_and(|noted| noted < route) {
            leave(at);
            at += 1;
        }
        if notes.routes.get(at).is_none_or(|noted| noted != route) {
            stale.push(Stale { place, reason: Reason::New, before: None });
            continue;
        }
        let trace = &notes.traces[notes.starts[at] as usize..notes.starts[at + 1] as usize];
        let reason = match changed {
            None => Some(Reason::All),
            Some(_) if notes.kinds[at] != kinds[place] => Some(Reason::Kind),
            Some(changed) => changed.first(trace).map(Reason::Fact),
        };
        if let Some(reason) = reason {
            stale.push(Stale { place, reason, before: Some(notes.digests[at]) });
        }
        at += 1;
    }
    (at..notes.routes.len()).for_each(leave);
    compared
}

fn merge<'a>(
    notes: &PageNotes,
    arrived: impl Iterator<Item = PrintedPage<'a>>,
    pages: &[(Route, Page)],
    kinds: &[u64],
    gone: &[Route],
) -> PageNotes {
    let mut merged = PageNotes { starts: vec![0], ..PageNotes::default() };
    let mut push = |route: &str, kind: u64, digest: Fingerprint, trace: &[u32]| {
        merged.routes.push(route);
        merged.kinds.push(kind);
        merged.digests.push(digest);
        merged.traces.extend_from_slice(trace);
        merged.starts.push(u32::try_from(merged.traces.len()).expect("traces of one bucket fit in 32 bits"));
    };
    let mut arrived = arrived.peekable();
    for at in 0..notes.routes.len() {
        let Some(route) = notes.routes.get(at) else { continue };
        while let Some(page) = arrived.next_if(|page| pages[page.place].0.as_str() < route) {
            push(pages[page.place].0.as_str(), kinds[page.place], page.digest, page.trace);
        }
        if let Some(page) = arrived.next_if(|page| pages[page.place].0.as_str() == route) {
            push(route, kinds[page.place], page.digest, page.trace);
        } else if gone.binary_search_by(|gone| gone.as_str().cmp(route)).is_err() {
            let trace = &notes.traces[notes.starts[at] as usize..notes.starts[at + 1] as usize];
            push(route, notes.kinds[at], notes.digests[at], trace);
        }
    }
    for page in arrived {
        push(pages[page.place].0.as_str(), kinds[page.place], page.digest, page.trace);
    }
    merged
}
