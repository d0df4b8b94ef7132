//! Stories: published articles with everything that only the whole archive can say about them.
//!
//! They are ordered once, newest first with the route as tie-break; a [`StoryId`] is a place in that order.

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::groups::{Grouped, Places};
use super::links::{MOST_OFFERS, Titles, Verdict};
use super::related::memory::Memory;
use super::related::{self, Candidate};
use super::views::Views;
use super::{Drafts, Publication, Unpublished};
use crate::config::Config;
use crate::content::article::Article;
use crate::content::markdown::ReferenceKind;
use crate::date::Moment;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::route::Route;
use crate::source::SourcePath;

/// Words an adult reads in a minute (Brysbaert 2019, non-fiction, silent reading: 238).
const WORDS_PER_MINUTE: usize = 238;

/// Seconds of a day.
const DAY_SECONDS: i64 = 86_400;

/// The place of a story in the archive, from 0 for the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoryId(u32);

impl StoryId {
    /// The story at `index`.
    ///
    /// # Panics
    ///
    /// With more than four billion stories.
    #[must_use]
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("an archive has fewer than 2^32 stories"))
    }

    /// The index in [`super::Archive::stories`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One published article.
pub struct Story {
    /// What its author wrote.
    pub article: Box<Article>,
    /// Where it is published.
    pub route: Route,
    /// Its category's index.
    pub category: usize,
    /// Its authors' indices, in the byline's order.
    pub authors: Vec<usize>,
    /// Its tags' indices, in the order written.
    pub tags: Vec<usize>,
    /// How often it was read, by the counter's export or else the header.
    pub views: Option<u64>,
    /// Pinned cross-links.
    pub pinned: Vec<StoryId>,
    /// Similar older stories, best first.
    pub related: Vec<StoryId>,
}

impl Story {
    /// Minutes it takes to read, at least one.
    #[must_use]
    pub fn minutes(&self) -> usize {
        self.article.prose.words.div_ceil(WORDS_PER_MINUTE).max(1)
    }

    /// The first address of the story, by which feeds go on knowing it: the first alias once it has moved.
    #[must_use]
    pub fn first_route(&self) -> &Route {
        self.article.aliases.first().unwrap_or(&self.route)
    }

    /// The instant of the last change that readers should know of.
    #[must_use]
    pub fn modified(&self) -> Moment {
        self.article.updated.unwrap_or(self.article.date)
    }
}

/// What became of articles: published, withheld.
pub type Sorted = (Vec<Box<Article>>, Vec<Box<Article>>);

/// Parts articles into published and withheld ones.
#[must_use]
pub fn sort_out(articles: Vec<Box<Article>>, publication: Publication) -> Sorted {
    let held = |article: &Article| article.draft && publication.drafts == Drafts::HeldBack;
    articles.into_iter().partition(|article| !held(article) && article.date <= publication.now)
}

/// Counts what was withheld.
#[must_use]
pub fn count(withheld: &[Box<Article>], publication: Publication) -> Unpublished {
    let held = |article: &&Article| article.draft && publication.drafts == Drafts::HeldBack;
    let all = || withheld.iter().map(AsRef::as_ref);
    let drafts = all().filter(held).count();
    let next = all().filter(|article| !held(article)).map(|article| article.date).min();
    Unpublished { drafts, scheduled: withheld.len() - drafts, next }
}

/// Gives every article its route, groups and views, and puts them in order.
#[must_use]
pub fn file(
    articles: Vec<Box<Article>>,
    places: &Places,
    views: &Views,
    config: &Config,
) -> (Vec<Story>, Vec<Diagnostic>) {
    let mut stories: Vec<Story> = articles
        .into_par_iter()
        .map(|article| {
            let category = places.category(&article);
            let route = config.permalink.route(&places.category_slugs[category], article.date, &article.slug);
            Story {
                category,
                authors: places.authors(&article),
                tags: places.tags(&article),
                views: views.of(article.prose.path.as_str(), &route).or(article.views),
                route,
                pinned: Vec::new(),
                related: Vec::new(),
                article,
            }
        })
        .collect();
    stories.par_sort_by(|a, b| {
        let newest = b.article.date.cmp(&a.article.date);
        newest
            .then_with(|| a.route.cmp(&b.route))
            .then_with(|| a.article.prose.path.cmp(&b.article.prose.path))
    });
    let findings = views.unknown(&stories);
    (stories, findings)
}

/// Resolves the pinned cross-links.
#[must_use]
pub fn pin(stories: &mut [Story], titles: &Titles) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for index in 0..stories.len() {
        let mut pinned = Vec::new();
        let story = &stories[index];
        for (item, pin) in story.article.also_read.iter().enumerate() {
            match titles.look_up(pin, &story.article.prose.path) {
                Verdict::Story(id) if id.index() == index => {}
                Verdict::Story(id) => {
                    if !pinned.contains(&id) {
                        pinned.push(id);
                    }
                }
                other => {
                    let place =
                        Label::spot(&story.article.prose.path, Spot::Header(Box::from("also_read"), item));
                    let near = if findings.len() < MOST_OFFERS { &*stories } else { &[] };
                    findings.push(titles.finding(&other, pin, place, near));
                }
            }
        }
        stories[index].pinned = pinned;
    }
    findings
}

/// Finds each story's similar older stories: not itself, not pinned, not linked in its body.
pub fn relate(
    stories: &mut [Story],
    titles: &Titles,
    groups: &Grouped,
    config: &Config,
    before: Option<Memory>,
) -> Memory {
    let keys: Vec<u64> = stories.par_iter().map(|story| key(&story.article.prose.path)).collect();
    let excluded: Vec<Vec<u64>> = stories
        .par_iter()
        .map(|story| {
            let linked = story.article.prose.references.iter().filter_map(|reference| {
                if reference.kind == ReferenceKind::Image {
                    return None;
                }
                match titles.look_up(&reference.target, &story.article.prose.path) {
                    Verdict::Story(id) => Some(keys[id.index()]),
                    _ => None,
                }
            });
            linked.chain(story.pinned.iter().map(|id| keys[id.index()])).collect()
        })
        .collect();
    let categories: Vec<u64> =
        groups.categories.iter().map(|category| number(category.slug.as_str())).collect();
    let people: Vec<u64> = groups.authors.iter().map(|author| number(author.route.as_str())).collect();
    let authors: Vec<Vec<u64>> =
        stories.iter().map(|story| story.authors.iter().map(|&author| people[author]).collect()).collect();
    let candidates: Vec<Candidate<'_>> = stories
        .iter()
        .zip(excluded.iter().zip(&authors))
        .zip(&keys)
        .map(|((story, (exclude, authors)), &key)| Candidate {
            key,
            seconds: story.article.date.unix(),
            terms: story.article.terms.as_ref(),
            category: categories[story.category],
            authors,
            exclude,
        })
        .collect();
    let found = related::relate(&candidates, config.also_read_count, before);
    for (index, story) in stories.iter_mut().enumerate() {
        let room = config.also_read_count.saturating_sub(story.pinned.len());
        story.related = found.list(index).take(room).map(StoryId).collect();
    }
    found.into_memory()
}

/// What an article is known by when articles are related, the same in every build.
#[must_use]
pub fn key(path: &SourcePath) -> u64 {
    number(path.as_str())
}

/// The first instant, in seconds since 1970, at which a story is more than so many days old.
#[must_use]
pub fn recent_until(story: &Story, days: i64) -> i64 {
    story.article.date.unix() + days * DAY_SECONDS + 1
}

/// A number for a name, the same in every build.
fn number(name: &str) -> u64 {
    xxh3_64(name.as_bytes())
}

/// All stories with views, most read first: those of the last `most_read.days` days, then the older ones. Ties break
/// by date, then route.
#[must_use]
pub fn most_read(stories: &[Story], config: &Config, now: Moment) -> Vec<StoryId> {
    let days = i64::from(config.most_read_days);
    let recent = |story: &Story| days == 0 || now.unix() < recent_until(story, days);
    let mut ranked: Vec<StoryId> = (0..stories.len()).map(StoryId::new).collect();
    ranked.retain(|id| stories[id.index()].views.is_some_and(|views| views > 0));
    ranked.par_sort_by_key(|id| {
        let story = &stories[id.index()];
        (!recent(story), std::cmp::Reverse(story.views), *id)
    });
    ranked
}
