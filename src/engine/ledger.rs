//! The ledger: what one build remembers for the next. Everything in it can be worked out again from the sources;
//! deleting it is always safe, and a part that is damaged, older or somebody else's counts as absent.
//!
//! The desk says which parts belong together. Which of what is remembered still holds is decided elsewhere.

use std::sync::Arc;

use bitcode::{Decode, Encode};

use crate::content::article::Article;
use crate::content::records::{AuthorRecord, CategoryRecord, StandingPage};
use crate::diagnostic::Diagnostic;
use crate::disk::parts::Parts;
use crate::edition::facts::Fact;
use crate::edition::files::Pixels;
use crate::edition::fingerprints::Sides;
use crate::fingerprint::{Digest, Fingerprint};
use crate::render::theme::{built_in_statics, built_in_templates};
use crate::source::SourcePath;

/// The version of the ledger's form.
const SCHEMA: u64 = 8;

/// The file that says which parts belong together.
pub(super) const DESK: &str = "desk";

/// What is read first, and is all that a build needs when nothing has changed.
#[derive(Encode, Decode)]
pub(super) struct Desk {
    /// What made the ledger: see [`key`].
    pub(super) key: u64,
    /// The digest of the config.
    pub(super) config: Fingerprint,
    /// Whether drafts were shown.
    pub(super) drafts: bool,
    /// The build's instant, in seconds since 1970.
    pub(super) now: i64,
    /// From when on the same files make another site.
    pub(super) until: Option<i64>,
    /// Which output was made, as it prints.
    pub(super) imprint: String,
    /// What the build counted.
    pub(super) summary: Summary,
    /// What the scan left out, and why.
    pub(super) left_out: Vec<Diagnostic>,
    /// The names of the parts.
    pub(super) parts: PartNames,
}

/// What a build counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Summary {
    /// Published articles.
    pub articles: usize,
    /// Pages for readers.
    pub pages: usize,
    /// Pages and files of all kinds.
    pub files: usize,
    /// Articles held back as drafts.
    pub drafts: usize,
    /// Articles dated after the build's instant.
    pub scheduled: usize,
    /// The earliest of their instants.
    pub next: Option<crate::date::Moment>,
    /// Articles whose time is over.
    pub expired: usize,
}

/// The names of all parts.
#[derive(Default, Encode, Decode)]
pub(super) struct PartNames {
    /// Every file of the newspaper, by path.
    pub(super) files: Vec<String>,
    /// Everything that was found.
    pub(super) findings: String,
    /// What was read, in buckets.
    pub(super) heads: Vec<String>,
    /// What was rendered, in buckets.
    pub(super) pages: Vec<String>,
    /// All facts with their fingerprints.
    pub(super) facts: String,
    /// How articles are related.
    pub(super) relations: Vec<String>,
    /// What is remembered of the search index, its lexicon, and its blocks; empty when there is no search.
    pub(super) search: Vec<String>,
    /// What was worked out of everything that was read.
    pub(super) snapshot: SnapshotNames,
}

/// The names of the parts that hold archive and edition.
#[derive(Clone, Default, Encode, Decode)]
pub(super) struct SnapshotNames {
    /// Runs of stories.
    pub(super) stories: Vec<String>,
    /// The headlines of each run.
    pub(super) headlines: Vec<String>,
    /// What titles, slugs and paths lead to.
    pub(super) titles: String,
    /// The rest of the archive.
    pub(super) archive: String,
    /// Who refers to what.
    pub(super) callers: String,
    /// Runs of pages.
    pub(super) pages: Vec<String>,
    /// What pages were made of.
    pub(super) sources: String,
    /// The rest of the edition.
    pub(super) edition: String,
}

impl SnapshotNames {
    fn all(&self) -> impl Iterator<Item = &String> {
        let rows = self.stories.iter().chain(&self.headlines).chain(&self.pages);
        rows.chain([&self.titles, &self.archive, &self.callers, &self.sources, &self.edition])
    }
}

/// One file as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct FileNote {
    pub(super) size: u64,
    pub(super) modified_ns: i64,
    pub(super) changed_ns: i64,
    /// Whether the times were old enough to be believed.
    pub(super) settled: bool,
    /// The digest of its bytes, when they were read.
    pub(super) digest: Option<Fingerprint>,
    /// The number under which notes about it are kept.
    pub(super) slot: u32,
    /// The size of a picture.
    pub(super) pixels: Option<Pixels>,
}

/// One content file as it was read.
#[derive(Clone, Encode, Decode)]
pub(super) struct Head {
    /// The number under which notes about the file are kept.
    pub(super) slot: u32,
    pub(super) parsed: Parsed,
    pub(super) findings: Vec<Diagnostic>,
}

/// What a content file turned out to be. Newspapers of several instants may hold it.
#[derive(Clone, Encode, Decode)]
pub(super) enum Parsed {
    Article(Arc<Article>),
    Category(Arc<CategoryRecord>),
    Author(Arc<AuthorRecord>),
    Page(Arc<StandingPage>),
    Nothing,
}

impl Parsed {
    /// Tells what was read its path and its file's number, which are not written down with it. Nobody else may hold it
    /// yet.
    pub(super) fn lies_at(&mut self, path: &SourcePath, slot: u32) {
        let prose = match self {
            Self::Article(article) => Arc::get_mut(article).map(|article| {
                article.slot = slot;
                &mut article.prose
            }),
            Self::Category(record) => Arc::get_mut(record).map(|record| &mut record.prose),
            Self::Author(record) => Arc::get_mut(record).map(|record| &mut record.prose),
            Self::Page(page) => Arc::get_mut(page).map(|page| &mut page.prose),
            Self::Nothing => None,
        };
        if let Some(prose) = prose {
            prose.path = path.clone();
        }
    }
}

/// Texts, one after the other.
#[derive(Default, Encode, Decode)]
pub(super) struct TextRow {
    text: String,
    ends: Vec<u32>,
}

impl TextRow {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of this number.
    pub(super) fn get(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)? as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }

    /// The number of a text; they are in order.
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle)?.cmp(text) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// Adds a text.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).expect("one bucket's texts fit in 32 bits"));
    }
}

/// Pages as they were rendered, by route.
#[derive(Default, Encode, Decode)]
pub(super) struct PageNotes {
    pub(super) routes: TextRow,
    /// What each was: see `pages.rs`.
    pub(super) kinds: Vec<u64>,
    /// The digest of each one's bytes.
    pub(super) digests: Vec<Fingerprint>,
    /// Where each one's trace begins; one more at the end.
    pub(super) starts: Vec<u32>,
    /// The traces, one after the other: numbers of facts.
    pub(super) traces: Vec<u32>,
}

/// What tells this ledger from those of other versions: the program and what is built into it. `program` tells one
/// binary from another.
pub(super) fn key(program: u64) -> u64 {
    let mut digest = Digest::new();
    digest.number(SCHEMA).number(program).text(env!("CARGO_PKG_VERSION"));
    for (name, bytes) in built_in_templates().into_iter().chain(built_in_statics()) {
        digest.text(&name).number(Fingerprint::of(bytes).half());
    }
    digest.finish()
}

impl Desk {
    /// Reads the desk; `None` when there is none that this program made.
    pub(super) fn read(parts: &Parts, key: u64) -> Option<Self> {
        let desk: Self = bitcode::decode(&parts.read_first(DESK)?).ok()?;
        (desk.key == key).then_some(desk)
    }

    /// Writes the desk, after all its parts.
    pub(super) fn write(&self, parts: &Parts) -> anyhow::Result<()> {
        let names = &self.parts;
        let rows = [&names.files, &names.heads, &names.pages, &names.relations, &names.search];
        let all = rows.into_iter().flatten().chain([&names.findings, &names.facts]);
        let all = all.chain(names.snapshot.all());
        let all = all.map(String::as_str).collect();
        parts.write_first(DESK, &bitcode::encode(self), &all)
    }
}

/// Reads one part.
pub(super) fn read<T: bitcode::DecodeOwned>(parts: &Parts, name: &str) -> Option<T> {
    parts.look(name, |bytes| bitcode::decode(bytes).ok())
}

/// Writes one part and tells its name.
pub(super) fn write<T: Encode + ?Sized>(parts: &Parts, kind: &str, part: &T) -> anyhow::Result<String> {
    parts.write(kind, &bitcode::encode(part))
}

/// The facts of a ledger with their fingerprints.
#[derive(Default, Encode, Decode)]
pub(super) struct FactNotes {
    /// By slot; all zero where there was no story.
    pub(super) sides: Vec<Sides>,
    /// By number.
    pub(super) facts: Vec<(Fact, Option<u64>)>,
}
