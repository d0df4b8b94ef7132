//! Old URLs: redirects in every host's form, and the ones that are missing after pages have moved.

use std::fs;

use crate::site::{CONFIG, Run, SiteTest, skipped};

fn aliased() -> SiteTest {
    SiteTest::new()
        .article("world/a.md", "A", "aliases: [/old/a/, /old-a.html, /old/a]\n", "See [it](/old/b/).")
        .article("world/b.md", "B", "aliases: /old/b/\n", "Text.")
        .article("world/c.md", "C", "draft: true\naliases: [/secret/]\n", "Text.")
        .file("content/_pages/about.md", "---\ntitle: About\naliases: [/über uns/]\n---\n\nWe.\n")
}

#[test]
fn redirects_have_the_form_of_every_host() {
    let site = aliased();
    site.build();
    assert!(site.page("old/a/index.html").contains("url=/world/2026/01/a/"));
    assert!(site.page("_redirects").lines().any(|line| line == "/old/a /world/2026/01/a/ 301"));
    assert!(site.page("_redirects").lines().any(|line| line == "/%C3%BCber%20uns/ /about/ 301"));
    assert_eq!(site.page("_redirects").lines().count(), 7);
    let map = site.page(".newsprint-routes/nginx.conf");
    assert!(
        map.contains("\"/über uns/\" \"/about/\";") && map.contains("\"/old-a.html\" \"/world/2026/01/a/\";"),
        "{map}"
    );
    let list: serde_json::Value =
        serde_json::from_str(&site.page(".newsprint-routes/redirects.json")).expect("JSON");
    let first = &list["redirects"][0];
    assert_eq!((&first["from"], &first["key"]), (&"/old-a.html".into(), &"old-a.html".into()));
    assert_eq!(first["metadata"]["x-amz-website-redirect-location"], "/world/2026/01/a/");
    assert_eq!(list["redirects"].as_array().expect("a list").len(), 4);
    for (name, bytes) in site.tree() {
        assert!(!String::from_utf8_lossy(&bytes).contains("secret"), "{name}");
    }
    assert!(site.page("world/2026/01/a/index.html").contains("<a href=\"/world/2026/01/b/\">it</a>"));
    // One edited story touches none of it.
    site.write(
        "content/world/b.md",
        "---\ntitle: B\ndate: 2026-01-02\naliases: /old/b/\n---\n\nOther text.\n",
    );
    let run = site.run(&["build", "--explain"]).expect(0);
    assert!(!run.err.contains("redirects") && !run.err.contains("newsprint-routes"), "{}", run.err);
}

#[test]
fn the_config_chooses_the_forms() {
    let site = aliased();
    site.write("newsprint.yaml", format!("{CONFIG}redirects: [netlify]\n"));
    site.build();
    assert!(
        site.has("_redirects") && !site.has("old/a/index.html") && !site.has(".newsprint-routes/nginx.conf")
    );
    // Links still know them.
    assert!(site.findings().is_empty());
    assert!(site.page("world/2026/01/a/index.html").contains("<a href=\"/world/2026/01/b/\">it</a>"));
    site.write("static/_redirects", "/x /y 302\n");
    let run = site.run(&["build"]).expect(1);
    assert!(run.err.contains("2 pages claim the URL `/_redirects`"), "{}", run.err);
    site.write("newsprint.yaml", CONFIG);
    site.build();
    assert_eq!(site.page("_redirects"), "/x /y 302\n");
    let site = SiteTest::new().article("world/a.md", "A", "", "Text.");
    site.build();
    assert!(!site.has("_redirects") && !site.has(".newsprint-routes/redirects.json"));
}

#[test]
fn redirects_never_lead_to_redirects() {
    let site = SiteTest::new().article("world/a.md", "Pier opens", "", "Text.");
    site.build();
    for step in 0..3 {
        fs::rename(site.path("public"), site.path("before")).expect("moved");
        let text = fs::read_to_string(site.path("content/world/a.md")).expect("a story");
        let slug = format!("slug: s{step}\n");
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("slug:")).collect();
        site.write(
            "content/world/a.md",
            lines.join("\n").replacen("date:", &format!("{slug}date:"), 1) + "\n",
        );
        site.run(&["moved", &site.path("before").display().to_string(), "--write"]).expect(0);
        site.build();
        fs::remove_dir_all(site.path("before")).expect("deleted");
    }
    let list = site.page("_redirects");
    assert_eq!(list.lines().count(), 6, "{list}");
    assert!(list.lines().all(|line| line.ends_with(" /world/2026/01/s2/ 301")), "{list}");
}

#[test]
fn loops_and_shadows_name_every_line() {
    let site = SiteTest::new()
        .article("world/a.md", "A", "aliases: [/fine/, /world/2026/01/b/]\n", "Text.")
        .article("world/b.md", "B", "aliases: [/world/2026/01/a/]\n", "Text.")
        .article("world/c.md", "C", "aliases: [/world/2026/01/c/]\n", "Text.")
        .article("world/d.md", "D", "aliases: [/about/, /twice/]\n", "Text.")
        .article("world/e.md", "E", "aliases: [/world/, /world/2026/01/D/, /twice/]\n", "Text.")
        .file("content/_pages/about.md", "---\ntitle: About\n---\n\nWe.\n");
    assert_eq!(
        site.findings(),
        [
            "error[redirect-loop] content/world/b.md:4:11 the aliases `/world/2026/01/a/`, `/world/2026/01/b/` lead round in a circle",
            "error[redirect-loop] content/world/c.md:4:11 the alias `/world/2026/01/c/` is the URL of its own page",
            "error[alias-shadows-page] content/world/d.md:4:11 the alias `/about/` is the URL of a page that is published",
            "error[collision] content/world/d.md:4:20 2 pages claim the URL `/twice/`",
            "error[alias-shadows-page] content/world/e.md:4:11 the alias `/world/` is the URL of a page that is published",
            "error[alias-shadows-page] content/world/e.md:4:20 the alias `/world/2026/01/D/` is the URL of a page that is published",
        ]
    );
}

#[test]
fn chains_are_flattened_when_a_page_is_taken_over() {
    let site = SiteTest::new().article("world/b.md", "B", "aliases: [/a/]\n", "Text.");
    site.build();
    fs::rename(site.path("public"), site.path("before")).expect("moved");
    // A led to B, and B leads to C now.
    site.delete("content/world/b.md");
    let site = site.article("world/c.md", "C", "aliases: [/world/2026/01/b/]\n", "Text.");
    let before = site.path("before").display().to_string();
    let run = site.run(&["moved", &before]).expect(1);
    assert_eq!(run.out, "/a/ /world/2026/01/c/ redirect content/world/c.md\n");
    site.run(&["moved", &before, "--write"]).expect(0);
    site.build();
    assert!(site.page("a/index.html").contains("url=/world/2026/01/c/"));
}

/// A newspaper that was published, and what the last build left as a deployed site.
fn published() -> SiteTest {
    let site = SiteTest::new()
        .article("world/same.md", "Same file", "", "Text.")
        .article("world/renamed.md", "A headline that stays", "", "Text.")
        .article("world/wholly.md", "First words", "slug: harbour\n", "Text.")
        .article("world/old.md", "Was here", "aliases: [/long-ago/]\n", "Text.")
        .article("world/lost.md", "Lost", "tags: [fog]\n", "Text.")
        .article("world/wire.md", "Wire", "expires: 2026-12-01\naliases: [/wire-then/]\n", "Text.");
    site.build();
    fs::rename(site.path("public"), site.path("deployed")).expect("moved");
    site
}

fn change(site: &SiteTest) {
    site.write("newsprint.yaml", format!("{CONFIG}expired: gone\n"));
    for gone in ["renamed", "wholly", "old", "lost"] {
        site.delete(&format!("content/world/{gone}.md"));
    }
    let article = |path: &str, title: &str, header: &str| {
        let text = format!("---\ntitle: {title} # kept\ndate: 2026-03-04\n{header}---\n\nText.\n");
        site.write(&format!("content/{path}.md"), text);
    };
    article("world/same", "Other words", "aliases:\n  - /mine/ # ours\n");
    article("sport/anew", "A headline that stays", "");
    article("sport/other", "Other words yet", "slug: harbour\n");
    article("sport/last", "Last", "aliases: [/elsewhere/old/]\n");
}

fn moved(site: &SiteTest, more: &[&str]) -> Run {
    let deployed = site.path("deployed").display().to_string();
    site.run(&[&["moved", &deployed, "--now", "2026-12-24T00:00:00Z"], more].concat())
}

#[test]
fn pages_that_moved_are_found_again() {
    let site = published();
    change(&site);
    let run = moved(&site, &[]).expect(1);
    let told: Vec<&str> = run.out.lines().collect();
    assert_eq!(
        told,
        [
            "/archive/2026/01/ - list",
            "/long-ago/ /sport/2026/03/last/ redirect content/sport/last.md",
            "/tags/fog/ - list",
            "/wire-then/ - expired",
            "/world/2026/01/harbour/ /sport/2026/03/harbour/ name content/sport/other.md",
            "/world/2026/01/lost/ - lost",
            "/world/2026/01/old/ /sport/2026/03/last/ old-name content/sport/last.md",
            "/world/2026/01/renamed/ /sport/2026/03/anew/ title content/sport/anew.md",
            "/world/2026/01/same/ /world/2026/03/same/ file content/world/same.md",
            "/world/2026/01/wire/ - expired",
        ]
    );
    assert!(run.err.contains("10 URLs gone, 6 without a redirect"), "{}", run.err);
    assert_eq!(
        (run.err.matches("warning[moved]").count(), run.err.matches("warning[vanished]").count()),
        (5, 1)
    );
    let run = moved(&site, &["--json"]).expect(1);
    let records: Vec<serde_json::Value> =
        run.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(records[4]["to"], "/sport/2026/03/harbour/");
    assert_eq!(records.last().expect("a summary")["missing"], 6);
}

#[test]
fn missing_redirects_are_written_into_headers() {
    let site = published();
    change(&site);
    let run = moved(&site, &["--write"]).expect(1);
    assert!(run.err.contains("10 URLs gone, 1 without a redirect; 5 redirects written"), "{}", run.err);
    let read = |path: &str| fs::read_to_string(site.path(path)).expect("a story");
    assert_eq!(
        read("content/world/same.md"),
        "---\ntitle: Other words # kept\ndate: 2026-03-04\naliases:\n  - /mine/ # ours\n  - /world/2026/01/same/\n---\n\nText.\n"
    );
    assert_eq!(
        read("content/sport/anew.md"),
        "---\ntitle: A headline that stays # kept\ndate: 2026-03-04\naliases: [/world/2026/01/renamed/]\n---\n\nText.\n"
    );
    site.run(&["build", "--now", "2026-12-24T00:00:00Z"]).expect(0);
    assert!(site.page("world/2026/01/harbour/index.html").contains("url=/sport/2026/03/harbour/"));
    let run = moved(&site, &["--write"]).expect(1);
    assert!(run.err.contains("5 URLs gone, 1 without a redirect; 0 redirects written"), "{}", run.err);
    // What is lost is taken over by hand.
    site.write(
        "content/sport/lost.md",
        "---\ntitle: L\ndate: 2026-01-01\naliases: [/world/2026/01/lost/]\n---\nx\n",
    );
    moved(&site, &[]).expect(0);
    fs::remove_dir_all(site.path(".newsprint")).expect("the memory of builds");
    moved(&site, &[]).expect(0);
}

#[test]
fn a_header_that_cannot_be_edited_is_left_to_its_author() {
    let site = published();
    let text = "---\ntitle: &t Same file\ndate: 2026-05-05\naliases: &a [/x/]\nextra: {t: *t, a: *a}\n---\n\nText.\n";
    site.write("content/world/same.md", text);
    let run = moved(&site, &["--write"]).expect(1);
    assert!(run.err.contains("`/world/2026/01/same/` is now `/world/2026/05/same/`"), "{}", run.err);
    assert_eq!(fs::read_to_string(site.path("content/world/same.md")).expect("a story"), text);
}

#[test]
fn without_notes_of_sources_names_and_old_names_are_left() {
    let site = published();
    change(&site);
    for list in fs::read_dir(site.path("deployed/.newsprint-routes")).expect("lists") {
        fs::remove_file(list.expect("a list").path()).expect("deleted");
    }
    let run = moved(&site, &[]).expect(1);
    assert!(run.out.contains("/world/2026/01/renamed/ - lost"), "{}", run.out);
    assert!(
        run.out.contains("/world/2026/01/same/ /world/2026/03/same/ name content/world/same.md"),
        "{}",
        run.out
    );
    assert!(run.out.contains("/world/2026/01/old/ /sport/2026/03/last/ old-name"), "{}", run.out);
    let run = site.run(&["moved", &site.path("content").display().to_string()]).expect(1);
    assert!(run.err.contains("is no output that Newsprint made"), "{}", run.err);
}

#[test]
fn a_build_says_once_what_it_takes_away() {
    let site = published();
    site.build();
    change(&site);
    let run = site.run(&["build", "--strict", "--now", "2026-12-24T00:00:00Z"]).expect(0);
    assert!(
        run.err.contains("warning[vanished]: `/long-ago/` and 5 more URLs were published"),
        "{}",
        run.err
    );
    let run = site.run(&["build", "--now", "2026-12-24T00:00:00Z"]).expect(0);
    assert!(!run.err.contains("vanished"), "{}", run.err);
}

/// nginx (Debian's `nginx-light`) reads the map, in a config of its own that listens nowhere but in a folder.
#[cfg(unix)]
#[test]
fn nginx_takes_the_map() {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    let program = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];
    let Some(program) = program.iter().find(|program| std::path::Path::new(program).exists()) else {
        return skipped("nginx is not installed");
    };
    let site = aliased();
    site.build();
    let root = site.path("").display().to_string();
    let root = root.trim_end_matches('/');
    let config = format!(
        "daemon off; master_process off; pid {root}/pid; error_log {root}/error.log;\nevents {{}}\nhttp {{\n\
         access_log off; client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;\n\
         uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;\ninclude {root}/public/.newsprint-routes/nginx.conf;\n\
         server {{ listen unix:{root}/socket; absolute_redirect off;\n\
         if ($newsprint_location) {{ return 301 $newsprint_location; }} root {root}/public; }} }}\n"
    );
    site.write("nginx.conf", config);
    let mut server = std::process::Command::new(program)
        .args(["-p", root, "-c", &format!("{root}/nginx.conf")])
        .spawn()
        .expect("nginx starts");
    let ask = |path: &str| -> Option<String> {
        let mut stream = UnixStream::connect(site.path("socket")).ok()?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: x\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let answer = answer.lines().find(|line| line.starts_with("Location:")).unwrap_or("").to_owned();
        Some(answer)
    };
    let started = std::time::Instant::now();
    while ask("/").is_none() && started.elapsed() < std::time::Duration::from_secs(10) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let answers = ["/old/a/", "/old/a", "/%C3%BCber%20uns/", "/world/2026/01/a/"].map(ask);
    server.kill().expect("a server to end");
    server.wait().expect("a server that ended");
    let expected = ["Location: /world/2026/01/a/", "Location: /world/2026/01/a/", "Location: /about/", ""];
    assert_eq!(answers.map(Option::unwrap_or_default), expected);
}
