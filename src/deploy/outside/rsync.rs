//! A folder of another machine, by rsync over ssh: laid out as `local.rs` lays out a folder of this one.
//!
//! Files are only ever sent; what goes is deleted by its name, and rsync's own deleting is never used.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::Result;

use super::local::{CURRENT, PART, RELEASES};
use super::ssh::Connection;
use super::tree;
use crate::config::deploy::{Mode, Server};
use crate::deploy::digest::Digest;
use crate::deploy::listing::{Item, is_inside};
use crate::deploy::record::{FOLDER, is_id};
use crate::deploy::store::{Answer, Fault, Form, Parcel, Sending, Store};

/// How many files one run of rsync sends, and about how many bytes: enough that its start does not count, few enough that
/// bars move.
const FILES_OF_A_RUN: usize = 1_000;
const BYTES_OF_A_RUN: u64 = 32 << 20;

/// rsync's options: by content, whole files at the end of a run, half files kept for the next one.
const SEND: &[&str] = &[
    "--times",
    "--checksum",
    "--compress",
    "--delay-updates",
    "--partial-dir=.rsync-partial",
    "--chmod=D755,F644",
];

/// A folder of another machine as a target.
#[derive(Debug)]
pub(super) struct Rsync {
    connection: Connection,
    top: String,
    mode: Mode,
    /// A folder of this machine for notes on their way.
    desk: PathBuf,
    part: OnceLock<String>,
    /// Whether the folder of our notes is known to be there.
    prepared: OnceLock<()>,
}

impl Rsync {
    pub(super) fn new(server: &Server, desk: PathBuf) -> Result<Self> {
        let top = server.path.trim_end_matches('/').to_owned();
        Ok(Self {
            connection: Connection::new(server)?,
            top,
            mode: server.mode,
            desk,
            part: OnceLock::new(),
            prepared: OnceLock::new(),
        })
    }

    /// The folder whose files are being changed.
    fn site(&self) -> String {
        match self.part.get() {
            Some(key) => format!("{}/{RELEASES}/{PART}{key}", self.top),
            None => self.top.clone(),
        }
    }

    fn notes(&self) -> String {
        format!("{}/{FOLDER}", self.top)
    }

    /// Runs a script with the folder in `$1`.
    fn run(&self, script: &str, folder: &str, more: &[&str], input: &[u8]) -> Answer<Vec<u8>> {
        self.connection.run(script, &[&[folder], more].concat(), input)
    }

    fn mode(&self) -> &'static str {
        match self.mode {
            Mode::Releases => "releases",
            Mode::Plain => "plain",
        }
    }
}

impl Store for Rsync {
    fn shown(&self) -> String {
        format!("`{}:{}`", self.connection.who(), self.top)
    }

    fn form(&self) -> Form {
        match self.mode {
            Mode::Releases => Form::Whole,
            Mode::Plain => Form::InPlace,
        }
    }

    fn live(&self) -> Answer<Option<Vec<u8>>> {
        let out = self.run(scripts::LIVE, &self.top, &[self.mode()], b"")?;
        match out.split_first() {
            Some((b'=', record)) => Ok(Some(record.to_vec())),
            Some((b'!', why)) => {
                Err(Fault::lasting(format!("{}: {}", self.shown(), String::from_utf8_lossy(why).trim())))
            }
            _ => Ok(None),
        }
    }

    fn read(&self, names: &[String]) -> Answer<Vec<Option<Vec<u8>>>> {
        let out = self.run(scripts::READ, &self.notes(), &[], &lines(names.iter().map(String::as_str))?)?;
        let mut rest = &out[..];
        names.iter().map(|_| next_note(&mut rest).ok_or_else(|| self.garbled())).collect()
    }

    fn write(&self, notes: &[(String, Vec<u8>)]) -> Answer<()> {
        let _ = std::fs::remove_dir_all(&self.desk);
        for (name, bytes) in notes {
            tree::write(&tree::below(&self.desk, name)?, bytes, &self.desk.with_extension("halves"))?;
        }
        let names: Vec<&str> = notes.iter().map(|(name, _)| name.as_str()).collect();
        if self.prepared.get().is_none() {
            self.run(scripts::PREPARE, &self.notes(), &[], b"")?;
            let _ = self.prepared.set(());
        }
        let options = ["--checksum", "--compress", "--chmod=D700,F600"];
        let written = self.connection.rsync(&options, &self.desk, &self.notes(), &zeros(&names)?);
        let _ = std::fs::remove_dir_all(&self.desk);
        written
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Answer<bool> {
        let script = format!("{}{}", scripts::PREPARE, scripts::CREATE);
        let made = self.run(&script, &self.notes(), &[name], bytes)?;
        let _ = self.prepared.set(());
        Ok(made.starts_with(b"made"))
    }

    fn erase(&self, names: &[String]) -> Answer<()> {
        self.run(scripts::ERASE, &self.notes(), &[], &lines(names.iter().map(String::as_str))?).map(drop)
    }

    fn editions(&self) -> Answer<Vec<String>> {
        let out = self.run(scripts::EDITIONS, &self.top, &[self.mode()], b"")?;
        Ok(String::from_utf8_lossy(&out).lines().filter(|id| is_id(id)).map(str::to_owned).collect())
    }

    fn strangers(&self, most: usize) -> Answer<Vec<String>> {
        let out = self.run(scripts::STRANGERS, &self.top, &[self.mode(), &most.to_string()], b"")?;
        Ok(String::from_utf8_lossy(&out)
            .lines()
            .map(|line| line.trim_start_matches("./").to_owned())
            .collect())
    }

    fn occupied(&self, paths: &[&str]) -> Answer<Vec<bool>> {
        let site = match self.mode {
            Mode::Plain => self.top.clone(),
            Mode::Releases => format!("{}/{CURRENT}", self.top),
        };
        let out = self.run(scripts::OCCUPIED, &site, &[], &lines(paths.iter().copied())?)?;
        let flags: Vec<bool> =
            out.split(|c| *c == b'\n').take(paths.len()).map(|line| line == b"1").collect();
        if flags.len() == paths.len() { Ok(flags) } else { Err(self.garbled()) }
    }

    fn open(&self, key: &str, base: Option<&str>) -> Answer<bool> {
        if self.mode == Mode::Plain {
            return Ok(false);
        }
        let _ = self.part.set(key.to_owned());
        let out = self.run(scripts::OPEN, &self.top, &[key, base.unwrap_or_default()], b"")?;
        Ok(out.starts_with(b"goes on"))
    }

    fn already(&self, items: &[&Item]) -> Answer<Vec<bool>> {
        let paths: Vec<&str> = items.iter().map(|item| item.path.as_str()).collect();
        let found = self.digests(&paths)?;
        Ok(items.iter().zip(found).map(|(item, found)| found == Some(item.digest)).collect())
    }

    fn put(&self, parcels: &[Parcel], sending: Sending<'_>) -> Answer<()> {
        for run in runs(parcels) {
            let Some(first) = run.first() else { continue };
            let depth = first.item.path.split('/').count();
            let folder = first.place.ancestors().nth(depth).unwrap_or(&first.place);
            let paths: Vec<&str> = run.iter().map(|parcel| parcel.item.path.as_str()).collect();
            self.connection.rsync(SEND, folder, &self.site(), &zeros(&paths)?)?;
            (sending.heard)(run.iter().map(|parcel| parcel.item.size).sum());
        }
        Ok(())
    }

    fn remove(&self, paths: &[&str]) -> Answer<()> {
        self.run(scripts::REMOVE, &self.site(), &[], &lines(paths.iter().copied())?).map(drop)
    }

    fn digests(&self, paths: &[&str]) -> Answer<Vec<Option<Digest>>> {
        let out = self.run(scripts::DIGESTS, &self.site(), &[], &zeros_below(paths)?)?;
        let text = String::from_utf8_lossy(&out);
        let found: HashMap<&str, Digest> = text
            .lines()
            .filter_map(|line| {
                Some((line.get(64..)?.trim_start_matches([' ', '*']), Digest::parse(line.get(..64)?)?))
            })
            .map(|(path, digest)| (path.trim_start_matches("./"), digest))
            .collect();
        Ok(paths.iter().map(|path| found.get(path).copied()).collect())
    }

    fn publish(&self, id: &str, record: &[u8]) -> Answer<()> {
        match self.part.get().filter(|_| self.mode == Mode::Releases) {
            Some(key) => self.run(scripts::PUBLISH, &self.top, &[key, id], b"").map(drop),
            None => self.write(&[("record.json".to_owned(), record.to_vec())]),
        }
    }

    fn go_back(&self, id: &str) -> Answer<()> {
        if !is_id(id) {
            return Err(Fault::lasting(format!("`{id}` is no edition")));
        }
        self.run(scripts::GO_BACK, &self.top, &[id], b"").map(drop)
    }

    fn discard(&self, id: &str) -> Answer<()> {
        if self.mode == Mode::Plain || !is_id(id) {
            return Ok(());
        }
        self.run(scripts::DISCARD, &self.top, &[id], b"").map(drop)
    }

    fn keep(&self, files: &[(&str, Digest)]) -> Answer<()> {
        let list: Vec<String> = files.iter().map(|(path, digest)| format!("{digest} {path}")).collect();
        self.run(scripts::KEEP, &self.top, &[], &lines(list.iter().map(String::as_str))?).map(drop)
    }

    fn kept(&self, digests: &[Digest]) -> Answer<Vec<bool>> {
        let names: Vec<String> = digests.iter().map(|digest| format!("{FOLDER}/objects/{digest}")).collect();
        let out = self.run(scripts::OCCUPIED, &self.top, &[], &lines(names.iter().map(String::as_str))?)?;
        Ok(out.split(|c| *c == b'\n').take(digests.len()).map(|line| line == b"1").collect())
    }

    fn restore(&self, items: &[&Item]) -> Answer<()> {
        let list: Vec<String> = items.iter().map(|item| format!("{} {}", item.digest, item.path)).collect();
        self.run(scripts::RESTORE, &self.top, &[], &lines(list.iter().map(String::as_str))?).map(drop)
    }

    fn forget(&self, digests: &[Digest]) -> Answer<()> {
        let names: Vec<String> = digests.iter().map(|digest| format!("objects/{digest}")).collect();
        self.erase(&names)
    }
}

impl Rsync {
    fn garbled(&self) -> Fault {
        Fault::passing(format!(
            "{} gave no whole answer (does the login shell print a greeting?)",
            self.shown()
        ))
    }
}

/// The files of each run of rsync.
fn runs(parcels: &[Parcel]) -> Vec<&[Parcel]> {
    let (mut all, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, parcel) in parcels.iter().enumerate() {
        bytes += parcel.item.size;
        if at + 1 - start == FILES_OF_A_RUN || bytes >= BYTES_OF_A_RUN || at + 1 == parcels.len() {
            all.push(&parcels[start..=at]);
            (start, bytes) = (at + 1, 0);
        }
    }
    all
}

/// Names, each on a line, as scripts read them.
fn lines<'a>(names: impl Iterator<Item = &'a str>) -> Answer<Vec<u8>> {
    let mut all = Vec::new();
    for name in names {
        let path = name.split_once(' ').filter(|(digest, _)| Digest::parse(digest).is_some());
        checked(path.map_or(name, |(_, path)| path))?;
        all.extend_from_slice(name.as_bytes());
        all.push(b'\n');
    }
    Ok(all)
}

/// Names with a zero after each, as rsync reads them.
fn zeros(names: &[&str]) -> Answer<Vec<u8>> {
    let mut all = Vec::new();
    for name in names {
        checked(name)?;
        all.extend_from_slice(name.as_bytes());
        all.push(0);
    }
    Ok(all)
}

/// The same, each beginning with `./`, so that none can be taken for an option.
fn zeros_below(names: &[&str]) -> Answer<Vec<u8>> {
    let below: Vec<String> = names.iter().map(|name| format!("./{name}")).collect();
    names.iter().try_for_each(|name| checked(name))?;
    Ok(below.iter().flat_map(|name| name.bytes().chain([0])).collect())
}

fn checked(name: &str) -> Answer<()> {
    if is_inside(name) {
        return Ok(());
    }
    Err(Fault::lasting(format!("`{}` is no path inside the site", name.escape_debug())))
}

/// The next note in an answer: its length on a line, `-1` for none, and its bytes. `None` when the answer was cut.
#[expect(clippy::option_option, reason = "no answer, no note, or a note")]
fn next_note(rest: &mut &[u8]) -> Option<Option<Vec<u8>>> {
    let end = memchr::memchr(b'\n', rest)?;
    let length: i64 = std::str::from_utf8(&rest[..end]).ok()?.trim().parse().ok()?;
    *rest = &rest[end + 1..];
    let Ok(length) = usize::try_from(length) else { return Some(None) };
    let bytes = rest.get(..length)?.to_vec();
    *rest = &rest[length..];
    Some(Some(bytes))
}

/// What runs on the other side, in the `sh` of POSIX. `$1` is a folder; lists come on standard input.
mod scripts {
    pub(super) const LIVE: &str = include_str!("rsync/live.sh");
    pub(super) const READ: &str = include_str!("rsync/read.sh");
    pub(super) const PREPARE: &str = include_str!("rsync/prepare.sh");
    pub(super) const CREATE: &str = include_str!("rsync/create.sh");
    pub(super) const ERASE: &str = include_str!("rsync/erase.sh");
    pub(super) const EDITIONS: &str = include_str!("rsync/editions.sh");
    pub(super) const STRANGERS: &str = include_str!("rsync/strangers.sh");
    pub(super) const OCCUPIED: &str = include_str!("rsync/occupied.sh");
    pub(super) const OPEN: &str = include_str!("rsync/open.sh");
    pub(super) const REMOVE: &str = include_str!("rsync/remove.sh");
    pub(super) const DIGESTS: &str = include_str!("rsync/digests.sh");
    pub(super) const PUBLISH: &str = include_str!("rsync/publish.sh");
    pub(super) const GO_BACK: &str = include_str!("rsync/go-back.sh");
    pub(super) const DISCARD: &str = include_str!("rsync/discard.sh");
    pub(super) const KEEP: &str = include_str!("rsync/keep.sh");
    pub(super) const RESTORE: &str = include_str!("rsync/restore.sh");
}
