//! The spool: things of a few kilobytes that a run puts aside between two of its stages, in a file without a name.
//!
//! It saves work and nothing depends on it: what the disk does not take is simply not there. The file is gone when the run
//! ends, however it ends.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::system;
use crate::fingerprint::DigestMap;

/// How many bytes are gathered before they are written.
const GATHERED_BYTES: usize = 1 << 20;

/// Things put aside, by the digests of their names.
pub struct Spool {
    folder: PathBuf,
    file: OnceLock<Option<File>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What is not written yet.
    gathered: Vec<u8>,
    written: u64,
    /// Where each thing stands, and how long it is.
    places: DigestMap<(u64, u32)>,
    is_full: bool,
}

impl Spool {
    /// An empty spool, whose file lies in `root` or in its `.newsprint` when it is needed.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        let hidden = root.join(".newsprint");
        let folder = if hidden.is_dir() { hidden } else { root.to_owned() };
        Self { folder, file: OnceLock::new(), state: Mutex::default() }
    }

    /// A spool that takes nothing.
    #[must_use]
    pub fn closed() -> Self {
        let state = Mutex::new(State { is_full: true, ..State::default() });
        Self { folder: PathBuf::new(), file: OnceLock::new(), state }
    }

    /// Puts something aside under a digest. Any thread may call this.
    pub fn put(&self, name: u64, bytes: &[u8]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (Ok(length), false) = (u32::try_from(bytes.len()), state.is_full) else { return };
        let place = (state.written + state.gathered.len() as u64, length);
        state.gathered.extend_from_slice(bytes);
        state.places.insert(name, place);
        if state.gathered.len() < GATHERED_BYTES {
            return;
        }
        let file = self.file.get_or_init(|| tempfile::tempfile_in(&self.folder).ok()).as_ref();
        let written = file.is_some_and(|file| system::write_at(file, &state.gathered, state.written).is_ok());
        if !written {
            *state = State { is_full: true, ..State::default() };
            return;
        }
        state.written += state.gathered.len() as u64;
        state.gathered.clear();
    }

    /// Whether something was put aside and is still there.
    #[must_use]
    pub fn has(&self, name: u64) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).places.contains_key(&name)
    }

    /// What was put aside; `None` when there is nothing. Any thread may call this.
    #[must_use]
    pub fn get(&self, name: u64) -> Option<Vec<u8>> {
        let (at, length) = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let (at, length) = *state.places.get(&name)?;
            if at >= state.written {
                let from = usize::try_from(at - state.written).ok()?;
                return state.gathered.get(from..from + length as usize).map(<[u8]>::to_vec);
            }
            (at, length)
        };
        let mut bytes = vec![0; length as usize];
        let file = self.file.get()?.as_ref()?;
        system::read_at(file, &mut bytes, at).ok()?;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Spool;

    #[test]
    fn things_come_back_from_memory_and_from_the_file() {
        let root = tempfile::tempdir().expect("a folder");
        let spool = Spool::of(root.path());
        let thing = |name: u64| {
            vec![u8::try_from(name % 251).unwrap_or(0); 7_000 + usize::try_from(name).unwrap_or(0)]
        };
        for name in 0..500 {
            spool.put(name, &thing(name));
        }
        for name in (0..500).rev() {
            assert_eq!(spool.get(name), Some(thing(name)), "{name}");
        }
        assert_eq!(spool.get(500), None);
        assert_eq!(std::fs::read_dir(root.path()).expect("readable").count(), 0, "a file has a name");
    }

    #[test]
    fn a_spool_without_a_place_holds_nothing() {
        let spool = Spool::of(std::path::Path::new("/nowhere/at/all"));
        for name in 0..500 {
            spool.put(name, &[1; 7_000]);
        }
        assert_eq!((spool.get(0), spool.get(499)), (None, None));
    }
}
