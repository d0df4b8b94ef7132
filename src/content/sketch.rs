//! The sketch of a text: 64 bits that tell whether two texts are copies of each other, or nearly.
//!
//! Copies from a wire service have other headlines, another first sentence, fewer paragraphs; most runs of three words are
//! the same. The sketch is a minwise digest of these runs in sixteen parts (Broder 1997, On the resemblance and containment
//! of documents; one permutation in parts: Li, Owen and Zhang 2012, One permutation hashing), of each of which four bits
//! are kept (Li and König 2010, b-bit minwise hashing).

use bitcode::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// How many parts there are, and the bits of each.
const PARTS: usize = 16;
const PART_BITS: u32 = 4;

/// How many parts copies share: texts of which half the runs are the same do, one time in two; of texts that have nothing
/// in common one pair in a million does.
const SHARED: u32 = 8;

/// Texts with fewer runs of words are too short to be told apart.
const FEWEST_RUNS: u32 = 24;

/// A sketch; zero of texts that are too short for one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct Sketch(u64);

impl Sketch {
    /// The sketch with these bits.
    #[must_use]
    pub fn of_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// All bits.
    #[must_use]
    pub fn bits(self) -> u64 {
        self.0
    }

    /// Whether two texts are copies of each other, or nearly.
    #[must_use]
    pub fn is_near(self, other: Self) -> bool {
        self.0 != 0 && other.0 != 0 && self.shared(other) >= SHARED
    }

    /// How many parts are the same: 16 of the same text.
    #[must_use]
    pub fn shared(self, other: Self) -> u32 {
        let differing = self.0 ^ other.0;
        let folded = differing | differing >> 1 | differing >> 2 | differing >> 3;
        (!folded & 0x1111_1111_1111_1111).count_ones()
    }
}

/// A sketch in the making.
#[derive(Clone)]
pub struct Sketcher {
    /// The digests of the two words before.
    before: [u64; 2],
    runs: u32,
    /// The least digest of a run in each part.
    least: [u64; PARTS],
}

impl Default for Sketcher {
    fn default() -> Self {
        Self { before: [0; 2], runs: 0, least: [u64::MAX; PARTS] }
    }
}

impl Sketcher {
    /// Takes in the next word by its digest.
    pub fn word(&mut self, digest: u64) {
        let [first, second] = self.before;
        self.before = [second, digest];
        self.runs += 1;
        let run = first.rotate_left(21).wrapping_add(second.rotate_left(42)).wrapping_add(digest);
        // Mixes all bits into all others (Stafford 2011, variant 13 of the finalizer of MurmurHash3).
        let run = (run ^ run >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let run = (run ^ run >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let run = run ^ run >> 31;
        let least = &mut self.least[(run >> (u64::BITS - PART_BITS)) as usize];
        *least = (*least).min(run);
    }

    /// The sketch of all words so far.
    #[must_use]
    pub fn finish(&self) -> Sketch {
        if self.runs < FEWEST_RUNS {
            return Sketch::default();
        }
        let mut bits = 0;
        for part in 0..PARTS {
            // A part without runs borrows from the next one that has some (Shrivastava and Li 2014, Densifying one
            // permutation hashing).
            let mut there = (part..part + PARTS).map(|at| self.least[at % PARTS]);
            let least = there.find(|least| *least != u64::MAX).unwrap_or_default();
            bits = bits << PART_BITS | least & ((1 << PART_BITS) - 1);
        }
        Sketch(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::{Sketch, Sketcher};
    use crate::content::vocabulary::digest;

    fn sketch<'a>(words: impl Iterator<Item = &'a str>) -> Sketch {
        let mut sketcher = Sketcher::default();
        words.for_each(|word| sketcher.word(digest(word)));
        sketcher.finish()
    }

    fn words(seed: usize) -> Vec<String> {
        (0..400).map(|at| format!("w{}", (at * at * 31 + at * seed) % 1_009)).collect()
    }

    #[test]
    fn copies_are_near_and_other_texts_are_not() {
        let [one, other] = [words(3), words(700)];
        let text = || one.iter().map(String::as_str);
        let whole = sketch(text());
        assert_eq!(whole.shared(whole), 16);
        assert!(whole.is_near(sketch(text().skip(20).take(330))), "a copy with another start and end");
        let changed = text().enumerate().map(|(at, word)| if at % 25 == 0 { "other" } else { word });
        assert!(whole.is_near(sketch(changed)), "a copy with changed words");
        assert!(!whole.is_near(sketch(other.iter().map(String::as_str))));
    }

    #[test]
    fn short_texts_are_near_to_nothing() {
        let short = || sketch("ten people were hurt when a bus left the road".split(' '));
        assert!(!short().is_near(short()));
        assert_eq!(short(), Sketch::default());
    }
}
