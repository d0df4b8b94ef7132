//! The spare: the output before the last, kept out of sight so that the next one need not be built from nothing.
//!
//! A news site changes a little and often. Two trees that take turns, each brought up to date by what it lacks, make a
//! publication as cheap as its changes, and no tree of a hundred thousand files is ever made or deleted on the way. The
//! two share their unchanged files (one file, two names). Deleting the spare is always safe; it costs one slow build.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::disk::manifest::{self, Manifest, Marker};
use crate::disk::outlet::HALF;
use crate::disk::system;
use crate::fingerprint::Fingerprint;

/// The name, in a stage made from the spare, of the manifest that tells what the spare held.
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

    /// When the manifest in the file `place` was written, and when it was last confirmed.
    pub(super) fn stamps_of(place: &Path) -> Option<(i128, i128)> {
        let found = fs::symlink_metadata(place).ok()?;
        Some((system::modified_ns(&found), system::changed_ns(&found)))
    }

    /// Whether the tree in `folder` still has the file `path` with this content. Its times tell; when they do not, as
    /// after a change of the clock or of permissions, its bytes do.
    pub(super) fn has(&self, path: &str, content: Fingerprint, folder: &Path) -> bool {
        let Some(entry) = self.manifest.find(path).filter(|entry| entry.xxh3 == content.short(32)) else {
            return false;
        };
        self.is_intact(entry, folder)
    }

    /// As [`Holdings::has`], for content that is known by its entry in some manifest.
    pub(super) fn has_entry(&self, wanted: &manifest::Entry, folder: &Path) -> bool {
        self.manifest.find(&wanted.path).is_some_and(|entry| entry == wanted && self.is_intact(entry, folder))
    }

    fn is_intact(&self, entry: &manifest::Entry, folder: &Path) -> bool {
        let place = super::path::below(folder, &entry.path);
        let Ok(found) = fs::symlink_metadata(&place) else { return false };
        if !found.is_file() || found.len() != entry.size {
            return false;
        }
        let (written, confirmed) = self.stamps;
        let untouched = system::modified_ns(&found) < written && system::changed_ns(&found) < confirmed;
        untouched || fs::read(&place).is_ok_and(|bytes| Fingerprint::of(&bytes).short(32) == entry.xxh3)
    }
}

/// Where a newspaper keeps its spare.
#[derive(Debug)]
pub(super) struct Spare {
    place: PathBuf,
}

impl Spare {
    pub(super) fn new(root: &Path) -> Self {
        Self { place: root.join(".newsprint").join("spare") }
    }

    /// Moves the spare to `stage` and marks it as unfinished. `None` when there is none, or it cannot get there: then a
    /// stage is made from nothing.
    pub(super) fn adopt(&self, stage: &Path) -> Option<Holdings> {
        let Ok(Marker::Published(manifest)) = manifest::read(&self.place) else {
            // Damaged, or of another version: of no use to anybody.
            let _ = fs::remove_dir_all(&self.place);
            return None;
        };
        let (mark, base) = (self.place.join(manifest::FILE_NAME), self.place.join(BASE));
        let holdings = Holdings::new(manifest, &mark)?;
        fs::rename(&mark, &base).ok()?;
        if manifest::put_mark(&self.place, &manifest::staging(), stage).is_ok()
            && fs::rename(&self.place, stage).is_ok()
        {
            return Some(holdings);
        }
        let _ = fs::rename(&base, &mark);
        None
    }

    /// Makes a stage that was made from the spare, and came to nothing, the spare again. Its manifest is no longer true
    /// of every file: with a time before all others, no file is trusted without being read.
    pub(super) fn give_back(&self, stage: &Path) -> io::Result<()> {
        let base = stage.join(BASE);
        File::options().write(true).open(&base)?.set_modified(SystemTime::UNIX_EPOCH)?;
        fs::rename(base, stage.join(manifest::FILE_NAME))?;
        self.put(stage)
    }

    /// Makes the finished tree `retired` the spare.
    pub(super) fn park(&self, retired: &Path) -> io::Result<()> {
        for half in [HALF, BASE] {
            let _ = fs::remove_file(retired.join(half));
        }
        self.put(retired)
    }

    /// Confirms the spare, right after it was parked by the run that has looked at its files.
    pub(super) fn confirm(&self) {
        confirm(&self.place);
    }

    fn put(&self, tree: &Path) -> io::Result<()> {
        if self.place.exists() {
            fs::remove_dir_all(&self.place)?;
        }
        if let Some(memory) = self.place.parent() {
            fs::create_dir_all(memory)?;
        }
        fs::rename(tree, &self.place)
    }
}

/// Sets the time of change of a tree's manifest to now: giving kept files second names has changed theirs.
pub(super) fn confirm(tree: &Path) {
    let place = tree.join(manifest::FILE_NAME);
    if let Ok(found) = fs::symlink_metadata(&place) {
        let _ = fs::set_permissions(&place, found.permissions());
    }
}
