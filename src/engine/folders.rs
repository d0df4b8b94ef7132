//! Folders: the heads of a bucket by dozens, each of which is written and opened by itself, for whoever needs one head needs
//! few others.
//!
//! ```text
//!  number of folders · where each of them ends · the folders        numbers have 32 bits, the lowest first
//! ```

use super::heads::BUCKETS;
use super::ledger::Head;

/// How many files' heads one folder may hold: those whose numbers follow one another in a bucket.
const FILES: usize = 64;

/// The folder of a file's head in its bucket.
pub(super) fn folder_of(slot: u32) -> usize {
    slot as usize / BUCKETS / FILES
}

/// The folders of a bucket as they are kept.
pub(super) struct Folders<'b> {
    bytes: &'b [u8],
    ends: Vec<usize>,
}

impl<'b> Folders<'b> {
    /// Takes a bucket for folders; `None` when it does not have their form.
    pub(super) fn of(bucket: &'b [u8]) -> Option<Self> {
        let number = |at: usize| {
            let bytes = bucket.get(at * 4..at * 4 + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
        };
        let count = number(0)?;
        let ends = (1..=count).map(number).collect::<Option<Vec<usize>>>()?;
        let bytes = bucket.get((count + 1) * 4..)?;
        let starts = std::iter::once(&0).chain(&ends);
        let is_whole = starts.zip(&ends).all(|(start, end)| start <= end && *end <= bytes.len());
        is_whole.then_some(Self { bytes, ends })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, at: usize) -> Option<&'b [u8]> {
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.bytes.get(start..*self.ends.get(at)?)
    }

    /// Opens one: its heads by the numbers of their files. `None` when it is not there or does not have their form.
    pub(super) fn open(&self, at: usize) -> Option<Vec<Head>> {
        bitcode::decode(self.get(at)?).ok()
    }

    /// The bucket with some heads, be they in the places of those of the same files or new. `None` when a folder does not
    /// open.
    pub(super) fn put(&self, new: Vec<Head>) -> Option<Vec<u8>> {
        let mut folders: Vec<Vec<u8>> =
            (0..self.len()).map(|at| self.get(at).map(<[u8]>::to_vec)).collect::<Option<_>>()?;
        for head in new {
            let at = folder_of(head.slot);
            while folders.len() <= at {
                folders.push(bitcode::encode(&Vec::<Head>::new()));
            }
            let mut heads: Vec<Head> = bitcode::decode(&folders[at]).ok()?;
            match heads.binary_search_by_key(&head.slot, |old| old.slot) {
                Ok(place) => heads[place] = head,
                Err(place) => heads.insert(place, head),
            }
            folders[at] = bitcode::encode(&heads);
        }
        Some(join(&folders))
    }
}

/// A bucket that holds some heads, which come back to whoever lent them.
pub(super) fn write(heads: Vec<Head>) -> (Vec<u8>, Vec<Head>) {
    let count = heads.iter().map(|head| folder_of(head.slot) + 1).max().unwrap_or(0);
    let mut folders: Vec<Vec<Head>> = (0..count).map(|_| Vec::new()).collect();
    for head in heads {
        folders[folder_of(head.slot)].push(head);
    }
    let encode = |heads: &mut Vec<Head>| {
        heads.sort_unstable_by_key(|head| head.slot);
        bitcode::encode(heads)
    };
    let bytes: Vec<Vec<u8>> = folders.iter_mut().map(encode).collect();
    (join(&bytes), folders.into_iter().flatten().collect())
}

fn join(folders: &[Vec<u8>]) -> Vec<u8> {
    let number =
        |number: usize| u32::try_from(number).expect("a bucket has fewer than 2^32 bytes").to_le_bytes();
    let mut bucket = number(folders.len()).to_vec();
    let mut end = 0;
    for folder in folders {
        end += folder.len();
        bucket.extend(number(end));
    }
    bucket.extend(folders.iter().flatten());
    bucket
}

#[cfg(test)]
mod tests {
    use super::{BUCKETS, FILES, Folders, write};
    use crate::engine::ledger::{Head, Parsed};

    fn head(slot: u32) -> Head {
        Head { slot, parsed: Parsed::Nothing, findings: Vec::new() }
    }

    #[test]
    fn heads_lie_in_the_folders_of_their_numbers() {
        let number = |number: usize| u32::try_from(number).expect("a small number");
        let (next, far) = (number(3 + BUCKETS), number(3 + 2 * BUCKETS * FILES));
        let slots = [far, 3, next];
        let (bucket, heads) = write(slots.into_iter().map(head).collect());
        assert_eq!(heads.len(), 3);
        let folders = Folders::of(&bucket).expect("folders");
        let slots = |at: usize| -> Vec<u32> {
            folders.open(at).expect("it opens").iter().map(|head| head.slot).collect()
        };
        assert_eq!((folders.len(), slots(0), slots(1)), (3, vec![3, next], Vec::new()));
        assert!(folders.put(vec![head(3)]).as_deref() == Some(&bucket[..]));
        let more = number(3 + 4 * BUCKETS * FILES);
        let longer = folders.put(vec![head(more)]).expect("it opens");
        let longer = Folders::of(&longer).expect("folders");
        assert_eq!((longer.len(), longer.open(4).map(|heads| heads[0].slot)), (5, Some(more)));
        for end in 0..bucket.len() {
            let cut = Folders::of(&bucket[..end]);
            assert!(cut.is_none_or(|cut| (0..3).any(|at| cut.open(at).is_none())), "{end}");
        }
    }
}
