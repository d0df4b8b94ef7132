//! Findings: what is wrong with the newspaper's own files, as data, with the place and the way out.
//!
//! Wording for a terminal, colour and JSON are `cli/report.rs`'s business; nothing here prints.

use bitcode::{Decode, Encode};
use std::cmp::Ordering;

use crate::source::{Position, Source, SourcePath, Span};

/// How much of a long source line a finding shows, in characters.
const EXCERPT_CHARS: usize = 160;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Severity {
    /// The build fails.
    Error,
    /// The build goes on; `--strict` makes it an error.
    Warning,
}

/// One place a finding speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Label {
    /// The file.
    pub path: SourcePath,
    /// Where in the file; 1:1 when the finding is about the whole of it.
    pub position: Position,
    /// The source line, cut around the place when it is long; empty when the finding is about the whole file.
    pub excerpt: String,
    /// The bytes of `excerpt` to underline.
    pub underlined: Span,
    /// What to say under the place; may be empty.
    pub note: String,
    /// What is still to be looked up in the file before the finding is shown.
    pub spot: Spot,
}

/// A spot in a file, told by what costs nothing to keep: line and excerpt are looked up when a finding needs them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Spot {
    /// Nothing is left to look up: the place is known, or the finding is about the file as a whole.
    #[default]
    Known,
    /// The value of a key of the header or config (`image.src` for a key within a key), or the n-th item of its list,
    /// from 0.
    Header(Box<str>, usize),
    /// A line, from 1.
    Line(usize),
    /// Some bytes of the file's text.
    Bytes(Span),
}

impl Spot {
    /// The value of a key of the header, or its first item.
    #[must_use]
    pub fn header(key: &str) -> Self {
        Self::Header(Box::from(key), 0)
    }
}

impl Label {
    /// A file as a whole.
    #[must_use]
    pub fn whole(path: &SourcePath) -> Self {
        Self::spot(path, Spot::Known)
    }

    /// A spot of a file, to be looked up later.
    #[must_use]
    pub fn spot(path: &SourcePath, spot: Spot) -> Self {
        Self {
            path: path.clone(),
            position: Position { line: 1, column: 1 },
            excerpt: String::new(),
            underlined: Span::new(0, 0),
            note: String::new(),
            spot,
        }
    }
}

/// One finding: what is wrong, where, and what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Diagnostic {
    code: Box<str>,
    severity: Severity,
    message: String,
    labels: Vec<Label>,
    help: Vec<String>,
}

impl Diagnostic {
    /// An error: the build fails. `code` is a stable kebab-case name, `message` lower case without a full stop.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code: Box::from(code),
            severity: Severity::Error,
            message: message.into(),
            labels: Vec::new(),
            help: Vec::new(),
        }
    }

    /// A warning: the build goes on.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Adds a place in a source; the first one added is the finding's own place.
    #[must_use]
    pub fn at(self, source: &Source, span: Span, note: impl Into<String>) -> Self {
        self.label(label(source, span, note.into()))
    }

    /// Adds a file as a whole.
    #[must_use]
    pub fn on(self, path: &SourcePath) -> Self {
        self.label(Label::whole(path))
    }

    /// Adds a place that was looked up earlier.
    #[must_use]
    pub fn label(mut self, label: Label) -> Self {
        // Findings may be many, and most have one place.
        self.labels.reserve_exact(1);
        self.labels.push(label);
        self
    }

    /// The same finding with every label as `look_up` gives it back.
    #[must_use]
    pub fn looked_up(mut self, look_up: impl FnMut(Label) -> Label) -> Self {
        self.labels = self.labels.into_iter().map(look_up).collect();
        self
    }

    /// Adds a line that says what to type.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.reserve_exact(1);
        self.help.push(help.into());
        self
    }

    /// The same finding as an error (`--strict`).
    #[must_use]
    pub fn promoted(mut self) -> Self {
        self.severity = Severity::Error;
        self
    }

    /// The stable name of this kind of finding.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Error or warning.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Whether the finding fails the build.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// What is wrong, on one line.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The places, the finding's own first.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// What to do about it, line by line.
    #[must_use]
    pub fn help_lines(&self) -> &[String] {
        &self.help
    }

    /// Shows the file and spot of each place, to be told anew after the file was edited.
    pub fn respot(&mut self, mut tell: impl FnMut(&SourcePath, &mut Spot)) {
        self.labels.iter_mut().for_each(|label| tell(&label.path, &mut label.spot));
    }

    /// The order findings are reported in: by file, place, kind, message. Places that are not looked up yet are in order
    /// among themselves.
    #[must_use]
    pub fn reading_order(&self, other: &Self) -> Ordering {
        fn key(finding: &Diagnostic) -> (Option<(&SourcePath, Position, &Spot)>, &str, &str) {
            let place = finding.labels.first().map(|label| (&label.path, label.position, &label.spot));
            (place, &finding.code, &finding.message)
        }
        key(self).cmp(&key(other))
    }
}

/// Looks up the line of `span` in `source`, so that the finding no longer needs the source.
#[must_use]
pub fn label(source: &Source, span: Span, note: String) -> Label {
    let start = source.text().floor_char_boundary(span.start.min(source.text().len()));
    let position = source.position(start);
    let line = source.line_at(start);
    let in_line = line.char_indices().nth(position.column - 1).map_or(line.len(), |(at, _)| at);
    let wanted_end = (in_line + span.end.saturating_sub(start).max(1)).min(line.len());
    let underline_end = line.ceil_char_boundary(wanted_end);
    let from = cut_start(line, in_line);
    let to = line[from..].char_indices().nth(EXCERPT_CHARS).map_or(line.len(), |(at, _)| from + at);
    Label {
        path: source.path().clone(),
        position,
        excerpt: line[from..to].to_owned(),
        underlined: Span::new(
            (in_line - from).min(to - from),
            (underline_end.max(in_line) - from).min(to - from),
        ),
        note,
        spot: Spot::Known,
    }
}

/// Where a long line's excerpt begins: late enough that the place `at` is in the first third of it.
fn cut_start(line: &str, at: usize) -> usize {
    if line.len() <= EXCERPT_CHARS {
        return 0;
    }
    line[..at].char_indices().rev().nth(EXCERPT_CHARS / 3).map_or(0, |(start, _)| start)
}

#[cfg(test)]
mod tests {
    use super::Diagnostic;
    use crate::source::{Source, SourcePath, Span};

    #[test]
    fn a_label_shows_its_line_and_underlines_the_place() {
        let source = Source::new(SourcePath::new("a.md"), "one\ntwo draf: x\nthree");
        let finding = Diagnostic::error("x", "y").at(&source, Span::new(8, 12), "");
        let label = &finding.labels()[0];
        assert_eq!((label.position.line, label.position.column), (2, 5));
        assert_eq!(&label.excerpt[label.underlined.range()], "draf");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let line = format!("{}HERE{}", "é".repeat(5_000), "z".repeat(5_000));
        let source = Source::new(SourcePath::new("a.md"), &line);
        let finding = Diagnostic::error("x", "y").at(&source, Span::new(10_000, 10_004), "");
        let label = &finding.labels()[0];
        assert_eq!(&label.excerpt[label.underlined.range()], "HERE");
        assert!(label.excerpt.chars().count() <= 160);
        assert_eq!(label.position.column, 5_001);
    }
}
