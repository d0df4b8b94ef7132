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
    push_from(html, url, 0, |byte| match byte {
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

/// Enough bytes to be looked at together.
const CHUNK_BYTES: usize = 32;

/// Whether nothing in a chunk of text may have a replacement: most text begins with hundreds of such bytes. URLs are
/// short, and spaces count in them.
fn is_harmless(chunk: &[u8]) -> bool {
    let may_have = |byte: u8| {
        u8::from(byte < b' ' && byte != b'\n')
            | u8::from((b'"'..=b'\'').contains(&byte))
            | u8::from(byte == b'<')
            | u8::from(byte == b'>')
            | u8::from(byte == 0x7F)
    };
    chunk.iter().fold(0, |found, &byte| found | may_have(byte)) == 0
}

fn forbidden(byte: u8) -> Option<&'static str> {
    is_forbidden(char::from(byte)).then_some("")
}

/// Copies text, with replacements for some ASCII characters, none of which is in the text's harmless beginning.
#[inline]
fn push(html: &mut String, text: &str, replacement: impl Fn(u8) -> Option<&'static str>) {
    let harmless = text.as_bytes().chunks_exact(CHUNK_BYTES).take_while(|chunk| is_harmless(chunk)).count();
    push_from(html, text, harmless * CHUNK_BYTES, replacement);
}

#[inline]
fn push_from(html: &mut String, text: &str, from: usize, replacement: impl Fn(u8) -> Option<&'static str>) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate().skip(from) {
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
    use super::{push_attribute, push_text, push_trusted, push_url};

    fn check(push: fn(&mut String, &str), text: &str, expected: &str) {
        let mut html = String::new();
        push(&mut html, text);
        assert_eq!(html, expected);
    }

    #[test]
    fn a_long_beginning_hides_nothing() {
        let sinks: [fn(&mut String, &str); 4] = [push_text, push_attribute, push_url, push_trusted];
        for byte in 0..0x80_u8 {
            for (push, before) in sinks.into_iter().flat_map(|push| [31, 32, 63, 95].map(|n| (push, n))) {
                let sign = char::from(byte).to_string();
                let (mut alone, mut behind) = (String::new(), String::new());
                push(&mut alone, &sign);
                push(&mut behind, &format!("{}{sign}", "x".repeat(before)));
                assert_eq!(behind, format!("{}{alone}", "x".repeat(before)), "{byte:#x}");
            }
        }
    }

    #[test]
    fn every_place_has_its_escapes() {
        check(push_text, "a<b> & \"c\"\u{1}\u{0}\n", "a&lt;b&gt; &amp; \"c\"\n");
        check(push_attribute, "\"><b a='é'>&", "&quot;&gt;&lt;b a=&#39;é&#39;&gt;&amp;");
        check(push_url, "/a b/\"é?x=1&y='\\\n", "/a%20b/%22é?x=1&amp;y=&#39;%5C");
    }
}
