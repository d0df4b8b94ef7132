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

use crate::disk::amendment::Amendment;
use crate::disk::carry;
use crate::disk::imprint::Imprint;
use crate::disk::lock::Lock;
use crate::disk::manifest::{self, Head, Kind, Manifest, Marker};
use crate::disk::refusal::{self, Found};
use crate::disk::spare::{self, Holdings, Spare};
use crate::disk::stage::Stage;
use crate::disk::system;
use crate::disk::watch::Watch;

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
}

/// The output of a newspaper, locked for this run.
#[derive(Debug)]
pub struct Outlet {
    /// The folder as the user named it, for messages.
    pub(super) shown: PathBuf,
    /// The folder itself, behind all links.
    pub(super) real: PathBuf,
    pub(super) spare: Spare,
    pub(super) watch: Watch,
    state: Mutex<State>,
    stages: AtomicU32,
    _lock: Lock,
}

/// What is known of the output.
#[derive(Debug)]
struct State {
    found: Found,
    /// Read when a whole tree is staged.
    holdings: Option<Arc<Holdings>>,
}

impl Outlet {
    /// Opens the folder `output` (relative to the newspaper's `root`, or absolute) for publishing, after waiting up to
    /// `wait` for another run to end, and sweeps up what a killed run left. The output itself is not changed. The cost
    /// does not depend on how much is in it.
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
        // Another run may have published while we waited, or we have brought something back.
        let found = refusal::inspect(&real, output)?;
        let memory = memory(root, &real);
        let spare = Spare::new(memory.clone());
        sweep(&real, found, &spare);
        Ok(Self {
            shown: output.to_owned(),
            watch: Watch::new(memory.join("folders"), &real),
            real,
            spare,
            state: Mutex::new(State { found, holdings: None }),
            stages: AtomicU32::new(0),
            _lock: lock,
        })
    }

    /// The real folder, behind all links.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.real
    }

    /// The bytes of a file of the output; `None` when there is none, or it cannot be read.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(super::path::below(&self.real, path)).ok()
    }

    /// What the output is now: the same imprint as a publication returned means the same files, as far as Newsprint
    /// wrote them. `None` when there is no finished output. An output that was deleted, exchanged for another or brought
    /// back from a backup is noticed; a single file that was changed by hand is not. The cost is that of one small file.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        match manifest::read(&self.real) {
            Ok(Marker::Published(head)) => Some(head),
            _ => None,
        }
    }

    /// Begins a new tree of this kind, which will hold what is written to it and nothing else. The output stays as it is
    /// until [`Stage::commit`].
    ///
    /// # Errors
    ///
    /// When it cannot be read what the output holds now; or a [`Refusal`](refusal::Refusal) when somebody has put a folder
    /// of their own in its place.
    pub fn stage(&self, kind: Kind) -> Result<Stage<'_>> {
        let found = refusal::inspect(&self.real, &self.shown)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.found != found {
            *state = State { found, holdings: None };
        }
        drop(state);
        Ok(Stage::new(self, self.holdings()?, kind))
    }

    /// Begins an edition of this kind that is the output as it is now but for what will be written and removed; its cost
    /// is that of the change. `None` when the output is not the one with the imprint `base`: then only
    /// [`Outlet::stage`] will do.
    #[must_use]
    pub fn amend(&self, base: Imprint, kind: Kind) -> Option<Amendment<'_>> {
        let head = self.head().filter(|head| head.imprint == base)?;
        Some(Amendment::new(self, head, kind))
    }

    /// Makes sure that the next [`Outlet::amend`] is cheap: the first one after a whole tree was staged has to make a
    /// second name for each file of the output, unless this was done before it, in an idle moment.
    ///
    /// # Errors
    ///
    /// When the disk does not take the copy. The output is as it was, and nothing is lost.
    pub fn prepare_spare(&self) -> Result<()> {
        match self.head() {
            Some(head) if !self.spare.serves(head.imprint) => self.stage(head.kind)?.copy_to_spare(),
            _ => Ok(()),
        }
    }

    /// Deletes some of what earlier runs have put out of the way, at most so many files and folders.
    pub fn empty_trash(&self, most: usize) {
        self.spare.trash.empty(most);
        // What was deleted may have been second names of files of the output, whose time of change this has set.
        spare::confirm(&self.real);
    }

    /// What the output holds, file by file.
    pub(super) fn holdings(&self) -> Result<Option<Arc<Holdings>>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.holdings.is_none() {
            let mark = self.real.join(manifest::FILE_NAME);
            let holdings = match state.found {
                Found::Nothing => None,
                Found::Output(_) => {
                    Manifest::read(&self.real)?.and_then(|manifest| Holdings::new(manifest, &mark))
                }
                Found::Mixed => Some(Holdings::doubtful(Manifest::read_mixed(&self.real)?)),
            };
            state.holdings = holdings.map(Arc::new);
        }
        Ok(state.holdings.clone())
    }

    /// Makes room for a new tree: beside the output, or in it when that cannot be.
    pub(super) fn prepare(&self) -> Result<Ground> {
        let beside = self.beside();
        let exists = self.real.is_dir();
        if exists && system::is_mount_point(&self.real) {
            return self.make_inside();
        }
        let ground = match make_folder(&beside) {
            Err(error) if exists && is_denied(&error) => return self.make_inside(),
            Err(error) => return Err(self.cannot_make(error)),
            Ok(()) => self.mark(beside, Place::Beside)?,
        };
        if exists {
            system::dress_like(&ground.folder, &self.real);
        }
        Ok(ground)
    }

    /// Makes a folder inside the output that no reader knows of.
    pub(super) fn make_inside(&self) -> Result<Ground> {
        let number = self.stages.fetch_add(1, Ordering::Relaxed);
        let name = format!("{INNER_STAGE}{}-{number}", std::process::id());
        self.make(self.real.join(name), Place::Inside)
    }

    /// Makes a folder for a new tree, and marks it as such.
    pub(super) fn make(&self, folder: PathBuf, place: Place) -> Result<Ground> {
        make_folder(&folder).map_err(|error| self.cannot_make(error))?;
        self.mark(folder, place)
    }

    fn mark(&self, folder: PathBuf, place: Place) -> Result<Ground> {
        if let Err(error) = manifest::put_mark(&folder, &manifest::staging(), &self.shown) {
            let _ = fs::remove_dir_all(&folder);
            return Err(error);
        }
        Ok(Ground { folder, place })
    }

    fn cannot_make(&self, error: io::Error) -> anyhow::Error {
        system::cannot_write(error, &self.shown.display().to_string(), 0, &self.real)
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
    pub(super) fn now_holds(&self, head: Head, manifest: Option<Manifest>) {
        let mark = self.real.join(manifest::FILE_NAME);
        let holdings = manifest.and_then(|manifest| Holdings::new(manifest, &mark)).map(Arc::new);
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) =
            State { found: Found::Output(head), holdings };
    }

    /// Remembers that the output holds files of two editions.
    pub(super) fn is_mixed(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State { found: Found::Mixed, holdings: None };
    }

    /// A place beside the output for a new tree.
    pub(super) fn beside(&self) -> PathBuf {
        let number = self.stages.fetch_add(1, Ordering::Relaxed);
        sibling(&self.real, &format!("newsprint-stage-{}-{number}", std::process::id()))
    }
}

/// Tells the next build that somebody has made, or deleted, second names of the files of the output in `folder`: that sets
/// their times of change, and changes nothing in them.
pub fn has_second_names(folder: &Path) {
    spare::confirm(folder);
}

/// Where the spare and the notes about it are kept: in the newspaper's memory, or beside an output on another disk.
fn memory(root: &Path, real: &Path) -> PathBuf {
    let memory = root.join(".newsprint");
    let web = real.ancestors().skip(1).find(|folder| folder.exists());
    if web.is_none_or(|web| system::same_disk(web, &memory)) {
        memory
    } else {
        sibling(real, "newsprint-memory")
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

/// Puts away what killed runs left beside and inside the output: folders with our name that bear our mark, or are
/// empty. What cannot be put away stays; it is in nobody's way.
fn sweep(real: &Path, found: Found, spare: &Spare) {
    let head = if let Found::Output(head) = found { Some(head) } else { None };
    let mut left = vec![sibling(real, "newsprint-old")];
    if let (Some(parent), Some(name)) = (real.parent(), sibling(real, "newsprint-stage-").file_name()) {
        left.extend(named(parent, &name.to_string_lossy()));
    }
    left.extend(named(real, INNER_STAGE));
    for folder in left {
        match manifest::read(&folder) {
            Ok(Marker::Staging) if head.is_some_and(|head| spare.give_back(&folder, real, head).is_ok()) => {}
            Ok(Marker::Staging) => drop(spare.trash.take(&folder)),
            Ok(Marker::Published(_)) => take_back(&folder, real, spare),
            Ok(Marker::Absent) => {
                let _ = fs::remove_file(folder.join(HALF));
                let _ = fs::remove_dir(&folder);
            }
            _ => {}
        }
    }
}

/// Makes the tree that was the output until a run was killed the spare, after what only it holds has moved on.
fn take_back(folder: &Path, real: &Path, spare: &Spare) {
    if let (Ok(Some(ours)), Ok(Some(now))) = (Manifest::read(folder), Manifest::read(real)) {
        carry::rescue_late(folder, &ours, real, &now);
        if spare.park(folder).is_err() {
            let _ = spare.trash.take(folder);
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

fn make_folder(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        system::folder_builder().recursive(true).create(parent)?;
    }
    system::folder_builder().create(folder)
}

fn is_denied(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem | ErrorKind::CrossesDevices
    )
}

#[cfg(test)]
mod tests;
