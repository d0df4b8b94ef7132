//! Names: by what stories are called and meant. Titles are compared in Unicode NFC and lower case, with plain quotes and
//! single spaces.
//!
//! Names and paths are kept as digests of 64 bits: with a million names, two of them share one in one newspaper of 36
//! million. What they lead to is known with all articles at hand.

use bitcode::{Decode, Encode};
use unicode_normalization::UnicodeNormalization;
use xxhash_rust::xxh3::xxh3_64;

use crate::source::SourcePath;

/// What a reference means, as it is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Wanted {
    /// A title, a former title or a slug, by its digest.
    Name(u64),
    /// A file, by the digest of its path: from where the reference stands, or else from `content/`. Paths that leave the
    /// newspaper are no file's.
    File([u64; 2]),
}

impl Wanted {
    /// What `target`, written in the file `from`, means: a relative path to a `.md` file, or a name.
    #[must_use]
    pub fn of(target: &str, from: &SourcePath) -> Self {
        let path = target.split(['#', '?']).next().unwrap_or(target);
        if !crate::source::is_markdown(path) {
            return Self::Name(digest(target));
        }
        let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
        let here = from.join(&decoded);
        let in_content = SourcePath::new("content/x").join(decoded.trim_start_matches("content/"));
        Self::File([here, in_content].map(|path| path.as_ref().map_or(0, path_digest)))
    }
}

/// The digest of a name, however it is spelled.
#[must_use]
pub fn digest(name: &str) -> u64 {
    if is_plain(name) && !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return xxh3_64(name.trim().as_bytes());
    }
    xxh3_64(normalised(name).as_bytes())
}

/// The digest of a file's path.
#[must_use]
pub fn path_digest(path: &SourcePath) -> u64 {
    xxh3_64(path.as_str().as_bytes())
}

/// A title as it is compared.
#[must_use]
pub fn normalised(title: &str) -> String {
    let mut normal = String::with_capacity(title.len());
    if is_plain(title) {
        // Most titles: nothing but letters changes, and only in case.
        normal.push_str(title.trim());
        normal.make_ascii_lowercase();
        return normal;
    }
    for letter in title.nfc().flat_map(char::to_lowercase) {
        match letter {
            '‘' | '’' | 'ʼ' | '‛' | '`' | '´' => normal.push('\''),
            '“' | '”' | '„' | '«' | '»' => normal.push('"'),
            '–' | '—' | '‑' | '−' => normal.push('-'),
            '…' => normal.push_str("..."),
            space if space.is_whitespace() => {
                if !normal.ends_with(' ') {
                    normal.push(' ');
                }
            }
            other => normal.push(other),
        }
    }
    normal.trim().to_owned()
}

/// Whether a name has nothing in it that is written in several ways, but for case.
#[must_use]
pub fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b' ' | b'.' | b',' | b'\'' | b'"' | b'-' | b':' | b'?' | b'!')
    };
    name.bytes().all(plain) && !name.contains("  ")
}

#[cfg(test)]
mod tests {
    use super::{digest, normalised};

    #[test]
    fn titles_are_compared_without_typography() {
        assert_eq!(normalised("  “Kim’s”  Talks – Again… "), "\"kim's\" talks - again...");
        assert_eq!(normalised("E\u{301}te\u{301}"), "été");
    }

    #[test]
    fn spellings_of_one_name_share_a_digest() {
        assert_eq!(digest(" rain over the harbour"), digest("Rain over  the Harbour"));
        assert_ne!(digest("rain"), digest("train"));
    }
}
