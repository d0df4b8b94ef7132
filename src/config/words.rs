//! The words of the interface: what the theme says in the site's language, and how that language writes dates and numbers.
//!
//! There is one file a language, `templates/words/LANGUAGE.yaml`, in the theme and in newspapers that want other words. Files
//! are laid one over the other: English, the language, the language of a region, then the newspaper's own.

mod reader;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

use crate::date::Moment;
use crate::date::pattern::{Names, Pattern};
use crate::diagnostic::Diagnostic;
use crate::language::numerals::Numerals;
use crate::language::plurals::{Plural, Plurals};
use crate::source::{Source, SourcePath};
use crate::yaml::shape::Field;

/// The folder of lists of words, in a newspaper.
pub const FOLDER: &str = "templates/words/";

/// Every key of a list of words.
pub const FIELDS: &[Field] = reader::FIELDS;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/words");

/// The language whose words stand in where another one has none.
const FALLBACK: &str = "en";

/// What a number of things is called, a text for each form; `{n}` stands for the number.
type Forms = BTreeMap<Plural, String>;

/// The words of one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    names: Names,
    numerals: Numerals,
    plurals: Plurals,
    /// The pattern of dates where the config names none.
    date: Pattern,
    texts: BTreeMap<String, String>,
    counts: BTreeMap<String, Forms>,
}

static ENGLISH: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words {
        names: Names::default(),
        numerals: Numerals { grouped_from: reader::GROUPED_FROM, ..Numerals::default() },
        plurals: Plurals::of(FALLBACK),
        date: Pattern::of(""),
        texts: BTreeMap::new(),
        counts: BTreeMap::new(),
    };
    if let Some(source) = built_in(FALLBACK) {
        reader::lay(&mut words, None, &source);
    }
    words
});

impl Words {
    /// The theme's words for a language; English ones where it has none.
    #[must_use]
    pub fn of(language: &str) -> Self {
        let mut words = ENGLISH.clone();
        for name in names(language) {
            if let Some(source) = built_in(&name) {
                reader::lay(&mut words, Some(&ENGLISH), &source);
            }
        }
        words.plurals = Plurals::of(language);
        words
    }

    /// The same words with those of a newspaper's own list, and what is wrong with that.
    pub(super) fn laid_over(&mut self, own: &Source, language: &str) -> Vec<Diagnostic> {
        let mut findings = reader::lay(self, Some(&ENGLISH), own);
        let is_known = names(language).iter().any(|name| built_in(name).is_some());
        if !is_known {
            findings.extend(reader::missing(own, &ENGLISH));
        }
        findings
    }

    /// A text of the interface, with holes where it has any; empty when there is none of that name.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    /// A text whose holes are filled.
    #[must_use]
    pub fn filled(&self, name: &str, holes: &[(&str, &str)]) -> String {
        let mut text = String::new();
        let mut rest = self.text(name);
        while let Some((before, hole, after)) = next_hole(rest) {
            text.push_str(before);
            let filling = holes.iter().find(|(name, _)| *name == hole);
            text.push_str(filling.map_or("", |(_, filling)| filling));
            rest = after;
        }
        text + rest
    }

    /// All texts, by name.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// All forms of all counts: the count's name, the form's, and the text.
    pub fn counts(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.counts.iter().flat_map(|(name, forms)| {
            forms.iter().map(|(form, text)| (name.as_str(), form.name(), text.as_str()))
        })
    }

    /// So many things, in words: `104 Views`. `None` when nothing is counted under that name.
    #[must_use]
    pub fn counted(&self, name: &str, number: u64) -> Option<String> {
        let forms = self.counts.get(name)?;
        let text = forms.get(&self.plurals.form(number)).or_else(|| forms.get(&Plural::Other))?;
        Some(match text.split_once("{n}") {
            Some((before, after)) => [before, &self.numerals.number(number), after].concat(),
            None => text.clone(),
        })
    }

    /// How the language writes whole numbers.
    #[must_use]
    pub fn numerals(&self) -> &Numerals {
        &self.numerals
    }

    /// The name of a month from 1 to 12.
    #[must_use]
    pub fn month(&self, month: u8) -> &str {
        self.names.months.get(usize::from(month).wrapping_sub(1)).map_or("", String::as_str)
    }

    /// A year in the language's digits.
    #[must_use]
    pub fn year(&self, year: i16) -> String {
        self.numerals.digits(&year.to_string()).into_owned()
    }

    /// A month of a year: `August 2025`.
    #[must_use]
    pub fn month_of_year(&self, year: i16, month: u8) -> String {
        self.filled("month_year", &[("month", self.month(month)), ("year", &self.year(year))])
    }

    /// A date by a pattern, or by the language's own.
    #[must_use]
    pub fn date(&self, moment: Moment, pattern: Option<&Pattern>) -> String {
        pattern.unwrap_or(&self.date).show(moment, &self.names, &self.numerals)
    }
}

/// The paths of the lists that a newspaper may have for its language, the more general first.
#[must_use]
pub fn own_paths(language: &str) -> Vec<String> {
    names(language).iter().map(|name| format!("{FOLDER}{name}.yaml")).collect()
}

/// The names of a language's lists: the language's, and the tag's.
fn names(tag: &str) -> Vec<String> {
    let language = tag.split('-').next().unwrap_or("").to_ascii_lowercase();
    let mut names = vec![language];
    if tag.contains('-') {
        names.push(tag.to_owned());
    }
    names
}

/// The theme's list of that name. Tags are compared without regard to case (BCP 47, 2.1.1).
fn built_in(name: &str) -> Option<Source> {
    let is_named = |file: &&include_dir::File<'_>| {
        file.path().file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case(name))
    };
    let file = BUILT_IN.files().find(is_named)?;
    let path = SourcePath::new(&format!("theme:{FOLDER}{name}.yaml"));
    Some(Source::new(path, file.contents_utf8()?))
}

/// The first hole of a text, such as `{date}`, with what stands before and after it.
#[must_use]
pub fn next_hole(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (hole, after) = rest.split_once('}')?;
    Some((before, hole, after))
}

#[cfg(test)]
mod tests;
