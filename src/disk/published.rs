//! Opening a file of the newspaper for a reader: never one that lies elsewhere, whatever links lead there by now.
//!
//! The scan has left such files out; this is for what happens after it.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::system;
use crate::disk::scan::Stamp;

/// Opens the regular file that `place` leads to, if it lies below the real folder `root` and not below `output`.
pub(super) fn open(root: &Path, output: &Path, place: &Path) -> io::Result<(File, Stamp)> {
    let real = fs::canonicalize(place)?;
    let below = real.strip_prefix(root).map_err(|_| io::Error::from(ErrorKind::PermissionDenied))?;
    if real.starts_with(output) {
        return Err(ErrorKind::PermissionDenied.into());
    }
    let (file, found) = system::open_below(root, below)?;
    Ok((file, (found.len(), system::modified_ns(&found), system::changed_ns(&found))))
}
