//! Files of a site in a folder of this machine: each replaced in one step, never written over.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::deploy::digest::Digest;
use crate::deploy::listing::is_inside;
use crate::deploy::store::{Answer, Fault};

/// How much is read at once.
const PIECE_BYTES: usize = 1 << 17;

/// The place of a file of the site.
pub(super) fn below(folder: &Path, path: &str) -> Answer<PathBuf> {
    if is_inside(path) {
        Ok(folder.join(path))
    } else {
        Err(Fault::lasting(format!("`{}` is no path inside the site", path.escape_debug())))
    }
}

/// A failure of the disk: a full one is no better at the next try.
pub(super) fn failed(act: &str, place: &Path, error: &io::Error) -> Fault {
    let what = format!("cannot {act} `{}`: {error}", place.display());
    match error.kind() {
        ErrorKind::Interrupted | ErrorKind::TimedOut | ErrorKind::ResourceBusy => Fault::passing(what),
        _ => Fault::lasting(what),
    }
}

/// Copies a file to a place that readers may be looking at. It grows in the folder `halves`, of the same disk. Hears of
/// each piece.
pub(super) fn copy(from: &Path, to: &Path, halves: &Path, sent: &dyn Fn(u64)) -> Answer<()> {
    let half = half(to, halves)?;
    let copy = || -> io::Result<()> {
        let mut from = File::open(from)?;
        let mut into = File::create(&half)?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = from.read(&mut piece)?;
            if read == 0 {
                break;
            }
            into.write_all(&piece[..read])?;
            sent(read as u64);
        }
        drop(into);
        fs::rename(&half, to)
    };
    copy().map_err(|error| {
        let _ = fs::remove_file(&half);
        failed("write", to, &error)
    })
}

/// Writes a small file, whole or not at all.
pub(super) fn write(to: &Path, bytes: &[u8], halves: &Path) -> Answer<()> {
    let half = half(to, halves)?;
    fs::write(&half, bytes).and_then(|()| fs::rename(&half, to)).map_err(|error| {
        let _ = fs::remove_file(&half);
        failed("write", to, &error)
    })
}

/// Makes the file `from` appear at `to`, too: by a second name where the disk can, else by a copy.
pub(super) fn link(from: &Path, to: &Path, halves: &Path) -> Answer<()> {
    let half = half(to, halves)?;
    let _ = fs::remove_file(&half);
    let linked = fs::hard_link(from, &half).or_else(|_| fs::copy(from, &half).map(drop));
    linked.and_then(|()| fs::rename(&half, to)).map_err(|error| {
        let _ = fs::remove_file(&half);
        failed("write", to, &error)
    })?;
    // Renaming one name of a file to another of its names does nothing, and leaves the first.
    let _ = fs::remove_file(&half);
    Ok(())
}

/// Where a file grows before it takes its name; both folders are made.
fn half(to: &Path, halves: &Path) -> Answer<PathBuf> {
    for folder in [to.parent().unwrap_or(to), halves] {
        fs::create_dir_all(folder).map_err(|error| failed("make the folder", folder, &error))?;
    }
    Ok(halves.join(format!("{}-{:?}", std::process::id(), std::thread::current().id())))
}

/// Deletes a file, and the folders above it that are empty then, up to `top`.
pub(super) fn remove(top: &Path, path: &str) -> Answer<()> {
    let place = below(top, path)?;
    match fs::remove_file(&place) {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(failed("delete", &place, &error));
        }
        _ => {}
    }
    for folder in place.ancestors().skip(1).take_while(|folder| *folder != top) {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// The size and digest of a file; `None` when there is none.
pub(super) fn digest(place: &Path) -> Answer<Option<(u64, Digest)>> {
    let mut file = match File::open(place) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(failed("read", place, &error)),
    };
    let (mut all, mut size, mut piece) = (Sha256::new(), 0, vec![0; PIECE_BYTES]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(Some((size, Digest::from_bytes(all.finalize().into())))),
            Ok(read) => {
                all.update(&piece[..read]);
                size += read as u64;
            }
            Err(error) if error.kind() == ErrorKind::IsADirectory => return Ok(None),
            Err(error) => return Err(failed("read", place, &error)),
        }
    }
}

/// Reads a small file; `None` when there is none.
pub(super) fn read(place: &Path) -> Answer<Option<Vec<u8>>> {
    match fs::read(place) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(failed("read", place, &error)),
    }
}

/// Makes a second tree with the files of the first.
pub(super) fn double(from: &Path, to: &Path) -> Answer<()> {
    for entry in walkdir::WalkDir::new(from).follow_links(false) {
        let entry =
            entry.map_err(|error| Fault::lasting(format!("cannot read `{}`: {error}", from.display())))?;
        let Ok(inside) = entry.path().strip_prefix(from) else { continue };
        let place = to.join(inside);
        if entry.file_type().is_dir() {
            fs::create_dir_all(&place).map_err(|error| failed("make the folder", &place, &error))?;
        } else if entry.file_type().is_file() {
            let linked = fs::hard_link(entry.path(), &place);
            linked
                .or_else(|_| fs::copy(entry.path(), &place).map(drop))
                .map_err(|error| failed("write", &place, &error))?;
        }
    }
    Ok(())
}

/// The files below a folder, by their paths, at most so many; ours do not count.
pub(super) fn files(top: &Path, leave: &[&str], most: usize) -> Vec<String> {
    let is_ours = |entry: &walkdir::DirEntry| {
        entry.depth() == 1 && entry.file_name().to_str().is_some_and(|name| leave.contains(&name))
    };
    let all = walkdir::WalkDir::new(top).into_iter().filter_entry(|entry| !is_ours(entry)).flatten();
    let files = all.filter(|entry| !entry.file_type().is_dir());
    let name = |entry: walkdir::DirEntry| {
        let inside = entry.path().strip_prefix(top).ok()?;
        Some(inside.to_string_lossy().replace('\\', "/"))
    };
    files.filter_map(name).take(most).collect()
}
