//! Stories that got other headlines or addresses, and everybody who refers to them.

use rayon::prelude::*;

use super::alteration::{Alteration, Scope, place};
use crate::archive::rename::Renamed;
use crate::archive::stories::{Story, StoryId};
use crate::archive::views::Views;
use crate::config::Config;
use crate::disk::parts::Parts;
use crate::edition::callers::{self, Callers};
use crate::engine::ledger::{self, SnapshotNames};
use crate::engine::snapshot::Unfolded;
use crate::route::Route;

impl Alteration {
    /// Brings archive and edition up to date with other names of some stories. `None` when too much hangs on them, such as
    /// counts that are known by routes.
    pub(super) fn of_names(
        renamed: &[Renamed<'_>],
        unfolded: &mut Unfolded,
        config: &Config,
        views: &dyn Fn() -> Option<Views>,
        (parts, names): (&Parts, &SnapshotNames),
    ) -> Option<Self> {
        let Unfolded { archive, compared, edition, stories: runs } = unfolded;
        let seconds = |at: usize| compared.dates.get(at).map(|date| date.unix());
        let old = archive.rename(renamed, config, seconds)?;
        edition.rename(renamed, &old, archive)?;
        let stories = renamed.iter().map(|renamed| renamed.id).collect();
        let mut all = Self { stories, scope: Scope::Names, ..Self::default() };
        let (mut meant, mut months) = (Vec::new(), Vec::new());
        for (Renamed { id, before }, old) in renamed.iter().zip(&old) {
            let Story { article, route, .. } = archive.story(*id);
            meant.extend(callers::names_not_in(before, old, (article, route)));
            meant.extend(callers::names_not_in(article, route, (before, old)));
            if old != route {
                let (year, month, _) = article.date.day_on_its_clock();
                months.push((year, month));
                all.gone.push(old.clone());
                all.new.push(route.clone());
            }
        }
        if !months.is_empty() {
            let views = views()?;
            let is_counted = |route: &Route| views.of("", route).is_some();
            if all.gone.iter().chain(&all.new).any(is_counted) {
                return None;
            }
        }
        all.gone.retain(|route| !all.new.contains(route));
        if !months.is_empty() {
            all.scope = Scope::Addresses(months);
        }
        let known: Callers = ledger::read(parts, &names.callers)?;
        if !known.pinning(&meant).is_empty() || callers::is_meant_elsewhere(&meant, archive, config) {
            return None;
        }
        all.calling = known.of(&meant);
        let mut start = 0;
        for run in &mut *runs {
            all.showing.extend(run.leading_to(&all.stories).map(|at| StoryId::new(start + at)));
            start += run.len();
        }
        all.follow(archive, compared, runs)?;
        let headlines = names.headlines.par_iter().map(|name| ledger::read(parts, name));
        all.headlines = headlines.collect::<Option<_>>()?;
        for &id in &all.stories {
            let (run, at) = place(runs, id)?;
            let story = archive.story(id);
            runs[run].rename(at, story);
            all.headlines.get_mut(run)?.set(at, &story.article.title);
            let (newer, older) = archive.neighbours(id);
            all.showing.extend(newer.into_iter().chain(older));
        }
        Some(all)
    }
}
