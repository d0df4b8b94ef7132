//! Absolute URLs: the HTML of a text for readers who have it without its page, as feed readers do.
//!
//! Tags are followed as browsers do (HTML, 13.2.5), so that raw HTML which a newspaper trusts is understood, too. What is
//! no attribute stays as it is, letter by letter.

use std::borrow::Cow;

use quick_xml::escape::{escape, unescape};
use url::Url;

/// Attributes that hold one URL.
const URLS: [&str; 9] =
    ["href", "src", "poster", "cite", "data", "action", "formaction", "background", "longdesc"];

/// Attributes that hold several, each with a size.
const LISTS: [&str; 2] = ["srcset", "imagesrcset"];

/// Elements whose content holds no tags but their own end.
const RAW: [&str; 8] = ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"];

/// The HTML of the page at `page` with every URL absolute; places on the page lead to the page.
pub(super) fn absolute(html: &str, page: &str) -> String {
    let Ok(base) = Url::parse(page) else { return html.to_owned() };
    let origin = base.origin().ascii_serialization();
    Absolute {
        html,
        at: 0,
        done: 0,
        out: String::with_capacity(html.len() + html.len() / 8),
        page,
        base,
        origin,
    }
    .run()
}

struct Absolute<'a> {
    html: &'a str,
    /// Where reading stands.
    at: usize,
    /// Up to where the text is written out.
    done: usize,
    out: String,
    page: &'a str,
    base: Url,
    origin: String,
}

impl Absolute<'_> {
    fn run(mut self) -> String {
        while let Some(found) = self.html[self.at..].find('<') {
            self.at += found + 1;
            let rest = &self.html[self.at..];
            if rest.starts_with("!--") {
                self.at += rest.find("-->").map_or(rest.len(), |end| end + 3);
            } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
                self.tag();
            }
        }
        self.out.push_str(&self.html[self.done..]);
        self.out
    }

    /// Reads a tag from its name on, and what it makes raw.
    fn tag(&mut self) {
        let name = self.take(|c| !is_space(c) && !matches!(c, '/' | '>')).to_ascii_lowercase();
        loop {
            self.take(|c| is_space(c) || c == '/');
            match self.html[self.at..].chars().next() {
                None => return,
                Some('>') => {
                    self.at += 1;
                    break;
                }
                Some(first) => {
                    // An `=` at the beginning belongs to the name.
                    let start = self.at;
                    self.at += first.len_utf8();
                    self.take(|c| !is_space(c) && !matches!(c, '/' | '>' | '='));
                    let attribute = self.html[start..self.at].to_ascii_lowercase();
                    self.value(&attribute);
                }
            }
        }
        if RAW.contains(&name.as_str()) {
            let rest = &self.html[self.at..];
            let end = rest.match_indices("</").find(|(at, _)| {
                rest.get(at + 2..at + 2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(&name))
            });
            self.at += end.map_or(rest.len(), |(at, _)| at);
        }
    }

    /// Reads the value of an attribute, if it has one.
    fn value(&mut self, attribute: &str) {
        let before = self.at;
        self.take(is_space);
        if !self.html[self.at..].starts_with('=') {
            self.at = before;
            return;
        }
        self.at += 1;
        self.take(is_space);
        let quote = self.html[self.at..].chars().next().filter(|c| matches!(c, '"' | '\''));
        self.at += usize::from(quote.is_some());
        let start = self.at;
        match quote {
            Some(quote) => self.take(|c| c != quote),
            None => self.take(|c| !is_space(c) && c != '>'),
        };
        let end = self.at;
        self.at += usize::from(quote.is_some() && end < self.html.len());
        let written = &self.html[start..end];
        let plain = unescape(written).unwrap_or(Cow::Borrowed(written));
        let new = if URLS.contains(&attribute) {
            self.url(plain.trim())
        } else if LISTS.contains(&attribute) {
            Some(self.list(&plain))
        } else {
            None
        };
        if let Some(new) = new {
            self.out.push_str(&self.html[self.done..start]);
            let escaped = escape(new.as_str());
            match quote {
                Some(_) => self.out.push_str(&escaped),
                None => self.out.extend(["\"", &escaped, "\""]),
            }
            self.done = end;
        }
    }

    /// A URL made absolute; `None` when it is.
    fn url(&self, url: &str) -> Option<String> {
        if url.starts_with("//") {
            return Some(format!("{}:{url}", self.base.scheme()));
        }
        if url.starts_with('/') {
            return Some(format!("{}{url}", self.origin));
        }
        if url.is_empty() || url.starts_with('#') {
            return Some(format!("{}{url}", self.page));
        }
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        if is_scheme { None } else { self.base.join(url).ok().map(String::from) }
    }

    /// A list of URLs, each with a width or density (HTML, 4.8.4.2.1), made absolute.
    fn list(&self, list: &str) -> String {
        let mut candidates = Vec::new();
        let mut rest = list;
        loop {
            rest = rest.trim_start_matches(|c: char| is_space(c) || c == ',');
            if rest.is_empty() {
                return candidates.join(", ");
            }
            let (url, after) = rest.split_at(rest.find(is_space).unwrap_or(rest.len()));
            let bare = url.trim_end_matches(',');
            let (size, after) = if bare.len() < url.len() {
                ("", after)
            } else {
                after.split_at(after.find(',').unwrap_or(after.len()))
            };
            let url = self.url(bare).unwrap_or_else(|| bare.to_owned());
            candidates.push(format!("{url} {}", size.trim()).trim_end().to_owned());
            rest = after;
        }
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &str {
        let start = self.at;
        let rest = &self.html[start..];
        self.at += rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        &self.html[start..self.at]
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{C}')
}

#[cfg(test)]
mod tests {
    use super::absolute;

    fn check(html: &str, expect: &str) {
        assert_eq!(absolute(html, "https://a.example/x/y/"), expect, "{html}");
    }

    #[test]
    fn urls_become_absolute_wherever_they_stand() {
        check("<a href=\"/b/?c=1&amp;d\">t</a>", "<a href=\"https://a.example/b/?c=1&amp;d\">t</a>");
        check("<img src='p.png' alt='/q'>", "<img src='https://a.example/x/y/p.png' alt='/q'>");
        check("<IMG SRC=../p.png alt>", "<IMG SRC=\"https://a.example/x/p.png\" alt>");
        check("<a href=\"#fn\">1</a>", "<a href=\"https://a.example/x/y/#fn\">1</a>");
        check("<a href=''>", "<a href='https://a.example/x/y/'>");
        check("<video poster = \"//b/v.jpg\">", "<video poster = \"https://b/v.jpg\">");
        check("<a href=\"&#47;b\">", "<a href=\"https://a.example/b\">");
        for whole in ["<a href=\"mailto:a@b\">", "<a href=\"http://b/\">", "<a href=\"javascript:x\">"] {
            check(whole, whole);
        }
    }

    #[test]
    fn lists_of_pictures_become_absolute() {
        check(
            "<img srcset=\"/a.jpg 1x,/b,c.jpg 2x, d.jpg\">",
            "<img srcset=\"https://a.example/a.jpg 1x, https://a.example/b,c.jpg 2x, https://a.example/x/y/d.jpg\">",
        );
        check("<source srcset='/a.jpg,'>", "<source srcset='https://a.example/a.jpg'>");
    }

    #[test]
    fn what_is_no_tag_stays() {
        for same in [
            "1 < 2 href=\"/a\"",
            "<!-- <a href=\"/a\"> --> b",
            "<script>x = '<a href=\"/a\">'</script>",
            "</a href=\"/b\">",
            "<a data-href=\"/b\">",
            "<p title=\"<a href='/x'>\">",
            "<",
            "<a",
            "<a href",
            "<!--",
            "<script>",
            "a\u{0}ক<b>",
        ] {
            check(same, same);
        }
        check("<a =\"b\" href=\"/c", "<a =\"b\" href=\"https://a.example/c");
    }
}
