//! The target of a deploy or rollback: chosen by name, with what this machine remembers of it, and its secrets unseen.

use std::path::Path;

use serde_json::json;

use super::args::Common;
use super::report::Report;
use super::{CONTENT, USAGE};
use crate::config::deploy::{Place, Target};
use crate::config::{self, Config};
use crate::deploy::bounds::Refused;
use crate::deploy::outside::environment::Redactor;
use crate::deploy::outside::notices::Notices;
use crate::deploy::outside::{Desk, SystemClock};
use crate::deploy::store::Fault;
use crate::diagnostic::Diagnostic;
use crate::disk::scan::{Files as _, Folder};
use crate::source::{Source, SourcePath};

/// The note of what could not be told.
const UNSENT: &str = "unsent.json";

/// A target with everything that commands need of it.
pub(super) struct Desktop {
    pub(super) config: Config,
    pub(super) target: Target,
    pub(super) desk: Desk,
    pub(super) redactor: Redactor,
}

/// Why there is no target to work with.
pub(super) enum Unusable {
    /// The config has errors.
    Findings(Vec<Diagnostic>),
    /// None is meant, or nobody knows which: the exit code, and what to do.
    Target(u8, Refused),
}

/// Chooses the target with this name, or the only one.
pub(super) fn choose(
    common: &Common,
    output: &Path,
    name: Option<&str>,
) -> anyhow::Result<Result<Desktop, Unusable>> {
    let folder = Folder::new(&common.root, output)?;
    let path = SourcePath::new(config::FILE_NAME);
    let (read, findings) = match Source::decode(path.clone(), folder.read(&path)?) {
        Ok(source) => Config::read(&source),
        Err(finding) => (None, vec![finding]),
    };
    let Some(config) = read else { return Ok(Err(Unusable::Findings(findings))) };
    let target = match named(&config.targets, name) {
        Ok(target) => target.clone(),
        Err(Unusable::Target(code, refused)) => {
            // A name that was typed may be anything, an address with a password among others.
            let clean = |text: &str| Redactor::of_environment().clean(text);
            let refused = Refused::new(clean(&refused.what), clean(&refused.help));
            return Ok(Err(Unusable::Target(code, refused)));
        }
        Err(unusable) => return Ok(Err(unusable)),
    };
    let desk = Desk::open(&common.root, &target.name)?;
    let mut redactor = Redactor::of_environment();
    if let Place::Bucket(bucket) = &target.place
        && let Some(profile) = &bucket.profile
    {
        redactor.learn_aws(profile);
    }
    Ok(Ok(Desktop { config, target, desk, redactor }))
}

fn named<'t>(targets: &'t [Target], name: Option<&str>) -> Result<&'t Target, Unusable> {
    let names: Vec<String> = targets.iter().map(|target| format!("`{}`", target.name)).collect();
    let names = names.join(", ");
    let found = match name {
        Some(name) => targets.iter().find(|target| target.name == name),
        None if targets.len() == 1 => targets.first(),
        None => None,
    };
    found.ok_or_else(|| match (targets.is_empty(), name) {
        (true, _) => Unusable::Target(
            CONTENT,
            Refused::new(
                "newsprint.yaml names no target to deploy to",
                "add one, such as `deploy: {live: {kind: local, path: /srv/news}}`; docs/deploy.md has all kinds",
            ),
        ),
        (false, Some(name)) => Unusable::Target(
            USAGE,
            Refused::new(format!("there is no target `{name}`"), format!("the targets are {names}")),
        ),
        (false, None) => Unusable::Target(
            USAGE,
            Refused::new("there are several targets", format!("name one of {names}: `newsprint deploy NAME`")),
        ),
    })
}

/// The same error without secrets.
pub(super) fn cleaned(error: anyhow::Error, redactor: &Redactor) -> anyhow::Error {
    use crate::disk::{lock::Busy, refusal::Refusal};
    let error = match error.downcast::<Fault>() {
        Ok(fault) => {
            return match fault {
                Fault::Passing(what, wait) => Fault::Passing(redactor.clean(&what), wait),
                Fault::Lasting(what) => Fault::Lasting(redactor.clean(&what)),
                Fault::Busy(what) => Fault::Busy(redactor.clean(&what)),
                Fault::Refused(what) => Fault::Refused(redactor.clean(&what)),
            }
            .into();
        }
        Err(error) => error,
    };
    if error.is::<Refusal>() || error.is::<Busy>() || error.is::<std::io::Error>() {
        return error;
    }
    anyhow::anyhow!(redactor.clean(&format!("{error:#}")))
}

/// Tells caches, search engines and hubs, also what could not be told earlier; `false` when somebody was not reached.
pub(super) fn tell_others(desktop: &Desktop, mut notices: Notices, report: &Report) -> bool {
    let earlier = desktop.desk.note(UNSENT).and_then(|bytes| serde_json::from_slice::<Notices>(&bytes).ok());
    notices.extend(earlier.unwrap_or_default());
    if notices.is_empty() {
        return true;
    }
    // Whoever ends this run now has the next one tell it.
    desktop.desk.write_note(UNSENT, json!(notices).to_string().as_bytes());
    let count = notices.count();
    let hub = desktop.config.feed_hub.as_deref();
    let (left, reasons) = notices.give(&desktop.target, hub, &desktop.config.base, &SystemClock);
    if left.is_empty() {
        desktop.desk.drop_note(UNSENT);
        report.tell(&format!("{count} changed addresses told"));
        return true;
    }
    desktop.desk.write_note(UNSENT, json!(left).to_string().as_bytes());
    for reason in reasons {
        let reason = desktop.redactor.clean(&reason);
        report.failure(&format!("the site is live, but {reason}"), Some("the next deploy tells them again"));
    }
    false
}
