//! Footnotes: numbered in the order of their first reference, and printed at the end of the body.
//!
//! What stands in a note is not known here.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::escape::push_attribute;

/// The footnotes of a body.
#[derive(Default)]
pub(super) struct Footnotes {
    numbers: HashMap<String, usize>,
    notes: Vec<Note>,
    /// The notes being written, with the HTML that goes on behind them.
    open: Vec<(String, String)>,
    /// The text of notes, by name.
    texts: HashMap<String, String>,
}

struct Note {
    name: String,
    /// How many references have an anchor.
    anchors: usize,
}

/// A reference to a footnote.
pub(super) struct NoteReference {
    number: usize,
    /// Which of the references to this note it is, from 1; `None` inside a link, where it cannot be one itself.
    anchor: Option<usize>,
}

impl Footnotes {
    /// The next reference to a note. `in_link` tells that it stands inside a link.
    pub(super) fn reference(&mut self, name: &str, in_link: InLink) -> NoteReference {
        let name = name.to_lowercase();
        let next = self.notes.len() + 1;
        let number = *self.numbers.entry(name.clone()).or_insert(next);
        if number == next {
            self.notes.push(Note { name, anchors: 0 });
        }
        let note = &mut self.notes[number - 1];
        let anchor = (in_link == InLink::No).then(|| {
            note.anchors += 1;
            note.anchors
        });
        NoteReference { number, anchor }
    }

    /// Begins a note: what is written until its end is its text.
    pub(super) fn start(&mut self, name: &str, html: &mut String) {
        self.open.push((name.to_lowercase(), std::mem::take(html)));
    }

    /// Ends a note. The first one of a name counts.
    pub(super) fn end(&mut self, html: &mut String) {
        if let Some((name, outer)) = self.open.pop() {
            let text = std::mem::replace(html, outer);
            self.texts.entry(name).or_insert(text);
        }
    }

    /// Writes the notes that are referred to.
    pub(super) fn section(&mut self, html: &mut String, id_prefix: &str) {
        if self.notes.is_empty() {
            return;
        }
        html.push_str("<section class=\"footnotes\" role=\"doc-endnotes\"><ol>\n");
        for (index, note) in self.notes.iter().enumerate() {
            html.push_str("<li id=\"");
            push_note_id(html, id_prefix, "fn", index + 1, 1);
            html.push_str("\">");
            let text = self.texts.remove(&note.name).unwrap_or_default();
            let text = text.trim_end();
            let (body, end) = text.strip_suffix("</p>").map_or((text, ""), |body| (body, "</p>"));
            html.push_str(body);
            if note.anchors > 0 {
                html.push_str(" <a class=\"footnote-back\" role=\"doc-backlink\" href=\"#");
                push_note_id(html, id_prefix, "fnref", index + 1, 1);
                html.push_str("\">↩\u{FE0E}</a>");
            }
            html.push_str(end);
            html.push_str("</li>\n");
        }
        html.push_str("</ol></section>\n");
    }
}

/// Whether something stands inside a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InLink {
    /// It does.
    Yes,
    /// It does not.
    No,
}

impl NoteReference {
    pub(super) fn write(&self, html: &mut String, id_prefix: &str) {
        html.push_str("<sup class=\"footnote-ref\">");
        if let Some(anchor) = self.anchor {
            html.push_str("<a id=\"");
            push_note_id(html, id_prefix, "fnref", self.number, anchor);
            html.push_str("\" role=\"doc-noteref\" href=\"#");
            push_note_id(html, id_prefix, "fn", self.number, 1);
            html.push_str("\">");
        }
        push_number(html, self.number);
        html.push_str(if self.anchor.is_some() { "</a></sup>" } else { "</sup>" });
    }
}

/// `fn:1`, `fnref:1`, `fnref:1:2`. No heading has such an id: slugs hold no colon.
fn push_note_id(html: &mut String, prefix: &str, kind: &str, number: usize, anchor: usize) {
    push_attribute(html, prefix);
    html.push_str(kind);
    html.push(':');
    push_number(html, number);
    if anchor > 1 {
        html.push(':');
        push_number(html, anchor);
    }
}

fn push_number(html: &mut String, number: usize) {
    write!(html, "{number}").expect("writing to a string cannot fail");
}
