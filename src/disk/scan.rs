//! Scanning: which files the newspaper consists of.
//!
//! Looks at names and stamps, never into a file. What the names mean is for the layers above; secrets, backups, special
//! files and links that lead out of the newspaper are no part of it.

use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::diagnostic::Diagnostic;
use crate::disk::{hidden, published, system, walk};
use crate::source::SourcePath;

/// The folders a newspaper consists of, besides its config.
pub const FOLDERS: &[&str] = &["content", "templates", "static", "data"];

/// How often a file that changes while it is read is read again.
const READ_ATTEMPTS: usize = 4;

/// Where the newspaper's files come from: a folder on disk, or memory in tests.
pub trait Files: Sync {
    /// Lists every file of the newspaper.
    ///
    /// # Errors
    ///
    /// When a folder cannot be read.
    fn scan(&self) -> Result<Scan>;

    /// Reads one file.
    ///
    /// # Errors
    ///
    /// When it cannot be read; [`has_vanished`] tells whether that is because it is no longer there.
    fn read(&self, path: &SourcePath) -> Result<Vec<u8>>;

    /// The size and the times of a file as it is now; `None` when it is not there.
    fn stamp(&self, path: &SourcePath) -> Option<Stamp>;
}

/// What tells one state of a file from another without reading it: its size, and when it was modified and changed.
pub type Stamp = (u64, i128, i128);

/// Whether a file or folder of this name is never part of a newspaper, and not worth a word: what editors and systems
/// leave behind.
#[must_use]
pub fn is_litter(path: &SourcePath) -> bool {
    hidden::verdict(path.file_name(), path.folder()) == hidden::Verdict::Litter
}

/// Whether `error`, from [`Files::read`], means that the file is no longer there.
#[must_use]
pub fn has_vanished(error: &anyhow::Error) -> bool {
    let is_gone = |error: &io::Error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
    error.downcast_ref::<io::Error>().is_some_and(is_gone)
}

impl ScannedFile {
    /// Its size and times.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        (self.size, self.modified_ns, self.changed_ns)
    }
}

/// What a scan found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The files, by the bytes of their paths.
    pub files: Vec<ScannedFile>,
    /// What was left out and why, in reading order.
    pub findings: Vec<Diagnostic>,
    /// When the scan began, in nanoseconds since 1970, by the clock of whoever stamps the files.
    pub started_ns: i128,
}

/// One file of the newspaper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedFile {
    /// Where it is.
    pub path: SourcePath,
    /// How many bytes it has.
    pub size: u64,
    /// When its content was last set, by its own account, in nanoseconds since 1970. Programs can set this back.
    pub modified_ns: i128,
    /// When anything about it last changed, in nanoseconds since 1970. Programs cannot set this back; systems that do
    /// not tell repeat `modified_ns`.
    pub changed_ns: i128,
    /// The number of the file on its disk: another file by the same name has another one. 0 where the system does not
    /// tell.
    pub inode: u64,
}

/// A newspaper's folder on disk.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    output: PathBuf,
}

impl Folder {
    /// The newspaper at `root`, whose output (relative to the root, or absolute) is no part of it.
    ///
    /// # Errors
    ///
    /// When the root cannot be read.
    pub fn new(root: &Path, output: &Path) -> Result<Self> {
        let real = fs::canonicalize(root).with_context(|| format!("cannot read `{}`", root.display()))?;
        let output = real.join(output);
        let output = fs::canonicalize(&output).unwrap_or(output);
        Ok(Self { root: real, output })
    }

    /// The place on disk of one of the files.
    #[must_use]
    pub fn place(&self, path: &SourcePath) -> PathBuf {
        self.root.join(path.as_str())
    }

    /// The newspaper's real folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The real folder of the output, which is no part of the newspaper.
    #[must_use]
    pub fn output(&self) -> &Path {
        &self.output
    }

    /// Opens one of the files for a reader.
    ///
    /// # Errors
    ///
    /// When it is not there, or lies elsewhere by now.
    pub fn open(&self, path: &SourcePath) -> io::Result<(fs::File, Stamp)> {
        published::open(&self.root, &self.output, &self.place(path))
    }
}

impl Files for Folder {
    fn scan(&self) -> Result<Scan> {
        walk::newspaper(&self.root, &self.output)
    }

    fn read(&self, path: &SourcePath) -> Result<Vec<u8>> {
        let place = self.place(path);
        for _ in 1..READ_ATTEMPTS {
            if let Some(bytes) = read_once(&place).with_context(|| format!("cannot read `{path}`"))? {
                return Ok(bytes);
            }
        }
        Err(io::Error::from(ErrorKind::ResourceBusy))
            .with_context(|| format!("cannot read `{path}`: it keeps changing"))
    }

    fn stamp(&self, path: &SourcePath) -> Option<Stamp> {
        let found = std::fs::metadata(self.place(path)).ok()?;
        Some((found.len(), system::modified_ns(&found), system::changed_ns(&found)))
    }
}

/// The bytes of a file, or `None` when it changed in the meantime.
fn read_once(place: &Path) -> io::Result<Option<Vec<u8>>> {
    let (mut file, before) = system::open_regular(place)?;
    let size = usize::try_from(before.len()).map_err(|_| io::Error::from(ErrorKind::FileTooLarge))?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size + 1).map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
    // Through `take`, for a file would first ask the system again how long it is.
    file.by_ref().take(u64::MAX).read_to_end(&mut bytes)?;
    let after = file.metadata()?;
    let same =
        bytes.len() as u64 == after.len() && system::modified_ns(&before) == system::modified_ns(&after);
    Ok(same.then_some(bytes))
}

#[cfg(test)]
mod tests;
