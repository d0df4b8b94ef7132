//! The manifest of an output: the mark of ownership `.newsprint.json`, and what is known of every file Newsprint wrote.
//!
//! The mark is small and tells one output from another by its imprint; the files are listed beside it, in `lists.rs`. The
//! same files give the same bytes: it must not know a clock, a machine or an absolute path.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Error, Result};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::disk::imprint::Imprint;
use crate::disk::lists;
use crate::disk::outlet::HALF;
use crate::disk::refusal::Refusal;
use crate::disk::system;
use crate::fingerprint::Fingerprint;

/// The name of the mark at the top of every output.
pub const FILE_NAME: &str = ".newsprint.json";

/// The version of the manifest's form; a higher one on disk was written by a newer Newsprint.
const SCHEMA: u32 = 2;

/// Whether an output may be deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What readers may see.
    Production,
    /// Made for the desk's own eyes: may hold drafts and scheduled articles.
    Preview,
}

/// One file that Newsprint wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where, relative to the output, with `/` between the parts.
    pub path: Arc<str>,
    /// How many bytes.
    pub size: u64,
    /// The XXH3-128 digest of the bytes.
    pub xxh3: Fingerprint,
}

impl Entry {
    /// What the file adds to the imprint of its output.
    pub(super) fn digest(&self) -> u128 {
        let mut all = Xxh3::new();
        all.update(self.path.as_bytes());
        all.update(b"\n");
        all.update(&self.size.to_le_bytes());
        all.update(self.xxh3.short(32).as_bytes());
        all.digest128()
    }
}

/// What the mark of a finished output tells without its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whether the output may be deployed.
    pub kind: Kind,
    /// How many files are listed.
    pub files: usize,
    /// Which output it is.
    pub imprint: Imprint,
}

impl Head {
    /// The bytes of the mark.
    fn to_bytes(self) -> Vec<u8> {
        let kind = match self.kind {
            Kind::Production => "production",
            Kind::Preview => "preview",
        };
        encode(kind, &format!(",\n\"files\": {},\n\"imprint\": \"{}\"", self.files, self.imprint))
    }
}

/// What an output holds, as Newsprint left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    head: Head,
    files: Vec<Entry>,
}

impl Manifest {
    /// Takes the files of a whole output, in any order.
    #[must_use]
    pub fn new(kind: Kind, mut files: Vec<Entry>) -> Self {
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let imprint = files.iter().fold(Imprint::empty(kind), Imprint::with);
        Self { head: Head { kind, files: files.len(), imprint }, files }
    }

    /// Reads the manifest of the finished output in `folder`; `None` when Newsprint did not make it, or not to the end.
    ///
    /// # Errors
    ///
    /// When its files cannot be read, or do not belong together.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let Marker::Published(head) = read(folder)? else { return Ok(None) };
        Self::listed(folder, head).map(Some)
    }

    /// Reads what an output lists whose files are being replaced: those of the old edition and of the new.
    pub(super) fn read_mixed(folder: &Path) -> Result<Self> {
        match lists::read_mixed(folder)? {
            Some(files) => Ok(Self::new(Kind::Preview, files)),
            None => Err(damaged(folder)),
        }
    }

    fn listed(folder: &Path, head: Head) -> Result<Self> {
        let files = lists::read_all(folder, head.files)?;
        let manifest = files.map(|files| Self::new(head.kind, files)).filter(|whole| whole.head == head);
        manifest.ok_or_else(|| damaged(folder))
    }

    /// What the mark tells.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Whether the output may be deployed.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.head.kind
    }

    /// Every file Newsprint wrote but the manifest's own, by path.
    #[must_use]
    pub fn files(&self) -> &[Entry] {
        &self.files
    }

    /// The file at `path`.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Entry> {
        let at = self.files.binary_search_by(|entry| (*entry.path).cmp(path)).ok()?;
        Some(&self.files[at])
    }

    /// Whether the file at `path` is there with exactly this content.
    #[must_use]
    pub fn holds(&self, path: &str, content: Fingerprint) -> bool {
        self.find(path).is_some_and(|entry| entry.xxh3 == content)
    }

    /// Whether some file lies in `folder` (no trailing `/`) or deeper.
    #[must_use]
    pub fn reaches_into(&self, folder: &str) -> bool {
        let below = |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        // Everything below `a` stands together, between `a/` and `a0`: `0` follows `/`.
        let start = self.files.partition_point(|entry| {
            let path = entry.path.as_bytes();
            let same = path.len().min(folder.len());
            match path[..same].cmp(&folder.as_bytes()[..same]) {
                std::cmp::Ordering::Equal => path.len() <= folder.len() || path[folder.len()] < b'/',
                other => other.is_lt(),
            }
        });
        self.files.get(start).is_some_and(|entry| below(&entry.path))
    }

    /// Every folder that holds one of the files, or such a folder.
    pub(super) fn folders(&self) -> Vec<&str> {
        let mut folders: Vec<&str> = Vec::new();
        let mut last = "";
        for path in self.files.iter().map(|entry| &*entry.path) {
            let is_new = |end: usize| !last.starts_with(&path[..=end]);
            folders
                .extend(path.match_indices('/').filter(|(end, _)| is_new(*end)).map(|(end, _)| &path[..end]));
            last = path;
        }
        folders
    }
}

fn damaged(folder: &Path) -> Error {
    let place = folder.join(lists::FOLDER);
    let help = "look into the folder, delete the whole output if nothing in it is yours, and build again";
    Refusal::new(format!("the lists of files in `{}` are damaged", place.display()), help).into()
}

/// The bytes of the mark on a folder that is not an output yet.
pub(super) fn staging() -> Vec<u8> {
    encode("staging", "")
}

/// The bytes of the mark on an output whose files are being replaced one by one.
pub(super) fn mixed() -> Vec<u8> {
    encode("mixed", "")
}

/// Puts a whole manifest into `folder`: the lists, then the mark.
pub(super) fn put(folder: &Path, manifest: &Manifest, shown: &Path) -> Result<()> {
    lists::write_all(folder, manifest.files(), shown)?;
    put_head(folder, manifest.head(), shown)
}

/// Puts the mark of a finished output into `folder`, whole or not at all.
pub(super) fn put_head(folder: &Path, head: Head, shown: &Path) -> Result<()> {
    put_mark(folder, &head.to_bytes(), shown)
}

/// Puts the bytes of a mark into `folder`, whole or not at all.
pub(super) fn put_mark(folder: &Path, bytes: &[u8], shown: &Path) -> Result<()> {
    let half = folder.join(HALF);
    let whole = folder.join(FILE_NAME);
    fs::write(&half, bytes).and_then(|()| fs::rename(&half, &whole)).map_err(|error| {
        let shown = shown.join(FILE_NAME).display().to_string();
        system::cannot_write(error, &shown, bytes.len() as u64, folder)
    })
}

fn encode(kind: &str, more: &str) -> Vec<u8> {
    let tool = concat!("newsprint ", env!("CARGO_PKG_VERSION"));
    format!("{{\n\"schema\": {SCHEMA},\n\"generator\": \"{tool}\",\n\"kind\": \"{kind}\"{more}\n}}\n")
        .into_bytes()
}

/// What the mark of a folder says about it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Marker {
    /// There is none.
    Absent,
    /// A build was at work here and did not finish.
    Staging,
    /// A finished output.
    Published(Head),
    /// An output whose files are being replaced one by one, or were when a run was killed.
    Mixed,
    /// A finished output of a newer Newsprint.
    Newer,
    /// Not readable as a mark.
    Damaged,
}

/// Reads the mark of `folder`.
pub(super) fn read(folder: &Path) -> Result<Marker> {
    read_mark(&folder.join(FILE_NAME))
}

/// Reads the mark in the file `place`.
pub(super) fn read_mark(place: &Path) -> Result<Marker> {
    #[derive(Deserialize)]
    struct Mark {
        schema: u32,
        kind: Option<String>,
        files: Option<serde_json::Value>,
        imprint: Option<String>,
    }
    let bytes = match fs::read(place) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Marker::Absent);
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", place.display())),
    };
    let Ok(mark) = serde_json::from_slice::<Mark>(&bytes) else { return Ok(Marker::Damaged) };
    if mark.schema > SCHEMA {
        return Ok(Marker::Newer);
    }
    let published = |kind| {
        let files = usize::try_from(mark.files.as_ref()?.as_u64()?).ok()?;
        Some(Head { kind, files, imprint: Imprint::parse(mark.imprint.as_deref()?)? })
    };
    let head = match mark.kind.as_deref() {
        Some("production") => published(Kind::Production),
        Some("preview") => published(Kind::Preview),
        Some("staging") => return Ok(Marker::Staging),
        Some("mixed") => return Ok(Marker::Mixed),
        _ => None,
    };
    Ok(head.map_or(Marker::Damaged, Marker::Published))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Entry, FILE_NAME, Kind, Manifest, Marker, put, read};
    use crate::fingerprint::Fingerprint;

    fn manifest(paths: &[&str]) -> Manifest {
        let entry = |path: &&str| Entry {
            path: (*path).into(),
            size: path.len() as u64,
            xxh3: Fingerprint::of(path.as_bytes()),
        };
        Manifest::new(Kind::Production, paths.iter().map(entry).collect())
    }

    fn check(bytes: &[u8]) -> Marker {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join(FILE_NAME), bytes).expect("written");
        read(folder.path()).expect("read")
    }

    #[test]
    fn what_is_put_comes_back_whatever_the_order() {
        let one = manifest(&["b/index.html", "a.html", "q\"uote.html"]);
        assert_eq!(one, manifest(&["q\"uote.html", "a.html", "b/index.html"]));
        let folder = tempfile::tempdir().expect("a temporary folder");
        put(folder.path(), &one, Path::new("public")).expect("written");
        let back = Manifest::read(folder.path()).expect("readable").expect("published");
        assert_eq!(back, one);
        assert!(back.holds("a.html", Fingerprint::of(b"a.html")));
        assert!(!back.holds("a.html", Fingerprint::of(b"b")));
    }

    #[test]
    fn folders_of_ours_are_told_from_their_neighbours() {
        let all = manifest(&["a", "a-b/x", "a/x", "a0/x", "b.html", "c/d/e"]);
        for (folder, wanted) in
            [("a", true), ("a-b", true), ("c", true), ("c/d", true), ("b.html", false), ("c/d/e", false)]
        {
            assert_eq!(all.reaches_into(folder), wanted, "{folder}");
        }
        assert_eq!(all.folders(), ["a-b", "a", "a0", "c", "c/d"]);
        for folder in ["", "0", "a-", "a1", "d", "z"] {
            assert!(!all.reaches_into(folder), "{folder}");
        }
    }

    #[test]
    fn damage_and_newer_forms_are_told() {
        assert!(matches!(check(b""), Marker::Damaged));
        assert!(matches!(check(br#"{"schema":1,"kind":"production"}"#), Marker::Damaged));
        assert!(matches!(check(br#"{"schema":1,"kind":"production","files":[]}"#), Marker::Damaged));
        assert!(matches!(check(br#"{"schema":9,"pages":7}"#), Marker::Newer));
        assert!(matches!(check(&super::staging()), Marker::Staging));
    }

    #[test]
    fn lists_that_do_not_fit_their_mark_are_an_error() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        put(folder.path(), &manifest(&["a", "b"]), Path::new("public")).expect("written");
        super::put_head(folder.path(), manifest(&["a"]).head(), Path::new("public")).expect("written");
        Manifest::read(folder.path()).expect_err("two files, one announced");
    }
}
