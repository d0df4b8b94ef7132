//! Texts: the bodies of stories, read a second time when their pages are rendered, so that none is kept in between.
//!
//! A file that is no longer what was read before means that the build has to begin again.

use anyhow::Context as _;
use xxhash_rust::xxh3::xxh3_64;

use crate::content::markdown::Galley;
use crate::content::prose::Prose;
use crate::disk::scan::{Files, Stamp};
use crate::disk::spool::Spool;
use crate::fingerprint::Fingerprint;
use crate::render::Texts;
use crate::source::{Source, SourcePath};

/// A file is no longer what it was when the newspaper was read.
#[derive(Debug)]
pub(super) struct Changed(SourcePath);

impl Changed {
    /// Says that this file is no longer what it was.
    pub(super) fn new(path: &SourcePath) -> Self {
        Self(path.clone())
    }
}

impl std::fmt::Display for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` kept changing while the site was built; run the build again", self.0)
    }
}

impl std::error::Error for Changed {}

/// Reads texts a second time for rendering, and notices when they are no longer the same.
pub(super) struct UnchangedTexts<'a> {
    pub(super) files: &'a dyn Files,
    /// The bodies that were set when they were read.
    pub(super) spool: &'a Spool,
}

/// How many bytes a stamp takes.
const STAMP_BYTES: usize = 40;

fn as_bytes((size, modified, changed): Stamp) -> [u8; STAMP_BYTES] {
    let mut bytes = [0; STAMP_BYTES];
    bytes[..8].copy_from_slice(&size.to_le_bytes());
    bytes[8..24].copy_from_slice(&modified.to_le_bytes());
    bytes[24..].copy_from_slice(&changed.to_le_bytes());
    bytes
}

/// A body as it is put aside, behind the state of its file when it was scanned.
pub(super) fn stamped(stamp: Stamp, galley: &Galley) -> Vec<u8> {
    [as_bytes(stamp).as_slice(), &galley.to_bytes()].concat()
}

/// The name under which a file's body is put aside.
pub(super) fn name(path: &SourcePath) -> u64 {
    xxh3_64(path.as_str().as_bytes())
}

impl Texts for UnchangedTexts<'_> {
    fn text(&self, prose: &Prose) -> anyhow::Result<Source> {
        let path = &prose.path;
        let bytes = self.files.read(path).with_context(|| Changed(path.clone()))?;
        let changed = || anyhow::Error::new(Changed(path.clone()));
        let source = Source::decode(path.clone(), bytes).map_err(|_| changed())?;
        if prose.fingerprint == Fingerprint::of(source.text().as_bytes()) {
            Ok(source)
        } else {
            Err(changed())
        }
    }

    fn galley(&self, prose: &Prose) -> Option<Galley> {
        let bytes = self.spool.get(name(&prose.path))?;
        let (stamp, galley) = bytes.split_at_checked(STAMP_BYTES)?;
        // A file that has changed since the scan may have been read while it was half written: its text decides.
        let now = self.files.stamp(&prose.path)?;
        (stamp == as_bytes(now)).then(|| Galley::from_bytes(galley))?
    }
}
