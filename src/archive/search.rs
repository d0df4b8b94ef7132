//! The search index: for each word, the articles that have it, in files that the search page's script loads as it needs
//! them.
//!
//! Stories are numbered from the oldest, and the row of them is cut into four segments: the archive, and what has been
//! published since in ever shorter runs. A new story is the last one of the last segment, which has a few dozen; now and
//! then it closes a segment, which the next older one takes in. Where the row is cut depends on the stories' own
//! keys, so that the same stories make the same files, whatever their history. No file holds anything that depends on
//! all stories, and none but the segment's lengths depends on how long a story is: an edit changes the lists of the
//! words that it changes.
//!
//! The words of the stories are kept between builds, in blocks of stories; only blocks and segments that an edit
//! touches are made again. Nothing large stays in memory: words and files go to the shelf.

mod amend;
pub mod lexicon;
pub mod list;
mod published;
pub mod shards;
#[cfg(test)]
mod tests;
mod update;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use bitcode::{Decode, Encode};
use rayon::prelude::*;

pub use self::amend::Edited;
use self::lexicon::{Entries, Lexicon};
use self::shards::{Shard, Stock};
use super::Archive;
use super::stories::{Story, StoryId};
use crate::content::vocabulary::Vocabulary;
use crate::fingerprint::{DigestMap, Fingerprint};

/// How many stories one file of teasers holds.
pub const TEASERS: usize = 5;

/// The names of the segments, oldest first.
pub const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// The number of the file that has the lengths of a segment's stories.
pub const LENGTHS: u32 = u32::MAX;

/// Where the words of stories are kept between builds, and read again when they were lost; and where the files of the
/// index are until they are published.
pub trait Shelf: Sync {
    /// Shows a block that was kept; `None` when it is lost.
    fn look(&self, name: &str, look: &mut dyn FnMut(&[u8])) -> Option<()>;

    /// Keeps a block and tells its name.
    ///
    /// # Errors
    ///
    /// When it cannot be kept.
    fn keep(&self, block: &[u8]) -> anyhow::Result<String>;

    /// The words of a story that was read in this build, by its key, as `Entry::bytes`; `None` when they are lost.
    fn fresh(&self, key: u64) -> Option<Vec<u8>>;

    /// The words of a story, from its text.
    ///
    /// # Errors
    ///
    /// When the text cannot be read, or has changed.
    fn vocabulary(&self, story: &Story) -> anyhow::Result<Vocabulary>;

    /// The bytes of a file of the index as it is published; `None` when it is lost or not what it was.
    fn published(&self, segment: &str, file: &(u32, u32, Fingerprint)) -> Option<Vec<u8>>;

    /// Puts a file of the index aside under its digest, and tells whether there was room.
    fn put(&self, digest: Fingerprint, file: &[u8]) -> bool;
}

/// What is known of stories without a look at their articles.
pub trait Told: Sync {
    /// The digest of a story's file.
    fn text(&self, id: StoryId) -> u64;

    /// The year in which it was published.
    fn year(&self, id: StoryId) -> i16;
}

impl Told for Archive {
    fn text(&self, id: StoryId) -> u64 {
        self.story(id).article.prose.fingerprint.half()
    }

    fn year(&self, id: StoryId) -> i16 {
        self.story(id).article.date.year()
    }
}

/// What is remembered of the index.
#[derive(Clone, Debug, Default, Encode, Decode)]
pub struct Notes {
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
    stamp: u32,
    /// The years of its stories, each with the place of its first one among them.
    years: Vec<(i16, u32)>,
    /// The sizes of its shards.
    sizes: Vec<u32>,
    /// Number, list and digest of each file.
    files: Vec<(u32, u32, Fingerprint)>,
}

/// The lengths of the stories that were read in this build, by key.
pub type Fresh = DigestMap<u32>;

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
        Self { shard, list, digest, bytes: Mutex::default(), is_made: AtomicBool::new(false) }
    }

    /// A file that was made, and put aside if there is room.
    fn made((shard, list): (u32, u32), bytes: Vec<u8>, shelf: &dyn Shelf) -> Self {
        let digest = Fingerprint::of(&bytes);
        let bytes = if shelf.put(digest, &bytes) { None } else { Some(bytes) };
        Self { shard, list, digest, bytes: Mutex::new(bytes), is_made: AtomicBool::new(true) }
    }

    /// Whether it was made in this run; else see [`Index::fill`].
    #[must_use]
    pub fn is_made(&self) -> bool {
        self.is_made.load(Ordering::Relaxed)
    }

    /// Takes its bytes, when it was made and there was no room to put them aside.
    #[must_use]
    pub fn take(&self) -> Option<Vec<u8>> {
        self.bytes().take()
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
    /// The number of its shard, or [`LENGTHS`].
    pub shard: u32,
    /// 0 for the shard itself, from 1 for lists of their own.
    pub list: u32,
    /// The digest of its bytes.
    pub digest: Fingerprint,
    bytes: Mutex<Option<Vec<u8>>>,
    is_made: AtomicBool,
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

    /// Makes the files of a segment that is as it was, because they are needed and nobody has them any more.
    ///
    /// # Errors
    ///
    /// When words are lost and cannot be read again.
    pub fn fill(&self, number: usize, archive: &Archive, desk: &dyn Shelf) -> anyhow::Result<()> {
        let segment = &self.segments[number];
        let mut start = 0;
        let blocks = self.notes.blocks.iter().map(|(count, name)| {
            let stories = start..start + *count as usize;
            start = stories.end;
            (name.as_str(), stories)
        });
        let blocks = blocks.filter(|(_, stories)| segment.stories.contains(&stories.start)).collect();
        let segment_stock =
            SegmentStock { archive, lexicon: &self.lexicon, shelf: desk, blocks, stamp: segment.stamp };
        let made = segment_stock.with(|stock| {
            let keep = |shard: Shard| File::made((shard.number, shard.list), shard.bytes, desk);
            stock.shards(&keep)
        })?;
        for (file, made) in segment.files.iter().zip(made.files) {
            *file.bytes() = made.take();
            file.is_made.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Where everything is that the shards of a segment are made of.
struct SegmentStock<'a> {
    archive: &'a Archive,
    lexicon: &'a Lexicon,
    shelf: &'a dyn Shelf,
    /// The names of its blocks, each with its stories.
    blocks: Vec<(&'a str, Range<usize>)>,
    stamp: u32,
}

impl SegmentStock<'_> {
    /// Does something with the stock, once all blocks are there.
    fn with<T>(&self, act: impl FnOnce(&Stock<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        self.blocks.par_iter().try_for_each(|(name, stories)| self.bring_back(name, stories.clone()))?;
        let start = self.blocks.first().map_or(0, |(_, stories)| stories.start);
        let end = self.blocks.last().map_or(0, |(_, stories)| stories.end);
        let numbers = |number| {
            let marks = marks(self.archive, story(self.archive, number));
            marks.iter().map(|mark| self.lexicon.number(mark)).collect()
        };
        let marks: Vec<Vec<u32>> = (start..end).into_par_iter().map(numbers).collect();
        let look = |name: &str, look: &mut dyn FnMut(&[u8])| {
            self.shelf.look(name, look).with_context(|| format!("the search index's notes `{name}` are gone"))
        };
        let place =
            |stories: &Range<usize>| u32::try_from(stories.start - start).expect("stories have 32 bits");
        let blocks = self.blocks.iter().map(|(name, stories)| (place(stories), *name)).collect();
        let words = self.lexicon.words();
        act(&Stock { blocks, look: &look, marks, words: &words, stamp: self.stamp })
    }

    /// Makes a block again from the texts of its stories, if it is lost.
    fn bring_back(&self, name: &str, stories: Range<usize>) -> anyhow::Result<()> {
        let mut count = 0;
        let found = self.shelf.look(name, &mut |block| count = Entries::of(block).count());
        if found.is_some() && count == stories.len() {
            return Ok(());
        }
        let mut block = Vec::new();
        for number in stories {
            let words = self.shelf.vocabulary(story(self.archive, number))?;
            self.lexicon.entry(&words).join(&mut block);
        }
        let made = self.shelf.keep(&block)?;
        anyhow::ensure!(made == name, "the search index's notes `{name}` do not come back");
        Ok(())
    }
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
