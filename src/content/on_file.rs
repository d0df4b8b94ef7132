//! Articles that are at hand, and articles that lie on file until somebody looks at them.
//!
//! Where they lie is not known here.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::article::Article;

/// Where articles lie, by the numbers of their files.
pub trait Cabinet: Send + Sync {
    /// The article of a file that is known to be one.
    fn article(&self, slot: u32) -> &Article;
}

/// An article, wherever it is.
#[derive(Clone)]
pub struct OnFile(Place);

#[derive(Clone)]
enum Place {
    AtHand(Arc<Article>),
    Filed(u32, Arc<dyn Cabinet>),
}

impl OnFile {
    /// An article that lies in a cabinet.
    #[must_use]
    pub fn filed(slot: u32, cabinet: Arc<dyn Cabinet>) -> Self {
        Self(Place::Filed(slot, cabinet))
    }

    /// The number of its file; nobody looks at the article for it.
    #[must_use]
    pub fn slot(&self) -> u32 {
        match &self.0 {
            Place::AtHand(article) => article.slot,
            Place::Filed(slot, _) => *slot,
        }
    }
}

impl From<Arc<Article>> for OnFile {
    fn from(article: Arc<Article>) -> Self {
        Self(Place::AtHand(article))
    }
}

impl Deref for OnFile {
    type Target = Article;

    fn deref(&self) -> &Article {
        match &self.0 {
            Place::AtHand(article) => article,
            Place::Filed(slot, cabinet) => cabinet.article(*slot),
        }
    }
}

impl AsRef<Article> for OnFile {
    fn as_ref(&self) -> &Article {
        self
    }
}

impl fmt::Debug for OnFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
