//! The list of one word: which articles of a segment have it, and how much it says about each, in few bytes.
//!
//! ```text
//!  number of articles · way of telling them << 4 | bits of a level · least and greatest weight (16 bits each)
//!  [· Rice parameter] · bits: the articles, then the levels · [best articles with their weights in full]
//! ```
//!
//! Numbers are in groups of seven bits, all others little-endian; bits begin at the lowest. A weight is BM25's part that
//! does not depend on other articles, `tf / (tf + k₁(1 − b + b·length/average))`, in 1/65,536. The words of the search
//! page's script that read this stand in `static/search.js`.

use super::lexicon::put;

/// BM25's saturation and length parameters (Robertson and Zaragoza 2009, The Probabilistic Relevance Framework, 3.5).
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// The binary digits of an article's length that count.
const LENGTH_DIGITS: u32 = 6;

/// The weight of a word that is a mark of the article, such as its category, and not in its text.
const MARK: u16 = 1 << 15;

/// Longer lists have coarser levels, and their best articles once more with their weights in full.
const FINE: usize = 256;

/// How many best articles are written with their weights in full.
const BEST: usize = 48;

/// What an article's length does to the weight of its words: `k₁(1 − b + b·length/average)`.
#[must_use]
pub fn norm(length: u32, average: u32) -> f32 {
    // Lengths are below 2²⁴, where every number has a float of its own.
    #[expect(clippy::cast_precision_loss, reason = "texts have fewer than 2²⁴ words")]
    let ratio = coarse(length, LENGTH_DIGITS) as f32 / average.max(1) as f32;
    K1 * (1.0 - B + B * ratio)
}

/// Whether texts of two lengths give their words the same weight.
#[must_use]
pub fn is_same_length(one: u32, other: u32) -> bool {
    coarse(one, LENGTH_DIGITS) == coarse(other, LENGTH_DIGITS)
}

/// A length to the nearest of so many binary digits: a small edit of a long text does not change the weight of all its
/// words.
#[must_use]
pub fn coarse(length: u32, digits: u32) -> u32 {
    let spare = (u32::BITS - length.leading_zeros()).saturating_sub(digits);
    length.saturating_add((1 << spare) >> 1) >> spare << spare
}

/// An article that has the word: its number in the segment, and how much the word counts in it (0 for a mark).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Posting(u32);

impl Posting {
    /// A posting of an article below 2²⁴.
    #[must_use]
    pub fn new(article: u32, count: u8) -> Self {
        Self(article << 8 | u32::from(count))
    }

    fn article(self) -> u32 {
        self.0 >> 8
    }

    fn weight(self, norms: &[f32]) -> u16 {
        let count = f32::from((self.0 & 0xff) as u8);
        if count == 0.0 {
            return MARK;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and 65,536"
        )]
        let weight = (count / (count + norms[self.article() as usize]) * 65_536.0) as u16;
        weight
    }
}

/// Writes the list of a word. `postings` are ascending by article and not empty; `norms` has one for each article.
///
/// # Panics
///
/// When a segment has 2³² articles.
pub fn write(postings: &[Posting], norms: &[f32], weights: &mut Vec<u16>, bytes: &mut Vec<u8>) {
    weights.clear();
    weights.extend(postings.iter().map(|posting| posting.weight(norms)));
    let (least, most) =
        weights.iter().fold((u16::MAX, 0), |(least, most), &weight| (least.min(weight), most.max(weight)));
    let (count, all) = (postings.len(), norms.len());
    let width = if least == most { 0 } else { width(count, all) };
    let way = Way::of(count, all);
    put(bytes, count as u64);
    bytes.push((way as u8) << 4 | width);
    bytes.extend(least.to_le_bytes());
    bytes.extend(most.to_le_bytes());
    let articles = postings.iter().map(|posting| posting.article());
    let mut bits = Bits { bytes, word: 0, filled: 0 };
    match way {
        Way::Steps => bits.steps(articles, count, all),
        Way::Map => bits.map(articles, all),
        Way::Absent => {
            let mut present = articles.peekable();
            let numbers = 0..u32::try_from(all).expect("a segment has fewer than 2²⁴ articles");
            let absent = numbers.filter(|number| present.next_if_eq(number).is_none());
            bits.steps(absent, all - count, all);
        }
    }
    if width > 0 {
        let span = u32::from(most - least) + 1;
        for weight in &*weights {
            bits.put((u32::from(weight - least) << width) / span, u32::from(width));
        }
    }
    bits.end();
    if count > FINE && width > 0 {
        best(weights, bytes);
    }
}

/// Bits of a level: the more articles have a word, the less it says, and the coarser it may be.
fn width(count: usize, all: usize) -> u8 {
    match count {
        ..=FINE => 8,
        _ if count * 5 > all * 3 => 3,
        _ if count * 5 > all * 2 => 4,
        _ if count * 5 > all => 5,
        _ => 7,
    }
}

/// The best articles by their places in the list, each with its weight.
fn best(weights: &[u16], bytes: &mut Vec<u8>) {
    let mut order: Vec<(u16, u32)> = weights.iter().copied().zip(0..).collect();
    order.select_nth_unstable_by(BEST, |a, b| b.cmp(a));
    let mut best: Vec<(u32, u16)> = order[..BEST].iter().map(|&(weight, place)| (place, weight)).collect();
    best.sort_unstable();
    put(bytes, BEST as u64);
    let mut before = 0;
    for (place, weight) in best {
        put(bytes, place - before);
        bytes.extend(weight.to_le_bytes());
        before = place;
    }
}

/// How a list tells its articles.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By the steps from each to the next.
    Steps,
    /// By a bit for each article of the segment.
    Map,
    /// By those that do not have the word.
    Absent,
}

impl Way {
    fn of(count: usize, all: usize) -> Self {
        match () {
            () if count * 4 > all * 3 => Self::Absent,
            () if count * 10 > all * 3 => Self::Map,
            () => Self::Steps,
        }
    }
}

/// Bits on their way into bytes.
struct Bits<'a> {
    bytes: &'a mut Vec<u8>,
    word: u64,
    filled: u32,
}

impl Bits<'_> {
    /// Writes the lowest `width` bits, at most 32.
    fn put(&mut self, value: u32, width: u32) {
        self.word |= u64::from(value) << self.filled;
        self.filled += width;
        if self.filled >= 32 {
            self.bytes.extend(((self.word & 0xffff_ffff) as u32).to_le_bytes());
            self.word >>= 32;
            self.filled -= 32;
        }
    }

    /// Writes ascending numbers by their steps, less one, in Rice's code (Rice 1971): the quotient by ones, the rest in
    /// bits. The parameter stands before, in a byte of its own.
    fn steps(&mut self, numbers: impl Iterator<Item = u32>, count: usize, all: usize) {
        // The best parameter is about the binary logarithm of ln 2 times the mean step.
        let mean = all * 7 / (count.max(1) * 10);
        let parameter = mean.checked_ilog2().unwrap_or(0);
        self.bytes.push((parameter & 0xff) as u8);
        let mut next = 0;
        for number in numbers {
            let step = number - next;
            next = number + 1;
            let mut quotient = step >> parameter;
            while quotient >= 24 {
                self.put(0xff_ffff, 24);
                quotient -= 24;
            }
            self.put((1 << quotient) - 1, quotient + 1);
            self.put(step & ((1 << parameter) - 1), parameter);
        }
    }

    fn map(&mut self, numbers: impl Iterator<Item = u32>, all: usize) {
        let mut next = 0;
        for number in numbers {
            for _ in next..number {
                self.put(0, 1);
            }
            self.put(1, 1);
            next = number + 1;
        }
        for _ in next as usize..all {
            self.put(0, 1);
        }
    }

    fn end(self) {
        let left = self.filled.div_ceil(8) as usize;
        self.bytes.extend(&self.word.to_le_bytes()[..left]);
    }
}
