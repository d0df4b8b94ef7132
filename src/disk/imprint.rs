//! Imprints: by what one output is told from another without a look at its files.
//!
//! An imprint is a sum over the files, so that a change costs what it changes. Where it is kept is not known here.

use std::fmt;

use xxhash_rust::xxh3::xxh3_128;

use crate::disk::manifest::{Entry, Kind};
use crate::fingerprint::Fingerprint;

/// Tells one output from another: a digest of its kind and of the path, size and content of every file of ours. It does
/// not depend on the order of the files or on how the output came about.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Imprint(u128);

impl Imprint {
    /// The imprint of an output without files.
    pub(super) fn empty(kind: Kind) -> Self {
        Self(match kind {
            Kind::Production => xxh3_128(b"production"),
            Kind::Preview => xxh3_128(b"preview"),
        })
    }

    /// The imprint with one file more. A sum, so that a change costs what it changes and not what there is.
    pub(super) fn with(self, entry: &Entry) -> Self {
        Self(self.0.wrapping_add(entry.digest()))
    }

    /// The imprint with one file less.
    pub(super) fn without(self, entry: &Entry) -> Self {
        Self(self.0.wrapping_sub(entry.digest()))
    }

    /// The imprint of the same files as an output of another kind.
    pub(super) fn turned(self, from: Kind, to: Kind) -> Self {
        Self(self.0.wrapping_sub(Self::empty(from).0).wrapping_add(Self::empty(to).0))
    }

    /// Reads the 32 hexadecimal digits that an imprint prints as.
    #[must_use]
    pub fn parse(hex: &str) -> Option<Self> {
        let digits = Fingerprint::parse(hex)?.short(32);
        u128::from_str_radix(&digits, 16).ok().map(Self)
    }
}

impl fmt::Display for Imprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Imprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::Imprint;
    use crate::disk::manifest::{Entry, Kind, Manifest};
    use crate::fingerprint::Fingerprint;

    fn manifest(paths: &[&str]) -> Manifest {
        let entry = |path: &&str| Entry {
            path: (*path).into(),
            size: path.len() as u64,
            xxh3: Fingerprint::of(path.as_bytes()),
        };
        Manifest::new(Kind::Production, paths.iter().map(entry).collect())
    }

    #[test]
    fn an_imprint_follows_every_change_and_nothing_else() {
        let (one, two) = (manifest(&["a", "b"]), manifest(&["a", "b", "c"]));
        let more = two.find("c").expect("listed");
        assert_eq!(one.head().imprint.with(more), two.head().imprint);
        assert_eq!(two.head().imprint.without(more), one.head().imprint);
        let preview = Manifest::new(Kind::Preview, one.files().to_vec()).head().imprint;
        assert_ne!(preview, one.head().imprint);
        assert_eq!(one.head().imprint.turned(Kind::Production, Kind::Preview), preview);
        assert_eq!(Imprint::parse(&preview.to_string()), Some(preview));
        for bad in ["", "12", "+2345678901234567890123456789012", "G2345678901234567890123456789012"] {
            assert_eq!(Imprint::parse(bad), None, "{bad}");
        }
    }
}
