//! A look at the newspaper as a build would publish it, for commands that publish nothing.
//!
//! What they want to know of it is theirs to ask; no page is rendered for it, and the ledger is left as it is.

use std::sync::Arc;

use anyhow::bail;

use super::ledger::{Desk, Summary};
use super::survey::Survey;
use super::{Memory, Outcome, Outputs, Press, Ready, Request, Update, plan, until_at_rest};
use crate::disk::parts::Parts;
use crate::disk::scan::{Files, Scan};
use crate::edition::newspaper::Newspaper;

/// Works the newspaper out; `Err` with the findings when one of them would fail a build.
///
/// # Errors
///
/// The world's failures, and files that keep changing while they are read.
pub fn look(
    files: &dyn Files,
    parts: &Parts,
    request: Request,
) -> anyhow::Result<Result<Arc<Newspaper>, Outcome>> {
    at_rest(files, parts, request, paper)
}

/// The next instant, in seconds since 1970, at which the same files make another site; `None` when there is none. `Err`
/// with the findings when one of them would fail a build.
///
/// # Errors
///
/// As [`look`].
pub fn due(
    files: &dyn Files,
    parts: &Parts,
    request: Request,
) -> anyhow::Result<Result<Option<i64>, Outcome>> {
    at_rest(files, parts, request, |update, desk, scan, survey| {
        // The last build has worked it out.
        if let Some(desk) = desk.filter(|desk| update.is_current(desk, survey, scan, None)) {
            return Ok(Ok(desk.until));
        }
        let until = |paper: Arc<Newspaper>| paper.archive.until(&paper.config, paper.publication.now);
        Ok(paper(update, desk, scan, survey)?.map(until))
    })
}

/// How an output stands to the newspaper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A build would leave it as it is. With what the build that made it counted.
    Current(Summary),
    /// Nothing is remembered of a build.
    Unknown,
    /// It is not what the last build made.
    Another,
    /// Files of the newspaper have changed since.
    Changed,
    /// The files are the same, and since this instant, in seconds since 1970, they make another site.
    Overdue(i64),
}

/// How the output with this imprint stands to the newspaper, by a look at its files.
///
/// # Errors
///
/// As [`look`].
pub fn standing(
    files: &dyn Files,
    parts: &Parts,
    request: Request,
    imprint: &str,
) -> anyhow::Result<Standing> {
    at_rest(files, parts, request, |update, desk, scan, survey| {
        let Some(desk) = desk else { return Ok(Standing::Unknown) };
        let now = update.request.now.unix();
        let until = desk.until.filter(|until| *until <= now);
        Ok(if desk.imprint != imprint {
            Standing::Another
        } else if !survey.looks_same || scan.findings != desk.left_out {
            Standing::Changed
        } else if let Some(until) = until {
            Standing::Overdue(until)
        } else {
            Standing::Current(desk.summary)
        })
    })
}

fn at_rest<T>(
    files: &dyn Files,
    parts: &Parts,
    request: Request,
    look: impl Fn(&Update<'_>, Option<&Desk>, &Scan, &Survey) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let request = Request { memory: Memory::Consulted, ..request };
    until_at_rest(|| {
        let update = Update::new(files, &Nowhere, parts, request);
        let (desk, scan, survey) = update.survey()?;
        look(&update, desk.as_ref(), &scan, &survey)
    })
}

fn paper(
    update: &Update<'_>,
    desk: Option<&Desk>,
    scan: &Scan,
    survey: &Survey,
) -> anyhow::Result<Result<Arc<Newspaper>, Outcome>> {
    let planned = match update.read(desk, scan, survey)? {
        Ok((read, found)) => plan(update.request, &update.watch, Some(update.kept()), read, found)?.ready(),
        Err(outcome) => Err(outcome),
    };
    Ok(planned.map(|Ready { paper, .. }| Arc::new(paper)).map_err(|outcome| *outcome))
}

/// Who only looks publishes nothing.
pub(super) struct Nowhere;

impl Outputs for Nowhere {
    fn imprint(&self) -> Option<String> {
        None
    }

    fn read(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn begin(&self, _: Option<&str>) -> anyhow::Result<Box<dyn Press + '_>> {
        bail!("nothing is published by a look")
    }
}
