//! A stage: the new output while it is being written, where no reader sees it.
//!
//! Many threads write into one stage. It must not know what its files are, nor which of them changed.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use anyhow::{Context, Result, bail, ensure};
use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use crate::disk::manifest::{self, Entry, Kind, Manifest};
use crate::disk::outlet::{HALF, Holdings, Outlet, Place};
use crate::disk::path;
use crate::disk::{carry, in_place, system};
use crate::fingerprint::Fingerprint;

/// How much of a file is copied at once, in bytes.
const COPY_BUFFER_BYTES: usize = 256 * 1024;

/// What a commit did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Files of ours in the output now.
    pub files: usize,
    /// Of those, written or copied in this run.
    pub written: usize,
    /// Of those, taken over from the output before.
    pub kept: usize,
    /// Files of the output before that are gone.
    pub removed: usize,
    /// Files and folders of somebody else's that stayed.
    pub strangers: usize,
    /// Whether the output was the same already, and not one byte of it was touched.
    pub unchanged: bool,
}

/// The new output before readers see it. Dropping it leaves the old output as it was, and nothing else.
#[derive(Debug)]
pub struct Stage<'outlet> {
    outlet: &'outlet Outlet,
    before: Arc<Holdings>,
    folder: PathBuf,
    place: Place,
    kind: Kind,
    written: Mutex<Vec<Entry>>,
    kept: Mutex<Vec<Entry>>,
    made: RwLock<HashSet<Box<str>>>,
    is_exchanged: bool,
}

impl<'outlet> Stage<'outlet> {
    pub(super) fn new(
        outlet: &'outlet Outlet,
        before: Arc<Holdings>,
        folder: PathBuf,
        place: Place,
        kind: Kind,
    ) -> Self {
        Self {
            outlet,
            before,
            folder,
            place,
            kind,
            written: Mutex::default(),
            kept: Mutex::default(),
            made: RwLock::default(),
            is_exchanged: false,
        }
    }

    /// Writes one file; `path` is relative to the output with `/` between its parts. Any thread may call this.
    ///
    /// # Errors
    ///
    /// When the path leaves the output or was written already, or the disk does not take the file; the message names
    /// the file, and the free space when there is none.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let size = bytes.len() as u64;
        let mut file = self.create(path, size)?;
        file.write_all(bytes).map_err(|error| self.cannot_write(error, path, size))?;
        self.note(path, size, Fingerprint::of(bytes).short(32));
        Ok(())
    }

    /// Copies one file from elsewhere, without its times and permissions. Any thread may call this.
    ///
    /// # Errors
    ///
    /// As [`Stage::write`]; or when `from` cannot be read or is not a regular file.
    pub fn copy(&self, path: &str, from: &Path) -> Result<()> {
        let cannot_read = || format!("cannot read `{}`", from.display());
        let (mut source, found) = system::open_regular(from).with_context(cannot_read)?;
        let mut file = self.create(path, found.len())?;
        let mut digest = Xxh3::new();
        let mut size = 0;
        let most = usize::try_from(found.len()).unwrap_or(usize::MAX).saturating_add(1);
        let mut buffer = vec![0; most.min(COPY_BUFFER_BYTES)];
        loop {
            let count = match source.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).with_context(cannot_read),
            };
            digest.update(&buffer[..count]);
            file.write_all(&buffer[..count]).map_err(|error| self.cannot_write(error, path, found.len()))?;
            size += count as u64;
        }
        self.note(path, size, format!("{:032x}", digest.digest128()));
        Ok(())
    }

    /// Takes a file over from the output as it is now, when it is there with exactly this content: nothing is written.
    /// `false` means that the caller has to write it. Any thread may call this.
    pub fn keep(&self, path: &str, content: Fingerprint) -> bool {
        let Some(entry) = self.before.manifest.as_ref().and_then(|manifest| manifest.find(path)) else {
            return false;
        };
        let is_kept = entry.xxh3 == content.short(32) && self.before.is_intact(entry, &self.outlet.real);
        if is_kept {
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(entry.clone());
        }
        is_kept
    }

    /// Makes the stage the output, in one step for the reader; then deletes the old output.
    ///
    /// # Errors
    ///
    /// A [`Refusal`](crate::disk::refusal::Refusal) when a file that is not ours has the place of one of the new files;
    /// or a failure of the disk. The old output is then as it was.
    pub fn commit(mut self) -> Result<Published> {
        let written = take(&self.written);
        let kept = take(&self.kept);
        let new = Manifest::new(self.kind, written.iter().chain(&kept).cloned().collect());
        if let Some(pair) = new.files().windows(2).find(|pair| pair[0].path == pair[1].path) {
            bail!("cannot write `{}`: it is written twice", self.shown(&pair[0].path));
        }
        let before = Arc::clone(&self.before);
        let old = before.manifest.as_ref();
        let mut published = Published {
            files: new.files().len(),
            written: written.len(),
            kept: kept.len(),
            ..Published::default()
        };
        if written.is_empty() && old == Some(&new) {
            return Ok(Published { unchanged: true, ..published });
        }
        let empty = Manifest::new(self.kind, Vec::new());
        let old = old.unwrap_or(&empty);
        published.removed = old.files().iter().filter(|entry| new.find(&entry.path).is_none()).count();
        match self.place {
            Place::Beside => published.strangers = self.exchange(old, &new, &written, &kept)?,
            Place::Inside => published.strangers = self.replace(old, &new, &written)?,
        }
        self.outlet.now_holds(new);
        Ok(published)
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
        let output = &outlet.real;
        let mut carried = 0;
        if output.exists() {
            let strangers = carry::strangers(output, old)?;
            let strangers = carry::without_collisions(strangers, output, &self.folder, &self.outlet.shown)?;
            kept.par_iter().try_for_each(|entry| self.link(entry))?;
            carry::carry(&strangers, output, &self.folder)?;
            carried = strangers.len();
        }
        put_manifest(&self.folder, new, &self.outlet.shown)?;
        match self.outlet.exchange(&self.folder) {
            Ok(retired) => {
                self.is_exchanged = true;
                self.outlet.sync()?;
                if let Some(retired) = retired {
                    carry::retire(&retired, old, output, new);
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::ResourceBusy | ErrorKind::CrossesDevices) => {
                return self.replace(old, new, written);
            }
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("cannot replace `{}`", self.outlet.shown.display()));
            }
        }
        self.outlet.confirm();
        Ok(carried)
    }

    /// Replaces the files of the output one by one; counts the strangers.
    fn replace(&self, old: &Manifest, new: &Manifest, written: &[Entry]) -> Result<usize> {
        let output = &self.outlet.real;
        let strangers = carry::strangers(output, old)?;
        let strangers = carry::without_collisions(strangers, output, &self.folder, &self.outlet.shown)?;
        in_place::apply(&self.folder, output, old, new, written)?;
        Ok(strangers.len())
    }

    fn link(&self, entry: &Entry) -> Result<()> {
        self.make_folder_of(&entry.path)?;
        let (from, to) =
            (path::below(&self.outlet.real, &entry.path), path::below(&self.folder, &entry.path));
        carry::link_into(&from, &to).map_err(|error| self.cannot_write(error, &entry.path, entry.size))
    }

    fn create(&self, path: &str, size: u64) -> Result<File> {
        path::validate(path)?;
        let reserved = path.starts_with(".newsprint");
        ensure!(!reserved, "cannot write `{}`: the name is Newsprint's own", self.shown(path));
        self.make_folder_of(path)?;
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
        options.open(path::below(&self.folder, path)).map_err(|error| self.cannot_write(error, path, size))
    }

    fn make_folder_of(&self, path: &str) -> Result<()> {
        let Some((folder, _)) = path.rsplit_once('/') else { return Ok(()) };
        if self.made.read().unwrap_or_else(PoisonError::into_inner).contains(folder) {
            return Ok(());
        }
        let made = folder_builder().recursive(true).create(path::below(&self.folder, folder));
        made.map_err(|error| self.cannot_write(error, path, 0))?;
        self.made.write().unwrap_or_else(PoisonError::into_inner).insert(folder.into());
        Ok(())
    }

    fn note(&self, path: &str, size: u64, xxh3: String) {
        let entry = Entry { path: path.to_owned(), size, xxh3 };
        self.written.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    fn cannot_write(&self, error: io::Error, path: &str, needed: u64) -> anyhow::Error {
        system::cannot_write(error, &self.shown(path), needed, &self.folder)
    }

    fn shown(&self, path: &str) -> String {
        self.outlet.shown.join(path).display().to_string()
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        // After an exchange the retired tree has this name; what could not be deleted waits for the next run's sweep.
        if !self.is_exchanged {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// A builder of folders that everybody may read, as far as the process's mask lets us.
pub(super) fn folder_builder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has permissions to set"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
    builder
}

/// Puts a manifest into `folder`, whole or not at all.
pub(super) fn put_manifest(folder: &Path, manifest: &Manifest, shown: &Path) -> Result<()> {
    put_marker(folder, &manifest.to_bytes(), shown)
}

/// Puts the bytes of a marker into `folder`, whole or not at all.
pub(super) fn put_marker(folder: &Path, bytes: &[u8], shown: &Path) -> Result<()> {
    let half = folder.join(HALF);
    let whole = folder.join(manifest::FILE_NAME);
    fs::write(&half, bytes).and_then(|()| fs::rename(&half, &whole)).map_err(|error| {
        let shown = shown.join(manifest::FILE_NAME).display().to_string();
        system::cannot_write(error, &shown, bytes.len() as u64, folder)
    })
}

fn take(entries: &Mutex<Vec<Entry>>) -> Vec<Entry> {
    let mut entries = std::mem::take(&mut *entries.lock().unwrap_or_else(PoisonError::into_inner));
    entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    entries
}
