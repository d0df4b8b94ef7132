//! Links between stories: what a title, a former title, a slug, a wikilink or a path leads to.
//!
//! How names are compared is not known here.

pub mod headlines;
mod likeness;
pub mod table;

use std::sync::Arc;

use bitcode::{Decode, Encode};
use rayon::prelude::*;

use super::expiry::Expired;
use super::stories::{Story, StoryId};
use crate::config::Fate;
use crate::content::article::Article;
use crate::content::names::{self, Wanted};
use crate::content::records::StandingPage;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::route::Route;
use crate::source::SourcePath;

use headlines::Headlines;
use table::Table;

/// How many findings of one kind offer near titles; whoever has hundreds needs another kind of help.
pub const MOST_OFFERS: usize = 50;

/// The titles among which somebody may have meant another one.
#[derive(Clone, Copy)]
pub enum Near<'a> {
    /// None.
    Nothing,
    /// Those of all stories.
    Stories(&'a [Story]),
    /// The same as they are kept, run by run.
    Kept(&'a [Headlines]),
}

impl<'a> Near<'a> {
    fn titles(&self) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        match *self {
            Self::Nothing => Box::new(std::iter::empty()),
            Self::Stories(stories) => Box::new(stories.iter().map(|story| &*story.article.title)),
            Self::Kept(runs) => Box::new(runs.iter().flat_map(Headlines::all)),
        }
    }
}

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
#[derive(Clone, Encode, Decode)]
pub struct Titles {
    /// By the digests of names: the rank of the name, and the place it leads to.
    names: Table,
    /// By the digests of paths: the places they lead to.
    paths: Table,
    /// The routes of the standing pages.
    pages: Vec<Route>,
}

/// What kind of name leads to a place, and how well: of several places the one with the best rank is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    Title,
    Slug,
    Former,
    /// Any name of an article that readers do not see.
    Unseen,
}

impl Rank {
    /// As a value of the table of names: ascending from the best, and among equals from the newest story.
    fn with(self, place: Place) -> u64 {
        (self as u64) << 32 | u64::from(place.0)
    }
}

/// The place in a value of a table.
fn place_of(value: u64) -> Place {
    Place(u32::try_from(value & u64::from(u32::MAX)).expect("places have 32 bits"))
}

/// A verdict in little room: there are several for every story. Places ascend as they count: stories from the newest,
/// pages, notices, what is gone, what is withheld.
#[derive(Clone, Copy, PartialEq, Eq)]
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
            Wanted::Name(name) => self.names.values(name).first(),
            Wanted::File(paths) => paths.into_iter().find_map(|path| self.paths.values(path).first()),
        };
        found.map_or(Verdict::Nowhere, |value| self.verdict(place_of(*value)))
    }

    /// How many places a name leads to as well as to the one that is meant.
    fn count(&self, name: u64) -> usize {
        let values = self.names.values(name);
        let Some(best) = values.first().map(|value| value >> 32) else { return 0 };
        if best == Rank::Unseen as u64 {
            1
        } else {
            values.iter().filter(|value| *value >> 32 == best).count()
        }
    }

    /// Takes a story in that has come between others, whose numbers move.
    pub fn insert(&mut self, id: StoryId, key: u64, article: &Article, number: impl Fn(usize) -> usize) {
        let moved = |value: u64| {
            // Pages and all that stands behind them keep their places.
            let place = place_of(value).0;
            if place & Place::PAGES != 0 {
                return value;
            }
            value - u64::from(place) + u64::from(Place::story(number(place as usize)).0)
        };
        self.names.renumber(moved);
        self.paths.renumber(moved);
        let place = Place::story(id.index());
        self.names.exchange(&[], &names_of(article, place));
        self.paths.exchange(&[], &[(key, u64::from(place.0))]);
    }

    /// Forgets the names and the path of an article that was withheld.
    pub fn unveil(&mut self, article: &Article) {
        let path = names::path_digest(&article.prose.path);
        self.names.exchange(&unseen_names(article, Place::WITHHELD), &[]);
        self.paths.exchange(&[(path, u64::from(Place::WITHHELD.0))], &[]);
    }

    /// Gives a story the names that it has now, its former titles apart.
    pub fn rename(&mut self, id: StoryId, before: &Article, now: &Article) {
        let place = Place::story(id.index());
        let names = |article: &Article| {
            let slug = names::digest(article.slug.as_str());
            [(article.name, Rank::Title.with(place)), (slug, Rank::Slug.with(place))]
        };
        self.names.exchange(&names(before), &names(now));
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
                let count = self.count(names::digest(pin));
                if count > 1 {
                    findings.push(
                        Diagnostic::warning(
                            "ambiguous-title",
                            format!("{count} stories are called `{pin}`; the newest is linked"),
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

    /// The finding for a reference that leads to no published story. It offers the most similar of the titles `near`: of
    /// all stories, or of none, for a look at all titles takes its time and there may be many findings.
    #[must_use]
    pub fn finding(&self, verdict: &Verdict, target: &str, place: Label, near: &Near<'_>) -> Diagnostic {
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
        let nearest = likeness::nearest(target, near);
        if nearest.is_empty() {
            finding = finding.help("write a story's title, slug or path; readers see plain text meanwhile");
        } else {
            finding = finding.help(format!("did you mean {}?", nearest.join(", or ")));
        }
        finding
    }
}

/// The names of a story.
fn names_of(article: &Article, place: Place) -> Vec<(u64, u64)> {
    let slug = names::digest(article.slug.as_str());
    let former = article.rare().former_titles.iter();
    let former = former.map(|title| (names::digest(title), Rank::Former.with(place)));
    let own = [(article.name, Rank::Title.with(place)), (slug, Rank::Slug.with(place))];
    own.into_iter().chain(former).collect()
}

/// The names of an article that readers do not see.
fn unseen_names(article: &Article, place: Place) -> Vec<(u64, u64)> {
    let former = article.rare().former_titles.iter().map(String::as_str);
    let all = [&article.title, article.slug.as_str()].into_iter().chain(former);
    all.map(|name| (names::digest(name), Rank::Unseen.with(place))).collect()
}

/// What names lead to. A title counts before a slug, a slug before a former title.
fn names(stories: &[Story], pages: &[StandingPage], unseen: &Unseen<'_>) -> Table {
    let own = stories.par_iter().enumerate();
    let own = own.flat_map_iter(|(index, story)| names_of(&story.article, Place::story(index)));
    let mut names: Vec<(u64, u64)> = own.collect();
    let pages = pages.iter().enumerate();
    names.extend(pages.map(|(at, page)| (names::digest(&page.title), Rank::Title.with(Place::page(at)))));
    for (article, place) in unseen.places() {
        names.extend(unseen_names(article, place));
    }
    Table::of(names)
}

/// What paths lead to.
fn paths(stories: &[Story], pages: &[StandingPage], unseen: &Unseen<'_>) -> Table {
    let digest = |path: &SourcePath| names::path_digest(path);
    let stories = stories.iter().enumerate().map(|(index, story)| (story.key, Place::story(index)));
    let pages = pages.iter().enumerate().map(|(index, page)| (digest(&page.prose.path), Place::page(index)));
    let unseen = unseen.places().map(|(article, place)| (digest(&article.prose.path), place));
    let all = stories.chain(pages).chain(unseen).map(|(path, place)| (path, u64::from(place.0)));
    Table::of(all.collect())
}
