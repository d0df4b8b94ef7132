//! The turn of an amendment: the spare is brought up to date by what changed before, then by what changes now, and takes
//! the output's place.
//!
//! At every moment it is noted on disk which files of the spare may differ from the output's, so that a killed run costs
//! the next one no more than the change. It must not know what the files are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use anyhow::{Context, Result};
use rayon::prelude::*;

use crate::disk::amendment::Change;
use crate::disk::carry;
use crate::disk::changes::Changes;
use crate::disk::lists::{self, Lists};
use crate::disk::manifest::{self, Entry, Head, Kind};
use crate::disk::outlet::Outlet;
use crate::disk::spare::{BASE, Holdings};
use crate::disk::stage::Published;
use crate::disk::watch;
use crate::disk::{bring, path, system};

/// From how many files on it pays to work with several threads.
const MANY: usize = 16;

/// An amendment that is being published.
pub(super) struct Turn<'a> {
    outlet: &'a Outlet,
    old: Head,
    new: Head,
    lists: &'a Lists,
    changes: BTreeMap<String, Change>,
    published: Published,
}

/// The spare while it is no longer the spare, and not yet the output.
struct Lent<'a> {
    outlet: &'a Outlet,
    folder: std::path::PathBuf,
    old: Head,
    is_exchanged: bool,
}

impl<'a> Turn<'a> {
    /// Reckons what the new output will be.
    pub(super) fn new(
        outlet: &'a Outlet,
        (old, kind): (Head, Kind),
        lists: &'a Lists,
        changes: BTreeMap<String, Change>,
    ) -> Result<Self> {
        let mut new = Head { kind, imprint: old.imprint.turned(old.kind, kind), ..old };
        let (mut written, mut removed) = (0, 0);
        for (path, change) in &changes {
            if let Some(before) = lists.find(path)? {
                new.imprint = new.imprint.without(before);
                new.files -= 1;
                removed += usize::from(change.entry().is_none());
            }
            if let Some(after) = change.entry() {
                new.imprint = new.imprint.with(after);
                new.files += 1;
                written += 1;
            }
        }
        let published = Published {
            files: new.files,
            written,
            kept: new.files - written,
            removed,
            strangers: 0,
            unchanged: new == old,
            imprint: new.imprint,
        };
        Ok(Self { outlet, old, new, lists, changes, published })
    }

    /// Publishes it.
    pub(super) fn run(mut self) -> Result<Published> {
        if self.published.unchanged {
            return Ok(self.published);
        }
        let serves = self.outlet.spare.serves(self.old.imprint) && !system::is_mount_point(&self.outlet.real);
        let Some(watched) = self.outlet.watch.read().filter(|_| serves) else { return self.whole() };
        self.refuse_collisions()?;
        let paths: Vec<String> = self.changes.keys().cloned().collect();
        let note = Changes { from: self.old.imprint, to: self.new.imprint, paths };
        let folder = self.outlet.beside();
        let Some(behind) = self
            .outlet
            .spare
            .announce(&note)
            .ok()
            .and_then(|()| self.outlet.spare.adopt_for(&folder, self.old.imprint))
        else {
            return self.whole();
        };
        let lent = Lent { outlet: self.outlet, folder, old: self.old, is_exchanged: false };
        self.exchange(lent, &behind, &watched)?;
        self.outlet.now_holds(self.new, None);
        Ok(self.published)
    }

    /// Stages a whole tree, of which all but the changes is taken over: when there is no spare, or the output cannot be
    /// exchanged.
    fn whole(self) -> Result<Published> {
        let stage = self.outlet.stage(self.new.kind)?;
        stage.keep_all_but(|path| self.changes.contains_key(path));
        for (path, change) in &self.changes {
            match change {
                Change::Bytes(bytes, _) => stage.write(path, bytes)?,
                Change::Moved(from, entry) => stage.take(from, entry)?,
                Change::Gone | Change::Kept => {}
            }
        }
        stage.commit()
    }

    /// Brings the spare up to date and makes it the output.
    fn exchange(&mut self, mut lent: Lent<'_>, behind: &[String], watched: &BTreeSet<String>) -> Result<()> {
        let (outlet, folder) = (self.outlet, lent.folder.clone());
        let cannot = || format!("cannot bring `{}` up to date", folder.display());
        let begun_ns =
            Holdings::stamps_of(&folder.join(manifest::FILE_NAME)).map_or(0, |(written, _)| written);
        let (since_ns, _) = Holdings::stamps_of(&outlet.real.join(manifest::FILE_NAME)).unwrap_or_default();
        let lists = self.lists;
        let is_ours = move |path: &str| lists.has(path);
        bring::back(&folder, &outlet.real, behind).with_context(cannot)?;
        let mut found = bring::Difference::default();
        for inside in watch::changed(&outlet.real, watched, since_ns) {
            let more =
                bring::bring_strangers(&folder, &outlet.real, inside, &is_ours).with_context(cannot)?;
            found.folders.extend(more.folders);
            found.strangers.extend(more.strangers);
        }
        self.published.strangers = found.folders.len() + found.strangers.len();
        let paths: Vec<&str> = self.changes.keys().map(String::as_str).collect();
        bring::clear(&folder, &paths).with_context(cannot)?;
        self.fill(&folder)?;
        self.list(&folder)?;
        manifest::put_head(&folder, self.new, &outlet.shown)?;
        system::dress_like(&folder, &outlet.real);
        let _ = fs::remove_file(folder.join(BASE));
        let retired = outlet
            .exchange(&folder)
            .with_context(|| format!("cannot replace `{}`", outlet.shown.display()))?;
        lent.is_exchanged = true;
        let seen = found.folders.iter().map(|folder| format!("{folder}/x"));
        let new: Vec<String> = seen.chain(self.changes.keys().cloned()).collect();
        let _ = outlet.watch.add(watched, new.iter().map(String::as_str));
        if let Some(retired) = retired {
            let late = watch::changed(&retired, watched, begun_ns);
            bring::rescue(&retired, &outlet.real, &late, &is_ours);
            if outlet.spare.park(&retired).is_err() {
                let _ = outlet.spare.trash.take(&retired);
            }
        }
        Ok(())
    }

    /// Refuses when something that is not ours has the place of a new file.
    fn refuse_collisions(&self) -> Result<()> {
        for entry in self.changes.values().filter_map(Change::entry) {
            if self.lists.find(&entry.path)?.is_some() {
                continue;
            }
            let place = path::below(&self.outlet.real, &entry.path);
            match fs::symlink_metadata(&place) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) if error.kind() == ErrorKind::NotADirectory => self.refuse_file_above(entry)?,
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot read `{}`", place.display()));
                }
                Ok(found) if found.is_dir() => self.refuse_full_folder(entry)?,
                Ok(found) => {
                    let same = found.is_file()
                        && fs::read(&place)
                            .is_ok_and(|bytes| crate::fingerprint::Fingerprint::of(&bytes) == entry.xxh3);
                    if !same {
                        return Err(carry::collision(Path::new(&*entry.path), &self.outlet.shown).into());
                    }
                }
            }
        }
        Ok(())
    }

    /// A file where a folder has to be must be one of ours that goes.
    fn refuse_file_above(&self, entry: &Entry) -> Result<()> {
        for (at, _) in entry.path.match_indices('/') {
            let above = &entry.path[..at];
            let is_file = fs::symlink_metadata(path::below(&self.outlet.real, above))
                .is_ok_and(|found| !found.is_dir());
            if is_file && !matches!(self.changes.get(above), Some(Change::Gone)) {
                return Err(carry::collision(Path::new(above), &self.outlet.shown).into());
            }
        }
        Ok(())
    }

    /// A folder where a file has to be must hold nothing but files of ours that go.
    fn refuse_full_folder(&self, entry: &Entry) -> Result<()> {
        let mut queue = vec![entry.path.clone()];
        while let Some(inside) = queue.pop() {
            let place = path::below(&self.outlet.real, &inside);
            let mut is_empty = true;
            for found in fs::read_dir(&place).with_context(|| format!("cannot read `{}`", place.display()))? {
                let found = found?;
                is_empty = false;
                let path = format!("{inside}/{}", found.file_name().to_string_lossy());
                if found.file_type()?.is_dir() {
                    queue.push(path.into());
                } else if !matches!(self.changes.get(&path), Some(Change::Gone)) {
                    return Err(carry::collision(Path::new(&path), &self.outlet.shown).into());
                }
            }
            if is_empty {
                return Err(carry::collision(Path::new(&*inside), &self.outlet.shown).into());
            }
        }
        Ok(())
    }

    /// Writes the changed files into the tree.
    fn fill(&self, tree: &Path) -> Result<()> {
        let new: Vec<(&Change, &Entry)> =
            self.changes.values().filter_map(|change| Some((change, change.entry()?))).collect();
        new.into_par_iter().with_min_len(MANY).try_for_each(|(change, entry)| {
            let place = path::below(tree, &entry.path);
            put(change, &place).map_err(|error| {
                let shown = self.outlet.shown.join(&*entry.path).display().to_string();
                system::cannot_write(error, &shown, entry.size, tree)
            })
        })
    }

    /// Writes the lists that differ from the output's.
    fn list(&self, tree: &Path) -> Result<()> {
        let shown = &self.outlet.shown;
        if lists::count(self.new.files) != self.lists.count() {
            let mut all: BTreeMap<&str, &Entry> = BTreeMap::new();
            for at in 0..self.lists.count() {
                all.extend(self.lists.list(at)?.iter().map(|(path, entry)| (&**path, entry)));
            }
            self.amend(&mut all, |_| true);
            let all: Vec<Entry> = all.into_values().cloned().collect();
            return lists::write_all(tree, &all, shown);
        }
        let place_of = |path: &str| lists::place_of(path, self.lists.count());
        let touched: BTreeSet<usize> = self.changes.keys().map(|path| place_of(path)).collect();
        touched.into_par_iter().try_for_each(|at| {
            let before = self.lists.list(at)?;
            let mut list = before.iter().map(|(path, entry)| (&**path, entry)).collect();
            self.amend(&mut list, |path| place_of(path) == at);
            lists::write(tree, at, list.into_values(), shown)
        })
    }

    /// Applies the changes to a list, as far as they belong to it.
    fn amend<'l>(&'l self, list: &mut BTreeMap<&'l str, &'l Entry>, belongs: impl Fn(&str) -> bool) {
        for (path, change) in self.changes.iter().filter(|(path, _)| belongs(path)) {
            match change.entry() {
                Some(entry) => list.insert(path, entry),
                None => list.remove(path.as_str()),
            };
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let spare = &self.outlet.spare;
        if !self.is_exchanged && spare.give_back(&self.folder, &self.outlet.real, self.old).is_err() {
            let _ = spare.trash.take(&self.folder);
        }
    }
}

/// Puts one file into its free place.
fn put(change: &Change, place: &Path) -> io::Result<()> {
    let once = || match change {
        Change::Bytes(bytes, _) => {
            let mut options = File::options();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
            options.open(place)?.write_all(bytes)
        }
        Change::Moved(from, _) => fs::rename(from, place),
        Change::Gone | Change::Kept => Ok(()),
    };
    match once() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let made = place
                .parent()
                .map_or(Ok(()), |folder| system::folder_builder().recursive(true).create(folder));
            made.and_then(|()| once())
        }
        other => other,
    }
}
