//! What is said about keys and values that do not fit: what was expected, what is there, and what to type.

use serde_yaml::Value;

use super::shape::{Field, Kind};
use super::{Document, Step};
use crate::diagnostic::Diagnostic;

/// The finding about a value that is not of its key's kind.
pub(super) fn wrong_kind(document: &Document, path: &[Step], kind: &Kind, value: &Value) -> Diagnostic {
    let name = path.iter().rev().find_map(|step| match step {
        Step::Key(name) => Some(name.as_str()),
        Step::Index(_) => None,
    });
    let name = name.unwrap_or("value");
    let in_list = matches!(path.last(), Some(Step::Index(_)));
    let subject = if in_list { format!("an item of `{name}`") } else { format!("`{name}`") };
    let message = format!("{subject} must be {}, not {}", expected(kind), described(value));
    let finding =
        Diagnostic::error("wrong-type", message).at(document.source(), document.value_span(path), "");
    match (kind, value) {
        (Kind::Flag, _) => {
            finding.help(format!("write `{name}: true` or `{name}: false`, without quotes and in lower case"))
        }
        (Kind::Count(..), _) => finding.help(format!("write digits only: `{name}: 1234`")),
        (Kind::Text | Kind::TextOrRecord(_), Value::Null) => {
            finding.help(format!("write a text after `{name}:`, or delete the line"))
        }
        _ if in_list => finding.help(format!("write `- {}`", example(kind, name))),
        _ => finding.help(format!("write `{name}: {}`", example(kind, name))),
    }
}

fn expected(kind: &Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Flag => "`true` or `false`".to_owned(),
        Kind::Count(least, u64::MAX) => format!("a whole number, {least} or more"),
        Kind::Count(least, most) => format!("a whole number from {least} to {most}"),
        Kind::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
        Kind::List(_) => "a list".to_owned(),
        Kind::OneOrMany(item) => format!("{} or a list", expected(item)),
        Kind::Record(_) | Kind::Named(_) | Kind::Free => "lines of `key: value`".to_owned(),
        Kind::TextOrRecord(_) => "text or lines of `key: value`".to_owned(),
    }
}

fn described(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::String(text) => format!("the text `{}`", shorten(text)),
        Value::Sequence(_) => "a list".to_owned(),
        Value::Mapping(_) => "lines of `key: value`".to_owned(),
        Value::Tagged(tagged) => format!("a value tagged `{}`", tagged.tag),
    }
}

/// A value as it could be typed.
pub(super) fn example(kind: &Kind, name: &str) -> String {
    match kind {
        Kind::Flag => "true".to_owned(),
        Kind::Count(least, _) => least.max(&1).to_string(),
        Kind::Choice(words) => words.first().copied().unwrap_or_default().to_owned(),
        Kind::List(item) => format!("[{}]", example(item, name)),
        Kind::OneOrMany(item) => example(item, name),
        Kind::Record(fields) => fields.first().map_or_else(
            || "{}".to_owned(),
            |field| format!("{{{}: {}}}", field.name, example(&field.kind, field.name)),
        ),
        Kind::Named(_) | Kind::Free => "{name: value}".to_owned(),
        Kind::Text | Kind::TextOrRecord(_) => match name {
            "title" => "A headline".to_owned(),
            "date" => "2026-01-31 09:30".to_owned(),
            "base_url" => "https://news.example/".to_owned(),
            _ => "text".to_owned(),
        },
    }
}

/// The declared key that somebody who typed `name` most likely meant.
pub(super) fn nearest(name: &str, fields: &'static [Field]) -> Option<&'static str> {
    let typed: String = name.to_lowercase().replace('-', "_");
    let same = |other: &str| other.replace('_', "") == typed.replace('_', "");
    if let Some(field) = fields.iter().find(|f| same(f.name) || f.elsewhere.iter().any(|other| same(other))) {
        return Some(field.name);
    }
    fields
        .iter()
        .map(|field| (strsim::osa_distance(&typed, field.name), field.name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min()
        .map(|(_, name)| name)
}

/// At most 60 characters of an author's text, on one line.
pub(super) fn shorten(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= 60 { line } else { line.chars().take(59).chain(['…']).collect() }
}
