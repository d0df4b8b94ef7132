//! Permalinks: the pattern that the URLs of articles follow.

use std::fmt::Write as _;

use crate::date::Moment;
use crate::route::{Route, Slug};

/// The pattern article URLs follow: `/{category}/{yyyy}/{mm}/{slug}/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permalink(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Category,
    Year,
    Month,
    Day,
    Slug,
}

impl Permalink {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as the end of a sentence that begins with "it".
    pub fn parse(pattern: &str) -> Result<Self, String> {
        let inner = pattern.strip_prefix('/').ok_or("does not start with `/`")?;
        let inner = inner.strip_suffix('/').ok_or("does not end with `/`")?;
        let mut parts = Vec::new();
        for (index, folder) in inner.split('/').enumerate() {
            if index > 0 {
                parts.push(Part::Literal("/".to_owned()));
            }
            parse_folder(folder, &mut parts)?;
        }
        if !parts.contains(&Part::Slug) {
            return Err("has no `{slug}`, so that all articles would share one URL".to_owned());
        }
        Ok(Self(parts))
    }

    /// The route of an article.
    #[must_use]
    pub fn route(&self, category: &Slug, date: Moment, slug: &Slug) -> Route {
        let (year, month, day) = date.day_on_its_clock();
        let mut filled = String::with_capacity(64);
        for part in &self.0 {
            // Writing to a string does not fail.
            let _ = match part {
                Part::Literal(text) => filled.write_str(text),
                Part::Category => filled.write_str(category.as_str()),
                Part::Year => write!(filled, "{year:04}"),
                Part::Month => write!(filled, "{month:02}"),
                Part::Day => write!(filled, "{day:02}"),
                Part::Slug => filled.write_str(slug.as_str()),
            };
        }
        Route::page(&[&filled])
    }
}

fn parse_folder(folder: &str, parts: &mut Vec<Part>) -> Result<(), String> {
    let mut rest = folder;
    if rest.is_empty() {
        return Err("has an empty part".to_owned());
    }
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').ok_or("has a `{` without its `}`")? + open;
        if open > 0 {
            parts.push(literal(&rest[..open])?);
        }
        parts.push(match &rest[open + 1..close] {
            "category" => Part::Category,
            "yyyy" => Part::Year,
            "mm" => Part::Month,
            "dd" => Part::Day,
            "slug" => Part::Slug,
            other => return Err(format!("has the unknown part `{{{other}}}`")),
        });
        rest = &rest[close + 1..];
    }
    if !rest.is_empty() {
        parts.push(literal(rest)?);
    }
    Ok(())
}

fn literal(text: &str) -> Result<Part, String> {
    let plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '~'));
    if !plain || text.starts_with('.') || text.ends_with('.') {
        return Err(format!("has the part `{text}`, which is not plain letters, digits, `-` and `_`"));
    }
    Ok(Part::Literal(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::Permalink;
    use crate::date::Moment;
    use crate::route::Slug;

    #[test]
    fn permalinks_fill_in_their_parts() {
        let date = Moment::parse("2026-03-09T00:00:00Z", None).expect("a date");
        let category = Slug::parse("politics").expect("a slug");
        let name = Slug::parse("a-story").expect("a slug");
        let route =
            |pattern: &str| Permalink::parse(pattern).map(|p| p.route(&category, date, &name).to_string());
        assert_eq!(route("/{category}/{yyyy}/{mm}/{slug}/").as_deref(), Ok("/politics/2026/03/a-story/"));
        assert_eq!(route("/news/{yyyy}{mm}{dd}-{slug}/").as_deref(), Ok("/news/20260309-a-story/"));
        for bad in [
            "{slug}/",
            "/{slug}",
            "/{slug/",
            "/{year}/{slug}/",
            "/a/",
            "//{slug}/",
            "/../{slug}/",
            "/a b/{slug}/",
        ] {
            assert!(route(bad).is_err(), "{bad}");
        }
    }
}
