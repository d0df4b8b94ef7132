//! The search index from build to build: what of it is kept among the ledger's parts, and where lost words come from.
//!
//! Losing any of it costs the reading of the stories that it was about, and nothing else.

use anyhow::Context as _;

use super::ledger;
use super::request::Outputs;
use super::texts::Changed;
use crate::archive::Archive;
use crate::archive::search::lexicon::Lexicon;
use crate::archive::search::{Edited, File, Fresh, Index, Notes, Shelf, Told};
use crate::archive::stories::Story;
use crate::config::Config;
use crate::content::vocabulary::Vocabulary;
use crate::content::{article, prose};
use crate::disk::parts::Parts;
use crate::disk::scan::Files;
use crate::disk::spool::Spool;
use crate::edition::newspaper::Newspaper;
use crate::edition::page::Page;
use crate::edition::search as index;
use crate::fingerprint::Fingerprint;
use crate::source::Source;

/// What is remembered of the search index.
#[derive(Default)]
pub(super) struct Remembered {
    pub(super) notes: Notes,
    pub(super) lexicon: Lexicon,
    /// The lengths of the stories that were read in this build; their words are in the spool.
    pub(super) fresh: Fresh,
}

/// What becomes of blocks of words that are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// They are kept among the parts.
    Parts,
    /// They are in the spool, and forgotten with it.
    Spool,
}

/// Where the words of stories are kept.
#[derive(Clone, Copy)]
pub(super) struct KeptWords<'a> {
    pub(super) files: &'a dyn Files,
    pub(super) parts: &'a Parts,
    /// Where words are between reading and indexing, and files of the index between indexing and publishing.
    pub(super) spool: &'a Spool,
    pub(super) keeping: Keeping,
    /// Where the index was published.
    pub(super) outputs: &'a dyn Outputs,
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
        told: &dyn Told,
        config: &Config,
        remembered: Remembered,
    ) -> anyhow::Result<Index> {
        if !config.search {
            return Ok(Index::default());
        }
        let Remembered { notes, lexicon, fresh } = remembered;
        Index::build(archive, told, lexicon, fresh, notes, &Desk { kept: self, config })
    }

    /// The index after edits of some stories; `None` when more of it has to be made anew than they change.
    pub(super) fn amended(
        self,
        config: &Config,
        remembered: Remembered,
        edited: &[Edited],
    ) -> anyhow::Result<Option<Index>> {
        if !config.search {
            return Ok(Some(Index::default()));
        }
        let Remembered { notes, lexicon, fresh } = remembered;
        Index::amended(lexicon, &fresh, notes, edited, &Desk { kept: self, config })
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
            if !paper.search.segments()[*segment].files[*file].is_made() {
                paper.search.fill(*segment, &paper.archive, &desk)?;
            }
        }
        Ok(())
    }

    /// The bytes of a file of the index that was made.
    pub(super) fn file(self, file: &File) -> anyhow::Result<Vec<u8>> {
        let bytes = file.take().or_else(|| self.spool.get(file_name(file.digest)));
        bytes.context("a part of the search index that was put aside is gone")
    }
}

/// What parts that are blocks of words are called.
const BLOCK: &str = "words";

/// The name of a file of the index in the spool.
fn file_name(digest: Fingerprint) -> u64 {
    digest.half()
}

/// The name of a story's words in the spool.
pub(super) fn words_name(key: u64) -> u64 {
    key.rotate_left(1) ^ 0x5eed
}

impl Shelf for Desk<'_> {
    fn look(&self, name: &str, look: &mut dyn FnMut(&[u8])) -> Option<()> {
        let digest = name.strip_prefix(BLOCK).and_then(|name| name.strip_prefix('-'));
        let digest = digest.and_then(Fingerprint::parse).filter(|_| self.kept.keeping == Keeping::Spool);
        if let Some(bytes) = digest.and_then(|digest| self.kept.spool.get(digest.half())) {
            look(&bytes);
            return Some(());
        }
        let found = self.kept.parts.look(name, |bytes| {
            look(bytes);
            Some(())
        });
        if found.is_none() && self.kept.keeping == Keeping::Parts {
            // What is damaged would else be taken for what is written in its place.
            self.kept.parts.discard(name);
        }
        found
    }

    fn keep(&self, block: &[u8]) -> anyhow::Result<String> {
        match self.kept.keeping {
            Keeping::Parts => self.kept.parts.write(BLOCK, block),
            Keeping::Spool => {
                let digest = Fingerprint::of(block);
                self.kept.spool.put(digest.half(), block);
                Ok(format!("{BLOCK}-{}", digest.short(32)))
            }
        }
    }

    fn fresh(&self, key: u64) -> Option<Vec<u8>> {
        self.kept.spool.get(words_name(key))
    }

    fn published(&self, segment: &str, (shard, list, digest): &(u32, u32, Fingerprint)) -> Option<Vec<u8>> {
        let path = index::shard(segment, *shard, *list).output_path();
        self.kept.outputs.read(&path).filter(|bytes| Fingerprint::of(bytes) == *digest)
    }

    fn put(&self, digest: Fingerprint, file: &[u8]) -> bool {
        self.kept.spool.put(file_name(digest), file);
        self.kept.spool.has(file_name(digest))
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
        article.and_then(|article| article.said?.words).ok_or_else(changed)
    }
}
