//! Scanning: which files the newspaper consists of.
//!
//! Looks at names and stamps, never into a file. What the names mean is for the layers above; secrets, backups, special
//! files and links that lead out of the newspaper are no part of it.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use walkdir::{DirEntry, WalkDir};

use crate::diagnostic::Diagnostic;
use crate::disk::hidden::{self, Verdict};
use crate::disk::system;
use crate::source::SourcePath;

/// The folders a newspaper consists of.
const FOLDERS: &[&str] = &["content", "templates", "static", "data"];

/// The file that marks a newspaper's root.
const CONFIG: &str = "newsprint.yaml";

/// How many links may lead from one to the next before it counts as a loop.
const MOST_NESTED_LINKS: usize = 8;

/// How often a file that changes while it is read is read again.
const READ_ATTEMPTS: usize = 4;

/// Where the newspaper's files come from: a folder on disk, or memory in tests.
pub trait Files: Sync {
    /// Lists every file of the newspaper.
    ///
    /// # Errors
    ///
    /// When a folder cannot be read.
    fn scan(&self) -> Result<Scan>;

    /// Reads one file.
    ///
    /// # Errors
    ///
    /// When it cannot be read; [`has_vanished`] tells whether that is because it is no longer there.
    fn read(&self, path: &SourcePath) -> Result<Vec<u8>>;
}

/// Whether `error`, from [`Files::read`], means that the file is no longer there.
#[must_use]
pub fn has_vanished(error: &anyhow::Error) -> bool {
    let is_gone = |error: &io::Error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
    error.downcast_ref::<io::Error>().is_some_and(is_gone)
}

/// What a scan found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The files, by the bytes of their paths.
    pub files: Vec<ScannedFile>,
    /// What was left out and why, in reading order.
    pub findings: Vec<Diagnostic>,
    /// When the scan began, in nanoseconds since 1970, by the clock of whoever stamps the files.
    pub started_ns: i128,
}

/// One file of the newspaper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedFile {
    /// Where it is.
    pub path: SourcePath,
    /// How many bytes it has.
    pub size: u64,
    /// When its content was last set, by its own account, in nanoseconds since 1970. Programs can set this back.
    pub modified_ns: i128,
    /// When anything about it last changed, in nanoseconds since 1970. Programs cannot set this back; systems that do
    /// not tell repeat `modified_ns`.
    pub changed_ns: i128,
}

/// A newspaper's folder on disk.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    output: PathBuf,
}

impl Folder {
    /// The newspaper at `root`, whose output (relative to the root, or absolute) is no part of it.
    ///
    /// # Errors
    ///
    /// When the root cannot be read.
    pub fn new(root: &Path, output: &Path) -> Result<Self> {
        let real = fs::canonicalize(root).with_context(|| format!("cannot read `{}`", root.display()))?;
        let output = real.join(output);
        let output = fs::canonicalize(&output).unwrap_or(output);
        Ok(Self { root: real, output })
    }

    /// The place on disk of one of the files.
    #[must_use]
    pub fn place(&self, path: &SourcePath) -> PathBuf {
        self.root.join(path.as_str())
    }
}

impl Files for Folder {
    fn scan(&self) -> Result<Scan> {
        let mut walk = Walk { folder: self, found: Scan::default(), queue: Vec::new() };
        walk.found.started_ns = system::now_ns();
        walk.top(CONFIG)?;
        for folder in FOLDERS {
            walk.top(folder)?;
        }
        // Folders behind links are walked when all others are, so that no call nests deeper than the disk's folders.
        while let Some(branch) = walk.queue.pop() {
            walk.branch(&branch)?;
        }
        let mut found = walk.found;
        found.files.sort_unstable_by(|a, b| a.path.as_str().as_bytes().cmp(b.path.as_str().as_bytes()));
        found.findings.sort_by(Diagnostic::reading_order);
        Ok(found)
    }

    fn read(&self, path: &SourcePath) -> Result<Vec<u8>> {
        let place = self.place(path);
        for _ in 1..READ_ATTEMPTS {
            if let Some(bytes) = read_once(&place).with_context(|| format!("cannot read `{path}`"))? {
                return Ok(bytes);
            }
        }
        Err(io::Error::from(ErrorKind::ResourceBusy))
            .with_context(|| format!("cannot read `{path}`: it keeps changing"))
    }
}

/// The bytes of a file, or `None` when it changed in the meantime.
fn read_once(place: &Path) -> io::Result<Option<Vec<u8>>> {
    let (mut file, before) = system::open_regular(place)?;
    let size = usize::try_from(before.len()).map_err(|_| io::Error::from(ErrorKind::FileTooLarge))?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size + 1).map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
    file.read_to_end(&mut bytes)?;
    let after = file.metadata()?;
    let same =
        bytes.len() as u64 == after.len() && system::modified_ns(&before) == system::modified_ns(&after);
    Ok(same.then_some(bytes))
}

/// A folder to walk: where it is, what the newspaper calls it, and the real folders of the links that led to it.
struct Branch {
    real: PathBuf,
    named: String,
    through: Vec<PathBuf>,
}

struct Walk<'a> {
    folder: &'a Folder,
    found: Scan,
    queue: Vec<Branch>,
}

impl Walk<'_> {
    /// Takes in one of the things that stand at the root, when it is there.
    fn top(&mut self, name: &str) -> Result<()> {
        let place = self.folder.root.join(name);
        let found = match fs::symlink_metadata(&place) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            other => other.with_context(|| format!("cannot read `{name}`"))?,
        };
        if found.is_dir() && name != CONFIG {
            return self.branch(&Branch { real: place, named: name.to_owned(), through: Vec::new() });
        }
        let root = self.folder.root.clone();
        self.thing(
            &place,
            name.to_owned(),
            &found,
            &Branch { real: root, named: String::new(), through: Vec::new() },
        )
    }

    fn branch(&mut self, branch: &Branch) -> Result<()> {
        let mut walk = WalkDir::new(&branch.real).min_depth(1).into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => match unreadable(error, branch) {
                    Some(error) => return Err(error),
                    None => continue,
                },
            };
            let is_folder = entry.file_type().is_dir();
            let part = self.admit(&entry, branch);
            if is_folder && part.is_none() {
                walk.skip_current_dir();
            }
            let Some(named) = part.filter(|_| !is_folder) else { continue };
            match entry.metadata() {
                Ok(found) => self.thing(entry.path(), named, &found, branch)?,
                Err(error) => {
                    if let Some(error) = unreadable(error, branch) {
                        return Err(error);
                    }
                }
            }
        }
        Ok(())
    }

    /// What the newspaper calls an entry of `branch`; `None` when it is no part of it.
    fn admit(&mut self, entry: &DirEntry, branch: &Branch) -> Option<String> {
        let path = entry.path();
        if entry.file_type().is_dir() && (path == self.folder.output || path.ends_with(".newsprint")) {
            return None;
        }
        let folder = folder_of(path.parent()?, branch)?;
        let name = match entry.file_name().to_str() {
            Some(name) if !name.contains(char::is_control) => name,
            name => {
                if name.is_none_or(|name| hidden::verdict(name, &folder) != Verdict::Litter) {
                    self.found.findings.push(bad_name(&folder, entry.file_name().as_encoded_bytes()));
                }
                return None;
            }
        };
        let named = join(&folder, name);
        match hidden::verdict(name, &folder) {
            Verdict::Part => Some(named),
            Verdict::Litter => None,
            Verdict::Private(what) => {
                // A pipe or a dangling link by such a name is not worth a word, and neither is Emacs's lock.
                let is_there = entry.file_type().is_dir() || path.exists();
                if is_there {
                    self.found.findings.push(not_published(&named, what));
                }
                None
            }
        }
    }

    /// Takes in a file, a link or something else that is not a folder.
    fn thing(&mut self, place: &Path, named: String, found: &Metadata, branch: &Branch) -> Result<()> {
        if found.is_symlink() {
            return self.link(place, named, branch);
        }
        if !found.is_file() {
            self.found.findings.push(special(&named));
            return Ok(());
        }
        // Vim tries whether it may write to a folder by making an empty file of this name.
        if found.len() > 0 || !named.ends_with("/4913") {
            self.found.files.push(scanned(&named, found));
        }
        Ok(())
    }

    /// Follows a link, when what it leads to is part of the newspaper's own folder.
    fn link(&mut self, place: &Path, named: String, branch: &Branch) -> Result<()> {
        let (real, found) =
            match fs::canonicalize(place).and_then(|real| fs::metadata(&real).map(|found| (real, found))) {
                Ok(target) => target,
                // A link to nowhere: an editor's lock, or a file that is being replaced.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    return Ok(());
                }
                Err(error) if system::is_link_loop(&error) => {
                    self.found.findings.push(loops(&named));
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    self.found.findings.push(outside(&named));
                    return Ok(());
                }
                Err(error) => return Err(error).with_context(|| format!("cannot read `{named}`")),
            };
        let Ok(target) = real.strip_prefix(&self.folder.root) else {
            self.found.findings.push(outside(&named));
            return Ok(());
        };
        if real.starts_with(&self.folder.output) || !is_public(target) {
            self.found.findings.push(not_published(&named, "a link to a file that is not for readers"));
            return Ok(());
        }
        let Some(parent) = place.parent() else { return Ok(()) };
        if !found.is_dir() {
            return self.thing(&real, named, &found, branch);
        }
        let mut through = branch.through.clone();
        through.push(parent.to_owned());
        // Below the target we would come upon one of the links that led here, and go round for ever.
        if through.len() > MOST_NESTED_LINKS || through.iter().any(|folder| folder.starts_with(&real)) {
            self.found.findings.push(loops(&named));
        } else {
            self.queue.push(Branch { real, named, through });
        }
        Ok(())
    }
}

fn scanned(named: &str, found: &Metadata) -> ScannedFile {
    ScannedFile {
        path: SourcePath::new(named),
        size: found.len(),
        modified_ns: system::modified_ns(found),
        changed_ns: system::changed_ns(found),
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

/// What the newspaper calls the folder `place`, which lies in `branch`.
fn folder_of(place: &Path, branch: &Branch) -> Option<String> {
    let inside = place.strip_prefix(&branch.real).ok()?.to_str()?;
    if inside.is_empty() {
        return Some(branch.named.clone());
    }
    // Windows separates by `\`, the newspaper by `/`.
    let inside = if cfg!(windows) { inside.replace('\\', "/") } else { inside.to_owned() };
    Some(join(&branch.named, &inside))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A folder that cannot be read; `None` when it has vanished since its name was.
fn unreadable(error: walkdir::Error, branch: &Branch) -> Option<anyhow::Error> {
    let place = error.path().and_then(|path| path.strip_prefix(&branch.real).ok()).map(Path::to_path_buf);
    let error = error.into_io_error()?;
    if error.kind() == ErrorKind::NotFound {
        return None;
    }
    let named = Path::new(&branch.named).join(place.unwrap_or_default());
    Some(anyhow::Error::new(error).context(format!("cannot read `{}`", named.display())))
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

#[cfg(test)]
mod tests;
