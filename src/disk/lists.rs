//! The lists of an output's files: path, size and digest of each, spread over so many lists that a change touches few.
//!
//! Which list a path belongs to, and how many there are, follows from the path and the number of files alone, so that the
//! same files give the same lists. It must not know which files are new.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::disk::manifest::Entry;
use crate::disk::outlet::HALF;
use crate::disk::path;
use crate::disk::system;
use crate::fingerprint::Fingerprint;

/// The folder of the lists at the top of every output.
pub const FOLDER: &str = ".newsprint-files";

/// Up to how many files one list is enough, and up to how many sixteen are. Lists of a few hundred lines are quick to
/// write again, and there are few enough of them to look at each.
const FILES_OF_ONE_LIST: usize = 512;
const FILES_OF_SIXTEEN_LISTS: usize = 16_384;

/// How many lists there are for so many files.
pub(super) fn count(files: usize) -> usize {
    if files <= FILES_OF_ONE_LIST {
        1
    } else if files <= FILES_OF_SIXTEEN_LISTS {
        16
    } else {
        256
    }
}

/// Which of `count` lists has `path`.
pub(super) fn place_of(path: &str, count: usize) -> usize {
    usize::try_from(xxh3_64(path.as_bytes()) % 256).unwrap_or(0) % count
}

/// The name of a list.
pub(super) fn name(at: usize) -> String {
    format!("{at:02x}")
}

/// Reads one list of the output in `folder`, by path; `None` when it is damaged or missing.
pub(super) fn read(folder: &Path, at: usize) -> Result<Option<BTreeMap<Arc<str>, Entry>>> {
    let place = folder.join(FOLDER).join(name(at));
    let text = match fs::read_to_string(&place) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => {
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", place.display())),
    };
    Ok(text.lines().map(|line| parse(line).map(|entry| (entry.path.clone(), entry))).collect())
}

/// The lists of an output, each read when it is first asked.
#[derive(Debug)]
pub(super) struct Lists {
    folder: PathBuf,
    read: Vec<OnceLock<BTreeMap<Arc<str>, Entry>>>,
}

impl Lists {
    /// The lists of the output of so many `files` in `folder`.
    pub(super) fn new(folder: &Path, files: usize) -> Self {
        Self { folder: folder.to_owned(), read: (0..count(files)).map(|_| OnceLock::new()).collect() }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.read.len()
    }

    /// One of them.
    pub(super) fn list(&self, at: usize) -> Result<&BTreeMap<Arc<str>, Entry>> {
        if let Some(list) = self.read[at].get() {
            return Ok(list);
        }
        let Some(list) = read(&self.folder, at)? else {
            bail!("the list `{}` is damaged", self.folder.join(FOLDER).join(name(at)).display());
        };
        Ok(self.read[at].get_or_init(|| list))
    }

    /// What is listed of the file at `path`.
    pub(super) fn find(&self, path: &str) -> Result<Option<&Entry>> {
        Ok(self.list(place_of(path, self.count()))?.get(path))
    }

    /// Whether the output has this file, in the form that errors of the disk have.
    pub(super) fn has(&self, path: &str) -> io::Result<bool> {
        self.find(path).map(|entry| entry.is_some()).map_err(io::Error::other)
    }
}

/// Reads all lists of an output of so many `files`, in no order; `None` when one is damaged or missing.
pub(super) fn read_all(folder: &Path, files: usize) -> Result<Option<Vec<Entry>>> {
    let lists: Result<Vec<_>> = (0..count(files)).into_par_iter().map(|at| read(folder, at)).collect();
    let lists: Option<Vec<_>> = lists?.into_iter().collect();
    Ok(lists.map(|lists| lists.into_iter().flat_map(BTreeMap::into_values).collect()))
}

/// Reads whatever lists there are of an output whose mark says that it is being replaced; `None` when one is damaged.
pub(super) fn read_mixed(folder: &Path) -> Result<Option<Vec<Entry>>> {
    let mut all = BTreeMap::new();
    for at in 0..count(usize::MAX) {
        if folder.join(FOLDER).join(name(at)).exists() {
            let Some(list) = read(folder, at)? else { return Ok(None) };
            all.extend(list);
        }
    }
    Ok(Some(all.into_values().collect()))
}

/// Writes one list, in place of another of its name: never over it, for it may be another output's, too.
pub(super) fn write<'a>(
    folder: &Path,
    at: usize,
    entries: impl Iterator<Item = &'a Entry>,
    shown: &Path,
) -> Result<()> {
    let text = encode(entries);
    let place = folder.join(FOLDER).join(name(at));
    let _ = fs::remove_file(&place);
    let written = File::create_new(&place).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let shown = shown.join(FOLDER).join(name(at)).display().to_string();
        system::cannot_write(error, &shown, text.len() as u64, folder)
    })
}

/// Writes all lists of an output, and deletes those it has no longer.
pub(super) fn write_all(folder: &Path, files: &[Entry], shown: &Path) -> Result<()> {
    prepare(folder, shown)?;
    let lists = spread(files);
    let count = lists.len();
    lists.into_par_iter().try_for_each(|(at, list)| write(folder, at, list.into_iter(), shown))?;
    drop_from(folder, count);
    Ok(())
}

/// As [`write_all`], for an output that readers see: each list is replaced in one step, the last one first. With that, a
/// file that both the old lists and the new ones have is on one of them at any moment, whatever their numbers: a list
/// takes over from those with higher numbers, which are still there.
pub(super) fn replace_all(folder: &Path, files: &[Entry], shown: &Path) -> Result<()> {
    prepare(folder, shown)?;
    let (half, lists) = (folder.join(HALF), spread(files));
    for (at, list) in lists.iter().rev() {
        let text = encode(list.iter().copied());
        let put =
            fs::write(&half, &text).and_then(|()| fs::rename(&half, folder.join(FOLDER).join(name(*at))));
        put.map_err(|error| {
            let shown = shown.join(FOLDER).join(name(*at)).display().to_string();
            system::cannot_write(error, &shown, text.len() as u64, folder)
        })?;
    }
    drop_from(folder, lists.len());
    Ok(())
}

/// The lists of these files, each by path.
fn spread(files: &[Entry]) -> Vec<(usize, Vec<&Entry>)> {
    let count = count(files.len());
    let mut lists: Vec<(usize, Vec<&Entry>)> = (0..count).map(|at| (at, Vec::new())).collect();
    for entry in files {
        lists[place_of(&entry.path, count)].1.push(entry);
    }
    for (_, list) in &mut lists {
        list.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    }
    lists
}

fn encode<'a>(entries: impl Iterator<Item = &'a Entry>) -> String {
    let mut text = String::new();
    for entry in entries {
        let _ = writeln!(text, "{:?} {} {}", entry.xxh3, entry.size, entry.path);
    }
    text
}

/// Makes the folder of the lists.
pub(super) fn prepare(folder: &Path, shown: &Path) -> Result<()> {
    let made = system::folder_builder().recursive(true).create(folder.join(FOLDER));
    made.map_err(|error| system::cannot_write(error, &shown.join(FOLDER).display().to_string(), 0, folder))
}

/// Deletes the lists from number `count` on.
pub(super) fn drop_from(folder: &Path, count: usize) {
    for entry in fs::read_dir(folder.join(FOLDER)).into_iter().flatten().flatten() {
        let at = entry.file_name().to_str().and_then(|name| usize::from_str_radix(name, 16).ok());
        if at.is_none_or(|at| at >= count) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn parse(line: &str) -> Option<Entry> {
    let (xxh3, rest) = line.split_once(' ')?;
    let (size, path) = rest.split_once(' ')?;
    // Files are deleted by this list: a path that leaves the output must not get into it.
    path::validate(path).ok()?;
    Some(Entry { path: path.into(), size: size.parse().ok()?, xxh3: Fingerprint::parse(xxh3)? })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{FOLDER, count, read_all, write_all};
    use crate::disk::manifest::Entry;
    use crate::fingerprint::Fingerprint;

    fn entries(number: usize) -> Vec<Entry> {
        let entry = |at| Entry { path: format!("a/{at} b").into(), size: at, xxh3: Fingerprint::of(b"x") };
        (0..number as u64).map(entry).collect()
    }

    fn check(text: &str) -> Option<usize> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join(FOLDER)).expect("made");
        fs::write(folder.path().join(FOLDER).join("00"), text).expect("written");
        read_all(folder.path(), 1).expect("readable").map(|files| files.len())
    }

    #[test]
    fn lists_grow_and_shrink_with_the_number_of_files() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for number in [3, 600, 17_000, 0] {
            let files = entries(number);
            write_all(folder.path(), &files, Path::new("public")).expect("written");
            let lists = fs::read_dir(folder.path().join(FOLDER)).expect("there").count();
            assert_eq!(lists, count(number));
            let mut back = read_all(folder.path(), number).expect("readable").expect("whole");
            back.sort_by_key(|entry| entry.size);
            assert!(back == files, "{number}");
        }
    }

    #[test]
    fn lists_that_are_replaced_one_by_one_are_always_a_list_of_all() {
        for (before, after) in [(3, 600), (600, 3), (600, 700), (17_000, 600)] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let (old, new) = (entries(before), entries(after));
            let both = &old[..before.min(after)];
            write_all(folder.path(), &old, Path::new("public")).expect("written");
            for at in (0..count(after)).rev() {
                // As far as `replace_all` gets that is killed here.
                let list = new.iter().filter(|entry| super::place_of(&entry.path, count(after)) == at);
                super::write(folder.path(), at, list, Path::new("public")).expect("written");
                let listed = super::read_mixed(folder.path()).expect("readable").expect("whole");
                let listed: std::collections::BTreeSet<&str> =
                    listed.iter().map(|entry| &*entry.path).collect();
                assert!(both.iter().all(|entry| listed.contains(&*entry.path)), "{before}, {after}, {at}");
            }
            super::replace_all(folder.path(), &new, Path::new("public")).expect("written");
            assert_eq!(read_all(folder.path(), after).expect("readable").expect("whole").len(), after);
        }
    }

    #[test]
    fn damage_and_paths_that_leave_the_output_are_told() {
        let digest = "0".repeat(32);
        assert_eq!(check(&format!("{digest} 3 a b\n{digest} 4 c\n")), Some(2));
        for bad in [
            "x",
            &format!("{digest} 3 ../x\n"),
            &format!("{digest} x a\n"),
            &format!("{digest} 3\n"),
            "0 3 a",
        ] {
            assert_eq!(check(bad), None, "{bad}");
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(read_all(folder.path(), 1).expect("readable").is_none());
    }
}
