//! A branch of a Git repository, as GitHub, GitLab and Codeberg Pages serve one.
//!
//! The commit is made by Git's plumbing in a repository of our own, with an index of our own: nobody's work tree is
//! looked at, checked out or cleaned. A push that somebody else was quicker than is refused by the lease.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::repository::{Repository, trimmed};
use crate::deploy::digest::Digest;
use crate::deploy::listing::{Item, Listing, is_inside};
use crate::deploy::record::{FOLDER, Record};
use crate::deploy::store::{Answer, Fault, Form, Parcel, Sending, Store};

/// How many commits a rollback looks through.
const DEPTH: usize = 50;

/// What Git calls an object that is not there.
const NONE: &str = "0000000000000000000000000000000000000000";

/// A branch as a target.
#[derive(Debug)]
pub(super) struct Git {
    repository: Repository,
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
        Self {
            repository: Repository::new(repository, branch, root, place),
            state: Mutex::new(State::default()),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn paths(&self) -> Answer<BTreeSet<String>> {
        let Some(tip) = self.state().tip.clone() else { return Ok(BTreeSet::new()) };
        let out = self.repository.local(&["ls-tree", "-r", "-z", "--name-only", &tip], b"")?;
        Ok(out
            .split(|c| *c == 0)
            .filter(|p| !p.is_empty())
            .map(|p| String::from_utf8_lossy(p).into_owned())
            .collect())
    }

    /// The commits of the branch with their editions, newest first.
    fn history(&self) -> Answer<Vec<(String, String)>> {
        let Some(tip) = self.state().tip.clone() else { return Ok(Vec::new()) };
        let depth = DEPTH.to_string();
        let log =
            self.repository.local(&["log", "--first-parent", "--format=%H", "-n", &depth, &tip], b"")?;
        let commits: Vec<String> = String::from_utf8_lossy(&log).lines().map(str::to_owned).collect();
        let names: Vec<String> =
            commits.iter().map(|commit| format!("{commit}:{FOLDER}/record.json")).collect();
        let records = self.repository.objects(&names)?;
        let pairs = commits.into_iter().zip(records);
        Ok(pairs.filter_map(|(commit, bytes)| Some((Record::parse(&bytes?).ok()?.id, commit))).collect())
    }

    fn push(&self, commit: &str, tip: Option<&str>) -> Answer<()> {
        self.repository.push(commit, tip)?;
        self.state().tip = Some(commit.to_owned());
        Ok(())
    }

    /// The tree of an earlier commit, with what others have put into the branch since: of the tip's files, ours go.
    fn tree_of_then(&self, earlier: &str) -> Answer<String> {
        let tip = self.state().tip.clone();
        let now = self.ours(tip.as_deref())?;
        let then = self.ours(Some(earlier))?;
        let tip = tip.unwrap_or_default();
        self.repository.local(&["read-tree", &tip], b"")?;
        let listed = self.repository.local(&["ls-tree", "-r", "-z", earlier], b"")?;
        let mut input = Vec::new();
        let gone = self.paths()?.into_iter().filter(|path| now.contains(path) || is_note(path));
        for path in gone {
            input.extend_from_slice(format!("0 {NONE}\t{path}\0").as_bytes());
        }
        for line in listed.split(|c| *c == 0).filter(|line| !line.is_empty()) {
            let path = line.split(|c| *c == b'\t').nth(1).map(String::from_utf8_lossy).unwrap_or_default();
            if then.contains(path.as_ref()) || is_note(&path) {
                // `100644 blob OBJECT<tab>PATH`, as `--index-info` takes it.
                input.extend_from_slice(line);
                input.push(0);
            }
        }
        self.repository.local(&["update-index", "-z", "--index-info"], &input)?;
        Ok(trimmed(&self.repository.local(&["write-tree"], b"")?))
    }

    /// The files that we have put into a commit.
    fn ours(&self, commit: Option<&str>) -> Answer<BTreeSet<String>> {
        let Some(commit) = commit else { return Ok(BTreeSet::new()) };
        let lost = || Fault::lasting(format!("the records in the commit {commit} are damaged"));
        let record = self.repository.objects(&[format!("{commit}:{FOLDER}/record.json")])?;
        let record = record.into_iter().next().flatten().ok_or_else(lost)?;
        let record = Record::parse(&record).map_err(|_| lost())?;
        let names: Vec<String> =
            record.lists.iter().map(|name| format!("{commit}:{FOLDER}/lists/{name}")).collect();
        let lists = record.lists.iter().cloned().zip(self.repository.objects(&names)?);
        let lists = lists.filter_map(|(name, bytes)| Some((name, bytes?))).collect();
        let files = Listing::from_lists(&record.lists, &lists).ok_or_else(lost)?;
        let retired = record.retired.into_iter().map(|old| old.path);
        Ok(files.items().iter().map(|item| item.path.clone()).chain(retired).collect())
    }

    /// What `git update-index --index-info` reads: what the commit has and the tip has not, and the other way round.
    fn changes(&self, record: &[u8]) -> Answer<Vec<u8>> {
        let mut puts = self.state().puts.clone();
        let mut removes = self.state().removes.clone();
        puts.insert(format!("{FOLDER}/record.json"), self.repository.object(record)?);
        let there = self.paths()?;
        if !there.contains(".nojekyll") {
            // Pages of GitHub leave out what begins with `_` or `.` unless told so.
            puts.insert(".nojekyll".to_owned(), self.repository.object(b"")?);
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
}

/// Whether a path in the branch is one of our notes.
fn is_note(path: &str) -> bool {
    path.strip_prefix(FOLDER).is_some_and(|rest| rest.starts_with('/'))
}

impl Store for Git {
    fn shown(&self) -> String {
        self.repository.shown()
    }

    fn form(&self) -> Form {
        Form::Whole
    }

    fn live(&self) -> Answer<Option<Vec<u8>>> {
        let tip = self.repository.fetch()?;
        self.state().tip.clone_from(&tip);
        let Some(tip) = tip else { return Ok(None) };
        let found = self.repository.objects(&[format!("{tip}:{FOLDER}/record.json")])?;
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
        let mut found = self.repository.objects(&names)?;
        // The lists of an earlier edition are in its own commit.
        for (at, name) in names.iter().enumerate().filter(|(_, name)| name.contains("/lists/")) {
            if found[at].is_none() {
                let commits: Vec<String> = self.state().commits.values().cloned().collect();
                let path = name.split_once(':').map_or("", |(_, path)| path);
                let elsewhere: Vec<String> =
                    commits.iter().map(|commit| format!("{commit}:{path}")).collect();
                found[at] = self.repository.objects(&elsewhere)?.into_iter().flatten().next();
            }
        }
        Ok(found)
    }

    fn write(&self, notes: &[(String, Vec<u8>)]) -> Answer<()> {
        // The lease keeps others out, and the branch shows nothing half done: other notes have no use.
        for (name, bytes) in notes.iter().filter(|(name, _)| name.starts_with("lists/")) {
            let object = self.repository.object(bytes)?;
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
        if is_idle && self.repository.is_shallow() {
            self.repository.deepen(DEPTH)?;
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

    fn put(&self, parcels: &[Parcel], sending: Sending<'_>) -> Answer<()> {
        let mut list = Vec::new();
        for parcel in parcels.iter().filter(|parcel| is_inside(&parcel.item.path)) {
            list.extend_from_slice(parcel.place.to_string_lossy().as_bytes());
            list.push(b'\n');
        }
        let out = self.repository.local(&["hash-object", "-w", "--no-filters", "--stdin-paths"], &list)?;
        let text = String::from_utf8_lossy(&out);
        let objects: Vec<&str> = text.lines().collect();
        if objects.len() != parcels.len() {
            return Err(Fault::lasting("`git hash-object` did not take every file"));
        }
        let mut state = self.state();
        for (parcel, object) in parcels.iter().zip(objects) {
            state.puts.insert(parcel.item.path.clone(), object.to_owned());
            (sending.heard)(parcel.item.size);
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
        Ok(self
            .repository
            .objects(&names)?
            .into_iter()
            .map(|bytes| bytes.map(|bytes| Digest::of(&bytes)))
            .collect())
    }

    fn publish(&self, id: &str, record: &[u8]) -> Answer<()> {
        let tip = self.state().tip.clone();
        let changes = self.changes(record)?;
        match &tip {
            Some(tip) => self.repository.local(&["read-tree", tip], b"")?,
            None => self.repository.local(&["read-tree", "--empty"], b"")?,
        };
        self.repository.local(&["update-index", "-z", "--index-info"], &changes)?;
        let tree = trimmed(&self.repository.local(&["write-tree"], b"")?);
        let commit = self.repository.commit(&tree, tip.as_deref(), &format!("Deploy {id}"))?;
        self.push(&commit, tip.as_deref())
    }

    fn go_back(&self, id: &str) -> Answer<()> {
        let (tip, commit) = {
            let state = self.state();
            (state.tip.clone(), state.commits.get(id).cloned())
        };
        let earlier = commit.ok_or_else(|| Fault::lasting(format!("no commit holds the edition `{id}`")))?;
        // The files of then in a new commit: nothing is lost, and a branch that takes no forced push takes it.
        let tree = self.tree_of_then(&earlier)?;
        let commit = self.repository.commit(&tree, tip.as_deref(), &format!("Go back to {id}"))?;
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
