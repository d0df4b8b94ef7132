//! Raw HTML in articles: what may stay, what goes, and what is said about it.
//!
//! Safety comes twice. `read` takes a snippet apart with the tokenizer browsers use and passes on only what the
//! allow-list names, so that every removal can be reported at its place; `clean` then parses the finished body as one
//! tree, so that nothing unclosed or misnested can reach beyond it. Markdown is not known here.

mod allow_list;
mod ids;
mod reader;

use std::cell::RefCell;

use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use crate::content::destination::Destination;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

pub(crate) use self::allow_list::Shape;
use self::reader::Reader;

/// A piece of raw HTML that may stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Markup {
    /// Text, with its character references decoded.
    Text(String),
    /// The start of an element of the allow-list.
    Open { name: &'static str, shape: Shape, attributes: Vec<Attribute>, span: Span },
    /// The end of such an element.
    Close(&'static str),
}

/// An attribute that may stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// Its name, from the allow-list.
    pub(crate) name: &'static str,
    /// Its value.
    pub(crate) value: Value,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Text without character references.
    Text(String),
    /// A URL that was sorted; never a refused one.
    Url(Destination),
    /// An id, which may be taken already.
    Id(String),
}

/// What one snippet of raw HTML comes to.
#[derive(Default)]
pub(crate) struct Snippet {
    /// What stays.
    pub(crate) markup: Vec<Markup>,
    /// What went, still without the places, which are `Span`s of the body.
    pub(crate) findings: Vec<(Span, Diagnostic)>,
    /// The element whose content goes too and whose end the snippet does not hold.
    pub(crate) swallowing: Option<&'static str>,
}

/// Takes a snippet apart. It comes in one or more pieces, each with its offset in the body.
pub(crate) fn read<'a>(pieces: impl Iterator<Item = (&'a str, usize)>) -> Snippet {
    let mut reader = Reader::default();
    let tokenizer = Tokenizer::new(Tokens::default(), TokenizerOpts::default());
    let queue = BufferQueue::default();
    // Where the tag or comment begins that the tokenizer is inside of.
    let mut open: Option<usize> = None;
    let mut at = 0;
    for (piece, offset) in pieces {
        at = offset;
        // Cut so that a tag begins where a cut begins and ends where one ends: the tokenizer itself tells no columns.
        for chunk in piece.split_inclusive('>').flat_map(before_angles) {
            if chunk.starts_with('<') && open.is_none() {
                open = Some(at);
            }
            queue.push_back(chunk.into());
            let _ = tokenizer.feed(&queue);
            at += chunk.len();
            let tokens = tokenizer.sink.0.take();
            if !tokens.is_empty() {
                let span = Span::new(open.take().unwrap_or(at), at);
                for token in tokens {
                    reader.token(token, span);
                }
            }
        }
    }
    tokenizer.end();
    let rest = Span::new(open.unwrap_or(at), at);
    for token in tokenizer.sink.0.take() {
        if matches!(token, Token::CommentToken(_)) {
            open = None;
            reader.report(rest, "comment `<!--` is never closed", "close the comment with `-->`");
        } else if !matches!(token, Token::EOFToken) {
            open = None;
            reader.token(token, rest);
        } else if open.is_some() {
            reader.report(rest, "tag is never closed", "close the tag with `>`");
        }
    }
    reader.snippet
}

/// Makes a finished body safe as one tree: elements and attributes beyond the allow-list go, open ones are closed.
pub(crate) fn clean(html: &str) -> String {
    ids::without_repeated_ids(&allow_list::CLEANER.clean(html).to_string())
}

/// Splits before every `<`.
fn before_angles(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.bytes().skip(1).position(|byte| byte == b'<').map_or(rest.len(), |at| at + 1);
        let (chunk, after) = rest.split_at(end);
        rest = after;
        Some(chunk)
    })
}

/// Collects tokens, and tells the tokenizer which elements hold no markup.
#[derive(Default)]
struct Tokens(RefCell<Vec<Token>>);

impl TokenSink for Tokens {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut raw = None;
        if let Token::TagToken(Tag { kind: TagKind::StartTag, name, .. }) = &token {
            raw = match &**name {
                "script" => Some(RawKind::ScriptData),
                "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(RawKind::Rawtext),
                "title" | "textarea" => Some(RawKind::Rcdata),
                _ => None,
            };
        }
        if !matches!(token, Token::ParseError(_)) {
            self.0.borrow_mut().push(token);
        }
        raw.map_or(TokenSinkResult::Continue, TokenSinkResult::RawData)
    }
}

/// The finding about a URL whose scheme is refused; the place is added by who knows it.
pub(crate) fn unsafe_link(url: &str) -> Diagnostic {
    Diagnostic::warning("unsafe-link", format!("`{}` is not a link readers can be sent to", shown(url)))
        .help("use an address that starts with `https://`, `http://`, `mailto:` or `tel:`, or a path")
}

/// The finding about an id that another element has; the place is added by who knows it.
pub(crate) fn id_taken(id: &str) -> Diagnostic {
    let message = format!("id `{}` was removed: something else on the page has it", shown(id));
    Diagnostic::warning("raw-html-removed", message).help("choose another id, and mend the links to it")
}

/// Authored text as part of a message: short, and without anything a terminal would obey.
fn shown(text: &str) -> String {
    /// How much of it is shown, in characters.
    const SHOWN_CHARS: usize = 60;
    let mut short: String = text.chars().filter(|c| !c.is_control() && *c != '`').take(SHOWN_CHARS).collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::{Markup, Value, clean, read};

    /// What stays, in short, and the findings with their offsets.
    fn check(html: &str, stays: &str, findings: &[(usize, &str)]) {
        let snippet = read([(html, 100)].into_iter());
        let attribute = |attribute: &super::Attribute| match &attribute.value {
            Value::Text(text) => format!(" {}={text}", attribute.name),
            Value::Url(url) => format!(" {}={url:?}", attribute.name),
            Value::Id(id) => format!(" {}#{id}", attribute.name),
        };
        let found: Vec<String> = snippet
            .markup
            .iter()
            .map(|markup| match markup {
                Markup::Text(text) => text.clone(),
                Markup::Close(name) => format!("</{name}>"),
                Markup::Open { name, attributes, .. } => {
                    let attributes: Vec<String> = attributes.iter().map(attribute).collect();
                    format!("<{name}{}>", attributes.concat())
                }
            })
            .collect();
        let found = found.concat();
        assert_eq!(found, stays, "{html}");
        let reported: Vec<(usize, &str)> =
            snippet.findings.iter().map(|(span, finding)| (span.start - 100, finding.message())).collect();
        assert_eq!(reported, findings, "{html}");
    }

    #[test]
    fn allowed_elements_stay_and_text_is_decoded() {
        check("<div>a &amp; <b lang=en>b</b>\n</div>", "<div>a & <b lang=en>b</b>\n</div>", &[]);
        check("<td colspan=2>", "<td colspan=2>", &[]);
        check("<H1>a</H1>", "<h2>a</h2>", &[]);
        check("a <!-- gone --> b", "a  b", &[]);
    }

    #[test]
    fn removals_are_reported_at_their_tags() {
        check("ab<font>x</font>", "abx", &[(2, "element `<font>` was removed")]);
        check(
            "1 < 2 <p title='>' onclick=x() STYLE=y>",
            "1 < 2 <p title=>>",
            &[(6, "attributes `onclick`, `style` of `<p>` were removed")],
        );
        check("<b><i lang=x style=y>", "<b><i lang=x>", &[(3, "attribute `style` of `<i>` was removed")]);
        check("é&amp<u ping=x>", "é&<u>", &[(6, "attribute `ping` of `<u>` was removed")]);
        check("<p>a<!-- b", "<p>a", &[(4, "comment `<!--` is never closed")]);
        check("<p>a<b title='", "<p>a", &[(4, "tag is never closed")]);
        check("<!DOCTYPE html>x", "x", &[(0, "`<!DOCTYPE>` was removed")]);
    }

    #[test]
    fn scripts_go_with_their_content() {
        let gone = |name| (1, name);
        check("a<script>if (a<b) '</p>'</script>b", "ab", &[gone("element `<script>` was removed")]);
        check("a<style>b{}</style>c", "ac", &[gone("element `<style>` was removed")]);
        check("a<svg><svg></svg><a href=x>b</a></svg>c", "ac", &[gone("element `<svg>` was removed")]);
        check("a<svg/>c", "ac", &[gone("element `<svg>` was removed")]);
        check("a<textarea><b></textarea>c", "ac", &[gone("element `<textarea>` was removed")]);
        assert_eq!(read([("<script>", 0)].into_iter()).swallowing, Some("script"));
    }

    #[test]
    fn urls_are_sorted_and_bad_ones_go() {
        check("<a href=../b.md>", "<a href=Internal(\"../b.md\")>", &[]);
        check("<a href='#x'>", "<a href=Fragment(\"x\")>", &[]);
        let refused = "is not a link readers can be sent to";
        check("<a href='java&#10;script:x'>", "<a>", &[(0, &format!("`javascript:x` {refused}"))]);
        check("<img src=data:image/png,x>", "<img>", &[(0, &format!("`data:image/png,x` {refused}"))]);
    }

    #[test]
    fn embeds_come_from_known_hosts_only() {
        check(
            "<iframe src='https://www.youtube.com/embed/x' allow='autoplay; camera' frameborder=0>a</iframe>b",
            "<iframe src=External(\"https://www.youtube.com/embed/x\") allow=></iframe>b",
            &[],
        );
        let removed = "element `<iframe>` was removed: its host is not on the list of embeds";
        check("<iframe src='https://a.example/'></iframe>b", "b", &[(0, removed)]);
        check("<iframe srcdoc='<script>'></iframe>b", "b", &[(0, removed)]);
    }

    #[test]
    fn the_tree_is_closed_and_cleaned() {
        assert_eq!(clean("<div><p>a</div></div><b>c"), "<div><p>a</p></div><b>c</b>");
        assert_eq!(clean("<p onclick=x>a<script>b</script></p>"), "<p>a</p>");
        assert_eq!(clean("<iframe src=\"https://evil.example/\"></iframe>"), "<iframe></iframe>");
    }
}
