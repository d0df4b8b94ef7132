//! The shards of a segment: its words with their lists, in files that are small enough to be loaded while typing.
//!
//! All words that begin with the same few letters stand in one shard, so that a script that looks for words by their
//! beginnings loads one file. Lists that are long have files of their own.
//!
//! ```text
//!  stamp (32 bits) · number of words ·
//!  for each word: bytes in common with the word before · other bytes (a byte of length, then they)
//!                 · length of its list << 1 | whether it is a file of its own · the list, unless it is
//! ```
//!
//! Which segment it is, and where the files go, is not known here.

use std::ops::Range;

use rayon::prelude::*;

use super::lexicon::{Entry, Words, put};
use super::list::{self, Posting};

/// How many letters of a word decide on its shard: from so many on, words are found by their beginning.
pub const STEM: usize = 4;

/// The size that shards have on average, in bytes, without the lists that have files of their own.
const SHARD: usize = if cfg!(test) { 200 } else { 4_000 };

/// Lists longer than this, in bytes, have files of their own.
const LONG: usize = if cfg!(test) { 60 } else { 2_000 };

/// How many postings a thread sorts by their words at a time, 4 bytes each, unless that would be more than so many times.
const PILE: usize = 3_000_000;
const PILES: usize = 8;

/// Everything that the shards of a segment are made of.
pub struct Stock<'a> {
    /// The articles in their order.
    pub entries: Vec<Entry>,
    /// The marks of each article: its category and authors.
    pub marks: Vec<Vec<u32>>,
    /// All words by number.
    pub words: &'a Words,
    /// How many words an article has on average, roughly.
    pub average: u32,
    /// What tells one order of the articles from another.
    pub stamp: u32,
}

/// One file of a segment.
pub struct Shard {
    /// The number of the shard.
    pub number: u32,
    /// 0 for the shard itself, from 1 for the lists that its words have in files of their own.
    pub list: u32,
    /// What stands in it.
    pub bytes: Vec<u8>,
}

/// The list of a word.
struct Listed<'a> {
    home: u32,
    word: &'a str,
    list: Box<[u8]>,
}

impl Listed<'_> {
    fn is_long(&self) -> bool {
        self.list.len() > LONG
    }

    /// How many bytes it takes in its shard, at most.
    fn size(&self) -> usize {
        self.word.len() + 5 + if self.is_long() { 0 } else { self.list.len() }
    }
}

/// What became of a segment.
pub struct Made {
    /// The files that were made, by shard and list.
    pub files: Vec<Shard>,
    /// For each shard, how many bytes it has without the lists that have files of their own. Their sum decides on how
    /// many shards there are.
    pub sizes: Vec<u32>,
}

/// The shards of a segment that an edit touched.
pub struct Touched<'a> {
    /// The sizes of all shards as they were.
    pub sizes: &'a [u32],
    /// Words of the shards that are to be made again.
    pub words: Vec<u32>,
}

impl Stock<'_> {
    /// Makes all shards of the segment.
    #[must_use]
    pub fn shards(self) -> Made {
        let lists = self.lists(None);
        let stamp = self.stamp;
        // The words of the articles take more room than anything else.
        drop(self);
        let count = count_for(lists.iter().map(Listed::size).sum());
        let all: Vec<bool> = vec![true; count];
        let mut sizes = vec![0; count];
        let files = files(lists, &all, &mut sizes, stamp);
        Made { files, sizes }
    }

    /// Makes the shards that an edit touched; `None` when the edit changes how many there are.
    #[must_use]
    pub fn touched(&self, touched: &Touched<'_>) -> Option<Made> {
        let count = touched.sizes.len();
        let mut wanted = vec![false; count];
        for word in &touched.words {
            wanted[home(self.words.word(*word)) as usize % count] = true;
        }
        let lists = self.lists(Some(&wanted));
        let mut sizes = touched.sizes.to_vec();
        sizes.iter_mut().zip(&wanted).filter(|(_, wanted)| **wanted).for_each(|(size, _)| *size = 0);
        let files = files(lists, &wanted, &mut sizes, self.stamp);
        let sum = sizes.iter().map(|size| *size as usize).sum();
        (count_for(sum) == count).then_some(Made { files, sizes })
    }
}

/// How many shards there are for so many bytes: to three binary digits, for a new article seldom to change it.
fn count_for(bytes: usize) -> usize {
    let count = bytes.div_ceil(SHARD).max(1);
    let spare = (usize::BITS - count.leading_zeros()).saturating_sub(3);
    count >> spare << spare
}

/// The files of the wanted shards, and the sizes of these.
fn files(lists: Vec<Listed<'_>>, wanted: &[bool], sizes: &mut [u32], stamp: u32) -> Vec<Shard> {
    let mut groups: Vec<Vec<Listed<'_>>> = wanted.iter().map(|_| Vec::new()).collect();
    for listed in lists {
        let shard = listed.home as usize % wanted.len();
        sizes[shard] += u32::try_from(listed.size()).expect("a shard is shorter than 4 GiB");
        groups[shard].push(listed);
    }
    let groups = (0_u32..).zip(groups).zip(wanted).filter(|(_, wanted)| **wanted);
    let groups: Vec<_> = groups.map(|(group, _)| group).collect();
    groups.into_par_iter().flat_map_iter(|(number, group)| shard(number, group, stamp)).collect()
}

/// The number that decides on the shard of a word: FNV-1a, 32 bits, of its first letters.
fn home(word: &str) -> u32 {
    let end = word.char_indices().nth(STEM).map_or(word.len(), |(at, _)| at);
    word.as_bytes()[..end]
        .iter()
        .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// The files of one shard.
fn shard(number: u32, mut group: Vec<Listed<'_>>, stamp: u32) -> Vec<Shard> {
    group.sort_unstable_by(|one, other| one.word.cmp(other.word));
    let mut bytes = stamp.to_le_bytes().to_vec();
    put(&mut bytes, group.len() as u64);
    let mut files = Vec::new();
    let mut before = "";
    for listed in group {
        let is_long = listed.is_long();
        let Listed { word, list, .. } = listed;
        let shared = word.bytes().zip(before.bytes()).take_while(|(one, other)| one == other).count();
        let rest = &word.as_bytes()[shared..];
        let length = |bytes| u8::try_from(bytes).expect("words and marks have at most 255 bytes");
        bytes.extend([length(shared), length(rest.len())]);
        bytes.extend_from_slice(rest);
        before = word;
        if is_long {
            put(&mut bytes, (list.len() as u64) << 1 | 1);
            let mut own = stamp.to_le_bytes().to_vec();
            own.extend(list);
            let list = u32::try_from(files.len() + 1).expect("there are few lists");
            files.push(Shard { number, list, bytes: own });
        } else {
            put(&mut bytes, (list.len() as u64) << 1);
            bytes.extend(list);
        }
    }
    files.insert(0, Shard { number, list: 0, bytes });
    files
}

impl<'a> Stock<'a> {
    /// The lists of all words, or of those in wanted shards, in no order that tells anything.
    fn lists(&self, wanted: Option<&[bool]>) -> Vec<Listed<'a>> {
        let words = self.words;
        let norms: Vec<f32> =
            self.entries.iter().map(|entry| list::norm(entry.length(), self.average)).collect();
        let counts = self.counts(wanted);
        let written = piles(&counts).into_par_iter().map(|range| {
            let (pile, ends) = self.pile(&counts, range.clone());
            let (mut weights, mut bytes) = (Vec::new(), Vec::new());
            let numbers = range.clone().filter(|number| counts[*number as usize] > 0);
            let listed = numbers.map(|number| {
                let end = ends[(number - range.start) as usize];
                bytes.clear();
                let postings = &pile[end - counts[number as usize] as usize..end];
                list::write(postings, &norms, &mut weights, &mut bytes);
                let word = words.word(number);
                Listed { home: home(word), word, list: bytes.as_slice().into() }
            });
            listed.collect::<Vec<_>>()
        });
        written.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    /// How many articles have each word; 0 for words that are not wanted.
    fn counts(&self, wanted: Option<&[bool]>) -> Vec<u32> {
        let batch = self.entries.len().div_ceil(rayon::current_num_threads()).max(1);
        let batches = self.entries.par_chunks(batch).zip(self.marks.par_chunks(batch));
        let none = || vec![0_u32; self.words.len()];
        let mut counts = batches
            .map(|(entries, marks)| {
                let mut counts = none();
                for entry in entries {
                    entry.each_below(u32::MAX, |word, _| counts[word as usize] += 1);
                }
                for mark in marks.iter().flatten() {
                    counts[*mark as usize] += 1;
                }
                counts
            })
            .reduce(none, |mut one, other| {
                one.iter_mut().zip(other).for_each(|(one, other)| *one += other);
                one
            });
        if let Some(wanted) = wanted {
            for (number, count) in (0..).zip(&mut counts) {
                if *count > 0 && !wanted[home(self.words.word(number)) as usize % wanted.len()] {
                    *count = 0;
                }
            }
        }
        counts
    }

    /// The postings of a range of words, word by word, and where each word's end.
    fn pile(&self, counts: &[u32], range: Range<u32>) -> (Vec<Posting>, Vec<usize>) {
        let counts = &counts[range.start as usize..range.end as usize];
        let mut sum = 0;
        let mut places: Vec<usize> = counts
            .iter()
            .map(|count| {
                sum += *count as usize;
                sum - *count as usize
            })
            .collect();
        let mut pile = vec![Posting::new(0, 0); sum];
        let mut put = |word: u32, posting: Posting| {
            let Some(at) = word.checked_sub(range.start) else { return };
            if let Some(place) = places.get_mut(at as usize).filter(|_| counts[at as usize] > 0) {
                pile[*place] = posting;
                *place += 1;
            }
        };
        for (article, (entry, marks)) in (0..).zip(self.entries.iter().zip(&self.marks)) {
            entry.each_below(range.end, |word, count| put(word, Posting::new(article, count)));
            for mark in marks {
                put(*mark, Posting::new(article, 0));
            }
        }
        (pile, places)
    }
}

/// Ranges of words that have about as many postings each: several, so that they are sorted side by side, and not
/// so many that reading all articles for each would take longest.
fn piles(counts: &[u32]) -> Vec<Range<u32>> {
    let all: usize = counts.iter().map(|count| *count as usize).sum();
    let most = PILE.max(all.div_ceil(PILES));
    let mut ranges = Vec::new();
    let (mut start, mut sum) = (0, 0);
    for (number, count) in (0_u32..).zip(counts) {
        sum += *count as usize;
        if sum >= most {
            ranges.push(start..number + 1);
            (start, sum) = (number + 1, 0);
        }
    }
    ranges.push(start..u32::try_from(counts.len()).expect("words have 32 bits"));
    ranges
}
