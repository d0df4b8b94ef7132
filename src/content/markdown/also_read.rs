//! Lines that begin with a label such as `Also Read:` and are cross-links.
//!
//! They count also inside a paragraph: authors paste text without blank lines. Titles are not looked up here.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};
use unicode_normalization::UnicodeNormalization;

use crate::content::destination::{Destination, Purpose};
use crate::content::markdown::ReferenceKind;
use crate::content::markdown::inline::{plain_text, typed_text, wiki_name};
use crate::content::markdown::piece::{Piece, Target};
use crate::content::markdown::walk::{Inline, Walk};
use crate::source::Span;

/// The labels, ready to be compared.
pub(super) struct Labels(Vec<String>);

impl Labels {
    /// Takes the labels from the config, with or without a colon.
    pub(super) fn new(labels: &[String]) -> Self {
        Self(labels.iter().map(|label| folded(label)).filter(|label| !label.is_empty()).collect())
    }

    /// Splits a line into its label, with the colon, and the rest.
    fn split<'t>(&self, line: &'t str) -> Option<(&'t str, &'t str)> {
        // A label that is longer than any of ours need not be found.
        let longest = self.0.iter().map(String::len).max()?;
        let start = &line[..line.floor_char_boundary(4 * longest + 16)];
        let (colon, sign) = start.match_indices([':', '：']).next()?;
        let (label, rest) = line.split_at(colon + sign.len());
        let known = self.0.contains(&folded(label));
        known.then_some((label.trim(), rest.trim()))
    }
}

/// Case, Unicode form, spaces, typographic quotes and the colon make no difference.
fn folded(label: &str) -> String {
    let words: Vec<&str> = label.trim().trim_end_matches([':', '：']).split_whitespace().collect();
    let plain = words.join(" ").to_lowercase();
    plain
        .nfc()
        .map(|c| match c {
            '’' | '‘' | '‚' | 'ʼ' => '\'',
            '“' | '”' | '„' | '«' | '»' => '"',
            c => c,
        })
        .collect()
}

/// A cross-link: its label, the text the reader sees, and the events both come from.
struct Found<'r, 'a> {
    label: String,
    text: String,
    typed: String,
    run: &'r [Inline<'a>],
}

impl<'a> Walk<'a, '_> {
    /// Hands out a paragraph, as several ones when cross-links stand in it.
    pub(super) fn paragraph(&mut self, run: &[Inline<'a>]) {
        if self.figure(run) {
            return;
        }
        if self.lists > 0 || !self.may_hold_label(run) {
            return self.prose(run);
        }
        let lines = lines(run);
        let mut prose = 0..0;
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            // A label alone on its line takes the next line as its title.
            let next = lines.get(at + 1).map(|next| line.start..next.end);
            let (used, found) = match self.find(&run[line.clone()]) {
                Some(found) if found.text.is_empty() => {
                    (2, next.and_then(|both| self.find(&run[both])).filter(|found| !found.text.is_empty()))
                }
                other => (1, other),
            };
            if let Some(found) = found {
                self.prose(&run[std::mem::replace(&mut prose, 0..0)]);
                self.cross_link(&found);
                at += used;
            } else {
                prose = if prose.is_empty() { line.clone() } else { prose.start..line.end };
                at += 1;
            }
        }
        self.prose(&run[prose]);
    }

    /// An ordinary paragraph, unless it is empty.
    fn prose(&mut self, run: &[Inline<'a>]) {
        if run.is_empty() {
            return;
        }
        self.emit(Piece::Event(Event::Start(Tag::Paragraph)));
        self.inline_block(run);
        self.emit(Piece::Event(Event::End(TagEnd::Paragraph)));
    }

    /// Without a colon there is no label: most paragraphs are done here.
    fn may_hold_label(&self, run: &[Inline<'a>]) -> bool {
        let (Some((_, first)), Some((_, last))) = (run.first(), run.last()) else { return false };
        let text = self.text.get(first.start..last.end).unwrap_or("");
        // A colon can also be written as a character reference.
        text.contains(':') || text.contains('&') || text.contains('：')
    }

    fn find<'r>(&self, run: &'r [Inline<'a>]) -> Option<Found<'r, 'a>> {
        let plain = plain_text(run, self.raw_html);
        let (label, text) = self.labels.split(plain.trim_start())?;
        let links = run
            .iter()
            .filter(|(event, _)| matches!(event, Event::Start(Tag::Link { .. } | Tag::Image { .. })));
        if links.count() > 1 {
            return None;
        }
        let typed = typed_text(run, self.text);
        let typed =
            typed.find([':', '：']).map_or("", |at| typed[at..].trim_start_matches([':', '：'])).trim();
        Some(Found { label: label.to_owned(), text: text.to_owned(), typed: typed.to_owned(), run })
    }

    fn cross_link(&mut self, found: &Found<'_, 'a>) {
        let start = found.run.first().map_or(0, |(_, range)| range.start);
        let end = found.run.last().map_or(start, |(_, range)| range.end);
        let span = Span::new(start, end);
        let kind = ReferenceKind::AlsoRead;
        let link = found.run.iter().find_map(|(event, _)| match event {
            Event::Start(Tag::Link { link_type, dest_url, .. }) => Some((*link_type, dest_url)),
            _ => None,
        });
        let target = match link {
            Some((LinkType::WikiLink { .. }, name)) => {
                Target::Internal(self.reference(kind, wiki_name(name), span))
            }
            Some((link_type, url)) => self.link_target(kind, link_type, url, span),
            None => match Destination::of(&found.typed, Purpose::Link) {
                Destination::External(url) if url.contains("://") && !url.contains(char::is_whitespace) => {
                    Target::External(url)
                }
                _ => Target::Internal(self.reference(kind, found.typed.clone(), span)),
            },
        };
        self.emit(Piece::AlsoRead { label: found.label.clone(), text: found.text.clone(), target });
    }
}

/// The lines of a paragraph as ranges of its events. A break inside emphasis or a link ends no line.
fn lines(run: &[Inline<'_>]) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, (event, _)) in run.iter().enumerate() {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::SoftBreak | Event::HardBreak if depth == 0 => {
                lines.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    lines.push(start..run.len());
    lines
}

#[cfg(test)]
mod tests {
    use super::Labels;

    fn check(line: &str, expected: Option<(&str, &str)>) {
        let labels = ["Also Read".to_owned(), "यह भी पढ़ें :".to_owned(), "Don't miss".to_owned()];
        assert_eq!(Labels::new(&labels).split(line), expected, "{line}");
    }

    #[test]
    fn labels_are_known_however_they_are_typed() {
        check("Also Read: A: B", Some(("Also Read:", "A: B")));
        check("ALSO  READ :A", Some(("ALSO  READ :", "A")));
        check("also read：A", Some(("also read：", "A")));
        check("यह भी पढ़ें: क", Some(("यह भी पढ़ें:", "क")));
        check("यह भी पढ\u{93C}ें: क", Some(("यह भी पढ\u{93C}ें:", "क")));
        check("Don’t Miss: A", Some(("Don’t Miss:", "A")));
        check("Also Read", None);
        check("Also Reading: A", None);
        check("He said: Also Read: A", None);
        check(&format!("{}: A", "x".repeat(10_000)), None);
    }
}
