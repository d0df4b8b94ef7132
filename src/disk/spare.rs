//! The spare: the output before the last, kept out of sight so that the next one need not be built from nothing.
//!
//! A news site changes a little and often. Two trees that take turns, each brought up to date by what it lacks, make a
//! publication as cheap as its changes, and no tree of a hundred thousand files is ever made or deleted on the way. The
//! two share their unchanged files (one file, two names). Deleting the spare is always safe; it costs one slow build.
//! What the files are is not known here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::disk::changes::Changes;
use crate::disk::imprint::Imprint;
use crate::disk::manifest::{self, Entry, Head, Manifest, Marker};
use crate::disk::outlet::HALF;
use crate::disk::trash::Trash;
use crate::disk::{bring, system};
use crate::fingerprint::Fingerprint;

/// The name, in a tree that is the spare no longer, of the mark that tells what the spare held.
pub(super) const BASE: &str = ".newsprint-base";

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

    /// What may be in a tree, and in what state nobody knows: every file has to be read.
    pub(super) fn doubtful(manifest: Manifest) -> Self {
        Self { manifest, stamps: (i128::MIN, i128::MIN) }
    }

    /// When the manifest in the file `place` was written, and when it was last confirmed.
    pub(super) fn stamps_of(place: &Path) -> Option<(i128, i128)> {
        let found = fs::symlink_metadata(place).ok()?;
        Some((system::modified_ns(&found), system::changed_ns(&found)))
    }

    /// Whether the tree in `folder` still has the listed file as it was written. Its times tell; when they do not, as
    /// after a change of the clock or of permissions, its bytes do.
    pub(super) fn is_intact(&self, entry: &Entry, folder: &Path) -> bool {
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
        match manifest::read(&self.place()) {
            Ok(Marker::Published(head)) => self.between(head.imprint, output),
            _ => None,
        }
    }

    /// The files that may differ between two editions, when that is known.
    fn between(&self, from: Imprint, to: Imprint) -> Option<Vec<String>> {
        let noted = [self.note(), self.next_note()].into_iter().find_map(|place| {
            let changes = Changes::read(&place)?;
            (changes.from == from && changes.to == to).then_some((place, changes.paths))
        });
        let Some((place, paths)) = noted else { return (from == to).then(Vec::new) };
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

    /// Makes a tree that was lent, and came to nothing, the spare again, as a copy of the `output`.
    ///
    /// # Errors
    ///
    /// When it is not known which of its files may differ from the output's, or they cannot be brought back.
    pub(super) fn give_back(&self, tree: &Path, output: &Path, head: Head) -> io::Result<()> {
        let base = tree.join(BASE);
        let Ok(Marker::Published(lent)) = manifest::read_mark(&base) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let behind = self.between(lent.imprint, head.imprint);
        let ahead = Changes::read(&self.next_note()).filter(|next| next.from == head.imprint);
        let Some((mut paths, ahead)) = behind.zip(ahead) else { return Err(io::ErrorKind::NotFound.into()) };
        paths.extend(ahead.paths);
        bring::back(tree, output, &paths)?;
        manifest::put_head(tree, head, tree).map_err(io::Error::other)?;
        fs::remove_file(base)?;
        Changes { from: head.imprint, to: head.imprint, paths: Vec::new() }.write(&self.note())?;
        self.put(tree)
    }

    /// Makes a finished tree that is a copy of the output the spare.
    pub(super) fn install(&self, copy: &Path) -> io::Result<()> {
        for note in [self.note(), self.next_note()] {
            let _ = fs::remove_file(note);
        }
        self.put(copy)
    }

    /// Puts away the spare and the tree `retired`, which is too far from the output to be of use to the next.
    pub(super) fn dismiss(&self, retired: &Path) -> io::Result<()> {
        let _ = self.trash.take(&self.place());
        self.trash.take(retired)
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
