//! Watching: what the system tells of changes becomes the paths of files that may have changed, when a save is whole.
//!
//! Whatever is uncertain becomes a look at everything. What a change does to the site is not known here.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::rounds::Call;
use super::tree::{Full, Tree, Watcher};
use crate::disk::scan::Folder;
use crate::engine::Seen;
use crate::source::SourcePath;

/// How long after the last event a save is whole, when no file is known to be half written.
const CALM: Duration = Duration::from_millis(4);

/// How long when one may be: its program has not closed it, or it was taken away and may come back.
const PAUSE: Duration = Duration::from_millis(25);

/// What may have changed, collected until a save is whole.
#[derive(Default)]
pub(super) struct Pending {
    everything: bool,
    paths: BTreeSet<SourcePath>,
    half: HashSet<PathBuf>,
}

impl Pending {
    /// Anything may have.
    pub(super) fn doubt(&mut self) {
        self.everything = true;
    }

    /// Nothing is known to have.
    pub(super) fn is_empty(&self) -> bool {
        !self.everything && self.paths.is_empty()
    }

    /// How long to wait for more.
    pub(super) fn pause(&self) -> Duration {
        if self.half.is_empty() { CALM } else { PAUSE }
    }

    /// What to look at.
    pub(super) fn seen(self) -> Seen {
        if self.everything { Seen::Everything } else { Seen::Paths(self.paths.into_iter().collect()) }
    }
}

/// The system's watcher, and the tree it watches.
pub(super) struct Watch {
    tree: Tree,
    /// `None` when files are looked at from time to time instead.
    system: Option<System>,
}

struct System(RecommendedWatcher);

impl Watcher for System {
    fn watch(&mut self, folder: &Path) -> Result<(), Full> {
        match self.0.watch(folder, RecursiveMode::NonRecursive) {
            Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => Err(Full),
            // It has gone again, or may not be looked into: whoever looks at everything will say so.
            _ => Ok(()),
        }
    }

    fn unwatch(&mut self, folder: &Path) {
        // The system forgets folders that are gone by itself.
        drop(self.0.unwatch(folder));
    }
}

impl Watch {
    /// Watches nothing yet; with `calls`, will send there what the system tells.
    pub(super) fn new(folder: &Folder, calls: Option<Sender<Call>>) -> Self {
        let system = calls.and_then(|calls| {
            let heard = move |event| drop(calls.send(Call::Heard(event)));
            notify::recommended_watcher(heard).ok().map(System)
        });
        Self { tree: Tree::new(folder), system }
    }

    /// Whether the system tells of changes.
    pub(super) fn is_on(&self) -> bool {
        self.system.is_some()
    }

    /// Watches the whole newspaper, anew when it was watched before.
    pub(super) fn plant(&mut self) {
        let Some(system) = &mut self.system else { return };
        self.tree.fell(system);
        if self.tree.plant(system).is_err() {
            self.system = None;
        }
    }

    /// Takes in what the system tells.
    pub(super) fn take(&mut self, event: notify::Result<notify::Event>, pending: &mut Pending) {
        let event = match event {
            Ok(event) if event.need_rescan() => {
                // Some events were lost, among them perhaps those of new folders.
                self.plant();
                return pending.doubt();
            }
            Ok(event) => event,
            Err(error) => {
                if matches!(error.kind, ErrorKind::MaxFilesWatch) {
                    self.system = None;
                }
                return pending.doubt();
            }
        };
        for (place, path) in event.paths.iter().enumerate() {
            match event.kind {
                EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
                    pending.half.remove(path);
                    self.touched(path, pending);
                }
                // Linux tells both halves of a rename, and then the whole once more.
                EventKind::Modify(ModifyKind::Name(RenameMode::Both)) if cfg!(target_os = "linux") => {}
                EventKind::Access(_) => {}
                EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                    self.left(path, pending);
                }
                EventKind::Modify(ModifyKind::Name(RenameMode::Both)) if place == 0 => {
                    self.left(path, pending);
                }
                EventKind::Modify(ModifyKind::Name(_)) => {
                    pending.half.remove(path);
                    self.arrived(path, pending);
                }
                EventKind::Create(_) => {
                    if self.arrived(path, pending) {
                        pending.half.insert(path.clone());
                    }
                }
                EventKind::Modify(ModifyKind::Metadata(_)) => {
                    self.touched(path, pending);
                }
                EventKind::Modify(_) => {
                    if self.touched(path, pending) {
                        pending.half.insert(path.clone());
                    }
                }
                EventKind::Any | EventKind::Other => pending.doubt(),
            }
        }
    }

    /// A file has changed; tells whether it is one of ours.
    fn touched(&mut self, path: &Path, pending: &mut Pending) -> bool {
        let names = self.tree.names(path);
        if self.tree.is_folder(&names) {
            pending.doubt();
            return false;
        }
        pending.paths.extend(names.iter().map(|name| SourcePath::new(name)));
        !names.is_empty()
    }

    /// Something came; tells whether it is a file of ours.
    fn arrived(&mut self, path: &Path, pending: &mut Pending) -> bool {
        let names = self.tree.names(path);
        if names.is_empty() {
            return false;
        }
        let is_file = std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
        if is_file {
            // A link may have had its name before.
            if let Some(system) = &mut self.system
                && self.tree.cut(path, system)
            {
                pending.doubt();
            }
            pending.paths.extend(names.iter().map(|name| SourcePath::new(name)));
            return true;
        }
        let Some(system) = &mut self.system else { return false };
        self.tree.cut(path, system);
        match self.tree.grow(path, system) {
            Ok(Some(found)) if self.tree.is_folder(&names) => pending.paths.extend(found),
            Ok(_) => pending.doubt(),
            Err(Full) => {
                self.system = None;
                pending.doubt();
            }
        }
        false
    }

    /// Something went.
    fn left(&mut self, path: &Path, pending: &mut Pending) {
        let names = self.tree.names(path);
        if names.is_empty() {
            return;
        }
        if let Some(system) = &mut self.system
            && self.tree.cut(path, system)
        {
            pending.doubt();
        }
        pending.half.insert(path.to_owned());
        pending.paths.extend(names.iter().map(|name| SourcePath::new(name)));
    }
}
