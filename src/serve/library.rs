//! Files that are published as they are: opened for a request, digested once for each of their states.
//!
//! Which of them are published is the edition's to say: nobody gets here with a path of their own.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Read as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use xxhash_rust::xxh3::Xxh3;

use super::digests;
use super::media::media_type;
use crate::disk::scan::{Folder, Stamp};
use crate::edition::files::Origin;
use crate::edition::page::Page;
use crate::engine::Issue;
use crate::render::theme::built_in_statics;
use crate::route::Route;
use crate::source::SourcePath;

/// How many bytes are digested at once.
const PIECE_BYTES: usize = 64 << 10;

/// How many style sheets and scripts are kept for pages that were served before the last rounds.
const MOST_KEPT: usize = 64;

/// The largest of them, in bytes.
const LARGEST_KEPT: u64 = 1 << 20;

/// The files of the newspaper.
pub(super) struct Library {
    folder: Folder,
    digests: Mutex<HashMap<SourcePath, (Stamp, String)>>,
    kept: Mutex<VecDeque<(Route, Bytes)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is half done when somebody panics while holding one of these.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Library {
    pub(super) fn new(folder: Folder) -> Self {
        Self { folder, digests: Mutex::default(), kept: Mutex::default() }
    }

    /// Where the files are.
    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Opens a file; tells its length and a digest of its content.
    pub(super) fn open(&self, path: &SourcePath) -> io::Result<(File, u64, String)> {
        let (file, stamp) = self.folder.open(path)?;
        if let Some((_, digest)) = lock(&self.digests).get(path).filter(|(known, _)| *known == stamp) {
            return Ok((file, stamp.0, digest.clone()));
        }
        let mut hash = Xxh3::new();
        let mut piece = vec![0; PIECE_BYTES];
        let mut reader = file.try_clone()?;
        loop {
            match reader.read(&mut piece)? {
                0 => break,
                read => hash.update(&piece[..read]),
            }
        }
        let digest = format!("{:032x}", hash.digest128());
        lock(&self.digests).insert(path.clone(), (stamp, digest.clone()));
        Ok((file, stamp.0, digest))
    }

    /// The state of a part of a page.
    pub(super) fn state(&self, issue: &Issue, route: &Route) -> String {
        digests::state(issue, route, &|path| self.open(path).map_or(String::new(), |(.., digest)| digest))
    }

    /// Keeps the style sheets and scripts of an edition for the pages that name them: the names have digests in them, and
    /// a page that was on its way when the next edition came must still get what it names.
    pub(super) fn keep(&self, issue: &Issue) {
        let edition = &issue.paper().edition;
        for route in edition.assets() {
            if lock(&self.kept).iter().any(|(known, _)| known == route) {
                continue;
            }
            let bytes = match edition.get(route) {
                Some(Page::File(Origin::Theme(name))) => built_in_statics()
                    .into_iter()
                    .find(|(known, _)| known == name)
                    .map(|(_, bytes)| bytes.to_vec()),
                Some(Page::File(Origin::Source(path))) => self.read(path).ok(),
                _ => None,
            };
            let Some(bytes) = bytes else { continue };
            let mut kept = lock(&self.kept);
            kept.push_back((route.clone(), Bytes::from(bytes)));
            if kept.len() > MOST_KEPT {
                kept.pop_front();
            }
        }
    }

    /// A style sheet or script of an edition before this one.
    pub(super) fn kept(&self, route: &Route) -> Option<(Bytes, &'static str)> {
        let kept = lock(&self.kept);
        let (_, bytes) = kept.iter().find(|(known, _)| known == route)?;
        Some((bytes.clone(), media_type(route)))
    }

    fn read(&self, path: &SourcePath) -> io::Result<Vec<u8>> {
        let (file, stamp) = self.folder.open(path)?;
        let mut bytes = Vec::new();
        file.take(LARGEST_KEPT + 1).read_to_end(&mut bytes)?;
        if stamp.0 > LARGEST_KEPT { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
    }
}
