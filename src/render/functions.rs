//! The functions and filters templates may call. Each function asks the page's lens, which notes what was asked.
//!
//! Tera's functions outlive a render and lenses do not, so the lens of the page being rendered is kept per thread.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::shared::Shared;
use super::teaser;
use crate::archive::links::Verdict;
use crate::edition::facts::{Query, Trace};
use crate::edition::lens::Lens;
use crate::plain::has_byte;
use crate::route::Slug;

/// How many articles a template gets when it names no limit.
const DEFAULT_LIMIT: usize = 10;

/// Everything but RFC 3986's unreserved characters.
const UNRESERVED: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What functions ask.
#[derive(Clone)]
struct Sight {
    lens: Rc<Lens>,
    shared: Arc<Shared>,
}

thread_local! {
    static SIGHT: RefCell<Option<Sight>> = const { RefCell::new(None) };
}

/// Runs `render` with a lens for the functions it calls.
pub fn with_lens<T>(lens: &Rc<Lens>, shared: &Arc<Shared>, render: impl FnOnce() -> T) -> T {
    let sight = Sight { lens: Rc::clone(lens), shared: Arc::clone(shared) };
    SIGHT.with(|current| current.replace(Some(sight)));
    let result = render();
    SIGHT.with(|current| current.replace(None));
    result
}

/// Runs `render` and tells what was noted on the way; the notes stay with the page, too.
pub(super) fn noting<T>(render: impl FnOnce() -> T) -> (T, Trace) {
    let lens = SIGHT.with(|current| current.borrow().as_ref().map(|sight| Rc::clone(&sight.lens)));
    let mark = lens.as_ref().map(|lens| lens.mark());
    let result = render();
    let notes = lens.zip(mark).map(|(lens, mark)| lens.noted_since(mark));
    (result, notes.unwrap_or_default())
}

/// Notes for the page being rendered what was noted for another one.
pub(super) fn note(notes: &Trace) {
    SIGHT.with(|current| current.borrow().iter().for_each(|sight| sight.lens.note_all(notes)));
}

/// Registers every function and filter.
pub fn register(tera: &mut Tera) {
    tera.register_function("url", url);
    tera.register_function("article", article);
    tera.register_function("articles", articles);
    tera.register_function("most_read", most_read);
    tera.register_filter("number", number);
    tera.register_filter("json_script", json_script);
    tera.register_filter("xml", xml);
    tera.register_filter("url_encode", url_encode);
}

fn sight() -> TeraResult<Sight> {
    SIGHT
        .with(|current| current.borrow().clone())
        .ok_or_else(|| tera::Error::message("no page is being rendered"))
}

/// `url(path="/style.css")`: the link to a route or an asset, with the hash in an asset's name.
#[expect(clippy::needless_pass_by_value, reason = "Tera hands arguments over by value")]
fn url(arguments: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let path: String = arguments.must_get("path")?;
    let Sight { lens, .. } = sight()?;
    match lens.published(&path) {
        Some(route) => Ok(lens.config().base.href(&route)),
        None => Err(tera::Error::message(format!("nothing is published at `{path}`"))),
    }
}

/// `article(title="…")` or `article(path="content/…")`: one article, as lists show it.
#[expect(clippy::needless_pass_by_value, reason = "Tera hands arguments over by value")]
fn article(arguments: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    let Sight { lens, shared } = sight()?;
    let named: Option<String> = arguments.get("title")?;
    let name = match named {
        Some(title) => title,
        None => arguments.must_get("path")?,
    };
    match lens.look_up(&name) {
        Verdict::Story(id) => Ok(teaser::teaser(&lens, &shared, id).into()),
        _ => Err(tera::Error::message(format!("no published article is called `{name}`"))),
    }
}

/// `articles(category=…, author=…, tag=…, limit=…)`: the newest articles, by name or slug.
#[expect(clippy::needless_pass_by_value, reason = "Tera hands arguments over by value")]
fn articles(arguments: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    let Sight { lens, shared } = sight()?;
    let limit = arguments.get::<usize>("limit")?.unwrap_or(DEFAULT_LIMIT);
    let mut query = Query { category: None, author: None, tag: None, limit };
    let wanted = [("category", &mut query.category), ("author", &mut query.author), ("tag", &mut query.tag)];
    for (key, place) in wanted {
        let Some(name) = arguments.get::<String>(key)? else { continue };
        match Slug::of(&name, lens.config().slugs) {
            Some(slug) => *place = Some(slug),
            None => return Ok(Vec::<Value>::new().into()),
        }
    }
    Ok(teaser::teasers(&lens, &shared, &lens.stories_of(query)))
}

/// `most_read(limit=…)`: the most read articles.
#[expect(clippy::needless_pass_by_value, reason = "Tera hands arguments over by value")]
fn most_read(arguments: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    let Sight { lens, shared } = sight()?;
    let limit = arguments.get::<usize>("limit")?.unwrap_or(lens.config().most_read_count);
    Ok(teaser::teasers(&lens, &shared, lens.most_read(limit)))
}

/// `1234567 | number` is `1,234,567`.
fn number(value: u64, _: Kwargs, _: &State<'_>) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A value as JSON that may stand inside `<script>`: `<`, `>`, `&` and line separators are escaped (HTML, 4.12.1.3). A text
/// that is marked as safe is finished JSON, as `structured_data` is.
fn json_script(value: &Value, _: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    let finished = value.is_safe() && value.as_str().is_some();
    let json = match value.as_str().filter(|_| finished) {
        Some(json) => Cow::Borrowed(json),
        None => serde_json::to_string(value).map_err(|error| tera::Error::message(error.to_string()))?.into(),
    };
    // Line separators begin with E2.
    if !has_byte(&json, |byte| matches!(byte, b'<' | b'>' | b'&' | 0xe2)) {
        return Ok(if finished { value.clone() } else { Value::safe_string(&json) });
    }
    let unsafe_letter = |c: char| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
    let mut safe = String::with_capacity(json.len() + json.len() / 16);
    let mut rest = &*json;
    while let Some(at) = rest.find(unsafe_letter) {
        let (before, from) = rest.split_at(at);
        safe.push_str(before);
        let mut letters = from.chars();
        safe.push_str(match letters.next() {
            Some('<') => "\\u003c",
            Some('>') => "\\u003e",
            Some('&') => "\\u0026",
            Some('\u{2028}') => "\\u2028",
            _ => "\\u2029",
        });
        rest = letters.as_str();
    }
    safe.push_str(rest);
    Ok(Value::safe_string(&safe))
}

/// Text as it may stand in an XML element or attribute: escaped, without characters XML 1.0 forbids.
fn xml(value: &str, _: Kwargs, _: &State<'_>) -> Value {
    let allowed: String = value
        .chars()
        .filter(|c| (!c.is_control() || matches!(c, '\n' | '\t')) && !matches!(c, '\u{FFFE}' | '\u{FFFF}'))
        .collect();
    Value::safe_string(&quick_xml::escape::escape(allowed.as_str()))
}

/// Text as one part of a URL's path or query (RFC 3986, unreserved characters stay).
fn url_encode(value: &str, _: Kwargs, _: &State<'_>) -> String {
    percent_encoding::utf8_percent_encode(value, UNRESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use tera::{Context, Tera};

    fn check(template: &str, text: &str, expect: &str) {
        let mut tera = Tera::default();
        super::register(&mut tera);
        tera.add_raw_template("t.html", template).expect("a template");
        let mut context = Context::new();
        context.insert("text", text);
        context.insert("count", &1_234_567_u64);
        assert_eq!(tera.render("t.html", &context).expect("rendered"), expect);
    }

    #[test]
    fn each_sink_has_its_own_escaping() {
        check("{{ count | number }}", "", "1,234,567");
        check("{{ text }}", "<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;");
        check("{{ text | json_script }}", "</script>&", "\"\\u003c/script\\u003e\\u0026\"");
        check("{{ text | safe | json_script }}", "{\"a\":\"</b>\"}", "{\"a\":\"\\u003c/b\\u003e\"}");
        check("{{ text | json_script }}", "a\u{2028}ক\u{2029}<<", "\"a\\u2028ক\\u2029\\u003c\\u003c\"");
        check("{{ text | xml }}", "a\u{1}<b>&", "a&lt;b&gt;&amp;");
    }
}
