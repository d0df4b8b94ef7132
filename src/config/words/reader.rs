//! Reads lists of words, and tells what is wrong with one: English says which words there are and which holes they have.

use std::collections::BTreeSet;

use serde_yaml::Value;

use super::{Forms, Words, next_hole};
use crate::date::Moment;
use crate::date::pattern::Pattern;
use crate::diagnostic::Diagnostic;
use crate::language::numerals::Grouping;
use crate::language::plurals::Plural;
use crate::source::{Source, Span};
use crate::yaml::shape::{Field, Kind, Record, check};
use crate::yaml::{Document, Step};

/// Every key of a list of words.
pub(super) const FIELDS: &[Field] = &[
    Field::new("date", Kind::Text, "How dates are shown where the config does not say, in strftime."),
    Field::new("months", Kind::List(&Kind::Text), "The twelve months as they stand in dates."),
    Field::new("short_months", Kind::List(&Kind::Text), "The same in short."),
    Field::new("days", Kind::List(&Kind::Text), "The seven days of the week, Sunday first."),
    Field::new("short_days", Kind::List(&Kind::Text), "The same in short."),
    Field::new("digits", Kind::Text, "The ten digits, where they are not those of ASCII."),
    Field::new("separator", Kind::Text, "What stands between groups of digits."),
    Field::new("grouping", Kind::Choice(&["thousands", "indian", "none"]), "How digits are grouped."),
    Field::new("grouped_from", Kind::Count(4, 20), "The shortest number that is grouped, in digits."),
    Field::new("counts", Kind::Named(&Kind::Record(FORMS)), "What numbers of things are called."),
    Field::new("words", Kind::Named(&Kind::Text), "Everything else."),
];

/// The plural forms of the CLDR.
const FORMS: &[Field] = &[
    Field::new("zero", Kind::Text, "None."),
    Field::new("one", Kind::Text, "One."),
    Field::new("two", Kind::Text, "Two."),
    Field::new("few", Kind::Text, "A few."),
    Field::new("many", Kind::Text, "Many."),
    Field::new("other", Kind::Text, "All other numbers.").required(),
];

/// Numbers of four digits are grouped, unless a language says otherwise.
pub(super) const GROUPED_FROM: usize = 4;

/// Lays a list over `words`. Without a `model` it says itself which words there are.
pub(super) fn lay(words: &mut Words, model: Option<&Words>, source: &Source) -> Vec<Diagnostic> {
    let document = match Document::parse(source, Span::new(0, source.text().len())) {
        Ok(document) => document,
        Err(findings) => return findings,
    };
    let mut findings = Vec::new();
    let record = check(&document, FIELDS, &mut findings);
    let mut list = List { record, model, findings };
    list.names(words);
    list.numerals(words);
    list.texts(words);
    list.counts(words);
    list.findings
}

/// The finding about words that a list for a language without words in the theme does not have.
pub(super) fn missing(source: &Source, model: &Words) -> Option<Diagnostic> {
    let document = Document::parse(source, Span::new(0, source.text().len())).ok()?;
    let has = |kind: &str, name: &str| {
        document.root().get(kind).and_then(|map| map.as_mapping()).is_some_and(|map| map.contains_key(name))
    };
    let words = model.texts.keys().filter(|name| !has("words", name));
    let counts = model.counts.keys().filter(|name| !has("counts", name));
    let names: Vec<String> = words.chain(counts).map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        return None;
    }
    let message = format!("{} words are missing; readers see English ones", names.len());
    let finding = Diagnostic::warning("words-missing", message).at(source, document.value_span(&[]), "");
    Some(finding.help(format!("add {}", names.join(", "))))
}

/// One list that is being read.
struct List<'d, 'm> {
    record: Record<'d>,
    model: Option<&'m Words>,
    findings: Vec<Diagnostic>,
}

impl List<'_, '_> {
    fn names(&mut self, words: &mut Words) {
        let names = &mut words.names;
        let lists = [
            ("months", 12, &mut names.months),
            ("short_months", 12, &mut names.short_months),
            ("days", 7, &mut names.days),
            ("short_days", 7, &mut names.short_days),
        ];
        for (key, count, list) in lists {
            let texts = self.record.texts(key);
            if texts.len() == count {
                *list = texts;
            } else if !texts.is_empty() {
                self.wrong(
                    &[key],
                    &format!("`{key}` has {} names", texts.len()),
                    &format!("write {count} names"),
                );
            }
        }
        if let Some(pattern) = self.record.text("date") {
            if Moment::from_unix(0).format(&pattern).is_some() {
                words.date = Pattern::of(&pattern);
            } else {
                self.wrong(
                    &["date"],
                    "`date` is not a strftime pattern",
                    "write a pattern such as `%-d %B %Y`",
                );
            }
        }
    }

    fn numerals(&mut self, words: &mut Words) {
        let numerals = &mut words.numerals;
        if let Some(written) = self.record.text("digits") {
            let digits: Vec<char> = written.chars().collect();
            match <[char; 10]>::try_from(digits) {
                Ok(digits) => numerals.digits = Some(digits).filter(|digits| digits[0] != '0'),
                Err(_) => {
                    self.wrong(&["digits"], "`digits` are not ten", "write the ten digits from zero to nine");
                }
            }
        }
        if let Some(separator) = self.record.text("separator") {
            numerals.separator = separator;
        }
        match self.record.choice("grouping") {
            Some("indian") => numerals.grouping = Grouping::Indian,
            Some("none") => numerals.grouping = Grouping::None,
            Some(_) => numerals.grouping = Grouping::Thousands,
            None => {}
        }
        if let Some(count) = self.record.count("grouped_from") {
            numerals.grouped_from = usize::try_from(count).unwrap_or(GROUPED_FROM);
        }
    }

    fn texts(&mut self, words: &mut Words) {
        for (name, value) in self.record.free("words").into_iter().flatten() {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => continue,
            };
            let Some(name) = name.as_str() else { continue };
            let is_good = self.model.is_none_or(|model| {
                let model = model.texts.get(name).map(String::as_str);
                self.is_good(&["words", name], &text, model, words.texts.keys())
            });
            if is_good {
                words.texts.insert(name.to_owned(), text);
            }
        }
    }

    fn counts(&mut self, words: &mut Words) {
        for (name, forms) in self.record.records("counts") {
            let mut is_good = true;
            let mut texts = Forms::new();
            for form in Plural::ALL {
                let Some(text) = forms.text(form.name()) else { continue };
                // A form may do without the number: "one story".
                let bare = text.replace("{n}", "");
                is_good &= self.model.is_none_or(|model| {
                    let model = model.counts.get(&name).map(|_| "");
                    self.is_good(&["counts", &name, form.name()], &bare, model, words.counts.keys())
                });
                texts.insert(form, text);
            }
            if is_good {
                words.counts.insert(name, texts);
            }
        }
    }

    /// Whether a text may stand under its name; says what is wrong. `model` is the English text of that name.
    fn is_good<'k>(
        &mut self,
        path: &[&str],
        text: &str,
        model: Option<&str>,
        known: impl Iterator<Item = &'k String>,
    ) -> bool {
        let name = path[1];
        let Some(model) = model else {
            let near = known.min_by_key(|other| strsim::levenshtein(name, other));
            let help = near.map_or_else(String::new, |near| format!("the nearest one is `{near}`"));
            self.wrong(&path[..2], &format!("the theme has no word `{name}`"), &help);
            return false;
        };
        let (wanted, found) = (holes(model), holes(text));
        if wanted != found {
            let named = wanted.iter().map(|hole| format!("`{{{hole}}}`")).collect::<Vec<_>>().join(" and ");
            let help = match named.as_str() {
                "" => "write a text without other braces than `{n}` in counts".to_owned(),
                named => format!("the text has to hold {named}, and nothing else in braces"),
            };
            self.wrong(path, &format!("`{name}` does not have the holes of the English text"), &help);
            return false;
        }
        true
    }

    fn wrong(&mut self, path: &[&str], message: &str, help: &str) {
        let steps: Vec<Step> = path.iter().map(|key| Step::Key((*key).to_owned())).collect();
        let document = self.record.document();
        let finding =
            Diagnostic::error("words", message).at(document.source(), document.value_span(&steps), "");
        self.findings.push(finding.help(help));
    }
}

/// The names in braces; a brace of another kind is a hole without a name.
fn holes(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    while let Some((before, hole, after)) = next_hole(rest) {
        found.extend(before.contains('}').then_some(""));
        found.insert(hole);
        rest = after;
    }
    found.extend(rest.contains(['{', '}']).then_some(""));
    found
}
