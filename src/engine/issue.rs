//! Issues: the newspaper of one instant as a preview shows it, its pages made when somebody asks for them.
//!
//! Where the newspaper comes from and how pages get to people is not known here.

use std::sync::{Arc, OnceLock};

use super::preview::SharedFiles;
use super::texts::{Changed, UnchangedTexts};
use crate::diagnostic::Diagnostic;
use crate::disk::spool::Spool;
use crate::edition::files::Origin;
use crate::edition::newspaper::Newspaper;
use crate::edition::page::Page;
use crate::render::theme::{Theme, built_in_statics};
use crate::render::{Common, Failure, Renderer};
use crate::route::Route;
use crate::source::SourcePath;

/// One newspaper as of one instant, whole and unchanging. Its bytes are those of a build.
pub struct Issue {
    pub(super) paper: Arc<Newspaper>,
    theme: Arc<Theme>,
    files: SharedFiles,
    /// What its pages have in common, made for the first one that is asked for.
    common: OnceLock<Arc<Common>>,
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

impl Issue {
    pub(super) fn new(paper: Newspaper, theme: Arc<Theme>, files: SharedFiles) -> Arc<Self> {
        Arc::new(Self { paper: Arc::new(paper), theme, files, common: OnceLock::new() })
    }

    /// The issue with another newspaper and the same templates.
    pub(super) fn amended(&self, paper: Newspaper) -> Arc<Self> {
        Self::new(paper, Arc::clone(&self.theme), Arc::clone(&self.files))
    }

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
                let texts = UnchangedTexts { files: &*self.files, spool: &Spool::closed() };
                let common = self.common.get_or_init(|| Arc::new(Common::of(&self.paper)));
                let press = Renderer::with(&self.paper, &self.theme, &texts, Arc::clone(common));
                match press.render(route, page) {
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
