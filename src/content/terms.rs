//! The terms of an article: what its text is about, small enough to keep for every article.
//!
//! The words that say most — by how often they stand in the text, more for the title and the dek, a little more for
//! names — with one quantised weight each. A pure function of one article: how rare a term is among all articles is
//! not known here, which is why common English words are named in a list, and those of other languages are left to
//! the comparison of articles.

use bitcode::{Decode, Encode};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::content::words::{Word, each_word};

/// The most terms kept for an article, 4 bytes each: 26 MB for 100,000 articles.
const KEPT: usize = 64;

/// Bits of a term's level.
const LEVEL_BITS: u32 = u32::BITS - Term::HASH_BITS;

/// How much one occurrence counts by the place it stands in, in halves of an occurrence in the body.
const TITLE_HALVES: u32 = 5;
const DESCRIPTION_HALVES: u32 = 3;
const TAG_HALVES: u32 = 4;
const BODY_HALVES: u32 = 2;
/// What is added once, when the term is a name somewhere.
const NAME_HALVES: u32 = 1;

/// The least count of each level, in halves: small counts exactly, greater ones in steps of about a tenth.
const LEVELS: [u32; 1 << LEVEL_BITS] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 26, 28, 32, 36, 40, 44, 48, 56,
    64, 80, 96, 128,
];

/// Where the weight of a count begins to level off, in halves: 20 occurrences weigh half of the greatest weight.
const SATURATION_HALVES: u32 = 40;

/// The weight that counts tend to: large enough that one half occurrence still weighs 2.
const WEIGHT_LIMIT: u32 = 84;

/// The terms of one article with their weights, ordered by hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct Terms(Box<[Term]>);

/// One term: the hash of a folded word, and how much the article is about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
pub struct Term(u32);

impl Terms {
    /// The terms of an article: its title, dek, tags, and the text of its body without markup.
    #[must_use]
    pub fn of(title: &str, description: &str, tags: &[String], body_text: &str) -> Self {
        let mut words = Vec::with_capacity(64 + body_text.len() / 5);
        let mut read = |text: &str, halves| each_word(text, |word| words.push(Occurrence::of(word, halves)));
        read(title, TITLE_HALVES);
        read(description, DESCRIPTION_HALVES);
        for tag in tags {
            read(tag, TAG_HALVES);
        }
        read(body_text, BODY_HALVES);
        let mut counts = counts(words);
        if counts.len() > KEPT {
            counts
                .select_nth_unstable_by_key(KEPT, |count| (u32::MAX - count.halves, count.first, count.hash));
            counts.truncate(KEPT);
        }
        let mut terms: Box<[Term]> = counts.iter().map(|count| Term::new(count.hash, count.halves)).collect();
        terms.sort_unstable();
        Self(terms)
    }

    /// Terms that were kept before: ascending by hash, none twice.
    #[must_use]
    pub fn kept(terms: Box<[Term]>) -> Self {
        debug_assert!(
            terms.is_sorted_by(|left, right| left.hash() < right.hash()),
            "terms are ordered by hash"
        );
        Self(terms)
    }

    /// The terms, ordered by hash; no hash comes twice.
    #[must_use]
    pub fn as_slice(&self) -> &[Term] {
        &self.0
    }
}

impl Term {
    /// Bits of a term's hash. With 500,000 different words, one in 270 shares its hash with another.
    pub const HASH_BITS: u32 = 27;

    /// The greatest weight a term can have.
    pub const MAX_WEIGHT: u32 = weight(LEVELS[LEVELS.len() - 1]);

    fn new(hash: u32, halves: u32) -> Self {
        let level = LEVELS.partition_point(|&least| least <= halves).saturating_sub(1);
        Self(hash << LEVEL_BITS | u32::try_from(level).expect("there are 32 levels"))
    }

    /// The term of a hash below 2²⁷ and a level below 32.
    #[must_use]
    pub fn of_parts(hash: u32, level: u8) -> Self {
        Self(hash << LEVEL_BITS | u32::from(level))
    }

    /// The term's identity: below 2²⁷.
    #[must_use]
    pub fn hash(self) -> u32 {
        self.0 >> LEVEL_BITS
    }

    /// The step of its quantised weight: below 32.
    #[must_use]
    pub fn level(self) -> u8 {
        (self.0 % (1 << LEVEL_BITS)) as u8
    }

    /// The weight of a level, in 2..=[`Term::MAX_WEIGHT`]: grows with the number of occurrences, ever more slowly.
    ///
    /// # Panics
    ///
    /// When `level` is not below 32.
    #[must_use]
    pub fn weight_of_level(level: u8) -> u32 {
        const WEIGHTS: [u32; LEVELS.len()] = {
            let mut weights = LEVELS;
            let mut at = 0;
            while at < weights.len() {
                weights[at] = weight(LEVELS[at]);
                at += 1;
            }
            weights
        };
        WEIGHTS[usize::from(level)]
    }
}

/// The saturated weight of a count: `limit · count / (count + saturation)`, rounded, as in BM25.
const fn weight(halves: u32) -> u32 {
    (2 * WEIGHT_LIMIT * halves + halves + SATURATION_HALVES) / (2 * (halves + SATURATION_HALVES))
}

/// One occurrence of a word: the hash, and what it adds to the count.
#[derive(Clone, Copy)]
struct Occurrence {
    hash: u32,
    /// The halves it counts for, shifted by one, and a bit that says whether it is a name.
    amount: u32,
}

impl Occurrence {
    fn of(word: Word<'_>, halves: u32) -> Self {
        let mut hash = hash(word.folded);
        if word.initials && stop_words().binary_search(&hash).is_ok() {
            // "IT" and "WHO" are no stop words: the abbreviation is a term of its own.
            hash ^= 1;
        }
        Self { hash, amount: halves << 1 | u32::from(word.name) }
    }
}

/// One term's occurrences together.
struct Count {
    hash: u32,
    halves: u32,
    /// The position of its first occurrence.
    first: u64,
}

/// Adds up the occurrences of each term, without the stop words.
fn counts(words: Vec<Occurrence>) -> Vec<Count> {
    // One integer a word sorts fast: the hash, the position, the amount in the lowest 4 bits.
    let mut keys: Vec<u64> = (0_u64..)
        .zip(words)
        .map(|(at, word)| u64::from(word.hash) << 36 | at << 4 | u64::from(word.amount))
        .collect();
    keys.sort_unstable();
    let mut stops = stop_words().iter().copied().peekable();
    let mut counts = Vec::with_capacity(keys.len() / 2);
    for run in keys.chunk_by(|left, right| left >> 36 == right >> 36) {
        let hash = (run[0] >> 36) as u32;
        while stops.next_if(|&stop| stop < hash).is_some() {}
        if stops.peek() == Some(&hash) {
            continue;
        }
        let amounts = run.iter().map(|key| (*key & 0xf) as u32);
        let (halves, name) =
            amounts.fold((0, 0), |(sum, name), amount| (sum + (amount >> 1), name | amount & 1));
        counts.push(Count {
            hash,
            halves: halves + name * NAME_HALVES,
            first: run[0] >> 4 & u64::from(u32::MAX),
        });
    }
    counts
}

fn hash(folded: &str) -> u32 {
    (xxh3_64(folded.as_bytes()) >> (u64::BITS - Term::HASH_BITS)) as u32
}

/// The hashes of [`STOP_WORDS`], ascending.
fn stop_words() -> &'static [u32] {
    static HASHES: LazyLock<Vec<u32>> = LazyLock::new(|| {
        let mut hashes: Vec<u32> = STOP_WORDS.split_whitespace().map(hash).collect();
        hashes.sort_unstable();
        hashes
    });
    &HASHES
}

/// English words that say nothing about a story, with the halves that an apostrophe leaves.
const STOP_WORDS: &str = "
a about above after again against ain all almost along already also although always am among an and another
any are aren around as at away back be became because been before being below between both but by came can
cannot could couldn did didn do does doesn doing don done down during each either else enough etc even ever
every few first for from further get gets getting give given go goes going gone got had hadn has hasn have
haven having he her here hers herself him himself his how however i if in including instead into is isn it
its itself just keep last later least less let like ll made make makes making many may me might mine more
most much must my myself need needs neither never next no nor not now of off often on once one only onto or
other others our ours ourselves out over own part per perhaps put quite rather re really said same say says
see seen several shall she should shouldn since so some something still such take taken than that the their
theirs them themselves then there these they thing things this those though three through thus to today
together too took toward two under until up upon us use used using ve very via want was wasn way ways we
well went were weren what whatever when where whether which while who whom whose why will with within
without won would wouldn yes yet you your yours yourself yourselves
";

#[cfg(test)]
mod tests {
    use super::{KEPT, Term, Terms, hash};

    fn check(terms: &Terms, words: &[(&str, u32)]) {
        let weights = words.iter().map(|(word, _)| {
            let found = terms.as_slice().iter().find(|term| term.hash() == hash(word));
            (*word, found.map_or(0, |term| Term::weight_of_level(term.level())))
        });
        assert_eq!(weights.collect::<Vec<_>>(), words);
    }

    #[test]
    fn words_weigh_by_place_and_number() {
        let terms = Terms::of(
            "Floods in Assam",
            "floods again",
            &["Monsoon".to_owned()],
            "The floods rose and rose.",
        );
        check(
            &terms,
            &[("floods", 17), ("assam", 11), ("monsoon", 8), ("rose", 8), ("the", 0), ("again", 0)],
        );
    }

    #[test]
    fn an_article_without_text_has_no_terms() {
        assert_eq!(Terms::of("", "", &[], ""), Terms::default());
        assert!(Terms::of("The", "…", &[], " \n").as_slice().is_empty());
    }

    #[test]
    fn abbreviations_that_look_like_stop_words_stay() {
        assert_eq!(Terms::of("", "", &[], "it is up to who you ask").as_slice().len(), 1);
        assert_eq!(Terms::of("", "", &[], "IT is up to WHO you ask").as_slice().len(), 3);
    }

    #[test]
    fn long_articles_keep_the_words_that_say_most() {
        use std::fmt::Write as _;
        let mut body = String::new();
        for number in 0..5_000 {
            write!(body, "word{number} ").expect("writing to a string cannot fail");
        }
        body.push_str("dam dam dam");
        let terms = Terms::of("Bridge", "", &[], &body);
        assert_eq!(terms.as_slice().len(), KEPT);
        assert!(terms.as_slice().is_sorted_by(|left, right| left.hash() < right.hash()));
        check(&terms, &[("bridge", 9), ("dam", 11), ("word0", 4), ("word4000", 0)]);
    }

    #[test]
    fn weights_grow_with_their_levels() {
        let weights: Vec<u32> = (0..32).map(Term::weight_of_level).collect();
        assert!(weights.is_sorted() && weights[0] > 0 && weights[31] == Term::MAX_WEIGHT, "{weights:?}");
    }
}
