//! The roll: every file of the newspaper as it was, by path, in parts of which an edit leaves most as they are.
//!
//! Where a part ends is told by the paths themselves, so that a new file moves no other file into another part. Which
//! files are still what they were is not known here.

use std::collections::HashMap;
use std::ops::Range;

use bitcode::{Decode, Encode};
use rayon::prelude::*;

use super::ledger::{self, FileNote};
use crate::content::names;
use crate::disk::parts::Parts;
use crate::disk::scan::{Scan, ScannedFile};

/// How many files a part holds, on average.
const FILES_PER_PART: u64 = 2_048;

/// Some files in the order of their paths. A path is told by how much of the one before it begins with.
#[derive(Default, Encode, Decode)]
pub(super) struct Roll {
    /// How many bytes each path shares with the one before.
    shared: Vec<u32>,
    /// How many bytes of each path follow these.
    lengths: Vec<u32>,
    /// Those bytes, path by path.
    rest: Vec<u8>,
    notes: Vec<FileNote>,
}

impl Roll {
    /// The files with a note for each.
    pub(super) fn of(files: &[ScannedFile], notes: &[FileNote]) -> Self {
        let mut roll = Self { notes: notes.to_vec(), ..Self::default() };
        let mut before: &[u8] = &[];
        for file in files {
            let path = file.path.as_str().as_bytes();
            let shared = before.iter().zip(path).take_while(|(a, b)| a == b).count();
            roll.shared.push(u32::try_from(shared).expect("paths are short"));
            roll.lengths.push(u32::try_from(path.len() - shared).expect("paths are short"));
            roll.rest.extend_from_slice(&path[shared..]);
            before = path;
        }
        roll
    }

    /// Shows each file with the bytes of its path; `None` when the roll is no roll.
    pub(super) fn each(&self, mut show: impl FnMut(&[u8], &FileNote)) -> Option<()> {
        let mut path = Vec::new();
        let mut rest = &self.rest[..];
        for ((shared, length), note) in self.shared.iter().zip(&self.lengths).zip(&self.notes) {
            let (more, left) = rest.split_at_checked(*length as usize)?;
            path.truncate(*shared as usize);
            path.extend_from_slice(more);
            rest = left;
            show(&path, note);
        }
        Some(())
    }
}

/// Reads all parts of the roll; `None` unless all are there, for a file without its number would get another's.
pub(super) fn read(parts: &Parts, names: &[String]) -> Option<Vec<Roll>> {
    names.par_iter().map(|name| ledger::read(parts, name)).collect()
}

/// Writes the roll of all files, with a note for each, and tells the names of its parts.
pub(super) fn write(parts: &Parts, scan: &Scan, notes: &[FileNote]) -> anyhow::Result<Vec<String>> {
    let ranges = ranges(&scan.files);
    ranges
        .into_par_iter()
        .map(|range| ledger::write(parts, "files", &Roll::of(&scan.files[range.clone()], &notes[range])))
        .collect()
}

/// The paths of some files by the numbers under which notes about them are kept.
pub(super) fn paths(rolls: &[Roll], wanted: impl Fn(u32) -> bool) -> HashMap<u32, String> {
    let mut paths = HashMap::new();
    for roll in rolls {
        roll.each(|path, note| {
            if wanted(note.slot) {
                paths.insert(note.slot, String::from_utf8_lossy(path).into_owned());
            }
        });
    }
    paths
}

fn ranges(files: &[ScannedFile]) -> Vec<Range<usize>> {
    let is_first = |file: &ScannedFile| names::path_digest(&file.path).is_multiple_of(FILES_PER_PART);
    let firsts: Vec<usize> =
        files.par_iter().enumerate().filter(|(_, file)| is_first(file)).map(|(at, _)| at).collect();
    let starts = std::iter::once(0).chain(firsts.iter().copied());
    let ends = firsts.iter().copied().chain(std::iter::once(files.len()));
    starts.zip(ends).map(|(start, end)| start..end).filter(|range| !range.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::Roll;
    use crate::disk::scan::ScannedFile;
    use crate::engine::ledger::FileNote;
    use crate::source::SourcePath;

    #[test]
    fn paths_come_back() {
        let paths = ["content/a.md", "content/ab.md", "content/b/a.md", "newsprint.yaml", "static/é.png"];
        let file = |path: &&str| ScannedFile {
            path: SourcePath::new(path),
            size: 1,
            modified_ns: 2,
            changed_ns: 3,
            inode: 4,
        };
        let files: Vec<ScannedFile> = paths.iter().map(file).collect();
        let notes: Vec<FileNote> =
            (0..5).map(|slot| FileNote { slot: 9 - slot, ..FileNote::default() }).collect();
        let roll = Roll::of(&files, &notes);
        let mut back = Vec::new();
        roll.each(|path, note| back.push((String::from_utf8_lossy(path).into_owned(), note.slot)));
        let expected: Vec<(String, u32)> =
            paths.iter().map(|path| (*path).to_owned()).zip([9, 8, 7, 6, 5]).collect();
        assert_eq!(back, expected);
        assert!(Roll { rest: Vec::new(), ..roll }.each(|_, _| ()).is_none());
    }
}
