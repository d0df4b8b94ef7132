//! Going back to an earlier edition: one command, without a build and without sending a page.

use super::bounds::Refused;
use super::carry_out::{Done, Edition, Origin, Work, carry_out};
use super::claim::under_claim;
use super::digest::Digest;
use super::plan::Plan;
use super::prune::records;
use super::record::Record;
use super::retry::retry;
use super::store::{Answer, Form};
use super::survey::{Site, contested, listing};

/// An edition that a target can go back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Its record.
    pub record: Record,
    /// Whether readers see it now.
    pub is_live: bool,
}

/// The editions at a target, newest first.
///
/// # Errors
///
/// When it cannot be asked.
pub fn editions(work: Work<'_>, site: &Site) -> Answer<Vec<Earlier>> {
    let ids = retry(work.clock, || work.store.editions())?;
    let live = site.record.as_ref().map(|record| record.id.as_str());
    let mut all: Vec<Earlier> = records(work, &ids)?
        .into_iter()
        .map(|record| Earlier { is_live: Some(record.id.as_str()) == live, record })
        .collect();
    all.sort_by(|a, b| b.record.id.cmp(&a.record.id));
    Ok(all)
}

/// The edition to go back to: the one that is named, or the one before the live one. After an interrupted deploy the live
/// one itself can be gone back to, and is the first choice.
///
/// # Errors
///
/// A reason when there is none.
pub fn choose<'e>(editions: &'e [Earlier], named: Option<&str>, site: &Site) -> Result<&'e Earlier, Refused> {
    let is_torn = site.touched.is_some();
    let list = || {
        let ids: Vec<&str> = editions.iter().filter(|e| !e.is_live).map(|e| e.record.id.as_str()).collect();
        if ids.is_empty() { "none is kept".to_owned() } else { format!("there are {}", ids.join(", ")) }
    };
    let at = editions.iter().position(|edition| edition.is_live);
    let found = match named {
        Some(id) => editions.iter().find(|edition| edition.record.id == id),
        None => at.and_then(|at| editions.get(if is_torn { at } else { at + 1 })),
    };
    match found {
        Some(edition) if edition.is_live && !is_torn => Err(Refused::new(
            format!("the edition `{}` is the one that readers see", edition.record.id),
            format!("name another one with `--to`; {}", list()),
        )),
        Some(edition) => Ok(edition),
        None => Err(Refused::new(
            named.map_or("there is no earlier edition to go back to".to_owned(), |id| {
                format!("there is no edition `{id}`")
            }),
            format!("see them with `newsprint rollback --list`; {}", list()),
        )),
    }
}

/// What going back would change; a reason when not everything for it is there.
///
/// # Errors
///
/// When the target cannot be asked.
pub fn plan(work: Work<'_>, site: &Site, to: &Record, grace_days: u32) -> Answer<Result<Plan, Refused>> {
    let wanted = listing(to, work.store, work.memory, work.clock)?;
    let plan = Plan::new(&wanted, &site.there, work.clock.now(), grace_days);
    if work.store.form() == Form::Whole || plan.puts.is_empty() {
        return Ok(Ok(plan));
    }
    let contested = contested(site, &plan, work.store, work.clock)?;
    if let Some(first) = contested.first() {
        let what = format!(
            "{} where the edition `{}` has its own, such as `{first}`",
            if contested.len() == 1 { "a file of somebody else is" } else { "files of somebody else are" },
            to.id
        );
        return Ok(Err(Refused::new(what, "move what is not Newsprint's away, then go back")));
    }
    let digests: Vec<Digest> = plan.puts.iter().map(|put| put.item.digest).collect();
    let kept = retry(work.clock, || work.store.kept(&digests))?;
    let missing = kept.iter().filter(|kept| !**kept).count();
    if missing == 0 {
        return Ok(Ok(plan));
    }
    let help = "deploy again from the sources of that day: check them out, build, and deploy";
    Ok(Err(Refused::new(format!("{missing} files of the edition `{}` were not kept", to.id), help)))
}

/// Goes back.
///
/// # Errors
///
/// The first fault that does not pass.
pub fn turn_back(work: Work<'_>, site: &Site, plan: &Plan, to: &Record) -> Answer<Done> {
    if work.store.form() == Form::Whole {
        let claimed = (work.store, work.memory, work.clock);
        under_claim(claimed, site, (&to.id, &to.imprint), || {
            retry(work.clock, || work.store.go_back(&to.id))
        })?;
        return Ok(Done { id: to.id.clone(), ..Done::default() });
    }
    let edition = Edition {
        id: Some(to.id.clone()),
        listing: listing(to, work.store, work.memory, work.clock)?,
        base_url: to.base_url.clone(),
        imprint: to.imprint.clone(),
        revision: to.revision.clone(),
    };
    carry_out(work, site, plan, &edition, &Origin::Kept)
}
