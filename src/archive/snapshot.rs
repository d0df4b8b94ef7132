//! A snapshot: what was worked out of all articles, in flat rows, to be kept from one build to the next. It holds nothing
//! that an edit changes after which the article counts as before, and nothing that stands in the articles' own heads.
//!
//! An archive that comes back from a snapshot is whole but for its related stories, which have a memory of their own.

use std::sync::Arc;

use bitcode::{Decode, Encode};
use rayon::prelude::*;

use super::corrections::Corrected;
use super::expiry::Expired;
use super::groups::{Author, Category, Tag};
use super::links::Titles;
use super::related::memory::Memory;
use super::stories::{Story, StoryId};
use super::{Archive, Unpublished, Withheld};
use crate::content::article::Article;
use crate::content::prose::Prose;
use crate::content::records::StandingPage;
use crate::route::Route;
use crate::source::SourcePath;

/// How many stories stand in one piece: pieces are read and written side by side.
const STORIES: usize = 8_192;

/// Some lists of numbers, one after the other.
#[derive(Default, Encode, Decode)]
struct Rows {
    ends: Vec<u32>,
    all: Vec<u32>,
}

impl Rows {
    fn push(&mut self, row: impl Iterator<Item = usize>) {
        self.all.extend(row.map(|number| u32::try_from(number).expect("groups and stories have 32 bits")));
        self.ends.push(u32::try_from(self.all.len()).expect("rows of one piece have 32 bits"));
    }

    fn get(&self, at: usize) -> Option<&[u32]> {
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.all.get(start as usize..*self.ends.get(at)? as usize)
    }
}

/// A run of stories, without their articles and related stories.
#[derive(Default, Encode, Decode)]
pub struct Stories {
    /// The number of each one's file.
    slots: Vec<u32>,
    routes: Vec<Route>,
    marks: Vec<u64>,
    keys: Vec<u64>,
    categories: Vec<u32>,
    authors: Rows,
    tags: Rows,
    views: Vec<Option<u64>>,
    pinned: Rows,
    corrected: Vec<u32>,
}

/// Everything else. Records and pages stand with the paths of their files, which are not written down with them.
#[derive(Encode, Decode)]
pub struct Rest {
    categories: Vec<Category>,
    authors: Vec<Author>,
    tags: Vec<Tag>,
    pages: Vec<StandingPage>,
    paths: Vec<SourcePath>,
    most_read: Vec<StoryId>,
    pinned: Vec<StoryId>,
    expired: Vec<(u32, Route)>,
    corrections: Vec<Corrected>,
    unpublished: Unpublished,
    withheld: Vec<u32>,
    withheld_pages: Vec<StandingPage>,
}

/// Finds the article of a file by the file's number.
pub type Find<'a> = dyn Fn(u32) -> Option<Arc<Article>> + Sync + 'a;

impl Archive {
    /// The stories in runs, to be kept.
    pub fn snapshot_of_stories(&self) -> impl IndexedParallelIterator<Item = Stories> {
        self.stories.par_chunks(STORIES).map(Stories::of)
    }

    /// All but stories and titles, to be kept.
    #[must_use]
    pub fn snapshot_of_rest(&self) -> Rest {
        let mut rest = Rest {
            categories: self.categories.clone(),
            authors: self.authors.clone(),
            tags: self.tags.clone(),
            pages: self.pages.clone(),
            paths: Vec::new(),
            most_read: self.most_read.clone(),
            pinned: self.pinned.clone(),
            expired: self.expired.iter().map(|over| (over.article.slot, over.route.clone())).collect(),
            corrections: self.corrections.clone(),
            unpublished: self.unpublished,
            withheld: self.withheld.articles.iter().map(|article| article.slot).collect(),
            withheld_pages: self.withheld.pages.clone(),
        };
        rest.paths = rest.texts().map(|prose| prose.path.clone()).collect();
        rest
    }

    /// The archive of a snapshot, still without related stories: `relations` is what is remembered of them. `None` when the
    /// pieces do not belong together.
    #[must_use]
    pub fn of_snapshot(
        stories: Vec<Stories>,
        titles: Titles,
        mut rest: Rest,
        relations: Memory,
        find: &Find<'_>,
    ) -> Option<Self> {
        let paths = std::mem::take(&mut rest.paths);
        if paths.len() != rest.texts().count() {
            return None;
        }
        for (prose, path) in rest.texts().zip(paths) {
            prose.path = path;
        }
        let runs = stories.into_par_iter().map(|run| run.stories(find)).collect::<Option<Vec<_>>>()?;
        let stories: Vec<Story> = runs.into_iter().flatten().collect();
        let keys = |keys: &mut dyn Iterator<Item = u64>| keys.fold(0, u64::wrapping_add);
        let same = relations.keys().len() == stories.len()
            && keys(&mut relations.keys().iter().copied())
                == keys(&mut stories.iter().map(|story| story.key));
        let expired =
            rest.expired.into_iter().map(|(slot, route)| Some(Expired { article: find(slot)?, route }));
        let withheld = rest.withheld.into_iter().map(find).collect::<Option<_>>()?;
        let marks = stories.par_iter().map(|story| (story.mark, story.article.headline)).collect();
        same.then_some(Self {
            stories,
            categories: rest.categories,
            authors: rest.authors,
            tags: rest.tags,
            pages: rest.pages,
            titles: Arc::new(titles),
            most_read: rest.most_read,
            pinned: rest.pinned,
            expired: expired.collect::<Option<_>>()?,
            corrections: rest.corrections,
            unpublished: rest.unpublished,
            withheld: Arc::new(Withheld { articles: withheld, pages: rest.withheld_pages }),
            relations,
            marks,
        })
    }
}

impl Stories {
    fn of(stories: &[Story]) -> Self {
        let mut run = Self::default();
        for story in stories {
            run.slots.push(story.article.slot);
            run.routes.push(story.route.clone());
            run.marks.push(story.mark);
            run.keys.push(story.key);
            run.categories.push(u32::try_from(story.category).expect("categories have 32 bits"));
            run.authors.push(story.authors.iter().copied());
            run.tags.push(story.tags.iter().copied());
            run.views.push(story.views);
            run.pinned.push(story.pinned.iter().map(|id| id.index()));
            run.corrected.push(u32::try_from(story.corrected).expect("corrections have 32 bits"));
        }
        run
    }

    fn stories(self, find: &Find<'_>) -> Option<Vec<Story>> {
        let indices = |rows: &Rows, at: usize| -> Option<Vec<usize>> {
            Some(rows.get(at)?.iter().map(|index| *index as usize).collect())
        };
        let story = |(at, route): (usize, Route)| {
            Some(Story {
                article: find(*self.slots.get(at)?)?,
                route,
                mark: *self.marks.get(at)?,
                key: *self.keys.get(at)?,
                category: *self.categories.get(at)? as usize,
                authors: indices(&self.authors, at)?,
                tags: indices(&self.tags, at)?,
                views: *self.views.get(at)?,
                pinned: self.pinned.get(at)?.iter().map(|index| StoryId::new(*index as usize)).collect(),
                related: Vec::new(),
                corrected: *self.corrected.get(at)? as usize,
            })
        };
        self.routes.into_iter().enumerate().map(story).collect()
    }
}

impl Rest {
    /// The texts of all records and pages.
    fn texts(&mut self) -> impl Iterator<Item = &mut Prose> {
        let categories =
            self.categories.iter_mut().filter_map(|group| Some(&mut group.record.as_mut()?.prose));
        let authors = self.authors.iter_mut().filter_map(|group| Some(&mut group.record.as_mut()?.prose));
        let pages = self.pages.iter_mut().chain(&mut self.withheld_pages).map(|page| &mut page.prose);
        categories.chain(authors).chain(pages)
    }
}
