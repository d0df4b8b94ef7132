//! A set of ranks, one bit for each.
//!
//! Small enough to stay in the nearest cache while millions of postings are asked whether theirs is in it.

/// A set of ranks below a bound.
#[derive(Clone, Debug)]
pub struct Ranks(Vec<u64>);

impl Ranks {
    /// The empty set of ranks below `bound`.
    #[must_use]
    pub fn none(bound: usize) -> Self {
        Self(vec![0; bound.div_ceil(64)])
    }

    /// Adds a rank below the bound.
    pub fn insert(&mut self, rank: u32) {
        self.0[rank as usize / 64] |= 1 << (rank % 64);
    }

    /// Whether the rank, which is below the bound, is in the set.
    #[must_use]
    pub fn contains(&self, rank: u32) -> bool {
        self.0[rank as usize / 64] >> (rank % 64) & 1 == 1
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    /// The same ranks in sets of at most so many, one after the other.
    pub fn slices(&self, most: usize) -> impl Iterator<Item = Self> {
        let mut left = self.iter().peekable();
        let bound = self.0.len() * 64;
        std::iter::from_fn(move || {
            left.peek()?;
            let mut slice = Self::none(bound);
            left.by_ref().take(most).for_each(|rank| slice.insert(rank));
            Some(slice)
        })
    }

    /// The ranks, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        (0_u32..).step_by(64).zip(&self.0).flat_map(|(first, &word)| {
            std::iter::successors(Some(word), |&rest| Some(rest & rest.wrapping_sub(1)))
                .take_while(|&rest| rest != 0)
                .map(move |rest| first + rest.trailing_zeros())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Ranks;

    #[test]
    fn ranks_come_back_in_order() {
        let mut ranks = Ranks::none(200);
        assert!(ranks.is_empty() && ranks.iter().next().is_none());
        for rank in [199, 0, 63, 64, 0] {
            ranks.insert(rank);
        }
        assert_eq!(ranks.iter().collect::<Vec<_>>(), [0, 63, 64, 199]);
        let slices: Vec<Vec<u32>> = ranks.slices(3).map(|slice| slice.iter().collect()).collect();
        assert_eq!(slices, [vec![0, 63, 64], vec![199]]);
        assert!(ranks.contains(63) && !ranks.contains(62) && !ranks.is_empty());
    }
}
