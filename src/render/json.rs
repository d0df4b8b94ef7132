//! JSON as it is written: objects and lists go straight into a text, with no tree in between.
//!
//! The text may stand inside `<script>` (HTML, 4.12.1.3): `<`, `>`, `&` and line separators are escaped, too.

use crate::plain::has_byte;

/// An object that is being written.
pub(super) struct Object<'a> {
    out: &'a mut String,
    is_empty: bool,
}

/// One object as a text.
pub(super) fn object(fill: impl FnOnce(&mut Object<'_>)) -> String {
    let mut out = String::with_capacity(2_048);
    braces(&mut out, fill);
    out
}

fn braces(out: &mut String, fill: impl FnOnce(&mut Object<'_>)) {
    out.push('{');
    fill(&mut Object { out, is_empty: true });
    out.push('}');
}

impl Object<'_> {
    /// A text.
    pub(super) fn text(&mut self, key: &'static str, value: &str) {
        self.key(key);
        push_text(self.out, value);
    }

    /// A text, when there is one and it is not empty.
    pub(super) fn some_text(&mut self, key: &'static str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.text(key, value);
        }
    }

    /// A number.
    pub(super) fn number(&mut self, key: &'static str, value: usize) {
        self.key(key);
        self.out.push_str(&value.to_string());
    }

    /// An object.
    pub(super) fn object(&mut self, key: &'static str, fill: impl FnOnce(&mut Object<'_>)) {
        self.key(key);
        braces(self.out, fill);
    }

    /// A list of texts.
    pub(super) fn texts<'t>(&mut self, key: &'static str, values: impl Iterator<Item = &'t str>) {
        self.list(key, values, push_text);
    }

    /// A list of objects, one for each item.
    pub(super) fn objects<T>(
        &mut self,
        key: &'static str,
        items: impl Iterator<Item = T>,
        fill: impl Fn(&mut Object<'_>, T),
    ) {
        self.list(key, items, |out, item| braces(out, |object| fill(object, item)));
    }

    /// JSON that was written before.
    pub(super) fn written(&mut self, key: &'static str, json: &str) {
        self.key(key);
        self.out.push_str(json);
    }

    /// A list of JSON that was written before.
    pub(super) fn all_written<'t>(&mut self, key: &'static str, items: impl Iterator<Item = &'t str>) {
        self.list(key, items, String::push_str);
    }

    fn list<T>(&mut self, key: &'static str, items: impl Iterator<Item = T>, push: impl Fn(&mut String, T)) {
        self.key(key);
        self.out.push('[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            push(self.out, item);
        }
        self.out.push(']');
    }

    fn key(&mut self, key: &'static str) {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
    }
}

fn push_text(out: &mut String, text: &str) {
    let special =
        |c: char| c < ' ' || matches!(c, '"' | '\\' | '<' | '>' | '&' | '\u{7F}' | '\u{2028}' | '\u{2029}');
    out.push('"');
    let mut rest = text;
    let is_suspect =
        |byte: u8| byte < b' ' || matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&' | 0x7f | 0xe2);
    if !has_byte(text, is_suspect) {
        out.push_str(text);
        out.push('"');
        return;
    }
    while let Some(at) = rest.find(special) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let mut letters = from.chars();
        match letters.next() {
            Some(letter @ ('"' | '\\')) => out.extend(['\\', letter]),
            Some(letter) => {
                out.push_str("\\u");
                let digit = |shift: u32| char::from_digit(u32::from(letter) >> shift & 15, 16);
                out.extend([12, 8, 4, 0].into_iter().filter_map(digit));
            }
            None => {}
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::object;

    #[test]
    fn objects_are_written_as_they_are_filled() {
        let json = object(|o| {
            o.text("a", "x");
            o.some_text("b", Some(""));
            o.objects("c", [1, 2].into_iter(), |o, n| o.number("n", n));
            o.object("d", |o| o.texts("e", ["f", "g"].into_iter()));
            o.written("h", "{}");
            o.all_written("i", ["1", "2"].into_iter());
        });
        assert_eq!(json, r#"{"a":"x","c":[{"n":1},{"n":2}],"d":{"e":["f","g"]},"h":{},"i":[1,2]}"#);
    }

    proptest! {
        #[test]
        fn texts_come_back_as_they_were_and_end_no_script(text in "\\PC*|[\\x00-\\x20<>&\"\\\\\u{2028}\u{2029}a]*") {
            let json = object(|o| o.text("t", &text));
            let back: serde_json::Value = serde_json::from_str(&json).expect("JSON");
            prop_assert_eq!(back["t"].as_str(), Some(text.as_str()));
            let is_bare = json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']);
            prop_assert!(!is_bare);
        }
    }
}
