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
//! score(a, b) = dot(a, b) / norm(b) · √(year / (year + age in whole days)) · kinship
//! kinship     = 1.3 for a shared category · 1.3 for a shared author
//! ```
//!
//! Nothing here knows of words, pages or files.

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::archive::postings::{Posting, Postings, Seat};
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

/// How many articles are weighed for one article. Once as many share a term with it, its other (less telling) terms
/// add to those only.
const WEIGHED: usize = 512;

/// How many articles of such a less telling term are looked at, newest first: half of those of the telling ones.
const LATE_REACH: usize = 32;

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

/// For each article the indices of the `count` most related ones, best first; fewer when fewer share a term with it.
///
/// Related articles are older than, or as old as, the article itself, and never the article or one it excludes.
/// Equal scores rank by recency, then by index.
///
/// # Panics
///
/// When there are more than 2²⁷ articles.
#[must_use]
pub fn relate(articles: &[Candidate<'_>], count: usize) -> Vec<Vec<u32>> {
    let shelf = Shelf::new(articles);
    // Neighbours in time look at the same postings, so each thread takes them in that order.
    let found: Vec<Vec<u32>> = (0..articles.len())
        .into_par_iter()
        .map_init(|| Sums::new(articles.len()), |sums, rank| shelf.related(rank, count, sums))
        .collect();
    let mut lists = vec![Vec::new(); articles.len()];
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
    /// The instant of publication of each rank.
    seconds: Vec<i64>,
    postings: Postings,
    /// The length of each article's vector of terms, by rank.
    norms: Vec<u32>,
    /// What recency leaves of a score, by age in days; the last one holds for all greater ages too.
    recencies: Vec<u32>,
}

/// Dot products in the making: what one thread reuses from article to article.
struct Sums {
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
    seconds: Reverse<i64>,
    index: u32,
}

impl<'a> Shelf<'a> {
    fn new(articles: &'a [Candidate<'a>]) -> Self {
        let mut by_age: Vec<u32> = (0..narrow(articles.len())).collect();
        by_age.par_sort_unstable_by_key(|&index| (articles[index as usize].seconds, index));
        let seconds: Vec<i64> = by_age.iter().map(|&index| articles[index as usize].seconds).collect();
        let mut peers_end = Vec::with_capacity(seconds.len());
        for peers in seconds.chunk_by(|left, right| left == right) {
            let end = peers_end.len() + peers.len();
            peers_end.resize(end, narrow(end));
        }
        let terms: Vec<&Terms> = by_age.iter().map(|&index| articles[index as usize].terms).collect();
        let postings = Postings::new(&terms, &peers_end);
        let norms = (0..articles.len()).into_par_iter().map(|rank| norm(postings.seats(rank))).collect();
        let span = seconds.last().map_or(0, |newest| newest.abs_diff(seconds[0]));
        let recencies = (0..=(span / DAY_SECONDS).min(OLDEST_DAYS)).map(recency).collect();
        Self { articles, by_age, seconds, postings, norms, recencies }
    }

    /// The indices of the articles most related to the one of this rank.
    fn related(&self, rank: usize, count: usize, sums: &mut Sums) -> Vec<u32> {
        if count == 0 {
            return Vec::new();
        }
        sums.add_up(&self.postings, self.postings.seats(rank));
        let own = self.article(rank);
        let mut best = Vec::with_capacity(count + 1);
        // The least score that still gets in: asked for millions of times, and mostly missed.
        let mut least = 0;
        for (at, dot) in sums.take_all() {
            let norm = u64::from(self.norms[at]);
            let recent = u64::from(dot) * self.recency(self.seconds[rank].abs_diff(self.seconds[at]));
            if at == rank || recent * KINSHIP_256THS[2] < least * norm {
                continue;
            }
            let (index, other) = (self.by_age[at], self.article(at));
            if own.exclude.contains(&index) {
                continue;
            }
            let score = recent * kinship(own, other) / norm;
            let ranked = Ranked { score: Reverse(score), seconds: Reverse(other.seconds), index };
            let place = best.partition_point(|better| *better < ranked);
            best.insert(place, ranked);
            best.truncate(count);
            if best.len() == count {
                least = best.last().map_or(0, |worst| worst.score.0);
            }
        }
        best.into_iter().map(|ranked| ranked.index).collect()
    }

    fn recency(&self, age: u64) -> u64 {
        let days = usize::try_from(age / DAY_SECONDS).unwrap_or(usize::MAX);
        u64::from(self.recencies[days.min(self.recencies.len() - 1)])
    }

    fn article(&self, rank: usize) -> &'a Candidate<'a> {
        &self.articles[self.by_age[rank] as usize]
    }
}

impl Sums {
    fn new(articles: usize) -> Self {
        let met = vec![0; WEIGHED + Postings::MOST_IN_REACH];
        Self { dots: vec![0; articles], met, count: 0, by_worth: Vec::new() }
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
            self.add(worth(seat), postings.in_reach(seat));
        }
    }

    /// Adds what one term is worth to the articles that share it.
    fn add(&mut self, worth: u32, sharing: &[Posting]) {
        // Whether an article was met before is a coin toss that no branch predictor wins: count, do not branch.
        if self.count < WEIGHED {
            for posting in sharing {
                let dot = &mut self.dots[posting.rank() as usize];
                self.met[self.count] = posting.rank();
                self.count += usize::from(*dot == 0);
                *dot += worth * posting.weight();
            }
        } else {
            for posting in &sharing[sharing.len().saturating_sub(LATE_REACH)..] {
                let dot = &mut self.dots[posting.rank() as usize];
                *dot += worth * posting.weight() * u32::from(*dot != 0);
            }
        }
    }

    /// The ranks with a sum, and the sums; afterwards there are none.
    fn take_all(&mut self) -> impl Iterator<Item = (usize, u32)> {
        let met = &self.met[..std::mem::take(&mut self.count)];
        met.iter().map(|&rank| (rank as usize, std::mem::take(&mut self.dots[rank as usize])))
    }
}

/// What an article's term adds to a dot product for a weight of one in the other article: at most 64 · 55². A sum of
/// 96 such terms of weight 64 stays below 2³¹.
fn worth(seat: Seat) -> u32 {
    seat.weight() * seat.rarity() * seat.rarity()
}

/// The length of the vector of terms of the article with these seats, at least 1.
fn norm(seats: &[Seat]) -> u32 {
    let squares = seats.iter().map(|seat| u64::from(seat.weight() * seat.rarity()).pow(2)).sum::<u64>();
    u32::try_from(squares.isqrt().max(1)).expect("the root of 96 squares of at most 64 · 55 each is small")
}

/// What an age in days leaves of a score.
fn recency(days: u64) -> u32 {
    let square = RECENCY_ONE * RECENCY_ONE * YEAR_SECONDS / (YEAR_SECONDS + days * DAY_SECONDS);
    u32::try_from(square.isqrt()).expect("recency is at most 2¹⁶")
}

/// What a shared category and a shared author make of a score, in 256ths.
fn kinship(own: &Candidate<'_>, other: &Candidate<'_>) -> u64 {
    let author = own.authors.iter().any(|author| other.authors.contains(author));
    KINSHIP_256THS[usize::from(own.category == other.category) + usize::from(author)]
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("there are fewer than 2³² articles")
}

#[cfg(test)]
mod tests {
    use super::{Candidate, relate};
    use crate::content::terms::Terms;

    const DAY: i64 = 86_400;

    /// A story: its text, the day it was published, its category, and the indices it must not show.
    type Story<'a> = (&'a str, i64, u32, &'a [u32]);

    fn related(stories: &[Story<'_>], count: usize) -> Vec<Vec<u32>> {
        let terms: Vec<Terms> = stories.iter().map(|story| Terms::of("", "", &[], story.0)).collect();
        let candidates = stories.iter().zip(&terms).map(|(&(_, day, category, exclude), terms)| Candidate {
            terms,
            seconds: day * DAY,
            category,
            authors: &[],
            exclude,
        });
        relate(&candidates.collect::<Vec<_>>(), count)
    }

    fn check(stories: &[Story<'_>], index: usize, expected: &[u32]) {
        assert_eq!(related(stories, 3)[index], expected, "related to {:?}", stories[index].0);
    }

    /// Stories over `days` days that share words of a small vocabulary in a fixed, irregular way.
    fn archive(days: i64) -> Vec<(String, i64)> {
        let mut state = 7_u64;
        let mut next = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut story = |day| {
            let words: Vec<String> = (0..30).map(|_| format!("word{}", next(20) * next(20))).collect();
            (words.join(" "), day / 3)
        };
        (0..days).map(&mut story).collect()
    }

    fn borrowed(stories: &[(String, i64)]) -> Vec<Story<'_>> {
        stories.iter().map(|(text, day)| (text.as_str(), *day, 0, &[][..])).collect()
    }

    #[test]
    fn the_obvious_neighbour_comes_first() {
        let stories: [Story<'_>; 5] = [
            ("monsoon floods displace thousands in assam", 1, 0, &[]),
            ("cricket captain wins toss in mumbai", 2, 0, &[]),
            ("parliament debates budget in delhi", 3, 0, &[]),
            ("assam floods recede as monsoon weakens", 4, 0, &[]),
            ("cricket team in mumbai celebrates", 5, 0, &[]),
        ];
        check(&stories, 3, &[0]);
        check(&stories, 4, &[1]);
    }

    #[test]
    fn newer_and_excluded_articles_are_never_shown() {
        let stories: [Story<'_>; 4] = [
            ("floods in assam", 3, 0, &[]),
            ("floods in assam", 1, 0, &[]),
            ("floods in assam", 2, 0, &[1]),
            ("floods in assam", 4, 0, &[2, 0]),
        ];
        check(&stories, 0, &[2, 1]);
        check(&stories, 1, &[]);
        check(&stories, 2, &[]);
        check(&stories, 3, &[1]);
    }

    #[test]
    fn articles_of_one_instant_may_show_each_other() {
        let stories: [Story<'_>; 3] =
            [("floods in assam", 1, 0, &[]), ("floods in assam", 1, 0, &[]), ("floods in assam", 1, 0, &[])];
        check(&stories, 0, &[1, 2]);
        check(&stories, 2, &[0, 1]);
    }

    #[test]
    fn recency_and_kinship_weigh_in() {
        let stories: [Story<'_>; 4] = [
            ("floods in assam", 0, 1, &[]),
            ("floods in assam", 3_000, 2, &[]),
            ("floods in assam", 3_001, 1, &[]),
            ("floods in assam", 3_010, 1, &[]),
        ];
        check(&stories, 3, &[2, 1, 0]);
    }

    #[test]
    fn other_scripts_relate_and_empty_articles_do_not() {
        let stories: [Story<'_>; 6] = [
            ("असम में बाढ़ से हज़ारों लोग बेघर", 1, 0, &[]),
            ("", 2, 0, &[]),
            ("東京都で大雨", 3, 0, &[]),
            ("बाढ़ के बाद असम में राहत", 4, 0, &[]),
            ("大雨で東京の電車が止まる", 5, 0, &[]),
            ("", 6, 0, &[]),
        ];
        check(&stories, 3, &[0]);
        check(&stories, 4, &[2]);
        check(&stories, 5, &[]);
        assert!(related(&[], 5).is_empty() && related(&stories, 0).iter().all(Vec::is_empty));
    }

    #[test]
    fn any_number_of_threads_gives_the_same_lists() {
        let stories = archive(2_000);
        let with_threads = |threads| {
            let pool =
                rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
            pool.install(|| related(&borrowed(&stories), 5))
        };
        let lists = with_threads(1);
        assert_eq!(lists, with_threads(4));
        assert!(lists[1_000..].iter().all(|list| list.len() == 5));
        // The lists are part of every page, on every machine: these numbers may change only on purpose.
        assert_eq!(lists[1_999], [1_930, 1_849, 1_863, 1_728, 1_942]);
    }

    #[test]
    fn a_new_article_changes_no_older_list() {
        let mut stories = archive(600);
        let before = related(&borrowed(&stories), 5);
        stories.push((stories[0].0.clone(), 1_000));
        assert_eq!(related(&borrowed(&stories), 5)[..600], before);
    }

    #[test]
    fn an_unrelated_article_changes_no_list_at_all() {
        let mut stories = archive(600);
        let before = related(&borrowed(&stories), 5);
        // Day 175 of 200: 528 to 600 articles were out by then and after, and no half power of two lies between.
        stories.push(("quite something else".to_owned(), 175));
        assert_eq!(related(&borrowed(&stories), 5)[..600], before);
    }
}
