//! The preview server over raw sockets: hosts, origins, paths, methods, conditions, ranges, limits, slow clients. Group by
//! group as P1 to P24 of the threats that `docs/serve.md` lists, and then random bytes.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::incremental::Dice;
use crate::serve::token;
use crate::server::{Answer, PATIENCE, Server};
use crate::site::SiteTest;

/// What no answer may have: it lies in files that are not published.
const CANARY: &str = "canary-7c1e55";

/// What every page has.
const WORDS: &str = "Plain words of the story";

/// A newspaper with secrets around it and in it.
struct Ground {
    site: SiteTest,
    server: Server,
    asked: AtomicUsize,
}

impl Ground {
    fn new() -> Self {
        let site = SiteTest::new()
            .article("world/a.md", "Alpha", "", WORDS)
            .article("world/नमस्ते.md", "Namaste", "slug: नमस्ते\n", WORDS)
            .article("world/b.md", "Beta", "aliases: [/old/b/]\n", WORDS)
            .article("world/d.md", "Draft", "draft: true\n", CANARY)
            .file("static/a b+c.txt", "abcdefghij")
            .file("static/page.html", "<!doctype html><body>own</body>")
            .file("static/plain", "0123456789");
        for secret in [
            ".env",
            ".git/config",
            "static/.env",
            "static/x.md~",
            "content/world/.x.swp",
            "public-secret/x",
            "secret.txt",
            ".newsprint/x",
            "templates/x.txt",
            "content/world/a.md.bak",
        ] {
            site.write(secret, CANARY);
        }
        site.write("templates/x.txt", CANARY);
        #[cfg(unix)]
        for (link, target) in
            [("static/out", "/etc"), ("static/passwd", "/etc/passwd"), ("static/up", "../..")]
        {
            std::os::unix::fs::symlink(target, site.path(link)).expect("a link");
        }
        let server = Server::of(&site);
        server.get("/");
        Self { site, server, asked: AtomicUsize::new(0) }
    }

    fn seen(&self, answer: Answer, what: &str) -> Answer {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let text = answer.text();
        assert!(!text.contains(CANARY) && !text.contains("root:x:"), "{what}: {text}");
        assert!(answer.header("access-control-allow-origin").is_empty(), "{what}");
        answer
    }

    /// A request as it is, with `\r\n` at the ends of its lines.
    fn raw(&self, request: &str) -> Answer {
        self.seen(self.server.raw(request.as_bytes()), request)
    }

    fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        self.seen(self.server.ask(method, path, headers), &format!("{method} {path} {headers}"))
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    fn host(&self, host: &str, path: &str) -> Answer {
        self.raw(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
    }
}

fn is_one_of(answer: &Answer, wanted: &[u16], what: &str) {
    assert!(wanted.contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
}

/// P2: only names of this machine.
fn hosts(on: &Ground) {
    let port = on.server.port;
    for host in ["localhost", "LocalHost", "127.0.0.1", "[::1]", "news.localhost", "a.b.localhost"] {
        for host in [host.to_owned(), format!("{host}:{port}"), format!("{host}:8080")] {
            assert_eq!(on.host(&host, "/").status, 200, "{host}");
        }
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.2",
        "0.0.0.0",
        "[::]",
        "127.1",
        "2130706433",
        "0x7f000001",
        "localhost.",
        "evil.example:1605",
        "news.lan",
        "localhost@evil.example",
        "::1",
        "",
        "169.254.1.1",
    ] {
        for path in [
            "/",
            "/world/2026/01/a/",
            "/style.css",
            "/__newsprint/",
            "/__newsprint/live?token=x",
            "/nothing",
            "/robots.txt",
            "/__newsprint/live.js",
            "/feed.xml",
        ] {
            let answer = on.host(host, path);
            is_one_of(&answer, &[400, 403], &format!("{host} {path}"));
            assert!(
                !answer.text().contains("Test Courier") && !answer.text().contains(WORDS),
                "{host} {path}"
            );
        }
    }
    for request in [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost, evil\r\n\r\n",
    ] {
        is_one_of(&on.raw(request), &[400, 403], request);
    }
}

/// P3 and P4: other origins read nothing and hear nothing.
fn origins(on: &Ground) {
    let token = token(&on.get("/").text());
    let live = format!("/__newsprint/live?token={token}&path=/&page=0.0.0");
    let port = on.server.port;
    for headers in [
        "Origin: null\r\n",
        "Origin: http://evil.example\r\n",
        "Origin: https://localhost\r\n",
        "Origin: http://localhost:1\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n",
    ] {
        for path in [live.as_str(), "/", "/__newsprint/", "/__newsprint/state", "/world/2026/01/a/"] {
            let answer = on.ask("GET", path, headers);
            assert_eq!(answer.status, 403, "{headers} {path}");
            assert!(!answer.text().contains(WORDS) && !answer.text().contains("event:"));
        }
    }
    for query in ["", "?token=", "?token=x&path=/", &format!("?path=/&x={token}")] {
        for path in ["live", "state"] {
            assert_eq!(on.get(&format!("/__newsprint/{path}{query}")).status, 403, "{path} {query}");
        }
    }
    // A line opens, and says nothing but how long to wait and that the page is another one.
    let mut stream = on.server.connect();
    let request = format!(
        "GET {live} HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: http://localhost:{port}\r\nSec-Fetch-Site: same-origin\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("a request");
    let mut bytes = vec![0; 4096];
    let mut heard = String::new();
    while !heard.contains("event: page") {
        let read = stream.read(&mut bytes).expect("an event");
        assert!(read > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    assert!(heard.starts_with("HTTP/1.1 200 OK") && heard.contains("text/event-stream"), "{heard}");
    assert!(!heard.contains("world") && !heard.contains(".md"), "{heard}");
    for path in
        ["/", "/style.css", "/nothing", "/__newsprint/", "/__newsprint/live.js", "/static-nothing.css"]
    {
        let answer = on.get(path);
        for (name, value) in [
            ("cross-origin-resource-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "SAMEORIGIN"),
            ("x-robots-tag", "noindex"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
    }
    for path in ["/", "/__newsprint/live", "*"] {
        is_one_of(&on.ask("OPTIONS", path, "Origin: http://evil.example\r\n"), &[403, 405, 400], path);
    }
}

/// P5, P6, P7 and P15: no path leads to what is not published.
#[expect(clippy::too_many_lines, reason = "lists of paths, one a line")]
fn paths(on: &Ground) {
    for path in [
        "/../../etc/passwd",
        "/..",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/%2e%2e%2fetc%2fpasswd",
        "/%252e%252e%252f",
        "/..%5c..%5cetc",
        "/%c0%ae%c0%ae/",
        "/%00",
        "/a%00.html",
        "//etc/passwd",
        "///etc/passwd",
        "/world//2026/",
        "/a/..;/b",
        "/./secret.txt",
        "/%2e/",
        "/.%2e/",
        "/world/%2e%2e/secret.txt",
        "/\\..\\etc",
        "/%5cetc",
        "/world/2026/01/a%2f",
        "/world%2f2026/",
        "/C:/x",
        "/file:///etc/passwd",
        "/%ff%fe",
        "/%",
        "/%zz",
        "/%4",
        "/?../../etc",
        "/#/../etc/passwd",
        "/world/#x",
        "/a#b/../../etc",
        "/\u{1}",
        "/%0d%0aSet-Cookie:x",
    ] {
        let answer = on.get(path);
        if path.starts_with("/?") {
            assert_eq!(answer.status, 200, "{path}");
        } else {
            is_one_of(&answer, &[400, 404], path);
        }
    }
    for target in [
        "http://evil.example/",
        "http://localhost/",
        "//evil.example",
        "evil.example:80",
        "*",
        "etc/passwd",
        "https://localhost/world/",
        "file:///etc/passwd",
    ] {
        is_one_of(&on.get(target), &[400, 403, 404, 405], target);
    }
    for path in [
        "/.env",
        "/.git/config",
        "/x.md~",
        "/.x.swp",
        "/content/world/a.md",
        "/world/a.md",
        "/newsprint.yaml",
        "/public-secret/x",
        "/secret.txt",
        "/.newsprint/ledger/desk",
        "/templates/x.txt",
        "/static/plain",
        "/out/passwd",
        "/passwd",
        "/up/secret.txt",
        "/a.md.bak",
        "/world/2026/01/d/",
        "/world/d/",
        "/plain/",
        "/PLAIN",
        "/World/",
        "/.newsprint-routes/",
        "/__newsprint/x",
        "/__newsprint",
        "/__newsprint/../secret.txt",
        "/feed",
        "/index.htm",
        "/a%20b%2Bc.txt/",
        "/a+b+c.txt",
        "/world/2026/01/A/",
        "/world/2026/",
    ] {
        is_one_of(&on.get(path), &[404], path);
    }
    for path in [
        "/",
        "/index.html",
        "/world/index.html",
        "/world/2026/01/a/index.html",
        "/a%20b+c.txt",
        "/a%20b%2Bc.txt",
        "/world/2026/01/%E0%A4%A8%E0%A4%AE%E0%A4%B8%E0%A5%8D%E0%A4%A4%E0%A5%87/",
        "/plain",
        "/page.html",
        "/%70lain",
        "/404.html",
        "/robots.txt",
    ] {
        assert_eq!(on.get(path).status, 200, "{path}");
    }
}

/// P8 and P9: GET and HEAD, and nothing else.
fn methods(on: &Ground) {
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND", "BREW", "LINK", "PURGE"]
    {
        for path in ["/", "/plain"] {
            let answer = on.ask(method, path, "Content-Length: 0\r\n");
            assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"), "{method} {path}");
        }
    }
    is_one_of(&on.raw("CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n"), &[400, 405], "CONNECT");
    for request in [
        "GET /\r\n\r\n",
        "GET / HTTP/0.9\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: localhost\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
        "get\r\n\r\n",
        "GET / HTTP/1.1 x\r\nHost: localhost\r\n\r\n",
        "G\u{1}ET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
        is_one_of(&on.raw(request), &[0, 400, 405, 505], request);
    }
    for path in [
        "/",
        "/world/",
        "/plain",
        "/page.html",
        "/nothing",
        "/world",
        "/style.css",
        "/feed.xml",
        "/sitemap.xml",
        "/__newsprint/live.js",
        "/a%20b+c.txt",
        "/old/b/",
    ] {
        let (get, head) = (on.get(path), on.ask("HEAD", path, ""));
        let told = |answer: &Answer| -> Vec<(String, String)> {
            answer
                .headers
                .iter()
                .filter(|(name, _)| name != "date" && name != "last-modified")
                .cloned()
                .collect()
        };
        assert_eq!((get.status, told(&get)), (head.status, told(&head)), "{path}");
        assert!(head.body.is_empty(), "{path}");
        assert_eq!(get.header("content-length"), get.body.len().to_string(), "{path}");
    }
}

/// P10: conditional requests.
fn conditions(on: &Ground) {
    for path in ["/", "/plain", "/world/", "/robots.txt", "/feed.xml", "/page.html"] {
        let whole = on.get(path);
        let (tag, time) = (whole.header("etag").to_owned(), whole.header("last-modified").to_owned());
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{path}: {tag}");
        for (headers, status) in [
            (format!("If-None-Match: {tag}\r\n"), 304),
            (format!("If-None-Match: W/{tag}\r\n"), 304),
            (format!("If-None-Match: \"x\", {tag}\r\n"), 304),
            ("If-None-Match: *\r\n".to_owned(), 304),
            ("If-None-Match: \"x\"\r\n".to_owned(), 200),
            (format!("If-None-Match: \"x\"\r\nIf-Modified-Since: {time}\r\n"), 200),
            ("If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n".to_owned(), 304),
            ("If-Modified-Since: Thu, 01 Jan 1998 00:00:00 GMT\r\n".to_owned(), 200),
            ("If-Modified-Since: soon\r\n".to_owned(), 200),
        ] {
            for method in ["GET", "HEAD"] {
                let answer = on.ask(method, path, &headers);
                assert_eq!(answer.status, status, "{method} {path} {headers}");
                assert_eq!(answer.header("etag"), tag);
                assert!(status == 200 || answer.body.is_empty());
            }
        }
    }
    // An edit changes the tags of the pages that it changes, and of no others.
    let tag = |path: &str| on.get(path).header("etag").to_owned();
    let before = (tag("/world/2026/01/a/"), tag("/world/2026/01/b/"), tag("/plain"));
    on.site.write(
        "content/world/a.md",
        format!("---\ntitle: Alpha\ndate: 2026-01-02\n---\n\n{WORDS}\n\nThis was edited.\n"),
    );
    on.server.wait_for("/world/2026/01/a/", "changed", |answer| answer.text().contains("edited"));
    let after = (tag("/world/2026/01/a/"), tag("/world/2026/01/b/"), tag("/plain"));
    assert_ne!(before.0, after.0);
    assert_eq!((before.1, before.2), (after.1, after.2));
}

/// P11: parts.
fn ranges(on: &Ground) {
    for path in ["/plain", "/a%20b+c.txt", "/robots.txt", "/feed.xml", "/page.html"] {
        let whole = on.get(path);
        let len = whole.body.len();
        for (range, from, until) in [
            ("0-3", 0, 4),
            ("-5", len - 5, len),
            ("5-", 5, len),
            ("0-999999", 0, len),
            ("2-2", 2, 3),
            ("-999999", 0, len),
        ] {
            let answer = on.ask("GET", path, &format!("Range: bytes={range}\r\n"));
            assert_eq!(answer.status, 206, "{path} {range}");
            assert_eq!(answer.body, whole.body[from..until], "{path} {range}");
            assert_eq!(answer.header("content-range"), format!("bytes {from}-{}/{len}", until - 1));
            assert_eq!(answer.header("content-length"), (until - from).to_string());
        }
        for range in ["99999-", "-0", "99999-100000"] {
            let answer = on.ask("GET", path, &format!("Range: bytes={range}\r\n"));
            assert_eq!(
                (answer.status, answer.header("content-range")),
                (416, format!("bytes */{len}").as_str()),
                "{range}"
            );
        }
        let many = (0..1000).map(|at| format!("{at}-{at}")).collect::<Vec<_>>().join(",");
        for range in
            ["bytes=9-3", "bytes=x", "lines=1-2", &format!("bytes={many}"), "bytes=0-1,2-3,4-5,6-7,8-9"]
        {
            let answer = on.ask("GET", path, &format!("Range: {range}\r\n"));
            assert_eq!((answer.status, &answer.body), (200, &whole.body), "{range}");
        }
        let several = on.ask("GET", path, "Range: bytes=0-1,4-5\r\n");
        assert_eq!(several.status, 206);
        assert_eq!(several.header("content-length"), several.body.len().to_string());
        let text = several.text();
        assert!(text.contains(&format!("Content-Range: bytes 4-5/{len}\r\n\r\n")), "{text}");
        for (tag, status) in [(whole.header("etag"), 206), ("\"x\"", 200)] {
            assert_eq!(
                on.ask("GET", path, &format!("Range: bytes=0-1\r\nIf-Range: {tag}\r\n")).status,
                status,
                "{tag}"
            );
        }
    }
}

/// P12, P13 and P14: folders, what is not there, and media types.
fn kinds(on: &Ground) {
    for (path, to) in [
        ("/world", "/world/"),
        ("/world?a=b&c=%2F", "/world/?a=b&c=%2F"),
        ("/archive", "/archive/"),
        ("/world/2026/01/a", "/world/2026/01/a/"),
    ] {
        let answer = on.get(path);
        assert_eq!((answer.status, answer.header("location")), (308, to), "{path}");
    }
    for path in ["//evil.example", "//evil.example/..", "/\\evil.example", "//world", "/%2f/evil.example"] {
        let answer = on.get(path);
        assert!(answer.header("location").is_empty(), "{path}");
    }
    for path in [
        "/nothing",
        "/<script>alert(1)</script>",
        "/%3Cscript%3Ealert(1)%3C/script%3E/",
        "/\"onload=x",
        "/nothing/at/all/",
    ] {
        let answer = on.get(path);
        is_one_of(&answer, &[400, 404], path);
        assert!(!answer.text().contains("alert(1)<"), "{path}: {}", answer.text());
    }
    let missing = on.get("/nothing");
    assert!(missing.text().contains("Test Courier") && missing.text().contains("/__newsprint/live.js"));
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/feed.xml", "application/rss+xml; charset=utf-8"),
        ("/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/sitemap.xml", "application/xml; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/plain", "application/octet-stream"),
        ("/page.html", "text/html; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
        ("/feed.json", "application/feed+json"),
        ("/__newsprint/live.js", "text/javascript; charset=utf-8"),
    ] {
        assert_eq!(on.get(path).header("content-type"), kind, "{path}");
    }
}

/// P16 and P23: what is too large, or means two things.
fn limits(on: &Ground) {
    let long = |bytes: usize| "x".repeat(bytes);
    is_one_of(&on.get(&format!("/{}", long(9_000))), &[414], "a long target");
    is_one_of(&on.get(&format!("/{}", long(100_000))), &[414, 431, 0], "a very long target");
    is_one_of(&on.ask("GET", "/", &format!("X-Long: {}\r\n", long(17_000))), &[431], "a long header");
    is_one_of(
        &on.ask("GET", "/", &format!("X-Long: {}\r\n", long(200_000))),
        &[431, 0],
        "a very long header",
    );
    is_one_of(&on.ask("GET", "/", &"X-Many: 1\r\n".repeat(250)), &[431], "many headers");
    for headers in [
        "X: a\r\n b\r\n",
        "X: a\r\n\tb\r\n",
        "X : a\r\n",
        "X\r\n",
        ": a\r\n",
        "X: a\0b\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: -1\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked\r\n",
    ] {
        is_one_of(&on.ask("GET", "/", headers), &[400, 0], headers);
    }
    // What is behind a refused request is not taken for another one.
    let hidden = on.raw("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60\r\n\r\nGET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(!hidden.text().contains("0123456789"), "{}", hidden.text());
    for headers in [
        "X-Forwarded-Host: evil.example\r\n",
        "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n",
        "Forwarded: host=evil.example\r\n",
        "X-Original-URL: /secret.txt\r\n",
        "X-Rewrite-URL: /.env\r\n",
        "X-HTTP-Method-Override: DELETE\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\n",
        "Expect: 100-continue\r\n",
    ] {
        let answer = on.ask("GET", "/", headers);
        is_one_of(&answer, &[200, 100], headers);
        assert!(!answer.text().contains("evil.example"), "{headers}");
    }
}

#[test]
fn six_hundred_requests_and_no_escape() {
    let mut on = Ground::new();
    let base = on.server.descriptors();
    for group in [hosts, origins, paths, methods, conditions, ranges, kinds, limits] {
        group(&on);
    }
    let asked = on.asked.load(Ordering::Relaxed);
    assert!(asked >= 600, "{asked} requests");
    assert!(on.server.is_alive());
    at_rest(&on.server, base);
    assert!(on.server.said().iter().all(|line| !line.contains('\u{1b}')));
}

/// Checks that descriptors of connections are given back.
fn at_rest(server: &Server, base: usize) {
    let began = Instant::now();
    while server.descriptors() > base + 2 {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{} descriptors, {base} before",
            server.descriptors()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// For how long random bytes are sent.
fn mutations() -> Duration {
    let all = std::env::var_os("NEWSPRINT_TEST_ALL").is_some();
    Duration::from_secs(if all { 60 } else { 5 })
}

#[test]
fn random_bytes_do_no_harm() {
    let mut on = Ground::new();
    let base = on.server.descriptors();
    let seed = std::env::var("NEWSPRINT_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut dice = Dice(seed);
    let seeds = [
        "GET /world/2026/01/a/ HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        "HEAD /plain HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-3,5-6\r\nIf-None-Match: \"x\"\r\n\r\n",
        "GET /__newsprint/state?token=a&path=/&page=0.0.0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: 127.0.0.1:80\r\nOrigin: null\r\n\r\n",
    ];
    let began = Instant::now();
    let mut count = 0;
    while began.elapsed() < mutations() {
        let mut bytes = seeds[dice.below(seeds.len())].as_bytes().to_vec();
        for _ in 0..=dice.below(6) {
            if bytes.is_empty() {
                break;
            }
            let at = dice.below(bytes.len());
            match dice.below(5) {
                0 => bytes[at] = u8::try_from(dice.below(256)).unwrap_or(0),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, u8::try_from(dice.below(256)).unwrap_or(0)),
                3 => bytes.truncate(at + 1),
                _ => {
                    let part = bytes[at..(at + 9).min(bytes.len())].to_vec();
                    let to = dice.below(bytes.len());
                    bytes.splice(to..to, part);
                }
            }
        }
        let mut stream = on.server.connect();
        stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a timeout");
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        on.seen(Answer::of(&all), &format!("seed {seed}: {}", String::from_utf8_lossy(&bytes)));
        count += 1;
    }
    assert!(count > 100, "{count} requests");
    assert!(on.server.is_alive(), "seed {seed}");
    assert_eq!(on.get("/world/2026/01/a/").status, 200);
    at_rest(&on.server, base);
}

/// P17: five hundred connections that say nothing, or a byte at a time, keep no reader out.
#[test]
fn slow_clients_keep_nobody_out() {
    let on = Ground::new();
    let base = on.server.descriptors();
    let memory = on.server.memory();
    let token = token(&on.get("/").text());
    let mut slow: Vec<TcpStream> = Vec::new();
    let mut times = Vec::new();
    for number in 0..550 {
        let mut stream = on.server.connect();
        let line = format!(
            "GET /__newsprint/live?token={token}&path=/&page=0.0.0 HTTP/1.1\r\nHost: localhost\r\n\r\n"
        );
        let first = if number % 11 == 0 { line.as_str() } else { "GET / HTTP/1.1\r\nHost: loc" };
        let _ = stream.write_all(first.as_bytes());
        slow.push(stream);
        if number % 5 == 0 {
            for stream in slow.iter_mut().filter(|_| number % 50 == 0) {
                let _ = stream.write_all(b"a");
            }
            let began = Instant::now();
            assert_eq!(on.get("/world/2026/01/a/").status, 200, "after {number} slow ones");
            times.push(began.elapsed());
        }
    }
    times.sort();
    let worst = times[times.len() * 99 / 100];
    assert!(worst <= Duration::from_millis(200), "p99 is {worst:?} of {}", times.len());
    assert!(on.server.memory() <= memory + 100, "{} MiB, {memory} before", on.server.memory());
    // A head that does not come ends its connection.
    let mut late = on.server.connect();
    late.write_all(b"GET / HT").expect("a beginning");
    let began = Instant::now();
    let mut rest = Vec::new();
    let _ = late.read_to_end(&mut rest);
    assert!((9..14).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    drop(slow);
    at_rest(&on.server, base);
}

/// P18: a large file is passed on piece by piece.
#[test]
fn large_files_are_not_held_in_memory() {
    let on = Ground::new();
    let size: u64 = 1 << 30;
    fs::File::create(on.site.path("static/large.mp4"))
        .and_then(|file| file.set_len(size))
        .expect("a large file");
    let began = Instant::now();
    while on.ask("HEAD", "/large.mp4", "").status != 200 {
        assert!(began.elapsed() < PATIENCE, "the file never came");
        std::thread::sleep(Duration::from_millis(20));
    }
    let memory = on.server.memory();
    let mut stream = on.server.connect();
    stream
        .write_all(b"GET /large.mp4 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .expect("a request");
    let mut piece = vec![0; 1 << 16];
    let (mut read, mut most) = (0, 0);
    while read < 200 << 20 {
        let got = stream.read(&mut piece).expect("bytes");
        assert!(got > 0, "it ended after {read} bytes");
        read += got;
        most = most.max(on.server.memory());
    }
    // A reader that stops reading holds nothing, either.
    std::thread::sleep(Duration::from_millis(300));
    most = most.max(on.server.memory());
    assert!(most <= memory + 10, "{most} MiB, {memory} before");
    assert_eq!(on.get("/").status, 200);
}
