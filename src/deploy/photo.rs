//! What a picture tells about where, with what and by whom it was taken: Exif (CIPA DC-008) and XMP in its bytes.
//!
//! The containers are not parsed: a TIFF header is looked for wherever it stands, so that JPEG, PNG, WebP, TIFF, HEIC and
//! AVIF are all read alike. Credits and copyright lines are meant to be published and are no finding.

use memchr::memmem;

/// The tags of Exif that name a device or a person: owner, serial numbers of body and lens.
const PRIVATE: &[(u16, &str)] = &[
    (0xA430, "the camera owner's name"),
    (0xA431, "the camera's serial number"),
    (0xA435, "the lens's serial number"),
];

/// Where the GPS and Exif tables are.
const GPS_TABLE: u16 = 0x8825;
const EXIF_TABLE: u16 = 0x8769;

/// `GPSLatitude`, in the GPS table.
const LATITUDE: u16 = 0x0002;

/// The same in XMP, as attributes or elements.
const XMP: &[(&str, &str)] = &[
    ("exif:GPSLatitude", "where it was taken"),
    ("aux:SerialNumber", "the camera's serial number"),
    ("exifEX:BodySerialNumber", "the camera's serial number"),
    ("aux:OwnerName", "the camera owner's name"),
];

/// The most entries that a table is read for.
const MOST_ENTRIES: u16 = 512;

/// Whether the file is a picture, as its name tells.
#[must_use]
pub fn is_picture(path: &str) -> bool {
    super::class::media_type(path).starts_with("image/")
        || [".tif", ".tiff", ".heic", ".heif", ".dng"].iter().any(|end| {
            path.get(path.len().saturating_sub(end.len())..).is_some_and(|e| e.eq_ignore_ascii_case(end))
        })
}

/// What the picture tells that a newsroom does not mean to publish.
#[must_use]
pub fn private_notes(bytes: &[u8]) -> Option<&'static str> {
    for mark in [&b"II\x2a\x00"[..], &b"MM\x00\x2a"[..]] {
        for at in memmem::find_iter(bytes, mark) {
            if let Some(found) = (Tiff { bytes: &bytes[at..], is_little: mark[0] == b'I' }).private() {
                return Some(found);
            }
        }
    }
    XMP.iter().find(|(name, _)| memmem::find(bytes, name.as_bytes()).is_some()).map(|(_, what)| *what)
}

/// A TIFF structure at the beginning of some bytes.
struct Tiff<'a> {
    bytes: &'a [u8],
    is_little: bool,
}

impl Tiff<'_> {
    fn private(&self) -> Option<&'static str> {
        let first = self.long(4)?;
        let gps = self.value(first, GPS_TABLE);
        if gps.is_some_and(|table| self.value(table, LATITUDE).is_some()) {
            return Some("where it was taken");
        }
        let exif = self.value(first, EXIF_TABLE)?;
        PRIVATE.iter().find(|(tag, _)| self.value(exif, *tag).is_some()).map(|(_, what)| *what)
    }

    /// The value of a tag in the table at an offset: what it points to, for the tables themselves.
    fn value(&self, table: u32, tag: u16) -> Option<u32> {
        let table = usize::try_from(table).ok()?;
        let count = self.short(table)?.min(MOST_ENTRIES);
        let entry =
            (0..usize::from(count)).map(|n| table + 2 + n * 12).find(|at| self.short(*at) == Some(tag))?;
        // A tag that is there and says nothing was blanked on purpose.
        self.long(entry + 4).filter(|count| *count > 0)?;
        self.long(entry + 8)
    }

    fn short(&self, at: usize) -> Option<u16> {
        let pair: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let four: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.is_little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    }
}

#[cfg(test)]
mod tests {
    use super::{is_picture, private_notes};

    /// A JPEG's beginning with one table, that points to another one, in either order of bytes.
    fn exif(outer: u16, inner: u16, is_little: bool) -> Vec<u8> {
        let short = |n: u16| if is_little { n.to_le_bytes() } else { n.to_be_bytes() };
        let long = |n: u32| if is_little { n.to_le_bytes() } else { n.to_be_bytes() };
        let entry = |tag: u16, value: u32| [&short(tag)[..], &short(4), &long(1), &long(value)].concat();
        let mut bytes = b"\xff\xd8\xff\xe1\x00\x40Exif\0\0".to_vec();
        bytes.extend(if is_little { b"II\x2a\x00" } else { b"MM\x00\x2a" });
        bytes.extend(long(8));
        bytes.extend([&short(1)[..], &entry(outer, 26), &long(0)].concat());
        bytes.extend([&short(1)[..], &entry(inner, 7), &long(0)].concat());
        bytes
    }

    #[test]
    fn places_and_serial_numbers_are_found_in_either_order_of_bytes() {
        for is_little in [true, false] {
            assert_eq!(private_notes(&exif(0x8825, 0x0002, is_little)), Some("where it was taken"));
            assert_eq!(private_notes(&exif(0x8769, 0xA431, is_little)), Some("the camera's serial number"));
            // A version of the GPS table alone tells no place; exposure tells nobody.
            assert_eq!(private_notes(&exif(0x8825, 0x0000, is_little)), None);
            assert_eq!(private_notes(&exif(0x8769, 0x829A, is_little)), None);
        }
        assert!(private_notes(b"<x exif:GPSLatitude=\"9,58.4N\"/>").is_some());
    }

    #[test]
    fn cut_and_random_bytes_are_no_finding_and_no_panic() {
        let whole = exif(0x8825, 0x0002, true);
        for end in 0..whole.len() - 16 {
            let _ = private_notes(&whole[..end]);
        }
        assert_eq!(private_notes(b"II\x2a\x00\xff\xff\xff\xff"), None);
        assert!(is_picture("a/b.JPG") && is_picture("a.heic") && !is_picture("a.html"));
    }
}
