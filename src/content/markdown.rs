//! Markdown: one walk over the parser's events, which both collects what a text holds and makes its HTML.
//!
//! Both uses see the same references in the same order, because they are the same walk. Nothing here knows whether a
//! reference leads anywhere: the caller resolves it.

use bitcode::{Decode, Encode};
use std::collections::{HashMap, HashSet};

use pulldown_cmark::{
    Alignment, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, TextMergeWithOffset,
    html::push_html,
};
use pulldown_cmark::{CodeBlockKind, Event as E};
use unicode_segmentation::UnicodeSegmentation as _;

use super::destination::{Destination, Purpose, is_forbidden, without_forbidden};
use super::html;
use super::inline::{self, also_read_line, linked_urls, plain_text};
use super::places::Places;
use crate::config::RawHtml;
use crate::diagnostic::Diagnostic;
use crate::route::{Slug, SlugLetters};
use crate::source::{Source, Span};

/// Ids that the page around a text uses.
const RESERVED_IDS: [&str; 8] =
    ["main", "top", "content", "footnotes", "most-read", "also-read", "latest", "top-stories"];

/// Languages whose quotation marks are the English ones, for smart punctuation.
const ENGLISH_QUOTES: [&str; 10] = ["en", "hi", "bn", "mr", "ta", "te", "gu", "pa", "kn", "ml"];

/// How a newspaper's texts are written.
#[derive(Clone, Debug)]
pub struct Dialect {
    /// Labels of cross-link lines.
    pub also_read_labels: Vec<String>,
    /// What becomes of raw HTML.
    pub raw_html: RawHtml,
    /// The site's language, a BCP 47 tag.
    pub language: String,
}

/// What kind of reference a text makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ReferenceKind {
    /// `Also Read: Title` as a paragraph or line of its own.
    AlsoRead,
    /// `[[Title]]`.
    Wiki,
    /// A link without a scheme.
    Link,
    /// A picture without a scheme.
    Image,
}

/// A reference to something inside the newspaper.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Reference {
    /// Its kind.
    pub kind: ReferenceKind,
    /// The title, slug, path or URL as written.
    pub target: String,
    /// Where it is written.
    pub span: Span,
}

/// A heading of a text.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Heading {
    /// 2 to 6, as published.
    pub level: u8,
    /// Its id, unique in the text.
    pub id: String,
    /// Its plain text.
    pub text: String,
}

/// What a text holds.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// Words (Unicode UAX #29).
    pub words: usize,
    /// The headings, in order.
    pub headings: Vec<Heading>,
    /// The internal references, in order.
    pub references: Vec<Reference>,
    /// The first paragraph that is neither a cross-link nor a picture, as plain text.
    pub first_paragraph: String,
    /// The whole text without markup.
    pub text: String,
}

/// What a reference becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// A link. `title` replaces the text of references that name a title.
    Link {
        /// Where it leads.
        href: String,
        /// The title of what it leads to.
        title: Option<String>,
    },
    /// A picture.
    Image {
        /// Where it is.
        src: String,
        /// Pixels, when known.
        width: Option<u32>,
        /// Pixels, when known.
        height: Option<u32>,
    },
    /// Plain text.
    Text,
}

/// Collects what the text in `body` holds, with findings about it.
#[must_use]
pub fn outline(source: &Source, body: Span, dialect: &Dialect) -> (Outline, Vec<Diagnostic>) {
    let mut walk = Walk::new(source, body, dialect, "");
    walk.run(&mut |_, _| Resolution::Text);
    let mut outline = walk.outline;
    outline.words = outline.text.unicode_words().count();
    (outline, walk.findings)
}

/// Makes the HTML of the text in `body`. `id_prefix` keeps footnote ids apart where texts share a page; `resolve` is
/// asked about each reference, by its index in [`Outline::references`].
#[must_use]
pub fn to_html(
    source: &Source,
    body: Span,
    dialect: &Dialect,
    id_prefix: &str,
    resolve: &mut dyn FnMut(usize, &Reference) -> Resolution,
) -> String {
    let mut walk = Walk::new(source, body, dialect, id_prefix);
    walk.run(resolve);
    let mut html = String::with_capacity((body.end - body.start) * 3 / 2);
    push_html(&mut html, walk.out.into_iter());
    if html.contains(is_forbidden) {
        html = without_forbidden(&html).into_owned();
    }
    if walk.raw_html && dialect.raw_html == RawHtml::Clean {
        html = html::clean(&html, walk.internal);
    }
    html
}

/// An event and the bytes of the body it stands for.
type Spanned<'s> = (Event<'s>, std::ops::Range<usize>);
type Resolve<'r> = &'r mut dyn FnMut(usize, &Reference) -> Resolution;

struct Walk<'s> {
    body: &'s str,
    dialect: &'s Dialect,
    id_prefix: &'s str,
    places: Places<'s>,
    out: Vec<Event<'s>>,
    outline: Outline,
    findings: Vec<Diagnostic>,
    footnotes: HashMap<String, usize>,
    referenced: HashSet<usize>,
    ids: HashSet<String>,
    internal: HashSet<String>,
    columns: Vec<Alignment>,
    column: usize,
    in_table_head: bool,
    raw_html: bool,
    depth: usize,
}

impl<'s> Walk<'s> {
    fn new(source: &'s Source, body: Span, dialect: &'s Dialect, id_prefix: &'s str) -> Self {
        Self {
            body: source.slice(body),
            dialect,
            id_prefix,
            places: Places::new(source, body.start, Vec::new()),
            out: Vec::new(),
            outline: Outline::default(),
            findings: Vec::new(),
            footnotes: HashMap::new(),
            referenced: HashSet::new(),
            ids: RESERVED_IDS.iter().map(|id| (*id).to_owned()).collect(),
            internal: HashSet::new(),
            columns: Vec::new(),
            column: 0,
            in_table_head: false,
            raw_html: false,
            depth: 0,
        }
    }

    fn run(&mut self, resolve: Resolve<'_>) {
        self.control_characters();
        let events: Vec<Spanned<'s>> =
            TextMergeWithOffset::new(Parser::new_ext(self.body, options(self.dialect)).into_offset_iter())
                .collect();
        let shift = u8::from(
            events
                .iter()
                .any(|(event, _)| matches!(event, E::Start(Tag::Heading { level: HeadingLevel::H1, .. }))),
        );
        let mut events = events.into_iter().peekable();
        while let Some((event, range)) = events.next() {
            match event {
                inline if !is_block(&inline) => {
                    let mut inside = vec![(inline, range)];
                    while let Some(next) = events.next_if(|(event, _)| !is_block(event)) {
                        inside.push(next);
                    }
                    self.text(&plain_text(&inside));
                    self.inline(inside, resolve);
                }
                E::Start(Tag::Paragraph) => {
                    let inside = until(&mut events, TagEnd::Paragraph);
                    self.paragraph(inside, resolve);
                }
                E::Start(Tag::Heading { level, .. }) => {
                    let inside = until(&mut events, TagEnd::Heading(level));
                    self.heading(inside, (level as u8 + shift).min(6), resolve);
                }
                E::Start(Tag::CodeBlock(kind)) => {
                    let kind = match kind {
                        CodeBlockKind::Fenced(info) => CodeBlockKind::Fenced(language_of(&info)),
                        CodeBlockKind::Indented => CodeBlockKind::Indented,
                    };
                    self.out.push(E::Start(Tag::CodeBlock(kind)));
                    let code = until(&mut events, TagEnd::CodeBlock);
                    self.text(&plain_text(&code));
                    self.out.extend(code.into_iter().map(|(event, _)| event));
                    self.out.push(E::End(TagEnd::CodeBlock));
                }
                other => self.block(other, range, &mut events, resolve),
            }
        }
    }

    /// Everything that is not a paragraph, heading or code block.
    fn block(
        &mut self,
        event: Event<'s>,
        range: std::ops::Range<usize>,
        events: &mut impl Iterator<Item = Spanned<'s>>,
        resolve: Resolve<'_>,
    ) {
        match event {
            E::Start(Tag::HtmlBlock) | E::End(TagEnd::HtmlBlock) => {}
            E::Html(html) => self.raw(html, &range),
            E::Start(Tag::FootnoteDefinition(name)) => {
                self.depth += 1;
                let number = self.footnote(&name);
                let (prefix, back) = (self.id_prefix, self.referenced.contains(&number));
                let label = if back {
                    format!("<a href=\"#{prefix}fnref-{number}\">{number}</a>")
                } else {
                    number.to_string()
                };
                self.push_html(format!(
                    "<div class=\"footnote\" id=\"{prefix}fn-{number}\"><span class=\"footnote-number\">{label}</span>\n"
                ));
            }
            E::End(TagEnd::FootnoteDefinition) => {
                self.depth -= 1;
                self.push_html("</div>\n".to_owned());
            }
            E::Start(Tag::Table(columns)) => {
                self.columns = columns;
                self.push_html(
                    "<div class=\"table-scroll\" role=\"region\" aria-label=\"Table\" tabindex=\"0\"><table>\n".to_owned(),
                );
            }
            E::End(TagEnd::Table) => self.push_html("</tbody></table></div>\n".to_owned()),
            E::Start(Tag::TableHead) => {
                (self.in_table_head, self.column) = (true, 0);
                self.push_html("<thead><tr>".to_owned());
            }
            E::End(TagEnd::TableHead) => {
                self.in_table_head = false;
                self.push_html("</tr></thead>\n<tbody>\n".to_owned());
            }
            E::Start(Tag::TableRow) => {
                self.column = 0;
                self.push_html("<tr>".to_owned());
            }
            E::End(TagEnd::TableRow) => self.push_html("</tr>\n".to_owned()),
            E::Start(Tag::TableCell) => {
                let cell = until(events, TagEnd::TableCell);
                self.cell(cell, resolve);
            }
            E::Start(tag) => {
                self.depth += 1;
                self.out.push(E::Start(tag));
            }
            E::End(tag) => {
                self.depth = self.depth.saturating_sub(1);
                self.out.push(E::End(tag));
            }
            other => self.out.push(other),
        }
    }

    fn cell(&mut self, inside: Vec<Spanned<'s>>, resolve: Resolve<'_>) {
        let name = if self.in_table_head { "th" } else { "td" };
        let scope = if self.in_table_head { " scope=\"col\"" } else { "" };
        let class = match self.columns.get(self.column) {
            Some(Alignment::Left) => " class=\"align-left\"",
            Some(Alignment::Center) => " class=\"align-center\"",
            Some(Alignment::Right) => " class=\"align-right\"",
            _ => "",
        };
        self.column += 1;
        self.push_html(format!("<{name}{scope}{class}>"));
        self.text(&plain_text(&inside));
        self.inline(inside, resolve);
        self.push_html(format!("</{name}>"));
    }

    fn heading(&mut self, inside: Vec<Spanned<'s>>, level: u8, resolve: Resolve<'_>) {
        let text = without_forbidden(&plain_text(&inside)).into_owned();
        let id = self.unique_id(&text);
        self.text(&text);
        self.push_html(format!("<h{level} id=\"{id}\">"));
        self.inline(inside, resolve);
        self.push_html(format!("</h{level}>\n"));
        self.outline.headings.push(Heading { level, id, text });
    }

    fn paragraph(&mut self, inside: Vec<Spanned<'s>>, resolve: Resolve<'_>) {
        for part in inline::split_at_also_read(inside, &self.dialect.also_read_labels) {
            if let Some(line) = also_read_line(&part, &self.dialect.also_read_labels) {
                self.also_read(&line, part, resolve);
                continue;
            }
            if let Some((caption, figure)) = inline::figure(&part) {
                self.push_html("<figure>".to_owned());
                self.inline(figure, resolve);
                self.push_html(format!("<figcaption>{}</figcaption></figure>\n", inline::escape(&caption)));
                continue;
            }
            let text = plain_text(&part);
            let picture = part.first().is_some_and(|(event, _)| matches!(event, E::Start(Tag::Image { .. })));
            if self.depth == 0 && !picture && self.outline.first_paragraph.is_empty() {
                self.outline.first_paragraph =
                    without_forbidden(&text).split_whitespace().collect::<Vec<_>>().join(" ");
            }
            self.text(&text);
            self.out.push(E::Start(Tag::Paragraph));
            self.inline(part, resolve);
            self.out.push(E::End(TagEnd::Paragraph));
        }
    }

    fn also_read(&mut self, line: &inline::AlsoReadLine, part: Vec<Spanned<'s>>, resolve: Resolve<'_>) {
        let span = part.first().map_or(0..0, |(_, range)| range.start..range.end);
        let end = part.last().map_or(span.end, |(_, range)| range.end);
        let external = line
            .link
            .as_ref()
            .is_some_and(|url| !matches!(Destination::of(url, Purpose::Link), Destination::Internal(_)));
        if external {
            self.out.push(E::Start(Tag::Paragraph));
            self.inline(part, resolve);
            self.out.push(E::End(TagEnd::Paragraph));
            return;
        }
        let target = line.link.clone().unwrap_or_else(|| line.title.clone());
        let resolution = self.refer(ReferenceKind::AlsoRead, target, span.start..end, resolve);
        let (label, title) = (inline::escape(&line.label), inline::escape(&line.title));
        match resolution {
            Resolution::Link { href, title: found } => {
                let shown = found.as_deref().map_or(title, inline::escape);
                let href = inline::escape(&href);
                self.push_html(format!(
                    "<p class=\"also-read\"><span class=\"also-read-label\">{label}:</span> <a href=\"{href}\">{shown}</a></p>\n"
                ));
            }
            _ => self.push_html(format!("<p>{label}: {title}</p>\n")),
        }
    }

    /// Inline events: links, pictures, footnote references and raw HTML are treated, bare URLs become links.
    fn inline(&mut self, events: Vec<Spanned<'s>>, resolve: Resolve<'_>) {
        let mut events = events.into_iter();
        let mut in_link = 0_usize;
        let mut open_links: Vec<bool> = Vec::new();
        while let Some((event, range)) = events.next() {
            match event {
                E::Start(Tag::Link { link_type: LinkType::WikiLink { has_pothole }, dest_url, .. }) => {
                    let inside = until(&mut events, TagEnd::Link);
                    self.wiki_link(dest_url.as_ref(), has_pothole, &plain_text(&inside), range, resolve);
                }
                E::Start(Tag::Link { link_type, dest_url, title, id }) => {
                    let href = self.link(&dest_url, link_type, range, resolve);
                    open_links.push(href.is_some());
                    if let Some(href) = href {
                        in_link += 1;
                        self.out.push(E::Start(Tag::Link {
                            link_type: LinkType::Inline,
                            dest_url: href.into(),
                            title,
                            id,
                        }));
                    }
                }
                E::End(TagEnd::Link) => {
                    if open_links.pop().unwrap_or(false) {
                        in_link -= 1;
                        self.out.push(E::End(TagEnd::Link));
                    }
                }
                E::Start(Tag::Image { dest_url, title, .. }) => {
                    let inside = until(&mut events, TagEnd::Image);
                    self.picture(&dest_url, &title, &plain_text(&inside), range, resolve);
                }
                E::InlineHtml(html) | E::Html(html) => self.raw(html, &range),
                E::FootnoteReference(name) => {
                    let number = self.footnote(&name);
                    let prefix = self.id_prefix;
                    let id = if self.referenced.insert(number) {
                        format!(" id=\"{prefix}fnref-{number}\"")
                    } else {
                        String::new()
                    };
                    self.push_html(format!(
                        "<sup class=\"footnote-reference\"{id}><a href=\"#{prefix}fn-{number}\">{number}</a></sup>"
                    ));
                }
                E::Text(text) if in_link == 0 => linked_urls(text, &mut self.out),
                other => self.out.push(other),
            }
        }
    }

    fn wiki_link(
        &mut self,
        target: &str,
        has_text: bool,
        text: &str,
        range: std::ops::Range<usize>,
        resolve: Resolve<'_>,
    ) {
        let shown = if has_text { text } else { target };
        match self.refer(ReferenceKind::Wiki, target.to_owned(), range, resolve) {
            Resolution::Link { href, title } => {
                let shown =
                    if has_text { shown.to_owned() } else { title.unwrap_or_else(|| shown.to_owned()) };
                self.push_html(format!(
                    "<a href=\"{}\">{}</a>",
                    inline::escape(&href),
                    inline::escape(&shown)
                ));
            }
            _ => self.out.push(E::Text(CowStr::from(shown.to_owned()))),
        }
    }

    /// The `href` of a link; `None` when its text stands alone.
    fn link(
        &mut self,
        url: &str,
        link_type: LinkType,
        range: std::ops::Range<usize>,
        resolve: Resolve<'_>,
    ) -> Option<String> {
        if link_type == LinkType::Email {
            return Some(format!("mailto:{url}"));
        }
        match Destination::of(url, Purpose::Link) {
            Destination::External(url) => Some(url),
            Destination::Fragment(id) => Some(format!("#{id}")),
            Destination::Internal(target) => match self.refer(ReferenceKind::Link, target, range, resolve) {
                Resolution::Link { href, .. } => Some(href),
                _ => None,
            },
            Destination::Refused(url) => {
                self.unsafe_link(&url, range);
                None
            }
        }
    }

    fn picture(
        &mut self,
        url: &str,
        title: &str,
        alt: &str,
        range: std::ops::Range<usize>,
        resolve: Resolve<'_>,
    ) {
        let (src, size) = match Destination::of(url, Purpose::Media) {
            Destination::External(url) => (url, String::new()),
            Destination::Internal(target) => match self.refer(ReferenceKind::Image, target, range, resolve) {
                Resolution::Image { src, width, height } => {
                    let pixels = |name: &str, count: Option<u32>| {
                        count.map_or(String::new(), |count| format!(" {name}=\"{count}\""))
                    };
                    (src, pixels("width", width) + &pixels("height", height))
                }
                _ => return self.out.push(E::Text(CowStr::from(alt.to_owned()))),
            },
            Destination::Fragment(_) => return self.out.push(E::Text(CowStr::from(alt.to_owned()))),
            Destination::Refused(url) => {
                self.unsafe_link(&url, range);
                return self.out.push(E::Text(CowStr::from(alt.to_owned())));
            }
        };
        let title =
            if title.is_empty() { String::new() } else { format!(" title=\"{}\"", inline::escape(title)) };
        let (src, alt) = (inline::escape(&src), inline::escape(alt));
        self.push_html(format!("<img src=\"{src}\" alt=\"{alt}\"{title}{size} loading=\"lazy\">"));
    }

    fn refer(
        &mut self,
        kind: ReferenceKind,
        target: String,
        range: std::ops::Range<usize>,
        resolve: Resolve<'_>,
    ) -> Resolution {
        let span = self.places.span(Span::new(range.start, range.end));
        let reference = Reference { kind, target, span };
        let resolution = resolve(self.outline.references.len(), &reference);
        if let Resolution::Link { href: url, .. } | Resolution::Image { src: url, .. } = &resolution {
            self.internal.insert(url.clone());
        }
        self.outline.references.push(reference);
        resolution
    }

    fn raw(&mut self, html: CowStr<'s>, range: &std::ops::Range<usize>) {
        match self.dialect.raw_html {
            RawHtml::Off => self.out.push(E::Text(html)),
            RawHtml::Trusted => self.out.push(E::Html(html)),
            RawHtml::Clean => {
                self.raw_html = true;
                for (at, what) in html::removals(&html) {
                    let place = self.places.label(Span::new(range.start + at, range.start + at + 1));
                    self.findings.push(
                        Diagnostic::warning("raw-html-removed", format!("{what} is left out"))
                            .label(place)
                            .help("write Markdown instead, or set `raw_html: trusted` in `newsprint.yaml`"),
                    );
                }
                self.out.push(E::Html(html));
            }
        }
    }

    fn unsafe_link(&mut self, url: &str, range: std::ops::Range<usize>) {
        let shown: String = url.chars().take(60).collect();
        let place = self.places.label(Span::new(range.start, range.end));
        self.findings.push(
            Diagnostic::warning("unsafe-link", format!("`{shown}` is no address readers may be sent to"))
                .label(place)
                .help("link to `https://`, `mailto:` or `tel:` addresses, or to pages of the site"),
        );
    }

    fn control_characters(&mut self) {
        if let Some(at) = self.body.find(is_forbidden) {
            let place = self.places.label(Span::new(at, at + 1));
            self.findings.push(
                Diagnostic::warning(
                    "control-character",
                    "the text holds control characters; they are left out",
                )
                .label(place)
                .help("delete them; text copied from a PDF often brings them along"),
            );
        }
    }

    fn footnote(&mut self, name: &str) -> usize {
        let next = self.footnotes.len() + 1;
        *self.footnotes.entry(name.to_owned()).or_insert(next)
    }

    fn unique_id(&mut self, text: &str) -> String {
        let slug = Slug::of(text, SlugLetters::Unicode);
        let base = slug.as_ref().map_or("section", Slug::as_str).to_owned();
        let mut id = base.clone();
        let mut number = 2;
        while !self.ids.insert(id.clone()) {
            id = format!("{base}-{number}");
            number += 1;
        }
        id
    }

    fn text(&mut self, text: &str) {
        self.outline.text.push_str(&without_forbidden(text));
        self.outline.text.push('\n');
    }

    fn push_html(&mut self, html: String) {
        self.out.push(E::Html(CowStr::from(html)));
    }
}

fn options(dialect: &Dialect) -> Options {
    let mut options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_WIKILINKS;
    let language = dialect.language.split('-').next().unwrap_or("");
    if ENGLISH_QUOTES.contains(&language) {
        options |= Options::ENABLE_SMART_PUNCTUATION;
    }
    options
}

/// Whether an event belongs to the structure of a text rather than to a line of it. The items of a tight list hold
/// lines without a paragraph around them.
fn is_block(event: &Event<'_>) -> bool {
    match event {
        E::Start(tag) => is_block_tag(tag.to_end()),
        E::End(tag) => is_block_tag(*tag),
        E::Html(_) | E::Rule => true,
        _ => false,
    }
}

fn is_block_tag(tag: TagEnd) -> bool {
    !matches!(
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

/// The events up to the end of a tag, without it. Tags of the same kind do not nest in each other.
fn until<'s>(events: &mut impl Iterator<Item = Spanned<'s>>, end: TagEnd) -> Vec<Spanned<'s>> {
    events.take_while(|(event, _)| *event != E::End(end)).collect()
}

/// The language of a code block: the first word of its info string, plain signs only.
fn language_of(info: &str) -> CowStr<'static> {
    let word = info.split([' ', ',', '{']).next().unwrap_or("");
    let plain: String =
        word.chars().filter(|c| c.is_ascii_alphanumeric() || "-_+#.".contains(*c)).take(40).collect();
    CowStr::from(plain)
}
