//! Raw HTML between Markdown.

use super::{check, check_findings, check_in, check_references, dialect, render};
use crate::config::RawHtml;

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
    check("<p id=main class=x onclick=y style=z>a", "<p class=\"x\">a</p>");
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
    check_references("<a href=\"b.md\">a</a>\n\n<img src='c.jpg' alt=d>", &["Link b.md", "Image c.jpg"]);
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
        "a\n\n> b <script>c</script>\n\n> <div>\n>  <p style=x>d\n",
        &[
            "3:5 raw-html-removed element `<script>` was removed",
            "6:4 raw-html-removed attribute `style` of `<p>` was removed",
        ],
    );
    check_findings(RawHtml::Clean, "<!-- a -->", &[]);
    check_findings(RawHtml::Clean, "a <b>c</b>", &[]);
}

#[test]
fn ids_of_authors_stay_unless_they_are_taken() {
    check(
        "<h3 id=a class=b>A</h3>\n\n## a\n\n<a name=c id=c></a><i id=c>d</i> <i id=most-read>e</i> <i id=fn:1>f</i>",
        "<h3 id=\"a\" class=\"b\">A</h3>\n<h2 id=\"a-2\">a</h2>\n<p><a id=\"c\"></a><i>d</i> <i>e</i> <i>f</i></p>",
    );
    check_findings(
        RawHtml::Clean,
        "<a name=\"c\"></a>\n\n## Top c\n\n<i id=\"top-c\">d</i> <i id=\"a b\">e</i>",
        &[
            "5:1 raw-html-removed id `top-c` was removed: something else on the page has it",
            "5:21 raw-html-removed attribute `id` of `<i>` was removed",
        ],
    );
}

#[test]
fn elements_that_html_gave_up_become_what_replaced_them() {
    check(
        "<tt>a</tt> <strike>b</strike> <acronym title=C>c</acronym>",
        "<p><code>a</code> <s>b</s> <abbr title=\"C\">c</abbr></p>",
    );
}
