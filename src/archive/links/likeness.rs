//! Likeness: the titles that somebody may have meant.
//!
//! The measure is the Sørensen–Dice coefficient of pairs of letters.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Near;
use crate::content::names::{self, normalised};

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
        // Most titles have nothing in them but letters and spaces, and need not be copied to be told apart.
        if names::is_plain(title) && pairs.at_most(title) <= ALIKE {
            return None;
        }
        let normal = normalised(title);
        let likeness = strsim::sorensen_dice(&wanted, &normal);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0.0 to 1.0 fits")]
        (likeness > ALIKE).then_some((((1.0 - likeness) * 1e6) as u32, normal))
    };
    let titles: Vec<&str> = near.titles().collect();
    let found: Vec<_> = titles.par_iter().filter_map(|title| Some((alike(title)?, *title))).collect();
    let near: BTreeMap<(u32, String), &str> = found.into_iter().collect();
    near.into_values().take(NEAREST).map(|title| format!("`{title}`")).collect()
}

/// The pairs of letters of a name, some of them taken for the same: enough to tell quickly that a plain title is nothing
/// like it.
struct Pairs {
    has: Vec<bool>,
    count: u32,
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
        let all = f64::from(count) + f64::from(self.count);
        // A name of one letter has no pairs: only the measure itself can tell.
        if count == 0 || self.count == 0 { 1.0 } else { 2.0 * f64::from(common) / all }
    }
}

/// Numbers for the pairs of bytes of a name, without its spaces as the measure has it and whatever their case. A title
/// that is plain shares no fewer of these with a name than it shares pairs of letters.
fn pairs(name: &str) -> impl Iterator<Item = usize> {
    let mut before: Option<u8> = None;
    name.bytes().filter(|byte| *byte != b' ').filter_map(move |byte| {
        let byte = byte.to_ascii_lowercase();
        let last = before.replace(byte)?;
        Some(usize::from(last & 63) << 6 | usize::from(byte & 63))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Pairs, names, normalised};

    proptest! {
        #[test]
        fn no_title_is_more_alike_than_its_pairs_allow(one in "[a-cé ]{0,12}", other in "[a-dA-C ]{0,12}") {
            prop_assume!(names::is_plain(&other));
            let wanted = normalised(&one);
            let likeness = strsim::sorensen_dice(&wanted, &normalised(&other));
            prop_assert!(likeness <= Pairs::of(&wanted).at_most(&other) + 1e-9, "{one:?} {other:?}");
        }
    }
}
