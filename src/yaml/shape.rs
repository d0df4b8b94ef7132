//! The shape of a header or config: its keys, each declared once, and everything that can be wrong with their values.
//!
//! A list of [`Field`]s is the single truth that checking, the JSON Schema and the documentation test share. Nothing
//! here knows what an article or a config is.

use serde_yaml::{Mapping, Value};

use super::mismatch::{example, nearest, shorten, wrong_kind};
use super::{Document, Step};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// One key.
#[derive(Debug)]
pub struct Field {
    /// The key as it is typed.
    pub name: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// One sentence for the JSON Schema, and the key's meaning in short.
    pub doc: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What people used to other tools type instead; answered with the right name.
    pub elsewhere: &'static [&'static str],
}

impl Field {
    /// An optional key.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, doc, required: false, elsewhere: &[] }
    }

    /// The same key, required.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same key with the names other tools give it.
    #[must_use]
    pub const fn elsewhere(mut self, names: &'static [&'static str]) -> Self {
        self.elsewhere = names;
        self
    }
}

/// What a value may be.
#[derive(Debug)]
pub enum Kind {
    /// Text; a number is taken as the text the author typed.
    Text,
    /// `true` or `false`, nothing else.
    Flag,
    /// A whole number in a range, both ends included.
    Count(u64, u64),
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A list.
    List(&'static Kind),
    /// One value, or a list of them.
    OneOrMany(&'static Kind),
    /// A mapping with keys of its own.
    Record(&'static [Field]),
    /// Text, or a mapping with keys of its own.
    TextOrRecord(&'static [Field]),
    /// A mapping from free names to values of one kind.
    Named(&'static Kind),
    /// A mapping that nobody but templates reads.
    Free,
}

/// Checked values of one mapping; a value that is not of its kind is as if it were not there.
#[derive(Clone)]
pub struct Record<'d> {
    document: &'d Document,
    fields: &'static [Field],
    path: Vec<Step>,
    map: &'d Mapping,
}

/// Checks the whole document against its fields and collects every finding.
pub fn check<'d>(
    document: &'d Document,
    fields: &'static [Field],
    findings: &mut Vec<Diagnostic>,
) -> Record<'d> {
    let record = Record { document, fields, path: Vec::new(), map: document.root() };
    record.check(findings);
    record
}

impl<'d> Record<'d> {
    /// The text of `key`.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        text_of(self.get(key)?, || self.typed(key))
    }

    /// The texts of a list, or the one text that stands for it; empty when the key is not there.
    #[must_use]
    pub fn texts(&self, key: &str) -> Vec<String> {
        match self.get(key) {
            Some(Value::Sequence(items)) => {
                let typed = |index| self.document.source().slice(self.item_span(key, index)).to_owned();
                items.iter().enumerate().filter_map(|(i, item)| text_of(item, || typed(i))).collect()
            }
            Some(value) => text_of(value, || self.typed(key)).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// The number of `key`.
    #[must_use]
    pub fn count(&self, key: &str) -> Option<u64> {
        let Kind::Count(least, most) = self.field(key).kind else { unreachable!("`{key}` is not a count") };
        self.get(key)?.as_u64().filter(|count| (least..=most).contains(count))
    }

    /// `true` or `false`.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.get(key)?.as_bool()
    }

    /// The word of a choice.
    #[must_use]
    pub fn choice(&self, key: &str) -> Option<&'d str> {
        let Kind::Choice(words) = self.field(key).kind else { unreachable!("`{key}` is not a choice") };
        self.get(key)?.as_str().filter(|word| words.contains(word))
    }

    /// The mapping of `key`, for keys that hold one.
    #[must_use]
    pub fn record(&self, key: &str) -> Option<Record<'d>> {
        let (Kind::Record(fields) | Kind::TextOrRecord(fields)) = self.field(key).kind else {
            unreachable!("`{key}` holds no record")
        };
        let map = self.get(key)?.as_mapping()?;
        Some(Record { document: self.document, fields, path: self.path_to(key), map })
    }

    /// The mappings of a list, or of a mapping with free names, each with its name (or empty).
    #[must_use]
    pub fn records(&self, key: &str) -> Vec<(String, Record<'d>)> {
        let (Kind::List(Kind::Record(fields)) | Kind::Named(Kind::Record(fields))) = &self.field(key).kind
        else {
            unreachable!("`{key}` holds no records")
        };
        let at = |step: Step, value: &'d Value| {
            let mut path = self.path_to(key);
            path.push(step);
            value.as_mapping().map(|map| Record { document: self.document, fields, path, map })
        };
        match self.get(key) {
            Some(Value::Sequence(items)) => items
                .iter()
                .enumerate()
                .filter_map(|(index, item)| Some((String::new(), at(Step::Index(index), item)?)))
                .collect(),
            Some(Value::Mapping(map)) => map
                .iter()
                .filter_map(|(name, value)| {
                    let name = name.as_str()?.to_owned();
                    Some((name.clone(), at(Step::Key(name), value)?))
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The free mapping of `key`.
    #[must_use]
    pub fn free(&self, key: &str) -> Option<&'d Mapping> {
        self.get(key)?.as_mapping()
    }

    /// Where the value of `key` stands.
    #[must_use]
    pub fn span(&self, key: &str) -> Span {
        self.document.value_span(&self.path_to(key))
    }

    /// Where one item of the list of `key` stands; the value itself when it is no list.
    #[must_use]
    pub fn item_span(&self, key: &str, index: usize) -> Span {
        let mut path = self.path_to(key);
        if let Some(Value::Sequence(_)) = self.get(key) {
            path.push(Step::Index(index));
        }
        self.document.value_span(&path)
    }

    /// The document the record belongs to.
    #[must_use]
    pub fn document(&self) -> &'d Document {
        self.document
    }

    fn typed(&self, key: &str) -> String {
        self.document.source().slice(self.span(key)).to_owned()
    }

    fn get(&self, key: &str) -> Option<&'d Value> {
        debug_assert!(self.fields.iter().any(|field| field.name == key), "`{key}` is declared nowhere");
        self.map.get(key)
    }

    fn field(&self, key: &str) -> &'static Field {
        self.fields.iter().find(|field| field.name == key).expect("callers ask for declared keys only")
    }

    fn path_to(&self, key: &str) -> Vec<Step> {
        let mut path = self.path.clone();
        path.push(Step::Key(key.to_owned()));
        path
    }

    fn check(&self, findings: &mut Vec<Diagnostic>) {
        for (key, value) in self.map {
            let name = key_text(key);
            match self.fields.iter().find(|field| field.name == name) {
                Some(field) => check_value(self.document, &self.path_to(&name), &field.kind, value, findings),
                None => findings.push(self.unknown_key(&name)),
            }
        }
        for field in self.fields.iter().filter(|field| field.required && !self.map.contains_key(field.name)) {
            findings.push(self.missing_key(field));
        }
    }

    fn unknown_key(&self, name: &str) -> Diagnostic {
        let span = self.document.key_span(&self.path_to(name));
        let finding = Diagnostic::error("unknown-key", format!("unknown key `{}`", shorten(name))).at(
            self.document.source(),
            span,
            "",
        );
        if let Some(field) = nearest(name, self.fields) {
            return finding.help(format!("did you mean `{field}`?"));
        }
        let names: Vec<String> = self.fields.iter().map(|field| format!("`{}`", field.name)).collect();
        finding.help(format!("the keys are {}", names.join(", ")))
    }

    fn missing_key(&self, field: &Field) -> Diagnostic {
        let place = if self.path.is_empty() {
            self.document.value_span(&[])
        } else {
            self.document.key_span(&self.path)
        };
        Diagnostic::error("missing-key", format!("there is no `{}`", field.name))
            .at(self.document.source(), place, "")
            .help(format!("add a line `{}: {}`", field.name, example(&field.kind, field.name)))
    }
}

fn text_of(value: &Value, typed: impl FnOnce() -> String) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) => Some(typed()),
        _ => None,
    }
}

fn key_text(key: &Value) -> String {
    match key {
        Value::String(text) => text.clone(),
        other => serde_yaml::to_string(other).unwrap_or_default().trim_end().to_owned(),
    }
}

/// Collects what is wrong with one value.
fn check_value(
    document: &Document,
    path: &[Step],
    kind: &Kind,
    value: &Value,
    findings: &mut Vec<Diagnostic>,
) {
    match (kind, value) {
        (
            Kind::Text | Kind::TextOrRecord(_) | Kind::OneOrMany(Kind::Text),
            Value::String(_) | Value::Number(_),
        )
        | (Kind::Flag, Value::Bool(_))
        | (Kind::Free, Value::Mapping(_)) => {}
        (Kind::Count(least, most), Value::Number(n))
            if n.as_u64().is_some_and(|n| (least..=most).contains(&&n)) => {}
        (Kind::Choice(words) | Kind::OneOrMany(Kind::Choice(words)), Value::String(word))
            if words.contains(&word.as_str()) => {}
        (Kind::List(item) | Kind::OneOrMany(item), Value::Sequence(items)) => {
            for (index, value) in items.iter().enumerate() {
                let mut path = path.to_vec();
                path.push(Step::Index(index));
                check_value(document, &path, item, value, findings);
            }
        }
        (Kind::Record(fields) | Kind::TextOrRecord(fields), Value::Mapping(map)) => {
            Record { document, fields, path: path.to_vec(), map }.check(findings);
        }
        (Kind::Named(item), Value::Mapping(map)) => {
            for (name, value) in map {
                let mut path = path.to_vec();
                path.push(Step::Key(key_text(name)));
                check_value(document, &path, item, value, findings);
            }
        }
        _ => findings.push(wrong_kind(document, path, kind, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Kind, check};
    use crate::source::{Source, SourcePath, Span};
    use crate::yaml::Document;

    const IMAGE: &[Field] =
        &[Field::new("src", Kind::Text, "File.").required(), Field::new("alt", Kind::Text, "Words.")];
    const FIELDS: &[Field] = &[
        Field::new("title", Kind::Text, "The headline.").required(),
        Field::new("draft", Kind::Flag, "Not published."),
        Field::new("date", Kind::Text, "When.").elsewhere(&["publish_date"]),
        Field::new("views", Kind::Count(0, u64::MAX), "How many."),
        Field::new("tags", Kind::List(&Kind::Text), "Topics."),
        Field::new("author", Kind::OneOrMany(&Kind::Text), "Who."),
        Field::new("image", Kind::TextOrRecord(IMAGE), "Picture."),
    ];

    fn findings(text: &str) -> Vec<String> {
        let source = Source::new(SourcePath::new("a.md"), text);
        let mut findings = Vec::new();
        match Document::parse(&source, Span::new(0, text.len())) {
            Ok(document) => drop(check(&document, FIELDS, &mut findings)),
            Err(syntax) => findings = syntax,
        }
        findings
            .iter()
            .map(|f| {
                let place = f.labels()[0].position;
                format!("{}:{} {} ({})", place.line, place.column, f.message(), f.help_lines().join(" "))
            })
            .collect()
    }

    #[test]
    fn all_findings_come_at_once_with_their_places() {
        let text = "titel: a\ndraft: \"yes\"\nDraft: true\npublish_date: 2027-01-01\nviews: -5\ntags: x\nimage: {alt: 3, sorc: b}\nauthor: {name: x}\n";
        insta::assert_snapshot!(findings(text).join("\n"), @r"
        1:1 unknown key `titel` (did you mean `title`?)
        2:8 `draft` must be `true` or `false`, not the text `yes` (write `draft: true` or `draft: false`, without quotes and in lower case)
        3:1 unknown key `Draft` (did you mean `draft`?)
        4:1 unknown key `publish_date` (did you mean `date`?)
        5:8 `views` must be a whole number, 0 or more, not the number `-5` (write digits only: `views: 1234`)
        6:7 `tags` must be a list, not the text `x` (write `tags: [text]`)
        7:17 unknown key `sorc` (did you mean `src`?)
        7:1 there is no `src` (add a line `src: text`)
        8:9 `author` must be text or a list, not lines of `key: value` (write `author: text`)
        1:1 there is no `title` (add a line `title: A headline`)
        ");
    }

    #[test]
    fn numbers_are_taken_as_the_text_that_was_typed() {
        let source = Source::new(SourcePath::new("a.md"), "title: 1.10\nauthor: [7, b]");
        let document = Document::parse(&source, Span::new(0, 26)).unwrap_or_else(|_| panic!("YAML"));
        let mut findings = Vec::new();
        let record = check(&document, FIELDS, &mut findings);
        assert_eq!(record.text("title").as_deref(), Some("1.10"));
        assert_eq!(record.texts("author"), ["7", "b"]);
        assert!(findings.is_empty());
    }

    #[test]
    fn no_number_but_a_whole_one_is_a_count() {
        for text in ["1e99", "\"1,234\"", ".nan", "18446744073709551616", "1.5", "-1", "~", "many"] {
            assert_eq!(findings(&format!("title: a\nviews: {text}\n")).len(), 1, "{text}");
        }
        assert!(findings("title: a\nviews: 18446744073709551615\n").is_empty());
    }
}
