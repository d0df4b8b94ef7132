//! Groups: categories, authors and tags, each with one name, one slug and its stories.
//!
//! Whatever spellings articles use, one slug is one group; a record decides the name, else the commonest spelling.

mod names;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bitcode::{Decode, Encode};

use super::stories::StoryId;
use crate::config::Config;
use crate::content::article::Article;
use crate::content::records::{AuthorRecord, CategoryRecord};
use crate::diagnostic::Diagnostic;
use crate::fingerprint::ByText;
use crate::route::{Route, Slug, SlugLetters};
use crate::source::SourcePath;

use names::{Counted, Names};

/// A category and its stories.
#[derive(Clone, Encode, Decode)]
pub struct Category {
    /// The name readers see.
    pub name: String,
    /// Its part of URLs.
    pub slug: Slug,
    /// Its index page.
    pub route: Route,
    /// Its `_index.md`.
    pub record: Option<CategoryRecord>,
    /// Its stories, newest first.
    pub stories: Vec<StoryId>,
    /// Its most read stories, as many as the config says.
    pub most_read: Vec<StoryId>,
}

/// An author and their stories.
#[derive(Clone, Encode, Decode)]
pub struct Author {
    /// The name bylines show.
    pub name: String,
    /// The author's page.
    pub route: Route,
    /// The author's record.
    pub record: Option<AuthorRecord>,
    /// Their stories, newest first.
    pub stories: Vec<StoryId>,
}

/// A tag and its stories.
#[derive(Clone, Encode, Decode)]
pub struct Tag {
    /// The tag as most articles write it.
    pub name: String,
    /// Its page.
    pub route: Route,
    /// Its stories, newest first.
    pub stories: Vec<StoryId>,
}

impl Author {
    /// The author's part of URLs.
    #[must_use]
    pub fn slug(&self) -> &str {
        last_part(&self.route)
    }
}

impl Tag {
    /// The tag's part of URLs.
    #[must_use]
    pub fn slug(&self) -> &str {
        last_part(&self.route)
    }
}

fn last_part(route: &Route) -> &str {
    route.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or("")
}

/// All groups, still without stories.
pub struct Grouped {
    /// In the order of the navigation.
    pub categories: Vec<Category>,
    /// By name.
    pub authors: Vec<Author>,
    /// By name.
    pub tags: Vec<Tag>,
    /// Which group an article belongs to.
    pub places: Places,
    /// What is wrong with the config's navigation.
    pub findings: Vec<Diagnostic>,
}

/// Which groups an article belongs to. Every name that articles use is looked up once, however many use it.
pub struct Places {
    /// The slug of each category.
    pub category_slugs: Vec<Slug>,
    categories: HashMap<String, usize, ByText>,
    authors: HashMap<String, usize, ByText>,
    tags: HashMap<String, usize, ByText>,
    category_aliases: HashMap<Slug, Slug>,
    letters: SlugLetters,
}

impl Places {
    /// The category of an article.
    ///
    /// # Panics
    ///
    /// With an article that was not grouped.
    #[must_use]
    pub fn category(&self, article: &Article) -> usize {
        *self.categories.get(article.category.name()).expect("every article's category was grouped")
    }

    /// The part of URLs that a category called `name` has, whether or not it has published articles; `None` when the name
    /// has no letter for it.
    #[must_use]
    pub fn slug_of(&self, name: &str) -> Option<Slug> {
        let slug = Slug::of(name, self.letters)?;
        if self.category_slugs.contains(&slug) {
            return Some(slug);
        }
        Some(self.category_aliases.get(&slug).cloned().unwrap_or(slug))
    }

    /// The authors of an article.
    #[must_use]
    pub fn authors(&self, article: &Article) -> Vec<usize> {
        all(&self.authors, &article.authors)
    }

    /// The tags of an article.
    #[must_use]
    pub fn tags(&self, article: &Article) -> Vec<usize> {
        all(&self.tags, &article.tags)
    }
}

fn all(groups: &HashMap<String, usize, ByText>, names: &[Box<str>]) -> Vec<usize> {
    let mut found = Vec::with_capacity(names.len());
    for index in names.iter().filter_map(|name| groups.get(&**name)) {
        if !found.contains(index) {
            found.push(*index);
        }
    }
    found
}

/// The group of each name, by the slug of the name or what that is another word for.
fn found<'n>(
    names: impl Iterator<Item = &'n str>,
    slugs: &[Slug],
    aliases: &HashMap<Slug, Slug>,
    letters: SlugLetters,
) -> HashMap<String, usize, ByText> {
    let groups: HashMap<&Slug, usize> = slugs.iter().zip(0..).collect();
    let find = |name: &str| {
        let slug = Slug::of(name, letters)?;
        groups.get(&slug).or_else(|| groups.get(aliases.get(&slug)?)).copied()
    };
    names.filter_map(|name| Some((name.to_owned(), find(name)?))).collect()
}

/// Finds the groups of all published articles.
#[must_use]
pub fn group(
    articles: &[Arc<Article>],
    categories: Vec<CategoryRecord>,
    authors: Vec<AuthorRecord>,
    config: &Config,
) -> Grouped {
    let letters = config.slugs;
    let mut findings = Vec::new();
    let (mut category_aliases, mut author_aliases) = (HashMap::new(), HashMap::new());
    let names = Counted::of(articles);
    let category_list = category_groups(&names, categories, config, &mut category_aliases, &mut findings);
    let author_list = author_groups(&names.authors, authors, letters, &mut author_aliases);
    let tag_list = tag_groups(&names.tags, letters);
    let category_names = || names.headers.keys().chain(names.folders.keys()).copied();
    let category_slugs: Vec<Slug> = category_list.iter().map(|category| category.slug.clone()).collect();
    let author_slugs: Vec<Slug> = author_list.iter().map(|(slug, _)| slug.clone()).collect();
    let tag_slugs: Vec<Slug> = tag_list.iter().map(|(slug, _)| slug.clone()).collect();
    let places = Places {
        categories: found(category_names(), &category_slugs, &category_aliases, letters),
        authors: found(names.authors.keys().copied(), &author_slugs, &author_aliases, letters),
        tags: found(names.tags.keys().copied(), &tag_slugs, &HashMap::new(), letters),
        category_slugs,
        category_aliases,
        letters,
    };
    Grouped {
        categories: category_list,
        authors: author_list.into_iter().map(|(_, author)| author).collect(),
        tags: tag_list.into_iter().map(|(_, tag)| tag).collect(),
        places,
        findings,
    }
}

/// The spellings of one slug, with how often each is used.
type Spellings = BTreeMap<Slug, BTreeMap<String, usize>>;

/// The spellings of each slug among some names.
fn spellings(names: &Names<'_>, letters: SlugLetters) -> Spellings {
    let mut spellings = Spellings::new();
    let mut sorted: Vec<_> = names.iter().collect();
    sorted.sort_unstable();
    for (name, count) in sorted {
        if let Some(slug) = Slug::of(name, letters) {
            *spellings.entry(slug).or_default().entry((*name).to_owned()).or_default() += count;
        }
    }
    spellings
}

/// The commonest spelling, the first by letters among equals.
fn commonest(spellings: &BTreeMap<String, usize>) -> String {
    let best = spellings.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
    best.map_or(String::new(), |(name, _)| name.clone())
}

fn category_groups(
    names: &Counted<'_>,
    records: Vec<CategoryRecord>,
    config: &Config,
    aliases: &mut HashMap<Slug, Slug>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Category> {
    let letters = config.slugs;
    let mut by_slug: BTreeMap<Slug, CategoryRecord> = BTreeMap::new();
    for record in records {
        let Some(slug) = Slug::of(&record.folder, letters) else { continue };
        if let Some(named) = Slug::of(&record.name, letters).filter(|named| *named != slug) {
            aliases.insert(named, slug.clone());
        }
        by_slug.insert(slug, record);
    }
    let headers = spellings(&names.headers, letters);
    let humanised: Vec<(String, usize)> =
        names.folders.iter().map(|(name, count)| (humanised(name), *count)).collect();
    let mut folder_names = Names::default();
    for (name, count) in &humanised {
        *folder_names.entry(name).or_default() += count;
    }
    let folders = spellings(&folder_names, letters);
    let mut slugs: Vec<Slug> = by_slug.keys().chain(headers.keys()).chain(folders.keys()).cloned().collect();
    slugs.retain(|slug| by_slug.contains_key(slug) || !aliases.contains_key(slug));
    slugs.sort();
    slugs.dedup();
    let mut categories: Vec<Category> = slugs
        .into_iter()
        .map(|slug| {
            let record = by_slug.remove(&slug);
            let name = match &record {
                Some(record) => record.name.clone(),
                None => headers.get(&slug).or_else(|| folders.get(&slug)).map(commonest).unwrap_or_default(),
            };
            Category {
                name,
                route: Route::page(&[slug.as_str()]),
                slug,
                record,
                stories: Vec::new(),
                most_read: Vec::new(),
            }
        })
        .collect();
    let places = navigation(&categories, config, aliases, findings);
    categories.sort_by_key(|category| {
        let written = places.get(&category.slug).copied().unwrap_or(usize::MAX);
        let order = category.record.as_ref().and_then(|record| record.order).unwrap_or(u64::MAX);
        (written, order, category.name.to_lowercase(), category.slug.clone())
    });
    categories
}

/// The places that the config's navigation gives to categories.
fn navigation(
    categories: &[Category],
    config: &Config,
    aliases: &HashMap<Slug, Slug>,
    findings: &mut Vec<Diagnostic>,
) -> HashMap<Slug, usize> {
    let mut places = HashMap::new();
    for (place, name) in config.navigation.iter().enumerate() {
        let slug = Slug::of(name, config.slugs).map(|slug| aliases.get(&slug).cloned().unwrap_or(slug));
        match slug.filter(|slug| categories.iter().any(|category| category.slug == *slug)) {
            Some(slug) => {
                places.entry(slug).or_insert(place);
            }
            None => findings.push(
                Diagnostic::warning(
                    "unknown-category",
                    format!("`navigation` names `{name}`, which no article is in"),
                )
                .on(&SourcePath::new(crate::config::FILE_NAME))
                .help("write a category's name or slug, or delete the line"),
            ),
        }
    }
    places
}

fn author_groups(
    names: &Names<'_>,
    records: Vec<AuthorRecord>,
    letters: SlugLetters,
    aliases: &mut HashMap<Slug, Slug>,
) -> Vec<(Slug, Author)> {
    let mut by_slug: BTreeMap<Slug, AuthorRecord> = BTreeMap::new();
    for record in records {
        if let Some(named) = Slug::of(&record.name, letters).filter(|named| *named != record.slug) {
            aliases.insert(named, record.slug.clone());
        }
        by_slug.insert(record.slug.clone(), record);
    }
    let spellings = spellings(names, letters);
    let mut slugs: Vec<Slug> = by_slug.keys().chain(spellings.keys()).cloned().collect();
    slugs.retain(|slug| by_slug.contains_key(slug) || !aliases.contains_key(slug));
    slugs.sort();
    slugs.dedup();
    let mut authors: Vec<(Slug, Author)> = slugs
        .into_iter()
        .map(|slug| {
            let record = by_slug.remove(&slug);
            let written = || spellings.get(&slug).map(commonest).unwrap_or_default();
            let name = record.as_ref().map_or_else(written, |record| record.name.clone());
            let route = Route::page(&["authors", slug.as_str()]);
            (slug, Author { name, route, record, stories: Vec::new() })
        })
        .collect();
    authors.sort_by(|a, b| a.1.name.to_lowercase().cmp(&b.1.name.to_lowercase()).then_with(|| a.0.cmp(&b.0)));
    authors
}

fn tag_groups(names: &Names<'_>, letters: SlugLetters) -> Vec<(Slug, Tag)> {
    let mut tags: Vec<(Slug, Tag)> = spellings(names, letters)
        .into_iter()
        .map(|(slug, spellings)| {
            let route = Route::page(&["tags", slug.as_str()]);
            (slug, Tag { name: commonest(&spellings), route, stories: Vec::new() })
        })
        .collect();
    tags.sort_by(|a, b| a.1.name.to_lowercase().cmp(&b.1.name.to_lowercase()).then_with(|| a.0.cmp(&b.0)));
    tags
}

/// A folder's name as a headline would write it: `world-news` is "World news".
pub(super) fn humanised(folder: &str) -> String {
    let words = folder.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
