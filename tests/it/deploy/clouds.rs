//! Google Cloud Storage, as a stand-in speaks it, and Azure Blob Storage, as Azurite does: a site goes live, changes, is
//! interrupted, goes on and comes back.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use sha2::{Digest as _, Sha256};

use super::buckets::{Real, fetch, free_port, program, public, shown};
use super::crawl::broken;
use super::fake_s3::{FakeS3, Fault};
use super::{edit, paper};
use crate::site::{SiteTest, has_extension, skipped};

type Environment = Vec<(String, String)>;

fn run(site: &SiteTest, arguments: &[&str], environment: &Environment) -> crate::site::Run {
    let pairs: Vec<(&str, &str)> = environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    site.run_with(arguments, &pairs)
}

fn google(folder: &std::path::Path) -> Environment {
    let key = folder.join("account.json");
    let text = "{\"type\": \"service_account\", \"client_email\": \"desk@news.example\", \"private_key_id\": \"1\", \"private_key\": \"none\", \"disable_oauth\": true}";
    std::fs::write(&key, text).expect("written");
    vec![("GOOGLE_SERVICE_ACCOUNT".to_owned(), key.display().to_string())]
}

#[test]
fn google_cloud_storage_gets_a_site_and_goes_back() {
    let (store, folder) = (FakeS3::start(), tempfile::TempDir::new().expect("a folder"));
    let environment = google(folder.path());
    let more = format!("endpoint: \"http://127.0.0.1:{}\"", store.port);
    let site = paper(9, &format!("  live: {{kind: gcs, bucket: news, prefix: site, {more}}}\n"));
    run(&site, &["deploy", "--dry-run"], &environment).expect(0);
    assert!(store.requests().iter().all(|request| request.starts_with("GET") || request.starts_with("HEAD")));
    run(&site, &["deploy"], &environment).expect(0);
    assert_eq!(shown(&store.objects()), public(&site));
    let home = &store.objects()["site/index.html"].headers;
    assert_eq!(home["content-type"], "text/html; charset=utf-8");
    assert_eq!(home["cache-control"], "public, max-age=0, must-revalidate");
    assert_eq!(home["x-goog-meta-sha256"].len(), 64);
    // An edit costs what it changes.
    edit(&site, 5, "Edited");
    let first = shown(&store.objects());
    store.fail(None);
    run(&site, &["deploy"], &environment).expect(0);
    let (requests, second) = (store.requests(), public(&site));
    assert_eq!(shown(&store.objects()), second);
    let changed = second.iter().filter(|(path, bytes)| first.get(*path) != Some(bytes)).count();
    assert!(requests.len() < 4 * changed + 40, "{changed} changed: {requests:#?}");
    run(&site, &["rollback"], &environment).expect(0);
    assert_eq!(shown(&store.objects()), first);
    run(&site, &["deploy"], &environment).expect(0);
    site.delete("content/city/s6.md");
    site.build();
    run(&site, &["deploy", "--yes", "--max-delete", "30"], &environment).expect(0);
    assert_eq!(shown(&store.objects()), public(&site));
    // Two that begin in one moment, and one that is killed.
    edit(&site, 2, "Killed");
    store.insert("site/.newsprint-deploy/claim.json", super::buckets::claim(60).as_bytes());
    assert!(run(&site, &["deploy"], &environment).expect(75).err.contains("another newsprint is deploying"));
    store.insert("site/.newsprint-deploy/claim.json", super::buckets::claim(-60).as_bytes());
    for at in [9, 16, 25, 33] {
        edit(&site, 2, &format!("Killed at {at}"));
        store.fail(Some((at, Fault::Kill)));
        let mut command = site.command(&["deploy", "-q"]);
        let mut child = command.envs(environment.clone()).stderr(Stdio::null()).spawn().expect("started");
        store.aim(child.id());
        child.wait().expect("ended");
        store.fail(None);
        run(&site, &["deploy"], &environment).expect(0);
        assert_eq!(shown(&store.objects()), public(&site), "killed at {at}");
    }
    // Somebody else's object where a new story goes.
    store.insert("site/city/2026/03/new/index.html", b"somebody's");
    site.write("content/city/new.md", "---\ntitle: New\ndate: 2026-03-03\n---\n\nx\n");
    site.build();
    let refused = run(&site, &["deploy", "--yes"], &environment).expect(3);
    assert!(refused.err.contains("files that are not Newsprint's"), "{}", refused.err);
}

/// The account and key that every Azurite knows (learn.microsoft.com, "Use the Azurite emulator").
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

#[test]
fn azurite_takes_a_site_and_gives_it_back() {
    let Some(program) = program("AZURITE", "azurite-blob") else {
        return skipped("azurite is not installed (set AZURITE): no deploy to Azure was tested");
    };
    let server = Real::start(&program, free_port(), |port, folder| {
        let words = ["--silent", "--skipApiVersionCheck", "--disableTelemetry", "--blobHost", "127.0.0.1"];
        let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        words.extend([
            "--blobPort".into(),
            port.to_string(),
            "--location".into(),
            folder.display().to_string(),
        ]);
        words
    });
    let port = server.port;
    assert!(made_container(port, "$web").contains(" 201 "), "{}", made_container(port, "$web"));
    let environment = vec![("AZURE_STORAGE_ACCOUNT_KEY".to_owned(), KEY.to_owned())];
    let endpoint = format!("endpoint: \"http://127.0.0.1:{port}/{ACCOUNT}\"");
    let site = paper(9, &format!("  live: {{kind: azure, bucket: $web, account: {ACCOUNT}, {endpoint}}}\n"));
    let get = |path: &str| fetch(&format!("http://127.0.0.1:{port}/{ACCOUNT}/$web/{path}"));
    let same = |site: &SiteTest, when: &str| {
        for (path, bytes) in public(site).into_iter().filter(|(path, _)| has_extension(path, "html")) {
            assert_eq!(get(&path).as_ref(), Some(&bytes), "{when}: {path}");
        }
        assert!(broken(get).is_empty(), "{when}: {:?}", broken(get));
    };
    run(&site, &["deploy", "--dry-run"], &environment).expect(0);
    assert_eq!(get("index.html"), None, "a dry run sends nothing");
    run(&site, &["deploy"], &environment).expect(0);
    same(&site, "first");
    assert!(run(&site, &["deploy"], &environment).expect(0).err.contains("is up to date"));
    edit(&site, 5, "Edited");
    let first = get("index.html");
    run(&site, &["deploy"], &environment).expect(0);
    same(&site, "edited");
    run(&site, &["rollback"], &environment).expect(0);
    assert_eq!(get("index.html"), first, "back");
    run(&site, &["deploy"], &environment).expect(0);
    site.delete("content/city/s6.md");
    site.build();
    run(&site, &["deploy", "--yes", "--max-delete", "30"], &environment).expect(0);
    same(&site, "deleted");
    assert_eq!(get("city/2026/07/s6/index.html"), None);
    // Two desks with the same sources.
    let other = paper(9, &format!("  live: {{kind: azure, bucket: $web, account: {ACCOUNT}, {endpoint}}}\n"));
    for site in [&site, &other] {
        site.write("content/city/s6.md", "---\ntitle: Again\ndate: 2026-07-07\n---\n\nx\n");
        edit(site, 1, "By two");
    }
    let runs = [&site, &other].map(|site| {
        let mut command = site.command(&["deploy", "-q", "--yes", "--max-delete", "30"]);
        command.envs(environment.clone()).stderr(Stdio::null()).spawn().expect("started")
    });
    let codes = runs.map(|run| run.wait_with_output().expect("ended").status.code());
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 75))) && codes.contains(&Some(0)), "{codes:?}");
    run(&site, &["deploy", "--yes", "--max-delete", "30"], &environment).expect(0);
    for pause in [150, 300, 450] {
        edit(&site, 4, &format!("Killed after {pause} ms"));
        let mut command = site.command(&["deploy", "-q"]);
        let mut child = command.envs(environment.clone()).stderr(Stdio::null()).spawn().expect("started");
        std::thread::sleep(std::time::Duration::from_millis(pause));
        child.kill().expect("killed");
        child.wait().expect("ended");
        run(&site, &["deploy"], &environment).expect(0);
        same(&site, &format!("killed after {pause} ms"));
    }
}

/// Makes a container whose blobs everybody may read; the answer's first line.
fn made_container(port: u16, name: &str) -> String {
    let date = "Tue, 24 Nov 2026 00:00:00 GMT";
    let headers = format!("x-ms-blob-public-access:blob\nx-ms-date:{date}\nx-ms-version:2021-08-06\n");
    let resource = format!("/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container");
    let signature = signature(&format!("PUT\n\n\n\n\n\n\n\n\n\n\n\n{headers}{resource}"));
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    let lines = headers.replace('\n', "\r\n");
    write!(
        stream,
        "PUT /{ACCOUNT}/{name}?restype=container HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{lines}authorization: SharedKey {ACCOUNT}:{signature}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// HMAC-SHA256 (RFC 2104) of a text under the account's key, in Base64.
fn signature(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut key, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in KEY.bytes().filter(|letter| *letter != b'=') {
        let at = LETTERS.iter().position(|one| *one == letter).expect("Base64");
        bits = (bits << 6 | u32::try_from(at).expect("small")) & 0xFFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            key.push(u8::try_from(bits >> count & 0xFF).expect("a byte"));
        }
    }
    key.resize(64, 0);
    let pad = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([&pad(0x36)[..], text.as_bytes()].concat());
    let outer = Sha256::digest([&pad(0x5C)[..], &inner[..]].concat());
    let mut out = String::new();
    for three in outer.chunks(3) {
        let bits =
            three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let letter = LETTERS[usize::try_from(bits >> (18 - 6 * at) & 63).expect("small")];
            out.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
