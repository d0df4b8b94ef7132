//! Views: access logs and exports of counters become `data/views.csv`, and that the most-read lists.

use crate::site::{CONFIG, Run, SiteTest};

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0";

fn line(request: &str, status: u16, referrer: &str, program: &str) -> String {
    format!(
        "203.0.113.9 - - [24/Nov/2026:06:00:00 +0000] \"{request}\" {status} 512 \"{referrer}\" \"{program}\"\n"
    )
}

fn get(path: &str) -> String {
    line(&format!("GET {path} HTTP/1.1"), 200, "-", BROWSER)
}

fn site() -> SiteTest {
    SiteTest::new()
        .article("world/a.md", "A", "aliases: [/old/]\n", "Text.")
        .article("world/b.md", "B", "slug: दो\nviews: 40\n", "Text.")
        .article("world/c.md", "C", "draft: true\n", "Text.")
        .article("world/d.md", "D", "", "Text.")
}

fn views(site: &SiteTest, name: &str, content: &str, more: &[&str]) -> Run {
    site.write(name, content);
    let file = site.path(name).display().to_string();
    site.run(&[&["views", &file], more].concat())
}

fn csv(site: &SiteTest) -> String {
    std::fs::read_to_string(site.path("data/views.csv")).expect("the numbers")
}

#[test]
fn readings_of_articles_are_counted_and_nothing_else() {
    let site = site();
    let log = [
        get("/world/2026/01/a/"),
        get("/world/2026/01/a"),
        get("/world/2026/01/a/index.html?utm_source=x#top"),
        get("https://news.example/world/2026/01/a/"),
        line("GET /world/2026/01/a/ HTTP/2.0", 304, "-", BROWSER),
        // An old address, and the page that its stub led to.
        get("/old/"),
        line("GET /world/2026/01/a/ HTTP/1.1", 200, "https://news.example/old/", BROWSER),
        get("/world/2026/01/%E0%A4%A6%E0%A5%8B/"),
        line("HEAD /world/2026/01/a/ HTTP/1.1", 200, "-", BROWSER),
        line("GET /world/2026/01/a/ HTTP/1.1", 404, "-", BROWSER),
        line("GET /world/2026/01/a/ HTTP/1.1", 200, "-", "Googlebot/2.1 (+http://www.google.com/bot.html)"),
        line("GET /world/2026/01/a/ HTTP/1.1", 200, "-", "-"),
        line("\\x16\\x03\\x01", 400, "-", "-"),
        get("/world/2026/01/c/"),
        get("/world/"),
        get("/style.css"),
        get("/%ff/../"),
        "127.0.0.1 - - [24/Nov/2026:06:00:00 +0000] \"GET /world/2026/01/d/ HTTP/1.1\" 200 5\n".to_owned(),
    ]
    .concat();
    let run = views(&site, "access.log", &log, &[]).expect(0);
    assert!(run.err.contains("8 readings in 18 lines; data/views.csv: 3 articles, written"), "{}", run.err);
    assert_eq!(csv(&site), "path,views\nworld/a.md,6\nworld/b.md,1\nworld/d.md,1\n");
    assert!(site.findings().is_empty());
    site.build();
    assert!(site.page("world/2026/01/a/index.html").contains("6 Views"));
    // The same again changes nothing, and --add doubles it.
    let run = views(&site, "access.log", &log, &[]).expect(0);
    assert!(run.err.contains("nothing changed"), "{}", run.err);
    site.write("data/views.csv", format!("{}/old/,100\nworld/c.md,3\nworld/b.md,1\n", csv(&site)));
    views(&site, "access.log", &log, &["--add"]).expect(0);
    assert_eq!(csv(&site), "path,views\nworld/a.md,112\nworld/b.md,3\nworld/c.md,3\nworld/d.md,2\n");
}

#[test]
fn exports_are_read_by_the_names_of_their_columns() {
    let site = site();
    site.write("newsprint.yaml", CONFIG.replace("news.example/", "news.example/daily/"));
    let export = "# Exported\n# from a counter\n\nPage title,Page path and screen class,Views\nA,/daily/world/2026/01/a/,\"1,042\"\nA,/daily/world/2026/01/a/?x=1,8\nHome,/daily/,900\nB,https://news.example/daily/world/2026/01/%E0%A4%A6%E0%A5%8B/,7\nC,/daily/world/2026/01/d/,many\n";
    let run = views(&site, "export.csv", export, &["--json"]).expect(0);
    assert_eq!(csv(&site), "path,views\nworld/a.md,1050\nworld/b.md,7\n");
    let finding: serde_json::Value =
        serde_json::from_str(run.out.lines().next().expect("a finding")).expect("JSON");
    assert_eq!((&finding["code"], &finding["places"][0]["line"]), (&"malformed-line".into(), &9.into()));
    views(&site, "export.csv", "url;hits\n/daily/world/2026/01/d/;5\n", &[]).expect(0);
    assert_eq!(csv(&site), "path,views\nworld/d.md,5\n");
    views(&site, "export.csv", "path\tviews\n/daily/world/2026/01/d/\t6\n", &[]).expect(0);
    assert_eq!(csv(&site), "path,views\nworld/d.md,6\n");
}

#[test]
fn malformed_lines_are_one_finding_and_strict_runs_write_nothing() {
    let site = site();
    let log = format!(
        "{}garbage\n\n{}more \"garbage\n{}",
        get("/world/2026/01/a/"),
        get("/x/"),
        "z".repeat(200_000)
    );
    let run = views(&site, "access.log", &log, &["--strict"]).expect(1);
    assert!(run.err.contains("error[malformed-line]: this line and 2 more are no lines"), "{}", run.err);
    assert!(run.err.contains("access.log:2:1"), "{}", run.err);
    assert!(!site.path("data/views.csv").exists());
    let run = views(&site, "access.log", &log, &[]).expect(0);
    assert_eq!(run.err.matches("malformed-line").count(), 1, "{}", run.err);
    assert_eq!(csv(&site), "path,views\nworld/a.md,1\n");
    let run = views(&site, "empty.log", "", &[]).expect(0);
    assert!(run.err.contains("0 readings in 0 lines"), "{}", run.err);
    assert_eq!(csv(&site), "path,views\n");
    site.run(&["views", &site.path("absent.log").display().to_string()]).expect(74);
    site.run(&["views"]).expect(2);
}

#[test]
fn every_word_of_bots_is_documented() {
    let docs = include_str!("../../docs/views.md");
    for word in newsprint::edition::readers::BOTS {
        assert!(docs.contains(&format!("`{word}`")), "docs/views.md lacks `{word}`");
    }
}
