//! The lexicon: a number for every word that ever stood in an article, and an article as a list of such numbers.
//!
//! Numbers are given as words are met, so they differ from one history of builds to another; nothing that is
//! published may depend on them.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use crate::content::vocabulary::{MOST, Vocabulary, digest};
use crate::fingerprint::DigestMap;

/// Words with their numbers. Any thread may ask for numbers.
#[derive(Default)]
pub struct Lexicon(RwLock<Words>);

/// All words by number.
#[derive(Default)]
pub struct Words {
    numbers: DigestMap<u32>,
    /// The words, one after the other.
    text: String,
    ends: Vec<u32>,
}

impl Words {
    /// How many words there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The word with a number that was given.
    #[must_use]
    pub fn word(&self, number: u32) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before as usize]);
        &self.text[start as usize..self.ends[number as usize] as usize]
    }

    /// The number of a word, which may be new.
    fn number(&mut self, word: &str, digest: u64) -> u32 {
        let next = u32::try_from(self.ends.len()).expect("there are fewer than 2³² words");
        *self.numbers.entry(digest).or_insert_with(|| {
            self.text.push_str(word);
            self.ends.push(u32::try_from(self.text.len()).expect("all words have less than 4 GiB"));
            next
        })
    }
}

impl Lexicon {
    /// The lexicon that [`Lexicon::to_lines`] wrote.
    #[must_use]
    pub fn of_lines(lines: &str) -> Self {
        let mut words = Words::default();
        for word in lines.lines() {
            words.number(word, digest(word));
        }
        Self(RwLock::new(words))
    }

    /// All words by number, a line each.
    #[must_use]
    pub fn to_lines(&self) -> String {
        let words = self.words();
        let mut lines = String::with_capacity(words.text.len() + words.len());
        for number in 0..words.len() {
            lines.push_str(words.word(u32::try_from(number).unwrap_or(u32::MAX)));
            lines.push('\n');
        }
        lines
    }

    /// All words.
    pub fn words(&self) -> RwLockReadGuard<'_, Words> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a word, which may be new.
    #[must_use]
    pub fn number(&self, word: &str) -> u32 {
        let known = self.find(word);
        known.unwrap_or_else(|| {
            self.0.write().unwrap_or_else(PoisonError::into_inner).number(word, digest(word))
        })
    }

    /// The number of a word.
    #[must_use]
    pub fn find(&self, word: &str) -> Option<u32> {
        self.words().numbers.get(&digest(word)).copied()
    }

    /// An article as a list of numbers.
    #[must_use]
    pub fn entry(&self, vocabulary: &Vocabulary) -> Entry {
        let mut found: Vec<u64> = Vec::with_capacity(640);
        let mut missing = Vec::new();
        let known = self.words();
        for (word, digest, weight) in vocabulary.words() {
            match known.numbers.get(&digest) {
                Some(number) => found.push(counted(*number, weight)),
                None => missing.push((word, digest, weight)),
            }
        }
        drop(known);
        if !missing.is_empty() {
            let mut words = self.0.write().unwrap_or_else(PoisonError::into_inner);
            let number = |(word, digest, weight)| counted(words.number(word, digest), weight);
            found.extend(missing.into_iter().map(number));
        }
        Entry::of(vocabulary.length(), found)
    }
}

/// A word by number and how much it counts, in one number: a list of them is quickly sorted.
fn counted(number: u32, weight: u32) -> u64 {
    u64::from(number) << 32 | u64::from(weight)
}

/// An article as the index knows it: how long it is, and its words by number with how much each counts.
///
/// Bytes: the length, then for each word twice the step from the number before, plus one when another number follows,
/// which is how much the word counts; else it counts once. All numbers are in groups of seven bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<B: AsRef<[u8]> = Vec<u8>>(B);

impl Entry {
    /// `words` are made by [`counted`].
    fn of(length: u32, mut words: Vec<u64>) -> Self {
        words.sort_unstable();
        let mut bytes = Vec::with_capacity(words.len() * 3 / 2 + 8);
        put(&mut bytes, length);
        let mut before = 0;
        for same in words.chunk_by(|one, other| one >> 32 == other >> 32) {
            let number = same[0] >> 32;
            let weight = same.iter().map(|counted| counted & u64::from(u32::MAX)).sum::<u64>();
            let weight = weight.min(u64::from(MOST));
            let step = (number - before) << 1;
            before = number;
            if weight == 1 {
                put(&mut bytes, step);
            } else {
                put(&mut bytes, step | 1);
                put(&mut bytes, weight);
            }
        }
        Self(bytes)
    }
}

impl<B: AsRef<[u8]>> Entry<B> {
    /// The entry with these bytes.
    pub fn of_bytes(bytes: B) -> Self {
        Self(bytes)
    }

    /// Its bytes, to be put aside.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// Writes it behind others, to be kept with them.
    pub fn join(&self, block: &mut Vec<u8>) {
        put(block, self.bytes().len() as u64);
        block.extend_from_slice(self.bytes());
    }

    /// How many words the article has, each occurrence.
    #[must_use]
    pub fn length(&self) -> u32 {
        let mut rest = self.bytes();
        take(&mut rest).unwrap_or(0)
    }

    /// The words that do not count the same in another text, with how much each counts in the one and in the other.
    #[must_use]
    pub fn differing_counts(&self, other: &Entry<impl AsRef<[u8]>>) -> Vec<(u32, Option<u8>, Option<u8>)> {
        let (mut one, mut all) = (BTreeMap::new(), Vec::new());
        self.each_below(u32::MAX, |word, count| _ = one.insert(word, count));
        other.each_below(u32::MAX, |word, count| {
            let before = one.remove(&word);
            if before != Some(count) {
                all.push((word, before, Some(count)));
            }
        });
        all.extend(one.into_iter().map(|(word, count)| (word, Some(count), None)));
        all
    }

    /// Calls `see` with the number of each word below `end`, ascending, and how much it counts.
    pub fn each_below(&self, end: u32, mut see: impl FnMut(u32, u8)) {
        let mut rest = self.bytes();
        _ = take(&mut rest);
        let mut number = 0;
        while let Some(step) = take(&mut rest) {
            number += step >> 1;
            if number >= end {
                return;
            }
            let weight = if step & 1 == 1 { take(&mut rest).unwrap_or(1) } else { 1 };
            see(number, u8::try_from(weight).unwrap_or(u8::MAX));
        }
    }
}

/// The entries of a block that [`Entry::join`] wrote, in order; it ends early when the block is damaged.
#[derive(Clone)]
pub struct Entries<'a>(&'a [u8]);

impl<'a> Entries<'a> {
    /// The entries of a block.
    #[must_use]
    pub fn of(block: &'a [u8]) -> Self {
        Self(block)
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let length = take(&mut self.0)? as usize;
        let (entry, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(Entry(entry))
    }
}

/// Writes a number in groups of seven bits, the lowest first; the highest bit of a byte says that more follow.
pub(super) fn put(bytes: &mut Vec<u8>, number: impl Into<u64>) {
    let mut rest = number.into();
    while rest >= 0x80 {
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push((rest & 0x7f) as u8);
}

/// Takes the number that begins `bytes`.
pub(super) fn take(bytes: &mut &[u8]) -> Option<u32> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::{Entries, Lexicon};
    use crate::content::vocabulary::Vocabulary;

    fn check(words: &[(&str, u32)], expected: &[(&str, u8)]) {
        let mut vocabulary = Vocabulary::of_length(70_000);
        for (word, weight) in words {
            vocabulary.add(word, *weight);
        }
        let lexicon = Lexicon::default();
        for number in 0..300 {
            _ = lexicon.number(&format!("before{number}"));
        }
        let mut block = Vec::new();
        lexicon.entry(&Vocabulary::of_length(1)).join(&mut block);
        lexicon.entry(&vocabulary).join(&mut block);
        let entry = Entries::of(&block).nth(1).expect("two entries");
        assert_eq!(entry.length(), 70_000);
        let lexicon = Lexicon::of_lines(&lexicon.to_lines());
        let mut found = Vec::new();
        entry.each_below(u32::MAX, |number, weight| {
            found.push((lexicon.words().word(number).to_owned(), weight));
        });
        let expected: Vec<_> = expected.iter().map(|(word, weight)| ((*word).to_owned(), *weight)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn entries_come_back() {
        check(&[], &[]);
        check(&[("rain", 1), ("before299", 4), ("sun", 200)], &[("before299", 4), ("rain", 1), ("sun", 200)]);
        check(&[("école", 1), ("rain", 1), ("ecole", 2)], &[("ecole", 3), ("rain", 1)]);
        check(&[("a1", 255), ("á1", 255)], &[("a1", 255)]);
    }
}
