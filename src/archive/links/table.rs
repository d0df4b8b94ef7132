//! Tables: numbers by the digests of what leads to them, in flat rows that are sorted, kept and changed as they are.
//!
//! What the numbers are is not known here.

use bitcode::{Decode, Encode};
use rayon::prelude::*;

/// A key and one of its values.
pub type Pair = (u64, u64);

/// Values by key. A key may have several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Table {
    keys: Vec<u64>,
    values: Vec<u64>,
}

impl Table {
    /// A table of some pairs, in whatever order they are.
    #[must_use]
    pub fn of(mut pairs: Vec<Pair>) -> Self {
        pairs.par_sort_unstable();
        let (keys, values) = pairs.into_iter().unzip();
        Self { keys, values }
    }

    /// The values of a key, ascending.
    #[must_use]
    pub fn values(&self, key: u64) -> &[u64] {
        let start = self.start(key);
        let count = self.keys[start..].iter().take_while(|other| **other == key).count();
        &self.values[start..start + count]
    }

    /// Takes some pairs out, each of which must be there, and puts others in.
    ///
    /// # Panics
    ///
    /// When a pair to be taken out is not there.
    pub fn exchange(&mut self, out: &[Pair], into: &[Pair]) {
        for pair in out.iter().filter(|pair| !into.contains(pair)) {
            let at = self.place(*pair);
            assert!(self.get(at) == Some(*pair), "a table holds what was put into it");
            self.keys.remove(at);
            self.values.remove(at);
        }
        for pair in into.iter().filter(|pair| !out.contains(pair)) {
            let at = self.place(*pair);
            self.keys.insert(at, pair.0);
            self.values.insert(at, pair.1);
        }
    }

    /// Gives values other numbers, in an order that stays.
    pub fn renumber(&mut self, number: impl Fn(u64) -> u64) {
        self.values.iter_mut().for_each(|value| *value = number(*value));
    }

    fn get(&self, at: usize) -> Option<Pair> {
        Some((*self.keys.get(at)?, self.values[at]))
    }

    /// The first place whose pair is not less.
    fn place(&self, pair: Pair) -> usize {
        let start = self.start(pair.0);
        let less = |at: &usize| self.get(*at).is_some_and(|other| other < pair);
        start + (start..self.keys.len()).take_while(less).count()
    }

    /// The first place whose key is not less. Digests are spread evenly: a key stands about where its size says, and
    /// only a few dozen places around are looked at.
    fn start(&self, key: u64) -> usize {
        let length = self.keys.len();
        let guess = usize::try_from((u128::from(key) * length as u128) >> 64).unwrap_or(length);
        let (mut low, mut high, mut step) = (guess, guess, 64);
        while low > 0 && self.keys[low - 1] >= key {
            low = low.saturating_sub(step);
            step *= 2;
        }
        step = 64;
        while high < length && self.keys[high] < key {
            high = (high + step).min(length);
            step *= 2;
        }
        low + self.keys[low..high].partition_point(|other| *other < key)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Pair, Table};

    fn pairs() -> impl Strategy<Value = Vec<Pair>> {
        let key = prop_oneof![any::<u64>(), 0_u64..4, Just(u64::MAX)];
        prop::collection::vec((key, 0_u64..5), 0..300)
    }

    proptest! {
        #[test]
        fn every_key_has_its_values(pairs in pairs(), stranger: u64) {
            let table = Table::of(pairs.clone());
            for key in pairs.iter().map(|pair| pair.0).chain([0, stranger, u64::MAX]) {
                let mut values: Vec<u64> =
                    pairs.iter().filter(|pair| pair.0 == key).map(|pair| pair.1).collect();
                values.sort_unstable();
                prop_assert_eq!(table.values(key), values);
            }
        }

        #[test]
        fn exchanged_pairs_make_the_table_of_what_is_left(pairs in pairs(), more in pairs(), cut in 0_usize..20) {
            let cut = cut.min(pairs.len());
            let mut table = Table::of(pairs.clone());
            table.exchange(&pairs[..cut], &more);
            let mut left: Vec<Pair> = pairs[cut..].to_vec();
            left.extend(more.iter().filter(|pair| !pairs[..cut].contains(pair)));
            left.extend(pairs[..cut].iter().filter(|pair| more.contains(pair)));
            prop_assert_eq!(table, Table::of(left));
        }
    }
}
