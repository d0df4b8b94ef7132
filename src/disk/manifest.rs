//! The manifest `.newsprint.json` inside an output: the mark of ownership, and the list of every file Newsprint wrote.
//!
//! The same files give the same bytes: it must not know a clock, a machine or an absolute path.

use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::disk::outlet::HALF;
use crate::disk::path;
use crate::disk::system;
use crate::fingerprint::Fingerprint;

/// The manifest's name at the top of every output.
pub const FILE_NAME: &str = ".newsprint.json";

/// The version of the manifest's form; a higher one on disk was written by a newer Newsprint.
const SCHEMA: u32 = 1;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Where, relative to the output, with `/` between the parts.
    pub path: String,
    /// How many bytes.
    pub size: u64,
    /// The XXH3-128 digest of the bytes, 32 hexadecimal digits: equal to `Fingerprint::of(bytes).short(32)`.
    pub xxh3: String,
}

/// What an output holds, as Newsprint left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    kind: Kind,
    files: Vec<Entry>,
}

impl Manifest {
    /// Takes the files of a whole output, in any order.
    #[must_use]
    pub fn new(kind: Kind, mut files: Vec<Entry>) -> Self {
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Self { kind, files }
    }

    /// Reads the manifest of the finished output in `folder`; `None` when Newsprint did not make it, or not to the end.
    ///
    /// # Errors
    ///
    /// When the file is there and cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        Ok(match read(folder)? {
            Marker::Published(manifest) => Some(manifest),
            Marker::Absent | Marker::Staging | Marker::Newer | Marker::Damaged => None,
        })
    }

    /// Whether the output may be deployed.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Every file Newsprint wrote but the manifest itself, by path.
    #[must_use]
    pub fn files(&self) -> &[Entry] {
        &self.files
    }

    /// The file at `path`.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Entry> {
        let at = self.files.binary_search_by(|entry| entry.path.as_str().cmp(path)).ok()?;
        Some(&self.files[at])
    }

    /// Whether the file at `path` is there with exactly this content.
    #[must_use]
    pub fn holds(&self, path: &str, content: Fingerprint) -> bool {
        self.find(path).is_some_and(|entry| entry.xxh3 == content.short(32))
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
        for path in self.files.iter().map(|entry| entry.path.as_str()) {
            let is_new = |end: usize| !last.starts_with(&path[..=end]);
            folders
                .extend(path.match_indices('/').filter(|(end, _)| is_new(*end)).map(|(end, _)| &path[..end]));
            last = path;
        }
        folders
    }

    /// The bytes of the manifest: JSON, one file a line.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let kind = match self.kind {
            Kind::Production => "production",
            Kind::Preview => "preview",
        };
        encode(kind, &self.files)
    }
}

/// The bytes of the mark on a folder that is not an output yet.
pub(super) fn staging() -> Vec<u8> {
    encode("staging", &[])
}

/// Puts a manifest into `folder`, whole or not at all.
pub(super) fn put(folder: &Path, manifest: &Manifest, shown: &Path) -> Result<()> {
    put_mark(folder, &manifest.to_bytes(), shown)
}

/// Puts the bytes of a marker into `folder`, whole or not at all.
pub(super) fn put_mark(folder: &Path, bytes: &[u8], shown: &Path) -> Result<()> {
    let half = folder.join(HALF);
    let whole = folder.join(FILE_NAME);
    fs::write(&half, bytes).and_then(|()| fs::rename(&half, &whole)).map_err(|error| {
        let shown = shown.join(FILE_NAME).display().to_string();
        system::cannot_write(error, &shown, bytes.len() as u64, folder)
    })
}

fn encode(kind: &str, files: &[Entry]) -> Vec<u8> {
    let tool = concat!("newsprint ", env!("CARGO_PKG_VERSION"));
    let mut text = String::with_capacity(128 + files.len() * 128);
    let _ = write!(
        text,
        "{{\n\"schema\": {SCHEMA},\n\"generator\": \"{tool}\",\n\"kind\": \"{kind}\",\n\"files\": ["
    );
    for (at, entry) in files.iter().enumerate() {
        text.push_str(if at == 0 { "\n" } else { ",\n" });
        text.push_str(&serde_json::to_string(entry).expect("strings and numbers always make JSON"));
    }
    text.push_str("\n]\n}\n");
    text.into_bytes()
}

/// What the manifest of a folder says about it.
#[derive(Debug)]
pub(super) enum Marker {
    /// There is none.
    Absent,
    /// A build was at work here and did not finish.
    Staging,
    /// A finished output.
    Published(Manifest),
    /// A finished output of a newer Newsprint.
    Newer,
    /// Not readable as a manifest.
    Damaged,
}

/// Reads the marker of `folder`.
pub(super) fn read(folder: &Path) -> Result<Marker> {
    #[derive(Deserialize)]
    struct Head {
        schema: u32,
    }
    #[derive(Deserialize)]
    struct Whole {
        schema: u32,
        kind: String,
        files: Vec<Entry>,
    }
    let place = folder.join(FILE_NAME);
    let bytes = match fs::read(&place) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Marker::Absent),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", place.display())),
    };
    let Ok(whole) = serde_json::from_slice::<Whole>(&bytes) else {
        let newer = serde_json::from_slice::<Head>(&bytes).is_ok_and(|head| head.schema > SCHEMA);
        return Ok(if newer { Marker::Newer } else { Marker::Damaged });
    };
    if whole.schema > SCHEMA {
        return Ok(Marker::Newer);
    }
    // Files are deleted by this list: a path that leaves the output must not get into it.
    if whole.files.iter().any(|entry| path::validate(&entry.path).is_err()) {
        return Ok(Marker::Damaged);
    }
    Ok(match whole.kind.as_str() {
        "production" => Marker::Published(Manifest::new(Kind::Production, whole.files)),
        "preview" => Marker::Published(Manifest::new(Kind::Preview, whole.files)),
        "staging" => Marker::Staging,
        _ => Marker::Damaged,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Entry, FILE_NAME, Kind, Manifest, Marker, read};
    use crate::fingerprint::Fingerprint;

    fn manifest(paths: &[&str]) -> Manifest {
        let entry = |path: &&str| Entry {
            path: (*path).to_owned(),
            size: path.len() as u64,
            xxh3: Fingerprint::of(path.as_bytes()).short(32),
        };
        Manifest::new(Kind::Production, paths.iter().map(entry).collect())
    }

    fn check(bytes: &[u8]) -> Marker {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join(FILE_NAME), bytes).expect("written");
        read(folder.path()).expect("read")
    }

    #[test]
    fn bytes_do_not_depend_on_the_order_of_writing_and_come_back() {
        let one = manifest(&["b/index.html", "a.html", "q\"uote\n.html"]);
        let other = manifest(&["q\"uote\n.html", "a.html", "b/index.html"]);
        assert_eq!(one.to_bytes(), other.to_bytes());
        let Marker::Published(back) = check(&one.to_bytes()) else { panic!("not published") };
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
    fn damage_newer_forms_and_paths_that_leave_the_output_are_told() {
        assert!(matches!(check(b""), Marker::Damaged));
        assert!(matches!(check(br#"{"schema":1,"kind":"production"}"#), Marker::Damaged));
        assert!(matches!(check(br#"{"schema":9,"pages":7}"#), Marker::Newer));
        assert!(matches!(check(&super::staging()), Marker::Staging));
        let escape = br#"{"schema":1,"kind":"production","files":[{"path":"../x","size":1,"xxh3":"00"}]}"#;
        assert!(matches!(check(escape), Marker::Damaged));
    }
}
