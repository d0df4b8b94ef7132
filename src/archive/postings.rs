//! Postings: for each term the articles that have it, from the oldest to the newest, in flat arrays.
//!
//! Articles are known by rank (their place in order of age) and terms by their seats (where an article stands among
//! those that share the term). Nothing here knows what the terms are compared for.

use std::ops::Range;

use rayon::prelude::*;

use crate::content::terms::{Term, Terms};

/// The articles of every term.
pub struct Postings {
    /// Grouped by term, ascending by rank in each group.
    all: Vec<Posting>,
    /// The seats of all articles, by rank and then in the order of the article's terms.
    seats: Vec<Seat>,
    /// Where the seats of each rank begin; one more at the end.
    starts: Vec<u32>,
}

/// One article of a term: its rank, whether it is the term's first (oldest), and the level of the term's weight in it.
#[derive(Clone, Copy)]
pub struct Posting(u32);

/// Where an article stands among those that share one of its terms.
#[derive(Clone, Copy, Default)]
pub struct Seat {
    /// The posting.
    at: u32,
    /// How many articles that are as old or older have the term, itself included.
    pub frequency: u32,
}

impl Posting {
    const LEVEL_BITS: u32 = 5;
    const FIRST: u32 = 1 << Self::LEVEL_BITS;
    const RANK_SHIFT: u32 = Self::LEVEL_BITS + 1;
    /// The most articles there can be: 2²⁶.
    const MAX_ARTICLES: usize = 1 << (u32::BITS - Self::RANK_SHIFT);

    fn new(rank: u32, first: bool, level: u8) -> Self {
        Self(rank << Self::RANK_SHIFT | u32::from(first) << Self::LEVEL_BITS | u32::from(level))
    }

    /// The article's rank.
    #[must_use]
    pub fn rank(self) -> u32 {
        self.0 >> Self::RANK_SHIFT
    }

    /// How much the article is about the term.
    #[must_use]
    pub fn weight(self) -> u32 {
        Term::weight_of_level((self.0 % Self::FIRST) as u8)
    }

    fn is_first(self) -> bool {
        self.0 & Self::FIRST != 0
    }
}

impl Postings {
    /// The postings of the articles with these terms, from the oldest to the newest. `peers_end` says for each rank
    /// where the articles of the same age end: they count as old enough for each other.
    ///
    /// # Panics
    ///
    /// When there are more than 2²⁶ articles.
    #[must_use]
    pub fn new(articles: &[&Terms], peers_end: &[u32]) -> Self {
        assert!(articles.len() <= Posting::MAX_ARTICLES, "there are more articles than ranks");
        let mut starts = Vec::with_capacity(articles.len() + 1);
        let mut entries = Vec::with_capacity(articles.iter().map(|terms| terms.as_slice().len()).sum());
        for (rank, terms) in (0_u32..).zip(articles) {
            starts.push(position(entries.len()));
            entries.extend(terms.as_slice().iter().map(|&term| Entry::new(term, rank)));
        }
        starts.push(position(entries.len()));
        entries.par_sort_unstable();

        let mut cursors = starts.clone();
        let mut seats = vec![Seat::default(); entries.len()];
        let mut postings = Vec::with_capacity(entries.len());
        for sharing in entries.chunk_by(|left, right| left.hash() == right.hash()) {
            let begin = position(postings.len());
            postings.extend((0..).zip(sharing).map(|(at, it)| Posting::new(it.rank(), at == 0, it.level())));
            let mut frequency = 0;
            for (at, entry) in (0_u32..).zip(sharing) {
                let end = peers_end[entry.rank() as usize];
                frequency = frequency.max(at + 1);
                while sharing.get(frequency as usize).is_some_and(|next| next.rank() < end) {
                    frequency += 1;
                }
                // Terms come by ascending hash, and so do those of each article: its next seat is this one.
                let cursor = &mut cursors[entry.rank() as usize];
                seats[*cursor as usize] = Seat { at: begin + at, frequency };
                *cursor += 1;
            }
        }
        Self { all: postings, seats, starts }
    }

    /// The seats of the article of this rank, one for each of its terms, in their order.
    #[must_use]
    pub fn seats(&self, rank: usize) -> &[Seat] {
        let Range { start, end } = self.starts[rank]..self.starts[rank + 1];
        &self.seats[start as usize..end as usize]
    }

    /// The article's own posting.
    #[must_use]
    pub fn own(&self, seat: Seat) -> Posting {
        self.all[seat.at as usize]
    }

    /// The articles before it that share the term, the next older one first.
    pub fn older(&self, seat: Seat) -> impl Iterator<Item = Posting> {
        // The first posting of the term ends the walk; the one of the article itself comes before all others.
        let walk = self.all[..=seat.at as usize].iter().rev().copied();
        let mut over = false;
        walk.take_while(move |posting| !std::mem::replace(&mut over, posting.is_first())).skip(1)
    }

    /// The articles after it that share the term and are no newer: their ranks are below `peers_end`.
    pub fn peers(&self, seat: Seat, peers_end: u32) -> impl Iterator<Item = Posting> {
        let walk = self.all[seat.at as usize + 1..].iter().copied();
        walk.take_while(move |posting| !posting.is_first() && posting.rank() < peers_end)
    }
}

/// A term of an article as one integer that sorts by hash, then rank.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u64);

impl Entry {
    fn new(term: Term, rank: u32) -> Self {
        Self(u64::from(term.hash()) << 37 | u64::from(rank) << 5 | u64::from(term.level()))
    }

    fn hash(self) -> u64 {
        self.0 >> 37
    }

    fn rank(self) -> u32 {
        (self.0 >> 5 & 0xffff_ffff) as u32
    }

    fn level(self) -> u8 {
        (self.0 & 31) as u8
    }
}

fn position(length: usize) -> u32 {
    u32::try_from(length).expect("the terms of 2²⁶ articles of 64 terms each still count in 32 bits")
}

#[cfg(test)]
mod tests {
    use super::Postings;
    use crate::content::terms::Terms;

    /// The ranks that share the word `rain` with the article of `rank`: older ones, peers; and their number in all.
    fn check(
        articles: &[&str],
        peers_end: &[u32],
        rank: usize,
        older: &[u32],
        peers: &[u32],
        frequency: u32,
    ) {
        let terms: Vec<Terms> = articles.iter().map(|text| Terms::of("", "", &[], text)).collect();
        let postings = Postings::new(&terms.iter().collect::<Vec<_>>(), peers_end);
        let rain = Terms::of("", "", &[], "rain").as_slice()[0].hash();
        let slot =
            terms[rank].as_slice().iter().position(|term| term.hash() == rain).expect("it has the word");
        let seat = postings.seats(rank)[slot];
        assert_eq!(postings.own(seat).rank() as usize, rank);
        assert_eq!(postings.older(seat).map(|posting| posting.rank()).collect::<Vec<_>>(), older);
        assert_eq!(
            postings.peers(seat, peers_end[rank]).map(|posting| posting.rank()).collect::<Vec<_>>(),
            peers
        );
        assert_eq!(seat.frequency, frequency);
    }

    const STORIES: [&str; 6] = ["rain wind", "sun", "rain sun", "fog rain", "ice", "wind rain fog"];

    #[test]
    fn older_articles_come_newest_first() {
        let each = [1, 2, 3, 4, 5, 6];
        check(&STORIES, &each, 5, &[3, 2, 0], &[], 4);
        check(&STORIES, &each, 2, &[0], &[], 2);
        check(&STORIES, &each, 0, &[], &[], 1);
    }

    #[test]
    fn articles_of_one_instant_see_each_other() {
        let same = [1, 5, 5, 5, 5, 6];
        check(&STORIES, &same, 2, &[0], &[3], 3);
        check(&STORIES, &same, 3, &[2, 0], &[], 3);
        check(&STORIES, &[6; 6], 0, &[], &[2, 3, 5], 4);
    }
}
