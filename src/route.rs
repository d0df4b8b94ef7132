//! Routes and slugs: where each page of the site stands, as a URL and as a file.
//!
//! Nothing here knows which pages there are; a [`Route`] that exists is safe to write below the output folder.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bitcode::{Decode, Encode};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::plain::has_byte;

/// File systems limit one part of a path to 255 bytes; this leaves room for a suffix of our own.
pub const MAX_SLUG_BYTES: usize = 200;

/// What a URL path must escape: RFC 3986 `pchar` without the sub-delimiters that also need care in HTML.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'%')
    .add(b'\\')
    .add(b'^')
    .add(b'|')
    .add(b'[')
    .add(b']')
    .add(b'&')
    .add(b'\'');

/// Names that Windows reserves for devices, with or without an extension.
const RESERVED: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
    "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// The address of one output file below the site's home, decoded: `/politics/2026/a-story/` or `/feed.xml`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
pub struct Route(Arc<str>);

impl Route {
    /// The home page.
    #[must_use]
    pub fn home() -> Self {
        Self(Arc::from("/"))
    }

    /// A page of its own folder: `["politics", "page", "2"]` is `/politics/page/2/`.
    #[must_use]
    pub fn page(parts: &[&str]) -> Self {
        let mut path = String::with_capacity(parts.iter().map(|part| part.len() + 1).sum::<usize>() + 1);
        for part in parts {
            path.push('/');
            path.push_str(part);
        }
        path.push('/');
        Self(Arc::from(path))
    }

    /// A file: `feed.xml` is `/feed.xml`.
    #[must_use]
    pub fn file(path: &str) -> Self {
        Self(Arc::from(format!("/{path}")))
    }

    /// A file beside a page: the photo of a bundle.
    #[must_use]
    pub fn beside(&self, name: &str) -> Self {
        Self(Arc::from(format!("{}{name}", self.0)))
    }

    /// A file beside a file, in the same folder.
    #[must_use]
    pub fn sibling(&self, name: &str) -> Self {
        let folder = self.0.rsplit_once('/').map_or("", |(folder, _)| folder);
        Self(Arc::from(format!("{folder}/{name}")))
    }

    /// Reads a URL path as an author writes it (aliases): path-absolute, percent-encoding allowed.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as the end of a sentence that begins with "it".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.starts_with('/') || text.starts_with("//") {
            return Err("does not start with one `/`");
        }
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8().map_err(|_| "is not UTF-8")?;
        if decoded.contains(['?', '#']) {
            return Err("has a query or a fragment, which no file can answer to");
        }
        let path = if decoded.is_ascii() { decoded.into_owned() } else { decoded.nfc().collect() };
        if path == "/" {
            return Ok(Self::home());
        }
        for part in path.trim_matches('/').split('/') {
            check_part(part).map_err(|_| "has a part that cannot be a file's name everywhere")?;
        }
        let last = path.rsplit('/').next().unwrap_or("");
        let path = if last.is_empty() || last.contains('.') { path } else { path + "/" };
        Ok(Self(Arc::from(
            path.strip_suffix("/index.html").map_or(path.clone(), |folder| format!("{folder}/")),
        )))
    }

    /// The decoded URL path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the route is a page of its own folder rather than a file.
    #[must_use]
    pub fn is_page(&self) -> bool {
        self.0.ends_with('/')
    }

    /// The file below the output folder: `politics/2026/a-story/index.html`.
    #[must_use]
    pub fn output_path(&self) -> String {
        let path = &self.0[1..];
        if self.is_page() { format!("{path}index.html") } else { path.to_owned() }
    }

    /// The route of a file below the output folder; the inverse of [`Route::output_path`].
    #[must_use]
    pub fn of_output_path(path: &str) -> Self {
        match path.strip_suffix("index.html") {
            Some(folder) if folder.is_empty() || folder.ends_with('/') => {
                Self(Arc::from(format!("/{folder}")))
            }
            _ => Self::file(path),
        }
    }

    /// The URL path, percent-encoded, still relative to the site's home.
    #[must_use]
    pub fn encoded(&self) -> Cow<'_, str> {
        // Almost all routes are letters, digits and hyphens.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.' | b'_');
        if !has_byte(&self.0, |byte| !is_plain(byte)) {
            return Cow::Borrowed(&self.0);
        }
        utf8_percent_encode(&self.0, PATH).into()
    }

    /// What two routes share when some file system or host would take them for one: the file's path in Unicode NFC and
    /// lower case, without dots and spaces at the ends of its parts.
    #[must_use]
    pub fn collision_key(&self) -> String {
        let path: String = self.output_path().nfc().flat_map(char::to_lowercase).collect();
        path.split('/').map(|part| part.trim_end_matches(['.', ' '])).collect::<Vec<_>>().join("/")
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// One part of a URL that stands for a thing's name. Safe as a file's name on every system.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
pub struct Slug(Arc<str>);

/// Which letters a slug may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlugLetters {
    /// Letters of every script, in Unicode NFC.
    Unicode,
    /// ASCII only; other letters are transliterated.
    Ascii,
}

impl Slug {
    /// Makes a slug of a name: lower case, words joined by `-`, apostrophes and signs dropped, at most
    /// [`MAX_SLUG_BYTES`]. `None` when nothing is left.
    #[must_use]
    pub fn of(name: &str, letters: SlugLetters) -> Option<Self> {
        let name = match letters {
            // Most names are ASCII, which is its own composed form.
            _ if name.is_ascii() => Cow::Borrowed(name),
            SlugLetters::Unicode => Cow::Owned(name.nfc().collect::<String>()),
            SlugLetters::Ascii => Cow::Owned(deunicode::deunicode(name)),
        };
        let mut slug = String::with_capacity(name.len());
        for letter in name.chars().flat_map(char::to_lowercase) {
            if letter.is_alphanumeric()
                || (is_combining_mark(letter) && !slug.is_empty() && !slug.ends_with('-'))
            {
                slug.push(letter);
            } else if !matches!(letter, '\'' | '’' | '‘' | 'ʼ' | '\u{200C}' | '\u{200D}' | '\u{AD}')
                && !slug.is_empty()
                && !slug.ends_with('-')
            {
                slug.push('-');
            }
        }
        if !slug.is_ascii() {
            slug = slug.nfc().collect();
        }
        let mut slug = slug[..slug.floor_char_boundary(MAX_SLUG_BYTES)].trim_end_matches('-').to_owned();
        if RESERVED.contains(&slug.as_str()) {
            slug.push_str("-1");
        }
        (!slug.is_empty()).then(|| Self(Arc::from(slug)))
    }

    /// Takes a slug as its author wrote it, in Unicode NFC. Percent-encoding, as old archives have it, is decoded: the
    /// URL stays the same.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as the end of a sentence that begins with "it".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8().map_err(|_| "is not UTF-8")?;
        let text: String = decoded.nfc().collect();
        check_part(&text)?;
        if text.len() > MAX_SLUG_BYTES {
            return Err("is longer than 200 bytes");
        }
        Ok(Self(Arc::from(text)))
    }

    /// The slug.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// Whether `part` can be one part of a path on every file system and in every URL.
fn check_part(part: &str) -> Result<(), &'static str> {
    if part.is_empty() || part == "." || part == ".." {
        return Err("is empty or a step to another folder");
    }
    if part.chars().any(|c| {
        c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '#' | '%')
    }) {
        return Err("has a character that is not allowed in file names everywhere");
    }
    if part.starts_with(' ') || part.ends_with([' ', '.']) {
        return Err("starts with a space or ends with a space or a dot");
    }
    let stem = part.split('.').next().unwrap_or(part);
    // The names of devices have three or four letters.
    if matches!(stem.len(), 3 | 4) && RESERVED.iter().any(|device| device.eq_ignore_ascii_case(stem)) {
        return Err("is a name that Windows keeps for a device");
    }
    if part.len() > 255 {
        return Err("is longer than 255 bytes");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Route, Slug, SlugLetters};

    fn slug(name: &str) -> String {
        Slug::of(name, SlugLetters::Unicode).map_or(String::new(), |slug| slug.as_str().to_owned())
    }

    #[test]
    fn slugs_keep_words_and_scripts() {
        assert_eq!(slug("I'm here — “Now”, O’Neill!"), "im-here-now-oneill");
        assert_eq!(slug("नई नीति घोषित"), "नई-नीति-घोषित");
        assert_eq!(slug("  --Café / Été--  "), "café-été");
        assert_eq!(slug("!!! 🎉"), "");
        assert_eq!(slug("CON"), "con-1");
        assert_eq!(slug(&"é".repeat(300)).len(), 200);
        let ascii = Slug::of("Łódź: नीति", SlugLetters::Ascii).expect("letters are left");
        assert!(ascii.as_str().is_ascii(), "{ascii}");
    }

    #[test]
    fn written_slugs_and_aliases_are_checked() {
        for bad in
            ["", "..", "a/b", "a:b", "con", "aux.txt", "end.", "end ", "%2e%2e", "a\\b", "x\n", "<img>"]
        {
            assert!(Slug::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Slug::parse("2020-04-22-").expect("kept as it is").as_str(), "2020-04-22-");
        for bad in ["x", "//evil.example/", "/a/../b", "/%2e%2e/x", "/a?b", "/a#b", "/C:/x", "/a//b", "/\\x"]
        {
            assert!(Route::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Route::parse("/").expect("the front page"), Route::home());
        assert_eq!(Route::parse("/old").expect("a page").as_str(), "/old/");
        assert_eq!(Route::parse("/old/index.html").expect("a page").as_str(), "/old/");
        assert_eq!(Route::parse("/old.html").expect("a file").as_str(), "/old.html");
        assert_eq!(Route::parse("/caf%C3%A9/").expect("decoded").as_str(), "/café/");
    }

    #[test]
    fn urls_are_encoded() {
        assert_eq!(
            Route::parse("/a b/दो&<").expect_err("not portable"),
            "has a part that cannot be a file's name everywhere"
        );
        assert_eq!(Route::page(&["a b", "é&"]).encoded(), "/a%20b/%C3%A9%26/");
    }

    #[test]
    fn what_a_file_system_confuses_collides() {
        let key = |text: &str| Route::page(&[text]).collision_key();
        assert_eq!(key("Same"), key("same"));
        assert_eq!(key("e\u{301}"), key("é"));
        assert_ne!(key("a"), key("b"));
    }

    proptest! {
        #[test]
        fn route_and_path_go_back_and_forth(parts in prop::collection::vec("[a-z0-9é]{1,8}", 1..5), page: bool) {
            let names: Vec<&str> = parts.iter().map(String::as_str).collect();
            let route = if page { Route::page(&names) } else { Route::file(&format!("{}.xml", names.join("/"))) };
            prop_assert_eq!(Route::of_output_path(&route.output_path()), route.clone());
            prop_assert_eq!(Route::parse(&route.encoded()), Ok(route));
        }

        #[test]
        fn a_slug_of_anything_is_a_valid_slug(name in "\\PC{0,80}") {
            for letters in [SlugLetters::Unicode, SlugLetters::Ascii] {
                if let Some(slug) = Slug::of(&name, letters) {
                    prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug.clone()));
                    prop_assert_eq!(Slug::of(slug.as_str(), letters), Some(slug));
                }
            }
        }
    }
}
