//! What every fact is worth as the newspaper stands: equal fingerprints mean that a page shows the same.
//!
//! Each fingerprint takes in everything that the lens gives away under the fact's name. Which pages hang on it, and
//! what it was worth before, is not known here.

use rayon::prelude::*;

use super::Group;
use super::facts::{Aspect, Fact};
use super::feeds::{self, Channel};
use super::files::Pixels;
use super::newspaper::Newspaper;
use super::page::Page;
use super::pagination::Pages;
use super::references::References;
use super::target::Target;
use crate::archive::groups::{Author, Category};
use crate::archive::stories::{Story, StoryId};
use crate::content::markdown::Reference;
use crate::content::prose::Prose;
use crate::date::Moment;
use crate::fingerprint::Digest;
use crate::route::Route;

/// The fingerprints of one story, by [`Aspect`].
pub type Sides = [u64; Aspect::ALL.len()];

impl Newspaper {
    /// The fingerprints of all stories, in their order.
    #[must_use]
    pub fn sides(&self, references: &References) -> Vec<Sides> {
        let stories = self.archive.stories();
        (0..stories.len())
            .into_par_iter()
            .map_init(Digest::new, |digest, index| {
                self.sides_of(StoryId::new(index), references.links[index], digest)
            })
            .collect()
    }

    /// The fingerprints of one story. `links` is what its references lead to.
    #[must_use]
    pub fn sides_of(&self, id: StoryId, links: u64, digest: &mut Digest) -> Sides {
        let story = self.archive.story(id);
        [
            self.teaser(story, digest),
            story.article.prose.fingerprint.half(),
            links,
            self.related(story, digest),
            self.around(id, digest),
        ]
    }

    /// For each story the fingerprint of [`Aspect::Related`].
    #[must_use]
    pub fn related_sides(&self) -> Vec<u64> {
        let stories = self.archive.stories().par_iter();
        stories.map_init(Digest::new, |digest, story| self.related(story, digest)).collect()
    }

    /// The fingerprint of a fact; `None` when there is no such thing any more, or for templates, which are not known
    /// here.
    #[must_use]
    pub fn fingerprint(&self, fact: &Fact) -> Option<u64> {
        let mut digest = Digest::new();
        self.take_in(fact, &mut digest)?;
        Some(digest.finish())
    }

    fn take_in(&self, fact: &Fact, digest: &mut Digest) -> Option<()> {
        let archive = &self.archive;
        match fact {
            Fact::Template(_) => return None,
            Fact::Site => self.site(digest),
            Fact::Group(route) => self.group(route, digest)?,
            Fact::Named(route) => self.named(route, digest)?,
            Fact::List(route) => self.list(route, digest)?,
            Fact::Newest(limit) => {
                let count = (*limit).min(archive.stories().len());
                archive.stories()[..count].iter().for_each(|story| identity(story, digest));
            }
            Fact::Front(limit) => self.stories(archive.front(*limit).iter(), digest),
            Fact::MostRead(limit) => self.stories(archive.most_read().iter().take(*limit), digest),
            Fact::MostReadIn(route, limit) => {
                let Some(Group::Category(index)) = self.edition.group(route) else { return None };
                let category = &archive.categories()[index];
                self.stories(category.most_read.iter().take(*limit), digest);
            }
            Fact::Sections(limit) => {
                for category in archive.categories() {
                    named_category(category, digest);
                    self.stories(category.stories.iter().take(*limit), digest);
                }
            }
            Fact::Authors => archive.authors().iter().for_each(|author| self.author(author, digest)),
            Fact::Tags => {
                for tag in archive.tags() {
                    digest.text(&tag.name).text(tag.route.as_str()).number(tag.stories.len() as u64);
                }
            }
            Fact::Standing(route) => {
                let page = archive.pages().iter().find(|page| page.route == *route)?;
                digest.number(page.prose.fingerprint.half());
            }
            Fact::Record(path) => {
                let (prose, route) = self.record(path.as_str())?;
                let links = self.links(prose, route, &mut Digest::new());
                digest.number(prose.fingerprint.half()).number(links);
            }
            Fact::Calendar => {
                for (year, months) in self.edition.calendar() {
                    digest.number(u64::from(year.unsigned_abs()));
                    for (month, ids) in months {
                        count(*month, ids, digest);
                    }
                }
            }
            Fact::Months => {
                for (year, months) in self.edition.calendar() {
                    for month in months.keys() {
                        digest.number(u64::from(year.unsigned_abs())).number(u64::from(*month));
                    }
                }
            }
            Fact::Year(year) => {
                self.edition.calendar().get(year)?.iter().for_each(|(month, ids)| count(*month, ids, digest));
            }
            Fact::Feed(route) => self.take_feed(route, digest)?,
            Fact::Sitemap(sitemap) => self.take_sitemap(*sitemap, digest),
            Fact::SearchMap => self.take_search_map(digest),
            Fact::SearchAuthors => self.take_search_authors(digest),
            Fact::SearchTeasers(segment, part) => self.take_search_teasers(segment, *part, digest)?,
            Fact::Target(target) => {
                if let crate::archive::links::Verdict::Story(id) = self.look_up(target) {
                    identity(archive.story(id), digest);
                }
            }
            Fact::Published(path) => {
                digest.text(self.published(path).as_ref().map_or("", Route::as_str));
            }
            Fact::Query(query) => self.stories(self.stories_of(query).iter(), digest),
            Fact::Notice(route) => {
                let article = &archive.expired_at(route)?.article;
                digest.text(&article.title).text(article.rare().lang.as_deref().unwrap_or(""));
                digest.number(article.rare().expires.map_or(0, Moment::bits));
            }
            Fact::Redirects => {
                for redirect in self.edition.redirects() {
                    digest.text(redirect.from.as_str()).text(redirect.to.as_str());
                }
            }
            Fact::Sources(list) => {
                for noted in self.edition.sources().list(*list) {
                    digest.number(noted.url).number(noted.source).number(noted.title);
                }
            }
            Fact::Breaking => {
                if let Some((breaking, href)) = self.banner() {
                    digest
                        .text(&breaking.text)
                        .number(breaking.until.bits())
                        .text(href.as_deref().unwrap_or(""));
                }
            }
        }
        Some(())
    }

    fn site(&self, digest: &mut Digest) {
        for category in self.archive.categories() {
            digest.text(&category.name).text(category.route.as_str());
        }
        let config = &self.config;
        for logo in [&config.publisher.logo, &config.theme.logo].into_iter().flatten() {
            let written = crate::source::SourcePath::new(crate::config::FILE_NAME);
            take_target(&self.picture(logo.as_str(), &written, &Route::home()), digest);
        }
    }

    fn teaser(&self, story: &Story, digest: &mut Digest) -> u64 {
        let article = &story.article;
        digest.number(article.face).number(story.mark);
        digest.number(story.updated().map_or(0, |updated| updated.bits().wrapping_add(1)));
        let category = &self.archive.categories()[story.category];
        digest.text(&category.name).text(category.route.as_str());
        for index in &story.authors {
            let author = &self.archive.authors()[*index];
            digest.text(&author.name).text(author.route.as_str());
        }
        digest.number(story.views.map_or(0, |views| views.wrapping_add(1))).number(story.minutes() as u64);
        if let Some(image) = &article.rare().image {
            take_target(&self.picture(&image.src, &article.prose.path, &story.route), digest);
            digest.number(self.picture_bytes(story).map_or(0, |bytes| bytes.wrapping_add(1)));
        }
        digest.finish()
    }

    fn links(&self, prose: &Prose, route: &Route, digest: &mut Digest) -> u64 {
        let take = |reference: &Reference| take_target(&self.target(reference, &prose.path, route), digest);
        prose.references.iter().for_each(take);
        digest.finish()
    }

    fn related(&self, story: &Story, digest: &mut Digest) -> u64 {
        self.stories(story.pinned.iter().chain(&story.related), digest);
        digest.finish()
    }

    fn around(&self, id: StoryId, digest: &mut Digest) -> u64 {
        let (newer, older) = self.archive.neighbours(id);
        for neighbour in [newer, older] {
            match neighbour {
                Some(id) => digest.number(self.archive.headline(id)).number(self.archive.mark(id)),
                None => digest.number(0),
            };
        }
        for index in &self.archive.story(id).tags {
            let tag = &self.archive.tags()[*index];
            digest.text(&tag.name).text(tag.route.as_str());
        }
        digest.text(self.archive.story(id).first_route().as_str());
        for index in &self.archive.story(id).authors {
            // The byline under the headline has portraits.
            if let Some((route, pixels)) = self.portrait(&self.archive.authors()[*index]) {
                digest.number(1 + *index as u64);
                take_target(&Target::Picture { route, pixels, variants: Vec::new() }, digest);
            }
        }
        for correction in self.archive.story(id).corrections() {
            digest.number(correction.date.bits()).text(&correction.text);
        }
        digest.finish()
    }

    fn stories<'a>(&self, ids: impl Iterator<Item = &'a StoryId>, digest: &mut Digest) {
        ids.for_each(|id| _ = digest.number(self.archive.mark(*id)));
    }

    fn group(&self, route: &Route, digest: &mut Digest) -> Option<()> {
        let archive = &self.archive;
        match self.edition.group(route)? {
            Group::Category(index) => named_category(&archive.categories()[index], digest),
            Group::Author(index) => self.author(&archive.authors()[index], digest),
            Group::Tag(index) => {
                let tag = &archive.tags()[index];
                digest.text(&tag.name).number(tag.stories.len() as u64);
            }
        }
        Some(())
    }

    /// A group as the numbered pages of its list show it.
    fn named(&self, route: &Route, digest: &mut Digest) -> Option<()> {
        let (archive, group) = (&self.archive, self.edition.group(route)?);
        let stories = match group {
            Group::Category(index) => {
                let category = &archive.categories()[index];
                described(category, digest);
                category.stories.len()
            }
            Group::Author(index) => {
                let author = &archive.authors()[index];
                self.person(author, digest);
                author.stories.len()
            }
            Group::Tag(index) => {
                let tag = &archive.tags()[index];
                digest.text(&tag.name).text(tag.route.as_str());
                tag.stories.len()
            }
        };
        digest.number(feeds::formats(Channel::Group(group), stories).len() as u64);
        Some(())
    }

    fn author(&self, author: &Author, digest: &mut Digest) {
        digest.number(author.stories.len() as u64);
        self.person(author, digest);
    }

    fn person(&self, author: &Author, digest: &mut Digest) {
        digest.text(&author.name).text(author.route.as_str());
        if let Some(record) = &author.record {
            digest.number(record.prose.fingerprint.half());
            if let Some((route, pixels)) = self.portrait(author) {
                take_target(&Target::Picture { route, pixels, variants: Vec::new() }, digest);
            }
        }
    }

    fn list(&self, route: &Route, digest: &mut Digest) -> Option<()> {
        let archive = &self.archive;
        if let Page::Corrections(number) = self.edition.get(route)? {
            let pages = Pages::new(archive.corrections().len(), self.config.pagination);
            digest.number(pages.total() as u64);
            for corrected in &archive.corrections()[pages.items(*number)] {
                let story = archive.story(corrected.story);
                let correction = &story.corrections()[corrected.place];
                identity(story, digest);
                digest.number(correction.date.bits()).text(&correction.text);
            }
            return Some(());
        }
        let (stories, number) = match self.edition.get(route)? {
            Page::Category(index, number) => (&archive.categories()[*index].stories, *number),
            Page::Author(index, number) => (&archive.authors()[*index].stories, *number),
            Page::Tag(index, number) => (&archive.tags()[*index].stories, *number),
            Page::Month(year, month, number) => (self.edition.calendar().get(year)?.get(month)?, *number),
            _ => return None,
        };
        let pages = Pages::new(stories.len(), self.config.pagination);
        digest.number(pages.total() as u64);
        self.stories(stories[pages.items(number)].iter(), digest);
        Some(())
    }

    /// The text of a record or standing page, and the route it is published at.
    fn record(&self, path: &str) -> Option<(&Prose, &Route)> {
        self.archive.records().find(|(prose, _)| prose.path.as_str() == path)
    }
}

fn identity(story: &Story, digest: &mut Digest) {
    digest.number(story.mark);
}

fn count(month: u8, ids: &[StoryId], digest: &mut Digest) {
    digest.number(u64::from(month)).number(ids.len() as u64);
}

fn named_category(category: &Category, digest: &mut Digest) {
    described(category, digest);
    digest.number(category.stories.len() as u64);
}

fn described(category: &Category, digest: &mut Digest) {
    digest.text(&category.name).text(category.route.as_str());
    digest.text(category.record.as_ref().map_or("", |record| &record.description));
    digest.number(category.record.as_ref().map_or(0, |record| record.prose.fingerprint.half()));
}

pub(super) fn take_target(target: &Target, digest: &mut Digest) {
    match target {
        Target::Page { route, rest, title } => {
            digest.number(1).text(route.as_str()).text(rest).text(title.as_deref().unwrap_or(""));
        }
        Target::Picture { route, pixels, variants } => {
            let size = |pixels: Pixels| u64::from(pixels.width) << 32 | u64::from(pixels.height);
            digest.number(2).text(route.as_str()).number(pixels.map_or(0, size));
            for variant in variants {
                digest.number(4).text(variant.route.as_str()).number(size(variant.pixels));
            }
        }
        Target::Dead(_) => {
            digest.number(3);
        }
    }
}
