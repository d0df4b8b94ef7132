//! The preview: the newspaper kept in memory between edits, its pages rendered when somebody asks for them.
//!
//! Nothing is published and nothing is written. How pages are shown to people is not known here.

use std::sync::Arc;
use std::time::Duration;

use super::texts::{Changed, UnchangedTexts};
use super::{Memory, Ready, Request, Update, plan, until_at_rest};
use crate::date::Moment;
use crate::diagnostic::Diagnostic;
use crate::disk::parts::Parts;
use crate::disk::scan::Files;
use crate::disk::spool::Spool;
use crate::edition::files::Origin;
use crate::edition::newspaper::Newspaper;
use crate::edition::page::Page;
use crate::render::theme::{Theme, built_in_statics};
use crate::render::{Failure, Renderer};
use crate::route::Route;
use crate::source::SourcePath;

/// The newspaper's files, as threads share them.
pub type SharedFiles = Arc<dyn Files + Send + Sync>;

/// What may have changed since the last update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Anything: all files are looked at.
    Everything,
    /// These files, and no others: written, made or deleted.
    Paths(Vec<SourcePath>),
}

/// What an update came to.
pub struct Look {
    /// Everything that was found, by file; [`with_places`](super::with_places) tells where exactly.
    pub findings: Vec<Diagnostic>,
    /// The newspaper as it is now; `None` when a finding would fail a build.
    pub issue: Option<Arc<Issue>>,
    /// The files that were read or are gone.
    pub read: Vec<SourcePath>,
    /// The stages the update went through, in order, with the time each took.
    pub stages: Vec<(&'static str, Duration)>,
}

/// A newspaper whose edits are followed.
pub struct Preview {
    files: SharedFiles,
    parts: Parts,
    request: Request,
}

/// One newspaper as of one instant, whole and unchanging. Its bytes are those of a build.
pub struct Issue {
    paper: Arc<Newspaper>,
    theme: Theme,
    files: SharedFiles,
    spool: Spool,
}

/// What is published at a route.
pub enum Shown {
    /// A page.
    Bytes(Vec<u8>),
    /// A file of the newspaper, as it is.
    File(SourcePath),
    /// An old URL, and where it leads.
    Redirect(Route),
    /// A page that a template keeps from being made.
    Broken(Box<Diagnostic>),
}

impl Preview {
    /// Follows the newspaper in `files`. What the last build left in `parts` makes the first update quick.
    #[must_use]
    pub fn new(files: SharedFiles, parts: Parts, request: Request) -> Self {
        Self { files, parts, request: Request { memory: Memory::Consulted, ..request } }
    }

    /// Brings the newspaper up to date as of `now`.
    ///
    /// # Errors
    ///
    /// The world's failures, and files that keep changing while they are read. What was shown before is as it was.
    pub fn update(&mut self, now: Moment, _seen: &Seen) -> anyhow::Result<Look> {
        let request = Request { now, ..self.request };
        until_at_rest(|| {
            let update = Update::new(&*self.files, &super::look::Nowhere, &self.parts, request);
            let (desk, scan, survey) = update.survey()?;
            let new = scan.files.iter().zip(&survey.same).filter(|(_, same)| same.is_none());
            let read = new.map(|(file, _)| file.path.clone()).collect();
            let planned = match update.read(desk.as_ref(), &scan, &survey)? {
                Ok((read, found)) => plan(request, &update.watch, read, found),
                Err(outcome) => Err(outcome),
            };
            let stages = update.watch.laps();
            Ok(match planned {
                Ok(Ready { paper, theme, findings, .. }) => {
                    let files = Arc::clone(&self.files);
                    let issue = Issue { paper, theme, files, spool: update.spool };
                    Look { findings, issue: Some(Arc::new(issue)), read, stages }
                }
                Err(outcome) => Look { findings: outcome.findings, issue: None, read, stages },
            })
        })
    }
}

impl Issue {
    /// Everything there is to know about it. The pages of its edition are all that is published.
    #[must_use]
    pub fn paper(&self) -> &Newspaper {
        &self.paper
    }

    /// What is published at `route`, made now; `None` when nothing is.
    ///
    /// # Errors
    ///
    /// When a file cannot be read; [`Issue::is_past`] tells whether that is because it has changed.
    pub fn show(&self, route: &Route) -> anyhow::Result<Option<Shown>> {
        let Some(page) = self.paper.edition.get(route) else { return Ok(None) };
        Ok(Some(match page {
            Page::File(Origin::Source(path)) => Shown::File(path.clone()),
            Page::File(Origin::Theme(name)) => {
                let found = built_in_statics().into_iter().find(|(other, _)| other == name);
                Shown::Bytes(found.map_or_else(Vec::new, |(_, bytes)| bytes.to_vec()))
            }
            Page::Redirect { to } => Shown::Redirect(to.clone()),
            _ => {
                let texts = UnchangedTexts { files: &*self.files, spool: &self.spool };
                let renderer = Renderer::new(&self.paper, &self.theme, &texts);
                match renderer.render(route, page) {
                    Ok(rendered) => Shown::Bytes(rendered.bytes),
                    Err(Failure::Template(finding)) => Shown::Broken(finding),
                    Err(Failure::World(error)) => return Err(error),
                }
            }
        }))
    }

    /// Whether [`Issue::show`] failed because the newspaper has moved on since the update: the next one helps.
    #[must_use]
    pub fn is_past(error: &anyhow::Error) -> bool {
        error.is::<Changed>()
    }
}
