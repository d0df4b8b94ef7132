//! Old URLs written into a header, with nothing else of the file changed: neither its comments nor its line ends.
//!
//! Every edit is read back; one that does not say exactly what it should is not made. Files are read and written by others.

use serde_yaml::Value;

use super::front_matter::{self, Parts};
use crate::source::{Source, SourcePath, Span};
use crate::yaml::{Document, Step};

/// The key.
const KEY: &str = "aliases";

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// As it is, where YAML takes it for text.
    Plain,
    /// Between double quotes.
    Quoted,
}

/// One replaced piece of a text.
struct Edit {
    span: Span,
    text: String,
}

/// The bytes of a content file with `new` at the end of its `aliases`; `None` when its header is written in a way that
/// only its author can change.
#[must_use]
pub fn with_aliases(path: &SourcePath, bytes: &[u8], new: &[&str]) -> Option<Vec<u8>> {
    let source = Source::decode(path.clone(), bytes.to_vec()).ok()?;
    let parts = front_matter::split(&source).ok()?;
    let document = Document::parse(&source, parts.header).ok()?;
    [Style::Plain, Style::Quoted].into_iter().find_map(|style| {
        let edit = edit(&source, &document, parts, new, style)?;
        let text = source.text();
        let edited = [&text[..edit.span.start], &edit.text, &text[edit.span.end..]].concat();
        if !says(&edited, path, &document, new, source.slice(parts.body)) {
            return None;
        }
        in_bytes(bytes, &edit, path, &edited)
    })
}

fn edit(source: &Source, document: &Document, parts: Parts, new: &[&str], style: Style) -> Option<Edit> {
    let text = source.text();
    let key = [Step::Key(KEY.to_owned())];
    let added: Vec<String> = new.iter().map(|alias| written(alias, style)).collect();
    let joined = added.join(", ");
    let Some(value) = document.root().get(KEY) else { return Some(first(source, parts, &joined)) };
    let span = document.find(&key)?;
    let insert = |at: usize, text: String| Some(Edit { span: Span::new(at, at), text });
    let Value::Sequence(items) = value else {
        let old = source.slice(span);
        let old = if style == Style::Plain { old.to_owned() } else { written(value.as_str()?, style) };
        return Some(Edit { span, text: format!("[{old}, {joined}]") });
    };
    let is_flow = text[span.start..].starts_with('[');
    let Some(last) = items.len().checked_sub(1) else {
        return if is_flow { insert(span.start + 1, joined) } else { None };
    };
    let item = |index: usize| document.find(&[key[0].clone(), Step::Index(index)]);
    let last = item(last)?;
    // The parser counts the spaces after a quoted text to it.
    let end = last.start + source.slice(last).trim_end().len();
    if is_flow {
        return insert(end, format!(", {joined}"));
    }
    let start = item(0)?.start;
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let dash = &text[line..start];
    let indentation = dash.trim_end().strip_suffix('-').filter(|before| before.trim().is_empty())?;
    let at = text[end..].find('\n').map_or(text.len(), |newline| end + newline);
    let lines: Vec<String> = added.iter().map(|alias| format!("\n{indentation}- {alias}")).collect();
    insert(at, lines.concat())
}

/// The first aliases of a header: a line at its end, or an entry of the braces that it stands in.
fn first(source: &Source, parts: Parts, joined: &str) -> Edit {
    let header = source.slice(parts.header);
    let is_content = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let line = header.lines().find(is_content).unwrap_or("");
    if line.trim_start().starts_with('{') {
        let at = parts.header.start + header.rfind('}').unwrap_or(header.len());
        return Edit { span: Span::new(at, at), text: format!(", {KEY}: [{joined}]") };
    }
    let indentation = &line[..line.len() - line.trim_start().len()];
    let at = parts.header.end;
    Edit { span: Span::new(at, at), text: format!("{indentation}{KEY}: [{joined}]\n") }
}

fn written(alias: &str, style: Style) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '~');
    if style == Style::Plain && alias.chars().all(is_plain) {
        return alias.to_owned();
    }
    // A JSON string is a YAML scalar.
    Value::String(alias.to_owned()).as_str().map_or(String::new(), |text| serde_json::json!(text).to_string())
}

/// Whether an edited text says what the old one said, with the new aliases and with the same body.
fn says(edited: &str, path: &SourcePath, before: &Document, new: &[&str], body: &str) -> bool {
    let source = Source::new(path.clone(), edited);
    let Ok(parts) = front_matter::split(&source) else { return false };
    let Ok(document) = Document::parse(&source, parts.header) else { return false };
    let mut expected = before.root().clone();
    let mut aliases = match expected.get(KEY) {
        Some(Value::Sequence(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    aliases.extend(new.iter().map(|alias| Value::String((*alias).to_owned())));
    expected.insert(Value::String(KEY.to_owned()), Value::Sequence(aliases));
    *document.root() == expected && source.slice(parts.body) == body
}

/// Makes an edit in the bytes of a file, whose text has neither a byte order mark nor carriage returns.
fn in_bytes(bytes: &[u8], edit: &Edit, path: &SourcePath, edited: &str) -> Option<Vec<u8>> {
    let start = offset(bytes, edit.span.start);
    let end = offset(bytes, edit.span.end);
    let newline = if bytes.windows(2).any(|pair| pair == b"\r\n") { "\r\n" } else { "\n" };
    let text = edit.text.replace('\n', newline);
    let whole = [&bytes[..start], text.as_bytes(), &bytes[end..]].concat();
    let read = Source::decode(path.clone(), whole.clone()).ok()?;
    (read.text() == edited).then_some(whole)
}

/// Where the place `offset` of a text is in the file's bytes: each line end counts as one byte there.
fn offset(bytes: &[u8], offset: usize) -> usize {
    let mark = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut at = mark;
    for _ in 0..offset {
        at += if bytes[at..].starts_with(b"\r\n") { 2 } else { 1 };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::with_aliases;
    use crate::source::SourcePath;

    fn check(before: &str, after: &str) {
        let new = ["/old/", "/é & more/"];
        let edited = with_aliases(&SourcePath::new("content/a.md"), before.as_bytes(), &new);
        let edited = edited.map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
        assert_eq!(edited.unwrap_or_default(), after, "{before}");
    }

    #[test]
    fn every_way_to_write_a_header_is_kept() {
        check(
            "---\ntitle: A # so\ndate: 2026-01-01\n---\nBody\n",
            "---\ntitle: A # so\ndate: 2026-01-01\naliases: [/old/, \"/é & more/\"]\n---\nBody\n",
        );
        check(
            "\u{FEFF}---\r\ntitle: A\r\n---\r\nBody\r\n",
            "\u{FEFF}---\r\ntitle: A\r\naliases: [/old/, \"/é & more/\"]\r\n---\r\nBody\r\n",
        );
        check(
            "---\naliases: /a/ # first\ntitle: A\n---\n",
            "---\naliases: [/a/, /old/, \"/é & more/\"] # first\ntitle: A\n---\n",
        );
        check("---\naliases: '/a, b/'\n---\n", "---\naliases: ['/a, b/', /old/, \"/é & more/\"]\n---\n");
        check("---\naliases: /a, b/\n---\n", "---\naliases: [\"/a, b/\", \"/old/\", \"/é & more/\"]\n---\n");
        check(
            "---\naliases: [ /a/ , '/b/' ] # two\n---\n",
            "---\naliases: [ /a/ , '/b/', /old/, \"/é & more/\" ] # two\n---\n",
        );
        check("---\naliases: []\n---\n", "---\naliases: [/old/, \"/é & more/\"]\n---\n");
        check(
            "---\naliases:\n  # ours\n  - /a/\n  - /b/ # last\n\ntitle: A\n---\n",
            "---\naliases:\n  # ours\n  - /a/\n  - /b/ # last\n  - /old/\n  - \"/é & more/\"\n\ntitle: A\n---\n",
        );
        check("---\naliases:\n- /a/\n---\n", "---\naliases:\n- /a/\n- /old/\n- \"/é & more/\"\n---\n");
        check(
            "---\n{title: A, tags: [x]}\n---\n",
            "---\n{title: A, tags: [x], aliases: [/old/, \"/é & more/\"]}\n---\n",
        );
        check(
            "---\n  title: A\n  description: |\n    Two\n    lines\n---\n",
            "---\n  title: A\n  description: |\n    Two\n    lines\n  aliases: [/old/, \"/é & more/\"]\n---\n",
        );
    }

    #[test]
    fn what_cannot_be_edited_is_left_alone() {
        check("---\ntitle: &a [/x/]\naliases: *a\n---\n", "");
        check("---\naliases: |\n  /a/\n---\n", "");
        check("---\ntitle: A\n...\n---\n", "");
        check("No header\n", "");
    }
}
