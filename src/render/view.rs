//! Views: what templates see. This file is the template contract; `docs/templates.md` explains it.
//!
//! A view is built from a lens and is plain data: nothing in a template can reach the archive.

use tera::{Context, Value};

use super::editorial::corrections;
use super::page_view::{PageView, feeds};
use super::pager::{Pagination, numbered};
use super::shared::{Shared, map};
use super::structured_data::{Publisher, Subject};
use super::teaser::{Link, date, picture, teaser, teasers};
use super::{Texts, body, story_body};
use crate::archive::stories::{Story, StoryId};
use crate::config::words::Words;
use crate::content::prose::Prose;
use crate::edition::Group;
use crate::edition::feeds::Channel;
use crate::edition::lens::Lens;
use crate::edition::page::Page;
use crate::edition::pagination::Pages;
use crate::language;
use crate::route::Route;

/// Stories of a category on the front page.
const SECTION_STORIES: usize = 4;

/// Stories on top of the front page, which its sections do not show again.
const TOP_STORIES: usize = 8;

/// The front page has at least so many stories besides its sections, whatever a list page holds.
const FRONT_STORIES: usize = 18;

/// The template of a page and everything it is given but `site`.
///
/// # Errors
///
/// When a text cannot be read.
pub(super) fn context(
    route: &Route,
    page: &Page,
    (lens, shared, publisher): (&Lens, &Shared, &Publisher),
    texts: &dyn Texts,
) -> anyhow::Result<(&'static str, Context)> {
    let mut make = Make { lens, shared, texts, route, publisher, context: Context::new() };
    let template = match page {
        Page::Home => make.home(),
        Page::Article(id) => make.article(*id)?,
        Page::Category(index, number) => make.category(*index, *number)?,
        Page::Author(index, number) => make.author(*index, *number)?,
        Page::Authors => make.authors(),
        Page::Tag(index, number) => make.tag(*index, *number),
        Page::Tags => make.tags(),
        Page::Calendar => make.calendar(),
        Page::Year(year) => make.year(*year),
        Page::Month(year, month, number) => make.month(*year, *month, *number),
        Page::MostRead => make.most_read(),
        Page::MostReadFragment => make.fragment(),
        Page::Standing(index) => make.standing(*index)?,
        Page::Notice(index) => make.notice(*index),
        Page::Corrections(number) => make.corrections(*number),
        Page::BreakingFragment => make.breaking(),
        Page::Search => make.search(),
        Page::NotFound => make.not_found(),
        _ => unreachable!("only HTML pages have a context"),
    };
    Ok((template, make.context))
}

/// Makes the context of one page.
pub(super) struct Make<'a> {
    pub(super) lens: &'a Lens,
    pub(super) shared: &'a Shared,
    texts: &'a dyn Texts,
    pub(super) route: &'a Route,
    publisher: &'a Publisher,
    pub(super) context: Context,
}

impl Make<'_> {
    pub(super) fn words(&self) -> &Words {
        &self.lens.config().words
    }

    pub(super) fn word(&self, name: &str) -> &str {
        self.words().text(name)
    }

    pub(super) fn href(&self, route: &Route) -> String {
        self.lens.config().base.href(route)
    }

    pub(super) fn page(
        &mut self,
        kind: &'static str,
        title: &str,
        description: &str,
        crumbs: Vec<Link>,
    ) -> PageView {
        PageView { breadcrumbs: crumbs, ..PageView::new(self.lens, self.route, kind, [title, description]) }
    }

    /// A page below the home page that is called by a word of the interface.
    pub(super) fn named(&mut self, kind: &'static str, word: &str) -> PageView {
        let title = self.lens.config().words.text(word);
        self.page(kind, title, "", vec![self.home_crumb()])
    }

    pub(super) fn put(&mut self, page: &PageView, subject: &Subject<'_>) {
        self.context.insert("page", page);
        let data = self.publisher.data(self.lens, page, subject);
        self.context.insert_value("structured_data", Value::safe_string(&data));
    }

    fn put_stories(&mut self, name: &'static str, ids: &[StoryId]) {
        self.context.insert_value(name, teasers(self.lens, self.shared, ids));
    }

    pub(super) fn crumb(&self, name: &str, route: &Route) -> Link {
        Link { name: name.to_owned(), url: Some(self.href(route)) }
    }

    pub(super) fn home_crumb(&self) -> Link {
        self.crumb(self.word("home"), &Route::home())
    }

    fn home(&mut self) -> &'static str {
        let config = self.lens.config();
        let mut page = self.page("home", &config.title, &config.description, Vec::new());
        page.feeds = feeds(self.lens, Channel::Site, self.route, (None, 0));
        let newest = self.lens.newest(1).map(StoryId::new).next();
        page.newest = newest.map(|id| date(self.lens, self.lens.story(id).article.date));
        self.put(&page, &Subject::Site);
        let front = self.lens.front(config.pagination.max(FRONT_STORIES));
        self.put_stories("articles", &front);
        let top = &front[..front.len().min(TOP_STORIES)];
        let sections: Vec<Value> = self
            .lens
            .sections(SECTION_STORIES + TOP_STORIES)
            .iter()
            .filter_map(|category| {
                let newest = category.stories.iter().take(SECTION_STORIES + TOP_STORIES);
                let others = newest.copied().filter(|id| !top.contains(id)).take(SECTION_STORIES);
                let others: Vec<StoryId> = others.collect();
                let articles = (!others.is_empty()).then(|| teasers(self.lens, self.shared, &others))?;
                let group = Value::from_serializable(&super::site::group(self.lens, category));
                Some(map([("category", group), ("articles", articles)]))
            })
            .collect();
        self.context.insert_value("sections", sections.into());
        self.put_stories("most_read", self.lens.most_read(config.most_read_count));
        "home.html"
    }

    fn article(&mut self, id: StoryId) -> anyhow::Result<&'static str> {
        let lens = self.lens;
        let story = lens.whole_story(id);
        let article = &story.article;
        let mut view = teaser(lens, self.shared, id);
        let category = lens.category_of(story);
        let crumbs = vec![self.home_crumb(), self.crumb(&category.name, &category.route)];
        let mut page = self.page("article", &article.title, &article.description, crumbs);
        page.section = Some(category.slug.as_str().to_owned());
        if let Some(lang) = &article.rare().lang {
            page.locale = language::locale(lang);
        }
        let image = article
            .rare()
            .image
            .as_ref()
            .and_then(|image| picture(lens, image, &article.prose.path, &story.route));
        page.image = image.as_ref().map(|image| lens.config().base.absolute_href(&image.url));
        let tags: Vec<Link> = lens.tags_of(story).map(|tag| self.crumb(&tag.name, &tag.route)).collect();
        self.put(&page, &Subject::Story(story, image.as_ref(), &tags));
        view.insert("corrections", corrections(lens, story));
        view.insert("portraits", self.portraits(story));
        view.insert("words", article.prose.words.into());
        view.insert("tags", Value::from_serializable(&tags));
        view.insert("headings", headings(&article.prose));
        view.insert("extra", extra(article.rare().extra.as_deref()));
        view.insert("body", story_body(id, "", lens, self.texts)?.into());
        self.context.insert_value("article", view.into());
        let related: Vec<StoryId> = story.pinned.iter().chain(&story.related).copied().collect();
        self.put_stories("related", &related);
        let (newer, older) = lens.neighbours(id);
        let link = |story: Option<&Story>| story.map(|story| self.crumb(&story.article.title, &story.route));
        let neighbours = [("newer", link(newer)), ("older", link(older))];
        let neighbours = neighbours.map(|(key, link)| (key, Value::from_serializable(&link)));
        self.context.insert_value("neighbours", map(neighbours));
        Ok("article.html")
    }

    /// The portraits of a whole story's authors, in the byline's order, of those who have one.
    fn portraits(&self, story: &Story) -> Value {
        let portraits =
            self.lens.authors_of(story).filter_map(|author| super::site::portrait(self.lens, author));
        portraits.map(|image| Value::from_serializable(&image)).collect::<Vec<_>>().into()
    }

    /// Puts a page of a list of stories into the context and returns the page's number and the stories on it.
    pub(super) fn list<'s>(
        &mut self,
        stories: &'s [StoryId],
        list: &Route,
        number: Option<usize>,
    ) -> (usize, Subject<'s>) {
        let pages = Pages::new(stories.len(), self.lens.config().pagination);
        let current = number.unwrap_or(pages.total());
        let shown = &stories[pages.items(number)];
        self.put_stories("articles", shown);
        let pagination = Pagination::of(&pages, current, list, &self.lens.config().base);
        self.context.insert("pagination", &pagination);
        (if number.is_some() { current } else { 1 }, Subject::Stories(shown))
    }

    fn category(&mut self, index: usize, number: Option<usize>) -> anyhow::Result<&'static str> {
        let lens = self.lens;
        let category = lens.category(index, self.route, number);
        let mut view = counted(serde_json::to_value(super::site::group(lens, category))?, number);
        if let Some(record) = category.record.as_ref().filter(|_| number.is_none()) {
            view["body"] = serde_json::Value::String(body(&record.prose, self.route, lens, self.texts)?);
        }
        let description =
            category.record.as_ref().map(|record| record.description.as_str()).unwrap_or_default();
        let crumbs = vec![self.home_crumb()];
        let mut page =
            self.page("category", &numbered(self.words(), &category.name, number), description, crumbs);
        page.section = Some(category.slug.as_str().to_owned());
        page.front = number.is_none();
        let channel = Channel::Group(Group::Category(index));
        page.feeds = feeds(lens, channel, &category.route, (Some(&category.name), category.stories.len()));
        let (number_shown, subject) = self.list(&category.stories, &category.route, number);
        page.number = number_shown;
        self.put(&page, &subject);
        self.context.insert("category", &view);
        let most_read = match number {
            None => lens.most_read_in(index, lens.config().most_read_count),
            Some(_) => &[],
        };
        self.put_stories("most_read", most_read);
        Ok("category.html")
    }

    fn author(&mut self, index: usize, number: Option<usize>) -> anyhow::Result<&'static str> {
        let lens = self.lens;
        let author = lens.author(index, self.route, number);
        let mut view = counted(super::site::person(lens, author), number);
        let mut description = String::new();
        if let Some(record) = &author.record {
            view["bio"] = serde_json::Value::String(body(&record.prose, self.route, lens, self.texts)?);
            description.clone_from(&record.summary);
        }
        let crumbs = vec![self.home_crumb(), self.crumb(self.word("authors"), &Route::page(&["authors"]))];
        let mut page =
            self.page("author", &numbered(self.words(), &author.name, number), &description, crumbs);
        page.front = number.is_none();
        let channel = Channel::Group(Group::Author(index));
        page.feeds = feeds(lens, channel, &author.route, (Some(&author.name), author.stories.len()));
        (page.number, _) = self.list(&author.stories, &author.route, number);
        page.image = view["photo"]["url"].as_str().map(|url| lens.config().base.absolute_href(url));
        self.put(&page, &Subject::Person(author, page.image.as_deref()));
        self.context.insert("author", &view);
        Ok("author.html")
    }

    fn authors(&mut self) -> &'static str {
        let page = self.named("authors", "authors");
        self.put(&page, &Subject::Index);
        let authors: Vec<_> =
            self.lens.authors().iter().map(|author| super::site::person(self.lens, author)).collect();
        self.context.insert("authors", &authors);
        "authors.html"
    }

    fn tag(&mut self, index: usize, number: Option<usize>) -> &'static str {
        let tag = self.lens.tag(index, self.route, number);
        let crumbs = vec![self.home_crumb(), self.crumb(self.word("topics"), &Route::page(&["tags"]))];
        let mut page = self.page("tag", &numbered(self.words(), &tag.name, number), "", crumbs);
        page.front = number.is_none();
        let channel = Channel::Group(Group::Tag(index));
        page.feeds = feeds(self.lens, channel, &tag.route, (Some(&tag.name), tag.stories.len()));
        let (number_shown, subject) = self.list(&tag.stories, &tag.route, number);
        page.number = number_shown;
        self.put(&page, &subject);
        let view =
            serde_json::json!({ "name": tag.name, "url": self.href(&tag.route), "count": tag.stories.len() });
        let view = counted(view, number);
        self.context.insert("tag", &view);
        "tag.html"
    }

    fn tags(&mut self) -> &'static str {
        let page = self.named("tags", "topics");
        self.put(&page, &Subject::Index);
        let view = |tag: &crate::archive::groups::Tag| serde_json::json!({ "name": tag.name, "url": self.href(&tag.route), "count": tag.stories.len() });
        let tags: Vec<_> = self.lens.tags().iter().map(view).collect();
        self.context.insert("tags", &tags);
        "tags.html"
    }

    fn most_read(&mut self) -> &'static str {
        let page = self.named("most-read", "most_read");
        let ids = self.lens.most_read(self.lens.config().most_read_count);
        self.put(&page, &Subject::Stories(ids));
        self.put_stories("articles", ids);
        "most-read.html"
    }

    fn fragment(&mut self) -> &'static str {
        let ids = self.lens.most_read(self.lens.config().most_read_count);
        self.put_stories("most_read", ids);
        "fragments/most-read.html"
    }

    fn standing(&mut self, index: usize) -> anyhow::Result<&'static str> {
        let lens = self.lens;
        let standing = lens.standing(index);
        let crumbs = vec![self.home_crumb()];
        let page = self.page("page", &standing.title, &standing.description, crumbs);
        self.put(&page, &Subject::Standing(standing.updated));
        let mut view = std::collections::BTreeMap::from([
            ("title", standing.title.as_str().into()),
            ("description", standing.description.as_str().into()),
            ("body", body(&standing.prose, self.route, lens, self.texts)?.into()),
            ("headings", headings(&standing.prose)),
            ("extra", extra(standing.extra.as_deref())),
        ]);
        if let Some(updated) = standing.updated {
            view.insert("updated", date(lens, updated));
        }
        self.context.insert_value("standing", view.into());
        Ok("page.html")
    }

    fn not_found(&mut self) -> &'static str {
        let page = PageView { breadcrumbs: Vec::new(), ..self.named("404", "not_found") };
        self.context.insert("page", &page);
        "404.html"
    }
}

/// What a header holds for templates only.
fn extra(json: Option<&str>) -> Value {
    let extra: serde_json::Value = json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    Value::from_serializable(&extra)
}

fn headings(prose: &Prose) -> Value {
    let heading = |heading: &crate::content::markdown::Heading| {
        map([
            ("level", heading.level.into()),
            ("id", heading.id.as_str().into()),
            ("text", heading.text.as_str().into()),
        ])
    };
    prose.headings.iter().map(heading).collect::<Vec<Value>>().into()
}

/// A group as a page of its list shows it: how many stories there are is said on the newest page only, so that a new story
/// changes no other.
fn counted(mut view: serde_json::Value, number: Option<usize>) -> serde_json::Value {
    if let Some(view) = view.as_object_mut().filter(|_| number.is_some()) {
        view.remove("count");
    }
    view
}
