//! Raw HTML in articles: what may stay, what goes, and what is said about it.
