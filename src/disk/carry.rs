//! Strangers: files in the output that somebody else put there, and which every build must leave as they are.
//!
//! Theirs is what the manifest of the output does not list. Nothing here decides what a new edition holds.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rayon::prelude::*;

use crate::disk::lists;
use crate::disk::manifest::{self, Manifest};
use crate::disk::outlet::{HALF, INNER_STAGE};
use crate::disk::path;
use crate::disk::refusal::Refusal;
use crate::disk::spare::{BASE, Holdings};
use crate::disk::system;

/// A file or folder of somebody else's.
#[derive(Debug)]
pub(super) struct Stranger {
    /// Where, relative to the output.
    path: PathBuf,
    is_folder: bool,
}

impl Stranger {
    /// The folder that tells when it changes: itself, or the one it lies in. `None` for the top of the output, and for
    /// names that are not text.
    pub(super) fn folder(&self) -> Option<String> {
        let folder = if self.is_folder { &self.path } else { self.path.parent()? };
        spelt(folder).map(Cow::into_owned).filter(|folder| !folder.is_empty())
    }
}

/// Everything in the output `folder` that `ours` does not list, by path.
pub(super) fn strangers(folder: &Path, ours: &Manifest) -> Result<Vec<Stranger>> {
    let found = walk(folder, ours, |found| !found.is_ours)?;
    let mut strangers: Vec<Stranger> =
        found.into_iter().map(|found| Stranger { path: found.path, is_folder: found.is_folder }).collect();
    strangers.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(strangers)
}

/// Refuses when a stranger stands in the way of the new tree `staged`; drops those that the new tree holds byte for byte.
pub(super) fn without_collisions(
    strangers: Vec<Stranger>,
    folder: &Path,
    staged: &Path,
    shown: &Path,
) -> Result<Vec<Stranger>> {
    let mut kept = Vec::with_capacity(strangers.len());
    for stranger in strangers {
        match fs::symlink_metadata(staged.join(&stranger.path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => kept.push(stranger),
            Ok(new) if new.is_dir() && stranger.is_folder => kept.push(stranger),
            Ok(new)
                if new.is_file() && is_same(&folder.join(&stranger.path), &staged.join(&stranger.path)) => {}
            Ok(_) => return Err(collision(&stranger.path, shown).into()),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(collision(&stranger.path, shown).into());
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", staged.display())),
        }
    }
    Ok(kept)
}

/// Puts the strangers of `folder` into the new tree `staged` as well, as second names of the same files.
pub(super) fn carry(strangers: &[Stranger], folder: &Path, staged: &Path) -> Result<()> {
    for stranger in strangers {
        let (from, to) = (folder.join(&stranger.path), staged.join(&stranger.path));
        let carried = if stranger.is_folder { fs::create_dir_all(&to) } else { link_into(&from, &to) };
        match carried {
            Ok(()) => {}
            // Gone since it was listed: its owner took it away.
            Err(error) if error.kind() == ErrorKind::NotFound && !from.is_symlink() && !from.exists() => {}
            Err(error) => return Err(error).with_context(|| format!("cannot keep `{}`", from.display())),
        }
    }
    // Folders get their permissions when they are full: some forbid adding to them.
    for stranger in strangers.iter().rev().filter(|stranger| stranger.is_folder) {
        system::dress_like(&staged.join(&stranger.path), &folder.join(&stranger.path));
    }
    Ok(())
}

/// Whether something came into one of the tree's folders, or went, since a moment in nanoseconds since 1970. One look
/// at each folder is a third of the work of reading them all.
pub(super) fn has_changed_since(
    folder: &Path,
    ours: &Manifest,
    strangers: &[Stranger],
    since_ns: i128,
) -> bool {
    let changed =
        |place: &Path| fs::symlink_metadata(place).is_ok_and(|found| system::modified_ns(&found) >= since_ns);
    changed(folder)
        || ours.folders().par_iter().any(|inside| changed(&path::below(folder, inside)))
        || strangers.par_iter().any(|stranger| stranger.is_folder && changed(&folder.join(&stranger.path)))
}

/// Moves to the new tree what came into the `old` one, or was replaced in it, after its strangers were carried.
pub(super) fn rescue_late(old: &Path, ours: &Manifest, new: &Path, now: &Manifest) {
    for found in walk(old, ours, |found| !found.is_ours && !found.is_folder).unwrap_or_default() {
        let (from, to) = (old.join(&found.path), new.join(&found.path));
        let Ok(there) = fs::symlink_metadata(&from) else { continue };
        let known = fs::symlink_metadata(&to).is_ok_and(|found| system::same_file(&there, &found));
        let taken = spelt(&found.path).is_some_and(|path| now.find(&path).is_some());
        if !known && !taken && !is_same(&from, &to) {
            let _ = to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::rename(&from, &to));
        }
    }
}

/// Moves to the output `new` what came into a folder of the tree `old` while that was the output, and no amendment has
/// seen: in a large site they do not look into every folder.
pub(super) fn rescue_unseen(old: &Path, new: &Path, now: &Manifest) {
    let (Ok(Some(ours)), Some((since_ns, _))) =
        (Manifest::read(old), Holdings::stamps_of(&old.join(manifest::FILE_NAME)))
    else {
        return;
    };
    let changed = |folder: &&str| {
        fs::symlink_metadata(path::below(old, folder))
            .is_ok_and(|found| system::changed_ns(&found) >= since_ns)
    };
    let folders: Vec<&str> = ours.folders().into_par_iter().filter(changed).collect();
    for entry in
        folders.into_iter().flat_map(|folder| fs::read_dir(path::below(old, folder)).into_iter().flatten())
    {
        let Ok(entry) = entry else { continue };
        let (from, is_folder) = (entry.path(), entry.file_type().is_ok_and(|found| found.is_dir()));
        let Some(path) = from.strip_prefix(old).ok().and_then(spelt) else { continue };
        let (ours, taken) =
            (ours.find(&path).is_some(), now.find(&path).is_some() || now.reaches_into(&path));
        let to = path::below(new, &path);
        if !is_folder && !ours && !taken && fs::symlink_metadata(&to).is_err() {
            let _ = to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::rename(&from, &to));
        }
    }
}

/// Gives a file a second name; copies it where the file system knows no second names.
pub(super) fn link_into(from: &Path, to: &Path) -> io::Result<()> {
    let linked = match fs::hard_link(from, to) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::hard_link(from, to))
        }
        other => other,
    };
    match linked {
        Err(error)
            if !matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::AlreadyExists | ErrorKind::StorageFull
            ) =>
        {
            copy(from, to)
        }
        other => other,
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(from)?;
    #[cfg(unix)]
    if found.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    if !found.is_file() {
        return Err(io::Error::other("it is neither a file nor a folder"));
    }
    fs::copy(from, to)?;
    if let Ok(modified) = found.modified() {
        fs::File::options().write(true).open(to)?.set_modified(modified)?;
    }
    Ok(())
}

struct Found {
    path: PathBuf,
    is_folder: bool,
    is_ours: bool,
}

/// Walks an output and returns what is `wanted` of it, folders before what is in them. A folder is ours when one of our
/// files lies in it or deeper.
fn walk(folder: &Path, ours: &Manifest, wanted: impl Fn(&Found) -> bool + Sync) -> Result<Vec<Found>> {
    let mut all = Vec::new();
    // The second part tells whether the folder can hold anything of ours.
    let mut level = vec![(PathBuf::new(), true)];
    while !level.is_empty() {
        let read: Result<Vec<_>> = level
            .par_iter()
            .map(|(inside, mixed)| read_folder(folder, inside, *mixed, ours, &wanted))
            .collect();
        level.clear();
        for folder in read? {
            all.extend(folder.wanted);
            level.extend(folder.deeper);
        }
    }
    Ok(all)
}

/// What is wanted of one folder, and the folders in it, with whether they can hold anything of ours.
#[derive(Default)]
struct OneFolder {
    wanted: Vec<Found>,
    deeper: Vec<(PathBuf, bool)>,
}

fn read_folder(
    top: &Path,
    inside: &Path,
    mixed: bool,
    ours: &Manifest,
    wanted: &impl Fn(&Found) -> bool,
) -> Result<OneFolder> {
    let place = top.join(inside);
    let cannot = || format!("cannot read `{}`", place.display());
    let is_top = inside.as_os_str().is_empty();
    let mut read = OneFolder::default();
    let entries = match fs::read_dir(&place) {
        Err(error) if error.kind() == ErrorKind::NotFound && !is_top => return Ok(read),
        // Made by the file system at the top of a mount, for root's eyes only.
        Err(error) if error.kind() == ErrorKind::PermissionDenied && inside == Path::new("lost+found") => {
            return Ok(read);
        }
        other => other.with_context(cannot)?,
    };
    for entry in entries {
        let entry = entry.with_context(cannot)?;
        let name = entry.file_name();
        if is_top && is_bookkeeping(&name) {
            continue;
        }
        let is_folder = entry.file_type().with_context(cannot)?.is_dir();
        let path = inside.join(&name);
        let is_listed =
            |path: &str| if is_folder { ours.reaches_into(path) } else { ours.find(path).is_some() };
        let is_ours = mixed && spelt(&path).is_some_and(|path| is_listed(&path));
        if is_folder {
            read.deeper.push((path.clone(), is_ours));
        }
        let entry = Found { path, is_folder, is_ours };
        if wanted(&entry) {
            read.wanted.push(entry);
        }
    }
    Ok(read)
}

/// At the top of an output: its manifest, one half-written, and a stage inside it.
pub(super) fn is_bookkeeping(name: &OsStr) -> bool {
    name == manifest::FILE_NAME
        || name == lists::FOLDER
        || name == HALF
        || name == BASE
        || name.as_encoded_bytes().starts_with(INNER_STAGE.as_bytes())
}

/// A path as a manifest spells it.
fn spelt(path: &Path) -> Option<Cow<'_, str>> {
    let text = path.to_str()?;
    Some(if cfg!(windows) { Cow::Owned(text.replace('\\', "/")) } else { Cow::Borrowed(text) })
}

fn is_same(one: &Path, other: &Path) -> bool {
    let open = |path: &Path| {
        let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
        is_file.then(|| system::open_regular(path).ok()).flatten()
    };
    let Some(((mut one, one_meta), (mut other, other_meta))) = open(one).zip(open(other)) else {
        return false;
    };
    if one_meta.len() != other_meta.len() {
        return false;
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    one.read_to_end(&mut left).is_ok() && other.read_to_end(&mut right).is_ok() && left == right
}

pub(super) fn collision(path: &Path, shown: &Path) -> Refusal {
    let place = shown.join(path);
    Refusal::new(
        format!("cannot publish `{}`: a file that is not Newsprint's has this place", place.display()),
        "move that file elsewhere (what belongs to the site lives in `static/`), or give the page another slug",
    )
}
