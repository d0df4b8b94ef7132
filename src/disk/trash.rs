//! The trash: trees nobody needs any more, which are put out of the way at once and deleted a little with every run.
//!
//! Deleting a hundred thousand files takes longer than writing them, and no build should wait for it. What lies in the
//! trash is Newsprint's own; it must not be asked whose it was.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::disk::system;

/// So many trees may wait to be deleted without hurry: they take room on the disk.
const MOST_TREES: usize = 4;

/// How long a run may delete, but for the first few files: some hundreds of files, and too short to be felt.
const LONGEST: Duration = Duration::from_millis(4);
const FEWEST: usize = 8;

/// A folder of trees to delete.
#[derive(Debug)]
pub(super) struct Trash {
    folder: PathBuf,
    taken: AtomicU32,
}

impl Trash {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, taken: AtomicU32::new(0) }
    }

    /// Puts a file or a tree out of the way; where that cannot be, it is deleted at once.
    pub(super) fn take(&self, place: &Path) -> io::Result<()> {
        let Ok(found) = fs::symlink_metadata(place) else { return Ok(()) };
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        let to = self.folder.join(format!("{}-{number}", std::process::id()));
        let moved = fs::create_dir_all(&self.folder).and_then(|()| {
            // Left by an earlier process of our number.
            let _ = fs::remove_dir_all(&to);
            fs::rename(place, &to)
        });
        match moved {
            Ok(()) => Ok(()),
            Err(_) if found.is_dir() => fs::remove_dir_all(place),
            Err(_) => fs::remove_file(place),
        }
    }

    /// Deletes at most so many files and folders, and stops when that takes long: a deletion takes from microseconds to
    /// milliseconds.
    pub(super) fn empty(&self, most: usize) {
        let begun = Instant::now();
        let mut deleted = 0;
        empty(&self.folder, &mut || {
            let has_time = deleted < FEWEST || most == usize::MAX || begun.elapsed() < LONGEST;
            let goes_on = deleted < most && has_time;
            deleted += 1;
            goes_on
        });
    }

    /// Deletes until it is dropped; `None` unless the trash is too full. What is written beside a deletion is slow, ten
    /// times so on ext4: several whole editions in a row have to pay for it, a single one has not.
    pub(super) fn sweeper(&self) -> Option<Sweeper> {
        let folder = self.folder.clone();
        if fs::read_dir(&folder).into_iter().flatten().count() <= MOST_TREES {
            return None;
        }
        let stopped = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stopped);
        let thread = thread::Builder::new().name("sweeper".to_owned());
        let thread = thread.spawn(move || empty(&folder, &mut || !flag.load(Ordering::Relaxed))).ok()?;
        Some(Sweeper { stopped, thread: Some(thread) })
    }
}

/// A thread that empties the trash.
#[derive(Debug)]
pub(super) struct Sweeper {
    stopped: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn empty(folder: &Path, goes_on: &mut impl FnMut() -> bool) {
    if drain(folder, goes_on) {
        let _ = fs::remove_dir(folder);
    }
}

/// Deletes what is in a folder, asking before each deletion whether to go on; whether nothing is left in it.
fn drain(folder: &Path, goes_on: &mut impl FnMut() -> bool) -> bool {
    // It may have had a stranger's permissions.
    system::make_writable(folder);
    // Read before anything is deleted, so that no more than one folder is open however deep the tree.
    let entries: Vec<fs::DirEntry> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
    let entries: Vec<(PathBuf, bool)> = entries
        .into_iter()
        .map(|entry| (entry.path(), entry.file_type().is_ok_and(|found| found.is_dir())))
        .collect();
    for (place, is_folder) in entries {
        if is_folder && !drain(&place, goes_on) || !goes_on() {
            return false;
        }
        let deleted = if is_folder { fs::remove_dir(&place) } else { fs::remove_file(&place) };
        if deleted.is_err() {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::Trash;

    fn check(folder: &Path) -> usize {
        walkdir::WalkDir::new(folder).min_depth(1).into_iter().flatten().count()
    }

    #[test]
    fn trees_go_at_once_and_vanish_bit_by_bit() {
        let work = tempfile::tempdir().expect("a temporary folder");
        let trash = Trash::new(work.path().join("trash"));
        for name in ["one", "two"] {
            for at in 0..5 {
                fs::create_dir_all(work.path().join(format!("{name}/{at}"))).expect("made");
                fs::write(work.path().join(format!("{name}/{at}/x")), "x").expect("written");
            }
            trash.take(&work.path().join(name)).expect("taken");
            assert!(!work.path().join(name).exists());
        }
        trash.take(&work.path().join("none")).expect("nothing to take");
        let place = work.path().join("trash");
        assert_eq!(check(&place), 22);
        for left in [15, 8, 1, 0] {
            trash.empty(7);
            assert_eq!(check(&place), left);
        }
        assert!(!place.exists());
        trash.empty(7);
        assert!(trash.sweeper().is_none());
    }

    #[test]
    fn a_sweeper_goes_on_until_it_is_dropped() {
        let work = tempfile::tempdir().expect("a temporary folder");
        let trash = Trash::new(work.path().join("trash"));
        for number in 0..=super::MOST_TREES {
            assert!(trash.sweeper().is_none(), "{number}");
            fs::create_dir_all(work.path().join("tree/a/b")).expect("made");
            trash.take(&work.path().join("tree")).expect("taken");
        }
        let sweeper = trash.sweeper().expect("something to delete");
        while work.path().join("trash").exists() {
            std::thread::yield_now();
        }
        drop(sweeper);
    }
}
