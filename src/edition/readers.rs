//! Readers: what a web server or a counter noted, made into numbers of views of stories.
//!
//! Lines and rows come in one by one, so that a log of any length can be counted. Where they come from is not known here.

use std::collections::HashMap;

use memchr::{memchr, memmem};

use super::newspaper::Newspaper;
use super::page;
use crate::archive::stories::StoryId;
use crate::route::Route;

/// Words in the names of programs that read pages by themselves, in lower case. `docs/views.md` lists them.
pub const BOTS: [&str; 32] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "scrap",
    "fetch",
    "archiver",
    "preview",
    "monitor",
    "uptime",
    "pingdom",
    "lighthouse",
    "headless",
    "phantom",
    "facebookexternalhit",
    "mediapartners",
    "feedly",
    "feedparser",
    "rss",
    "curl/",
    "wget/",
    "python",
    "java/",
    "go-http-client",
    "okhttp",
    "libwww",
    "httpclient",
    "axios",
    "node-fetch",
    "ruby",
    "perl",
    "scan",
];

/// Names that exports give to the column of addresses, without case, spaces and signs.
const PATH_NAMES: [&str; 11] = [
    "path",
    "page",
    "url",
    "pagepath",
    "pageurl",
    "address",
    "pagepathandscreenclass",
    "pagepathquerystring",
    "landingpage",
    "location",
    "uri",
];

/// Names that exports give to the column of numbers.
const VIEW_NAMES: [&str; 8] =
    ["views", "pageviews", "hits", "count", "reads", "visits", "screenpageviews", "requests"];

/// What one line of a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A reader has read a story.
    Read(StoryId),
    /// Anything else that is well-formed: a picture, a bot, an address that is no story's.
    Other,
    /// Not a line of a log in the combined format.
    Malformed,
}

/// The stories of a newspaper by their addresses.
pub struct Readers {
    stories: HashMap<Box<str>, Address>,
    /// The site's path, `/` or `/news/`.
    base: Box<str>,
}

/// An address of a story.
#[derive(Clone, Copy)]
struct Address {
    story: StoryId,
    is_old: bool,
}

/// The columns of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The place of addresses.
    pub path: usize,
    /// The place of numbers.
    pub views: usize,
}

impl Readers {
    /// Takes in the addresses of all stories, the old ones, too.
    #[must_use]
    pub fn of(paper: &Newspaper) -> Self {
        let mut stories = HashMap::new();
        for (story, one) in page::ids(paper.archive.stories()) {
            stories.insert(Box::from(one.route.as_str()), Address { story, is_old: false });
            for alias in &one.article.rare().aliases {
                stories.entry(Box::from(alias.as_str())).or_insert(Address { story, is_old: true });
            }
        }
        Self { stories, base: Box::from(paper.config.base.path()) }
    }

    /// What a line of an access log is, in the combined format of Apache and nginx: address, two names, time, request,
    /// status, size, referrer, program. The common format lacks the last two.
    #[must_use]
    pub fn line(&self, line: &[u8]) -> Line {
        let Some(parts) = Parts::of(line) else { return Line::Malformed };
        if !matches!(parts.status, b"200" | b"304") {
            return Line::Other;
        }
        let Some(target) = parts.request.strip_prefix(b"GET ") else { return Line::Other };
        let target = &target[..memchr(b' ', target).unwrap_or(target.len())];
        let Some(address) = self.address(target) else { return Line::Other };
        // A stub at an old address sends its reader on, and was counted already.
        let from_stub = !address.is_old
            && self.address(parts.referrer).is_some_and(|from| from.is_old && from.story == address.story);
        if from_stub || is_bot(parts.program) {
            return Line::Other;
        }
        Line::Read(address.story)
    }

    /// The story at an address: a path, or an absolute URL.
    #[must_use]
    pub fn story(&self, address: &str) -> Option<StoryId> {
        self.address(address.trim().as_bytes()).map(|address| address.story)
    }

    fn address(&self, target: &[u8]) -> Option<Address> {
        let end = target.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(target.len());
        let mut path = &target[..end];
        if let Some(scheme) = memmem::find(path, b"://") {
            let rest = &path[scheme + 3..];
            path = &rest[memchr(b'/', rest)?..];
        }
        let below = path.strip_prefix(self.base.as_bytes())?;
        let below = std::str::from_utf8(below).ok()?;
        // What a log mostly has: the address as it is, its first slash left in the base.
        let plain = std::str::from_utf8(&path[self.base.len() - 1..]).ok()?;
        if let Some(found) = self.stories.get(plain) {
            return Some(*found);
        }
        // Most other requests are for pictures, style sheets and scripts, whose names have a dot.
        let name = below.rsplit('/').next().unwrap_or("");
        if name.contains('.') && !name.contains(".htm") {
            return None;
        }
        let route = Route::parse(&format!("/{below}")).ok()?;
        self.stories.get(route.as_str()).copied()
    }
}

/// The parts of a log's line that matter.
struct Parts<'l> {
    request: &'l [u8],
    status: &'l [u8],
    referrer: &'l [u8],
    program: &'l [u8],
}

impl<'l> Parts<'l> {
    fn of(line: &'l [u8]) -> Option<Self> {
        // The time stands between brackets; names before it may hold anything but one.
        let time = memchr(b'[', line)?;
        let rest = &line[time..];
        let rest = rest[memchr(b']', rest)?..].strip_prefix(b"] \"")?;
        let (request, rest) = quoted(rest)?;
        let rest = rest.strip_prefix(b" ")?;
        let (status, rest) = rest.split_at(memchr(b' ', rest).unwrap_or(rest.len()));
        let is_number = status.len() == 3 && status.iter().all(u8::is_ascii_digit);
        let rest = rest.strip_prefix(b" ").filter(|_| is_number)?;
        let size = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'-').count();
        if size == 0 {
            return None;
        }
        let mut last = [&b""[..]; 2];
        let mut rest = &rest[size..];
        for part in &mut last {
            let Some(open) = rest.strip_prefix(b" \"") else { break };
            (*part, rest) = quoted(open)?;
        }
        Some(Self { request, status, referrer: last[0], program: last[1] })
    }
}

/// The text up to the closing quote, and what follows it; a quote in the text has a backslash before it.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    loop {
        let end = from + memchr(b'"', &text[from..])?;
        let slashes = text[..end].iter().rev().take_while(|byte| **byte == b'\\').count();
        if slashes.is_multiple_of(2) {
            return Some((&text[..end], &text[end + 1..]));
        }
        from = end + 1;
    }
}

/// Whether a program reads by itself: its name has one of the words, or it has none.
fn is_bot(program: &[u8]) -> bool {
    let mut name = program.to_ascii_lowercase();
    // A maker of telephones.
    if let Some(at) = memmem::find(&name, b"cubot") {
        name[at..at + b"cubot".len()].fill(b' ');
    }
    name == b"-" || BOTS.iter().any(|word| memmem::find(&name, word.as_bytes()).is_some())
}

impl Columns {
    /// The columns of an export by its header; `None` when a row is no such header.
    #[must_use]
    pub fn of<'r>(header: impl Iterator<Item = &'r str>) -> Option<Self> {
        let plain = |name: &str| -> String {
            name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let names: Vec<String> = header.map(plain).collect();
        let place = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        Some(Self { path: place(&PATH_NAMES)?, views: place(&VIEW_NAMES)? })
    }
}

/// A whole number as exports write it: `1042`, `1,042` or `1 042`.
#[must_use]
pub fn whole(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | ' ' | '\u{a0}' | '\u{202f}')).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Columns, Parts, is_bot, whole};

    #[test]
    fn lines_are_taken_apart_and_others_told() {
        let parts = |line: &'static str| {
            let parts = Parts::of(line.as_bytes())?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Some(
                [text(parts.request), text(parts.status), text(parts.referrer), text(parts.program)]
                    .join("|"),
            )
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            parts(r#"::1 - a b [24/Nov/2026:06:00:00 +0000] "GET /a/ HTTP/1.1" 200 5 "-" "M \"x\" y" extra"#),
            some(r#"GET /a/ HTTP/1.1|200|-|M \"x\" y"#)
        );
        assert_eq!(parts(r#"h - - [t] "GET / HTTP/1.0" 304 -"#), some("GET / HTTP/1.0|304||"));
        assert_eq!(parts(r#"h - - [t] "\x16\x03" 400 0 "-" "-""#), some(r"\x16\x03|400|-|-"));
        for bad in [
            "",
            "x",
            "GET / HTTP/1.1",
            r#"h - - [t] "GET /"#,
            r#"h - - [t] "GET /" ok 5"#,
            r#"h [t] "a" 200 "#,
        ] {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }

    #[test]
    fn bots_are_told_by_their_names() {
        for bot in
            ["Googlebot/2.1", "Mozilla/5.0 (compatible; bingbot/2.0)", "curl/8.1", "-", "python-requests/2"]
        {
            assert!(is_bot(bot.as_bytes()), "{bot}");
        }
        for reader in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36",
            "Mozilla/5.0 (Linux; Android 9; CUBOT X19)",
            "",
        ] {
            assert!(!is_bot(reader.as_bytes()), "{reader}");
        }
    }

    #[test]
    fn columns_are_found_by_usual_names() {
        let columns = |header: &str| Columns::of(header.split(',')).map(|c| (c.path, c.views));
        assert_eq!(columns("path,views"), Some((0, 1)));
        assert_eq!(columns("Title,Page path and screen class,Users,Views"), Some((1, 3)));
        assert_eq!(columns("URL,Unique,Page Views"), Some((0, 2)));
        assert_eq!(columns("/a/,104"), None);
        assert_eq!((whole("1,042"), whole("7"), whole("7.5")), (Some(1042), Some(7), None));
    }
}
