//! Refusals: output folders Newsprint will not write to, because something there is not its own.
//!
//! Every check happens before the first byte changes. Exit codes and wording on the terminal are the caller's.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

use crate::disk::hidden::{self, Verdict};
use crate::disk::lists;
use crate::disk::manifest::{self, Marker};
use crate::disk::outlet::{HALF, INNER_STAGE};

/// Folders of a newspaper (and of version control) that never are, nor hold, its output.
const RESERVED: &[&str] = &["content", "templates", "static", "data", ".newsprint", ".git", ".hg", ".svn"];

/// An output that would endanger something that is not Newsprint's; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    message: String,
    help: String,
}

impl Refusal {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    /// What is wrong, on one line.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do instead.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

/// Finds the real folder behind `output`, and refuses places that no output may have, whatever is in them.
///
/// # Errors
///
/// A [`Refusal`], or a folder on the way that cannot be read.
pub(crate) fn settle(output: &Path, root: &Path) -> Result<PathBuf> {
    let root = fs::canonicalize(root).with_context(|| format!("cannot read `{}`", root.display()))?;
    let real = resolve(&root.join(output), output)?;
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let home = home.and_then(|home| fs::canonicalize(home).ok());
    let elsewhere = "choose a folder of its own, such as `--output public`";
    let refuse = |what: &str| {
        Err(Refusal::new(format!("cannot publish to `{}`: {what}", output.display()), elsewhere).into())
    };
    if real.parent().is_none() {
        return refuse("it is the root of the file system");
    }
    if home.as_deref() == Some(&*real) {
        return refuse("it is your home folder");
    }
    if real == root {
        return refuse("it is the newspaper's own folder");
    }
    if root.starts_with(&real) {
        return refuse("the newspaper itself lies in it");
    }
    if home.is_some_and(|home| home.starts_with(&real)) {
        return refuse("your home folder lies in it");
    }
    if let Ok(inside) = real.strip_prefix(&root)
        && let Some(Component::Normal(first)) = inside.components().next()
        && let Some(reserved) = RESERVED.iter().find(|name| first.eq_ignore_ascii_case(name))
    {
        return refuse(&format!("`{reserved}` belongs to the newspaper's sources"));
    }
    if real.components().any(|part| part.as_os_str() == ".git") {
        return refuse("it lies in a Git repository's own folder");
    }
    Ok(real)
}

/// What was found at the place of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing, or an empty folder.
    Nothing,
    /// A finished output.
    Output(manifest::Head),
    /// An output that a run was replacing file by file.
    Mixed,
}

/// Reads the mark of the settled folder `real`, and refuses what Newsprint did not make.
///
/// # Errors
///
/// A [`Refusal`], or a folder that cannot be read.
pub(super) fn inspect(real: &Path, shown: &Path) -> Result<Found> {
    let cannot = || format!("cannot publish to `{}`", shown.display());
    match fs::metadata(real) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", shown.display())),
        Ok(found) if !found.is_dir() => {
            let help = "delete or rename the file, or choose another folder with `--output`";
            return Err(Refusal::new(format!("{}: it is a file, not a folder", cannot()), help).into());
        }
        Ok(_) => {}
    }
    match manifest::read(real)? {
        Marker::Published(head) => Ok(Found::Output(head)),
        Marker::Mixed => Ok(Found::Mixed),
        Marker::Newer => Err(Refusal::new(
            format!("{}: a newer Newsprint made it", cannot()),
            "update Newsprint, or choose another folder with `--output`",
        )
        .into()),
        Marker::Damaged => Err(Refusal::new(
            format!(
                "{}: its `{}` is damaged, so nobody knows whose files are in it",
                cannot(),
                manifest::FILE_NAME
            ),
            "look into the folder, delete it if nothing in it is yours, and build again",
        )
        .into()),
        Marker::Absent | Marker::Staging => match first_stranger(real, shown)? {
            None => Ok(Found::Nothing),
            Some(name) => Err(Refusal::new(
                format!("{}: it holds `{name}` and was not made by Newsprint", cannot()),
                "choose an empty or a new folder, or move what is in it elsewhere",
            )
            .into()),
        },
    }
}

/// The first thing by name in `folder` that somebody may miss.
fn first_stranger(folder: &Path, shown: &Path) -> Result<Option<String>> {
    let cannot = || format!("cannot read `{}`", shown.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot)? {
        names.push(entry.with_context(cannot)?.file_name().to_string_lossy().into_owned());
    }
    // A fresh file system's `lost+found`, our own leftovers and an operating system's litter endanger nobody.
    let harmless = |name: &str| {
        name == "lost+found"
            || name == manifest::FILE_NAME
            || name == HALF
            || name == lists::FOLDER
            || name.starts_with(INNER_STAGE)
            || hidden::verdict(name, "") == Verdict::Litter
    };
    Ok(names.into_iter().filter(|name| !harmless(name)).min())
}

/// The real path of something that need not exist: links are followed as far as there is something.
fn resolve(path: &Path, shown: &Path) -> Result<PathBuf> {
    let mut missing = Vec::new();
    let mut there =
        std::path::absolute(path).with_context(|| format!("cannot find `{}`", shown.display()))?;
    loop {
        match fs::canonicalize(&there) {
            Ok(mut real) => {
                for part in missing.iter().rev() {
                    if *part == Component::ParentDir.as_os_str() {
                        real.pop();
                    } else {
                        real.push(part);
                    }
                }
                return Ok(real);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if there.is_symlink() {
                    let message = format!("cannot publish to `{}`: it is a link to nowhere", shown.display());
                    return Err(
                        Refusal::new(message, "make the folder it points to, or delete the link").into()
                    );
                }
                let last = there.components().next_back().map(|part| part.as_os_str().to_owned());
                match last {
                    Some(last) if there.pop() => missing.push(last),
                    _ => return Err(error).with_context(|| format!("cannot find `{}`", shown.display())),
                }
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                let message =
                    format!("cannot publish to `{}`: a part of this path is a file", shown.display());
                return Err(Refusal::new(message, "choose another folder with `--output`").into());
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", shown.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::Duration;

    use super::Refusal;
    use crate::disk::outlet::Outlet;

    /// A newspaper in a work folder that also holds other people's things; every file's path and bytes before and after.
    fn check(output: &str, wanted: &str) {
        let work = tempfile::tempdir().expect("a temporary folder");
        let work = fs::canonicalize(work.path()).expect("there");
        for (path, text) in [
            ("site/newsprint.yaml", "title: x"),
            ("site/content/a.md", "a"),
            ("site/static/x/y.css", "y"),
            ("site/templates/t.html", "t"),
            ("site/data/views.csv", "v"),
            ("site/.git/config", "g"),
            ("site/.newsprint/ledger", "l"),
            ("site/notes/todo.txt", "n"),
            ("site/file", "f"),
            ("site/damaged/.newsprint.json", "{"),
            ("site/newer/.newsprint.json", r#"{"schema":99}"#),
            ("site/half/.newsprint.json", r#"{"schema":1,"kind":"staging","files":[]}"#),
            ("site/half/x", "x"),
            ("other/index.html", "o"),
            ("repo/.git/config", "g"),
        ] {
            let place = work.join(path);
            fs::create_dir_all(place.parent().expect("below work")).expect("made");
            fs::write(place, text).expect("written");
        }
        #[cfg(unix)]
        for (target, link) in
            [("../other", "site/link"), ("content", "site/inner"), ("nowhere", "site/dangling")]
        {
            std::os::unix::fs::symlink(target, work.join(link)).expect("linked");
        }
        let before = listing(&work);
        let output = output.replace("WORK", work.to_str().expect("UTF-8"));
        let error = Outlet::open(Path::new(&output), &work.join("site"), Duration::ZERO).expect_err(&output);
        let refusal =
            error.downcast_ref::<Refusal>().unwrap_or_else(|| panic!("{output}: no refusal but {error:#}"));
        assert!(refusal.message().contains(wanted), "{output}: {refusal}");
        assert!(!refusal.help().is_empty());
        assert_eq!(listing(&work), before, "{output}: something changed");
    }

    fn listing(folder: &Path) -> Vec<(String, Vec<u8>)> {
        let walk = walkdir::WalkDir::new(folder)
            .sort_by_file_name()
            .into_iter()
            .map(|entry| entry.expect("readable"));
        walk.map(|entry| (entry.path().display().to_string(), fs::read(entry.path()).unwrap_or_default()))
            .collect()
    }

    #[test]
    fn sources_parents_and_the_whole_disk_are_refused() {
        for (output, wanted) in [
            ("/", "root of the file system"),
            ("", "own folder"),
            (".", "own folder"),
            ("./content/..", "own folder"),
            ("missing/..", "own folder"),
            ("..", "the newspaper itself lies in it"),
            ("WORK", "itself lies in it"),
            ("WORK/site", "own folder"),
            ("content", "`content` belongs"),
            ("content/politics", "`content` belongs"),
            ("Content", "`content` belongs"),
            ("templates", "`templates` belongs"),
            ("static", "`static` belongs"),
            ("static/x", "`static` belongs"),
            ("data", "`data` belongs"),
            (".git", "`.git` belongs"),
            (".git/public", "`.git` belongs"),
            (".newsprint", "`.newsprint` belongs"),
            (".newsprint/public", "`.newsprint` belongs"),
            ("missing/../static/new", "`static` belongs"),
            ("WORK/repo/.git/public", "Git repository"),
        ] {
            check(output, wanted);
        }
    }

    #[test]
    fn home_is_refused() {
        let home = std::env::home_dir().expect("a home").display().to_string();
        check(&home, "home folder");
    }

    #[test]
    fn folders_of_others_are_refused() {
        for (output, wanted) in [
            ("notes", "holds `todo.txt`"),
            ("WORK/other", "holds `index.html`"),
            ("../other", "holds `index.html`"),
            ("half", "holds `x`"),
            ("damaged", "is damaged"),
            ("newer", "newer Newsprint"),
            ("file", "is a file"),
            ("file/public", "is a file"),
            ("newsprint.yaml", "is a file"),
        ] {
            check(output, wanted);
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_judged_by_what_they_lead_to() {
        check("link", "holds `index.html`");
        check("inner", "`content` belongs");
        check("inner/new", "`content` belongs");
        check("dangling", "link to nowhere");
    }
}
