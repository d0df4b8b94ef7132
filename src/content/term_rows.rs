//! Term rows: what many articles are about, side by side. Terms of their own would be a hundred thousand small pieces
//! of memory, in between what stays.

use super::terms::{Term, Terms};
use crate::fingerprint::DigestMap;

/// How many terms stand in one row: 256 KiB, so that no row is ever moved.
const ROW: usize = 1 << 16;

/// The terms of articles, by the digests of their files' paths.
#[derive(Default)]
pub struct TermRows {
    rows: Vec<Vec<Term>>,
    places: DigestMap<Place>,
}

/// Where the terms of an article stand.
struct Place {
    row: u32,
    start: u32,
    end: u32,
}

impl TermRows {
    /// Takes in the terms of an article.
    ///
    /// # Panics
    ///
    /// When there are 2³² rows.
    pub fn insert(&mut self, key: u64, terms: &Terms) {
        let terms = terms.as_slice();
        if self.rows.last().is_none_or(|row| row.len() + terms.len() > row.capacity()) {
            self.rows.push(Vec::with_capacity(ROW.max(terms.len())));
        }
        let number = |number: usize| u32::try_from(number).expect("there are fewer than 2³² rows");
        let at = self.rows.len() - 1;
        let row = &mut self.rows[at];
        let start = row.len();
        row.extend_from_slice(terms);
        self.places.insert(key, Place { row: number(at), start: number(start), end: number(row.len()) });
    }

    /// The terms of an article, ordered by hash.
    #[must_use]
    pub fn get(&self, key: u64) -> Option<&[Term]> {
        let Place { row, start, end } = self.places.get(&key)?;
        self.rows.get(*row as usize)?.get(*start as usize..*end as usize)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::TermRows;
    use crate::content::terms::Terms;

    #[test]
    fn terms_come_back_from_every_row() {
        let text = |key: u64| format!("rain {} wind {} fog ice snow hail storm {}", key, key * 7, key % 9);
        let terms = |key: u64| Terms::of("", "", &[], &text(key));
        let mut rows = TermRows::default();
        assert!(rows.is_empty());
        for key in 0..9_000 {
            rows.insert(key, &terms(key));
        }
        rows.insert(9_000, &Terms::default());
        assert!(rows.rows.len() > 1 && rows.rows.iter().all(|row| row.capacity() == super::ROW));
        for key in (0..9_000).step_by(97) {
            assert_eq!(rows.get(key), Some(terms(key).as_slice()), "{key}");
        }
        assert_eq!((rows.get(9_000), rows.get(9_001)), (Some(&[][..]), None));
    }
}
