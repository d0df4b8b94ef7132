//! Records: what a deploy writes down at its target, so that the next one knows what is there.
//!
//! The *record* says which edition is live and which lists hold its files; the *claim* of a deploy that goes on keeps a
//! second one out, and *touched* files are those it is about to change. Both are JSON, and what cannot be read is said, never guessed.

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::listing::is_inside;

/// The folder at a target that is ours.
pub const FOLDER: &str = ".newsprint-deploy";

/// The version of the form; a higher one was written by a newer Newsprint.
const SCHEMA: u32 = 1;

/// What is known of one edition at a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the form.
    pub schema: u32,
    /// Who wrote it.
    pub generator: String,
    /// The edition's name.
    pub id: String,
    /// Always `production`; a preview is never deployed.
    pub kind: String,
    /// Where the site was built for.
    pub base_url: String,
    /// The imprint of the output.
    pub imprint: String,
    /// When it was deployed, in seconds since 1970.
    pub deployed: i64,
    /// The Git revision of the newspaper, where it is under Git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// How many pages it has.
    pub pages: usize,
    /// The lists of its files.
    pub lists: Vec<String>,
    /// Assets that are there and no longer part of the site.
    #[serde(default)]
    pub retired: Vec<Retired>,
}

/// An asset that pages in readers' browsers may still ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// Where it is.
    pub path: String,
    /// Its digest, as it prints.
    pub digest: String,
    /// Since when it is no longer part of the site, in seconds since 1970.
    pub since: i64,
}

/// The claim of a deploy to a target: as long as it holds, nobody else changes the target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The version of the form.
    pub schema: u32,
    /// Which machine deploys: a random number that stays with the newspaper's folder.
    pub machine: String,
    /// A random number for the run.
    pub run: String,
    /// Until when the claim holds by itself, in seconds since 1970.
    pub until: i64,
    /// The edition that is being deployed.
    pub id: String,
    /// The imprint of its output.
    pub imprint: String,
}

/// What a deploy that goes on, or was interrupted, may have done to files that readers see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// Files that may be there already in their new form. Their old forms have been put aside.
    pub puts: Vec<String>,
    /// Files that may be gone already. Their old forms have been put aside.
    pub deletes: Vec<String>,
}

/// Why a record could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not what we write.
    Damaged,
    /// A newer Newsprint wrote it.
    Newer,
}

impl Record {
    /// The version of the form that is written.
    pub const SCHEMA: u32 = SCHEMA;

    /// Reads a record.
    ///
    /// # Errors
    ///
    /// When it is damaged or newer than this program.
    pub fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        check_schema(bytes)?;
        let record: Self = serde_json::from_slice(bytes).map_err(|_| Unreadable::Damaged)?;
        let is_name = |name: &String| name.len() == 32 && name.bytes().all(|c| c.is_ascii_hexdigit());
        let is_sound = is_id(&record.id)
            && record.lists.iter().all(is_name)
            && record.retired.iter().all(|retired| is_inside(&retired.path));
        if is_sound { Ok(record) } else { Err(Unreadable::Damaged) }
    }

    /// The record's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        in_lines(self)
    }
}

impl Claim {
    /// Reads a claim; one that was cut off while it was written binds nobody.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let claim: Self = serde_json::from_slice(bytes).ok()?;
        is_id(&claim.id).then_some(claim)
    }

    /// The claim's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        in_lines(self)
    }
}

impl Touched {
    /// Reads the note; one that was cut off was written before anything was touched.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let touched: Self = serde_json::from_slice(bytes).ok()?;
        let is_sound = touched.puts.iter().chain(&touched.deletes).all(|path| is_inside(path));
        is_sound.then_some(touched)
    }

    /// The note's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        in_lines(self)
    }
}

/// Whether a text is an edition's name: it becomes the name of a folder.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
}

/// The name of an edition that is deployed so many milliseconds after 1970: `20261124T060000123Z-1a2b3c4d`. Names sort by
/// time; the digits at the end tell editions of one moment apart.
#[must_use]
pub fn id(millis: i64, imprint: &str, base: Option<&str>) -> String {
    let moment = crate::date::Moment::from_unix(millis.div_euclid(1_000));
    let time = moment.format("%Y%m%dT%H%M%S").unwrap_or_default();
    let change = Digest::of(format!("{imprint} {}", base.unwrap_or_default()).as_bytes()).to_string();
    format!("{time}{:03}Z-{}", millis.rem_euclid(1_000), &change[..8])
}

fn check_schema(bytes: &[u8]) -> Result<(), Unreadable> {
    #[derive(Deserialize)]
    struct Schema {
        schema: u32,
    }
    let found: Schema = serde_json::from_slice(bytes).map_err(|_| Unreadable::Damaged)?;
    if found.schema > SCHEMA { Err(Unreadable::Newer) } else { Ok(()) }
}

fn in_lines(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::{Claim, Record, Touched, Unreadable, id};

    fn record() -> Record {
        Record {
            schema: 1,
            generator: "newsprint".to_owned(),
            id: id(1_764_000_000_042, "1a2b3c4d5e", None),
            kind: "production".to_owned(),
            base_url: "https://news.example/".to_owned(),
            imprint: "1a2b3c4d5e".to_owned(),
            deployed: 1_764_000_000,
            revision: None,
            pages: 3,
            lists: vec!["0".repeat(32)],
            retired: Vec::new(),
        }
    }

    #[test]
    fn records_come_back_or_say_why_not() {
        assert!(record().id.starts_with("20251124T160000042Z-"), "{}", record().id);
        assert_eq!(Record::parse(&record().to_bytes()), Ok(record()));
        assert_eq!(Record::parse(b"{\"schema\": 1"), Err(Unreadable::Damaged));
        assert_eq!(Record::parse(b"{\"schema\": 2}"), Err(Unreadable::Newer));
        for id in ["../x", "a/b", "", "x y z x y z"] {
            let bad = Record { id: id.to_owned(), ..record() };
            assert_eq!(Record::parse(&bad.to_bytes()), Err(Unreadable::Damaged), "{id}");
        }
    }

    #[test]
    fn notes_that_name_files_elsewhere_are_none() {
        let touched = Touched { puts: vec!["a.html".to_owned()], deletes: Vec::new() };
        assert_eq!(Touched::parse(&touched.to_bytes()), Some(touched.clone()));
        let bad = Touched { deletes: vec!["../../etc/passwd".to_owned()], ..touched };
        assert_eq!(Touched::parse(&bad.to_bytes()), None);
        let claim = Claim { id: record().id, ..Claim::default() };
        assert_eq!(Claim::parse(&claim.to_bytes()), Some(claim));
        assert_eq!(Claim::parse(b"{"), None);
    }
}
