//! Views of the archive's calendar: its years, their months, and the stories of a month.
//!
//! They belong to the template contract as those of `view.rs` do.

use super::pager::numbered;
use super::structured_data::Subject;
use super::view::Make;
use crate::edition::page::{month_route, year_route};
use crate::route::Route;

impl Make<'_> {
    pub(super) fn calendar(&mut self) -> &'static str {
        let page = self.named("archive", "archive");
        self.put(&page, &Subject::Index);
        let calendar = self.lens.calendar();
        let years: Vec<_> = calendar
            .iter()
            .rev()
            .map(|(year, months)| {
                let count: usize = months.values().map(Vec::len).sum();
                let months: Vec<_> = months.iter().rev().map(|(month, ids)| self.month_view(*year, *month, ids.len())).collect();
                serde_json::json!({ "year": year, "url": self.href(&year_route(*year)), "count": count, "months": months })
            })
            .collect();
        self.context.insert("years", &years);
        "archive.html"
    }

    pub(super) fn year(&mut self, year: i16) -> &'static str {
        let crumbs = vec![self.home_crumb(), self.crumb(self.word("archive"), &Route::page(&["archive"]))];
        let page = self.page("archive-year", &self.words().year(year), "", crumbs);
        self.put(&page, &Subject::Index);
        let months = self.lens.year(year).cloned().unwrap_or_default();
        let count: usize = months.values().map(Vec::len).sum();
        let months: Vec<_> =
            months.iter().rev().map(|(month, ids)| self.month_view(year, *month, ids.len())).collect();
        self.context.insert("months", &months);
        self.context.insert("year", &year);
        self.context.insert("url", &self.href(self.route));
        self.context.insert("count", &count);
        "archive-year.html"
    }

    pub(super) fn month(&mut self, year: i16, month: u8, number: Option<usize>) -> &'static str {
        let words = &self.lens.config().words;
        let title = words.month_of_year(year, month);
        let crumbs = vec![
            self.home_crumb(),
            self.crumb(self.word("archive"), &Route::page(&["archive"])),
            self.crumb(&self.words().year(year), &year_route(year)),
        ];
        let mut page = self.page("archive-month", &numbered(words, &title, number), "", crumbs);
        let calendar = self.lens.months(self.route);
        let stories =
            calendar.get(&year).and_then(|months| months.get(&month)).map_or(&[][..], Vec::as_slice);
        page.front = number.is_none();
        let (number_shown, subject) = self.list(stories, &month_route(year, month), number);
        page.number = number_shown;
        self.put(&page, &subject);
        let all: Vec<(i16, u8)> =
            calendar.iter().flat_map(|(year, months)| months.keys().map(|month| (*year, *month))).collect();
        let at = all.iter().position(|place| *place == (year, month));
        let link = |place: Option<&(i16, u8)>| {
            place.map(|(year, month)| {
                self.crumb(&words.month_of_year(*year, *month), &month_route(*year, *month))
            })
        };
        let newer = link(at.and_then(|at| all.get(at + 1)));
        let older = link(at.and_then(|at| at.checked_sub(1)).and_then(|at| all.get(at)));
        self.context.insert("newer", &newer);
        self.context.insert("older", &older);
        if number.is_none() {
            self.context.insert("count", &stories.len());
        }
        self.context.insert("year", &year);
        self.context.insert("month", &month);
        self.context.insert("name", words.month(month));
        self.context.insert("title", &title);
        "archive-month.html"
    }

    fn month_view(&self, year: i16, month: u8, count: usize) -> serde_json::Value {
        serde_json::json!({
            "month": month, "name": self.words().month(month), "url": self.href(&month_route(year, month)), "count": count,
        })
    }
}
