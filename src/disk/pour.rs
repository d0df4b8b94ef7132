//! Reading a file piece by piece, with the digest of its bytes: nothing is held in memory whole.
//!
//! What becomes of the pieces is the caller's business.

use std::fs::File;
use std::io::{ErrorKind, Read as _};

use anyhow::{Context, Result};
use xxhash_rust::xxh3::Xxh3;

use crate::fingerprint::Fingerprint;

/// How much of a file is read at once, in bytes.
const COPY_BUFFER_BYTES: usize = 256 * 1024;

/// Reads a file to its end in pieces. Returns its size and the digest of its bytes.
pub(super) fn pour(
    source: &mut File,
    mut piece: impl FnMut(&[u8]) -> Result<()>,
    cannot_read: impl Fn() -> String,
) -> Result<(u64, Fingerprint)> {
    let expected = source.metadata().map_or(0, |found| found.len());
    let most = usize::try_from(expected).unwrap_or(usize::MAX).saturating_add(1);
    let mut buffer = vec![0; most.min(COPY_BUFFER_BYTES)];
    let (mut size, mut digest) = (0, Xxh3::new());
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok((size, Fingerprint::of_digest(digest.digest128()))),
            Ok(count) => {
                digest.update(&buffer[..count]);
                piece(&buffer[..count])?;
                size += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error).with_context(cannot_read),
        }
    }
}
