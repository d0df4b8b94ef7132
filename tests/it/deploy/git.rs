//! Branches of Git repositories: bare ones of this machine, and one behind `git http-backend`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{config, edit, paper};
use crate::site::{SiteTest, skipped, tree};

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn has_git() -> bool {
    let is_there = Command::new("git").arg("--version").output().is_ok();
    if !is_there {
        skipped("git is not installed: no branch was deployed to");
    }
    is_there
}

/// A newspaper with a branch as its target, and the bare repository.
fn newspaper(folder: &Path) -> SiteTest {
    git(folder, &["init", "--quiet", "--bare", "site.git"]);
    paper(9, &format!("  pages: {{kind: git, repository: \"{}\"}}\n", folder.join("site.git").display()))
}

/// What the branch holds, without our own notes.
fn branch(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let out = tempfile::TempDir::new().expect("a folder");
    let bare = folder.join("site.git");
    let work = format!("--work-tree={}", out.path().display());
    let index = out.path().join(".index");
    let done = Command::new("git")
        .arg(format!("--git-dir={}", bare.display()))
        .arg(work)
        .args(["checkout", "--quiet", "--force", "gh-pages", "--", "."])
        .env("GIT_INDEX_FILE", &index)
        .status()
        .expect("git runs");
    assert!(done.success());
    let mut files = tree(out.path());
    files.retain(|path, _| !path.starts_with(".newsprint-deploy/") && path != ".index");
    files
}

fn public(site: &SiteTest) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut files = tree(&site.path("public"));
    files.retain(|path, _| !path.starts_with(".newsprint-files/") && path != ".newsprint.json");
    files.insert(".nojekyll".to_owned(), Vec::new());
    files
}

#[test]
fn a_branch_gets_a_commit_for_each_edition_and_nothing_else_is_touched() {
    if !has_git() {
        return;
    }
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = newspaper(folder.path());
    // The newspaper itself is under Git, and half an edit is staged.
    let root = site.path("");
    git(&root, &["init", "--quiet"]);
    git(&root, &["add", "content"]);
    let before = git(&root, &["status", "--porcelain=v2"]);
    site.run(&["deploy"]).expect(0);
    assert_eq!(branch(folder.path()), public(&site));
    assert_eq!(git(&root, &["status", "--porcelain=v2"]), before);
    assert!(site.run(&["deploy"]).expect(0).err.contains("is up to date"));
    edit(&site, 2, "Second edition");
    site.run(&["deploy"]).expect(0);
    let second = public(&site);
    assert_eq!(branch(folder.path()), second);
    site.delete("content/world/s2.md");
    site.build();
    site.run(&["deploy", "--yes", "--max-delete", "20"]).expect(0);
    assert_eq!(branch(folder.path()), public(&site));
    let log = git(&folder.path().join("site.git"), &["log", "--format=%s", "gh-pages"]);
    assert_eq!(log.lines().count(), 3, "{log}");
    // From a machine that knows nothing, to the edition before.
    fs::remove_dir_all(site.path(".newsprint/deploy")).expect("deleted");
    assert_eq!(site.run(&["rollback", "--list"]).expect(0).out.lines().count(), 3);
    site.run(&["rollback"]).expect(0);
    assert_eq!(branch(folder.path()), second);
    let log = git(&folder.path().join("site.git"), &["log", "--format=%s", "gh-pages"]);
    assert_eq!(log.lines().count(), 4, "nothing is lost: {log}");
    site.run(&["deploy", "--yes", "--max-delete", "20"]).expect(0);
    assert_eq!(branch(folder.path()), public(&site));
    let notes = git(
        &folder.path().join("site.git"),
        &["ls-tree", "-r", "--name-only", "gh-pages", ".newsprint-deploy/"],
    );
    assert!(notes.lines().all(|note| note.contains("/lists/") || note.ends_with("record.json")), "{notes}");
}

#[test]
fn branches_of_others_are_left_alone() {
    if !has_git() {
        return;
    }
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = newspaper(folder.path());
    let bare = folder.path().join("site.git");
    let work = folder.path().join("work");
    git(folder.path(), &["clone", "--quiet", &bare.to_string_lossy(), "work"]);
    fs::write(work.join("CNAME"), "news.example\n").expect("written");
    git(&work, &["checkout", "--quiet", "-b", "gh-pages"]);
    let who = ["-c", "user.name=x", "-c", "user.email=x@x.example"];
    let commit = |message: &str| {
        git(&work, &["add", "."]);
        git(&work, &[&who[..], &["commit", "--quiet", "-m", message]].concat());
        git(&work, &["push", "--quiet", "origin", "gh-pages"]);
    };
    commit("By hand");
    let run = site.run(&["deploy"]).expect(3);
    assert!(run.err.contains("the target is not empty: `CNAME`"), "{}", run.err);
    site.run(&["deploy", "--adopt"]).expect(0);
    assert_eq!(branch(folder.path())["CNAME"], b"news.example\n");
    // What somebody else pushes between is kept, and so is their commit.
    git(&work, &["pull", "--quiet", "origin", "gh-pages"]);
    fs::write(work.join("ads.txt"), "x\n").expect("written");
    commit("By hand again");
    edit(&site, 1, "New title");
    site.run(&["deploy"]).expect(0);
    assert!(branch(folder.path()).contains_key("ads.txt"));
    assert!(git(&bare, &["log", "--format=%s", "gh-pages"]).contains("By hand again"));
    // Going back takes back what is ours, and nothing else.
    let now = branch(folder.path());
    site.run(&["rollback"]).expect(0);
    let back = branch(folder.path());
    assert!(back.contains_key("ads.txt") && back.contains_key("CNAME"), "{:?}", back.keys());
    assert_ne!(back["index.html"], now["index.html"]);
    site.run(&["deploy"]).expect(0);
    assert_eq!(branch(folder.path()), now);
    // Their file where a new story goes.
    git(&work, &["pull", "--quiet", "origin", "gh-pages"]);
    fs::create_dir_all(work.join("city/2026/03/new")).expect("a folder");
    fs::write(work.join("city/2026/03/new/index.html"), "by hand\n").expect("written");
    commit("By hand once more");
    site.write("content/city/new.md", "---\ntitle: New\ndate: 2026-03-03\n---\n\nx\n");
    site.build();
    let refused = site.run(&["deploy", "--yes"]).expect(3);
    assert!(refused.err.contains("files that are not Newsprint's"), "{}", refused.err);
    assert_eq!(branch(folder.path())["city/2026/03/new/index.html"], b"by hand\n");
    site.run(&["deploy", "--adopt"]).expect(0);
    assert_eq!(
        branch(folder.path())["city/2026/03/new/index.html"],
        public(&site)["city/2026/03/new/index.html"]
    );
}

/// Serves the repositories of a folder by `git http-backend`, to whoever has the token.
fn serve(folder: &Path, token: &str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let (folder, token) = (folder.to_owned(), token.to_owned());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = answer(stream, &folder, &token);
        }
    });
    port
}

/// One request, as CGI (RFC 3875) hands it to a program.
fn answer(mut stream: TcpStream, folder: &Path, token: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let header = |name: &str| headers.get(name).cloned().unwrap_or_default();
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body)?;
    if header("authorization") != token {
        return stream.write_all(b"HTTP/1.1 401 No\r\nwww-authenticate: Basic realm=x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut child = Command::new("git")
        .args(["-c", "http.receivepack=true", "http-backend"])
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "desk")
        .env("REQUEST_METHOD", method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut pipe = child.stdin.take().expect("a pipe");
    let feed = std::thread::spawn(move || pipe.write_all(&body));
    let output = child.wait_with_output()?;
    let _ = feed.join();
    let at = output.stdout.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(0);
    let head = String::from_utf8_lossy(&output.stdout[..at]).into_owned();
    let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
    let bytes = &output.stdout[(at + 4).min(output.stdout.len())..];
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        bytes.len()
    )?;
    stream.write_all(bytes)
}

#[test]
fn a_token_opens_a_repository_behind_http_and_is_never_told() {
    if !has_git() {
        return;
    }
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = newspaper(folder.path());
    // `x-access-token:canary-canary`, as HTTP's basic authentication writes it (RFC 7617).
    let port = serve(folder.path(), "Basic eC1hY2Nlc3MtdG9rZW46Y2FuYXJ5LWNhbmFyeQ==");
    config(&site, &format!("  pages: {{kind: git, repository: \"http://127.0.0.1:{port}/site.git\"}}\n"));
    site.build();
    let run = site.run_with(&["deploy", "-vvv"], &[("NEWSPRINT_GIT_TOKEN", "canary-canary")]).expect(0);
    assert_eq!(branch(folder.path()), public(&site));
    edit(&site, 3, "Over the wire");
    let again = site.run_with(&["deploy", "-vvv"], &[("NEWSPRINT_GIT_TOKEN", "canary-canary")]).expect(0);
    assert_eq!(branch(folder.path()), public(&site));
    edit(&site, 3, "Without the token");
    let closed = site.run(&["deploy"]).expect(74);
    assert!(closed.err.contains("does not let us in"), "{}", closed.err);
    let wrong = site.run_with(&["deploy", "-vvv"], &[("NEWSPRINT_GIT_TOKEN", "canary-wrong")]).expect(74);
    for text in [&run.err, &again.err, &closed.err, &wrong.err] {
        assert!(!text.contains("canary") && !text.contains("eC1hY2Nlc3M"), "{text}");
    }
    for (path, bytes) in tree(&site.path(".newsprint")) {
        assert!(!String::from_utf8_lossy(&bytes).contains("canary"), "{path}");
    }
}

#[test]
fn a_repository_that_is_not_there_is_an_error_and_no_secret_is_told() {
    if !has_git() {
        return;
    }
    let folder = tempfile::TempDir::new().expect("a folder");
    let site = newspaper(folder.path());
    config(&site, "  pages: {kind: git, repository: \"ROOT/nothing.git\"}\n");
    site.build();
    let run = site.run_with(&["deploy"], &[("NEWSPRINT_GIT_TOKEN", "canary-canary")]);
    assert_eq!(run.code, 74, "{}", run.err);
    assert!(!run.err.contains("canary"));
}
