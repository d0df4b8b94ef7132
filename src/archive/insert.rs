//! Arrivals: the archive after a story has come that belongs to groups which are there already and changes nothing else about
//! the others than their places.
//!
//! Only for an archive that nobody else holds. What comes of it is what building the archive anew would give.

use std::cmp::Reverse;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::groups::{Author, Category, humanised};
use super::stories::{Story, StoryId, pinned_by, recent_after, recent_until};
use super::{Archive, corrections, news, turn};
use crate::config::Config;
use crate::content::article::{self, Article};
use crate::content::names;
use crate::date::Moment;
use crate::route::{Route, Slug, SlugLetters};

/// How stories are numbered after one has come.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    at: usize,
}

impl Moved {
    /// The number of a story that had another one.
    #[must_use]
    pub fn number(self, before: usize) -> usize {
        before + usize::from(before >= self.at)
    }

    fn ids(self, ids: &mut [StoryId]) {
        for id in ids {
            *id = StoryId::new(self.number(id.index()));
        }
    }
}

impl Archive {
    /// Takes a published story in, still without related ones; `dates` tells when the others were published. `None` when
    /// more depends on it than can be told at a glance: groups that are not there yet, or are not called as it calls them,
    /// a place on the front page, old addresses, corrections.
    pub fn insert(
        &mut self,
        article: &Arc<Article>,
        config: &Config,
        now: Moment,
        dates: &[Moment],
    ) -> Option<(StoryId, Moved)> {
        let rare = article.rare();
        let is_plain = article.front.is_none() && rare.aliases.is_empty() && rare.corrections.is_empty();
        if !is_plain || self.stories.is_empty() || article.is_bundle() {
            return None;
        }
        let letters = config.slugs;
        let category = self.category_of(article, letters)?;
        let authors = each(&article.authors, letters, |name, slug| self.author_of(name, slug, letters))?;
        let tags = each(&article.tags, letters, |name, slug| self.tag_of(name, slug))?;
        let route = config.permalink.route(&self.categories[category].slug, article.date, &article.slug);
        let at = self.place_of(article, &route, dates);
        let (id, moved) = (StoryId::new(at), Moved { at });
        self.renumber(moved);
        let mark = xxh3_64(route.as_str().as_bytes());
        let story = Story {
            article: Arc::clone(article).into(),
            mark,
            key: names::path_digest(&article.prose.path),
            route,
            category,
            authors,
            tags,
            views: article.views,
            pinned: Vec::new(),
            related: Vec::new(),
            corrected: corrections::shown(article, now),
            modified: article.date,
        };
        let mut story = story.dated();
        Arc::get_mut(&mut self.titles)?.insert(id, story.key, article, |number| moved.number(number));
        story.pinned = pinned_by(article, id, &self.titles);
        self.join_groups(id, &story);
        self.marks.insert(at, (mark, article.headline));
        self.stories.insert(at, story);
        self.rank(id, config, now, |id| {
            let at = id.index();
            if at == moved.at { article.date } else { dates[at - usize::from(at > moved.at)] }
        });
        Some((id, moved))
    }

    /// Forgets that an article is a draft; `None` when it is none.
    pub fn unveil(&mut self, draft: &Article) -> Option<()> {
        let withheld = &mut Arc::get_mut(&mut self.withheld)?.articles;
        let at = withheld.iter().position(|article| article.slot() == draft.slot)?;
        withheld.remove(at);
        self.unpublished.drafts = self.unpublished.drafts.checked_sub(1)?;
        Arc::get_mut(&mut self.titles)?.unveil(draft);
        Some(())
    }

    /// From when on a story that has come makes another newspaper; [`Archive::until`].
    #[must_use]
    pub fn until_of(&self, id: StoryId, config: &Config, now: Moment) -> Option<i64> {
        let (story, days) = (self.story(id), i64::from(config.most_read_days));
        let recent = recent_until(story, days);
        let is_ranked = days > 0 && recent > now.unix() && story.views.is_some_and(|views| views > 0);
        let news = news::news_until(story);
        let is_news = news > now.unix();
        let turns = turn(&story.article, now);
        is_ranked.then_some(recent).into_iter().chain(is_news.then_some(news)).chain(turns).min()
    }

    /// The place of an article among all stories.
    fn place_of(&self, article: &Article, route: &Route, dates: &[Moment]) -> usize {
        let seconds = article.date.unix();
        let start = dates.partition_point(|date| date.unix() > seconds);
        let end = dates.partition_point(|date| date.unix() >= seconds);
        start + self.stories[start..end].partition_point(|story| story.route < *route)
    }

    /// Gives all stories the numbers they have after another one has come.
    fn renumber(&mut self, moved: Moved) {
        self.stories.iter_mut().for_each(|story| moved.ids(&mut story.pinned));
        for category in &mut self.categories {
            moved.ids(&mut category.stories);
            moved.ids(&mut category.most_read);
        }
        self.authors.iter_mut().for_each(|author| moved.ids(&mut author.stories));
        self.tags.iter_mut().for_each(|tag| moved.ids(&mut tag.stories));
        moved.ids(&mut self.most_read);
        moved.ids(&mut self.pinned);
        for corrected in &mut self.corrections {
            moved.ids(std::slice::from_mut(&mut corrected.story));
        }
    }

    fn join_groups(&mut self, id: StoryId, story: &Story) {
        let join = |stories: &mut Vec<StoryId>| {
            let at = stories.partition_point(|other| *other < id);
            stories.insert(at, id);
        };
        join(&mut self.categories[story.category].stories);
        story.authors.iter().for_each(|author| join(&mut self.authors[*author].stories));
        story.tags.iter().for_each(|tag| join(&mut self.tags[*tag].stories));
    }

    /// Puts a story among the most read.
    fn rank(&mut self, id: StoryId, config: &Config, now: Moment, date: impl Fn(StoryId) -> Moment) {
        if self.story(id).views.is_none_or(|views| views == 0) {
            return;
        }
        let days = i64::from(config.most_read_days);
        let rank = |id: StoryId| {
            let recent = days == 0 || now.unix() < recent_after(date(id), days);
            (!recent, Reverse(self.stories[id.index()].views), id)
        };
        let own = rank(id);
        let at = self.most_read.partition_point(|other| rank(*other) < own);
        self.most_read.insert(at, id);
        let category = self.stories[id.index()].category;
        let group = &mut self.categories[category].most_read;
        let before = group.iter().filter(|other| self.most_read[..at].contains(other));
        let place = before.count();
        group.insert(place, id);
        group.truncate(config.most_read_count);
    }

    /// The category that an article names, when it exists and is called so.
    fn category_of(&self, article: &Article, letters: SlugLetters) -> Option<usize> {
        let name = article.category.name();
        let slug = Slug::of(name, letters)?;
        let by_record = |category: &Category| {
            category
                .record
                .as_ref()
                .is_some_and(|record| Slug::of(&record.name, letters).as_ref() == Some(&slug))
        };
        let at = self.categories.iter().position(|category| category.slug == slug);
        let at = at.or_else(|| only(self.categories.iter().map(by_record)))?;
        let category = &self.categories[at];
        let is_called = match &article.category {
            article::Category::Header(name) => **name == *category.name,
            article::Category::Folder(folder) => humanised(folder) == category.name,
        };
        (category.record.is_some() || is_called).then_some(at)
    }

    /// The author of a name, when they exist and are called so.
    fn author_of(&self, name: &str, slug: &Slug, letters: SlugLetters) -> Option<usize> {
        let by_record = |author: &Author| {
            author
                .record
                .as_ref()
                .is_some_and(|record| Slug::of(&record.name, letters).as_ref() == Some(slug))
        };
        let at = self.authors.iter().position(|author| author.slug() == slug.as_str());
        let at = at.or_else(|| only(self.authors.iter().map(by_record)))?;
        let author = &self.authors[at];
        (author.record.is_some() || author.name == name).then_some(at)
    }

    /// The tag of a name, likewise.
    fn tag_of(&self, name: &str, slug: &Slug) -> Option<usize> {
        let at = self.tags.iter().position(|tag| tag.slug() == slug.as_str())?;
        (self.tags[at].name == name).then_some(at)
    }
}

/// The groups of some names, each once; `None` when one is not to be had. Names without a letter are none.
fn each(
    names: &[Box<str>],
    letters: SlugLetters,
    find: impl Fn(&str, &Slug) -> Option<usize>,
) -> Option<Vec<usize>> {
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let Some(slug) = Slug::of(name, letters) else { continue };
        let index = find(name, &slug)?;
        if !found.contains(&index) {
            found.push(index);
        }
    }
    Some(found)
}

/// The place of the only one that is meant.
fn only(is_meant: impl Iterator<Item = bool>) -> Option<usize> {
    let mut places = is_meant.enumerate().filter(|(_, is_meant)| *is_meant).map(|(place, _)| place);
    places.next().filter(|_| places.next().is_none())
}
