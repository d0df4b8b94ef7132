//! The tags of a template's text, cut into words as Tera cuts them.
//!
//! This knows where things stand, and nothing of what they mean: `limits.rs` decides what costs.

use std::ops::Range;

/// One `{% … %}` or `{{ … }}`.
pub(super) struct Tag<'t> {
    /// The tag with its marks.
    pub(super) range: Range<usize>,
    /// Whether the tag takes away the blank text before it: `{%-`.
    pub(super) trims_before: bool,
    /// Whether the tag takes away the blank text after it: `-%}`.
    pub(super) trims_after: bool,
    /// Whether it is `{% … %}`.
    pub(super) is_block: bool,
    /// What stands between the marks.
    pub(super) words: Vec<Word<'t>>,
}

/// A name, a text in quotes, or one sign.
pub(super) struct Word<'t> {
    /// As it is written.
    pub(super) text: &'t str,
    /// Where its first byte stands in the template.
    pub(super) start: usize,
}

impl Word<'_> {
    /// One past its last byte.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The tags of a template in their order; raw blocks and comments are none. What is no tag to Tera either (a text in
/// quotes that does not end, say) ends the list: Tera refuses such a template.
pub(super) fn tags(text: &str) -> Vec<Tag<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(step) = bytes[at..].windows(2).position(|two| matches!(two, b"{{" | b"{%" | b"{#")) {
        let start = at + step;
        let end = match bytes[start + 1] {
            b'#' => text[start..].find("#}").map(|end| start + end + 2),
            b'%' if raw_tag(&text[start..], "raw").is_some() => end_of_raw(text, start),
            _ => tag(text, start).map(|tag| {
                let end = tag.range.end;
                found.push(tag);
                end
            }),
        };
        let Some(end) = end else { break };
        at = end;
    }
    found
}

/// The length of the tag `{% name %}` that `text` begins with.
fn raw_tag(text: &str, name: &str) -> Option<usize> {
    let rest = text.strip_prefix("{%")?;
    let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start();
    let rest = rest.strip_prefix(name)?.trim_start();
    let rest = rest.strip_prefix('-').unwrap_or(rest).strip_prefix("%}")?;
    Some(text.len() - rest.len())
}

/// Where the raw block that begins at `start` ends.
fn end_of_raw(text: &str, start: usize) -> Option<usize> {
    let inside = start + raw_tag(&text[start..], "raw")?;
    text[inside..]
        .match_indices("{%")
        .find_map(|(at, _)| Some(inside + at + raw_tag(&text[inside + at..], "endraw")?))
}

fn tag(text: &str, start: usize) -> Option<Tag<'_>> {
    let bytes = text.as_bytes();
    let is_block = bytes[start + 1] == b'%';
    let close = if is_block { "%}" } else { "}}" };
    let trims_before = bytes.get(start + 2) == Some(&b'-');
    let mut at = start + 2 + usize::from(trims_before);
    let mut words = Vec::new();
    loop {
        at += bytes.get(at..)?.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let trims_after = bytes[at] == b'-' && text[at + 1..].starts_with(close);
        if trims_after || text[at..].starts_with(close) {
            let end = at + 2 + usize::from(trims_after);
            return Some(Tag { range: start..end, trims_before, trims_after, is_block, words });
        }
        let length = word(&text[at..])?;
        words.push(Word { text: &text[at..at + length], start: at });
        at += length;
    }
}

/// The length of the word that `text` begins with.
fn word(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if matches!(first, '"' | '\'' | '`') {
        let mut escaped = false;
        for (at, letter) in text.char_indices().skip(1) {
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if letter == first => return Some(at + 1),
                _ => {}
            }
        }
        return None;
    }
    let name = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    Some(if name > 0 { name } else { first.len_utf8() })
}

#[cfg(test)]
mod tests {
    use super::tags;

    fn check(text: &str, expect: &[&str]) {
        let found: Vec<String> = tags(text)
            .iter()
            .map(|tag| tag.words.iter().map(|word| word.text).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn tags_are_cut_into_words() {
        check("a {{ b.c }} {%- for x in [1, \"%}\"] -%} y", &["b . c", "for x in [ 1 , \"%}\" ]"]);
        check("{# {{ a }} #}{{ 'it\\'s' }}", &["'it\\'s'"]);
        check("{% raw %}{{ a }}{% for %}{%- endraw -%}{{ b }}", &["b"]);
        check("{{ é }}{{ a", &["é"]);
        check("{{ 'open }}", &[]);
        check("{", &[]);
    }
}
