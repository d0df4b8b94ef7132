//! Object stores: a stand-in that counts, moto's S3 and s3rver.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::crawl::broken;
use super::fake_s3::{FakeS3, Object};
use super::{config, edit, paper};
use crate::site::{Run, SiteTest, has_extension, skipped, tree};

pub(crate) const KEYS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "S3RVER"),
    ("AWS_SECRET_ACCESS_KEY", "S3RVER"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];

pub(crate) fn target(port: u16, more: &str) -> String {
    format!(
        "  live: {{kind: s3, bucket: news, prefix: site, region: us-east-1, endpoint: \"http://127.0.0.1:{port}\"{more}}}\n"
    )
}

pub(crate) fn run(site: &SiteTest, arguments: &[&str]) -> Run {
    site.run_with(arguments, &KEYS)
}

/// The pages of the site in a bucket, without our own notes.
pub(crate) fn shown(objects: &BTreeMap<String, Object>) -> BTreeMap<String, Vec<u8>> {
    let pages = objects.iter().filter_map(|(key, object)| Some((key.strip_prefix("site/")?, object)));
    pages
        .filter(|(path, _)| !path.starts_with(".newsprint-deploy/"))
        .map(|(path, object)| (path.to_owned(), object.bytes.clone()))
        .collect()
}

pub(crate) fn public(site: &SiteTest) -> BTreeMap<String, Vec<u8>> {
    let mut files = tree(&site.path("public"));
    files.retain(|path, _| !path.starts_with(".newsprint-files/") && path != ".newsprint.json");
    files
}

#[test]
fn a_bucket_gets_what_changed_with_the_right_headers() {
    let store = FakeS3::start();
    store.insert("other/mine.txt", b"mine");
    store.insert("sitemap-of-somebody", b"mine");
    let site = paper(12, &target(store.port, ", precompress: gz"));
    run(&site, &["deploy", "--dry-run"]).expect(0);
    assert!(store.requests().iter().all(|request| request.starts_with("GET") || request.starts_with("HEAD")));
    run(&site, &["deploy"]).expect(0);
    let objects = store.objects();
    let header = |path: &str, name: &str| {
        objects[&format!("site/{path}")].headers.get(name).cloned().unwrap_or_default()
    };
    assert_eq!(header("index.html", "content-type"), "text/html; charset=utf-8");
    assert_eq!(header("index.html", "cache-control"), "public, max-age=0, must-revalidate");
    assert_eq!(header("feed.xml", "content-type"), "application/rss+xml; charset=utf-8");
    assert_eq!(header("index.html.gz", "content-encoding"), "gzip");
    assert_eq!(header("index.html.gz", "content-type"), "text/html; charset=utf-8");
    let asset =
        objects.keys().find(|key| key.starts_with("site/style.") && key.len() > 20).expect("a style sheet");
    assert_eq!(objects[asset].headers["cache-control"], "public, max-age=31536000, immutable");
    let mut pages = shown(&objects);
    pages.retain(|path, _| !has_extension(path, "gz"));
    assert_eq!(pages, public(&site));
    // One edit costs what it changes.
    edit(&site, 3, "Edited");
    store.fail(None);
    let done = run(&site, &["deploy", "--json"]).expect(0);
    let record: serde_json::Value =
        serde_json::from_str(done.out.lines().last().expect("a line")).expect("JSON");
    let changed = usize::try_from(record["changed"].as_u64().expect("a number")).expect("small");
    let requests = store.requests();
    assert!(requests.len() < 4 * changed + 40, "{changed} changed: {requests:#?}");
    assert!(!requests.iter().any(|request| request.contains("other/") || request.contains("somebody")));
    // A machine without memory asks for the lists of files, and nothing else.
    fs::remove_dir_all(site.path(".newsprint/deploy")).expect("deleted");
    store.fail(None);
    run(&site, &["deploy"]).expect(0);
    assert!(store.requests().len() < 20, "{:#?}", store.requests());
    assert_eq!(store.objects()["other/mine.txt"].bytes, b"mine");
}

#[test]
fn a_bucket_goes_back_and_forgets() {
    let store = FakeS3::start();
    let site = paper(9, &target(store.port, ", keep: 2"));
    let mut editions = Vec::new();
    for round in 0..5 {
        edit(&site, 4, &format!("Round {round}"));
        run(&site, &["deploy"]).expect(0);
        editions.push(public(&site));
    }
    run(&site, &["rollback"]).expect(0);
    assert_eq!(shown(&store.objects()), editions[3]);
    run(&site, &["rollback"]).expect(0);
    assert_eq!(shown(&store.objects()), editions[2]);
    run(&site, &["rollback"]).expect(3);
    let list = run(&site, &["rollback", "--list"]).expect(0);
    let newest = list.out.split_whitespace().next().expect("an edition").to_owned();
    run(&site, &["rollback", "--to", &newest]).expect(0);
    assert_eq!(shown(&store.objects()), editions[4]);
    let old = store
        .objects()
        .values()
        .filter(|object| String::from_utf8_lossy(&object.bytes).contains("Round 1"))
        .count();
    assert_eq!(old, 0, "what no kept edition needs is deleted");
    config(&site, &target(store.port, ", keep: 0"));
    edit(&site, 4, "Last");
    run(&site, &["deploy"]).expect(0);
    assert!(!store.objects().keys().any(|key| key.contains("/objects/")), "{:?}", store.objects().keys());
}

#[test]
fn buckets_of_others_are_left_alone() {
    let store = FakeS3::start();
    store.insert("site/index.html", b"somebody's");
    store.insert("site/logs/2026", b"somebody's");
    let site = paper(6, &target(store.port, ""));
    let before = format!("{:?}", store.objects());
    let refused = run(&site, &["deploy", "--yes"]).expect(3);
    assert!(refused.err.contains("the target is not empty: `index.html`, `logs/2026`"), "{}", refused.err);
    assert_eq!(format!("{:?}", store.objects()), before);
    run(&site, &["deploy", "--adopt"]).expect(0);
    assert_eq!(store.objects()["site/logs/2026"].bytes, b"somebody's");
    // Another newspaper's config leads to the same bucket.
    let text = fs::read_to_string(site.path("newsprint.yaml")).expect("a config");
    site.write("newsprint.yaml", text.replace("news.example", "other.example"));
    site.build();
    let refused = run(&site, &["deploy", "--yes"]).expect(3);
    assert!(refused.err.contains("another site is there"), "{}", refused.err);
}

/// The claim of another machine that ends so many seconds from now.
pub(crate) fn claim(seconds: i64) -> String {
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let until = i64::try_from(now).expect("small") + seconds;
    format!(
        "{{\"schema\": 1, \"machine\": \"other\", \"run\": \"1\", \"until\": {until}, \"id\": \"20261124T000000Z-00000000\", \"imprint\": \"x\"}}"
    )
}

#[test]
fn one_machine_at_a_time_changes_a_bucket() {
    let store = FakeS3::start();
    let site = paper(6, &target(store.port, ""));
    run(&site, &["deploy"]).expect(0);
    edit(&site, 1, "Changed");
    let claim = |seconds| store.insert("site/.newsprint-deploy/claim.json", claim(seconds).as_bytes());
    claim(60);
    let before = shown(&store.objects());
    assert!(run(&site, &["deploy"]).expect(75).err.contains("another newsprint is deploying"));
    assert_eq!(shown(&store.objects()), before);
    claim(-60);
    run(&site, &["deploy"]).expect(0);
    assert_eq!(shown(&store.objects()), public(&site));
    // Two desks with the same sources press the button in the same moment.
    let other = paper(6, &target(store.port, ""));
    edit(&other, 1, "Changed");
    for round in 0..4 {
        edit(&site, 2, &format!("Round {round}"));
        edit(&other, 2, &format!("Round {round}"));
        let runs = [&site, &other].map(|site| {
            let mut command = site.command(&["deploy", "-q"]);
            command.envs(KEYS).stderr(Stdio::null()).spawn().expect("started")
        });
        let codes = runs.map(|run| run.wait_with_output().expect("ended").status.code());
        assert!(
            codes.iter().all(|code| matches!(code, Some(0 | 75))) && codes.contains(&Some(0)),
            "{codes:?}"
        );
        assert_eq!(shown(&store.objects()), public(&site), "round {round}");
    }
}

/// A server as others wrote it.
pub(crate) struct Real {
    child: Child,
    pub(crate) port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens to.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its number").port()
}

/// What is at an address, as anybody may read it.
pub(crate) fn fetch(url: &str) -> Option<Vec<u8>> {
    ureq::get(url).call().ok()?.body_mut().read_to_vec().ok()
}

impl Real {
    pub(crate) fn start(program: &Path, port: u16, arguments: impl Fn(u16, &Path) -> Vec<String>) -> Self {
        let folder = tempfile::TempDir::new().expect("a folder");
        let child = Command::new(program)
            .args(arguments(port, folder.path()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server runs");
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_mins(1), "{} does not listen", program.display());
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, port, _folder: folder }
    }

    /// What is at a key, as anybody may read it.
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        let url = format!("http://127.0.0.1:{}/news/site/{key}", self.port);
        if let Some(bytes) = fetch(&url) {
            return Some(bytes);
        }
        let output = Command::new("curl")
            .args(["-sf", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", "S3RVER:S3RVER", &url])
            .output()
            .expect("curl runs");
        output.status.success().then_some(output.stdout)
    }
}

/// A program named by a variable, or found on the path.
pub(crate) fn program(variable: &str, name: &str) -> Option<std::path::PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Some(path.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Deploys, edits, goes back.
fn whole_story(server: &Real) {
    let site = paper(9, &target(server.port, ""));
    run(&site, &["deploy"]).expect(0);
    let same = |site: &SiteTest| {
        for (path, bytes) in public(site).into_iter().filter(|(path, _)| has_extension(path, "html")) {
            assert_eq!(server.get(&path).as_ref(), Some(&bytes), "{path}");
        }
    };
    same(&site);
    assert!(broken(|path| server.get(path)).is_empty());
    edit(&site, 5, "Edited");
    run(&site, &["deploy"]).expect(0);
    same(&site);
    let newest = server.get("index.html");
    run(&site, &["rollback"]).expect(0);
    assert_ne!(server.get("index.html"), newest);
    run(&site, &["deploy"]).expect(0);
    same(&site);
    site.delete("content/city/s6.md");
    site.build();
    run(&site, &["deploy", "--yes", "--max-delete", "30"]).expect(0);
    same(&site);
    assert!(server.get("city/2026/07/s6/index.html").is_none());
    // Somebody else's object where a new story goes: nothing is sent, and what is there stays.
    let url = format!("http://127.0.0.1:{}/news/site/city/2026/03/new/index.html", server.port);
    site.write("theirs", "somebody's");
    let theirs = site.path("theirs").display().to_string();
    let unsigned = "x-amz-content-sha256: UNSIGNED-PAYLOAD";
    let put = [
        "-sSf",
        "-H",
        unsigned,
        "--aws-sigv4",
        "aws:amz:us-east-1:s3",
        "--user",
        "S3RVER:S3RVER",
        "-T",
        &theirs,
        &url,
    ];
    let put = Command::new("curl").args(put).output().expect("curl runs");
    assert!(put.status.success(), "{}", String::from_utf8_lossy(&put.stderr));
    std::fs::remove_file(site.path("theirs")).expect("deleted");
    let home = server.get("index.html");
    site.write("content/city/new.md", "---\ntitle: New\ndate: 2026-03-03\n---\n\nx\n");
    site.build();
    let refused = run(&site, &["deploy", "--yes"]).expect(3);
    assert!(
        refused.err.contains("where the site would go: `city/2026/03/new/index.html`"),
        "{}",
        refused.err
    );
    assert_eq!(server.get("city/2026/03/new/index.html").as_deref(), Some(&b"somebody's"[..]));
    assert_eq!(server.get("index.html"), home);
    run(&site, &["deploy", "--yes", "--adopt"]).expect(0);
    same(&site);
}

#[test]
fn motos_s3_takes_it() {
    let Some(program) = program("MOTO_SERVER", "moto_server") else {
        return skipped("moto_server is not installed (set MOTO_SERVER): no deploy to it was tested");
    };
    let server = Real::start(&program, free_port(), |port, _| {
        vec!["-H".into(), "127.0.0.1".into(), "-p".into(), port.to_string()]
    });
    let bucket = format!("http://127.0.0.1:{}/news", server.port);
    let made = Command::new("curl").args(["-sf", "-X", "PUT", &bucket]).output().expect("curl runs");
    assert!(made.status.success());
    whole_story(&server);
}

#[test]
fn s3rver_takes_it() {
    let Some(program) = program("S3RVER", "s3rver") else {
        return skipped("s3rver is not installed (set S3RVER): no deploy to it was tested");
    };
    let server = Real::start(&program, free_port(), |port, folder| {
        let words = [
            "-d",
            &folder.display().to_string(),
            "-a",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "--configure-bucket",
            "news",
        ];
        words.iter().map(|word| (*word).to_owned()).collect()
    });
    whole_story(&server);
}
