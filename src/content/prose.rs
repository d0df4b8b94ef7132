//! Prose: what every text written in Markdown has in common, be it a story, a page, a biography or a description.
//!
//! The body's HTML is not here: it is made when a page needs it, from the source, and dropped.

use super::front_matter;
use super::markdown::{Dialect, Galley, Heading, Outline, Reference, outline_and_galley};
use super::names::Wanted;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::fingerprint::Fingerprint;
use crate::source::{Source, SourcePath};
use bitcode::{Decode, Encode};

/// A text in Markdown, without its body.
#[derive(Clone, Debug, Encode, Decode)]
pub struct Prose {
    /// The file it stands in; whoever writes the text down knows it.
    #[bitcode(skip)]
    pub path: SourcePath,
    /// The digest of that file.
    pub fingerprint: Fingerprint,
    /// Words in the body.
    pub words: usize,
    /// The headings, in order.
    pub headings: Box<[Heading]>,
    /// The cross-links, internal links and images, in order.
    pub references: Box<[Reference]>,
    /// What each of them means.
    pub wanted: Box<[Wanted]>,
}

impl Prose {
    /// Whether the text stands in the same file as `other` and has the same references, wherever in it they are.
    #[must_use]
    pub fn leads_where(&self, other: &Self) -> bool {
        let alike =
            |(one, other): (&Reference, &Reference)| one.kind == other.kind && one.target == other.target;
        self.path == other.path
            && self.references.len() == other.references.len()
            && self.references.iter().zip(&other.references[..]).all(alike)
    }
}

/// The parts of a content file as its kind needs them.
pub struct Read {
    /// The text, without its body.
    pub prose: Prose,
    /// The body as it is set; `None` when it has to be made from the text.
    pub galley: Option<Galley>,
    /// The first paragraph as plain text.
    pub first_paragraph: String,
    /// The body as plain text, for similarity.
    pub plain_text: String,
    /// Where header and body stand.
    pub parts: front_matter::Parts,
}

/// How the newspaper's articles are read.
#[must_use]
pub fn dialect(config: &Config) -> Dialect {
    Dialect {
        also_read_labels: config.also_read_labels.clone(),
        raw_html: config.raw_html,
        language: config.language.clone(),
    }
}

/// Reads the body of a content file; `None` when the file has no header.
pub fn read(source: &Source, dialect: &Dialect, findings: &mut Vec<Diagnostic>) -> Option<Read> {
    let parts = match front_matter::split(source) {
        Ok(parts) => parts,
        Err(finding) => {
            findings.push(finding);
            return None;
        }
    };
    let (outline, galley, body_findings) = outline_and_galley(source, parts.body, dialect);
    let Outline { words, headings, references, first_paragraph, text } = outline;
    findings.extend(body_findings);
    let wanted =
        references.iter().map(|reference| Wanted::of(reference.target.trim(), source.path())).collect();
    let prose = Prose {
        path: source.path().clone(),
        fingerprint: Fingerprint::of(source.text().as_bytes()),
        words,
        headings: headings.into(),
        references: references.into(),
        wanted,
    };
    Some(Read { prose, galley, first_paragraph, plain_text: text, parts })
}
