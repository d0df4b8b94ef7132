//! What is remembered from one comparison of all articles for the next, and how it is written as bytes.
//!
//! The bytes are a header of words and then flat arrays of little-endian numbers. They carry no checksum: whoever
//! stores them sees to it that they come back as they were.

use crate::archive::related::postings::{Posting, Postings};
use crate::archive::related::timeline::Timeline;

/// Everything that lists of related articles depend on, and the lists. All arrays but the postings are by rank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// How long the lists are at most.
    pub(super) count: usize,
    pub(super) line: Timeline,
    /// Fingerprints of category and authors.
    pub(super) kinships: Vec<u64>,
    /// Fingerprints of what must not be shown.
    pub(super) exclusions: Vec<u64>,
    /// How many terms each article has.
    pub(super) sizes: Vec<u8>,
    pub(super) norm_steps: Vec<u8>,
    /// `count` ranks for each article.
    pub(super) lists: Vec<u32>,
    pub(super) postings: Postings,
}

/// Begins the bytes; another number with every change of the form or of the measure.
const MAGIC: u32 = u32::from_le_bytes(*b"rel1");

/// The words of the header: magic, articles, length of lists, terms, postings.
const HEADER_WORDS: usize = 5;

impl Memory {
    /// The keys of the articles whose terms are remembered.
    #[must_use]
    pub fn keys(&self) -> &[u64] {
        &self.line.keys
    }

    /// The memory as bytes.
    ///
    /// # Panics
    ///
    /// When lists are longer than 2³² articles.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (hashes, ends) = self.postings.directory();
        let all = self.postings.all();
        let number = |length: usize| u32::try_from(length).expect("lengths have 32 bits");
        let header = [
            MAGIC,
            number(self.line.articles()),
            number(self.count),
            number(hashes.len()),
            number(all.len()),
        ];
        let mut bytes = Bytes(vec![0; size(header.map(|word| word as usize))], 0);
        bytes.put(&header, u32::to_le_bytes);
        bytes.put(&self.line.keys, u64::to_le_bytes);
        bytes.put(&self.line.seconds, i64::to_le_bytes);
        bytes.put(&self.kinships, u64::to_le_bytes);
        bytes.put(&self.exclusions, u64::to_le_bytes);
        bytes.put(&self.lists, u32::to_le_bytes);
        bytes.put(hashes, u32::to_le_bytes);
        bytes.put(ends, u32::to_le_bytes);
        bytes.put(all, |posting| posting.word().to_le_bytes());
        bytes.put(&self.sizes, |size| [size]);
        bytes.put(&self.norm_steps, |step| [step]);
        bytes.0
    }

    /// The memory that was written as `bytes`; `None` when they are of another form or length.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let header: Vec<u32> = take(&mut rest, HEADER_WORDS, u32::from_le_bytes)?;
        let lengths: [usize; HEADER_WORDS] = std::array::from_fn(|at| header[at] as usize);
        if header[0] != MAGIC || bytes.len() != size(lengths) {
            return None;
        }
        let [_, articles, count, terms, postings] = lengths;
        let keys = take(&mut rest, articles, u64::from_le_bytes)?;
        let seconds = take(&mut rest, articles, i64::from_le_bytes)?;
        let kinships = take(&mut rest, articles, u64::from_le_bytes)?;
        let exclusions = take(&mut rest, articles, u64::from_le_bytes)?;
        let lists = take(&mut rest, articles * count, u32::from_le_bytes)?;
        let hashes = take(&mut rest, terms, u32::from_le_bytes)?;
        let ends = take(&mut rest, terms, u32::from_le_bytes)?;
        let all = take(&mut rest, postings, |word| Posting::from_word(u32::from_le_bytes(word)))?;
        let sizes = take(&mut rest, articles, u8::from_le_bytes)?;
        let norm_steps = take(&mut rest, articles, u8::from_le_bytes)?;
        let postings = Postings::from_arrays(hashes, ends, all)?;
        let line = Timeline::new(keys, seconds);
        Some(Self { count, line, kinships, exclusions, sizes, norm_steps, lists, postings })
    }
}

/// How many bytes a memory of these lengths has.
fn size([_, articles, count, terms, postings]: [usize; HEADER_WORDS]) -> usize {
    // A header that is no header may hold any number.
    let article = count.saturating_mul(4).saturating_add(4 * 8 + 2);
    let rest = articles.saturating_mul(article).saturating_add(terms * 8 + postings * 4);
    rest.saturating_add(HEADER_WORDS * 4)
}

/// Bytes, and how many of them are written.
struct Bytes(Vec<u8>, usize);

impl Bytes {
    fn put<T: Copy, const WIDTH: usize>(&mut self, numbers: &[T], bytes: impl Fn(T) -> [u8; WIDTH]) {
        let places = self.0[self.1..].as_chunks_mut::<WIDTH>().0;
        for (place, &number) in places.iter_mut().zip(numbers) {
            *place = bytes(number);
        }
        self.1 += WIDTH * numbers.len();
    }
}

/// Takes `length` numbers from the start of `bytes`, if there are as many.
fn take<T, const WIDTH: usize>(
    bytes: &mut &[u8],
    length: usize,
    number: impl Fn([u8; WIDTH]) -> T,
) -> Option<Vec<T>> {
    let (numbers, rest) = bytes.split_at_checked(length.checked_mul(WIDTH)?)?;
    *bytes = rest;
    Some(numbers.as_chunks::<WIDTH>().0.iter().map(|&bytes| number(bytes)).collect())
}
