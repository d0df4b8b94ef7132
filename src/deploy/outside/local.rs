//! A folder of this machine: releases behind a link that is swapped in one step, or one folder whose files are replaced
//! one by one.
//!
//! ```text
//! /srv/news/current → releases/20261124T060000123Z-1a2b3c4d      what the web server shows
//! /srv/news/releases/…   /srv/news/.newsprint-deploy/…        editions; our notes, which nobody else can read
//! ```

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::tree;
use crate::config::deploy::Mode;
use crate::deploy::digest::Digest;
use crate::deploy::listing::Item;
use crate::deploy::record::{FOLDER, is_id};
use crate::deploy::store::{Answer, Fault, Form, Parcel, Sending, Store};

/// The link that the web server follows, and the folder of the editions.
pub(super) const CURRENT: &str = "current";
pub(super) const RELEASES: &str = "releases";

/// How the folder of an edition in the making begins.
pub(super) const PART: &str = ".part-";

/// A folder as a target.
#[derive(Debug)]
pub(super) struct Local {
    top: PathBuf,
    mode: Mode,
    /// Of a deploy by releases: the folder of the edition in the making, once it is opened.
    part: std::sync::OnceLock<String>,
}

impl Local {
    /// The folder `top`, which was found to be no dangerous one.
    pub(super) fn new(top: PathBuf, mode: Mode) -> Self {
        Self { top, mode, part: std::sync::OnceLock::new() }
    }

    fn note(&self, name: &str) -> Answer<PathBuf> {
        tree::below(&self.top.join(FOLDER), name)
    }

    fn kept_place(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.top.join(FOLDER).join("objects").join(&name[..2]).join(name)
    }

    /// The folder whose files are being changed.
    fn site(&self) -> PathBuf {
        match self.part.get() {
            Some(key) => self.release(&format!("{PART}{key}")),
            None => self.top.clone(),
        }
    }

    fn release(&self, name: &str) -> PathBuf {
        self.top.join(RELEASES).join(name)
    }

    /// The name of the edition behind the link.
    fn current(&self) -> Answer<Option<String>> {
        let link = self.top.join(CURRENT);
        match fs::read_link(&link) {
            Ok(to) => {
                let id = to.file_name().and_then(|name| name.to_str()).filter(|name| is_id(name));
                let is_ours = to.parent().is_some_and(|folder| folder.ends_with(RELEASES));
                let id = id.filter(|_| is_ours).map(str::to_owned);
                let lost = || {
                    Fault::Refused(format!(
                        "the link `{}` leads to `{}`, which is no edition of ours",
                        link.display(),
                        to.display()
                    ))
                };
                id.map(Some).ok_or_else(lost)
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) if error.kind() == ErrorKind::InvalidInput => Err(Fault::Refused(format!(
                "`{}` is not a link; Newsprint puts one there, and will not replace what is not its own",
                link.display()
            ))),
            Err(error) => Err(tree::failed("read", &link, &error)),
        }
    }

    /// Points the link to an edition, in one step.
    fn point_to(&self, id: &str) -> Answer<()> {
        let (link, new) = (self.top.join(CURRENT), self.top.join(format!("{FOLDER}/current.new")));
        let _ = fs::remove_file(&new);
        let target = Path::new(RELEASES).join(id);
        symlink(&target, &new)
            .and_then(|()| fs::rename(&new, &link))
            .map_err(|e| tree::failed("replace", &link, &e))
    }

    /// Where files grow that readers must not meet half.
    fn halves(&self) -> PathBuf {
        self.top.join(FOLDER).join("halves")
    }

    fn each_note(&self, names: &[String], act: impl Fn(&Path) -> Answer<()>) -> Answer<()> {
        names.iter().try_for_each(|name| act(&self.note(name)?))
    }
}

impl Store for Local {
    fn shown(&self) -> String {
        format!("`{}`", self.top.display())
    }

    fn form(&self) -> Form {
        match self.mode {
            Mode::Releases => Form::Whole,
            Mode::Plain => Form::InPlace,
        }
    }

    fn live(&self) -> Answer<Option<Vec<u8>>> {
        if self.mode == Mode::Plain {
            return tree::read(&self.note("record.json")?);
        }
        let Some(id) = self.current()? else { return Ok(None) };
        let record = tree::read(&self.note(&format!("editions/{id}.json"))?)?;
        let lost =
            || Fault::lasting(format!("the record of the edition `{id}` in {} is missing", self.shown()));
        record.map(Some).ok_or_else(lost)
    }

    fn read(&self, names: &[String]) -> Answer<Vec<Option<Vec<u8>>>> {
        names.iter().map(|name| tree::read(&self.note(name)?)).collect()
    }

    fn write(&self, notes: &[(String, Vec<u8>)]) -> Answer<()> {
        prepare(&self.top.join(FOLDER))?;
        notes.iter().try_for_each(|(name, bytes)| tree::write(&self.note(name)?, bytes, &self.halves()))
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Answer<bool> {
        prepare(&self.top.join(FOLDER))?;
        let place = self.note(name)?;
        // A file that is whole before it has its name, and no second one of that name.
        let whole = self.halves().join(format!("new-{}", std::process::id()));
        tree::write(&whole, bytes, &self.halves())?;
        let made = fs::hard_link(&whole, &place);
        let _ = fs::remove_file(&whole);
        match made {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(_) if place.exists() => Ok(false),
            // A disk without second names.
            Err(_) => tree::write(&place, bytes, &self.halves()).map(|()| true),
        }
    }

    fn erase(&self, names: &[String]) -> Answer<()> {
        self.each_note(names, |place| match fs::remove_file(place) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(tree::failed("delete", place, &error)),
            _ => Ok(()),
        })
    }

    fn editions(&self) -> Answer<Vec<String>> {
        let folder = self.top.join(FOLDER).join("editions");
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let ids = names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned));
        let is_whole = |id: &String| self.mode == Mode::Plain || self.release(id).is_dir();
        Ok(ids.filter(|id| is_id(id) && is_whole(id)).collect())
    }

    fn strangers(&self, most: usize) -> Answer<Vec<String>> {
        let ours: &[&str] = match self.mode {
            Mode::Releases => &[FOLDER, RELEASES],
            Mode::Plain => &[FOLDER],
        };
        Ok(tree::files(&self.top, ours, most))
    }

    fn occupied(&self, paths: &[&str]) -> Answer<Vec<bool>> {
        let site = match self.mode {
            Mode::Plain => self.top.clone(),
            Mode::Releases => self.top.join(CURRENT),
        };
        paths.iter().map(|path| Ok(fs::symlink_metadata(tree::below(&site, path)?).is_ok())).collect()
    }

    fn open(&self, key: &str, base: Option<&str>) -> Answer<bool> {
        prepare(&self.top.join(FOLDER))?;
        // What a killed run was writing.
        let _ = fs::remove_dir_all(self.halves());
        if self.mode == Mode::Plain {
            return Ok(false);
        }
        let part = self.release(&format!("{PART}{key}"));
        let _ = self.part.set(key.to_owned());
        if !part.is_dir() {
            self.take_back(key, &part)?;
        }
        let goes_on = part.is_dir();
        self.sweep(key);
        if !goes_on {
            let fresh = self.release(&format!("{PART}{key}-fresh"));
            let _ = fs::remove_dir_all(&fresh);
            fs::create_dir_all(&fresh).map_err(|error| tree::failed("make the folder", &fresh, &error))?;
            if let Some(base) = base {
                tree::double(&self.release(base), &fresh)?;
            }
            fs::rename(&fresh, &part).map_err(|error| tree::failed("rename", &fresh, &error))?;
        }
        Ok(goes_on)
    }

    fn already(&self, items: &[&Item]) -> Answer<Vec<bool>> {
        let site = self.site();
        let is_there = |item: &&Item| {
            let place = tree::below(&site, &item.path)?;
            if fs::symlink_metadata(&place).is_ok_and(|found| found.len() != item.size) {
                return Ok(false);
            }
            Ok(tree::digest(&place)?.is_some_and(|(_, digest)| digest == item.digest))
        };
        items.par_iter().map(is_there).collect()
    }

    fn put(&self, parcels: &[Parcel], sending: Sending<'_>) -> Answer<()> {
        let site = self.site();
        parcels.par_iter().try_for_each(|parcel| {
            let place = tree::below(&site, &parcel.item.path)?;
            tree::copy(&parcel.place, &place, &self.halves(), sending.heard)
        })
    }

    fn remove(&self, paths: &[&str]) -> Answer<()> {
        let site = self.site();
        paths.iter().try_for_each(|path| tree::remove(&site, path))
    }

    fn digests(&self, paths: &[&str]) -> Answer<Vec<Option<Digest>>> {
        let site = self.site();
        let digest = |path: &&str| Ok(tree::digest(&tree::below(&site, path)?)?.map(|(_, digest)| digest));
        paths.par_iter().map(digest).collect()
    }

    fn publish(&self, id: &str, record: &[u8]) -> Answer<()> {
        let Some(key) = self.part.get().filter(|_| self.mode == Mode::Releases) else {
            return tree::write(&self.note("record.json")?, record, &self.halves());
        };
        let (part, whole) = (self.release(&format!("{PART}{key}")), self.release(id));
        // A run killed after the next step finds its work again.
        tree::write(&self.note(&format!("begun/{key}"))?, id.as_bytes(), &self.halves())?;
        if part.is_dir() {
            fs::rename(&part, &whole).map_err(|error| tree::failed("rename", &part, &error))?;
        }
        self.point_to(id)?;
        self.erase(&[format!("begun/{key}")])
    }

    fn go_back(&self, id: &str) -> Answer<()> {
        if !is_id(id) || !self.release(id).is_dir() {
            return Err(Fault::lasting(format!("the edition `{id}` is no longer in {}", self.shown())));
        }
        self.point_to(id)
    }

    fn discard(&self, id: &str) -> Answer<()> {
        if self.mode == Mode::Plain || !is_id(id) || self.current()?.as_deref() == Some(id) {
            return Ok(());
        }
        let place = self.release(id);
        match fs::remove_dir_all(&place) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(tree::failed("delete", &place, &error)),
            _ => Ok(()),
        }
    }

    fn keep(&self, files: &[(&str, Digest)]) -> Answer<()> {
        files.iter().try_for_each(|(path, digest)| {
            let (from, to) = (tree::below(&self.top, path)?, self.kept_place(digest));
            if to.exists() || !from.is_file() { Ok(()) } else { tree::link(&from, &to, &self.halves()) }
        })
    }

    fn kept(&self, digests: &[Digest]) -> Answer<Vec<bool>> {
        Ok(digests.iter().map(|digest| self.kept_place(digest).is_file()).collect())
    }

    fn restore(&self, items: &[&Item]) -> Answer<()> {
        items.iter().try_for_each(|item| {
            tree::link(&self.kept_place(&item.digest), &tree::below(&self.top, &item.path)?, &self.halves())
        })
    }

    fn forget(&self, digests: &[Digest]) -> Answer<()> {
        let objects = self.top.join(FOLDER).join("objects");
        digests.iter().try_for_each(|digest| {
            let name = digest.to_string();
            tree::remove(&objects, &format!("{}/{name}", &name[..2]))
        })
    }
}

impl Local {
    /// Brings back the edition of a run that was killed between its last two steps.
    fn take_back(&self, key: &str, part: &Path) -> Answer<()> {
        let id = tree::read(&self.note(&format!("begun/{key}"))?)?.and_then(|id| String::from_utf8(id).ok());
        let Some(id) = id.filter(|id| is_id(id)) else { return Ok(()) };
        if self.current()?.as_deref() != Some(&*id) && self.release(&id).is_dir() {
            let place = self.release(&id);
            fs::rename(&place, part).map_err(|error| tree::failed("rename", &place, &error))?;
        }
        Ok(())
    }

    /// Deletes what other runs began and nobody will go on with.
    fn sweep(&self, key: &str) {
        let entries = fs::read_dir(self.top.join(RELEASES)).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.strip_prefix(PART).is_some_and(|other| other != key) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Makes the folder of our notes, for our eyes only: a web server that shows everything must not show it.
fn prepare(folder: &Path) -> Answer<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(|error| tree::failed("make the folder", folder, &error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }
    Ok(())
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::Error::new(ErrorKind::Unsupported, "this system has no links; set `mode: plain`"))
}
