//! Kin: why the older stories under a story are there, in words.
//!
//! The scores are those of the newspaper as it is now; what the terms are called stands in the story's text.

use std::collections::HashMap;

use super::look::look;
use super::request::{Outcome, Request};
use super::texts::UnchangedTexts;
use crate::archive::also_read;
use crate::content::prose;
use crate::content::terms::Terms;
use crate::date::Moment;
use crate::disk::parts::Parts;
use crate::disk::scan::Files;
use crate::render::Texts as _;
use crate::route::Route;

/// Why one story is related: its score is `dot · norm · recency · kinship`, and what is taken off it.
#[derive(Clone, Debug, PartialEq)]
pub struct Kin {
    /// Where it is published.
    pub route: Route,
    /// Its headline.
    pub title: String,
    /// The score.
    pub score: f64,
    /// The terms that both share, with what each adds to the dot product; most first.
    pub terms: Vec<(String, u32)>,
    /// What its norm leaves of the dot product: long texts share more terms by chance.
    pub norm: f64,
    /// When it was published.
    pub date: Moment,
    /// What its age leaves.
    pub recency: f64,
    /// What a shared category and a shared author multiply.
    pub kinship: f64,
    /// What is taken off for being there for the same terms as two others, from 0 to 1.
    pub sameness: f64,
}

/// Why the stories under the story at `route` are there, best first; none when there is no story.
///
/// # Errors
///
/// The world's failures, and files that keep changing while they are read.
pub fn kin(
    files: &dyn Files,
    parts: &Parts,
    request: Request,
    route: &Route,
) -> anyhow::Result<Result<Vec<Kin>, Outcome>> {
    let paper = match look(files, parts, request)? {
        Ok(paper) => paper,
        Err(outcome) => return Ok(Err(outcome)),
    };
    let archive = &paper.archive;
    let Some(index) = archive.stories().iter().position(|story| story.route == *route) else {
        return Ok(Ok(Vec::new()));
    };
    let id = crate::archive::stories::StoryId::new(index);
    let article = &archive.story(id).article;
    let spool = parts.spool();
    let source = UnchangedTexts { files, spool: &spool }.text(&article.prose)?;
    let body = prose::read(&source, &prose::dialect(&paper.config), &mut Vec::new());
    let mut names: HashMap<u32, String> = HashMap::new();
    let texts = [&*article.title, &article.description].into_iter();
    let texts = texts.chain(article.tags.iter().map(AsRef::as_ref));
    for text in texts.chain(body.as_ref().map(|body| body.plain_text.as_str())) {
        Terms::each_name(text, |hash, word| _ = names.entry(hash).or_insert(word));
    }
    let accounts = also_read::accounts(archive, id).into_iter();
    let kin = accounts.map(|(id, account)| {
        let story = archive.story(id);
        let name = |hash| names.get(&hash).cloned().unwrap_or_default();
        let share =
            |parts: u64, whole: u32| f64::from(u32::try_from(parts).unwrap_or(u32::MAX)) / f64::from(whole);
        #[expect(clippy::cast_precision_loss, reason = "it is shown with one digit")]
        let score = account.score as f64 / f64::from(1 << 24);
        Kin {
            route: story.route.clone(),
            title: story.article.title.to_string(),
            score,
            terms: account.terms.into_iter().map(|(hash, part)| (name(hash), part)).collect(),
            norm: share(account.norm_65536ths.into(), 1 << 16),
            date: story.article.date,
            recency: share(account.recency_65536ths, 1 << 16),
            kinship: share(account.kinship_256ths, 1 << 8),
            sameness: share(account.sameness_65536ths, 1 << 16),
        }
    });
    Ok(Ok(kin.collect()))
}
