//! Early cut-off: each kind of edit renders and writes the pages that show what changed, and no others.

use std::fmt::Write as _;
use std::fs;

use newsprint::archive::Drafts;

use crate::incremental::Desk;
use crate::site::CONFIG;

/// One story of the newspaper that the tests edit: six in `world`, of the odd days of January, and six in `sport`.
struct Story {
    title: String,
    day: usize,
    /// More lines of the header.
    header: &'static str,
    body: String,
}

impl Story {
    fn new(day: usize) -> Self {
        let body = match day {
            // A reference for the tests of what follows a headline.
            9 => "The ferry of day 9.\n\nAlso Read: The news of day 2\n".to_owned(),
            _ => format!("What came to pass on day {day}: nothing else did."),
        };
        Self { title: format!("The news of day {day}"), day, header: "", body }
    }

    fn path(&self) -> String {
        format!("content/{}/{}.md", if self.day % 2 == 1 { "world" } else { "sport" }, self.day)
    }

    fn text(&self) -> String {
        let Self { title, day, header, body } = self;
        let mut text = String::new();
        let author = if day % 3 == 0 { "Asha Rao" } else { "Ben Li" };
        let _ = write!(text, "---\ntitle: {title}\ndate: 2026-01-{day:02}\nauthor: {author}\n");
        let _ = write!(text, "description: About day {day}.\nslug: day-{day}\n{header}---\n\n{body}\n");
        text
    }
}

fn config() -> String {
    format!("{CONFIG}pagination: 2\nalso_read: {{count: 0}}\npermalink: /{{category}}/{{slug}}/\n")
}

/// Twelve stories on list pages of two, without similar stories: what tests of those expect depends on no measure.
fn newspaper() -> Desk {
    let desk = Desk::new(&[]);
    desk.disk.write("newsprint.yaml", config());
    for day in 1..=12 {
        let story = Story::new(day);
        desk.disk.write(&story.path(), story.text());
    }
    desk.disk.advance(60);
    desk.check("the first build");
    desk
}

/// Builds after an edit; tells how many pages were rendered, and which were written.
fn build(desk: &Desk, what: &str) -> (usize, Vec<String>) {
    desk.disk.advance(60);
    let (outcome, written) = desk.check(what);
    (outcome.changes.expect("something was published").rendered, written)
}

fn put(desk: &Desk, story: &Story) {
    desk.disk.write(&story.path(), story.text());
}

/// The pages for readers among what was written.
fn pages(written: &[String]) -> Vec<&str> {
    written.iter().map(String::as_str).filter(|path| crate::site::has_extension(path, "html")).collect()
}

#[test]
fn a_second_build_renders_and_writes_nothing() {
    let desk = newspaper();
    assert_eq!(build(&desk, "no edit"), (0, Vec::new()));
    // New times, the same bytes.
    put(&desk, &Story::new(4));
    assert_eq!(build(&desk, "a file saved as it was"), (0, Vec::new()));
    assert_eq!(build(&desk, "no edit again"), (0, Vec::new()));
}

#[test]
fn a_file_that_was_just_copied_is_written_once() {
    let desk = newspaper();
    desk.disk.write("static/favicon.svg", "<svg/>");
    // Too young for its times to be believed by the next build.
    desk.disk.advance(1);
    let (_, written) = desk.check("a new icon");
    assert_eq!(written, ["favicon.svg"]);
    desk.disk.advance(1);
    assert!(desk.check("a second build at once").1.is_empty());
    desk.disk.write("static/favicon.svg", "<svg/>");
    desk.disk.advance(1);
    assert!(desk.check("the same icon copied again").1.is_empty());
}

#[test]
fn a_body_edit_writes_its_article_its_feeds_and_its_words() {
    let desk = newspaper();
    put(
        &desk,
        &Story { body: "Something else came to pass on this day 5, too.".to_owned(), ..Story::new(5) },
    );
    let (rendered, written) = build(&desk, "a body");
    assert_eq!(pages(&written), ["world/day-5/index.html"]);
    let feeds = written.iter().filter(|path| !path.ends_with("/index.html"));
    let (words, feeds): (Vec<&String>, Vec<&String>) = feeds.partition(|path| path.starts_with("search/"));
    // So few stories have one shard in the index, and their lengths.
    let is_index = |path: &&String| path.ends_with("/0.bin") || path.ends_with("/lengths.bin");
    assert!(!words.is_empty() && words.iter().all(is_index), "{written:?}");
    assert!(
        feeds.iter().all(|path| ["feed.", "atom."].iter().any(|name| path.contains(name))),
        "{written:?}"
    );
    // In three formats of the site and the category, and two of the author.
    assert!(feeds.len() == 8 && rendered <= written.len() + 1, "{rendered}: {written:?}");
}

#[test]
fn a_title_edit_writes_what_shows_the_title() {
    let desk = newspaper();
    put(&desk, &Story { title: "Another headline".to_owned(), ..Story::new(3) });
    let (rendered, written) = build(&desk, "a title");
    assert_eq!(
        pages(&written),
        [
            "archive/2026/01/page/2/index.html",
            "authors/asha-rao/page/1/index.html",
            "index.html",
            "world/day-1/index.html",
            "world/day-3/index.html",
            "world/day-5/index.html",
            "world/page/1/index.html"
        ]
    );
    assert!(rendered <= written.len() + 3, "{rendered}");
}

#[test]
fn a_former_title_keeps_the_references() {
    let desk = newspaper();
    put(
        &desk,
        &Story {
            title: "Day 2 under another name".to_owned(),
            header: "former_titles: [The news of day 2]\n",
            ..Story::new(2)
        },
    );
    let (_, written) = build(&desk, "a title that is referred to");
    assert!(written.iter().any(|path| path == "world/day-9/index.html"), "{written:?}");
}

#[test]
fn a_new_article_writes_one_or_two_pages_a_list() {
    let desk = newspaper();
    put(&desk, &Story::new(13));
    let (rendered, written) = build(&desk, "a new article");
    assert_eq!(
        pages(&written),
        [
            "archive/2026/01/index.html",
            "archive/2026/index.html",
            "archive/index.html",
            "authors/ben-li/index.html",
            "authors/index.html",
            "index.html",
            "world/day-11/index.html",
            "world/day-13/index.html",
            "world/index.html"
        ]
    );
    // The older pages of its category and author do not show how many stories there are now.
    assert!(rendered <= written.len() + 5, "{rendered}: {written:?}");
}

#[test]
fn views_write_the_pages_that_show_them() {
    let desk = newspaper();
    for views in 7..9 {
        desk.disk.write("data/views.csv", format!("path,views\ncontent/world/1.md,{views}\n"));
        let (rendered, written) = build(&desk, "views");
        let expected = [
            "fragments/most-read.html",
            "index.html",
            "most-read/index.html",
            "world/day-1/index.html",
            "world/index.html",
        ];
        assert_eq!(pages(&written), expected);
        // Lists and feeds show a story's side that has its views, but not the views themselves: nothing of them is written.
        assert!(rendered <= written.len() + 16, "{rendered}");
    }
}

#[test]
fn a_template_edit_renders_the_pages_whose_chain_has_it() {
    let desk = newspaper();
    desk.disk.write("templates/article.html", "{{ article.title }} {{ article.body | safe }}");
    let (rendered, written) = build(&desk, "a template");
    assert_eq!(rendered, 12);
    assert!(written.iter().all(|path| path.contains("/day-")) && written.len() == 12, "{written:?}");
    desk.disk.write("templates/parts/unused.html", "Nobody includes this.");
    assert_eq!(build(&desk, "a part that no page has"), (0, Vec::new()));
}

#[test]
fn a_config_edit_renders_everything_and_writes_what_differs() {
    let desk = newspaper();
    desk.disk.write("newsprint.yaml", format!("{}# A remark.\n", config()));
    let (rendered, written) = build(&desk, "a remark in the config");
    assert!(rendered > 40, "{rendered}");
    assert!(written.is_empty(), "{written:?}");
}

#[test]
fn a_draft_writes_nothing_until_it_is_none() {
    let mut desk = newspaper();
    put(&desk, &Story { header: "draft: true\n", ..Story::new(14) });
    assert_eq!(build(&desk, "a draft"), (0, Vec::new()));
    put(&desk, &Story { header: "draft: true\n", body: "Still being written.".to_owned(), ..Story::new(14) });
    assert_eq!(build(&desk, "an edit of a draft"), (0, Vec::new()));
    desk.drafts = Drafts::Shown;
    let (_, written) = build(&desk, "drafts shown");
    assert!(written.iter().any(|path| path == "sport/day-14/index.html"), "{written:?}");
}

#[test]
fn a_ledger_of_another_program_is_put_away_without_a_word() {
    let mut desk = newspaper();
    let findings = desk.build().0.findings;
    // Another binary, and back: each makes everything anew, and the site stays as it is.
    desk.is_damaged = true;
    for program in [2, 1] {
        desk.program = program;
        let (outcome, written) = desk.check("another program");
        assert_eq!(outcome.findings, findings);
        assert!(!written.is_empty());
        assert_eq!(build(&desk, "the same program"), (0, Vec::new()));
    }
}

#[test]
fn a_ledger_of_another_form_is_put_away_without_a_word() {
    let mut desk = newspaper();
    desk.is_damaged = true;
    let findings = desk.build().0.findings;
    let place = desk.ledger.path().join(".newsprint/ledger");
    let strange: [&[u8]; 3] = [b"", b"{\"version\": 0}", &[0xff; 4_096]];
    for bytes in strange {
        fs::write(place.join("desk"), bytes).expect("written");
        let (outcome, _) = desk.check("a desk that is none");
        assert_eq!(outcome.findings, findings);
        assert_eq!(build(&desk, "the desk is mended"), (0, Vec::new()));
    }
    fs::remove_dir_all(&place).expect("removed");
    desk.check("no ledger");
    assert_eq!(build(&desk, "a new ledger"), (0, Vec::new()));
}
