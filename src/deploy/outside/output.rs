//! The built output as a deploy takes it: a finished production build, file by file as the build wrote it.
//!
//! Digests are remembered by size and time, so that a deploy after an edit reads what changed. Whether the build is of
//! today's sources is asked elsewhere.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bitcode::{Decode, Encode};
use rayon::prelude::*;

use super::packing::Packing;
use super::tree;
use crate::deploy::bounds::Refused;
use crate::deploy::carry_out::Edition;
use crate::deploy::class::is_text;
use crate::deploy::digest::Digest;
use crate::deploy::listing::{Item, Listing};
use crate::deploy::plan::Plan;
use crate::disk::manifest::{Entry, Kind, Manifest};
use crate::disk::outlet;
use crate::disk::system;
use crate::fingerprint::Fingerprint;

/// How many names a refusal lists.
const SHOWN: usize = 5;

/// The version of the form of what is remembered.
const SCHEMA: u32 = 1;

/// Compressed texts are not worth a request below this size: it fits a packet of the network.
const LEAST_PACKED_BYTES: u64 = 1_400;

/// A finished build, ready to be compared with what is at a target.
#[derive(Clone, Debug)]
pub struct Output {
    /// What it holds.
    pub edition: Edition,
    folder: PathBuf,
    /// The compressed forms among its files: of what, and how.
    packed: BTreeMap<String, (String, Packing)>,
}

/// Which compressed forms are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Packings {
    /// gzip.
    pub gzip: bool,
    /// Brotli.
    pub brotli: bool,
}

/// What is remembered of one file.
#[derive(Clone, Default, Encode, Decode)]
struct Note {
    size: u64,
    modified_ns: i64,
    /// The digest in the output's own lists.
    xxh3: u128,
    digest: [u8; 32],
    /// The sizes and digests of compressed forms.
    gzip: Option<(u64, [u8; 32])>,
    brotli: Option<(u64, [u8; 32])>,
}

#[derive(Default, Encode, Decode)]
struct Notes {
    schema: u32,
    notes: Vec<(String, Note)>,
}

impl Output {
    /// Reads the output in `folder` that was built for `base_url`; reasons why it cannot be deployed instead. `memory` is
    /// the file that remembers digests.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn read(
        folder: &Path,
        memory: &Path,
        base_url: &str,
        packings: Packings,
    ) -> Result<Result<Self, Vec<Refused>>> {
        let Some(manifest) = Manifest::read(folder)? else { return Ok(Err(vec![unfinished(folder)])) };
        let mut refused = Vec::new();
        if manifest.kind() == Kind::Preview {
            let help = "run `newsprint build` without `--drafts`";
            refused.push(Refused::new("the output is a preview: it may hold drafts", help));
        }
        let known = remembered(memory);
        let looked: Vec<Result<Option<Note>>> = manifest
            .files()
            .par_iter()
            .map(|entry| look(folder, entry, known.get(&*entry.path), packings))
            .collect();
        let mut notes = Vec::with_capacity(looked.len());
        let mut changed = Vec::new();
        for (entry, note) in manifest.files().iter().zip(looked) {
            match note? {
                Some(note) => notes.push((entry.path.to_string(), note)),
                None => changed.push(&*entry.path),
            }
        }
        if !changed.is_empty() {
            refused.push(altered(&changed));
        }
        refused.extend(built_for_another(folder, base_url)?);
        if !refused.is_empty() {
            return Ok(Err(refused));
        }
        let output = Self::new(folder, &manifest, base_url, (&notes, packings));
        let bytes = bitcode::encode(&Notes { schema: SCHEMA, notes });
        // What cannot be remembered is read again.
        let _ = super::desk::put(memory, &bytes);
        Ok(Ok(output))
    }

    fn new(
        folder: &Path,
        manifest: &Manifest,
        base_url: &str,
        (notes, packings): (&[(String, Note)], Packings),
    ) -> Self {
        let mut items = Vec::with_capacity(notes.len());
        let mut packed = BTreeMap::new();
        for (path, note) in notes {
            let digest = Digest::from_bytes(note.digest);
            items.push(Item { path: path.clone(), size: note.size, digest });
            for (wanted, form, found) in
                [(packings.gzip, Packing::Gzip, note.gzip), (packings.brotli, Packing::Brotli, note.brotli)]
            {
                let Some((size, digest)) = found.filter(|_| wanted) else { continue };
                let name = format!("{path}{}", form.suffix());
                // A file of the newspaper's own of that name counts.
                if manifest.find(&name).is_none() {
                    items.push(Item { path: name.clone(), size, digest: Digest::from_bytes(digest) });
                    packed.insert(name, (path.clone(), form));
                }
            }
        }
        let edition = Edition {
            id: None,
            listing: Listing::new(items),
            base_url: base_url.to_owned(),
            imprint: manifest.head().imprint.to_string(),
            revision: None,
        };
        Self { edition, folder: folder.to_owned(), packed }
    }

    /// Whether the output is still the one that was read.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn is_still_there(&self) -> Result<bool> {
        let now = Manifest::read(&self.folder)?;
        Ok(now.is_some_and(|now| now.head().imprint.to_string() == self.edition.imprint))
    }

    /// Puts every file that a plan sends into the folder `to`, as it is now: whatever is built meanwhile, what is sent
    /// belongs together.
    ///
    /// # Errors
    ///
    /// When the disk does not take them.
    pub fn gather(&self, plan: &Plan, to: &Path) -> Result<()> {
        let halves = to.with_extension("halves");
        plan.puts.par_iter().try_for_each(|put| {
            let path = &put.item.path;
            let place = to.join(path);
            match self.packed.get(path) {
                Some((from, form)) => {
                    let from = self.folder.join(from);
                    let bytes =
                        fs::read(&from).with_context(|| format!("cannot read `{}`", from.display()))?;
                    let bytes = form.pack(&bytes).with_context(|| format!("cannot compress `{path}`"))?;
                    tree::write(&place, &bytes, &halves)?;
                }
                None => tree::link(&self.folder.join(path), &place, &halves)?,
            }
            anyhow::Ok(())
        })?;
        outlet::has_second_names(&self.folder);
        Ok(())
    }

    /// Takes the folder of gathered files away again.
    pub fn scatter(&self, gathered: &Path) {
        let _ = fs::remove_dir_all(gathered);
        let _ = fs::remove_dir_all(gathered.with_extension("halves"));
        outlet::has_second_names(&self.folder);
    }
}

fn unfinished(folder: &Path) -> Refused {
    let what = format!("`{}` holds no finished build", folder.display());
    Refused::new(
        what,
        "run `newsprint build` first; an output that was copied needs its `.newsprint.json` and `.newsprint-files/`",
    )
}

fn altered(paths: &[&str]) -> Refused {
    let names: Vec<String> = paths.iter().take(SHOWN).map(|path| format!("`{path}`")).collect();
    let more = if paths.len() > SHOWN { format!(" and {} more", paths.len() - SHOWN) } else { String::new() };
    let what = format!("the output is not as the build left it: {}{more}", names.join(", "));
    Refused::new(what, "run `newsprint build --no-cache`; change templates or `static/`, not the output")
}

/// An output whose sitemap speaks of another site.
fn built_for_another(folder: &Path, base_url: &str) -> Result<Option<Refused>> {
    let place = folder.join("sitemap.xml");
    let text = match fs::read_to_string(&place) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", place.display())),
    };
    let other = text
        .split("<loc>")
        .skip(1)
        .filter_map(|rest| rest.split("</loc>").next())
        .find(|loc| !loc.starts_with(base_url));
    let help = "run `newsprint build`, so that the output is for today's `base_url`";
    let what = |loc: &str| format!("the output was built for another address: `{loc}`, not `{base_url}`");
    Ok(other.map(|loc| Refused::new(what(loc), help)))
}

/// What is known of a listed file; `None` when it is not as it was written.
fn look(folder: &Path, entry: &Entry, known: Option<&Note>, packings: Packings) -> Result<Option<Note>> {
    let place = folder.join(&*entry.path);
    let Ok(found) = fs::symlink_metadata(&place) else { return Ok(None) };
    if !found.is_file() || found.len() != entry.size {
        return Ok(None);
    }
    let modified_ns = i64::try_from(system::modified_ns(&found)).unwrap_or(i64::MAX);
    let (xxh3, size) = (entry.xxh3.bits(), entry.size);
    let known = known.filter(|note| {
        (note.size, note.modified_ns, note.xxh3) == (size, modified_ns, xxh3)
            && is_complete(note, &entry.path, packings)
    });
    if let Some(note) = known {
        return Ok(Some(note.clone()));
    }
    let bytes = fs::read(&place).with_context(|| format!("cannot read `{}`", place.display()))?;
    if Fingerprint::of(&bytes) != entry.xxh3 {
        return Ok(None);
    }
    let digest = *Digest::of(&bytes).bytes();
    let mut note = Note { size, modified_ns, xxh3, digest, ..Note::default() };
    if is_packed(&entry.path, size) {
        let form = |wanted: bool, form: Packing| -> Result<Option<(u64, [u8; 32])>> {
            if !wanted {
                return Ok(None);
            }
            let packed = form.pack(&bytes).with_context(|| format!("cannot compress `{}`", entry.path))?;
            Ok(Some((packed.len() as u64, *Digest::of(&packed).bytes())))
        };
        note.gzip = form(packings.gzip, Packing::Gzip)?;
        note.brotli = form(packings.brotli, Packing::Brotli)?;
    }
    Ok(Some(note))
}

fn is_complete(note: &Note, path: &str, packings: Packings) -> bool {
    !is_packed(path, note.size)
        || ((note.gzip.is_some() || !packings.gzip) && (note.brotli.is_some() || !packings.brotli))
}

fn is_packed(path: &str, size: u64) -> bool {
    size >= LEAST_PACKED_BYTES && is_text(path) && !path.starts_with('.') && !path.starts_with('_')
}

fn remembered(memory: &Path) -> HashMap<String, Note> {
    let bytes = fs::read(memory).unwrap_or_default();
    let notes: Notes = bitcode::decode(&bytes).unwrap_or_default();
    if notes.schema == SCHEMA { notes.notes.into_iter().collect() } else { HashMap::new() }
}
