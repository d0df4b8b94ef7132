//! The lock: one run at a time changes a newspaper's output and memory.
//!
//! It is held by the open file, not by the file's existence: a run that was killed leaves a file behind and no lock.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How often a waiting run looks whether the other one has finished.
const POLL: Duration = Duration::from_millis(20);

/// Another run holds the lock, and went on holding it for as long as we were ready to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Its process id, where the system lets us know.
    pub pid: Option<u32>,
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "another newsprint (process {pid}) is at work on this newspaper"),
            None => f.write_str("another newsprint is at work on this newspaper"),
        }
    }
}

impl std::error::Error for Busy {}

/// The right to change a newspaper's output and memory, until dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file is not enough: a program started by another thread has it open for a moment, too.
        let _ = self.file.unlock();
    }
}

impl Lock {
    /// Takes the lock `.newsprint/lock` of the newspaper at `root`, or `beside` when the root cannot be written to.
    ///
    /// # Errors
    ///
    /// [`Busy`] when another run still has it after `wait`; or a lock file that cannot be made.
    pub fn acquire(root: &Path, beside: &Path, wait: Duration) -> Result<Self> {
        Self::wait_for(wait, || open(root, beside))
    }

    /// Takes the lock in the file `place`, which is made when it is not there.
    ///
    /// # Errors
    ///
    /// As [`Lock::acquire`].
    pub fn at(place: &Path, wait: Duration) -> Result<Self> {
        Self::wait_for(wait, || {
            let file = open_at(place).with_context(|| format!("cannot write `{}`", place.display()))?;
            Ok((file, place.to_owned()))
        })
    }

    fn wait_for(wait: Duration, open: impl Fn() -> Result<(File, PathBuf)>) -> Result<Self> {
        let (mut file, mut place) = open()?;
        let deadline = Instant::now() + wait;
        loop {
            match file.try_lock() {
                // Whoever deletes `.newsprint/` deletes our lock with it: a lock on a lost file binds nobody.
                Ok(()) if !is_still(&file, &place) => (file, place) = open()?,
                Ok(()) => {
                    // The number is a courtesy to the next run: the lock holds without it.
                    let _ = sign(&mut file);
                    return Ok(Self { file });
                }
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(POLL),
                Err(TryLockError::WouldBlock) => return Err(Busy { pid: signature(&mut file) }.into()),
                // A file system without locks (some network mounts) must not keep a newsroom from publishing.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(Self { file });
                }
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock `{}`", place.display()));
                }
            }
        }
    }
}

fn open(root: &Path, beside: &Path) -> Result<(File, PathBuf)> {
    let memory = root.join(".newsprint");
    let place = memory.join("lock");
    let made = fs::create_dir_all(&memory).and_then(|()| open_at(&place));
    match made {
        Ok(file) => Ok((file, place)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
            ) =>
        {
            let file = open_at(beside).with_context(|| format!("cannot write `{}`", beside.display()))?;
            Ok((file, beside.to_owned()))
        }
        Err(error) => Err(error).with_context(|| format!("cannot write `{}`", place.display())),
    }
}

fn open_at(place: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(place)
}

fn is_still(file: &File, place: &Path) -> bool {
    match (file.metadata(), fs::metadata(place)) {
        (Ok(held), Ok(there)) => cfg!(not(unix)) || super::system::same_file(&held, &there),
        _ => false,
    }
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn signature(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;
    use std::time::Duration;

    use super::{Busy, Lock};

    /// What a second run of 40 ms patience gets while the first holds the lock.
    fn check(first: Option<Lock>, root: &std::path::Path) -> Result<Lock, Option<Busy>> {
        let second = Lock::acquire(root, &root.join("beside"), Duration::from_millis(40));
        drop(first);
        second.map_err(|error| error.downcast_ref::<Busy>().copied())
    }

    #[test]
    fn the_second_run_is_told_who_has_it() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let first = check(None, root.path()).expect("free");
        let busy = check(Some(first), root.path()).expect_err("held").expect("busy, not broken");
        assert_eq!(busy.pid, Some(std::process::id()));
        check(None, root.path()).expect("free again");
    }

    #[test]
    fn a_file_left_by_a_killed_run_binds_nobody() {
        let root = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(root.path().join(".newsprint")).expect("made");
        fs::write(root.path().join(".newsprint/lock"), "4194304\n").expect("written");
        check(None, root.path()).expect("free");
    }

    #[test]
    fn waiting_ends_when_the_first_run_does() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let first = check(None, root.path()).expect("free");
        let ends = thread::spawn(move || {
            thread::sleep(Duration::from_millis(60));
            drop(first);
        });
        Lock::acquire(root.path(), &root.path().join("beside"), Duration::from_secs(20))
            .expect("free in the end");
        ends.join().expect("ended");
    }

    #[test]
    fn deleting_the_memory_does_not_let_two_runs_in_for_long() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let _lost = check(None, root.path()).expect("free");
        fs::remove_dir_all(root.path().join(".newsprint")).expect("deleted");
        let held = check(None, root.path()).expect("a new file");
        check(Some(held), root.path()).expect_err("the new file counts");
    }
}
