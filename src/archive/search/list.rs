//! The list of one word: which articles of a segment have it, and how often, in few bytes. And the lengths of all articles
//! of a segment, in as few.
//!
//! ```text
//!  number of articles · way of telling them << 4 | Rice parameter of the levels · least level
//!  [· Rice parameter of the steps] · bits: the articles, then the levels less the least
//! ```
//!
//! Numbers are in groups of seven bits; bits begin at the lowest. Nothing here depends on how long an article is or on any
//! other article, so an edit changes the lists of the words that it changes and no others: whoever searches puts counts and
//! lengths together. The words of the search page's script that read this stand in `static/search.js`.

use super::lexicon::put;

/// The counts that are told apart; those between two count as the lower one. `static/search.js` has them, too.
const COUNTS: [u8; 32] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 36, 40, 48, 56, 64, 80,
    96, 128, 192, 255,
];

/// Instead of a Rice parameter: all levels are the least one.
pub(super) const ALIKE: u8 = 15;

/// The greatest Rice parameter of levels, of which there are few, and of lengths.
const MOST_PARAMETER: u32 = 6;

/// The class of a length, when there are so many of them from one length to twice as much.
fn class(length: u32, steps: u32) -> u32 {
    let length = u64::from(length.max(1));
    let octave = length.ilog2();
    // Linear between two powers of two: with 16 steps 16 and 17 are neighbours, as are 160 and 170.
    let within = ((length - (1 << octave)) * u64::from(steps)) >> octave;
    octave * steps + u32::try_from(within).expect("it is less than the steps")
}

/// How many classes of lengths are told of so many articles: every reader loads all of them before the first search.
fn steps(articles: usize) -> u32 {
    match articles {
        ..=8_192 => 64,
        8_193..=32_768 => 32,
        _ => 27,
    }
}

/// Writes the lengths of all articles: the number of classes from one length to twice as much, their median class, a Rice
/// parameter, and for each article in bits how far its class is from the median (0, 1, −1, 2, −2 … as 0, 1, 2, 3, 4 …).
#[must_use]
pub fn write_lengths(lengths: &[u32]) -> Vec<u8> {
    let steps = steps(lengths.len());
    let classes: Vec<u32> = lengths.iter().map(|length| class(*length, steps)).collect();
    let mut sorted = classes.clone();
    sorted.sort_unstable();
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
    let far = |class: &u32| match class.checked_sub(median) {
        Some(0) => 0,
        Some(more) => 2 * more - 1,
        None => 2 * (median - class),
    };
    let parameter = rice_parameter(classes.iter().map(far));
    let mut bytes = vec![(steps & 0xff) as u8, (parameter & 0xff) as u8];
    put(&mut bytes, median);
    let mut bits = Bits { bytes: &mut bytes, word: 0, filled: 0 };
    for class in &classes {
        bits.rice(far(class), parameter);
    }
    bits.end();
    bytes
}

/// The parameter with which Rice's code of some numbers takes the fewest bits.
fn rice_parameter(numbers: impl Iterator<Item = u32>) -> u32 {
    let mut sums = [0_u64; MOST_PARAMETER as usize + 1];
    for number in numbers {
        for (parameter, sum) in (0..).zip(&mut sums) {
            *sum += u64::from((number >> parameter) + 1 + parameter);
        }
    }
    (0..).zip(sums).min_by_key(|(parameter, sum)| (*sum, *parameter)).map_or(0, |(parameter, _)| parameter)
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

    /// The posting of an article whose level was told; `None` when there is no such level.
    pub(super) fn of_level(article: u32, level: u32) -> Option<Self> {
        Some(Self::new(article, *COUNTS.get(level as usize)?))
    }

    /// The number of the article in the segment.
    pub(super) fn article(self) -> u32 {
        self.0 >> 8
    }

    /// Which of the counts that are told apart it is.
    pub(super) fn level(self) -> u8 {
        const LEVELS: [u8; 256] = {
            let mut levels = [0; 256];
            let (mut count, mut level) = (0, 0);
            while count < levels.len() {
                while (level as usize) < COUNTS.len() - 1 && COUNTS[level as usize + 1] as usize <= count {
                    level += 1;
                }
                levels[count] = level;
                count += 1;
            }
            levels
        };
        LEVELS[(self.0 & 0xff) as usize]
    }
}

/// Writes the list of a word in a segment of `all` articles. `postings` are ascending by article and not empty.
///
/// # Panics
///
/// When a segment has 2³² articles.
pub fn write(postings: &[Posting], all: usize, levels: &mut Vec<u8>, bytes: &mut Vec<u8>) {
    let count = postings.len();
    levels.clear();
    levels.extend(postings.iter().map(|posting| posting.level()));
    let (least, most) = (least(levels, all), levels.iter().copied().max().unwrap_or(0));
    let above = || levels.iter().map(|level| u32::from(level.saturating_sub(least)));
    let parameter = rice_parameter(above());
    let told = if least >= most { ALIKE } else { (parameter & 0xf) as u8 };
    let way = Way::of(count, all);
    put(bytes, count as u64);
    bytes.extend([(way as u8) << 4 | told, least]);
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
    if least < most {
        for level in above() {
            bits.rice(level, parameter);
        }
    }
    bits.end();
}

/// The least level that is told. What most articles have says little: only the eighth of them that have it most often are
/// told apart.
fn least(levels: &[u8], all: usize) -> u8 {
    if !is_clipped(levels.len(), all) {
        return levels.iter().copied().min().unwrap_or(0);
    }
    let mut having = [0; COUNTS.len()];
    for level in levels {
        having[usize::from(*level)] += 1;
    }
    let (mut above, mut least) = (0, COUNTS.len());
    while above * 8 < levels.len() {
        least -= 1;
        above += having[least];
    }
    u8::try_from(least).unwrap_or(0)
}

/// Whether so many of all articles have a word that only the highest levels are told.
pub(super) fn is_clipped(having: usize, all: usize) -> bool {
    all >= 256 && having * 5 > all * 3
}

/// How a list tells its articles.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By the steps from each to the next.
    Steps,
    /// By a bit for each article of the segment.
    Map,
    /// By those that do not have the word.
    Absent,
}

impl Way {
    /// The way with this number.
    pub(super) fn of_number(number: u8) -> Option<Self> {
        [Self::Steps, Self::Map, Self::Absent].into_iter().find(|way| *way as u8 == number)
    }

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

    /// Writes a number in Rice's code (Rice 1971): the quotient by 2 to the power of the parameter in ones, ended by a
    /// zero, then the rest in bits.
    fn rice(&mut self, number: u32, parameter: u32) {
        let mut quotient = number >> parameter;
        while quotient >= 24 {
            self.put(0xff_ffff, 24);
            quotient -= 24;
        }
        self.put((1 << quotient) - 1, quotient + 1);
        self.put(number & ((1 << parameter) - 1), parameter);
    }

    /// Writes ascending numbers by their steps, less one. The Rice parameter stands before, in a byte of its own.
    fn steps(&mut self, numbers: impl Iterator<Item = u32>, count: usize, all: usize) {
        // The best parameter is about the binary logarithm of ln 2 times the mean step.
        let mean = all * 7 / (count.max(1) * 10);
        let parameter = mean.checked_ilog2().unwrap_or(0);
        self.bytes.push((parameter & 0xff) as u8);
        let mut next = 0;
        for number in numbers {
            self.rice(number - next, parameter);
            next = number + 1;
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

#[cfg(test)]
mod tests {
    use super::{class, write_lengths};

    #[test]
    fn lengths_have_so_many_classes_an_octave() {
        let classes = [0, 1, 2, 3, 16, 17, 31, 32, 33, 34, 800, 831, 832].map(|length| class(length, 16));
        assert_eq!(classes, [0, 0, 16, 24, 64, 65, 79, 80, 80, 81, 153, 153, 154]);
        assert_eq!(write_lengths(&[64, 64, 64]), [64, 0, 0x80, 3, 0]);
        assert_eq!(write_lengths(&[]), [64, 0, 0]);
    }
}
