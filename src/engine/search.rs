//! The search index from build to build: what of it is kept among the ledger's parts, and where lost words come from.
//!
//! Losing any of it costs the reading of the stories that it was about, and nothing else.

use anyhow::Context as _;

use super::ledger;
use super::texts::Changed;
use crate::archive::Archive;
use crate::archive::search::lexicon::Lexicon;
use crate::archive::search::{Fresh, Index, Notes, Shelf};
use crate::archive::stories::Story;
use crate::config::Config;
use crate::content::vocabulary::Vocabulary;
use crate::content::{article, prose};
use crate::disk::parts::Parts;
use crate::disk::scan::Files;
use crate::edition::newspaper::Newspaper;
use crate::edition::page::Page;
use crate::fingerprint::Fingerprint;
use crate::source::Source;

/// What is remembered of the search index.
#[derive(Default)]
pub(super) struct Remembered {
    pub(super) notes: Notes,
    pub(super) lexicon: Lexicon,
    /// The words of stories that were read in this build.
    pub(super) fresh: Fresh,
}

/// What becomes of blocks of words that are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// They are kept among the parts.
    Parts,
    /// They are forgotten.
    Nothing,
}

/// Where the words of stories are kept.
#[derive(Clone, Copy)]
pub(super) struct KeptWords<'a> {
    pub(super) files: &'a dyn Files,
    pub(super) parts: &'a Parts,
    pub(super) keeping: Keeping,
}

/// Where the words of stories are kept, and read from their texts.
struct Desk<'a> {
    kept: KeptWords<'a>,
    config: &'a Config,
}

impl Remembered {
    /// What the parts hold; `None` when something is lost.
    pub(super) fn recall(parts: &Parts, names: &[String]) -> Option<Self> {
        let [notes, lexicon, ..] = names else { return None };
        let (notes, lexicon) = rayon::join(|| ledger::read(parts, notes), || parts.read(lexicon));
        let lexicon = Lexicon::of_lines(std::str::from_utf8(&lexicon?).ok()?);
        Some(Self { notes: notes?, lexicon, fresh: Fresh::default() })
    }
}

/// Writes down the index and tells the names of all its parts.
pub(super) fn write(index: &Index, parts: &Parts) -> anyhow::Result<Vec<String>> {
    let notes = ledger::write(parts, "search", index.notes())?;
    let lexicon = parts.write("lexicon", index.lexicon().as_bytes())?;
    Ok([notes, lexicon].into_iter().chain(index.notes().blocks().map(str::to_owned)).collect())
}

impl KeptWords<'_> {
    /// The index of the published stories.
    pub(super) fn index(
        self,
        archive: &Archive,
        config: &Config,
        remembered: Remembered,
    ) -> anyhow::Result<Index> {
        if !config.search {
            return Ok(Index::default());
        }
        let Remembered { notes, lexicon, fresh } = remembered;
        Index::build(archive, lexicon, fresh, notes, &Desk { kept: self, config })
    }

    /// Makes the files of segments that nobody has any more and that are needed for some of the pages.
    pub(super) fn fill<'p>(
        self,
        paper: &Newspaper,
        pages: impl Iterator<Item = &'p Page>,
    ) -> anyhow::Result<()> {
        let desk = Desk { kept: self, config: &paper.config };
        for page in pages {
            let Page::SearchShard(segment, file) = page else { continue };
            if !paper.search.is_made(*segment, *file) {
                paper.search.fill(*segment, &paper.archive, &desk)?;
            }
        }
        Ok(())
    }
}

impl Shelf for Desk<'_> {
    fn block(&self, name: &str) -> Option<Vec<u8>> {
        self.kept.parts.read(name)
    }

    fn keep(&self, block: &[u8]) -> anyhow::Result<String> {
        match self.kept.keeping {
            Keeping::Parts => self.kept.parts.write("words", block),
            Keeping::Nothing => Ok(String::new()),
        }
    }

    fn vocabulary(&self, story: &Story) -> anyhow::Result<Vocabulary> {
        let prose = &story.article.prose;
        let changed = || anyhow::Error::new(Changed::new(&prose.path));
        let bytes = self.kept.files.read(&prose.path).with_context(|| Changed::new(&prose.path))?;
        let source = Source::decode(prose.path.clone(), bytes).map_err(|_| changed())?;
        if prose.fingerprint != Fingerprint::of(source.text().as_bytes()) {
            return Err(changed());
        }
        let (article, ..) = article::parse(&source, self.config, &prose::dialect(self.config));
        article.and_then(|article| article.words).ok_or_else(changed)
    }
}
