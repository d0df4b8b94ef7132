//! Raw HTML between Markdown: what stays of it is kept in step with the blocks around it.
//!
//! An element opened inside a block ends with that block, so that a forgotten `</b>` reaches no further than its
//! paragraph. What may stay at all is decided in `content::html`.

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

use crate::config::RawHtml;
use crate::content::html::{Attribute, Markup, Shape, Snippet, Value, id_taken, read};
use crate::content::markdown::ReferenceKind;
use crate::content::markdown::piece::{Piece, RawAttribute, RawValue};
use crate::content::markdown::walk::{Inline, MAX_DEPTH, Walk};
use crate::source::Span;

/// The elements of raw HTML that are open, and the blocks of Markdown between them.
#[derive(Default)]
pub(super) struct OpenElements {
    stack: Vec<Open>,
    /// How many elements are on the stack.
    elements: usize,
}

#[derive(Clone, Copy)]
enum Open {
    /// A block of Markdown: what is below it cannot be closed from inside it.
    Block,
    Element(&'static str, Shape),
}

impl OpenElements {
    /// Enters a block of Markdown.
    pub(super) fn enter(&mut self) {
        self.stack.push(Open::Block);
    }

    /// Whether an element of this name is open.
    pub(super) fn has(&self, name: &str) -> bool {
        self.elements > 0
            && self.stack.iter().any(|open| matches!(open, Open::Element(known, _) if *known == name))
    }

    fn top(&self) -> Option<(&'static str, Shape)> {
        match self.stack.last() {
            Some(Open::Element(name, shape)) => Some((name, *shape)),
            _ => None,
        }
    }

    fn push(&mut self, name: &'static str, shape: Shape) {
        self.stack.push(Open::Element(name, shape));
        self.elements += 1;
    }

    /// Takes off the top element, if the current block has one.
    fn pop(&mut self) -> Option<(&'static str, Shape)> {
        let top = self.top()?;
        self.stack.pop();
        self.elements -= 1;
        Some(top)
    }

    fn is_open_in_block(&self, name: &str) -> bool {
        let in_block = self.stack.iter().rev().map_while(|open| match open {
            Open::Element(name, _) => Some(*name),
            Open::Block => None,
        });
        self.elements > 0 && in_block.into_iter().any(|open| open == name)
    }

    /// Forgets the current block, whose elements are closed.
    fn leave_block(&mut self) {
        debug_assert!(!matches!(self.stack.last(), Some(Open::Element(..))), "its elements are closed");
        self.stack.pop();
    }
}

/// The elements whose end was not found in a run, so that nobody looks for it again.
#[derive(Default)]
pub(super) struct Unclosed(Vec<&'static str>);

impl<'a> Walk<'a, '_> {
    /// Leaves a block of Markdown: what raw HTML opened in it ends.
    pub(super) fn leave_raw(&mut self) {
        while let Some((name, shape)) = self.raw.pop() {
            self.emit(Piece::RawClose { name, shape });
        }
        self.raw.leave_block();
    }

    /// Hands out a block of HTML that came in lines.
    pub(super) fn html_block(&mut self, lines: &[(CowStr<'a>, usize)]) {
        match self.raw_html {
            RawHtml::Trusted => {
                for (line, _) in lines {
                    self.emit(Piece::Trusted(line.clone()));
                }
            }
            RawHtml::Off => {
                let text: String = lines.iter().map(|(line, _)| &**line).collect();
                if !is_comment(&text) {
                    self.emit(Piece::Event(Event::Start(Tag::Paragraph)));
                    self.emit(Piece::Event(Event::Text(text.trim().into())));
                    self.emit(Piece::Event(Event::End(TagEnd::Paragraph)));
                }
            }
            RawHtml::Clean => {
                self.snippet(read(lines.iter().map(|(line, offset)| (&**line, *offset))));
                while let Some(("p", _) | (_, Shape::Inline)) = self.raw.top() {
                    self.close_top();
                }
            }
        }
    }

    /// Hands out a tag in a line, and returns the index of the next event that was not used.
    pub(super) fn inline_html(
        &mut self,
        html: &CowStr<'a>,
        run: &[Inline<'a>],
        at: usize,
        unclosed: &mut Unclosed,
    ) -> usize {
        match self.raw_html {
            RawHtml::Trusted => self.emit(Piece::Trusted(html.clone())),
            RawHtml::Off if is_comment(html) => {}
            RawHtml::Off => self.emit(Piece::Event(Event::Text(html.clone()))),
            RawHtml::Clean => {
                let offset = run.get(at).map_or(0, |(_, range)| range.start);
                let snippet = read(std::iter::once((&**html, offset)));
                let swallowing = snippet.swallowing;
                self.snippet(snippet);
                if let Some(name) = swallowing
                    && let Some(end) = end_of(name, run, at, unclosed)
                {
                    return end + 1;
                }
            }
        }
        at + 1
    }

    fn snippet(&mut self, snippet: Snippet) {
        for (span, finding) in snippet.findings {
            self.report(span, || finding);
        }
        for markup in snippet.markup {
            match markup {
                Markup::Text(text) => self.emit(Piece::Event(Event::Text(text.into()))),
                Markup::Close(name) => {
                    while self.raw.is_open_in_block(name) {
                        if self.close_top() == Some(name) {
                            break;
                        }
                    }
                }
                Markup::Open { name, shape, attributes, span } => self.open(name, shape, attributes, span),
            }
        }
    }

    fn open(&mut self, name: &'static str, shape: Shape, attributes: Vec<Attribute>, span: Span) {
        while self.raw.top().is_some_and(|(open, _)| ends_before(open, name, shape)) {
            self.close_top();
        }
        if shape != Shape::Void && self.depth + self.raw.elements >= MAX_DEPTH {
            self.report_depth(span);
            return self.emit(Piece::Event(Event::Text(format!("<{name}>").into())));
        }
        let kind = if name == "img" { ReferenceKind::Image } else { ReferenceKind::Link };
        let mut id = None;
        let mut kept = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            let value = match attribute.value {
                Value::Text(text) => RawValue::Text(text),
                Value::Url(url) => RawValue::Target(self.target(url, kind, span)),
                Value::Id(own) if id.as_ref().is_some_and(|id| *id == own) => continue,
                Value::Id(own) if id.is_none() && self.ids.claim(&own) => {
                    id = Some(own.clone());
                    RawValue::Id(own)
                }
                Value::Id(own) => {
                    self.report(span, || id_taken(&own));
                    continue;
                }
            };
            kept.push(RawAttribute { name: attribute.name, value });
        }
        let attributes = kept;
        self.emit(Piece::RawOpen { name, shape, attributes });
        if shape != Shape::Void {
            self.raw.push(name, shape);
        }
    }

    fn close_top(&mut self) -> Option<&'static str> {
        let (name, shape) = self.raw.pop()?;
        self.emit(Piece::RawClose { name, shape });
        Some(name)
    }
}

/// Whether an open element ends where another begins, as browsers have it.
fn ends_before(open: &str, next: &str, shape: Shape) -> bool {
    let section = matches!(next, "tbody" | "thead" | "tfoot");
    match open {
        "p" => matches!(shape, Shape::Block | Shape::Loose) || next == "hr",
        "li" => next == "li",
        "dt" | "dd" => matches!(next, "dt" | "dd"),
        "td" | "th" => matches!(next, "td" | "th" | "tr") || section,
        "tr" => next == "tr" || section,
        "tbody" | "thead" | "tfoot" => section,
        _ => false,
    }
}

/// The index of the tag that ends an element whose content goes too: in the same run, and not inside emphasis that
/// begins or ends in between, which would be torn apart.
fn end_of(name: &'static str, run: &[Inline<'_>], at: usize, unclosed: &mut Unclosed) -> Option<usize> {
    if unclosed.0.contains(&name) {
        return None;
    }
    let mut depth = 0_usize;
    for (at, (event, _)) in run.iter().enumerate().skip(at + 1) {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) if depth == 0 => break,
            Event::End(_) => depth -= 1,
            Event::InlineHtml(html) if depth == 0 && is_end_of(name, html) => return Some(at),
            _ => {}
        }
    }
    unclosed.0.push(name);
    None
}

fn is_end_of(name: &str, html: &str) -> bool {
    let tag = html.strip_prefix("</").and_then(|rest| rest.get(..name.len()));
    tag.is_some_and(|tag| tag.eq_ignore_ascii_case(name))
}

fn is_comment(html: &str) -> bool {
    let html = html.trim();
    html.strip_prefix("<!--").is_some_and(|rest| rest.find("-->").is_none_or(|end| end + 3 == rest.len()))
}
