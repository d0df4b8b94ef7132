//! Views: what templates see. This file is the template contract; `docs/templates.md` explains it.
//!
//! A view is built from a lens and is plain data: nothing in a template can reach the archive.

use serde::Serialize;
use tera::{Context, Value};

use super::pager::Pagination;
use super::teaser::{Link, date, teaser, teasers};
use super::{Texts, body, story_body};
use crate::archive::stories::{Story, StoryId};
use crate::content::prose::Prose;
use crate::edition::lens::Lens;
use crate::edition::page::{Page, month_route, year_route};
use crate::edition::pagination::Pages;
use crate::route::Route;

/// Stories of a category on the front page.
const SECTION_STORIES: usize = 4;

/// What every page says of itself.
#[derive(Clone, Debug, Serialize)]
struct PageView {
    kind: &'static str,
    title: String,
    description: String,
    url: String,
    canonical: String,
    number: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    section: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    breadcrumbs: Vec<Link>,
}

/// The template of a page and everything it is given but `site`.
///
/// # Errors
///
/// When a text cannot be read.
pub fn context(
    route: &Route,
    page: &Page,
    lens: &Lens,
    texts: &dyn Texts,
) -> anyhow::Result<(&'static str, Context)> {
    let mut make = Make { lens, texts, route, context: Context::new() };
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
        Page::Search => make.search(),
        Page::NotFound => make.not_found(),
        _ => unreachable!("only HTML pages have a context"),
    };
    Ok((template, make.context))
}

/// Makes the context of one page.
struct Make<'a> {
    lens: &'a Lens,
    texts: &'a dyn Texts,
    route: &'a Route,
    context: Context,
}

impl Make<'_> {
    fn href(&self, route: &Route) -> String {
        self.lens.config().base.href(route)
    }

    fn page(&mut self, kind: &'static str, title: &str, description: &str, crumbs: Vec<Link>) -> PageView {
        PageView {
            kind,
            title: title.to_owned(),
            description: description.to_owned(),
            url: self.href(self.route),
            canonical: self.lens.config().base.absolute(self.route),
            number: 1,
            section: None,
            image: None,
            breadcrumbs: crumbs,
        }
    }

    fn put(&mut self, page: &PageView) {
        self.context.insert("page", page);
    }

    fn crumb(&self, name: &str, route: &Route) -> Link {
        Link { name: name.to_owned(), url: Some(self.href(route)) }
    }

    fn home_crumb(&self) -> Link {
        self.crumb("Home", &Route::home())
    }

    fn home(&mut self) -> &'static str {
        let config = self.lens.config();
        let page = self.page("home", &config.title, &config.description, Vec::new());
        self.put(&page);
        let newest: Vec<StoryId> = self.lens.newest(config.pagination).map(StoryId::new).collect();
        self.context.insert("articles", &teasers(self.lens, &newest));
        let sections: Vec<_> = self
            .lens
            .sections(SECTION_STORIES)
            .iter()
            .filter(|category| !category.stories.is_empty())
            .map(|category| {
                let count = category.stories.len().min(SECTION_STORIES);
                let articles = teasers(self.lens, &category.stories[..count]);
                serde_json::json!({ "category": super::site::group(self.lens, category), "articles": articles })
            })
            .collect();
        self.context.insert("sections", &sections);
        self.context.insert("most_read", &teasers(self.lens, self.lens.most_read(config.most_read_count)));
        "home.html"
    }

    fn article(&mut self, id: StoryId) -> anyhow::Result<&'static str> {
        let lens = self.lens;
        let story = lens.whole_story(id);
        let article = &story.article;
        let view = teaser(lens, id);
        let category = lens.category_of(story);
        let crumbs = vec![self.home_crumb(), self.crumb(&category.name, &category.route)];
        let mut page = self.page("article", &view.title, &view.description, crumbs);
        page.section = Some(category.slug.as_str().to_owned());
        page.image = view.image.as_ref().map(|image| absolute(lens, &image.url));
        self.put(&page);
        let tags: Vec<Link> = lens.tags_of(story).map(|tag| self.crumb(&tag.name, &tag.route)).collect();
        let mut value = Value::from_serializable(&view).into_map().unwrap_or_default();
        let mut put = |key: &'static str, part: Value| value.insert(key.into(), part);
        put("words", article.prose.words.into());
        put("tags", Value::from_serializable(&tags));
        put("headings", Value::from_serializable(&headings(&article.prose)));
        put("extra", Value::from_serializable(&extra(article.extra.as_deref())));
        put("body", story_body(id, "", lens, self.texts)?.into());
        self.context.insert_value("article", value.into());
        let related: Vec<StoryId> = story.pinned.iter().chain(&story.related).copied().collect();
        self.context.insert("related", &teasers(lens, &related));
        let (newer, older) = lens.neighbours(id);
        let link = |story: Option<&Story>| story.map(|story| self.crumb(&story.article.title, &story.route));
        let neighbours = serde_json::json!({ "newer": link(newer), "older": link(older) });
        self.context.insert("neighbours", &neighbours);
        Ok("article.html")
    }

    /// Puts a page of a list of stories into the context and returns the page's number.
    fn list(&mut self, stories: &[StoryId], list: &Route, number: Option<usize>) -> usize {
        let pages = Pages::new(stories.len(), self.lens.config().pagination);
        let current = number.unwrap_or(pages.total());
        let articles = teasers(self.lens, &stories[pages.items(number)]);
        self.context.insert("articles", &articles);
        let pagination = Pagination::of(&pages, current, list, &self.lens.config().base);
        self.context.insert("pagination", &pagination);
        if number.is_some() { current } else { 1 }
    }

    fn category(&mut self, index: usize, number: Option<usize>) -> anyhow::Result<&'static str> {
        let lens = self.lens;
        let category = lens.category(index, self.route);
        let mut view = serde_json::to_value(super::site::group(lens, category))?;
        if let Some(record) = category.record.as_ref().filter(|_| number.is_none()) {
            view["body"] = serde_json::Value::String(body(&record.prose, self.route, lens, self.texts)?);
        }
        let description =
            category.record.as_ref().map(|record| record.description.as_str()).unwrap_or_default();
        let crumbs = vec![self.home_crumb()];
        let mut page = self.page("category", &numbered(&category.name, number), description, crumbs);
        page.section = Some(category.slug.as_str().to_owned());
        page.number = self.list(&category.stories, &category.route, number);
        self.put(&page);
        self.context.insert("category", &view);
        let most_read = match number {
            None => lens.most_read_in(index, lens.config().most_read_count),
            Some(_) => &[],
        };
        self.context.insert("most_read", &teasers(lens, most_read));
        Ok("category.html")
    }

    fn author(&mut self, index: usize, number: Option<usize>) -> anyhow::Result<&'static str> {
        let lens = self.lens;
        let author = lens.author(index, self.route);
        let mut view = super::site::person(lens, author);
        let mut description = String::new();
        if let Some(record) = &author.record {
            view["bio"] = serde_json::Value::String(body(&record.prose, self.route, lens, self.texts)?);
            description.clone_from(&record.summary);
        }
        let crumbs = vec![self.home_crumb(), self.crumb("Authors", &Route::page(&["authors"]))];
        let mut page = self.page("author", &numbered(&author.name, number), &description, crumbs);
        page.number = self.list(&author.stories, &author.route, number);
        page.image = view["photo"]["url"].as_str().map(|url| absolute(lens, url));
        self.put(&page);
        self.context.insert("author", &view);
        Ok("author.html")
    }

    fn authors(&mut self) -> &'static str {
        let crumbs = vec![self.home_crumb()];
        let page = self.page("authors", "Authors", "", crumbs);
        self.put(&page);
        let authors: Vec<_> =
            self.lens.authors().iter().map(|author| super::site::person(self.lens, author)).collect();
        self.context.insert("authors", &authors);
        "authors.html"
    }

    fn tag(&mut self, index: usize, number: Option<usize>) -> &'static str {
        let tag = self.lens.tag(index, self.route);
        let crumbs = vec![self.home_crumb(), self.crumb("Topics", &Route::page(&["tags"]))];
        let mut page = self.page("tag", &numbered(&tag.name, number), "", crumbs);
        page.number = self.list(&tag.stories, &tag.route, number);
        self.put(&page);
        let view =
            serde_json::json!({ "name": tag.name, "url": self.href(&tag.route), "count": tag.stories.len() });
        self.context.insert("tag", &view);
        "tag.html"
    }

    fn tags(&mut self) -> &'static str {
        let crumbs = vec![self.home_crumb()];
        let page = self.page("tags", "Topics", "", crumbs);
        self.put(&page);
        let view = |tag: &crate::archive::groups::Tag| serde_json::json!({ "name": tag.name, "url": self.href(&tag.route), "count": tag.stories.len() });
        let tags: Vec<_> = self.lens.tags().iter().map(view).collect();
        self.context.insert("tags", &tags);
        "tags.html"
    }

    fn calendar(&mut self) -> &'static str {
        let crumbs = vec![self.home_crumb()];
        let page = self.page("archive", "Archive", "", crumbs);
        self.put(&page);
        let calendar = self.lens.calendar();
        let years: Vec<_> = calendar
            .iter()
            .rev()
            .map(|(year, months)| {
                let count: usize = months.values().map(Vec::len).sum();
                let months: Vec<_> = months.iter().rev().map(|(month, ids)| self.month_view(*year, *month, ids.len())).collect();
                serde_json::json!({ "year": year, "url": self.href(&year_route(*year)), "count": count, "months": months })
            })
            .collect();
        self.context.insert("years", &years);
        "archive.html"
    }

    fn year(&mut self, year: i16) -> &'static str {
        let crumbs = vec![self.home_crumb(), self.crumb("Archive", &Route::page(&["archive"]))];
        let page = self.page("archive-year", &year.to_string(), "", crumbs);
        self.put(&page);
        let months = self.lens.year(year).cloned().unwrap_or_default();
        let count: usize = months.values().map(Vec::len).sum();
        let months: Vec<_> =
            months.iter().rev().map(|(month, ids)| self.month_view(year, *month, ids.len())).collect();
        self.context.insert("months", &months);
        self.context.insert("year", &year);
        self.context.insert("url", &self.href(self.route));
        self.context.insert("count", &count);
        "archive-year.html"
    }

    fn month(&mut self, year: i16, month: u8, number: Option<usize>) -> &'static str {
        let name = month_name(month);
        let crumbs = vec![
            self.home_crumb(),
            self.crumb("Archive", &Route::page(&["archive"])),
            self.crumb(&year.to_string(), &year_route(year)),
        ];
        let mut page = self.page("archive-month", &numbered(&format!("{name} {year}"), number), "", crumbs);
        let calendar = self.lens.months(self.route);
        let stories =
            calendar.get(&year).and_then(|months| months.get(&month)).map_or(&[][..], Vec::as_slice);
        page.number = self.list(stories, &month_route(year, month), number);
        self.put(&page);
        let all: Vec<(i16, u8)> =
            calendar.iter().flat_map(|(year, months)| months.keys().map(|month| (*year, *month))).collect();
        let at = all.iter().position(|place| *place == (year, month));
        let link = |place: Option<&(i16, u8)>| {
            place.map(|(year, month)| {
                self.crumb(&format!("{} {year}", month_name(*month)), &month_route(*year, *month))
            })
        };
        let newer = link(at.and_then(|at| all.get(at + 1)));
        let older = link(at.and_then(|at| at.checked_sub(1)).and_then(|at| all.get(at)));
        self.context.insert("newer", &newer);
        self.context.insert("older", &older);
        self.context.insert("year", &year);
        self.context.insert("month", &month);
        self.context.insert("name", name);
        "archive-month.html"
    }

    fn most_read(&mut self) -> &'static str {
        let crumbs = vec![self.home_crumb()];
        let page = self.page("most-read", "Most read", "", crumbs);
        self.put(&page);
        let ids = self.lens.most_read(self.lens.config().most_read_count);
        self.context.insert("articles", &teasers(self.lens, ids));
        "most-read.html"
    }

    fn fragment(&mut self) -> &'static str {
        let ids = self.lens.most_read(self.lens.config().most_read_count);
        self.context.insert("most_read", &teasers(self.lens, ids));
        "fragments/most-read.html"
    }

    fn standing(&mut self, index: usize) -> anyhow::Result<&'static str> {
        let lens = self.lens;
        let standing = lens.standing(index);
        let crumbs = vec![self.home_crumb()];
        let page = self.page("page", &standing.title, &standing.description, crumbs);
        self.put(&page);
        let view = serde_json::json!({
            "title": standing.title,
            "description": standing.description,
            "updated": standing.updated.map(|updated| date(lens, updated)),
            "body": body(&standing.prose, self.route, lens, self.texts)?,
            "headings": headings(&standing.prose),
            "extra": extra(standing.extra.as_deref()),
        });
        self.context.insert("standing", &view);
        Ok("page.html")
    }

    fn search(&mut self) -> &'static str {
        let page = self.page("search", "Search", "", vec![self.home_crumb()]);
        self.put(&page);
        "search.html"
    }

    fn not_found(&mut self) -> &'static str {
        let page = self.page("404", "Page not found", "", Vec::new());
        self.put(&page);
        "404.html"
    }

    fn month_view(&self, year: i16, month: u8, count: usize) -> serde_json::Value {
        serde_json::json!({
            "month": month, "name": month_name(month), "url": self.href(&month_route(year, month)), "count": count,
        })
    }
}

/// A link made absolute.
fn absolute(lens: &Lens, href: &str) -> String {
    if href.starts_with('/') { format!("{}{href}", lens.config().base.origin()) } else { href.to_owned() }
}

/// What a header holds for templates only.
fn extra(json: Option<&str>) -> serde_json::Value {
    json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

fn headings(prose: &Prose) -> serde_json::Value {
    let heading = |heading: &crate::content::markdown::Heading| serde_json::json!({ "level": heading.level, "id": heading.id, "text": heading.text });
    prose.headings.iter().map(heading).collect()
}

/// The title of a list page; older pages say their number, so that no two pages share a title.
fn numbered(title: &str, number: Option<usize>) -> String {
    number.map_or_else(|| title.to_owned(), |number| format!("{title}, page {number}"))
}

fn month_name(month: u8) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    NAMES.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or("")
}
