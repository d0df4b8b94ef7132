//! A source file as text: decoded, its newlines normalised, with places in it that people can find.
//!
//! Nothing here reads a file; bytes come in from the outside, a [`Source`] or a finding goes out.

use std::fmt;
use std::sync::Arc;

use bitcode::{Decode, Encode};

use crate::diagnostic::Diagnostic;

/// The path of a source file relative to the newspaper's root, with `/` between its parts
/// (`content/politics/a-story.md`). Paths inside the built-in theme start with `theme:`.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
pub struct SourcePath(Arc<str>);

impl SourcePath {
    /// Takes a relative path whose parts are joined by `/`.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self(Arc::from(path))
    }

    /// The whole path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part: `a-story.md`.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }

    /// The last part without its extension: `a-story`.
    #[must_use]
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Whether the file is Markdown, by its extension.
    #[must_use]
    pub fn is_markdown(&self) -> bool {
        is_markdown(&self.0)
    }

    /// The folder the file lies in, without a trailing `/`; empty at the root.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The path below `folder`, when the file lies in it or deeper.
    #[must_use]
    pub fn below(&self, folder: &str) -> Option<&str> {
        self.0.strip_prefix(folder)?.strip_prefix('/')
    }

    /// Follows `relative` (`../b.md`, `./c/d.md`) from the folder of this file. `None` when it leaves the root.
    #[must_use]
    pub fn join(&self, relative: &str) -> Option<Self> {
        let mut parts: Vec<&str> = self.folder().split('/').filter(|part| !part.is_empty()).collect();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                name => parts.push(name),
            }
        }
        Some(Self::new(&parts.join("/")))
    }
}

impl fmt::Display for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// Whether a path's last part has the extension of Markdown.
#[must_use]
pub fn is_markdown(path: &str) -> bool {
    let end = path.len().saturating_sub(3);
    path.as_bytes()[end..].eq_ignore_ascii_case(b".md")
}

/// A range of bytes in the text of a [`Source`], on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to, not including, `end`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The same range as Rust has it.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start..self.end
    }

    /// The same range `offset` bytes further on.
    #[must_use]
    pub fn shifted(self, offset: usize) -> Self {
        Self { start: self.start + offset, end: self.end + offset }
    }
}

/// A place as editors count it: lines and columns from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Position {
    /// The line, from 1, counted from the file's first line.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

/// One text file of the newspaper. Its text has no byte order mark and only `\n` as newline.
#[derive(Clone, Debug)]
pub struct Source {
    path: SourcePath,
    text: Arc<str>,
}

impl Source {
    /// Takes text that is already clean (tests, the built-in theme).
    #[must_use]
    pub fn new(path: SourcePath, text: &str) -> Self {
        Self { path, text: Arc::from(text) }
    }

    /// Decodes a file's bytes: UTF-8 with or without a byte order mark, any kind of newline.
    ///
    /// # Errors
    ///
    /// A finding with the place of the first byte that is not UTF-8, or the name of the encoding the file seems to be in.
    pub fn decode(path: SourcePath, bytes: Vec<u8>) -> Result<Self, Diagnostic> {
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return Err(utf16(&path));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            not_utf8(&path, error.as_bytes(), valid)
        })?;
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
        let text = if text.contains('\r') {
            text.replace("\r\n", "\n").replace('\r', "\n")
        } else {
            text.to_owned()
        };
        Ok(Self { path, text: Arc::from(text) })
    }

    /// Where the file lies.
    #[must_use]
    pub fn path(&self) -> &SourcePath {
        &self.path
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a range.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or("")
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.floor(offset);
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Position {
            line: before.bytes().filter(|&byte| byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The byte offset of a line and column, both from 1, cut to the text that is there.
    #[must_use]
    pub fn offset(&self, position: Position) -> usize {
        let line_start = if position.line <= 1 {
            0
        } else {
            match self.text.match_indices('\n').nth(position.line - 2) {
                Some((at, _)) => at + 1,
                None => return self.text.len(),
            }
        };
        let line = self.line_at(line_start);
        let inside =
            line.char_indices().nth(position.column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
        line_start + inside
    }

    /// The line, without its newline, that holds the byte at `offset`.
    #[must_use]
    pub fn line_at(&self, offset: usize) -> &str {
        let offset = self.floor(offset);
        let start = self.text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[offset..].find('\n').map_or(self.text.len(), |at| offset + at);
        &self.text[start..end]
    }

    fn floor(&self, offset: usize) -> usize {
        self.text.floor_char_boundary(offset.min(self.text.len()))
    }
}

fn utf16(path: &SourcePath) -> Diagnostic {
    Diagnostic::error("encoding", "the file is UTF-16, not UTF-8")
        .on(path)
        .help("save it again as UTF-8 (in Notepad: Save as, Encoding, UTF-8)")
}

fn not_utf8(path: &SourcePath, bytes: &[u8], valid: usize) -> Diagnostic {
    let byte = bytes.get(valid).copied().unwrap_or(0);
    let seems = match byte {
        0x80..=0x9F => "; it looks like Windows-1252",
        0xA0..=0xFF => "; it looks like Windows-1252 or Latin-1",
        _ => "",
    };
    let shown = Source::new(path.clone(), &String::from_utf8_lossy(&bytes[..(valid + 80).min(bytes.len())]));
    Diagnostic::error("encoding", format!("byte 0x{byte:02X} is not valid UTF-8{seems}"))
        .at(&shown, Span::new(valid, valid + 1), "")
        .help("save the file again as UTF-8")
}

#[cfg(test)]
mod tests {
    use super::{Position, Source, SourcePath, Span};

    fn source(text: &str) -> Source {
        Source::decode(SourcePath::new("content/a.md"), text.as_bytes().to_vec()).expect("valid UTF-8")
    }

    #[test]
    fn marks_and_newlines_are_normalised() {
        assert_eq!(source("\u{FEFF}a\r\nb\rc\n").text(), "a\nb\nc\n");
    }

    #[test]
    fn positions_count_characters_and_go_back_and_forth() {
        let text = source("één\nदो x\n");
        let x = text.text().find('x').expect("there is an x");
        assert_eq!(text.position(x), Position { line: 2, column: 4 });
        assert_eq!(text.offset(Position { line: 2, column: 4 }), x);
        assert_eq!(text.offset(Position { line: 9, column: 1 }), text.text().len());
        assert_eq!(text.line_at(x), "दो x");
        assert_eq!(text.slice(Span::new(x, x + 1)), "x");
    }

    #[test]
    fn wrong_encodings_are_named_with_their_place() {
        let path = SourcePath::new("content/a.md");
        let latin = Source::decode(path.clone(), b"title\ncaf\xE9".to_vec()).expect_err("not UTF-8");
        assert!(latin.message().contains("Windows-1252"), "{latin:?}");
        assert_eq!((latin.labels()[0].position.line, latin.labels()[0].position.column), (2, 4));
        let wide = Source::decode(path, b"\xFF\xFEa\0".to_vec()).expect_err("UTF-16");
        assert!(wide.message().contains("UTF-16"));
    }

    #[test]
    fn relative_paths_are_followed_inside_the_root_only() {
        let path = SourcePath::new("content/politics/2026/a.md");
        assert_eq!(path.join("../b.md").expect("inside").as_str(), "content/politics/b.md");
        assert_eq!(path.join("./c/d.md").expect("inside").as_str(), "content/politics/2026/c/d.md");
        assert!(path.join("../../../../x").is_none());
        assert_eq!((path.stem(), path.folder()), ("a", "content/politics/2026"));
    }
}
