//! Galleys: a body's HTML but for what its references lead to, set while the body is read, so that its page need not
//! parse it a second time.
//!
//! A galley is for the article's own page, where no `id` has a prefix. Bodies with footnotes or raw HTML have none: they
//! are made from their source. The HTML is the same either way.

use bitcode::{Decode, Encode};
use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

use crate::content::markdown::piece::{Frame, Piece, Shown, Target};
use crate::content::markdown::write::Writer;
use crate::content::markdown::{Dialect, Reference, Resolution};

/// A body that is set, with holes for references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Galley {
    html: String,
    holes: Vec<Hole>,
}

/// A place in the HTML that depends on what a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Hole {
    at: u32,
    what: What,
}

/// What stands in a hole.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
enum What {
    LinkStart { reference: Reference, title: String },
    LinkEnd,
    Image { reference: Reference, title: String, alt: String, is_figure: bool },
    Wiki { reference: Reference, text: String, is_name: bool },
    AlsoRead { reference: Reference, label: String, text: String },
}

impl Galley {
    /// The HTML, with each reference as `resolve` says, in the order of the references.
    #[must_use]
    pub fn html(
        &self,
        dialect: &Dialect,
        resolve: &mut dyn FnMut(usize, &Reference) -> Resolution,
    ) -> String {
        let mut writer = Writer::new(dialect, "", self.html.len(), resolve);
        let mut from = 0;
        for hole in &self.holes {
            let at = hole.at as usize;
            writer.set(&self.html[from..at]);
            writer.piece(hole.what.piece());
            from = at;
        }
        writer.set(&self.html[from..]);
        writer.html()
    }

    /// The galley as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let holes = bitcode::encode(&self.holes);
        let mut bytes = Vec::with_capacity(8 + self.html.len() + holes.len());
        bytes.extend_from_slice(&(self.html.len() as u64).to_le_bytes());
        bytes.extend_from_slice(self.html.as_bytes());
        bytes.extend_from_slice(&holes);
        bytes
    }

    /// The galley that [`Galley::to_bytes`] gave; `None` for other bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk()?;
        let (html, holes) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        let (html, holes): (&str, Vec<Hole>) =
            (std::str::from_utf8(html).ok()?, bitcode::decode(holes).ok()?);
        let mut from = 0;
        let fits = holes.iter().all(|hole| {
            let at = hole.at as usize;
            std::mem::replace(&mut from, at) <= at && html.is_char_boundary(at)
        });
        fits.then(|| Self { html: html.to_owned(), holes })
    }
}

impl What {
    fn piece(&self) -> Piece<'_> {
        let to = |reference: &Reference| Target::Internal(reference.clone());
        match self {
            Self::LinkStart { reference, title } => {
                Piece::LinkStart { target: to(reference), title: CowStr::Borrowed(title) }
            }
            Self::LinkEnd => Piece::LinkEnd,
            Self::Image { reference, title, alt, is_figure } => Piece::Image {
                target: to(reference),
                title: CowStr::Borrowed(title),
                alt: alt.clone(),
                frame: if *is_figure { Frame::Figure } else { Frame::Inline },
            },
            Self::Wiki { reference, text, is_name } => Piece::Wiki {
                reference: reference.clone(),
                text: text.clone(),
                shown: if *is_name { Shown::Name } else { Shown::AuthorsText },
            },
            Self::AlsoRead { reference, label, text } => {
                Piece::AlsoRead { label: label.clone(), text: text.clone(), target: to(reference) }
            }
        }
    }
}

/// Sets a galley from the pieces of a body.
pub(super) struct Compositor<'w> {
    writer: Writer<'w>,
    holes: Vec<Hole>,
    /// Whether the link that is open stands in a hole.
    is_open: bool,
    is_possible: bool,
}

impl<'w> Compositor<'w> {
    /// Begins a galley. `nobody` is never asked, for every reference is left to a hole.
    pub(super) fn new(
        dialect: &'w Dialect,
        length: usize,
        nobody: &'w mut dyn FnMut(usize, &Reference) -> Resolution,
    ) -> Self {
        let writer = Writer::new(dialect, "", length, nobody);
        Self { writer, holes: Vec::new(), is_open: false, is_possible: true }
    }

    /// Takes the next piece.
    pub(super) fn piece(&mut self, piece: Piece<'_>) {
        if !self.is_possible {
            return;
        }
        match piece {
            Piece::LinkStart { target: Target::Internal(reference), title } => {
                self.is_open = true;
                self.hole(What::LinkStart { reference, title: title.into_string() });
            }
            Piece::LinkEnd if std::mem::take(&mut self.is_open) => self.hole(What::LinkEnd),
            Piece::Image { target: Target::Internal(reference), title, alt, frame } => {
                let is_figure = frame == Frame::Figure;
                self.hole(What::Image { reference, title: title.into_string(), alt, is_figure });
            }
            Piece::Wiki { reference, text, shown } => {
                self.hole(What::Wiki { reference, text, is_name: shown == Shown::Name });
            }
            Piece::AlsoRead { label, text, target: Target::Internal(reference) } => {
                self.hole(What::AlsoRead { reference, label, text });
            }
            // The end of a footnotes' text comes after the body, and raw HTML is cleaned as a whole.
            Piece::RawOpen { .. }
            | Piece::RawClose { .. }
            | Piece::Trusted(_)
            | Piece::Event(
                Event::FootnoteReference(_)
                | Event::Start(Tag::FootnoteDefinition(_))
                | Event::End(TagEnd::FootnoteDefinition),
            ) => self.is_possible = false,
            // Whether a list begins on a new line depends on what stands in the hole before it.
            Piece::Event(Event::Start(Tag::List(_))) if self.is_at_hole() => self.is_possible = false,
            piece => self.writer.piece(piece),
        }
    }

    /// The galley, if there can be one.
    pub(super) fn galley(self) -> Option<Galley> {
        let Self { writer, holes, is_possible, .. } = self;
        is_possible.then(|| Galley { html: writer.html(), holes })
    }

    fn is_at_hole(&self) -> bool {
        self.holes.last().is_some_and(|hole| hole.at as usize == self.writer.length())
    }

    fn hole(&mut self, what: What) {
        match u32::try_from(self.writer.length()) {
            Ok(at) => self.holes.push(Hole { at, what }),
            Err(_) => self.is_possible = false,
        }
    }
}
