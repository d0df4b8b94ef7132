//! The cabinet: heads as they are kept, in folders that are opened when somebody looks at an article in them. A build after
//! the edit of one text looks at a few dozen articles of a hundred thousand.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::folders::{Folders, folder_of};
use super::heads::BUCKETS;
use super::ledger::{Head, Parsed};
use crate::content::article::Article;
use crate::content::on_file;
use crate::disk::parts::Parts;
use crate::disk::scan::Scan;
use crate::source::SourcePath;

/// All heads of the last build.
pub(super) struct Cabinet {
    drawers: Vec<Drawer>,
    /// The path of each file by its number.
    paths: Vec<SourcePath>,
}

/// A bucket.
struct Drawer {
    bytes: Vec<u8>,
    /// The heads of its folders by the numbers of their files, once somebody has looked.
    heads: Vec<OnceLock<Vec<Head>>>,
}

impl Cabinet {
    /// Takes the buckets as they are kept; `None` unless all of them are there and whole. `slots` has the number of each
    /// scanned file.
    pub(super) fn of(parts: &Parts, names: &[String], scan: &Scan, slots: &[u32]) -> Option<Self> {
        if names.len() != BUCKETS {
            return None;
        }
        let drawer = |name: &String| {
            let bytes = parts.read(name)?;
            let heads = (0..Folders::of(&bytes)?.len()).map(|_| OnceLock::new()).collect();
            Some(Drawer { bytes, heads })
        };
        let drawers = names.par_iter().map(drawer).collect::<Option<_>>()?;
        let count = slots.iter().max().map_or(0, |most| *most as usize + 1);
        let mut paths = vec![SourcePath::default(); count];
        for (file, slot) in scan.files.iter().zip(slots) {
            paths[*slot as usize] = file.path.clone();
        }
        Some(Self { drawers, paths })
    }

    fn open(&self, drawer: &Drawer, folder: usize) -> Vec<Head> {
        // The bytes are those that this program wrote: the part's digest and the desk's key say so.
        let heads = Folders::of(&drawer.bytes).and_then(|folders| folders.open(folder));
        let mut heads = heads.expect("a bucket has the form it was written in");
        for head in &mut heads {
            if let Some(path) = self.paths.get(head.slot as usize) {
                head.parsed.lies_at(path, head.slot);
            }
        }
        heads
    }

    /// The head of the file with this number.
    pub(super) fn head(&self, slot: u32) -> Option<&Head> {
        let (drawer, folder) = (&self.drawers[slot as usize % BUCKETS], folder_of(slot));
        let heads = drawer.heads.get(folder)?.get_or_init(|| self.open(drawer, folder));
        heads.binary_search_by_key(&slot, |head| head.slot).ok().map(|at| &heads[at])
    }
}

impl on_file::Cabinet for Cabinet {
    fn article(&self, slot: u32) -> &Article {
        match self.head(slot).map(|head| &head.parsed) {
            Some(Parsed::Article(article)) => article,
            _ => unreachable!("a story's file held an article when the snapshot was made, and is as it was"),
        }
    }
}
