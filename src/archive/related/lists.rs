//! The lists themselves: scores of the articles that share terms with one, and the best of them.
//!
//! A list is a function of what its article sees; which lists have to be made again is decided elsewhere.

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::archive::related::Candidate;
use crate::archive::related::choice::{Contender, choose};
use crate::archive::related::limits::Limits;
use crate::archive::related::postings::{Posting, Postings};
use crate::archive::related::ranks::Ranks;
use crate::archive::related::seats::{Seat, Seats};
use crate::archive::related::timeline::{NO_RANK, Timeline};
use crate::content::terms::Term;

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
    pub recencies: &'a [u32],
}

/// The age at which recency has fallen to √½: one year.
const YEAR_SECONDS: u64 = 31_557_600;

/// The step of recency: pieces of one day are equally recent.
const DAY_SECONDS: u64 = 86_400;

/// What recency is at no age at all: 1 in 16 binary places.
const RECENCY_ONE: u64 = 1 << RECENCY_BITS;
const RECENCY_BITS: u32 = 16;

/// The age from which recency falls no further: 2¹⁶ days are 179 years.
const OLDEST_DAYS: u64 = 1 << 16;

/// What a score is multiplied by when nothing, one or both of category and author are shared: 1, 1.3, 1.3² in 256ths.
const KINSHIP_256THS: [u64; 3] = [256, 333, 433];

/// How many times as many articles as are shown are looked at more closely.
const CONTENDERS: usize = 4;

/// How many articles are handed to a thread at once.
const SHARE: usize = 64;

/// What a norm of each step divides by, turned round: 2^(−step/8) in 16 binary places.
pub(super) const NORM_INVERSES: [u32; NORM_STEPS] = {
    const EIGHTHS: [u32; 8] = [65_536, 60_097, 55_109, 50_535, 46_341, 42_495, 38_968, 35_734];
    let mut inverses = [0; NORM_STEPS];
    let mut step = 0;
    while step < NORM_STEPS {
        inverses[step] = EIGHTHS[step % 8] >> (step / 8);
        step += 1;
    }
    inverses
};

/// Steps of norms: 255 squares of at most 64 make less than 2²⁰.
const NORM_STEPS: usize = 40;

/// Dot products in the making: what one thread reuses from article to article.
struct Sums {
    limits: Limits,
    /// The sum so far, by rank; zero where nothing was added.
    dots: Vec<u32>,
    /// The ranks with a sum: the first `count`. What follows is left from before.
    met: Vec<u32>,
    count: usize,
    /// The article's seats, and integers that sort them by what their terms are worth, greatest first.
    seats: Vec<Seat>,
    by_worth: Vec<u64>,
    /// What articles may get into the list, with their scores but for kinship.
    promising: Vec<(Reverse<u64>, u32)>,
    /// The greatest of these scores, greatest first.
    leaders: Vec<u64>,
    /// For each seat in the order of worth, how many articles in its reach were added to.
    added: Vec<usize>,
    /// By rank, the number of the contender counted from 1; zero for all others.
    contenders: Vec<u16>,
}

/// An article that may be shown, ordered so that the better one is the lesser.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ranked {
    score: Reverse<u64>,
    rank: Reverse<u32>,
}

impl Ranked {
    pub(super) fn score(self) -> u64 {
        self.score.0
    }

    pub(super) fn rank(self) -> u32 {
        self.rank.0
    }
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
                    list.iter_mut().zip(best).for_each(|(place, best)| *place = best.ranked.rank.0);
                }
            },
        );
    }

    /// The articles most related to the one of this rank.
    fn best(&self, rank: u32, count: usize, sums: &mut Sums) -> Vec<Contender> {
        sums.add_up(self.postings, self.seats.row(rank));
        self.weigh(rank, count, sums);
        let mut contenders: Vec<Contender> =
            self.contenders(rank, count, sums).into_iter().map(Contender::new).collect();
        if contenders.len() > count {
            sums.part(self.postings.all(), &mut contenders);
        }
        choose(contenders, count)
    }

    /// What is shown of one list, with the places of the postings of the article's own terms, the most telling first.
    pub(super) fn chosen(&self, rank: u32, count: usize) -> (Vec<Contender>, Vec<u32>) {
        let mut sums = Sums::new(self.line.articles(), self.limits);
        let mut chosen = self.best(rank, count, &mut sums);
        // A list without a choice was not parted.
        sums.part(self.postings.all(), &mut chosen);
        let place = |key: &u64| sums.seats[(key & 0xffff_ffff) as usize].place();
        (chosen, sums.by_worth.iter().map(place).collect())
    }

    /// What an article's norm leaves of a dot product, in 65,536ths.
    pub(super) fn norm(&self, rank: u32) -> u32 {
        NORM_INVERSES[usize::from(self.norm_steps[rank as usize])]
    }

    /// What recency leaves between two articles, in 65,536ths.
    pub(super) fn recency_of(&self, rank: u32, other: u32) -> u64 {
        self.recency(self.line.seconds[rank as usize].abs_diff(self.line.seconds[other as usize]))
    }

    /// What two articles have from being kin, in 256ths.
    pub(super) fn kinship_of(&self, rank: u32, other: u32) -> u64 {
        kinship(self.article(rank), self.article(other))
    }

    /// Those of the best articles that may be shown, best first: none that is excluded, none that is a copy of the article
    /// or of a better one.
    fn contenders(&self, rank: u32, count: usize, sums: &Sums) -> Vec<Ranked> {
        let own = self.article(rank);
        let most = count * CONTENDERS + own.exclude.len();
        let ranked = sums.promising.iter().map(|&(Reverse(base), at)| {
            let score = Reverse(base * kinship(own, self.article(at)));
            Ranked { score, rank: Reverse(at) }
        });
        let mut ranked: Vec<Ranked> = ranked.collect();
        ranked.sort_unstable();
        ranked.truncate(most);
        let mut best: Vec<Ranked> = Vec::with_capacity(ranked.len());
        for one in ranked {
            let other = self.article(one.rank.0);
            let is_copy = |known: &Ranked| self.article(known.rank.0).sketch.is_near(other.sketch);
            if !own.exclude.contains(&other.key)
                && !own.sketch.is_near(other.sketch)
                && !best.iter().any(is_copy)
            {
                best.push(one);
            }
        }
        best
    }

    /// Weighs the sums by norm and age, and leaves those that may get into the list, greatest first.
    fn weigh(&self, rank: u32, count: usize, sums: &mut Sums) {
        let seconds = self.line.seconds[rank as usize];
        // As many as this, without any kinship, leave `count` even when the excluded ones are among them.
        let enough = count * CONTENDERS + self.article(rank).exclude.len();
        let Sums { dots, met, count: met_count, promising, leaders, .. } = sums;
        promising.clear();
        leaders.clear();
        let mut least = 0;
        for &at in &met[..std::mem::take(met_count)] {
            let dot = std::mem::take(&mut dots[at as usize]);
            let inverse = u64::from(self.norm(at));
            if at == rank || u64::from(dot) * inverse * KINSHIP_256THS[2] < least {
                continue;
            }
            let age = seconds.abs_diff(self.line.seconds[at as usize]);
            let recent = (u64::from(dot) * self.recency(age)) >> RECENCY_BITS;
            let base = recent * inverse;
            if base * KINSHIP_256THS[2] < least {
                continue;
            }
            promising.push((Reverse(base), at));
            let place = leaders.partition_point(|&leader| leader >= base);
            if place < enough {
                leaders.insert(place, base);
                leaders.truncate(enough);
                least = leaders.get(enough - 1).map_or(0, |base| base * KINSHIP_256THS[0]);
            }
        }
        promising.retain(|(Reverse(base), _)| base * KINSHIP_256THS[2] >= least);
        promising.sort_unstable();
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
        Self {
            limits,
            dots: vec![0; articles],
            met,
            count: 0,
            seats: Vec::new(),
            by_worth: Vec::new(),
            promising: Vec::new(),
            leaders: Vec::new(),
            added: Vec::new(),
            contenders: vec![0; articles],
        }
    }

    /// Adds up the dot products with the articles that share terms with the one of these seats, the most telling
    /// terms first.
    fn add_up(&mut self, postings: &Postings, seats: impl Iterator<Item = Seat>) {
        self.seats.clear();
        self.seats.extend(seats.filter(|seat| !seat.is_lonely()));
        self.by_worth.clear();
        let all = postings.all();
        let by_worth = |(slot, seat): (u64, &Seat)| u64::from(u32::MAX - worth(*seat, all)) << 32 | slot;
        self.by_worth.extend((0..).zip(&self.seats).map(by_worth));
        self.by_worth.sort_unstable();
        self.added.clear();
        for at in 0..self.by_worth.len() {
            let key = self.by_worth[at];
            let seat = self.seats[(key & 0xffff_ffff) as usize];
            self.add(u32::MAX - (key >> 32) as u32, seat.in_reach(all));
        }
    }

    /// Adds what one term is worth to the articles that share it.
    fn add(&mut self, worth: u32, sharing: &[Posting]) {
        // Whether an article was met before is a coin toss that no branch predictor wins: count, do not branch.
        if self.count < self.limits.weighed {
            for posting in sharing.iter().rev() {
                let dot = &mut self.dots[posting.rank() as usize];
                self.met[self.count] = posting.rank();
                self.count += usize::from(*dot == 0);
                *dot += worth * posting.weight();
            }
            self.added.push(sharing.len());
        } else {
            for posting in sharing.iter().rev().take(self.limits.late_reach) {
                let dot = &mut self.dots[posting.rank() as usize];
                *dot += worth * posting.weight() * u32::from(*dot != 0);
            }
            self.added.push(self.limits.late_reach);
        }
    }

    /// Parts the dot products of the contenders into what each term added.
    fn part(&mut self, all: &[Posting], contenders: &mut [Contender]) {
        for (number, contender) in (1..).zip(&*contenders) {
            self.contenders[contender.ranked.rank.0 as usize] = number;
        }
        for (term, (key, added)) in self.by_worth.iter().zip(&self.added).enumerate() {
            let seat = self.seats[(key & 0xffff_ffff) as usize];
            let worth = u32::MAX - (key >> 32) as u32;
            for posting in seat.in_reach(all).iter().rev().take(*added) {
                if let Some(number) = self.contenders[posting.rank() as usize].checked_sub(1)
                    && let Some(part) = contenders[usize::from(number)].parts.get_mut(term)
                {
                    *part = worth * posting.weight();
                }
            }
        }
        for contender in &*contenders {
            self.contenders[contender.ranked.rank.0 as usize] = 0;
        }
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
pub fn norm_step(terms: &[Term]) -> u8 {
    let weights = terms.iter().map(|term| u64::from(Term::weight_of_level(term.level())));
    let squares: u64 = weights.map(|weight| weight * weight).sum::<u64>().max(1);
    u8::try_from((squares * squares).ilog2()).expect("255 squares of at most 64 make less than 2²⁰")
}

/// What an article's term adds to a dot product for a weight of one in the other article: at most 64 · 55². A sum of
/// 255 such terms of weight 64 stays below 2³².
fn worth(seat: Seat, all: &[Posting]) -> u32 {
    // The weight is read where the article's neighbours stand, far apart for each term: what is read together here is
    // near when it is added up.
    seat.own(all).weight() * seat.rarity() * seat.rarity()
}

/// What a shared category and a shared author make of a score, in 256ths.
fn kinship(own: &Candidate<'_>, other: &Candidate<'_>) -> u64 {
    let author = own.authors.iter().any(|author| other.authors.contains(author));
    KINSHIP_256THS[usize::from(own.category == other.category) + usize::from(author)]
}
