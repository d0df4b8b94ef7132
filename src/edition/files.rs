//! Files that are published as they are: bundle pictures, author portraits, and what lies in `static/`.
//!
//! Style sheets and scripts are also published with their content's hash in their name, which is how pages link them.

use bitcode::{Decode, Encode};
use std::collections::{BTreeMap, HashMap, HashSet};

use super::page::Page;
use super::variants::{Variant, Variants};
use crate::archive::Archive;
use crate::content::records::AuthorRecord;
use crate::diagnostic::Diagnostic;
use crate::fingerprint::Fingerprint;
use crate::route::Route;
use crate::source::SourcePath;

/// Hexadecimal digits of the hash in an asset's name: 40 bits.
const HASH_DIGITS: usize = 10;

/// Where a published file comes from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Origin {
    /// The newspaper's own file.
    Source(SourcePath),
    /// A file of the built-in theme, by its path in `static/`.
    Theme(String),
}

/// A style sheet or script in `static/`, with what its name needs.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its path below `static/`.
    pub name: String,
    /// The newspaper's file, or the theme's.
    pub origin: Origin,
    /// The digest of its content.
    pub fingerprint: Fingerprint,
}

/// The size of a picture in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Pixels {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// Every file that may be published.
#[derive(Default)]
pub struct Files {
    /// Files below `content/` that are not Markdown, by path.
    pub content: Vec<SourcePath>,
    /// Files below `static/`, the newspaper's and the theme's, by their path there.
    pub statics: BTreeMap<String, Origin>,
    /// Those of them that are style sheets or scripts, by their path in `static/`.
    pub assets: BTreeMap<String, Asset>,
    /// Folders that hold an `index.md`, published or not.
    pub bundle_folders: HashSet<String>,
    /// The sizes of pictures.
    pub pixels: HashMap<SourcePath, Pixels>,
    /// The same pictures in other widths.
    pub variants: Variants,
    /// The sizes in bytes of files that may be pictures.
    pub bytes: HashMap<SourcePath, u64>,
}

impl Files {
    /// The files that belong to a bundle: their names relative to it, and their paths.
    pub fn beside<'a>(&'a self, index: &'a SourcePath) -> impl Iterator<Item = (&'a str, &'a SourcePath)> {
        let folder = index.folder();
        let start = self.content.partition_point(|path| path.as_str() < folder);
        let inside = move |path: &&SourcePath| path.as_str().starts_with(folder);
        self.content[start..]
            .iter()
            .take_while(inside)
            .filter_map(move |path| Some((path.below(folder)?, path)))
    }

    /// The file a path written in a content file means, when it is there.
    #[must_use]
    pub fn content_file(&self, path: &SourcePath) -> Option<&SourcePath> {
        self.content.binary_search(path).ok().map(|index| &self.content[index])
    }

    /// The size of a picture that is published at `route`, when it is known, and its variants, which lie beside it.
    #[must_use]
    pub fn measured(&self, file: &SourcePath, route: &Route) -> (Option<Pixels>, Vec<Variant>) {
        let of = |(file, pixels): &(SourcePath, Pixels)| Variant {
            route: route.sibling(file.file_name()),
            pixels: *pixels,
        };
        let variants = self.variants.of_picture(file).iter().map(of).collect();
        (self.pixels.get(file).copied(), variants)
    }

    /// The portrait beside an author's record.
    #[must_use]
    pub fn author_photo(&self, record: &AuthorRecord, photo: &str) -> Option<&SourcePath> {
        self.content_file(&record.prose.path.join(photo)?)
    }

    /// The routes of everything in `static/`, and the hashed routes of assets by their plain URL path.
    #[must_use]
    pub fn published(&self) -> (Vec<(Route, Page)>, HashMap<String, Route>) {
        let mut routes: Vec<(Route, Page)> = Vec::new();
        let mut hashed = HashMap::new();
        for asset in self.assets.values() {
            let (stem, extension) = asset.name.rsplit_once('.').unwrap_or((&asset.name, ""));
            let route = Route::file(&format!("{stem}.{}.{extension}", asset.fingerprint.short(HASH_DIGITS)));
            routes.push((route.clone(), Page::File(asset.origin.clone())));
            hashed.insert(format!("/{}", asset.name), route);
        }
        for (name, origin) in &self.statics {
            let only_hashed = matches!(origin, Origin::Theme(_)) && hashed.contains_key(&format!("/{name}"));
            if !only_hashed {
                routes.push((Route::of_output_path(name), Page::File(origin.clone())));
            }
        }
        (routes, hashed)
    }

    /// Findings for files below `content/` that belong to no bundle and no author.
    #[must_use]
    pub fn unused(&self, archive: &Archive) -> Vec<Diagnostic> {
        let photos: Vec<&SourcePath> = archive
            .authors()
            .iter()
            .filter_map(|author| {
                let record = author.record.as_ref()?;
                self.author_photo(record, record.photo.as_ref()?)
            })
            .collect();
        let unused = self.content.iter().filter(|path| !photos.contains(path) && !self.in_bundle(path));
        unused
            .map(|path| {
                Diagnostic::warning("unused-file", "this file belongs to no article and is not published")
                    .on(path)
                    .help("move it into the folder of an article's `index.md`, or to `static/`")
            })
            .collect()
    }

    fn in_bundle(&self, path: &SourcePath) -> bool {
        let mut folder = path.folder();
        while folder.len() > "content".len() {
            if self.bundle_folders.contains(folder) {
                return true;
            }
            folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        false
    }
}

/// Whether a file of `static/` gets a hash in its name.
#[must_use]
pub fn is_asset(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    ["css", "js", "mjs"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}
