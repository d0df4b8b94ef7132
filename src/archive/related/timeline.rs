//! The order of articles by age, and what became of an older order.
//!
//! An article's place in that order is its rank. It is the same article as before when its key and its instant are
//! the same: one that was given another date is gone, and there is a new one.

use rayon::prelude::*;

/// The rank of an article that is not there.
pub const NO_RANK: u32 = u32::MAX;

/// Articles from the oldest to the newest; those of one instant by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The article's identity, by rank.
    pub keys: Vec<u64>,
    /// The instant of publication, by rank.
    pub seconds: Vec<i64>,
    /// For each rank the rank after the last one with the same instant.
    pub peers_end: Vec<u32>,
}

/// Which article of one timeline is which of another.
pub struct Matching {
    /// For each old rank the new one, or [`NO_RANK`]. Ranks ascend.
    pub new_ranks: Vec<u32>,
    /// For each new rank the old one, or [`NO_RANK`]. Ranks ascend.
    pub old_ranks: Vec<u32>,
    /// Whether every old article has the rank that it had.
    pub unmoved: bool,
}

impl Matching {
    /// Every one of so many articles is the same and has the same rank.
    #[must_use]
    pub fn same(articles: usize) -> Self {
        let ranks: Vec<u32> = (0..).take(articles).collect();
        Self { new_ranks: ranks.clone(), old_ranks: ranks, unmoved: true }
    }
}

impl Timeline {
    /// The timeline of articles with these keys and instants, and the index of the article of each rank. Articles
    /// that agree in both stand in the order given.
    #[must_use]
    pub fn of(articles: impl Iterator<Item = (u64, i64)>) -> (Self, Vec<u32>) {
        let mut order: Vec<(i64, u64, u32)> =
            (0..).zip(articles).map(|(index, (key, seconds))| (seconds, key, index)).collect();
        order.par_sort_unstable();
        let keys = order.iter().map(|&(_, key, _)| key).collect();
        let seconds = order.iter().map(|&(seconds, _, _)| seconds).collect();
        let indices = order.iter().map(|&(_, _, index)| index).collect();
        (Self::new(keys, seconds), indices)
    }

    /// The timeline of keys and instants that are in order already.
    ///
    /// # Panics
    ///
    /// When there are more articles than ranks.
    #[must_use]
    pub fn new(keys: Vec<u64>, seconds: Vec<i64>) -> Self {
        let mut peers_end = Vec::with_capacity(seconds.len());
        for peers in seconds.chunk_by(|left, right| left == right) {
            let end = peers_end.len() + peers.len();
            peers_end.resize(end, u32::try_from(end).expect("ranks have 32 bits"));
        }
        Self { keys, seconds, peers_end }
    }

    /// How many articles there are.
    #[must_use]
    pub fn articles(&self) -> usize {
        self.keys.len()
    }

    /// Finds the articles of an older timeline in this one.
    ///
    /// # Panics
    ///
    /// When there are more articles than ranks.
    #[must_use]
    pub fn matching(&self, old: &Self) -> Matching {
        let mut new_ranks = vec![NO_RANK; old.articles()];
        let mut old_ranks = vec![NO_RANK; self.articles()];
        let (mut old_rank, mut new_rank) = (0, 0);
        while old_rank < old.articles() && new_rank < self.articles() {
            let before = (old.seconds[old_rank], old.keys[old_rank]);
            let now = (self.seconds[new_rank], self.keys[new_rank]);
            if before == now {
                new_ranks[old_rank] = u32::try_from(new_rank).expect("ranks have 32 bits");
                old_ranks[new_rank] = u32::try_from(old_rank).expect("ranks have 32 bits");
            }
            old_rank += usize::from(before <= now);
            new_rank += usize::from(now <= before);
        }
        let unmoved = (0..).zip(&new_ranks).all(|(old, &new)| old == new);
        Matching { new_ranks, old_ranks, unmoved }
    }
}

#[cfg(test)]
mod tests {
    use super::{NO_RANK, Timeline};

    #[test]
    fn articles_stand_by_instant_then_key_then_index() {
        let (line, indices) = Timeline::of([(5, 30), (9, 10), (4, 30), (9, 10)].into_iter());
        assert_eq!((line.keys, line.seconds), (vec![9, 9, 4, 5], vec![10, 10, 30, 30]));
        assert_eq!((line.peers_end, indices), (vec![2, 2, 4, 4], vec![1, 3, 2, 0]));
    }

    #[test]
    fn another_date_makes_another_article() {
        let (old, _) = Timeline::of([(1, 10), (2, 20), (3, 20)].into_iter());
        let (new, _) = Timeline::of([(1, 10), (2, 30), (3, 20), (4, 20)].into_iter());
        let matching = new.matching(&old);
        assert_eq!(matching.new_ranks, [0, NO_RANK, 1]);
        assert_eq!(matching.old_ranks, [0, 2, NO_RANK, NO_RANK]);
        assert!(!matching.unmoved);
        let (longer, _) = Timeline::of([(1, 10), (2, 20), (3, 20), (4, 20)].into_iter());
        assert!(longer.matching(&old).unmoved);
    }
}
