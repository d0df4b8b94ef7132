//! Fingerprints: 128-bit digests that tell whether two pieces of content are the same.
//!
//! They guard against accidents, not against an adversary: nothing that leaves the machine may rely on them.

use bitcode::{Decode, Encode};
use std::fmt;

use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_64_with_seed, xxh3_128};

/// The XXH3-128 digest of some bytes. Equal fingerprints mean equal content.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
pub struct Fingerprint {
    // Two halves, because there are millions of them, and one number of 128 bits has to stand at a place of its own.
    high: u64,
    low: u64,
}

impl Fingerprint {
    /// The fingerprint of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_digest(xxh3_128(bytes))
    }

    /// The first 64 bits, to tell whether one thing is the same as before.
    #[must_use]
    pub fn half(self) -> u64 {
        self.high
    }

    /// All bits, to be kept.
    #[must_use]
    pub fn bits(self) -> u128 {
        u128::from(self.high) << u64::BITS | u128::from(self.low)
    }

    /// The fingerprint whose digest was computed elsewhere, piece by piece.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the two halves are taken apart")]
    pub fn of_digest(digest: u128) -> Self {
        Self { high: (digest >> u64::BITS) as u64, low: digest as u64 }
    }

    /// Reads the 32 hexadecimal digits that [`Fingerprint::short`] writes.
    #[must_use]
    pub fn parse(hex: &str) -> Option<Self> {
        let plain =
            hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
        plain.then(|| u128::from_str_radix(hex, 16).ok()).flatten().map(Self::of_digest)
    }

    /// The first `digits` hexadecimal digits (at most 32), for names such as `style.1a2b3c4d.css`.
    #[must_use]
    pub fn short(self, digits: usize) -> String {
        let mut hex = format!("{:032x}", self.bits());
        hex.truncate(digits);
        hex
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.bits())
    }
}

/// Builds one [`Fingerprint`] from several parts; the parts keep their borders (`"ab", "c"` differs from `"a", "bc"`).
#[derive(Default)]
pub struct Fingerprinter(Xxh3);

impl Fingerprinter {
    /// A fingerprinter that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in one part, its length first.
    pub fn part(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// The fingerprint of all parts so far.
    #[must_use]
    pub fn finish(&self) -> Fingerprint {
        Fingerprint::of_digest(self.0.digest128())
    }
}

/// Builds 64-bit digests of many small things one after the other, in one buffer. They tell whether one thing is the
/// same as before; they are too short to tell many things apart by.
#[derive(Default)]
pub struct Digest(Vec<u8>);

impl Digest {
    /// A digest of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a text, its length first.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// Takes in a number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    /// The digest of what was taken in since the last one, long enough to tell things apart by.
    pub fn finish_long(&mut self) -> u128 {
        let digest = xxh3_128(&self.0);
        self.0.clear();
        digest
    }

    /// The digest of what was taken in since the last one.
    pub fn finish(&mut self) -> u64 {
        let digest = xxh3_64(&self.0);
        self.0.clear();
        digest
    }
}

/// Hashes keys that are digests already, and need no second one.
#[derive(Clone, Copy, Default)]
pub struct AsItIs(u64);

impl std::hash::Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, digest: u64) {
        self.0 = digest;
    }
}

/// Hashes texts fast. Whoever chooses the texts can make them collide: for names and paths that somebody wrote for this
/// newspaper.
#[derive(Clone, Copy, Default)]
pub struct OfText(u64);

impl std::hash::Hasher for OfText {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    fn write_u8(&mut self, byte: u8) {
        // What ends a text when it is hashed.
        self.0 = self.0.rotate_left(5) ^ u64::from(byte);
    }
}

/// How maps by text are hashed.
pub type ByText = std::hash::BuildHasherDefault<OfText>;

/// A map by 64-bit digests.
pub type DigestMap<T> = std::collections::HashMap<u64, T, std::hash::BuildHasherDefault<AsItIs>>;

/// A set of fingerprints.
pub type FingerprintSet = std::collections::HashSet<Fingerprint, std::hash::BuildHasherDefault<AsItIs>>;

/// A set of 64-bit digests.
pub type DigestSet = std::collections::HashSet<u64, std::hash::BuildHasherDefault<AsItIs>>;

#[cfg(test)]
mod tests {
    use super::{Fingerprint, Fingerprinter};

    #[test]
    fn parts_keep_their_borders() {
        let digest = |parts: &[&str]| {
            let mut all = Fingerprinter::new();
            for part in parts {
                all.part(part.as_bytes());
            }
            all.finish()
        };
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_eq!(digest(&["ab", "c"]), digest(&["ab", "c"]));
    }

    #[test]
    fn short_names_are_a_prefix_of_the_whole_digest() {
        let print = Fingerprint::of(b"news");
        assert_eq!(print.short(8).len(), 8);
        assert!(format!("{print:?}").starts_with(&print.short(8)));
    }
}
