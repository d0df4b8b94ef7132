//! The lens: the only way a page sees the newspaper. It answers questions, and notes what it was asked.
//!
//! The notes are the page's trace: a page can only look different when one of its facts does.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::Edition;
use super::files::{Files, Pixels};
use super::page::{self, Calendar, Page};
use crate::archive::groups::Category;
use crate::archive::links::Verdict;
use crate::archive::stories::{Story, StoryId};
use crate::archive::{Archive, Publication};
use crate::config::Config;
use crate::content::markdown::{Reference, ReferenceKind};
use crate::content::records::AuthorRecord;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::route::Route;
use crate::source::SourcePath;

/// One thing a page was made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// What lists show of a story.
    Teaser(Route),
    /// The text of a content file.
    Text(SourcePath),
    /// Which stories a list holds, and in which order.
    List(String),
    /// The name and address of a category, author or tag.
    Group(Route),
    /// What a title, slug or path leads to.
    Target(String),
    /// Whether something is published at a route, and under which hashed name.
    Published(String),
}

/// What a reference in a text becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A link to a route, with the part of the URL behind it, and the title of what it leads to.
    Page {
        /// Where it leads.
        route: Route,
        /// `#part` or `?query`, or empty.
        rest: String,
        /// The title, for references that show it.
        title: Option<String>,
    },
    /// A picture that is published.
    Picture {
        /// Where it is published.
        route: Route,
        /// Its size, when that is known.
        pixels: Option<Pixels>,
    },
    /// Nothing a reader may see.
    Dead(Verdict),
}

/// A newspaper as of one instant, whole: what was read, what is published of it, and where.
pub struct Newspaper {
    /// The config.
    pub config: Config,
    /// What is published, for which instant.
    pub publication: Publication,
    /// All stories and groups.
    pub archive: Archive,
    /// All pages and files.
    pub edition: Edition,
    /// Files that are published as they are.
    pub files: Files,
}

/// A page's view of the newspaper, with the notes of that page.
pub struct Lens {
    paper: Arc<Newspaper>,
    notes: RefCell<BTreeSet<Fact>>,
}

impl Lens {
    /// A lens that has noted nothing yet.
    #[must_use]
    pub fn new(paper: &Arc<Newspaper>) -> Self {
        Self { paper: Arc::clone(paper), notes: RefCell::default() }
    }

    /// The config; every page depends on it as a whole.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.paper.config
    }

    /// The edition the page belongs to.
    #[must_use]
    pub fn edition(&self) -> &Edition {
        &self.paper.edition
    }

    /// Whether the build is a preview, and its instant.
    #[must_use]
    pub fn publication(&self) -> Publication {
        self.paper.publication
    }

    /// What was asked so far.
    #[must_use]
    pub fn notes(&self) -> BTreeSet<Fact> {
        self.notes.borrow().clone()
    }

    /// A story as lists show it.
    #[must_use]
    pub fn story(&self, id: StoryId) -> &Story {
        let story = self.paper.archive.story(id);
        self.note(Fact::Teaser(story.route.clone()));
        story
    }

    /// The newest stories.
    #[must_use]
    pub fn newest(&self, range: Range<usize>) -> Vec<StoryId> {
        self.note(Fact::List("newest".to_owned()));
        let count = self.paper.archive.stories().len();
        (range.start.min(count)..range.end.min(count)).map(StoryId::new).collect()
    }

    /// The most read stories.
    #[must_use]
    pub fn most_read(&self, limit: usize) -> Vec<StoryId> {
        self.note(Fact::List("most read".to_owned()));
        self.paper.archive.most_read().iter().copied().take(limit).collect()
    }

    /// The most read stories of a category.
    #[must_use]
    pub fn most_read_in(&self, category: usize, limit: usize) -> Vec<StoryId> {
        self.note(Fact::List(format!("most read in {category}")));
        let inside = |id: &StoryId| self.paper.archive.story(*id).category == category;
        self.paper.archive.most_read().iter().copied().filter(inside).take(limit).collect()
    }

    /// The archive's groups and pages; what a page asks of one is noted by its route.
    #[must_use]
    pub fn archive(&self, asked: &Route) -> &Archive {
        self.note(Fact::Group(asked.clone()));
        &self.paper.archive
    }

    /// Asks about the names of a story's category, authors and tags.
    pub fn story_groups<T>(&self, id: StoryId, ask: impl FnOnce(&str, &[&str], &[&str]) -> T) -> T {
        let archive = &self.paper.archive;
        let story = archive.story(id);
        let authors: Vec<&str> =
            story.authors.iter().map(|index| archive.authors()[*index].name.as_str()).collect();
        let tags: Vec<&str> = story.tags.iter().map(|index| archive.tags()[*index].name.as_str()).collect();
        ask(&archive.categories()[story.category].name, &authors, &tags)
    }

    /// The neighbours of a story in time: the next newer and the next older one of its category.
    #[must_use]
    pub fn neighbours(&self, id: StoryId) -> (Option<StoryId>, Option<StoryId>) {
        let stories = &self.paper.archive.categories()[self.paper.archive.story(id).category].stories;
        let Ok(at) = stories.binary_search(&id) else { return (None, None) };
        (at.checked_sub(1).map(|newer| stories[newer]), stories.get(at + 1).copied())
    }

    /// The category of a story.
    #[must_use]
    pub fn category_of(&self, id: StoryId) -> &Category {
        &self.paper.archive.categories()[self.paper.archive.story(id).category]
    }

    /// The years and months of the archive with their stories.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        self.note(Fact::List("calendar".to_owned()));
        page::calendar(self.paper.archive.stories())
    }

    /// What a title, slug or path leads to.
    #[must_use]
    pub fn look_up(&self, target: &str, from: &SourcePath) -> Verdict {
        self.note(Fact::Target(target.to_owned()));
        self.paper.archive.titles().look_up(target, from)
    }

    /// The hashed route of a style sheet or script, or the route itself when it is published.
    #[must_use]
    pub fn published(&self, path: &str) -> Option<Route> {
        self.note(Fact::Published(path.to_owned()));
        if let Some(route) = self.paper.edition.asset(path) {
            return Some(route.clone());
        }
        Route::parse(path).ok().filter(|route| self.paper.edition.has(route))
    }

    /// Notes that a page holds the text of a content file.
    pub fn text(&self, path: &SourcePath) {
        self.note(Fact::Text(path.clone()));
    }

    /// What a reference in the text of `path`, published at `route`, becomes.
    #[must_use]
    pub fn target(&self, reference: &Reference, path: &SourcePath, route: &Route) -> Target {
        let written = reference.target.trim();
        if reference.kind == ReferenceKind::Image {
            return self.picture(written, path, route);
        }
        match self.look_up(written, path) {
            Verdict::Story(id) => {
                let story = self.story(id);
                let title = Some(story.article.title.clone());
                return Target::Page { route: story.route.clone(), rest: rest_of(written), title };
            }
            Verdict::Page(route) => return Target::Page { route, rest: rest_of(written), title: None },
            Verdict::Withheld => return Target::Dead(Verdict::Withheld),
            Verdict::Nowhere => {}
        }
        if reference.kind != ReferenceKind::Link {
            return Target::Dead(Verdict::Nowhere);
        }
        let plain = written.split(['#', '?']).next().unwrap_or("");
        let file = percent_encoding::percent_decode_str(plain).decode_utf8_lossy();
        if let Some(name) = self.bundle_file(&file, path) {
            return Target::Page { route: route.beside(&name), rest: rest_of(written), title: None };
        }
        match self.internal(plain) {
            Some(route) => Target::Page { route, rest: rest_of(written), title: None },
            None => Target::Dead(Verdict::Nowhere),
        }
    }

    /// The picture a path means: a file beside the text, or one in `static/`.
    #[must_use]
    pub fn picture(&self, written: &str, path: &SourcePath, route: &Route) -> Target {
        let plain = written.split(['#', '?']).next().unwrap_or("");
        let decoded = percent_encoding::percent_decode_str(plain).decode_utf8_lossy();
        if let Some(name) = self.bundle_file(&decoded, path) {
            let pixels = path.join(&name).and_then(|file| self.paper.files.pixels.get(&file).copied());
            return Target::Picture { route: route.beside(&name), pixels };
        }
        match self.internal(plain).filter(|route| !route.is_page()) {
            Some(route) => {
                let file = SourcePath::new(&format!("static{}", route.as_str()));
                Target::Picture { route, pixels: self.paper.files.pixels.get(&file).copied() }
            }
            None => Target::Dead(Verdict::Nowhere),
        }
    }

    /// The portrait an author's record names: beside the record, or in `static/`.
    #[must_use]
    pub fn portrait(
        &self,
        record: &AuthorRecord,
        author: &Route,
        photo: &str,
    ) -> Option<(Route, Option<Pixels>)> {
        if let Some(file) = self.paper.files.author_photo(record, photo) {
            return Some((author.beside(file.file_name()), self.paper.files.pixels.get(file).copied()));
        }
        match self.picture(photo, &record.prose.path, author) {
            Target::Picture { route, pixels } => Some((route, pixels)),
            _ => None,
        }
    }

    /// The findings for every reference of the newspaper's texts that leads nowhere.
    #[must_use]
    pub fn dead_references(&self) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        let mut check = |references: &[Reference], path: &SourcePath, route: &Route| {
            for reference in references {
                if let Target::Dead(verdict) = self.target(reference, path, route) {
                    findings.push(self.finding(reference, path, &verdict));
                }
            }
        };
        for story in self.paper.archive.stories() {
            check(&story.article.prose.references, &story.article.prose.path, &story.route);
        }
        for page in self.paper.archive.pages() {
            check(&page.prose.references, &page.prose.path, &page.route);
        }
        for category in self.paper.archive.categories() {
            if let Some(record) = &category.record {
                check(&record.prose.references, &record.prose.path, &category.route);
            }
        }
        for author in self.paper.archive.authors() {
            if let Some(record) = &author.record {
                check(&record.prose.references, &record.prose.path, &author.route);
            }
        }
        findings.extend(self.missing_pictures());
        findings
    }

    fn missing_pictures(&self) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for story in self.paper.archive.stories() {
            let Some(image) = &story.article.image else { continue };
            let external = image.src.starts_with("https://") || image.src.starts_with("http://");
            if !external
                && matches!(
                    self.picture(&image.src, &story.article.prose.path, &story.route),
                    Target::Dead(_)
                )
            {
                findings.push(
                    missing_picture(&image.src)
                        .label(Label::spot(&story.article.prose.path, Spot::Header("image.src", 0))),
                );
            }
        }
        for author in self.paper.archive.authors() {
            let Some((record, photo)) = author.record.as_ref().and_then(|r| Some((r, r.photo.as_ref()?)))
            else {
                continue;
            };
            if self.paper.files.author_photo(record, photo).is_none() && self.internal(photo).is_none() {
                findings.push(
                    missing_picture(photo).label(Label::spot(&record.prose.path, Spot::Header("photo", 0))),
                );
            }
        }
        findings
    }

    fn finding(&self, reference: &Reference, path: &SourcePath, verdict: &Verdict) -> Diagnostic {
        let place = Label::spot(path, Spot::Bytes(reference.span));
        let shown: String = reference.target.chars().take(120).collect();
        match reference.kind {
            ReferenceKind::Image => missing_picture(&shown).label(place),
            ReferenceKind::Link if *verdict != Verdict::Withheld => Diagnostic::warning(
                "dead-link",
                format!("`{shown}` leads to no page of the site"),
            )
            .label(place)
            .help("readers see plain text; link a story by its `.md` file, or a page by its path: `/about/`"),
            _ => self.paper.archive.titles().finding(verdict, &shown, place),
        }
    }

    /// A file that belongs to the text at `path`, by its name relative to it.
    fn bundle_file(&self, written: &str, path: &SourcePath) -> Option<String> {
        if written.starts_with('/') || path.file_name() != "index.md" {
            return None;
        }
        let file = path.join(written)?;
        self.paper.files.content_file(&file)?;
        file.below(path.folder()).map(str::to_owned)
    }

    /// A page or file of the site, by a path from its root, with or without the site's own folder.
    fn internal(&self, plain: &str) -> Option<Route> {
        if !plain.starts_with('/') {
            return None;
        }
        let below = plain.strip_prefix(self.paper.config.base.path()).map(|rest| format!("/{rest}"));
        let found = below.as_deref().into_iter().chain([plain]).find_map(|path| self.published(path))?;
        match self.paper.edition.pages().get(&found) {
            Some(Page::Redirect { to }) => Some(to.clone()),
            _ => Some(found),
        }
    }

    fn note(&self, fact: Fact) {
        self.notes.borrow_mut().insert(fact);
    }
}

fn missing_picture(written: &str) -> Diagnostic {
    Diagnostic::warning("missing-picture", format!("the picture `{written}` is not there")).help(
        "put it beside the article's `index.md`, or into `static/` and write its path: `/photos/mayor.jpg`",
    )
}

/// The query and fragment of a written link.
fn rest_of(written: &str) -> String {
    written.find(['#', '?']).map_or(String::new(), |at| {
        let rest = &written[at..];
        rest.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
    })
}
