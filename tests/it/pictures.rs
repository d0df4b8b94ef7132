//! Pictures in several widths: what pages offer to browsers, and what becomes of them when variants come and go.

use crate::incremental::Desk;
use crate::site::SiteTest;

/// The beginning of a GIF of a size below 128 pixels: all that is read of it.
fn gif(width: u8, height: u8) -> String {
    format!("GIF89a{}\0{}\0\0\0\0\0", char::from(width), char::from(height))
}

/// A story with a lead picture, a figure, a picture in raw HTML, and one in `static/`.
const STORY: &str = "---\ntitle: Quay\ndate: 2026-01-02\nauthor: Asha Rao\nimage: {src: quay.gif, alt: Quay}\n---\n\n\
    ![Pier](img/pier.gif \"The pier\")\n\n<img src=\"/map.gif\" alt=\"Map\">\n";

fn paper() -> SiteTest {
    SiteTest::new()
        .file("content/world/quay/index.md", STORY)
        .file("content/world/quay/quay.gif", gif(100, 50))
        .file("content/world/quay/quay-40w.gif", gif(40, 20))
        .file("content/world/quay/quay-120w.gif", gif(120, 60))
        .file("content/world/quay/img/pier.gif", gif(90, 90))
        .file("content/world/quay/img/pier-30w.gif", gif(30, 30))
        .file("static/map.gif", gif(60, 30))
        .file("static/map-20w.gif", gif(20, 10))
        .file("static/map-10w.gif", gif(10, 5))
}

#[test]
fn browsers_may_choose_where_there_are_variants() {
    let site = paper();
    site.build();
    let folder = "/world/2026/01/quay";
    let quay =
        format!("srcset=\"{folder}/quay-40w.gif 40w, {folder}/quay.gif 100w, {folder}/quay-120w.gif 120w\"");
    let page = site.page("world/2026/01/quay/index.html");
    for wanted in [
        format!(
            "<img src=\"{folder}/quay.gif\" alt=\"Quay\" width=\"100\" height=\"50\" {quay} sizes=\"(min-width"
        ),
        format!("srcset=\"{folder}/img/pier-30w.gif 30w, {folder}/img/pier.gif 90w\" sizes=\"auto, "),
        "srcset=\"/map-10w.gif 10w, /map-20w.gif 20w, /map.gif 60w\" sizes=\"auto, ".to_owned(),
    ] {
        assert_eq!(page.matches(&wanted).count(), 1, "{wanted}\n{page}");
    }
    for list in ["index.html", "world/index.html", "authors/asha-rao/index.html"] {
        assert!(site.page(list).contains(&quay), "{list}");
    }
    for name in ["quay-40w.gif", "img/pier-30w.gif"] {
        assert!(site.has(&format!("world/2026/01/quay/{name}")), "{name}");
    }
    let feed = site.page("feed.xml");
    assert!(feed.contains("https://news.example/map-10w.gif 10w, "), "{feed}");
}

#[test]
fn pages_without_variants_offer_none() {
    let site = SiteTest::new()
        .file("content/world/quay/index.md", STORY)
        .file("content/world/quay/quay.gif", gif(100, 50))
        // A variant of nothing is a picture of its own.
        .file("content/world/quay/img/plan-30w.gif", gif(30, 30))
        .file("content/world/quay/img/pier.gif", gif(90, 90))
        .file("static/map.gif", gif(60, 30));
    site.build();
    assert!(!site.page("world/2026/01/quay/index.html").contains("srcset"));
    assert!(!site.page("index.html").contains("srcset"));
}

#[test]
fn pages_change_when_variants_come_and_go() {
    let desk = Desk::new(&[
        ("content/world/quay/index.md", STORY),
        ("content/world/quay/quay.gif", &gif(100, 50)),
        ("content/world/quay/img/pier.gif", &gif(90, 90)),
        ("content/world/other.md", "---\ntitle: Other\ndate: 2026-01-01\n---\n\nText.\n"),
        ("static/map.gif", &gif(60, 30)),
    ]);
    desk.check("the first build");
    let edit = |what: &str, change: &dyn Fn()| {
        change();
        desk.disk.advance(60);
        let (_, written) = desk.check(what);
        written
    };
    let story = "world/2026/01/quay/index.html".to_owned();
    let written = edit("a variant of the lead picture", &|| {
        desk.disk.write("content/world/quay/quay-40w.gif", gif(40, 20));
    });
    assert!(written.contains(&story) && written.contains(&"index.html".to_owned()), "{written:?}");
    let written = edit("a variant in static/", &|| desk.disk.write("static/map-30w.gif", gif(30, 15)));
    assert!(written.contains(&story) && !written.contains(&"index.html".to_owned()), "{written:?}");
    let written = edit("a variant of another width", &|| desk.disk.write("static/map-30w.gif", gif(40, 20)));
    assert!(written.contains(&story), "{written:?}");
    let written = edit("a variant of another form", &|| desk.disk.write("static/map-30w.gif", gif(40, 40)));
    assert!(written.contains(&story), "{written:?}");
    let written = edit("a variant less", &|| desk.disk.remove("content/world/quay/quay-40w.gif"));
    assert!(written.contains(&story) && written.contains(&"index.html".to_owned()), "{written:?}");
    let written = edit("a picture of nothing", &|| desk.disk.write("static/plan-30w.gif", gif(30, 15)));
    assert!(!written.contains(&story), "{written:?}");
}
