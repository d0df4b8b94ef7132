//! The tree of folders that are watched: which real folder is known to the newspaper by which names.
//!
//! A link gives a folder or file a second name, and a change of it is a change under each. What is done about changes is
//! not known here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use crate::disk::scan::{FOLDERS, Folder, is_litter};
use crate::source::SourcePath;

/// How many links may lead from one to the next, as for a build.
const MOST_NESTED_LINKS: usize = 8;

/// Folders with a dot in front that are published.
const WELL_KNOWN: &str = ".well-known";

/// Who watches single folders.
pub(super) trait Watcher {
    /// Begins to hear what changes in a folder; `Err` when no more can be watched.
    fn watch(&mut self, folder: &Path) -> Result<(), Full>;

    /// Stops.
    fn unwatch(&mut self, folder: &Path);
}

/// No more folders can be watched.
#[derive(Debug)]
pub(super) struct Full;

/// The folders of the newspaper.
pub(super) struct Tree {
    root: PathBuf,
    output: PathBuf,
    /// Real folders by the newspaper's names for them.
    folders: BTreeMap<String, PathBuf>,
    /// The targets of links to files, by the newspaper's names for these.
    links: BTreeMap<String, PathBuf>,
    /// Names by real folder, and by real file that a link leads to.
    names: HashMap<PathBuf, BTreeSet<String>>,
    watched: BTreeSet<PathBuf>,
}

impl Tree {
    pub(super) fn new(folder: &Folder) -> Self {
        Self {
            root: folder.root().to_owned(),
            output: folder.output().to_owned(),
            folders: BTreeMap::new(),
            links: BTreeMap::new(),
            names: HashMap::new(),
            watched: BTreeSet::new(),
        }
    }

    /// Watches the whole newspaper.
    pub(super) fn plant(&mut self, watcher: &mut dyn Watcher) -> Result<(), Full> {
        let root = self.root.clone();
        self.watch(&root, watcher)?;
        for name in FOLDERS {
            self.grow(&root.join(name), watcher)?;
        }
        Ok(())
    }

    /// Forgets everything, as after changes that nobody has heard of.
    pub(super) fn fell(&mut self, watcher: &mut dyn Watcher) {
        for folder in std::mem::take(&mut self.watched) {
            watcher.unwatch(&folder);
        }
        self.folders.clear();
        self.links.clear();
        self.names.clear();
    }

    /// What the newspaper calls the file or folder at a real path; nothing when it is no part of it.
    pub(super) fn names(&self, path: &Path) -> Vec<String> {
        let mut names = self.own_names(path);
        names.extend(self.names.get(path).into_iter().flatten().cloned());
        names.sort();
        names.dedup();
        names
    }

    /// The names that a file or folder has by lying where it does, and not by a link.
    fn own_names(&self, path: &Path) -> Vec<String> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str()))
        else {
            return Vec::new();
        };
        if parent == self.root && (name == crate::config::FILE_NAME || FOLDERS.contains(&name)) {
            return vec![name.to_owned()];
        }
        let folders = self.names.get(parent).into_iter().flatten();
        let known = folders.filter(|folder| self.folders.contains_key(*folder));
        known
            .map(|folder| format!("{folder}/{name}"))
            .filter(|name| !is_litter(&SourcePath::new(name)))
            .collect()
    }

    /// Takes in what is at a real path: a folder with all that is in it, or a link. Tells the files that are there by now,
    /// so that none is missed that came before its folder was watched; `None` when a link makes that uncertain.
    pub(super) fn grow(
        &mut self,
        path: &Path,
        watcher: &mut dyn Watcher,
    ) -> Result<Option<Vec<SourcePath>>, Full> {
        let mut found = Some(Vec::new());
        for name in self.names(path) {
            let mut todo = vec![(name, path.to_owned(), Vec::new())];
            while let Some((name, place, mut through)) = todo.pop() {
                let Ok(meta) = fs::symlink_metadata(&place) else { continue };
                let (real, is_folder) = if meta.is_symlink() {
                    found = None;
                    let Some((real, is_folder)) = self.follow(&place, watcher)? else { continue };
                    through.extend(place.parent().map(Path::to_owned));
                    // Below the target would be one of the links that led here, and so on for ever.
                    let circles = through.iter().any(|folder| folder.starts_with(&real));
                    if is_folder && (circles || through.len() > MOST_NESTED_LINKS) {
                        continue;
                    }
                    (real, is_folder)
                } else {
                    (place, meta.is_dir())
                };
                if !is_folder {
                    if meta.is_symlink() {
                        self.links.insert(name.clone(), real.clone());
                        self.names.entry(real).or_default().insert(name);
                    } else if let Some(found) = &mut found {
                        found.push(SourcePath::new(&name));
                    }
                    continue;
                }
                if self.is_left_out(&name, &real) {
                    continue;
                }
                self.watch(&real, watcher)?;
                self.names.entry(real.clone()).or_default().insert(name.clone());
                self.folders.insert(name.clone(), real.clone());
                let Ok(entries) = fs::read_dir(&real) else { continue };
                for entry in entries.flatten() {
                    let Some(child) = entry.file_name().to_str().map(|child| format!("{name}/{child}"))
                    else {
                        continue;
                    };
                    // Of an ordinary file there is nothing to look at but its name.
                    if entry.file_type().is_ok_and(|kind| kind.is_file()) {
                        let child = SourcePath::new(&child);
                        if let Some(found) = found.as_mut().filter(|_| !is_litter(&child)) {
                            found.push(child);
                        }
                    } else {
                        todo.push((child, entry.path(), through.clone()));
                    }
                }
            }
        }
        Ok(found)
    }

    /// Lets go of what was at a real path. `true` when that was a folder or link, in which anything may have been.
    pub(super) fn cut(&mut self, path: &Path, watcher: &mut dyn Watcher) -> bool {
        let mut was_tree = false;
        for name in self.own_names(path) {
            let (folders, links) = (inside(&self.folders, &name), inside(&self.links, &name));
            was_tree |= !folders.is_empty() || !links.is_empty();
            for folder in folders {
                let real = self.folders.remove(&folder);
                self.unname(&folder, real, watcher);
            }
            for link in links {
                let real = self.links.remove(&link);
                self.unname(&link, real, watcher);
            }
        }
        // What a link leads to keeps its name, for it may come back; whoever watched the old one is deaf to the new one.
        if self.names.contains_key(path) {
            let below = self.watched.range(path.to_owned()..).take_while(|folder| folder.starts_with(path));
            for folder in below.cloned().collect::<Vec<_>>() {
                self.watched.remove(&folder);
                watcher.unwatch(&folder);
                was_tree = true;
            }
        }
        was_tree
    }

    /// Whether the newspaper knows a folder by one of these names.
    pub(super) fn is_folder(&self, names: &[String]) -> bool {
        names.iter().any(|name| self.folders.contains_key(name))
    }

    fn unname(&mut self, name: &str, real: Option<PathBuf>, watcher: &mut dyn Watcher) {
        let Some(real) = real else { return };
        let Some(names) = self.names.get_mut(&real) else { return };
        names.remove(name);
        if names.is_empty() {
            self.names.remove(&real);
            if self.watched.remove(&real) {
                watcher.unwatch(&real);
            }
        }
    }

    /// Where a link leads, and whether to a folder; `None` when it leads nowhere, or out of the newspaper's folder.
    fn follow(&mut self, link: &Path, watcher: &mut dyn Watcher) -> Result<Option<(PathBuf, bool)>, Full> {
        let target = match fs::canonicalize(link) {
            Ok(real) => Some((real.clone(), real.is_dir())),
            // What it leads to may still come.
            Err(_) => fs::read_link(link).ok().and_then(|target| {
                let target = link.parent()?.join(target);
                let folder = fs::canonicalize(target.parent()?).ok()?;
                Some((folder.join(target.file_name()?), false))
            }),
        };
        let Some((real, is_folder)) = target.filter(|(real, _)| real.starts_with(&self.root)) else {
            return Ok(None);
        };
        if let Some(parent) = real.parent().filter(|parent| parent.starts_with(&self.root)) {
            self.watch(parent, watcher)?;
        }
        Ok(Some((real, is_folder)))
    }

    fn watch(&mut self, folder: &Path, watcher: &mut dyn Watcher) -> Result<(), Full> {
        if self.watched.insert(folder.to_owned()) {
            watcher.watch(folder)?;
        }
        Ok(())
    }

    /// Whether a folder is no part of the newspaper, so that nothing in it is worth a look.
    fn is_left_out(&self, name: &str, real: &Path) -> bool {
        let last = name.rsplit('/').next().unwrap_or(name);
        (last.starts_with('.') && last != WELL_KNOWN)
            || real.starts_with(&self.output)
            || !real.starts_with(&self.root)
    }
}

/// The names among `all` that are `name` or lie below it.
fn inside(all: &BTreeMap<String, PathBuf>, name: &str) -> Vec<String> {
    let below = format!("{name}/");
    let names =
        all.range(name.to_owned()..).map(|(other, _)| other).take_while(|other| other.starts_with(name));
    names.filter(|other| *other == name || other.starts_with(&below)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Full, Tree, Watcher};
    use crate::disk::scan::Folder;

    #[derive(Default)]
    struct Heard {
        watched: Vec<PathBuf>,
    }

    impl Watcher for Heard {
        fn watch(&mut self, folder: &Path) -> Result<(), Full> {
            self.watched.push(folder.to_owned());
            Ok(())
        }

        fn unwatch(&mut self, folder: &Path) {
            self.watched.retain(|other| other != folder);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_has_all_its_names() {
        let root = tempfile::tempdir().expect("a folder");
        let root = fs::canonicalize(root.path()).expect("a real folder");
        for folder in ["content/a/b", "shared/c", "public/x", "content/.hidden"] {
            fs::create_dir_all(root.join(folder)).expect("a folder");
        }
        fs::write(root.join("shared/one.md"), "").expect("a file");
        for (link, target) in
            [("content/c", "../shared/c"), ("content/one.md", "../shared/one.md"), ("content/a/loop", "..")]
        {
            std::os::unix::fs::symlink(target, root.join(link)).expect("a link");
        }
        let folder = Folder::new(&root, Path::new("public")).expect("a newspaper");
        let (mut tree, mut heard) = (Tree::new(&folder), Heard::default());
        tree.plant(&mut heard).expect("room");
        let names = |tree: &Tree, path: &str| tree.names(&root.join(path));
        assert!(names(&tree, "content/a/b/x.md").contains(&"content/a/b/x.md".to_owned()));
        assert_eq!(names(&tree, "shared/c/x.md"), ["content/c/x.md"]);
        assert_eq!(names(&tree, "shared/one.md"), ["content/one.md"]);
        assert_eq!(names(&tree, "newsprint.yaml"), ["newsprint.yaml"]);
        for path in
            ["public/x/y.md", "shared/other.md", "content/.hidden/x.md", "content/a/.#x.md", "README.md"]
        {
            assert!(names(&tree, path).is_empty(), "{path}");
        }
        assert!(!heard.watched.contains(&root.join("public")));
        fs::create_dir_all(root.join("content/new/deep")).expect("a folder");
        fs::write(root.join("content/new/deep/x.md"), "").expect("a file");
        let found = tree.grow(&root.join("content/new"), &mut heard).expect("room").expect("no links");
        assert_eq!(found[0].as_str(), "content/new/deep/x.md");
        assert!(tree.cut(&root.join("content/new"), &mut heard));
        assert!(!heard.watched.contains(&root.join("content/new/deep")));
        assert!(!tree.cut(&root.join("content/a/x.md"), &mut heard));
        assert!(tree.cut(&root.join("content"), &mut heard));
        assert!(names(&tree, "content/a/x.md").is_empty());
    }
}
