//! Expiry: stories whose time is over. They are in no list; their addresses keep a notice, or are gone.
//!
//! Which of the two is the config's decision, and how a notice looks that of the renderer.

use std::sync::Arc;

use super::groups::Places;
use crate::config::Config;
use crate::content::article::Article;
use crate::content::on_file::OnFile;
use crate::date::Moment;
use crate::route::Route;

/// A story that has expired.
#[derive(Clone)]
pub struct Expired {
    /// What its author wrote; readers see no more of it than the headline.
    pub article: OnFile,
    /// Where it was published.
    pub route: Route,
}

/// Parts stories from those that have expired at `now`.
#[must_use]
pub fn part(articles: Vec<Arc<Article>>, now: Moment) -> (Vec<Arc<Article>>, Vec<Arc<Article>>) {
    if !articles.iter().any(|article| is_over(article, now)) {
        return (articles, Vec::new());
    }
    articles.into_iter().partition(|article| !is_over(article, now))
}

/// Whether readers no longer see an article at `now`.
#[must_use]
pub fn is_over(article: &Article, now: Moment) -> bool {
    article.rare().expires.is_some_and(|expires| expires <= now)
}

/// Gives every expired story the route it had, and puts them in the order of routes.
#[must_use]
pub fn file(articles: Vec<Arc<Article>>, places: &Places, config: &Config) -> Vec<Expired> {
    let filed = articles.into_iter().filter_map(|article| {
        let category = places.slug_of(article.category.name())?;
        let route = config.permalink.route(&category, article.date, &article.slug);
        Some(Expired { article: article.into(), route })
    });
    let mut expired: Vec<Expired> = filed.collect();
    expired
        .sort_by(|a, b| a.route.cmp(&b.route).then_with(|| a.article.prose.path.cmp(&b.article.prose.path)));
    expired
}
