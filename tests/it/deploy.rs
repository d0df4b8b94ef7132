//! Deploys and rollbacks: real newspapers, published to real folders, servers, repositories and buckets.

mod canaries;
mod crawl;
mod disasters;
mod folders;
mod git;
mod hosts;
mod notices;
mod secrets;
mod servers;

#[cfg(feature = "cloud")]
mod buckets;
#[cfg(feature = "cloud")]
mod clouds;
#[cfg(feature = "cloud")]
mod fake_s3;
#[cfg(feature = "cloud")]
mod faults;

use std::fmt::Write as _;
use std::path::Path;

use crate::site::SiteTest;

/// A newspaper of so many stories in three categories, with targets, built.
pub(crate) fn paper(stories: usize, targets: &str) -> SiteTest {
    let site = SiteTest::new();
    config(&site, targets);
    for number in 0..stories {
        let category = ["city", "sport", "world"][number % 3];
        let before = number.saturating_sub(3);
        site.write(
            &format!("content/{category}/s{number}.md"),
            format!(
                "---\ntitle: Story number {number}\ndate: 2026-0{}-0{}\nauthor: Asha Rao\ntags: [harbour]\n---\n\nText {number} of the story.\n\nAlso Read: Story number {before}\n",
                1 + number % 9,
                1 + number % 7
            ),
        );
    }
    site.write("static/map.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    site.build();
    site
}

/// Writes the config with these targets.
pub(crate) fn config(site: &SiteTest, targets: &str) {
    let mut text = "title: Test Courier\nbase_url: https://news.example/\ntimezone: UTC\n".to_owned();
    if !targets.is_empty() {
        let _ = write!(text, "deploy:\n{}", targets.replace("ROOT", &site.path("").to_string_lossy()));
    }
    site.write("newsprint.yaml", text);
}

/// A line for a target in a folder beside the newspaper's sources: the test's own, and gone with it.
pub(crate) fn beside(name: &str, mode: &str, folder: &Path) -> String {
    format!("  {name}: {{kind: local, mode: {mode}, path: \"{}\"}}\n", folder.join(name).display())
}

/// Changes the text and title of a story.
pub(crate) fn edit(site: &SiteTest, number: usize, title: &str) {
    let category = ["city", "sport", "world"][number % 3];
    site.write(
        &format!("content/{category}/s{number}.md"),
        format!("---\ntitle: {title}\ndate: 2026-0{}-0{}\nauthor: Asha Rao\ntags: [harbour]\n---\n\nChanged text.\n", 1 + number % 9, 1 + number % 7),
    );
    site.build();
}
