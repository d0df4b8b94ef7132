//! Raw HTML in articles: what may stay, what goes, and what is said about it.
//!
//! Safety is ammonia's: a body with raw HTML is cleaned as one tree. The scan here only tells the author what goes.

use std::borrow::Cow;
use std::collections::HashSet;

use ammonia::{Builder, UrlRelative, UrlRelativeEvaluate};

use super::destination::{Destination, Purpose, is_https_on};

/// Hosts whose players may be embedded.
const EMBED_HOSTS: [&str; 6] = [
    "www.youtube.com",
    "youtube.com",
    "www.youtube-nocookie.com",
    "player.vimeo.com",
    "platform.twitter.com",
    "www.openstreetmap.org",
];

/// Elements that may stand in an article besides those ammonia allows by itself.
const MORE_TAGS: [&str; 7] = ["iframe", "section", "video", "audio", "source", "input", "picture"];

/// Cleans a body. `internal` holds the path-absolute links that were resolved; any other relative URL is dropped, so
/// that no dead link can come from raw HTML.
pub(crate) fn clean(html: &str, internal: HashSet<String>) -> String {
    let mut builder = Builder::default();
    builder
        .add_tags(MORE_TAGS)
        .add_generic_attributes(["class", "id", "aria-label", "aria-hidden", "role", "tabindex"])
        .add_tag_attributes("img", ["loading", "width", "height", "alt", "title", "srcset", "sizes"])
        .add_tag_attributes("iframe", ["src", "width", "height", "title", "loading", "allowfullscreen"])
        .add_tag_attributes("video", ["src", "controls", "poster", "width", "height"])
        .add_tag_attributes("audio", ["src", "controls"])
        .add_tag_attributes("source", ["src", "type"])
        .add_tag_attributes("input", ["type", "disabled", "checked"])
        .set_tag_attribute_value("iframe", "loading", "lazy")
        .set_tag_attribute_value("input", "disabled", "")
        .set_tag_attribute_value("input", "type", "checkbox")
        .link_rel(None)
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .url_relative(UrlRelative::Custom(Box::new(Known(internal))))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("iframe", "src") => is_https_on(value, &EMBED_HOSTS).then_some(Cow::Borrowed(value)),
            (_, "srcset" | "sizes") => None,
            _ => Some(Cow::Borrowed(value)),
        });
    without_empty_embeds(&builder.clean(html).to_string())
}

/// Takes out embeds that were left without an address. `html` is ammonia's own output: attributes stand in double
/// quotes, and quotes inside them are escaped.
fn without_empty_embeds(html: &str) -> String {
    const OPEN: &str = "<iframe";
    const CLOSE: &str = "</iframe>";
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(OPEN) {
        let (before, from) = rest.split_at(at);
        kept.push_str(before);
        let end = from.find(CLOSE).map_or(from.len(), |close| close + CLOSE.len());
        let mut in_quotes = false;
        let tag_end = from.find(|c| {
            in_quotes ^= c == '"';
            c == '>' && !in_quotes
        });
        let tag = &from[..tag_end.unwrap_or(from.len())];
        if tag.split('"').step_by(2).any(|outside_quotes| outside_quotes.ends_with(" src=")) {
            kept.push_str(&from[..end]);
        }
        rest = &from[end..];
    }
    kept.push_str(rest);
    kept
}

/// Lets through fragments and the links that were resolved.
struct Known(HashSet<String>);

impl UrlRelativeEvaluate<'_> for Known {
    fn evaluate<'a>(&self, url: &'a str) -> Option<Cow<'a, str>> {
        (url.starts_with('#') || self.0.contains(url)).then_some(Cow::Borrowed(url))
    }
}

/// What cleaning will take out of a piece of raw HTML, in words, with its place in the piece.
pub(crate) fn removals(html: &str) -> Vec<(usize, String)> {
    let allowed = Builder::default().clone_tags();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = html[at..].find('<').map(|open| at + open) {
        at = open + 1;
        let rest = &html[at..];
        if rest.starts_with(['/', '!', '?']) {
            continue;
        }
        let name: String = rest
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect::<String>()
            .to_ascii_lowercase();
        if name.is_empty() {
            continue;
        }
        if !allowed.contains(name.as_str()) && !MORE_TAGS.contains(&name.as_str()) {
            found.push((open, format!("the element `<{name}>`")));
            continue;
        }
        let end = rest.find('>').unwrap_or(rest.len());
        found.extend(attribute_removals(&name, &rest[name.len()..end]).into_iter().map(|what| (open, what)));
    }
    found
}

fn attribute_removals(element: &str, attributes: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in attributes.split_ascii_whitespace() {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let name = name.trim_matches(['/', '"', '\'']).to_ascii_lowercase();
        let value = value.trim_matches(['"', '\'', '/']);
        let full = part.split_once('=').map_or("", |(_, value)| value.trim_matches(['"', '\'']));
        if name.starts_with("on") || matches!(name.as_str(), "style" | "srcdoc" | "srcset") {
            found.push(format!("the attribute `{name}` of `<{element}>`"));
        } else if element == "iframe" && name == "src" && !is_https_on(full, &EMBED_HOSTS) {
            found.push(format!("an embed from `{value}`"));
        } else if matches!(name.as_str(), "href" | "src") && element != "iframe" {
            match Destination::of(full, Purpose::Link) {
                Destination::External(_) | Destination::Fragment(_) => {}
                _ => found.push(format!("the relative link `{value}` of `<{element}>`")),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{clean, removals};

    fn check(html: &str, expect: &str) {
        assert_eq!(clean(html, HashSet::from(["/known/".to_owned()])), expect);
    }

    #[test]
    fn what_could_run_goes_and_what_shows_stays() {
        check("<b onclick=\"x()\">bold</b><script>x()</script>", "<b>bold</b>");
        check("<a href=\"javascript:x()\">a</a>", "<a>a</a>");
        check("<iframe srcdoc=\"<script>\" title=\"> src=\"></iframe>after", "after");
        check("<iframe src=\"https://evil.example/\"></iframe>", "");
        check(
            "<iframe src=\"https://player.vimeo.com/video/1\"></iframe>",
            "<iframe src=\"https://player.vimeo.com/video/1\" loading=\"lazy\"></iframe>",
        );
    }

    #[test]
    fn only_links_that_were_resolved_stay_relative() {
        check(
            "<a href=\"/known/\">a</a><a href=\"/lost/\">b</a><a href=\"#c\">c</a>",
            "<a href=\"/known/\">a</a><a>b</a><a href=\"#c\">c</a>",
        );
    }

    #[test]
    fn every_removal_is_named() {
        let said: Vec<String> = removals("<div style=\"x\"><form></form><img src=\"a.png\" onerror=x>")
            .into_iter()
            .map(|(_, w)| w)
            .collect();
        assert_eq!(
            said,
            [
                "the attribute `style` of `<div>`",
                "the element `<form>`",
                "the relative link `a.png` of `<img>`",
                "the attribute `onerror` of `<img>`"
            ]
        );
    }
}
