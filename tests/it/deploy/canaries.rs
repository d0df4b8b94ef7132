//! Canaries where nobody expects them: on the command line, in proxies' addresses, in what servers and services send back,
//! in a config that cannot be read; and what other programs are started with.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use super::{config, edit, paper};
use crate::site::{Run, SiteTest, skipped, tree};

/// What every secret holds, in letters that no form of writing changes.
const CANARY: &str = "canary5ecret";

/// What a secret looks like: with letters that URLs, JSON and XML write differently.
const SECRET: &str = "canary5ecret/ab+cd==&\"ef";

/// A signed address' query, with its signature as a URL writes it.
const SIGNED: &str = "sv=2024-11-04&ss=b&sig=canary5ecret%2Fsig%2Bna%3D";

fn environment() -> Vec<(&'static str, &'static str)> {
    vec![
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", "canary5ecret-session"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AZURE_STORAGE_SAS_KEY", SIGNED),
        ("CLOUDFLARE_API_TOKEN", "canary5ecret-cloudflare"),
        ("FASTLY_API_TOKEN", "canary5ecret-fastly"),
        ("NEWSPRINT_WEBHOOK_TOKEN", "canary5ecret-webhook"),
        ("NEWSPRINT_GIT_TOKEN", "canary5ecret-git"),
    ]
}

fn silent(run: &Run, what: &str) {
    for text in [&run.out, &run.err] {
        assert!(!text.contains(CANARY) && !text.contains(&CANARY[..9]), "{what}:\n{text}");
    }
}

/// A server that refuses everything and sends back what it got, the secrets of the environment in all forms among it.
fn echo(status: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || send_back(stream, status));
        }
    });
    port
}

fn send_back(stream: TcpStream, status: u16) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let (mut all, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let lower = line.to_lowercase();
            if let Some(bytes) = lower.strip_prefix("content-length:") {
                length = bytes.trim().parse().unwrap_or(0);
            }
            if line.trim().is_empty() {
                break;
            }
            all.push_str(&line);
        }
        reader.read_exact(&mut vec![0; length])?;
        let mut body = "<Error><Code>AccessDenied</Code><Message>".to_owned();
        for (_, value) in environment() {
            let url =
                percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string();
            let json = serde_json::Value::from(value).to_string();
            let xml = value.replace('&', "&amp;").replace('"', "&quot;");
            // What is cut somewhere must not show its half.
            let _ = write!(
                body,
                "{value} {url} {} {json} {} {xml} ",
                url.to_lowercase(),
                json.replace('/', "\\/")
            );
        }
        let _ = write!(body, "{all}</Message></Error>");
        write!(
            writer,
            "HTTP/1.1 {status} No\r\ncontent-type: application/xml\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )?;
    }
}

fn nothing_kept(site: &SiteTest) {
    for folder in [".newsprint", "public", "notes"] {
        for (path, bytes) in tree(&site.path(folder)) {
            assert!(!String::from_utf8_lossy(&bytes).contains(CANARY), "{folder}/{path}");
        }
    }
}

#[test]
fn what_servers_send_back_is_told_without_secrets() {
    let site = paper(4, "");
    let port = echo(403);
    let at = format!("http://127.0.0.1:{port}");
    let local = "kind: local, mode: plain, path: \"notes\"";
    let mut targets = vec![
        format!("kind: git, repository: \"{at}/x.git\""),
        format!("{local}, purge: {{kind: webhook, url: \"{at}/hook\"}}"),
        format!("{local}, purge: {{kind: cloudflare, zone: \"0\", url: \"{at}/\"}}"),
        format!("{local}, purge: {{kind: fastly, url: \"{at}/\"}}"),
        format!("{local}, index_now: {{key: 5f2b8c1e9a7d4036, endpoint: \"{at}/\"}}"),
    ];
    if cfg!(feature = "cloud") {
        targets.push(format!("kind: s3, bucket: news, endpoint: \"{at}\""));
        targets.push(format!("kind: azure, bucket: news, account: desk, endpoint: \"{at}\""));
    }
    for (round, target) in targets.iter().enumerate() {
        config(&site, &format!("  live: {{{target}}}\n"));
        edit(&site, 1, &format!("Round {round}"));
        for arguments in [&["deploy", "-vvv"][..], &["deploy", "--json"], &["rollback", "-vvv"]] {
            let run = site.run_with(arguments, &environment());
            silent(&run, &format!("{target} {arguments:?}"));
            if arguments[0] == "deploy" {
                assert_eq!(run.code, 74, "{target} {arguments:?}: {} {}", run.out, run.err);
            }
        }
    }
    nothing_kept(&site);
}

#[test]
fn what_was_typed_is_told_without_secrets() {
    let site = paper(
        3,
        "  live: {kind: local, mode: plain, path: \"notes\"}\n  two: {kind: local, path: \"other\"}\n",
    );
    let url = format!("https://me:{CANARY}@host/x.git");
    let token = format!("ghp_{CANARY}{}", "a".repeat(30));
    for words in [
        vec!["deploy", &url],
        vec!["deploy", "live", &url],
        vec!["deploy", SECRET],
        vec!["deploy", "live", SECRET],
        vec!["deploy", &token],
        vec!["deploy", "live", "--allow-shrink", SECRET],
        vec!["deploy", "live", "--max-delete", &url],
        vec!["deploy", "live", "--output", &url],
        vec!["rollback", "live", "--to", &url],
        vec!["rollback", "live", "--to", SECRET],
        vec!["rollback", &url],
    ] {
        let run = site.run_with(&words, &environment());
        assert_ne!(run.code, 0, "{words:?}");
        silent(&run, &format!("{words:?}"));
    }
    for (option, secret) in [("--token", "x"), ("--password", CANARY), ("--aws-secret-access-key", CANARY)] {
        for words in [vec!["deploy", "live", option, secret], vec!["deploy", &*format!("{option}={secret}")]]
        {
            let run = site.run_with(&words, &environment());
            assert_eq!(run.code, 2, "{words:?}");
            silent(&run, &format!("{words:?}"));
        }
    }
    // What is asked about the command line is answered as ever.
    assert!(site.run(&["deploy", "--help"]).expect(0).out.contains("--dry-run"));
    assert!(site.run(&["--version"]).expect(0).out.starts_with("newsprint "));
    assert!(site.run(&["deploy", "--nothing"]).expect(2).err.contains("--nothing"));
}

#[test]
fn a_config_that_cannot_be_read_shows_no_secret_of_its_targets() {
    let site = paper(3, "");
    for target in [
        format!("  live: {{kind: git, repository: https://me:{CANARY}@host/x.git\n"),
        format!("  live: {{kind: s3, bucket: news, secret_access_key: {CANARY}\n"),
        format!("  live:\n    kind: s3\n    token: {CANARY}\n   bucket: news\n"),
        format!("  live:\n    kind: s3\n    token: \"{CANARY}\n"),
        format!("  live:\n\ttoken: {CANARY}\n"),
        format!("  live: [kind, token: {CANARY}}}\n"),
        format!("  token: {CANARY}\n"),
    ] {
        config(&site, &target);
        for arguments in [&["deploy", "-vvv"][..], &["build"], &["build", "--json"], &["check", "--json"]] {
            let run = site.run_with(arguments, &environment());
            assert_ne!(run.code, 0, "{target}");
            silent(&run, &format!("{target} {arguments:?}"));
        }
    }
}

#[test]
fn proxies_and_other_programs_are_told_no_more_than_they_need() {
    if std::process::Command::new("git").arg("--version").output().is_err() {
        return skipped("git is not installed: what it is started with was not looked at");
    }
    let site = paper(3, "");
    let folder = tempfile::TempDir::new().expect("a folder");
    let log = folder.path().join("log");
    let bin = folder.path().join("bin");
    fs::create_dir_all(&bin).expect("made");
    // Stand-ins that write down how they are started, and go on as the programs themselves.
    for name in ["git", "ssh", "rsync"] {
        let script = format!(
            "#!/bin/sh\n{{ printf 'ARG %s\\n' {name} \"$@\"; env | grep -v '^GIT_CONFIG_VALUE_0=Authorization' | sed 's/^/ENV /'; }} >> '{}'\nPATH=${{PATH#*:}} exec {name} \"$@\"\n",
            log.display()
        );
        let place = bin.join(name);
        fs::write(&place, script).expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).expect("set");
        }
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let proxy = format!("http://me:{CANARY}@127.0.0.1:9");
    let mut environment = environment();
    environment.push(("PATH", &path));
    for target in [
        format!("kind: git, repository: \"http://127.0.0.1:{}/x.git\"", echo(403)),
        "kind: rsync, host: 127.0.0.1, port: 9, path: /srv/news".to_owned(),
    ] {
        config(&site, &format!("  live: {{{target}}}\n"));
        site.build();
        let run = site.run_with(&["deploy", "-vvv"], &environment).expect(74);
        silent(&run, &target);
    }
    let seen = fs::read_to_string(&log).expect("a log");
    assert!(seen.contains("ARG git\n") && seen.contains("ARG ssh\n"), "{seen}");
    let base64 = "Y2FuYXJ5NWVjcmV0";
    for line in seen.lines() {
        assert!(!line.contains(CANARY) && !line.contains(base64), "{line}");
    }
    // A proxy with a password: what fails there is told without it.
    for name in ["http_proxy", "ALL_PROXY"] {
        let mut environment = environment.clone();
        environment.push((name, &proxy));
        config(&site, "  live: {kind: git, repository: \"http://git.invalid/x.git\"}\n");
        site.build();
        silent(&site.run_with(&["deploy", "-vvv"], &environment), name);
    }
    nothing_kept(&site);
}
