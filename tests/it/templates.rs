//! Templates that would not end, or not in the memory there is: each is a finding, soon, with its place and a page.

use std::fmt::Write as _;
use std::time::Duration;

use crate::site::{Run, SiteTest};

/// Long enough for a slow machine and an unoptimised binary, far too short for what is tested.
const PATIENCE: Duration = Duration::from_mins(1);

fn site() -> SiteTest {
    SiteTest::new().article("world/a.md", "A", "", "x").article("world/b.md", "B", "", "x")
}

fn check(run: Run, expect: &[&str]) -> Run {
    let run = run.expect(1);
    for part in expect {
        assert!(run.err.contains(part), "no {part:?} in\n{}", run.err);
    }
    assert!(run.err.contains("help:"), "{}", run.err);
    run
}

/// A build of a newspaper with these templates ends soon, with a finding that says all of `expect`.
fn ends(templates: &[(&str, &str)], expect: &[&str]) {
    let site = site();
    for (name, text) in templates {
        site.write(&format!("templates/{name}"), text);
    }
    check(site.run_for(&["build"], PATIENCE), expect);
    assert!(!site.has("index.html"));
}

#[test]
fn endless_loops_end() {
    let limit = "error[template-limit]: a page takes more than 2000000 turns";
    ends(
        &[(
            "home.html",
            "<p>\n{% set r = range(end=100000) %}{% for x in r %}{% for y in r %}{% endfor %}{% endfor %}",
        )],
        &[limit, "--> templates/home.html:2:60", "(rendering `/`)"],
    );
    ends(
        &[(
            "home.html",
            "{% for x in range(end=100000) %}{% for y in range(end=100000) %}{% endfor %}{% endfor %}",
        )],
        &[limit, "--> templates/home.html:1:45"],
    );
    ends(
        &[("home.html", "{% for x in range(end=1000000000) %}{% endfor %}")],
        &["--> templates/home.html:1:13", "100000"],
    );
    ends(
        &[("home.html", "{% set r = range(end=50000) %}{{ [[1 for y in r] for x in r] | length }}")],
        &[limit, "--> templates/"],
    );
    ends(
        &[(
            "home.html",
            "{% set r = range(end=50000) %}{{ [x for x in [[1 for y in r if y > 1] for x in r] if x] }}",
        )],
        &[limit],
    );
    let run = check(
        site()
            .file(
                "templates/article.html",
                "{% set r = range(end=9999) %}{% for x in r %}{% for y in r %}{% endfor %}{% endfor %}",
            )
            .run_for(&["build"], PATIENCE),
        &[limit, "rendering `/world/2026/01/a/`"],
    );
    assert_eq!(run.err.matches("error[").count(), 1, "{}", run.err);
}

#[test]
fn includes_that_multiply_end() {
    let mut templates = vec![("home.html".to_owned(), "{% include 'i0.html' %}".to_owned())];
    for level in 0..15 {
        let include = format!("{{%- include 'i{}.html' -%}}\n", level + 1);
        templates.push((format!("i{level}.html"), include.repeat(10)));
    }
    templates.push(("i15.html".to_owned(), String::new()));
    let templates: Vec<(&str, &str)> = templates.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    ends(&templates, &["error[template-limit]: a page takes more", "--> templates/i", "(rendering `/`)"]);
}

#[test]
fn circles_and_long_chains_of_templates_are_found() {
    ends(
        &[
            ("home.html", "\n{% include 'a.html' %}"),
            ("a.html", "{% include 'b.html' %}"),
            ("b.html", "x {%- include \"a.html\" %}"),
        ],
        &["templates include each other in a circle: a.html → b.html → a.html", "--> templates/a.html:1:12"],
    );
    ends(&[("home.html", "{% include 'home.html' %}")], &["in a circle: home.html → home.html"]);
    ends(
        &[("home.html", "{% extends 'a.html' %}"), ("a.html", "{% extends 'home.html' %}")],
        &[
            "templates extend each other in a circle: a.html → home.html → a.html",
            "--> templates/a.html:1:12",
        ],
    );
    for (tag, verb) in [("include", "include"), ("extends", "extend")] {
        let site = site().file("templates/home.html", format!("{{% {tag} 'c0.html' %}}"));
        for number in 0..3_000 {
            site.write(&format!("templates/c{number}.html"), format!("{{% {tag} 'c{}.html' %}}", number + 1));
        }
        site.write("templates/c3000.html", "x");
        check(
            site.run_for(&["build"], PATIENCE),
            &[&format!("templates {verb} each other more than 20 deep"), "--> templates/"],
        );
    }
}

#[test]
fn a_circle_of_includes_and_extends_ends() {
    let site = site()
        .file(
            "templates/home.html",
            "{% extends 'b.html' %}{% block x %}{% include 'b.html' %}{% endblock %}",
        )
        .file("templates/b.html", "{% block x %}{% include 'home.html' %}{% endblock %}");
    let run = site.run_for(&["build"], PATIENCE);
    assert!(matches!(run.code, 0 | 1), "{} {}", run.code, run.err);
}

#[test]
fn components_that_call_themselves_end() {
    let deep = "error[template-limit]: components call each other more than 20 deep";
    ends(
        &[("home.html", "{% component C() %}{{ <C /> }}{% endcomponent %}\n{{ <C /> }}")],
        &[deep, "--> templates/home.html:1:1", "(rendering `/`)"],
    );
    ends(
        &[
            (
                "c.html",
                "{% component A() %}{% include 'd.html' %}{% endcomponent %}{% component B() %}{{ <A /> }}{% endcomponent %}",
            ),
            ("d.html", "{{ <B /> }}"),
            ("home.html", "{{ <A /> }}"),
        ],
        &[deep],
    );
    let wide = "{% component C(n: integer) %}{% if n > 0 %}".to_owned()
        + &"{{ <C n={n - 1} /> }}".repeat(10)
        + "{% endif %}{% endcomponent %}{{ <C n={15} /> }}";
    ends(
        &[("home.html", &wide)],
        &["error[template-limit]: a page takes more", "--> templates/home.html:1:1"],
    );
}

/// Twenty components deep, and between each two of them twenty includes: as deep as anything can get.
#[test]
fn the_deepest_nesting_that_is_allowed_fits_the_stack() {
    let mut site = site().file(
        "templates/home.html",
        "{% component C() %}{% include 'c0.html' %}{% endcomponent %}{{ <C /> }}",
    );
    for number in 0..17 {
        let blocks = "{% for x in [1] %}{% if x %}".repeat(15);
        let ends = "{% endif %}{% endfor %}".repeat(15);
        site = site.file(
            &format!("templates/c{number}.html"),
            format!("{blocks}{{% include 'c{}.html' %}}{ends}", number + 1),
        );
    }
    site = site.file("templates/c17.html", "{{ <C /> }}");
    check(site.run_for(&["build"], PATIENCE), &["components call each other more than 20 deep"]);
}

#[test]
fn parents_called_again_and_again_end() {
    let site = site().file("templates/p0.html", "{% block x %}{% endblock %}");
    let calls = "{{ super() }}".repeat(10);
    for number in 1..18 {
        site.write(
            &format!("templates/p{number}.html"),
            format!("{{% extends 'p{}.html' %}}{{% block x %}}{calls}{{% endblock %}}", number - 1),
        );
    }
    site.write(
        "templates/home.html",
        format!("{{% extends 'p17.html' %}}{{% block x %}}{calls}{{% endblock %}}"),
    );
    check(
        site.run_for(&["build"], PATIENCE),
        &["error[template-limit]: a page takes more", "--> templates/p"],
    );
}

#[test]
fn text_that_doubles_ends() {
    let mut doubling = "{% set s = 'abcdefgh' %}".to_owned();
    for _ in 0..40 {
        write!(doubling, "{{% set s = s ~ s %}}").expect("text");
    }
    let limit = "error[template-limit]: a page keeps more than 64 MiB in variables";
    ends(&[("home.html", &doubling)], &[limit, "--> templates/"]);
    ends(
        &[(
            "home.html",
            "{% set s = 'abcdefgh' %}{% for x in range(end=40) %}{% set_global s = s ~ s %}{% endfor %}",
        )],
        &[limit],
    );
    ends(
        &[(
            "home.html",
            "{% set s = 'abcdefgh' %}{% for x in range(end=40) %}{% set_global s %}{{ s }}{{ s }}{% endset %}{% endfor %}",
        )],
        &[limit],
    );
}

#[test]
fn a_page_that_grows_and_grows_ends() {
    let long = "x".repeat(1_000);
    ends(
        &[("home.html", &format!("{{% for x in range(end=100000) %}}{long}{{% endfor %}}"))],
        &["error[template-limit]: a page becomes longer than 64 MiB", "--> templates/home.html:1:13"],
    );
}

/// The counting is invisible: what it adds to a template shows neither in pages nor in the places of other mistakes.
#[test]
fn counting_leaves_pages_and_places_alone() {
    let text = "a {% for x in [1, 2] if true else [] -%}\n {{ x }} {%- include 'i.html' -%}\n {% endfor %}
{%- set n = [y * 2 for y in [1, 2, 3] if y > 1] -%} {{ n | length }}{% set absent = nothing %}
{% component C(a) -%}\n [{{ a }}] {% endcomponent %}{{ <C a={n[0]} /> }}{% raw %}{% for %}{% endraw %}{# {% include %} #}
{%- set html = '<b>' | safe %}{{ html }}{% set shown %}{{ '<i>' }}{% endset %}{{ shown }}";
    let site = site().file("templates/home.html", text).file("templates/i.html", "(i)");
    site.build();
    insta::assert_snapshot!(site.page("index.html"));
    site.write("templates/home.html", "é {% for x in [1] %}{% include 'i.html' %}{{ missing }}{% endfor %}");
    let findings = site.findings();
    assert!(findings[0].contains("templates/home.html:1:46 "), "{findings:?}");
    assert!(!findings[0].contains("newsprint_"), "{findings:?}");
    site.write("templates/home.html", "{% for x in %}{% endfor %}");
    assert!(site.findings()[0].contains("templates/home.html:1:13 "), "{:?}", site.findings());
}
