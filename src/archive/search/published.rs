//! Reading back what was published: the words of a shard with their lists, and a list's articles and levels.
//!
//! It knows the forms that `shards.rs` and `list.rs` write. What is not in these forms is not read.

use super::lexicon::take;
use super::list::{ALIKE, Posting, Way, is_clipped};
use super::shards::Listed;

/// A word of a shard, and its list as it is written.
pub(super) struct Listing {
    /// The word.
    pub(super) word: String,
    /// Its list.
    pub(super) list: Vec<u8>,
}

impl Listing {
    /// The same as it is written.
    #[must_use]
    pub(super) fn listed(&self) -> Listed<'_> {
        Listed { word: &self.word, list: &self.list }
    }
}

/// The words of a shard in their order. `file` has the bytes of its files: the shard itself is number 0, from 1 on stand the
/// lists that have files of their own.
#[must_use]
pub(super) fn shard(file: &dyn Fn(u32) -> Option<Vec<u8>>, stamp: u32) -> Option<Vec<Listing>> {
    let bytes = file(0)?;
    let mut rest = bytes.strip_prefix(&stamp.to_le_bytes())?;
    let count = take(&mut rest)?;
    let mut listings: Vec<Listing> = Vec::with_capacity(count as usize);
    let mut own = 0;
    for _ in 0..count {
        let (&[shared, length], more) = rest.split_first_chunk::<2>()?;
        let (ending, more) = more.split_at_checked(usize::from(length))?;
        rest = more;
        let before = listings.last().map_or("", |listing| listing.word.as_str());
        let word = [before.as_bytes().get(..usize::from(shared))?, ending].concat();
        let size = take(&mut rest)?;
        let list = if size & 1 == 0 {
            let (list, more) = rest.split_at_checked((size >> 1) as usize)?;
            rest = more;
            list.to_vec()
        } else {
            own += 1;
            file(own)?.strip_prefix(&stamp.to_le_bytes())?.to_vec()
        };
        listings.push(Listing { word: String::from_utf8(word).ok()?, list });
    }
    rest.is_empty().then_some(listings)
}

/// A list as it was read.
#[derive(Default)]
pub(super) struct List {
    /// The articles, ascending. Their counts are the least of the levels that were told.
    pub(super) postings: Vec<Posting>,
    /// The least level that is told, when articles with a lower one are told with this one.
    clipped: Option<u8>,
}

impl List {
    /// Reads the list of a word in a segment of `all` articles.
    #[must_use]
    pub(super) fn read(mut bytes: &[u8], all: usize) -> Option<Self> {
        let count = take(&mut bytes)? as usize;
        let (&[head, least], rest) = bytes.split_first_chunk::<2>()?;
        let (way, told) = (Way::of_number(head >> 4)?, head & 0xf);
        let (steps, rest) = if way == Way::Map { (0, rest) } else { (*rest.first()?, &rest[1..]) };
        let all = u32::try_from(all).ok()?;
        let mut bits = Bits { bytes: rest, at: 0 };
        let articles = match way {
            Way::Steps => bits.ascending(count, u32::from(steps))?,
            Way::Map => (0..all)
                .filter_map(|number| bits.take(1).map(|bit| (number, bit)))
                .filter(|(_, bit)| *bit == 1)
                .map(|(number, _)| number)
                .collect(),
            Way::Absent => {
                let absent = bits.ascending((all as usize).checked_sub(count)?, u32::from(steps))?;
                let mut absent = absent.into_iter().peekable();
                (0..all).filter(|number| absent.next_if_eq(number).is_none()).collect()
            }
        };
        if articles.len() != count || articles.last().is_some_and(|last| *last >= all) {
            return None;
        }
        let posting = |article: u32| {
            let above = if told == ALIKE { 0 } else { bits.rice(u32::from(told))? };
            Posting::of_level(article, u32::from(least) + above)
        };
        let postings = articles.into_iter().map(posting).collect::<Option<_>>()?;
        Some(Self { postings, clipped: is_clipped(count, all as usize).then_some(least) })
    }

    /// Whether the list tells enough to go from one posting of an article to another.
    ///
    /// Of a list that is clipped at a level it is known how many articles are above the level, and that the level is the
    /// highest one that an eighth of them reach. It stays so unless the edit takes an article below the level, or into the
    /// list or out of it.
    #[must_use]
    pub(super) fn tells(&self, before: Option<Posting>, now: Option<Posting>) -> bool {
        let Some(least) = self.clipped else { return true };
        match (before, now) {
            (Some(before), Some(now)) => before.level() < least || now.level() >= least,
            _ => false,
        }
    }

    /// Whether the level of a posting is told.
    #[must_use]
    pub(super) fn is_told(&self, posting: Posting) -> bool {
        self.clipped.is_none_or(|least| posting.level() >= least)
    }
}

/// Bits of some bytes, the lowest first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// Takes a number of at most 25 bits.
    fn take(&mut self, width: u32) -> Option<u32> {
        let first = self.at / 8;
        let end = (self.at + width as usize).div_ceil(8);
        let bytes = self.bytes.get(first..end)?;
        let word = bytes.iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        let number = word >> (self.at % 8) & ((1 << width) - 1);
        self.at += width as usize;
        Some(number)
    }

    /// Takes a number in Rice's code.
    fn rice(&mut self, parameter: u32) -> Option<u32> {
        let mut quotient = 0;
        while self.take(1)? == 1 {
            quotient += 1;
        }
        Some(quotient << parameter | self.take(parameter)?)
    }

    /// Takes ascending numbers.
    fn ascending(&mut self, count: usize, parameter: u32) -> Option<Vec<u32>> {
        let mut next = 0_u32;
        let mut numbers = Vec::new();
        for _ in 0..count {
            let number = next.checked_add(self.rice(parameter)?)?;
            numbers.push(number);
            next = number.checked_add(1)?;
        }
        Some(numbers)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{List, Posting};
    use crate::archive::search::list::write;

    proptest! {
        #[test]
        fn lists_come_back(all in 1_usize..700, every in 1_u32..40, seed in any::<u64>(), spread in 1_u64..255) {
            let mut dice = seed | 1;
            let mut roll = |below: u64| {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (dice >> 33) % below
            };
            let all_numbers = 0..u32::try_from(all).expect("small");
            let mut postings: Vec<Posting> = all_numbers
                .filter_map(|article| {
                    let count = u8::try_from(1 + roll(spread)).expect("a byte");
                    (roll(u64::from(every)) == 0).then(|| Posting::new(article, count))
                })
                .collect();
            if postings.is_empty() {
                postings.push(Posting::new(0, 1));
            }
            let mut bytes = Vec::new();
            write(&postings, all, &mut Vec::new(), &mut bytes);
            let read = List::read(&bytes, all).expect("a list");
            let articles = |postings: &[Posting]| postings.iter().map(|posting| posting.article()).collect::<Vec<_>>();
            prop_assert_eq!(articles(&read.postings), articles(&postings));
            for (read_back, posting) in read.postings.iter().zip(&postings) {
                let least = read.clipped.unwrap_or(0);
                prop_assert_eq!(read_back.level(), posting.level().max(least));
            }
            let mut again = Vec::new();
            write(&read.postings, all, &mut Vec::new(), &mut again);
            prop_assert_eq!(again, bytes.clone());
            for end in 0..bytes.len() {
                // Cut short, it is no list, or one of other articles; nothing panics.
                _ = List::read(&bytes[..end], all);
            }
        }
    }
}
