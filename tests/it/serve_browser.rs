//! The preview in a real browser: pages load themselves again and stay where they were, style sheets change in place,
//! errors come and go as text, and a server that was started again is found.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::{Answer, PATIENCE, Server, connect};
use crate::site::{SiteTest, skipped};

/// Chromium, driven over the `WebDriver` protocol of W3C.
struct Browser {
    driver: Child,
    port: u16,
    session: String,
    profile: TempDir,
}

impl Browser {
    /// Starts one; `None` where there is none.
    fn start() -> Option<Self> {
        let driver =
            Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut driver) = driver else {
            skipped("the browser test: no chromedriver (apt-get install chromium chromium-driver)");
            return None;
        };
        let mut lines =
            BufReader::new(driver.stdout.take().expect("its words")).lines().map_while(Result::ok);
        let port = lines
            .find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok());
        std::thread::spawn(move || lines.for_each(drop));
        let profile = TempDir::new().expect("a folder");
        let mut browser = Self { driver, port: port.expect("a port"), session: String::new(), profile };
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--window-size=1200,900",
            &format!("--user-data-dir={}", browser.profile.path().display()),
        ];
        let wanted =
            json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": { "args": arguments } } } });
        let made = browser.call("POST", "/session", &wanted);
        let session = made["sessionId"].as_str().unwrap_or_else(|| panic!("no browser: {made}"));
        session.clone_into(&mut browser.session);
        Some(browser)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let path = if self.session.is_empty() {
            path.to_owned()
        } else {
            format!("/session/{}{path}", self.session)
        };
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let mut stream = connect(self.port);
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n", self.port);
        write!(
            stream,
            "{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("a request");
        // The driver keeps connections open: read what it promises.
        let mut all = Vec::new();
        let mut piece = [0; 16 << 10];
        loop {
            let answer = Answer::of(&all);
            let length: Option<usize> = answer.header("content-length").parse().ok();
            if answer.status > 0 && length.is_some_and(|length| answer.body.len() >= length) {
                let record: Value = serde_json::from_slice(&answer.body).expect("JSON");
                return record["value"].clone();
            }
            let read = stream.read(&mut piece).expect("an answer");
            assert!(read > 0, "{method} {path}: {}", String::from_utf8_lossy(&all));
            all.extend_from_slice(&piece[..read]);
        }
    }

    fn go(&self, url: &str) {
        self.call("POST", "/url", &json!({ "url": url }));
    }

    /// What an expression is in the page.
    fn value(&self, expression: &str) -> Value {
        self.call("POST", "/execute/sync", &json!({ "script": format!("return {expression}"), "args": [] }))
    }

    fn run(&self, script: &str) {
        self.call("POST", "/execute/sync", &json!({ "script": script, "args": [] }));
    }

    /// Waits until an expression is true; it may be asked in the middle of a reload.
    fn wait(&self, expression: &str) {
        let began = Instant::now();
        while self.value(expression) != Value::Bool(true) {
            assert!(
                began.elapsed() < PATIENCE,
                "never {expression}: {}\n{}",
                self.value("location.href + ' ' + document.body.innerText.slice(0, 900)"),
                self.value(
                    "document.querySelector('#newsprint-overlay')?.shadowRoot.textContent ?? 'no overlay'"
                )
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Keeps a picture of the page where somebody wants to look at it.
    fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("NEWSPRINT_TEST_PICTURES") else { return };
        let shot = self.call("GET", "/screenshot", &Value::Null);
        let place = std::path::Path::new(&folder).join(format!("{name}.png.base64"));
        std::fs::write(place, shot.as_str().unwrap_or("")).expect("a picture");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Without this the browser would go on; whether it works is nobody's concern any more.
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], self.port));
        if let Ok(mut stream) = std::net::TcpStream::connect(address) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
            let _ = write!(
                stream,
                "DELETE /session/{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                self.session
            );
            let _ = stream.read(&mut [0; 1024]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn tall(words: &str) -> String {
    let paragraphs: Vec<String> = (0..60).map(|number| format!("Paragraph {number} of the story.")).collect();
    let paragraphs = paragraphs.join("\n\n");
    format!(
        "<details id=\"more\"><summary>More</summary>\n\nHidden.\n\n</details>\n\n{paragraphs}\n\n{words}\n"
    )
}

fn story(title: &str, words: &str) -> String {
    format!("---\ntitle: \"{title}\"\ndate: 2026-01-02\n---\n\n{}", tall(words))
}

fn paper() -> SiteTest {
    SiteTest::new()
        .file("content/world/a.md", story("Alpha", "Old words."))
        .file("content/world/b.md", story("Beta", "Other words."))
        .file("static/style.css", "body { background: rgb(1, 2, 3); color: white }")
        .file("static/theme.js", "window.theme = 1;")
}

const LIVE: &str = "document.readyState === 'complete'";

#[test]
fn pages_in_a_browser() {
    let Some(browser) = Browser::start() else { return };
    let site = paper();
    let server = Server::of(&site);
    let at = |path: &str| format!("http://localhost:{}{path}", server.port);
    let write = |words: &str| site.write("content/world/a.md", story("Alpha", words));
    let has = |words: &str| format!("document.body.innerText.includes({words:?})");

    // An edit reloads the page, which stays where it was.
    browser.go(&at("/world/2026/01/a/"));
    browser.wait(&has("Old words."));
    browser.run("document.querySelector('#more').open = true; scrollTo(0, 700); window.mark = 1");
    write("New words.");
    browser.wait(&has("New words."));
    browser.wait("document.readyState === 'complete' && Math.abs(scrollY - 700) < 3");
    assert_eq!(browser.value("document.querySelector('#more').open && window.mark === undefined"), true);

    // An edit that the page does not show leaves it alone.
    browser.run("window.mark = 2");
    site.write("content/world/b.md", story("Beta", "Other words, edited."));
    server.wait_for("/world/2026/01/b/", "changed", |answer| answer.text().contains("edited"));
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(browser.value("window.mark"), 2);

    // Another style sheet comes in place.
    assert_eq!(browser.value("getComputedStyle(document.body).backgroundColor"), "rgb(1, 2, 3)");
    for round in 4..7 {
        site.write("static/style.css", format!("body {{ background: rgb({round}, 5, 6); color: white }}"));
        browser.wait(&format!("getComputedStyle(document.body).backgroundColor === 'rgb({round}, 5, 6)'"));
    }
    assert_eq!(browser.value("window.mark"), 2, "a style sheet reloaded the page");
    browser.wait("document.querySelectorAll('link[rel=stylesheet]').length === 1");
    write("Words after the style.");
    browser.wait(&has("Words after the style."));

    // A script reloads it.
    browser.run("window.mark = 3");
    site.write("static/theme.js", "window.theme = 2;");
    browser.wait("window.theme === 2 && window.mark === undefined");

    errors(&browser, &site, &at);

    // What is not there yet comes by itself.
    browser.go(&at("/world/2026/01/c/"));
    browser.wait(LIVE);
    site.write("content/world/c.md", story("Gamma", "It came."));
    browser.wait(&has("It came."));

    // The list of what is read most is a part of the page that scripts bring: a new one reloads it.
    browser.go(&at("/world/2026/01/b/"));
    browser.wait(LIVE);
    browser.run("window.mark = 5");
    site.write("data/views.csv", "path,views\ncontent/world/a.md,77\n");
    browser.wait("window.mark === undefined");

    // The inspector follows.
    browser.go(&at("/__newsprint/"));
    browser.wait(&has("Orphans"));
    browser.picture("inspector");
    site.write("content/world/d.md", story("Delta", "Draft.").replace("date:", "draft: true\ndate:"));
    browser.wait(&has("content/world/d.md"));

    restarted(&browser, &site, server);
    banner(&browser, &site);
    first_edition(&browser);
}

/// Errors are listed as text, and go with the mistake.
fn errors(browser: &Browser, site: &SiteTest, at: &dyn Fn(&str) -> String) {
    const OVERLAY: &str = "document.querySelector('#newsprint-overlay')?.shadowRoot";
    browser.go(&at("/world/2026/01/a/"));
    browser.wait(LIVE);
    browser.run("window.mark = 4");
    let name = "content/world/<img src=x onerror=pwned=1>.md";
    site.write(name, "---\ntitle: A\ndate: 2026-01-02\n\"<img src=y onerror=pwned=2>\": 1\n---\n");
    browser.wait(&format!("{OVERLAY}?.textContent.includes('onerror=pwned=1') ?? false"));
    browser.picture("overlay");
    let told = browser.value(&format!("{OVERLAY}.textContent"));
    assert!(told.as_str().is_some_and(|told| told.contains(".md:4:") && told.contains("help: ")), "{told}");
    assert_eq!(browser.value(&format!("{OVERLAY}.querySelectorAll('img').length")), 0);
    assert_eq!(browser.value("window.pwned ?? null"), Value::Null);
    // Another mistake while the first one stands; the page stays.
    site.write("templates/article.html", "{{ nothing.at.all }}");
    browser.wait(&format!("{OVERLAY}?.textContent.includes('onerror=pwned=1') ?? false"));
    site.delete(name);
    browser.wait(&format!("{OVERLAY}?.textContent.includes('templates/article.html:1') ?? false"));
    browser.picture("overlay-template");
    assert_eq!(browser.value("window.mark"), 4, "the last good page went");
    // A page that is opened meanwhile has them, too.
    browser.go(&at("/world/"));
    browser.wait(&format!("{OVERLAY}?.textContent.includes('templates/article.html:1') ?? false"));
    site.delete("templates/article.html");
    browser.wait("!document.querySelector('#newsprint-overlay')");
}

/// A server that ends and comes back is found, with what has changed meanwhile.
fn restarted(browser: &Browser, site: &SiteTest, server: Server) {
    let port = server.port.to_string();
    browser.go(&format!("http://localhost:{port}/world/2026/01/a/"));
    browser.wait(LIVE);
    browser.run("window.mark = 6; scrollTo(0, 500)");
    assert_eq!(server.end("-INT").0, Some(130));
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(browser.value("window.mark"), 6, "the page stays while the server is away");
    site.write("content/world/a.md", story("Alpha", "Words while it was away."));
    let again = Server::with(site, &["--port", &port]);
    browser.wait("document.body.innerText.includes('Words while it was away.') && window.mark === undefined");
    browser.wait("Math.abs(scrollY - 500) < 3");
    // The new server's pages are live.
    browser.wait(LIVE);
    site.write("content/world/a.md", story("Alpha", "Words after it came back."));
    browser.wait("document.body.innerText.includes('Words after it came back.')");
    drop(again);
}

/// The banner stands at the foot of the window, for readers without scripts, too.
fn banner(browser: &Browser, site: &SiteTest) {
    let server = Server::with(site, &["--drafts"]);
    browser.go(&format!("http://localhost:{}/world/2026/01/d/", server.port));
    let aside = "document.querySelector('#newsprint-banner').shadowRoot.querySelector('aside')";
    browser.wait(&format!("{aside}.textContent.includes('contains 1 unpublished article')"));
    assert_eq!(
        browser.value(&format!("Math.abs({aside}.getBoundingClientRect().bottom - innerHeight) < 1")),
        true
    );
    browser.picture("banner");
    site.write("content/world/e.md", story("Epsilon", "Draft.").replace("date:", "draft: true\ndate:"));
    browser.wait(&format!("{aside}.textContent.includes('contains 2 unpublished articles')"));
}

/// A newspaper that begins with an error comes when the error goes.
fn first_edition(browser: &Browser) {
    let site = paper().file("content/world/bad.md", "No header.\n");
    let server = Server::of(&site);
    browser.go(&format!("http://localhost:{}/world/2026/01/a/", server.port));
    browser.wait("document.body.innerText.includes('content/world/bad.md')");
    browser.picture("first-edition");
    site.write("content/world/bad.md", "---\ntitle: [\n---\n");
    browser.wait("document.body.innerText.includes('YAML')");
    site.delete("content/world/bad.md");
    browser.wait("document.body.innerText.includes('Old words.')");
}
