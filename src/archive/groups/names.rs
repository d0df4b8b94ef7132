//! The names that articles use for categories, authors and tags, and how often.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::content::article::{self, Article};
use crate::fingerprint::ByText;

/// How often each name is used.
pub(super) type Names<'a> = HashMap<&'a str, usize, ByText>;

/// How often each name is used, in each respect.
#[derive(Default)]
pub(super) struct Counted<'a> {
    /// Categories as headers name them.
    pub(super) headers: Names<'a>,
    /// Categories as folders name them.
    pub(super) folders: Names<'a>,
    pub(super) authors: Names<'a>,
    pub(super) tags: Names<'a>,
}

impl<'a> Counted<'a> {
    /// Counts the names of all articles: each is looked at once.
    pub(super) fn of(articles: &'a [Arc<Article>]) -> Self {
        let all = articles.par_iter().map(AsRef::as_ref).with_min_len(1_000);
        all.fold(Self::default, Self::with).reduce(Self::default, Self::and)
    }

    fn with(mut self, article: &'a Article) -> Self {
        match &article.category {
            article::Category::Header(name) => *self.headers.entry(name).or_default() += 1,
            article::Category::Folder(name) => *self.folders.entry(name).or_default() += 1,
        }
        for author in &article.authors {
            *self.authors.entry(author).or_default() += 1;
        }
        for tag in &article.tags {
            *self.tags.entry(tag).or_default() += 1;
        }
        self
    }

    fn and(self, more: Self) -> Self {
        let add = |mut counts: Names<'a>, more: Names<'a>| {
            #[expect(clippy::iter_over_hash_type, reason = "sums are the same in any order")]
            for (name, count) in more {
                *counts.entry(name).or_default() += count;
            }
            counts
        };
        Self {
            headers: add(self.headers, more.headers),
            folders: add(self.folders, more.folders),
            authors: add(self.authors, more.authors),
            tags: add(self.tags, more.tags),
        }
    }
}
