//! The output folder: the new tree is staged beside the old one, and the two are exchanged in one step.
//!
//! A build is all or nothing: killed at any moment it leaves the old output or the new one, and the next run sweeps up.
//! Nothing here knows what the files are, except that they are Newsprint's own or somebody else's.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::disk::carry;
use crate::disk::lock::Lock;
use crate::disk::manifest::{self, Entry, Kind, Manifest, Marker};
use crate::disk::refusal;
use crate::disk::stage::{Stage, folder_builder, put_marker};
use crate::disk::system;
use crate::fingerprint::Fingerprint;

/// How the name of a stage inside the output begins, when there can be none beside it.
pub(super) const INNER_STAGE: &str = ".newsprint-stage-";

/// The name, at the top of a stage or an output, of a file that is still growing.
pub(super) const HALF: &str = ".newsprint-half";

/// Where a stage lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Beside the output, to be exchanged with it.
    Beside,
    /// Inside the output, its files to be moved one by one.
    Inside,
}

/// What the output holds of ours.
#[derive(Debug)]
pub(super) struct Holdings {
    pub(super) manifest: Option<Manifest>,
    /// When the manifest was written, and when it was last confirmed: what is older than both is as we wrote it. Clocks
    /// tick coarsely, so that the same time proves nothing.
    stamps: Option<(i128, i128)>,
}

impl Holdings {
    fn look(real: &Path, manifest: Option<Manifest>) -> Self {
        let found = fs::symlink_metadata(real.join(manifest::FILE_NAME)).ok();
        Self {
            manifest,
            stamps: found.map(|found| (system::modified_ns(&found), system::changed_ns(&found))),
        }
    }

    /// Whether the file in the output at `real` still has the content of its `entry`. Its times tell; when they do not,
    /// as after a change of the clock or of permissions, its bytes do.
    pub(super) fn is_intact(&self, entry: &Entry, real: &Path) -> bool {
        let place = super::path::below(real, &entry.path);
        let Ok(found) = fs::symlink_metadata(&place) else { return false };
        if !found.is_file() || found.len() != entry.size {
            return false;
        }
        let untouched = self.stamps.is_some_and(|(written, confirmed)| {
            system::modified_ns(&found) < written && system::changed_ns(&found) < confirmed
        });
        untouched || fs::read(&place).is_ok_and(|bytes| Fingerprint::of(&bytes).short(32) == entry.xxh3)
    }
}

/// The output of a newspaper, locked for this run.
#[derive(Debug)]
pub struct Outlet {
    /// The folder as the user named it, for messages.
    pub(super) shown: PathBuf,
    /// The folder itself, behind all links.
    pub(super) real: PathBuf,
    holdings: Mutex<Arc<Holdings>>,
    stages: AtomicU32,
    _lock: Lock,
}

impl Outlet {
    /// Opens the folder `output` (relative to the newspaper's `root`, or absolute) for publishing, after waiting up to
    /// `wait` for another run to end, and sweeps up what a killed run left. The output itself is not changed.
    ///
    /// # Errors
    ///
    /// A [`Refusal`](refusal::Refusal) when the folder is not Newsprint's to write to, and nothing was changed; a
    /// [`Busy`](crate::disk::lock::Busy) when another run goes on; or a folder that cannot be read.
    pub fn open(output: &Path, root: &Path, wait: Duration) -> Result<Self> {
        let real = refusal::settle(output, root)?;
        refusal::inspect(&real, output)?;
        let lock = Lock::acquire(root, &sibling(&real, "newsprint-lock"), wait)?;
        recover(&real)?;
        // Another run may have published while we waited.
        let manifest = refusal::inspect(&real, output)?;
        sweep(&real, manifest.as_ref());
        let holdings = Holdings::look(&real, manifest);
        Ok(Self {
            shown: output.to_owned(),
            real,
            holdings: Mutex::new(Arc::new(holdings)),
            stages: AtomicU32::new(0),
            _lock: lock,
        })
    }

    /// The real folder, behind all links.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.real
    }

    /// Begins a new tree of this kind. The output stays as it is until [`Stage::commit`].
    ///
    /// # Errors
    ///
    /// When no folder can be made beside the output, nor in it.
    pub fn stage(&self, kind: Kind) -> Result<Stage<'_>> {
        let number = self.stages.fetch_add(1, Ordering::Relaxed);
        let name = format!("newsprint-stage-{}-{number}", std::process::id());
        let inside = || self.real.join(format!(".{name}"));
        let before = Arc::clone(&self.holdings.lock().unwrap_or_else(PoisonError::into_inner));
        let exists = self.real.is_dir();
        let (folder, place) = if exists && system::is_mount_point(&self.real) {
            (self.make(inside())?, Place::Inside)
        } else {
            match self.make(sibling(&self.real, &name)) {
                Ok(folder) => (folder, Place::Beside),
                Err(error) if exists && is_denied(&error) => (self.make(inside())?, Place::Inside),
                Err(error) => return Err(error),
            }
        };
        // Made before the marker is written, so that a failure from here on removes the folder.
        let stage = Stage::new(self, before, folder.clone(), place, kind);
        put_marker(&folder, &manifest::staging(), &self.shown)?;
        if exists && place == Place::Beside {
            system::dress_like(&folder, &self.real);
        }
        Ok(stage)
    }

    fn make(&self, folder: PathBuf) -> Result<PathBuf> {
        let parents =
            folder.parent().map_or(Ok(()), |parent| folder_builder().recursive(true).create(parent));
        let made = parents.and_then(|()| folder_builder().create(&folder));
        made.map_err(|error| system::cannot_write(error, &self.shown.display().to_string(), 0, &self.real))?;
        Ok(folder)
    }

    /// Makes the tree `staged` the output. Returns where the old tree is now, when there was one.
    pub(super) fn exchange(&self, staged: &Path) -> io::Result<Option<PathBuf>> {
        if !self.real.exists() {
            return fs::rename(staged, &self.real).map(|()| None);
        }
        match system::exchange(staged, &self.real) {
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                exchange_in_two_steps(staged, &self.real).map(Some)
            }
            other => other.map(|()| Some(staged.to_owned())),
        }
    }

    /// Makes the exchange survive a power cut.
    pub(super) fn sync(&self) -> Result<()> {
        self.real.parent().map_or(Ok(()), system::sync_folder)
    }

    /// Sets the manifest's time of change to now: taking away the second names of kept files has changed theirs.
    pub(super) fn confirm(&self) {
        let place = self.real.join(manifest::FILE_NAME);
        if let Ok(found) = fs::symlink_metadata(&place) {
            let _ = fs::set_permissions(&place, found.permissions());
        }
    }

    /// Remembers what was published, for the next stage.
    pub(super) fn now_holds(&self, manifest: Manifest) {
        let holdings = Arc::new(Holdings::look(&self.real, Some(manifest)));
        *self.holdings.lock().unwrap_or_else(PoisonError::into_inner) = holdings;
    }
}

/// The exchange for file systems that know none: the old tree goes aside, the new one takes its place. A run killed
/// between the two leaves no output but the tree that went aside; [`recover`] brings it back.
fn exchange_in_two_steps(staged: &Path, real: &Path) -> io::Result<PathBuf> {
    let aside = sibling(real, "newsprint-old");
    fs::rename(real, &aside)?;
    if let Err(error) = fs::rename(staged, real) {
        fs::rename(&aside, real)?;
        return Err(error);
    }
    Ok(aside)
}

/// Brings back the output that a run killed between two renames had put aside.
fn recover(real: &Path) -> Result<()> {
    let aside = sibling(real, "newsprint-old");
    if real.exists() || !matches!(manifest::read(&aside), Ok(Marker::Published(_) | Marker::Staging)) {
        return Ok(());
    }
    fs::rename(&aside, real).with_context(|| format!("cannot bring back `{}`", real.display()))
}

/// Deletes what killed runs left beside and inside the output: folders with our name that bear our mark, or are empty.
/// What cannot be deleted stays; it is in nobody's way.
fn sweep(real: &Path, manifest: Option<&Manifest>) {
    let mut left = vec![sibling(real, "newsprint-old")];
    if let (Some(parent), Some(name)) = (real.parent(), sibling(real, "newsprint-stage-").file_name()) {
        left.extend(named(parent, &name.to_string_lossy()));
    }
    left.extend(named(real, INNER_STAGE));
    for folder in left {
        match (manifest::read(&folder), manifest) {
            (Ok(Marker::Staging), _) => {
                let _ = fs::remove_dir_all(&folder);
            }
            (Ok(Marker::Published(ours)), Some(now)) => carry::retire(&folder, &ours, real, now),
            (Ok(Marker::Absent), _) => {
                let _ = fs::remove_file(folder.join(HALF));
                let _ = fs::remove_dir(&folder);
            }
            _ => {}
        }
    }
}

/// The folders in `parent` whose names begin with `start` and end in digits and dashes.
fn named(parent: &Path, start: &str) -> Vec<PathBuf> {
    let is_ours = |name: &str| {
        name.strip_prefix(start)
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'))
    };
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|found| found.is_dir()));
    folders
        .filter(|entry| entry.file_name().to_str().is_some_and(is_ours))
        .map(|entry| entry.path())
        .collect()
}

/// `.public.SUFFIX` beside `public`.
fn sibling(real: &Path, suffix: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(real.file_name().unwrap_or_default());
    name.push(".");
    name.push(suffix);
    real.with_file_name(name)
}

fn is_denied(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| {
        matches!(
            error.kind(),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem | ErrorKind::CrossesDevices
        )
    })
}

#[cfg(test)]
mod tests;
