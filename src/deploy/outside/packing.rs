//! Compressed forms of texts: the same bytes for the same text, whenever and wherever they are made.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};

/// Brotli's quality: above 9 a page takes ten times as long for a few bytes in a hundred.
const BROTLI_QUALITY: u32 = 9;

/// Brotli's window, as a power of two: pages are smaller.
const BROTLI_WINDOW: u32 = 22;

/// A compressed form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// gzip (RFC 1952).
    Gzip,
    /// Brotli (RFC 7932).
    Brotli,
}

impl Packing {
    /// What is added to a file's name.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Gzip => ".gz",
            Self::Brotli => ".br",
        }
    }

    /// The compressed form of some bytes.
    pub(super) fn pack(self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Gzip => {
                // No time and no name: they would make two runs differ.
                let mut packed = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
                packed.write_all(bytes)?;
                packed.finish()
            }
            Self::Brotli => {
                let mut packed = Vec::new();
                {
                    let mut writer =
                        brotli::CompressorWriter::new(&mut packed, 4096, BROTLI_QUALITY, BROTLI_WINDOW);
                    writer.write_all(bytes)?;
                    writer.flush()?;
                }
                Ok(packed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::Packing;

    #[test]
    fn what_is_packed_comes_out_again_and_is_always_the_same() {
        let page = "<p>A story of the delta.</p>\n".repeat(400);
        for form in [Packing::Gzip, Packing::Brotli] {
            let packed = form.pack(page.as_bytes()).expect("packed");
            assert!(packed.len() < page.len() / 20);
            assert_eq!(form.pack(page.as_bytes()).expect("packed"), packed);
            let mut back = String::new();
            match form {
                Packing::Gzip => flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut back),
                Packing::Brotli => brotli::Decompressor::new(&packed[..], 4096).read_to_string(&mut back),
            }
            .expect("unpacked");
            assert_eq!(back, page);
        }
    }
}
