//! The words of the interface in templates: as values that any template can read, and as text put in beforehand where a
//! template shows one as it is, so that they cost pages nothing.

use serde_json::{Value, json};

use super::tags::tags;
use crate::config::words::{Words, next_hole};

/// `site.words`: each text by its name; of a text with a hole what stands `before` and `after` it.
pub(super) fn texts(words: &Words) -> Value {
    let view = |text: &str| match next_hole(text) {
        Some((before, _, after)) => json!({ "before": before, "after": after }),
        None => json!(text),
    };
    words.texts().map(|(name, text)| (name.to_owned(), view(text))).collect::<serde_json::Map<_, _>>().into()
}

/// `site.counts`: the forms of each count, for scripts.
pub(super) fn counts(words: &Words) -> Value {
    let mut counts = json!({});
    for (name, form, text) in words.counts() {
        counts[name][form] = json!(text);
    }
    counts
}

/// A template's text with words in the place of the tags that show them: `{{ site.words.home }}`.
pub(super) fn with_words(text: &str, words: &Words) -> String {
    let mut rewritten = String::with_capacity(text.len());
    let mut from = 0;
    for tag in tags(text) {
        let named: Vec<&str> = tag.words.iter().map(|word| word.text).collect();
        let shown = match named[..] {
            ["site", ".", "words", ".", name] => {
                Some(words.text(name)).filter(|text| next_hole(text).is_none())
            }
            ["site", ".", "words", ".", name, ".", side @ ("before" | "after")] => {
                next_hole(words.text(name))
                    .map(|(before, _, after)| if side == "before" { before } else { after })
            }
            _ => None,
        };
        let Some(shown) = shown.filter(|shown| !tag.is_block && may_stand(shown)) else { continue };
        let is_trimming = tag.trims_before || tag.trims_after;
        if is_trimming {
            continue;
        }
        rewritten.push_str(&text[from..tag.range.start]);
        rewritten.push_str(&escaped(shown));
        from = tag.range.end;
    }
    rewritten.push_str(&text[from..]);
    rewritten
}

/// Whether a text says the same as text of a template: no tags, and no blank ends that other tags would trim. An empty text
/// would let blank text around it run together.
fn may_stand(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.contains(['{', '}'])
}

/// A text as Tera escapes it for HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use tera::{Context, Tera};

    use super::{texts, with_words};
    use crate::config::words::Words;

    /// A template shows the same with words put in as without.
    fn check(template: &str, rewritten: &str) {
        let words = Words::of("en");
        assert_eq!(with_words(template, &words), rewritten);
        let mut context = Context::new();
        context.insert("site", &serde_json::json!({ "words": texts(&words) }));
        let show = |text: &str| {
            let mut tera = Tera::default();
            tera.add_raw_template("t.html", text).expect("a template");
            tera.render("t.html", &context).expect("rendered")
        };
        assert_eq!(show(template), show(rewritten));
    }

    #[test]
    fn words_stand_in_the_place_of_their_tags() {
        check("<b>{{ site.words.home }}</b>", "<b>Home</b>");
        check(
            "{{site.words.not_found_text}} {% if true %}x{% endif %}",
            "The address may be mistyped, or the page may have moved. {% if true %}x{% endif %}",
        );
        // Blanks at the ends are the words' own, and no tag may take them.
        check(
            "a{{ site.words.and }}{%- if true %}b{% endif %}",
            "a{{ site.words.and }}{%- if true %}b{% endif %}",
        );
        check(
            "{{ site.words.posted.before }}x{{ site.words.posted.after }}",
            "{{ site.words.posted.before }}x{{ site.words.posted.after }}",
        );
        check("a {{- site.words.home }}", "a {{- site.words.home }}");
        check("{{ site.words.home | upper }}", "{{ site.words.home | upper }}");
    }
}
