//! The shards of a segment: its words with their lists, in files that are small enough to be loaded while typing.
//!
//! All words that begin with the same few letters stand in one shard, so that a script that looks for words by their
//! beginnings loads one file. Lists that are long have files of their own.
//!
//! ```text
//!  stamp (32 bits) · number of words ·
//!  for each word: bytes in common with the word before · other bytes (a byte of length, then they)
//!                 · length of its list << 1 and the list; or, when it is a file of its own, twice the number of bits
//!                   of its length, plus one
//! ```
//!
//! Which segment it is, and where the files go, is not known here.

use std::ops::Range;

use rayon::prelude::*;

use super::lexicon::{Entries, Words, put};
use super::list::{self, Posting};

/// How many letters of a word decide on its shard: from so many on, words are found by their beginning.
pub const STEM: usize = 4;

/// The size that shards have on average, in bytes, without the lists that have files of their own.
const SHARD: usize = if cfg!(test) { 200 } else { 2_500 };

/// Lists longer than this, in bytes, have files of their own.
const LONG: usize = if cfg!(test) { 60 } else { 800 };

/// How many postings a thread sorts by their words at a time, 4 bytes each, unless that would be more than so many times.
const PILE: usize = 3_000_000;
const PILES: usize = 8;

/// Where the blocks of a segment's articles are: shows one to a function.
pub type Look<'a> = dyn Fn(&str, &mut dyn FnMut(&[u8])) -> anyhow::Result<()> + Sync + 'a;

/// Everything that the shards of a segment are made of. The words of its articles are read from their blocks as often as
/// they are needed: all together they take more room than anything else.
pub struct Stock<'a> {
    /// The blocks of articles in their order: the place of the first one, and the name.
    pub blocks: Vec<(u32, &'a str)>,
    /// Shows a block.
    pub look: &'a Look<'a>,
    /// The marks of each article: its category and authors.
    pub marks: Vec<Vec<u32>>,
    /// All words by number.
    pub words: &'a Words,
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

/// The lists of some words.
#[derive(Default)]
struct Lists {
    bytes: Vec<u8>,
    /// Words by number, and where the list of each ends.
    ends: Vec<(u32, usize)>,
}

/// The list of a word.
#[derive(Clone, Copy)]
pub(super) struct Listed<'l> {
    pub(super) word: &'l str,
    pub(super) list: &'l [u8],
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
pub struct Made<T> {
    /// What was made of its files, by shard and list.
    pub files: Vec<T>,
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
    /// Makes all shards of the segment, each of which `keep` takes away.
    ///
    /// # Errors
    ///
    /// When a block cannot be read.
    pub fn shards<T: Send>(&self, keep: &(impl Fn(Shard) -> T + Sync)) -> anyhow::Result<Made<T>> {
        let lists = self.lists()?;
        let count = count_for(self.listed(&lists).map(|listed| listed.size()).sum());
        let (all, mut sizes) = (vec![true; count], vec![0; count]);
        let files = self.files(&lists, &all, &mut sizes, keep);
        Ok(Made { files, sizes })
    }

    /// Makes the shards that an edit touched; `None` when the edit changes how many there are.
    ///
    /// # Errors
    ///
    /// When a block cannot be read.
    pub fn touched<T: Send>(
        &self,
        touched: &Touched<'_>,
        keep: &(impl Fn(Shard) -> T + Sync),
    ) -> anyhow::Result<Option<Made<T>>> {
        let count = touched.sizes.len();
        let mut wanted = vec![false; count];
        for word in &touched.words {
            wanted[home(self.words.word(*word)) as usize % count] = true;
        }
        let lists = [self.wanted(&wanted)?];
        let mut sizes = touched.sizes.to_vec();
        sizes.iter_mut().zip(&wanted).filter(|(_, wanted)| **wanted).for_each(|(size, _)| *size = 0);
        for listed in self.listed(&lists) {
            sizes[home(listed.word) as usize % count] += size_of(listed);
        }
        if count_for(sizes.iter().map(|size| *size as usize).sum()) != count {
            return Ok(None);
        }
        wanted.iter().zip(&mut sizes).filter(|(wanted, _)| **wanted).for_each(|(_, size)| *size = 0);
        let files = self.files(&lists, &wanted, &mut sizes, keep);
        Ok(Some(Made { files, sizes }))
    }

    /// All lists with their words.
    fn listed<'l>(&'l self, lists: &'l [Lists]) -> impl Iterator<Item = Listed<'l>> {
        lists.iter().flat_map(move |lists| {
            let mut start = 0;
            lists.ends.iter().map(move |&(number, end)| {
                let list = &lists.bytes[start..end];
                start = end;
                Listed { word: self.words.word(number), list }
            })
        })
    }

    /// The files of the wanted shards, and the sizes of these.
    fn files<T: Send>(
        &self,
        lists: &[Lists],
        wanted: &[bool],
        sizes: &mut [u32],
        keep: &(impl Fn(Shard) -> T + Sync),
    ) -> Vec<T> {
        let mut groups: Vec<Vec<Listed<'_>>> = wanted.iter().map(|_| Vec::new()).collect();
        for listed in self.listed(lists) {
            let shard = home(listed.word) as usize % wanted.len();
            sizes[shard] += size_of(listed);
            groups[shard].push(listed);
        }
        let groups = (0_u32..).zip(groups).zip(wanted).filter(|(_, wanted)| **wanted);
        let groups: Vec<_> = groups.map(|(group, _)| group).collect();
        let made = groups.into_par_iter().flat_map_iter(|(number, group)| shard(number, group, self.stamp));
        made.map(keep).collect()
    }

    /// The lists of all words, pile by pile.
    fn lists(&self) -> anyhow::Result<Vec<Lists>> {
        let counts = self.counts()?;
        let written = piles(&counts).into_par_iter().map(|range| {
            let (pile, ends) = self.pile(&counts, range.clone())?;
            let mut lists = Lists::default();
            let mut levels = Vec::new();
            for number in range.clone().filter(|number| counts[*number as usize] > 0) {
                let end = ends[(number - range.start) as usize];
                let postings = &pile[end - counts[number as usize] as usize..end];
                list::write(postings, self.marks.len(), &mut levels, &mut lists.bytes);
                lists.ends.push((number, lists.bytes.len()));
            }
            lists.bytes.shrink_to_fit();
            Ok(lists)
        });
        written.collect()
    }

    /// The lists of the words in wanted shards.
    fn wanted(&self, wanted: &[bool]) -> anyhow::Result<Lists> {
        let count = wanted.len();
        let numbers = 0..u32::try_from(self.words.len()).expect("words have 32 bits");
        let is_wanted: Vec<bool> = numbers
            .into_par_iter()
            .map(|number| wanted[home(self.words.word(number)) as usize % count])
            .collect();
        let found: Vec<Vec<(u32, Posting)>> = (0..self.blocks.len())
            .into_par_iter()
            .map(|block| {
                let mut found = Vec::new();
                self.each(block, u32::MAX, &mut |word, posting| {
                    if is_wanted[word as usize] {
                        found.push((word, posting));
                    }
                })?;
                Ok(found)
            })
            .collect::<anyhow::Result<_>>()?;
        let mut found = found.concat();
        found.par_sort_unstable();
        let (mut lists, mut levels) = (Lists::default(), Vec::new());
        for same in found.chunk_by(|(one, _), (other, _)| one == other) {
            let postings: Vec<Posting> = same.iter().map(|(_, posting)| *posting).collect();
            list::write(&postings, self.marks.len(), &mut levels, &mut lists.bytes);
            lists.ends.push((same[0].0, lists.bytes.len()));
        }
        Ok(lists)
    }

    /// How many articles have each word.
    fn counts(&self) -> anyhow::Result<Vec<u32>> {
        let none = || vec![0_u32; self.words.len()];
        let batch = self.blocks.len().div_ceil(rayon::current_num_threads()).max(1);
        let blocks: Vec<usize> = (0..self.blocks.len()).collect();
        let counts = blocks.par_chunks(batch).map(|blocks| {
            let mut counts = none();
            for block in blocks {
                self.each(*block, u32::MAX, &mut |word, _| counts[word as usize] += 1)?;
            }
            Ok(counts)
        });
        counts.try_reduce(none, |mut one, other| {
            one.iter_mut().zip(other).for_each(|(one, other)| *one += other);
            Ok(one)
        })
    }

    /// The postings of a range of words, word by word, and where each word's end.
    fn pile(&self, counts: &[u32], range: Range<u32>) -> anyhow::Result<(Vec<Posting>, Vec<usize>)> {
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
        for block in 0..self.blocks.len() {
            self.each(block, range.end, &mut |word, posting| {
                let Some(at) = word.checked_sub(range.start) else { return };
                if let Some(place) = places.get_mut(at as usize) {
                    pile[*place] = posting;
                    *place += 1;
                }
            })?;
        }
        Ok((pile, places))
    }

    /// Calls `see` with each word of the articles of a block, and their marks, below `end`: article by article.
    fn each(&self, block: usize, end: u32, see: &mut impl FnMut(u32, Posting)) -> anyhow::Result<()> {
        let (first, name) = self.blocks[block];
        let next = self.blocks.get(block + 1).map(|(first, _)| *first as usize);
        let marks = &self.marks[first as usize..next.unwrap_or(self.marks.len())];
        (self.look)(name, &mut |bytes| {
            for (article, (entry, marks)) in (first..).zip(Entries::of(bytes).zip(marks)) {
                entry.each_below(end, |word, count| see(word, Posting::new(article, count)));
                for mark in marks.iter().filter(|mark| **mark < end) {
                    see(*mark, Posting::new(article, 0));
                }
            }
        })
    }
}

pub(super) fn size_of(listed: Listed<'_>) -> u32 {
    u32::try_from(listed.size()).expect("a list is shorter than 4 GiB")
}

/// Which of so many shards a word stands in.
pub(super) fn home_of(word: &str, shards: usize) -> usize {
    home(word) as usize % shards
}

/// Whether shards of these sizes are as many as there have to be.
pub(super) fn is_enough(sizes: &[u32]) -> bool {
    count_for(sizes.iter().map(|size| *size as usize).sum()) == sizes.len()
}

/// How many shards there are for so many bytes: to three binary digits, for a new article seldom to change it.
fn count_for(bytes: usize) -> usize {
    let count = bytes.div_ceil(SHARD).max(1);
    let spare = (usize::BITS - count.leading_zeros()).saturating_sub(3);
    count >> spare << spare
}

/// The number that decides on the shard of a word: FNV-1a, 32 bits, of its first letters.
fn home(word: &str) -> u32 {
    let end = word.char_indices().nth(STEM).map_or(word.len(), |(at, _)| at);
    word.as_bytes()[..end]
        .iter()
        .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// The files of one shard.
pub(super) fn shard(number: u32, mut group: Vec<Listed<'_>>, stamp: u32) -> Vec<Shard> {
    group.sort_unstable_by(|one, other| one.word.cmp(other.word));
    let mut bytes = stamp.to_le_bytes().to_vec();
    put(&mut bytes, group.len() as u64);
    let mut files = Vec::new();
    let mut before = "";
    for listed in group {
        let Listed { word, list } = listed;
        let shared = word.bytes().zip(before.bytes()).take_while(|(one, other)| one == other).count();
        let rest = &word.as_bytes()[shared..];
        let length = |bytes| u8::try_from(bytes).expect("words and marks have at most 255 bytes");
        bytes.extend([length(shared), length(rest.len())]);
        bytes.extend_from_slice(rest);
        before = word;
        if listed.is_long() {
            // Its length to the byte would change whenever the list does.
            put(&mut bytes, list.len().ilog2() << 1 | 1);
            let mut own = stamp.to_le_bytes().to_vec();
            own.extend_from_slice(list);
            let list = u32::try_from(files.len() + 1).expect("there are few lists");
            files.push(Shard { number, list, bytes: own });
        } else {
            put(&mut bytes, (list.len() as u64) << 1);
            bytes.extend_from_slice(list);
        }
    }
    files.insert(0, Shard { number, list: 0, bytes });
    files
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
