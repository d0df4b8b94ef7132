//! Input made to run script in a reader's browser.

use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::{dialect, read, render};
use crate::config::RawHtml;

/// What a browser would find dangerous in a page.
fn dangers(html: &str) -> Vec<String> {
    #[derive(Default)]
    struct Sink(std::cell::RefCell<Vec<String>>);
    impl TokenSink for Sink {
        type Handle = ();

        fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
            if let Token::TagToken(tag) = token
                && tag.kind == TagKind::StartTag
            {
                let mut found = self.0.borrow_mut();
                let forbidden = [
                    "script",
                    "style",
                    "object",
                    "embed",
                    "form",
                    "base",
                    "meta",
                    "link",
                    "svg",
                    "math",
                    "template",
                    "textarea",
                    "title",
                    "noscript",
                    "plaintext",
                    "xmp",
                    "html",
                    "body",
                    "head",
                    "frameset",
                ];
                if forbidden.contains(&&*tag.name) {
                    found.push(format!("<{}>", tag.name));
                }
                for attribute in &tag.attrs {
                    let name: &str = &attribute.name.local;
                    let value: String = attribute
                        .value
                        .chars()
                        .filter(|c| !c.is_control() && *c != ' ')
                        .collect::<String>()
                        .to_lowercase();
                    let bad = name.starts_with("on")
                        || matches!(
                            name,
                            "style" | "srcdoc" | "formaction" | "action" | "srcset" | "ping" | "background"
                        )
                        || ["javascript:", "vbscript:", "data:", "file:"].iter().any(|scheme| {
                            value.starts_with(scheme) && matches!(name, "href" | "src" | "poster" | "cite")
                        })
                        || (&*tag.name == "iframe"
                            && name == "src"
                            && !value.starts_with("https://www.youtube.com/"));
                    if bad {
                        found.push(format!("{}[{name}={value}]", tag.name));
                    }
                }
            }
            TokenSinkResult::Continue
        }
    }
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(html.into());
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

const PAYLOADS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"x\" onerror=\"alert(1)\">",
    "<img/src=x/onerror=alert(1)>",
    "<img src=`x`onerror=alert(1)>",
    "<img \"\"\"><script>alert(1)</script>\">",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<math><mi//xlink:href=\"data:x,<script>alert(4)</script>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<textarea><p title=\"</textarea><img src=x onerror=alert(1)>\">",
    "<title><p title=\"</title><img src=x onerror=alert(1)>\">",
    "<iframe><a title=\"</iframe><img src onerror=alert(1)>\">x",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<iframe src=\"https://www.youtube.com/x\" onload=alert(1) srcdoc=\"<script>\"></iframe>",
    "<iframe src=\"https://www.youtube.com/x\"><script>alert(1)</script>",
    "<object data=javascript:alert(1)></object><embed src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=\"&#106;avascript:alert(1)\">x</a>",
    "<a href=\"java&Tab;script:alert(1)\">x</a>",
    "<a href=\"java&NewLine;script&colon;alert(1)\">x</a>",
    "<a href=\" &#14; javascript:alert(1)\">x</a>",
    "<a href=\"\u{1}javascript:alert(1)\">x</a>",
    "<a href='vbscript:x' ping=//evil.example>x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
    "<video poster=javascript:alert(1) src=data:x><source src=x onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<body onload=alert(1)><html onclick=x><head>",
    "<meta http-equiv=refresh content=0;url=//evil.example><base href=//evil.example><link rel=stylesheet href=x>",
    "<div style=\"background:url(javascript:alert(1))\">x</div>",
    "<style>@import '//evil.example';</style>",
    "<style><!--</style><img src=x onerror=alert(1)>-->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml <img src=x onerror=alert(1)> ?>",
    "<!DOCTYPE x [<!ENTITY y '<script>'>]>",
    "<p title=\"<img src=x onerror=alert(1)>\">x",
    "<b title='\"><img src=x onerror=alert(1)>'>x",
    "<template><script>alert(1)</script></template>",
    "<select><script>alert(1)</script><style></select><img src=x onerror=alert(1)>",
    "<table><td><script>alert(1)</script><caption><img src=x onerror=alert(1)>",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
    "<plaintext><img src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)><button formaction=javascript:alert(1)>x</button>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<marquee onstart=alert(1)>x</marquee><isindex action=javascript:alert(1)>",
    "<x onclick=alert(1)>y</x><custom-element onclick=alert(1)>",
    "</p></article></main><script>alert(1)</script>",
    "<p\u{0}><scr\u{0}ipt>alert(1)</scr\u{0}ipt>",
    "<img srcset=\"javascript:alert(1) 1x\" src=x background=javascript:x>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#9;script:alert(1))",
    "[x](java&#x0A;script&colon;alert(1))",
    "[x](&#1;javascript:alert(1))",
    "[x](java\u{1}script:alert(1))",
    "[x](<java script:alert(1)>)",
    "[x](<\u{a0}javascript:alert(1)>)",
    "[x](vbscript:x) [x](data:text/html,<script>) [x](file:///etc/passwd)",
    "[x][y]\n\n[y]: javascript:alert(1) 'z'",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x\" onerror=\"alert(1)](https://a.example/b)",
    "![x](https://a.example/b\"onerror=alert(1))",
    "![x](<https://a.example/\"onerror=alert(1)> 'a\" onerror=\"b')",
    "![x](a.jpg '\"><script>alert(1)</script>')",
    "[x](https://a.example 'a\" onclick=\"alert(1)')",
    "[[javascript:alert(1)]]",
    "[[x\" onclick=\"y|<script>z</script>]]",
    "Also Read: <script>alert(1)</script>",
    "Also Read: [x](javascript:alert(1))",
    "Also Read: javascript:alert(1)",
    "Also Read: [[javascript:x]]",
    "Also Read: \"><img src=x onerror=alert(1)>",
    "```\"onclick=alert(1)\nx\n```",
    "```x\"><script>alert(1)</script>\ny\n```",
    "## <script>alert(1)</script>",
    "## x {onclick=alert(1) #y\" .z}",
    "## \" onclick=\"alert(1)",
    "[^\"><script>]: y\n\nx[^\"><script>]",
    "x[^1]\n\n[^1]: <script>alert(1)</script> <img src=x onerror=y>",
    "| <script>alert(1)</script> |\n|-|\n| <img src=x onerror=y> |",
    "- [x] <img src=x onerror=alert(1)>",
    "https://a.example/\"onclick=alert(1)",
    "https://a.example/<script>alert(1)</script>",
    "https://a.example/'onclick='alert(1)",
    "https://a.example/&quot;onclick=&quot;alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "\\<script>alert(1)\\</script>",
    "<a href=\"x\n\n\" onclick=alert(1)>x",
    "<div\n\nonclick=alert(1)>",
    "<div title=\"\n\n<script>alert(1)</script>\n\n\">",
    "<b><p><i></b><script>alert(1)</script>",
];

#[test]
fn no_payload_runs() {
    for raw_html in [RawHtml::Clean, RawHtml::Off] {
        for payload in PAYLOADS {
            for wrapper in
                ["{}", "a {} b", "> {}", "- {}", "<div>\n{}\n</div>", "<b>{}", "# {}", "a\n{}\n\nb <i>c"]
            {
                let markdown = wrapper.replace("{}", payload);
                let html = render(&markdown, &dialect("en", raw_html));
                assert_eq!(dangers(&html), Vec::<String>::new(), "{markdown}\n→ {html}");
            }
        }
    }
}

#[test]
fn trusted_newspapers_still_refuse_unsafe_markdown_links() {
    let html = render("[x](javascript:alert(1)) ![y](data:z)", &dialect("en", RawHtml::Trusted));
    assert_eq!(html, "<p>x y</p>\n");
}

#[test]
fn the_check_itself_finds_dangers() {
    for html in
        ["<script>", "<p onclick=x>", "<a href=' java\nscript:x'>", "<iframe src=https://evil.example>"]
    {
        assert_eq!(dangers(html).len(), 1, "{html}");
    }
}

#[test]
fn nothing_in_a_body_reaches_beyond_it() {
    for payload in PAYLOADS.iter().chain(&[
        "<div><section><aside><p><b>",
        "</div></div></article>",
        "<!--",
        "<div title=\"",
    ]) {
        let html = render(payload, &dialect("en", RawHtml::Clean));
        let page = format!("<main>{html}<footer id=\"end\">x</footer></main>");
        let fragment = ammonia::Builder::new()
            .add_tags(["main", "footer", "section", "label", "input", "iframe", "video", "audio"])
            .add_generic_attributes(["id"])
            .clean(&page)
            .to_string();
        assert!(fragment.ends_with("<footer id=\"end\">x</footer></main>"), "{payload}\n→ {fragment}");
    }
}

#[test]
fn deep_nesting_ends_at_a_level_and_is_reported() {
    for markdown in [
        ">".repeat(1_000) + "a",
        "- ".repeat(1_000) + "a",
        "<div>\n".repeat(1_000),
        "a ".to_owned() + &"<b>".repeat(1_000),
    ] {
        let (_, findings) = read(&markdown, &dialect("en", RawHtml::Clean));
        let codes: Vec<&str> = findings.iter().map(crate::diagnostic::Diagnostic::code).collect();
        assert_eq!(codes, ["nested-too-deep"], "{}", &markdown[..10]);
        let html = render(&markdown, &dialect("en", RawHtml::Clean));
        let (mut depth, mut deepest) = (0_i32, 0);
        for tag in html.split('<').skip(1) {
            depth += if tag.starts_with('/') { -1 } else { 1 };
            deepest = deepest.max(depth);
        }
        assert!((190..=201).contains(&deepest) && depth == 0, "{deepest} {depth}");
    }
}
