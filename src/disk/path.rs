//! Paths inside the output: relative, `/` between the parts, incapable of leaving the folder.
//!
//! Routes are checked long before; this is the last gate before the disk, and it must not trust them.

use std::path::{Component, Path, PathBuf};

use anyhow::{Result, ensure};

use crate::edition::redirects::FOLDER;

/// The longest name of a file or folder in bytes, on every file system in common use.
const LONGEST_NAME_BYTES: usize = 255;

/// Checks that `path` names something inside the output folder and nothing else.
///
/// # Errors
///
/// When it is absolute, empty, has an empty part, `.` or `..`, a control character or a part that is too long.
pub(super) fn validate(path: &str) -> Result<()> {
    for part in path.split('/') {
        let inside =
            !matches!(part, "" | "." | "..") && !part.contains(|c: char| c.is_control() || c == '\\');
        let single = matches!(Path::new(part).components().collect::<Vec<_>>()[..], [Component::Normal(_)]);
        ensure!(
            inside && single,
            "cannot write `{}`: it is not a path inside the output",
            path.escape_debug()
        );
        ensure!(
            part.len() <= LONGEST_NAME_BYTES,
            "cannot write `{path}`: the name `{part}` has {} bytes, more than the {LONGEST_NAME_BYTES} a disk takes",
            part.len()
        );
    }
    Ok(())
}

/// As [`validate`], and that the file is a page or a picture and not one of the output's own notes.
///
/// # Errors
///
/// As [`validate`]; or when the name is reserved.
pub(super) fn validate_ours(path: &str) -> Result<()> {
    validate(path)?;
    let is_list = path.strip_prefix(FOLDER).is_some_and(|name| name.starts_with('/'));
    ensure!(is_list || !path.starts_with(".newsprint"), "cannot write `{path}`: the name is Newsprint's own");
    Ok(())
}

/// The place of the validated `path` below `folder`.
pub(super) fn below(folder: &Path, path: &str) -> PathBuf {
    let mut place = PathBuf::with_capacity(folder.as_os_str().len() + path.len() + 1);
    place.push(folder);
    place.extend(path.split('/'));
    place
}

#[cfg(test)]
mod tests {
    use super::validate;

    fn check(path: &str) -> bool {
        validate(path).is_ok()
    }

    #[test]
    fn only_relative_paths_of_real_names_pass() {
        for good in ["index.html", "a/b/c.html", "खबर/index.html", "...", "a b", ".well-known/x"] {
            assert!(check(good), "{good}");
        }
        for bad in [
            "",
            "/",
            "/etc/x",
            "../x",
            "a/../../b",
            "a//b",
            "a/",
            "./a",
            "a/.",
            "a\0b",
            "a\nb",
            "..",
            "a\\..\\b",
        ] {
            assert!(!check(bad), "{bad}");
        }
        assert!(check(&"n".repeat(255)));
        assert!(!check(&format!("a/{}", "n".repeat(256))));
    }
}
