//! Enclosures: the size of a story's lead picture in bytes, which feeds have to name.

use super::files::Origin;
use super::newspaper::Newspaper;
use super::page::Page;
use super::target::Target;
use crate::archive::stories::Story;

impl Newspaper {
    /// How many bytes the lead picture of a story has; `None` without one, or when it is on another site.
    #[must_use]
    pub fn picture_bytes(&self, story: &Story) -> Option<u64> {
        let image = story.article.rare().image.as_ref()?;
        match self.picture(&image.src, &story.article.prose.path, &story.route) {
            Target::Picture { route, .. } => match self.edition.get(&route)? {
                Page::File(Origin::Source(path)) => self.files.bytes.get(path).copied(),
                _ => None,
            },
            _ => None,
        }
    }
}
