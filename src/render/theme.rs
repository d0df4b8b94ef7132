//! The theme: the built-in templates, the newspaper's own laid over them file by file, and errors with their places.

use std::collections::BTreeMap;
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use tera::{Context, ErrorKind, ReportError, Tera};

use super::chains::Chains;
use super::fixed;
use super::functions;
use super::inline;
use super::limits::{self, Counted};
use super::wording;
use crate::config::words::Words;
use crate::diagnostic::Diagnostic;
use crate::route::Route;
use crate::source::{Position, Source, SourcePath, Span};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
static STATICS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/static");

/// The built-in template `x.html` stays reachable as `theme/x.html` when a newspaper has its own.
const BUILT_IN: &str = "theme/";

/// The code of findings about pages that went over a limit.
pub const LIMIT: &str = "template-limit";

const CONTRACT: &str = "templates are Tera 2; `docs/templates.md` lists variables, functions and filters";
const NAMES: &str =
    "a template is named by its path in `templates/`; the built-in one of the same name is `theme/NAME`";

/// All templates, ready to render.
pub struct Theme {
    /// The templates as they count.
    plain: Arc<Tera>,
    /// The same as they are quickest, once somebody has asked for them.
    quick: Option<Tera>,
    words: Arc<Words>,
    texts: Texts,
    chains: Chains,
}

/// What was written, what Tera got, and the places that count.
struct Texts {
    sources: BTreeMap<String, Source>,
    counted: BTreeMap<String, Counted>,
    places: Vec<(String, Span)>,
}

/// One built-in file: its path and its content.
pub type BuiltIn = (String, &'static [u8]);

/// The built-in templates, by name.
#[must_use]
pub fn built_in_templates() -> Vec<BuiltIn> {
    files(&TEMPLATES)
}

/// The built-in files of `static/`, by path.
#[must_use]
pub fn built_in_statics() -> Vec<BuiltIn> {
    files(&STATICS)
}

impl Theme {
    /// Parses the built-in templates and the newspaper's own, which speak in `words`.
    ///
    /// # Errors
    ///
    /// Findings with the place in the template.
    pub fn new(own: Vec<Source>, words: &Arc<Words>) -> Result<Self, Vec<Diagnostic>> {
        let mut sources: BTreeMap<String, Source> = BTreeMap::new();
        for (name, content) in built_in_templates().into_iter().filter(|(name, _)| fixed::is_html(name)) {
            let text = String::from_utf8_lossy(content);
            let path = SourcePath::new(&format!("theme:templates/{name}"));
            sources.insert(format!("{BUILT_IN}{name}"), Source::new(path.clone(), &text));
            sources.insert(name, Source::new(path, &text));
        }
        for source in own {
            let name = source.path().below("templates").unwrap_or(source.path().as_str()).to_owned();
            sources.insert(name, source);
        }
        if let Some(chain) = limits::endless(&sources) {
            let finding = Diagnostic::error("template", chain.message);
            let finding = finding.at(&sources[&chain.template], chain.span, "");
            return Err(vec![finding.help(chain.help)]);
        }
        let mut places = Vec::new();
        let counted: BTreeMap<String, Counted> = sources
            .iter()
            .map(|(name, source)| (name.clone(), limits::counted(name, source, &mut places)))
            .collect();
        let texts = Texts { sources, counted, places };
        let mut tera = new_tera(words);
        let counting = texts.counted.iter().map(|(name, counted)| (name.as_str(), counted.text.as_str()));
        match tera.add_raw_templates(counting) {
            Ok(()) => {
                let (plain, words) = (Arc::new(tera), Arc::clone(words));
                Ok(Self { plain, quick: None, words, chains: Chains::of(&texts.sources), texts })
            }
            Err(error) => {
                // What Tera says should be about the text as it was written.
                let written = texts.sources.iter().map(|(name, source)| (name.as_str(), source.text()));
                let plain = new_tera(words).add_raw_templates(written).err();
                Err(match plain {
                    Some(error) => Texts { counted: BTreeMap::new(), ..texts }.load_findings(&error),
                    None => texts.load_findings(&error),
                })
            }
        }
    }

    /// Makes the templates quick: worth while for more than a few dozen pages.
    #[must_use]
    pub fn quick(self) -> Self {
        Self { quick: self.texts.quick(&self.plain, &self.words), ..self }
    }

    /// A number that changes when the template or one that it draws on does; `None` when there is no such template.
    #[must_use]
    pub fn chain(&self, template: &str) -> Option<u64> {
        self.chains.get(template)
    }

    /// Renders a template for the page at `route`.
    ///
    /// # Errors
    ///
    /// A finding with the place in the template and the page.
    pub fn render(&self, template: &str, context: &Context, route: &Route) -> Result<Vec<u8>, Diagnostic> {
        if let Some(quick) = &self.quick {
            limits::begin();
            let mut paper = limits::Paper::default();
            match quick.render_to(template, context, &mut paper) {
                Ok(()) => return Ok(paper.0),
                // Places are numbered alike. Anything else that goes wrong is said by the plain templates, whose texts are
                // those that were written.
                Err(error) => self.texts.stopped(template, &error, route).map_or(Ok(()), Err)?,
            }
        }
        limits::begin();
        let mut paper = limits::Paper::default();
        match self.plain.render_to(template, context, &mut paper) {
            Ok(()) => Ok(paper.0),
            Err(error) => Err(self
                .texts
                .stopped(template, &error, route)
                .unwrap_or_else(|| self.texts.finding(&error, Some(route)))),
        }
    }
}

fn new_tera(words: &Arc<Words>) -> Tera {
    let mut tera = Tera::default();
    functions::register(&mut tera, words);
    limits::register(&mut tera);
    tera
}

fn files(dir: &'static Dir<'static>) -> Vec<BuiltIn> {
    let mut found: Vec<BuiltIn> = Vec::new();
    let mut open = vec![dir];
    while let Some(dir) = open.pop() {
        found.extend(
            dir.files().map(|file| (file.path().to_string_lossy().replace('\\', "/"), file.contents())),
        );
        open.extend(dir.dirs());
    }
    found.sort();
    found
}

impl Texts {
    /// The templates as they are quickest, when Tera takes them: with fixed parts and with parts put in their places.
    fn quick(&self, plain: &Arc<Tera>, words: &Arc<Words>) -> Option<Tera> {
        let parts = fixed::find(&self.sources);
        let texts: BTreeMap<&str, String> = self
            .counted
            .iter()
            .map(|(name, counted)| {
                let spoken = wording::with_words(&counted.text, words);
                (name.as_str(), fixed::with_calls(&spoken, &parts))
            })
            .collect();
        let texts = inline::inlined(&texts, limits::is_step);
        let mut tera = new_tera(words);
        fixed::register(&mut tera, parts, plain);
        tera.add_raw_templates(texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))).ok()?;
        Some(tera)
    }

    /// What keeps the templates from being used. Names that lead nowhere come from Tera all at once, as one text.
    fn load_findings(&self, error: &tera::Error) -> Vec<Diagnostic> {
        if let ErrorKind::MissingParent { current, parent } = error.kind()
            && let Some(source) = self.sources.get(current)
            && let Some((_, span)) = limits::named(source, "extends").first()
        {
            let message = format!("`{current}` extends `{parent}`, which is not there");
            return vec![Diagnostic::error("template", message).at(source, *span, "").help(NAMES)];
        }
        let text = error.to_string();
        let reports = text.lines().zip(text.lines().skip(1)).filter_map(|(said, place)| {
            let message = lower_first(said.strip_prefix("error: ")?);
            let mut parts = place.trim_start().strip_prefix("--> ")?.rsplitn(3, ':');
            let column = parts.next()?.parse().ok()?;
            let line = parts.next()?.parse().ok()?;
            let source = self.sources.get(parts.next()?)?;
            let at = source.offset(Position { line, column });
            let name = message.split('`').nth(1).map_or(1, str::len);
            let finding = Diagnostic::error("template", message).at(source, Span::new(at, at + name), "");
            Some(finding.help(CONTRACT))
        });
        let reports: Vec<Diagnostic> = reports.collect();
        if reports.is_empty() { vec![self.finding(error, None)] } else { reports }
    }

    fn finding(&self, error: &tera::Error, route: Option<&Route>) -> Diagnostic {
        let page = route.map_or(String::new(), |route| format!(" (rendering `{route}`)"));
        match error.kind() {
            ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
                let cause =
                    std::error::Error::source(error).map_or(String::new(), |cause| format!(": {cause}"));
                self.placed(report, &format!("{}{cause}{page}", first_line(report.message())))
            }
            other => {
                let text = other.to_string();
                chain_finding(
                    &self.sources,
                    &quoted_template(&text, &self.sources),
                    &format!("{}{page}", first_line(&text)),
                )
            }
        }
    }

    /// The finding about a page that went over a limit, or over Tera's own depth of components, at the place last counted.
    fn stopped(&self, template: &str, error: &tera::Error, route: &Route) -> Option<Diagnostic> {
        let (limit, place) = limits::over();
        let (message, help) = match limit {
            Some(limit) => (limit.message(), limit.help()),
            None if error.to_string().contains("recursion depth") => (
                "components call each other more than 20 deep".to_owned(),
                "a component that calls itself needs an `{% if %}` that ends it",
            ),
            None => return None,
        };
        let finding = Diagnostic::error(LIMIT, format!("{message} (rendering `{route}`)"));
        let (name, span) = self.places.get(place).cloned().unwrap_or((template.to_owned(), Span::new(0, 0)));
        let finding = match self.sources.get(&name) {
            Some(source) => finding.at(source, span, ""),
            None => finding.on(&SourcePath::new("templates")),
        };
        Some(finding.help(help))
    }

    fn placed(&self, report: &ReportError, message: &str) -> Diagnostic {
        let finding = Diagnostic::error("template", lower_first(message));
        let Some(source) = self.sources.get(report.filename()) else {
            return finding.on(&SourcePath::new(&format!("templates/{}", report.filename())));
        };
        let place =
            |offset| self.counted.get(report.filename()).map_or(offset, |counted| counted.original(offset));
        let (start, end) = (place(report.span().range.start), place(report.span().range.end));
        let help = if message.contains("undefined") || message.contains("not found") {
            "`docs/templates.md` lists what each template is given; guard what may be absent with `{% if x %}`"
        } else {
            CONTRACT
        };
        finding.at(source, Span::new(start, end.max(start)), "").help(help)
    }
}

fn chain_finding(sources: &BTreeMap<String, Source>, template: &str, message: &str) -> Diagnostic {
    let finding = Diagnostic::error("template", lower_first(message));
    let finding = match sources.get(template) {
        Some(source) => {
            let line = source.text().lines().next().map_or(0, str::len);
            finding.at(source, Span::new(0, line), "")
        }
        None => finding.on(&SourcePath::new("templates")),
    };
    finding.help(NAMES)
}

/// The template a plain-text error of Tera speaks of: the first one it quotes that exists.
fn quoted_template(text: &str, sources: &BTreeMap<String, Source>) -> String {
    text.split(['\'', '`', '"']).find(|part| sources.contains_key(*part)).unwrap_or("").to_owned()
}

fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or(text)
}

fn lower_first(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}
