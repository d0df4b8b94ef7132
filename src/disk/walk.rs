//! The walk through a newspaper's folders: what is taken in, what is left out and why.
//!
//! All folders of one depth are read side by side: a large archive is listed in the time of a glance. It must not look
//! into a file.

use std::fs::{self, DirEntry, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use rayon::prelude::*;

use crate::diagnostic::Diagnostic;
use crate::disk::hidden::{self, Verdict};
use crate::disk::scan::{FOLDERS, Scan, ScannedFile};
use crate::disk::system;
use crate::source::SourcePath;

/// The file that marks a newspaper's root.
const CONFIG: &str = "newsprint.yaml";

/// How many links may lead from one to the next before it counts as a loop.
const MOST_NESTED_LINKS: usize = 8;

/// Lists the newspaper in the real folder `root`, whose output is no part of it.
pub(super) fn newspaper(root: &Path, output: &Path) -> Result<Scan> {
    let started_ns = system::now_ns();
    let walk = Walk { root, output };
    let mut level = Vec::new();
    let mut all = vec![walk.top(&mut level)?];
    while !level.is_empty() {
        let read: Result<Vec<Found>> = level.par_iter().map(|branch| walk.branch(branch)).collect();
        level.clear();
        for mut found in read? {
            level.append(&mut found.deeper);
            all.push(found);
        }
    }
    // Almost in order already, which makes the sort a glance, too.
    all.par_sort_unstable_by(|a, b| a.folder.cmp(&b.folder));
    let mut scan = Scan { started_ns, ..Scan::default() };
    scan.files.reserve_exact(all.iter().map(|found| found.files.len()).sum());
    for found in all {
        scan.files.extend(found.files);
        scan.findings.extend(found.findings);
    }
    scan.files.sort_by(|a, b| a.path.as_str().as_bytes().cmp(b.path.as_str().as_bytes()));
    scan.findings.sort_by(Diagnostic::reading_order);
    Ok(scan)
}

/// A folder to walk: where it is, what the newspaper calls it, and the real folders of the links that led to it.
struct Branch {
    real: PathBuf,
    named: String,
    through: Vec<PathBuf>,
}

/// What is in one folder.
#[derive(Default)]
struct Found {
    /// What the newspaper calls the folder, with a `/` behind it.
    folder: String,
    files: Vec<ScannedFile>,
    findings: Vec<Diagnostic>,
    deeper: Vec<Branch>,
}

struct Walk<'a> {
    root: &'a Path,
    output: &'a Path,
}

impl Walk<'_> {
    /// Takes in what stands at the root.
    fn top(&self, level: &mut Vec<Branch>) -> Result<Found> {
        let mut found = Found::default();
        let here = Branch { real: self.root.to_owned(), named: String::new(), through: Vec::new() };
        for name in [CONFIG].iter().chain(FOLDERS) {
            let place = self.root.join(name);
            let meta = match fs::symlink_metadata(&place) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                other => other.with_context(|| format!("cannot read `{name}`"))?,
            };
            if meta.is_dir() && *name != CONFIG {
                found.deeper.push(Branch { real: place, named: (*name).to_owned(), through: Vec::new() });
            } else {
                self.thing(&place, (*name).to_owned(), &meta, &here, &mut found)?;
            }
        }
        level.append(&mut found.deeper);
        Ok(found)
    }

    fn branch(&self, branch: &Branch) -> Result<Found> {
        let mut found = Found { folder: format!("{}/", branch.named), ..Found::default() };
        let unreadable = |error: io::Error| match error.kind() {
            // It has vanished since its name was read.
            ErrorKind::NotFound => Ok(()),
            _ => Err(error).with_context(|| format!("cannot read `{}`", branch.named)),
        };
        let entries = match fs::read_dir(&branch.real) {
            Ok(entries) => entries,
            Err(error) => return unreadable(error).map(|()| found),
        };
        for entry in entries {
            let taken = entry.and_then(|entry| {
                let is_folder = entry.file_type()?.is_dir();
                let named = self.admit(&entry, is_folder, branch, &mut found.findings);
                let Some(named) = named else { return Ok(None) };
                let meta = if is_folder { None } else { Some(entry.metadata()?) };
                Ok(Some((entry, named, meta)))
            });
            match taken {
                Ok(None) => {}
                Ok(Some((entry, named, None))) => {
                    found.deeper.push(Branch { real: entry.path(), named, through: branch.through.clone() });
                }
                Ok(Some((_, named, Some(meta)))) if meta.is_file() => take(&named, &meta, &mut found),
                Ok(Some((entry, named, Some(meta)))) => {
                    self.thing(&entry.path(), named, &meta, branch, &mut found)?;
                }
                Err(error) => unreadable(error)?,
            }
        }
        // Folder by folder, several at a time, so that little is left to sort in the end.
        found.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// What the newspaper calls an entry of `branch`; `None` when it is no part of it.
    fn admit(
        &self,
        entry: &DirEntry,
        is_folder: bool,
        branch: &Branch,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<String> {
        let (raw, folder) = (entry.file_name(), &branch.named);
        if is_folder && (raw == ".newsprint" || entry.path() == self.output) {
            return None;
        }
        let name = match raw.to_str() {
            Some(name) if !name.contains(char::is_control) => name,
            name => {
                if name.is_none_or(|name| hidden::verdict(name, folder) != Verdict::Litter) {
                    findings.push(bad_name(folder, raw.as_encoded_bytes()));
                }
                return None;
            }
        };
        match hidden::verdict(name, folder) {
            Verdict::Part => Some(join(folder, name)),
            Verdict::Litter => None,
            Verdict::Private(what) => {
                // A pipe or a dangling link by such a name is not worth a word, and neither is Emacs's lock.
                if is_folder || entry.path().exists() {
                    findings.push(not_published(&join(folder, name), what));
                }
                None
            }
        }
    }

    /// Takes in a file, a link or something else that is not a folder.
    fn thing(
        &self,
        place: &Path,
        named: String,
        meta: &Metadata,
        branch: &Branch,
        found: &mut Found,
    ) -> Result<()> {
        if meta.is_symlink() {
            return self.link(place, named, branch, found);
        }
        if meta.is_file() {
            take(&named, meta, found);
        } else {
            found.findings.push(special(&named));
        }
        Ok(())
    }

    /// Follows a link, when what it leads to is part of the newspaper's own folder.
    fn link(&self, place: &Path, named: String, branch: &Branch, found: &mut Found) -> Result<()> {
        let (real, meta) =
            match fs::canonicalize(place).and_then(|real| fs::metadata(&real).map(|meta| (real, meta))) {
                Ok(target) => target,
                // A link to nowhere: an editor's lock, or a file that is being replaced.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    return Ok(());
                }
                Err(error) if system::is_link_loop(&error) => {
                    found.findings.push(loops(&named));
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    found.findings.push(outside(&named));
                    return Ok(());
                }
                Err(error) => return Err(error).with_context(|| format!("cannot read `{named}`")),
            };
        let Ok(target) = real.strip_prefix(self.root) else {
            found.findings.push(outside(&named));
            return Ok(());
        };
        if real.starts_with(self.output) || !is_public(target) {
            found.findings.push(not_published(&named, "a link to a file that is not for readers"));
            return Ok(());
        }
        let Some(parent) = place.parent() else { return Ok(()) };
        if !meta.is_dir() {
            return self.thing(&real, named, &meta, branch, found);
        }
        let mut through = branch.through.clone();
        through.push(parent.to_owned());
        // Below the target we would come upon one of the links that led here, and go round for ever.
        if through.len() > MOST_NESTED_LINKS || through.iter().any(|folder| folder.starts_with(&real)) {
            found.findings.push(loops(&named));
        } else {
            found.deeper.push(Branch { real, named, through });
        }
        Ok(())
    }
}

/// Takes in a file.
fn take(named: &str, meta: &Metadata, found: &mut Found) {
    // Vim tries whether it may write to a folder by making an empty file of this name.
    if meta.len() > 0 || !named.ends_with("/4913") {
        found.files.push(ScannedFile {
            path: SourcePath::new(named),
            size: meta.len(),
            modified_ns: system::modified_ns(meta),
            changed_ns: system::changed_ns(meta),
            inode: system::inode(meta),
        });
    }
}

/// Whether every name on the way to a link's target could be published under its own name.
fn is_public(target: &Path) -> bool {
    if target == Path::new(CONFIG) {
        return false;
    }
    let mut folder = String::new();
    target.components().all(|part| {
        let Component::Normal(name) = part else { return false };
        let Some(name) = name.to_str() else { return false };
        let public = hidden::verdict(name, &folder) == Verdict::Part;
        folder = join(&folder, name);
        public
    })
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn not_published(named: &str, what: &str) -> Diagnostic {
    Diagnostic::warning("not-published", format!("`{named}` looks like {what} and is left out"))
        .on(&SourcePath::new(named))
        .help("move it out of the newspaper's folder, or rename it if readers should have it")
}

fn special(named: &str) -> Diagnostic {
    Diagnostic::warning("special-file", format!("`{named}` is a pipe, a socket or a device and is left out"))
        .on(&SourcePath::new(named))
        .help("delete it, or put an ordinary file in its place")
}

fn outside(named: &str) -> Diagnostic {
    Diagnostic::warning(
        "symlink-outside",
        format!("`{named}` is a link to a place outside the newspaper and is left out"),
    )
    .on(&SourcePath::new(named))
    .help("copy what it points to into the newspaper's folder, in place of the link")
}

fn loops(named: &str) -> Diagnostic {
    Diagnostic::warning(
        "symlink-loop",
        format!("`{named}` is a link that leads back to itself and is left out"),
    )
    .on(&SourcePath::new(named))
    .help("delete the link")
}

fn bad_name(folder: &str, name: &[u8]) -> Diagnostic {
    let mut shown = String::new();
    for chunk in name.utf8_chunks() {
        shown.extend(
            chunk
                .valid()
                .chars()
                .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }),
        );
        shown.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    let named = join(folder, &shown);
    Diagnostic::warning(
        "file-name",
        format!("the name `{shown}` is not plain text, and the file is left out"),
    )
    .on(&SourcePath::new(&named))
    .help("rename the file with letters, digits and dashes")
}
