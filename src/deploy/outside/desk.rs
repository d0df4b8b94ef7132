//! What this machine remembers of a target, in `.newsprint/deploy/NAME/`: lists, digests, and the lock of a run.
//!
//! Deleting it is always safe: lists come from the target again, digests from the files.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::clock::SystemClock;
use crate::deploy::store::{Clock as _, Memory};
use crate::disk::lock::Lock;
use crate::fingerprint::Fingerprint;

/// The folder of everything that deploys remember.
const FOLDER: &str = ".newsprint/deploy";

/// A target's place in the newspaper's memory, locked for this run.
#[derive(Debug)]
pub struct Desk {
    folder: PathBuf,
    all: PathBuf,
    _lock: Lock,
}

impl Desk {
    /// Opens the memory of the target of this name. One run at a time has it; another one is told so at once.
    ///
    /// # Errors
    ///
    /// [`Busy`](crate::disk::lock::Busy) when another run deploys to the target; or a folder that cannot be made.
    pub fn open(root: &Path, name: &str) -> Result<Self> {
        let all = root.join(FOLDER);
        let folder = all.join(folder_name(name));
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        let lock = Lock::at(&folder.join("lock"), Duration::ZERO)?;
        Ok(Self { folder, all, _lock: lock })
    }

    /// The folder for files on their way to the target; empty.
    ///
    /// # Errors
    ///
    /// When it cannot be emptied or made.
    pub fn outgoing(&self) -> Result<PathBuf> {
        let place = self.folder.join("outgoing");
        match fs::remove_dir_all(&place) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot empty `{}`", place.display()));
            }
            _ => {}
        }
        fs::create_dir_all(&place)
            .with_context(|| format!("cannot make the folder `{}`", place.display()))?;
        Ok(place)
    }

    /// A folder for what a store needs on this machine.
    #[must_use]
    pub fn place(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The file that remembers digests of the output, for all targets.
    #[must_use]
    pub fn digests(&self) -> PathBuf {
        self.all.join("digests")
    }

    /// Reads a file of the target's memory.
    #[must_use]
    pub fn note(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join(name)).ok()
    }

    /// Writes a file of the target's memory, whole or not at all. What cannot be remembered is asked again.
    pub fn write_note(&self, name: &str, bytes: &[u8]) {
        let _ = put(&self.folder.join(name), bytes);
    }

    /// Deletes a file of the target's memory.
    pub fn drop_note(&self, name: &str) {
        let _ = fs::remove_file(self.folder.join(name));
    }
}

impl Memory for Desk {
    fn machine(&self) -> String {
        let place = self.all.join("machine");
        let is_number = |text: &String| text.len() == 16 && text.bytes().all(|c| c.is_ascii_hexdigit());
        let known = fs::read_to_string(&place).ok().map(|text| text.trim().to_owned()).filter(is_number);
        let number = known.unwrap_or_else(|| {
            let number = format!("{:016x}", SystemClock.random());
            let _ = put(&place, format!("{number}\n").as_bytes());
            number
        });
        // A build server may bring the folder back on another machine, from its cache.
        let system = ["hostname", "random/boot_id"]
            .map(|name| fs::read_to_string(format!("/proc/sys/kernel/{name}")).unwrap_or_default());
        format!("{number}-{}", Fingerprint::of(system.concat().as_bytes()).short(16))
    }

    fn list(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join("lists").join(name)).ok()
    }

    fn remember(&self, name: &str, bytes: &[u8]) {
        let place = self.folder.join("lists").join(name);
        if !place.exists() {
            let _ = put(&place, bytes);
        }
    }
}

/// Writes a file, whole or not at all.
pub(super) fn put(place: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = place.parent().unwrap_or(place);
    fs::create_dir_all(folder)?;
    let half = place.with_extension(format!("half-{}", std::process::id()));
    fs::write(&half, bytes)?;
    fs::rename(&half, place)
}

/// A target's name as a folder's: what is not plain is written as numbers.
fn folder_name(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' { c.to_string() } else { format!("_{:x}", u32::from(c)) }
        })
        .collect()
}
