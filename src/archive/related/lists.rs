//! The lists themselves: scores of the articles that share terms with one, and the best of them.
//!
//! A list is a function of what its article sees; which lists have to be made again is decided elsewhere.

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::archive::related::Candidate;
use crate::archive::related::limits::Limits;
use crate::archive::related::postings::{Posting, Postings};
use crate::archive::related::ranks::Ranks;
use crate::archive::related::seats::{Seat, Seats};
use crate::archive::related::timeline::{NO_RANK, Timeline};
use crate::content::terms::{Term, Terms};

/// All articles from the oldest to the newest, and what their scores are made of.
pub struct Shelf<'a> {
    /// The articles, by index.
    pub articles: &'a [Candidate<'a>],
    /// The index of the article of each rank.
    pub indices: &'a [u32],
    /// The ages of the articles.
    pub line: &'a Timeline,
    /// What their texts are about.
    pub postings: &'a Postings,
    /// The seats of the articles whose lists are made.
    pub seats: &'a Seats,
    /// The step of each article's norm, by rank.
    pub norm_steps: &'a [u8],
    /// How far to look.
    pub limits: Limits,
    /// What recency leaves of a score, by age in days; the last one holds for all greater ages too.
    pub recencies: Vec<u32>,
}

/// The age at which recency has fallen to √½: one year.
const YEAR_SECONDS: u64 = 31_557_600;

/// The step of recency: pieces of one day are equally recent.
const DAY_SECONDS: u64 = 86_400;

/// What recency is at no age at all: 1 in 16 binary places.
const RECENCY_ONE: u64 = 1 << 16;

/// The age from which recency falls no further: 2¹⁶ days are 179 years.
const OLDEST_DAYS: u64 = 1 << 16;

/// What a score is multiplied by when nothing, one or both of category and author are shared: 1, 1.3, 1.3² in 256ths.
const KINSHIP_256THS: [u64; 3] = [256, 333, 433];

/// How many articles are handed to a thread at once.
const SHARE: usize = 64;

/// Norms by step: 2^(step/8) in 256ths.
const NORMS_256THS: [u32; 256] = {
    const EIGHTHS: [u32; 8] = [256, 279, 304, 332, 362, 395, 431, 470];
    let mut norms = [0; 256];
    let mut step = 0;
    while step < norms.len() {
        let octave = step / 8;
        // No sum of squares comes near the last steps.
        norms[step] = if octave < 22 { EIGHTHS[step % 8] << octave } else { u32::MAX };
        step += 1;
    }
    norms
};

/// Dot products in the making: what one thread reuses from article to article.
struct Sums {
    limits: Limits,
    /// The sum so far, by rank; zero where nothing was added.
    dots: Vec<u32>,
    /// The ranks with a sum: the first `count`. What follows is left from before.
    met: Vec<u32>,
    count: usize,
    /// The article's seats as integers that sort by what their terms are worth, greatest first.
    by_worth: Vec<u64>,
}

/// An article that may be shown, ordered so that the better one is the lesser.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ranked {
    score: Reverse<u64>,
    rank: Reverse<u32>,
}

impl Shelf<'_> {
    /// Writes the lists of the `wanted` articles to `lists`, `count` ranks for each article; a list that is shorter
    /// ends with [`NO_RANK`].
    pub fn fill(&self, wanted: &Ranks, count: usize, lists: &mut [u32]) {
        if count == 0 {
            return;
        }
        let mut places = lists.chunks_exact_mut(count).enumerate();
        let mut wanted: Vec<(u32, &mut [u32])> = wanted
            .iter()
            .filter_map(|rank| {
                let (_, list) = places.find(|(at, _)| *at == rank as usize)?;
                Some((rank, list))
            })
            .collect();
        // Neighbours in time look at the same postings, so each thread takes them in that order.
        wanted.par_chunks_mut(SHARE).for_each_init(
            || Sums::new(self.line.articles(), self.limits),
            |sums, share| {
                for (rank, list) in share {
                    let best = self.best(*rank, count, sums);
                    list.fill(NO_RANK);
                    list.iter_mut().zip(best).for_each(|(place, ranked)| *place = ranked.rank.0);
                }
            },
        );
    }

    /// The articles most related to the one of this rank.
    fn best(&self, rank: u32, count: usize, sums: &mut Sums) -> Vec<Ranked> {
        sums.add_up(self.postings, self.seats.row(rank));
        let own = self.article(rank);
        let seconds = self.line.seconds[rank as usize];
        let mut best = Vec::with_capacity(count + 1);
        // The least score that still gets in: asked for millions of times, and mostly missed.
        let mut least = 0;
        for (at, dot) in sums.take_all() {
            let norm = u64::from(NORMS_256THS[usize::from(self.norm_steps[at as usize])]);
            let most = u64::from(dot) * (RECENCY_ONE * KINSHIP_256THS[2]);
            if most < least * norm || at == rank {
                continue;
            }
            let age = seconds.abs_diff(self.line.seconds[at as usize]);
            let recent = u64::from(dot) * self.recency(age);
            if recent * KINSHIP_256THS[2] < least * norm {
                continue;
            }
            let other = self.article(at);
            if own.exclude.contains(&other.key) {
                continue;
            }
            let score = recent * kinship(own, other) / norm;
            let ranked = Ranked { score: Reverse(score), rank: Reverse(at) };
            let place = best.partition_point(|better| *better < ranked);
            best.insert(place, ranked);
            best.truncate(count);
            if best.len() == count {
                least = best.last().map_or(0, |worst| worst.score.0);
            }
        }
        best
    }

    fn recency(&self, age: u64) -> u64 {
        let days = usize::try_from(age / DAY_SECONDS).unwrap_or(usize::MAX);
        u64::from(self.recencies[days.min(self.recencies.len() - 1)])
    }

    fn article(&self, rank: u32) -> &Candidate<'_> {
        &self.articles[self.indices[rank as usize] as usize]
    }
}

impl Sums {
    fn new(articles: usize, limits: Limits) -> Self {
        let met = vec![0; limits.weighed + 2 * usize::from(limits.reach) + 1];
        Self { limits, dots: vec![0; articles], met, count: 0, by_worth: Vec::new() }
    }

    /// Adds up the dot products with the articles that share terms with the one of these seats, the most telling
    /// terms first.
    fn add_up(&mut self, postings: &Postings, seats: &[Seat]) {
        self.by_worth.clear();
        let sociable = (0..).zip(seats).filter(|(_, seat)| !seat.is_lonely());
        self.by_worth
            .extend(sociable.map(|(slot, seat): (u64, _)| u64::from(u32::MAX - worth(*seat)) << 32 | slot));
        self.by_worth.sort_unstable();
        for at in 0..self.by_worth.len() {
            let seat = seats[(self.by_worth[at] & 0xffff_ffff) as usize];
            self.add(worth(seat), seat.in_reach(postings.all()));
        }
    }

    /// Adds what one term is worth to the articles that share it.
    fn add(&mut self, worth: u32, sharing: &[Posting]) {
        // Whether an article was met before is a coin toss that no branch predictor wins: count, do not branch.
        if self.count < self.limits.weighed {
            for posting in sharing {
                let dot = &mut self.dots[posting.rank() as usize];
                self.met[self.count] = posting.rank();
                self.count += usize::from(*dot == 0);
                *dot += worth * posting.weight();
            }
        } else {
            for posting in &sharing[sharing.len().saturating_sub(self.limits.late_reach)..] {
                let dot = &mut self.dots[posting.rank() as usize];
                *dot += worth * posting.weight() * u32::from(*dot != 0);
            }
        }
    }

    /// The ranks with a sum, and the sums; afterwards there are none.
    fn take_all(&mut self) -> impl Iterator<Item = (u32, u32)> {
        let met = &self.met[..std::mem::take(&mut self.count)];
        met.iter().map(|&rank| (rank, std::mem::take(&mut self.dots[rank as usize])))
    }
}

/// What recency leaves of a score, by age in days, for all ages that articles of this timeline can have.
///
/// # Panics
///
/// Never: recency falls from 2¹⁶.
#[must_use]
pub fn recencies(line: &Timeline) -> Vec<u32> {
    let span = line.seconds.last().map_or(0, |newest| newest.abs_diff(line.seconds[0]));
    let recency = |days: u64| {
        let square = RECENCY_ONE * RECENCY_ONE * YEAR_SECONDS / (YEAR_SECONDS + days * DAY_SECONDS);
        u32::try_from(square.isqrt()).expect("recency is at most 2¹⁶")
    };
    (0..=(span / DAY_SECONDS).min(OLDEST_DAYS)).map(recency).collect()
}

/// The step of an article's norm: ⌊2 log₂ Σ weight²⌋.
///
/// # Panics
///
/// With more terms than an article keeps by far.
#[must_use]
pub fn norm_step(terms: &Terms) -> u8 {
    let weights = terms.as_slice().iter().map(|term| u64::from(Term::weight_of_level(term.level())));
    let squares: u64 = weights.map(|weight| weight * weight).sum::<u64>().max(1);
    u8::try_from((squares * squares).ilog2()).expect("255 squares of at most 64 make less than 2²⁰")
}

/// What an article's term adds to a dot product for a weight of one in the other article: at most 64 · 55². A sum of
/// 255 such terms of weight 64 stays below 2³².
fn worth(seat: Seat) -> u32 {
    seat.weight() * seat.rarity() * seat.rarity()
}

/// What a shared category and a shared author make of a score, in 256ths.
fn kinship(own: &Candidate<'_>, other: &Candidate<'_>) -> u64 {
    let author = own.authors.iter().any(|author| other.authors.contains(author));
    KINSHIP_256THS[usize::from(own.category == other.category) + usize::from(author)]
}
