//! Amending the index: after edits of a few texts, the lists of the words that they change are taken from the files that
//! were published, changed where the edited stories stand in them, and written again. Nothing else is looked at.
//!
//! What comes of it is what making the index anew would give. Where the published files do not tell enough, the answer is
//! `None`.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::lexicon::{Entries, Entry, Lexicon};
use super::list::{self, Posting};
use super::published::{self, List, Listing};
use super::shards::{self, Listed, Shard};
use super::{File, Fresh, Index, LENGTHS, NAMES, Notes, Segment, SegmentNotes, Shelf};

/// A story whose text was edited.
#[derive(Clone, Copy, Debug)]
pub struct Edited {
    /// Its number from the oldest.
    pub number: usize,
    /// What it is known by in the notes.
    pub key: u64,
    /// The digest of its file.
    pub text: u64,
}

/// How often a story has a word, before and now; `None` when it has not.
pub(super) struct Change {
    /// The place of the story in its segment.
    place: u32,
    before: Option<u8>,
    now: Option<u8>,
}

/// What changes in the lists of a segment's words, by number.
pub(super) type Changes = BTreeMap<u32, Vec<Change>>;

/// A segment's files, and the notes on it.
pub(super) type Made = (Vec<File>, SegmentNotes);

impl Index {
    /// The index after edits of some stories, whose words the shelf has. `None` when more has to be made anew than the
    /// lists that the edits change.
    ///
    /// # Errors
    ///
    /// When words cannot be kept.
    ///
    /// # Panics
    ///
    /// With more than four billion stories.
    pub fn amended(
        lexicon: Lexicon,
        fresh: &Fresh,
        mut notes: Notes,
        edited: &[Edited],
        shelf: &dyn Shelf,
    ) -> anyhow::Result<Option<Self>> {
        let mut changes: HashMap<usize, Changes> = HashMap::new();
        for one in edited {
            let known = notes.stories.get(one.number).is_some_and(|story| story.key == one.key);
            let (Some(length), true) = (fresh.get(&one.key), known) else { return Ok(None) };
            let story = &mut notes.stories[one.number];
            (story.text, story.length) = (one.text, *length);
            let Some((segment, start)) = notes.segment_of(one.number) else { return Ok(None) };
            let place = u32::try_from(one.number - start).expect("stories have 32 bits");
            let Some((before, now)) = exchange(&mut notes, one, shelf)? else { return Ok(None) };
            note(changes.entry(segment).or_default(), place, &before, &now);
        }
        let mut segments = Vec::with_capacity(notes.segments.len());
        let mut start = 0;
        for number in 0..notes.segments.len() {
            let stories = start..start + notes.segments[number].stories as usize;
            start = stories.end;
            let made = remake(&notes.segments[number], changes.get(&number), &lexicon, shelf);
            let Some(made) = made else { return Ok(None) };
            let (mut files, segment) = made;
            files.push(lengths(&notes, segment.stamp, stories.clone(), shelf));
            segments.push(Segment {
                name: NAMES[usize::from(segment.name)],
                stories,
                stamp: segment.stamp,
                shards: u32::try_from(segment.sizes.len()).unwrap_or(0),
                years: segment.years.clone(),
                files,
            });
            notes.segments[number] = segment;
        }
        Ok(Some(Self { segments, notes, lexicon }))
    }
}

impl Notes {
    /// The number of the segment of a story, and that of the segment's first story.
    fn segment_of(&self, story: usize) -> Option<(usize, usize)> {
        let mut start = 0;
        for (number, segment) in self.segments.iter().enumerate() {
            let end = start + segment.stories as usize;
            if story < end {
                return Some((number, start));
            }
            start = end;
        }
        None
    }
}

/// Notes what changes in the lists of words when the story at `place` has other words.
pub(super) fn note(lists: &mut Changes, place: u32, before: &Entry, now: &Entry) {
    for (word, before, now) in before.differing_counts(now) {
        lists.entry(word).or_default().push(Change { place, before, now });
    }
}

/// The file with the lengths of a segment's stories.
pub(super) fn lengths(notes: &Notes, stamp: u32, stories: Range<usize>, shelf: &dyn Shelf) -> File {
    let mut bytes = stamp.to_le_bytes().to_vec();
    let all: Vec<u32> = notes.stories[stories].iter().map(|story| story.length).collect();
    bytes.extend(list::write_lengths(&all));
    File::made((LENGTHS, 0), bytes, shelf)
}

/// Puts the words of an edited story into its block; tells those it had and those it has.
fn exchange(notes: &mut Notes, one: &Edited, shelf: &dyn Shelf) -> anyhow::Result<Option<(Entry, Entry)>> {
    let Some(now) = shelf.fresh(one.key).map(Entry::of_bytes) else { return Ok(None) };
    let mut start = 0;
    let block = notes.blocks.iter_mut().find(|(count, _)| {
        start += *count as usize;
        one.number < start
    });
    let Some((count, name)) = block else { return Ok(None) };
    let at = one.number + *count as usize - start;
    let (mut before, mut bytes) = (None, Vec::new());
    let found = shelf.look(name, &mut |block| {
        bytes.reserve(block.len() + now.bytes().len());
        for (place, entry) in Entries::of(block).enumerate() {
            if place == at {
                before = Some(Entry::of_bytes(entry.bytes().to_vec()));
                now.join(&mut bytes);
            } else {
                entry.join(&mut bytes);
            }
        }
    });
    let (Some(()), Some(before)) = (found, before) else { return Ok(None) };
    *name = shelf.keep(&bytes)?;
    Ok(Some((before, now)))
}

/// The files of a segment but the one with the lengths: those made again in which lists change.
pub(super) fn remake(
    segment: &SegmentNotes,
    changes: Option<&Changes>,
    lexicon: &Lexicon,
    shelf: &dyn Shelf,
) -> Option<Made> {
    let stories = segment.stories as usize;
    let mut noted = segment.clone();
    let Some(changes) = changes else {
        return Some((segment.files.iter().map(File::kept).collect(), noted));
    };
    let words = lexicon.words();
    let mut by_shard: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for word in changes.keys() {
        by_shard.entry(shards::home_of(words.word(*word), segment.sizes.len())).or_default().push(*word);
    }
    let shard = |at: usize| -> Option<Vec<Listing>> {
        let number = u32::try_from(at).ok()?;
        let read = |list: u32| {
            let file = segment.files.iter().find(|(shard, other, _)| (*shard, *other) == (number, list))?;
            shelf.published(NAMES[usize::from(segment.name)], file)
        };
        let mut listings = published::shard(&read, segment.stamp)?;
        for word in &by_shard[&at] {
            change(&mut listings, words.word(*word), &changes[word], stories)?;
        }
        Some(listings)
    };
    let mut made = Vec::new();
    for &at in by_shard.keys() {
        let listings = shard(at)?;
        let group: Vec<Listed<'_>> = listings.iter().map(Listing::listed).collect();
        noted.sizes[at] = group.iter().map(|listed| shards::size_of(*listed)).sum();
        made.extend(shards::shard(u32::try_from(at).ok()?, group, segment.stamp));
    }
    if !shards::is_enough(&noted.sizes) {
        return None;
    }
    let keep = |shard: Shard| File::made((shard.number, shard.list), shard.bytes, shelf);
    let made: HashMap<(u32, u32), File> =
        made.into_iter().map(keep).map(|file| ((file.shard, file.list), file)).collect();
    arrange(segment, made, &by_shard).map(|files| {
        noted.files = files.iter().map(|file| (file.shard, file.list, file.digest)).collect();
        (files, noted)
    })
}

/// All files in the order of before; `None` when there are others now.
fn arrange(
    segment: &SegmentNotes,
    mut made: HashMap<(u32, u32), File>,
    touched: &BTreeMap<usize, Vec<u32>>,
) -> Option<Vec<File>> {
    let mut files = Vec::with_capacity(segment.files.len());
    for before in &segment.files {
        files.push(match made.remove(&(before.0, before.1)) {
            Some(file) => file,
            None if touched.contains_key(&(before.0 as usize)) => return None,
            None => File::kept(before),
        });
    }
    made.is_empty().then_some(files)
}

/// Changes the list of a word among those of its shard.
fn change(listings: &mut Vec<Listing>, word: &str, changes: &[Change], all: usize) -> Option<()> {
    let found = listings.binary_search_by(|listing| listing.word.as_str().cmp(word));
    let before = match found {
        Ok(at) => List::read(&listings[at].list, all)?,
        Err(_) => List::default(),
    };
    let mut postings: BTreeMap<u32, Posting> =
        before.postings.iter().map(|posting| (posting.article(), *posting)).collect();
    for change in changes {
        let posting = |count: u8| Posting::new(change.place, count);
        if !before.tells(change.before.map(posting), change.now.map(posting)) {
            return None;
        }
        match change.now.map(posting) {
            None => _ = postings.remove(&change.place),
            // What most articles have is told of few: of the others it is known that they have it no oftener.
            Some(posting) if before.is_told(posting) => _ = postings.insert(change.place, posting),
            Some(_) => {}
        }
    }
    let postings: Vec<Posting> = postings.into_values().collect();
    let mut written = Vec::new();
    if !postings.is_empty() {
        list::write(&postings, all, &mut Vec::new(), &mut written);
    }
    match (found, postings.is_empty()) {
        (Ok(at), false) => listings[at].list = written,
        (Ok(at), true) => _ = listings.remove(at),
        (Err(at), false) => listings.insert(at, Listing { word: word.to_owned(), list: written }),
        (Err(_), true) => {}
    }
    Some(())
}
