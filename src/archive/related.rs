//! Related articles: text similarity weighed by recency, older pieces only.
//!
//! An article is compared *as of its own publication*: how rare a term is counts the articles that were out by then
//! and no others, so a piece published today changes no older article's neighbours. What an edit of an old piece
//! changes for younger ones is kept small by steps: rarity counts in half powers of two, and is the same until a
//! count crosses one. All arithmetic is on integers: the same articles give the same lists on every machine, with any
//! number of threads.
//!
//! ```text
//! rarity(t)   = ⌊2 log₂ n⌋ − ⌊2 log₂ df(t)⌋ + 1       n, df(t): articles as old or older, and those with term t
//! dot(a, b)   = Σ weight(a, t) · weight(b, t) · rarity(t)²         over a's terms, newest articles first, capped
//! norm(b)     = √ Σ (weight(b, t) · rarity of t at b's time)²
//! score(a, b) = dot(a, b) / norm(b) · √(year / (year + age)) · (1.3 when a category is shared) · (1.3 for an author)
//! ```
//!
//! Nothing here knows of words, pages or files.

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::archive::postings::{Postings, Seat};
use crate::content::terms::Terms;

/// An article as it is compared with others.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    /// What its text is about.
    pub terms: &'a Terms,
    /// The instant of publication, in seconds since 1970 UTC.
    pub seconds: i64,
    /// The number of its category; only equality matters.
    pub category: u32,
    /// The numbers of its authors; only equality matters.
    pub authors: &'a [u32],
    /// Indices of articles never to show under it: those it links in its body, or pins.
    pub exclude: &'a [u32],
}

/// How many articles of one term are looked at, newest first. Older ones would hardly win against recency; on the
/// corpus of government news 64 finds as many of the reporters' own links as no limit does.
const WALK: usize = 64;

/// How many articles are weighed for one article. Once as many share a term with it, the rest of the (less telling)
/// terms adds to those only.
const WEIGHED: usize = 1024;

/// The age at which recency has fallen to √½: one year.
const YEAR_SECONDS: u64 = 31_557_600;

/// What recency is at no age at all: 1 in 16 binary places.
const RECENCY_ONE: u64 = 1 << 16;

/// What a score is multiplied by when nothing, one or both of category and author are shared: 1, 1.3, 1.3² in 256ths.
const KINSHIP_256THS: [u64; 3] = [256, 333, 433];

/// The greatest factor a dot product can get: no age, a shared category and a shared author.
const MOST: u64 = RECENCY_ONE * KINSHIP_256THS[2];

/// For each article the indices of the `count` most related ones, best first; fewer when fewer share a term with it.
///
/// Related articles are older than, or as old as, the article itself, and never the article or one it excludes.
/// Equal scores rank by recency, then by index.
///
/// # Panics
///
/// When there are more than 2²⁶ articles.
#[must_use]
pub fn relate(articles: &[Candidate<'_>], count: usize) -> Vec<Vec<u32>> {
    let shelf = Shelf::new(articles);
    let mut lists = vec![Vec::new(); articles.len()];
    // Neighbours in time look at the same postings, so each thread takes them in that order.
    let found: Vec<Vec<u32>> = (0..articles.len())
        .into_par_iter()
        .map_init(|| Scratch::new(articles.len()), |scratch, rank| shelf.related(rank, count, scratch))
        .collect();
    for (&index, list) in shelf.by_age.iter().zip(found) {
        lists[index as usize] = list;
    }
    lists
}

/// All articles from the oldest to the newest. An article's place in that order is its rank.
struct Shelf<'a> {
    articles: &'a [Candidate<'a>],
    /// The index of the article of each rank.
    by_age: Vec<u32>,
    /// For each rank the rank after the last one with the same instant.
    peers_end: Vec<u32>,
    postings: Postings,
    /// The length of each article's vector of terms, by rank.
    norms: Vec<u32>,
}

/// What one thread reuses from article to article.
struct Scratch {
    /// The sum so far, by rank; zero where nothing was added.
    dots: Vec<u32>,
    /// The ranks with a sum.
    touched: Vec<u32>,
    /// The article's terms: what each adds for a weight of one, and its slot.
    query: Vec<(u32, usize)>,
}

/// An article that may be shown, ordered so that the better one is the lesser.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ranked {
    score: Reverse<u64>,
    seconds: Reverse<i64>,
    index: u32,
}

impl Scratch {
    fn new(articles: usize) -> Self {
        Self { dots: vec![0; articles], touched: Vec::with_capacity(WEIGHED), query: Vec::new() }
    }
}

impl<'a> Shelf<'a> {
    fn new(articles: &'a [Candidate<'a>]) -> Self {
        let mut by_age: Vec<u32> =
            (0..u32::try_from(articles.len()).expect("articles count in 32 bits")).collect();
        by_age.par_sort_unstable_by_key(|&index| (articles[index as usize].seconds, index));
        let mut peers_end = Vec::with_capacity(by_age.len());
        for peers in by_age
            .chunk_by(|&left, &right| articles[left as usize].seconds == articles[right as usize].seconds)
        {
            let end = peers_end.len() + peers.len();
            peers_end.resize(end, u32::try_from(end).expect("articles count in 32 bits"));
        }
        let terms: Vec<&Terms> = by_age.iter().map(|&index| articles[index as usize].terms).collect();
        let postings = Postings::new(&terms, &peers_end);
        let mut shelf = Self { articles, by_age, peers_end, postings, norms: Vec::new() };
        shelf.norms = (0..articles.len()).into_par_iter().map(|rank| shelf.norm(rank)).collect();
        shelf
    }

    /// The length of the article's vector of terms, at least 1.
    fn norm(&self, rank: usize) -> u32 {
        let squares = self.postings.seats(rank).iter().map(|&seat| {
            let part = u64::from(self.postings.own(seat).weight() * self.rarity(rank, seat));
            part * part
        });
        u32::try_from(squares.sum::<u64>().isqrt().max(1)).expect("96 parts of at most 64 · 53 each")
    }

    /// How rare a term is among the articles that are as old as this one, or older: from 1, in half powers of two.
    fn rarity(&self, rank: usize, seat: Seat) -> u32 {
        steps(self.peers_end[rank]) - steps(seat.frequency) + 1
    }

    fn related(&self, rank: usize, count: usize, scratch: &mut Scratch) -> Vec<u32> {
        self.add_up(rank, scratch);
        let own = self.article(rank);
        let mut best = Vec::with_capacity(count + 1);
        for at in scratch.touched.drain(..) {
            let dot = std::mem::take(&mut scratch.dots[at as usize]);
            let norm = u64::from(self.norms[at as usize]);
            let least =
                best.last().map_or(0, |ranked: &Ranked| if best.len() < count { 0 } else { ranked.score.0 });
            if u64::from(dot) * MOST < least * norm {
                continue;
            }
            let (index, other) = (self.by_age[at as usize], self.article(at as usize));
            if own.exclude.contains(&index) {
                continue;
            }
            let score =
                u64::from(dot) * recency(own.seconds.abs_diff(other.seconds)) * kinship(own, other) / norm;
            let ranked = Ranked { score: Reverse(score), seconds: Reverse(other.seconds), index };
            let place = best.partition_point(|better| *better < ranked);
            best.insert(place, ranked);
            best.truncate(count);
        }
        best.into_iter().map(|ranked| ranked.index).collect()
    }

    /// Adds up the dot products with the articles that share terms with this one, the most telling terms first.
    fn add_up(&self, rank: usize, scratch: &mut Scratch) {
        let seats = self.postings.seats(rank);
        scratch.query.clear();
        scratch.query.extend((0..).zip(seats).filter(|(_, seat)| seat.frequency > 1).map(|(slot, &seat)| {
            let rarity = self.rarity(rank, seat);
            (self.postings.own(seat).weight() * rarity * rarity, slot)
        }));
        scratch.query.sort_unstable_by_key(|&(impact, slot)| (Reverse(impact), slot));
        for &(impact, slot) in &scratch.query {
            let seat = seats[slot];
            let older = self.postings.older(seat).take(WALK);
            for posting in older.chain(self.postings.peers(seat, self.peers_end[rank]).take(WALK)) {
                let dot = &mut scratch.dots[posting.rank() as usize];
                if *dot == 0 {
                    if scratch.touched.len() >= WEIGHED {
                        continue;
                    }
                    scratch.touched.push(posting.rank());
                }
                *dot += impact * posting.weight();
            }
        }
    }

    fn article(&self, rank: usize) -> &'a Candidate<'a> {
        &self.articles[self.by_age[rank] as usize]
    }
}

/// ⌊2 log₂ count⌋.
fn steps(count: u32) -> u32 {
    (u64::from(count) * u64::from(count)).ilog2()
}

/// What the age of a piece, in seconds, leaves of its score.
fn recency(age: u64) -> u64 {
    (RECENCY_ONE * RECENCY_ONE * YEAR_SECONDS / (YEAR_SECONDS + age)).isqrt()
}

/// What a shared category and a shared author make of a score, in 256ths.
fn kinship(own: &Candidate<'_>, other: &Candidate<'_>) -> u64 {
    let author = own.authors.iter().any(|author| other.authors.contains(author));
    KINSHIP_256THS[usize::from(own.category == other.category) + usize::from(author)]
}
