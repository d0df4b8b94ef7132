//! Links, images, cross-links and bare URLs.

use super::{check, check_findings, check_references, dialect, read};
use crate::config::RawHtml;

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
        &["Link ../b.md?q#c", "Image d.jpg", "Link "],
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
    check_references("[[Trump's \"big\" -- day]] [[a|*b*]]", &["Wiki Trump's \"big\" -- day", "Wiki a"]);
    check_references("![[photo.jpg]]", &["Image photo.jpg"]);
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
        &["AlsoRead Trump's \"big\" day -- it's..."],
    );
    check_references("Also Read: [A](../b.md#c)", &["AlsoRead ../b.md#c"]);
    let text = "One.\n  Also Read: A\nTwo.";
    let (outline, _) = read(text, &dialect("en", RawHtml::Clean));
    let span = outline.references[0].span;
    assert_eq!(&text[span.start..span.end], "Also Read: A");
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
