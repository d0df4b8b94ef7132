//! Seats: where articles stand among those that share their terms, and what can be seen from there.
//!
//! Made for any set of articles by one pass over all postings: all of them when there was no memory, a handful after
//! an edit. Nothing here knows how articles are compared.

use crate::archive::related::postings::{Posting, Postings};
use crate::archive::related::ranks::Ranks;

/// The seats of some articles.
pub struct Seats {
    /// By rank, and for each article in the order of its terms' hashes.
    seats: Vec<u64>,
    /// Where the seats of each rank begin; one more at the end.
    starts: Vec<u32>,
}

/// Where an article stands among those that share one of its terms: from the lowest byte, what lies in reach before
/// and after, and the rarity; then, in the upper half, the place of the article's own posting.
#[derive(Clone, Copy)]
pub struct Seat(u64);

/// What can be seen from a seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// How many postings before its own are in reach: older articles, or of the same age and earlier rank.
    pub before: u8,
    /// How many postings after its own are in reach: articles of the same age and later rank.
    pub after: u8,
    /// How rare the term is among the articles that are as old as this one, or older.
    pub rarity: u8,
}

/// Looks out from postings of one term, from the oldest to the newest.
pub struct Lookout<'a> {
    postings: &'a [Posting],
    peers_end: &'a [u32],
    reach: u8,
    frequency: usize,
}

impl Seat {
    fn new(at: u32, sight: Sight) -> Self {
        let low = u32::from_le_bytes([sight.before, sight.after, sight.rarity, 0]);
        Self(u64::from(at) << 32 | u64::from(low))
    }

    fn sight(self) -> Sight {
        let [before, after, rarity, _] = ((self.0 & 0xffff_ffff) as u32).to_le_bytes();
        Sight { before, after, rarity }
    }

    /// The article's own posting among `all`.
    #[must_use]
    pub fn own(self, all: &[Posting]) -> Posting {
        all[(self.0 >> 32) as usize]
    }

    /// The place of the article's own posting among all.
    #[must_use]
    pub fn place(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// How rare the term is among the articles that are as old as this one, or older; see [`rarity`].
    #[must_use]
    pub fn rarity(self) -> u32 {
        self.sight().rarity.into()
    }

    /// Whether no article but its own can be seen from here.
    #[must_use]
    pub fn is_lonely(self) -> bool {
        let Sight { before, after, .. } = self.sight();
        before == 0 && after == 0
    }

    /// The postings in reach among `all`, ascending by rank; the article's own is one of them.
    #[must_use]
    pub fn in_reach(self, all: &[Posting]) -> &[Posting] {
        let at = (self.0 >> 32) as usize;
        let Sight { before, after, .. } = self.sight();
        &all[at - usize::from(before)..=at + usize::from(after)]
    }
}

impl<'a> Lookout<'a> {
    /// A lookout over the postings of one term. `peers_end` says for each rank where the articles of the same age
    /// end: they count as old enough for each other.
    #[must_use]
    pub fn new(postings: &'a [Posting], peers_end: &'a [u32], reach: u8) -> Self {
        Self { postings, peers_end, reach, frequency: 0 }
    }

    /// What can be seen from the posting at `at`. Must be asked for ascending places.
    #[must_use]
    pub fn sight(&mut self, at: usize) -> Sight {
        let count = self.peers_end[self.postings[at].rank() as usize];
        self.frequency = self.frequency.max(at + 1);
        while self.postings.get(self.frequency).is_some_and(|next| next.rank() < count) {
            self.frequency += 1;
        }
        Sight {
            before: at_most(self.reach, at),
            after: at_most(self.reach, self.frequency - 1 - at),
            rarity: rarity(count, self.frequency),
        }
    }
}

impl Seats {
    /// The seats of the articles of these ranks. `sizes` holds for each rank how many terms the article has.
    ///
    /// # Panics
    ///
    /// When `sizes` and the postings disagree.
    #[must_use]
    pub fn of(wanted: &Ranks, sizes: &[u8], postings: &Postings, peers_end: &[u32], reach: u8) -> Self {
        let mut starts = Vec::with_capacity(sizes.len() + 1);
        let mut total = 0;
        for (rank, &size) in (0..).zip(sizes) {
            starts.push(total);
            total += if wanted.contains(rank) { u32::from(size) } else { 0 };
        }
        let mut next = starts.clone();
        starts.push(total);
        // Integers, because memory for these comes cleared.
        let mut seats = vec![0; total as usize];
        for group in postings.groups() {
            let mut lookout = Lookout::new(group.postings, peers_end, reach);
            let first = u32::try_from(group.start).expect("there are fewer than 2³² postings");
            for ((offset, at), posting) in (0..).zip(first..).zip(group.postings) {
                let rank = posting.rank();
                if wanted.contains(rank) {
                    // Groups come by ascending hash: this seat is the article's next one.
                    let next = &mut next[rank as usize];
                    seats[*next as usize] = Seat::new(at, lookout.sight(offset)).0;
                    *next += 1;
                }
            }
        }
        Self { seats, starts }
    }

    /// The seats of the article of this rank, one for each of its terms; none when it was not wanted.
    #[must_use]
    pub fn row(&self, rank: u32) -> impl ExactSizeIterator<Item = Seat> {
        let rank = rank as usize;
        self.seats[self.starts[rank] as usize..self.starts[rank + 1] as usize].iter().map(|&seat| Seat(seat))
    }
}

/// How rare a term is that `frequency` of `count` articles have: `⌊2 log₂ count⌋ − ⌊2 log₂ frequency⌋ + 1`, which lies
/// in 1..=55.
///
/// # Panics
///
/// With more than 2²⁷ articles.
#[must_use]
pub fn rarity(count: u32, frequency: usize) -> u8 {
    let frequency = u32::try_from(frequency).expect("articles count in 32 bits");
    u8::try_from(half_powers(count) - half_powers(frequency) + 1).expect("there are at most 2²⁷ articles")
}

/// ⌊2 log₂ number⌋.
#[must_use]
pub fn half_powers(number: u32) -> u32 {
    (u64::from(number) * u64::from(number)).ilog2()
}

fn at_most(limit: u8, number: usize) -> u8 {
    u8::try_from(number).map_or(limit, |number| number.min(limit))
}

#[cfg(test)]
mod tests {
    use super::{Seats, rarity};
    use crate::archive::related::edits::{Edit, Edits};
    use crate::archive::related::postings::Postings;
    use crate::archive::related::ranks::Ranks;
    use crate::content::terms::Terms;

    const STORIES: [&str; 6] = ["rain wind", "sun", "rain sun", "fog rain", "ice", "wind rain fog"];

    fn postings(articles: &[Terms]) -> Postings {
        let mut all = Postings::default();
        let put = |rank: u32, edits: &mut Vec<Edit>| {
            edits.extend(articles[rank as usize].as_slice().iter().map(|&term| Edit::put(rank, term)));
        };
        Edits::gather(articles.len(), put).hand_out(|edits| {
            for run in edits.chunk_by(|left, right| left.hash() == right.hash()) {
                all.extend(run.iter().filter_map(|edit| edit.posting()));
                all.close(run[0].hash());
            }
        });
        all
    }

    fn seats(articles: &[Terms], peers_end: &[u32], rank: u32) -> (Seats, Postings) {
        let size = |terms: &Terms| u8::try_from(terms.as_slice().len()).expect("the texts are short");
        let sizes: Vec<u8> = articles.iter().map(size).collect();
        let mut wanted = Ranks::none(articles.len());
        wanted.insert(rank);
        let postings = postings(articles);
        (Seats::of(&wanted, &sizes, &postings, peers_end, 64), postings)
    }

    /// The ranks seen from the seat of the word `rain` in the story of `rank`, and the word's rarity there.
    fn check(peers_end: [u32; 6], rank: u32, in_reach: &[u32], expected: (u32, usize)) {
        let terms = STORIES.map(|text| Terms::of("", "", &[], text));
        let (seats, postings) = seats(&terms, &peers_end, rank);
        let own = terms[rank as usize].as_slice();
        let rain = Terms::of("", "", &[], "rain").as_slice()[0].hash();
        let slot = own.iter().position(|term| term.hash() == rain).expect("it has the word");
        let seat = seats.row(rank).nth(slot).expect("a seat for each term");
        let seen: Vec<u32> = seat.in_reach(postings.all()).iter().map(|posting| posting.rank()).collect();
        assert_eq!(seen, in_reach);
        assert_eq!(seat.rarity(), u32::from(rarity(expected.0, expected.1)));
        assert_eq!(seats.row(rank).len(), own.len());
        assert_eq!(seats.row((rank + 1) % 6).len(), 0);
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
        let articles = vec![Terms::of("", "", &[], "rain"); 1_000];
        let ends: Vec<u32> = (1..=1_000).collect();
        let (seats, postings) = seats(&articles, &ends, 900);
        let reached = seats.row(900).next().expect("a seat").in_reach(postings.all());
        assert_eq!((reached[0].rank(), reached[reached.len() - 1].rank()), (836, 900));
    }

    #[test]
    fn rarity_goes_in_half_powers_of_two() {
        let steps = [1, 2, 3, 4, 5, 6, 8, 11, 12, 1_000].map(|frequency| rarity(1_000, frequency));
        assert_eq!(steps, [20, 18, 17, 16, 16, 15, 14, 14, 13, 1]);
        assert_eq!(rarity(1 << 27, 1), 55);
    }
}
