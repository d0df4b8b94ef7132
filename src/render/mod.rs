//! Rendering: from a page of the edition to its bytes.
//!
//! Templates get views, views are built from a [`Lens`], and nothing here writes a file.

mod calendar;
mod chains;
mod editorial;
mod fixed;
pub mod functions;
mod inline;
mod json;
mod limits;
pub mod machine;
mod page_view;
pub mod pager;
pub mod redirects;
pub mod search;
pub mod shared;
pub mod site;
mod structured_data;
mod tags;
pub mod teaser;
mod teasers;
pub mod theme;
pub mod view;
mod wording;

use std::rc::Rc;
use std::sync::Arc;

use tera::Context;

use crate::archive::stories::StoryId;
use crate::content::front_matter;
use crate::content::markdown::{Galley, Reference, Resolution, to_html};
use crate::content::prose::{self, Prose};
use crate::diagnostic::Diagnostic;
use crate::edition::facts::Trace;
use crate::edition::lens::Lens;
use crate::edition::newspaper::Newspaper;
use crate::edition::page::Page;
use crate::edition::sources;
use crate::edition::target::Target;
use crate::route::Route;
use crate::source::Source;

use machine::bodies::Bodies;
use shared::Shared;
use structured_data::Publisher;
use theme::Theme;

/// Where the renderer gets the text of a content file from.
pub trait Texts: Sync {
    /// The text of a file, as it was when the newspaper was read.
    ///
    /// # Errors
    ///
    /// The world's failure, or that the file has changed since.
    fn text(&self, prose: &Prose) -> anyhow::Result<Source>;

    /// The body as it was set when the newspaper was read, if it is still at hand.
    fn galley(&self, _: &Prose) -> Option<Galley> {
        None
    }
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

/// What the pages of one newspaper have in common, made once.
pub struct Common {
    shared: Arc<Shared>,
    /// The publisher in structured data.
    publisher: Publisher,
}

impl Common {
    /// Makes it.
    #[must_use]
    pub fn of(paper: &Arc<Newspaper>) -> Self {
        let lens = Lens::new(paper);
        let publisher = Publisher::new(&lens, site::publisher_logo(&lens).as_ref());
        Self { shared: Arc::new(Shared::of(&lens, paper.archive.stories().len())), publisher }
    }
}

/// Renders the pages of one newspaper.
pub struct Renderer<'a> {
    paper: &'a Arc<Newspaper>,
    theme: &'a Theme,
    texts: &'a dyn Texts,
    common: Arc<Common>,
    /// The texts of stories as feeds carry them.
    bodies: Bodies,
}

impl<'a> Renderer<'a> {
    /// A renderer that takes its texts from `texts`.
    #[must_use]
    pub fn new(paper: &'a Arc<Newspaper>, theme: &'a Theme, texts: &'a dyn Texts) -> Self {
        Self::with(paper, theme, texts, Arc::new(Common::of(paper)))
    }

    /// A renderer for whoever has what the pages of `paper` have in common.
    #[must_use]
    pub fn with(
        paper: &'a Arc<Newspaper>,
        theme: &'a Theme,
        texts: &'a dyn Texts,
        common: Arc<Common>,
    ) -> Self {
        Self { paper, theme, texts, common, bodies: Bodies::default() }
    }

    /// Renders one page.
    ///
    /// # Errors
    ///
    /// [`Failure`] tells whose mistake it is.
    pub fn render(&self, route: &Route, page: &Page) -> Result<Rendered, Failure> {
        let lens = &Rc::new(Lens::new(self.paper));
        let bytes = match page {
            Page::Redirects(form) => {
                redirects::list(*form, lens.redirects(), &lens.config().base).into_bytes()
            }
            Page::Sources(list) => sources::encode(lens.sources(*list)).into_bytes(),
            Page::SearchMap => search::map(lens),
            Page::SearchAuthors => search::authors(lens),
            Page::SearchTeasers(segment, part) => search::teasers(lens, *segment, *part),
            Page::File(_) | Page::SearchShard(..) => unreachable!("files are copied, not rendered"),
            Page::Robots | Page::Sitemap(_) | Page::Feed(..) | Page::Redirect { .. } => {
                machine::output(route, page, lens, self.texts, &self.bodies)?
            }
            _ => {
                let making = (lens.as_ref(), self.common.shared.as_ref(), &self.common.publisher);
                let (template, mut context) = view::context(route, page, making, self.texts)?;
                lens.site();
                context.insert_value("site", self.common.shared.site.clone());
                self.html(template, &context, route, lens)?
            }
        };
        Ok(Rendered { bytes, trace: lens.trace() })
    }

    fn html(
        &self,
        template: &str,
        context: &Context,
        route: &Route,
        lens: &Rc<Lens>,
    ) -> Result<Vec<u8>, Failure> {
        lens.template(template);
        let render = || self.theme.render(template, context, route);
        functions::with_lens(lens, &self.common.shared, render)
            .map_err(|finding| Failure::Template(Box::new(finding)))
    }
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
    let dialect = prose::dialect(lens.config());
    let mut resolve = |_: usize, reference: &Reference| resolution(reference, prose, route, lens);
    if let Some(galley) = id_prefix.is_empty().then(|| texts.galley(prose)).flatten() {
        return Ok(galley.html(&dialect, &mut resolve));
    }
    let source = texts.text(prose)?;
    let Ok(parts) = front_matter::split(&source) else {
        anyhow::bail!("`{}` changed while the site was built", prose.path)
    };
    Ok(to_html(&source, parts.body, &dialect, id_prefix, &mut resolve))
}

/// What a reference in a text becomes.
fn resolution(reference: &Reference, prose: &Prose, route: &Route, lens: &Lens) -> Resolution {
    let base = &lens.config().base;
    match lens.target(reference, &prose.path, route) {
        Target::Page { route, rest, title } => {
            Resolution::Link { href: [&base.href(&route), rest.as_str()].concat(), title }
        }
        Target::Picture { route, pixels, variants } => Resolution::Image {
            src: base.href(&route),
            srcset: teaser::srcset(base, &route, pixels, &variants),
            width: pixels.map(|pixels| pixels.width),
            height: pixels.map(|pixels| pixels.height),
        },
        Target::Dead(_) => Resolution::Text,
    }
}
