//! Faults at every request: after each, readers find no page without its assets and no dead link, the same command
//! finishes, sends next to nothing twice, and what is there equals the output.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use super::buckets::{KEYS, public, run, shown, target};
use super::crawl::Reader;
use super::fake_s3::{FakeS3, Fault, Object};
use super::paper;
use crate::site::SiteTest;

const STORIES: usize = 9;

/// Chance from a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % sides as u64).expect("small")
    }
}

const FAULTS: [Fault; 12] = [
    Fault::Kill,
    Fault::Kill,
    Fault::Kill,
    Fault::LostAnswer,
    Fault::LostRequest,
    Fault::Slow,
    Fault::Corrupt,
    Fault::Status(403),
    Fault::Status(429),
    Fault::Status(500),
    Fault::Status(503),
    Fault::Down(403),
];

/// Adds, changes and deletes at random.
fn change(site: &SiteTest, dice: &mut Dice, round: usize) {
    for _ in 0..=dice.roll(3) {
        let number = dice.roll(STORIES);
        let category = ["city", "sport", "world"][number % 3];
        let path = format!("content/{category}/s{number}.md");
        let story = |title: &str, tags: &str| {
            let date = format!("2026-0{}-0{}", 1 + number % 9, 1 + number % 7);
            site.write(
                &path,
                format!(
                    "---\ntitle: {title}\ndate: {date}\nauthor: Asha Rao\ntags: [{tags}]\n---\n\nText.\n"
                ),
            );
        };
        match dice.roll(7) {
            0 if site.path(&path).exists() && number > 3 => site.delete(&path),
            1 => site.write(
                &format!("content/category-{round}/new-{round}.md"),
                format!("---\ntitle: New {round}\ndate: 2026-02-03\ntags: [t{round}]\nauthor: Author {round}\n---\n\nx\n"),
            ),
            2 => site.write("static/style.css", format!("body {{ margin: {round}px }}")),
            // A story that is there leads to a list that was not.
            3 => story(&format!("Tagged {round}"), &format!("harbour, tag-{round}")),
            _ => story(&format!("Round {round}, story {number}"), "harbour"),
        }
    }
    // What was added goes again, so that the site stays small.
    for old in (0..round.saturating_sub(3)).rev().take(2) {
        let _ = std::fs::remove_dir_all(site.path(&format!("content/category-{old}")));
    }
    site.build();
}

/// A reader of the bucket at every moment: dead links, missing assets, and assets that an open page may still ask for.
fn watch() -> impl FnMut(&BTreeMap<String, Object>) -> Vec<String> {
    let (mut reader, mut open) = (Reader::default(), BTreeSet::new());
    move |objects| {
        let get = |path: &str| objects.get(&format!("site/{path}"));
        let mut broken = reader.broken(|path| get(path).map(|object| object.bytes.as_slice()));
        let home = get("index.html").map(|home| String::from_utf8_lossy(&home.bytes).into_owned());
        let named = home.as_deref().unwrap_or_default().split(['"', ' ']).filter_map(|word| {
            let path = word.strip_prefix('/')?;
            is_asset(path).then(|| path.to_owned())
        });
        open.extend(named);
        broken.extend(
            open.iter().filter(|path| get(path).is_none()).map(|path| format!("an open page → {path}")),
        );
        broken
    }
}

const DEPLOY: [&str; 7] = ["deploy", "--yes", "--max-delete", "500", "--allow-shrink", "500", "--json"];

/// The bytes of the output that are not in the bucket.
fn missing(site: &SiteTest, store: &FakeS3) -> Vec<u64> {
    let there = shown(&store.objects());
    let files = public(site).into_iter().filter(|(path, bytes)| there.get(path) != Some(bytes));
    files.map(|(_, bytes)| bytes.len() as u64).collect()
}

/// Every part of the campaign has a site of its own, and they run side by side.
const PARTS: u64 = 4;

fn campaign(part: u64) {
    let number =
        |name: &str, usual: u64| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (all, seed) = (number("NEWSPRINT_DEPLOY_FAULTS", 300), number("NEWSPRINT_DEPLOY_SEED", 20_261_126));
    let rounds = usize::try_from(all / PARTS + u64::from(part < all % PARTS)).expect("small");
    let mut dice = Dice(seed + part);
    let store = FakeS3::start();
    let site = paper(STORIES, &target(store.port, ", keep: 1, grace_days: 1"));
    run(&site, &["deploy"]).expect(0);
    store.watch(watch());
    let (mut most_twice, mut failed) = (0.0_f64, 0);
    for round in 0..rounds {
        change(&site, &mut dice, round);
        let sizes = missing(&site, &store);
        let (bytes, largest) = (sizes.iter().sum::<u64>(), sizes.iter().copied().max().unwrap_or(0));
        // Each file is looked at or put aside, sent and read again; there are notes to read and write before and after.
        let (at, fault) = (dice.roll(3 * sizes.len() + 20), FAULTS[dice.roll(FAULTS.len())]);
        store.fail(Some((at, fault)));
        let mut command = site.command(&DEPLOY);
        let mut child =
            command.envs(KEYS).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        store.aim(child.id());
        let code = child.wait().expect("ended").code();
        let first = store.received();
        let what =
            format!("seed {seed}, part {part}, round {round}: {fault:?} at request {at}, code {code:?}");
        assert!(matches!(code, None | Some(0 | 74)), "{what}");
        assert!(store.broken().is_empty(), "{what}: {:?}", store.broken());
        failed += u32::from(code != Some(0));
        store.fail(None);
        let again = run(&site, &DEPLOY).expect(0);
        assert!(store.broken().is_empty(), "{what}, then: {:?}", store.broken());
        assert!(
            shown_without_old_assets(&store, &site),
            "{what}: what is there is not the output: {}",
            again.out
        );
        let twice = (first + store.received()).saturating_sub(bytes);
        assert!(
            twice <= bytes / 20 + largest,
            "{what}: {twice} of {bytes} bytes were sent twice, the largest {largest}"
        );
        #[expect(clippy::cast_precision_loss, reason = "a figure to print")]
        let share = twice.saturating_sub(largest) as f64 / bytes.max(1) as f64;
        most_twice = most_twice.max(share);
    }
    let line = format!(
        "{rounds} faults, {failed} stopped a deploy; besides one file, at most {:.1} % of the bytes were sent twice\n",
        most_twice * 100.0
    );
    std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes())
        .expect("a standard output to write to");
}

/// No fault shows half a site or keeps the next deploy from finishing.
mod no_fault_does_harm {
    #[test]
    fn first_part() {
        super::campaign(0);
    }

    #[test]
    fn second_part() {
        super::campaign(1);
    }

    #[test]
    fn third_part() {
        super::campaign(2);
    }

    #[test]
    fn fourth_part() {
        super::campaign(3);
    }
}

fn is_asset(path: &str) -> bool {
    path.starts_with("style.") && path.len() > 12
}

/// Whether the bucket shows the output, and beside it nothing but assets of earlier editions.
fn shown_without_old_assets(store: &FakeS3, site: &SiteTest) -> bool {
    let (there, wanted) = (shown(&store.objects()), public(site));
    wanted.iter().all(|(path, bytes)| there.get(path) == Some(bytes))
        && there.keys().all(|path| wanted.contains_key(path) || is_asset(path))
}
