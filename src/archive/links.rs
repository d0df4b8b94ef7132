//! Links between stories: what a title, a former title, a slug, a wikilink or a path leads to.
//!
//! Titles are compared in Unicode NFC and lower case, with plain quotes and single spaces.

use std::collections::{BTreeMap, HashMap};

use unicode_normalization::UnicodeNormalization;

use super::stories::{Story, StoryId};
use crate::content::article::Article;
use crate::content::records::StandingPage;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::route::Route;
use crate::source::SourcePath;

/// How many near titles a finding offers.
const NEAREST: usize = 3;

/// What a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A published story.
    Story(StoryId),
    /// A standing page.
    Page(Route),
    /// A draft or a scheduled article: it exists, and readers may not learn of it.
    Withheld,
    /// Nothing.
    Nowhere,
}

/// Everything a reference may name.
pub struct Titles {
    names: HashMap<String, Vec<Verdict>>,
    paths: HashMap<SourcePath, Verdict>,
    shown: Vec<(String, String)>,
}

impl Titles {
    /// Collects the names of all stories and pages. A title counts before a slug, a slug before a former title.
    #[must_use]
    pub fn of(stories: &[Story], pages: &[StandingPage], withheld: &[Box<Article>]) -> Self {
        let mut titles = Self { names: HashMap::new(), paths: HashMap::new(), shown: Vec::new() };
        for (index, story) in stories.iter().enumerate() {
            let verdict = Verdict::Story(StoryId::new(index));
            titles.shown.push((normalised(&story.article.title), story.article.title.clone()));
            titles.paths.insert(story.article.prose.path.clone(), verdict.clone());
            titles.name(&story.article.title, verdict);
        }
        for page in pages {
            titles.paths.insert(page.prose.path.clone(), Verdict::Page(page.route.clone()));
            titles.name(&page.title, Verdict::Page(page.route.clone()));
        }
        titles.second_names(stories, |article| vec![article.slug.as_str().to_owned()]);
        titles.second_names(stories, |article| article.former_titles.clone());
        for article in withheld {
            titles.paths.insert(article.prose.path.clone(), Verdict::Withheld);
            for name in [&article.title, article.slug.as_str()]
                .into_iter()
                .chain(article.former_titles.iter().map(String::as_str))
            {
                titles.names.entry(normalised(name)).or_insert_with(|| vec![Verdict::Withheld]);
            }
        }
        titles
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
                .find_map(|path| self.paths.get(&path).cloned())
                .unwrap_or(Verdict::Nowhere);
        }
        match self.names.get(&normalised(target)) {
            Some(verdicts) => verdicts.first().cloned().unwrap_or(Verdict::Nowhere),
            None => Verdict::Nowhere,
        }
    }

    /// Findings for references that are ambiguous: a title two stories share while somebody could mean either.
    #[must_use]
    pub fn ambiguous(&self, stories: &[Story]) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for story in stories {
            for (item, pin) in story.article.also_read.iter().enumerate() {
                let several = self.names.get(&normalised(pin)).filter(|verdicts| verdicts.len() > 1);
                if let Some(verdicts) = several {
                    findings.push(
                        Diagnostic::warning(
                            "ambiguous-title",
                            format!("{} stories are called `{pin}`; the newest is linked", verdicts.len()),
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

    /// The finding for a reference that leads to no published story.
    #[must_use]
    pub fn finding(&self, verdict: &Verdict, target: &str, place: Label) -> Diagnostic {
        if *verdict == Verdict::Withheld {
            return Diagnostic::warning("also-read-unpublished", format!("`{target}` is not published yet"))
                .label(place)
                .help("readers see plain text until it is; publish it first, or take the reference out");
        }
        let mut finding =
            Diagnostic::warning("also-read-unresolved", format!("no story is called `{target}`"))
                .label(place);
        let nearest = self.nearest(target);
        if nearest.is_empty() {
            finding = finding.help("write a story's title, slug or path; readers see plain text meanwhile");
        } else {
            finding = finding.help(format!("did you mean {}?", nearest.join(", or ")));
        }
        finding
    }

    /// The published titles most like `target`, nearest first.
    fn nearest(&self, target: &str) -> Vec<String> {
        let wanted = normalised(target);
        if wanted.chars().count() > 200 {
            return Vec::new();
        }
        let mut near: BTreeMap<(u32, &str), &str> = BTreeMap::new();
        for (normal, title) in &self.shown {
            let likeness = strsim::sorensen_dice(&wanted, normal);
            if likeness > 0.3 {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "0.0 to 1.0 fits"
                )]
                near.insert((((1.0 - likeness) * 1e6) as u32, normal), title);
            }
        }
        near.into_values().take(NEAREST).map(|title| format!("`{title}`")).collect()
    }

    fn name(&mut self, name: &str, verdict: Verdict) {
        self.names.entry(normalised(name)).or_default().push(verdict);
    }

    fn second_names(&mut self, stories: &[Story], names: impl Fn(&Article) -> Vec<String>) {
        let mut second: HashMap<String, Vec<Verdict>> = HashMap::new();
        for (index, story) in stories.iter().enumerate() {
            for name in names(&story.article) {
                second.entry(normalised(&name)).or_default().push(Verdict::Story(StoryId::new(index)));
            }
        }
        #[expect(clippy::iter_over_hash_type, reason = "each name is entered on its own, in any order")]
        for (name, verdicts) in second {
            self.names.entry(name).or_insert(verdicts);
        }
    }
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
