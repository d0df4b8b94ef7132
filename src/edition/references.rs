//! References that lead nowhere, and pictures that are not there: findings about the links of all texts.
//!
//! What readers see instead is the business of whoever renders the texts.

use super::newspaper::Newspaper;
use super::target::Target;
use crate::archive::links::Verdict;
use crate::content::markdown::{Reference, ReferenceKind};
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::route::Route;
use crate::source::SourcePath;

impl Newspaper {
    /// The findings for every reference of the newspaper's texts that leads nowhere.
    #[must_use]
    pub fn dead_references(&self) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        let mut check = |references: &[Reference], path: &SourcePath, route: &Route| {
            for reference in references {
                if let Target::Dead(verdict) = self.target(reference, path, route) {
                    findings.push(self.finding(reference, path, &verdict));
                }
            }
        };
        for story in self.archive.stories() {
            check(&story.article.prose.references, &story.article.prose.path, &story.route);
        }
        for page in self.archive.pages() {
            check(&page.prose.references, &page.prose.path, &page.route);
        }
        for category in self.archive.categories() {
            if let Some(record) = &category.record {
                check(&record.prose.references, &record.prose.path, &category.route);
            }
        }
        for author in self.archive.authors() {
            if let Some(record) = &author.record {
                check(&record.prose.references, &record.prose.path, &author.route);
            }
        }
        findings.extend(self.missing_pictures());
        findings
    }

    fn missing_pictures(&self) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for story in self.archive.stories() {
            let Some(image) = &story.article.image else { continue };
            let external = image.src.starts_with("https://") || image.src.starts_with("http://");
            if !external
                && matches!(
                    self.picture(&image.src, &story.article.prose.path, &story.route),
                    Target::Dead(_)
                )
            {
                findings.push(
                    missing_picture(&image.src)
                        .label(Label::spot(&story.article.prose.path, Spot::header("image.src"))),
                );
            }
        }
        for author in self.archive.authors() {
            let Some((record, photo)) = author.record.as_ref().and_then(|r| Some((r, r.photo.as_ref()?)))
            else {
                continue;
            };
            if self.files.author_photo(record, photo).is_none() && self.internal(photo).is_none() {
                findings.push(
                    missing_picture(photo).label(Label::spot(&record.prose.path, Spot::header("photo"))),
                );
            }
        }
        findings
    }

    fn finding(&self, reference: &Reference, path: &SourcePath, verdict: &Verdict) -> Diagnostic {
        let place = Label::spot(path, Spot::Bytes(reference.span));
        let shown: String = reference.target.chars().take(120).collect();
        match reference.kind {
            ReferenceKind::Image => missing_picture(&shown).label(place),
            ReferenceKind::Link if *verdict != Verdict::Withheld => Diagnostic::warning(
                "dead-link",
                format!("`{shown}` leads to no page of the site"),
            )
            .label(place)
            .help("readers see plain text; link a story by its `.md` file, or a page by its path: `/about/`"),
            _ => self.archive.titles().finding(verdict, &shown, place),
        }
    }
}

fn missing_picture(written: &str) -> Diagnostic {
    Diagnostic::warning("missing-picture", format!("the picture `{written}` is not there")).help(
        "put it beside the article's `index.md`, or into `static/` and write its path: `/photos/mayor.jpg`",
    )
}
