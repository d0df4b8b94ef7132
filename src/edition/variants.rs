//! Variants: the same picture in other widths, such as `photo-640w.jpg` beside `photo.jpg`, from which browsers choose.
//!
//! A variant is as wide as its file says; its name only tells which picture it belongs to. Which pages show it is not
//! known here.

use std::collections::{BTreeMap, HashMap};

use super::files::Pixels;
use crate::diagnostic::Diagnostic;
use crate::route::Route;
use crate::source::SourcePath;

/// A published variant of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Where it is published.
    pub route: Route,
    /// Its size.
    pub pixels: Pixels,
}

/// All variants of a newspaper's pictures.
#[derive(Default)]
pub struct Variants {
    /// By their picture; the narrowest first, and no two as wide as one another or as the picture.
    by_picture: HashMap<SourcePath, Vec<(SourcePath, Pixels)>>,
    /// Those that are no smaller or larger form of their picture: the picture, the file, and its size when it has one.
    odd: Vec<(SourcePath, SourcePath, Option<Pixels>)>,
}

impl Variants {
    /// Brings files that are called like variants together with their pictures, whose sizes are given.
    #[must_use]
    pub fn of(named: Vec<Named>, pixels: &HashMap<SourcePath, Pixels>) -> Self {
        let mut all: BTreeMap<SourcePath, Vec<(SourcePath, Pixels)>> = BTreeMap::new();
        let mut odd = Vec::new();
        for Named { picture, file } in named {
            // Without its picture it is a picture of its own.
            let Some(whole) = pixels.get(&picture) else { continue };
            match pixels.get(&file) {
                Some(size) if is_alike(*whole, *size) => all.entry(picture).or_default().push((file, *size)),
                size => odd.push((picture, file, size.copied())),
            }
        }
        for (picture, variants) in &mut all {
            let whole = pixels[picture].width;
            variants.retain(|(_, size)| size.width != whole);
            variants.sort_by(|(one, a), (other, b)| (a.width, one).cmp(&(b.width, other)));
            variants.dedup_by_key(|(_, size)| size.width);
        }
        odd.sort_by(|(_, one, _), (_, other, _)| one.cmp(other));
        Self { by_picture: all.into_iter().collect(), odd }
    }

    /// The variants of a picture: their files and sizes, the narrowest first.
    #[must_use]
    pub fn of_picture(&self, picture: &SourcePath) -> &[(SourcePath, Pixels)] {
        // Most newspapers have none, and are asked for every picture.
        if self.by_picture.is_empty() {
            return &[];
        }
        self.by_picture.get(picture).map_or(&[], Vec::as_slice)
    }

    /// Findings for variants that show something else than their picture, as their proportions tell.
    pub(super) fn findings(&self, pixels: &HashMap<SourcePath, Pixels>) -> Vec<Diagnostic> {
        let odd = self.odd.iter().filter_map(|(picture, file, size)| {
            let whole = pixels.get(picture)?;
            let name = picture.file_name();
            let reason = size.map_or_else(
                || "its size cannot be read".to_owned(),
                |size| format!("it has {} × {} pixels", size.width, size.height),
            );
            let message =
                format!("this is no variant of `{name}` ({} × {}): {reason}", whole.width, whole.height);
            let wanted = size.map_or(whole.width.div_ceil(2), |size| size.width);
            let height = scaled(*whole, wanted);
            let help =
                format!("make it from `{name}` again, {wanted} × {height} pixels, or give it another name");
            Some(Diagnostic::warning("picture-variant", message).on(file).help(help))
        });
        odd.collect()
    }
}

/// A file that is called like a variant of a picture.
pub struct Named {
    picture: SourcePath,
    file: SourcePath,
}

impl Named {
    /// `photo-640w.jpg`, taken apart; `None` for other names.
    #[must_use]
    pub fn of(file: &SourcePath) -> Option<Self> {
        let (stem, extension) = file.file_name().rsplit_once('.')?;
        let (name, digits) = stem.strip_suffix('w')?.rsplit_once('-')?;
        let is_width = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if name.is_empty() || !is_width {
            return None;
        }
        let picture = SourcePath::new(&format!("{}/{name}.{extension}", file.folder()));
        Some(Self { picture, file: file.clone() })
    }
}

/// How high a picture is at another width, in whole pixels.
fn scaled(whole: Pixels, width: u32) -> u64 {
    let (width, whole_width) = (u64::from(width), u64::from(whole.width).max(1));
    ((width * u64::from(whole.height) + whole_width / 2) / whole_width).max(1)
}

/// Whether one size is the other made smaller or larger: by one per cent, or by one pixel that was rounded away.
fn is_alike(whole: Pixels, size: Pixels) -> bool {
    let (across, down) =
        (u64::from(size.height) * u64::from(whole.width), u64::from(size.width) * u64::from(whole.height));
    let pixel = u64::from(whole.width.max(whole.height));
    across.abs_diff(down) <= pixel.max(down / 100)
}

#[cfg(test)]
mod tests {
    use super::{Named, Pixels, Variants, is_alike};
    use crate::source::SourcePath;

    fn size(width: u32, height: u32) -> Pixels {
        Pixels { width, height }
    }

    #[test]
    fn names_tell_whose_variant_a_file_is() {
        let picture =
            |file: &str| Named::of(&SourcePath::new(file)).map(|named| named.picture.as_str().to_owned());
        assert_eq!(picture("static/a/b-640w.jpg").as_deref(), Some("static/a/b.jpg"));
        assert_eq!(picture("static/b-2-1280w.webp").as_deref(), Some("static/b-2.webp"));
        for other in
            ["static/b.jpg", "static/b-w.jpg", "static/b-640.jpg", "static/-640w.jpg", "static/b-640w"]
        {
            assert_eq!(picture(other), None, "{other}");
        }
    }

    #[test]
    fn variants_have_the_proportions_of_their_picture() {
        assert!(is_alike(size(1600, 1067), size(640, 427)));
        assert!(is_alike(size(1600, 1067), size(640, 426)));
        assert!(is_alike(size(1600, 900), size(3200, 1800)));
        assert!(is_alike(size(1000, 100), size(33, 3)));
        assert!(!is_alike(size(1600, 1067), size(640, 480)));
        assert!(!is_alike(size(1600, 900), size(640, 0)));
        assert!(is_alike(size(0, 0), size(0, 0)));
    }

    #[test]
    fn widths_are_measured_and_each_stands_once() {
        let path = |name: &str| SourcePath::new(&format!("static/{name}"));
        let files = [
            ("a.jpg", size(1000, 500)),
            ("a-9w.jpg", size(800, 400)),
            ("a-400w.jpg", size(400, 200)),
            ("a-401w.jpg", size(400, 200)),
            ("a-1000w.jpg", size(1000, 500)),
            ("a-300w.jpg", size(300, 300)),
            ("b-300w.jpg", size(300, 300)),
        ];
        let pixels = files.iter().map(|(name, size)| (path(name), *size)).collect();
        let named = files.iter().rev().filter_map(|(name, _)| Named::of(&path(name))).collect();
        let variants = Variants::of(named, &pixels);
        let widths: Vec<(&str, u32)> = variants
            .of_picture(&path("a.jpg"))
            .iter()
            .map(|(file, size)| (file.file_name(), size.width))
            .collect();
        assert_eq!(widths, [("a-400w.jpg", 400), ("a-9w.jpg", 800)]);
        assert!(variants.of_picture(&path("b.jpg")).is_empty());
        assert_eq!(variants.findings(&pixels).len(), 1);
    }
}
