//! The vocabulary of an article: every word a reader may search for, once, with how much it counts.
//!
//! A word stands in the form that the search page makes of what readers type: lower case, without accents, with
//! compatibility characters in their plain form. Which articles have which words is not known here.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use xxhash_rust::xxh3::xxh3_64;

/// Words longer than this, in bytes, are no words: addresses, keys, pictures in disguise.
const LONGEST_BYTES: usize = 64;

/// Where the Latin letters end (Unicode, Latin Extended-B).
const LATIN_END: char = '\u{250}';

/// The most that a word can count.
pub const MOST: u32 = 255;

/// The words of one article. A word may stand in it twice, in forms that become one.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// All words, one after the other.
    text: String,
    /// Where each word ends, its digest, and how much it counts.
    words: Vec<(u32, u64, u32)>,
    /// How many words were read, each occurrence.
    length: u32,
}

impl Vocabulary {
    /// A vocabulary of a text of so many words.
    #[must_use]
    pub fn of_length(length: u32) -> Self {
        Self { length, ..Self::default() }
    }

    /// Makes room for so many words of so many bytes in all.
    pub fn reserve(&mut self, words: usize, bytes: usize) {
        self.words.reserve_exact(words);
        self.text.reserve_exact(bytes);
    }

    /// Takes in a word in lower case and how much it counts in all.
    pub fn add(&mut self, folded: &str, weight: u32) {
        self.add_digested(folded, digest(folded), weight);
    }

    /// The same, for who has the word's [`digest`] at hand.
    ///
    /// # Panics
    ///
    /// When all words together have 4 GiB.
    pub fn add_digested(&mut self, folded: &str, own: u64, weight: u32) {
        let start = self.text.len();
        let own = if folded.is_ascii() {
            self.text.push_str(folded);
            own
        } else {
            self.text.push_str(&plain(folded));
            digest(&self.text[start..])
        };
        let length = self.text.len() - start;
        if length == 0 || length > LONGEST_BYTES {
            self.text.truncate(start);
            return;
        }
        let end = u32::try_from(self.text.len()).expect("a text is shorter than 4 GiB");
        self.words.push((end, own, weight.min(MOST)));
    }

    /// Each word with its digest and how much it counts, at most [`MOST`].
    pub fn words(&self) -> impl Iterator<Item = (&str, u64, u32)> {
        let mut start = 0;
        self.words.iter().map(move |&(end, digest, weight)| {
            let word = &self.text[start..end as usize];
            start = end as usize;
            (word, digest, weight)
        })
    }

    /// How many words the text has, each occurrence.
    #[must_use]
    pub fn length(&self) -> u32 {
        self.length
    }
}

/// What tells words apart.
#[must_use]
pub fn digest(word: &str) -> u64 {
    xxh3_64(word.as_bytes())
}

/// A word without accents and without compatibility forms (Unicode NFKD, then NFC): `école` is found as `ecole`.
/// Vowel signs and other marks that are letters to their readers stay.
#[must_use]
pub fn plain(folded: &str) -> String {
    let mut plain = String::with_capacity(folded.len());
    for letter in folded.chars() {
        match latin(letter) {
            Some(text) => plain.push_str(text),
            None => return composed(folded),
        }
    }
    plain
}

/// What a Latin letter becomes: the same in every word, for none of them joins its neighbours.
fn latin(letter: char) -> Option<&'static str> {
    static LETTERS: LazyLock<Vec<String>> =
        LazyLock::new(|| ('\0'..LATIN_END).map(|letter| composed(letter.encode_utf8(&mut [0; 4]))).collect());
    LETTERS.get(letter as usize).map(String::as_str)
}

fn composed(folded: &str) -> String {
    let bare = folded.nfkd().filter(|character| !matches!(character, '\u{300}'..='\u{36f}'));
    let lower: String = bare.flat_map(char::to_lowercase).collect();
    lower.replace('ß', "ss").replace('ς', "σ").nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Vocabulary, composed, plain};

    #[test]
    fn words_lose_their_accents_and_keep_their_vowel_signs() {
        for (word, expected) in [
            ("école", "ecole"),
            ("straße", "strasse"),
            ("οδός", "οδοσ"),
            ("ﬁnance", "finance"),
            ("२०२६", "२०२६"),
            ("मुख्यमंत्री", "मुख्यमंत्री"),
            ("が", "が"),
            ("서울", "서울"),
            ("việt", "viet"),
        ] {
            assert_eq!(plain(word), expected);
        }
    }

    proptest! {
        #[test]
        fn a_latin_word_is_its_letters(word in "[\u{0}-\u{24f}\u{300}-\u{36f}ß-ɂ]{0,12}") {
            prop_assert_eq!(plain(&word), composed(&word));
        }
    }

    #[test]
    fn what_is_too_long_is_no_word() {
        let mut vocabulary = Vocabulary::of_length(3);
        vocabulary.add("rain", 2);
        vocabulary.add(&"x".repeat(65), 1);
        vocabulary.add("été", 999);
        let words: Vec<_> = vocabulary.words().map(|(word, _, weight)| (word, weight)).collect();
        assert_eq!(words, [("rain", 2), ("ete", 255)]);
        assert_eq!(vocabulary.length(), 3);
    }
}
