//! How long the terms of articles and their related lists take.
//!
//! `cargo bench --bench related -- FOLDER` reads the articles below `FOLDER/content`. Times are of the processor, all
//! threads together, so that a busy machine does not count. `--first` measures first builds only. Without a folder
//! nothing is measured.
#![expect(clippy::print_stdout, reason = "a benchmark's lines are its output")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its input and the clock")]

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use newsprint::archive::related::memory::Memory;
use newsprint::archive::related::{Candidate, relate};
use newsprint::content::sketch::Sketch;
use newsprint::content::terms::{Term, Terms};

/// Newsprint's own allocator: memory counts as it does in a build.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An article as far as it is compared.
#[derive(Clone)]
struct Piece {
    key: u64,
    seconds: i64,
    terms: Terms,
    category: u64,
    authors: Vec<u64>,
}

/// How long a list is by default.
const COUNT: usize = 5;

fn main() {
    let Some(folder) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')) else {
        return;
    };
    let pieces = pieces(&folder);
    let given: Vec<Candidate<'_>> = pieces.iter().map(Piece::given).collect();
    // Linux takes this for: forget the peak.
    _ = std::fs::write("/proc/self/clear_refs", "5");
    println!("memory before: {}", peak());
    measure("first build", 5, || (), |()| relate(&given, COUNT, None));
    println!("peak memory: {}", peak());
    if std::env::args().any(|argument| argument == "--first") {
        return;
    }
    let memory = relate(&given, COUNT, None).into_memory();
    let kept = kept(&memory);
    println!("memory: {} bytes", kept.iter().map(Vec::len).sum::<usize>());
    measure("write memory", 9, || (), |()| memory.write(&|_, _| Ok::<String, ()>(String::new())));
    measure("read memory", 9, || (), |()| brought_back(&kept));
    let update = |name: &str, change: &dyn Fn(&mut Vec<Piece>)| {
        let mut changed = pieces.clone();
        change(&mut changed);
        let kept: HashMap<u64, &Terms> = pieces.iter().map(|piece| (piece.key, &piece.terms)).collect();
        let candidates: Vec<Candidate<'_>> = changed
            .iter()
            .map(|piece| Candidate {
                terms: Some(piece.terms.as_slice())
                    .filter(|terms| kept.get(&piece.key).map(|kept| kept.as_slice()) != Some(*terms)),
                ..piece.given()
            })
            .collect();
        measure(name, 9, || memory.clone(), |memory| relate(&candidates, COUNT, Some(memory)));
    };
    update("nothing changed", &|_| {});
    let middle = pieces.len() / 2;
    let texts = [
        "one word of a body changed twice: sebastopol",
        "the new paragraph of a story speaks of rivers, bridges, tolls, ferries and the minister of transport",
    ];
    for text in texts {
        update("edited body", &|pieces| pieces[middle].add(text));
    }
    update("edited body, rewritten", &|pieces| pieces[middle].terms = pieces[middle + 7].terms.clone());
    update("edited title", &|pieces| pieces[middle].terms = Terms::of("A new title", "", &[], texts[1]));
    update("new article, the newest", &|pieces| {
        let newest = pieces.iter().map(|piece| piece.seconds).max().unwrap_or_default();
        pieces.push(Piece { key: 1, seconds: newest + 60, ..pieces[middle].clone() });
    });
    update("new article, in the middle", &|pieces| pieces.push(Piece { key: 1, ..pieces[middle].clone() }));
    update("removed article", &|pieces| _ = pieces.remove(middle));
    update("another date", &|pieces| pieces[middle].seconds += 86_400 * 30);
    update("another category", &|pieces| pieces[middle].category += 1);
    println!("{}", peak());
}

impl Piece {
    fn given(&self) -> Candidate<'_> {
        Candidate {
            key: self.key,
            seconds: self.seconds,
            terms: Some(self.terms.as_slice()),
            sketch: Sketch::of_bits(self.key | 1),
            category: self.category,
            authors: &self.authors,
            exclude: &[],
        }
    }

    /// Adds the terms of a text, in place of as many others when there would be too many.
    fn add(&mut self, text: &str) {
        let added = Terms::of("", "", &[], text);
        let mut all: BTreeMap<u32, Term> = self
            .terms
            .as_slice()
            .iter()
            .skip(added.as_slice().len())
            .map(|term| (term.hash(), *term))
            .collect();
        all.extend(added.as_slice().iter().map(|term| (term.hash(), *term)));
        self.terms = Terms::kept(all.into_values().collect());
    }
}

fn pieces(folder: &str) -> Vec<Piece> {
    let mut texts = Vec::new();
    for entry in walkdir::WalkDir::new(format!("{folder}/content")).sort_by_file_name().into_iter().flatten()
    {
        if entry.file_type().is_file() {
            texts.extend(std::fs::read_to_string(entry.path()));
        }
    }
    let parts: Vec<Parts<'_>> = texts.iter().filter_map(|text| parts(text)).collect();
    let began = processor();
    let terms: Vec<Terms> = parts
        .iter()
        .map(|parts| Terms::of(parts.key("title"), parts.key("description"), &parts.tags, parts.body))
        .collect();
    let nanos = processor().saturating_sub(began).as_nanos();
    let words = texts.iter().map(|text| text.split_whitespace().count()).sum::<usize>() / texts.len().max(1);
    let kept = terms.iter().map(|terms| terms.as_slice().len()).sum::<usize>();
    let count = texts.len().max(1);
    let each = nanos / count as u128;
    println!("{count} articles of {words} words: {kept} terms, {each} nanoseconds an article");
    println!("peak memory with texts and terms: {}", peak());
    let number = |name: &str| {
        name.bytes().fold(7_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let piece = |(parts, terms): (&Parts<'_>, Terms)| {
        let date = parts.key("date");
        let instant = if date.len() == 10 { format!("{date}T00:00:00Z") } else { date.to_owned() };
        Some(Piece {
            key: number(parts.key("title")),
            seconds: instant.parse::<jiff::Timestamp>().ok()?.as_second(),
            terms,
            category: number(parts.key("category")),
            authors: parts.key("author").split('"').skip(1).step_by(2).map(number).collect(),
        })
    };
    parts.iter().zip(terms).filter_map(piece).collect()
}

/// An article's header by lines, and its body.
struct Parts<'a> {
    header: Vec<(&'a str, &'a str)>,
    tags: Vec<String>,
    body: &'a str,
}

impl<'a> Parts<'a> {
    fn key(&self, name: &str) -> &'a str {
        self.header.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let (header, body) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
    let mut parts = Parts {
        header: header.lines().filter_map(|line| line.split_once(": ")).collect(),
        tags: Vec::new(),
        body,
    };
    parts.tags = parts.key("tags").split('"').skip(1).step_by(2).map(str::to_owned).collect();
    Some(parts)
}

/// Runs `work` on what `prepare` makes, `times` times, and prints the least and the middle time of the work.
fn measure<I, T>(name: &str, times: usize, prepare: impl Fn() -> I, work: impl Fn(I) -> T) {
    let mut millis: Vec<f64> = (0..times)
        .map(|_| {
            let input = prepare();
            let began = processor();
            let output = std::hint::black_box(work(input));
            let took = processor().saturating_sub(began).as_secs_f64() * 1e3;
            drop(output);
            took
        })
        .collect();
    millis.sort_by(f64::total_cmp);
    println!("{name}: least {:.1} ms, median {:.1} ms", millis[0], millis[times / 2]);
}

/// The processor's time that this process has used.
fn processor() -> Duration {
    #[cfg(unix)]
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime).try_into();
    #[cfg(not(unix))]
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    time.unwrap_or_default()
}

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("unknown").to_owned()
}

/// The pieces of a memory, in order.
fn kept(memory: &Memory) -> Vec<Vec<u8>> {
    let pieces = Mutex::new(BTreeMap::new());
    let keep = |_: &str, bytes: &[u8]| {
        let mut pieces = pieces.lock().map_err(drop)?;
        let name = pieces.len().to_string();
        pieces.insert(name.clone(), bytes.to_vec());
        Ok::<String, ()>(name)
    };
    let names = memory.write(&keep).unwrap_or_default();
    let mut pieces = pieces.into_inner().unwrap_or_default();
    names.iter().filter_map(|name| pieces.remove(name)).collect()
}

fn brought_back(pieces: &[Vec<u8>]) -> Option<Memory> {
    let names: Vec<String> = (0..pieces.len()).map(|at| at.to_string()).collect();
    Memory::read(&names, &|name, look| look(&pieces[name.parse::<usize>().ok()?]))
}
