//! A stage: the new output while it is being written, where no reader sees it.
//!
//! Many threads write into one stage. It must not know what its files are, nor which of them changed.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};
use rayon::prelude::*;

use crate::disk::carry::Stranger;
use crate::disk::changes::Changes;
use crate::disk::imprint::Imprint;
use crate::disk::manifest::{self, Entry, Kind, Manifest};
use crate::disk::outlet::{Ground, Outlet, Place};
use crate::disk::path;
use crate::disk::pour::pour;
use crate::disk::spare::{self, Holdings};
use crate::disk::trash::Sweeper;
use crate::disk::{carry, in_place, system};
use crate::fingerprint::{Fingerprint, FingerprintSet};

/// How far a file system's clock may be behind the system's, in nanoseconds: its ticks are some milliseconds long.
const CLOCK_TICK_NS: i128 = 1_000_000_000;

/// What a commit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Files of ours in the output now.
    pub files: usize,
    /// Of those, written or copied in this run.
    pub written: usize,
    /// Of those, taken over from the output before.
    pub kept: usize,
    /// Files of the output before that are gone.
    pub removed: usize,
    /// Files and folders of somebody else's that stayed; of an amendment, those that were new to it.
    pub strangers: usize,
    /// Whether the output was the same already, and not one byte of it was touched.
    pub unchanged: bool,
    /// Which output it is now.
    pub imprint: Imprint,
}

/// One part in how many of the output may change for the old one to be brought up to date: more, and a copy is cheaper.
const NEAR: usize = 4;

/// So many changed files are never too many.
const ALWAYS_NEAR: usize = 64;

/// How many files and folders a run deletes of what earlier runs have put out of the way: some 10 ms of work.
pub(super) const TRASH_PER_RUN: usize = 500;

/// The new output before readers see it. Dropping it leaves the old output as it was, and nothing else.
#[derive(Debug)]
pub struct Stage<'outlet> {
    outlet: &'outlet Outlet,
    before: Option<Arc<Holdings>>,
    kind: Kind,
    /// Made when the first file needs it: an edition like the one before touches nothing.
    ground: OnceLock<Ground>,
    preparing: Mutex<()>,
    /// The paths that were written, by digest: there may be a million, and they stand in `written` too.
    claimed: Mutex<FingerprintSet>,
    written: Mutex<Vec<Entry>>,
    kept: Mutex<Vec<Entry>>,
    /// The folders that were made, by the digests of their paths.
    made: RwLock<FingerprintSet>,
    is_exchanged: bool,
    /// Deletes, for as long as the stage grows, what many earlier ones have put out of the way.
    sweeper: Option<Sweeper>,
}

impl<'outlet> Stage<'outlet> {
    pub(super) fn new(outlet: &'outlet Outlet, before: Option<Arc<Holdings>>, kind: Kind) -> Self {
        Self {
            outlet,
            before,
            kind,
            ground: OnceLock::new(),
            preparing: Mutex::default(),
            claimed: Mutex::default(),
            written: Mutex::default(),
            kept: Mutex::default(),
            made: RwLock::default(),
            is_exchanged: false,
            sweeper: outlet.spare.trash.sweeper(),
        }
    }

    /// Writes one file, unless the output has it already with the same bytes; `path` is relative to the output with `/`
    /// between its parts. Any thread may call this.
    ///
    /// # Errors
    ///
    /// When the path leaves the output or was written already, or the disk does not take the file; the message names
    /// the file, and the free space when there is none.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let content = Fingerprint::of(bytes);
        if self.keep(path, content) {
            return Ok(());
        }
        self.claim(path)?;
        let size = bytes.len() as u64;
        let mut file = self.create(path, size)?;
        file.write_all(bytes).map_err(|error| self.cannot_write(error, path, size))?;
        self.note(path, size, content);
        Ok(())
    }

    /// Copies one file from elsewhere, without its times and permissions, unless the output has it already with the same
    /// bytes. Any thread may call this.
    ///
    /// # Errors
    ///
    /// As [`Stage::write`]; or when `from` cannot be read or is not a regular file.
    pub fn copy(&self, path: &str, from: &Path) -> Result<()> {
        let cannot_read = || format!("cannot read `{}`", from.display());
        let (mut source, found) = system::open_regular(from).with_context(cannot_read)?;
        if let Some(entry) = self.entry_before(path).filter(|entry| entry.size == found.len()) {
            let (_, digest) = pour(&mut source, |_| Ok(()), cannot_read)?;
            if digest == entry.xxh3 && self.keep_entry(&entry) {
                return Ok(());
            }
            source.rewind().with_context(cannot_read)?;
        }
        self.claim(path)?;
        let mut file = self.create(path, found.len())?;
        let write =
            |bytes: &[u8]| file.write_all(bytes).map_err(|error| self.cannot_write(error, path, found.len()));
        let (size, digest) = pour(&mut source, write, cannot_read)?;
        self.note(path, size, digest);
        Ok(())
    }

    /// Takes a file over from the output as it is now, when it is there with exactly this content: nothing is written.
    /// `false` means that the caller has to write it. Any thread may call this.
    #[must_use]
    pub fn keep(&self, path: &str, content: Fingerprint) -> bool {
        let entry = self.entry_before(path).filter(|entry| entry.xxh3 == content);
        entry.is_some_and(|entry| self.keep_entry(&entry))
    }

    /// Makes the stage the output, in one step for the reader. The old output becomes the spare.
    ///
    /// # Errors
    ///
    /// A [`Refusal`](crate::disk::refusal::Refusal) when a file that is not ours has the place of one of the new files;
    /// or a failure of the disk. The old output is then as it was.
    pub fn commit(mut self) -> Result<Published> {
        let (written, kept) = (take(&self.written), take(&self.kept));
        let new = Manifest::new(self.kind, written.iter().chain(&kept).cloned().collect());
        if let Some(pair) = new.files().windows(2).find(|pair| pair[0].path == pair[1].path) {
            bail!("cannot write `{}`: it is written twice", self.shown(&pair[0].path));
        }
        let before = self.before.clone();
        let old = before.as_ref().map(|before| &before.manifest);
        let mut published = Published {
            files: new.files().len(),
            written: written.len(),
            kept: kept.len(),
            removed: 0,
            strangers: 0,
            unchanged: false,
            imprint: new.head().imprint,
        };
        if written.is_empty() && old == Some(&new) && self.outlet.head() == Some(new.head()) {
            return Ok(Published { unchanged: true, ..published });
        }
        let empty = Manifest::new(self.kind, Vec::new());
        let old = old.unwrap_or(&empty);
        published.removed = old.files().iter().filter(|entry| new.find(&entry.path).is_none()).count();
        published.strangers = match self.ground()?.place {
            Place::Beside => self.exchange(old, &new, &written, &kept)?,
            Place::Inside => self.replace(old, &new, &written)?,
        };
        drop(self.sweeper.take());
        self.outlet.empty_trash(TRASH_PER_RUN);
        self.outlet.now_holds(new.head(), Some(new));
        Ok(published)
    }

    /// Takes over everything the output lists but what is `changed`, without a look at it.
    pub(super) fn keep_all_but(&self, changed: impl Fn(&str) -> bool) {
        let listed = self.before.iter().flat_map(|before| before.manifest.files());
        lock(&self.kept).extend(listed.filter(|entry| !changed(&entry.path)).cloned());
    }

    /// Moves a finished file of the outlet's own into the stage.
    pub(super) fn take(&self, from: &Path, entry: &Entry) -> Result<()> {
        self.claim(&entry.path)?;
        drop(self.create(&entry.path, entry.size)?);
        let to = path::below(&self.ground()?.folder, &entry.path);
        let moved = fs::rename(from, &to).or_else(|_| fs::copy(from, &to).map(|_| ()));
        moved.map_err(|error| self.cannot_write(error, &entry.path, entry.size))?;
        self.note(&entry.path, entry.size, entry.xxh3);
        Ok(())
    }

    /// Completes the tree beside the output and exchanges the two; counts the strangers.
    fn exchange(
        &mut self,
        old: &Manifest,
        new: &Manifest,
        written: &[Entry],
        kept: &[Entry],
    ) -> Result<usize> {
        let outlet = self.outlet;
        let (output, folder) = (&outlet.real, self.ground()?.folder.clone());
        let mut strangers = Vec::new();
        let begun_ns = system::since_1970_ns(SystemTime::now()) - CLOCK_TICK_NS;
        if output.exists() || !kept.is_empty() {
            let (completed, found) = rayon::join(|| self.complete(kept), || carry::strangers(output, old));
            completed?;
            strangers = carry::without_collisions(found?, output, &folder, &outlet.shown)?;
            carry::carry(&strangers, output, &folder)?;
        }
        manifest::put(&folder, new, &outlet.shown)?;
        let is_near = self.announce(old, new, written);
        match outlet.exchange(&folder) {
            Ok(retired) => {
                self.is_exchanged = true;
                outlet.sync()?;
                // Without the list, the next amendment looks at everything again.
                let _ = outlet.watch.write(&new.folders(), strangers.iter().filter_map(Stranger::folder));
                if let Some(retired) = retired {
                    if carry::has_changed_since(&retired, old, &strangers, begun_ns) {
                        carry::rescue_late(&retired, old, output, new);
                    }
                    let spare = &outlet.spare;
                    carry::rescue_unseen(&spare.place(), output, new);
                    // What can be neither kept nor deleted waits for the next run's sweep.
                    let put = if is_near { spare.park(&retired) } else { spare.dismiss(&retired) };
                    if put.is_err() {
                        let _ = spare.trash.take(&retired);
                    }
                }
                Ok(strangers.len())
            }
            Err(error) if matches!(error.kind(), ErrorKind::ResourceBusy | ErrorKind::CrossesDevices) => {
                self.replace(old, new, written)
            }
            Err(error) => Err(error).with_context(|| format!("cannot replace `{}`", outlet.shown.display())),
        }
    }

    /// Notes in what the new output will differ from the old one, when that is little enough for the old one to become
    /// the spare; whether it is.
    fn announce(&self, old: &Manifest, new: &Manifest, written: &[Entry]) -> bool {
        let gone = || old.files().iter().filter(|entry| new.find(&entry.path).is_none());
        if written.len() + gone().count() > (new.files().len() / NEAR).max(ALWAYS_NEAR) {
            return false;
        }
        let paths = written.iter().chain(gone()).map(|entry| entry.path.to_string()).collect();
        let changes = Changes { from: old.head().imprint, to: new.head().imprint, paths };
        self.outlet.spare.announce(&changes).is_ok()
    }

    /// Replaces the files of the output one by one; counts the strangers.
    fn replace(&self, old: &Manifest, new: &Manifest, written: &[Entry]) -> Result<usize> {
        let (outlet, folder) = (self.outlet, &self.ground()?.folder);
        let strangers = carry::strangers(&outlet.real, old)?;
        let strangers = carry::without_collisions(strangers, &outlet.real, folder, &outlet.shown)?;
        in_place::apply(folder, &outlet.real, old, new, written).inspect_err(|_| outlet.is_mixed())?;
        Ok(strangers.len())
    }

    /// Adds the kept files, as second names of the output's.
    fn complete(&self, kept: &[Entry]) -> Result<()> {
        let folder = &self.ground()?.folder;
        kept.par_iter().try_for_each(|entry| {
            self.make_folder_of(&entry.path)?;
            let from = path::below(&self.outlet.real, &entry.path);
            let to = path::below(folder, &entry.path);
            carry::link_into(&from, &to).map_err(|error| self.cannot_write(error, &entry.path, entry.size))
        })
    }

    /// Makes a copy of the output, by second names of the same files, and lets it be the spare.
    pub(super) fn copy_to_spare(mut self) -> Result<()> {
        let Some(before) = self.before.clone() else { return Ok(()) };
        let (outlet, now) = (self.outlet, &before.manifest);
        if self.ground()?.place == Place::Inside {
            return Ok(());
        }
        let folder = self.ground()?.folder.clone();
        let (completed, strangers) =
            rayon::join(|| self.complete(now.files()), || carry::strangers(&outlet.real, now));
        completed?;
        carry::carry(&strangers?, &outlet.real, &folder)?;
        manifest::put(&folder, now, &outlet.shown)?;
        let cannot = || format!("cannot keep a copy of `{}`", outlet.shown.display());
        outlet.spare.install(&folder).with_context(cannot)?;
        self.is_exchanged = true;
        spare::confirm(&outlet.real);
        Ok(())
    }

    fn entry_before(&self, path: &str) -> Option<Entry> {
        self.before.as_ref()?.manifest.find(path).cloned()
    }

    fn keep_entry(&self, entry: &Entry) -> bool {
        let is_kept = self.before.as_ref().is_some_and(|before| before.is_intact(entry, &self.outlet.real));
        if is_kept {
            lock(&self.kept).push(entry.clone());
        }
        is_kept
    }

    fn ground(&self) -> Result<&Ground> {
        if let Some(ground) = self.ground.get() {
            return Ok(ground);
        }
        let _one_at_a_time = lock(&self.preparing);
        if let Some(ground) = self.ground.get() {
            return Ok(ground);
        }
        let ground = self.outlet.prepare()?;
        Ok(self.ground.get_or_init(|| ground))
    }

    /// Checks a path, and that nobody has written it yet.
    fn claim(&self, path: &str) -> Result<()> {
        path::validate_ours(path)?;
        ensure!(
            lock(&self.claimed).insert(Fingerprint::of(path.as_bytes())),
            "cannot write `{}`: it is written twice",
            self.shown(path)
        );
        Ok(())
    }

    fn create(&self, path: &str, size: u64) -> Result<File> {
        self.make_folder_of(path)?;
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
        let place = path::below(&self.ground()?.folder, path);
        options.open(place).map_err(|error| self.cannot_write(error, path, size))
    }

    fn make_folder_of(&self, path: &str) -> Result<()> {
        let Some((folder, _)) = path.rsplit_once('/') else { return Ok(()) };
        let digest = Fingerprint::of(folder.as_bytes());
        if self.made.read().unwrap_or_else(PoisonError::into_inner).contains(&digest) {
            return Ok(());
        }
        let made =
            system::folder_builder().recursive(true).create(path::below(&self.ground()?.folder, folder));
        made.map_err(|error| self.cannot_write(error, path, 0))?;
        self.made.write().unwrap_or_else(PoisonError::into_inner).insert(digest);
        Ok(())
    }

    fn note(&self, path: &str, size: u64, xxh3: Fingerprint) {
        let entry = Entry { path: path.into(), size, xxh3 };
        lock(&self.written).push(entry);
    }

    fn cannot_write(&self, error: io::Error, path: &str, needed: u64) -> anyhow::Error {
        let folder = self.ground.get().map_or(&self.outlet.real, |ground| &ground.folder);
        system::cannot_write(error, &self.shown(path), needed, folder)
    }

    fn shown(&self, path: &str) -> String {
        self.outlet.shown.join(path).display().to_string()
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        let Some(ground) = self.ground.get().filter(|_| !self.is_exchanged) else { return };
        // After an exchange the retired tree has this name; what is left of it waits for the next run's sweep.
        let _ = self.outlet.spare.trash.take(&ground.folder);
        self.outlet.empty_trash(TRASH_PER_RUN);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take(entries: &Mutex<Vec<Entry>>) -> Vec<Entry> {
    let mut entries = std::mem::take(&mut *lock(entries));
    entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    entries
}
