//! Files that are published as they are: found among all files, with the sizes of pictures and the digests of small ones.

use rayon::prelude::*;

use super::ledger::FileNote;
use super::read::below;
use crate::disk::scan::{Files, Scan};
use crate::edition::files::{self, Asset, Origin, Pixels};
use crate::edition::variants::{Named, Variants};
use crate::fingerprint::Fingerprint;
use crate::render::theme::built_in_statics;
use crate::source::SourcePath;

/// Every file that may be published as it is. What of them is not remembered is looked into and noted.
pub(super) fn files(disk: &dyn Files, scan: &Scan, notes: &mut [FileNote]) -> anyhow::Result<files::Files> {
    let mut published = files::Files::default();
    for (name, content) in built_in_statics() {
        if files::is_asset(&name) {
            let fingerprint = Fingerprint::of(content);
            let origin = Origin::Theme(name.clone());
            published.assets.insert(name.clone(), Asset { name: name.clone(), origin, fingerprint });
        }
        published.statics.insert(name.clone(), Origin::Theme(name));
    }
    measure(disk, scan, notes)?;
    let mut named = Vec::new();
    for (file, note) in scan.files.iter().zip(&*notes).filter(|(file, _)| !file.path.is_markdown()) {
        if is_picture(&file.path) {
            named.extend(Named::of(&file.path));
        }
        if let Some(pixels) = note.pixels {
            published.pixels.insert(file.path.clone(), pixels);
        }
        if note.pixels.is_some() || extension(&file.path).eq_ignore_ascii_case("svg") {
            published.bytes.insert(file.path.clone(), file.size);
        }
    }
    published.variants = Variants::of(named, &published.pixels);
    for at in below(scan, "static/") {
        let path = &scan.files[at].path;
        let name = path.below("static").unwrap_or_default();
        published.statics.insert(name.to_owned(), Origin::Source(path.clone()));
        if let Some(fingerprint) = notes[at].digest.filter(|_| files::is_asset(name)) {
            let asset = Asset { name: name.to_owned(), origin: Origin::Source(path.clone()), fingerprint };
            published.assets.insert(name.to_owned(), asset);
        }
    }
    for at in below(scan, "content/") {
        let path = &scan.files[at].path;
        if !path.is_markdown() {
            published.content.push(path.clone());
        } else if path.as_str().ends_with("/index.md") {
            published.bundle_folders.insert(path.folder().to_owned());
        }
    }
    published.content.sort();
    Ok(published)
}

/// Up to how many bytes a file is told from others by its digest, whatever it is. The times of greater ones have to do.
const SMALL_BYTES: u64 = 1 << 20;

/// Looks into the pictures, style sheets and scripts that are not remembered, and into small files that are published as
/// they are: their sizes and digests.
fn measure(disk: &dyn Files, scan: &Scan, notes: &mut [FileNote]) -> anyhow::Result<()> {
    // Almost all files are texts of articles.
    let others = scan.files.par_iter().zip(notes).filter(|(file, _)| !is_text(&file.path));
    others.try_for_each(|(file, note)| {
        let (picture, asset) =
            (is_picture(&file.path), file.path.below("static").is_some_and(files::is_asset));
        let is_small = file.size <= SMALL_BYTES && is_published(&file.path);
        if note.digest.is_some() || !(picture || asset || is_small) {
            return Ok(());
        }
        let bytes = disk.read(&file.path)?;
        note.digest = Some(Fingerprint::of(&bytes));
        note.pixels = if picture { pixels(&bytes) } else { None };
        Ok(())
    })
}

/// Whether a file is the text of an article or record.
fn is_text(path: &SourcePath) -> bool {
    path.is_markdown() && path.as_str().starts_with("content/")
}

/// Whether a file may be published as it is.
fn is_published(path: &SourcePath) -> bool {
    path.below("static").is_some() || (path.below("content").is_some() && !path.is_markdown())
}

/// The size of a picture, from its first bytes.
fn pixels(bytes: &[u8]) -> Option<Pixels> {
    let size = imagesize::blob_size(bytes).ok()?;
    Some(Pixels { width: u32::try_from(size.width).ok()?, height: u32::try_from(size.height).ok()? })
}

fn is_picture(path: &SourcePath) -> bool {
    let extension = extension(path);
    ["jpg", "jpeg", "png", "webp", "gif", "avif"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

fn extension(path: &SourcePath) -> &str {
    path.file_name().rsplit_once('.').map_or("", |(_, extension)| extension)
}
