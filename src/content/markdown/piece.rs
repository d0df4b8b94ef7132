//! The pieces a body consists of once everything about it is decided except where its references lead.
//!
//! What becomes of a piece, HTML or an entry in an outline, is not known here.

use pulldown_cmark::{CowStr, Event};

use crate::content::html::Shape;
use crate::content::markdown::Reference;

/// One piece of a body, in reading order. Starts and ends are balanced.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// Markdown that holds no URL and no HTML: never a link, an image, a heading or a snippet of HTML.
    Event(Event<'a>),
    /// The start of a heading.
    HeadingStart { level: u8, id: String, text: String },
    /// Its end.
    HeadingEnd { level: u8 },
    /// The start of a link; its text follows.
    LinkStart { target: Target, title: CowStr<'a> },
    /// Its end.
    LinkEnd,
    /// An image inside a line, or, as a figure, instead of a paragraph.
    Image { target: Target, title: CowStr<'a>, alt: String, frame: Frame },
    /// A whole `[[…]]`, with the name or the author's text as the reader would see it.
    Wiki { reference: Reference, text: String, shown: Shown },
    /// A whole paragraph `Also Read: …`, its label with the colon.
    AlsoRead { label: String, text: String, target: Target },
    /// The end of the text that a task's box stands before.
    TaskEnd,
    /// The start of an element of raw HTML.
    RawOpen { name: &'static str, shape: Shape, attributes: Vec<RawAttribute> },
    /// The end of one.
    RawClose { name: &'static str, shape: Shape },
    /// HTML that goes through unchanged because its author is trusted.
    Trusted(CowStr<'a>),
}

/// Where a link or an image leads.
#[derive(Debug)]
pub(super) enum Target {
    /// Into the newspaper.
    Internal(Reference),
    /// To another site.
    External(String),
    /// To a place on the same page, without the `#`.
    Fragment(String),
    /// Nowhere: its scheme was refused.
    Refused,
}

/// Whether an image is its own block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// It stands in a line of text.
    Inline,
    /// It is a figure, and its title the caption.
    Figure,
}

/// Whose text a `[[…]]` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The name itself, which a title may replace.
    Name,
    /// What the author wrote behind the `|`.
    AuthorsText,
}

/// An attribute of raw HTML.
#[derive(Debug)]
pub(super) struct RawAttribute {
    pub(super) name: &'static str,
    pub(super) value: RawValue,
}

/// Its value.
#[derive(Debug)]
pub(super) enum RawValue {
    /// Plain text.
    Text(String),
    /// An `id` of the author's own, not yet prefixed.
    Id(String),
    /// A URL, not yet resolved.
    Target(Target),
}
