//! YAML headers and configs: parsed once, with the place of every key and value at hand when a finding needs it.
//!
//! `serde_yaml` says what the values are; `saphyr-parser` is asked where they stand, and only when something is wrong
//! with one. Which keys there may be is [`shape`]'s business, what they mean that of the caller.

mod mismatch;
pub mod schema;
pub mod shape;

use std::cell::OnceCell;

use saphyr_parser::{Event, Parser};
use serde_yaml::{Mapping, Value};

use crate::diagnostic::Diagnostic;
use crate::source::{Position, Source, Span};

/// Longer headers are refused: a header is a few lines, a megabyte of it is an accident.
pub const MAX_BYTES: usize = 1_000_000;

/// One YAML mapping inside a source file.
pub struct Document {
    source: Source,
    region: Span,
    root: Mapping,
    places: OnceCell<Vec<Place>>,
}

/// One step from a value to a value inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The value of a key.
    Key(String),
    /// The value at an index of a list, from 0.
    Index(usize),
}

/// Where one value stands, and its key when it has one.
#[derive(Debug)]
struct Place {
    path: Vec<Step>,
    key: Option<Span>,
    value: Span,
}

impl Document {
    /// Parses the YAML in `region` of `source`.
    ///
    /// # Errors
    ///
    /// Findings of what keeps the text from being one YAML mapping: syntax, duplicate keys, size, nesting.
    pub fn parse(source: &Source, region: Span) -> Result<Self, Vec<Diagnostic>> {
        if region.end - region.start > MAX_BYTES {
            let start = Span::new(region.start, region.start);
            return Err(vec![
                Diagnostic::error("yaml-too-long", "the YAML is longer than 1 MB")
                    .at(source, start, "")
                    .help("a header holds a few lines; move the text below the closing `---`"),
            ]);
        }
        let empty = |root| Self { source: source.clone(), region, root, places: OnceCell::new() };
        match serde_yaml::from_str::<Value>(source.slice(region)) {
            Ok(Value::Mapping(root)) => Ok(empty(root)),
            Ok(Value::Null) => Ok(empty(Mapping::new())),
            Ok(_) => Err(vec![
                Diagnostic::error("yaml-syntax", "this is not a list of `key: value` lines")
                    .at(source, first_line(source, region), "")
                    .help("write one `key: value` on each line, such as `title: A story`"),
            ]),
            Err(error) => Err(syntax_findings(&empty(Mapping::new()), &error)),
        }
    }

    /// The file the YAML stands in.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The mapping.
    #[must_use]
    pub fn root(&self) -> &Mapping {
        &self.root
    }

    /// Where the value at `path` stands; the first line of the YAML when that cannot be told.
    #[must_use]
    pub fn value_span(&self, path: &[Step]) -> Span {
        self.place(path).map_or_else(|| first_line(&self.source, self.region), |place| place.value)
    }

    /// Where the key of the value at `path` stands; the value itself for an item of a list.
    #[must_use]
    pub fn key_span(&self, path: &[Step]) -> Span {
        self.place(path)
            .map_or_else(|| first_line(&self.source, self.region), |place| place.key.unwrap_or(place.value))
    }

    /// Where the value at `path` stands, when there is one.
    #[must_use]
    pub fn find(&self, path: &[Step]) -> Option<Span> {
        self.place(path).map(|place| place.value)
    }

    fn place(&self, path: &[Step]) -> Option<&Place> {
        self.places.get_or_init(|| places(&self.source, self.region)).iter().find(|place| place.path == path)
    }

    /// The spans of every key that stands a second time in one mapping, with the first one's.
    fn duplicate_keys(&self) -> Vec<(String, Span, Span)> {
        let places = self.places.get_or_init(|| places(&self.source, self.region));
        let mut found = Vec::new();
        for (index, later) in places.iter().enumerate() {
            let (Some(key), Some(Step::Key(name))) = (later.key, later.path.last()) else { continue };
            if let Some(first) = places[..index].iter().find(|p| p.key.is_some() && p.path == later.path) {
                found.push((name.clone(), first.key.unwrap_or(first.value), key));
            }
        }
        found
    }
}

/// The first line of a region, without its newline: where findings about the whole of it point.
fn first_line(source: &Source, region: Span) -> Span {
    let end = source.slice(region).find('\n').map_or(region.end, |at| region.start + at);
    Span::new(region.start, end)
}

fn syntax_findings(document: &Document, error: &serde_yaml::Error) -> Vec<Diagnostic> {
    let Document { source, region, .. } = document;
    let duplicates = document.duplicate_keys();
    if !duplicates.is_empty() && error.to_string().contains("duplicate") {
        let finding = |(name, first, later): (String, Span, Span)| {
            Diagnostic::error("duplicate-key", format!("the key `{name}` stands here twice"))
                .at(source, later, "a second time")
                .at(source, first, "first here")
                .help(format!("keep one of the two `{name}` lines"))
        };
        return duplicates.into_iter().map(finding).collect();
    }
    let offset = error.location().map_or(0, |place| place.index().min(region.end - region.start));
    let offset = source.text().floor_char_boundary(region.start + offset);
    if let Some(tab) = tab_indentation(source, *region) {
        return vec![
            Diagnostic::error("yaml-syntax", "a line is indented with a tab, which YAML forbids")
                .at(source, tab, "")
                .help("indent with spaces"),
        ];
    }
    let text = error.to_string();
    if text.contains("128") {
        let digits = region.start + long_number(source.slice(*region));
        return vec![
            Diagnostic::error(
                "yaml-syntax",
                format!("a number is out of range: it must be from 0 to {}", u64::MAX),
            )
            .at(source, Span::new(digits, digits + 1), "")
            .help("put quotes around it if it is text"),
        ];
    }
    let message = text.split(" at line ").next().unwrap_or(&text);
    let help = if message.contains("mapping values are not allowed")
        || message.contains("did not find expected")
    {
        "put quotes around text that holds `: `, `#`, `[`, `{`, `*`, `&` or quotes: `title: \"Budget: the figures\"`"
    } else {
        "headers are YAML: one `key: value` on each line"
    };
    vec![
        Diagnostic::error("yaml-syntax", format!("the YAML cannot be read: {message}"))
            .at(source, Span::new(offset, offset + 1), "")
            .help(help),
    ]
}

/// Where the first number of more digits than a machine word holds starts; 0 when there is none.
fn long_number(text: &str) -> usize {
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        if !byte.is_ascii_digit() {
            start = at + 1;
        } else if at - start >= 18 {
            return start;
        }
    }
    0
}

/// The first line in `region` whose indentation holds a tab.
fn tab_indentation(source: &Source, region: Span) -> Option<Span> {
    let mut start = region.start;
    for line in source.slice(region).split('\n') {
        let indentation = line.len() - line.trim_start().len();
        if let Some(tab) = line[..indentation].find('\t') {
            return Some(Span::new(start + tab, start + tab + 1));
        }
        start += line.len() + 1;
    }
    None
}

/// Every value's place, in reading order. Stops quietly where the text is no YAML.
fn places(source: &Source, region: Span) -> Vec<Place> {
    let mut walk = Walk { source, region, places: Vec::new(), open: Vec::new() };
    for event in Parser::new_from_str(source.slice(region)) {
        let Ok((event, span)) = event else { break };
        walk.take(&event, span);
    }
    walk.places
}

/// One open mapping or list during [`places`].
enum Open {
    Mapping { key: Option<(String, Span)> },
    List { next: usize },
}

struct Walk<'a> {
    source: &'a Source,
    region: Span,
    places: Vec<Place>,
    open: Vec<(Vec<Step>, Open)>,
}

impl Walk<'_> {
    fn take(&mut self, event: &Event<'_>, span: saphyr_parser::Span) {
        let here = Span::new(self.offset(span.start), self.offset(span.end));
        match event {
            Event::Scalar(text, ..) => {
                if let Some((_, Open::Mapping { key: key @ None })) = self.open.last_mut() {
                    *key = Some((text.to_string(), here));
                } else {
                    self.value(here);
                }
            }
            Event::Alias(_) => {
                self.value(here);
            }
            Event::SequenceStart(..) => {
                let path = self.value(here);
                self.open.push((path, Open::List { next: 0 }));
            }
            Event::MappingStart(..) => {
                let path = self.value(here);
                self.open.push((path, Open::Mapping { key: None }));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
            }
            _ => {}
        }
    }

    /// Notes a value and returns its path.
    fn value(&mut self, here: Span) -> Vec<Step> {
        let Some((path, open)) = self.open.last_mut() else { return Vec::new() };
        let mut path = path.clone();
        let key = match open {
            Open::Mapping { key } => key.take().map(|(name, span)| {
                path.push(Step::Key(name));
                span
            }),
            Open::List { next } => {
                path.push(Step::Index(*next));
                *next += 1;
                None
            }
        };
        self.places.push(Place { path: path.clone(), key, value: here });
        path
    }

    fn offset(&self, marker: saphyr_parser::Marker) -> usize {
        let first = self.source.position(self.region.start);
        let line = first.line + marker.line() - 1;
        let column = if marker.line() == 1 { first.column + marker.col() } else { marker.col() + 1 };
        self.source.offset(Position { line, column }).min(self.region.end)
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, Step};
    use crate::source::{Source, SourcePath, Span};

    fn parse(text: &str) -> Result<Document, Vec<crate::diagnostic::Diagnostic>> {
        let source = Source::new(SourcePath::new("a.md"), text);
        Document::parse(&source, Span::new(0, text.len()))
    }

    fn finding(text: &str) -> (String, usize, usize) {
        let findings = parse(text).err().expect("a finding");
        let place = findings[0].labels()[0].position;
        (findings[0].message().to_owned(), place.line, place.column)
    }

    #[test]
    fn keys_and_values_are_found_at_any_depth() {
        let text = "title: दो é\nimage: {src: a.jpg, alt: x}\ntags:\n  - one\n  - two\n";
        let document = parse(text).expect("YAML");
        let key = |name: &str| Step::Key(name.to_owned());
        let shown = |span: Span| document.source().slice(span).to_owned();
        assert_eq!(shown(document.value_span(&[key("title")])), "दो é");
        assert_eq!(shown(document.value_span(&[key("image"), key("alt")])), "x");
        assert_eq!(shown(document.key_span(&[key("image"), key("alt")])), "alt");
        assert_eq!(shown(document.value_span(&[key("tags"), Step::Index(1)])), "two");
    }

    #[test]
    fn syntax_errors_have_their_place() {
        assert_eq!(finding("a: 1\ntitle: [unclosed\nb: 2\n").1, 3);
        assert!(finding("a: 1\n\tb: 2\n").0.contains("tab"));
        assert_eq!(finding("title: a: b\n").1, 1);
        assert!(finding("- a\n- b\n").0.contains("not a list of"));
    }

    #[test]
    fn duplicate_keys_name_both_lines() {
        let findings = parse("title: a\ndate: b\ntitle: c\nextra: {x: 1, x: 2}\n").err().expect("findings");
        let lines: Vec<usize> = findings
            .iter()
            .flat_map(super::super::diagnostic::Diagnostic::labels)
            .map(|l| l.position.line)
            .collect();
        assert_eq!(lines, [3, 1, 4, 4]);
    }

    #[test]
    fn bombs_end_quickly() {
        let levels: Vec<String> =
            (1..10).map(|n| format!("k{n}: &a{n} [{}]", vec![format!("*a{}", n - 1); 9].join(","))).collect();
        assert!(parse(&format!("k0: &a0 [x]\n{}\n", levels.join("\n"))).is_err());
        assert!(parse(&format!("a: {}{}", "[".repeat(20_000), "]".repeat(20_000))).is_err());
        assert!(parse(&format!("a: {}", "x".repeat(1_000_001))).is_err());
    }
}
