//! Views of what the desk says about stories: corrections, the notice of an expired one, breaking news.
//!
//! They belong to the template contract as those of `view.rs` do.

use serde::Serialize;
use serde_json::{Value, json};

use super::pager::Pagination;
use super::teaser::{Date, date, teaser};
use super::view::{Make, numbered};
use crate::archive::stories::Story;
use crate::edition::lens::Lens;
use crate::edition::page::corrections_route;
use crate::edition::pagination::Pages;
use crate::language;

/// A correction.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Correction {
    /// When the story was corrected.
    date: Date,
    /// What was wrong, as plain text.
    text: String,
}

/// The corrections of a whole story that readers may see, the oldest first.
pub(super) fn corrections(lens: &Lens, story: &Story) -> Vec<Correction> {
    let view = |correction: &crate::content::article::Correction| Correction {
        date: date(lens, correction.date),
        text: correction.text.clone(),
    };
    story.corrections().iter().map(view).collect()
}

impl Make<'_> {
    /// The notice at the address of an expired story: its headline, and nothing else of it.
    pub(super) fn notice(&mut self, index: usize) -> &'static str {
        let lens = self.lens;
        let article = &lens.notice(index).article;
        let crumbs = vec![self.home_crumb()];
        let page = self.page("expired", &article.title, "", crumbs);
        self.put(&page);
        let mut view = json!({ "title": article.title });
        view["expired"] = json!(article.expires.map(|expires| date(lens, expires)));
        if let Some(lang) = &article.lang {
            view["lang"] = json!(lang);
            view["dir"] = json!(language::direction(lang));
        }
        self.context.insert("notice", &view);
        "expired.html"
    }

    /// One page of the corrections of all stories.
    pub(super) fn corrections(&mut self, number: Option<usize>) -> &'static str {
        let lens = self.lens;
        let all = lens.corrections(self.route);
        let crumbs = vec![self.home_crumb()];
        let mut page = self.page("corrections", &numbered("Corrections", number), "", crumbs);
        let pages = Pages::new(all.len(), lens.config().pagination);
        let current = number.unwrap_or(pages.total());
        page.number = number.unwrap_or(1);
        self.put(&page);
        let view = |corrected: &crate::archive::corrections::Corrected| {
            let correction = &lens.story(corrected.story).corrections()[corrected.place];
            json!({
                "date": date(lens, correction.date),
                "text": correction.text,
                "article": teaser(lens, corrected.story),
            })
        };
        let corrections: Vec<Value> = all[pages.items(number)].iter().map(view).collect();
        self.context.insert("corrections", &corrections);
        let pagination = Pagination::of(&pages, current, &corrections_route(), &lens.config().base);
        self.context.insert("pagination", &pagination);
        "corrections.html"
    }

    /// The banner of breaking news; nothing when there is none, or none any more.
    pub(super) fn breaking(&mut self) -> &'static str {
        let lens = self.lens;
        if let Some((breaking, url)) = lens.breaking() {
            let mut view = json!({ "text": breaking.text, "until": date(lens, breaking.until) });
            if let Some(url) = url {
                view["url"] = json!(url);
            }
            self.context.insert("breaking", &view);
        }
        "fragments/breaking.html"
    }
}
