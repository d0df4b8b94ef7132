//! Bringing the index up to date: which blocks and segments are no longer what they were, and making those.
//!
//! How a segment becomes files is not known here.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Mutex;

use rayon::prelude::*;

use super::lexicon::{Entry, Lexicon};
use super::list::{self, coarse};
use super::shards::{Shard, Stock, Touched};
use super::{
    Block, File, Fresh, Index, NAMES, Notes, Segment, SegmentNotes, Shelf, StoryNotes, all, marks, story,
};
use crate::archive::Archive;
use crate::content::names::path_digest;
use crate::fingerprint::{Digest, DigestMap, Fingerprint};

/// Of two to the power of so many stories, one begins the segment of what is young, and one that of the newest.
const YOUNG: u32 = if cfg!(test) { 6 } else { 13 };
const NEWEST: u32 = if cfg!(test) { 3 } else { 9 };

/// How many edited stories of a segment are looked at word by word.
const MOST_CHANGED: usize = 100;

/// The binary digits of the average length that count.
const AVERAGE_DIGITS: u32 = 5;

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
        let mut update = Update {
            archive,
            lexicon,
            fresh,
            before,
            shelf,
            places: DigestMap::default(),
            opened: HashMap::new(),
        };
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
                for mark in marks(self.archive, story) {
                    digest.text(&mark);
                }
                let prose = &story.article.prose;
                let (key, text, marks) =
                    (path_digest(&prose.path), prose.fingerprint.half(), digest.finish());
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
        for story in members {
            digest.number(story.key);
        }
        let stamp = (digest.finish() & 0xffff_ffff) as u32;
        let blocks = self.blocks(&notes.stories, stories.clone())?;
        notes.blocks.extend(blocks.iter().map(|block| (block.count, block.name.clone())));
        let before = if self.before.average == notes.average { self.alike(name, members) } else { None };
        let (sizes, files) = match before {
            Some((segment, changed)) if changed.is_empty() => {
                (segment.sizes.clone(), segment.files.iter().map(File::kept).collect())
            }
            before => {
                let touched = before.and_then(|(segment, changed)| {
                    let words = self.touched(members, &changed, &blocks)?;
                    Some((segment, Touched { sizes: &segment.sizes, words }))
                });
                let marks = self.marks(stories.clone());
                let entries = self.entries(stories.clone(), blocks)?;
                let words = self.lexicon.words();
                let stock = Stock { entries, marks, words: &words, average: notes.average, stamp };
                make(stock, touched)
            }
        };
        notes.segments.push(SegmentNotes {
            name,
            stories: u32::try_from(stories.len()).expect("stories are counted in 32 bits"),
            files: files.iter().map(|file| (file.shard, file.list, file.digest)).collect(),
            sizes,
        });
        let shards =
            u32::try_from(notes.segments.last().map_or(0, |segment| segment.sizes.len())).unwrap_or(0);
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

    /// The numbers of the marks of some stories.
    fn marks(&self, stories: Range<usize>) -> Vec<Vec<u32>> {
        let numbers = |number| {
            let marks = marks(self.archive, story(self.archive, number));
            marks.iter().map(|mark| self.lexicon.number(mark)).collect()
        };
        stories.map(numbers).collect()
    }

    /// The words of the stories of a segment.
    fn entries(&self, stories: Range<usize>, blocks: Vec<NewBlock>) -> anyhow::Result<Vec<Entry>> {
        let mut start = stories.start;
        let names: Vec<String> = blocks.iter().map(|block| block.name.clone()).collect();
        let blocks = blocks.into_iter().zip(&names).map(|(block, name)| {
            let stories = start..start + block.count as usize;
            start = stories.end;
            let lexicon = &self.lexicon;
            Block { name, stories, archive: self.archive, lexicon, shelf: self.shelf, made: block.entries }
        });
        all(blocks.collect())
    }

    /// The segment of before with the same name, when it has the same stories, and the places of those with other
    /// texts.
    fn alike(&self, name: u8, members: &[StoryNotes]) -> Option<(&SegmentNotes, Vec<usize>)> {
        let (start, segment) = self.old_segment(name)?;
        let before = self.before.stories.get(start..start + segment.stories as usize)?;
        let alike = |(old, new): (&StoryNotes, &StoryNotes)| old.key == new.key && old.marks == new.marks;
        if before.len() != members.len() || !before.iter().zip(members).all(alike) {
            return None;
        }
        let differs = |place: &usize| before[*place].text != members[*place].text;
        Some((segment, (0..members.len()).filter(differs).collect()))
    }

    /// A segment of before, and the number of its first story.
    fn old_segment(&self, name: u8) -> Option<(usize, &SegmentNotes)> {
        let mut start = 0;
        for segment in &self.before.segments {
            if segment.name == name {
                return Some((start, segment));
            }
            start += segment.stories as usize;
        }
        None
    }

    /// The words whose lists are others because some stories of a segment have other texts; `None` when they are too
    /// many to tell.
    fn touched(&self, members: &[StoryNotes], changed: &[usize], blocks: &[NewBlock]) -> Option<Vec<u32>> {
        if changed.len() > MOST_CHANGED {
            return None;
        }
        let mut words = Vec::new();
        for &place in changed {
            let (mut at, mut new) = (place, None);
            for block in blocks {
                let count = block.count as usize;
                if at < count {
                    new = block.entries.as_ref().and_then(|entries| entries.get(at));
                    break;
                }
                at -= count;
            }
            words.extend(self.kept(members[place].key)?.differing(new?, list::is_same_length));
        }
        Some(words)
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
                let same =
                    |(old, new): (&StoryNotes, &StoryNotes)| (old.key, old.text) == (new.key, new.text);
                self.before.blocks[*number].0 == count && before.zip(members).all(same)
            });
            let (name, entries) = if let Some((number, _)) = same {
                (self.before.blocks[*number].1.clone(), None)
            } else {
                (String::new(), Some(self.gather(members, range[0])?))
            };
            blocks.push(NewBlock { count, name, entries });
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
            entries.push(if let Some(entry) = entry {
                entry
            } else {
                self.lexicon.entry(&self.shelf.vocabulary(story(self.archive, number))?)
            });
        }
        Ok(entries)
    }

    /// The words of a story in the blocks of before.
    fn remembered(&mut self, member: &StoryNotes) -> Option<Entry> {
        self.open();
        let &(number, at, text) = self.places.get(&member.key)?;
        self.opened.entry(number).or_insert_with(|| opened(&self.before, number, self.shelf));
        self.opened[&number].get(at).filter(|_| text == member.text).cloned()
    }

    /// The words of a story as it was before.
    fn kept(&self, key: u64) -> Option<Entry> {
        let mut start = 0;
        let place = self.before.stories.iter().position(|story| story.key == key)?;
        let number = self.before.blocks.iter().position(|(count, _)| {
            start += *count as usize;
            place < start
        })?;
        let (count, _) = self.before.blocks[number];
        let at = place + count as usize - start;
        match self.opened.get(&number) {
            Some(block) => block.get(at).cloned(),
            None => opened(&self.before, number, self.shelf).get(at).cloned(),
        }
    }

    /// Finds the places of all stories in the blocks of before.
    fn open(&mut self) {
        if !self.places.is_empty() {
            return;
        }
        let mut rest = self.before.stories.iter();
        for (number, (count, _)) in self.before.blocks.iter().enumerate() {
            let members = rest.by_ref().take(*count as usize);
            self.places.extend(members.enumerate().map(|(at, story)| (story.key, (number, at, story.text))));
        }
    }
}

/// The words of the stories in a block of before; none when it is lost.
fn opened(before: &Notes, number: usize, shelf: &dyn Shelf) -> Vec<Entry> {
    let (count, name) = &before.blocks[number];
    let kept = shelf.block(name).and_then(|bytes| Entry::all(&bytes)).unwrap_or_default();
    if kept.len() == *count as usize { kept } else { Vec::new() }
}

/// The sizes of the shards of a segment, and its files: those that an edit touched made anew, or all of them.
fn make(stock: Stock<'_>, touched: Option<(&SegmentNotes, Touched<'_>)>) -> (Vec<u32>, Vec<File>) {
    let file = |made: Shard| File {
        shard: made.number,
        list: made.list,
        digest: Fingerprint::of(&made.bytes),
        bytes: Mutex::new(Some(made.bytes)),
    };
    if let Some((segment, touched)) = touched
        && let Some(made) = stock.touched(&touched)
    {
        let numbers: HashSet<u32> = made.files.iter().map(|file| file.number).collect();
        let kept = segment.files.iter().filter(|(shard, ..)| !numbers.contains(shard)).map(File::kept);
        let mut files: Vec<File> = made.files.into_iter().map(file).chain(kept).collect();
        files.sort_unstable_by_key(|file| (file.shard, file.list));
        return (made.sizes, files);
    }
    let made = stock.shards();
    (made.sizes, made.files.into_par_iter().map(file).collect())
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
