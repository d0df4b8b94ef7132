//! Bringing one tree up to date from another, file by file, where it is known which files may differ.
//!
//! Files that are the same in both trees are one file with two names; a file is never written over. Which files differ,
//! and whose they are, is the caller's knowledge.

use std::ffi::OsString;
use std::fs::{self, DirEntry};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::disk::carry;
use crate::disk::lists;
use crate::disk::path;
use crate::disk::system;

/// From how many files on it pays to work with several threads.
const MANY: usize = 64;

/// Makes the files at `paths`, and the lists, in the tree `to` the same as in the tree `from`: those that `from` lacks go.
pub(super) fn back(to: &Path, from: &Path, paths: &[String]) -> io::Result<()> {
    let mut paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    paths.sort_unstable();
    paths.dedup();
    let differs = |path: &&str| !is_one(&path::below(to, path), &path::below(from, path));
    let paths: Vec<&str> = paths.into_par_iter().with_min_len(MANY).filter(differs).collect();
    clear(to, &paths)?;
    paths.into_par_iter().with_min_len(MANY).try_for_each(|path| link(to, from, path))?;
    bring_lists(to, from)
}

/// Gives the file at `path` in `from` a second name in `to`, when it is there.
fn link(to: &Path, from: &Path, path: &str) -> io::Result<()> {
    let source = path::below(from, path);
    match fs::symlink_metadata(&source) {
        Ok(found) if !found.is_dir() => carry::link_into(&source, &path::below(to, path)),
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Err(error),
        _ => Ok(()),
    }
}

/// Deletes files of a tree, and the folders that this leaves empty.
pub(super) fn clear(tree: &Path, paths: &[&str]) -> io::Result<()> {
    paths.par_iter().with_min_len(MANY).try_for_each(|path| {
        match fs::remove_file(path::below(tree, path)) {
            Err(error) if !is_gone(&error) && !path::below(tree, path).is_dir() => Err(error),
            _ => Ok(()),
        }
    })?;
    let mut folders: Vec<&str> = Vec::new();
    for path in paths {
        folders.extend(path.match_indices('/').map(|(at, _)| &path[..at]));
    }
    // The deepest first; a folder that holds something else stays.
    folders.sort_unstable_by_key(|folder| (std::cmp::Reverse(folder.len()), *folder));
    folders.dedup();
    for folder in folders {
        let _ = fs::remove_dir(path::below(tree, folder));
    }
    Ok(())
}

/// Makes the lists of the tree `to` those of the tree `from`.
pub(super) fn bring_lists(to: &Path, from: &Path) -> io::Result<()> {
    let (to, from) = (to.join(lists::FOLDER), from.join(lists::FOLDER));
    system::folder_builder().recursive(true).create(&to)?;
    let (gone, pairs) = paired(names(&to)?, names(&from)?);
    for (name, _) in gone {
        fs::remove_file(to.join(name))?;
    }
    let one_disk = system::same_disk(&to, &from);
    for ((name, entry), other) in pairs {
        if one_disk && other.is_some_and(|other| system::same_number(&other, &entry)) {
            continue;
        }
        let (to, from) = (to.join(&name), from.join(&name));
        if !is_one(&to, &from) {
            let _ = fs::remove_file(&to);
            carry::link_into(&from, &to)?;
        }
    }
    Ok(())
}

/// What differed in one folder.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// Folders of `from` that were not in `to`, and what is in them.
    pub(super) folders: Vec<String>,
    /// Files of `from` that are somebody else's.
    pub(super) strangers: Vec<String>,
}

/// Makes what is somebody else's in one `folder` of the tree `to` the same as in the tree `from`. `is_ours` tells which
/// paths are not theirs.
pub(super) fn bring_strangers(
    to: &Path,
    from: &Path,
    folder: &str,
    is_ours: &impl Fn(&str) -> io::Result<bool>,
) -> io::Result<Difference> {
    let mut difference = Difference::default();
    let (to_folder, from_folder) = (place(to, folder), place(from, folder));
    let (there, wanted) = rayon::join(|| names(&to_folder), || names(&from_folder));
    let (there, wanted) = (there?, wanted?);
    let is_top = folder.is_empty();
    let one_disk = system::same_disk(&to_folder, &from_folder);
    let named = |name: &OsString| name.to_str().map(|name| join(folder, name));
    let (gone, pairs) = paired(there, wanted);
    for (name, entry) in gone {
        if !(is_top && carry::is_bookkeeping(&name)) {
            prune(&entry.path(), named(&name), is_ours)?;
        }
    }
    for ((name, entry), other) in pairs {
        if is_top && carry::is_bookkeeping(&name) {
            continue;
        }
        // A folder of the search index has tens of thousands of files: the numbers of most tell that they are the same.
        if one_disk && other.as_ref().is_some_and(|other| system::same_number(other, &entry)) {
            continue;
        }
        let (path, below) = (named(&name), to_folder.join(&name));
        let was_folder = other.map(|other| other.file_type().map(|found| found.is_dir())).transpose()?;
        if entry.file_type()?.is_dir() {
            if was_folder != Some(true) {
                let _ = fs::remove_file(&below);
                copy(&entry.path(), &below, path, is_ours, &mut difference)?;
            }
        } else if !is_one(&below, &entry.path()) && !path.as_deref().map_or(Ok(false), is_ours)? {
            if was_folder.is_some() {
                prune(&below, path.clone(), is_ours)?;
            }
            carry::link_into(&entry.path(), &below)?;
            difference.strangers.extend(path);
        }
    }
    Ok(difference)
}

/// Copies a folder as second names of the same files.
fn copy(
    from: &Path,
    to: &Path,
    path: Option<String>,
    is_ours: &impl Fn(&str) -> io::Result<bool>,
    difference: &mut Difference,
) -> io::Result<()> {
    let mut queue = vec![(from.to_owned(), to.to_owned(), path)];
    let mut made = Vec::new();
    while let Some((from, to, path)) = queue.pop() {
        system::folder_builder().recursive(true).create(&to)?;
        for (name, entry) in names(&from)? {
            let path = path.as_deref().zip(name.to_str()).map(|(path, name)| join(path, name));
            let below = to.join(&name);
            if entry.file_type()?.is_dir() {
                queue.push((entry.path(), below, path));
            } else {
                carry::link_into(&entry.path(), &below)?;
                if let Some(path) = path
                    && !is_ours(&path)?
                {
                    difference.strangers.push(path);
                }
            }
        }
        difference.folders.extend(path);
        made.push((from, to));
    }
    // Folders get their permissions when they are full: some forbid adding to them.
    for (from, to) in made.iter().rev() {
        system::dress_like(to, from);
    }
    Ok(())
}

/// Deletes what is not ours at `place` or below it.
fn prune(place: &Path, path: Option<String>, is_ours: &impl Fn(&str) -> io::Result<bool>) -> io::Result<()> {
    let mut queue = vec![(place.to_owned(), path)];
    let mut folders = Vec::new();
    while let Some((place, path)) = queue.pop() {
        let found = fs::symlink_metadata(&place)?;
        if found.is_dir() {
            system::make_writable(&place);
            for (name, entry) in names(&place)? {
                queue.push((
                    entry.path(),
                    path.as_deref().zip(name.to_str()).map(|(path, name)| join(path, name)),
                ));
            }
            folders.push(place);
        } else if !path.as_deref().map_or(Ok(false), is_ours)? {
            fs::remove_file(&place)?;
        }
    }
    for folder in folders.iter().rev() {
        let _ = fs::remove_dir(folder);
    }
    Ok(())
}

/// Moves to the output `new` what came into the given folders of the tree `old` after the two were compared.
pub(super) fn rescue(old: &Path, new: &Path, folders: &[&str], is_ours: &impl Fn(&str) -> io::Result<bool>) {
    let mut queue: Vec<String> = folders.iter().map(|folder| (*folder).to_owned()).collect();
    while let Some(folder) = queue.pop() {
        let (old, new) = (place(old, &folder), place(new, &folder));
        for (name, entry) in names(&old).unwrap_or_default() {
            let path = name.to_str().map(|name| join(&folder, name));
            let known = folder.is_empty() && carry::is_bookkeeping(&name);
            if known || fs::symlink_metadata(new.join(&name)).is_ok() {
                continue;
            }
            if entry.file_type().is_ok_and(|found| found.is_dir()) {
                queue.extend(path);
            } else if !path.is_none_or(|path| is_ours(&path).unwrap_or(true)) {
                let _ = fs::create_dir_all(&new).and_then(|()| fs::rename(entry.path(), new.join(&name)));
            }
        }
    }
}

/// Whether two places hold the same file; `true` when both hold nothing.
fn is_one(one: &Path, other: &Path) -> bool {
    match (fs::symlink_metadata(one), fs::symlink_metadata(other)) {
        (Ok(one), Ok(other)) => system::same_file(&one, &other),
        (Err(one), Err(other)) => is_gone(&one) && is_gone(&other),
        _ => false,
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// An entry of a folder, and its name.
type Named = (OsString, DirEntry);

/// What is in a folder, in the order of the names; nothing, when there is no such folder.
fn names(folder: &Path) -> io::Result<Vec<Named>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if is_gone(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let named = entries.map(|entry| entry.map(|entry| (entry.file_name(), entry)));
    let mut named = named.collect::<io::Result<Vec<Named>>>()?;
    named.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    Ok(named)
}

/// What of `there` has a name that nothing `wanted` has, and what is wanted, each with what has its name there.
fn paired(there: Vec<Named>, wanted: Vec<Named>) -> (Vec<Named>, Vec<(Named, Option<DirEntry>)>) {
    let (mut gone, mut pairs) = (Vec::new(), Vec::with_capacity(wanted.len()));
    let mut there = there.into_iter().peekable();
    for new in wanted {
        while let Some(old) = there.next_if(|(name, _)| *name < new.0) {
            gone.push(old);
        }
        let other = there.next_if(|(name, _)| *name == new.0).map(|(_, entry)| entry);
        pairs.push((new, other));
    }
    gone.extend(there);
    (gone, pairs)
}

fn place(tree: &Path, folder: &str) -> PathBuf {
    if folder.is_empty() { tree.to_owned() } else { path::below(tree, folder) }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
