//! What stands inside a block: emphasis, links, images and `[[…]]`.
//!
//! Blocks are not known here, nor where a link finally leads.

use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd};

use crate::config::RawHtml;
use crate::content::destination::{Destination, Purpose, without_forbidden};
use crate::content::html::unsafe_link;
use crate::content::markdown::ReferenceKind;
use crate::content::markdown::piece::{Frame, Piece, Shown, Target};
use crate::content::markdown::raw::Unclosed;
use crate::content::markdown::walk::{Inline, MAX_DEPTH, Walk};
use crate::source::Span;

impl<'a> Walk<'a, '_> {
    /// Hands out the pieces of a run.
    pub(super) fn inline(&mut self, run: &[Inline<'a>]) {
        let mut unclosed = Unclosed::default();
        let mut in_link = false;
        let mut at = 0;
        while let Some((event, range)) = run.get(at) {
            let span = Span::new(range.start, range.end);
            at = match event {
                Event::Start(Tag::Link {
                    link_type: LinkType::WikiLink { has_pothole }, dest_url, ..
                }) => {
                    let end = matching_end(run, at);
                    let shown = if *has_pothole { Shown::AuthorsText } else { Shown::Name };
                    self.wiki(dest_url, &run[at + 1..end], shown, span);
                    end + 1
                }
                Event::Start(Tag::Link { link_type, dest_url, title, .. }) => {
                    let target = self.link_target(ReferenceKind::Link, *link_type, dest_url, span);
                    self.emit(Piece::LinkStart { target, title: title.clone() });
                    in_link = true;
                    at + 1
                }
                Event::End(TagEnd::Link) => {
                    in_link = false;
                    self.emit(Piece::LinkEnd);
                    at + 1
                }
                Event::Start(Tag::Image { dest_url, title, .. }) => {
                    let end = matching_end(run, at);
                    self.image(dest_url, title, &run[at + 1..end], Frame::Inline, span);
                    end + 1
                }
                Event::InlineHtml(html) => self.inline_html(html, run, at, &mut unclosed),
                Event::Text(text) if !in_link && text.contains("://") && !self.raw.has("a") => {
                    self.text_with_urls(run, at)
                }
                Event::Start(_) => {
                    if self.depth < MAX_DEPTH {
                        self.emit(Piece::Event(event.clone()));
                    } else {
                        self.report_depth(span);
                    }
                    self.depth += 1;
                    at + 1
                }
                Event::End(_) => {
                    self.depth -= 1;
                    if self.depth < MAX_DEPTH {
                        self.emit(Piece::Event(event.clone()));
                    }
                    at + 1
                }
                event => {
                    self.emit(Piece::Event(event.clone()));
                    at + 1
                }
            };
        }
    }

    /// An image that is all there is in a paragraph and has a title becomes a figure. Says whether it did.
    pub(super) fn figure(&mut self, run: &[Inline<'a>]) -> bool {
        let Some((Event::Start(Tag::Image { dest_url, title, .. }), range)) = run.first() else {
            return false;
        };
        let end = matching_end(run, 0);
        if title.is_empty() || end + 1 != run.len() {
            return false;
        }
        self.image(dest_url, title, &run[1..end], Frame::Figure, Span::new(range.start, range.end));
        true
    }

    fn image(&mut self, url: &str, title: &CowStr<'a>, inner: &[Inline<'a>], frame: Frame, span: Span) {
        let alt = plain_text(inner, self.raw_html);
        let destination = Destination::of(url, Purpose::Media);
        let target = match destination {
            // A place on a page is no picture.
            Destination::Fragment(name) => Destination::Internal(format!("#{name}")),
            other => other,
        };
        let target = self.target(target, ReferenceKind::Image, span);
        self.emit(Piece::Image { target, title: title.clone(), alt, frame });
    }

    fn wiki(&mut self, name: &str, inner: &[Inline<'a>], shown: Shown, span: Span) {
        let text = plain_text(inner, self.raw_html);
        let reference = self.reference(ReferenceKind::Wiki, wiki_name(name), span);
        self.emit(Piece::Wiki { reference, text: text.trim().to_owned(), shown });
    }

    /// Where an authored link leads; a refused one is reported.
    pub(super) fn link_target(
        &mut self,
        kind: ReferenceKind,
        link_type: LinkType,
        url: &str,
        span: Span,
    ) -> Target {
        let destination = if link_type == LinkType::Email {
            Destination::of(&format!("mailto:{url}"), Purpose::Link)
        } else {
            Destination::of(url, Purpose::Link)
        };
        self.target(destination, kind, span)
    }

    /// Turns a sorted URL into a target: an internal one becomes a reference, a refused one is reported.
    pub(super) fn target(&mut self, destination: Destination, kind: ReferenceKind, span: Span) -> Target {
        match destination {
            Destination::External(url) => Target::External(url),
            Destination::Fragment(name) => Target::Fragment(name),
            Destination::Internal(url) => Target::Internal(self.reference(kind, url, span)),
            Destination::Refused(url) => {
                self.report(span, || unsafe_link(&url));
                Target::Refused
            }
        }
    }
}

/// The name in `[[…]]` as one line.
pub(super) fn wiki_name(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The index of the end that belongs to the start at `start`.
pub(super) fn matching_end(run: &[Inline<'_>], start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, (event, _)) in run.iter().enumerate().skip(start) {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    run.len().saturating_sub(1)
}

/// The text of a run as a reader sees it, on one line and without markup.
pub(super) fn plain_text(run: &[Inline<'_>], raw_html: RawHtml) -> String {
    let mut plain = String::new();
    for (event, _) in run {
        match event {
            Event::Text(text) | Event::Code(text) => plain.push_str(text),
            Event::InlineHtml(html) if raw_html == RawHtml::Off => plain.push_str(html),
            Event::SoftBreak | Event::HardBreak => plain.push(' '),
            _ => {}
        }
    }
    match without_forbidden(&plain) {
        std::borrow::Cow::Borrowed(_) => plain,
        std::borrow::Cow::Owned(clean) => clean,
    }
}

/// The text of a run as the author typed it: quotation marks, dashes and dots are not yet typographic.
pub(super) fn typed_text(run: &[Inline<'_>], body: &str) -> String {
    let mut typed = String::new();
    for inline in run {
        match &inline.0 {
            Event::Text(_) => typed.push_str(typed_part(inline, body)),
            Event::Code(text) => typed.push_str(text),
            Event::SoftBreak | Event::HardBreak => typed.push(' '),
            _ => {}
        }
    }
    without_forbidden(&typed).into_owned()
}

/// One part of such a text.
pub(super) fn typed_part<'r>(inline: &'r Inline<'_>, body: &'r str) -> &'r str {
    let (Event::Text(text), range) = inline else { return "" };
    let source = body.get(range.clone()).unwrap_or("");
    // Where the parser put in typographic marks, the source has these and nothing else.
    let replaced =
        !source.is_empty() && source.bytes().all(|byte| matches!(byte, b'"' | b'\'' | b'-' | b'.'));
    if replaced { source } else { text }
}
