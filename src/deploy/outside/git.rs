//! A branch of a Git repository, as GitHub, GitLab and Codeberg Pages serve one.
//!
//! The commit is made by Git's plumbing in a repository of our own, with an index of our own: nobody's work tree is
//! looked at, checked out or cleaned. A push that somebody else was quicker than is refused by the lease.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::child::{Child, last_words};
use super::environment;
use super::tree;
use crate::deploy::digest::Digest;
use crate::deploy::listing::{Item, is_inside};
use crate::deploy::record::{FOLDER, Record};
use crate::deploy::store::{Answer, Fault, Form, Parcel, Sent, Store};

/// Where our repository remembers what is live.
const LIVE: &str = "refs/newsprint/live";

/// How many commits a rollback looks through.
const DEPTH: usize = 50;

/// The environment variable with the token for repositories behind https.
const TOKEN: &str = "NEWSPRINT_GIT_TOKEN";

/// What Git calls an object that is not there.
const NONE: &str = "0000000000000000000000000000000000000000";

/// A branch as a target.
#[derive(Debug)]
pub(super) struct Git {
    repository: String,
    branch: String,
    /// Our own repository.
    place: PathBuf,
    state: Mutex<State>,
}

/// What will be in the commit, and what is known of the branch.
#[derive(Debug, Default)]
struct State {
    tip: Option<String>,
    /// The objects of files and notes to add, by path.
    puts: BTreeMap<String, String>,
    removes: BTreeSet<String>,
    /// The commits of editions.
    commits: HashMap<String, String>,
}

impl Git {
    /// The branch of a repository; `root` is where relative paths begin, `place` the folder for our own repository.
    pub(super) fn new(repository: &str, branch: &str, root: &Path, place: PathBuf) -> Self {
        let is_path = !repository.contains(':') && !repository.starts_with('/');
        let repository =
            if is_path { root.join(repository).to_string_lossy().into_owned() } else { repository.to_owned() };
        Self { repository, branch: branch.to_owned(), place, state: Mutex::new(State::default()) }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn local(&self, arguments: &[&str], input: &[u8]) -> Answer<Vec<u8>> {
        let act = arguments.first().copied().unwrap_or_default();
        self.git(arguments).succeed(input, |code, said| {
            Fault::lasting(format!("`git {act}` failed (code {code}): {}", last_words(said)))
        })
    }

    /// Runs Git with the network, and with the token for it.
    fn remote(&self, arguments: &[&str]) -> Answer<Vec<u8>> {
        let mut child = self.git(arguments);
        if let Some(token) = environment::secret(TOKEN).filter(|_| self.repository.starts_with("http")) {
            // Neither in an argument nor in a file, and for this address only.
            let header = format!("Authorization: Basic {}", base64(&format!("x-access-token:{}", token.reveal())));
            child = child
                .env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", format!("http.{}.extraHeader", self.repository))
                .env("GIT_CONFIG_VALUE_0", header);
        }
        child.succeed(b"", |code, said| judge(code, said))
    }

    /// Brings what is live into our repository.
    fn fetch(&self) -> Answer<Option<String>> {
        if !self.place.join("HEAD").exists() {
            std::fs::create_dir_all(&self.place).map_err(|error| tree::failed("make the folder", &self.place, &error))?;
            self.local(&["init", "--quiet", "--bare"], b"")?;
        }
        let head = format!("refs/heads/{}", self.branch);
        let listed = self.remote(&["ls-remote", "--", &self.repository, &head])?;
        let text = String::from_utf8_lossy(&listed);
        let tip = text.lines().find_map(|line| {
            let (object, name) = line.split_once('\t')?;
            (name == head).then(|| object.to_owned())
        });
        if let Some(tip) = &tip
            && self.local(&["rev-parse", "--quiet", "--verify", LIVE], b"").ok().map(|out| trimmed(&out)).as_ref()
                != Some(tip)
        {
            let to = format!("+{head}:{LIVE}");
            self.remote(&["fetch", "--quiet", "--depth=1", "--no-tags", "--", &self.repository, &to])?;
        }
        self.state().tip.clone_from(&tip);
        Ok(tip)
    }

    /// The bytes of objects, by names such as `COMMIT:PATH`.
    fn objects(&self, names: &[String]) -> Answer<Vec<Option<Vec<u8>>>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let input: String = names.iter().map(|name| format!("{name}\n")).collect();
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

    fn paths(&self) -> Answer<BTreeSet<String>> {
        let Some(tip) = self.state().tip.clone() else { return Ok(BTreeSet::new()) };
        let out = self.local(&["ls-tree", "-r", "-z", "--name-only", &tip], b"")?;
        Ok(out.split(|c| *c == 0).filter(|p| !p.is_empty()).map(|p| String::from_utf8_lossy(p).into_owned()).collect())
    }

    /// The commits of the branch with their editions, newest first.
    fn history(&self) -> Answer<Vec<(String, String)>> {
        let Some(tip) = self.state().tip.clone() else { return Ok(Vec::new()) };
        let depth = DEPTH.to_string();
        let log = self.local(&["log", "--first-parent", "--format=%H", "-n", &depth, &tip], b"")?;
        let commits: Vec<String> = String::from_utf8_lossy(&log).lines().map(str::to_owned).collect();
        let names: Vec<String> = commits.iter().map(|commit| format!("{commit}:{FOLDER}/record.json")).collect();
        let records = self.objects(&names)?;
        let pairs = commits.into_iter().zip(records);
        Ok(pairs
            .filter_map(|(commit, bytes)| Some((Record::parse(&bytes?).ok()?.id, commit)))
            .collect())
    }

    /// Writes bytes into our repository and tells their name.
    fn object(&self, bytes: &[u8]) -> Answer<String> {
        Ok(trimmed(&self.local(&["hash-object", "-w", "--stdin"], bytes)?))
    }

    /// What `git update-index --index-info` reads: what the commit has and the tip has not, and the other way round.
    fn changes(&self, record: &[u8]) -> Answer<Vec<u8>> {
        let mut puts = self.state().puts.clone();
        let mut removes = self.state().removes.clone();
        puts.insert(format!("{FOLDER}/record.json"), self.object(record)?);
        let there = self.paths()?;
        if !there.contains(".nojekyll") {
            // Pages of GitHub leave out what begins with `_` or `.` unless told so.
            puts.insert(".nojekyll".to_owned(), self.object(b"")?);
        }
        if let Ok(record) = Record::parse(record) {
            let needed: BTreeSet<String> =
                record.lists.iter().map(|name| format!("{FOLDER}/lists/{name}")).collect();
            let lists = there.iter().filter(|path| path.starts_with(&format!("{FOLDER}/lists/")));
            removes.extend(lists.filter(|path| !needed.contains(*path)).cloned());
        }
        let mut input = Vec::new();
        for path in removes.iter().filter(|path| there.contains(*path) && !puts.contains_key(*path)) {
            input.extend_from_slice(format!("0 {NONE}\t{path}\0").as_bytes());
        }
        for (path, object) in &puts {
            input.extend_from_slice(format!("100644 {object}\t{path}\0").as_bytes());
        }
        Ok(input)
    }

    fn push(&self, commit: &str, tip: Option<&str>) -> Answer<()> {
        let head = format!("refs/heads/{}", self.branch);
        let lease = format!("--force-with-lease={head}:{}", tip.unwrap_or_default());
        self.remote(&["push", "--quiet", &lease, "--", &self.repository, &format!("{commit}:{head}")])?;
        self.local(&["update-ref", LIVE, commit], b"")?;
        self.state().tip = Some(commit.to_owned());
        Ok(())
    }
}

impl Store for Git {
    fn shown(&self) -> String {
        let plain = environment::Redactor::default().clean(&self.repository);
        format!("`{plain}`, branch `{}`", self.branch)
    }

    fn form(&self) -> Form {
        Form::Whole
    }

    fn live(&self) -> Answer<Option<Vec<u8>>> {
        let Some(tip) = self.fetch()? else { return Ok(None) };
        let found = self.objects(&[format!("{tip}:{FOLDER}/record.json")])?;
        Ok(found.into_iter().next().flatten())
    }

    fn read(&self, names: &[String]) -> Answer<Vec<Option<Vec<u8>>>> {
        let state = self.state();
        let tip = state.tip.clone().unwrap_or_else(|| NONE.to_owned());
        let name = |name: &String| {
            let id = name.strip_prefix("editions/").and_then(|name| name.strip_suffix(".json"));
            match id.and_then(|id| state.commits.get(id)) {
                Some(commit) => format!("{commit}:{FOLDER}/record.json"),
                None => format!("{tip}:{FOLDER}/{name}"),
            }
        };
        let names: Vec<String> = names.iter().map(name).collect();
        drop(state);
        let mut found = self.objects(&names)?;
        // The lists of an earlier edition are in its own commit.
        for (at, name) in names.iter().enumerate().filter(|(_, name)| name.contains("/lists/")) {
            if found[at].is_none() {
                let commits: Vec<String> = self.state().commits.values().cloned().collect();
                let path = name.split_once(':').map_or("", |(_, path)| path);
                let elsewhere: Vec<String> = commits.iter().map(|commit| format!("{commit}:{path}")).collect();
                found[at] = self.objects(&elsewhere)?.into_iter().flatten().next();
            }
        }
        Ok(found)
    }

    fn write(&self, notes: &[(String, Vec<u8>)]) -> Answer<()> {
        // The lease keeps others out, and the branch shows nothing half done: other notes have no use.
        for (name, bytes) in notes.iter().filter(|(name, _)| name.starts_with("lists/")) {
            let object = self.object(bytes)?;
            self.state().puts.insert(format!("{FOLDER}/{name}"), object);
        }
        Ok(())
    }

    fn create(&self, _: &str, _: &[u8]) -> Answer<bool> {
        Ok(true)
    }

    fn erase(&self, _: &[String]) -> Answer<()> {
        Ok(())
    }

    fn editions(&self) -> Answer<Vec<String>> {
        let is_idle = self.state().puts.is_empty();
        if is_idle && self.place.join("shallow").exists() {
            let head = format!("+refs/heads/{}:{LIVE}", self.branch);
            let depth = format!("--depth={DEPTH}");
            self.remote(&["fetch", "--quiet", &depth, "--no-tags", "--", &self.repository, &head])?;
        }
        let history = self.history()?;
        let mut state = self.state();
        for (id, commit) in &history {
            state.commits.entry(id.clone()).or_insert_with(|| commit.clone());
        }
        let ids: BTreeSet<String> = history.into_iter().map(|(id, _)| id).collect();
        Ok(ids.into_iter().collect())
    }

    fn strangers(&self, most: usize) -> Answer<Vec<String>> {
        let ours = format!("{FOLDER}/");
        Ok(self.paths()?.into_iter().filter(|path| !path.starts_with(&ours)).take(most).collect())
    }

    fn occupied(&self, paths: &[&str]) -> Answer<Vec<bool>> {
        let there = self.paths()?;
        Ok(paths.iter().map(|path| there.contains(*path)).collect())
    }

    fn open(&self, _: &str, _: Option<&str>) -> Answer<bool> {
        Ok(false)
    }

    fn already(&self, items: &[&Item]) -> Answer<Vec<bool>> {
        Ok(vec![false; items.len()])
    }

    fn put(&self, parcels: &[Parcel], sent: Sent<'_>) -> Answer<()> {
        let mut list = Vec::new();
        for parcel in parcels.iter().filter(|parcel| is_inside(&parcel.item.path)) {
            list.extend_from_slice(parcel.place.to_string_lossy().as_bytes());
            list.push(b'\n');
        }
        let out = self.local(&["hash-object", "-w", "--no-filters", "--stdin-paths"], &list)?;
        let text = String::from_utf8_lossy(&out);
        let objects: Vec<&str> = text.lines().collect();
        if objects.len() != parcels.len() {
            return Err(Fault::lasting("`git hash-object` did not take every file"));
        }
        let mut state = self.state();
        for (parcel, object) in parcels.iter().zip(objects) {
            state.puts.insert(parcel.item.path.clone(), object.to_owned());
            sent(parcel.item.size);
        }
        Ok(())
    }

    fn remove(&self, paths: &[&str]) -> Answer<()> {
        self.state().removes.extend(paths.iter().map(|path| (*path).to_owned()));
        Ok(())
    }

    fn digests(&self, paths: &[&str]) -> Answer<Vec<Option<Digest>>> {
        // The commit names every byte; what was pushed is what its objects hold.
        let puts = self.state().puts.clone();
        let names: Vec<String> =
            paths.iter().map(|path| puts.get(*path).cloned().unwrap_or_else(|| NONE.to_owned())).collect();
        Ok(self.objects(&names)?.into_iter().map(|bytes| bytes.map(|bytes| Digest::of(&bytes))).collect())
    }

    fn publish(&self, id: &str, record: &[u8]) -> Answer<()> {
        let tip = self.state().tip.clone();
        let changes = self.changes(record)?;
        match &tip {
            Some(tip) => self.local(&["read-tree", tip], b"")?,
            None => self.local(&["read-tree", "--empty"], b"")?,
        };
        self.local(&["update-index", "-z", "--index-info"], &changes)?;
        let tree = trimmed(&self.local(&["write-tree"], b"")?);
        let message = format!("Deploy {id}");
        let mut arguments = vec!["commit-tree", &tree, "-m", &message];
        arguments.extend(tip.as_deref().map(|tip| ["-p", tip]).into_iter().flatten());
        let mut commit = self.git(&arguments);
        if self.local(&["config", "user.email"], b"").is_err() {
            for who in ["AUTHOR", "COMMITTER"] {
                commit = commit
                    .env(&format!("GIT_{who}_NAME"), "Newsprint")
                    .env(&format!("GIT_{who}_EMAIL"), "newsprint@localhost");
            }
        }
        let commit = commit.succeed(b"", |_, said| {
            Fault::lasting(format!("`git commit-tree` failed: {}", last_words(said)))
        })?;
        self.push(&trimmed(&commit), tip.as_deref())
    }

    fn go_back(&self, id: &str) -> Answer<()> {
        let (tip, commit) = {
            let state = self.state();
            (state.tip.clone(), state.commits.get(id).cloned())
        };
        let commit = commit.ok_or_else(|| Fault::lasting(format!("no commit holds the edition `{id}`")))?;
        self.push(&commit, tip.as_deref())
    }

    fn discard(&self, _: &str) -> Answer<()> {
        Ok(())
    }

    fn keep(&self, _: &[(&str, Digest)]) -> Answer<()> {
        Ok(())
    }

    fn kept(&self, digests: &[Digest]) -> Answer<Vec<bool>> {
        Ok(vec![true; digests.len()])
    }

    fn restore(&self, _: &[&Item]) -> Answer<()> {
        Ok(())
    }

    fn forget(&self, _: &[Digest]) -> Answer<()> {
        Ok(())
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
        return Fault::lasting(format!("the repository does not let us in: {said} (set {TOKEN}, or load the ssh key)"));
    }
    let passes = is(&[
        "Could not resolve host", "Connection", "connection", "timed out", "early EOF", "hung up", "429", "500",
        "502", "503", "504", "RPC failed",
    ]) && !is(&["Host key verification failed", "does not appear to be a git repository", "not found"]);
    if passes { Fault::passing(said) } else { Fault::lasting(format!("git (code {code}): {said}")) }
}

fn ssh_command() -> String {
    environment::variable("GIT_SSH_COMMAND").unwrap_or_else(|| "ssh -oBatchMode=yes".to_owned())
}

fn trimmed(out: &[u8]) -> String {
    String::from_utf8_lossy(out).trim().to_owned()
}

/// Base64 (RFC 4648) of a text.
pub(super) fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in text.as_bytes().chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let letter = LETTERS[usize::try_from(bits >> (18 - 6 * at) & 63).unwrap_or(0)];
            out.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
