//! The terms of an article: what its text is about, small enough to keep for every article.
