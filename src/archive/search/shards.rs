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
const SHARD: usize = 3_000;

/// Lists longer than this, in bytes, have files of their own.
const LONG: usize = 1_500;

/// How many postings are sorted by their words at a time, 4 bytes each.
const PILE: usize = 6_000_000;

/// How many words a thread takes at a time.
const BATCH: usize = 256;

/// Everything that the shards of a segment are made of.
pub struct Stock<'a> {
    /// The articles in their order.
    pub entries: &'a [Entry],
    /// The marks of each article: its category and authors.
    pub marks: &'a [Vec<u32>],
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
    shard: u32,
    word: &'a str,
    list: Vec<u8>,
}

/// The shards of a segment, in order, and how many there are without the lists that have files of their own.
#[must_use]
pub fn shards(stock: &Stock<'_>) -> (Vec<Shard>, u32) {
    let mut lists = lists(stock);
    let short = lists.iter().map(|listed| short(listed.list.len()) + listed.word.len() + 3).sum::<usize>();
    let count = rounded(short.div_ceil(SHARD).max(1));
    for listed in &mut lists {
        listed.shard %= count;
    }
    lists.par_sort_unstable_by(|a, b| (a.shard, a.word).cmp(&(b.shard, b.word)));
    let mut groups: Vec<(u32, Vec<Listed<'_>>)> = (0..count).map(|number| (number, Vec::new())).collect();
    for listed in lists {
        groups[listed.shard as usize].1.push(listed);
    }
    let files = groups.into_par_iter().map(|(number, group)| files(number, group, stock.stamp));
    (files.flatten_iter().collect(), count)
}

/// The number that decides on the shard of a word: FNV-1a, 32 bits, of its first letters.
fn home(word: &str) -> u32 {
    let end = word.char_indices().nth(STEM).map_or(word.len(), |(at, _)| at);
    word.as_bytes()[..end]
        .iter()
        .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

fn short(length: usize) -> usize {
    if length > LONG { 0 } else { length }
}

/// A number to three binary digits: a new article seldom changes it.
fn rounded(count: usize) -> u32 {
    let spare = (usize::BITS - count.leading_zeros()).saturating_sub(3);
    u32::try_from(count >> spare << spare).expect("there are few shards")
}

/// The files of one shard.
fn files(number: u32, group: Vec<Listed<'_>>, stamp: u32) -> Vec<Shard> {
    let mut bytes = stamp.to_le_bytes().to_vec();
    put(&mut bytes, group.len() as u64);
    let mut files = Vec::new();
    let mut before = "";
    for Listed { word, list, .. } in group {
        let shared = word.bytes().zip(before.bytes()).take_while(|(one, other)| one == other).count();
        let rest = &word.as_bytes()[shared..];
        bytes.extend([(shared & 0xff) as u8, (rest.len() & 0xff) as u8]);
        bytes.extend_from_slice(rest);
        before = word;
        if short(list.len()) == 0 {
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

/// The lists of all words, in no order that tells anything.
fn lists<'a>(stock: &Stock<'a>) -> Vec<Listed<'a>> {
    let norms: Vec<f32> = stock.entries.iter().map(|entry| list::norm(entry.length(), stock.average)).collect();
    let mut counts = vec![0_u32; stock.words.len()];
    for (entry, marks) in stock.entries.iter().zip(stock.marks) {
        entry.each(|number, _| counts[number as usize] += 1);
        marks.iter().for_each(|mark| counts[*mark as usize] += 1);
    }
    let mut all = Vec::new();
    for range in piles(&counts) {
        let (pile, ends) = pile(stock, &counts, range.clone());
        let numbers: Vec<usize> = range.clone().filter(|number| counts[*number] > 0).collect();
        let written: Vec<Vec<Listed<'a>>> = numbers
            .par_chunks(BATCH)
            .map(|numbers| {
                let mut weights = Vec::new();
                let mut bytes = Vec::new();
                let listed = numbers.iter().map(|&number| {
                    let end = ends[number - range.start];
                    bytes.clear();
                    list::write(&pile[end - counts[number] as usize..end], &norms, &mut weights, &mut bytes);
                    let word = stock.words.word(u32::try_from(number).expect("numbers of words have 32 bits"));
                    Listed { shard: home(word), word, list: bytes.as_slice().to_vec() }
                });
                listed.collect()
            })
            .collect();
        all.extend(written.into_iter().flatten());
    }
    all
}

/// Ranges of words that have about [`PILE`] postings each.
fn piles(counts: &[u32]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut sum) = (0, 0);
    for (number, count) in counts.iter().enumerate() {
        sum += *count as usize;
        if sum >= PILE {
            ranges.push(start..number + 1);
            (start, sum) = (number + 1, 0);
        }
    }
    ranges.push(start..counts.len());
    ranges
}

/// The postings of a range of words, word by word, and where each word's end.
fn pile(stock: &Stock<'_>, counts: &[u32], range: Range<usize>) -> (Vec<Posting>, Vec<usize>) {
    let mut sum = 0;
    let mut places: Vec<usize> = counts[range.clone()]
        .iter()
        .map(|count| {
            sum += *count as usize;
            sum - *count as usize
        })
        .collect();
    let mut pile = vec![Posting::new(0, 0); sum];
    let mut put = |word: u32, posting: Posting| {
        let Some(place) = (word as usize).checked_sub(range.start).and_then(|at| places.get_mut(at)) else {
            return;
        };
        pile[*place] = posting;
        *place += 1;
    };
    for (article, (entry, marks)) in (0..).zip(stock.entries.iter().zip(stock.marks)) {
        entry.each(|word, count| put(word, Posting::new(article, count)));
        marks.iter().for_each(|mark| put(*mark, Posting::new(article, 0)));
    }
    (pile, places)
}
