//! XML: documents that are well-formed whatever is written into them.
//!
//! Elements are opened and closed by one call, texts and attributes are escaped, and characters that XML 1.0 forbids
//! (section 2.2) are left out.

use std::borrow::Cow;

use quick_xml::escape::escape;

use crate::plain::has_byte;

/// Names and values.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a str)];

/// A document that is being written.
pub(super) struct Xml(String);

impl Xml {
    /// A whole document with its root element.
    pub(super) fn document(
        root: &str,
        attributes: Attributes<'_>,
        content: impl FnOnce(&mut Self),
    ) -> Vec<u8> {
        let mut xml = Self(String::with_capacity(16 * 1_024));
        xml.0.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        xml.element(root, attributes, content);
        xml.0.into_bytes()
    }

    /// An element with others in it; it begins on a line of its own.
    pub(super) fn element(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
        content: impl FnOnce(&mut Self),
    ) {
        self.tag(name, attributes, ">\n");
        content(self);
        self.end(name);
    }

    /// An element with text in it.
    pub(super) fn text(&mut self, name: &str, attributes: Attributes<'_>, text: &str) {
        self.tag(name, attributes, ">");
        self.0.push_str(&escape(allowed(text)));
        self.end(name);
    }

    /// An element with text in it, written as it is for people to read: HTML in a feed.
    pub(super) fn verbatim(&mut self, name: &str, attributes: Attributes<'_>, text: &str) {
        self.tag(name, attributes, "><![CDATA[");
        // A section ends at the first `]]>`; one that stands in the text is shared out between two sections.
        let text = allowed(text);
        // Looking whether there is one takes a tenth of the time of looking for all.
        if text.contains("]]>") {
            self.0.push_str(&text.replace("]]>", "]]]]><![CDATA[>"));
        } else {
            self.0.push_str(&text);
        }
        self.0.push_str("]]>");
        self.end(name);
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, name: &str, attributes: Attributes<'_>) {
        self.tag(name, attributes, "/>\n");
    }

    fn tag(&mut self, name: &str, attributes: Attributes<'_>, end: &str) {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            self.0.push_str(&escape(allowed(value)));
            self.0.push('"');
        }
        self.0.push_str(end);
    }

    fn end(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push_str(">\n");
    }
}

/// Text without the characters that XML forbids and those that no text needs.
pub(super) fn allowed(text: &str) -> Cow<'_, str> {
    // C1 controls begin with C2, the two noncharacters with EF.
    let is_suspect = |byte: u8| {
        (byte < b' ' && byte != b'\n' && byte != b'\t') || byte == 0x7f || byte == 0xc2 || byte == 0xef
    };
    if !has_byte(text, is_suspect) {
        return Cow::Borrowed(text);
    }
    let forbidden =
        |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    if text.contains(forbidden) { Cow::Owned(text.replace(forbidden, "")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::Xml;

    #[test]
    fn nothing_in_a_text_breaks_the_document() {
        let bytes = Xml::document("a", &[("b", "\"<&\u{1}")], |xml| {
            xml.text("t", &[], "1 < 2 & \u{0}\u{FFFF}]]>");
            xml.verbatim("v", &[], "<p>]]>\u{8}]]]>]]></p>");
            xml.empty("e", &[("x", "'")]);
        });
        insta::assert_snapshot!(String::from_utf8_lossy(&bytes), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <a b="&quot;&lt;&amp;">
        <t>1 &lt; 2 &amp; ]]&gt;</t>
        <v><![CDATA[<p>]]]]><![CDATA[>]]]]]><![CDATA[>]]]]><![CDATA[></p>]]></v>
        <e x="&apos;"/>
        </a>
        "#);
    }
}
