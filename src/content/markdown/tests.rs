//! What authors write and what readers get. Hostile input is in `hostile`, laws that hold for any input in `laws`.

mod hostile;
mod laws;

use crate::content::html::RawHtml;
use crate::content::markdown::{
    Dialect, Outline, Reference, ReferenceKind, Resolution, outline, short_html, to_html,
};
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
        ReferenceKind::Image => {
            Resolution::Image { src: format!("/i/{index}.jpg"), width: Some(640), height: Some(480) }
        }
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

/// The references as `kind target | text`.
#[track_caller]
fn check_references(markdown: &str, expected: &[&str]) {
    let (outline, _) = read(markdown, &dialect("en", RawHtml::Clean));
    let found: Vec<String> = outline
        .references
        .iter()
        .map(|reference| format!("{:?} {} | {}", reference.kind, reference.target, reference.text))
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
    let text = "## A\n\nb[^1] [c](#a)\n\n[^1]: d";
    let source = Source::new(SourcePath::new("a.md"), text);
    let html = to_html(&source, Span::new(0, text.len()), &dialect("en", RawHtml::Clean), "p-", &mut resolve);
    for part in ["id=\"p-a\"", "id=\"p-fnref:1\"", "href=\"#p-fn:1\"", "id=\"p-fn:1\"", "href=\"#p-a\""] {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[test]
fn links_and_images() {
    check(
        "[a](https://b.example/?x=1&y=2 \"t\\\"t\")",
        "<p><a href=\"https://b.example/?x=1&amp;y=2\" title=\"t&quot;t\">a</a></p>",
    );
    check(
        "<https://b.example> <a@b.example>",
        "<p><a href=\"https://b.example\">https://b.example</a> <a href=\"mailto:a@b.example\">a@b.example</a></p>",
    );
    check("[a](../b.md#c) [d](#e)", "<p><a href=\"/r/0/\">a</a> <a href=\"#e\">d</a></p>");
    check("[a *b*](missing.md)", "<p>a <em>b</em></p>");
    check(
        "![a \"b\"](c.jpg)",
        "<p><img src=\"/i/0.jpg\" alt=\"a “b”\" width=\"640\" height=\"480\" loading=\"lazy\"></p>",
    );
    check(
        "![a](c.jpg \"The <b> caption\")",
        "<figure><img src=\"/i/0.jpg\" alt=\"a\" width=\"640\" height=\"480\" loading=\"lazy\"><figcaption>The &lt;b&gt; caption</figcaption></figure>",
    );
    check(
        "x ![a](https://b.example/c.jpg \"t\")",
        "<p>x <img src=\"https://b.example/c.jpg\" alt=\"a\" loading=\"lazy\" title=\"t\"></p>",
    );
    check("![a](missing.jpg)", "<p>a</p>");
    check("![a](missing.jpg \"t\")", "<p>a</p>");
    check(
        "[![a](b.jpg)](c.md)",
        "<p><a href=\"/r/0/\"><img src=\"/i/1.jpg\" alt=\"a\" width=\"640\" height=\"480\" loading=\"lazy\"></a></p>",
    );
    check_references(
        "[a *b*](../b.md?q#c) ![alt](d.jpg) [e](https://f.example) [g](//h.example) [i](#j) [k]()",
        &["Link ../b.md?q#c | a b", "Image d.jpg | alt", "Link  | k"],
    );
}

#[test]
fn wiki_links() {
    check(
        "[[A story]] [[a-story|this]] [[missing]]",
        "<p><a href=\"/r/0/\">Title 0</a> <a href=\"/r/1/\">this</a> missing</p>",
    );
    check("`[[A]]`", "<p><code>[[A]]</code></p>");
    check("[[javascript:alert(1)]]", "<p><a href=\"/r/0/\">Title 0</a></p>");
    check_references(
        "[[Trump's \"big\" -- day]] [[a|*b*]]",
        &["Wiki Trump's \"big\" -- day | Trump's \"big\" -- day", "Wiki a | b"],
    );
    check_references("![[photo.jpg]]", &["Image photo.jpg | photo.jpg"]);
}

const CROSS_LINK: &str = "<p class=\"also-read\"><span class=\"also-read-label\">Also Read:</span> <a href=\"/r/0/\">A story</a></p>";

#[test]
fn also_read_lines_become_cross_links() {
    for markdown in [
        "Also Read: A story",
        "**Also Read:** A story",
        "**Also Read: A story**",
        "*Also Read*: A story",
        "Also Read: [A story](../b.md)",
        "[Also Read: A story](../b.md)",
        "**Also Read: [A story](../b.md)**",
        "Also Read: [[A story]]",
        "Also Read:\nA story",
        "**Also Read: A\nstory**",
    ] {
        check(markdown, CROSS_LINK);
    }
    check("ALSO READ : A story", &CROSS_LINK.replace("Also Read:", "ALSO READ :"));
    check("यह भी पढ़ें： A story", &CROSS_LINK.replace("Also Read:", "यह भी पढ़ें："));
    check("Don’t miss: A story", &CROSS_LINK.replace("Also Read:", "Don’t miss:"));
    check("Also Read: missing & gone", "<p>Also Read: missing &amp; gone</p>");
    check("> Also Read: A story", &format!("<blockquote>\n{CROSS_LINK}\n</blockquote>"));
}

#[test]
fn also_read_lines_inside_a_paragraph_stand_alone() {
    check(
        "One.\nAlso Read: A story\nTwo: *2*\nThree.",
        &format!("<p>One.</p>\n{CROSS_LINK}\n<p>Two: <em>2</em>\nThree.</p>"),
    );
    let two = CROSS_LINK.replace("/r/0/", "/r/1/");
    check("Also Read: A story\nAlso Read: A story", &format!("{CROSS_LINK}\n{two}"));
}

#[test]
fn other_lines_are_no_cross_links() {
    check("He said: Also Read: A story", "<p>He said: Also Read: A story</p>");
    check("Also Read A story", "<p>Also Read A story</p>");
    check("Also Read:", "<p>Also Read:</p>");
    check("- Also Read: A story", "<ul>\n<li>Also Read: A story</li>\n</ul>");
    check("- Also Read: A\n\n- b", "<ul>\n<li><p>Also Read: A</p>\n</li>\n<li><p>b</p>\n</li>\n</ul>");
    check("## Also Read: A", "<h2 id=\"also-read-a\">Also Read: A</h2>");
    check(
        "Also Read: [A](a.md), [B](b.md)",
        "<p>Also Read: <a href=\"/r/0/\">A</a>, <a href=\"/r/1/\">B</a></p>",
    );
}

#[test]
fn cross_links_to_other_sites_stay() {
    let external = |url: &str, text: &str| CROSS_LINK.replace("/r/0/", url).replace("A story", text);
    check("Also Read: [A story](https://b.example/)", &external("https://b.example/", "A story"));
    check("Also Read: https://b.example/c", &external("https://b.example/c", "https://b.example/c"));
    check("Also Read: [A](javascript:x)", "<p>Also Read: A</p>");
}

#[test]
fn the_target_of_a_cross_link_is_the_title_as_typed() {
    check_references(
        "Also Read: Trump's \"big\" day -- it's...",
        &["AlsoRead Trump's \"big\" day -- it's... | Trump’s “big” day – it’s…"],
    );
    check_references("Also Read: [A](../b.md#c)", &["AlsoRead ../b.md#c | A"]);
    let (outline, _) = read("One.\n  Also Read: A\nTwo.", &dialect("en", RawHtml::Clean));
    let place = &outline.references[0].place;
    assert_eq!((place.position.line, place.position.column), (2, 3));
    assert_eq!(&place.excerpt[place.underlined.clone()], "Also Read: A");
}

#[test]
fn bare_urls_become_links() {
    let link = |url: &str| format!("<a href=\"{url}\">{url}</a>");
    let a = link("https://a.example/b");
    check("See https://a.example/b.", &format!("<p>See {a}.</p>"));
    check("(https://a.example/b)", &format!("<p>({a})</p>"));
    check("*https://a.example/b*", &format!("<p><em>{a}</em></p>"));
    check("\"https://a.example/b\"...", &format!("<p>“{a}”…</p>"));
    check("https://a.example/b, https://a.example/b\nx", &format!("<p>{a}, {a}\nx</p>"));
    for url in [
        "https://a.example/b_c_d_e",
        "https://a.example/_b_/c",
        "https://a.example/~b/~c/d",
        "http://a.example/b--c...d",
        "https://a.example/b_(c)",
        "https://a.example/ख़बर",
    ] {
        check(url, &format!("<p>{}</p>", link(url)));
    }
    check(
        "https://a.example/?b=1&c=2",
        "<p><a href=\"https://a.example/?b=1&amp;c=2\">https://a.example/?b=1&amp;c=2</a></p>",
    );
    check(
        "https://a.example/it's",
        "<p><a href=\"https://a.example/it&#39;s\">https://a.example/it's</a></p>",
    );
    check(
        "https://a.example/?b=1&amp;c",
        "<p><a href=\"https://a.example/?b=1&amp;c\">https://a.example/?b=1&amp;c</a></p>",
    );
}

#[test]
fn other_text_does_not_become_a_link() {
    check("`https://a.example`", "<p><code>https://a.example</code></p>");
    check(
        "[https://a.example](https://b.example)",
        "<p><a href=\"https://b.example\">https://a.example</a></p>",
    );
    check(
        "<a href=\"https://b.example\">https://a.example</a>",
        "<p><a href=\"https://b.example\">https://a.example</a></p>",
    );
    check(
        "xhttps://a.example https:// ftp://a.example https://.",
        "<p>xhttps://a.example https:// ftp://a.example https://.</p>",
    );
    check(
        "https://a.example/*b c*",
        "<p><a href=\"https://a.example/\">https://a.example/</a><em>b c</em></p>",
    );
    check(
        "https://a.example/_b`c`_",
        "<p><a href=\"https://a.example/\">https://a.example/</a><em>b<code>c</code></em></p>",
    );
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
        ("sv", "”a” ’b’ it’s – …"),
        ("ru", "«a» ‘b’ it’s – …"),
        ("ja", "\"a\" 'b' it's -- ..."),
    ] {
        check_in(language, RawHtml::Clean, text, &format!("<p>{expected}</p>"));
    }
    check_in("de", RawHtml::Clean, "“a”", "<p>“a”</p>");
}

#[test]
fn raw_html_is_cleaned_as_one_tree() {
    check("a <b>b</b><br>c", "<p>a <b>b</b><br>c</p>");
    check("a <b>b\n\nc", "<p>a <b>b</b></p>\n<p>c</p>");
    check("</div></main>\n\na", "<p>a</p>");
    check("<div>\n\na\n\n</div>\n\nb", "<div>\n<p>a</p>\n</div>\n<p>b</p>");
    check("<aside>\n\n## A\n", "<aside>\n<h2 id=\"a\">A</h2>\n</aside>");
    check("> <div>\n\na", "<blockquote>\n<div>\n</div></blockquote>\n<p>a</p>");
    check("a <script>alert(1)</script> b", "<p>a  b</p>");
    check("a <script>b", "<p>a b</p>");
    check("<p id=main class=x onclick=y style=z>a", "<p>a</p>");
    check("a <!-- b --> c\n\n<!-- d -->", "<p>a  c</p>");
    check(
        "<details>\n<summary>A</summary>\n\n- b\n\n</details>",
        "<details>\n<summary>A</summary>\n<ul>\n<li>b</li>\n</ul>\n</details>",
    );
}

#[test]
fn our_own_markup_survives_cleaning() {
    let markdown = "## A\n\nb[^1]\n\n|c|\n|-:|\n|d|\n\n- [x] e\n\n![f](g.jpg \"h\")\n\nAlso Read: I\n\n[^1]: j\n\n```k\nl\n```\n\n3. m";
    let clean = render(markdown, &dialect("en", RawHtml::Clean));
    let cleaned = render(&format!("{markdown} <wbr>"), &dialect("en", RawHtml::Clean));
    let plain = |html: &str| {
        html.replace(" disabled=\"\" checked=\"\"", " disabled checked")
            .replace(" <wbr>", "")
            .replace(" />", ">")
    };
    let sorted = |html: &str| {
        // Attributes come out in another order.
        let mut parts: Vec<String> = plain(html).split(['<', '>', ' ']).map(str::to_owned).collect();
        parts.sort();
        parts
    };
    assert_eq!(sorted(&cleaned), sorted(&clean), "{cleaned}");
}

#[test]
fn urls_in_raw_html_are_references_too() {
    check(
        "<a href=\"b.md\">a</a> <img src='c.jpg' alt=d> <a href='missing.md'>e</a> <img src=missing.jpg alt=f>",
        "<p><a href=\"/r/0/\">a</a> <img src=\"/i/1.jpg\" alt=\"d\" width=\"640\" height=\"480\" loading=\"lazy\"> <a>e</a> f</p>",
    );
    check_references(
        "<a href=\"b.md\">a</a>\n\n<img src='c.jpg' alt=d>",
        &["Link b.md | ", "Image c.jpg | d"],
    );
}

#[test]
fn embeds_load_lazily_and_have_a_title() {
    check(
        "<iframe width=560 src=\"https://www.youtube-nocookie.com/embed/x\" frameborder=0 allowfullscreen></iframe>",
        "<iframe width=\"560\" src=\"https://www.youtube-nocookie.com/embed/x\" allowfullscreen=\"\" title=\"www.youtube-nocookie.com\" loading=\"lazy\"></iframe>",
    );
    check("a <iframe src=\"https://evil.example/\">b</iframe> c", "<p>a  c</p>");
}

#[test]
fn raw_html_can_be_trusted_or_text() {
    check_in(
        "en",
        RawHtml::Trusted,
        "<div id=a onclick=b>\n\n*c*",
        "<div id=a onclick=b>\n<p><em>c</em></p>",
    );
    check_in(
        "en",
        RawHtml::Off,
        "<div>\n\na <b>c</b><!-- d -->",
        "<p>&lt;div&gt;</p>\n<p>a &lt;b&gt;c&lt;/b&gt;</p>",
    );
    check_findings(RawHtml::Off, "<script>a</script>", &[]);
    check_findings(RawHtml::Trusted, "<script>a</script>", &[]);
}

#[test]
fn removals_are_findings_at_their_place() {
    check_findings(
        RawHtml::Clean,
        "a\n\n> b <script>c</script>\n\n> <div>\n>  <p class=x>d\n",
        &[
            "3:5 raw-html-removed element `<script>` was removed",
            "6:4 raw-html-removed attribute `class` of `<p>` was removed",
        ],
    );
    check_findings(RawHtml::Clean, "<!-- a -->", &[]);
    check_findings(RawHtml::Clean, "a <b>c</b>", &[]);
}

#[test]
fn unsafe_links_are_text_and_findings() {
    check("[a](javascript:alert(1)) ![b](data:image/png;base64,x)", "<p>a b</p>");
    check_findings(
        RawHtml::Clean,
        "a [b](javascript:alert)\n![c](data:x)\n<JAVASCRIPT:d>",
        &[
            "1:3 unsafe-link `javascript:alert` is not a link readers can be sent to",
            "2:1 unsafe-link `data:x` is not a link readers can be sent to",
            "3:1 unsafe-link `JAVASCRIPT:d` is not a link readers can be sent to",
        ],
    );
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
    let references = outline.references.iter().flat_map(|reference| [&reference.target, &reference.text]);
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
fn short_texts_link_to_other_sites_only() {
    let html =
        short_html("Covers *rail*. [Site](https://a.example) [old](b.md) ![me](c.jpg)", &Dialect::default());
    assert_eq!(html, "<p>Covers <em>rail</em>. <a href=\"https://a.example\">Site</a> old me</p>\n");
}

#[test]
fn places_count_from_the_top_of_the_file() {
    let text = "---\ntitle: é\n---\né [b](c.md)";
    let source = Source::new(SourcePath::new("a.md"), text);
    let (outline, _) = outline(&source, Span::new(18, text.len()), &dialect("en", RawHtml::Clean));
    let position = outline.references[0].place.position;
    assert_eq!((position.line, position.column), (4, 3));
}
