//! Writes the HTML of a body from its pieces.
//!
//! Where references lead is asked of the caller; what a body holds is not collected here.

mod escape;
mod footnotes;
mod raw_element;
mod table;

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use self::escape::{push_attribute, push_text, push_url};
use self::footnotes::{Footnotes, InLink};
use self::table::Table;
use crate::config::RawHtml;
use crate::content::html::clean;
use crate::content::markdown::piece::{Frame, Piece, Shown, Target};
use crate::content::markdown::{Dialect, Reference, Resolution};

/// HTML in the making.
pub(super) struct Writer<'w> {
    html: String,
    id_prefix: &'w str,
    language: &'w str,
    resolve: &'w mut dyn FnMut(usize, &Reference) -> Resolution,
    /// How many references were resolved.
    resolved: usize,
    /// Whether raw HTML must be cleaned, and there was some.
    unclean: Option<bool>,
    footnotes: Footnotes,
    table: Table,
    /// Whether an `<a>` of ours is open: a link that led nowhere opened none.
    link_open: bool,
}

/// How wide a picture in a text is shown: as wide as it turns out to be (HTML, 4.8.4.2.2), and for browsers that do not know
/// this as wide as the built-in theme's column.
const SIZES: &str = "auto, (min-width: 44rem) 42rem, 94vw";

/// A resolution to a link or an image on another site; both are needed, since they are written alike.
fn external(url: &str, kind: Wanted) -> Resolution {
    match kind {
        Wanted::Link => Resolution::Link { href: url.to_owned(), title: None },
        Wanted::Image => Resolution::Image { src: url.to_owned(), srcset: None, width: None, height: None },
    }
}

/// What a URL is written into.
#[derive(Clone, Copy)]
enum Wanted {
    Link,
    Image,
}

impl<'w> Writer<'w> {
    /// `length` is that of the source, in bytes; HTML is a little longer.
    pub(super) fn new(
        dialect: &'w Dialect,
        id_prefix: &'w str,
        length: usize,
        resolve: &'w mut dyn FnMut(usize, &Reference) -> Resolution,
    ) -> Self {
        Self {
            html: String::with_capacity(length + length / 4),
            id_prefix,
            language: &dialect.language,
            resolve,
            resolved: 0,
            unclean: (dialect.raw_html == RawHtml::Clean).then_some(false),
            footnotes: Footnotes::default(),
            table: Table::default(),
            link_open: false,
        }
    }

    /// Writes the next piece.
    pub(super) fn piece(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Event(event) => self.event(event),
            Piece::HeadingStart { level, id, .. } => {
                self.html.push_str(heading_start(level));
                self.id(&id);
                self.html.push('>');
            }
            Piece::HeadingEnd { level } => self.html.push_str(heading_end(level)),
            Piece::LinkStart { target, title } => self.link_start(&target, &title),
            Piece::LinkEnd => {
                if std::mem::take(&mut self.link_open) {
                    self.html.push_str("</a>");
                }
            }
            Piece::Image { target, title, alt, frame } => self.image(&target, &title, &alt, frame),
            Piece::Wiki { reference, text, shown } => self.wiki(&reference, &text, shown),
            Piece::AlsoRead { label, text, target } => self.also_read(&label, &text, &target),
            Piece::TaskEnd => self.html.push_str("</label>"),
            Piece::RawOpen { name, attributes, .. } => self.raw_open(name, attributes),
            Piece::RawClose { name, .. } => {
                self.html.push_str("</");
                self.html.push_str(name);
                self.html.push('>');
            }
            Piece::Trusted(html) => escape::push_trusted(&mut self.html, &html),
        }
    }

    /// How many bytes were written.
    pub(super) fn length(&self) -> usize {
        self.html.len()
    }

    /// Takes HTML that is set already.
    pub(super) fn set(&mut self, html: &str) {
        self.html.push_str(html);
    }

    /// What was written, with the footnotes at its end.
    pub(super) fn html(mut self) -> String {
        self.footnotes.section(&mut self.html, self.id_prefix);
        if self.unclean == Some(true) { clean(&self.html) } else { self.html }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => push_text(&mut self.html, &text),
            Event::Code(text) => {
                self.html.push_str("<code>");
                push_text(&mut self.html, &text);
                self.html.push_str("</code>");
            }
            Event::SoftBreak => self.html.push('\n'),
            Event::HardBreak => self.html.push_str("<br>\n"),
            Event::Rule => self.html.push_str("<hr>\n"),
            Event::FootnoteReference(name) => {
                let in_link = if self.link_open { InLink::Yes } else { InLink::No };
                let note = self.footnotes.reference(&name, in_link);
                note.write(&mut self.html, self.id_prefix);
            }
            Event::TaskListMarker(done) => {
                let checked = if done { " checked" } else { "" };
                self.html.push_str("<label class=\"task\"><input type=\"checkbox\" disabled");
                self.html.push_str(checked);
                self.html.push_str("> ");
            }
            // The walk makes other pieces of HTML, and mathematics is not enabled.
            Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => {
                push_text(&mut self.html, &text);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::BlockQuote(_) => self.html.push_str("<blockquote>\n"),
            Tag::CodeBlock(kind) => self.code_start(&kind),
            Tag::List(Some(1)) => self.list_start("<ol>\n"),
            Tag::List(Some(first)) => self.list_start(&format!("<ol start=\"{first}\">\n")),
            Tag::List(None) => self.list_start("<ul>\n"),
            Tag::FootnoteDefinition(name) => self.footnotes.start(&name, &mut self.html),
            Tag::Table(alignments) => self.table.start(&mut self.html, alignments, self.language),
            Tag::TableHead => self.table.start_head(&mut self.html),
            Tag::TableRow => self.table.start_row(&mut self.html),
            Tag::TableCell => self.table.start_cell(&mut self.html),
            Tag::Paragraph => self.html.push_str("<p>"),
            Tag::Item => self.html.push_str("<li>"),
            Tag::Emphasis => self.html.push_str("<em>"),
            Tag::Strong => self.html.push_str("<strong>"),
            Tag::Strikethrough => self.html.push_str("<del>"),
            // The rest has pieces of its own, or is not enabled.
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::FootnoteDefinition => self.footnotes.end(&mut self.html),
            TagEnd::Table => self.table.end(&mut self.html),
            TagEnd::TableHead => self.table.end_head(&mut self.html),
            TagEnd::TableCell => self.table.end_cell(&mut self.html),
            TagEnd::BlockQuote(_) => self.html.push_str("</blockquote>\n"),
            TagEnd::CodeBlock => self.html.push_str("</code></pre>\n"),
            TagEnd::List(true) => self.html.push_str("</ol>\n"),
            TagEnd::List(false) => self.html.push_str("</ul>\n"),
            TagEnd::TableRow => self.html.push_str("</tr>\n"),
            TagEnd::Paragraph => self.html.push_str("</p>\n"),
            TagEnd::Item => self.html.push_str("</li>\n"),
            TagEnd::Emphasis => self.html.push_str("</em>"),
            TagEnd::Strong => self.html.push_str("</strong>"),
            TagEnd::Strikethrough => self.html.push_str("</del>"),
            _ => {}
        }
    }

    /// A list inside an item begins on its own line.
    fn list_start(&mut self, tag: &str) {
        if !self.html.is_empty() && !self.html.ends_with('\n') {
            self.html.push('\n');
        }
        self.html.push_str(tag);
    }

    fn code_start(&mut self, kind: &CodeBlockKind<'_>) {
        let info: &str = match kind {
            CodeBlockKind::Fenced(info) => info,
            CodeBlockKind::Indented => "",
        };
        let is_safe = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '#' | '.');
        let first = info.split_whitespace().next().unwrap_or("");
        let language: String = first.chars().take_while(is_safe).collect();
        if language.is_empty() {
            self.html.push_str("<pre><code>");
        } else {
            self.html.push_str("<pre><code class=\"language-");
            self.html.push_str(&language);
            self.html.push_str("\">");
        }
    }

    fn link_start(&mut self, target: &Target, title: &str) {
        if let Resolution::Link { href, .. } = self.find(target, Wanted::Link) {
            self.anchor(&href);
            if !title.is_empty() {
                self.attribute("title", title);
            }
            self.html.push('>');
            self.link_open = true;
        }
    }

    fn wiki(&mut self, reference: &Reference, text: &str, shown: Shown) {
        match self.ask(reference) {
            Resolution::Link { href, title } => {
                let title = title.filter(|_| shown == Shown::Name);
                self.anchor(&href);
                self.html.push('>');
                push_text(&mut self.html, title.as_deref().unwrap_or(text));
                self.html.push_str("</a>");
            }
            _ => push_text(&mut self.html, text),
        }
    }

    fn also_read(&mut self, label: &str, text: &str, target: &Target) {
        if let Resolution::Link { href, title } = self.find(target, Wanted::Link) {
            self.html.push_str("<p class=\"also-read\"><span class=\"also-read-label\">");
            push_text(&mut self.html, label);
            self.html.push_str("</span> ");
            self.anchor(&href);
            self.html.push('>');
            push_text(&mut self.html, title.as_deref().unwrap_or(text));
            self.html.push_str("</a></p>\n");
        } else {
            self.html.push_str("<p>");
            push_text(&mut self.html, label);
            self.html.push(' ');
            push_text(&mut self.html, text);
            self.html.push_str("</p>\n");
        }
    }

    fn image(&mut self, target: &Target, title: &str, alt: &str, frame: Frame) {
        let found = self.find(target, Wanted::Image);
        let figure = frame == Frame::Figure;
        let Resolution::Image { src, srcset, width, height } = found else {
            let text = if alt.is_empty() { title } else { alt };
            self.html.push_str(if figure { "<p>" } else { "" });
            push_text(&mut self.html, text);
            self.html.push_str(if figure { "</p>\n" } else { "" });
            return;
        };
        self.html.push_str(if figure { "<figure><img" } else { "<img" });
        self.url("src", &src);
        self.attribute("alt", alt);
        for (name, pixels) in [("width", width), ("height", height)] {
            if let Some(pixels) = pixels {
                self.attribute(name, &pixels.to_string());
            }
        }
        self.lazy(srcset.as_deref());
        if figure {
            self.html.push_str("><figcaption>");
            push_text(&mut self.html, title);
            self.html.push_str("</figcaption></figure>\n");
        } else {
            if !title.is_empty() {
                self.attribute("title", title);
            }
            self.html.push('>');
        }
    }

    /// Ends the attributes of a picture: it comes when it comes near, in the width that it is shown in.
    fn lazy(&mut self, srcset: Option<&str>) {
        if let Some(srcset) = srcset {
            self.attribute("srcset", srcset);
            self.attribute("sizes", SIZES);
        }
        self.html.push_str(" loading=\"lazy\"");
    }

    fn find(&mut self, target: &Target, wanted: Wanted) -> Resolution {
        match target {
            Target::Internal(reference) => self.ask(reference),
            Target::External(url) => external(url, wanted),
            Target::Fragment(id) => external(&format!("#{}{id}", self.id_prefix), wanted),
            Target::Refused => Resolution::Text,
        }
    }

    fn ask(&mut self, reference: &Reference) -> Resolution {
        let index = self.resolved;
        self.resolved += 1;
        (self.resolve)(index, reference)
    }

    fn anchor(&mut self, href: &str) {
        self.html.push_str("<a");
        self.url("href", href);
    }

    fn id(&mut self, id: &str) {
        self.html.push_str(" id=\"");
        push_attribute(&mut self.html, self.id_prefix);
        push_attribute(&mut self.html, id);
        self.html.push('"');
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.html.push(' ');
        self.html.push_str(name);
        self.html.push_str("=\"");
        push_attribute(&mut self.html, value);
        self.html.push('"');
    }

    fn url(&mut self, name: &str, url: &str) {
        self.html.push(' ');
        self.html.push_str(name);
        self.html.push_str("=\"");
        push_url(&mut self.html, url);
        self.html.push('"');
    }
}

fn heading_start(level: u8) -> &'static str {
    match level {
        2 => "<h2",
        3 => "<h3",
        4 => "<h4",
        5 => "<h5",
        _ => "<h6",
    }
}

fn heading_end(level: u8) -> &'static str {
    match level {
        2 => "</h2>\n",
        3 => "</h3>\n",
        4 => "</h4>\n",
        5 => "</h5>\n",
        _ => "</h6>\n",
    }
}
