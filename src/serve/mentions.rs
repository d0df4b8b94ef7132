//! Mentions: what a page names as parts of itself, such as style sheets, scripts and pictures.
//!
//! Reads just enough HTML to find attributes in tags; what stands behind the names is not known here.

use std::ops::Range;

/// One name of a part, and where in the page it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// The bytes of the name.
    pub(super) at: Range<usize>,
    /// Whether it is a style sheet.
    pub(super) is_style: bool,
}

/// Attributes that name parts, on any element.
const NAMES: &[&str] = &["src", "poster", "data-fragment"];

/// What a page mentions, in order.
pub(super) fn of(html: &str) -> Vec<Mention> {
    let mut mentions = Vec::new();
    let mut at = 0;
    while let Some(open) = memchr::memchr(b'<', &html.as_bytes()[at..]) {
        at += open + 1;
        if html[at..].starts_with("!--") {
            at = html[at..].find("-->").map_or(html.len(), |end| at + end);
            continue;
        }
        if !html.as_bytes().get(at).is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        let (tag, end) = tag(html, at);
        let name = &html[at..tag.name_end];
        take(name, &tag.attributes, html, &mut mentions);
        at = end;
        // What is in these is no markup.
        for raw in ["script", "style", "textarea", "title"] {
            if name.eq_ignore_ascii_case(raw) {
                let close = format!("</{raw}");
                at = html[at..].to_ascii_lowercase().find(&close).map_or(html.len(), |end| at + end);
            }
        }
    }
    mentions
}

struct Tag {
    name_end: usize,
    /// Names and values, by their bytes.
    attributes: Vec<(Range<usize>, Range<usize>)>,
}

/// Reads a tag whose name begins at `at`; tells where it ends.
fn tag(html: &str, at: usize) -> (Tag, usize) {
    let bytes = html.as_bytes();
    let until = |from: usize, stop: &dyn Fn(u8) -> bool| {
        bytes[from..].iter().position(|byte| stop(*byte)).map_or(bytes.len(), |found| from + found)
    };
    let name_end = until(at, &|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'));
    let mut tag = Tag { name_end, attributes: Vec::new() };
    let mut at = name_end;
    loop {
        at = until(at, &|byte| !byte.is_ascii_whitespace() && byte != b'/');
        match bytes.get(at) {
            None => return (tag, bytes.len()),
            Some(b'>') => return (tag, at + 1),
            Some(_) => {}
        }
        let name =
            at..until(at + 1, &|byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'>' | b'/'));
        at = until(name.end, &|byte| !byte.is_ascii_whitespace());
        if bytes.get(at) != Some(&b'=') {
            tag.attributes.push((name, at..at));
            continue;
        }
        at = until(at + 1, &|byte| !byte.is_ascii_whitespace());
        let value = match bytes.get(at) {
            Some(&quote @ (b'"' | b'\'')) => at + 1..until(at + 1, &|byte| byte == quote),
            _ => at..until(at, &|byte| byte.is_ascii_whitespace() || byte == b'>'),
        };
        at = (value.end + usize::from(value.start > 0 && matches!(bytes[value.start - 1], b'"' | b'\'')))
            .min(bytes.len());
        tag.attributes.push((name, value));
    }
}

fn take(name: &str, attributes: &[(Range<usize>, Range<usize>)], html: &str, mentions: &mut Vec<Mention>) {
    let value = |wanted: &str| {
        let found = attributes.iter().find(|(name, _)| html[name.clone()].eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.clone())
    };
    if name.eq_ignore_ascii_case("link") {
        let rel = value("rel").map_or("", |rel| &html[rel]);
        let is = |wanted: &str| rel.split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case(wanted));
        let (is_style, is_icon) = (is("stylesheet"), is("icon"));
        if let Some(at) = value("href").filter(|at| (is_style || is_icon) && !at.is_empty()) {
            mentions.push(Mention { at, is_style });
        }
        return;
    }
    for (name, value) in attributes {
        let name = &html[name.clone()];
        if NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)) && !value.is_empty() {
            mentions.push(Mention { at: value.clone(), is_style: false });
        } else if name.eq_ignore_ascii_case("srcset") {
            for candidate in html[value.clone()].split(',') {
                let url = candidate.split_ascii_whitespace().next().unwrap_or("");
                if !url.is_empty() {
                    let from = url.as_ptr() as usize - html.as_ptr() as usize;
                    mentions.push(Mention { at: from..from + url.len(), is_style: false });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    fn check(html: &str, wanted: &[(&str, bool)]) {
        let found: Vec<(&str, bool)> =
            of(html).into_iter().map(|mention| (&html[mention.at], mention.is_style)).collect();
        assert_eq!(found, wanted, "{html}");
    }

    #[test]
    fn parts_are_found_in_tags_only() {
        check(r#"<link rel="stylesheet" href="/a.css"><link rel=canonical href=/x>"#, &[("/a.css", true)]);
        check("<LINK HREF='/i.svg' REL='shortcut icon'>", &[("/i.svg", false)]);
        check(r#"<img src="p.jpg" alt="<img src=x>"><!-- <img src=y> -->"#, &[("p.jpg", false)]);
        check("<script>\"<img src=x>\"</script><script src=/t.js defer></script>", &[("/t.js", false)]);
        check(r#"<source srcset="a.webp 1x, b.webp 2x">"#, &[("a.webp", false), ("b.webp", false)]);
        check(r#"<div data-fragment="/f.html">1 < 2 <3</div>"#, &[("/f.html", false)]);
        check("<img src", &[]);
        check("<img src=", &[]);
        check("<img src='x", &[("x", false)]);
        check("<", &[]);
        check("<a/><img/src=x>", &[("x", false)]);
    }
}
