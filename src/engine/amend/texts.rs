//! The texts that were edited or have come, read again.

use std::sync::Arc;

use crate::archive::{Drafts, expiry};
use crate::config::Config;
use crate::content::article::{Article, Said};
use crate::content::term_rows::TermRows;
use crate::content::{names, prose};
use crate::disk::scan::Scan;
use crate::engine::Update;
use crate::engine::heads::Heads;
use crate::engine::ledger::{Desk, FileNote, Head, Parsed};
use crate::engine::read::{self, Aside};
use crate::engine::search::{self, Remembered};
use crate::engine::survey::Survey;
use crate::fingerprint::Fingerprint;
use crate::source::Source;

/// An article that was edited, or has come.
pub(super) struct Text {
    /// The place of its file in the scan.
    pub(super) place: usize,
    pub(super) digest: Fingerprint,
    pub(super) head: Head,
    pub(super) said: Box<Said>,
    pub(super) before: Before,
    pub(super) now: Arc<Article>,
}

/// What an article was.
pub(super) enum Before {
    /// Nothing: its file was not there.
    Nothing,
    /// A draft.
    Draft(Arc<Article>),
    /// A story that stood among all others as it does now.
    Story(Arc<Article>),
}

impl Before {
    /// The story that it was.
    pub(super) fn story(&self) -> Option<&Arc<Article>> {
        match self {
            Self::Story(article) => Some(article),
            Self::Nothing | Self::Draft(_) => None,
        }
    }
}

/// What an article is now, and was.
pub(super) type Exchanged = (Arc<Article>, Before);

/// The edited texts, by who needs what of them.
#[derive(Default)]
pub(super) struct TakenIn {
    /// What those are about that are about something else.
    pub(super) terms: TermRows,
    pub(super) heads: Vec<Head>,
    /// What the articles are now, and were.
    pub(super) articles: Vec<Exchanged>,
}

impl Update<'_> {
    /// Whether readers see an article; the short way is for stories.
    fn is_published(&self, article: &Article) -> bool {
        let now = self.request.now;
        (!article.draft || self.request.drafts == Drafts::Shown)
            && article.date <= now
            && !expiry::is_over(article, now)
    }

    /// Reads a file that was edited or has come; `None` unless it is a published article in which nothing is found, and that
    /// stands among all others as before.
    pub(super) fn text(
        &self,
        (desk, config): (&Desk, &Config),
        scan: &Scan,
        survey: &Survey,
        (place, is_new): (usize, bool),
    ) -> anyhow::Result<Option<Text>> {
        let (file, slot) = (&scan.files[place], survey.slots[place]);
        if file.path.below("content").is_none() || !file.path.is_markdown() {
            return Ok(None);
        }
        let old = || Heads::peek(self.parts, &desk.parts.heads, slot, &file.path);
        let old = if is_new { None } else { old() };
        if old.is_none() && !is_new {
            return Ok(None);
        }
        let bytes = self.files.read(&file.path)?;
        let digest = Fingerprint::of(&bytes);
        let Ok(source) = Source::decode(file.path.clone(), bytes) else { return Ok(None) };
        let aside = Aside { spool: &self.spool, stamp: file.stamp() };
        let (mut parsed, said, found) = read::parse(&source, config, &prose::dialect(config), &aside);
        parsed.lies_at(&file.path, slot);
        let (Parsed::Article(now), Some(said), true) = (&parsed, said, found.is_empty()) else {
            return Ok(None);
        };
        let before = match old {
            None => Before::Nothing,
            Some(Head { parsed: Parsed::Article(before), findings, .. }) if findings.is_empty() => {
                match self.is_published(&before) {
                    true if now.stands_as(&before) => Before::Story(before),
                    false if before.draft => Before::Draft(before),
                    _ => return Ok(None),
                }
            }
            Some(_) => return Ok(None),
        };
        if !self.is_published(now) {
            return Ok(None);
        }
        let now = Arc::clone(now);
        let head = Head { slot, parsed, findings: found };
        Ok(Some(Text { place, digest, head, said, before, now }))
    }

    /// Notes the edited texts, and puts their words where the search index looks for them.
    pub(super) fn take_in(
        &self,
        texts: Vec<Text>,
        notes: &mut [FileNote],
        search: &mut Remembered,
        has_search: bool,
    ) -> TakenIn {
        let mut taken = TakenIn::default();
        for Text { place, digest, head, said, before, now } in texts {
            let key = names::path_digest(&now.prose.path);
            notes[place].digest = Some(digest);
            let Said { terms, words } = *said;
            if let Some(words) = words.filter(|_| has_search) {
                self.words.put(search::words_name(key), search.lexicon.entry(&words).bytes());
                search.fresh.insert(key, words.length());
            }
            let is_alike = |before: &Arc<Article>| (now.about, now.sketch) == (before.about, before.sketch);
            if !before.story().is_some_and(is_alike) {
                taken.terms.insert(key, &terms);
            }
            taken.articles.push((now, before));
            taken.heads.push(head);
        }
        taken
    }
}
