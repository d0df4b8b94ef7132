//! The folders of the output that are looked at before each small change, for files that somebody else put there.
//!
//! Somebody else's file changes the time of its folder. A look at a folder is cheap, and a site has as many as it has
//! articles: in a large one only those are looked at that hold other folders, or something of somebody else's. Which
//! files are whose is not known here.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::disk::path;
use crate::disk::system;

/// Up to how many folders all of them are looked at: 10 ms of work.
const LOOKED_AT: usize = 10_000;

/// The first line of the list.
const TITLE: &str = "newsprint folders 1";

/// The list of the folders of one output.
#[derive(Debug)]
pub(super) struct Watch {
    place: PathBuf,
    output: String,
}

impl Watch {
    /// The list for the folder `output`, kept in the file `place`.
    pub(super) fn new(place: PathBuf, output: &Path) -> Self {
        Self { place, output: output.to_string_lossy().escape_default().to_string() }
    }

    /// The folders to look at; `None` when nobody has listed them.
    pub(super) fn read(&self) -> Option<BTreeSet<String>> {
        let text = fs::read_to_string(&self.place).ok()?;
        let mut lines = text.strip_suffix('\n')?.lines();
        let is_ours = lines.next()? == TITLE && lines.next()? == self.output;
        is_ours.then(|| lines.filter(|line| path::validate(line).is_ok()).map(str::to_owned).collect())
    }

    /// Lists the folders to look at, of all folders of ours, by path (the order of [`Manifest::folders`]), and all of
    /// somebody else's.
    ///
    /// [`Manifest::folders`]: crate::disk::manifest::Manifest::folders
    pub(super) fn write(&self, ours: &[&str], others: impl Iterator<Item = String>) -> io::Result<()> {
        let mut folders: BTreeSet<String> = others.collect();
        if ours.len() <= LOOKED_AT {
            folders.extend(ours.iter().map(|folder| (*folder).to_owned()));
        } else {
            folders.extend(ours.iter().filter_map(|folder| Some(folder.rsplit_once('/')?.0.to_owned())));
        }
        let mut text = format!("{TITLE}\n{}\n", self.output);
        for folder in folders.iter().filter(|folder| path::validate(folder).is_ok()) {
            text.push_str(folder);
            text.push('\n');
        }
        if let Some(memory) = self.place.parent() {
            fs::create_dir_all(memory)?;
        }
        fs::write(&self.place, text)
    }

    /// Adds the folders of `path` that are not yet in `listed`.
    pub(super) fn add<'a>(
        &self,
        listed: &BTreeSet<String>,
        paths: impl Iterator<Item = &'a str>,
    ) -> io::Result<()> {
        let mut new: BTreeSet<&str> = BTreeSet::new();
        for path in paths {
            let folders: Vec<&str> = path.match_indices('/').map(|(at, _)| &path[..at]).collect();
            // In a large site, the folder of a page alone is not looked at.
            let few = if listed.len() < LOOKED_AT { folders.len() } else { folders.len().saturating_sub(1) };
            new.extend(folders[..few].iter().filter(|folder| !listed.contains(**folder)));
        }
        if new.is_empty() {
            return Ok(());
        }
        let text: String = new.into_iter().flat_map(|folder| [folder, "\n"]).collect();
        fs::File::options().append(true).open(&self.place)?.write_all(text.as_bytes())
    }
}

/// The folders among `listed` in which something came, went or was renamed since a moment in nanoseconds since 1970; the
/// top is always among them, for the exchange changes its time.
pub(super) fn changed<'a>(output: &Path, listed: &'a BTreeSet<String>, since_ns: i128) -> Vec<&'a str> {
    let is_changed = |folder: &&String| {
        fs::symlink_metadata(path::below(output, folder))
            .is_ok_and(|found| system::changed_ns(&found) >= since_ns)
    };
    let mut changed: Vec<&str> = listed.par_iter().filter(is_changed).map(String::as_str).collect();
    changed.push("");
    changed.sort_unstable();
    changed
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{LOOKED_AT, Watch, changed};

    fn check(watch: &Watch, wanted: &[&str]) {
        assert_eq!(watch.read().expect("listed").iter().collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn all_folders_of_a_small_site_and_the_inner_ones_of_a_large_one() {
        let memory = tempfile::tempdir().expect("a temporary folder");
        let watch = Watch::new(memory.path().join("folders"), Path::new("/x/public"));
        assert!(watch.read().is_none());
        watch.write(&["a", "a/b"], ["their s".to_owned()].into_iter()).expect("written");
        check(&watch, &["a", "a/b", "their s"]);
        watch.add(&watch.read().expect("listed"), ["a/b/x", "c/d/e", "top"].into_iter()).expect("added");
        check(&watch, &["a", "a/b", "c", "c/d", "their s"]);
        let many: Vec<String> = (0..LOOKED_AT).map(|at| format!("a/{at}")).collect();
        let many: Vec<&str> = std::iter::once("a").chain(many.iter().map(String::as_str)).collect();
        watch.write(&many, std::iter::empty()).expect("written");
        check(&watch, &["a"]);
        let other = Watch::new(memory.path().join("folders"), Path::new("/y/public"));
        assert!(other.read().is_none(), "the list of another output");
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_changes_its_folder() {
        let output = tempfile::tempdir().expect("a temporary folder");
        for folder in ["a", "b"] {
            std::fs::create_dir(output.path().join(folder)).expect("made");
        }
        std::thread::sleep(std::time::Duration::from_millis(30));
        std::fs::write(output.path().join("b/new"), "x").expect("written");
        let stamp = std::fs::symlink_metadata(output.path().join("b/new")).expect("there");
        let listed = ["a", "b", "gone"].map(str::to_owned).into_iter().collect();
        assert_eq!(changed(output.path(), &listed, super::system::changed_ns(&stamp)), ["", "b"]);
    }
}
