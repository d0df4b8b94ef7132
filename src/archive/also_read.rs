//! Also Read: each story's similar older stories, and why they are similar.
//!
//! Here stories become what is compared; how they are compared is not known here.

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::Archive;
use super::groups::{Author, Category};
use super::links::{Titles, Verdict};
use super::related::account::{self, Account};
use super::related::memory::Memory;
use super::related::{self, Candidate, Related};
use super::snapshot::Compared;
use super::stories::{Story, StoryId};
use crate::config::Config;
use crate::content::markdown::ReferenceKind;
use crate::content::sketch::Sketch;
use crate::content::term_rows::TermRows;

/// What stories are compared by, besides what they hold themselves.
struct Peers {
    /// For each story the keys of those that it links or pins.
    excluded: Vec<Vec<u64>>,
    /// The number of each category.
    categories: Vec<u64>,
    /// The numbers of each story's authors, one story after the other.
    authors: Vec<u64>,
}

impl Peers {
    fn of(stories: &[Story], titles: &Titles, categories: &[Category], authors: &[Author]) -> Self {
        let excluded = |story: &Story| leads_to(story, titles).map(|id| stories[id.index()].key).collect();
        Self::with(stories.par_iter().map(excluded).collect(), stories, categories, authors)
    }

    fn with(excluded: Vec<Vec<u64>>, stories: &[Story], categories: &[Category], authors: &[Author]) -> Self {
        let people: Vec<u64> = authors.iter().map(|author| number(author.route.as_str())).collect();
        Self {
            excluded,
            categories: categories.iter().map(|category| number(category.slug.as_str())).collect(),
            authors: stories.iter().flat_map(|story| &story.authors).map(|&author| people[author]).collect(),
        }
    }

    fn candidates<'a>(&'a self, stories: &'a [Story], terms: &'a TermRows) -> Vec<Candidate<'a>> {
        let own = |index: usize| (stories[index].article.date.unix(), stories[index].article.sketch);
        self.candidates_with(stories, terms, own)
    }

    /// `own` tells a story's instant and sketch.
    fn candidates_with<'a>(
        &'a self,
        stories: &'a [Story],
        terms: &'a TermRows,
        own: impl Fn(usize) -> (i64, Sketch),
    ) -> Vec<Candidate<'a>> {
        let mut left = &self.authors[..];
        let candidate = |(index, (story, exclude)): (usize, (&'a Story, &'a Vec<u64>))| {
            let authors;
            (authors, left) = left.split_at(story.authors.len());
            let (seconds, sketch) = own(index);
            Candidate {
                key: story.key,
                seconds,
                terms: terms.get(story.key),
                sketch,
                category: self.categories[story.category],
                authors,
                exclude,
            }
        };
        stories.iter().zip(&self.excluded).enumerate().map(candidate).collect()
    }
}

/// Finds each story's similar older stories: not itself, not pinned, not linked in its body.
pub(super) fn relate(
    stories: &mut [Story],
    titles: &Titles,
    (categories, authors): (&[Category], &[Author]),
    config: &Config,
    (terms, before): (TermRows, Option<Memory>),
) -> Memory {
    let peers = Peers::of(stories, titles, categories, authors);
    let found = related::relate(&peers.candidates(stories, &terms), config.also_read_count, before);
    show(stories, found, config)
}

/// Brings the related stories of a snapshot up to date after edits of texts: `edited` has the stories' places with their
/// sketches, and `terms` what those are about that are about something else. `None` when the memory is that of other
/// stories.
pub(super) fn amend(
    stories: &mut [Story],
    compared: Compared,
    (categories, authors): (&[Category], &[Author]),
    config: &Config,
    (edited, terms, before): (&[(usize, Sketch)], &TermRows, Memory),
) -> Option<Memory> {
    let Compared { dates, excluded, led } = compared;
    let peers = Peers::with(excluded, stories, categories, authors);
    let found = {
        let own = |index: usize| (dates[index].unix(), Sketch::default());
        let mut candidates = peers.candidates_with(stories, terms, own);
        related::amend::amend(&mut candidates, config.also_read_count, before, (edited, &led))?
    };
    Some(show(stories, found, config))
}

/// Gives stories their related ones, and what is to be remembered of them.
fn show(stories: &mut [Story], found: Related, config: &Config) -> Memory {
    stories.par_iter_mut().enumerate().for_each(|(index, story)| {
        let room = config.also_read_count.saturating_sub(story.pinned.len());
        story.related = found.list(index).take(room).map(|index| StoryId::new(index as usize)).collect();
    });
    found.into_memory()
}

/// The stories that one links in its text or pins.
pub(super) fn leads_to(story: &Story, titles: &Titles) -> impl Iterator<Item = StoryId> {
    let prose = &story.article.prose;
    let linked = prose.references.iter().zip(&prose.wanted).filter_map(|(reference, wanted)| {
        if reference.kind == ReferenceKind::Image {
            return None;
        }
        match titles.find(*wanted) {
            Verdict::Story(id) => Some(id),
            _ => None,
        }
    });
    linked.chain(story.pinned.iter().copied())
}

/// Why the related stories of one are related, best first.
#[must_use]
pub fn accounts(archive: &Archive, id: StoryId) -> Vec<(StoryId, Account)> {
    let peers = Peers::of(archive.stories(), archive.titles(), archive.categories(), archive.authors());
    let terms = TermRows::default();
    let candidates = peers.candidates(archive.stories(), &terms);
    let found = account::account(&candidates, id.index(), archive.relations()).unwrap_or_default();
    let shown = archive.story(id).related.len();
    found.into_iter().take(shown).map(|account| (StoryId::new(account.index), account)).collect()
}

fn number(name: &str) -> u64 {
    xxh3_64(name.as_bytes())
}
