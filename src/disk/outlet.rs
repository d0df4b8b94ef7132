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
use crate::disk::manifest::{self, Kind, Manifest, Marker};
use crate::disk::refusal;
use crate::disk::spare::{Holdings, Spare};
use crate::disk::stage::Stage;
use crate::disk::system;

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

/// Where a new tree grows.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) folder: PathBuf,
    pub(super) place: Place,
    /// What was in it to begin with.
    pub(super) base: Option<Holdings>,
}

/// The output of a newspaper, locked for this run.
#[derive(Debug)]
pub struct Outlet {
    /// The folder as the user named it, for messages.
    pub(super) shown: PathBuf,
    /// The folder itself, behind all links.
    pub(super) real: PathBuf,
    pub(super) spare: Spare,
    holdings: Mutex<Option<Arc<Holdings>>>,
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
        let stamps = || Holdings::stamps_of(&real.join(manifest::FILE_NAME));
        let before = stamps();
        let mut manifest = refusal::inspect(&real, output)?;
        let lock = Lock::acquire(root, &sibling(&real, "newsprint-lock"), wait)?;
        recover(&real)?;
        if stamps() != before || manifest.is_none() {
            // Another run has published while we waited, or we have brought something back.
            manifest = refusal::inspect(&real, output)?;
        }
        let spare = Spare::new(root);
        sweep(&real, manifest.as_ref(), &spare);
        let holdings = manifest.and_then(|manifest| Holdings::new(manifest, &real.join(manifest::FILE_NAME)));
        Ok(Self {
            shown: output.to_owned(),
            real,
            spare,
            holdings: Mutex::new(holdings.map(Arc::new)),
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
    #[must_use]
    pub fn stage(&self, kind: Kind) -> Stage<'_> {
        Stage::new(self, self.holdings.lock().unwrap_or_else(PoisonError::into_inner).clone(), kind)
    }

    /// Makes room for a new tree: beside the output, or in it when that cannot be.
    pub(super) fn prepare(&self) -> Result<Ground> {
        let number = self.stages.fetch_add(1, Ordering::Relaxed);
        let name = format!("newsprint-stage-{}-{number}", std::process::id());
        let inside = || self.make(self.real.join(format!(".{name}")), Place::Inside);
        let exists = self.real.is_dir();
        if exists && system::is_mount_point(&self.real) {
            return inside();
        }
        let beside = sibling(&self.real, &name);
        let adopted = if exists { self.spare.adopt(&beside) } else { None };
        let ground = match adopted {
            Some(base) => Ground { folder: beside, place: Place::Beside, base: Some(base) },
            None => match self.make(beside, Place::Beside) {
                Err(error) if exists && is_denied(&error) => return inside(),
                other => other?,
            },
        };
        if exists {
            system::dress_like(&ground.folder, &self.real);
        }
        Ok(ground)
    }

    fn make(&self, folder: PathBuf, place: Place) -> Result<Ground> {
        let parents =
            folder.parent().map_or(Ok(()), |parent| system::folder_builder().recursive(true).create(parent));
        let made = parents.and_then(|()| system::folder_builder().create(&folder));
        made.map_err(|error| system::cannot_write(error, &self.shown.display().to_string(), 0, &self.real))?;
        if let Err(error) = manifest::put_mark(&folder, &manifest::staging(), &self.shown) {
            let _ = fs::remove_dir_all(&folder);
            return Err(error);
        }
        Ok(Ground { folder, place, base: None })
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

    /// Remembers what was published, for the next stage.
    pub(super) fn now_holds(&self, manifest: Manifest) {
        let holdings = Holdings::new(manifest, &self.real.join(manifest::FILE_NAME)).map(Arc::new);
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
fn sweep(real: &Path, manifest: Option<&Manifest>, spare: &Spare) {
    let mut left = vec![sibling(real, "newsprint-old")];
    if let (Some(parent), Some(name)) = (real.parent(), sibling(real, "newsprint-stage-").file_name()) {
        left.extend(named(parent, &name.to_string_lossy()));
    }
    left.extend(named(real, INNER_STAGE));
    for folder in left {
        match (manifest::read(&folder), manifest) {
            (Ok(Marker::Staging), _) if spare.give_back(&folder).is_ok() => {}
            (Ok(Marker::Staging), _) => {
                let _ = fs::remove_dir_all(&folder);
            }
            (Ok(Marker::Published(ours)), Some(now)) => {
                carry::rescue_late(&folder, &ours, real, now);
                if spare.park(&folder).is_err() {
                    carry::retire(&folder, &ours, real, now);
                }
            }
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
