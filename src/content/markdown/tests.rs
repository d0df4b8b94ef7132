//! What authors write and what readers get. Links are in `links`, raw HTML is in `raw`, hostile input in
//! `hostile`; laws that hold for any input in `laws`.

mod hostile;
mod laws;
mod links;
mod raw;

use crate::config::RawHtml;
use crate::content::markdown::{Dialect, Outline, Reference, ReferenceKind, Resolution, outline, to_html};
use crate::diagnostic::Diagnostic;
use crate::source::{Source, SourcePath, Span};

fn dialect(language: &str, raw_html: RawHtml) -> Dialect {
    Dialect {
        also_read_labels: vec!["Also Read".to_owned(), "यह भी पढ़ें".to_owned(), "Don't miss".to_owned()],
        raw_html,
        language: language.to_owned(),
    }
}

/// Resolves everything but what is called missing: `/r/0/`, `/r/1/`, … for links, `/i/0.jpg`, … for images.
fn resolve(index: usize, reference: &Reference) -> Resolution {
    if reference.target.contains("missing") {
        return Resolution::Text;
    }
    match reference.kind {
        ReferenceKind::Image => Resolution::Image {
            src: format!("/i/{index}.jpg"),
            srcset: None,
            width: Some(640),
            height: Some(480),
        },
        ReferenceKind::Wiki => {
            Resolution::Link { href: format!("/r/{index}/"), title: Some(format!("Title {index}")) }
        }
        _ => Resolution::Link { href: format!("/r/{index}/"), title: None },
    }
}

fn render(markdown: &str, dialect: &Dialect) -> String {
    let source = Source::new(SourcePath::new("content/a.md"), markdown);
    to_html(&source, Span::new(0, markdown.len()), dialect, "", &mut resolve)
}

fn read(markdown: &str, dialect: &Dialect) -> (Outline, Vec<Diagnostic>) {
    let source = Source::new(SourcePath::new("content/a.md"), markdown);
    outline(&source, Span::new(0, markdown.len()), dialect)
}

#[track_caller]
fn check(markdown: &str, html: &str) {
    check_in("en", RawHtml::Clean, markdown, html);
}

#[track_caller]
fn check_in(language: &str, raw_html: RawHtml, markdown: &str, html: &str) {
    assert_eq!(render(markdown, &dialect(language, raw_html)).trim(), html, "{markdown}");
}

/// The references as `kind target`.
#[track_caller]
fn check_references(markdown: &str, expected: &[&str]) {
    let (outline, _) = read(markdown, &dialect("en", RawHtml::Clean));
    let found: Vec<String> = outline
        .references
        .iter()
        .map(|reference| format!("{:?} {}", reference.kind, reference.target))
        .collect();
    assert_eq!(found, expected, "{markdown}");
}

/// The findings as `line:column code message`.
#[track_caller]
fn check_findings(raw_html: RawHtml, markdown: &str, expected: &[&str]) {
    let (_, findings) = read(markdown, &dialect("en", raw_html));
    let found: Vec<String> = findings
        .iter()
        .map(|finding| {
            let place = finding.labels()[0].position;
            format!("{}:{} {} {}", place.line, place.column, finding.code(), finding.message())
        })
        .collect();
    assert_eq!(found, expected, "{markdown}");
    assert!(
        findings.iter().all(|finding| !finding.help_lines().is_empty()),
        "every finding helps: {markdown}"
    );
}

#[test]
fn ordinary_markdown() {
    check(
        "a *b* **c** ~~d~~ `e<f`  \ng\nh",
        "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e&lt;f</code><br>\ng\nh</p>",
    );
    check(
        "> a\n\n---\n\n3. b\n4. c",
        "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>\n<ol start=\"3\">\n<li>b</li>\n<li>c</li>\n</ol>",
    );
    check("- a\n  - b\n- c", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n<li>c</li>\n</ul>");
    check("```rust x\"y\na<b>\n```", "<pre><code class=\"language-rust\">a&lt;b&gt;\n</code></pre>");
    check("```a\"onload=x\nb\n```", "<pre><code class=\"language-a\">b\n</code></pre>");
    check("    code", "<pre><code>code</code></pre>");
    check("{{ a }} {% b %}", "<p>{{ a }} {% b %}</p>");
}

#[test]
fn tasks() {
    check(
        "- [ ] a *b*\n- [x] c",
        "<ul>\n<li><label class=\"task\"><input type=\"checkbox\" disabled> a <em>b</em></label></li>\n\
         <li><label class=\"task\"><input type=\"checkbox\" disabled checked> c</label></li>\n</ul>",
    );
    check(
        "- [ ] a\n\n  b\n- [x] c\n  - d",
        "<ul>\n<li><p><label class=\"task\"><input type=\"checkbox\" disabled> a</label></p>\n<p>b</p>\n</li>\n\
         <li><p><label class=\"task\"><input type=\"checkbox\" disabled checked> c</label></p>\n<ul>\n<li>d</li>\n</ul>\n</li>\n</ul>",
    );
}

#[test]
fn tables_scroll_and_align_by_class() {
    check(
        "|a|b|c|\n|:-|:-:|-:|\n|1|*2*|3|",
        "<div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table>\n\
         <thead><tr><th scope=\"col\" class=\"align-left\">a</th><th scope=\"col\" class=\"align-center\">b</th>\
         <th scope=\"col\" class=\"align-right\">c</th></tr></thead>\n<tbody>\n\
         <tr><td class=\"align-left\">1</td><td class=\"align-center\"><em>2</em></td><td class=\"align-right\">3</td></tr>\n\
         </tbody></table></div>",
    );
    check(
        "|a|\n|-|",
        "<div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table>\n\
         <thead><tr><th scope=\"col\">a</th></tr></thead>\n</table></div>",
    );
}

#[test]
fn tables_of_one_text_have_names_of_their_own() {
    let html = render("|a|\n|-|\n\n|b|\n|-|\n\n|c|\n|-|", &dialect("en", RawHtml::Clean));
    for name in ["\"Table\"", "\"Table 2\"", "\"Table 3\""] {
        assert_eq!(html.matches(&format!("aria-label={name}")).count(), 1, "{html}");
    }
}

#[test]
fn headings_have_ids_and_leave_the_first_level_to_the_title() {
    check("## A *b*\n\n### A b", "<h2 id=\"a-b\">A <em>b</em></h2>\n<h3 id=\"a-b-2\">A b</h3>");
    check("# A\n\n## B\n\n###### C", "<h2 id=\"a\">A</h2>\n<h3 id=\"b\">B</h3>\n<h6 id=\"c\">C</h6>");
    check("### B\n\nA\n===", "<h4 id=\"b\">B</h4>\n<h2 id=\"a\">A</h2>");
    check("## A {#b .c onclick=x}", "<h2 id=\"a-b-c-onclick-x\">A {#b .c onclick=x}</h2>");
    let (outline, _) = read("## One & two\n\n## Main", &dialect("en", RawHtml::Clean));
    let found: Vec<String> = outline
        .headings
        .iter()
        .map(|heading| format!("{} {} {}", heading.level, heading.id, heading.text))
        .collect();
    assert_eq!(found, ["2 one-two One & two", "2 main-2 Main"]);
}

#[test]
fn footnotes_stand_at_the_end() {
    check(
        "a[^x] b[^y] c[^x]\n\n[^y]: Y\n[^x]: X *x*\n\n    more",
        "<p>a<sup class=\"footnote-ref\"><a id=\"fnref:1\" role=\"doc-noteref\" href=\"#fn:1\">1</a></sup> \
         b<sup class=\"footnote-ref\"><a id=\"fnref:2\" role=\"doc-noteref\" href=\"#fn:2\">2</a></sup> \
         c<sup class=\"footnote-ref\"><a id=\"fnref:1:2\" role=\"doc-noteref\" href=\"#fn:1\">1</a></sup></p>\n\
         <section class=\"footnotes\" role=\"doc-endnotes\"><ol>\n\
         <li id=\"fn:1\"><p>X <em>x</em></p>\n<p>more <a class=\"footnote-back\" role=\"doc-backlink\" href=\"#fnref:1\">↩\u{FE0E}</a></p></li>\n\
         <li id=\"fn:2\"><p>Y <a class=\"footnote-back\" role=\"doc-backlink\" href=\"#fnref:2\">↩\u{FE0E}</a></p></li>\n\
         </ol></section>",
    );
    check_findings(
        RawHtml::Clean,
        "a\n\n[^x]: X",
        &["3:1 unused-footnote nothing refers to the footnote `[^x]`, so nobody will see it"],
    );
    check_findings(RawHtml::Clean, "a[^X]\n\n[^x]: X", &[]);
}

#[test]
fn ids_get_the_prefix() {
    let text = "## A\n\nb[^1] [c](#a)\n\n[^1]: d\n\n<p id=e>f <a href=#e>g</a>";
    let source = Source::new(SourcePath::new("a.md"), text);
    let html = to_html(&source, Span::new(0, text.len()), &dialect("en", RawHtml::Clean), "p-", &mut resolve);
    for part in [
        "id=\"p-a\"",
        "id=\"p-fnref:1\"",
        "href=\"#p-fn:1\"",
        "id=\"p-fn:1\"",
        "href=\"#p-a\"",
        "<p id=\"p-e\">",
        "href=\"#p-e\"",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[test]
fn quotation_marks_follow_the_language() {
    let text = "\"a\" 'b' it's -- ...";
    for (language, expected) in [
        ("en", "“a” ‘b’ it’s – …"),
        ("hi", "“a” ‘b’ it’s – …"),
        ("de-AT", "„a“ ‚b‘ it’s – …"),
        ("fr", "«\u{202F}a\u{202F}» ‘b’ it’s – …"),
        ("pl", "„a” ‚b’ it’s – …"),
        ("bn-IN", "“a” ‘b’ it’s – …"),
        ("es", "“a” ‘b’ it’s – …"),
        ("ar", "«a» ‘b’ it’s – …"),
        ("sv", "”a” ’b’ it’s – …"),
        ("ru", "«a» ‘b’ it’s – …"),
        ("ja", "\"a\" 'b' it's -- ..."),
    ] {
        check_in(language, RawHtml::Clean, text, &format!("<p>{expected}</p>"));
    }
    check_in("de", RawHtml::Clean, "“a”", "<p>“a”</p>");
}

#[test]
fn control_characters_are_removed_and_reported_once() {
    check("a\u{0}b\u{1}c &#1;d\te", "<p>abc d\te</p>");
    check_findings(
        RawHtml::Clean,
        "é\nab\u{1}c\u{2} [d](javascript:x)",
        &[
            "2:3 control-character control character U+0001 was removed from the text",
            "2:7 unsafe-link `javascript:x` is not a link readers can be sent to",
        ],
    );
    let (outline, _) =
        read("a &#1;b\u{2}\n\n## &#2;c\n\n[[d&#3;\u{4}]] [e&#5;](f)", &dialect("en", RawHtml::Clean));
    let references = outline.references.iter().map(|reference| &reference.target);
    let mut texts =
        references.chain([&outline.headings[0].text, &outline.headings[0].id, &outline.first_paragraph]);
    assert!(texts.all(|text| !text.contains(char::is_control)), "{outline:?}");
    assert_eq!(outline.text, "a b\nc\nd&#3; e");
}

#[test]
fn outlines_hold_words_and_the_first_paragraph() {
    let markdown = "![a](b.jpg)\n\n> quoted\n\nAlso Read: A story\nThe *first*\nparagraph.\n\nTwo `three`.\n\n```\ncode code\n```\n\n- four\n- five\n\n| six |\n|-|\n| seven |\n\n<div>eight</div>";
    let (outline, _) = read(markdown, &dialect("en", RawHtml::Clean));
    assert_eq!(outline.first_paragraph, "The first paragraph.");
    assert_eq!(outline.text, "quoted\nThe first paragraph.\nTwo three.\nfour\nfive\nsix\nseven\n eight");
    assert_eq!(outline.words, 11);
}

#[test]
fn places_count_from_the_top_of_the_file() {
    let text = "---\ntitle: é\n---\né [b](c.md)";
    let source = Source::new(SourcePath::new("a.md"), text);
    let (outline, _) = outline(&source, Span::new(18, text.len()), &dialect("en", RawHtml::Clean));
    let position = source.position(outline.references[0].span.start);
    assert_eq!((position.line, position.column), (4, 3));
}
