//! The demo in a browser: each kind of page, at three widths, in light and dark, by keyboard and without scripts.

use std::path::Path;
use std::process::Command;

use crate::site::{NOW, has_extension, skipped};

/// One page of each kind; the second one is an article.
const PAGES: [&str; 18] = [
    "/",
    "/science/2026/11/silt-filling-the-sele/",
    "/city/2026/11/lanterngate-bazaar-hindi/",
    "/science/2026/11/sele-silt-bengali/",
    "/city/2026/10/flats-pumps/",
    "/politics/",
    "/authors/",
    "/authors/mira-castellan/",
    "/tags/",
    "/tags/film/",
    "/archive/",
    "/archive/2026/",
    "/archive/2026/11/",
    "/most-read/",
    "/corrections/",
    "/about/",
    "/404.html",
    "/search/",
];

/// The same newspaper in Arabic, which is written from right to left.
const ARABIC: [&str; 3] = ["/", "/world/2026/01/a/", "/world/"];

/// `playwright-core` and `axe-core` in the `node_modules` of the folder that `BROWSER_DIR` names, and Debian's Chromium.
fn components() -> Option<(String, &'static str)> {
    let modules = std::env::var("BROWSER_DIR").ok()?;
    let has = |name: &str| Path::new(&modules).join("node_modules").join(name).is_dir();
    let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .into_iter()
        .find(|path| Path::new(path).exists())?;
    (has("playwright-core") && has("axe-core")).then_some((modules, chromium))
}

fn open(site: &Path, pages: &[&str]) {
    let Some((modules, chromium)) = components() else {
        return skipped(
            "BROWSER_DIR does not name a folder with playwright-core and axe-core, or there is no Chromium",
        );
    };
    let there =
        |page: &&&str| has_extension(page, "html") || site.join(&page[1..]).join("index.html").exists();
    let run = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/browser.mjs"))
        .args([site.as_os_str(), modules.as_ref(), chromium.as_ref()])
        .args(pages.iter().filter(there))
        .output()
        .expect("Node runs");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn every_kind_of_page_is_whole_in_a_browser() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let output = folder.path().join("out");
    let run = Command::new(env!("CARGO_BIN_EXE_newsprint"))
        .args(["build", "--now", NOW, "--root", env!("CARGO_MANIFEST_DIR"), "--output"])
        .arg(&output)
        .output()
        .expect("the binary runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    open(&output, &PAGES);
}

#[test]
fn pages_from_right_to_left_are_whole_in_a_browser() {
    let site = crate::site::SiteTest::new().file(
        "newsprint.yaml",
        "title: بريد أمايا\nbase_url: https://news.example/\ntimezone: UTC\nlanguage: ar\ntheme: {accent: harbour, density: compact}\n",
    );
    let mut site = site;
    for (slug, title) in [
        ("a", "الجمعية تقر رسوم الميناء بعد جلسة استمرت طوال الليل"),
        ("b", "السوق الليلية تعود"),
        ("c", "قطارات الدلتا تعمل طوال الليل"),
    ] {
        let header = format!(
            "slug: {slug}\nviews: 1040\nauthor: [ليلى, سامر]\ntags: [ميناء]\ndescription: سطر يلخص الخبر للقارئ.\n"
        );
        let body = "قالت الهيئة إن الرسوم ستُجمع من الربيع.\n\n| السنة | الرسوم |\n|---|--:|\n| 2025 | 104 |\n\n> نحن ننتظر.\n";
        site = site.article(&format!("world/{slug}.md"), title, &header, body);
    }
    site.build();
    open(&site.path("public"), &ARABIC);
}
