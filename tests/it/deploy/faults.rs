//! Faults at every request: after each, readers find no page without its assets and no dead link, the same command
//! finishes, sends next to nothing twice, and what is there equals the output.

use std::collections::BTreeMap;

use super::buckets::{KEYS, public, run, shown, target};
use super::crawl::broken;
use super::fake_s3::{FakeS3, Fault, Object};
use super::{edit, paper};
use crate::site::SiteTest;

const STORIES: usize = 15;

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

/// Adds, changes and deletes at random; whether something is deleted.
fn change(site: &SiteTest, dice: &mut Dice, round: usize) {
    for _ in 0..=dice.roll(3) {
        let number = dice.roll(STORIES);
        let category = ["city", "sport", "world"][number % 3];
        let path = format!("content/{category}/s{number}.md");
        match dice.roll(6) {
            0 if site.path(&path).exists() && number > 3 => site.delete(&path),
            1 => site.write(
                &format!("content/category-{round}/new-{round}.md"),
                format!("---\ntitle: New {round}\ndate: 2026-02-03\ntags: [t{round}]\nauthor: Author {round}\n---\n\nx\n"),
            ),
            2 => site.write("static/style.css", format!("body {{ margin: {round}px }}")),
            _ => edit(site, number, &format!("Round {round}, story {number}")),
        }
    }
    site.build();
}

fn watch(objects: &BTreeMap<String, Object>) -> Vec<String> {
    broken(|path| objects.get(&format!("site/{path}")).map(|object| object.bytes.clone()))
}

#[test]
fn no_fault_shows_half_a_site_or_keeps_the_next_deploy_from_finishing() {
    let number =
        |name: &str, usual: u64| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (rounds, seed) = (number("NEWSPRINT_DEPLOY_FAULTS", 24), number("NEWSPRINT_DEPLOY_SEED", 20_261_126));
    let mut dice = Dice(seed);
    let store = FakeS3::start();
    let site = paper(STORIES, &target(store.port, ", keep: 1, grace_days: 1"));
    run(&site, &["deploy"]).expect(0);
    store.watch(watch);
    let arguments = ["deploy", "--yes", "--max-delete", "500", "--allow-shrink", "500", "--json"];
    let (mut most_twice, mut failed) = (0.0_f64, 0);
    for round in 0..usize::try_from(rounds).expect("small") {
        change(&site, &mut dice, round);
        let plan =
            run(&site, &["deploy", "-n", "--max-delete", "500", "--allow-shrink", "500", "--json"]).expect(0);
        let plan: serde_json::Value =
            serde_json::from_str(plan.out.lines().last().expect("a line")).expect("JSON");
        let bytes = plan["plan"]["bytes"].as_u64().expect("a number");
        let largest = public(&site).values().map(Vec::len).max().expect("a file") as u64;
        let (at, fault) = (dice.roll(90), FAULTS[dice.roll(FAULTS.len())]);
        store.fail(Some((at, fault)));
        let mut child = site
            .command(&arguments)
            .envs(KEYS)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("started");
        store.aim(child.id());
        let code = child.wait().expect("ended").code();
        let first = store.again();
        let what = format!("seed {seed}, round {round}: {fault:?} at request {at}, code {code:?}");
        assert!(matches!(code, None | Some(0 | 74)), "{what}");
        assert!(store.broken().is_empty(), "{what}: {:?}", store.broken());
        failed += u32::from(code != Some(0));
        store.fail(None);
        let again = run(&site, &arguments).expect(0);
        assert!(store.broken().is_empty(), "{what}, then: {:?}", store.broken());
        assert!(
            shown_without_old_assets(&store, &site),
            "{what}: what is there is not the output: {}",
            again.out
        );
        let twice = first + store.again();
        let allowed = bytes / 20 + largest;
        assert!(twice <= allowed, "{what}: {twice} of {bytes} bytes were sent twice");
        if code != Some(0) && bytes > 0 {
            #[expect(clippy::cast_precision_loss, reason = "a figure to print")]
            let share = twice as f64 / bytes as f64;
            most_twice = most_twice.max(share);
        }
    }
    let line = format!(
        "{rounds} faults, {failed} stopped a deploy; at most {:.1} % of the bytes were sent twice\n",
        most_twice * 100.0
    );
    std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes())
        .expect("a standard output to write to");
}

/// Whether the bucket shows the output, and beside it nothing but assets of earlier editions.
fn shown_without_old_assets(store: &FakeS3, site: &SiteTest) -> bool {
    let (there, wanted) = (shown(&store.objects()), public(site));
    let is_old_asset = |path: &str| path.starts_with("style.") && path.len() > 12;
    wanted.iter().all(|(path, bytes)| there.get(path) == Some(bytes))
        && there.keys().all(|path| wanted.contains_key(path) || is_old_asset(path))
}
