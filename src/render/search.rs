//! The search page, and what its script reads besides the index: the map of its segments, authors, and teasers.
//!
//! The form is explained in `docs/search.md`; the lists of words are made elsewhere.

use serde_json::{Value, json};

use super::structured_data::Subject;
use super::view::Make;
use crate::archive::search::TEASERS;
use crate::archive::search::shards::STEM;
use crate::archive::stories::StoryId;
use crate::edition::lens::Lens;

/// How many letters of a dek a result shows.
const DEK: usize = 120;

impl Make<'_> {
    pub(super) fn search(&mut self) -> &'static str {
        let mut page = self.named("search", "search");
        // Results are made in browsers: without a question the page is the same for everybody, and is listed.
        page.description = self.words().filled("search_in", &[("title", &self.lens.config().title)]);
        self.put(&page, &Subject::Standing(None));
        "search.html"
    }
}

/// The segments of the index.
#[must_use]
pub fn map(lens: &Lens) -> Vec<u8> {
    let segments = lens.search().iter().map(|segment| {
        json!({
            "name": segment.name, "stories": segment.stories.len(), "shards": segment.shards,
            "stamp": segment.stamp, "years": segment.years,
        })
    });
    let segments: Vec<Value> = segments.collect();
    bytes(&json!({ "form": 1, "stem": STEM, "teasers": TEASERS, "segments": segments }))
}

/// The authors that a search can be narrowed to: slugs and names.
#[must_use]
pub fn authors(lens: &Lens) -> Vec<u8> {
    let authors: Vec<Value> = lens.search_authors().map(|(name, slug)| json!([slug, name])).collect();
    bytes(&json!(authors))
}

/// The teasers of some stories, after the stamp of their segment.
#[must_use]
pub fn teasers(lens: &Lens, segment: usize, part: usize) -> Vec<u8> {
    let (stamp, stories) = lens.search_teasers(segment, part);
    let teasers: Vec<Value> = stories.iter().map(|id| result(lens, *id)).collect();
    bytes(&json!([stamp, teasers]))
}

/// A story as a result shows it: title, link, date for machines and for readers, category, byline, dek, language.
fn result(lens: &Lens, id: StoryId) -> Value {
    let story = lens.story(id);
    let (article, config) = (&story.article, lens.config());
    let names: Vec<&str> = lens.authors_of(story).map(|author| author.name.as_str()).collect();
    let mut result = json!([
        article.title,
        config.base.href(&story.route),
        article.date.rfc3339(),
        config.show_date(article.date),
        lens.category_of(story).name,
        names,
        cut(&article.description)
    ]);
    if let (Some(lang), Some(list)) = (&article.rare().lang, result.as_array_mut()) {
        list.push(json!(lang));
    }
    result
}

/// A dek, cut at a space when it is long; three dots say so, but not behind the end of a sentence.
fn cut(dek: &str) -> String {
    let Some((end, _)) = dek.char_indices().nth(DEK) else { return dek.to_owned() };
    let end = dek[..end].rfind(' ').unwrap_or(end);
    let start = dek[..end].trim_end();
    if start.ends_with(['.', '!', '?', '…', '।', '؟', '。', '”', '»']) {
        return start.to_owned();
    }
    format!("{}…", start.trim_end_matches([',', ';', ':', '،', '–', '—', ' ']))
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}
