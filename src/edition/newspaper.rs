//! The newspaper as of one instant, whole: what was read, what is published of it, and where.
//!
//! It answers the questions of pages; that pages are noted down by what they ask is the lens's business.

use std::sync::Arc;

use super::Edition;
use super::facts::Query;
use super::files::Files;
use crate::archive::links::Verdict;
use crate::archive::search::Index;
use crate::archive::stories::StoryId;
use crate::archive::{Archive, Publication};
use crate::config::Config;
use crate::route::Slug;
use crate::source::SourcePath;

/// The file that references in templates are written in, as far as relative paths go.
const TEMPLATE: &str = "content/template";

/// Everything there is to know when pages are rendered. Most of it is shared by newspapers that differ in little.
#[derive(Clone)]
pub struct Newspaper {
    /// The config.
    pub config: Arc<Config>,
    /// What is published, for which instant.
    pub publication: Publication,
    /// All stories and groups.
    pub archive: Archive,
    /// All pages and files.
    pub edition: Arc<Edition>,
    /// Files that are published as they are.
    pub files: Arc<Files>,
    /// The search index; empty when there is no search, and in previews.
    pub search: Arc<Index>,
}

impl Newspaper {
    /// What a title, slug or path in a template leads to.
    #[must_use]
    pub fn look_up(&self, target: &str) -> Verdict {
        self.archive.titles().look_up(target, &SourcePath::new(TEMPLATE))
    }

    /// The newest stories of a category, author and tag, as far as the query names them.
    #[must_use]
    pub fn stories_of(&self, query: &Query) -> Vec<StoryId> {
        let archive = &self.archive;
        let is = |slug: &Slug, name: &str| Slug::of(name, self.config.slugs).as_ref() == Some(slug);
        let category = query.category.as_ref().map(|slug| {
            let all = archive.categories();
            all.iter().position(|category| category.slug == *slug || is(slug, &category.name))
        });
        let author = query.author.as_ref().map(|slug| {
            archive
                .authors()
                .iter()
                .position(|author| author.slug() == slug.as_str() || is(slug, &author.name))
        });
        let tag = query.tag.as_ref().map(|slug| {
            archive.tags().iter().position(|tag| tag.slug() == slug.as_str() || is(slug, &tag.name))
        });
        let fits = |id: &StoryId| {
            let story = archive.story(*id);
            category.is_none_or(|wanted| wanted == Some(story.category))
                && author.is_none_or(|wanted| wanted.is_some_and(|index| story.authors.contains(&index)))
                && tag.is_none_or(|wanted| wanted.is_some_and(|index| story.tags.contains(&index)))
        };
        // The shortest list that holds them all: a desk's front page asks for few stories of one tag among many.
        let of_tag = tag.flatten().map(|index| &archive.tags()[index].stories);
        let of_author = author.flatten().map(|index| &archive.authors()[index].stories);
        let of_category = category.flatten().map(|index| &archive.categories()[index].stories);
        match of_tag.or(of_author).or(of_category) {
            Some(stories) => stories.iter().copied().filter(fits).take(query.limit).collect(),
            None => (0..archive.stories().len()).map(StoryId::new).filter(fits).take(query.limit).collect(),
        }
    }
}
