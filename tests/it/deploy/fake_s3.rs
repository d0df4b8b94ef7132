//! A store that speaks as S3 and Google Cloud Storage do, in memory, and fails as it is told: the n-th request, in one of
//! many ways.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is answered with this status, and nothing is done.
    Status(u16),
    /// The connection ends before the answer; the request was carried out.
    LostAnswer,
    /// The connection ends while the request is read.
    LostRequest,
    /// The answer comes late.
    Slow,
    /// Other bytes are stored than were sent.
    Corrupt,
    /// The client is killed when its request arrives.
    Kill,
    /// From here on nothing is answered but this status.
    Down(u16),
}

/// One object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) bytes: Vec<u8>,
    pub(crate) headers: BTreeMap<String, String>,
}

/// What a reader finds broken in some objects.
type Watch = Box<dyn FnMut(&BTreeMap<String, Object>) -> Vec<String> + Send>;

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Object>,
    requests: Vec<String>,
    received: u64,
    fault: Option<(usize, Fault)>,
    broken: Vec<String>,
    watch: Option<Watch>,
}

/// The server; it ends with the test.
pub(crate) struct FakeS3 {
    state: Arc<Mutex<State>>,
    victim: Arc<AtomicU32>,
    pub(crate) port: u16,
}

impl FakeS3 {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its number").port();
        let state = Arc::new(Mutex::new(State::default()));
        let victim = Arc::new(AtomicU32::new(0));
        let (shared, prey) = (Arc::clone(&state), Arc::clone(&victim));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, prey) = (Arc::clone(&shared), Arc::clone(&prey));
                std::thread::spawn(move || drop(serve(stream, &shared, &prey)));
            }
        });
        Self { state, victim, port }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom `Fault::Kill` kills.
    pub(crate) fn aim(&self, pid: u32) {
        self.victim.store(pid, Ordering::SeqCst);
    }

    /// Begins to count anew, and has the n-th request (from 0) fail.
    pub(crate) fn fail(&self, fault: Option<(usize, Fault)>) {
        let mut state = self.state();
        state.requests.clear();
        state.received = 0;
        state.broken.clear();
        state.fault = fault;
    }

    /// Has a reader look at the site after each change.
    pub(crate) fn watch(&self, watch: impl FnMut(&BTreeMap<String, Object>) -> Vec<String> + Send + 'static) {
        self.state().watch = Some(Box::new(watch));
    }

    /// What readers found broken, at whatever moment.
    pub(crate) fn broken(&self) -> Vec<String> {
        self.state().broken.clone()
    }

    /// The requests since [`FakeS3::fail`], as `METHOD key`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    /// The bytes of the site's own files that came over the wire since [`FakeS3::fail`], whether they were stored or not.
    pub(crate) fn received(&self) -> u64 {
        self.state().received
    }

    pub(crate) fn objects(&self) -> BTreeMap<String, Object> {
        self.state().objects.clone()
    }

    pub(crate) fn insert(&self, key: &str, bytes: &[u8]) {
        let object = Object { bytes: bytes.to_vec(), headers: BTreeMap::new() };
        self.state().objects.insert(key.to_owned(), object);
    }
}

struct Request {
    method: String,
    key: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

fn serve(stream: TcpStream, shared: &Mutex<State>, victim: &AtomicU32) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    while let Some(request) = read(&mut reader)? {
        let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = {
            let mut state = lock();
            let number = state.requests.len();
            state.requests.push(format!("{} {}", request.method, request.key));
            if !is_note(&request.key) {
                state.received += request.body.len() as u64;
            }
            let fault = state.fault;
            fault
                .filter(|(at, fault)| *at == number || (matches!(fault, Fault::Down(_)) && number > *at))
                .map(|(_, f)| f)
        };
        match fault {
            Some(Fault::Kill) => {
                let pid = victim.load(Ordering::SeqCst).to_string();
                let _ = std::process::Command::new("kill").args(["-KILL", &pid]).status();
                return Ok(());
            }
            Some(Fault::LostRequest) => return Ok(()),
            Some(Fault::Status(status) | Fault::Down(status)) => {
                answer(&mut writer, &request, status, &BTreeMap::new(), b"<Error><Code>Made</Code></Error>")?;
                continue;
            }
            Some(Fault::Slow) => std::thread::sleep(Duration::from_millis(250)),
            _ => {}
        }
        let mut state = lock();
        let (status, headers, body) = act(&mut state, &request, fault == Some(Fault::Corrupt));
        // What readers see changes by writes outside our notes.
        if request.method != "GET" && request.method != "HEAD" && !is_note(&request.key) {
            let state = &mut *state;
            let found = state.watch.as_mut().map(|watch| watch(&state.objects)).unwrap_or_default();
            state.broken.extend(found);
        }
        drop(state);
        if fault == Some(Fault::LostAnswer) {
            return Ok(());
        }
        answer(&mut writer, &request, status, &headers, &body)?;
    }
    Ok(())
}

fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (method, target) =
        (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let query = query
        .split('&')
        .filter_map(|pair| Some((decode(pair.split_once('=')?.0), decode(pair.split_once('=')?.1))))
        .collect();
    // `/bucket/key`
    let key = decode(path.trim_start_matches('/').split_once('/').map_or("", |(_, key)| key));
    Ok(Some(Request { method, key, query, headers, body }))
}

fn is_note(key: &str) -> bool {
    key.contains(".newsprint-deploy/")
}

type Answer = (u16, BTreeMap<String, String>, Vec<u8>);

fn act(state: &mut State, request: &Request, corrupt: bool) -> Answer {
    let none = BTreeMap::new;
    match request.method.as_str() {
        "PUT" if copy_source(request).is_some() => {
            let from = copy_source(request).unwrap_or_default();
            let from = percent_encoding::percent_decode_str(from).decode_utf8_lossy();
            let from = from.trim_start_matches('/').split_once('/').map_or("", |(_, key)| key).to_owned();
            let Some(object) = state.objects.get(&from).cloned() else { return (404, none(), Vec::new()) };
            state.objects.insert(request.key.clone(), object);
            (200, none(), b"<CopyObjectResult><ETag>\"x\"</ETag></CopyObjectResult>".to_vec())
        }
        "PUT" => {
            let is_new_only = ["if-none-match", "x-goog-if-generation-match"];
            let is_new_only = is_new_only.iter().any(|name| request.headers.contains_key(*name));
            if is_new_only && state.objects.contains_key(&request.key) {
                return (412, none(), Vec::new());
            }
            let kept = ["content-type", "cache-control", "content-encoding"];
            let is_kept = |name: &str| {
                kept.contains(&name) || name.starts_with("x-amz-meta-") || name.starts_with("x-goog-meta-")
            };
            let headers = request
                .headers
                .iter()
                .filter(|(n, _)| is_kept(n))
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect();
            let mut bytes = request.body.clone();
            if corrupt {
                bytes.push(b'?');
            }
            state.objects.insert(request.key.clone(), Object { bytes, headers });
            let marks = [("etag", "\"x\""), ("x-goog-generation", "1")];
            (200, marks.map(|(name, value)| (name.to_owned(), value.to_owned())).into(), Vec::new())
        }
        "DELETE" => {
            state.objects.remove(&request.key);
            (204, none(), Vec::new())
        }
        "GET" if request.query.contains_key("list-type") => (200, none(), list(state, request)),
        _ => match state.objects.get(&request.key) {
            Some(object) => {
                let mut headers = object.headers.clone();
                headers.insert("etag".to_owned(), "\"x\"".to_owned());
                headers.insert("last-modified".to_owned(), "Tue, 24 Nov 2026 00:00:00 GMT".to_owned());
                (200, headers, object.bytes.clone())
            }
            None => (404, none(), Vec::new()),
        },
    }
}

fn copy_source(request: &Request) -> Option<&str> {
    let headers = &request.headers;
    headers.get("x-amz-copy-source").or_else(|| headers.get("x-goog-copy-source")).map(String::as_str)
}

fn list(state: &State, request: &Request) -> Vec<u8> {
    let prefix = request.query.get("prefix").cloned().unwrap_or_default();
    let mut text = "<ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
    for (key, object) in state.objects.iter().filter(|(key, _)| key.starts_with(&prefix)) {
        let size = object.bytes.len();
        let _ = write!(
            text,
            "<Contents><Key>{key}</Key><LastModified>2026-11-24T00:00:00.000Z</LastModified><ETag>\"x\"</ETag><Size>{size}</Size></Contents>"
        );
    }
    (text + "</ListBucketResult>").into_bytes()
}

fn answer(
    writer: &mut TcpStream,
    request: &Request,
    status: u16,
    headers: &BTreeMap<String, String>,
    body: &[u8],
) -> std::io::Result<()> {
    let mut text = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    writer.write_all(text.as_bytes())?;
    if request.method != "HEAD" {
        writer.write_all(body)?;
    }
    writer.flush()
}
