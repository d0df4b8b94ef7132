//! An amendment: the next output, said by what changes in it.
//!
//! Many threads write to one amendment. Nothing on disk changes before the commit but files too big to hold in memory, so
//! that a build that fails on the way has cost nothing. It must not know why something changed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};

use crate::disk::lists::Lists;
use crate::disk::manifest::{Entry, Head, Kind};
use crate::disk::outlet::{Outlet, Place};
use crate::disk::pour::pour;
use crate::disk::stage::Published;
use crate::disk::turn::Turn;
use crate::disk::{path, system};
use crate::fingerprint::Fingerprint;

/// How many bytes of pages are held in memory before they go to files of their own.
const MOST_HELD_BYTES: usize = 64 * 1024 * 1024;

/// What becomes of one file.
#[derive(Debug)]
pub(super) enum Change {
    /// It has these bytes.
    Bytes(Vec<u8>, Entry),
    /// It has the bytes of this file of the outlet's own.
    Moved(PathBuf, Entry),
    /// It goes.
    Gone,
    /// It was said to be as it is already.
    Kept,
}

impl Change {
    /// What the new output lists of it.
    pub(super) fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Bytes(_, entry) | Self::Moved(_, entry) => Some(entry),
            Self::Gone | Self::Kept => None,
        }
    }
}

/// The next output as a change of the present one. Dropping it leaves the output as it was, and nothing else.
#[derive(Debug)]
pub struct Amendment<'outlet> {
    outlet: &'outlet Outlet,
    head: Head,
    kind: Kind,
    lists: Lists,
    changes: Mutex<BTreeMap<String, Change>>,
    held_bytes: AtomicUsize,
    /// Files that are not held in memory, and how many there were.
    overflow: Mutex<(Option<PathBuf>, usize)>,
}

impl<'outlet> Amendment<'outlet> {
    pub(super) fn new(outlet: &'outlet Outlet, head: Head, kind: Kind) -> Self {
        Self {
            outlet,
            head,
            kind,
            lists: Lists::new(&outlet.real, head.files),
            changes: Mutex::default(),
            held_bytes: AtomicUsize::new(0),
            overflow: Mutex::default(),
        }
    }

    /// Writes one file, new or over the one of that name; nothing happens when it is listed with the same content.
    /// `path` is relative to the output with `/` between its parts. Any thread may call this.
    ///
    /// # Errors
    ///
    /// When the path leaves the output or was changed already, or the disk does not take the file.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<()> {
        path::validate_ours(path)?;
        let entry = Entry { path: path.into(), size: bytes.len() as u64, xxh3: Fingerprint::of(bytes) };
        if self.lists.find(path)? == Some(&entry) {
            return self.note(path, Change::Kept);
        }
        if self.held_bytes.fetch_add(bytes.len(), Ordering::Relaxed) < MOST_HELD_BYTES {
            return self.note(path, Change::Bytes(bytes.to_vec(), entry));
        }
        let place = self.spill(path)?;
        fs::write(&place, bytes).map_err(|error| self.cannot_write(error, &entry))?;
        self.note(path, Change::Moved(place, entry))
    }

    /// Copies one file from elsewhere, without its times and permissions; nothing happens when it is listed with the
    /// same content. Any thread may call this.
    ///
    /// # Errors
    ///
    /// As [`Amendment::write`]; or when `from` cannot be read or is not a regular file.
    pub fn copy(&self, path: &str, from: &Path) -> Result<()> {
        path::validate_ours(path)?;
        let cannot_read = || format!("cannot read `{}`", from.display());
        let (mut source, found) = system::open_regular(from).with_context(cannot_read)?;
        if let Some(listed) = self.lists.find(path)?.filter(|listed| listed.size == found.len()) {
            let (size, xxh3) = pour(&mut source, |_| Ok(()), cannot_read)?;
            if (size, xxh3) == (listed.size, listed.xxh3) {
                return self.note(path, Change::Kept);
            }
            source.rewind().with_context(cannot_read)?;
        }
        let mut entry = Entry { path: path.into(), size: found.len(), xxh3: Fingerprint::of(b"") };
        let place = self.spill(path)?;
        let mut file = File::create(&place).map_err(|error| self.cannot_write(error, &entry))?;
        let write = |bytes: &[u8]| file.write_all(bytes).map_err(|error| self.cannot_write(error, &entry));
        let (size, xxh3) = pour(&mut source, write, cannot_read)?;
        (entry.size, entry.xxh3) = (size, xxh3);
        self.note(path, Change::Moved(place, entry))
    }

    /// Takes one file away; nothing happens when it is not listed. Any thread may call this.
    ///
    /// # Errors
    ///
    /// When the file was changed already, or the output's lists cannot be read.
    pub fn remove(&self, path: &str) -> Result<()> {
        let change = if self.lists.find(path)?.is_some() { Change::Gone } else { Change::Kept };
        self.note(path, change)
    }

    /// Makes the output what was said, in one step for the reader; what was not mentioned stays as it is.
    ///
    /// A file that somebody else put into a folder of the output is noticed and kept, as by [`Stage::commit`]; in an
    /// output of more than ten thousand folders, not when the folder holds nothing but files of one page.
    ///
    /// # Errors
    ///
    /// As [`Stage::commit`]. The old output is then as it was.
    ///
    /// [`Stage::commit`]: crate::disk::stage::Stage::commit
    pub fn commit(self) -> Result<Published> {
        let mut changes = std::mem::take(&mut *lock(&self.changes));
        changes.retain(|_, change| !matches!(change, Change::Kept));
        let turn = Turn::new(self.outlet, (self.head, self.kind), &self.lists, changes)?;
        turn.run()
    }

    fn note(&self, path: &str, change: Change) -> Result<()> {
        match lock(&self.changes).entry(path.to_owned()) {
            Slot::Vacant(slot) => {
                slot.insert(change);
                Ok(())
            }
            Slot::Occupied(_) => {
                bail!("cannot write `{}`: it is written twice", self.outlet.shown.join(path).display())
            }
        }
    }

    /// A place for a file that is not held in memory.
    fn spill(&self, path: &str) -> Result<PathBuf> {
        let mut overflow = lock(&self.overflow);
        let folder = match &overflow.0 {
            Some(folder) => folder.clone(),
            None => self.make_overflow().with_context(|| format!("cannot write `{path}`"))?,
        };
        overflow.1 += 1;
        let place = folder.join(overflow.1.to_string());
        overflow.0 = Some(folder);
        Ok(place)
    }

    fn make_overflow(&self) -> Result<PathBuf> {
        let beside = self.outlet.make(self.outlet.beside(), Place::Beside);
        beside.or_else(|_| self.outlet.make_inside()).map(|ground| ground.folder)
    }

    fn cannot_write(&self, error: std::io::Error, entry: &Entry) -> anyhow::Error {
        let shown = self.outlet.shown.join(&*entry.path).display().to_string();
        system::cannot_write(
            error,
            &shown,
            entry.size,
            self.outlet.real.parent().unwrap_or(&self.outlet.real),
        )
    }
}

impl Drop for Amendment<'_> {
    fn drop(&mut self) {
        if let Some(folder) = lock(&self.overflow).0.take() {
            let _ = self.outlet.spare.trash.take(&folder);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
