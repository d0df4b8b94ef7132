//! Markdown: one pass that collects what an article holds, and one that makes its HTML.
//!
//! Both passes read the same stream of pieces (`walk`), so a reference has the same number in both. Where a reference
//! leads is the caller's business: titles, slugs and files are not known here, and nothing is read from disk.
//!
//! ```text
//!  events of pulldown-cmark → walk → pieces → collect → Outline
//!                           (inline, also_read,     → write   → HTML
//!                            bare_urls, raw, …)
//! ```

mod also_read;
mod bare_urls;
mod collect;
mod galley;
mod headings;
mod inline;
mod piece;
mod quotes;
mod raw;
#[cfg(test)]
mod tests;
mod walk;
mod write;

use bitcode::{Decode, Encode};

use crate::config::RawHtml;
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

pub use galley::Galley;

/// What a newspaper says about its Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The labels that begin a cross-link on a line of its own: `Also Read`, `यह भी पढ़ें`. Without a colon.
    pub also_read_labels: Vec<String>,
    /// What happens to raw HTML.
    pub raw_html: RawHtml,
    /// The language of the text (`en`, `de-AT`); it decides on quotation marks.
    pub language: String,
}

/// How a reference was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ReferenceKind {
    /// A line `Also Read: …`. The target is the title as typed, or the URL when the title is a link.
    AlsoRead,
    /// `[[Title]]` or `[[slug|shown text]]`.
    Wiki,
    /// A Markdown link, or a link or media file in raw HTML.
    Link,
    /// A Markdown image, or an `<img>` in raw HTML.
    Image,
}

/// A reference to something in this newspaper. Links to other sites and to places on the same page are none.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Reference {
    /// How it was written.
    pub kind: ReferenceKind,
    /// What it names: a title, a slug, or a relative URL with its query and fragment. It may be empty.
    pub target: String,
    /// Where it stands in the source.
    pub span: Span,
}

/// A heading of the body.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Heading {
    /// 2 to 6: the page's only first-level heading is the article's title.
    pub level: u8,
    /// The `id` of the heading's element, unique in the body.
    pub id: String,
    /// Its text, without markup.
    pub text: String,
}

/// What the body of an article holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The number of words a reader reads; code and cross-links are not counted.
    pub words: usize,
    /// The headings, in order.
    pub headings: Vec<Heading>,
    /// The references, in the order in which [`to_html`] asks for them.
    pub references: Vec<Reference>,
    /// The text of the first paragraph that is prose, without markup; empty when there is none.
    pub first_paragraph: String,
    /// The text of the whole body, without markup, code and cross-links; one line a block.
    pub text: String,
}

/// What a reference comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// A link.
    Link {
        /// Where it leads; already percent-encoded.
        href: String,
        /// The text in place of the author's, for [`ReferenceKind::AlsoRead`] and for [`ReferenceKind::Wiki`] without
        /// a shown text of its own.
        title: Option<String>,
    },
    /// A picture.
    Image {
        /// Where it lies; already percent-encoded.
        src: String,
        /// Its widths as `srcset` takes them, where it has variants; already percent-encoded.
        srcset: Option<String>,
        /// Its width in pixels, when known.
        width: Option<u32>,
        /// Its height in pixels, when known.
        height: Option<u32>,
    },
    /// Nothing: the reader gets the text, or the alternative text, and no link.
    Text,
}

/// Collects what a body holds, and every finding about it.
#[must_use]
pub fn outline(source: &Source, body: Span, dialect: &Dialect) -> (Outline, Vec<Diagnostic>) {
    let mut collector = collect::Collector::default();
    let findings =
        walk::walk(source, body, dialect, walk::Findings::Wanted, &mut |piece| collector.piece(&piece));
    (collector.outline(), findings)
}

/// The same, and sets the body's galley on the way; `None` when it can have none.
#[must_use]
pub fn outline_and_galley(
    source: &Source,
    body: Span,
    dialect: &Dialect,
) -> (Outline, Option<Galley>, Vec<Diagnostic>) {
    let mut collector = collect::Collector::default();
    let mut nobody = |_: usize, _: &Reference| Resolution::Text;
    let mut compositor = galley::Compositor::new(dialect, source.slice(body).len(), &mut nobody);
    let findings = walk::walk(source, body, dialect, walk::Findings::Wanted, &mut |piece| {
        collector.piece(&piece);
        compositor.piece(piece);
    });
    (collector.outline(), compositor.galley(), findings)
}

/// Makes the HTML of a body. `resolve` gets each reference with its index in [`Outline::references`], in order.
///
/// `id_prefix` begins every `id` in the HTML, so that several bodies can share a page; it is empty on the article's own.
#[must_use]
pub fn to_html(
    source: &Source,
    body: Span,
    dialect: &Dialect,
    id_prefix: &str,
    resolve: &mut dyn FnMut(usize, &Reference) -> Resolution,
) -> String {
    let mut writer = write::Writer::new(dialect, id_prefix, source.slice(body).len(), resolve);
    walk::walk(source, body, dialect, walk::Findings::Unwanted, &mut |piece| writer.piece(piece));
    writer.html()
}
