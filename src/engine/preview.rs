//! The preview: the newspaper kept in memory between edits, its pages rendered when somebody asks for them.
//!
//! Nothing is published and nothing is written. How pages are shown to people is not known here.

use std::sync::Arc;
use std::time::Duration;

use super::findings;
use super::heads::Heads;
use super::issue::Issue;
use super::ledger::{FileNote, Head, Parsed};
use super::read::{self, Aside};
use super::search::Remembered;
use super::survey::{self, Survey};
use super::{Memory, Planned, Relations, Request, Update, forget_strangers, plan, roll, until_at_rest};
use crate::archive::amend::Edited;
use crate::content::markdown::Dialect;
use crate::content::prose;
use crate::date::Moment;
use crate::diagnostic::Diagnostic;
use crate::disk::parts::Parts;
use crate::disk::scan::{self, Files, Scan};
use crate::disk::spool::Spool;
use crate::disk::stopwatch::Stopwatch;
use crate::edition::newspaper::Newspaper;
use crate::fingerprint::Fingerprint;
use crate::source::{Source, SourcePath};

/// The newspaper's files, as threads share them.
pub type SharedFiles = Arc<dyn Files + Send + Sync>;

/// What may have changed since the last update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Anything: all files are looked at.
    Everything,
    /// These files or folders, and no others: written, made, moved or deleted.
    Paths(Vec<SourcePath>),
}

/// What an update came to.
pub struct Look {
    /// Everything that was found, by file; [`with_places`](super::with_places) tells where exactly.
    pub findings: Arc<Vec<Diagnostic>>,
    /// The newspaper as it is now; `None` when a finding would fail a build. The same one as before when nothing has
    /// changed.
    pub issue: Option<Arc<Issue>>,
    /// The files that were read because they are new or not what they were.
    pub read: Vec<SourcePath>,
    /// The stages the update went through, in order, with the time each took.
    pub stages: Vec<(&'static str, Duration)>,
}

/// A newspaper whose edits are followed.
pub struct Preview {
    files: SharedFiles,
    parts: Parts,
    request: Request,
    kept: Option<Kept>,
}

/// What is kept from one update to the next.
struct Kept {
    scan: Scan,
    /// Every file as it was.
    notes: Vec<FileNote>,
    heads: Heads,
    relations: Relations,
    config: Fingerprint,
    now: Moment,
    /// From when on the same files make another newspaper.
    until: Option<i64>,
    findings: Arc<Vec<Diagnostic>>,
    issue: Option<Arc<Issue>>,
}

/// What became of files that were seen to change.
enum Noticed {
    /// Texts of articles, each with its place among the scanned files.
    Texts(Vec<(usize, NewText)>),
    /// Something else: all has to be looked at.
    More,
}

/// What came of reading one file again.
enum Again {
    /// Its bytes are as they were.
    Same,
    /// The text of an article.
    Text(Box<NewText>),
    /// Something else, or nothing that can be read.
    More,
}

/// An article as it was read again.
struct NewText {
    note: FileNote,
    head: Head,
    edited: Edited,
}

impl Preview {
    /// Follows the newspaper in `files`. What the last build left in `parts` makes the first update quick.
    #[must_use]
    pub fn new(files: SharedFiles, parts: Parts, request: Request) -> Self {
        let request = Request { memory: Memory::Consulted, ..request };
        Self { files, parts, request, kept: None }
    }

    /// Brings the newspaper up to date as of `now`.
    ///
    /// # Errors
    ///
    /// The world's failures, and files that keep changing while they are read. What was shown before is as it was.
    pub fn update(&mut self, now: Moment, seen: &Seen) -> anyhow::Result<Look> {
        let watch = Stopwatch::start();
        if let Seen::Paths(paths) = seen
            && let Some(kept) = &self.kept
            && let Noticed::Texts(texts) = self.notice(kept, paths, now)
        {
            watch.lap("read");
            let read = texts.iter().map(|(place, _)| kept.scan.files[*place].path.clone()).collect();
            if let Some(look) = self.amend(texts, read, &watch) {
                return Ok(look);
            }
        }
        until_at_rest(|| self.anew(now))
    }

    /// Works everything out anew from all files, of which only those are read that are not as they were.
    fn anew(&mut self, now: Moment) -> anyhow::Result<Look> {
        let request = Request { now, ..self.request };
        let update = Update::new(&*self.files, &super::look::Nowhere, &self.parts, request);
        let (desk, scan, survey) = match &self.kept {
            Some(kept) => {
                let scan = self.files.scan()?;
                let rolls = [roll::Roll::of(&kept.scan.files, &kept.notes)];
                let survey = Survey::of(&scan, &rolls, &*self.files);
                update.watch.lap("look");
                (None, scan, survey)
            }
            None => update.survey()?,
        };
        if let Some(kept) = &mut self.kept
            && kept.is_current(&scan, &survey, now)
        {
            kept.scan = scan;
            let issue = kept.issue.clone();
            return Ok(Look {
                findings: Arc::clone(&kept.findings),
                issue,
                read: Vec::new(),
                stages: update.watch.laps(),
            });
        }
        let new = scan.files.iter().zip(&survey.same).filter(|(_, same)| same.is_none());
        let changed = new.map(|(file, _)| file.path.clone()).collect();
        let mut found = scan.findings.clone();
        let Some(config) = read::config(&*self.files, &scan, &mut found)? else {
            let findings = Arc::new(findings::in_order(found, request.strictness));
            return Ok(Look { findings, issue: None, read: changed, stages: update.watch.laps() });
        };
        let (heads, relations) = match (&self.kept, &desk) {
            (Some(kept), _) if kept.config == config.0.fingerprint => (kept.remember(&survey, now), None),
            (None, Some(desk)) if desk.config == config.0.fingerprint => update
                .remember(&desk.parts, &scan, &survey, false)
                .map_or_else(|| (Heads::none(), None), |(heads, relations, _)| (heads, relations)),
            _ => (Heads::none(), None),
        };
        update.watch.lap("recall");
        let fingerprint = config.0.fingerprint;
        let mut heads_now = Heads::none();
        let keep = |heads: &mut Heads| {
            heads_now = heads.clone();
            Ok(Vec::new())
        };
        let from = (&*self.files as &dyn Files, &Spool::closed(), None);
        let mut read =
            read::newspaper(from, &scan, &survey, config, (heads, Remembered::default()), keep, &mut found)?;
        // From here on nothing fails, so that what is kept may be taken.
        read.content.relations = match &mut self.kept {
            Some(kept) if kept.config == fingerprint => Some(std::mem::take(&mut kept.relations)),
            _ => relations,
        };
        update.watch.lap("read");
        let Planned { mut paper, theme, notes, findings, .. } =
            plan(request, &update.watch, None, read, found)?;
        let relations = paper.archive.take_relations();
        let until = paper.archive.until(&paper.config, now);
        let is_whole = !findings.iter().any(Diagnostic::is_error);
        let issue = theme
            .filter(|_| is_whole)
            .map(|theme| Issue::new(paper, Arc::new(theme.quick()), Arc::clone(&self.files)));
        let kept = Kept {
            scan,
            notes,
            heads: heads_now,
            relations,
            config: fingerprint,
            now,
            until,
            findings: Arc::new(findings),
            issue,
        };
        let stages = update.watch.laps();
        let kept = self.kept.insert(kept);
        let (findings, issue) = (Arc::clone(&kept.findings), kept.issue.clone());
        Ok(Look { findings, issue, read: changed, stages })
    }

    /// Reads the texts of articles among the files that were seen to change.
    fn notice(&self, kept: &Kept, paths: &[SourcePath], now: Moment) -> Noticed {
        let Some(issue) = kept.issue.as_ref().filter(|_| kept.is_timely(now)) else { return Noticed::More };
        let dialect = prose::dialect(&issue.paper.config);
        let mut texts = Vec::new();
        for path in paths {
            let found = kept
                .scan
                .files
                .binary_search_by(|file| file.path.as_str().as_bytes().cmp(path.as_str().as_bytes()));
            let Ok(place) = found else {
                if kept.is_nothing(path, &*self.files) {
                    continue;
                }
                return Noticed::More;
            };
            match self.again(kept, place, &issue.paper, &dialect) {
                Again::Same => {}
                Again::Text(text) => texts.push((place, *text)),
                Again::More => return Noticed::More,
            }
        }
        Noticed::Texts(texts)
    }

    /// Reads one file again.
    fn again(&self, kept: &Kept, place: usize, paper: &Newspaper, dialect: &Dialect) -> Again {
        let (path, note) = (&kept.scan.files[place].path, &kept.notes[place]);
        let is_text = path.below("content").is_some() && path.is_markdown();
        let Some(stamp) = self.files.stamp(path).filter(|_| is_text) else { return Again::More };
        let Ok(bytes) = self.files.read(path) else { return Again::More };
        let digest = Fingerprint::of(&bytes);
        if note.digest == Some(digest) {
            return Again::Same;
        }
        let Ok(source) = Source::decode(path.clone(), bytes) else { return Again::More };
        let aside = Aside { spool: &Spool::closed(), stamp };
        let (mut parsed, about, findings) = read::parse(&source, &paper.config, dialect, &aside);
        parsed.lies_at(path, note.slot);
        let Parsed::Article(article) = &parsed else { return Again::More };
        let edited = (Arc::clone(article), about.map(|said| said.terms));
        let note = FileNote {
            size: stamp.0,
            modified_ns: survey::noted(stamp.1),
            changed_ns: survey::noted(stamp.2),
            settled: false,
            digest: Some(digest),
            ..*note
        };
        Again::Text(Box::new(NewText { note, head: Head { slot: note.slot, parsed, findings }, edited }))
    }

    /// Brings texts up to date on which nothing else depends; `None` when something does.
    fn amend(
        &mut self,
        texts: Vec<(usize, NewText)>,
        read: Vec<SourcePath>,
        watch: &Stopwatch,
    ) -> Option<Look> {
        let kept = self.kept.as_mut()?;
        let issue = kept.issue.as_ref()?;
        if texts.is_empty() {
            let findings = Arc::clone(&kept.findings);
            return Some(Look { findings, issue: kept.issue.clone(), read, stages: watch.laps() });
        }
        if texts.iter().any(|(_, text)| kept.says_else(text)) {
            return None;
        }
        let edited = texts.iter().map(|(_, text)| text.edited.clone()).collect();
        let paper = &issue.paper;
        let archive = paper.archive.amended(edited, &mut kept.relations, &paper.config)?;
        watch.lap("archive");
        let (config, publication) = (Arc::clone(&paper.config), paper.publication);
        let (edition, files) = (Arc::clone(&paper.edition), Arc::clone(&paper.files));
        let search = Arc::clone(&paper.search);
        let issue = issue.amended(Newspaper { config, publication, archive, edition, files, search });
        for (place, NewText { note, head, .. }) in texts {
            kept.notes[place] = note;
            kept.heads.replace(head);
        }
        kept.issue = Some(Arc::clone(&issue));
        watch.lap("keep");
        let findings = Arc::clone(&kept.findings);
        Some(Look { findings, issue: Some(issue), read, stages: watch.laps() })
    }
}

impl Kept {
    /// Whether the same files make the same newspaper now.
    fn is_timely(&self, now: Moment) -> bool {
        self.now <= now && self.until.is_none_or(|until| now.unix() < until)
    }

    fn is_current(&self, scan: &Scan, survey: &Survey, now: Moment) -> bool {
        survey.is_same && self.is_timely(now) && scan.findings == self.scan.findings
    }

    /// Whether a file that is not among the scanned ones is of no consequence: an editor's, or one that came and went.
    fn is_nothing(&self, path: &SourcePath, files: &dyn Files) -> bool {
        if scan::is_litter(path) {
            return true;
        }
        let of_path = |finding: &Diagnostic| finding.labels().iter().any(|label| label.path == *path);
        let inside = format!("{}/", path.as_str());
        let next = self.scan.files.partition_point(|file| file.path.as_str() < inside.as_str());
        let is_folder = self.scan.files.get(next).is_some_and(|file| file.path.as_str().starts_with(&inside));
        !is_folder && files.stamp(path).is_none() && !self.scan.findings.iter().any(of_path)
    }

    /// What is remembered of the files that are as they were.
    fn remember(&self, survey: &Survey, now: Moment) -> Heads {
        let mut heads = self.heads.clone();
        heads.move_to(survey);
        forget_strangers(&mut heads, &self.relations, now);
        heads
    }

    /// Whether something else is found in a text than was before, or at other places.
    fn says_else(&self, text: &NewText) -> bool {
        let Some(Parsed::Article(before)) = self.heads.get(text.head.slot).map(|head| &head.parsed) else {
            return true;
        };
        let same_places = before.prose.references == text.edited.0.prose.references;
        let found =
            |finding: &Diagnostic| finding.labels().iter().any(|label| label.path == before.prose.path);
        !text.head.findings.is_empty()
            || (!same_places && self.findings.iter().any(found))
            || self.heads.get(text.head.slot).is_some_and(|head| !head.findings.is_empty())
    }
}
