//! Fixed parts: parts of templates that show the same on many pages are rendered once for each state of what they read.
//!
//! A part is fixed when everything it reads is `site`, or one of a few things about a page that have few values
//! ([`KEYS`]). Whoever includes it calls [`PART`] instead. Nothing about a page's bytes or its trace may show that:
//! what the part noted is noted again for each page, and it counts against each page's limits.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::functions;
use super::limits::{self, Cost};
use super::tags::{Tag, Word, tags};
use crate::edition::facts::Trace;
use crate::fingerprint::Digest;
use crate::source::Source;

/// What templates call in the place of an include: `newsprint_part(at=3)`.
pub(super) const PART: &str = "newsprint_part";

/// What a fixed part may read of its page: each has few values among many pages.
const KEYS: [&str; 4] = ["front", "kind", "newest", "section"];

/// Functions that answer the same on every page.
const FUNCTIONS: [&str; 5] = ["article", "articles", "most_read", "range", "url"];

/// Words of expressions that name nothing.
const KEYWORDS: [&str; 11] = ["and", "else", "false", "if", "in", "is", "none", "None", "not", "or", "true"];

/// How many states of parts are kept: a bound on memory, not on what can be shown.
const MOST_STATES: usize = 4_096;

/// A part that can be rendered once for many pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The template.
    name: String,
    /// What it reads of its page.
    keys: BTreeSet<&'static str>,
}

/// The fixed parts among some templates, by name.
pub(super) fn find(sources: &BTreeMap<String, Source>) -> Vec<Part> {
    // Where a template gives the name another meaning, nothing is known of what its parts read.
    if sources.values().any(|source| tags(source.text()).iter().any(names_site)) {
        return Vec::new();
    }
    let named = sources.iter().filter(|(name, _)| is_html(name));
    named
        .filter_map(|(name, _)| {
            let keys = reads(name, sources, 0)?;
            Some(Part { name: name.clone(), keys })
        })
        .collect()
}

/// Whether what a template shows is escaped for HTML.
pub(super) fn is_html(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| extension == "html")
}

/// A template's text with calls of [`PART`] in the place of includes of fixed parts.
pub(super) fn with_calls(text: &str, parts: &[Part]) -> String {
    let mut rewritten = String::with_capacity(text.len());
    let mut from = 0;
    for tag in tags(text) {
        let number = |name: &str| parts.binary_search_by(|part| part.name.as_str().cmp(name)).ok();
        let Some(at) = included(&tag).and_then(number) else { continue };
        rewritten.push_str(&text[from..tag.range.start]);
        rewritten.push_str(if tag.trims_before { "{{- " } else { "{{ " });
        rewritten.extend([PART, "(at=", &at.to_string(), ")"]);
        rewritten.push_str(if tag.trims_after { " -}}" } else { " }}" });
        from = tag.range.end;
    }
    rewritten.push_str(&text[from..]);
    rewritten
}

/// Registers [`PART`], which renders the parts by `plain`, a set of templates without fixed parts.
pub(super) fn register(tera: &mut Tera, parts: Vec<Part>, plain: &Arc<Tera>) {
    let shelf = Shelf { parts, plain: Arc::clone(plain), states: RwLock::default() };
    tera.register_function(PART, move |arguments: Kwargs, state: &State<'_>| shelf.show(&arguments, state));
}

/// Parts as they were rendered.
struct Shelf {
    parts: Vec<Part>,
    plain: Arc<Tera>,
    states: RwLock<HashMap<u128, Arc<Shown>>>,
}

/// One part in one state.
struct Shown {
    html: Value,
    notes: Trace,
    cost: Cost,
}

impl Shelf {
    fn show(&self, arguments: &Kwargs, state: &State<'_>) -> TeraResult<Value> {
        let at: usize = arguments.must_get("at")?;
        let Some(part) = self.parts.get(at) else { return Err(tera::Error::message("no such part")) };
        let page = state.get::<Value>("page")?.unwrap_or_else(Value::undefined);
        let key = key(at, part, &page);
        let kept = self.states.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(shown) = kept {
            limits::spend(shown.cost)?;
            functions::note(&shown.notes);
            return Ok(shown.html.clone());
        }
        let mut context = Context::new();
        context.insert_value("page", page);
        if let Some(site) = state.get::<Value>("site")? {
            context.insert_value("site", site);
        }
        let before = limits::spent();
        let (html, notes) = functions::noting(|| self.plain.render(&part.name, &context));
        let shown =
            Arc::new(Shown { html: Value::safe_string(&html?), notes, cost: limits::spent() - before });
        let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
        if states.len() < MOST_STATES {
            states.insert(key, Arc::clone(&shown));
        }
        Ok(shown.html.clone())
    }
}

/// A number for a part and everything it reads of its page.
fn key(at: usize, part: &Part, page: &Value) -> u128 {
    let mut digest = Digest::new();
    digest.number(at as u64);
    for key in &part.keys {
        match page.get_from_path(key) {
            Some(value) => digest.number(1).text(&value.to_string()),
            None => digest.number(0),
        };
    }
    digest.finish_long()
}

/// What a template and all that it includes read of a page; `None` when it reads anything that differs from page to
/// page, or does anything that is not understood here.
fn reads(name: &str, sources: &BTreeMap<String, Source>, depth: usize) -> Option<BTreeSet<&'static str>> {
    // `limits.rs` has refused circles; this only bounds the work of long chains.
    const DEEPEST: usize = 8;
    let source = sources.get(name).filter(|_| depth < DEEPEST)?;
    let mut keys = BTreeSet::new();
    let mut bound: Vec<Vec<&str>> = Vec::new();
    for tag in tags(source.text()) {
        let words = tag.words.as_slice();
        if !tag.is_block {
            expression(words, &bound, &mut keys)?;
            continue;
        }
        let (first, rest) = words.split_first()?;
        match first.text {
            "include" => {
                let named = included(&tag)?;
                // A part inside a loop sees the loop's names, and would have to be looked at with them.
                let inner = reads(named, sources, depth + 1).filter(|_| bound.is_empty())?;
                keys.extend(inner);
            }
            "for" => {
                let from = rest.iter().position(|word| word.text == "in")?;
                expression(&rest[from + 1..], &bound, &mut keys)?;
                let names = rest[..from].iter().map(|word| word.text).filter(|text| *text != ",");
                bound.push(names.chain(["loop"]).collect());
            }
            "endfor" => drop(bound.pop()?),
            "if" | "elif" => expression(rest, &bound, &mut keys)?,
            "else" | "endif" => {}
            _ => return None,
        }
    }
    Some(keys)
}

/// Whether a tag gives the name `site` to something.
fn names_site(tag: &Tag<'_>) -> bool {
    let is_name = |word: &Word<'_>| word.text == "site";
    match tag.words.first().filter(|_| tag.is_block).map(|word| word.text) {
        Some("set" | "set_global") => tag.words.get(1).is_some_and(is_name),
        Some("for") => tag.words.iter().take_while(|word| word.text != "in").any(is_name),
        Some("component") => tag.words.iter().any(is_name),
        _ => false,
    }
}

/// The template that an include names.
pub(super) fn included<'t>(tag: &Tag<'t>) -> Option<&'t str> {
    let [first, quoted] = tag.words.as_slice() else { return None };
    let is_quoted = quoted.text.starts_with(['"', '\'', '`']) && quoted.text.len() >= 2;
    (tag.is_block && first.text == "include" && is_quoted).then(|| &quoted.text[1..quoted.text.len() - 1])
}

/// Notes what an expression reads of the page; `None` when it reads something else that differs from page to page.
fn expression(words: &[Word<'_>], bound: &[Vec<&str>], keys: &mut BTreeSet<&'static str>) -> Option<()> {
    let text = |at: usize| words.get(at).map_or("", |word| word.text);
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", text);
        let is_name = word.text.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let is_test = before == "is" || (before == "not" && at >= 2 && text(at - 2) == "is");
        let is_argument = text(at + 1) == "=" && text(at + 2) != "=";
        if !is_name || matches!(before, "." | "|") || is_test || is_argument || KEYWORDS.contains(&word.text)
        {
            continue;
        }
        if text(at + 1) == "(" {
            if !FUNCTIONS.contains(&word.text) {
                return None;
            }
        } else if word.text == "page" {
            let dot = if text(at + 1) == "?" { at + 2 } else { at + 1 };
            let read = if text(dot) == "." { text(dot + 1) } else { "" };
            keys.insert(KEYS.into_iter().find(|key| *key == read)?);
        } else if word.text != "site" && !bound.iter().flatten().any(|name| *name == word.text) {
            return None;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::find;
    use crate::source::{Source, SourcePath};

    /// The parts of one template `a.html` (beside `b.html`, which reads `story`, and `c.html`, which reads `site`) that are
    /// fixed, with what they read.
    fn check(text: &str, expect: Option<&str>) {
        let texts = [("a.html", text), ("b.html", "{{ story.title }}"), ("c.html", "{{ site.title }}")];
        let sources: BTreeMap<String, Source> = texts
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Source::new(SourcePath::new(name), text)))
            .collect();
        let parts = find(&sources);
        let found = parts.iter().find(|part| part.name == "a.html");
        let keys = found.map(|part| part.keys.iter().copied().collect::<Vec<_>>().join(" "));
        assert_eq!(keys.as_deref(), expect, "{text}");
    }

    #[test]
    fn parts_that_read_little_are_fixed() {
        check("text", Some(""));
        check("{{ site.title }} {{ url(path=\"/x.css\") }}", Some(""));
        check("{% for a in site.b %}{{ a.c }}{{ loop.first }}{% endfor %}", Some(""));
        check(
            "{% if page.kind == \"home\" %}{% elif page.section is defined %}{% endif %}",
            Some("kind section"),
        );
        check("{{ page.newest.iso }}", Some("newest"));
        check("{% include \"c.html\" %}{{ page?.front }}", Some("front"));
        check("{% for a in articles(limit=3) %}{{ a.title | upper }}{% endfor %}", Some(""));
    }

    #[test]
    fn parts_that_read_more_are_not() {
        for text in [
            "{{ page.title }}",
            "{{ page }}",
            "{{ page[\"kind\"] }}",
            "{{ story.title }}",
            "{{ site[story] }}",
            "{% include \"b.html\" %}",
            "{% include \"absent.html\" %}",
            "{% for a in site.b %}{% include \"c.html\" %}{% endfor %}",
            "{% for a in site.b %}{% endfor %}{{ a }}",
            "{% set x = site.title %}{{ x }}",
            "{{ now() }}",
            "{% block x %}{% endblock %}",
            "{{ <button label=\"x\" /> }}",
            "{{ __tera_context }}",
            "{{ articles(limit=count) }}",
        ] {
            check(text, None);
        }
    }
}
