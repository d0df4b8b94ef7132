//! What a template may cost: steps, captured and written text, and how deep templates nest.
//!
//! Tera bounds the length of `range`, the depth of components and the depth of expressions, and finds circles of
//! templates. It does not count: nested loops, includes that include others twice, and text doubled again and again run
//! as long as they like. So every place that can repeat gets a call that counts: a loop's list and a variable's value
//! go through a filter ([`LOOP`], [`KEEP`]), an include and a component begin with [`STEP`]. Counting is exact and the same on every machine,
//! which a clock would not be. The rewritten text is never shown: [`Counted::original`] leads back to what was written.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::tags::{Tag, Word, tags};
use crate::source::{Source, Span};

/// Turns of loops, includes and components on one page. A list of 100,000 authors with five links each takes 600,000.
const MOST_STEPS: usize = 2_000_000;
/// Bytes in variables and on one page, each: a hundred times the longest page that a browser shows well.
const MOST_BYTES: usize = 64 << 20;
/// Templates in one another, by `include` or by `extends`: some five are usual, and each takes from the stack.
const DEEPEST: usize = 20;
/// How far a chain is followed to see whether it is a circle.
const LONGEST_CHAIN: usize = 200;

const STEP: &str = "newsprint_step";
const LOOP: &str = "newsprint_turns";
const KEEP: &str = "newsprint_keep";

/// Which limit a page went over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    Steps,
    Text,
    Page,
}

impl Limit {
    /// What happened, in words.
    pub(super) fn message(self) -> String {
        match self {
            Self::Steps => {
                format!("a page takes more than {MOST_STEPS} turns of loops, includes and components")
            }
            Self::Text => format!("a page keeps more than {} MiB in variables", MOST_BYTES >> 20),
            Self::Page => format!("a page becomes longer than {} MiB", MOST_BYTES >> 20),
        }
    }

    /// What to do about it.
    pub(super) fn help(self) -> &'static str {
        match self {
            Self::Steps => {
                "loop over fewer things, or not inside another loop: `articles(limit=10)`, `x | slice`"
            }
            Self::Text => {
                "a variable that is joined to itself doubles at each turn; write the text where it is shown"
            }
            Self::Page => "show fewer things on a page; lists have pages of their own, see `pagination`",
        }
    }
}

/// What the page that is being rendered on this thread has used up.
#[derive(Default)]
struct Spent {
    steps: usize,
    text: usize,
    /// The place counted last.
    place: usize,
    over: Option<Limit>,
}

thread_local! {
    static SPENT: RefCell<Spent> = RefCell::default();
}

/// What a part of a page used up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    steps: usize,
    text: usize,
}

impl std::ops::Sub for Cost {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self { steps: self.steps - earlier.steps, text: self.text - earlier.text }
    }
}

/// What the page used up so far.
pub(super) fn spent() -> Cost {
    SPENT.with(|spent| Cost { steps: spent.borrow().steps, text: spent.borrow().text })
}

/// Counts what a part used up that was rendered before.
pub(super) fn spend(cost: Cost) -> TeraResult<()> {
    let place = SPENT.with(|spent| spent.borrow().place);
    count(place, cost.steps, cost.text)
}

/// Begins a page.
pub(super) fn begin() {
    SPENT.with(|spent| *spent.borrow_mut() = Spent::default());
}

/// The limit that stopped the page, and the number of the place where it did.
pub(super) fn over() -> (Option<Limit>, usize) {
    SPENT.with(|spent| (spent.borrow().over, spent.borrow().place))
}

/// Registers what the rewritten templates call.
pub(super) fn register(tera: &mut Tera) {
    tera.register_function(STEP, step);
    tera.register_filter(LOOP, looped);
    tera.register_filter(KEEP, kept);
}

#[expect(clippy::needless_pass_by_value, reason = "Tera hands arguments over by value")]
fn step(arguments: Kwargs, _: &State<'_>) -> TeraResult<&'static str> {
    count(arguments.must_get("at")?, 1, 0)?;
    Ok("")
}

#[expect(clippy::needless_pass_by_value, reason = "Tera hands arguments over by value")]
fn looped(list: Value, arguments: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    count(arguments.must_get("at")?, list.len().unwrap_or(0).saturating_add(1), 0)?;
    Ok(list)
}

#[expect(clippy::needless_pass_by_value, reason = "Tera hands arguments over by value")]
fn kept(value: Value, arguments: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    count(arguments.must_get("at")?, 1, value.as_str().map_or(0, str::len))?;
    Ok(value)
}

fn count(place: usize, steps: usize, bytes: usize) -> TeraResult<()> {
    SPENT.with(|spent| {
        let mut spent = spent.borrow_mut();
        spent.place = place;
        spent.steps = spent.steps.saturating_add(steps);
        spent.text = spent.text.saturating_add(bytes);
        spent.over = if spent.steps > MOST_STEPS {
            Some(Limit::Steps)
        } else {
            (spent.text > MOST_BYTES).then_some(Limit::Text)
        };
        spent.over.map_or(Ok(()), |limit| Err(tera::Error::message(limit.message())))
    })
}

/// A page's bytes, as long as they are few enough.
#[derive(Default)]
pub(super) struct Paper(pub(super) Vec<u8>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST_BYTES {
            SPENT.with(|spent| spent.borrow_mut().over = Some(Limit::Page));
            return Err(io::Error::other(Limit::Page.message()));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A template whose turns are counted.
pub(super) struct Counted {
    /// What Tera gets.
    pub(super) text: String,
    /// Where something was put in, in the original text, and how many bytes, in order.
    added: Vec<(usize, usize)>,
}

impl Counted {
    /// The place in the original text of a byte of the rewritten one.
    pub(super) fn original(&self, offset: usize) -> usize {
        let mut shift = 0;
        for (at, length) in &self.added {
            if offset <= at + shift {
                break;
            }
            if offset < at + shift + length {
                return *at;
            }
            shift += length;
        }
        offset - shift
    }
}

/// Puts the counting into a template, and its places at the end of `places`.
pub(super) fn counted(name: &str, source: &Source, places: &mut Vec<(String, Span)>) -> Counted {
    let text = source.text();
    let mut additions: Vec<(usize, String)> = Vec::new();
    for tag in tags(text) {
        let mut place = |range: std::ops::Range<usize>| {
            places.push((name.to_owned(), Span::new(range.start, range.end)));
            places.len() - 1
        };
        match tag.words.first().filter(|_| tag.is_block).map(|word| word.text) {
            Some("include") => {
                let mark = if tag.trims_before { "{{- " } else { "{{ " };
                additions
                    .push((tag.range.start, format!("{mark}{STEP}(at={}) }}}}", place(tag.range.clone()))));
            }
            Some("component") => {
                let mark = if tag.trims_after { " -}}" } else { " }}" };
                additions
                    .push((tag.range.end, format!("{{{{ {STEP}(at={}){mark}", place(tag.range.clone()))));
            }
            Some("for") => {
                if let Some(from) = tag.words.iter().position(|word| word.text == "in") {
                    pass_through(&tag, from + 1..tag.words.len(), LOOP, place, &mut additions);
                }
            }
            Some("set" | "set_global") => match tag.words.get(2) {
                Some(word) if word.text == "=" => {
                    pass_through(&tag, 3..tag.words.len(), KEEP, place, &mut additions);
                }
                _ => {
                    let end = tag.words.last().map_or(tag.range.end, Word::end);
                    additions.push((end, format!(" | {KEEP}(at={})", place(tag.range.clone()))));
                }
            },
            _ => {}
        }
        inside(&tag, name, places, &mut additions);
    }
    additions.sort_by_key(|(at, _)| *at);
    let mut rewritten = String::with_capacity(text.len() + 48 * additions.len());
    let mut from = 0;
    for (at, addition) in &additions {
        rewritten.push_str(&text[from..*at]);
        rewritten.push_str(addition);
        from = *at;
    }
    rewritten.push_str(&text[from..]);
    let added = additions.iter().map(|(at, addition)| (*at, addition.len())).collect();
    Counted { text: rewritten, added }
}

/// Whether a tag only counts an include or a component.
pub(super) fn is_step(tag: &Tag<'_>) -> bool {
    tag.words.first().is_some_and(|word| word.text == STEP)
}

/// Sends the expression of some words through a filter.
fn pass_through(
    tag: &Tag<'_>,
    words: std::ops::Range<usize>,
    filter: &str,
    mut place: impl FnMut(std::ops::Range<usize>) -> usize,
    additions: &mut Vec<(usize, String)>,
) {
    let (Some(first), Some(last)) = (tag.words.get(words.start), tag.words[..words.end].last()) else {
        return;
    };
    if !words.is_empty() {
        additions.push((first.start, "(".to_owned()));
        additions.push((last.end(), format!(") | {filter}(at={})", place(first.start..last.end()))));
    }
}

/// What repeats inside an expression: lists made of lists (`[x for x in y]`), and `super()`.
fn inside(tag: &Tag<'_>, name: &str, places: &mut Vec<(String, Span)>, additions: &mut Vec<(usize, String)>) {
    let mut depth = 0_usize;
    let mut lists: Vec<usize> = Vec::new();
    let mut open: Vec<(usize, usize)> = Vec::new();
    let words = &tag.words;
    for (index, word) in words.iter().enumerate() {
        match word.text {
            "super" if words.get(index + 1).is_some_and(|next| next.text == "(") => {
                if let Some(end) = words.get(index + 2) {
                    places.push((name.to_owned(), Span::new(word.start, end.end())));
                    additions.push((end.end(), format!(" | {KEEP}(at={})", places.len() - 1)));
                }
            }
            "[" | "(" | "{" => depth += 1,
            "for" if depth > 0 => lists.push(depth),
            "in" if lists.last() == Some(&depth) => {
                lists.pop();
                open.push((index + 1, depth));
            }
            "if" | "]" if open.last().is_some_and(|(_, at)| *at == depth) => {
                let (from, _) = open.pop().unwrap_or_default();
                pass_through(
                    tag,
                    from..index,
                    LOOP,
                    |range| {
                        places.push((name.to_owned(), Span::new(range.start, range.end)));
                        places.len() - 1
                    },
                    additions,
                );
                depth -= usize::from(word.text == "]");
            }
            "]" | ")" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
}

/// Which templates a template names with `tag`, and where.
pub(super) fn named<'t>(source: &'t Source, tag: &str) -> Vec<(&'t str, Span)> {
    tags(source.text())
        .iter()
        .filter(|found| found.is_block && found.words.first().is_some_and(|word| word.text == tag))
        .filter_map(|found| {
            let quoted = found.words.get(1)?;
            let name = quoted.text.get(1..quoted.text.len().checked_sub(1)?)?;
            Some((name, Span::new(quoted.start, quoted.end())))
        })
        .collect()
}

/// A chain of templates that leads in a circle, or deeper than [`DEEPEST`].
pub(super) struct Chain {
    /// The template the chain begins with.
    pub(super) template: String,
    /// Where that template names the next one.
    pub(super) span: Span,
    /// What is wrong, in words.
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: String,
}

/// Looks for a chain of includes, then of extends, that would not end or would end in an overflow of the stack.
pub(super) fn endless(sources: &BTreeMap<String, Source>) -> Option<Chain> {
    [("include", "include"), ("extends", "extend")].iter().find_map(|(tag, verb)| {
        let next: BTreeMap<&str, Vec<(&str, Span)>> = sources
            .iter()
            .map(|(name, source)| {
                let mut named = named(source, tag);
                named.retain(|(name, _)| sources.contains_key(*name));
                (name.as_str(), named)
            })
            .collect();
        let chain = long_chain(&next)?;
        let first = *chain.first()?;
        let span = next.get(first)?.iter().find(|(name, _)| Some(name) == chain.get(1))?.1;
        let message = match chain[1..].iter().position(|name| *name == first) {
            Some(at) => format!("templates {verb} each other in a circle: {}", chain[..at + 2].join(" → ")),
            None => {
                format!(
                    "templates {verb} each other more than {DEEPEST} deep: {} → …",
                    chain[..4].join(" → ")
                )
            }
        };
        Some(Chain { template: first.to_owned(), span, message, help: format!("take out one `{tag}`") })
    })
}

/// A chain longer than [`DEEPEST`]; when there is a circle in it, one that begins in the circle.
fn long_chain<'t>(next: &BTreeMap<&'t str, Vec<(&'t str, Span)>>) -> Option<Vec<&'t str>> {
    let mut layers: Vec<BTreeMap<&'t str, &'t str>> = vec![next.keys().map(|name| (*name, *name)).collect()];
    while layers.len() <= LONGEST_CHAIN.min(next.len() + 1) {
        let mut layer = BTreeMap::new();
        for name in layers.last()?.keys() {
            for (named, _) in next.get(name).into_iter().flatten() {
                layer.entry(*named).or_insert(*name);
            }
        }
        if layer.is_empty() {
            break;
        }
        layers.push(layer);
    }
    if layers.len() <= DEEPEST + 1 {
        return None;
    }
    let mut chain = vec![*layers.last()?.keys().next()?];
    for layer in layers[1..].iter().rev() {
        chain.push(layer.get(chain.last()?)?);
    }
    chain.reverse();
    // A circle is told from its first template by name, wherever the chain came into it.
    let circle = (0..chain.len()).filter(|at| chain[at + 1..].contains(&chain[*at]));
    let first = circle.min_by_key(|at| chain[*at]).unwrap_or(0);
    Some(chain.split_off(first))
}
