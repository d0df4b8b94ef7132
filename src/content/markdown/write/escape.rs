//! Escaping, one function for each place text can stand in.
//!
//! What is written where is not known here. Control characters that no page may hold are left out everywhere: authors
//! can still write them as character references.

use crate::content::destination::is_forbidden;

/// Writes text between tags.
pub(super) fn push_text(html: &mut String, text: &str) {
    push(html, text, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        _ => forbidden(byte),
    });
}

/// Writes the value of an attribute in double quotes.
pub(super) fn push_attribute(html: &mut String, text: &str) {
    push(html, text, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\'' => Some("&#39;"),
        _ => forbidden(byte),
    });
}

/// Writes a URL as the value of an attribute in double quotes: what may not stand in a URL is percent-encoded.
pub(super) fn push_url(html: &mut String, url: &str) {
    push(html, url, |byte| match byte {
        b'&' => Some("&amp;"),
        b'\'' => Some("&#39;"),
        b' ' => Some("%20"),
        b'"' => Some("%22"),
        b'<' => Some("%3C"),
        b'>' => Some("%3E"),
        b'\\' => Some("%5C"),
        b'^' => Some("%5E"),
        b'`' => Some("%60"),
        b'{' => Some("%7B"),
        b'|' => Some("%7C"),
        b'}' => Some("%7D"),
        b'\t' | b'\n' => Some(""),
        _ => forbidden(byte),
    });
}

/// Writes HTML whose author is trusted.
pub(super) fn push_trusted(html: &mut String, text: &str) {
    push(html, text, forbidden);
}

fn forbidden(byte: u8) -> Option<&'static str> {
    is_forbidden(char::from(byte)).then_some("")
}

/// Copies text, with replacements for some ASCII characters.
#[inline]
fn push(html: &mut String, text: &str, replacement: impl Fn(u8) -> Option<&'static str>) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte < 0x80
            && let Some(replacement) = replacement(byte)
        {
            html.push_str(&text[done..at]);
            html.push_str(replacement);
            done = at + 1;
        }
    }
    html.push_str(&text[done..]);
}

#[cfg(test)]
mod tests {
    use super::{push_attribute, push_text, push_url};

    fn check(push: fn(&mut String, &str), text: &str, expected: &str) {
        let mut html = String::new();
        push(&mut html, text);
        assert_eq!(html, expected);
    }

    #[test]
    fn every_place_has_its_escapes() {
        check(push_text, "a<b> & \"c\"\u{1}\u{0}\n", "a&lt;b&gt; &amp; \"c\"\n");
        check(push_attribute, "\"><b a='é'>&", "&quot;&gt;&lt;b a=&#39;é&#39;&gt;&amp;");
        check(push_url, "/a b/\"é?x=1&y='\\\n", "/a%20b/%22é?x=1&amp;y=&#39;%5C");
    }
}
