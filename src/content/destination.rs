//! Where an authored URL leads: out of the site, into it, to a place on the page, or nowhere a reader may be sent.
//!
//! Whether an internal target exists is not known here; browsers' rules for reading URLs (the WHATWG URL standard) are.

use std::borrow::Cow;

/// The schemes a link may have; anything else could run script or open a program on the reader's machine.
const LINK_SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// The schemes something may be loaded from.
const MEDIA_SCHEMES: [&str; 2] = ["http", "https"];

/// What a URL is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The reader follows it.
    Link,
    /// The page loads it: images, sound, films.
    Media,
}

/// An authored URL, sorted by where it leads. The strings hold no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Another site, or a mail or telephone address.
    External(String),
    /// Something in this newspaper: a path, perhaps with a query and a fragment. It may also be empty.
    Internal(String),
    /// A place on the same page, without its `#`.
    Fragment(String),
    /// A scheme that is not allowed.
    Refused(String),
}

impl Destination {
    /// Sorts a URL the way browsers read it: without control characters, whatever the case of its scheme.
    pub(crate) fn of(url: &str, purpose: Purpose) -> Self {
        let clean = without_controls(url);
        let url = clean.trim();
        if let Some(scheme) = scheme(url) {
            let allowed: &[&str] = if purpose == Purpose::Link { &LINK_SCHEMES } else { &MEDIA_SCHEMES };
            let known = allowed.iter().any(|name| scheme.eq_ignore_ascii_case(name));
            return if known { Self::External(url.to_owned()) } else { Self::Refused(url.to_owned()) };
        }
        let is_slash = |byte: Option<&u8>| byte.is_some_and(|byte| matches!(byte, b'/' | b'\\'));
        let bytes = url.as_bytes();
        if is_slash(bytes.first()) && is_slash(bytes.get(1)) {
            return Self::External(url.to_owned());
        }
        match url.strip_prefix('#') {
            Some(fragment) => Self::Fragment(fragment.to_owned()),
            None => Self::Internal(url.to_owned()),
        }
    }
}

/// The text without the control characters that no page, feed or JSON file may hold; tabs and newlines stay.
pub(crate) fn without_forbidden(text: &str) -> Cow<'_, str> {
    if has_forbidden(text) { without(text, is_forbidden) } else { Cow::Borrowed(text) }
}

/// Whether a text holds a character that may stand in no page.
pub(crate) fn has_forbidden(text: &str) -> bool {
    /// Few enough bytes to stop soon, enough to be looked at together.
    const CHUNK_BYTES: usize = 64;
    let is_forbidden =
        |byte: u8| u8::from(byte < b' ' && byte != b'\t' && byte != b'\n') + u8::from(byte == 0x7F);
    let has_one = |chunk: &[u8]| chunk.iter().map(|&byte| is_forbidden(byte)).sum::<u8>() > 0;
    text.as_bytes().chunks(CHUNK_BYTES).any(has_one)
}

/// Whether a character may stand in no page: the C0 controls except tab and newline, and DEL.
pub(crate) fn is_forbidden(c: char) -> bool {
    c.is_ascii_control() && !matches!(c, '\t' | '\n')
}

/// Whether the authority of an `https:` URL is exactly one of `hosts`.
pub(crate) fn is_https_on(url: &str, hosts: &[&str]) -> bool {
    let Some((scheme, rest)) = url.split_at_checked(8) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    scheme.eq_ignore_ascii_case("https://") && hosts.iter().any(|name| host.eq_ignore_ascii_case(name))
}

fn without_controls(text: &str) -> Cow<'_, str> {
    without(text, |c| c.is_ascii_control())
}

fn without(text: &str, unwanted: fn(char) -> bool) -> Cow<'_, str> {
    if text.contains(unwanted) {
        Cow::Owned(text.chars().filter(|&c| !unwanted(c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// The scheme a browser would see; a colon later in a path, a query or a fragment is none.
fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let mut bytes = scheme.bytes();
    let valid = bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-'));
    valid.then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::{Destination, Purpose, is_https_on};

    fn check(url: &str, expected: &str) {
        let found = match Destination::of(url, Purpose::Link) {
            Destination::External(url) => format!("external {url}"),
            Destination::Internal(url) => format!("internal {url}"),
            Destination::Fragment(id) => format!("fragment {id}"),
            Destination::Refused(url) => format!("refused {url}"),
        };
        assert_eq!(found, expected, "{url:?}");
    }

    #[test]
    fn urls_are_sorted_as_browsers_read_them() {
        check("https://a.example/?q=1:2", "external https://a.example/?q=1:2");
        check("MAILTO:a@b.example", "external MAILTO:a@b.example");
        check("//a.example/x", "external //a.example/x");
        check("/\\a.example/x", "external /\\a.example/x");
        check("../b.md#part", "internal ../b.md#part");
        check("/politics/?a=b:c", "internal /politics/?a=b:c");
        check("a b:c", "internal a b:c");
        check("javascript%3Aalert(1)", "internal javascript%3Aalert(1)");
        check("", "internal ");
        check("#part", "fragment part");
    }

    #[test]
    fn other_schemes_are_refused_however_they_are_written() {
        for url in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " \u{1}javascript:alert(1)",
            "java\nscript:alert(1)",
            "java\tscript\r:alert(1)",
            "jav\u{0}ascript:alert(1)",
            "vbscript:x",
            "data:text/html,x",
            "file:///etc/passwd",
            "blob:x",
            "view-source:https://a.example/",
        ] {
            assert!(matches!(Destination::of(url, Purpose::Link), Destination::Refused(_)), "{url:?}");
        }
        assert!(matches!(Destination::of("mailto:a@b", Purpose::Media), Destination::Refused(_)));
        assert!(matches!(Destination::of("data:image/png;base64,", Purpose::Media), Destination::Refused(_)));
    }

    #[test]
    fn hosts_are_compared_whole() {
        let hosts = ["www.youtube.com"];
        assert!(is_https_on("HTTPS://www.YouTube.com/embed/x", &hosts));
        for url in [
            "http://www.youtube.com/",
            "https://www.youtube.com.evil.example/",
            "https://www.youtube.com@evil.example/",
            "https://evil.example/www.youtube.com",
            "https://www.youtube.com:444/",
            "https://www.youtube.com\\@evil.example/",
            "https:/é",
        ] {
            assert!(!is_https_on(url, &hosts), "{url}");
        }
    }
}
