//! Stories: published articles with everything that only the whole archive can say about them.
//!
//! They are ordered once, newest first with the route as tie-break; a [`StoryId`] is a place in that order.

use std::cmp::Reverse;
use std::sync::Arc;

use bitcode::{Decode, Encode};
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::corrections;
use super::groups::Places;
use super::links::{MOST_OFFERS, Near, Titles, Verdict};
use super::views::Views;
use super::{Drafts, Publication, Scheduled, Unpublished};
use crate::config::Config;
use crate::content::article::{Article, Correction};
use crate::content::names;
use crate::content::on_file::OnFile;
use crate::date::Moment;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::route::Route;

/// Words an adult reads in a minute (Brysbaert 2019, non-fiction, silent reading: 238).
const WORDS_PER_MINUTE: usize = 238;

/// Seconds of a day.
const DAY_SECONDS: i64 = 86_400;

/// The place of a story in the archive, from 0 for the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
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
#[derive(Clone)]
pub struct Story {
    /// What its author wrote.
    pub article: OnFile,
    /// Where it is published.
    pub route: Route,
    /// The digest of the route.
    pub mark: u64,
    /// What it is known by when articles are related: the digest of its file's path, the same in every build.
    pub key: u64,
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
    /// How many of its corrections readers may see.
    pub corrected: usize,
    /// The instant of the last change that readers should know of.
    pub modified: Moment,
}

impl Story {
    /// Minutes it takes to read, at least one.
    #[must_use]
    pub fn minutes(&self) -> usize {
        self.article.prose.words.div_ceil(WORDS_PER_MINUTE).max(1)
    }

    /// The corrections that readers may see, the oldest first.
    #[must_use]
    pub fn corrections(&self) -> &[Correction] {
        &self.article.rare().corrections[..self.corrected]
    }

    /// When it was last changed in substance after its publication: as the header says, or by a correction.
    #[must_use]
    pub fn updated(&self) -> Option<Moment> {
        let corrected = self.corrections().last().map(|correction| correction.date);
        self.article.rare().updated.max(corrected)
    }

    /// The first address of the story, by which feeds go on knowing it: the first alias once it has moved.
    #[must_use]
    pub fn first_route(&self) -> &Route {
        self.article.rare().aliases.first().unwrap_or(&self.route)
    }

    /// Works out when it was last changed.
    #[must_use]
    pub fn dated(mut self) -> Self {
        self.modified = self.updated().unwrap_or(self.article.date);
        self
    }
}

/// What became of articles: published, withheld.
pub type Sorted = (Vec<Arc<Article>>, Vec<Arc<Article>>);

/// Parts articles into published and withheld ones.
#[must_use]
pub fn sort_out(articles: Vec<Arc<Article>>, publication: Publication) -> Sorted {
    let held = |article: &Article| article.draft && publication.drafts == Drafts::HeldBack;
    let is_due =
        |article: &Article| article.date <= publication.now || publication.scheduled == Scheduled::Shown;
    articles.into_iter().partition(|article| !held(article) && is_due(article))
}

/// Counts what was withheld.
#[must_use]
pub fn count(withheld: &[Arc<Article>], publication: Publication) -> Unpublished {
    let held = |article: &&Article| article.draft && publication.drafts == Drafts::HeldBack;
    let all = || withheld.iter().map(AsRef::as_ref);
    let drafts = all().filter(held).count();
    let next = all().filter(|article| !held(article)).map(|article| article.date).min();
    Unpublished { drafts, scheduled: withheld.len() - drafts, next, expired: 0 }
}

/// Gives every article its route, groups and views, and puts them in order.
#[must_use]
pub fn file(
    articles: Vec<Arc<Article>>,
    places: &Places,
    views: &Views,
    config: &Config,
    now: Moment,
) -> Vec<Story> {
    let routes: Vec<(usize, Route)> = articles
        .par_iter()
        .map(|article| {
            let category = places.category(article);
            let slug = &places.category_slugs[category];
            (category, config.permalink.route(slug, article.date, &article.slug))
        })
        .collect();
    newest_first(articles, routes)
        .into_par_iter()
        .map(|(article, (category, route))| Story {
            category,
            authors: places.authors(&article),
            tags: places.tags(&article),
            views: views.of(article.prose.path.as_str(), &route).or(article.views),
            mark: xxh3_64(route.as_str().as_bytes()),
            key: names::path_digest(&article.prose.path),
            route,
            pinned: Vec::new(),
            related: Vec::new(),
            corrected: corrections::shown(&article, now),
            modified: article.date,
            article: article.into(),
        })
        .map(Story::dated)
        .collect()
}

/// An article with its category and route.
type Placed = (Arc<Article>, (usize, Route));

/// Puts articles in the order of stories. What is compared first lies side by side.
fn newest_first(articles: Vec<Arc<Article>>, routes: Vec<(usize, Route)>) -> Vec<Placed> {
    let dates = articles.iter().map(|article| Reverse(article.date.unix()));
    let mut order: Vec<(Reverse<i64>, u32)> = dates.zip(0..).collect();
    order.par_sort_unstable_by(|a, b| {
        a.0.cmp(&b.0).then_with(|| {
            let (a, b) = (a.1 as usize, b.1 as usize);
            let by_route = routes[a].1.cmp(&routes[b].1);
            by_route.then_with(|| articles[a].prose.path.cmp(&articles[b].prose.path))
        })
    });
    let mut placed: Vec<Option<Placed>> = articles.into_iter().zip(routes).map(Some).collect();
    order.into_iter().filter_map(|(_, at)| placed[at as usize].take()).collect()
}

/// Resolves the pinned cross-links.
#[must_use]
pub fn pin(stories: &mut [Story], titles: &Titles) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for index in 0..stories.len() {
        let story = &stories[index];
        let pinned = pinned_by(&story.article, StoryId::new(index), titles);
        let near = if findings.len() < MOST_OFFERS { Near::Stories(stories) } else { Near::Nothing };
        findings.extend(dead_pins(story, titles, &near));
        stories[index].pinned = pinned;
    }
    findings
}

/// The stories that the article of a story pins, each once.
#[must_use]
pub fn pinned_by(article: &Article, own: StoryId, titles: &Titles) -> Vec<StoryId> {
    let mut pinned = Vec::new();
    for pin in &article.rare().also_read {
        match titles.look_up(pin, &article.prose.path) {
            Verdict::Story(id) if id != own && !pinned.contains(&id) => pinned.push(id),
            _ => {}
        }
    }
    pinned
}

/// The findings for the pinned cross-links of a story that lead nowhere.
#[must_use]
pub fn dead_pins(story: &Story, titles: &Titles, near: &Near<'_>) -> Vec<Diagnostic> {
    let path = &story.article.prose.path;
    let pins = story.article.rare().also_read.iter().enumerate();
    let dead = pins.filter_map(|(item, pin)| match titles.look_up(pin, path) {
        // An expired story is in no list; its address still answers.
        Verdict::Story(_) | Verdict::Notice(_) => None,
        other => {
            let place = Label::spot(path, Spot::Header(Box::from("also_read"), item));
            Some(titles.finding(&other, pin, place, near))
        }
    });
    dead.collect()
}

/// The first instant, in seconds since 1970, at which a story is more than so many days old.
#[must_use]
pub fn recent_until(story: &Story, days: i64) -> i64 {
    recent_after(story.article.date, days)
}

/// The same for a story that was published on `date`.
#[must_use]
pub fn recent_after(date: Moment, days: i64) -> i64 {
    date.unix() + days * DAY_SECONDS + 1
}

/// All stories with views, most read first: those of the last `most_read.days` days, then the older ones. Ties break
/// by date, then route.
#[must_use]
pub fn most_read(stories: &[Story], config: &Config, now: Moment) -> Vec<StoryId> {
    let days = i64::from(config.most_read_days);
    let recent = |story: &Story| days == 0 || now.unix() < recent_until(story, days);
    let mut ranked: Vec<(bool, Reverse<u64>, StoryId)> = stories
        .par_iter()
        .enumerate()
        .filter_map(|(index, story)| {
            let views = story.views.filter(|views| *views > 0)?;
            Some((!recent(story), Reverse(views), StoryId::new(index)))
        })
        .collect();
    ranked.par_sort_unstable();
    ranked.into_iter().map(|(_, _, id)| id).collect()
}
