//! Who is told after a deploy, by stand-ins on this machine: caches, search engines, hubs; and the reader who looks.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::{config, edit, paper};
use crate::site::SiteTest;

/// A service that writes down who called, and answers with one status after the other.
struct Service {
    port: u16,
    calls: Arc<Mutex<Vec<Call>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

#[derive(Clone, Debug)]
struct Call {
    line: String,
    headers: String,
    body: String,
}

impl Service {
    /// With a folder it serves the files in it.
    fn start(folder: Option<PathBuf>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its number").port();
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let answers: Arc<Mutex<Vec<u16>>> = Arc::default();
        let (noted, planned) = (Arc::clone(&calls), Arc::clone(&answers));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
                let mut line = String::new();
                let mut headers = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 {
                    continue;
                }
                while reader.read_line(&mut headers).unwrap_or(0) > 2 {}
                let length = headers.to_lowercase().lines().find_map(|line| {
                    line.strip_prefix("content-length:").and_then(|n| n.trim().parse().ok())
                });
                let mut body = vec![0; length.unwrap_or(0)];
                let _ = reader.read_exact(&mut body);
                let mut status = planned.lock().expect("a lock").pop().unwrap_or(200);
                let mut bytes = Vec::new();
                if let Some(folder) = &folder {
                    let path = line.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
                    let path = if path.is_empty() || path.ends_with('/') {
                        format!("{path}index.html")
                    } else {
                        path
                    };
                    match std::fs::read(folder.join(path)) {
                        Ok(found) => bytes = found,
                        Err(_) => status = 404,
                    }
                }
                noted.lock().expect("a lock").push(Call {
                    line: line.trim().to_owned(),
                    headers: headers.to_lowercase(),
                    body: String::from_utf8_lossy(&body).into_owned(),
                });
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    bytes.len()
                );
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes));
            }
        });
        Self { port, calls, answers }
    }

    fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls.lock().expect("a lock"))
    }

    /// The next answers, the last one first.
    fn answer(&self, statuses: &[u16]) {
        *self.answers.lock().expect("a lock") = statuses.to_vec();
    }
}

fn newspaper(folder: &tempfile::TempDir, more: &str) -> SiteTest {
    let site = paper(9, "");
    targets(&site, folder, more);
    site
}

fn targets(site: &SiteTest, folder: &tempfile::TempDir, more: &str) {
    config(
        site,
        &format!(
            "  live: {{kind: local, mode: plain, path: \"{}\"{more}}}\n",
            folder.path().join("flat").display()
        ),
    );
    site.build();
}

#[test]
fn only_changed_addresses_are_told() {
    let (service, folder) = (Service::start(None), tempfile::TempDir::new().expect("a folder"));
    let url = format!("http://127.0.0.1:{}/", service.port);
    let site = newspaper(&folder, "");
    site.run(&["deploy"]).expect(0);
    assert!(service.calls().is_empty(), "nobody is told who is not named");
    let keys = [
        ("CLOUDFLARE_API_TOKEN", "canary-cloud"),
        ("FASTLY_API_TOKEN", "canary-fast"),
        ("NEWSPRINT_WEBHOOK_TOKEN", "canary-hook"),
    ];
    for (kind, more) in [("webhook", ""), ("cloudflare", ", zone: z1"), ("fastly", "")] {
        targets(&site, &folder, &format!(", purge: {{kind: {kind}{more}, url: \"{url}\"}}"));
        edit(&site, 4, &format!("For {kind}"));
        let run = site.run_with(&["deploy"], &keys).expect(0);
        assert!(run.err.contains("changed addresses told") && !run.err.contains("canary"), "{}", run.err);
        let calls = service.calls();
        let all: Vec<String> = calls.iter().map(|call| format!("{}\n{}\n", call.line, call.body)).collect();
        let all = all.concat();
        assert!(
            all.contains("news.example/sport/2026/05/s4/") && all.contains("news.example/feed.xml"),
            "{all}"
        );
        assert!(!all.contains("/s0/") && !all.contains("style."), "unchanged pages are not told: {all}");
        match kind {
            "webhook" => {
                assert_eq!(calls.len(), 1);
                assert!(calls[0].headers.contains("authorization: bearer canary-hook"));
            }
            "cloudflare" => {
                assert!(calls[0].line.starts_with("POST /zones/z1/purge_cache "), "{calls:?}");
                for call in &calls {
                    let body: serde_json::Value = serde_json::from_str(&call.body).expect("JSON");
                    assert!(body["files"].as_array().expect("a list").len() <= 30);
                }
            }
            _ => assert!(calls.iter().all(|call| call.line.starts_with("POST /purge/news.example/")
                && call.headers.contains("fastly-key: canary-fast"))),
        }
    }
    let run = site.run(&["deploy"]).expect(0);
    assert!(run.err.contains("is up to date") && service.calls().is_empty());
}

#[test]
fn search_engines_and_the_hub_hear_of_new_pages_and_feeds() {
    let (service, folder) = (Service::start(None), tempfile::TempDir::new().expect("a folder"));
    let url = format!("http://127.0.0.1:{}/", service.port);
    let site = newspaper(&folder, "");
    site.run(&["deploy"]).expect(0);
    let more = format!(
        ", websub: true, index_now: {{key: abcdef123456, endpoint: \"{url}index\"}}}}\nfeeds: {{hub: \"{url}hub\""
    );
    targets(&site, &folder, &more);
    site.run(&["deploy"]).expect(0);
    service.calls();
    site.write("content/city/fresh.md", "---\ntitle: Fresh\ndate: 2026-11-01\n---\n\nx\n");
    site.build();
    site.run(&["deploy"]).expect(0);
    let calls = service.calls();
    let index: Vec<&Call> = calls.iter().filter(|call| call.line.starts_with("POST /index ")).collect();
    assert_eq!(index.len(), 1);
    let body: serde_json::Value = serde_json::from_str(&index[0].body).expect("JSON");
    assert_eq!(body["host"], "news.example");
    assert_eq!(body["keyLocation"], "https://news.example/abcdef123456.txt");
    let urls: Vec<&str> =
        body["urlList"].as_array().expect("a list").iter().filter_map(|url| url.as_str()).collect();
    assert!(
        urls.contains(&"https://news.example/city/2026/11/fresh/") && urls.contains(&"https://news.example/")
    );
    assert!(urls.iter().all(|url| url.ends_with('/')), "pages only: {urls:?}");
    let hub: Vec<&Call> = calls.iter().filter(|call| call.line.starts_with("POST /hub ")).collect();
    assert!(
        hub.iter()
            .any(|call| call.body.contains("hub.mode=publish")
                && call.body.contains("news.example%2Ffeed.xml")),
        "{hub:?}"
    );
    assert!(!hub.iter().any(|call| call.body.contains("sport")), "{hub:?}");
}

#[test]
fn what_could_not_be_told_is_told_next_time() {
    let (service, folder) = (Service::start(None), tempfile::TempDir::new().expect("a folder"));
    let site = newspaper(&folder, "");
    site.run(&["deploy"]).expect(0);
    targets(
        &site,
        &folder,
        &format!(", purge: {{kind: webhook, url: \"http://127.0.0.1:{}/\"}}", service.port),
    );
    edit(&site, 4, "Told late");
    service.answer(&[403]);
    let run = site.run(&["deploy"]).expect(74);
    assert!(
        run.err.contains("the site is live, but the cache was not purged") && run.err.contains("403"),
        "{}",
        run.err
    );
    assert_eq!(service.calls().len(), 1, "a refusal is not tried again");
    service.answer(&[200, 503, 429]);
    site.run(&["deploy"]).expect(0);
    let calls = service.calls();
    assert_eq!(calls.len(), 3, "an overloaded service is tried again");
    assert!(calls[2].body.contains("/sport/2026/05/s4/"));
    site.run(&["deploy"]).expect(0);
    assert!(service.calls().is_empty());
}

#[test]
fn the_site_is_read_as_readers_get_it() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let service = Service::start(Some(folder.path().join("flat")));
    let url = format!(", verify_url: \"http://127.0.0.1:{}/\"", service.port);
    let site = newspaper(&folder, &url);
    let run = site.run(&["deploy"]).expect(0);
    assert!(run.err.contains("pages read at"), "{}", run.err);
    let elsewhere = Service::start(Some(site.path("content")));
    targets(&site, &folder, &format!(", verify_url: \"http://127.0.0.1:{}/\"", elsewhere.port));
    edit(&site, 1, "Behind a cache");
    let run = site.run(&["deploy"]).expect(74);
    assert!(run.err.contains("are not as they were sent"), "{}", run.err);
}
