//! Input made to keep the builder busy, or to exhaust its stack.

use std::time::{Duration, Instant};

use newsprint::config::RawHtml;
use newsprint::content::markdown::{Dialect, Resolution, outline, to_html};
use newsprint::source::{Source, SourcePath, Span};

/// Reads and renders in a small thread, as the builder's own threads are, and returns the CPU-bound time it took.
fn time(markdown: String, raw_html: RawHtml) -> Duration {
    let work = move || {
        let start = Instant::now();
        let also_read_labels = vec!["Also Read".to_owned()];
        let dialect = Dialect { also_read_labels, raw_html, language: "en".to_owned() };
        let source = Source::new(SourcePath::new("content/a.md"), &markdown);
        let body = Span::new(0, markdown.len());
        let outline = outline(&source, body, &dialect);
        let html = to_html(&source, body, &dialect, "", &mut |index, _| Resolution::Link {
            href: format!("/r/{index}/"),
            title: None,
        });
        assert!(html.len() < 40 * markdown.len() + 20_000_000, "{} bytes", html.len());
        drop(outline);
        start.elapsed()
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work).expect("threads can be spawned");
    thread.join().expect("no pattern overflows the stack or panics")
}

/// Its name, and the Markdown.
type Pattern = (&'static str, String);

fn patterns(n: usize) -> Vec<Pattern> {
    [blocks(n), spans(n), html(n)].concat()
}

fn repeated(count: usize, line: fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

fn blocks(n: usize) -> Vec<Pattern> {
    let deep_list = repeated(n.min(600), |level| format!("{}- a\n", "  ".repeat(level)));
    let columns = n / 5;
    vec![
        (">", ">".repeat(n)),
        ("> ", "> ".repeat(n) + "a"),
        ("> lines", ">".repeat(300) + "a\n" + &(">".repeat(300) + "\n").repeat(n / 300)),
        ("[a](b\n\n", "[a](b.md)\n\n".repeat(n)),
        ("- ", "- ".repeat(n) + "a"),
        ("1. ", "1. ".repeat(n) + "a"),
        ("deep list", deep_list),
        ("- a\n", "- a\n".repeat(n)),
        ("- [ ] a\n", "- [ ] a\n".repeat(n)),
        (
            "table columns",
            format!("{}\n{}\n{}", "|a".repeat(columns), "|-".repeat(columns), "|b".repeat(columns)),
        ),
        ("table rows", "|a|b|\n|-|-|\n".to_owned() + &"|c|d|\n".repeat(n / 2)),
        (
            "table short rows",
            format!("{}\n{}\n{}", "|a".repeat(columns), "|-".repeat(columns), "|b\n".repeat(columns)),
        ),
        ("[^n]", repeated(n / 4, |at| format!("[^{at}]\n\n[^{at}]: b\n\n"))),
        ("[a]: b", repeated(n / 4, |at| format!("[a{at}]: b\n")) + &"[a1] ".repeat(n / 4)),
        ("# a", "# a\n".repeat(n)),
        ("#", "#".repeat(n)),
        ("= =", "a =\n".repeat(n)),
        ("Also Read", "Also Read: a\n".repeat(n)),
        ("Also Read:", "Also Read:\n".repeat(n)),
        (":", "a: b\n".repeat(n)),
    ]
}

fn spans(n: usize) -> Vec<Pattern> {
    vec![
        ("[", "[".repeat(n)),
        ("![", "![".repeat(n)),
        ("[[", "[[".repeat(n)),
        ("[[a]] ", "[[a]] ".repeat(n)),
        ("[a](", "[a](".repeat(n)),
        ("[a](b) ", "[a](b) ".repeat(n)),
        ("![a](b)\n", "![a](b)\n".repeat(n)),
        ("![a ... ](b)", "![a ".repeat(n) + &"](b)".repeat(n)),
        ("[a][", "[a][".repeat(n)),
        ("]", "]".repeat(n)),
        ("*a_", "*a_".repeat(n)),
        ("*a **b", "*a **b ".repeat(n)),
        ("*a … *", "*a ".repeat(n) + &"b*".repeat(n)),
        ("~", "~a ".repeat(n)),
        ("`", "`".repeat(n)),
        ("` runs", (1..n.min(450)).map(|length| "`".repeat(length) + " ").collect()),
        ("&", "&".repeat(n)),
        ("&amp", "a &#1; ".repeat(n)),
        ("\\", "\\".repeat(n)),
        ("[^a]", "[^a] ".repeat(n) + "\n\n[^a]: b"),
        ("https://a", "https://a".repeat(n)),
        ("https://a ", "https://a.example/b_c_ ".repeat(n)),
        ("https://a`b`", "https://a`b`".repeat(n)),
        ("https://a*", "https://a*b".repeat(n) + &"*".repeat(n)),
        ("https://a)", "https://a".to_owned() + &")".repeat(n)),
        ("https://", "https://,".repeat(n)),
        ("\"", "\"a' ".repeat(n)),
        ("\0", "\0a".repeat(n)),
        ("[a](javascript:b)", "[a](javascript:b) ".repeat(n)),
        ("long line", "a [b](c) ".to_owned() + &"d ".repeat(n) + "[b](javascript:c)"),
    ]
}

fn html(n: usize) -> Vec<Pattern> {
    vec![
        ("<!--", "<!--".repeat(n)),
        ("a <!--", "a <!--".repeat(n)),
        ("<", "<".repeat(n)),
        ("a<b ", "a<b ".repeat(n)),
        ("<b>", "<b>".repeat(n)),
        ("a <b>", "a <b>".repeat(n)),
        ("</b>", "a </b>".repeat(n)),
        ("<div>\n", "<div>\n".repeat(n)),
        ("<div>\n\n", "<div>\n\n".repeat(n)),
        ("<p>a\n\n", "<p>a\n\n".repeat(n)),
        ("<b title>\n\n", repeated(n, |at| format!("<b title={at}>x\n\n"))),
        ("a <i title>\n", repeated(n, |at| format!("a <i title={at}>\n"))),
        ("<table>", "<table><tr><td>".repeat(n / 4)),
        ("a <script>", "a <script>".repeat(n)),
        ("a <a title=\"<\" ", "a <a title=\"".to_owned() + &"<".repeat(n) + "\">"),
        ("<? ", "a <? ".repeat(n)),
        ("<![CDATA[", "a <![CDATA[".repeat(n)),
        ("<!A ", "a <!A ".repeat(n)),
    ]
}

/// F25 of the list of faults: 50,000 of each take at most a second in a release build. Tests run without optimisation on
/// a busy machine, so they allow more; what grows with the square of its length takes minutes.
#[test]
fn pathological_input_is_read_in_linear_time() {
    let allowed = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 1 });
    let mut slow = Vec::new();
    for raw_html in [RawHtml::Clean, RawHtml::Off] {
        for (name, markdown) in patterns(50_000) {
            // Only HTML makes a difference between the two.
            if raw_html == RawHtml::Off && !name.contains('<') {
                continue;
            }
            let took = time(markdown, raw_html);
            if took > allowed {
                slow.push(format!("{name} with {raw_html:?}: {took:?}"));
            }
        }
    }
    assert_eq!(slow, Vec::<String>::new());
}
