//! All articles together: grouped, ordered and linked. Built whole from what was read, immutable once it exists.
//!
//! The archive knows what is published at an instant; it knows nothing of pages, templates or files in the output.

pub mod also_read;
pub mod amend;
pub mod corrections;
pub mod expiry;
pub mod front;
pub mod groups;
pub mod insert;
pub mod links;
pub mod news;
pub mod related;
pub mod rename;
pub mod search;
pub mod snapshot;
pub mod stories;
pub mod views;

use std::sync::Arc;

use bitcode::{Decode, Encode};
use rayon::prelude::*;

use crate::config::Config;
use crate::content::article::Article;
use crate::content::on_file::OnFile;
use crate::content::prose::Prose;
use crate::content::records::{AuthorRecord, CategoryRecord, StandingPage};
use crate::content::term_rows::TermRows;
use crate::date::Moment;
use crate::diagnostic::Diagnostic;
use crate::route::Route;

use corrections::Corrected;
use expiry::Expired;
use groups::{Author, Category, Tag};
use links::{Titles, Unseen};
use related::memory::Memory;
use stories::{Story, StoryId};
use views::Views;

/// Everything that was read from the newspaper's content.
#[derive(Default)]
pub struct Content {
    /// Articles, published or not.
    pub articles: Vec<Arc<Article>>,
    /// The `_index.md` files.
    pub categories: Vec<CategoryRecord>,
    /// The authors' records.
    pub authors: Vec<AuthorRecord>,
    /// The standing pages.
    pub pages: Vec<StandingPage>,
    /// The counter's export.
    pub views: Views,
    /// What articles are about, by the digests of their files' paths.
    pub terms: TermRows,
    /// What is remembered of how articles were related; it has the terms of every published article without terms.
    pub relations: Option<Memory>,
}

/// Which unpublished articles a build takes in, and the instant it is made for.
#[derive(Clone, Copy, Debug)]
pub struct Publication {
    /// The instant; articles dated later are scheduled.
    pub now: Moment,
    /// Whether drafts are taken for published.
    pub drafts: Drafts,
    /// What becomes of articles dated later.
    pub scheduled: Scheduled,
}

/// What becomes of drafts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drafts {
    /// They are in no byte of the output.
    HeldBack,
    /// They are shown, in a preview that is never deployed.
    Shown,
}

/// What becomes of articles dated after the instant of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduled {
    /// They are in no byte of the output.
    HeldBack,
    /// They are taken for published, in a preview that is never deployed.
    Shown,
}

/// What was left out, for the summary; in no byte of the output.
#[derive(Clone, Copy, Debug, Default, Encode, Decode)]
pub struct Unpublished {
    /// Drafts.
    pub drafts: usize,
    /// Articles dated after the build's instant.
    pub scheduled: usize,
    /// The earliest of their instants.
    pub next: Option<Moment>,
    /// Stories whose time is over.
    pub expired: usize,
}

/// What readers may not see yet.
#[derive(Default)]
pub struct Withheld {
    /// Drafts and articles dated later.
    pub articles: Vec<OnFile>,
    /// Drafts of pages that are not news.
    pub pages: Vec<StandingPage>,
}

/// The newspaper as of an instant.
#[derive(Clone)]
pub struct Archive {
    stories: Vec<Story>,
    categories: Vec<Category>,
    authors: Vec<Author>,
    tags: Vec<Tag>,
    pages: Vec<StandingPage>,
    titles: Arc<Titles>,
    most_read: Vec<StoryId>,
    /// The stories that editors pinned to the front page, the lead first.
    pinned: Vec<StoryId>,
    expired: Vec<Expired>,
    corrections: Vec<Corrected>,
    unpublished: Unpublished,
    withheld: Arc<Withheld>,
    relations: Memory,
    /// The digests of the routes and headlines of all stories, side by side.
    marks: Vec<(u64, u64)>,
}

impl Archive {
    /// Builds the archive. Findings are about what only shows with all articles at hand.
    #[must_use]
    pub fn build(content: Content, config: &Config, publication: Publication) -> (Self, Vec<Diagnostic>) {
        let mut findings = Vec::new();
        let Content { articles, categories, authors, pages, views, terms, relations } = content;
        let (published, withheld) = stories::sort_out(articles, publication);
        let (published, over) = expiry::part(published, publication.now);
        let unpublished = Unpublished { expired: over.len(), ..stories::count(&withheld, publication) };
        if published.is_empty() {
            findings.push(no_articles(&unpublished));
        }
        let is_shown = |page: &StandingPage| publication.drafts == Drafts::Shown || !page.draft;
        let (mut pages, drafts): (Vec<_>, Vec<_>) = pages.into_iter().partition(is_shown);
        pages.sort_by(|a, b| a.route.cmp(&b.route));
        let mut grouped = groups::group(&published, categories, authors, config);
        findings.append(&mut grouped.findings);
        let expired = expiry::file(over, &grouped.places, config);
        let mut stories = stories::file(published, &grouped.places, &views, config, publication.now);
        findings.extend(views.unknown(&stories, &expired));
        let unseen = Unseen { withheld: &withheld, expired: &expired, fate: config.expired };
        let titles = Titles::of(&stories, &pages, &unseen);
        findings.extend(titles.ambiguous(&stories));
        findings.extend(stories::pin(&mut stories, &titles));
        let (pinned, more) = front::pinned(&stories, &titles, config);
        findings.extend(more);
        let relations = {
            let groups = (&*grouped.categories, &*grouped.authors);
            also_read::relate(&mut stories, &titles, groups, config, (terms, relations))
        };
        let most_read = stories::most_read(&stories, config, publication.now);
        let corrections = corrections::all(&stories);
        let mut archive = Self {
            categories: grouped.categories,
            authors: grouped.authors,
            tags: grouped.tags,
            stories,
            pages,
            titles: Arc::new(titles),
            most_read,
            pinned,
            expired,
            corrections,
            unpublished,
            withheld: Arc::new(Withheld {
                articles: withheld.into_iter().map(OnFile::from).collect(),
                pages: drafts,
            }),
            relations,
            marks: Vec::new(),
        };
        archive.marks =
            archive.stories.par_iter().map(|story| (story.mark, story.article.headline)).collect();
        archive.fill_groups(config.most_read_count);
        (archive, findings)
    }

    /// Every published story, newest first.
    #[must_use]
    pub fn stories(&self) -> &[Story] {
        &self.stories
    }

    /// One story.
    #[must_use]
    pub fn story(&self, id: StoryId) -> &Story {
        &self.stories[id.index()]
    }

    /// The digest of a story's route.
    #[must_use]
    pub fn mark(&self, id: StoryId) -> u64 {
        self.marks[id.index()].0
    }

    /// The digest of a story's headline.
    #[must_use]
    pub fn headline(&self, id: StoryId) -> u64 {
        self.marks[id.index()].1
    }

    /// The categories with stories or a record, in the order of the navigation.
    #[must_use]
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// The authors with stories or a record, by name.
    #[must_use]
    pub fn authors(&self) -> &[Author] {
        &self.authors
    }

    /// The tags, by name.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The standing pages, by route.
    #[must_use]
    pub fn pages(&self) -> &[StandingPage] {
        &self.pages
    }

    /// The texts of all standing pages and records, and the routes they are published at.
    pub fn records(&self) -> impl Iterator<Item = (&Prose, &Route)> {
        let pages = self.pages.iter().map(|page| (&page.prose, &page.route));
        let categories = self.categories.iter();
        let categories = categories.filter_map(|group| Some((&group.record.as_ref()?.prose, &group.route)));
        let authors = self.authors.iter();
        let authors = authors.filter_map(|group| Some((&group.record.as_ref()?.prose, &group.route)));
        pages.chain(categories).chain(authors)
    }

    /// What titles, slugs and paths lead to.
    #[must_use]
    pub fn titles(&self) -> &Titles {
        &self.titles
    }

    /// The first `limit` stories of the front page: what is pinned, then the newest.
    #[must_use]
    pub fn front(&self, limit: usize) -> Vec<StoryId> {
        front::stories(&self.pinned, self.stories.len(), limit)
    }

    /// All stories with views, most read first.
    #[must_use]
    pub fn most_read(&self) -> &[StoryId] {
        &self.most_read
    }

    /// The stories whose time is over, by route.
    #[must_use]
    pub fn expired(&self) -> &[Expired] {
        &self.expired
    }

    /// The story whose time is over that was published at `route`.
    #[must_use]
    pub fn expired_at(&self, route: &Route) -> Option<&Expired> {
        let at = self.expired.partition_point(|expired| expired.route < *route);
        self.expired.get(at).filter(|expired| expired.route == *route)
    }

    /// The corrections of all stories, newest first.
    #[must_use]
    pub fn corrections(&self) -> &[Corrected] {
        &self.corrections
    }

    /// From when on, in seconds since 1970, the same sources make another newspaper: when the next article or correction
    /// is due, when a story expires, when breaking news ends, when a story is no longer recent enough to stand before older
    /// ones among the most read, or when one is no longer news.
    #[must_use]
    pub fn until(&self, config: &Config, now: Moment) -> Option<i64> {
        let days = i64::from(config.most_read_days);
        let due = self.unpublished.next.map(Moment::unix);
        // Stories stand from the newest to the oldest: behind the first that is too old, all are.
        let recent = self.stories.iter().map(|story| (stories::recent_until(story, days), story.views));
        let recent = recent.take_while(|(until, _)| days > 0 && *until > now.unix());
        let ages = recent.filter(|(_, views)| views.is_some_and(|views| views > 0)).map(|(until, _)| until);
        let news = news::until(&self.stories, now);
        let turns = self.stories.par_iter().filter_map(|story| turn(&story.article, now)).min();
        let breaking = config.breaking_at(now).map(|breaking| breaking.until.unix());
        ages.chain(due).chain(news).chain(turns).chain(breaking).min()
    }

    /// The neighbours of a story in time: the next newer and the next older one of its category.
    #[must_use]
    pub fn neighbours(&self, id: StoryId) -> (Option<StoryId>, Option<StoryId>) {
        let stories = &self.categories[self.story(id).category].stories;
        let Ok(at) = stories.binary_search(&id) else { return (None, None) };
        (at.checked_sub(1).map(|newer| stories[newer]), stories.get(at + 1).copied())
    }

    /// How articles are related, to be remembered.
    #[must_use]
    pub fn relations(&self) -> &Memory {
        &self.relations
    }

    /// What was left out.
    #[must_use]
    pub fn unpublished(&self) -> Unpublished {
        self.unpublished
    }

    /// What was left out, one by one: for those who write it, and for no page.
    #[must_use]
    pub fn withheld(&self) -> &Withheld {
        &self.withheld
    }

    fn fill_groups(&mut self, most_read: usize) {
        for (index, story) in self.stories.iter().enumerate() {
            let id = StoryId::new(index);
            self.categories[story.category].stories.push(id);
            for author in &story.authors {
                self.authors[*author].stories.push(id);
            }
            for tag in &story.tags {
                self.tags[*tag].stories.push(id);
            }
        }
        for id in &self.most_read {
            let category = &mut self.categories[self.stories[id.index()].category];
            if category.most_read.len() < most_read {
                category.most_read.push(*id);
            }
        }
    }
}

/// When a published article expires, or a correction of it appears, whichever comes first.
fn turn(article: &Article, now: Moment) -> Option<i64> {
    let expiry = article.rare().expires.map(Moment::unix);
    expiry.into_iter().chain(corrections::next(article, now)).min()
}

fn no_articles(unpublished: &Unpublished) -> Diagnostic {
    let held = unpublished.drafts + unpublished.scheduled + unpublished.expired;
    let message = if held == 0 {
        "the newspaper has no articles".to_owned()
    } else {
        format!("the newspaper has no published articles; {held} are drafts, scheduled or expired")
    };
    Diagnostic::warning("no-articles", message)
        .on(&crate::source::SourcePath::new("content"))
        .help("write one with `newsprint new \"A headline\"`")
}
