//! The spare: the output before the last, kept out of sight so that the next one need not be built from nothing.
//!
//! A news site changes a little and often. Two trees that take turns, each brought up to date by what it lacks, make a
//! publication as cheap as its changes, and no tree of a hundred thousand files is ever made or deleted on the way. The
//! two share their unchanged files (one file, two names). Deleting the spare is always safe; it costs one slow build.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::disk::changes::Changes;
use crate::disk::manifest::{self, Entry, Head, Imprint, Manifest, Marker};
use crate::disk::outlet::HALF;
use crate::disk::trash::Trash;
use crate::disk::{bring, system};
use crate::fingerprint::Fingerprint;

/// The name, in a stage made from the spare, of the manifest that tells what the spare held.
pub(super) const BASE: &str = ".newsprint-base";

/// The time of writing, in nanoseconds since 1970, of the mark of a spare whose files may be anything.
const DOUBT_NS: i128 = 0;

/// What a tree holds of ours, and since when.
#[derive(Debug)]
pub(super) struct Holdings {
    pub(super) manifest: Manifest,
    /// When the manifest was written, and when it was last confirmed. What is older than both is as we wrote it; clocks
    /// tick coarsely, so that the same time proves nothing.
    pub(super) stamps: (i128, i128),
}

impl Holdings {
    /// Looks when the manifest that was found in the file `place` was written.
    pub(super) fn new(manifest: Manifest, place: &Path) -> Option<Self> {
        Some(Self { manifest, stamps: Self::stamps_of(place)? })
    }

    /// When the manifest in the file `place` was written, and when it was last confirmed.
    pub(super) fn stamps_of(place: &Path) -> Option<(i128, i128)> {
        let found = fs::symlink_metadata(place).ok()?;
        Some((system::modified_ns(&found), system::changed_ns(&found)))
    }

    /// Whether the tree in `folder` still has the file `path` with this content. Its times tell; when they do not, as
    /// after a change of the clock or of permissions, its bytes do.
    pub(super) fn has(&self, path: &str, content: Fingerprint, folder: &Path) -> bool {
        let Some(entry) = self.manifest.find(path).filter(|entry| entry.xxh3 == content) else {
            return false;
        };
        self.is_intact(entry, folder)
    }

    /// As [`Holdings::has`], for content that is known by its entry in some manifest.
    pub(super) fn has_entry(&self, wanted: &Entry, folder: &Path) -> bool {
        self.manifest.find(&wanted.path).is_some_and(|entry| entry == wanted && self.is_intact(entry, folder))
    }

    fn is_intact(&self, entry: &Entry, folder: &Path) -> bool {
        let place = super::path::below(folder, &entry.path);
        let Ok(found) = fs::symlink_metadata(&place) else { return false };
        if !found.is_file() || found.len() != entry.size {
            return false;
        }
        let (written, confirmed) = self.stamps;
        let untouched = system::modified_ns(&found) < written && system::changed_ns(&found) < confirmed;
        untouched || fs::read(&place).is_ok_and(|bytes| Fingerprint::of(&bytes) == entry.xxh3)
    }
}

/// Where a newspaper keeps its spare, and the notes about it.
#[derive(Debug)]
pub(super) struct Spare {
    memory: PathBuf,
    pub(super) trash: Trash,
}

impl Spare {
    pub(super) fn new(memory: PathBuf) -> Self {
        let trash = Trash::new(memory.join("trash"));
        Self { memory, trash }
    }

    /// The spare itself.
    pub(super) fn place(&self) -> PathBuf {
        self.memory.join("spare")
    }

    /// The note of what the output has and the spare has not.
    fn note(&self) -> PathBuf {
        self.memory.join("changes")
    }

    /// The note of what the next output will have and the one of today has not.
    fn next_note(&self) -> PathBuf {
        self.memory.join("changes-next")
    }

    /// Moves the spare to `stage`, for an output of which nothing is known. `None` when there is none, or it cannot get
    /// there: then a stage is made from nothing.
    pub(super) fn adopt(&self, stage: &Path) -> Option<Holdings> {
        let _ = fs::remove_file(self.next_note());
        let Ok(Some(manifest)) = Manifest::read(&self.place()) else {
            // Damaged, or of another version: of no use to anybody.
            let _ = self.trash.take(&self.place());
            return None;
        };
        let holdings = Holdings::new(manifest, &self.place().join(manifest::FILE_NAME))?;
        self.lend(stage).ok()?;
        Some(holdings)
    }

    /// Moves the spare to `stage`, and tells which of its files are not those of the output with this imprint. `None`
    /// when there is no such spare.
    pub(super) fn adopt_for(&self, stage: &Path, output: Imprint) -> Option<Vec<String>> {
        let changes = self.behind(output)?;
        self.lend(stage).ok()?;
        Some(changes)
    }

    /// Whether a small change can start from the spare.
    pub(super) fn serves(&self, output: Imprint) -> bool {
        self.behind(output).is_some()
    }

    fn behind(&self, output: Imprint) -> Option<Vec<String>> {
        let mark = self.place().join(manifest::FILE_NAME);
        let Ok(Marker::Published(head)) = manifest::read_mark(&mark) else { return None };
        let (written, _) = Holdings::stamps_of(&mark)?;
        self.between(head.imprint, output).filter(|_| written != DOUBT_NS)
    }

    /// The files that differ between two editions, when that was noted.
    fn between(&self, from: Imprint, to: Imprint) -> Option<Vec<String>> {
        let noted = [self.note(), self.next_note()].into_iter().find_map(|place| {
            let changes = Changes::read(&place)?;
            (changes.from == from && changes.to == to).then_some((place, changes.paths))
        });
        let (place, paths) = noted?;
        if place == self.next_note() {
            // A run was killed right after its exchange.
            fs::rename(place, self.note()).ok()?;
        }
        Some(paths)
    }

    /// Notes what is about to change, before it does.
    pub(super) fn announce(&self, changes: &Changes) -> io::Result<()> {
        changes.write(&self.next_note())
    }

    fn lend(&self, stage: &Path) -> io::Result<()> {
        let (mark, base) = (self.place().join(manifest::FILE_NAME), self.place().join(BASE));
        fs::rename(&mark, &base)?;
        let marked = manifest::put_mark(&self.place(), &manifest::staging(), stage).map_err(io::Error::other);
        marked.and_then(|()| fs::rename(self.place(), stage)).inspect_err(|_| {
            let _ = fs::rename(&base, &mark);
        })
    }

    /// Makes a stage that was made from the spare, and came to nothing, the spare again. When it is known what may have
    /// changed in it, that is taken back from the `output`; otherwise no file in it is trusted without being read.
    pub(super) fn give_back(&self, stage: &Path, output: &Path, head: Option<Head>) -> io::Result<()> {
        let base = stage.join(BASE);
        let Ok(Marker::Published(lent)) = manifest::read_mark(&base) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        if let Some(head) = head
            && let Some(mut paths) = self.between(lent.imprint, head.imprint)
            && let Some(next) = Changes::read(&self.next_note()).filter(|next| next.from == head.imprint)
        {
            paths.extend(next.paths);
            bring::back(stage, output, &paths)?;
            manifest::put_head(stage, head, stage).map_err(io::Error::other)?;
            let _ = fs::remove_file(base);
            Changes { from: head.imprint, to: head.imprint, paths: Vec::new() }.write(&self.note())?;
        } else {
            File::options().write(true).open(&base)?.set_modified(SystemTime::UNIX_EPOCH)?;
            fs::rename(base, stage.join(manifest::FILE_NAME))?;
        }
        self.put(stage)
    }

    /// Makes the finished tree `retired` the spare.
    pub(super) fn park(&self, retired: &Path) -> io::Result<()> {
        for half in [HALF, BASE] {
            let _ = fs::remove_file(retired.join(half));
        }
        self.put(retired)?;
        let _ = fs::rename(self.next_note(), self.note());
        Ok(())
    }

    /// Confirms the spare, right after it was parked by the run that has looked at its files.
    pub(super) fn confirm(&self) {
        confirm(&self.place());
    }

    fn put(&self, tree: &Path) -> io::Result<()> {
        self.trash.take(&self.place())?;
        fs::create_dir_all(&self.memory)?;
        fs::rename(tree, self.place())
    }
}

/// Sets the time of change of a tree's mark to now: giving kept files second names has changed theirs.
pub(super) fn confirm(tree: &Path) {
    let place = tree.join(manifest::FILE_NAME);
    if let Ok(found) = fs::symlink_metadata(&place) {
        let _ = fs::set_permissions(&place, found.permissions());
    }
}
