//! The lens: the only way a page sees the newspaper. It answers questions, and notes what it was asked.
//!
//! The notes are the page's trace: a page can only look different when one of its facts does. What is done with a
//! trace is not known here.

mod groups;
mod search;

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use super::facts::{Aspect, Fact, Query, Trace};
use super::feeds::{Channel, Feed};
use super::files::Pixels;
use super::newspaper::Newspaper;
use super::page::{Calendar, Year};
use super::redirects::Redirect;
use super::sitemaps::Sitemap;
use super::sources::Noted;
use super::target::Target;
use crate::archive::corrections::Corrected;
use crate::archive::expiry::Expired;
use crate::archive::groups::{Author, Category, Tag};
use crate::archive::links::Verdict;
use crate::archive::stories::{Story, StoryId};
use crate::config::Config;
use crate::config::breaking::Breaking;
use crate::content::markdown::Reference;
use crate::content::records::StandingPage;
use crate::date::Moment;
use crate::route::Route;
use crate::source::SourcePath;

/// A page's view of the newspaper, with the notes of that page.
pub struct Lens {
    paper: Arc<Newspaper>,
    stories: RefCell<Vec<(StoryId, Aspect)>>,
    facts: RefCell<Vec<Fact>>,
}

/// A moment between two questions.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    stories: usize,
    facts: usize,
}

impl Lens {
    /// A lens that has noted nothing yet.
    #[must_use]
    pub fn new(paper: &Arc<Newspaper>) -> Self {
        Self { paper: Arc::clone(paper), stories: RefCell::default(), facts: RefCell::default() }
    }

    /// The config; every page depends on it as a whole.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.paper.config
    }

    /// What was asked so far, in order and each once.
    #[must_use]
    pub fn trace(&self) -> Trace {
        let mut trace = Trace { stories: self.stories.take(), facts: self.facts.take() };
        trace.stories.sort_unstable();
        trace.stories.dedup();
        trace.facts.sort_unstable();
        trace.facts.dedup();
        trace
    }

    /// How much was asked so far.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark { stories: self.stories.borrow().len(), facts: self.facts.borrow().len() }
    }

    /// What was asked since the mark.
    #[must_use]
    pub fn noted_since(&self, mark: Mark) -> Trace {
        let stories = self.stories.borrow()[mark.stories..].to_vec();
        Trace { stories, facts: self.facts.borrow()[mark.facts..].to_vec() }
    }

    /// Notes what was asked for another page and is shown on this one, too.
    pub fn note_all(&self, notes: &Trace) {
        self.stories.borrow_mut().extend(&notes.stories);
        self.facts.borrow_mut().extend_from_slice(&notes.facts);
    }

    /// Notes which template the page is rendered by.
    pub fn template(&self, name: &str) {
        self.note(Fact::Template(name.to_owned()));
    }

    /// A story as lists show it.
    #[must_use]
    pub fn story(&self, id: StoryId) -> &Story {
        self.stories.borrow_mut().push((id, Aspect::Teaser));
        self.paper.archive.story(id)
    }

    /// A story as its own page shows it: with its related stories and what stands around it.
    #[must_use]
    pub fn whole_story(&self, id: StoryId) -> &Story {
        let aspects = [Aspect::Teaser, Aspect::Text, Aspect::Related, Aspect::Around];
        self.stories.borrow_mut().extend(aspects.map(|aspect| (id, aspect)));
        self.paper.archive.story(id)
    }

    /// Notes that the page holds the text of a story, its links resolved.
    pub fn story_text(&self, id: StoryId) {
        let aspects = [Aspect::Text, Aspect::Links];
        self.stories.borrow_mut().extend(aspects.map(|aspect| (id, aspect)));
    }

    /// The newest stories.
    #[must_use]
    pub fn newest(&self, limit: usize) -> Range<usize> {
        self.note(Fact::Newest(limit));
        0..limit.min(self.paper.archive.stories().len())
    }

    /// The first stories of the front page: what is pinned, then the newest.
    #[must_use]
    pub fn front(&self, limit: usize) -> Vec<StoryId> {
        self.note(Fact::Front(limit));
        self.paper.archive.front(limit)
    }

    /// The most read stories.
    #[must_use]
    pub fn most_read(&self, limit: usize) -> &[StoryId] {
        self.note(Fact::MostRead(limit));
        let ranked = self.paper.archive.most_read();
        &ranked[..limit.min(ranked.len())]
    }

    /// The most read stories of a category.
    #[must_use]
    pub fn most_read_in(&self, category: usize, limit: usize) -> &[StoryId] {
        let category = &self.paper.archive.categories()[category];
        self.note(Fact::MostReadIn(category.route.clone(), limit));
        &category.most_read[..limit.min(category.most_read.len())]
    }

    /// Notes that the page shows what `site` holds.
    pub fn site(&self) {
        self.note(Fact::Site);
    }

    /// The categories with what the navigation shows of them: names and routes.
    #[must_use]
    pub fn navigation(&self) -> &[Category] {
        self.note(Fact::Site);
        self.paper.archive.categories()
    }

    /// The categories with their counts and first `stories` stories.
    #[must_use]
    pub fn sections(&self, stories: usize) -> &[Category] {
        self.note(Fact::Sections(stories));
        self.paper.archive.categories()
    }

    /// All authors, with their records.
    #[must_use]
    pub fn authors(&self) -> &[Author] {
        self.note(Fact::Authors);
        self.paper.archive.authors()
    }

    /// All tags, with how many stories they have.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        self.note(Fact::Tags);
        self.paper.archive.tags()
    }

    /// A page that is not news.
    #[must_use]
    pub fn standing(&self, index: usize) -> &StandingPage {
        let standing = &self.paper.archive.pages()[index];
        self.note(Fact::Standing(standing.route.clone()));
        standing
    }

    /// The expired story whose notice is asked for.
    #[must_use]
    pub fn notice(&self, index: usize) -> &Expired {
        let expired = &self.paper.archive.expired()[index];
        self.note(Fact::Notice(expired.route.clone()));
        expired
    }

    /// The banner of breaking news while it lasts, and the link it leads to.
    #[must_use]
    pub fn breaking(&self) -> Option<(&Breaking, Option<String>)> {
        self.note(Fact::Breaking);
        self.paper.banner()
    }

    /// The corrections of all stories, newest first, those of the list page at `page` to be shown.
    #[must_use]
    pub fn corrections(&self, page: &Route) -> &[Corrected] {
        self.note(Fact::List(page.clone()));
        self.paper.archive.corrections()
    }

    /// Every redirect, by its old URL.
    #[must_use]
    pub fn redirects(&self) -> &[Redirect] {
        self.note(Fact::Redirects);
        self.paper.edition.redirects()
    }

    /// One list of what pages were made of.
    #[must_use]
    pub fn sources(&self, list: usize) -> &[Noted] {
        self.note(Fact::Sources(list));
        self.paper.edition.sources().list(list)
    }

    /// The byline of a story that was asked for: its authors, by name and route.
    pub fn authors_of(&self, story: &Story) -> impl Iterator<Item = &Author> {
        let authors = self.paper.archive.authors();
        story.authors.iter().map(|index| &authors[*index])
    }

    /// The tags of a whole story, or of one in a feed.
    pub fn tags_of(&self, story: &Story) -> impl Iterator<Item = &Tag> {
        let tags = self.paper.archive.tags();
        story.tags.iter().map(|index| &tags[*index])
    }

    /// The newest stories of a category, author and tag, as far as the query names them.
    #[must_use]
    pub fn stories_of(&self, query: Query) -> Vec<StoryId> {
        let found = self.paper.stories_of(&query);
        self.note(Fact::Query(query));
        found
    }

    /// The neighbours of a whole story in time: the next newer and the next older one of its category.
    #[must_use]
    pub fn neighbours(&self, id: StoryId) -> (Option<&Story>, Option<&Story>) {
        let (newer, older) = self.paper.archive.neighbours(id);
        let story = |id: StoryId| self.paper.archive.story(id);
        (newer.map(story), older.map(story))
    }

    /// The category of a story that was asked for.
    #[must_use]
    pub fn category_of(&self, story: &Story) -> &Category {
        &self.paper.archive.categories()[story.category]
    }

    /// The years and months of the archive with the number of their stories.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        self.note(Fact::Calendar);
        self.paper.edition.calendar()
    }

    /// The months that have stories, oldest first, and the stories of the list page at `page` for one of them.
    #[must_use]
    pub fn months(&self, page: &Route) -> &Calendar {
        self.note(Fact::Months);
        self.note(Fact::List(page.clone()));
        self.paper.edition.calendar()
    }

    /// The months of a year with the number of their stories.
    #[must_use]
    pub fn year(&self, year: i16) -> Option<&Year> {
        self.note(Fact::Year(year));
        self.paper.edition.calendar().get(&year)
    }

    /// The files that the sitemaps' index names; [`Newspaper::sitemap_index`].
    pub fn sitemap_index(&self) -> impl Iterator<Item = (&Route, Option<Moment>)> {
        self.note(Fact::Sitemap(Sitemap::Index));
        self.paper.sitemap_index()
    }

    /// The addresses in a part of the pages that are no stories; [`Newspaper::sitemap_pages`].
    pub fn sitemap_pages(&self, part: usize) -> impl Iterator<Item = (&Route, Option<Moment>)> {
        self.note(Fact::Sitemap(Sitemap::Pages(part)));
        self.paper.sitemap_pages(part)
    }

    /// The addresses of stories in a part of a month, with their last changes.
    pub fn sitemap_month(
        &self,
        year: i16,
        month: u8,
        part: usize,
    ) -> impl Iterator<Item = (&Route, Option<Moment>)> {
        self.note(Fact::Sitemap(Sitemap::Month(year, month, part)));
        let stories = self.paper.sitemap_month(year, month, part);
        stories.map(|story| (&story.route, Some(story.modified)))
    }

    /// The stories that are news: their routes, titles, dates and languages.
    #[must_use]
    pub fn news(&self) -> &[Story] {
        self.note(Fact::Sitemap(Sitemap::News));
        self.paper.news()
    }

    /// What the feed of a channel is about, and which stories it carries.
    #[must_use]
    pub fn feed(&self, channel: Channel) -> Feed<'_> {
        let feed = self.paper.feed(channel);
        self.note(Fact::Feed(feed.page.clone()));
        feed
    }

    /// A story as feeds carry it, without its text: as lists show it, with its tags and its first address.
    #[must_use]
    pub fn story_in_feed(&self, id: StoryId) -> &Story {
        let aspects = [Aspect::Teaser, Aspect::Around];
        self.stories.borrow_mut().extend(aspects.map(|aspect| (id, aspect)));
        self.paper.archive.story(id)
    }

    /// How many bytes the lead picture of a story that was asked for has.
    #[must_use]
    pub fn picture_bytes(&self, story: &Story) -> Option<u64> {
        self.paper.picture_bytes(story)
    }

    /// What a title, slug or path leads to.
    #[must_use]
    pub fn look_up(&self, target: &str) -> Verdict {
        self.note(Fact::Target(target.to_owned()));
        self.paper.look_up(target)
    }

    /// The hashed route of a style sheet or script, or the route itself when it is published.
    #[must_use]
    pub fn published(&self, path: &str) -> Option<Route> {
        self.note(Fact::Published(path.to_owned()));
        self.paper.published(path)
    }

    /// Notes that the page holds the text of a record or standing page, its links resolved.
    pub fn record_text(&self, path: &SourcePath) {
        self.note(Fact::Record(path.clone()));
    }

    /// What a reference in a text that the page holds becomes; [`Newspaper::target`] of it.
    #[must_use]
    pub fn target(&self, reference: &Reference, path: &SourcePath, route: &Route) -> Target {
        self.paper.target(reference, path, route)
    }

    /// The picture of a story or record that was asked for; [`Newspaper::picture`] of it.
    #[must_use]
    pub fn picture(&self, written: &str, path: &SourcePath, route: &Route) -> Target {
        self.paper.picture(written, path, route)
    }

    /// The portrait of an author, or of one in the byline of a whole story, that was asked for: beside the record, or in `static/`.
    #[must_use]
    pub fn portrait(&self, author: &Author) -> Option<(Route, Option<Pixels>)> {
        self.paper.portrait(author)
    }

    fn note(&self, fact: Fact) {
        self.facts.borrow_mut().push(fact);
    }
}
