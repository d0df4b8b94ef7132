//! Bringing the index up to date: which blocks and segments are no longer what they were, and making those.
//!
//! How a segment becomes files is not known here.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::lexicon::{Entry, Lexicon};
use super::list::coarse;
use super::shards::{Stock, shards};
use super::{Block, File, Fresh, Index, NAMES, Notes, Segment, SegmentNotes, Shelf, StoryNotes, marks, story};
use crate::archive::Archive;
use crate::archive::stories::key;
use crate::fingerprint::{Digest, DigestMap, Fingerprint};

/// Of two to the power of so many stories, one begins the segment of what is young, and one that of the newest.
const YOUNG: u32 = 13;
const NEWEST: u32 = 9;

/// The binary digits of the average length that count.
const AVERAGE_DIGITS: u32 = 4;

impl Index {
    /// Makes the index of the published stories, as far as it is not remembered. `fresh` has the words of stories that
    /// were read now.
    ///
    /// # Errors
    ///
    /// When words are lost and cannot be read again, or cannot be kept.
    pub fn build(
        archive: &Archive,
        lexicon: Lexicon,
        fresh: Fresh,
        before: Notes,
        shelf: &dyn Shelf,
    ) -> anyhow::Result<Self> {
        let mut update = Update { archive, lexicon, fresh, before, shelf, places: DigestMap::default(), opened: HashMap::new() };
        let stories = update.stories()?;
        let words: u64 = stories.iter().map(|story| u64::from(story.length)).sum();
        let average = u32::try_from(words / (stories.len() as u64).max(1)).unwrap_or(u32::MAX);
        let mut notes = Notes { average: coarse(average, AVERAGE_DIGITS), stories, ..Notes::default() };
        let mut segments = Vec::new();
        for (name, stories) in cut(&notes.stories) {
            segments.push(update.segment(name, stories, &mut notes)?);
        }
        Ok(Self { segments, notes, lexicon: update.lexicon })
    }
}

/// An index on its way from one state to the next.
struct Update<'a> {
    archive: &'a Archive,
    lexicon: Lexicon,
    fresh: Fresh,
    before: Notes,
    shelf: &'a dyn Shelf,
    /// For each story of before, its block and place, and the digest of its file; filled when first asked for.
    places: DigestMap<(usize, usize, u64)>,
    /// Blocks of before that were opened, by number.
    opened: HashMap<usize, Vec<Entry>>,
}

impl Update<'_> {
    /// All stories from the oldest, with the words of those that are neither fresh nor remembered read once more.
    fn stories(&mut self) -> anyhow::Result<Vec<StoryNotes>> {
        let count = self.archive.stories().len();
        let remembered: DigestMap<&StoryNotes> =
            self.before.stories.iter().map(|story| (story.key, story)).collect();
        let noted: Vec<(StoryNotes, Option<Entry>)> = (0..count)
            .into_par_iter()
            .map_init(Digest::new, |digest, number| {
                let story = story(self.archive, number);
                marks(self.archive, story).iter().for_each(|mark| _ = digest.text(mark));
                let prose = &story.article.prose;
                let (key, text, marks) = (key(&prose.path), prose.fingerprint.half(), digest.finish());
                let notes = |length| StoryNotes { key, text, marks, length };
                if let Some(entry) = self.fresh.get(&key) {
                    return Ok((notes(entry.length()), None));
                }
                if let Some(same) = remembered.get(&key).filter(|story| story.text == text) {
                    return Ok((notes(same.length), None));
                }
                let entry = self.lexicon.entry(&self.shelf.vocabulary(story)?);
                Ok((notes(entry.length()), Some(entry)))
            })
            .collect::<anyhow::Result<_>>()?;
        let mut all = Vec::with_capacity(count);
        for (notes, entry) in noted {
            if let Some(entry) = entry {
                self.fresh.insert(notes.key, entry);
            }
            all.push(notes);
        }
        Ok(all)
    }

    /// One segment, and the notes on it.
    fn segment(&mut self, name: u8, stories: Range<usize>, notes: &mut Notes) -> anyhow::Result<Segment> {
        let members = &notes.stories[stories.clone()];
        let mut digest = Digest::new();
        members.iter().for_each(|story| _ = digest.number(story.key));
        let stamp = (digest.finish() & 0xffff_ffff) as u32;
        let blocks = self.blocks(&notes.stories, stories.clone())?;
        let same = (self.before.average == notes.average).then(|| self.same(name, members)).flatten();
        let (shards, files) = match same {
            Some(same) => {
                let file = |&(shard, list, digest)| File { shard, list, digest, bytes: OnceLock::new() };
                (same.shards, same.files.iter().map(file).collect())
            }
            None => self.files(stories.clone(), &blocks, stamp, notes.average)?,
        };
        notes.blocks.extend(blocks.into_iter().map(|block| (block.count, block.name)));
        notes.segments.push(SegmentNotes {
            name,
            stories: u32::try_from(stories.len()).expect("stories are counted in 32 bits"),
            shards,
            files: files.iter().map(|file: &File| (file.shard, file.list, file.digest)).collect(),
        });
        let years = self.years(stories.clone());
        Ok(Segment { name: NAMES[usize::from(name)], stories, stamp, shards, years, files })
    }

    /// The years of some stories, each with the place of its first one among them.
    fn years(&self, stories: Range<usize>) -> Vec<(i16, u32)> {
        let mut years: Vec<(i16, u32)> = Vec::new();
        for (place, number) in (0..).zip(stories) {
            let year = story(self.archive, number).article.date.year();
            if years.last().is_none_or(|(last, _)| *last < year) {
                years.push((year, place));
            }
        }
        years
    }

    /// The files of a segment, made anew.
    fn files(
        &self,
        stories: Range<usize>,
        blocks: &[NewBlock],
        stamp: u32,
        average: u32,
    ) -> anyhow::Result<(u32, Vec<File>)> {
        let mut entries = Vec::with_capacity(stories.len());
        let mut start = stories.start;
        for block in blocks {
            let stories = start..start + block.count as usize;
            start = stories.end;
            match &block.entries {
                Some(made) => entries.extend(made.iter().cloned()),
                None => entries.extend(self.kept(&block.name, stories)?),
            }
        }
        let marks: Vec<Vec<u32>> = stories
            .map(|number| {
                let marks = marks(self.archive, story(self.archive, number));
                marks.iter().map(|mark| self.lexicon.number(mark)).collect()
            })
            .collect();
        let words = self.lexicon.words();
        let stock = Stock { entries: &entries, marks: &marks, words: &words, average, stamp };
        let (made, shards) = shards(&stock);
        let file = |made: super::shards::Shard| File {
            shard: made.number,
            list: made.list,
            digest: Fingerprint::of(&made.bytes),
            bytes: OnceLock::from(made.bytes),
        };
        Ok((shards, made.into_iter().map(file).collect()))
    }

    fn kept(&self, name: &str, stories: Range<usize>) -> anyhow::Result<Vec<Entry>> {
        let (archive, lexicon, shelf) = (self.archive, &self.lexicon, self.shelf);
        Block { name, stories, archive, lexicon, shelf }.entries()
    }

    /// The segment of before with the same name, when it holds the same.
    fn same(&self, name: u8, members: &[StoryNotes]) -> Option<&SegmentNotes> {
        let mut start = 0;
        for segment in &self.before.segments {
            let end = start + segment.stories as usize;
            if segment.name == name {
                return (self.before.stories.get(start..end)? == members).then_some(segment);
            }
            start = end;
        }
        None
    }

    /// The blocks of a segment; those that are not as they were are kept anew.
    fn blocks(&mut self, all: &[StoryNotes], stories: Range<usize>) -> anyhow::Result<Vec<NewBlock>> {
        let starts = stories.clone().filter(|at| *at == stories.start || begins(&all[*at], NEWEST));
        let starts: Vec<usize> = starts.chain([stories.end]).collect();
        let old = self.old_blocks();
        let mut blocks = Vec::new();
        for range in starts.windows(2) {
            let members = &all[range[0]..range[1]];
            let count = u32::try_from(members.len()).expect("stories are counted in 32 bits");
            let same = old.get(&members[0].key).filter(|(number, start)| {
                let before = self.before.stories.iter().skip(*start);
                let same = |(old, new): (&StoryNotes, &StoryNotes)| (old.key, old.text) == (new.key, new.text);
                self.before.blocks[*number].0 == count && before.zip(members).all(same)
            });
            blocks.push(match same {
                Some((number, _)) => {
                    NewBlock { count, name: self.before.blocks[*number].1.clone(), entries: None }
                }
                None => {
                    let entries = self.gather(members, range[0])?;
                    NewBlock { count, name: String::new(), entries: Some(entries) }
                }
            });
        }
        blocks.par_iter_mut().try_for_each(|block| {
            if let Some(entries) = &block.entries {
                block.name = self.shelf.keep(&Entry::to_bytes(entries.iter()))?;
            }
            anyhow::Ok(())
        })?;
        Ok(blocks)
    }

    /// The blocks of before by the keys of their first stories: each with its number and where it starts.
    fn old_blocks(&self) -> DigestMap<(usize, usize)> {
        let mut start = 0;
        let mut blocks = DigestMap::default();
        for (number, (count, _)) in self.before.blocks.iter().enumerate() {
            if let Some(first) = self.before.stories.get(start) {
                blocks.insert(first.key, (number, start));
            }
            start += *count as usize;
        }
        blocks
    }

    /// The words of some stories: those that were read now, and those in the blocks of before.
    fn gather(&mut self, members: &[StoryNotes], first: usize) -> anyhow::Result<Vec<Entry>> {
        let mut entries = Vec::with_capacity(members.len());
        for (number, member) in (first..).zip(members) {
            let entry = match self.fresh.remove(&member.key) {
                Some(fresh) => Some(fresh),
                None => self.remembered(member),
            };
            entries.push(match entry {
                Some(entry) => entry,
                None => {
                    let words = self.shelf.vocabulary(story(self.archive, number))?;
                    self.lexicon.entry(&words)
                }
            });
        }
        Ok(entries)
    }

    /// The words of a story in the blocks of before.
    fn remembered(&mut self, member: &StoryNotes) -> Option<Entry> {
        if self.places.is_empty() {
            let mut rest = self.before.stories.iter();
            for (number, (count, _)) in self.before.blocks.iter().enumerate() {
                let members = rest.by_ref().take(*count as usize);
                self.places.extend(members.enumerate().map(|(at, story)| (story.key, (number, at, story.text))));
            }
        }
        let &(number, at, text) = self.places.get(&member.key)?;
        let before = &self.before;
        let block = self.opened.entry(number).or_insert_with(|| {
            let (count, name) = &before.blocks[number];
            let kept = self.shelf.block(name).and_then(|bytes| Entry::all(&bytes)).unwrap_or_default();
            if kept.len() == *count as usize { kept } else { Vec::new() }
        });
        block.get(at).filter(|_| text == member.text).cloned()
    }
}

/// A block of stories; it has their words when it was made anew.
struct NewBlock {
    count: u32,
    name: String,
    entries: Option<Vec<Entry>>,
}

/// Cuts the row of all stories into segments: the number of the name of each, and its stories.
fn cut(stories: &[StoryNotes]) -> Vec<(u8, Range<usize>)> {
    let last = |from: usize, power| (from..stories.len()).rev().find(|at| begins(&stories[*at], power));
    let young = last(0, YOUNG).unwrap_or(0);
    let newest = last(young, NEWEST).unwrap_or(young);
    let all = [(0, 0..young), (1, young..newest), (2, newest..stories.len())];
    all.into_iter().filter(|(_, stories)| !stories.is_empty()).collect()
}

/// Whether something begins with a story: with one of two to the power of so many.
fn begins(story: &StoryNotes, power: u32) -> bool {
    story.key.trailing_zeros() >= power
}
