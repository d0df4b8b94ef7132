//! Links between stories: what a title, a former title, a slug, a wikilink or a path leads to.
//!
//! Titles are compared in Unicode NFC and lower case, with plain quotes and single spaces.

use std::collections::BTreeMap;
use std::hash::BuildHasherDefault;

use rayon::prelude::*;
use unicode_normalization::UnicodeNormalization;
use xxhash_rust::xxh3::xxh3_64;

use super::expiry::Expired;
use super::stories::{Story, StoryId};
use crate::config::Fate;
use crate::content::article::Article;
use crate::content::records::StandingPage;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::fingerprint::DigestMap;
use crate::route::Route;
use crate::source::SourcePath;

/// How many near titles a finding offers.
const NEAREST: usize = 3;

/// How many findings of one kind offer near titles; whoever has hundreds needs another kind of help.
pub const MOST_OFFERS: usize = 50;

/// What a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A published story.
    Story(StoryId),
    /// A standing page.
    Page(Route),
    /// A story that has expired and whose address keeps a notice: its place among the archive's expired stories.
    Notice(usize),
    /// A story that has expired and is gone.
    Expired,
    /// A draft or a scheduled article: it exists, and readers may not learn of it.
    Withheld,
    /// Nothing.
    Nowhere,
}

/// Everything a reference may name. Names and paths are kept as digests of 64 bits: with a million names, two of them
/// share one in one newspaper of 36 million.
pub struct Titles {
    names: DigestMap<Named>,
    paths: DigestMap<Verdict>,
}

/// What a name stands for: the newest of its stories, and how many there are.
struct Named {
    first: Verdict,
    count: usize,
}

impl Titles {
    /// Collects the names of all stories and pages. A title counts before a slug, a slug before a former title.
    #[must_use]
    pub fn of(stories: &[Story], pages: &[StandingPage]) -> Self {
        let mut titles = Self {
            names: DigestMap::with_capacity_and_hasher(2 * stories.len(), BuildHasherDefault::default()),
            paths: DigestMap::with_capacity_and_hasher(stories.len(), BuildHasherDefault::default()),
        };
        let digests: Vec<(u64, u64, u64)> = stories
            .par_iter()
            .map(|story| {
                let article = &story.article;
                (
                    name_digest(&article.title),
                    name_digest(article.slug.as_str()),
                    path_digest(&article.prose.path),
                )
            })
            .collect();
        for (index, (title, _, path)) in digests.iter().enumerate() {
            let verdict = Verdict::Story(StoryId::new(index));
            titles.paths.insert(*path, verdict.clone());
            titles.name(*title, verdict);
        }
        for page in pages {
            titles.paths.insert(path_digest(&page.prose.path), Verdict::Page(page.route.clone()));
            titles.name(name_digest(&page.title), Verdict::Page(page.route.clone()));
        }
        titles.second_names(digests.iter().enumerate().map(|(index, (_, slug, _))| (index, *slug)));
        let former = stories.iter().enumerate().flat_map(|(index, story)| {
            story.article.former_titles.iter().map(move |title| (index, name_digest(title)))
        });
        titles.second_names(former);
        titles
    }

    /// Adds what readers may not see: it counts only where nothing else has the name.
    #[must_use]
    pub fn and(mut self, withheld: &[Box<Article>], expired: &[Expired], fate: Fate) -> Self {
        for (index, over) in expired.iter().enumerate() {
            let verdict = match fate {
                Fate::Notice => Verdict::Notice(index),
                Fate::Gone => Verdict::Expired,
            };
            self.hidden(&over.article, &verdict);
        }
        for article in withheld {
            self.hidden(article, &Verdict::Withheld);
        }
        self
    }

    fn hidden(&mut self, article: &Article, verdict: &Verdict) {
        self.paths.insert(path_digest(&article.prose.path), verdict.clone());
        let former = article.former_titles.iter().map(String::as_str);
        for name in [&article.title, article.slug.as_str()].into_iter().chain(former) {
            let named = Named { first: verdict.clone(), count: 1 };
            self.names.entry(name_digest(name)).or_insert(named);
        }
    }

    /// What `target`, written in the file `from`, leads to: a relative path to a `.md` file, a title, a former title
    /// or a slug. Of several stories with one name the newest is meant.
    #[must_use]
    pub fn look_up(&self, target: &str, from: &SourcePath) -> Verdict {
        let path = target.split(['#', '?']).next().unwrap_or(target);
        if SourcePath::new(path).is_markdown() {
            let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
            let here = from.join(&decoded);
            let in_content = SourcePath::new("content/x").join(decoded.trim_start_matches("content/"));
            return [here, in_content]
                .into_iter()
                .flatten()
                .find_map(|path| self.paths.get(&path_digest(&path)).cloned())
                .unwrap_or(Verdict::Nowhere);
        }
        self.names.get(&name_digest(target)).map_or(Verdict::Nowhere, |named| named.first.clone())
    }

    /// Findings for references that are ambiguous: a title two stories share while somebody could mean either.
    #[must_use]
    pub fn ambiguous(&self, stories: &[Story]) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for story in stories {
            for (item, pin) in story.article.also_read.iter().enumerate() {
                let several = self.names.get(&name_digest(pin)).filter(|named| named.count > 1);
                if let Some(named) = several {
                    findings.push(
                        Diagnostic::warning(
                            "ambiguous-title",
                            format!("{} stories are called `{pin}`; the newest is linked", named.count),
                        )
                        .label(Label::spot(
                            &story.article.prose.path,
                            Spot::Header(Box::from("also_read"), item),
                        ))
                        .help("write the story's file instead: `../2026/a-story.md`"),
                    );
                }
            }
        }
        findings
    }

    /// The finding for a reference that leads to no published story. It offers the most similar titles of the stories
    /// `near`: all, or none, for a look at all titles takes its time and there may be many findings.
    #[must_use]
    pub fn finding(&self, verdict: &Verdict, target: &str, place: Label, near: &[Story]) -> Diagnostic {
        if *verdict == Verdict::Withheld {
            return Diagnostic::warning("also-read-unpublished", format!("`{target}` is not published yet"))
                .label(place)
                .help("readers see plain text until it is; publish it first, or take the reference out");
        }
        if *verdict == Verdict::Expired {
            return Diagnostic::warning("also-read-expired", format!("`{target}` has expired and is gone"))
                .label(place)
                .help("readers see plain text; take the reference out, or set `expired: notice` in `newsprint.yaml`");
        }
        let mut finding =
            Diagnostic::warning("also-read-unresolved", format!("no story is called `{target}`"))
                .label(place);
        let nearest = nearest(target, near);
        if nearest.is_empty() {
            finding = finding.help("write a story's title, slug or path; readers see plain text meanwhile");
        } else {
            finding = finding.help(format!("did you mean {}?", nearest.join(", or ")));
        }
        finding
    }

    fn name(&mut self, name: u64, verdict: Verdict) {
        let named = self.names.entry(name).or_insert(Named { first: verdict, count: 0 });
        named.count += 1;
    }

    /// Names that count only where there is no better one.
    fn second_names(&mut self, names: impl Iterator<Item = (usize, u64)>) {
        let mut second: DigestMap<Named> = DigestMap::default();
        for (index, name) in names.filter(|(_, name)| !self.names.contains_key(name)) {
            let first = || Named { first: Verdict::Story(StoryId::new(index)), count: 0 };
            second.entry(name).or_insert_with(first).count += 1;
        }
        self.names.extend(second);
    }
}

/// The published titles most like `target`, nearest first.
fn nearest(target: &str, stories: &[Story]) -> Vec<String> {
    let wanted = normalised(target);
    if wanted.chars().count() > 200 {
        return Vec::new();
    }
    let mut near: BTreeMap<(u32, String), &str> = BTreeMap::new();
    for title in stories.iter().map(|story| story.article.title.as_str()) {
        let normal = normalised(title);
        let likeness = strsim::sorensen_dice(&wanted, &normal);
        if likeness > 0.3 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0.0 to 1.0 fits")]
            near.insert((((1.0 - likeness) * 1e6) as u32, normal), title);
        }
    }
    near.into_values().take(NEAREST).map(|title| format!("`{title}`")).collect()
}

/// The digest of a name as names are compared.
#[must_use]
pub fn name_digest(name: &str) -> u64 {
    xxh3_64(normalised(name).as_bytes())
}

fn path_digest(path: &SourcePath) -> u64 {
    xxh3_64(path.as_str().as_bytes())
}

/// A title as it is compared.
fn normalised(title: &str) -> String {
    let mut normal = String::with_capacity(title.len());
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b' ' | b'.' | b',' | b'\'' | b'"' | b'-' | b':' | b'?' | b'!')
    };
    if title.bytes().all(plain) && !title.contains("  ") {
        // Most titles: nothing but letters changes, and only in case.
        normal.push_str(title.trim());
        normal.make_ascii_lowercase();
        return normal;
    }
    for letter in title.nfc().flat_map(char::to_lowercase) {
        match letter {
            '‘' | '’' | 'ʼ' | '‛' | '`' | '´' => normal.push('\''),
            '“' | '”' | '„' | '«' | '»' => normal.push('"'),
            '–' | '—' | '‑' | '−' => normal.push('-'),
            '…' => normal.push_str("..."),
            space if space.is_whitespace() => {
                if !normal.ends_with(' ') {
                    normal.push(' ');
                }
            }
            other => normal.push(other),
        }
    }
    normal.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn titles_are_compared_without_typography() {
        assert_eq!(normalised("  “Kim’s”  Talks – Again… "), "\"kim's\" talks - again...");
        assert_eq!(normalised("E\u{301}te\u{301}"), "été");
    }
}
