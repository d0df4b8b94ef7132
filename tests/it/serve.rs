//! The preview server: what it shows, to whom, after which mistakes, and that it leaves everything as it was.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::server::{Server, as_built};
use crate::site::{SiteTest, tree};

fn paper() -> SiteTest {
    SiteTest::new()
        .article("world/a.md", "Alpha", "author: Asha Rao\ntags: [rain]\n", "Old words. Also [beta](b.md).")
        .article("world/b.md", "Beta", "aliases: [/old/beta/]\n", "Other words.")
        .article("sport/c/index.md", "Gamma", "", "![Pier](pier.gif)")
        .file("content/sport/c/pier.gif", "GIF89a\u{1}\0\u{1}\0")
        .file("content/_pages/about.md", "---\ntitle: About\n---\nUs.\n")
        .file("static/extra.css", "p { color: teal }")
        .file("static/plain", "plain")
        .file("static/.well-known/security.txt", "Contact: mailto:a@b.example\n")
}

#[test]
fn what_is_served_is_what_is_built() {
    let site = paper();
    let server = Server::of(&site);
    site.build();
    let built = site.tree();
    let mut pages = 0;
    for (path, bytes) in built.iter().filter(|(path, _)| !crate::preview::is_index(path)) {
        if [".newsprint.json", ".newsprint-files"].iter().any(|own| path.starts_with(own)) {
            assert_eq!(server.get(&format!("/{path}")).status, 404, "{path}");
            continue;
        }
        let url = format!("/{}", path.strip_suffix("index.html").unwrap_or(path)).replace(' ', "%20");
        let answer = server.get(&url);
        if answer.status == 302 {
            assert!(String::from_utf8_lossy(bytes).contains(answer.header("location")), "{path}");
            continue;
        }
        assert_eq!(answer.status, 200, "{url}");
        assert_eq!(answer.header("content-length"), answer.body.len().to_string(), "{url}");
        assert!(as_built(&answer.body) == *bytes, "{url} is not as it is built");
        pages += usize::from(as_built(&answer.body) != answer.body);
    }
    assert!(pages > 12, "{pages} pages have the script");
    let fragment = server.get("/fragments/most-read.html").text();
    assert!(!fragment.contains("__newsprint"), "{fragment}");
}

#[test]
fn nothing_is_written() {
    let site = paper().article("world/d.md", "Draft", "draft: true\n", "Secret.");
    site.build();
    let before = tree(&site.path(""));
    let server = Server::with(&site, &["--drafts"]);
    server.wait_for("/world/2026/01/d/", "appeared", |answer| answer.status == 200);
    for path in ["/", "/world/", "/feed.xml", "/sitemap.xml", "/nothing", "/__newsprint/"] {
        server.get(path);
    }
    site.write("content/world/a.md", "---\ntitle: Alpha\ndate: 2026-01-02\n---\nNew words.\n");
    server.wait_for("/world/2026/01/a/", "changed", |answer| answer.text().contains("New words"));
    let mut after = tree(&site.path(""));
    after.insert("content/world/a.md".to_owned(), before["content/world/a.md"].clone());
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    assert!(before == after, "something was written");
    let (code, took) = server.end("-INT");
    assert_eq!(code, Some(130));
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(tree(&site.path("public")) == site.tree());
}

#[test]
fn drafts_and_scheduled_articles_are_shown_when_asked_for() {
    let secret = "Unguessable-marker-word";
    let site = paper()
        .article("world/d.md", &format!("Draft {secret}"), "draft: true\n", secret)
        .article("world/e.md", &format!("Later {secret}"), "date: 2026-12-24T06:00:00Z\n", secret)
        .file("content/_pages/plan.md", format!("---\ntitle: Plan {secret}\ndraft: true\n---\n{secret}\n"));
    let server = Server::of(&site);
    for path in [
        "/",
        "/world/",
        "/world/2026/01/d/",
        "/world/2026/12/e/",
        "/plan/",
        "/feed.xml",
        "/atom.xml",
        "/sitemap.xml",
        "/archive/",
        "/404.html",
        "/feed.json",
    ] {
        let answer = server.get(path);
        assert!(!answer.text().contains(secret), "{path} tells of an unpublished article");
    }
    let inspector = server.get("/__newsprint/").text();
    for told in
        ["content/world/d.md", "content/world/e.md", "2026-12-24 06:00 (UTC+00:00)", "content/_pages/plan.md"]
    {
        assert!(inspector.contains(told), "the inspector does not tell {told}: {inspector}");
    }
    drop(server);

    let server = Server::with(&site, &["--drafts"]);
    let page = server.get("/world/2026/01/d/");
    assert_eq!(page.header("x-robots-tag"), "noindex");
    assert!(page.text().contains("contains 2 unpublished articles and pages"), "{}", page.text());
    assert!(page.text().contains("this article is a draft"));
    assert!(server.get("/").text().contains("as of 24 November 2026, 00:00 (UTC+00:00)"));
    assert_eq!(server.get("/world/2026/12/e/").status, 404);
    drop(server);

    let server = Server::with(&site, &["--future"]);
    assert_eq!(server.get("/world/2026/01/d/").status, 404);
    let page = server.get("/world/2026/12/e/").text();
    assert!(page.contains("contains 1 unpublished article,"), "{page}");
    assert!(page.contains("this article is scheduled for 2026-12-24T06:00:00+00:00"));
    assert!(server.get("/").text().contains(secret));
}

#[test]
fn time_travels() {
    let site = paper().article("world/e.md", "Later", "date: 2026-12-24T06:00:00Z\n", "Then.");
    for (now, status) in [("2026-12-24T05:59:59Z", 404), ("2026-12-24T06:00:00Z", 200)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_newsprint"));
        command.arg("--root").arg(site.path("")).args(["serve", "--json", "--port", "0", "--now", now]);
        let server = Server::started(command).expect("a server");
        assert_eq!(server.get("/world/2026/12/e/").status, status, "{now}");
    }
}

#[test]
fn an_article_appears_when_it_is_due() {
    let due = jiff_now() + 4;
    let site = SiteTest::new().article("world/a.md", "Alpha", "", "Words.");
    site.write("content/world/e.md", format!("---\ntitle: Due\ndate: {}\n---\nNow.\n", rfc3339(due)));
    let mut command = Command::new(env!("CARGO_BIN_EXE_newsprint"));
    command.env_remove("SOURCE_DATE_EPOCH");
    command.arg("--root").arg(site.path("")).args(["serve", "--json", "--port", "0"]);
    let server = Server::started(command).expect("a server");
    assert!(!server.get("/").text().contains("Due"));
    server.wait_for("/", "showed the story", |answer| answer.text().contains("Due"));
    assert!(jiff_now() >= due, "too early");
}

fn jiff_now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time");
    i64::try_from(now.as_secs()).expect("a time")
}

fn rfc3339(seconds: i64) -> String {
    newsprint::date::Moment::from_unix(seconds).rfc3339()
}

#[test]
fn the_first_edition_may_be_broken() {
    let site = paper().file("content/world/bad.md", "---\ntitle: A\ndate: 2026-01-02\n<img src=x>: 1\n---\n");
    let server = Server::of(&site);
    let page = server.get("/world/");
    assert_eq!(page.status, 503);
    let text = page.text();
    assert!(text.contains("content/world/bad.md:4:") && text.contains("&lt;img src=x&gt;"), "{text}");
    assert!(!text.contains("<img") && text.contains("/__newsprint/live.js"), "{text}");
    assert_eq!(server.get("/style.css").status, 503);
    site.delete("content/world/bad.md");
    server.wait_for("/world/", "came", |answer| answer.status == 200);
}

#[test]
fn signals_end_it_at_once() {
    let site = paper();
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let server = Server::of(&site);
        let open: Vec<_> = (0..50).map(|_| server.connect()).collect();
        server.get("/");
        let port = server.port;
        let (ended, took) = server.end(signal);
        assert_eq!(ended, Some(code), "{signal}");
        assert!(took < Duration::from_secs(1), "{signal}: {took:?}");
        drop(open);
        // The port is free again.
        let again = Server::with(&site, &["--port", &port.to_string()]);
        assert_eq!(again.get("/").status, 200);
    }
}

#[test]
fn ports_and_hosts() {
    let site = paper();
    let server = Server::of(&site);
    let taken = server.port.to_string();
    let said =
        Server::started(site.command(&["serve", "--json", "--port", &taken])).err().expect("no server");
    assert!(said.contains("is taken by another program"), "{said}");
    let open = site.run(&["serve", "--host", "0.0.0.0"]).expect(2);
    assert!(open.err.contains("--allow-host"), "{}", open.err);
    assert!(SiteTest::new().run(&["--root", "/nonexistent", "serve"]).code != 0);
    let empty = tempfile::tempdir().expect("a folder");
    let none =
        Command::new(env!("CARGO_BIN_EXE_newsprint")).arg("serve").arg("--root").arg(empty.path()).output();
    assert_eq!(none.expect("the binary runs").status.code(), Some(1));

    // Both loopback addresses are served, where there are both.
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        assert!(std::net::TcpStream::connect(("::1", server.port)).is_ok(), "::1 is not served");
    }
    // Other addresses of this machine are not served.
    for other in ["127.0.0.2", "127.1.1.1"] {
        let address: std::net::SocketAddr = format!("{other}:{taken}").parse().expect("an address");
        assert!(std::net::TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_err(), "{other}");
    }
    if let Ok(own) = std::net::UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    }) {
        let address = std::net::SocketAddr::new(own.ip(), server.port);
        let found = std::net::TcpStream::connect_timeout(&address, Duration::from_secs(2));
        assert!(own.ip().is_loopback() || found.is_err(), "{address} is open");
    }
    drop(server);
    let shared = Server::with(&site, &["--host", "0.0.0.0", "--allow-host", "news.lan"]);
    let host = |name: &str| {
        shared.raw(format!("GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n").as_bytes()).status
    };
    assert_eq!((host("news.lan"), host("other.lan"), host("localhost")), (200, 403, 200));
}

#[test]
fn a_site_in_a_folder() {
    let site = paper();
    site.write("newsprint.yaml", "title: T\nbase_url: https://x.example/news/\ntimezone: UTC\n");
    let server = Server::of(&site);
    let home = server.get("/?a=b");
    assert_eq!((home.status, home.header("location")), (307, "/news/?a=b"));
    assert_eq!(server.get("/news").header("location"), "/news/");
    assert_eq!(server.get("/news/world").header("location"), "/news/world/");
    assert_eq!(server.get("/news/world/").status, 200);
    assert_eq!(server.get("/world/").status, 404);
    assert_eq!(server.get("/newsroom/").status, 404);
    assert!(server.get("/news/old/beta/").header("location").ends_with("/news/world/2026/01/b/"));
}

/// What may be wrong with a newspaper that was good: a file, what it becomes, and what is then said.
fn mistakes() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let a = "content/world/a.md";
    let head =
        |lines: &str| format!("---\ntitle: Alpha\ndate: 2026-01-02\n{lines}---\nWords.\n").into_bytes();
    let text = |text: &str| text.as_bytes().to_vec();
    let mut all = vec![
        (a, text("---\ntitle: [unclosed\ndate: 2026-01-02\n---\n"), "a.md:3"),
        (a, text("---\ntitle: Alpha\n"), "a.md"),
        (a, text(""), "a.md"),
        (a, text("No header at all.\n"), "a.md"),
        (a, text("---\ndate: 2026-01-02\n---\nWords.\n"), "a.md"),
        (a, text("---\ntitle: Alpha\n---\nWords.\n"), "a.md"),
        (a, text("---\ntitle: Alpha\ntitle: Beta\ndate: 2026-01-02\n---\n"), "a.md"),
        (a, text("---\ntitle: Alpha\n\tdate: 2026-01-02\n---\n"), "a.md"),
        (a, b"---\ntitle: Alpha\ndate: 2026-01-02\n---\nCaf\xE9\n".to_vec(), "a.md"),
        (a, b"\xFF\xFE-\0-\0-\0".to_vec(), "a.md"),
        (a, text("---\ntitle: Alpha\ndate: 2026-13-45\n---\n"), "a.md:3"),
        (a, text("---\ntitle: Alpha\ndate: yesterday\n---\n"), "a.md:3"),
        ("newsprint.yaml", text("title: [x\n"), "newsprint.yaml"),
        ("newsprint.yaml", text("title: T\n"), "newsprint.yaml"),
        ("newsprint.yaml", text("title: T\nbase_url: news.example\ntimezone: UTC\n"), "newsprint.yaml:2"),
        (
            "newsprint.yaml",
            text("title: T\nbase_url: https://n.example/\ntimezone: Mars/Olympus\n"),
            "newsprint.yaml:3",
        ),
        ("newsprint.yaml", text("title: T\nbase_url: https://n.example/\nnonsense: 1\n"), "newsprint.yaml:3"),
        ("newsprint.yaml", text(""), "newsprint.yaml"),
        ("templates/article.html", text("{{ article.nothing.deeper }}"), "article.html:1"),
        ("templates/article.html", text("{% if %}"), "article.html:1"),
        ("templates/article.html", text("{{ article.title"), "article.html:1"),
        ("templates/article.html", text("{% extends \"nowhere.html\" %}"), "article.html"),
        ("templates/article.html", text("{% include \"nowhere.html\" %}"), "article.html"),
        ("templates/article.html", text("{{ article.title | nothing }}"), "article.html"),
        ("templates/article.html", text("{{ nothing() }}"), "article.html"),
        ("templates/article.html", text("{% extends \"article.html\" %}"), "article.html"),
        ("templates/article.html", text("{{ url(path=\"/nowhere.css\") }}"), "article.html"),
        (
            "templates/article.html",
            text(
                "{% for i in range(end=1000000000) %}{% for j in range(end=1000000000) %}x{% endfor %}{% endfor %}",
            ),
            "article.html",
        ),
        ("templates/home.html", b"\xFF".to_vec(), "home.html"),
        ("templates/parts/footer.html", text("{{ site.nonsense.more }}"), "footer.html"),
        (
            "content/world/b2.md",
            text("---\ntitle: Beta\ndate: 2026-01-02\nslug: b\n---\nSame place.\n"),
            "b2.md",
        ),
        (
            "content/world/b3.md",
            text("---\ntitle: C\ndate: 2026-01-02\naliases: [/world/]\n---\nX\n"),
            "b3.md",
        ),
        ("content/_authors/asha-rao.md", text("---\nname: [\n---\n"), "asha-rao.md"),
        ("content/_pages/about.md", text("---\nnothing: 1\n---\n"), "about.md"),
        ("content/world/_index.md", text("---\ntitl: World\n---\n"), "_index.md"),
        ("data/views.csv", text("nonsense\n1\n"), "views.csv"),
    ];
    for (lines, place) in [
        ("draft: \"yes\"\n", "a.md:4"),
        ("draf: true\n", "a.md:4"),
        ("publish_date: 2027-01-01\n", "a.md:4"),
        ("views: -5\n", "a.md:4"),
        ("slug: ../x\n", "a.md:4"),
        ("updated: 2020-01-01\n", "a.md:4"),
        ("aliases: [x]\n", "a.md:4"),
        ("expires: never\n", "a.md:4"),
    ] {
        all.push((a, head(lines), place));
    }
    all
}

#[test]
fn mistakes_come_and_go_while_the_last_good_site_stays() {
    let site = paper();
    let mut server = Server::of(&site);
    let good = server.get("/world/2026/01/a/");
    assert_eq!(good.status, 200);
    let token = token(&good.text());
    let state = || server.get(&format!("/__newsprint/state?token={token}&path=/")).text();
    let places = |state: &str| -> Vec<String> {
        let record: serde_json::Value = serde_json::from_str(state).expect("a record");
        let errors = record["errors"].as_array().cloned().unwrap_or_default();
        let places = errors.iter().flat_map(|error| error["places"].as_array().cloned().unwrap_or_default());
        places.map(|place| format!("{}:{}:", place["file"].as_str().unwrap_or(""), place["line"])).collect()
    };
    let all = mistakes();
    assert!(all.len() >= 40, "{}", all.len());
    for (path, bytes, place) in &all {
        let before = fs::read(site.path(path)).ok();
        site.write(path, bytes);
        let began = Instant::now();
        while !places(&state()).iter().any(|found| found.contains(place)) {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "{path} {place}: {:?} {}",
                places(&state()),
                String::from_utf8_lossy(bytes)
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        for page in ["/world/2026/01/a/", "/", "/world/"] {
            assert_eq!(server.get(page).status, 200, "{path} {place}: {page}");
        }
        assert!(server.get("/world/2026/01/a/").text().contains("Old words"), "{path} {place}");
        match before {
            Some(before) => site.write(path, before),
            None => site.delete(path),
        }
        let began = Instant::now();
        while !state().contains("\"errors\":[]") {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "{path} {place} stays: {:?}",
                places(&state())
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    assert!(server.is_alive());
    assert_eq!(as_built(&server.get("/world/2026/01/a/").body), as_built(&good.body));
}

/// The token of a page.
pub(crate) fn token(page: &str) -> String {
    let (_, rest) = page.split_once("data-token=\"").expect("a token");
    rest.split('"').next().expect("a token").to_owned()
}

#[test]
fn the_terminal_reads_well() {
    let site = paper();
    let mut command = site.command(&["serve", "--port", "0"]);
    let child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn();
    let mut child = Ended(child.expect("the binary runs"));
    let mut lines =
        std::io::BufRead::lines(std::io::BufReader::new(child.0.stderr.take().expect("its words")));
    let mut next = || lines.next().expect("a line").expect("text");
    let first = next();
    assert!(first.starts_with("the preview is at http://localhost:"), "{first}");
    assert!(first.contains("Ctrl-C"), "{first}");
    let second = next();
    assert!(second.contains("3 articles, ") && second.ends_with(" ms"), "{second}");
    site.write("content/world/a.md", "---\ntitle: Alpha\ndate: 2026-01-02\n---\nNew \u{1b}[31m words.\n");
    let third = loop {
        let line = next();
        if line.contains("content/world/a.md: ") {
            break line;
        }
        assert!(!line.contains('\u{1b}'), "{line}");
    };
    assert!(third.contains("content/world/a.md: ") && third.ends_with(" ms"), "{third}");
    assert!(!third.contains('\u{1b}'));
}

/// A process that ends with the test.
struct Ended(std::process::Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
