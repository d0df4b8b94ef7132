//! What the pages of lists ask of the newspaper.

use super::Lens;
use crate::archive::groups::{Author, Category, Tag};
use crate::edition::facts::Fact;
use crate::route::Route;

impl Lens {
    /// A category with its record, and the stories on the list page at `page`: pages with a number may not show how many
    /// stories there are.
    #[must_use]
    pub fn category(&self, index: usize, page: &Route, number: Option<usize>) -> &Category {
        let category = &self.paper.archive.categories()[index];
        self.list(&category.route, page, number);
        category
    }

    /// An author with their record, and the stories on the list page at `page`, likewise.
    #[must_use]
    pub fn author(&self, index: usize, page: &Route, number: Option<usize>) -> &Author {
        let author = &self.paper.archive.authors()[index];
        self.list(&author.route, page, number);
        author
    }

    /// A tag, and the stories on the list page at `page`, likewise.
    #[must_use]
    pub fn tag(&self, index: usize, page: &Route, number: Option<usize>) -> &Tag {
        let tag = &self.paper.archive.tags()[index];
        self.list(&tag.route, page, number);
        tag
    }

    fn list(&self, group: &Route, page: &Route, number: Option<usize>) {
        let group = group.clone();
        self.note(if number.is_none() { Fact::Group(group) } else { Fact::Named(group) });
        self.note(Fact::List(page.clone()));
    }
}
