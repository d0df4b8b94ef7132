//! Web servers in front of a deployed folder, set up as `init --host` sets them up, and read by a crawler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::crawl::broken;
use super::{beside, edit, paper};
use crate::site::{SiteTest, skipped};

/// A web server that ends with the test.
struct Running {
    child: Child,
    port: u16,
}

impl Drop for Running {
    fn drop(&mut self) {
        // nginx has workers: a signal lets it end them.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.child.wait();
    }
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(name)).find(|path| path.is_file())
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port()
}

fn start(mut command: Command, port: u16) -> Running {
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server runs");
    let running = Running { child, port };
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the server does not listen");
        std::thread::sleep(Duration::from_millis(50));
    }
    running
}

/// The status, headers and body of a page.
fn get(port: u16, path: &str) -> (u16, String, Vec<u8>) {
    let url = format!("http://127.0.0.1:{port}/{path}");
    let output = Command::new("curl").args(["-s", "-i", "--path-as-is", &url]).output().expect("curl runs");
    let at = output.stdout.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer");
    let head = String::from_utf8_lossy(&output.stdout[..at]).to_lowercase();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, head, output.stdout[at + 4..].to_vec())
}

/// A deployed newspaper with an old URL, and the files of a host.
fn deployed(folder: &Path, host: &str) -> SiteTest {
    let site = paper(9, &beside("live", "releases", folder));
    site.write(
        "content/city/moved.md",
        "---\ntitle: Moved\ndate: 2026-01-02\naliases: [/old/place/]\n---\n\nx\n",
    );
    site.build();
    site.run(&["deploy"]).expect(0);
    let root = site.path("").display().to_string();
    site.run(&["init", &root, "--host", host]).expect(0);
    site
}

fn check(running: &Running, site: &SiteTest, folder: &Path) {
    let port = running.port;
    let read = |path: &str| {
        let (status, _, body) = get(port, path.strip_suffix("index.html").unwrap_or(path));
        (status == 200).then_some(body)
    };
    assert!(broken(read).is_empty(), "{:?}", broken(read));
    let (_, head, _) = get(port, "");
    assert!(
        head.contains("text/html") && head.contains("must-revalidate") && head.contains("nosniff"),
        "{head}"
    );
    let current = folder.join("live/current");
    let style = fs::read_dir(&current)
        .expect("a site")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut style = style;
    let style = style.find(|name| name.starts_with("style.") && name.len() > 12).expect("a style sheet");
    let (_, head, _) = get(port, &style);
    assert!(
        head.contains("immutable") && !head.contains("must-revalidate") && head.contains("text/css"),
        "{head}"
    );
    assert!(get(port, "feed.xml").1.contains("application/rss+xml"), "{}", get(port, "feed.xml").1);
    assert!(get(port, "atom.xml").1.contains("application/atom+xml"));
    let (status, _, body) = get(port, "nowhere/");
    assert!(status == 404 && String::from_utf8_lossy(&body).contains("Test Courier"));
    for hidden in [".newsprint-routes/redirects.json", "../.newsprint-deploy/claim.json", ".git/config"] {
        assert!(matches!(get(port, hidden).0, 400 | 403 | 404), "{hidden}");
    }
    let (status, head, body) = get(port, "old/place/");
    let leads_on = head.contains("/city/2026/01/moved/")
        || String::from_utf8_lossy(&body).contains("/city/2026/01/moved/");
    assert!(leads_on && matches!(status, 200 | 301), "{head}");
    // A new edition is there at once, and the server need not be told.
    edit(site, 2, "Fresh from the press");
    site.run(&["deploy"]).expect(0);
    assert!(String::from_utf8_lossy(&get(port, "").2).contains("Fresh from the press"));
    site.run(&["rollback"]).expect(0);
    assert!(!String::from_utf8_lossy(&get(port, "").2).contains("Fresh from the press"));
}

#[test]
fn nginx_serves_releases() {
    let Some(nginx) = program("nginx") else {
        return skipped("nginx is not installed: no deployed site was read through it");
    };
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = deployed(folder.path(), "nginx");
    let (port, place) = (free_port(), folder.path().display().to_string());
    let recipe = fs::read_to_string(site.path("hosting/nginx.conf")).expect("a recipe");
    let recipe = recipe
        .replace("/srv/news", &format!("{place}/live"))
        .replace("listen 80;", &format!("listen 127.0.0.1:{port};"));
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {place}/nginx-{kind};\n"))
        .concat();
    let user = if nginx_needs_root() { "user root;\n" } else { "" };
    let conf = format!(
        "{user}daemon off;\npid {place}/nginx.pid;\nerror_log {place}/error.log;\nevents {{}}\nhttp {{\ninclude /etc/nginx/mime.types;\naccess_log off;\n{temporary}{recipe}\n}}\n"
    );
    fs::write(folder.path().join("nginx.conf"), conf).expect("written");
    let mut command = Command::new(nginx);
    command.args(["-c", &format!("{place}/nginx.conf"), "-e", &format!("{place}/error.log")]);
    check(&start(command, port), &site, folder.path());
}

/// Workers of a master that is root are somebody else, who may not see a temporary folder.
fn nginx_needs_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}

#[test]
fn caddy_serves_releases() {
    let Some(caddy) = program("caddy") else {
        return skipped("caddy is not installed: no deployed site was read through it");
    };
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = deployed(folder.path(), "caddy");
    let (port, place) = (free_port(), folder.path().display().to_string());
    let recipe = fs::read_to_string(site.path("hosting/Caddyfile")).expect("a recipe");
    let recipe = recipe
        .replace("/srv/news", &format!("{place}/live"))
        .replace("\nnews.example {", &format!("\nhttp://127.0.0.1:{port} {{"));
    fs::write(folder.path().join("Caddyfile"), format!("{{\n\tadmin off\n}}\n{recipe}")).expect("written");
    let mut command = Command::new(caddy);
    command.args(["run", "--config", &format!("{place}/Caddyfile"), "--adapter", "caddyfile"]);
    command
        .env("HOME", folder.path())
        .env("XDG_DATA_HOME", folder.path())
        .env("XDG_CONFIG_HOME", folder.path());
    check(&start(command, port), &site, folder.path());
}

#[test]
fn files_of_hosts_are_written_once_and_understood() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let root = folder.path().join("paper").display().to_string();
    let site = SiteTest::new();
    let hosts = ["netlify", "cloudflare", "firebase", "github", "nginx", "caddy"];
    let all: Vec<&str> = hosts.iter().flat_map(|host| ["--host", host]).collect();
    site.run(&[&["init", &root][..], &all].concat()).expect(0);
    let place = |name: &str| folder.path().join("paper").join(name);
    let firebase = fs::read_to_string(place("firebase.json")).expect("a file");
    let firebase: serde_json::Value = serde_json::from_str(&firebase).expect("JSON");
    assert_eq!(firebase["hosting"]["public"], "public");
    let workflow = fs::read_to_string(place(".github/workflows/newsprint.yml")).expect("a file");
    let workflow: serde_yaml::Value = serde_yaml::from_str(&workflow).expect("YAML");
    assert!(workflow["jobs"]["publish"]["steps"].as_sequence().expect("steps").len() >= 4);
    fs::write(place("netlify.toml"), "mine").expect("written");
    let run = site.run(&["init", &root, "--host", "netlify"]).expect(0);
    assert!(run.err.contains("`netlify.toml` is there already, and stays"), "{}", run.err);
    assert_eq!(fs::read_to_string(place("netlify.toml")).expect("a file"), "mine");
    // What `static/` has is published.
    let mut command = Command::new(env!("CARGO_BIN_EXE_newsprint"));
    assert!(command.args(["build", "-q", "--root", &root]).status().expect("the binary runs").success());
    assert!(place("public/_headers").is_file());
}
