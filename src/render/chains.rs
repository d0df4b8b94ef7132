//! Chains of templates: which templates a template draws on, and one digest for all of them.
//!
//! Every text in quotes that is a template's name counts, and every name of a component: too many at worst, never too
//! few. How templates are rendered is not known here.

use std::collections::{BTreeMap, BTreeSet};

use super::tags::tags;
use crate::fingerprint::Digest;
use crate::source::Source;

/// The digest of each template with all that it draws on.
pub(super) struct Chains(BTreeMap<String, u64>);

impl Chains {
    /// Follows the chains of all templates.
    pub(super) fn of(sources: &BTreeMap<String, Source>) -> Self {
        let components = components(sources);
        let next: BTreeMap<&str, BTreeSet<&str>> = sources
            .iter()
            .map(|(name, source)| (name.as_str(), named(source, sources, &components)))
            .collect();
        let mut digest = Digest::new();
        let digests = sources.keys().map(|name| {
            for reached in reached(name, &next) {
                digest.text(reached).text(sources[reached].text());
            }
            (name.clone(), digest.finish())
        });
        Self(digests.collect())
    }

    /// The digest of a template and all it draws on; `None` when there is no such template.
    pub(super) fn get(&self, name: &str) -> Option<u64> {
        self.0.get(name).copied()
    }
}

/// The templates that define each component.
fn components(sources: &BTreeMap<String, Source>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut defined: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, source) in sources {
        for tag in tags(source.text()).iter().filter(|tag| tag.is_block) {
            if let [first, component, ..] = tag.words.as_slice()
                && first.text == "component"
            {
                defined.entry(component.text).or_default().insert(name);
            }
        }
    }
    defined
}

fn named<'s>(
    source: &'s Source,
    sources: &'s BTreeMap<String, Source>,
    components: &BTreeMap<&str, BTreeSet<&'s str>>,
) -> BTreeSet<&'s str> {
    let mut found = BTreeSet::new();
    for tag in tags(source.text()) {
        for word in &tag.words {
            let text = word.text;
            if text.starts_with(['"', '\'', '`']) {
                let inside = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
                found.extend(sources.get_key_value(inside).map(|(name, _)| name.as_str()));
            } else if let Some(templates) = components.get(text) {
                found.extend(templates);
            }
        }
    }
    found
}

fn reached<'s>(from: &'s str, next: &BTreeMap<&'s str, BTreeSet<&'s str>>) -> BTreeSet<&'s str> {
    let mut found = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        for &other in next.get(name).into_iter().flatten() {
            if found.insert(other) {
                open.push(other);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Chains;
    use crate::source::{Source, SourcePath};

    /// Which of the templates have another digest when the one called `changed` gets another text.
    fn check(changed: &str, expect: &[&str]) {
        let texts = [
            ("base.html", "{% block a %}{% endblock %}"),
            ("card.html", "{{ story.title }}"),
            ("list.html", "{% extends \"base.html\" %}{% block a %}{% include 'card.html' %}{% endblock %}"),
            ("parts.html", "{% component button(label) %}<b>{{ label }}</b>{% endcomponent button %}"),
            (
                "page.html",
                "{% extends \"base.html\" %}{% block a %}{{ <button label=\"x\" /> }}{% endblock %}",
            ),
        ];
        let sources = |changed: &str| -> BTreeMap<String, Source> {
            let text =
                |name: &str, text: &str| if name == changed { format!("{text} ") } else { text.to_owned() };
            let source = |(name, t): &(&str, &str)| {
                ((*name).to_owned(), Source::new(SourcePath::new(name), &text(name, t)))
            };
            texts.iter().map(source).collect()
        };
        let (before, after) = (Chains::of(&sources("")), Chains::of(&sources(changed)));
        let differs = |name: &&str| before.get(name) != after.get(name);
        let found: Vec<&str> = texts.iter().map(|(name, _)| *name).filter(differs).collect();
        assert_eq!(found, expect, "{changed}");
    }

    #[test]
    fn a_template_counts_for_all_that_draw_on_it() {
        check("base.html", &["base.html", "list.html", "page.html"]);
        check("card.html", &["card.html", "list.html"]);
        check("parts.html", &["parts.html", "page.html"]);
        check("page.html", &["page.html"]);
    }
}
