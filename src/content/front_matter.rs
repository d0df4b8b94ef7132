//! Front matter: the YAML header of a content file, cut from the text below it.
//!
//! Which keys a header may have is declared beside the thing it describes (`article.rs`, `author.rs`, …).

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};
use crate::yaml::Document;
use crate::yaml::shape::{Field, Record};

/// The line that opens and closes a header.
const FENCE: &str = "---";

/// A header's YAML and the text below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The YAML, without the `---` lines.
    pub header: Span,
    /// Everything after the closing `---` line.
    pub body: Span,
}

/// Cuts a content file into header and body.
///
/// # Errors
///
/// A finding when the file is empty, has no header, or its header never ends.
pub fn split(source: &Source) -> Result<Parts, Diagnostic> {
    let text = source.text();
    if text.trim().is_empty() {
        return Err(Diagnostic::error("empty-file", "the file is empty")
            .at(source, Span::new(0, 0), "")
            .help("write a header and a text, or delete the file"));
    }
    let Some(rest) =
        text.strip_prefix(FENCE).filter(|rest| rest.trim_start_matches([' ', '\t']).starts_with('\n'))
    else {
        let first_line = text.find('\n').unwrap_or(text.len());
        return Err(Diagnostic::error("no-header", "the file does not start with a header")
            .at(source, Span::new(0, first_line), "")
            .help("put these four lines at the top:\n---\ntitle: A headline\ndate: 2026-01-31 09:30\n---"));
    };
    let start = text.len() - rest.len() + rest.find('\n').map_or(0, |newline| newline + 1);
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        if line.trim_end() == FENCE {
            return Ok(Parts { header: Span::new(start, at), body: Span::new(at + line.len(), text.len()) });
        }
        at += line.len();
    }
    let last_line = text.trim_end().rfind('\n').map_or(0, |newline| newline + 1);
    Err(Diagnostic::error("header-not-closed", "the header never ends")
        .at(source, Span::new(last_line, text.trim_end().len()), "the file ends here")
        .at(source, Span::new(0, FENCE.len()), "the header begins here")
        .help("put a line `---` between the header and the text"))
}

/// Parses a header and hands its checked record to `read`; findings of both are collected.
pub fn read<T>(
    source: &Source,
    header: Span,
    fields: &'static [Field],
    findings: &mut Vec<Diagnostic>,
    read: impl FnOnce(&Record<'_>, &mut Vec<Diagnostic>) -> Option<T>,
) -> Option<T> {
    match Document::parse(source, header) {
        Ok(document) => {
            let record = crate::yaml::shape::check(&document, fields, findings);
            read(&record, findings)
        }
        Err(syntax) => {
            findings.extend(syntax);
            None
        }
    }
}

/// Text as it may stand in any output: on one line, without control characters, trimmed.
#[must_use]
pub fn one_line(text: &str) -> String {
    let clean = text.split(|c: char| c.is_whitespace() || is_forbidden(c)).filter(|word| !word.is_empty());
    clean.collect::<Vec<_>>().join(" ")
}

/// The one-line text of `key`, with a warning when control characters had to go.
pub fn line(record: &Record<'_>, key: &str, findings: &mut Vec<Diagnostic>) -> Option<String> {
    let text = record.text(key)?;
    if text.contains(|c: char| !c.is_whitespace() && is_forbidden(c)) {
        findings.push(
            Diagnostic::warning(
                "control-character",
                format!("`{key}` holds control characters; they are left out"),
            )
            .at(record.document().source(), record.span(key), "")
            .help("delete them; text copied from a PDF often brings them along"),
        );
    }
    Some(one_line(&text)).filter(|line| !line.is_empty())
}

/// The free part of a header, for templates: what stands under `extra`, as JSON.
pub fn extra(record: &Record<'_>, findings: &mut Vec<Diagnostic>) -> Option<String> {
    let free = record.free("extra")?;
    let json = serde_json::to_string(free);
    if json.is_err() {
        findings.push(
            Diagnostic::error("bad-extra", "a key below `extra` is neither a text nor a number")
                .at(record.document().source(), record.span("extra"), "")
                .help("templates read `extra` by names: write `name: value`"),
        );
    }
    json.ok()
}

/// Characters that no XML document may hold (XML 1.0, section 2.2), and the other control characters.
fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::{one_line, split};
    use crate::source::{Source, SourcePath};

    fn check(text: &str) -> Result<(String, String), (String, usize)> {
        let source = Source::new(SourcePath::new("content/a.md"), text);
        match split(&source) {
            Ok(parts) => Ok((source.slice(parts.header).to_owned(), source.slice(parts.body).to_owned())),
            Err(finding) => Err((finding.code().to_owned(), finding.labels()[0].position.line)),
        }
    }

    #[test]
    fn header_and_body_are_cut_apart() {
        let parts = |header: &str, body: &str| Ok((header.to_owned(), body.to_owned()));
        assert_eq!(check("---\ntitle: a\n---\nbody\n"), parts("title: a\n", "body\n"));
        assert_eq!(check("--- \ntitle: a\n---"), parts("title: a\n", ""));
        assert_eq!(check("---\n---\nx"), parts("", "x"));
        assert_eq!(check("---\na: b\n---\nx\n---\ny"), parts("a: b\n", "x\n---\ny"));
    }

    #[test]
    fn what_is_no_header_is_said_with_its_line() {
        assert_eq!(check(""), Err(("empty-file".to_owned(), 1)));
        assert_eq!(check(" \n\n"), Err(("empty-file".to_owned(), 1)));
        assert_eq!(check("# A story\n"), Err(("no-header".to_owned(), 1)));
        assert_eq!(check("----\ntitle: a\n---\n"), Err(("no-header".to_owned(), 1)));
        assert_eq!(check("---\ntitle: a\n\nText goes on\n"), Err(("header-not-closed".to_owned(), 4)));
    }

    #[test]
    fn lines_lose_what_no_output_may_hold() {
        assert_eq!(one_line(" a\u{1}b\n c\u{0} \u{9}d "), "a b c d");
    }
}
