//! The ids of headings, unique in their body, and the level of the first heading.
//!
//! The rest of the page, except the names its furniture uses, is not known here.

use std::collections::HashMap;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The ids that the page itself uses or may use.
const RESERVED: [&str; 28] = [
    "also-read",
    "article",
    "article-tags",
    "author",
    "body",
    "comments",
    "content",
    "corrections",
    "footer",
    "footer-more",
    "footer-policies",
    "footer-sections",
    "footnotes",
    "header",
    "latest",
    "main",
    "menu",
    "more-top-stories",
    "most-read",
    "nav",
    "related",
    "search",
    "search-words",
    "share",
    "tags",
    "title",
    "top",
    "top-stories",
];

/// How long an id gets, in characters.
const ID_CHARS: usize = 80;

/// The ids that are taken.
#[derive(Default)]
pub(super) struct Ids {
    /// For each slug, the number its next bearer gets.
    taken: HashMap<String, usize>,
}

impl Ids {
    /// Takes an id that an author wrote in raw HTML, unless the page or an earlier element has it.
    pub(super) fn claim(&mut self, id: &str) -> bool {
        // What holds a colon may be a footnote's.
        let free = !id.contains(':') && !RESERVED.contains(&id) && !self.taken.contains_key(id);
        if free {
            self.taken.insert(id.to_owned(), 2);
        }
        free
    }

    /// A new id for a heading: letters, marks and digits of every script, lower case, joined by `-`.
    ///
    /// It never holds a `:`, which footnotes have in theirs.
    pub(super) fn id(&mut self, text: &str) -> String {
        let slug = slug(text);
        let first = if RESERVED.contains(&slug.as_str()) { 2 } else { 1 };
        let mut number = self.taken.get(&slug).copied().unwrap_or(first);
        loop {
            let id = if number == 1 { slug.clone() } else { format!("{slug}-{number}") };
            number += 1;
            if id == slug || !self.taken.contains_key(&id) {
                self.taken.insert(slug, number);
                self.taken.entry(id.clone()).or_insert(2);
                return id;
            }
        }
    }
}

fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let composed = if is_nfc(&lower) { lower } else { lower.nfc().collect() };
    let mut slug = String::with_capacity(composed.len());
    let mut chars = 0;
    for c in composed.chars() {
        if chars == ID_CHARS {
            break;
        }
        // Marks are not alphanumeric, but Indic and Arabic words fall apart without them; joiners shape them.
        let joins = unicode_normalization::char::is_combining_mark(c) || matches!(c, '\u{200C}' | '\u{200D}');
        if c.is_alphanumeric() || joins && !slug.is_empty() {
            slug.push(c);
            chars += 1;
        } else if !slug.is_empty() && !slug.ends_with('-') && !matches!(c, '’' | '\'') {
            slug.push('-');
            chars += 1;
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    if slug.is_empty() { "section".to_owned() } else { slug }
}

/// Whether a line may be a first-level heading: `# …`, or `===` under its text. False alarms are allowed, misses not.
pub(super) fn may_hold_first_level(body: &str) -> bool {
    let bytes = body.as_bytes();
    let hash = body.match_indices('#').any(|(at, _)| {
        let alone = at == 0 || bytes[at - 1] != b'#';
        alone && bytes.get(at + 1).is_none_or(|next| matches!(next, b' ' | b'\t' | b'\n'))
    });
    hash || body.match_indices('=').any(|(at, _)| {
        let before = at.checked_sub(1).map_or(b'\n', |before| bytes[before]);
        matches!(before, b'\n' | b' ' | b'\t' | b'>')
    })
}

#[cfg(test)]
mod tests {
    use super::{Ids, may_hold_first_level};

    fn check(texts: &[&str], ids: &[&str]) {
        let mut taken = Ids::default();
        let found: Vec<String> = texts.iter().map(|text| taken.id(text)).collect();
        assert_eq!(found, ids);
    }

    #[test]
    fn ids_keep_every_script() {
        check(
            &["What’s next? 2026!", "हिन्दी समाचार", "Große Übung"],
            &["whats-next-2026", "हिन्दी-समाचार", "große-übung"],
        );
        check(&["E\u{301}te\u{301}", "🎉", "  "], &["été", "section", "section-2"]);
    }

    #[test]
    fn ids_are_unique_and_leave_the_page_its_own() {
        check(&["a", "a", "a-2", "a"], &["a", "a-2", "a-2-2", "a-3"]);
        check(&["a-2", "a", "a"], &["a-2", "a", "a-3"]);
        check(&["Main", "main", "Content"], &["main-2", "main-3", "content-2"]);
        check(&["fn:1"], &["fn-1"]);
    }

    #[test]
    fn a_first_level_heading_is_never_missed() {
        for body in ["# a", "a\n# b", "> # b", "- #\tb", "#", "a\n===", "a\n  =", "> a\n> =", "a\n\n#\n"] {
            assert!(may_hold_first_level(body), "{body:?}");
        }
        for body in ["", "## a", "#1 in the charts", "a #b", "a==b", "### a ###x"] {
            assert!(!may_hold_first_level(body), "{body:?}");
        }
    }
}
