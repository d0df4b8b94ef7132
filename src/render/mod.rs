//! Rendering: from a page of the edition to its bytes.
//!
//! Templates get views, views are built from a [`Lens`], and nothing here writes a file.

mod chains;
pub mod functions;
mod limits;
pub mod machine;
pub mod pager;
pub mod search;
pub mod site;
mod tags;
pub mod teaser;
pub mod theme;
pub mod view;

use std::rc::Rc;
use std::sync::Arc;

use tera::{Context, Value};

use crate::archive::stories::StoryId;
use crate::content::front_matter;
use crate::content::markdown::{Resolution, to_html};
use crate::content::prose::{self, Prose};
use crate::diagnostic::Diagnostic;
use crate::edition::facts::Trace;
use crate::edition::lens::Lens;
use crate::edition::newspaper::Newspaper;
use crate::edition::page::Page;
use crate::edition::target::Target;
use crate::route::Route;
use crate::source::Source;

use theme::Theme;

/// Where the renderer gets the text of a content file from.
pub trait Texts: Sync {
    /// The text of a file, as it was when the newspaper was read.
    ///
    /// # Errors
    ///
    /// The world's failure, or that the file has changed since.
    fn text(&self, prose: &Prose) -> anyhow::Result<Source>;
}

/// The bytes of a page and what it was made of.
pub struct Rendered {
    /// What to write.
    pub bytes: Vec<u8>,
    /// The facts the page showed.
    pub trace: Trace,
}

/// Why a page has no bytes.
pub enum Failure {
    /// A template is wrong: the author's mistake.
    Template(Box<Diagnostic>),
    /// A file could not be read: the world's.
    World(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::World(error)
    }
}

/// Renders the pages of one newspaper.
pub struct Renderer<'a> {
    paper: &'a Arc<Newspaper>,
    theme: &'a Theme,
    texts: &'a dyn Texts,
    /// `site` in every template, made once.
    site: Value,
}

impl<'a> Renderer<'a> {
    /// A renderer that takes its texts from `texts`.
    #[must_use]
    pub fn new(paper: &'a Arc<Newspaper>, theme: &'a Theme, texts: &'a dyn Texts) -> Self {
        let site = Value::from_serializable(&site::site(&Lens::new(paper)));
        Self { paper, theme, texts, site }
    }

    /// Renders one page.
    ///
    /// # Errors
    ///
    /// [`Failure`] tells whose mistake it is.
    pub fn render(&self, route: &Route, page: &Page) -> Result<Rendered, Failure> {
        let lens = &Rc::new(Lens::new(self.paper));
        let bytes = match page {
            Page::Robots => machine::robots(lens.config()).into_bytes(),
            Page::Sitemap(part) => machine::sitemap(lens, *part)?,
            Page::SitemapIndex => machine::sitemap_index(lens)?,
            Page::Feed => machine::feed(lens, self.texts)?,
            Page::Redirect { to } => machine::redirect(lens.config(), to).into_bytes(),
            Page::SearchMap => search::map(lens),
            Page::SearchAuthors => search::authors(lens),
            Page::SearchTeasers(segment, part) => search::teasers(lens, *segment, *part),
            Page::File(_) | Page::SearchShard(..) => unreachable!("files are copied, not rendered"),
            _ => {
                let (template, mut context) = view::context(route, page, lens, self.texts)?;
                lens.site();
                context.insert_value("site", self.site.clone());
                html(self.theme, template, &context, route, lens)?
            }
        };
        Ok(Rendered { bytes, trace: lens.trace() })
    }
}

fn html(
    theme: &Theme,
    template: &str,
    context: &Context,
    route: &Route,
    lens: &Rc<Lens>,
) -> Result<Vec<u8>, Failure> {
    lens.template(template);
    let result = functions::with_lens(lens, || theme.render(template, context, route));
    result.map_err(|finding| Failure::Template(Box::new(finding)))
}

/// The HTML of a story's text. `id_prefix` keeps footnote ids apart on shared pages.
///
/// # Errors
///
/// When the file cannot be read, or has changed since the newspaper was read.
pub fn story_body(id: StoryId, id_prefix: &str, lens: &Lens, texts: &dyn Texts) -> anyhow::Result<String> {
    lens.story_text(id);
    let story = lens.story(id);
    html_of(&story.article.prose, &story.route, id_prefix, lens, texts)
}

/// The HTML of the text of a record or standing page.
///
/// # Errors
///
/// When the file cannot be read, or has changed since the newspaper was read.
pub fn body(prose: &Prose, route: &Route, lens: &Lens, texts: &dyn Texts) -> anyhow::Result<String> {
    lens.record_text(&prose.path);
    html_of(prose, route, "", lens, texts)
}

fn html_of(
    prose: &Prose,
    route: &Route,
    id_prefix: &str,
    lens: &Lens,
    texts: &dyn Texts,
) -> anyhow::Result<String> {
    let source = texts.text(prose)?;
    let Ok(parts) = front_matter::split(&source) else {
        anyhow::bail!("`{}` changed while the site was built", prose.path)
    };
    let dialect = prose::dialect(lens.config());
    let base = &lens.config().base;
    Ok(to_html(&source, parts.body, &dialect, id_prefix, &mut |_, reference| match lens.target(
        reference,
        &prose.path,
        route,
    ) {
        Target::Page { route, rest, title } => {
            Resolution::Link { href: format!("{}{rest}", base.href(&route)), title }
        }
        Target::Picture { route, pixels } => Resolution::Image {
            src: base.href(&route),
            width: pixels.map(|pixels| pixels.width),
            height: pixels.map(|pixels| pixels.height),
        },
        Target::Dead(_) => Resolution::Text,
    }))
}
