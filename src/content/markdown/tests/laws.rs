//! Laws that hold for any input.

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof, proptest};

use super::dialect;
use crate::config::RawHtml;
use crate::content::markdown::{Galley, Reference, Resolution, outline, outline_and_galley, to_html};
use crate::source::{Source, SourcePath, Span};

/// Bits of Markdown and HTML that mean something, in any order.
fn bits() -> impl Strategy<Value = String> {
    let bit = prop_oneof![
        Just("a"),
        Just("b c"),
        Just(" "),
        Just("\n"),
        Just("\n\n"),
        Just("*"),
        Just("**"),
        Just("_"),
        Just("~"),
        Just("`"),
        Just("```\n"),
        Just("["),
        Just("]"),
        Just("(b.md)"),
        Just("](c.jpg \"t\")"),
        Just("!["),
        Just("[["),
        Just("]]"),
        Just("|"),
        Just("\n|-|-|\n"),
        Just("> "),
        Just("- "),
        Just("1. "),
        Just("- [x] "),
        Just("# "),
        Just("\n===\n"),
        Just("[^1]"),
        Just("\n[^1]: "),
        Just("Also Read: "),
        Just("**Also Read:**"),
        Just("https://a.example/b_c_"),
        Just(":"),
        Just("<b>"),
        Just("</b>"),
        Just("<div>"),
        Just("</div>"),
        Just("\n<div>\n"),
        Just("<a href=x>"),
        Just("</a>"),
        Just("<img src=x alt=y>"),
        Just("<script>"),
        Just("</script>"),
        Just("<!--"),
        Just("-->"),
        Just("<p title=\""),
        Just("\">"),
        Just("<td>"),
        Just("<i id=a class=b>"),
        Just("<a name=fn:1>"),
        Just("<ul>"),
        Just("<li>"),
        Just("<svg>"),
        Just("</svg>"),
        Just("<iframe src=https://www.youtube.com/embed/x>"),
        Just("&amp;"),
        Just("&#1;"),
        Just("&lt;"),
        Just("\\"),
        Just("\""),
        Just("'"),
        Just("--"),
        Just("..."),
        Just("\u{0}"),
        Just("\u{1}"),
        Just("é"),
        Just("हि"),
        Just("日本"),
        Just("🎉"),
        Just("\t"),
        Just("    "),
        Just("[d]: e.md\n"),
        Just("<javascript:x>"),
        Just("(javascript:x)"),
        Just("： "),
    ];
    prop::collection::vec(bit, 0..60).prop_map(|bits| bits.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![8 => bits(), 1 => any::<String>(), 1 => "\\PC{0,60}"]
}

fn raw_html() -> impl Strategy<Value = RawHtml> {
    prop_oneof![3 => Just(RawHtml::Clean), 1 => Just(RawHtml::Trusted), 1 => Just(RawHtml::Off)]
}

fn check_both_passes(text: &str, raw_html: RawHtml, language: &str) {
    let source = Source::new(SourcePath::new("a.md"), text);
    let body = Span::new(0, text.len());
    let dialect = dialect(language, raw_html);
    let (outline, galley, findings) = outline_and_galley(&source, body, &dialect);
    let resolution = |index: usize| match index % 3 {
        0 => Resolution::Link { href: "/a\"b/".to_owned(), title: Some("<t>".to_owned()) },
        1 => Resolution::Image {
            src: "/c d.jpg".to_owned(),
            srcset: Some("/c%20d-1w.jpg 1w, /c%20d.jpg 2w".to_owned()),
            width: Some(1),
            height: Some(2),
        },
        _ => Resolution::Text,
    };
    let mut asked: Vec<(usize, Reference)> = Vec::new();
    let html = to_html(&source, body, &dialect, "", &mut |index, reference| {
        asked.push((index, reference.clone()));
        resolution(index)
    });
    if let Some(galley) = galley {
        let galley = Galley::from_bytes(&galley.to_bytes()).expect("the bytes of a galley");
        let mut references = outline.references.iter().enumerate();
        let set = galley.html(&dialect, &mut |index, reference| {
            assert_eq!(references.next(), Some((index, reference)), "the same in the same order");
            resolution(index)
        });
        assert_eq!(set, html, "{text}");
    }
    assert!(asked.iter().map(|(index, _)| *index).eq(0..asked.len()), "references are asked for in order");
    assert!(
        asked.into_iter().map(|(_, reference)| reference).eq(outline.references),
        "both passes find the same"
    );
    let forbidden = |c: char| c.is_ascii_control() && !matches!(c, '\n' | '\t');
    assert!(!html.contains(forbidden) && !outline.text.contains(forbidden), "{html:?}");
    for finding in &findings {
        let label = &finding.labels()[0];
        assert!(label.excerpt.get(label.underlined.start..label.underlined.end).is_some(), "{label:?}");
        assert!(label.position.line <= text.matches('\n').count() + 1, "{label:?}");
    }
    let mut ids: Vec<&str> = outline.headings.iter().map(|heading| &*heading.id).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    if raw_html != RawHtml::Trusted {
        check_balance(&html);
        check_ids(&html);
    }
}

/// No two elements have one id.
fn check_ids(html: &str) {
    let tags = html.split('<').skip(1).filter_map(|tag| tag.split('>').next());
    let mut ids: Vec<&str> =
        tags.filter_map(|tag| Some(tag.split_once(" id=\"")?.1.split('"').next().unwrap_or(""))).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?} in {html}");
}

/// Every tag is closed in order.
fn check_balance(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1) {
        let name = tag.split(|c: char| !c.is_ascii_alphanumeric() && c != '/').next().unwrap_or("");
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{html}");
        } else if !["br", "hr", "img", "input", "wbr", "source", "track", "col"].contains(&name) {
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<&str>::new(), "{html}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_passes_agree_and_no_text_panics(
        text in any_text(),
        raw_html in raw_html(),
        language in prop_oneof![Just("en"), Just("de"), Just("fr"), Just("ja")],
    ) {
        check_both_passes(&text, raw_html, language);
    }

    #[test]
    fn mutated_articles_do_no_harm(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4, any::<char>()), 1..12),
        raw_html in raw_html(),
    ) {
        let mut chars: Vec<char> = ARTICLE.chars().collect();
        for (index, kind, c) in edits {
            let at = index.index(chars.len());
            match kind {
                0 => chars[at] = c,
                1 => chars.insert(at, c),
                2 => drop(chars.remove(at)),
                _ => {
                    let copy: Vec<char> = chars[at..(at + 20).min(chars.len())].to_vec();
                    let into = at / 2;
                    chars.splice(into..into, copy);
                }
            }
        }
        check_both_passes(&chars.into_iter().collect::<String>(), raw_html, "en");
    }

    #[test]
    fn the_body_may_be_any_part_of_its_source(text in any_text(), from in any::<prop::sample::Index>()) {
        let start = text.floor_char_boundary(from.index(text.len() + 1));
        let source = Source::new(SourcePath::new("a.md"), &text);
        let (whole, _) = outline(&source, Span::new(start, text.len()), &dialect("en", RawHtml::Clean));
        let alone = Source::new(SourcePath::new("a.md"), &text[start..]);
        let (part, _) = outline(&alone, Span::new(0, text.len() - start), &dialect("en", RawHtml::Clean));
        assert_eq!(whole.text, part.text);
        assert_eq!(whole.headings, part.headings);
    }
}

const ARTICLE: &str = "# One\n\nA \"quoted\" word, [a link](../b.md), [[A title|shown]] and https://a.example/b_c.\n\
Also Read: Another story\nMore **bold *both*** text[^1].\n\n![alt](photo.jpg \"Caption\")\n\n\
| a | b |\n|:-|-:|\n| `c` | <b>d</b> |\n\n- [ ] e\n  1. f\n\n> **Also Read:** [g](h.md)\n\n\
<aside class=\"x\">\n<p>i <a href=\"j.md\">k</a>\n\n*l*\n\n</aside>\n\n```rust\nm\n```\n\n[^1]: note <!-- n -->\n";
