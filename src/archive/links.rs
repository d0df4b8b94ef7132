//! Links between stories: what a title, a former title, a slug, a wikilink or a path leads to.
//!
//! How names are compared is not known here.

use std::collections::BTreeMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use bitcode::{Decode, Encode};
use rayon::prelude::*;

use super::expiry::Expired;
use super::stories::{Story, StoryId};
use crate::config::Fate;
use crate::content::article::Article;
use crate::content::names::{self, Wanted, normalised};
use crate::content::records::StandingPage;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::fingerprint::DigestMap;
use crate::route::Route;
use crate::source::SourcePath;

/// How many near titles a finding offers.
const NEAREST: usize = 3;

/// How many findings of one kind offer near titles; whoever has hundreds needs another kind of help.
pub const MOST_OFFERS: usize = 50;

/// What a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A published story.
    Story(StoryId),
    /// A standing page.
    Page(Route),
    /// A story that has expired and whose address keeps a notice: its place among the archive's expired stories.
    Notice(usize),
    /// A story that has expired and is gone.
    Expired,
    /// A draft or a scheduled article: it exists, and readers may not learn of it.
    Withheld,
    /// Nothing.
    Nowhere,
}

/// Everything a reference may name.
#[derive(Encode, Decode)]
pub struct Titles {
    names: DigestMap<Named>,
    paths: DigestMap<Place>,
    /// The routes of the standing pages.
    pages: Vec<Route>,
}

/// What a name stands for: the newest of its stories, and how many there are.
#[derive(Clone, Copy, Encode, Decode)]
struct Named {
    first: Place,
    count: u32,
}

/// A verdict in little room: there are several for every story.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Place(u32);

impl Place {
    const WITHHELD: Self = Self(u32::MAX);
    const GONE: Self = Self(u32::MAX - 1);

    /// From this number on, places are standing pages.
    const PAGES: u32 = 1 << 31;

    /// From this number on, places are notices of expired stories.
    const NOTICES: u32 = 3 << 30;

    fn story(index: usize) -> Self {
        Self(Self::number(index))
    }

    fn page(index: usize) -> Self {
        Self(Self::number(index) | Self::PAGES)
    }

    fn notice(index: usize) -> Self {
        Self(Self::number(index) | Self::NOTICES)
    }

    fn number(index: usize) -> u32 {
        u32::try_from(index).ok().filter(|number| *number < (1 << 30) - 2).expect("they fit in 30 bits")
    }
}

/// Articles that have names and that readers may not see.
pub struct Unseen<'a> {
    /// Drafts and scheduled articles.
    pub withheld: &'a [Arc<Article>],
    /// Stories whose time is over.
    pub expired: &'a [Expired],
    /// What becomes of those.
    pub fate: Fate,
}

impl Unseen<'_> {
    /// Every article with its place: expired ones first, for what a name was counts before what it will be.
    fn places(&self) -> impl Iterator<Item = (&Article, Place)> {
        let expired = self.expired.iter().enumerate().map(|(index, over)| {
            let place = match self.fate {
                Fate::Notice => Place::notice(index),
                Fate::Gone => Place::GONE,
            };
            (over.article.as_ref(), place)
        });
        expired.chain(self.withheld.iter().map(|article| (article.as_ref(), Place::WITHHELD)))
    }
}

impl Titles {
    /// Collects the names of all stories and pages. A title counts before a slug, a slug before a former title.
    #[must_use]
    pub fn of(stories: &[Story], pages: &[StandingPage], unseen: &Unseen<'_>) -> Self {
        let (names, paths) = rayon::join(|| names(stories, pages, unseen), || paths(stories, pages, unseen));
        Self { names, paths, pages: pages.iter().map(|page| page.route.clone()).collect() }
    }

    fn verdict(&self, place: Place) -> Verdict {
        match place {
            Place::WITHHELD => Verdict::Withheld,
            Place::GONE => Verdict::Expired,
            Place(number) if number >= Place::NOTICES => Verdict::Notice((number - Place::NOTICES) as usize),
            Place(number) if number >= Place::PAGES => {
                Verdict::Page(self.pages[(number - Place::PAGES) as usize].clone())
            }
            Place(number) => Verdict::Story(StoryId::new(number as usize)),
        }
    }

    /// What a reference leads to. Of several stories with one name the newest is meant.
    #[must_use]
    pub fn find(&self, wanted: Wanted) -> Verdict {
        let found = match wanted {
            Wanted::Name(name) => self.names.get(&name).map(|named| named.first),
            Wanted::File(paths) => paths.into_iter().find_map(|path| self.paths.get(&path).copied()),
        };
        found.map_or(Verdict::Nowhere, |place| self.verdict(place))
    }

    /// What `target`, written in the file `from`, leads to: a relative path to a `.md` file, a title, a former title
    /// or a slug.
    #[must_use]
    pub fn look_up(&self, target: &str, from: &SourcePath) -> Verdict {
        self.find(Wanted::of(target, from))
    }

    /// Findings for references that are ambiguous: a title two stories share while somebody could mean either.
    #[must_use]
    pub fn ambiguous(&self, stories: &[Story]) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for story in stories {
            for (item, pin) in story.article.rare().also_read.iter().enumerate() {
                let several = self.names.get(&names::digest(pin)).filter(|named| named.count > 1);
                if let Some(named) = several {
                    findings.push(
                        Diagnostic::warning(
                            "ambiguous-title",
                            format!("{} stories are called `{pin}`; the newest is linked", named.count),
                        )
                        .label(Label::spot(
                            &story.article.prose.path,
                            Spot::Header(Box::from("also_read"), item),
                        ))
                        .help("write the story's file instead: `../2026/a-story.md`"),
                    );
                }
            }
        }
        findings
    }

    /// The finding for a reference that leads to no published story. It offers the most similar titles of the stories
    /// `near`: all, or none, for a look at all titles takes its time and there may be many findings.
    #[must_use]
    pub fn finding(&self, verdict: &Verdict, target: &str, place: Label, near: &[Story]) -> Diagnostic {
        if *verdict == Verdict::Withheld {
            return Diagnostic::warning("also-read-unpublished", format!("`{target}` is not published yet"))
                .label(place)
                .help("readers see plain text until it is; publish it first, or take the reference out");
        }
        if *verdict == Verdict::Expired {
            return Diagnostic::warning("also-read-expired", format!("`{target}` has expired and is gone"))
                .label(place)
                .help("readers see plain text; take the reference out, or set `expired: notice` in `newsprint.yaml`");
        }
        let mut finding =
            Diagnostic::warning("also-read-unresolved", format!("no story is called `{target}`"))
                .label(place);
        let nearest = nearest(target, near);
        if nearest.is_empty() {
            finding = finding.help("write a story's title, slug or path; readers see plain text meanwhile");
        } else {
            finding = finding.help(format!("did you mean {}?", nearest.join(", or ")));
        }
        finding
    }
}

/// What names lead to.
fn names(stories: &[Story], pages: &[StandingPage], unseen: &Unseen<'_>) -> DigestMap<Named> {
    let mut names: DigestMap<Named> =
        DigestMap::with_capacity_and_hasher(2 * stories.len(), BuildHasherDefault::default());
    let titles = stories.iter().enumerate().map(|(index, story)| (story.article.name, Place::story(index)));
    let page_titles =
        pages.iter().enumerate().map(|(index, page)| (names::digest(&page.title), Place::page(index)));
    for (name, first) in titles.chain(page_titles) {
        names.entry(name).or_insert(Named { first, count: 0 }).count += 1;
    }
    let slugs: Vec<u64> =
        stories.par_iter().map(|story| names::digest(story.article.slug.as_str())).collect();
    second_names(&mut names, slugs.into_iter().enumerate());
    let former = stories.iter().enumerate().flat_map(|(index, story)| {
        story.article.rare().former_titles.iter().map(move |title| (index, names::digest(title)))
    });
    second_names(&mut names, former);
    for (article, first) in unseen.places() {
        let former = article.rare().former_titles.iter().map(String::as_str);
        for name in [&article.title, article.slug.as_str()].into_iter().chain(former) {
            names.entry(names::digest(name)).or_insert(Named { first, count: 1 });
        }
    }
    names
}

/// Names that count only where there is no better one.
fn second_names(names: &mut DigestMap<Named>, more: impl Iterator<Item = (usize, u64)>) {
    /// Marks what was added here while it is: its count is one of second names.
    const SECOND: u32 = 1 << 31;
    let mut added = Vec::new();
    for (index, name) in more {
        let found = names.entry(name).or_insert_with(|| {
            added.push(name);
            Named { first: Place::story(index), count: SECOND }
        });
        if found.count >= SECOND {
            found.count += 1;
        }
    }
    for name in added {
        if let Some(named) = names.get_mut(&name) {
            named.count -= SECOND;
        }
    }
}

/// What paths lead to.
fn paths(stories: &[Story], pages: &[StandingPage], unseen: &Unseen<'_>) -> DigestMap<Place> {
    let mut paths: DigestMap<Place> =
        DigestMap::with_capacity_and_hasher(stories.len(), BuildHasherDefault::default());
    paths.extend(stories.iter().enumerate().map(|(index, story)| (story.key, Place::story(index))));
    let digest = |path: &SourcePath| names::path_digest(path);
    paths
        .extend(pages.iter().enumerate().map(|(index, page)| (digest(&page.prose.path), Place::page(index))));
    paths.extend(unseen.places().map(|(article, place)| (digest(&article.prose.path), place)));
    paths
}

/// The published titles most like `target`, nearest first.
fn nearest(target: &str, stories: &[Story]) -> Vec<String> {
    let wanted = normalised(target);
    if wanted.chars().count() > 200 {
        return Vec::new();
    }
    let mut near: BTreeMap<(u32, String), &str> = BTreeMap::new();
    for title in stories.iter().map(|story| &*story.article.title) {
        let normal = normalised(title);
        let likeness = strsim::sorensen_dice(&wanted, &normal);
        if likeness > 0.3 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0.0 to 1.0 fits")]
            near.insert((((1.0 - likeness) * 1e6) as u32, normal), title);
        }
    }
    near.into_values().take(NEAREST).map(|title| format!("`{title}`")).collect()
}
