//! Likeness: the titles that somebody may have meant.
//!
//! The measure is the Sørensen–Dice coefficient of pairs of letters.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Near;
use crate::content::names::normalised;

/// How many near titles a finding offers.
const NEAREST: usize = 3;

/// How alike two titles must be.
const ALIKE: f64 = 0.3;

/// Longer names are none.
const LONGEST: usize = 200;

/// The published titles most like `target`, nearest first.
pub(super) fn nearest(target: &str, near: &Near<'_>) -> Vec<String> {
    let wanted = normalised(target);
    if wanted.chars().count() > LONGEST {
        return Vec::new();
    }
    let pairs = Pairs::of(&wanted);
    let alike = |title: &'_ str| {
        let normal = normalised(title);
        if pairs.at_most(&normal) <= ALIKE {
            return None;
        }
        let likeness = strsim::sorensen_dice(&wanted, &normal);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0.0 to 1.0 fits")]
        (likeness > ALIKE).then(|| (((1.0 - likeness) * 1e6) as u32, normal))
    };
    let titles: Vec<&str> = near.titles().collect();
    let found: Vec<_> = titles.par_iter().filter_map(|title| Some((alike(title)?, *title))).collect();
    let near: BTreeMap<(u32, String), &str> = found.into_iter().collect();
    near.into_values().take(NEAREST).map(|title| format!("`{title}`")).collect()
}

/// The pairs of letters of a name, some of them taken for the same: enough to tell quickly that a title is nothing like it.
struct Pairs {
    has: Vec<bool>,
    count: usize,
}

impl Pairs {
    fn of(name: &str) -> Self {
        let mut has = vec![false; 1 << 12];
        let mut count = 0;
        for pair in pairs(name) {
            has[pair] = true;
            count += 1;
        }
        Self { has, count }
    }

    /// What the likeness of a title is at most: as if each of its pairs that may be in the name were, and none twice.
    fn at_most(&self, title: &str) -> f64 {
        let (mut count, mut common) = (0_u32, 0_u32);
        for pair in pairs(title) {
            count += 1;
            common += u32::from(self.has[pair]);
        }
        let all = f64::from(count) + self.count as f64;
        // A name of one letter has no pairs: only the measure itself can tell.
        if count == 0 || self.count == 0 { 1.0 } else { 2.0 * f64::from(common) / all }
    }
}

/// Numbers for the pairs of letters of a name, without its spaces as the measure has it.
fn pairs(name: &str) -> impl Iterator<Item = usize> {
    let mut before: Option<u32> = None;
    name.chars().filter(|letter| !letter.is_whitespace()).filter_map(move |letter| {
        let (this, last) = (letter as u32, before.replace(letter as u32));
        Some((last?.wrapping_mul(67) ^ this) as usize % (1 << 12))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Pairs, normalised};

    proptest! {
        #[test]
        fn no_title_is_more_alike_than_its_pairs_allow(one in "[a-cé ]{0,12}", other in "[a-cé ]{0,12}") {
            let (one, other) = (normalised(&one), normalised(&other));
            let likeness = strsim::sorensen_dice(&one, &other);
            prop_assert!(likeness <= Pairs::of(&one).at_most(&other) + 1e-9, "{one:?} {other:?}");
        }
    }
}
