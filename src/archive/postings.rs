//! Postings: for each term the articles that have it, from the oldest to the newest, in flat arrays.
//!
//! Articles are known by rank (their place in order of age) and terms by their seats (where an article stands among
//! those that share the term). Nothing here knows what the terms are compared for.

use crate::content::terms::{Term, Terms};

/// How many articles of one term can be seen from a seat in each direction. Older ones would hardly win against
/// recency: on the corpus of government news 64 finds as many of the reporters' own links as no limit does.
const REACH: usize = 64;

/// The articles of every term.
pub struct Postings {
    /// Grouped by term, ascending by rank in each group.
    all: Vec<Posting>,
    /// The seats of all articles, by rank and then in the order of the article's terms.
    seats: Vec<Seat>,
    /// Where the seats of each rank begin; one more at the end.
    starts: Vec<u32>,
}

/// One article of a term: its rank, and the level of the term's weight in it.
#[derive(Clone, Copy)]
pub struct Posting(u32);

/// Where an article stands among those that share one of its terms.
#[derive(Clone, Copy, Default)]
pub struct Seat {
    /// The article's own posting.
    at: u32,
    /// How many postings before its own are in reach: older articles, or of the same age and earlier rank.
    before: u8,
    /// How many postings after its own are in reach: articles of the same age and later rank.
    after: u8,
    /// The level of the term's weight in the article.
    level: u8,
    /// How rare the term is among the articles that are as old as this one, or older.
    rarity: u8,
}

impl Posting {
    const LEVEL_BITS: u32 = 5;
    /// The most articles there can be: 2²⁷.
    const MAX_ARTICLES: usize = 1 << (u32::BITS - Self::LEVEL_BITS);

    /// The article's rank.
    #[must_use]
    pub fn rank(self) -> u32 {
        self.0 >> Self::LEVEL_BITS
    }

    /// How much the article is about the term.
    #[must_use]
    pub fn weight(self) -> u32 {
        Term::weight_of_level((self.0 % (1 << Self::LEVEL_BITS)) as u8)
    }
}

impl Seat {
    /// How much the article is about the term.
    #[must_use]
    pub fn weight(self) -> u32 {
        Term::weight_of_level(self.level)
    }

    /// How rare the term is among the articles that are as old as this one, or older: `⌊2 log₂ n⌋ − ⌊2 log₂ df⌋ + 1`,
    /// where `n` counts those articles, and `df` those of them that have the term. It lies in 1..=55.
    #[must_use]
    pub fn rarity(self) -> u32 {
        self.rarity.into()
    }

    /// Whether no article but its own can be seen from here.
    #[must_use]
    pub fn is_lonely(self) -> bool {
        self.before == 0 && self.after == 0
    }
}

impl Postings {
    /// How many articles can be seen from one seat, its own included.
    pub const MOST_IN_REACH: usize = 2 * REACH + 1;

    /// The postings of the articles with these terms, from the oldest to the newest. `peers_end` says for each rank
    /// where the articles of the same age end: they count as old enough for each other.
    ///
    /// # Panics
    ///
    /// When there are more than 2²⁷ articles, or 2³² terms in all of them together.
    #[must_use]
    pub fn new(articles: &[&Terms], peers_end: &[u32]) -> Self {
        assert!(articles.len() <= Posting::MAX_ARTICLES, "there are more articles than ranks");
        let mut starts = Vec::with_capacity(articles.len() + 1);
        let mut entries = Vec::with_capacity(articles.iter().map(|terms| terms.as_slice().len()).sum());
        for (rank, terms) in (0_u32..).zip(articles) {
            starts.push(narrow(entries.len()));
            entries.extend(terms.as_slice().iter().map(|&term| Entry::new(term, rank)));
        }
        starts.push(narrow(entries.len()));
        let entries = sorted_by_hash(entries);
        let all = entries.iter().map(|entry| entry.posting()).collect();

        let mut next_seats = starts.clone();
        let mut seats = vec![Seat::default(); entries.len()];
        let mut group_start = 0;
        for group in entries.chunk_by(|left, right| left.hash() == right.hash()) {
            let mut frequency = 0;
            for (at, entry) in group.iter().enumerate() {
                let rank = entry.posting().rank() as usize;
                let count = peers_end[rank];
                frequency = frequency.max(at + 1);
                while group.get(frequency).is_some_and(|next| next.posting().rank() < count) {
                    frequency += 1;
                }
                // Groups come by ascending hash, and so do the terms of an article: its next seat is this one.
                let seat = &mut next_seats[rank];
                seats[*seat as usize] = Seat {
                    at: narrow(group_start + at),
                    before: small(at.min(REACH)),
                    after: small((frequency - 1 - at).min(REACH)),
                    level: entry.level(),
                    rarity: rarity(count, narrow(frequency)),
                };
                *seat += 1;
            }
            group_start += group.len();
        }
        Self { all, seats, starts }
    }

    /// The seats of the article of this rank, one for each of its terms, in their order.
    #[must_use]
    pub fn seats(&self, rank: usize) -> &[Seat] {
        &self.seats[self.starts[rank] as usize..self.starts[rank + 1] as usize]
    }

    /// The articles that share the term and are no newer, as far as they are in reach, ascending by rank; the article
    /// of the seat itself is among them.
    #[must_use]
    pub fn in_reach(&self, seat: Seat) -> &[Posting] {
        &self.all[seat.at as usize - usize::from(seat.before)..=seat.at as usize + usize::from(seat.after)]
    }
}

/// The rarity of a term that `frequency` of `count` articles have.
fn rarity(count: u32, frequency: u32) -> u8 {
    let half_powers = |number: u32| (u64::from(number) * u64::from(number)).ilog2();
    small((half_powers(count) - half_powers(frequency) + 1) as usize)
}

/// A term of an article as one integer: the hash, the rank, the level of its weight.
#[derive(Clone, Copy)]
struct Entry(u64);

impl Entry {
    /// Where the hash begins, in bits.
    const HASH_SHIFT: u32 = u32::BITS + Posting::LEVEL_BITS;
    /// How many bits of the hash are sorted at once: few enough that the ends of all piles stay in the nearest cache.
    const DIGIT_BITS: u32 = 9;

    fn new(term: Term, rank: u32) -> Self {
        let posting = u64::from(rank) << Posting::LEVEL_BITS | u64::from(term.level());
        Self(u64::from(term.hash()) << Self::HASH_SHIFT | posting)
    }

    fn hash(self) -> u64 {
        self.0 >> Self::HASH_SHIFT
    }

    fn posting(self) -> Posting {
        Posting((self.0 & 0xffff_ffff) as u32)
    }

    fn level(self) -> u8 {
        (self.0 & 0x1f) as u8
    }

    /// The 9 bits of the hash from bit `9 · place` on.
    fn digit(self, place: u32) -> usize {
        (self.hash() >> (place * Self::DIGIT_BITS) & 0x1ff) as usize
    }
}

/// The entries in order of hash, and those of one hash in the order given: a radix sort from the lowest digit.
fn sorted_by_hash(mut entries: Vec<Entry>) -> Vec<Entry> {
    let mut sorted = entries.clone();
    for place in 0..Term::HASH_BITS.div_ceil(Entry::DIGIT_BITS) {
        let mut ends = [0_usize; 1 << Entry::DIGIT_BITS];
        for entry in &entries {
            ends[entry.digit(place)] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            (*end, total) = (total, total + *end);
        }
        for entry in &entries {
            let end = &mut ends[entry.digit(place)];
            sorted[*end] = *entry;
            *end += 1;
        }
        std::mem::swap(&mut entries, &mut sorted);
    }
    entries
}

fn small(number: usize) -> u8 {
    u8::try_from(number).expect("reach and rarity stay below 256")
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("there are fewer than 2³² terms in all articles")
}

#[cfg(test)]
mod tests {
    use super::{Postings, rarity};
    use crate::content::terms::Terms;

    const STORIES: [&str; 6] = ["rain wind", "sun", "rain sun", "fog rain", "ice", "wind rain fog"];

    /// The ranks seen from the seat of the word `rain` in the story of `rank`, and the word's rarity there.
    fn check(peers_end: [u32; 6], rank: usize, in_reach: &[u32], expected: (u32, u32)) {
        let terms = STORIES.map(|text| Terms::of("", "", &[], text));
        let postings = Postings::new(&terms.each_ref(), &peers_end);
        let rain = Terms::of("", "", &[], "rain").as_slice()[0].hash();
        let slot =
            terms[rank].as_slice().iter().position(|term| term.hash() == rain).expect("it has the word");
        let seat = postings.seats(rank)[slot];
        assert_eq!(
            postings.in_reach(seat).iter().map(|posting| posting.rank()).collect::<Vec<_>>(),
            in_reach
        );
        assert_eq!(seat.rarity(), u32::from(rarity(expected.0, expected.1)));
        assert_eq!(postings.seats(rank).len(), terms[rank].as_slice().len());
    }

    #[test]
    fn newer_articles_are_out_of_reach_and_do_not_count() {
        let each = [1, 2, 3, 4, 5, 6];
        check(each, 5, &[0, 2, 3, 5], (6, 4));
        check(each, 2, &[0, 2], (3, 2));
        check(each, 0, &[0], (1, 1));
    }

    #[test]
    fn articles_of_one_instant_see_each_other() {
        let same = [1, 5, 5, 5, 5, 6];
        check(same, 2, &[0, 2, 3], (5, 3));
        check(same, 3, &[0, 2, 3], (5, 3));
        check([6; 6], 0, &[0, 2, 3, 5], (6, 4));
    }

    #[test]
    fn reach_ends_at_the_newest_older_articles() {
        let terms = Terms::of("", "", &[], "rain");
        let ends: Vec<u32> = (1..=1_000).collect();
        let postings = Postings::new(&vec![&terms; 1_000], &ends);
        let reached = postings.in_reach(postings.seats(900)[0]);
        assert_eq!((reached[0].rank(), reached[reached.len() - 1].rank()), (836, 900));
    }

    #[test]
    fn rarity_goes_in_half_powers_of_two() {
        let steps = [1, 2, 3, 4, 5, 6, 8, 11, 12, 1_000].map(|frequency| rarity(1_000, frequency));
        assert_eq!(steps, [20, 18, 17, 16, 16, 15, 14, 14, 13, 1]);
        assert_eq!(rarity(1 << 27, 1), 55);
    }
}
