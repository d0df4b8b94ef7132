//! Edits of postings, in the order in which postings stand.
//!
//! From nothing to a whole archive is millions of edits, one changed text is a dozen: both are gathered article by
//! article and handed out term by term. Nothing here knows what the edits are for.

use std::ops::Range;

use rayon::prelude::*;

use crate::archive::related::postings::Posting;
use crate::content::terms::Term;

/// An article gets a term, or loses it. One integer, ordered as postings are: hash, rank, level, and what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit(u64);

/// Edits of many articles.
pub struct Edits {
    /// In each part, the edits of one pile after those of another; parts ascend by rank.
    parts: Vec<Vec<Edit>>,
}

/// How many articles' edits are gathered at once: some 256,000, which a processor's own cache holds.
const PART_ARTICLES: usize = 4_096;

/// Bits of a hash that are sorted at once: few enough that the ends of all piles stay in the nearest cache.
const DIGIT_BITS: u32 = 9;
const DIGITS: usize = 1 << DIGIT_BITS;

/// Up to how many edits a plain sort is quicker than one by digits.
const FEW: usize = 2_048;

/// How many piles are sorted side by side before they are handed out.
const BATCH: usize = 16;

impl Edit {
    const RANK_SHIFT: u32 = 6;
    const HASH_SHIFT: u32 = 33;

    /// The article of this rank has the term, in this level and no other.
    #[must_use]
    pub fn put(rank: u32, term: Term) -> Self {
        let at = u64::from(term.hash()) << Self::HASH_SHIFT | u64::from(rank) << Self::RANK_SHIFT;
        Self(at | u64::from(term.level()) << 1 | 1)
    }

    /// The article of this rank has the term no more.
    #[must_use]
    pub fn cut(rank: u32, term: Term) -> Self {
        Self(u64::from(term.hash()) << Self::HASH_SHIFT | u64::from(rank) << Self::RANK_SHIFT)
    }

    /// The term's hash.
    #[must_use]
    pub fn hash(self) -> u32 {
        (self.0 >> Self::HASH_SHIFT) as u32
    }

    /// The article's rank.
    #[must_use]
    pub fn rank(self) -> u32 {
        (self.0 >> Self::RANK_SHIFT & 0x07ff_ffff) as u32
    }

    /// The posting that there is now, if there is one.
    #[must_use]
    pub fn posting(self) -> Option<Posting> {
        (self.0 & 1 == 1).then(|| Posting::new(self.rank(), (self.0 >> 1 & 0x1f) as u8))
    }

    /// Nine bits of the hash: the highest for place 2, the lowest for place 0.
    fn digit(self, place: u32) -> usize {
        (self.hash() >> (place * DIGIT_BITS)) as usize % DIGITS
    }
}

impl Edits {
    /// Gathers the edits that `of` gives for the article of each rank below `articles`. Of one article and one term
    /// there must be one edit at most.
    ///
    /// # Panics
    ///
    /// When there are more articles than ranks.
    pub fn gather(articles: usize, of: impl Fn(u32, &mut Vec<Edit>) + Sync) -> Self {
        let part = |edits: &mut Vec<Edit>, number: usize| {
            edits.clear();
            for rank in number * PART_ARTICLES..articles.min((number + 1) * PART_ARTICLES) {
                of(u32::try_from(rank).expect("ranks have 32 bits"), edits);
            }
            if edits.len() <= FEW {
                edits.sort_unstable();
                edits.clone()
            } else {
                by_digit(edits, 2)
            }
        };
        let parts = (0..articles.div_ceil(PART_ARTICLES)).into_par_iter();
        Self { parts: parts.map_init(Vec::new, part).collect() }
    }

    /// How many edits there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    /// Hands out all edits, sorted: each slice holds all edits of the terms in it, and slices ascend.
    pub fn hand_out(self, mut take: impl FnMut(&[Edit])) {
        if self.count() <= FEW {
            let mut all = self.parts.concat();
            all.sort_unstable();
            return take(&all);
        }
        for first in (0..DIGITS).step_by(BATCH) {
            let piles: Vec<Vec<Edit>> =
                (first..first + BATCH).into_par_iter().map(|digit| self.pile(digit)).collect();
            for pile in &piles {
                take(pile);
            }
        }
    }

    /// The edits of the terms whose hash begins with this digit, sorted.
    fn pile(&self, digit: usize) -> Vec<Edit> {
        let mut pile = Vec::new();
        for part in &self.parts {
            let start = part.partition_point(|edit| edit.digit(2) < digit);
            let end = start + part[start..].partition_point(|edit| edit.digit(2) == digit);
            pile.extend_from_slice(&part[start..end]);
        }
        if pile.len() <= FEW {
            pile.sort_unstable();
            return pile;
        }
        by_digit(&by_digit(&pile, 0), 1)
    }
}

/// One of so many ranges that all hashes are in.
///
/// # Panics
///
/// When there is no such range.
#[must_use]
pub fn hashes(range: usize, ranges: usize) -> Range<u32> {
    assert!(range < ranges, "there are as many ranges as there are");
    let bound = |range: usize| ((range as u64) << Term::HASH_BITS) / ranges as u64;
    let number = |bound: u64| u32::try_from(bound).expect("hashes have 32 bits");
    number(bound(range))..number(bound(range + 1))
}

/// Those of some terms whose hashes are in the range.
#[must_use]
pub fn within<'t>(terms: Option<&'t [Term]>, hashes: &Range<u32>) -> Option<&'t [Term]> {
    let terms = terms?;
    let place = |hash: u32| terms.partition_point(|term| term.hash() < hash);
    Some(&terms[place(hashes.start)..place(hashes.end)])
}

/// The edits that turn the terms of an article into others.
pub fn differences(rank: u32, before: &[Term], now: &[Term], edits: &mut Vec<Edit>) {
    let mut before = before.iter().peekable();
    for &term in now {
        while let Some(&gone) = before.next_if(|other| other.hash() < term.hash()) {
            edits.push(Edit::cut(rank, gone));
        }
        let same = before.next_if(|other| other.hash() == term.hash());
        if same != Some(&term) {
            edits.push(Edit::put(rank, term));
        }
    }
    edits.extend(before.map(|&gone| Edit::cut(rank, gone)));
}

/// The edits in order of one digit of their hashes, and those with the same digit in the order given.
fn by_digit(edits: &[Edit], place: u32) -> Vec<Edit> {
    let mut ends = [0_usize; DIGITS];
    for edit in edits {
        ends[edit.digit(place)] += 1;
    }
    let mut total = 0;
    for end in &mut ends {
        (*end, total) = (total, total + *end);
    }
    let mut sorted = edits.to_vec();
    for &edit in edits {
        let end = &mut ends[edit.digit(place)];
        sorted[*end] = edit;
        *end += 1;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::{Edit, Edits, Posting};
    use crate::content::terms::Terms;

    fn check(articles: usize) {
        let vocabulary = Terms::of("", "", &[], "rain sun wind fog ice snow hail storm sleet drizzle");
        let of = |rank: u32, edits: &mut Vec<Edit>| {
            for (number, &term) in (0_u32..).zip(vocabulary.as_slice()) {
                match (rank + number) % 5 {
                    0 => edits.push(Edit::cut(rank, term)),
                    1 | 2 => edits.push(Edit::put(rank, term)),
                    _ => {}
                }
            }
        };
        let mut expected = Vec::new();
        for rank in 0..u32::try_from(articles).expect("few articles") {
            of(rank, &mut expected);
        }
        expected.sort_unstable();
        let mut found = Vec::new();
        Edits::gather(articles, of).hand_out(|edits| found.extend_from_slice(edits));
        assert_eq!(found, expected);
    }

    #[test]
    fn edits_come_sorted_however_many_there_are() {
        check(0);
        check(20);
        check(9_000);
        check(50_000);
    }

    #[test]
    fn an_edit_holds_what_it_was_made_of() {
        let term = Terms::of("", "", &[], "rain").as_slice()[0];
        let put = Edit::put((1 << 27) - 1, term);
        assert_eq!((put.hash(), put.rank()), (term.hash(), (1 << 27) - 1));
        assert_eq!(put.posting().map(Posting::level), Some(term.level()));
        assert_eq!(Edit::cut(3, term).posting(), None);
    }
}
