//! Related articles: text similarity weighed by recency, older pieces only.
