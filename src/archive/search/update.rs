//! Bringing the index up to date: which blocks and segments are no longer what they were, and making those.
//!
//! How a segment becomes files is not known here.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::amend::{self, Changes, lengths};
use super::lexicon::{Entries, Entry, Lexicon};
use super::shards::{Shard, Touched};
use super::{
    File, Fresh, Index, NAMES, Notes, Segment, SegmentNotes, SegmentStock, Shelf, StoryNotes, Told, id, story,
};
use crate::archive::Archive;
use crate::fingerprint::{Digest, DigestMap};

/// Of two to the power of so many stories, one begins the second segment, the third, and the last.
const POWERS: [u32; 3] = if cfg!(test) { [6, 4, 2] } else { [13, 9, 5] };

/// Of two to the power of so many stories, one begins a block.
const BLOCK: u32 = if cfg!(test) { 3 } else { 8 };

/// How many edited stories of a segment are looked at word by word.
const MOST_CHANGED: usize = 100;

impl Index {
    /// Makes the index of the published stories, as far as it is not remembered. `told` tells of each what else would have
    /// to be looked up, and `fresh` the stories that were read now, whose words the shelf has.
    ///
    /// # Errors
    ///
    /// When words are lost and cannot be read again, or cannot be kept.
    pub fn build(
        archive: &Archive,
        told: &dyn Told,
        lexicon: Lexicon,
        fresh: Fresh,
        before: Notes,
        shelf: &dyn Shelf,
    ) -> anyhow::Result<Self> {
        let mut update =
            Update { archive, told, lexicon, fresh, before, shelf, places: DigestMap::default() };
        let mut notes = Notes { stories: update.stories()?, ..Notes::default() };
        update.find_places();
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
    told: &'a dyn Told,
    lexicon: Lexicon,
    fresh: Fresh,
    before: Notes,
    shelf: &'a dyn Shelf,
    /// For each story of before, its block and place, and the digest of its file; empty when all blocks are as they were.
    places: DigestMap<(usize, usize, u64)>,
}

/// A block of stories.
struct Block {
    count: u32,
    name: String,
}

/// What a segment was, and the places of its stories that have other texts now.
type Alike<'b> = (&'b SegmentNotes, Vec<usize>);

impl Update<'_> {
    /// All stories from the oldest, with the lengths of those that are neither fresh nor remembered read once more.
    fn stories(&self) -> anyhow::Result<Vec<StoryNotes>> {
        let remembered: DigestMap<&StoryNotes> =
            self.before.stories.iter().map(|story| (story.key, story)).collect();
        let mark = |text: &str| xxh3_64(text.as_bytes());
        let categories: Vec<u64> =
            self.archive.categories().iter().map(|category| mark(category.slug.as_str())).collect();
        let authors: Vec<u64> = self.archive.authors().iter().map(|author| mark(author.slug())).collect();
        (0..self.archive.stories().len())
            .into_par_iter()
            .map_init(Digest::new, |digest, number| {
                let story = story(self.archive, number);
                digest.number(categories[story.category]);
                story.authors.iter().for_each(|author| _ = digest.number(authors[*author]));
                let (key, text, marks) =
                    (story.key, self.told.text(id(self.archive, number)), digest.finish());
                let length = match (self.fresh.get(&key), remembered.get(&key)) {
                    (Some(length), _) => *length,
                    (None, Some(same)) if same.text == text => same.length,
                    _ => self.lexicon.entry(&self.shelf.vocabulary(story)?).length(),
                };
                Ok(StoryNotes { key, text, marks, length })
            })
            .collect()
    }

    /// One segment, and the notes on it.
    fn segment(&self, name: u8, stories: Range<usize>, notes: &mut Notes) -> anyhow::Result<Segment> {
        let members = &notes.stories[stories.clone()];
        let mut digest = Digest::new();
        for story in members {
            digest.number(story.key);
        }
        let stamp = (digest.finish() & 0xffff_ffff) as u32;
        let blocks = self.blocks(&notes.stories, stories.clone())?;
        let (sizes, mut files) = match self.alike(name, members) {
            Some((segment, changed)) if changed.is_empty() => {
                (segment.sizes.clone(), segment.files.iter().map(File::kept).collect())
            }
            before => {
                let known = before.and_then(|(segment, changed)| {
                    Some((segment, self.changes(members, &changed, &blocks)?))
                });
                let remade = known.as_ref().and_then(|(segment, changes)| {
                    amend::remake(segment, Some(changes), &self.lexicon, self.shelf)
                });
                if let Some((files, noted)) = remade {
                    (noted.sizes, files)
                } else {
                    let touched = known.as_ref().map(|(segment, changes)| {
                        let words = changes.keys().copied().collect();
                        (*segment, Touched { sizes: &segment.sizes, words })
                    });
                    self.make((stories.start, &blocks), stamp, touched)?
                }
            }
        };
        let years = self.years(stories.clone());
        notes.segments.push(SegmentNotes {
            name,
            stories: u32::try_from(stories.len()).expect("stories are counted in 32 bits"),
            stamp,
            years: years.clone(),
            files: files.iter().map(|file| (file.shard, file.list, file.digest)).collect(),
            sizes,
        });
        files.push(lengths(notes, stamp, stories.clone(), self.shelf));
        notes.blocks.extend(blocks.into_iter().map(|block| (block.count, block.name)));
        let shards =
            u32::try_from(notes.segments.last().map_or(0, |segment| segment.sizes.len())).unwrap_or(0);
        Ok(Segment { name: NAMES[usize::from(name)], stories, stamp, shards, years, files })
    }

    /// The sizes of the shards of a segment, and its files: those that an edit touched made anew, or all of them.
    fn make(
        &self,
        (first, blocks): (usize, &[Block]),
        stamp: u32,
        touched: Option<(&SegmentNotes, Touched<'_>)>,
    ) -> anyhow::Result<(Vec<u32>, Vec<File>)> {
        let mut start = first;
        let blocks = blocks.iter().map(|block| {
            let stories = start..start + block.count as usize;
            start = stories.end;
            (block.name.as_str(), stories)
        });
        let (archive, lexicon, desk) = (self.archive, &self.lexicon, self.shelf);
        let stock = SegmentStock { archive, lexicon, shelf: desk, blocks: blocks.collect(), stamp };
        let keep = |shard: Shard| File::made((shard.number, shard.list), shard.bytes, desk);
        stock.with(|stock| {
            if let Some((segment, touched)) = touched
                && let Some(made) = stock.touched(&touched, &keep)?
            {
                let numbers: HashSet<u32> = made.files.iter().map(|file| file.shard).collect();
                let kept = segment.files.iter().filter(|(shard, ..)| !numbers.contains(shard));
                let mut files: Vec<File> = made.files.into_iter().chain(kept.map(File::kept)).collect();
                files.sort_unstable_by_key(|file| (file.shard, file.list));
                return Ok((made.sizes, files));
            }
            let made = stock.shards(&keep)?;
            Ok((made.sizes, made.files))
        })
    }

    /// The years of some stories, each with the place of its first one among them.
    fn years(&self, stories: Range<usize>) -> Vec<(i16, u32)> {
        let mut years: Vec<(i16, u32)> = Vec::new();
        for (place, number) in (0..).zip(stories) {
            let year = self.told.year(id(self.archive, number));
            if years.last().is_none_or(|(last, _)| *last < year) {
                years.push((year, place));
            }
        }
        years
    }

    /// The segment of before with the same name, when it has the same stories, and the places of those with other
    /// texts.
    fn alike(&self, name: u8, members: &[StoryNotes]) -> Option<Alike<'_>> {
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

    /// What changes in the lists of words because some stories of a segment have other texts; `None` when that is too much
    /// to tell.
    fn changes(&self, members: &[StoryNotes], changed: &[usize], blocks: &[Block]) -> Option<Changes> {
        if changed.len() > MOST_CHANGED {
            return None;
        }
        let mut lists = Changes::new();
        for &place in changed {
            let mut start = 0;
            let block = blocks.iter().find(|block| {
                start += block.count as usize;
                place < start
            })?;
            let new = self.entry(&block.name, place + block.count as usize - start)?;
            let &(number, at, _) = self.places.get(&members[place].key)?;
            let old = self.entry(&self.before.blocks[number].1, at)?;
            amend::note(&mut lists, u32::try_from(place).ok()?, &old, &new);
        }
        Some(lists)
    }

    /// An entry of a block.
    fn entry(&self, block: &str, at: usize) -> Option<Entry> {
        let mut found = None;
        self.shelf.look(block, &mut |bytes| {
            found = Entries::of(bytes).nth(at).map(|entry| Entry::of_bytes(entry.bytes().to_vec()));
        })?;
        found
    }

    /// The blocks of a segment; those that are not as they were are kept anew.
    fn blocks(&self, all: &[StoryNotes], stories: Range<usize>) -> anyhow::Result<Vec<Block>> {
        let starts = stories.clone().filter(|at| *at == stories.start || begins(&all[*at], BLOCK));
        let starts: Vec<usize> = starts.chain([stories.end]).collect();
        let block = |range: &[usize]| {
            let members = &all[range[0]..range[1]];
            let count = u32::try_from(members.len()).expect("stories are counted in 32 bits");
            let same = self.places.get(&members[0].key).filter(|(number, at, _)| {
                let start: usize =
                    self.before.blocks[..*number].iter().map(|(count, _)| *count as usize).sum();
                let before = self.before.stories.iter().skip(start);
                let same =
                    |(old, new): (&StoryNotes, &StoryNotes)| (old.key, old.text) == (new.key, new.text);
                *at == 0 && self.before.blocks[*number].0 == count && before.zip(members).all(same)
            });
            let name = match same {
                Some((number, ..)) => self.before.blocks[*number].1.clone(),
                None => self.shelf.keep(&self.gather(members, range[0])?)?,
            };
            Ok(Block { count, name })
        };
        starts.par_windows(2).map(block).collect()
    }

    /// A block of some stories' words: of those that were read now, and those in the blocks of before.
    fn gather(&self, members: &[StoryNotes], first: usize) -> anyhow::Result<Vec<u8>> {
        let mut block = Vec::with_capacity(members.len() * 700);
        let mut opened = HashMap::new();
        for (number, member) in (first..).zip(members) {
            let fresh = self.fresh.get(&member.key).and_then(|_| self.shelf.fresh(member.key));
            match fresh.map(Entry::of_bytes).or_else(|| self.remembered(member, &mut opened)) {
                Some(entry) => entry.join(&mut block),
                None => {
                    self.lexicon.entry(&self.shelf.vocabulary(story(self.archive, number))?).join(&mut block);
                }
            }
        }
        Ok(block)
    }

    /// The words of a story in the blocks of before, which are opened once each.
    fn remembered(&self, member: &StoryNotes, opened: &mut HashMap<usize, Vec<u8>>) -> Option<Entry> {
        let &(number, at, text) = self.places.get(&member.key)?;
        if text != member.text {
            return None;
        }
        let bytes = opened.entry(number).or_insert_with(|| {
            let mut block = Vec::new();
            _ = self.shelf.look(&self.before.blocks[number].1, &mut |bytes| block = bytes.to_vec());
            block
        });
        Entries::of(bytes).nth(at).map(|entry| Entry::of_bytes(entry.bytes().to_vec()))
    }

    /// Finds the places of all stories in the blocks of before.
    fn find_places(&mut self) {
        let mut rest = self.before.stories.iter();
        for (number, (count, _)) in self.before.blocks.iter().enumerate() {
            let members = rest.by_ref().take(*count as usize);
            self.places.extend(members.enumerate().map(|(at, story)| (story.key, (number, at, story.text))));
        }
    }
}

/// Cuts the row of all stories into segments: the number of the name of each, and its stories.
fn cut(stories: &[StoryNotes]) -> Vec<(u8, Range<usize>)> {
    let mut start = 0;
    let mut all = Vec::new();
    for (name, power) in (0..).zip(POWERS) {
        let end = (start..stories.len()).rev().find(|at| begins(&stories[*at], power)).unwrap_or(start);
        all.push((name, start..end));
        start = end;
    }
    all.push((u8::try_from(POWERS.len()).unwrap_or(u8::MAX), start..stories.len()));
    all.retain(|(_, stories)| !stories.is_empty());
    all
}

/// Whether something begins with a story: with one of two to the power of so many.
fn begins(story: &StoryNotes, power: u32) -> bool {
    story.key.trailing_zeros() >= power
}
