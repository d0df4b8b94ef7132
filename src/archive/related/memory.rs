//! What is remembered from one comparison of all articles for the next, and how it is written in pieces.
//!
//! Pieces are flat arrays of little-endian numbers. Postings are cut by the hashes of their terms, so that an edit of one
//! article leaves most pieces as they are. They carry no checksum: whoever keeps them sees to it that they come back as
//! they were.

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::archive::related::Candidate;
use crate::archive::related::postings::{Posting, Postings};
use crate::archive::related::timeline::Timeline;
use crate::content::sketch::Sketch;

/// Everything that lists of related articles depend on, and the lists. All arrays but the postings are by rank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// How long the lists are at most.
    pub(super) count: usize,
    pub(super) line: Timeline,
    /// Fingerprints of sketch, category and authors.
    pub(super) kinships: Vec<u64>,
    /// What tells the articles' texts from others.
    pub(super) sketches: Vec<Sketch>,
    /// Fingerprints of what must not be shown.
    pub(super) exclusions: Vec<u64>,
    /// How many terms each article has.
    pub(super) sizes: Vec<u8>,
    pub(super) norm_steps: Vec<u8>,
    /// `count` ranks for each article.
    pub(super) lists: Vec<u32>,
    pub(super) postings: Postings,
}

/// Begins the first piece; another number with every change of the form or of the measure.
const MAGIC: u32 = u32::from_le_bytes(*b"rel4");

/// How many pieces the postings are cut into.
const CUTS: usize = 64;

/// The words of the first piece: magic, articles, length of lists, then how many terms and postings each cut has.
const HEADER_WORDS: usize = 3 + 2 * CUTS;

/// The kinds of the pieces that hold something of every article.
const BY_ARTICLE: [&str; 4] = ["line", "kin", "own", "related"];

/// Keeps one piece of a kind, and tells the name by which it comes back.
pub type Keep<'a, E> = dyn Fn(&str, &[u8]) -> Result<String, E> + Sync + 'a;

/// Shows the bytes of a piece by its name; `None` when it is gone or they are not liked.
pub type Recall<'a> = dyn Fn(&str, &mut dyn FnMut(&[u8]) -> Option<()>) -> Option<()> + Sync + 'a;

impl Memory {
    /// The keys of the articles whose terms are remembered.
    #[must_use]
    pub fn keys(&self) -> &[u64] {
        &self.line.keys
    }

    /// Writes the memory piece by piece, and tells their names in order.
    ///
    /// # Errors
    ///
    /// The first of `keep`.
    ///
    /// # Panics
    ///
    /// When lists are longer than 2³² articles.
    pub fn write<E: Send>(&self, keep: &Keep<'_, E>) -> Result<Vec<String>, E> {
        let number = |length: usize| u32::try_from(length).expect("lengths have 32 bits");
        let cuts = self.postings.cuts(CUTS);
        let mut header = vec![MAGIC, number(self.line.articles()), number(self.count)];
        header.extend(cuts.iter().flat_map(|cut| [number(cut.hashes.len()), number(cut.all.len())]));
        let mut bytes = Vec::new();
        put(&mut bytes, &header, u32::to_le_bytes);
        let mut names = vec![keep("relations", &bytes)?];
        let all = (0..BY_ARTICLE.len() + CUTS).into_par_iter().map_init(Vec::new, |bytes, at| {
            bytes.clear();
            let Some(cut) = at.checked_sub(BY_ARTICLE.len()) else {
                self.put_articles(at, bytes);
                return keep(BY_ARTICLE[at], bytes);
            };
            let cut = &cuts[cut];
            put(bytes, cut.hashes, u32::to_le_bytes);
            put(bytes, cut.ends, |end| (end - cut.start).to_le_bytes());
            put(bytes, cut.all, |posting| posting.word().to_le_bytes());
            keep("postings", bytes)
        });
        names.extend(all.collect::<Result<Vec<String>, E>>()?);
        Ok(names)
    }

    fn put_articles(&self, kind: usize, bytes: &mut Vec<u8>) {
        match BY_ARTICLE[kind] {
            "line" => {
                put(bytes, &self.line.keys, u64::to_le_bytes);
                put(bytes, &self.line.seconds, i64::to_le_bytes);
            }
            "kin" => {
                put(bytes, &self.kinships, u64::to_le_bytes);
                put(bytes, &self.sketches, |sketch| sketch.bits().to_le_bytes());
            }
            "own" => {
                put(bytes, &self.exclusions, u64::to_le_bytes);
                put(bytes, &self.sizes, |size| [size]);
                put(bytes, &self.norm_steps, |step| [step]);
            }
            _ => put(bytes, &self.lists, u32::to_le_bytes),
        }
    }

    /// The memory that was written under these names; `None` when a piece is gone, or of another form or length.
    #[must_use]
    pub fn read(names: &[String], recall: &Recall<'_>) -> Option<Self> {
        let mut header = [0; HEADER_WORDS];
        recall(names.first()?, &mut |mut bytes| fill(&mut bytes, &mut header, u32::from_le_bytes))?;
        if header[0] != MAGIC || names.len() != 1 + BY_ARTICLE.len() + CUTS {
            return None;
        }
        let (articles, count) = (header[1] as usize, header[2] as usize);
        let (own, cuts) = names[1..].split_at(BY_ARTICLE.len());
        let (postings, memory) = rayon::join(
            || read_postings(cuts, &header[3..], recall),
            || Self::read_articles(own, articles, count, recall),
        );
        Some(Self { postings: postings?, ..memory? })
    }

    fn read_articles(names: &[String], articles: usize, count: usize, recall: &Recall<'_>) -> Option<Self> {
        let (mut keys, mut seconds) = (vec![0; articles], vec![0; articles]);
        recall(&names[0], &mut |mut bytes| {
            fill(&mut bytes, &mut keys, u64::from_le_bytes)?;
            fill(&mut bytes, &mut seconds, i64::from_le_bytes)
        })?;
        let line = Timeline::new(keys, seconds);
        let (mut kinships, mut sketches) = (vec![0; articles], vec![Sketch::default(); articles]);
        recall(&names[1], &mut |mut bytes| {
            fill(&mut bytes, &mut kinships, u64::from_le_bytes)?;
            fill(&mut bytes, &mut sketches, |bits| Sketch::of_bits(u64::from_le_bytes(bits)))
        })?;
        let (mut exclusions, mut sizes, mut norm_steps) =
            (vec![0; articles], vec![0; articles], vec![0; articles]);
        recall(&names[2], &mut |mut bytes| {
            fill(&mut bytes, &mut exclusions, u64::from_le_bytes)?;
            fill(&mut bytes, &mut sizes, u8::from_le_bytes)?;
            fill(&mut bytes, &mut norm_steps, u8::from_le_bytes)
        })?;
        let mut lists = vec![0; articles.checked_mul(count)?];
        recall(&names[3], &mut |mut bytes| fill(&mut bytes, &mut lists, u32::from_le_bytes))?;
        let postings = Postings::default();
        Some(Self { count, line, kinships, sketches, exclusions, sizes, norm_steps, lists, postings })
    }
}

/// Reads the postings cut by cut, each into its place among all. `lengths` has the numbers of terms and postings.
fn read_postings(names: &[String], lengths: &[u32], recall: &Recall<'_>) -> Option<Postings> {
    let lengths: Vec<[usize; 2]> =
        lengths.as_chunks::<2>().0.iter().map(|length| length.map(|number| number as usize)).collect();
    let total = |at: usize| lengths.iter().map(|length| length[at]).sum::<usize>();
    let (mut hashes, mut ends) = (vec![0_u32; total(0)], vec![0_u32; total(0)]);
    let mut all = vec![Posting::from_word(0); total(1)];
    let mut jobs = Vec::with_capacity(names.len());
    let (mut hashes_left, mut ends_left, mut all_left) = (&mut hashes[..], &mut ends[..], &mut all[..]);
    let mut start = 0;
    for (name, [terms, postings]) in names.iter().zip(&lengths) {
        let (own_hashes, own_ends, own_all);
        (own_hashes, hashes_left) = hashes_left.split_at_mut(*terms);
        (own_ends, ends_left) = ends_left.split_at_mut(*terms);
        (own_all, all_left) = all_left.split_at_mut(*postings);
        jobs.push((name, own_hashes, own_ends, own_all, start));
        start += u32::try_from(*postings).ok()?;
    }
    jobs.into_par_iter()
        .map(|(name, hashes, ends, all, start)| {
            recall(name, &mut |mut bytes| {
                fill(&mut bytes, hashes, u32::from_le_bytes)?;
                fill(&mut bytes, ends, |end| u32::from_le_bytes(end).wrapping_add(start))?;
                fill(&mut bytes, all, |word| Posting::from_word(u32::from_le_bytes(word)))?;
                bytes.is_empty().then_some(())
            })
        })
        .collect::<Option<()>>()?;
    Postings::from_arrays(hashes, ends, all)
}

/// Adds numbers to the end of `bytes`.
fn put<T: Copy, const WIDTH: usize>(bytes: &mut Vec<u8>, numbers: &[T], form: impl Fn(T) -> [u8; WIDTH]) {
    let start = bytes.len();
    bytes.resize(start + WIDTH * numbers.len(), 0);
    let places = bytes[start..].as_chunks_mut::<WIDTH>().0;
    for (place, &number) in places.iter_mut().zip(numbers) {
        *place = form(number);
    }
}

/// Fills `places` from the start of `bytes`, if there are as many.
fn fill<T, const WIDTH: usize>(
    bytes: &mut &[u8],
    places: &mut [T],
    number: impl Fn([u8; WIDTH]) -> T,
) -> Option<()> {
    let (numbers, rest) = bytes.split_at_checked(places.len().checked_mul(WIDTH)?)?;
    *bytes = rest;
    for (place, &bytes) in places.iter_mut().zip(numbers.as_chunks::<WIDTH>().0) {
        *place = number(bytes);
    }
    Some(())
}

/// What tells whether an article counts as before for all that see it.
pub(super) fn kinship_fingerprint(article: &Candidate<'_>) -> u64 {
    let own = [article.sketch.bits(), article.category];
    fingerprint(own.into_iter().chain(article.authors.iter().copied()))
}

/// What tells some numbers in their order from others.
pub(super) fn fingerprint(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, |before, number| {
        let mut pair = [0; 16];
        pair[..8].copy_from_slice(&before.to_le_bytes());
        pair[8..].copy_from_slice(&number.to_le_bytes());
        xxh3_64(&pair)
    })
}
