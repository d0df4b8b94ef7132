//! The walk: from the events of the parser to pieces, each decision about a body made once and in one place.
//!
//! Blocks are handled here, what stands inside them in `inline`, `also_read`, `bare_urls` and `raw`. What becomes of a
//! piece is not known here.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::config::RawHtml;
use crate::content::destination::{has_forbidden, is_forbidden};
use crate::content::markdown::also_read::Labels;
use crate::content::markdown::headings::{Ids, may_hold_first_level};
use crate::content::markdown::inline::plain_text;
use crate::content::markdown::piece::Piece;
use crate::content::markdown::quotes::Quotes;
use crate::content::markdown::raw::OpenElements;
use crate::content::markdown::{Dialect, Reference, ReferenceKind};
use crate::content::places::Places;
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// How deep elements may nest. Browsers stop at 512; whoever needs more than this is attacking, not writing.
pub(super) const MAX_DEPTH: usize = 200;

/// Whether a walk collects findings; only one of the two passes over a body does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Findings {
    /// They are collected.
    Wanted,
    /// They were reported by the other pass.
    Unwanted,
}

/// An event inside a block, with the bytes of the body it comes from.
pub(super) type Inline<'a> = (Event<'a>, Range<usize>);

/// Walks through a body, hands out its pieces, and returns what there is to say about it.
pub(super) fn walk(
    source: &Source,
    body: Span,
    dialect: &Dialect,
    findings: Findings,
    visit: &mut dyn FnMut(Piece<'_>),
) -> Vec<Diagnostic> {
    let (text, removed) = without_controls(source.slice(body), body.start);
    let control = removed.first().copied();
    let quotes = Quotes::of(&dialect.language);
    let options = options(quotes.is_some());
    let mut walk = Walk {
        text: &text,
        raw_html: dialect.raw_html,
        visit,
        places: Places::new(source, body.start, removed),
        findings: (findings == Findings::Wanted).then(Vec::new),
        labels: Labels::new(&dialect.also_read_labels),
        quotes,
        shift: u8::from(holds_first_level(&text, options)),
        ids: Ids::default(),
        footnotes: Footnotes::default(),
        run: Vec::new(),
        block: Block::Other,
        html: Vec::new(),
        raw: OpenElements::default(),
        depth: 0,
        lists: 0,
        too_deep: false,
    };
    if let (Some(at), Some(list)) = (control, &mut walk.findings) {
        list.push(control_character(source, at));
    }
    for (event, range) in Parser::new_ext(&text, options).into_offset_iter() {
        walk.event(event, range);
    }
    walk.end()
}

/// The state of a walk.
pub(super) struct Walk<'a, 'v> {
    /// The body without control characters; all ranges are in it.
    pub(super) text: &'a str,
    pub(super) raw_html: RawHtml,
    visit: &'v mut dyn FnMut(Piece<'_>),
    places: Places<'a>,
    /// `None` when nobody wants them.
    findings: Option<Vec<Diagnostic>>,
    pub(super) labels: Labels,
    quotes: Option<Quotes>,
    /// How many levels headings move down.
    shift: u8,
    pub(super) ids: Ids,
    footnotes: Footnotes,
    /// What was read of the current block.
    run: Vec<Inline<'a>>,
    block: Block,
    /// What was read of the current block of HTML, with the offsets in the body.
    html: Vec<(CowStr<'a>, usize)>,
    pub(super) raw: OpenElements,
    /// How many Markdown elements are open.
    pub(super) depth: usize,
    /// How many lists and footnotes are open, in which `Also Read` is no cross-link.
    pub(super) lists: usize,
    too_deep: bool,
}

/// The block whose text is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Paragraph,
    Heading,
    Code,
    /// A list item or a table cell, whose text is its own.
    Other,
}

#[derive(Default)]
struct Footnotes {
    defined: Vec<(String, Span)>,
    referenced: HashSet<String>,
}

impl<'a> Walk<'a, '_> {
    fn event(&mut self, event: Event<'a>, range: Range<usize>) {
        match event {
            Event::Text(text) if self.block == Block::Code => self.emit(Piece::Event(Event::Text(text))),
            Event::Html(html) => self.html.push((html, range.start)),
            Event::Text(text) => {
                let text = self.quoted(text, &range);
                self.run.push((Event::Text(text), range));
            }
            Event::FootnoteReference(name) => {
                if self.findings.is_some() {
                    self.footnotes.referenced.insert(name.to_lowercase());
                }
                self.run.push((Event::FootnoteReference(name), range));
            }
            Event::Start(tag) if !is_inline(tag.to_end()) => self.start(tag, range),
            Event::End(tag) if !is_inline(tag) => self.finish(tag),
            Event::Rule => {
                self.flush();
                self.emit(Piece::Event(Event::Rule));
            }
            inline => self.run.push((inline, range)),
        }
    }

    fn start(&mut self, tag: Tag<'a>, range: Range<usize>) {
        self.flush();
        match tag {
            Tag::Paragraph => self.block = Block::Paragraph,
            Tag::Heading { .. } => self.block = Block::Heading,
            Tag::HtmlBlock => {}
            tag => {
                if let Tag::CodeBlock(_) = tag {
                    self.block = Block::Code;
                }
                if let Tag::FootnoteDefinition(name) = &tag {
                    self.footnotes.defined.push((name.to_lowercase(), Span::new(range.start, range.end)));
                }
                if matches!(tag, Tag::List(_) | Tag::FootnoteDefinition(_)) {
                    self.lists += 1;
                }
                self.raw.enter();
                if self.has_room(tag.to_end()) {
                    self.emit(Piece::Event(Event::Start(tag)));
                } else {
                    self.report_depth(Span::new(range.start, range.start + 1));
                }
                self.depth += 1;
            }
        }
    }

    fn finish(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.with_run(Self::paragraph),
            TagEnd::Heading(level) => self.with_run(|walk, run| walk.heading(level, run)),
            TagEnd::HtmlBlock => {
                let mut html = std::mem::take(&mut self.html);
                self.html_block(&html);
                html.clear();
                self.html = html;
            }
            tag => {
                self.flush();
                self.leave_raw();
                self.depth -= 1;
                if matches!(tag, TagEnd::List(_) | TagEnd::FootnoteDefinition) {
                    self.lists -= 1;
                }
                if self.has_room(tag) {
                    self.emit(Piece::Event(Event::End(tag)));
                }
                self.block = Block::Other;
            }
        }
    }

    /// Whether an element may open here. Elements that need others inside them open only with room for those too.
    fn has_room(&self, tag: TagEnd) -> bool {
        let needed = match tag {
            TagEnd::Table => 4,
            TagEnd::TableHead | TagEnd::TableRow => 3,
            TagEnd::List(_) | TagEnd::TableCell => 2,
            // A footnote's number is already in the text, so its definition must come.
            TagEnd::FootnoteDefinition => 0,
            _ => 1,
        };
        self.depth + needed <= MAX_DEPTH
    }

    /// Hands out what was read of a list item or a table cell before another block begins.
    fn flush(&mut self) {
        if !self.run.is_empty() {
            self.with_run(Self::inline_block);
        }
    }

    /// Takes what was read of the current block, and keeps the allocation for the next one.
    fn with_run(&mut self, handle: impl FnOnce(&mut Self, &[Inline<'a>])) {
        let mut run = std::mem::take(&mut self.run);
        handle(self, &run);
        run.clear();
        self.run = run;
        self.block = Block::Other;
        if let Some(quotes) = &mut self.quotes {
            quotes.start_block();
        }
    }

    /// Hands out what stands in a block. What raw HTML opens in it ends with it.
    pub(super) fn inline_block(&mut self, run: &[Inline<'a>]) {
        self.raw.enter();
        self.inline(run);
        self.leave_raw();
        if let Some((Event::TaskListMarker(_), _)) = run.first() {
            self.emit(Piece::TaskEnd);
        }
    }

    fn heading(&mut self, level: HeadingLevel, run: &[Inline<'a>]) {
        let level = (level as u8 + self.shift).clamp(2, 6);
        let text = plain_text(run, self.raw_html).trim().to_owned();
        let id = self.ids.id(&text);
        self.emit(Piece::HeadingStart { level, id, text });
        self.inline_block(run);
        self.emit(Piece::HeadingEnd { level });
    }

    /// The language's own mark for a quotation mark of the parser; other text is returned as it is.
    fn quoted(&mut self, text: CowStr<'a>, range: &Range<usize>) -> CowStr<'a> {
        /// The length of “ ” ‘ ’ in bytes.
        const MARK_BYTES: usize = 3;
        if text.len() != MARK_BYTES || !matches!(self.text.as_bytes().get(range.start), Some(b'"' | b'\'')) {
            return text;
        }
        let next = self.text[range.end..].chars().next();
        let mark = self.quotes.as_mut().and_then(|quotes| quotes.mark(&text, next));
        mark.map_or(text, CowStr::Borrowed)
    }

    pub(super) fn emit(&mut self, piece: Piece<'_>) {
        (self.visit)(piece);
    }

    pub(super) fn reference(&self, kind: ReferenceKind, target: String, span: Span) -> Reference {
        Reference { kind, target, span: self.places.span(span) }
    }

    /// Reports a finding at a place of the body; `make` is not called when nobody wants to know.
    pub(super) fn report(&mut self, span: Span, make: impl FnOnce() -> Diagnostic) {
        if let Some(list) = &mut self.findings {
            list.push(make().label(self.places.label(span)));
        }
    }

    /// Reports, once, that something nests too deep.
    pub(super) fn report_depth(&mut self, span: Span) {
        if !std::mem::replace(&mut self.too_deep, true) {
            self.report(span, || {
                Diagnostic::warning("nested-too-deep", format!("this nests deeper than {MAX_DEPTH} levels"))
                    .help("use fewer levels; what is deeper appears as text")
            });
        }
    }

    fn end(mut self) -> Vec<Diagnostic> {
        self.flush();
        self.leave_raw();
        for (name, span) in std::mem::take(&mut self.footnotes.defined) {
            if self.findings.is_some() && !self.footnotes.referenced.contains(&name) {
                self.report(span, || unused_footnote(&name));
            }
        }
        self.findings.unwrap_or_default()
    }
}

fn options(smart: bool) -> Options {
    let mut options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_WIKILINKS;
    options.set(Options::ENABLE_SMART_PUNCTUATION, smart);
    options
}

/// Whether the body has a first-level heading, for which all headings make room. Parses only when a line may be one.
fn holds_first_level(text: &str, options: Options) -> bool {
    may_hold_first_level(text)
        && Parser::new_ext(text, options)
            .any(|event| matches!(event, Event::Start(Tag::Heading { level: HeadingLevel::H1, .. })))
}

fn is_inline(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::Image
    )
}

/// The body without control characters, and the source offsets of those that were removed.
fn without_controls(body: &str, start: usize) -> (Cow<'_, str>, Vec<usize>) {
    if !has_forbidden(body) {
        return (Cow::Borrowed(body), Vec::new());
    }
    let removed = body
        .bytes()
        .enumerate()
        .filter(|(_, byte)| is_forbidden(char::from(*byte)))
        .map(|(at, _)| start + at);
    (Cow::Owned(body.chars().filter(|&c| !is_forbidden(c)).collect()), removed.collect())
}

fn control_character(source: &Source, at: usize) -> Diagnostic {
    let code = source.text().as_bytes()[at];
    Diagnostic::warning(
        "control-character",
        format!("control character U+{code:04X} was removed from the text"),
    )
    .at(source, Span::new(at, at + 1), "")
    .help("delete it; text copied from a PDF often brings such characters along")
}

fn unused_footnote(name: &str) -> Diagnostic {
    let name = name.replace('`', "");
    Diagnostic::warning(
        "unused-footnote",
        format!("nothing refers to the footnote `[^{name}]`, so nobody will see it"),
    )
    .help(format!("put `[^{name}]` in the text where the note belongs, or delete the note"))
}
