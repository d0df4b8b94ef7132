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

/// How many titles are measured at once.
const BATCH: usize = 64;

/// The published titles most like `target`, nearest first; among equals by the titles as they are compared.
pub(super) fn nearest(target: &str, near: &Near<'_>) -> Vec<String> {
    let wanted = normalised(target);
    if wanted.chars().count() > LONGEST {
        return Vec::new();
    }
    let titles: Vec<&str> = near.titles().collect();
    most_like(&wanted, &titles).into_iter().map(|title| format!("`{title}`")).collect()
}

/// Those of some titles that are most like a name. Titles that may be nearest are measured first, until no other can be
/// nearer than those found.
fn most_like<'t>(wanted: &str, titles: &[&'t str]) -> Vec<&'t str> {
    let pairs = Pairs::of(wanted);
    let at_most = |title: &str| {
        // Most titles have nothing in them but letters and spaces, and need not be copied to be told apart.
        if names::is_plain(title) { pairs.at_most(title) } else { pairs.at_most(&normalised(title)) }
    };
    let promising = |(at, title): (usize, &&str)| {
        let likeness = at_most(title);
        (likeness > ALIKE).then(|| (distance(likeness), at))
    };
    let mut order: Vec<(u32, usize)> = titles.par_iter().enumerate().filter_map(promising).collect();
    order.par_sort_unstable();
    let measure = |&(_, at): &(u32, usize)| {
        let normal = normalised(titles[at]);
        let likeness = strsim::sorensen_dice(wanted, &normal);
        (likeness > ALIKE).then(|| ((distance(likeness), normal), at))
    };
    // Of several stories with one title the oldest is taken.
    let mut found: BTreeMap<(u32, String), usize> = BTreeMap::new();
    for batch in order.chunks(BATCH) {
        let last = found.keys().nth(NEAREST - 1).map(|(distance, _)| *distance);
        if last.is_some_and(|last| batch[0].0 > last) {
            break;
        }
        for (key, at) in batch.par_iter().filter_map(measure).collect::<Vec<_>>() {
            let place = found.entry(key).or_insert(at);
            *place = at.max(*place);
        }
    }
    found.into_values().take(NEAREST).map(|at| titles[at]).collect()
}

/// How far apart titles are: 0 for the same, a million for those that have nothing in common.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0.0 to 1.0 fits")]
fn distance(likeness: f64) -> u32 {
    ((1.0 - likeness.min(1.0)) * 1e6) as u32
}

/// The pairs of letters of a name, some of them taken for the same: enough to tell quickly that a title is nothing like it.
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

/// Numbers for the pairs of bytes of a name, without its spaces as the measure has it and whatever their case. Where two
/// names share a pair of letters they share the pair of bytes between these; and the measure counts bytes, too.
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

    use std::collections::BTreeMap;

    use super::{ALIKE, NEAREST, Pairs, distance, most_like, names, normalised};

    proptest! {
        #[test]
        fn no_title_is_more_alike_than_its_pairs_allow(one in "[a-cé ]{0,12}", other in "[a-dA-Cé ]{0,12}") {
            let (wanted, normal) = (normalised(&one), normalised(&other));
            let likeness = strsim::sorensen_dice(&wanted, &normal);
            let title = if names::is_plain(&other) { &other } else { &normal };
            prop_assert!(likeness <= Pairs::of(&wanted).at_most(title) + 1e-9, "{one:?} {other:?}");
        }

        #[test]
        fn the_nearest_titles_are_those_of_a_look_at_all(
            wanted in "[a-cé]{0,6}",
            titles in prop::collection::vec("[a-cA-Cé ]{0,6}", 0..300),
        ) {
            let wanted = normalised(&wanted);
            let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
            let mut all = BTreeMap::new();
            for title in &titles {
                let normal = normalised(title);
                let likeness = strsim::sorensen_dice(&wanted, &normal);
                if likeness > ALIKE {
                    all.insert((distance(likeness), normal), *title);
                }
            }
            let all: Vec<&str> = all.into_values().take(NEAREST).collect();
            prop_assert_eq!(most_like(&wanted, &titles), all);
        }
    }
}
