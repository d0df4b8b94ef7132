//! What the preview puts into pages: the script that reloads them, and the banner that says what is not public.
//!
//! Pages stay as they are built but for this one insertion. What is in them is not known here.

use std::fmt::Write as _;

use super::digests::PageTag;
use crate::route::Route;

/// How far into a file its doctype may stand.
const HEAD_BYTES: usize = 1024;

/// The looks of the banner, which stands in a tree of its own: neither side's styles reach the other.
const BANNER_STYLE: &str = include_str!("banner.css");

/// What to put into a page.
pub(super) struct Insertion<'a> {
    /// Tells pages of this server from others.
    pub(super) token: &'a str,
    /// What the page is.
    pub(super) tag: &'a PageTag,
    /// Where it is.
    pub(super) route: &'a Route,
    /// What the banner says.
    pub(super) banner: Option<&'a str>,
}

impl Insertion<'_> {
    /// The page with the insertion; a fragment stays as it is.
    pub(super) fn put_into(&self, html: &[u8]) -> Vec<u8> {
        if !is_document(html) {
            return html.to_vec();
        }
        let at = last_body_end(html).unwrap_or(html.len());
        let text = self.text();
        let mut all = Vec::with_capacity(html.len() + text.len());
        all.extend_from_slice(&html[..at]);
        all.extend_from_slice(text.as_bytes());
        all.extend_from_slice(&html[at..]);
        all
    }

    fn text(&self) -> String {
        let mut text = String::new();
        if let Some(banner) = self.banner {
            text.push_str("<div id=\"newsprint-banner\"><template shadowrootmode=\"open\"><style>");
            text.push_str(BANNER_STYLE);
            text.push_str("</style><aside aria-label=\"Preview\"><b>Preview</b> <span>");
            text.push_str(&escaped(banner));
            text.push_str("</span> <a href=\"/__newsprint/\">Inspector</a></aside></template></div>\n");
        }
        text.push_str(&script(self.token, self.tag, self.route, ""));
        text
    }
}

/// The element that brings the script; `more` are further attributes.
pub(super) fn script(token: &str, tag: &PageTag, route: &Route, more: &str) -> String {
    format!(
        "<script src=\"/__newsprint/live.js\" data-token=\"{token}\" data-page=\"{}\" data-path=\"{}\"{more} defer>\
         </script>\n",
        tag.shown(),
        escaped(&route.encoded()),
    )
}

/// Text without the characters that mean something in HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => all.push_str("&amp;"),
            '<' => all.push_str("&lt;"),
            '>' => all.push_str("&gt;"),
            '"' => all.push_str("&quot;"),
            '\'' => all.push_str("&#39;"),
            letter if letter.is_control() && letter != '\n' && letter != '\t' => {
                // Writing to a string does not fail.
                let _ = write!(all, "\u{FFFD}");
            }
            letter => all.push(letter),
        }
    }
    all
}

fn is_document(html: &[u8]) -> bool {
    let head = html[..html.len().min(HEAD_BYTES)].to_ascii_lowercase();
    let has = |wanted: &[u8]| memchr::memmem::find(&head, wanted).is_some();
    has(b"<!doctype html") || has(b"<html") || last_body_end(html).is_some()
}

/// Where the last `</body` is, in whatever case.
fn last_body_end(html: &[u8]) -> Option<usize> {
    const END: &[u8] = b"</body";
    let mut until = html.len();
    loop {
        let at = memchr::memmem::rfind(&html[..until], b"</")?;
        if html[at..].get(..END.len()).is_some_and(|found| found.eq_ignore_ascii_case(END)) {
            return Some(at);
        }
        until = at;
    }
}

#[cfg(test)]
mod tests {
    use super::{Insertion, escaped};
    use crate::route::Route;
    use crate::serve::digests::PageTag;

    fn check(html: &str, banner: Option<&str>, wanted: Option<(&str, &str)>) {
        let (tag, route) = (PageTag::absent(), Route::page(&["a\"b"]));
        let insertion = Insertion { token: "t", tag: &tag, route: &route, banner };
        let page = String::from_utf8(insertion.put_into(html.as_bytes())).expect("text");
        match wanted {
            None => assert_eq!(page, html),
            Some((before, after)) => {
                let inside = page.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                let inside = inside.unwrap_or_else(|| panic!("{page}"));
                assert!(
                    inside.ends_with("data-page=\"0.0.0\" data-path=\"/a%22b/\" defer></script>\n"),
                    "{page}"
                );
                assert_eq!(inside.contains("Preview"), banner.is_some());
                assert!(!inside.contains("<img"), "{page}");
            }
        }
    }

    #[test]
    fn one_insertion_before_the_end_of_the_body() {
        check(
            "<!doctype html><body>x</BODY ></html>",
            None,
            Some(("<!doctype html><body>x", "</BODY ></html>")),
        );
        check("<html>x", Some("<img>"), Some(("<html>x", "")));
        check(
            "<script>'</body>'</script><p></body>",
            None,
            Some(("<script>'</body>'</script><p>", "</body>")),
        );
        check("<p>a fragment</p>", None, None);
        check("", None, None);
        assert_eq!(escaped("<a b='\"&\u{1b}'>"), "&lt;a b=&#39;&quot;&amp;\u{FFFD}&#39;&gt;");
    }
}
