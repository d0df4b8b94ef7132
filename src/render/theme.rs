//! The theme: the built-in templates, the newspaper's own laid over them file by file, and errors with their places.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use tera::{Context, ErrorKind, ReportError, Tera};

use super::functions;
use crate::diagnostic::Diagnostic;
use crate::route::Route;
use crate::source::{Position, Source, SourcePath, Span};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
static STATICS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/static");

/// The built-in template `x.html` stays reachable as `theme/x.html` when a newspaper has its own.
const BUILT_IN: &str = "theme/";

/// All templates, ready to render.
pub struct Theme {
    tera: Tera,
    sources: BTreeMap<String, Source>,
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
    /// Parses the built-in templates and the newspaper's own.
    ///
    /// # Errors
    ///
    /// Findings with the place in the template.
    pub fn new(own: Vec<Source>) -> Result<Self, Vec<Diagnostic>> {
        let mut sources: BTreeMap<String, Source> = BTreeMap::new();
        for (name, content) in built_in_templates() {
            let text = String::from_utf8_lossy(content);
            let path = SourcePath::new(&format!("theme:templates/{name}"));
            sources.insert(format!("{BUILT_IN}{name}"), Source::new(path.clone(), &text));
            sources.insert(name, Source::new(path, &text));
        }
        for source in own {
            let name = source.path().below("templates").unwrap_or(source.path().as_str()).to_owned();
            sources.insert(name, source);
        }
        let mut tera = Tera::default();
        functions::register(&mut tera);
        match tera
            .add_raw_templates(sources.iter().map(|(name, source)| (name.clone(), source.text().to_owned())))
        {
            Ok(()) => Ok(Self { tera, sources }),
            Err(error) => Err(vec![finding(&sources, &error, None)]),
        }
    }

    /// Renders a template for the page at `route`.
    ///
    /// # Errors
    ///
    /// A finding with the place in the template and the page.
    pub fn render(&self, template: &str, context: &Context, route: &Route) -> Result<Vec<u8>, Diagnostic> {
        match self.tera.render(template, context) {
            Ok(text) => Ok(text.into_bytes()),
            Err(error) => Err(finding(&self.sources, &error, Some(route))),
        }
    }
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

fn finding(sources: &BTreeMap<String, Source>, error: &tera::Error, route: Option<&Route>) -> Diagnostic {
    let page = route.map_or(String::new(), |route| format!(" (rendering `{route}`)"));
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let cause = std::error::Error::source(error).map_or(String::new(), |cause| format!(": {cause}"));
            placed(sources, report, &format!("{}{cause}{page}", first_line(report.message())))
        }
        ErrorKind::CircularExtend { tpl, inheritance_chain: chain } => chain_finding(
            sources,
            tpl,
            &format!("templates extend each other in a circle: {}", chain.join(" → ")),
        ),
        ErrorKind::CircularInclude { tpl, include_chain: chain } => chain_finding(
            sources,
            tpl,
            &format!("templates include each other in a circle: {}", chain.join(" → ")),
        ),
        ErrorKind::MissingParent { current, parent } => {
            chain_finding(sources, current, &format!("`{current}` extends `{parent}`, which is not there"))
        }
        other => {
            let text = other.to_string();
            chain_finding(sources, &quoted_template(&text, sources), &format!("{}{page}", first_line(&text)))
        }
    }
}

fn placed(sources: &BTreeMap<String, Source>, report: &ReportError, message: &str) -> Diagnostic {
    let finding = Diagnostic::error("template", lower_first(message));
    let Some(source) = sources.get(report.filename()) else {
        return finding.on(&SourcePath::new(&format!("templates/{}", report.filename())));
    };
    let span = report.span();
    let start = source.offset(Position { line: span.start_line, column: span.start_col + 1 });
    let end = source.offset(Position { line: span.end_line, column: span.end_col + 1 });
    let help = if message.contains("undefined") || message.contains("not found") {
        "`docs/templates.md` lists what each template is given; guard what may be absent with `{% if x %}`"
    } else {
        "templates are Tera 2; `docs/templates.md` lists variables, functions and filters"
    };
    finding.at(source, Span::new(start, end.max(start)), "").help(help)
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
    finding.help(
        "a template is named by its path in `templates/`; the built-in one of the same name is `theme/NAME`",
    )
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
