//! References that lead nowhere, and pictures that are not there: findings about the links of all texts.
//!
//! What readers see instead is the business of whoever renders the texts.

use rayon::prelude::*;

use super::fingerprints::take_target;
use super::newspaper::Newspaper;
use super::target::Target;
use crate::archive::links::{MOST_OFFERS, Near, Verdict};
use crate::archive::stories::{Story, StoryId, dead_pins};
use crate::config::breaking::Destination;
use crate::content::markdown::{Reference, ReferenceKind};
use crate::content::names::Wanted;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::fingerprint::Digest;
use crate::route::Route;
use crate::source::SourcePath;

/// What became of the references in the texts of stories.
pub struct References {
    /// For each story, a digest of what its references lead to.
    pub links: Vec<u64>,
    /// The references that lead nowhere: the story's index, the reference's place in its text, and why.
    dead: Vec<(usize, usize, Verdict)>,
}

impl Newspaper {
    /// Follows every reference in the texts of stories.
    #[must_use]
    pub fn references(&self) -> References {
        let stories = self.archive.stories();
        let followed: Vec<(u64, Vec<(usize, Verdict)>)> =
            stories.par_iter().map_init(Digest::new, |digest, story| self.follow(story, digest)).collect();
        let mut references = References { links: Vec::with_capacity(stories.len()), dead: Vec::new() };
        for (index, (links, dead)) in followed.into_iter().enumerate() {
            references.links.push(links);
            references.dead.extend(dead.into_iter().map(|(place, verdict)| (index, place, verdict)));
        }
        references
    }

    /// A digest of what the references in the text of a story lead to.
    #[must_use]
    pub fn links_of(&self, story: &Story) -> u64 {
        self.follow(story, &mut Digest::new()).0
    }

    /// Follows the references in the text of a story: a digest of what they lead to, and those that lead nowhere.
    fn follow(&self, story: &Story, digest: &mut Digest) -> (u64, Vec<(usize, Verdict)>) {
        let prose = &story.article.prose;
        let mut dead = Vec::new();
        for (place, (reference, wanted)) in prose.references.iter().zip(&prose.wanted).enumerate() {
            if let Some(verdict) = self.take_reference(reference, *wanted, story, digest) {
                dead.push((place, verdict));
            }
        }
        (digest.finish(), dead)
    }

    /// Takes in what a reference in the text of a story leads to; tells why it leads nowhere, when it does.
    fn take_reference(
        &self,
        reference: &Reference,
        wanted: Wanted,
        story: &Story,
        digest: &mut Digest,
    ) -> Option<Verdict> {
        if reference.kind != ReferenceKind::Image
            && let Verdict::Story(id) = self.archive.titles().find(wanted)
        {
            // Most references: nothing is copied only to be taken in.
            digest.number(self.archive.mark(id)).text(&reference.target).number(self.archive.headline(id));
            return None;
        }
        let target = self.meant(reference, wanted, &story.article.prose.path, &story.route);
        take_target(&target, digest);
        match target {
            Target::Dead(verdict) => Some(verdict),
            _ => None,
        }
    }

    /// The findings for every reference of the newspaper's texts that leads nowhere.
    #[must_use]
    pub fn dead_references(&self, references: &References) -> Vec<Diagnostic> {
        let mut left = MOST_OFFERS;
        let stories = self.archive.stories();
        let mut named: Vec<(&(usize, usize, Verdict), bool)> = references
            .dead
            .iter()
            .map(|dead| {
                let kind = stories[dead.0].article.prose.references[dead.1].kind;
                let may_offer = !matches!(kind, ReferenceKind::Link | ReferenceKind::Image) && left > 0;
                left -= usize::from(may_offer);
                (dead, may_offer)
            })
            .collect();
        // Findings are sorted by file in the end, and the numbers of files are mostly in that order.
        named.par_sort_by_key(|((index, ..), _)| stories[*index].article.slot);
        let all = Near::Stories(stories);
        let dead = |((index, place, verdict), may_offer): &(&(usize, usize, Verdict), bool)| {
            let prose = &self.archive.stories()[*index].article.prose;
            let near = if *may_offer { all } else { Near::Nothing };
            self.finding(&prose.references[*place], &prose.path, verdict, &near)
        };
        let mut findings: Vec<Diagnostic> = named.par_iter().map(dead).collect();
        let mut check = |references: &[Reference], path: &SourcePath, route: &Route| {
            for reference in references {
                if let Target::Dead(verdict) = self.target(reference, path, route) {
                    findings.push(self.finding(reference, path, &verdict, &all));
                }
            }
        };
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
        findings.extend(self.dead_banner());
        findings
    }

    /// The findings about the references of one story: in its text, of its picture, and of what it pins.
    #[must_use]
    pub fn findings_of(&self, id: StoryId, near: &Near<'_>) -> Vec<Diagnostic> {
        let story = self.archive.story(id);
        let prose = &story.article.prose;
        let (_, dead) = self.follow(story, &mut Digest::new());
        let dead = dead
            .iter()
            .map(|(place, verdict)| self.finding(&prose.references[*place], &prose.path, verdict, near));
        dead.chain(self.missing_picture_of(story))
            .chain(dead_pins(story, self.archive.titles(), near))
            .collect()
    }

    fn missing_picture_of(&self, story: &Story) -> Option<Diagnostic> {
        let (image, path) = (story.article.rare().image.as_ref()?, &story.article.prose.path);
        let external = image.src.starts_with("https://") || image.src.starts_with("http://");
        let is_missing = !external && matches!(self.picture(&image.src, path, &story.route), Target::Dead(_));
        let place = Label::spot(path, Spot::header("image.src"));
        is_missing.then(|| missing_picture(&image.src).label(place))
    }

    fn dead_banner(&self) -> Option<Diagnostic> {
        let (breaking, href) = self.banner()?;
        let Some(Destination::Path(path)) = breaking.url.as_ref().filter(|_| href.is_none()) else {
            return None;
        };
        let place = Label::spot(&SourcePath::new(crate::config::FILE_NAME), Spot::header("breaking.url"));
        let finding = Diagnostic::warning("dead-link", format!("`{path}` leads to no page of the site"));
        Some(
            finding
                .label(place)
                .help("readers see the banner without a link; write the path of a page that is published"),
        )
    }

    fn missing_pictures(&self) -> Vec<Diagnostic> {
        let stories = self.archive.stories().iter();
        let mut findings: Vec<Diagnostic> =
            stories.filter_map(|story| self.missing_picture_of(story)).collect();
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

    fn finding(
        &self,
        reference: &Reference,
        path: &SourcePath,
        verdict: &Verdict,
        near: &Near<'_>,
    ) -> Diagnostic {
        let place = Label::spot(path, Spot::Bytes(reference.span));
        let shown: String = reference.target.chars().take(120).collect();
        match reference.kind {
            ReferenceKind::Image => missing_picture(&shown).label(place),
            ReferenceKind::Link if !matches!(verdict, Verdict::Withheld | Verdict::Expired) => Diagnostic::warning(
                "dead-link",
                format!("`{shown}` leads to no page of the site"),
            )
            .label(place)
            .help("readers see plain text; link a story by its `.md` file, or a page by its path: `/about/`"),
            _ => self.archive.titles().finding(verdict, &shown, place, near),
        }
    }
}

fn missing_picture(written: &str) -> Diagnostic {
    Diagnostic::warning("missing-picture", format!("the picture `{written}` is not there")).help(
        "put it beside the article's `index.md`, or into `static/` and write its path: `/photos/mayor.jpg`",
    )
}
