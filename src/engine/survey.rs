//! The survey: which files are as they were at the last build, and the number each is known by.
//!
//! A file is believed to be the same when its size and times are, and the times are old enough; else its bytes are
//! compared. What the files are is not known here.

use rayon::prelude::*;

use super::ledger::FileNote;
use super::roll::Roll;
use crate::disk::scan::{Files, Scan, ScannedFile};
use crate::fingerprint::Fingerprint;

/// How young a time may be, in nanoseconds, so that a later change might bear the same: the clocks of some file systems
/// tick every two seconds.
const SAFETY_GAP_NS: i128 = 3_000_000_000;

/// How many files may be read again at each build because their times were too young when they were noted.
const MOST_UNSETTLED: usize = 100;

/// How many new files are told apart from changed ones.
const MOST_NEW: usize = 100;

/// The places of files that are not as they were.
pub(super) struct Edited {
    /// Those that were there before.
    pub(super) changed: Vec<usize>,
    /// Those that were not.
    pub(super) came: Vec<usize>,
}

/// What became of the files since the last build.
pub(super) struct Survey {
    /// For each scanned file, what was noted of it, when it is as it was.
    pub(super) same: Vec<Option<FileNote>>,
    /// For each scanned file, the number under which notes about it are kept.
    pub(super) slots: Vec<u32>,
    /// Whether every file is there and as it was.
    pub(super) is_same: bool,
    /// The places of the files that are not as they were, when none is gone.
    pub(super) edited: Option<Edited>,
    /// Whether every file is there and as it was as far as its size and times tell, or its bytes when these differ. A
    /// build must not rely on it: a file may change twice in one tick of a clock.
    pub(super) looks_same: bool,
}

impl Survey {
    /// Compares a scan with the files as they were noted, both in the order of their paths.
    pub(super) fn of(scan: &Scan, before: &[Roll], files: &dyn Files) -> Self {
        let mut matched: Vec<Option<FileNote>> = vec![None; scan.files.len()];
        let mut used: Vec<bool> = Vec::with_capacity(scan.files.len());
        let mut is_gone = false;
        let mut at = 0;
        for roll in before {
            let whole = roll.each(|path, note| {
                let slot = note.slot as usize;
                if used.len() <= slot {
                    used.resize(slot + 1, false);
                }
                used[slot] = true;
                let scanned = |at: usize| scan.files.get(at).map(|file| file.path.as_str().as_bytes());
                while scanned(at).is_some_and(|scanned| scanned < path) {
                    at += 1;
                }
                match matched.get_mut(at).filter(|_| scanned(at) == Some(path)) {
                    Some(place) => *place = Some(*note),
                    None => is_gone = true,
                }
            });
            is_gone |= whole.is_none();
        }
        let mut free = (0_u32..).filter(|slot| !used.get(*slot as usize).copied().unwrap_or(false));
        let slots = matched
            .iter()
            .map(|note| note.map_or_else(|| free.next().unwrap_or(u32::MAX), |note| note.slot))
            .collect();
        let believed = matched
            .iter()
            .zip(&scan.files)
            .all(|(note, file)| note.as_ref().is_some_and(|note| note.settled && has_stamp(note, file)));
        let came = matched.iter().enumerate().filter(|(_, note)| note.is_none()).map(|(at, _)| at);
        let came: Vec<usize> = came.take(MOST_NEW).collect();
        let mut same = matched;
        let stamped: Vec<bool> = if believed {
            Vec::new()
        } else {
            let pairs = same.iter().zip(&scan.files);
            pairs.map(|(note, file)| note.as_ref().is_some_and(|note| has_stamp(note, file))).collect()
        };
        if !believed {
            same.par_iter_mut().zip(&scan.files).for_each(|(note, file)| {
                *note = note.filter(|note| is_as_noted(note, file, files));
            });
        }
        // Many files that had to be read are noted anew, so that they need not be read once more.
        let unsettled = if believed { 0 } else { same.iter().flatten().filter(|note| !note.settled).count() };
        let is_same = !is_gone && unsettled <= MOST_UNSETTLED && same.iter().all(Option::is_some);
        let looks_same = !is_gone
            && (believed || same.iter().zip(stamped).all(|(note, stamped)| stamped || note.is_some()));
        let edited = || {
            let all = same.iter().enumerate().filter(|(_, note)| note.is_none()).map(|(at, _)| at);
            let (came, changed) = all.partition(|at| came.binary_search(at).is_ok());
            Edited { changed, came }
        };
        let edited = (!is_gone).then(edited);
        Self { same, slots, is_same, edited, looks_same }
    }
}

/// Whether the times of a scanned file are old enough to be believed next time.
pub(super) fn is_settled(file: &ScannedFile, started_ns: i128) -> bool {
    file.modified_ns.max(file.changed_ns) < started_ns - SAFETY_GAP_NS
}

/// A time as it is noted: years beyond 2262 are all the same to us.
pub(super) fn noted(time_ns: i128) -> i64 {
    i64::try_from(time_ns).unwrap_or(i64::MAX)
}

fn has_stamp(note: &FileNote, file: &ScannedFile) -> bool {
    note.size == file.size
        && note.modified_ns == noted(file.modified_ns)
        && note.changed_ns == noted(file.changed_ns)
}

fn is_as_noted(note: &FileNote, file: &ScannedFile, files: &dyn Files) -> bool {
    if note.settled && has_stamp(note, file) {
        return true;
    }
    // A checkout or a copy sets new times on files that are the same.
    note.size == file.size
        && note
            .digest
            .is_some_and(|digest| files.read(&file.path).is_ok_and(|bytes| Fingerprint::of(&bytes) == digest))
}
