//! Postings: for each term the articles that have it, from the oldest to the newest, in flat arrays.
//!
//! Articles are known by rank (their place in order of age), terms by hash. Nothing here knows what the terms are
//! compared for, or that postings outlive a build.

use std::ops::Range;

use crate::content::terms::Term;

/// One article of a term: its rank, and the level of the term's weight in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting(u32);

/// The articles of every term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Postings {
    /// The hash of each term, ascending.
    hashes: Vec<u32>,
    /// Where the postings of each term end.
    ends: Vec<u32>,
    /// Grouped by term, ascending by rank in each group.
    all: Vec<Posting>,
}

/// The articles of one term.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    /// The term's hash.
    pub hash: u32,
    /// The place of the first of its postings among all.
    pub start: usize,
    /// Its postings, ascending by rank; at least one.
    pub postings: &'a [Posting],
}

/// The postings of the terms whose hashes lie in one range.
#[derive(Clone, Copy, Debug)]
pub struct Cut<'a> {
    /// The hash of each term, ascending.
    pub hashes: &'a [u32],
    /// Where the postings of each term end among those of all cuts.
    pub ends: &'a [u32],
    /// The postings.
    pub all: &'a [Posting],
    /// Where they begin among those of all cuts.
    pub start: u32,
}

impl Posting {
    /// The most articles there can be: 2²⁷.
    pub const MAX_ARTICLES: usize = 1 << (u32::BITS - Self::LEVEL_BITS);

    const LEVEL_BITS: u32 = 5;

    /// The posting of an article with a term of this level.
    #[must_use]
    pub fn new(rank: u32, level: u8) -> Self {
        Self(rank << Self::LEVEL_BITS | u32::from(level))
    }

    /// The posting that was written as `word`.
    #[must_use]
    pub fn from_word(word: u32) -> Self {
        Self(word)
    }

    /// The posting as one number.
    #[must_use]
    pub fn word(self) -> u32 {
        self.0
    }

    /// The article's rank.
    #[must_use]
    pub fn rank(self) -> u32 {
        self.0 >> Self::LEVEL_BITS
    }

    /// The step of the term's weight in the article.
    #[must_use]
    pub fn level(self) -> u8 {
        (self.0 % (1 << Self::LEVEL_BITS)) as u8
    }

    /// How much the article is about the term.
    #[must_use]
    pub fn weight(self) -> u32 {
        Term::weight_of_level(self.level())
    }

    /// The same posting of an article that has another rank now.
    #[must_use]
    pub fn moved(self, rank: u32) -> Self {
        Self::new(rank, self.level())
    }
}

impl Postings {
    /// Postings out of their arrays; `None` when these do not fit together.
    #[must_use]
    pub fn from_arrays(hashes: Vec<u32>, ends: Vec<u32>, all: Vec<Posting>) -> Option<Self> {
        let whole = hashes.len() == ends.len()
            && ends.last().map_or(0, |&end| end as usize) == all.len()
            && ends.is_sorted()
            && hashes.is_sorted();
        whole.then_some(Self { hashes, ends, all })
    }

    /// The hashes of the terms, ascending, and where the postings of each end.
    #[must_use]
    pub fn directory(&self) -> (&[u32], &[u32]) {
        (&self.hashes, &self.ends)
    }

    /// The postings of all terms, one term after the other.
    #[must_use]
    pub fn all(&self) -> &[Posting] {
        &self.all
    }

    /// The postings cut into so many ranges of hashes, a power of two from 2 on.
    ///
    /// # Panics
    ///
    /// When there are 2³² postings or more.
    #[must_use]
    pub fn cuts(&self, count: usize) -> Vec<Cut<'_>> {
        let bits = count.ilog2();
        let at = |hash: u32, number: usize| (hash >> (u32::BITS - bits)) as usize >= number;
        let first = |number: usize| self.hashes.partition_point(|hash| !at(*hash, number));
        (0..count)
            .map(|number| {
                let terms = first(number)..first(number + 1);
                let (start, end) = (self.start(terms.start), self.start(terms.end));
                Cut {
                    hashes: &self.hashes[terms.clone()],
                    ends: &self.ends[terms],
                    all: &self.all[start..end],
                    start: u32::try_from(start).expect("there are fewer than 2³² postings"),
                }
            })
            .collect()
    }

    /// The terms with their postings, ascending by hash.
    pub fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        (0..self.hashes.len()).map(|number| self.group(number))
    }

    /// The group of this number, counted in order of hash.
    #[must_use]
    pub fn group(&self, number: usize) -> Group<'_> {
        let start = self.start(number);
        Group { hash: self.hashes[number], start, postings: &self.all[start..self.ends[number] as usize] }
    }

    /// Adds a posting to the group that is being written.
    pub fn push(&mut self, posting: Posting) {
        self.all.push(posting);
    }

    /// Adds postings to the group that is being written.
    pub fn extend(&mut self, postings: impl IntoIterator<Item = Posting>) {
        self.all.extend(postings);
    }

    /// Takes back what was added since the last group was closed.
    pub fn reopen(&mut self) {
        self.all.truncate(self.start(self.hashes.len()));
    }

    /// Closes the group that is being written; when nothing was added there is none.
    ///
    /// # Panics
    ///
    /// When there are 2³² postings or more.
    pub fn close(&mut self, hash: u32) {
        if self.all.len() > self.start(self.hashes.len()) {
            self.hashes.push(hash);
            self.ends.push(u32::try_from(self.all.len()).expect("there are fewer than 2³² postings"));
        }
    }

    /// Adds groups of other postings as they are.
    ///
    /// # Panics
    ///
    /// When there are 2³² postings or more.
    pub fn copy(&mut self, other: &Self, groups: Range<usize>) {
        let (start, end) = (other.start(groups.start), other.start(groups.end));
        let first = u32::try_from(self.all.len()).expect("there are fewer than 2³² postings");
        let shift = first.wrapping_sub(other.ends[..groups.start].last().copied().unwrap_or(0));
        self.all.extend_from_slice(&other.all[start..end]);
        self.hashes.extend_from_slice(&other.hashes[groups.clone()]);
        self.ends.extend(other.ends[groups].iter().map(|end| end.wrapping_add(shift)));
    }

    /// Makes room for the terms and postings of `other` and so many postings more.
    pub fn reserve(&mut self, other: &Self, more: usize) {
        // Exactly: room that grows by doubling is copied on the way, and half of it may never be used.
        self.all.reserve_exact(other.all.len() + more);
        self.hashes.reserve(other.hashes.len());
        self.ends.reserve(other.ends.len());
    }

    fn start(&self, number: usize) -> usize {
        number.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::{Posting, Postings};

    fn postings(groups: &[(u32, &[u32])]) -> Postings {
        let mut all = Postings::default();
        for &(hash, ranks) in groups {
            all.extend(ranks.iter().map(|&rank| Posting::new(rank, 3)));
            all.close(hash);
        }
        all
    }

    #[test]
    fn groups_come_back_and_empty_ones_do_not() {
        let all = postings(&[(1, &[0, 5]), (2, &[]), (7, &[3])]);
        let groups: Vec<(u32, usize, u32)> =
            all.groups().map(|group| (group.hash, group.start, group.postings[0].rank())).collect();
        assert_eq!(groups, [(1, 0, 0), (7, 2, 3)]);
    }

    #[test]
    fn groups_are_copied_from_others_to_any_place() {
        let other = postings(&[(1, &[0, 5]), (4, &[1, 2, 3]), (7, &[3])]);
        let mut copy = postings(&[(0, &[9])]);
        copy.copy(&other, 1..3);
        copy.push(Posting::new(8, 0));
        copy.reopen();
        assert_eq!(copy, postings(&[(0, &[9]), (4, &[1, 2, 3]), (7, &[3])]));
        let mut longer = postings(&[]);
        longer.copy(&other, 0..3);
        assert_eq!(longer, other);
    }

    #[test]
    fn arrays_that_do_not_fit_are_no_postings() {
        let all = vec![Posting::new(1, 1); 2];
        assert!(Postings::from_arrays(vec![1, 2], vec![1, 2], all.clone()).is_some());
        assert!(Postings::from_arrays(vec![1], vec![1, 2], all.clone()).is_none());
        assert!(Postings::from_arrays(vec![1, 2], vec![1, 3], all.clone()).is_none());
        assert!(Postings::from_arrays(vec![2, 1], vec![1, 2], all).is_none());
    }
}
