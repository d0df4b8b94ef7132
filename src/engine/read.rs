//! Reading: the files of the newspaper, parsed side by side, as far as they are not remembered.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::heads::Heads;
use super::ledger::{FileNote, Head, Parsed};
use super::published;
use super::search::{self, Remembered};
use super::survey::{self, Survey};
use super::texts;
use crate::archive::Content;
use crate::archive::search::lexicon::Lexicon;
use crate::archive::views::{self, Views};
use crate::config::{self, Config, words};
use crate::content::article::{self, Said};
use crate::content::markdown::Dialect;
use crate::content::names;
use crate::content::prose;
use crate::content::records;
use crate::content::term_rows::TermRows;
use crate::content::terms::Terms;
use crate::diagnostic::Diagnostic;
use crate::disk::scan::{Files, Scan, ScannedFile, Stamp};
use crate::disk::spool::Spool;
use crate::edition::files;
use crate::fingerprint::Fingerprint;
use crate::source::Source;

/// A newspaper as it was read.
pub(super) struct Read {
    pub(super) config: Config,
    /// The articles bear the slots of their files.
    pub(super) content: Content,
    /// Files to publish.
    pub(super) published: files::Files,
    /// The newspaper's own templates.
    pub(super) templates: Vec<Source>,
    /// The names of the parts that hold the heads; empty when nothing is kept.
    pub(super) head_parts: Vec<String>,
    /// Every file as it is now.
    pub(super) notes: Vec<FileNote>,
    /// What is remembered of the search index, with the words of the articles that were read now.
    pub(super) search: Remembered,
}

/// Reads the config; `None` when there is no valid one, for nothing can be read without. With it comes the digest of its
/// bytes, which tells the file from others; what all pages depend on is the config's own fingerprint.
pub(super) fn config(
    disk: &dyn Files,
    scan: &Scan,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<Option<(Config, Fingerprint)>> {
    let Some(at) = at(scan, config::FILE_NAME) else {
        findings.push(Config::absent());
        return Ok(None);
    };
    let file = &scan.files[at];
    let bytes = disk.read(&file.path)?;
    let digest = Fingerprint::of(&bytes);
    Ok(match Source::decode(file.path.clone(), bytes) {
        Ok(source) => {
            let (mut config, more) = Config::read(&source);
            findings.extend(more);
            if let Some(config) = &mut config {
                own_words(disk, scan, config, findings)?;
            }
            config.map(|config| (config, digest))
        }
        Err(finding) => {
            findings.push(finding);
            None
        }
    })
}

/// Reads the newspaper's own words for its language.
fn own_words(
    disk: &dyn Files,
    scan: &Scan,
    config: &mut Config,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<()> {
    let mut lists = Vec::new();
    for path in words::own_paths(&config.language) {
        let Some(at) = at(scan, &path) else { continue };
        let path = scan.files[at].path.clone();
        let bytes = disk.read(&path)?;
        let digest = Fingerprint::of(&bytes);
        // A list that is no text is told of with the templates.
        lists.extend(Source::decode(path, bytes).ok().map(|list| (list, digest)));
    }
    if !lists.is_empty() {
        findings.extend(config.take_words(&lists));
    }
    Ok(())
}

/// How many files are read before what is in them is put where it stays: what is put aside is freed and used again.
const BATCH: usize = 4_096;

/// Reads everything that `heads` does not remember. `keep` writes the heads down for the next build.
pub(super) fn newspaper(
    (disk, spool, aside): (&dyn Files, &Spool, Option<&Spool>),
    scan: &Scan,
    survey: &Survey,
    (config, config_digest): (Config, Fingerprint),
    (mut heads, mut remembered): (Heads, Remembered),
    keep: impl FnOnce(&mut Heads) -> anyhow::Result<Vec<String>>,
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<Read> {
    let mut notes = notes(scan, survey);
    let known = heads.known(scan.files.len());
    let unread: Vec<usize> =
        below(scan, "content/").filter(|at| !known[*at] && scan.files[*at].path.is_markdown()).collect();
    let reader =
        Reader { disk, spool, aside, scan, survey, config: &config, dialect: prose::dialect(&config) };
    let mut terms = TermRows::default();
    for batch in unread.chunks(BATCH) {
        let batch: Vec<New> = {
            let read = |at: &usize| reader.read(*at, &remembered.lexicon);
            batch.par_iter().map(read).collect::<anyhow::Result<_>>()?
        };
        for New { place, head, digest, terms: about, length } in batch {
            notes[place as usize].digest = Some(digest);
            remembered.fresh.extend(length);
            heads.add([(place, head)]);
            if let Some((key, about)) = about {
                terms.insert(key, &about);
            }
        }
    }
    let head_parts = keep(&mut heads)?;
    let mut content = sort_out(heads, scan, findings);
    content.terms = terms;
    content.views = views(disk, scan, findings)?;
    let templates = templates(disk, scan, &config, &mut notes, findings)?;
    let published = published::files(disk, scan, &mut notes)?;
    if let Some(at) = at(scan, config::FILE_NAME) {
        notes[at].digest = Some(config_digest);
    }
    Ok(Read { config, content, published, templates, head_parts, notes, search: remembered })
}

/// Reads the newspaper's own templates.
pub(super) fn templates(
    disk: &dyn Files,
    scan: &Scan,
    config: &Config,
    notes: &mut [FileNote],
    findings: &mut Vec<Diagnostic>,
) -> anyhow::Result<Vec<Source>> {
    let mut templates = Vec::new();
    for at in below(scan, "templates/") {
        let file = &scan.files[at];
        if let Some((_, digest)) = config.word_lists.iter().find(|(path, _)| *path == file.path) {
            notes[at].digest = Some(*digest);
            continue;
        }
        let bytes = disk.read(&file.path)?;
        notes[at].digest = Some(Fingerprint::of(&bytes));
        match Source::decode(file.path.clone(), bytes) {
            // A list of words for another language.
            Ok(source) if source.path().as_str().starts_with(words::FOLDER) => {}
            Ok(source) => templates.push(source),
            Err(finding) => findings.push(finding),
        }
    }
    Ok(templates)
}

/// The place of a file in a scan.
fn at(scan: &Scan, path: &str) -> Option<usize> {
    scan.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()
}

/// The places of the files whose paths begin with `folder`, which ends in `/`.
pub(super) fn below(scan: &Scan, folder: &str) -> Range<usize> {
    let start = scan.files.partition_point(|file| file.path.as_str() < folder);
    let inside = |file: &ScannedFile| file.path.as_str().starts_with(folder);
    start..start + scan.files[start..].partition_point(inside)
}

/// Every file as it is now, with what is known of those that are as they were.
pub(super) fn notes(scan: &Scan, survey: &Survey) -> Vec<FileNote> {
    let all = scan.files.par_iter().zip(&survey.same).zip(&survey.slots);
    all.map(|((file, same), slot)| FileNote {
        size: file.size,
        modified_ns: survey::noted(file.modified_ns),
        changed_ns: survey::noted(file.changed_ns),
        settled: survey::is_settled(file, scan.started_ns),
        digest: same.as_ref().and_then(|note| note.digest),
        slot: *slot,
        pixels: same.as_ref().and_then(|note| note.pixels),
    })
    .collect()
}

fn sort_out(heads: Heads, scan: &Scan, findings: &mut Vec<Diagnostic>) -> Content {
    let mut content = Content::default();
    for head in heads.in_order(scan.files.len()) {
        findings.extend(head.findings);
        match head.parsed {
            Parsed::Article(article) => content.articles.push(article),
            Parsed::Category(record) => content.categories.push(Arc::unwrap_or_clone(record)),
            Parsed::Author(record) => content.authors.push(Arc::unwrap_or_clone(record)),
            Parsed::Page(page) => content.pages.push(Arc::unwrap_or_clone(page)),
            Parsed::Nothing => {}
        }
    }
    content
}

/// Reads the counter's export; nothing when there is none.
pub(super) fn views(disk: &dyn Files, scan: &Scan, findings: &mut Vec<Diagnostic>) -> anyhow::Result<Views> {
    let Some(at) = at(scan, views::PATH) else { return Ok(Views::default()) };
    let file = &scan.files[at];
    Ok(match Source::decode(file.path.clone(), disk.read(&file.path)?) {
        Ok(source) => {
            let (views, more) = Views::read(&source);
            findings.extend(more);
            views
        }
        Err(finding) => {
            findings.push(finding);
            Views::default()
        }
    })
}

/// Reads files that are not remembered.
struct Reader<'a> {
    disk: &'a dyn Files,
    spool: &'a Spool,
    aside: Option<&'a Spool>,
    scan: &'a Scan,
    survey: &'a Survey,
    config: &'a Config,
    dialect: Dialect,
}

impl Reader<'_> {
    /// Reads the file at a place of the scan.
    fn read(&self, at: usize, lexicon: &Lexicon) -> anyhow::Result<New> {
        let (file, slot) = (&self.scan.files[at], self.survey.slots[at]);
        let bytes = self.disk.read(&file.path)?;
        let digest = Fingerprint::of(&bytes);
        let (mut parsed, about, findings) = match Source::decode(file.path.clone(), bytes) {
            Ok(source) => {
                let aside = Aside { spool: self.spool, stamp: file.stamp() };
                parse(&source, self.config, &self.dialect, &aside)
            }
            Err(finding) => (Parsed::Nothing, None, vec![finding]),
        };
        parsed.lies_at(&file.path, slot);
        let key = names::path_digest(&file.path);
        let (mut terms, mut length) = (None, None);
        if let Some(said) = about {
            terms = Some((key, said.terms));
            // The words of an article are many: only what the index needs of them stays.
            length = said.words.zip(self.aside).map(|(words, aside)| {
                aside.put(search::words_name(key), lexicon.entry(&words).bytes());
                (key, words.length())
            });
        }
        let place = u32::try_from(at).expect("files count in 32 bits");
        Ok(New { place, head: Head { slot, parsed, findings }, digest, terms, length })
    }
}

/// One file that was read now.
struct New {
    place: u32,
    head: Head,
    digest: Fingerprint,
    /// What an article is about, under the digest of its path.
    terms: Option<(u64, Terms)>,
    /// How many words it has, under the same, when they are put aside for search.
    length: Option<(u64, u32)>,
}

/// Where the body of a file is put aside, and the state of the file as it was scanned.
pub(super) struct Aside<'a> {
    pub(super) spool: &'a Spool,
    pub(super) stamp: Stamp,
}

/// Reads one content file: what it is, what an article is about, and what was found.
pub(super) fn parse(
    source: &Source,
    config: &Config,
    dialect: &Dialect,
    aside: &Aside<'_>,
) -> (Parsed, Option<Box<Said>>, Vec<Diagnostic>) {
    let path = source.path();
    if path.below("content/_authors").is_some() {
        let (record, findings) = records::author(source, config, dialect);
        return (record.map_or(Parsed::Nothing, |record| Parsed::Author(Arc::new(record))), None, findings);
    }
    if path.below("content/_pages").is_some() {
        let (page, findings) = records::page(source, config, dialect);
        return (page.map_or(Parsed::Nothing, |page| Parsed::Page(Arc::new(page))), None, findings);
    }
    if path.file_name() == "_index.md" {
        let (record, findings) = records::category(source, dialect);
        return (record.map_or(Parsed::Nothing, |record| Parsed::Category(Arc::new(record))), None, findings);
    }
    let (mut article, galley, findings) = article::parse(source, config, dialect);
    if let Some(galley) = galley.filter(|_| article.is_some()) {
        aside.spool.put(texts::name(path), &texts::stamped(aside.stamp, &galley));
    }
    let about = article.as_mut().and_then(|article| article.said.take());
    (article.map_or(Parsed::Nothing, |article| Parsed::Article(Arc::new(article))), about, findings)
}
