//! Nothing an author writes runs in a reader's browser, and all XML is well-formed.

use html5ever::tendril::TendrilSink as _;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

use crate::site::SiteTest;
use crate::site::has_extension;

const PAYLOADS: [&str; 15] = [
    "<script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    "\" onfocus=\"alert(1)\" autofocus=\"",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "]]><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "[x](javascript:alert(1)) ![x](data:text/html,alert) [y](JaVa&#x73;cript:alert(1)) <javascript:alert(1)>",
    "<p>text</p><a href=/nowhere/>x</a>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
];

#[test]
fn payloads_in_every_place_inject_nothing() {
    let mut site = SiteTest::new().file("static/feed.txt", "x");
    for (number, payload) in PAYLOADS.iter().enumerate() {
        let text = serde_json::to_string(&format!("{payload} p{number}")).expect("JSON");
        let header = format!(
            "title: {text}\ndate: 2026-01-{:02}\nauthor: {text}\ncategory: {text}\ndescription: {text}\ntags: [{text}]\n\
             image: {{src: \"https://x.example/a.jpg\", alt: {text}, credit: {text}, caption: {text}}}\nslug: p{number}\nextra: {{x: {text}}}\n",
            number + 1
        );
        let body = format!(
            "{payload}\n\n# {payload}\n\n| {payload} |\n|---|\n| {payload} |\n\n```{payload}\n{payload}\n```\n\n\
             ![{payload}](https://x.example/b.jpg \"{}\")\n\n- {payload}\n- [ ] {payload}\n\n> {payload}\n\nNote[^{number}]\n\n[^{number}]: {payload}\n\nAlso Read: {payload}\n",
            payload.replace('"', "")
        );
        site = site.file(&format!("content/c/p{number}.md"), format!("---\n{header}---\n\n{body}"));
        let record = format!(
            "---\nname: {text}\nrole: {text}\nlinks: [{{label: {text}, url: \"https://x.example/\"}}]\n---\n{payload}\n"
        );
        site = site.file(&format!("content/_authors/a{number}.md"), record);
        site = site.file(&format!("content/_pages/s{number}.md"), format!("---\ntitle: {text}\n---\n{body}"));
    }
    site.build();
    let mut pages = 0;
    for (name, bytes) in site.tree().into_iter().filter(|(name, _)| !is_binary(name)) {
        let text = String::from_utf8(bytes).expect("UTF-8");
        if has_extension(&name, "html") {
            pages += 1;
            let dom = parse_document(RcDom::default(), ParseOpts::default()).one(text.as_str());
            inspect(&dom.document, &name);
        } else if has_extension(&name, "xml") {
            let mut reader = quick_xml::Reader::from_str(&text);
            loop {
                match reader.read_event() {
                    Ok(quick_xml::events::Event::Eof) => break,
                    Ok(_) => {}
                    Err(error) => panic!("{name}: {error}"),
                }
            }
        }
    }
    assert!(pages > 60, "only {pages} pages were looked at");
}

/// Fonts, and the lists of the search index.
fn is_binary(name: &str) -> bool {
    has_extension(name, "bin") || has_extension(name, "woff2")
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The one script that stands in pages themselves: the choice between light and dark must be known before they are drawn.
const THEME_CHOICE: &str = include_str!("../../templates/parts/theme-choice.html");

/// The text in an element.
fn text_of(node: &Handle) -> String {
    let children = node.children.borrow();
    let text = children.iter().filter_map(|child| match &child.data {
        NodeData::Text { contents } => Some(contents.borrow().to_string()),
        _ => None,
    });
    text.collect()
}

/// Fails on anything in a page that could run script and is not the theme's own.
fn inspect(root: &Handle, page: &str) {
    let mut open = vec![root.clone()];
    while let Some(node) = open.pop() {
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let element = name.local.to_string();
            let attributes: Vec<(String, String)> =
                attrs.borrow().iter().map(|a| (a.name.local.to_string(), a.value.to_string())).collect();
            let own_script = attributes.iter().any(|(name, value)| {
                (name == "src" && (value.starts_with("/theme.") || value.starts_with("/search.")))
                    || (name == "type" && value == "application/ld+json")
            });
            // An empty one would be a line of the file, too.
            let is_choice = || {
                let text = text_of(&node);
                attributes.is_empty() && !text.is_empty() && THEME_CHOICE.lines().any(|line| line == text)
            };
            let own_script = own_script || is_choice();
            assert!(element != "script" || own_script, "{page}: a script {attributes:?}");
            let own_form = element == "form"
                && ["search/index.html", "404.html"].contains(&page)
                && attributes.contains(&pair("action", "/search/"));
            assert!(
                own_form || !matches!(element.as_str(), "iframe" | "object" | "embed" | "base" | "form"),
                "{page}: <{element}>"
            );
            for (name, value) in &attributes {
                assert!(!name.starts_with("on") && name != "srcdoc", "{page}: <{element} {name}={value:?}>");
                let address: String =
                    value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
                let address = address.to_ascii_lowercase();
                let leads =
                    matches!(name.as_str(), "href" | "src" | "action" | "formaction" | "xlink:href" | "data");
                let bad =
                    ["javascript:", "data:", "vbscript:"].iter().any(|scheme| address.starts_with(scheme));
                assert!(!(leads && bad), "{page}: <{element} {name}={value:?}>");
            }
        }
        open.extend(node.children.borrow().iter().cloned());
    }
}

#[test]
fn raw_html_is_cleaned_escaped_or_trusted_by_config() {
    let body = "<div onclick=\"x()\"><b>bold</b><script>alert(1)</script></div>\n\n<iframe src=\"https://www.youtube-nocookie.com/embed/x\"></iframe>";
    let site = SiteTest::new().article("w/a.md", "A", "", body);
    site.build();
    let page = site.page("w/2026/01/a/index.html");
    assert!(
        page.contains("<b>bold</b>") && !page.contains("onclick") && !page.contains("alert(1)"),
        "{page}"
    );
    assert!(page.contains("youtube-nocookie.com/embed/x") && page.contains("loading=\"lazy\""), "{page}");
    let findings = site.findings();
    assert!(
        findings.iter().any(|f| f.contains("`<script>`")) && findings.iter().any(|f| f.contains("`onclick`")),
        "{findings:?}"
    );
    site.write("newsprint.yaml", format!("{}raw_html: off\n", crate::site::CONFIG));
    site.build();
    assert!(site.page("w/2026/01/a/index.html").contains("&lt;script&gt;"));
    site.write("newsprint.yaml", format!("{}raw_html: trusted\n", crate::site::CONFIG));
    site.build();
    assert!(site.page("w/2026/01/a/index.html").contains("<script>alert(1)</script>"));
}
