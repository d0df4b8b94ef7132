//! The changes between the spare and the output: which files differ, so that bringing one up to date is no search.
//!
//! The note names the two editions it lies between, and is believed only of exactly those. It must not hold content.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use crate::disk::imprint::Imprint;
use crate::disk::path;

/// The first line of a note.
const TITLE: &str = "newsprint changes 1";

/// Which files differ between two editions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) from: Imprint,
    pub(super) to: Imprint,
    /// By path; may name files that are the same after all.
    pub(super) paths: Vec<String>,
}

impl Changes {
    /// Reads the note in the file `place`; `None` when there is none, or not a whole one.
    pub(super) fn read(place: &Path) -> Option<Self> {
        let text = fs::read_to_string(place).ok()?;
        let mut lines = text.strip_suffix("\nend\n")?.lines();
        (lines.next()? == TITLE).then_some(())?;
        let (from, to) = (Imprint::parse(lines.next()?)?, Imprint::parse(lines.next()?)?);
        let paths =
            lines.map(|line| path::validate(line).ok().map(|()| line.to_owned())).collect::<Option<_>>()?;
        Some(Self { from, to, paths })
    }

    /// Writes the note into the file `place`.
    pub(super) fn write(&self, place: &Path) -> io::Result<()> {
        let mut text = format!("{TITLE}\n{}\n{}", self.from, self.to);
        for path in &self.paths {
            let _ = write!(text, "\n{path}");
        }
        text.push_str("\nend\n");
        if let Some(memory) = place.parent() {
            fs::create_dir_all(memory)?;
        }
        fs::write(place, text)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Changes;
    use crate::disk::imprint::Imprint;
    use crate::disk::manifest::Kind;

    #[test]
    fn a_note_comes_back_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = folder.path().join("memory/changes");
        assert_eq!(Changes::read(&place), None);
        let (from, to) = (Imprint::empty(Kind::Production), Imprint::empty(Kind::Preview));
        for paths in [vec![], vec!["a/b".to_owned(), "c".to_owned()]] {
            let changes = Changes { from, to, paths };
            changes.write(&place).expect("written");
            assert_eq!(Changes::read(&place), Some(changes));
            let text = fs::read_to_string(&place).expect("there");
            for cut in 0..text.len() {
                fs::write(&place, &text[..cut]).expect("written");
                assert_eq!(Changes::read(&place), None, "{cut}");
            }
        }
    }
}
