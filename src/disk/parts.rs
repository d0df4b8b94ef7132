//! Parts: the files in which one build leaves notes for the next. Most are named by their content, so that a part that is
//! the same is not written again, and a new set of parts is there as a whole before the one file that names them.
//!
//! What the notes say is not known here. Losing them costs time and nothing else, so they are not flushed to the disk.

use std::cell::Cell;
use std::collections::HashSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use xxhash_rust::xxh3::xxh3_128;

use super::spool::Spool;

/// How many bytes of digest end the file that has a name of its own.
const DIGEST_BYTES: usize = 16;

/// How many bytes a thread keeps room for.
const MOST_ROOM: usize = 4 << 20;

/// A folder of parts.
#[derive(Clone, Debug)]
pub struct Parts {
    folder: PathBuf,
}

impl Parts {
    /// The parts of the newspaper at `root`.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        Self { folder: root.join(".newsprint").join("ledger") }
    }

    /// A spool beside the parts.
    #[must_use]
    pub fn spool(&self) -> Spool {
        Spool::of(self.folder.ancestors().nth(2).unwrap_or(&self.folder))
    }

    /// Reads a part by the name that [`Parts::write`] gave it; `None` when it is absent or damaged.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_into(name, &mut bytes)?;
        Some(bytes)
    }

    /// Shows the bytes of a part to `look`; `None` when it is absent or damaged, or `look` does not like it.
    ///
    /// Each thread keeps the room for them: memory that has been used already costs less than new one.
    #[must_use]
    pub fn look<T>(&self, name: &str, look: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
        thread_local! {
            static ROOM: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
        }
        let mut bytes = ROOM.take();
        let found = self.read_into(name, &mut bytes).and_then(|()| look(&bytes));
        if bytes.capacity() <= MOST_ROOM {
            ROOM.set(bytes);
        }
        found
    }

    fn read_into(&self, name: &str, bytes: &mut Vec<u8>) -> Option<()> {
        bytes.clear();
        let mut file = fs::File::open(self.folder.join(name)).ok()?;
        let length = usize::try_from(file.metadata().ok()?.len()).ok()?;
        bytes.try_reserve(length + 1).ok()?;
        file.read_to_end(bytes).ok()?;
        (name == named(name.split_once('-')?.0, bytes)).then_some(())
    }

    /// Writes a part, unless it is there, and tells its name. `kind` says in letters and digits what it is.
    ///
    /// # Errors
    ///
    /// When the disk does not take it.
    pub fn write(&self, kind: &str, bytes: &[u8]) -> Result<String> {
        let name = named(kind, bytes);
        let place = self.folder.join(&name);
        let has_it = fs::metadata(&place).is_ok_and(|found| found.len() == bytes.len() as u64);
        if !has_it {
            self.put(&place, &[bytes])?;
        }
        Ok(name)
    }

    /// Deletes a part that is damaged: one of the same length would else not be written in its place.
    pub fn discard(&self, name: &str) {
        // What cannot be deleted is not believed either.
        let _ = fs::remove_file(self.folder.join(name));
    }

    /// Reads the one part that has a name of its own; `None` when it is absent or damaged.
    #[must_use]
    pub fn read_first(&self, name: &str) -> Option<Vec<u8>> {
        let mut bytes = fs::read(self.folder.join(name)).ok()?;
        let digest = bytes.split_off(bytes.len().checked_sub(DIGEST_BYTES)?);
        (digest == xxh3_128(&bytes).to_le_bytes()).then_some(bytes)
    }

    /// Writes the one part that has a name of its own, in one step, and deletes all others but those it names.
    ///
    /// # Errors
    ///
    /// When the disk does not take it; the set of parts before is then as it was.
    pub fn write_first(&self, name: &str, bytes: &[u8], others: &HashSet<&str>) -> Result<()> {
        self.put(&self.folder.join(name), &[bytes, &xxh3_128(bytes).to_le_bytes()])?;
        let Ok(found) = fs::read_dir(&self.folder) else { return Ok(()) };
        for entry in found.flatten() {
            let file = entry.file_name();
            if file.to_str().is_none_or(|file| file != name && !others.contains(file)) {
                // What stays costs room and is deleted next time.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// Deletes all parts: the next build starts from nothing.
    pub fn forget(&self) {
        // Notes that cannot be deleted cannot be written either, and are still checked before they are believed.
        let _ = fs::remove_dir_all(&self.folder);
    }

    fn put(&self, place: &Path, pieces: &[&[u8]]) -> Result<()> {
        let cannot_write = || format!("cannot write `{}`", place.display());
        fs::create_dir_all(&self.folder).with_context(cannot_write)?;
        let half = place.with_extension(format!("{}.half", std::process::id()));
        let write = || -> std::io::Result<()> {
            let mut file = fs::File::create(&half)?;
            pieces.iter().try_for_each(|piece| std::io::Write::write_all(&mut file, piece))?;
            fs::rename(&half, place)
        };
        write().inspect_err(|_| drop(fs::remove_file(&half))).with_context(cannot_write)
    }
}

fn named(kind: &str, bytes: &[u8]) -> String {
    format!("{kind}-{:032x}", xxh3_128(bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs;

    use super::Parts;

    #[test]
    fn parts_come_back_and_damage_is_noticed() {
        let root = tempfile::tempdir().expect("a folder");
        let parts = Parts::of(root.path());
        assert_eq!((parts.read("pages-0"), parts.read_first("desk")), (None, None));
        let one = parts.write("pages1", b"one").expect("written");
        let two = parts.write("pages2", b"two").expect("written");
        parts.write_first("desk", b"both", &HashSet::from([one.as_str(), two.as_str()])).expect("written");
        assert_eq!(parts.read(&one).as_deref(), Some(&b"one"[..]));
        assert_eq!(parts.read_first("desk").as_deref(), Some(&b"both"[..]));

        parts.write_first("desk", b"one only", &HashSet::from([one.as_str()])).expect("written");
        assert_eq!((parts.read(&two), parts.read(&one).is_some()), (None, true));
        let folder = root.path().join(".newsprint/ledger");
        fs::write(folder.join(&one), b"ond").expect("written");
        fs::write(folder.join("desk"), b"one onlyxxxxxxxxxxxxxxxx").expect("written");
        assert_eq!((parts.read(&one), parts.read_first("desk")), (None, None));
        fs::write(folder.join("desk"), b"").expect("written");
        assert_eq!(parts.read_first("desk"), None);
    }
}
