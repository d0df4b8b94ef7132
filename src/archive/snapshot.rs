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
use super::links::headlines::Headlines;
use super::related::memory::Memory;
use super::stories::{Story, StoryId};
use super::{Archive, Unpublished, Withheld, also_read};
use crate::content::on_file::OnFile;
use crate::content::prose::Prose;
use crate::content::records::StandingPage;
use crate::date::Moment;
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

    /// Puts a row in at a place.
    fn insert(&mut self, at: usize, row: &(impl Iterator<Item = usize> + Clone)) {
        let old = std::mem::take(self);
        for place in 0..=old.ends.len() {
            if place == at {
                self.push(row.clone());
            }
            if let Some(row) = old.get(place) {
                self.push(row.iter().map(|number| *number as usize));
            }
        }
    }

    /// Gives every story another number.
    fn renumber(&mut self, number: impl Fn(usize) -> usize) {
        for story in &mut self.all {
            *story = u32::try_from(number(*story as usize)).expect("stories have 32 bits");
        }
    }

    fn set(&mut self, at: usize, row: &(impl Iterator<Item = usize> + Clone)) {
        let old = std::mem::take(self);
        for place in 0..old.ends.len() {
            if place == at {
                self.push(row.clone());
            } else {
                self.push(old.get(place).unwrap_or(&[]).iter().map(|number| *number as usize));
            }
        }
    }
}

/// A run of stories, without their articles and related stories.
#[derive(Default, Encode, Decode)]
pub struct Stories {
    /// The number of each one's file.
    slots: Vec<u32>,
    routes: Vec<Route>,
    marks: Vec<u64>,
    headlines: Vec<u64>,
    keys: Vec<u64>,
    /// When each was published.
    dates: Vec<Moment>,
    categories: Vec<u32>,
    authors: Rows,
    tags: Rows,
    views: Vec<Option<u64>>,
    pinned: Rows,
    corrected: Vec<u32>,
    modified: Vec<Moment>,
    /// The stories that each one links or pins.
    leads_to: Rows,
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
pub type Find<'a> = dyn Fn(u32) -> OnFile + Sync + 'a;

/// What the stories of a snapshot are compared by besides their texts.
#[derive(Default)]
pub struct Compared {
    /// When each was published.
    pub dates: Vec<Moment>,
    /// For each story the keys of those that it links or pins.
    pub excluded: Vec<Vec<u64>>,
    /// The places of the stories that link or pin others than when they were compared last.
    pub led: Vec<usize>,
}

impl Archive {
    /// The stories in runs, to be kept.
    #[must_use]
    pub fn snapshot_of_stories(&self) -> impl IndexedParallelIterator<Item = Stories> {
        let of = |stories: &[Story]| {
            let mut run = Stories::of(stories);
            for story in stories {
                run.leads_to.push(also_read::leads_to(story, &self.titles).map(StoryId::index));
            }
            run
        };
        self.stories.par_chunks(STORIES).map(of)
    }

    /// The headlines of the same runs, to be kept.
    #[must_use]
    pub fn snapshot_of_headlines(&self) -> impl IndexedParallelIterator<Item = Headlines> {
        let runs = self.stories.par_chunks(STORIES);
        runs.map(|stories| stories.iter().map(|story| &*story.article.title).collect())
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
            expired: self.expired.iter().map(|over| (over.article.slot(), over.route.clone())).collect(),
            corrections: self.corrections.clone(),
            unpublished: self.unpublished,
            withheld: self.withheld.articles.iter().map(OnFile::slot).collect(),
            withheld_pages: self.withheld.pages.clone(),
        };
        rest.paths = rest.texts().map(|prose| prose.path.clone()).collect();
        rest
    }

    /// The archive of a snapshot, still without related stories, and what these are compared by: `relations` is what is
    /// remembered of them. `None` when the pieces do not belong together.
    #[must_use]
    pub fn of_snapshot(
        runs: &[Stories],
        titles: Titles,
        mut rest: Rest,
        relations: Memory,
        find: &Find<'_>,
    ) -> Option<(Self, Compared)> {
        let paths = std::mem::take(&mut rest.paths);
        if paths.len() != rest.texts().count() {
            return None;
        }
        for (prose, path) in rest.texts().zip(paths) {
            prose.path = path;
        }
        let stories = runs.par_iter().map(|run| run.stories(find)).collect::<Option<Vec<_>>>()?;
        let stories: Vec<Story> = stories.into_iter().flatten().collect();
        let sum = |keys: &mut dyn Iterator<Item = u64>| keys.fold(0, u64::wrapping_add);
        let remembered = sum(&mut relations.keys().iter().copied());
        if relations.keys().len() != stories.len()
            || remembered != sum(&mut stories.iter().map(|story| story.key))
        {
            return None;
        }
        let excluded = runs.par_iter().map(|run| run.excluded(&stories)).collect::<Option<Vec<_>>>()?;
        let compared = Compared {
            dates: runs.iter().flat_map(|run| run.dates.iter().copied()).collect(),
            excluded: excluded.into_iter().flatten().collect(),
            led: Vec::new(),
        };
        let headlines = runs.iter().flat_map(|run| run.headlines.iter().copied());
        let marks = stories.iter().map(|story| story.mark).zip(headlines).collect();
        let expired = |(slot, route): (u32, Route)| Expired { article: find(slot), route };
        let archive = Self {
            stories,
            categories: rest.categories,
            authors: rest.authors,
            tags: rest.tags,
            pages: rest.pages,
            titles: Arc::new(titles),
            most_read: rest.most_read,
            pinned: rest.pinned,
            expired: rest.expired.into_iter().map(expired).collect(),
            corrections: rest.corrections,
            unpublished: rest.unpublished,
            withheld: Arc::new(Withheld {
                articles: rest.withheld.into_iter().map(find).collect(),
                pages: rest.withheld_pages,
            }),
            relations,
            marks,
        };
        Some((archive, compared))
    }
}

impl Stories {
    fn of(stories: &[Story]) -> Self {
        let mut run = Self::default();
        for story in stories {
            run.slots.push(story.article.slot());
            run.routes.push(story.route.clone());
            run.marks.push(story.mark);
            run.headlines.push(story.article.headline);
            run.keys.push(story.key);
            run.dates.push(story.article.date);
            run.categories.push(u32::try_from(story.category).expect("categories have 32 bits"));
            run.authors.push(story.authors.iter().copied());
            run.tags.push(story.tags.iter().copied());
            run.views.push(story.views);
            run.pinned.push(story.pinned.iter().map(|id| id.index()));
            run.corrected.push(u32::try_from(story.corrected).expect("corrections have 32 bits"));
            run.modified.push(story.modified);
        }
        run
    }

    fn stories(&self, find: &Find<'_>) -> Option<Vec<Story>> {
        let indices = |rows: &Rows, at: usize| -> Option<Vec<usize>> {
            Some(rows.get(at)?.iter().map(|index| *index as usize).collect())
        };
        let story = |(at, route): (usize, &Route)| {
            Some(Story {
                article: find(*self.slots.get(at)?),
                route: route.clone(),
                mark: *self.marks.get(at)?,
                key: *self.keys.get(at)?,
                category: *self.categories.get(at)? as usize,
                authors: indices(&self.authors, at)?,
                tags: indices(&self.tags, at)?,
                views: *self.views.get(at)?,
                pinned: self.pinned.get(at)?.iter().map(|index| StoryId::new(*index as usize)).collect(),
                related: Vec::new(),
                corrected: *self.corrected.get(at)? as usize,
                modified: *self.modified.get(at)?,
            })
        };
        self.routes.iter().enumerate().map(story).collect()
    }

    /// How many stories stand in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether none does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Notes what a story is called now, and where it is published.
    pub fn rename(&mut self, at: usize, story: &Story) {
        self.routes[at] = story.route.clone();
        self.marks[at] = story.mark;
        self.headlines[at] = story.article.headline;
    }

    /// Gives all stories other numbers, because another one has come.
    pub fn renumber(&mut self, number: impl Fn(usize) -> usize + Copy) {
        self.pinned.renumber(number);
        self.leads_to.renumber(number);
    }

    /// Takes a story in at a place.
    ///
    /// # Panics
    ///
    /// With more groups or corrections than 32 bits count.
    pub fn insert(&mut self, at: usize, story: &Story, to: &[StoryId]) {
        let number = |index: usize| u32::try_from(index).expect("groups and corrections have 32 bits");
        self.slots.insert(at, story.article.slot());
        self.routes.insert(at, story.route.clone());
        self.marks.insert(at, story.mark);
        self.headlines.insert(at, story.article.headline);
        self.keys.insert(at, story.key);
        self.dates.insert(at, story.article.date);
        self.categories.insert(at, number(story.category));
        self.authors.insert(at, &story.authors.iter().copied());
        self.tags.insert(at, &story.tags.iter().copied());
        self.views.insert(at, story.views);
        self.pinned.insert(at, &story.pinned.iter().map(|id| id.index()));
        self.corrected.insert(at, number(story.corrected));
        self.modified.insert(at, story.modified);
        self.leads_to.insert(at, &to.iter().map(|id| id.index()));
    }

    /// The stories that link or pin one of `stories`, each as the place in the run.
    pub fn leading_to<'a>(&'a self, stories: &'a [StoryId]) -> impl Iterator<Item = usize> + 'a {
        let is_one = |number: &u32| stories.iter().any(|id| id.index() == *number as usize);
        (0..self.len()).filter(move |at| self.leads_to.get(*at).is_some_and(|row| row.iter().any(is_one)))
    }

    /// Notes which stories one links or pins; tells whether these are others than before.
    pub fn lead(&mut self, at: usize, to: &[StoryId]) -> bool {
        let now = to.iter().map(|id| id.index());
        let is_same =
            self.leads_to.get(at).is_some_and(|row| now.clone().eq(row.iter().map(|n| *n as usize)));
        if !is_same {
            self.leads_to.set(at, &now);
        }
        !is_same
    }

    /// For each story the keys of those that it links or pins.
    fn excluded(&self, all: &[Story]) -> Option<Vec<Vec<u64>>> {
        let key = |index: &u32| all.get(*index as usize).map(|story| story.key);
        (0..self.slots.len()).map(|at| self.leads_to.get(at)?.iter().map(key).collect()).collect()
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
