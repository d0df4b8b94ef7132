//! A repository of our own, and the one on the other side: Git's commands, and what their failures mean.

use std::path::{Path, PathBuf};

use super::child::{Child, last_words};
use super::environment;
use super::tree;
use crate::deploy::store::{Answer, Fault};

/// Where our repository remembers what is live.
const LIVE: &str = "refs/newsprint/live";

/// The environment variable with the token for repositories behind https.
const TOKEN: &str = "NEWSPRINT_GIT_TOKEN";

/// A branch of a repository elsewhere, and the repository here that has what is on it.
#[derive(Debug)]
pub(super) struct Repository {
    address: String,
    branch: String,
    /// Our own repository.
    place: PathBuf,
}

impl Repository {
    /// The branch of a repository; `root` is where relative paths begin, `place` the folder for our own repository.
    pub(super) fn new(address: &str, branch: &str, root: &Path, place: PathBuf) -> Self {
        let is_path = !address.contains(':') && !address.starts_with('/');
        let address =
            if is_path { root.join(address).to_string_lossy().into_owned() } else { address.to_owned() };
        Self { address, branch: branch.to_owned(), place }
    }

    /// What it is called for people.
    pub(super) fn shown(&self) -> String {
        let plain = environment::Redactor::default().clean(&self.address);
        format!("`{plain}`, branch `{}`", self.branch)
    }

    fn git(&self, arguments: &[&str]) -> Child {
        let mut child = Child::new("git")
            .arg("--git-dir")
            .arg(&self.place)
            .args(arguments.iter().copied())
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_INDEX_FILE", self.place.join("newsprint-index"))
            .env("GIT_SSH_COMMAND", ssh_command());
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"] {
            child = child.without(name);
        }
        child
    }

    /// Runs Git without the network.
    pub(super) fn local(&self, arguments: &[&str], input: &[u8]) -> Answer<Vec<u8>> {
        let act = arguments.first().copied().unwrap_or_default();
        self.git(arguments).succeed(input, |code, said| {
            Fault::lasting(format!("`git {act}` failed (code {code}): {}", last_words(said)))
        })
    }

    /// Runs Git with the network, and with the token for it.
    fn remote(&self, arguments: &[&str]) -> Answer<Vec<u8>> {
        let mut child = self.git(arguments);
        if let Some(token) = environment::secret(TOKEN).filter(|_| self.address.starts_with("http")) {
            // Neither in an argument nor in a file, and for this address only.
            let header =
                format!("Authorization: Basic {}", base64(&format!("x-access-token:{}", token.reveal())));
            child = child
                .env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", format!("http.{}.extraHeader", self.address))
                .env("GIT_CONFIG_VALUE_0", header);
        }
        child.succeed(b"", judge)
    }

    /// Brings what is live into our repository.
    pub(super) fn fetch(&self) -> Answer<Option<String>> {
        if !self.place.join("HEAD").exists() {
            std::fs::create_dir_all(&self.place)
                .map_err(|error| tree::failed("make the folder", &self.place, &error))?;
            self.local(&["init", "--quiet", "--bare"], b"")?;
        }
        let head = format!("refs/heads/{}", self.branch);
        let listed = self.remote(&["ls-remote", "--", &self.address, &head])?;
        let text = String::from_utf8_lossy(&listed);
        let tip = text.lines().find_map(|line| {
            let (object, name) = line.split_once('\t')?;
            (name == head).then(|| object.to_owned())
        });
        if let Some(tip) = &tip
            && self
                .local(&["rev-parse", "--quiet", "--verify", LIVE], b"")
                .ok()
                .map(|out| trimmed(&out))
                .as_ref()
                != Some(tip)
        {
            let to = format!("+{head}:{LIVE}");
            self.remote(&["fetch", "--quiet", "--depth=1", "--no-tags", "--", &self.address, &to])?;
        }
        Ok(tip)
    }

    /// The bytes of objects, by names such as `COMMIT:PATH`.
    pub(super) fn objects(&self, names: &[String]) -> Answer<Vec<Option<Vec<u8>>>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let input = names.join("\n") + "\n";
        let out = self.local(&["cat-file", "--batch"], input.as_bytes())?;
        let mut rest = &out[..];
        let garbled = || Fault::lasting("`git cat-file` gave no whole answer");
        names
            .iter()
            .map(|_| {
                let end = memchr::memchr(b'\n', rest).ok_or_else(garbled)?;
                let head = String::from_utf8_lossy(&rest[..end]).into_owned();
                rest = &rest[end + 1..];
                if head.ends_with(" missing") {
                    return Ok(None);
                }
                let size: usize =
                    head.rsplit(' ').next().and_then(|size| size.parse().ok()).ok_or_else(garbled)?;
                let bytes = rest.get(..size).ok_or_else(garbled)?.to_vec();
                rest = rest.get(size + 1..).ok_or_else(garbled)?;
                Ok(Some(bytes))
            })
            .collect()
    }

    /// Writes bytes into our repository and tells their name.
    pub(super) fn object(&self, bytes: &[u8]) -> Answer<String> {
        Ok(trimmed(&self.local(&["hash-object", "-w", "--stdin"], bytes)?))
    }

    /// Makes a commit and tells its name.
    pub(super) fn commit(&self, tree: &str, tip: Option<&str>, message: &str) -> Answer<String> {
        let mut arguments = vec!["commit-tree", tree, "-m", message];
        arguments.extend(tip.map(|tip| ["-p", tip]).into_iter().flatten());
        let mut commit = self.git(&arguments);
        if self.local(&["config", "user.email"], b"").is_err() {
            for who in ["AUTHOR", "COMMITTER"] {
                commit = commit
                    .env(&format!("GIT_{who}_NAME"), "Newsprint")
                    .env(&format!("GIT_{who}_EMAIL"), "newsprint@localhost");
            }
        }
        let made = commit.succeed(b"", |_, said| {
            Fault::lasting(format!("`git commit-tree` failed: {}", last_words(said)))
        })?;
        Ok(trimmed(&made))
    }

    /// Moves the branch from `tip` to a commit, and only from there.
    pub(super) fn push(&self, commit: &str, tip: Option<&str>) -> Answer<()> {
        let head = format!("refs/heads/{}", self.branch);
        let lease = format!("--force-with-lease={head}:{}", tip.unwrap_or_default());
        self.remote(&["push", "--quiet", &lease, "--", &self.address, &format!("{commit}:{head}")])?;
        self.local(&["update-ref", LIVE, commit], b"")?;
        Ok(())
    }

    /// Whether our repository lacks earlier commits.
    pub(super) fn is_shallow(&self) -> bool {
        self.place.join("shallow").exists()
    }

    /// Brings so many commits of the branch into our repository.
    pub(super) fn deepen(&self, depth: usize) -> Answer<()> {
        let head = format!("+refs/heads/{}:{LIVE}", self.branch);
        let depth = format!("--depth={depth}");
        self.remote(&["fetch", "--quiet", &depth, "--no-tags", "--", &self.address, &head]).map(drop)
    }
}

/// What a failure of a call over the network means.
fn judge(code: i32, said: &str) -> Fault {
    let said = last_words(said);
    let is = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if is(&["stale info", "fetch first", "cannot lock ref", "reference already exists"]) {
        return Fault::Busy("somebody else has pushed to the branch in this moment".to_owned());
    }
    if is(&["Authentication failed", "could not read Username", "Permission denied", "403", "401"]) {
        return Fault::lasting(format!(
            "the repository does not let us in: {said} (set {TOKEN}, or load the ssh key)"
        ));
    }
    let passes =
        is(&[
            "Could not resolve host",
            "Connection",
            "connection",
            "timed out",
            "early EOF",
            "hung up",
            "429",
            "500",
            "502",
            "503",
            "504",
            "RPC failed",
        ]) && !is(&["Host key verification failed", "does not appear to be a git repository", "not found"]);
    if passes { Fault::passing(said) } else { Fault::lasting(format!("git (code {code}): {said}")) }
}

fn ssh_command() -> String {
    environment::variable("GIT_SSH_COMMAND").unwrap_or_else(|| "ssh -oBatchMode=yes".to_owned())
}

pub(super) fn trimmed(out: &[u8]) -> String {
    String::from_utf8_lossy(out).trim().to_owned()
}

/// Base64 (RFC 4648) of a text.
pub(super) fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in text.as_bytes().chunks(3) {
        let bits =
            three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let letter = LETTERS[usize::try_from(bits >> (18 - 6 * at) & 63).unwrap_or(0)];
            out.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
