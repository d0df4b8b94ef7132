//! The output that cannot be exchanged: a mount point, or a folder whose parent is not ours to write to.
//!
//! Then every file is replaced by a rename of its own, stale files go afterwards, the manifest last. Each file is whole
//! at any moment; the tree as a whole is a mix until the end, and the next build mends what a killed one left.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};

use crate::disk::lists;
use crate::disk::manifest::{self, Entry, Manifest};
use crate::disk::outlet::HALF;
use crate::disk::path;
use crate::disk::system;

/// Brings `output` from the edition `old` to the edition `new`, taking the `written` files from `staged`.
pub(super) fn apply(
    staged: &Path,
    output: &Path,
    old: &Manifest,
    new: &Manifest,
    written: &[Entry],
) -> Result<()> {
    // A killed run must not make strangers of its own files: both editions are ours until the end.
    manifest::put_mark(output, &manifest::mixed(), output)?;
    lists::replace_all(output, union(old, new).files(), output)?;
    let stale: Vec<&str> =
        old.files().iter().map(|entry| &*entry.path).filter(|path| new.find(path).is_none()).collect();
    let (in_the_way, after): (Vec<&str>, Vec<&str>) =
        stale.into_iter().partition(|path| stands_in_the_way(path, new));
    remove(output, &in_the_way)?;
    for entry in written {
        let (from, to) = (path::below(staged, &entry.path), path::below(output, &entry.path));
        move_file(&from, &to, &output.join(HALF))
            .map_err(|error| system::cannot_write(error, &to.display().to_string(), entry.size, output))?;
    }
    remove(output, &after)?;
    lists::replace_all(output, new.files(), output)?;
    manifest::put_head(output, new.head(), output)?;
    system::sync_folder(output)
}

fn union(old: &Manifest, new: &Manifest) -> Manifest {
    let gone = old.files().iter().filter(|entry| new.find(&entry.path).is_none());
    Manifest::new(new.kind(), new.files().iter().chain(gone).cloned().collect())
}

/// Whether a stale file is where the new edition has a folder, or in a folder where the new edition has a file.
fn stands_in_the_way(stale: &str, new: &Manifest) -> bool {
    new.reaches_into(stale) || stale.match_indices('/').any(|(at, _)| new.find(&stale[..at]).is_some())
}

/// Moves a file over another in one step; `half` is where it grows when it comes from another file system.
fn move_file(from: &Path, to: &Path, half: &Path) -> std::io::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    match fs::rename(from, to) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => {
            fs::copy(from, half)?;
            fs::rename(half, to)
        }
        other => other,
    }
}

/// Deletes files, and the folders that this leaves empty.
fn remove(output: &Path, files: &[&str]) -> Result<()> {
    let mut folders = HashSet::new();
    for file in files {
        let place = path::below(output, file);
        match fs::remove_file(&place) {
            Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(error).with_context(|| format!("cannot delete `{}`", place.display()));
            }
            _ => folders.extend(file.match_indices('/').map(|(at, _)| &file[..at])),
        }
    }
    let mut folders: Vec<&str> = folders.into_iter().collect();
    // The deepest first; a folder that holds something else stays.
    folders.sort_unstable_by_key(|folder| (std::cmp::Reverse(folder.len()), *folder));
    for folder in folders {
        let _ = fs::remove_dir(path::below(output, folder));
    }
    Ok(())
}
