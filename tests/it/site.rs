//! The harness: a newspaper in a temporary folder, built by the binary, with answers about what came out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The instant all tests are built for.
pub(crate) const NOW: &str = "2026-11-24T00:00:00Z";

/// A config that is good for most tests.
pub(crate) const CONFIG: &str = "title: Test Courier\nbase_url: https://news.example/\ntimezone: UTC\n";

/// A newspaper in a folder of its own.
pub(crate) struct SiteTest {
    folder: TempDir,
}

/// What came of one run of the binary.
pub(crate) struct Run {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Run {
    /// What a command that has ended did.
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The run, if it ended with `code`.
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }
}

impl SiteTest {
    /// A newspaper with a config and nothing else.
    pub(crate) fn new() -> Self {
        let site = Self { folder: TempDir::new().expect("a temporary folder") };
        site.file("newsprint.yaml", CONFIG)
    }

    /// Writes a file below the newspaper's root.
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    /// Writes an article: its header's lines without the title and date, and its body.
    pub(crate) fn article(self, path: &str, title: &str, header: &str, body: &str) -> Self {
        let date = if header.contains("date:") { "" } else { "date: 2026-01-02\n" };
        self.file(
            &format!("content/{path}"),
            format!("---\ntitle: \"{title}\"\n{date}{header}---\n\n{body}\n"),
        )
    }

    /// As [`SiteTest::file`], for a site that goes on.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    /// Deletes a file.
    pub(crate) fn delete(&self, path: &str) {
        fs::remove_file(self.path(path)).expect("a file to delete");
    }

    /// A path below the root.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Runs the binary with arguments and environment variables.
    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        let output =
            self.command(arguments).envs(environment.iter().copied()).output().expect("the binary runs");
        Run::of(&output)
    }

    /// Runs the binary.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, &[])
    }

    /// Runs the binary, which has to end within `patience`.
    pub(crate) fn run_for(&self, arguments: &[&str], patience: Duration) -> Run {
        let mut command = self.command(arguments);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let started = Instant::now();
        while child.try_wait().expect("a child to ask").is_none() {
            if started.elapsed() > patience {
                child.kill().expect("a child to end");
                panic!("{arguments:?} took longer than {patience:?}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Run::of(&child.wait_with_output().expect("what it said"))
    }

    /// The binary with this newspaper and arguments, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_newsprint"));
        command.arg("--root").arg(self.folder.path()).args(["--now", NOW]).args(arguments);
        command.env_remove("SOURCE_DATE_EPOCH");
        command
    }

    /// Builds, expecting success.
    pub(crate) fn build(&self) -> Run {
        self.run(&["build"]).expect(0)
    }

    /// A published file.
    pub(crate) fn page(&self, path: &str) -> String {
        let path = self.path("public").join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Whether a file was published.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.path("public").join(path).exists()
    }

    /// Every published file with its bytes.
    pub(crate) fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        tree(&self.path("public"))
    }

    /// The findings of a build, a line each: `severity[code] file:line:col message`.
    pub(crate) fn findings(&self) -> Vec<String> {
        let run = self.run(&["check", "--json"]);
        run.out
            .lines()
            .filter_map(|line| {
                let record: serde_json::Value = serde_json::from_str(line).expect("a JSON object a line");
                let code = record["code"].as_str()?;
                let place = &record["places"][0];
                assert!(!record["help"].as_array().expect("help lines").is_empty(), "no help: {line}");
                Some(format!(
                    "{}[{code}] {}:{}:{} {}",
                    record["severity"].as_str().unwrap_or(""),
                    place["file"].as_str().unwrap_or("?"),
                    place["line"],
                    place["column"],
                    record["message"].as_str().unwrap_or(""),
                ))
            })
            .collect()
    }
}

/// Every file below a folder with its bytes.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in
        walkdir::WalkDir::new(folder).into_iter().flatten().filter(|entry| entry.file_type().is_file())
    {
        let name =
            entry.path().strip_prefix(folder).expect("below the folder").to_string_lossy().replace('\\', "/");
        files.insert(name, fs::read(entry.path()).expect("a readable file"));
    }
    files
}

/// Whether a file's name ends with an extension.
pub(crate) fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| found == extension)
}

/// Says loudly that a test was skipped; with `NEWSPRINT_TEST_ALL` set, a missing component is a failure.
pub(crate) fn skipped(reason: &str) {
    assert!(std::env::var_os("NEWSPRINT_TEST_ALL").is_none(), "{reason}");
    // The test runner captures what `eprintln!` prints, and this line must be seen.
    let line = format!("SKIPPED: {reason}\n");
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).expect("a standard error to write to");
}

/// The files of `src/`, by their paths below it, with their texts.
pub(crate) fn rust_sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name().into_iter().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "rs") {
            let name =
                entry.path().strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
            files.push((name, fs::read_to_string(entry.path()).expect("a source")));
        }
    }
    assert!(files.len() > 30);
    files
}
