//! A newspaper in memory, with a clock that stands until it is told to move: for tests of what lies above the disk.
//!
//! It must not do anything a [`Folder`](crate::disk::scan::Folder) could not.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};

use crate::disk::scan::{Files, Scan, ScannedFile, Stamp};
use crate::source::SourcePath;

/// A second in nanoseconds.
const SECOND_NS: i128 = 1_000_000_000;

/// Files in memory. Every method takes `&self`, so that a test can edit between, or during, two scans.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    now_ns: i128,
    files: BTreeMap<String, Stored>,
    reads: usize,
    /// How many files were ever made.
    made: u64,
}

#[derive(Debug)]
struct Stored {
    bytes: Vec<u8>,
    modified_ns: i128,
    changed_ns: i128,
    inode: u64,
    fault: Option<ErrorKind>,
}

impl Memory {
    /// A newspaper without files, at the beginning of 1970.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A newspaper of these files.
    #[must_use]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let memory = Self::new();
        for (path, text) in files {
            memory.write(path, text);
        }
        memory
    }

    /// Writes a file now, whether it was there or not.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let mut inner = self.inner();
        let now = inner.now_ns;
        inner.put(path, bytes.as_ref(), now);
    }

    /// Writes a file now and sets its modification time back to what it was (or to 0): only `changed_ns` tells.
    pub fn write_unnoticed(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let mut inner = self.inner();
        let modified = inner.files.get(path).map_or(0, |stored| stored.modified_ns);
        inner.put(path, bytes.as_ref(), modified);
    }

    /// Deletes a file, if it is there.
    pub fn remove(&self, path: &str) {
        self.inner().files.remove(path);
    }

    /// Renames a file, if it is there; its modification time goes with it.
    pub fn rename(&self, from: &str, to: &str) {
        let mut inner = self.inner();
        let now = inner.now_ns;
        if let Some(mut stored) = inner.files.remove(from) {
            stored.changed_ns = now;
            inner.files.insert(to.to_owned(), stored);
        }
    }

    /// Lets every read of a file fail from now on, until it is written again. `NotFound` makes it a file that vanishes
    /// between scan and read.
    pub fn fail(&self, path: &str, fault: ErrorKind) {
        if let Some(stored) = self.inner().files.get_mut(path) {
            stored.fault = Some(fault);
        }
    }

    /// Moves the clock, forwards or backwards.
    pub fn advance(&self, seconds: i64) {
        self.inner().now_ns += i128::from(seconds) * SECOND_NS;
    }

    /// What the clock says, in nanoseconds since 1970.
    #[must_use]
    pub fn now_ns(&self) -> i128 {
        self.inner().now_ns
    }

    /// How many reads there were so far.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.inner().reads
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn put(&mut self, path: &str, bytes: &[u8], modified_ns: i128) {
        let inode = self.files.get(path).map_or(self.made + 1, |stored| stored.inode);
        self.made = self.made.max(inode);
        let stored =
            Stored { bytes: bytes.to_vec(), modified_ns, changed_ns: self.now_ns, inode, fault: None };
        self.files.insert(path.to_owned(), stored);
    }
}

impl Files for Memory {
    fn scan(&self) -> Result<Scan> {
        let scanned = |(path, stored): (&String, &Stored)| ScannedFile {
            path: SourcePath::new(path),
            size: stored.bytes.len() as u64,
            modified_ns: stored.modified_ns,
            changed_ns: stored.changed_ns,
            inode: stored.inode,
        };
        let inner = self.inner();
        let files = inner.files.iter().map(scanned).collect();
        Ok(Scan { files, findings: Vec::new(), started_ns: inner.now_ns })
    }

    fn stamp(&self, path: &SourcePath) -> Option<Stamp> {
        let inner = self.inner();
        let stored = inner.files.get(path.as_str())?;
        Some((stored.bytes.len() as u64, stored.modified_ns, stored.changed_ns))
    }

    fn read(&self, path: &SourcePath) -> Result<Vec<u8>> {
        let mut inner = self.inner();
        inner.reads += 1;
        let read = match inner.files.get(path.as_str()) {
            None => Err(ErrorKind::NotFound),
            Some(Stored { fault: Some(fault), .. }) => Err(*fault),
            Some(stored) => Ok(stored.bytes.clone()),
        };
        read.map_err(Error::from).with_context(|| format!("cannot read `{path}`"))
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::Memory;
    use crate::disk::scan::{Files as _, has_vanished};
    use crate::source::SourcePath;

    fn check(memory: &Memory, wanted: &[(&str, u64, i128, i128)]) {
        let found = memory.scan().expect("memory can be read").files;
        let found: Vec<_> = found
            .iter()
            .map(|file| (file.path.as_str(), file.size, file.modified_ns, file.changed_ns))
            .collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn the_clock_stamps_writes_and_edits_can_hide_from_it() {
        let memory = Memory::of(&[("content/b.md", "b"), ("content/a.md", "aa")]);
        memory.advance(1);
        memory.write("content/a.md", "aaa");
        memory.write_unnoticed("content/b.md", "x");
        memory.rename("content/b.md", "content/c.md");
        check(
            &memory,
            &[("content/a.md", 3, 1_000_000_000, 1_000_000_000), ("content/c.md", 1, 0, 1_000_000_000)],
        );
        memory.remove("content/a.md");
        check(&memory, &[("content/c.md", 1, 0, 1_000_000_000)]);
    }

    #[test]
    fn a_file_may_vanish_between_scan_and_read() {
        let memory = Memory::of(&[("content/a.md", "a")]);
        let path = SourcePath::new("content/a.md");
        assert_eq!(memory.read(&path).expect("there"), b"a");
        memory.fail("content/a.md", ErrorKind::NotFound);
        assert!(has_vanished(&memory.read(&path).expect_err("gone")));
        memory.fail("content/a.md", ErrorKind::PermissionDenied);
        assert!(!has_vanished(&memory.read(&path).expect_err("forbidden")));
        assert_eq!(memory.reads(), 3);
    }
}
