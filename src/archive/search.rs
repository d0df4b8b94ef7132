//! The search index: for each word, the articles that have it, in files that the search page's script loads as it needs
//! them.
//!
//! Stories are numbered from the oldest, and the row of them is cut into three segments: the archive, what has
//! been published since, and the newest. A new story is the last one of the last segment, which is small; an edit changes
//! the lists of the words that it changes. Where the row is cut depends on the stories' own keys, so that the same
//! stories make the same files, whatever their history. No file holds a sum over all stories: what ranks a
//! story depends on itself and on the average length of all, in coarse steps.
//!
//! The words of the stories are kept between builds, in blocks of stories; only blocks and segments that an edit
//! touches are made again.

pub mod lexicon;
pub mod list;
pub mod shards;
#[cfg(test)]
mod tests;
mod update;

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bitcode::{Decode, Encode};
use rayon::prelude::*;

use self::lexicon::{Entry, Lexicon};
use self::shards::Stock;
use super::Archive;
use super::stories::{Story, StoryId};
use crate::content::vocabulary::Vocabulary;
use crate::fingerprint::{DigestMap, Fingerprint};

/// How many stories one file of teasers holds.
pub const TEASERS: usize = 8;

/// The names of the segments, oldest first.
pub const NAMES: [&str; 3] = ["a", "b", "c"];

/// Where the words of stories are kept between builds, and read again when they were lost.
pub trait Shelf: Sync {
    /// A block that was kept; `None` when it is lost.
    fn block(&self, name: &str) -> Option<Vec<u8>>;

    /// Keeps a block and tells its name.
    ///
    /// # Errors
    ///
    /// When it cannot be kept.
    fn keep(&self, block: &[u8]) -> anyhow::Result<String>;

    /// The words of a story, from its text.
    ///
    /// # Errors
    ///
    /// When the text cannot be read, or has changed.
    fn vocabulary(&self, story: &Story) -> anyhow::Result<Vocabulary>;
}

/// What is remembered of the index.
#[derive(Clone, Debug, Default, Encode, Decode)]
pub struct Notes {
    /// The average length, in the step it was in.
    average: u32,
    /// Every story, from the oldest.
    stories: Vec<StoryNotes>,
    /// How many stories each block holds, and its name.
    blocks: Vec<(u32, String)>,
    segments: Vec<SegmentNotes>,
}

impl Notes {
    /// The names of all blocks.
    pub fn blocks(&self) -> impl Iterator<Item = &str> {
        self.blocks.iter().map(|(_, name)| name.as_str())
    }
}

/// What is remembered of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
struct StoryNotes {
    key: u64,
    /// The digest of its file.
    text: u64,
    /// The digest of its marks.
    marks: u64,
    /// How many words it has.
    length: u32,
}

/// What is remembered of a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
struct SegmentNotes {
    name: u8,
    stories: u32,
    /// The sizes of its shards.
    sizes: Vec<u32>,
    /// Number, list and digest of each file.
    files: Vec<(u32, u32, Fingerprint)>,
}

/// The words of stories that were read in this build, by key.
pub type Fresh = DigestMap<Entry>;

/// The index as it is published.
#[derive(Default)]
pub struct Index {
    segments: Vec<Segment>,
    notes: Notes,
    lexicon: Lexicon,
}

/// A run of stories with its files.
pub struct Segment {
    /// Its name: one of [`NAMES`].
    pub name: &'static str,
    /// The stories by their numbers from the oldest.
    pub stories: Range<usize>,
    /// What tells one order of its stories from another.
    pub stamp: u32,
    /// How many shards it has.
    pub shards: u32,
    /// The years of its stories, each with the place of its first story in the segment.
    pub years: Vec<(i16, u32)>,
    /// Its files.
    pub files: Vec<File>,
}

impl File {
    /// A file that is as it was; nobody has its bytes at hand.
    fn kept(&(shard, list, digest): &(u32, u32, Fingerprint)) -> Self {
        Self { shard, list, digest, bytes: Mutex::default() }
    }

    fn bytes(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Segment {
    /// How many parts its teasers have.
    #[must_use]
    pub fn teasers(&self) -> usize {
        self.stories.len().div_ceil(TEASERS)
    }

    /// The stories of one part, by their numbers from the oldest.
    #[must_use]
    pub fn part(&self, part: usize) -> Range<usize> {
        let start = self.stories.end.min(self.stories.start + part * TEASERS);
        start..self.stories.end.min(start + TEASERS)
    }
}

/// A file of a segment.
pub struct File {
    /// The number of its shard.
    pub shard: u32,
    /// 0 for the shard itself, from 1 for lists of their own.
    pub list: u32,
    /// The digest of its bytes.
    pub digest: Fingerprint,
    bytes: Mutex<Option<Vec<u8>>>,
}

impl Index {
    /// The segments that have stories, oldest first.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// What to remember.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// All words, a line each, to remember.
    #[must_use]
    pub fn lexicon(&self) -> String {
        self.lexicon.to_lines()
    }

    /// Whether a file was made and not taken; else see [`Index::fill`].
    #[must_use]
    pub fn is_made(&self, segment: usize, file: usize) -> bool {
        self.segments[segment].files[file].bytes().is_some()
    }

    /// Takes the bytes of a file that was made: nobody needs them twice.
    #[must_use]
    pub fn take(&self, segment: usize, file: usize) -> Option<Vec<u8>> {
        self.segments[segment].files[file].bytes().take()
    }

    /// Makes the files of a segment that is as it was, because they are needed and nobody has them any more.
    ///
    /// # Errors
    ///
    /// When words are lost and cannot be read again.
    pub fn fill(&self, number: usize, archive: &Archive, kept: &dyn Shelf) -> anyhow::Result<()> {
        let segment = &self.segments[number];
        let mut start = 0;
        let blocks = self.notes.blocks.iter().map(|(count, name)| {
            let stories = start..start + *count as usize;
            start = stories.end;
            Block { name, stories, archive, lexicon: &self.lexicon, shelf: kept, made: None }
        });
        let entries = all(blocks.filter(|block| segment.stories.contains(&block.stories.start)).collect())?;
        let stories = segment.stories.clone().map(|number| story(archive, number));
        let marks: Vec<Vec<u32>> = stories
            .map(|story| marks(archive, story).iter().filter_map(|mark| self.lexicon.find(mark)).collect())
            .collect();
        let words = self.lexicon.words();
        let stamp = segment.stamp;
        let stock = Stock { entries, marks, words: &words, average: self.notes.average, stamp };
        for (file, shard) in segment.files.iter().zip(stock.shards().files) {
            *file.bytes() = Some(shard.bytes);
        }
        Ok(())
    }
}

/// A block of stories as it is kept.
struct Block<'a> {
    name: &'a str,
    stories: Range<usize>,
    archive: &'a Archive,
    lexicon: &'a Lexicon,
    shelf: &'a dyn Shelf,
    /// The words of its stories, when they are at hand.
    made: Option<Vec<Entry>>,
}

impl Block<'_> {
    /// The words of its stories, from the texts when the block is lost.
    fn entries(self) -> anyhow::Result<Vec<Entry>> {
        if let Some(made) = self.made {
            return Ok(made);
        }
        let kept = self.shelf.block(self.name).and_then(|bytes| Entry::all(&bytes));
        if let Some(entries) = kept.filter(|entries| entries.len() == self.stories.len()) {
            return Ok(entries);
        }
        let read = |number| Ok(self.lexicon.entry(&self.shelf.vocabulary(story(self.archive, number))?));
        self.stories.clone().into_par_iter().map(read).collect()
    }
}

/// The words of all stories of some blocks.
fn all(blocks: Vec<Block<'_>>) -> anyhow::Result<Vec<Entry>> {
    let entries: Vec<Vec<Entry>> =
        blocks.into_par_iter().map(Block::entries).collect::<anyhow::Result<_>>()?;
    Ok(entries.into_iter().flatten().collect())
}

/// The story with a number from the oldest.
#[must_use]
pub fn story(archive: &Archive, number: usize) -> &Story {
    &archive.stories()[archive.stories().len() - 1 - number]
}

/// The id of the story with a number from the oldest.
#[must_use]
pub fn id(archive: &Archive, number: usize) -> StoryId {
    StoryId::new(archive.stories().len() - 1 - number)
}

/// The words that mark a story, and that nobody can type: `c:` with its category's slug, `a:` with each author's.
/// Shards tell lengths in a byte: what is longer marks nothing.
fn marks(archive: &Archive, story: &Story) -> Vec<String> {
    let mut marks = vec![format!("c:{}", archive.categories()[story.category].slug.as_str())];
    marks.extend(story.authors.iter().map(|author| format!("a:{}", archive.authors()[*author].slug())));
    marks.retain(|mark| u8::try_from(mark.len()).is_ok());
    marks
}
