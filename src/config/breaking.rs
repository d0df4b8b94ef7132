//! Breaking news: the banner that the config lays over all pages until an instant.
//!
//! Pages do not hold it: they load a fragment. So the config's own fingerprint leaves it out, and a new banner makes no
//! other page anew.

use jiff::tz::TimeZone;
use url::Url;

use crate::date::{DateError, Moment};
use crate::fingerprint::{Fingerprint, Fingerprinter};
use crate::yaml::{Document, Step};

/// The key of the banner.
const KEY: &str = "breaking";

/// The banner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaking {
    /// What it says, on one line.
    pub text: String,
    /// From when on it is gone.
    pub until: Moment,
    /// Where it leads.
    pub url: Option<Destination>,
}

/// Where the banner leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A path of the site, as written; it may lead nowhere.
    Path(String),
    /// An `http` or `https` URL.
    External(String),
}

/// The text on one line, without control characters.
pub(super) fn text(written: &str) -> Result<String, &'static str> {
    let words = written.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    if line.is_empty() { Err("is empty") } else { Ok(line) }
}

/// The instant at which the banner ends.
pub(super) fn until(written: &str, zone: Option<&TimeZone>) -> Result<Moment, &'static str> {
    Moment::parse(written, zone).map_err(|error| match error {
        DateError::Form => "is not a date",
        DateError::NoSuchDay => "names a day or an hour that does not exist",
        DateError::NoZone => "has no UTC offset, and the newspaper has no `timezone`",
    })
}

/// Where a URL leads that readers may follow.
pub(super) fn destination(written: &str) -> Result<Destination, &'static str> {
    let written = written.trim();
    if written.starts_with('/') && !written.starts_with("//") && !written.contains(char::is_control) {
        return Ok(Destination::Path(written.to_owned()));
    }
    let url =
        Url::parse(written).map_err(|_| "is neither a path from the site's root nor an absolute URL")?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(Destination::External(url.into()))
    } else {
        Err("is no URL that starts with `https://`")
    }
}

/// The fingerprint of a config's text without the lines that no page shows: the banner's, which is a fragment of its own,
/// and those of the deploy targets.
pub(super) fn fingerprint_of_pages(document: &Document) -> Fingerprint {
    let text = document.source().text();
    let starts = |key: &str| document.key_span(&[Step::Key(key.to_owned())]).start;
    let mut rest = String::new();
    let mut done = 0;
    let keys: Vec<&str> = document.root().keys().filter_map(|key| key.as_str()).collect();
    for (index, key) in keys.iter().enumerate().filter(|(_, key)| [KEY, "deploy"].contains(*key)) {
        let start = starts(key);
        let end = keys.get(index + 1).map_or(text.len(), |next| starts(next));
        // What is anchored here may be used elsewhere.
        let lines = text.get(start..end).filter(|lines| start >= done && !may_anchor(lines));
        if lines.is_some() {
            // As if the lines were not there, and their place does not count.
            rest.push_str(&text[done..start]);
            done = end;
        }
    }
    rest.push_str(&text[done..]);
    let mut all = Fingerprinter::new();
    all.part(rest.as_bytes());
    all.finish()
}

/// Whether some YAML may hold an anchor, `&name`: text like "R&D" or "this & that" does not.
fn may_anchor(yaml: &str) -> bool {
    yaml.match_indices('&').any(|(at, _)| {
        let is_apart = yaml[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        is_apart && yaml[at + 1..].chars().next().is_some_and(|after| !after.is_whitespace())
    })
}

#[cfg(test)]
mod tests {
    use super::{Destination, destination, fingerprint_of_pages};
    use crate::fingerprint::Fingerprint;
    use crate::source::{Source, SourcePath, Span};
    use crate::yaml::Document;

    fn fingerprint(text: &str) -> Fingerprint {
        let source = Source::new(SourcePath::new("newsprint.yaml"), text);
        let document = Document::parse(&source, Span::new(0, text.len())).expect("YAML");
        fingerprint_of_pages(&document)
    }

    #[test]
    fn the_banner_does_not_count_and_all_else_does() {
        let plain = fingerprint("title: A\nbase_url: https://a.example/\n");
        for banner in
            ["breaking: {text: x, until: 2026-01-01}\n", "breaking:\n  text: |\n    a\n\n  until: x\n# so\n"]
        {
            assert_eq!(fingerprint(&format!("title: A\n{banner}base_url: https://a.example/\n")), plain);
            assert_eq!(fingerprint(&format!("title: A\nbase_url: https://a.example/\n{banner}")), plain);
            assert_ne!(fingerprint(&format!("title: B\nbase_url: https://a.example/\n{banner}")), plain);
        }
        for targets in ["deploy: {live: {kind: local, path: /srv/a}}\n", "deploy:\n  live:\n    kind: git\n"]
        {
            assert_eq!(fingerprint(&format!("title: A\n{targets}base_url: https://a.example/\n")), plain);
            let both = format!("breaking: {{text: x}}\ntitle: A\nbase_url: https://a.example/\n{targets}");
            assert_eq!(fingerprint(&both), plain);
        }
        let anchored =
            |text: &str| fingerprint(&format!("breaking: {{text: &t {text}, until: x}}\ntitle: *t\n"));
        assert_ne!(anchored("one"), anchored("two"));
    }

    #[test]
    fn banners_lead_into_the_site_or_to_others() {
        assert_eq!(destination("/a/"), Ok(Destination::Path("/a/".to_owned())));
        assert!(matches!(destination("https://a.example/x"), Ok(Destination::External(_))));
        for bad in ["a/", "//a.example/", "javascript:alert(1)", "mailto:a@b", ""] {
            assert!(destination(bad).is_err(), "{bad}");
        }
    }
}
