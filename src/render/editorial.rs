//! Views of what the desk says about stories: corrections, the notice of an expired one, breaking news.
//!
//! They belong to the template contract as those of `view.rs` do.

use tera::Value;

use super::pager::{Pagination, numbered};
use super::shared::map;
use super::structured_data::Subject;
use super::teaser::{date, teaser};
use super::view::Make;
use crate::archive::corrections::Corrected;
use crate::archive::stories::Story;
use crate::content::article::Correction;
use crate::edition::lens::Lens;
use crate::edition::page::corrections_route;
use crate::edition::pagination::Pages;
use crate::language;

/// The corrections of a whole story that readers may see, the oldest first: each has a `date` and a `text`.
pub(super) fn corrections(lens: &Lens, story: &Story) -> Value {
    let view = |correction: &Correction| {
        map([("date", date(lens, correction.date)), ("text", correction.text.as_str().into())])
    };
    story.corrections().iter().map(view).collect::<Vec<Value>>().into()
}

impl Make<'_> {
    /// The notice at the address of an expired story: its headline, and nothing else of it.
    pub(super) fn notice(&mut self, index: usize) -> &'static str {
        let lens = self.lens;
        let article = &lens.notice(index).article;
        let crumbs = vec![self.home_crumb()];
        let page = self.page("expired", &article.title, "", crumbs);
        // Nothing for machines: they should forget the page.
        self.context.insert("page", &page);
        let lang = article.rare().lang.as_deref();
        let view = [
            ("title", Some((*article.title).into())),
            ("expired", article.rare().expires.map(|expires| date(lens, expires))),
            ("lang", lang.map(Value::from)),
            ("dir", lang.map(|lang| language::direction(lang).into())),
        ];
        let view = view.into_iter().filter_map(|(key, value)| Some((key, value?)));
        self.context.insert_value("notice", map(view));
        "expired.html"
    }

    /// One page of the corrections of all stories.
    pub(super) fn corrections(&mut self, number: Option<usize>) -> &'static str {
        let lens = self.lens;
        let words = &lens.config().words;
        let all = lens.corrections(self.route);
        let crumbs = vec![self.home_crumb()];
        let mut page =
            self.page("corrections", &numbered(words, words.text("corrections"), number), "", crumbs);
        let pages = Pages::new(all.len(), lens.config().pagination);
        let current = number.unwrap_or(pages.total());
        page.number = number.unwrap_or(1);
        page.front = number.is_none();
        self.put(&page, &Subject::Index);
        let view = |corrected: &Corrected| {
            let correction = &lens.story(corrected.story).corrections()[corrected.place];
            map([
                ("date", date(lens, correction.date)),
                ("text", correction.text.as_str().into()),
                ("article", teaser(lens, self.shared, corrected.story).into()),
            ])
        };
        let corrections: Vec<Value> = all[pages.items(number)].iter().map(view).collect();
        self.context.insert_value("corrections", corrections.into());
        let pagination = Pagination::of(&pages, current, &corrections_route(), &lens.config().base);
        self.context.insert("pagination", &pagination);
        "corrections.html"
    }

    /// The banner of breaking news; nothing when there is none, or none any more.
    pub(super) fn breaking(&mut self) -> &'static str {
        let lens = self.lens;
        if let Some((breaking, url)) = lens.breaking() {
            let text = [("text", breaking.text.as_str().into()), ("until", date(lens, breaking.until))];
            let url = url.map(|url| ("url", url.into()));
            self.context.insert_value("breaking", map(text.into_iter().chain(url)));
        }
        "fragments/breaking.html"
    }
}
