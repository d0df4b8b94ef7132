//! Bare URLs in running text become links.
//!
//! The parser knows nothing of them: it may have cut a URL into pieces, made its `--` a dash or its `_a_` emphasis. So the
//! pieces are put together again here. Everything else about text is not known here.

use pulldown_cmark::{CowStr, Event, TagEnd};

use crate::content::destination::{Destination, Purpose};
use crate::content::markdown::inline::typed_part;
use crate::content::markdown::piece::{Piece, Target};
use crate::content::markdown::walk::{Inline, Walk};

/// How much emphasis inside a URL is looked through, in events; beyond it the URL ends.
const EMPHASIS_EVENTS: usize = 64;

/// A part of a URL: as the author typed it, and as it would be shown in running text.
struct Part<'r> {
    typed: &'r str,
    shown: &'r str,
}

/// The parts of a word that begins with a URL.
struct Word<'r> {
    parts: Vec<Part<'r>>,
    /// The index of the first event that is not, or not wholly, in the word.
    next: usize,
    /// How much of that event, in bytes, is.
    used: usize,
}

impl<'a> Walk<'a, '_> {
    /// Hands out the text at `at`, and returns the index of the next event that was not used.
    pub(super) fn text_with_urls(&mut self, run: &[Inline<'a>], at: usize) -> usize {
        let (mut at, mut done) = (at, 0);
        while let Some((Event::Text(text), range)) = run.get(at) {
            let Some(start) = url_start(text, done, &self.text[..range.start]) else {
                self.emit_text(&text[done..]);
                return at + 1;
            };
            self.emit_text(&text[done..start]);
            let word = word(run, at, start, self.text);
            let typed: String = word.parts.iter().map(|part| part.typed).collect();
            let url = without_trailing_punctuation(&typed);
            self.emit_url(url);
            self.emit_text(&shown_behind(&word.parts, url.len()));
            (at, done) = (word.next, word.used);
            if done == 0 {
                break;
            }
        }
        at
    }

    fn emit_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.emit(Piece::Event(Event::Text(text.into())));
        }
    }

    fn emit_url(&mut self, url: &str) {
        let target = match Destination::of(url, Purpose::Link) {
            Destination::External(url) => Target::External(url),
            _ => Target::Refused,
        };
        self.emit(Piece::LinkStart { target, title: CowStr::Borrowed("") });
        self.emit_text(url);
        self.emit(Piece::LinkEnd);
    }
}

/// Where the first URL at or behind `from` begins in a text. `before` is what precedes the text.
fn url_start(text: &str, from: usize, before: &str) -> Option<usize> {
    text[from..].match_indices("://").find_map(|(at, sign)| {
        let scheme_end = from + at;
        let start = ["https", "http"].into_iter().find_map(|scheme| {
            let start = scheme_end.checked_sub(scheme.len())?;
            (start >= from && text.as_bytes()[start..scheme_end].eq_ignore_ascii_case(scheme.as_bytes()))
                .then_some(start)
        })?;
        let previous = text[..start].chars().next_back().or_else(|| before.chars().next_back());
        let host = text[scheme_end + sign.len()..].chars().next()?;
        (!previous.is_some_and(char::is_alphanumeric) && host.is_alphanumeric()).then_some(start)
    })
}

/// Gathers the word whose URL begins at byte `start` of the text at index `first`.
fn word<'r>(run: &'r [Inline<'_>], first: usize, start: usize, body: &'r str) -> Word<'r> {
    let mut word = Word { parts: Vec::new(), next: first, used: 0 };
    while let Some(inline) = run.get(word.next) {
        match inline {
            (Event::Text(text), _) => {
                let typed = typed_part(inline, body);
                let from = if word.next == first { start } else { 0 };
                let stop = typed[from..].find(ends_url).map(|at| from + at);
                let to = stop.unwrap_or(typed.len());
                let whole = stop.is_none() && from == 0;
                let shown = if whole { text } else { &typed[from..to] };
                word.parts.push(Part { typed: &typed[from..to], shown });
                if stop.is_some() {
                    word.used = to;
                    break;
                }
                word.next += 1;
            }
            (event, _) if is_emphasis(event) => {
                let Some(end) = emphasis_end(run, word.next, body) else { break };
                for at in word.next..=end {
                    word.parts.push(emphasis_part(run, at, body));
                }
                word.next = end + 1;
            }
            _ => break,
        }
    }
    word
}

/// The end of emphasis that may be part of a URL: it holds text and emphasis only, and nothing that ends a URL.
fn emphasis_end(run: &[Inline<'_>], start: usize, body: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, inline) in run.iter().enumerate().skip(start).take(EMPHASIS_EVENTS) {
        match &inline.0 {
            Event::Text(_) if !typed_part(inline, body).contains(ends_url) => {}
            event if is_emphasis(event) => {
                if matches!(event, Event::Start(_)) {
                    depth += 1;
                } else {
                    depth = depth.checked_sub(1)?;
                }
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => return None,
        }
    }
    None
}

/// One event of such emphasis: its text, or the `*`, `_` or `~` it was made from.
fn emphasis_part<'r>(run: &'r [Inline<'_>], at: usize, body: &'r str) -> Part<'r> {
    let inline = &run[at];
    let range = &inline.1;
    let typed = match &inline.0 {
        Event::Start(_) => {
            let inner = run.get(at + 1).map_or(range.end, |(_, next)| next.start);
            body.get(range.start..inner).unwrap_or("").trim_end_matches('\\')
        }
        Event::End(_) => {
            let inner = run.get(at - 1).map_or(range.start, |(_, previous)| previous.end);
            body.get(inner..range.end).unwrap_or("")
        }
        _ => typed_part(inline, body),
    };
    Part { typed, shown: typed }
}

fn is_emphasis(event: &Event<'_>) -> bool {
    let tag = match event {
        Event::Start(tag) => tag.to_end(),
        Event::End(tag) => *tag,
        _ => return false,
    };
    matches!(tag, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough)
}

fn ends_url(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '“' | '”' | '«' | '»' | '„' | '`')
}

/// The URL without the punctuation of the sentence around it, and without brackets that were opened before it.
fn without_trailing_punctuation(word: &str) -> &str {
    let count = |sign: char| word.matches(sign).count();
    let mut surplus_round = count(')').saturating_sub(count('('));
    let mut surplus_square = count(']').saturating_sub(count('['));
    let mut url = word;
    while let Some(last) = url.chars().next_back() {
        let surplus = match last {
            ')' => &mut surplus_round,
            ']' => &mut surplus_square,
            '.' | ',' | ';' | ':' | '!' | '?' | '*' | '_' | '~' | '\'' | '’' | '‘' | '…' | '।' | '॥'
            | '。' | '，' | '、' | '；' | '：' | '！' | '？' | '）' => &mut 1,
            _ => break,
        };
        if *surplus == 0 {
            break;
        }
        *surplus -= 1;
        url = &url[..url.len() - last.len_utf8()];
    }
    url
}

/// What is shown of the parts behind their first `used` bytes as typed.
fn shown_behind(parts: &[Part<'_>], used: usize) -> String {
    let mut rest = String::new();
    let mut before = 0;
    for part in parts {
        let from = used.saturating_sub(before);
        if from == 0 {
            rest.push_str(part.shown);
        } else if from < part.typed.len() {
            rest.push_str(&part.typed[from..]);
        }
        before += part.typed.len();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::without_trailing_punctuation;

    #[test]
    fn punctuation_behind_a_url_is_not_part_of_it() {
        for (word, url) in [
            ("https://a.example/b.", "https://a.example/b"),
            ("https://a.example/b_(c))", "https://a.example/b_(c)"),
            ("https://a.example/?q=(a)", "https://a.example/?q=(a)"),
            ("https://a.example/b?!...’", "https://a.example/b"),
            ("https://a.example/ख।", "https://a.example/ख"),
            ("https://a.example/b/", "https://a.example/b/"),
        ] {
            assert_eq!(without_trailing_punctuation(word), url);
        }
    }
}
