//! The harness of the preview server: the real binary on a port of its own, and questions to it over raw sockets.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::site::SiteTest;

/// How long anything may take that a loaded machine does.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) port: u16,
    said: Arc<Mutex<Vec<String>>>,
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// 0 when the connection ended without one.
    pub(crate) status: u16,
    /// Names in lower case, in order.
    pub(crate) headers: Vec<(String, String)>,
    /// What followed the head.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reads an answer.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let Some(end) = end else { return Self { status: 0, headers: Vec::new(), body: bytes.to_vec() } };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers =
            headers.map(|(name, value)| (name.to_lowercase(), value.trim_start().to_owned())).collect();
        Self { status, headers, body: bytes[end + 4..].to_vec() }
    }

    /// A header's value; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Server {
    /// Serves a newspaper at the instant of all tests, on any port.
    pub(crate) fn of(site: &SiteTest) -> Self {
        Self::with(site, &[])
    }

    /// The same with more arguments.
    pub(crate) fn with(site: &SiteTest, arguments: &[&str]) -> Self {
        let port: &[&str] = if arguments.contains(&"--port") { &[] } else { &["--port", "0"] };
        let command = site.command(&[&["serve", "--json"], port, arguments].concat());
        Self::started(command).expect("a server")
    }

    /// Starts a command that serves; `Err` with what it said when it ended at once.
    pub(crate) fn started(mut command: Command) -> Result<Self, String> {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let said = Arc::new(Mutex::new(Vec::new()));
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut errors = child.stderr.take().expect("its errors");
        let mut told = String::new();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            told.push_str(&line);
            let record: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            record["serving"].as_str()?.trim_end_matches('/').rsplit(':').next()?.parse().ok()
        });
        let Some(port) = port else {
            errors.read_to_string(&mut told).expect("what it said");
            child.wait().expect("an end");
            return Err(told);
        };
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Ok(Self { child, port, said })
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().expect("a child to ask").is_none()
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a signal by name, and tells the exit code and how long it took.
    pub(crate) fn end(mut self, signal: &str) -> (Option<i32>, Duration) {
        let began = Instant::now();
        let sent = Command::new("kill").args([signal, &self.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        let status = self.child.wait().expect("an end");
        (status.code(), began.elapsed())
    }

    /// A connection.
    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.port)
    }

    /// Sends bytes and reads until the server closes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A server that has refused a request early may have closed already.
        let _ = stream.write_all(bytes);
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        Answer::of(&all)
    }

    /// A request with further headers, each ended by `\r\n`.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let port = self.port;
        self.raw(
            format!(
                "{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n{headers}\r\n"
            )
            .as_bytes(),
        )
    }

    /// What is served at a path.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    /// Waits until what is served at a path is as wanted.
    pub(crate) fn wait_for(&self, path: &str, what: &str, is: impl Fn(&Answer) -> bool) -> Answer {
        let began = Instant::now();
        loop {
            let answer = self.get(path);
            if is(&answer) {
                return answer;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "{path} never {what}: {} {}\n{}",
                answer.status,
                answer.text(),
                self.said().join("\n")
            );
            std::thread::sleep(Duration::from_millis(3));
        }
    }

    /// How many descriptors the process has open.
    pub(crate) fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.id())).map_or(0, Iterator::count)
    }

    /// The memory of the process, in MiB.
    pub(crate) fn memory(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok()).unwrap_or(0) / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection to a port of this machine.
pub(crate) fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

/// A served page as it is built: without what the preview puts into it.
pub(crate) fn as_built(page: &[u8]) -> Vec<u8> {
    const BANNER: &[u8] = b"<div id=\"newsprint-banner\">";
    const SCRIPT: &[u8] = b"<script src=\"/__newsprint/live.js\"";
    const END: &[u8] = b"</script>\n";
    let find = |from: usize, what: &[u8]| {
        page[from..].windows(what.len()).position(|part| part == what).map(|at| from + at)
    };
    let Some(script) = find(0, SCRIPT) else { return page.to_vec() };
    let from = find(0, BANNER).filter(|at| *at < script).unwrap_or(script);
    let until = find(script, END).expect("the end of the script") + END.len();
    [&page[..from], &page[until..]].concat()
}
