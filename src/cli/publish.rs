//! Between the engine and the output folder: an edition as a change of the one before, or as a whole.
//!
//! What an edition holds is the engine's business, and how it is exchanged for the one before is the disk's.

use std::path::Path;

use anyhow::Context as _;
use indicatif::ProgressBar;

use crate::disk::amendment::Amendment;
use crate::disk::imprint::Imprint;
use crate::disk::manifest::Kind;
use crate::disk::outlet::Outlet;
use crate::disk::stage::Stage;
use crate::engine::{Outputs, Press};
use crate::source::SourcePath;

/// The output folder of a newspaper.
pub(super) struct Place<'a> {
    pub(super) root: &'a Path,
    pub(super) outlet: &'a Outlet,
    pub(super) kind: Kind,
    pub(super) bar: ProgressBar,
}

/// An edition in the making.
struct Edition<'a> {
    place: &'a Place<'a>,
    form: Form<'a>,
}

/// How an edition is made.
enum Form<'a> {
    /// As a change of the one before.
    Amended(Amendment<'a>),
    /// As a whole.
    Whole(Stage<'a>),
}

impl Outputs for Place<'_> {
    fn imprint(&self) -> Option<String> {
        let head = self.outlet.head().filter(|head| head.kind == self.kind)?;
        Some(head.imprint.to_string())
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.outlet.read(path)
    }

    fn begin(&self, base: Option<&str>) -> anyhow::Result<Box<dyn Press + '_>> {
        let form = match base {
            Some(base) => {
                let imprint = Imprint::parse(base);
                let amended = imprint.and_then(|imprint| self.outlet.amend(imprint, self.kind));
                Form::Amended(amended.context("the output was changed by somebody else during the build")?)
            }
            None => Form::Whole(self.outlet.stage(self.kind)?),
        };
        Ok(Box::new(Edition { place: self, form }))
    }
}

impl Press for Edition<'_> {
    fn page(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        match &self.form {
            Form::Amended(amendment) => amendment.write(path, bytes),
            Form::Whole(stage) => stage.write(path, bytes),
        }
    }

    fn file(&self, path: &str, from: &SourcePath) -> anyhow::Result<()> {
        let from = self.place.root.join(from.as_str());
        match &self.form {
            Form::Amended(amendment) => amendment.copy(path, &from),
            Form::Whole(stage) => stage.copy(path, &from),
        }
    }

    fn remove(&self, path: &str) -> anyhow::Result<()> {
        match &self.form {
            Form::Amended(amendment) => amendment.remove(path),
            Form::Whole(_) => Ok(()),
        }
    }

    fn progress(&self, done: usize, total: usize) {
        if done.is_multiple_of(64) || done == total {
            self.place.bar.set_length(total as u64);
            self.place.bar.set_position(done as u64);
        }
    }

    fn commit(self: Box<Self>) -> anyhow::Result<String> {
        let published = match self.form {
            Form::Amended(amendment) => amendment.commit()?,
            Form::Whole(stage) => stage.commit()?,
        };
        Ok(published.imprint.to_string())
    }
}

/// Throws everything away.
pub(super) struct Nowhere;

impl Outputs for Nowhere {
    fn imprint(&self) -> Option<String> {
        None
    }

    fn read(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn begin(&self, _: Option<&str>) -> anyhow::Result<Box<dyn Press + '_>> {
        Ok(Box::new(Self))
    }
}

impl Press for Nowhere {
    fn page(&self, _: &str, _: &[u8]) -> anyhow::Result<()> {
        Ok(())
    }

    fn file(&self, _: &str, _: &SourcePath) -> anyhow::Result<()> {
        Ok(())
    }

    fn remove(&self, _: &str) -> anyhow::Result<()> {
        Ok(())
    }

    fn progress(&self, _: usize, _: usize) {}

    fn commit(self: Box<Self>) -> anyhow::Result<String> {
        Ok(String::new())
    }
}
