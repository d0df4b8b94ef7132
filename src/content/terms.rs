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

use crate::content::sketch::{Sketch, Sketcher};
use crate::content::vocabulary::{Vocabulary, digest};
use crate::content::words::{Word, each_word};

/// The most terms kept for an article, 4 bytes each: 26 MB for 100,000 articles.
const KEPT: usize = 64;

/// How many terms a story of common length has besides the stop words.
const USUAL_TERMS: usize = 512;

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

/// How much one occurrence counts in a search by the place it stands in.
const TITLE_WEIGHT: u32 = 4;
const DESCRIPTION_WEIGHT: u32 = 2;
const TAG_WEIGHT: u32 = 2;
const BODY_WEIGHT: u32 = 1;

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

/// What there is to know of an article's words.
pub struct About {
    /// What its text is about.
    pub terms: Terms,
    /// What tells its body from others.
    pub sketch: Sketch,
    /// Every word a reader may search it by, when somebody asks for them.
    pub words: Option<Vocabulary>,
}

impl About {
    /// All of an article: its title, dek, tags, and the text of its body without markup.
    #[must_use]
    pub fn of(title: &str, description: &str, tags: &[String], body_text: &str, wanted: Wanted) -> Self {
        let mut tally = Tally::of_stop_words().clone();
        tally.counts.reserve(USUAL_TERMS);
        if wanted == Wanted::AllWords {
            tally.text = Some(String::with_capacity(body_text.len() / 2));
        }
        let tally = tally.with(title, description, tags, body_text);
        let words = (wanted == Wanted::AllWords).then(|| tally.vocabulary());
        Self { terms: tally.terms(), sketch: tally.sketcher.finish(), words }
    }
}

/// Which words of an article are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Those that say most.
    Terms,
    /// These, and all others.
    AllWords,
}

impl Terms {
    /// A number that tells these terms from others.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let bytes: Vec<u8> = self.0.iter().flat_map(|term| term.0.to_le_bytes()).collect();
        xxh3_64(&bytes)
    }

    /// The terms of an article: its title, dek, tags, and the text of its body without markup.
    #[must_use]
    pub fn of(title: &str, description: &str, tags: &[String], body_text: &str) -> Self {
        About::of(title, description, tags, body_text, Wanted::Terms).terms
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

    /// What the terms of a text can be called: calls `see` with the hash of each of its words, and the word.
    pub fn each_name(text: &str, mut see: impl FnMut(u32, String)) {
        each_word(text, |word| {
            let hash = hash(digest(word.folded));
            if word.initials {
                see(hash ^ 1, word.folded.to_uppercase());
            }
            see(hash, word.folded.to_owned());
        });
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

/// The terms met so far: the stop words, then all others in order of their first occurrence.
///
/// Every second word of a text is a stop word, in no order that a processor could guess: they are counted like all
/// others and left out at the end.
#[derive(Clone)]
struct Tally {
    counts: Vec<Count>,
    /// The words, one after the other; `None` when nobody will search for them.
    text: Option<String>,
    /// How many words were read.
    length: u32,
    sketcher: Sketcher,
    /// Words that share the hash of another one.
    strays: Vec<(String, u32)>,
    /// For each hash, from its own slot on, the number of its term counted from 1; 0 ends the search. Never full.
    slots: Vec<u32>,
}

/// One term's occurrences together.
#[derive(Clone, Copy)]
struct Count {
    hash: u32,
    halves: u32,
    /// Whether it is a name somewhere.
    name: bool,
    /// The whole digest, which tells words that share its hash apart.
    digest: u64,
    /// Where the word begins and ends in the text, and how much it counts in a search.
    start: u32,
    end: u32,
    weight: u32,
}

impl Tally {
    /// How many slots a text begins with: four for each word of a story of common length that was not met before.
    const SLOTS: usize = 2_048;

    /// A tally that has met the stop words only.
    fn of_stop_words() -> &'static Self {
        static STOPS: LazyLock<Tally> = LazyLock::new(|| {
            let mut tally = Tally {
                counts: Vec::new(),
                text: None,
                length: 0,
                sketcher: Sketcher::default(),
                strays: Vec::new(),
                slots: vec![0; Tally::SLOTS],
            };
            for word in STOP_WORDS.split_whitespace() {
                let stop = Word { folded: word, name: false, initials: false };
                tally.add(hash(digest(word)), digest(word), stop, (0, 0));
            }
            tally
        });
        &STOPS
    }

    /// With the words of an article.
    fn with(mut self, title: &str, description: &str, tags: &[String], body_text: &str) -> Self {
        let mut read = |text: &str, counts| each_word(text, |word| _ = self.count(word, counts));
        read(title, (TITLE_HALVES, TITLE_WEIGHT));
        read(description, (DESCRIPTION_HALVES, DESCRIPTION_WEIGHT));
        for tag in tags {
            read(tag, (TAG_HALVES, TAG_WEIGHT));
        }
        each_word(body_text, |word| {
            let digest = self.count(word, (BODY_HALVES, BODY_WEIGHT));
            self.sketcher.word(digest);
        });
        self
    }

    /// Counts a word and tells its digest.
    fn count(&mut self, word: Word<'_>, counts: (u32, u32)) -> u64 {
        let digest = digest(word.folded);
        let mut hash = hash(digest);
        // "IT" and "WHO" are no stop words: the abbreviation is a term of its own.
        if word.initials && self.number(hash).is_ok_and(|number| number < Self::of_stop_words().counts.len())
        {
            hash ^= 1;
        }
        self.length += 1;
        self.add(hash, digest, word, counts);
        digest
    }

    fn add(&mut self, hash: u32, digest: u64, word: Word<'_>, (halves, weight): (u32, u32)) {
        let Word { folded, name, .. } = word;
        match self.number(hash) {
            Ok(number) => {
                let count = &mut self.counts[number];
                count.halves += halves;
                count.name |= name;
                let (is_same, is_first) = (count.digest == digest, count.weight == 0);
                if is_same {
                    count.weight += weight;
                } else if self.text.is_some() {
                    self.strays.push((folded.to_owned(), weight));
                }
                // The stop words are there before any text.
                if is_same && is_first {
                    self.write(number, folded);
                }
            }
            Err(slot) => {
                self.counts.push(Count { hash, halves, name, digest, start: 0, end: 0, weight });
                self.write(self.counts.len() - 1, folded);
                self.slots[slot] = u32::try_from(self.counts.len()).expect("a text has fewer than 2³² words");
                if self.counts.len() * 2 > self.slots.len() {
                    self.grow();
                }
            }
        }
    }

    /// Writes down the word of a count.
    fn write(&mut self, number: usize, folded: &str) {
        let Some(text) = &mut self.text else { return };
        let place = |text: &String| u32::try_from(text.len()).expect("a text is shorter than 4 GiB");
        self.counts[number].start = place(text);
        text.push_str(folded);
        self.counts[number].end = place(text);
    }

    /// The number of the term with this hash, or the slot where it belongs.
    fn number(&self, hash: u32) -> Result<usize, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let Some(number) = (self.slots[slot] as usize).checked_sub(1) else { return Err(slot) };
            if self.counts[number].hash == hash {
                return Ok(number);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Doubles the slots.
    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        self.slots = vec![0; mask + 1];
        for (number, count) in (1..).zip(&self.counts) {
            let mut slot = count.hash as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = number;
        }
    }

    /// The terms that count most; of those that count the same, the ones met first.
    fn terms(&self) -> Terms {
        let halves = |count: &Count| count.halves + u32::from(count.name) * NAME_HALVES;
        let term = |count: &Count| Term::new(count.hash, halves(count));
        let counts = &self.counts[Self::of_stop_words().counts.len()..];
        let mut terms: Vec<Term> = if counts.len() <= KEPT {
            counts.iter().map(term).collect()
        } else {
            let key = |(at, count)| u64::from(u32::MAX - halves(count)) << 32 | at;
            let mut keys: Vec<u64> = (0..).zip(counts).map(key).collect();
            let (kept, _, _) = keys.select_nth_unstable(KEPT);
            kept.iter().map(|key| term(&counts[(key & 0xffff_ffff) as usize])).collect()
        };
        terms.sort_unstable();
        Terms(terms.into_boxed_slice())
    }

    /// Every word that was met.
    fn vocabulary(&self) -> Vocabulary {
        let mut vocabulary = Vocabulary::of_length(self.length);
        let text = self.text.as_deref().unwrap_or_default();
        vocabulary.reserve(self.counts.len(), text.len());
        for count in self.counts.iter().filter(|count| count.weight > 0) {
            let word = &text[count.start as usize..count.end as usize];
            vocabulary.add_digested(word, count.digest, count.weight);
        }
        for (word, weight) in &self.strays {
            vocabulary.add(word, *weight);
        }
        vocabulary
    }
}

/// The bits of a word's digest that make its term.
fn hash(digest: u64) -> u32 {
    (digest >> (u64::BITS - Term::HASH_BITS)) as u32
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
mod tests;
