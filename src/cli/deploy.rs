//! `newsprint deploy`: the last build goes to a target, after everything that could go wrong was looked at.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;

use super::args::{Common, Deploy};
use super::build::{counted, failed as failed_by, has_config, no_config, request};
use super::plan_report;
use super::report::{self, Report};
use super::target::{self, Desktop};
use super::{BUSY, IO, REFUSED};
use crate::deploy::bounds::{Leave, Refused, refusals};
use crate::deploy::carry_out::{Done, Edition, Origin, Work, carry_out};
use crate::deploy::claim::give_back_left;
use crate::deploy::outside::environment::Redactor;
use crate::deploy::outside::notices::{self, Notices};
use crate::deploy::outside::output::{Output, Packings};
use crate::deploy::outside::{SystemClock, open, revision, scan};
use crate::deploy::plan::Plan;
use crate::deploy::store::{Clock as _, Fault, Store};
use crate::deploy::survey::{Site, look_around, survey};
use crate::disk::lock::Lock;
use crate::disk::parts::Parts;
use crate::disk::scan::Folder;
use crate::engine::{self, Standing};

/// How long a deploy waits for a build to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// `newsprint deploy [TARGET]`.
pub(super) fn run(common: &Common, options: &Deploy, report: &Report) -> anyhow::Result<u8> {
    if !has_config(&common.root)? {
        return no_config(report);
    }
    let output = options.output.clone().unwrap_or_else(|| common.root.join("public"));
    let output =
        std::path::absolute(&output).with_context(|| format!("cannot find `{}`", output.display()))?;
    let desktop = match target::choose(common, &output, options.target.as_deref())? {
        Ok(desktop) => desktop,
        Err(target::Unusable::Findings(findings)) => {
            let folder = Folder::new(&common.root, &output)?;
            return failed_by(&findings, &folder, report, "nothing was deployed");
        }
        Err(target::Unusable::Target(code, refused)) => {
            report.failure(&refused.what, Some(&refused.help));
            return Ok(code);
        }
    };
    let deployment = Deployment { common, options, report, desktop: &desktop, output };
    deployment.run().map_err(|error| target::cleaned(error, &desktop.redactor))
}

/// Reports a fault at a target.
pub(super) fn failed(fault: &Fault, report: &Report) -> u8 {
    let text = Redactor::of_environment().clean(&fault.to_string());
    let (code, help) = match fault {
        Fault::Busy(_) => (BUSY, "wait until it has ended, then try again"),
        Fault::Refused(_) => (REFUSED, "nothing was changed; look at the target, or deploy to another one"),
        Fault::Passing(..) | Fault::Lasting(_) => {
            (IO, "run the same command again: it goes on where this one stopped")
        }
    };
    report.failure(&text, Some(help));
    code
}

struct Deployment<'a> {
    common: &'a Common,
    options: &'a Deploy,
    report: &'a Report,
    desktop: &'a Desktop,
    output: PathBuf,
}

/// An output, and what speaks against it though it is whole.
type Judged = (Output, Vec<Refused>);

/// What was found out before the first byte is sent.
struct Ready {
    store: Box<dyn Store>,
    site: Site,
    plan: Plan,
    edition: Edition,
    output: Output,
    gathered: PathBuf,
    refused: Vec<Refused>,
}

impl Deployment<'_> {
    fn run(&self) -> anyhow::Result<u8> {
        let started = Instant::now();
        let ready = match self.prepare()? {
            Ok(ready) => ready,
            Err(refused) => return Ok(self.refuse(&refused)),
        };
        let result = self.go_on(&ready, started);
        ready.output.scatter(&ready.gathered);
        result
    }

    /// Looks at both sides. Builds wait while the output is read, and not while the target is asked.
    fn prepare(&self) -> anyhow::Result<Result<Ready, Vec<Refused>>> {
        let Desktop { target, desk, .. } = self.desktop;
        let root = &self.common.root;
        let (output, mut refused) = match self.read_output()? {
            Ok(read) => read,
            Err(refused) => return Ok(Err(refused)),
        };
        let store = match open::open(target, (root, &self.output), desk)? {
            Ok(store) => store,
            Err(reason) => {
                refused.push(reason);
                return Ok(Err(refused));
            }
        };
        let site = survey(&*store, desk, &SystemClock)?;
        let edition = output.edition.clone();
        let plan = Plan::new(&edition.listing, &site.there, SystemClock.now(), target.grace_days);
        let found = look_around(&site, &plan, &*store, &SystemClock)?;
        let leave = Leave {
            max_delete: self.options.max_delete,
            allow_shrink: self.options.allow_shrink,
            adopt: self.options.adopt,
            moved: self.options.new_address,
        };
        let wanted = (&edition.listing, edition.base_url.as_str());
        refused.extend(refusals(&plan, wanted, (&site.there, &found), &leave));
        let gathered = desk.outgoing()?;
        {
            let _lock = self.lock()?;
            if output.is_still_there()? {
                output.gather(&plan, &gathered)?;
            } else {
                let help = "deploy again; this one would have sent a mixture of two builds";
                return Ok(Err(vec![Refused::new("the output was built anew in this moment", help)]));
            }
        }
        refused.extend(scan::scan(&plan, &gathered, &self.options.allow)?);
        Ok(Ok(Ready { store, site, plan, edition, output, gathered, refused }))
    }

    /// Keeps builds out.
    fn lock(&self) -> anyhow::Result<Lock> {
        Lock::acquire(&self.common.root, &self.desktop.desk.place("newspaper-lock"), PATIENCE)
    }

    /// Reads the output and judges it.
    fn read_output(&self) -> anyhow::Result<Result<Judged, Vec<Refused>>> {
        let Desktop { config, target, desk, .. } = self.desktop;
        let _lock = self.lock()?;
        let base_url = config.base.absolute(&crate::route::Route::page(&[]));
        let packings = Packings { gzip: target.gzip, brotli: target.brotli };
        let mut output = match Output::read(&self.output, &desk.digests(), &base_url, packings)? {
            Ok(output) => output,
            Err(refused) => return Ok(Err(refused)),
        };
        output.edition.revision = revision(&self.common.root);
        let refused = self.stale(&output.edition.imprint)?.into_iter().collect();
        Ok(Ok((output, refused)))
    }

    /// What speaks against the build itself.
    fn stale(&self, imprint: &str) -> anyhow::Result<Option<Refused>> {
        let folder = Folder::new(&self.common.root, &self.output)?;
        let parts = Parts::of(&self.common.root);
        let standing = engine::standing(&folder, &parts, request(self.common)?, imprint)?;
        let help = "run `newsprint build`, look at the site, and deploy again; `--allow-stale` publishes this build as it is";
        let what = match standing {
            Standing::Current(summary) if summary.articles == 0 => {
                let help = "is `content/` where it should be? Publish a story, and build again";
                return Ok(Some(Refused::new("the newspaper has no published story", help)));
            }
            Standing::Current(_) => return Ok(None),
            _ if self.options.allow_stale => return Ok(None),
            Standing::Unknown => "nothing is remembered of the build that made the output".to_owned(),
            Standing::Another => "the output is not what the last build made".to_owned(),
            Standing::Changed => "files of the newspaper have changed since the build".to_owned(),
            Standing::Overdue(since) => {
                let since = crate::date::Moment::from_unix(since).rfc3339();
                format!("since {since} the same files make another site: a story has come due, or expired")
            }
        };
        Ok(Some(Refused::new(what, help)))
    }

    fn go_on(&self, ready: &Ready, started: Instant) -> anyhow::Result<u8> {
        let Ready { store, site, plan, edition, gathered, refused, .. } = ready;
        let shown = store.shown();
        if self.options.dry_run
            || self.report.is_verbose()
            || (!plan.removals.is_empty() && self.report.is_attended())
        {
            plan_report::show(plan, self.report, self.common.json, self.options.dry_run)?;
        }
        if !refused.is_empty() {
            return Ok(self.refuse(refused));
        }
        if self.options.dry_run {
            let (line, record) = plan_report::summary(plan, &shown);
            self.report.summary(&line, &record)?;
            return Ok(0);
        }
        if plan.is_empty() && site.touched.is_none() && site.record.is_some() {
            give_back_left(&**store, &self.desktop.desk, &SystemClock, site)?;
            let told = self.tell_others(Notices::default());
            let record = json!({ "deployed": false, "changed": 0 });
            self.report.summary(&format!("{shown} is up to date"), &record)?;
            return Ok(if told { 0 } else { IO });
        }
        if let Some(reason) = self.unconfirmed(plan) {
            return Ok(self.refuse(&[reason]));
        }
        let ticker = plan_report::Bar::new(self.report, plan.bytes());
        let work = Work {
            store: &**store,
            memory: &self.desktop.desk,
            clock: &SystemClock,
            ticker: &ticker,
            keep: self.desktop.target.keep,
        };
        let done = carry_out(work, site, plan, edition, &Origin::Folder(gathered.clone()));
        ticker.finish();
        let done = done?;
        let mut code = self.read_back(plan)?;
        if !self.tell_others(Notices::of(plan, &self.desktop.config.base, &self.desktop.target)) {
            code = IO;
        }
        self.summary(&done, plan, &shown, started.elapsed())?;
        Ok(code)
    }

    /// Why the deletes of a plan need a word from somebody.
    fn unconfirmed(&self, plan: &Plan) -> Option<Refused> {
        let count = plan.removals.len();
        if count == 0 || self.options.yes {
            return None;
        }
        if self.report.is_attended() {
            let question = format!("Delete {}?", counted(count, "file"));
            let help = "nothing was changed; deploy again when it is meant";
            return (!report::asks(&question)).then(|| Refused::new("the deploy was not confirmed", help));
        }
        let what = format!("{} would be deleted, and nobody is there to be asked", counted(count, "file"));
        Some(Refused::new(what, "look at them with `--dry-run`, and add `--yes`"))
    }

    /// Reads the site as readers get it, where the target says how.
    fn read_back(&self, plan: &Plan) -> anyhow::Result<u8> {
        let Some(url) = &self.desktop.target.verify_url else { return Ok(0) };
        let (count, bad) = notices::read_back(url, plan, &SystemClock).map_err(anyhow::Error::from)?;
        let Some(first) = bad.first() else {
            self.report.tell(&format!("{} read at {url}", counted(count, "page")));
            return Ok(0);
        };
        let what = format!(
            "the site is deployed, and {} of {count} pages read at {url} are not as they were sent: {first}",
            bad.len()
        );
        self.report
            .failure(&what, Some("does a cache stand before the site, or is `verify_url` another one's?"));
        Ok(IO)
    }

    /// Tells caches, search engines and hubs, also what could not be told earlier; `false` when somebody was not reached.
    fn tell_others(&self, notices: Notices) -> bool {
        target::tell_others(self.desktop, notices, self.report)
    }

    fn summary(&self, done: &Done, plan: &Plan, shown: &str, elapsed: Duration) -> anyhow::Result<()> {
        let (added, changed) = plan.tally();
        let mut parts = vec![
            format!("{} sent ({})", counted(done.sent, "file"), plan_report::size(done.bytes)),
            format!("{} deleted", done.deleted),
        ];
        if done.already > 0 {
            parts.push(format!("{} there already", done.already));
        }
        parts.push(format!("{} verified", done.verified));
        let line =
            format!("{shown} is live as {}: {} in {:.1} s", done.id, parts.join(", "), elapsed.as_secs_f64());
        let record = json!({
            "deployed": true, "edition": done.id, "sent": done.sent, "bytes": done.bytes, "added": added,
            "changed": changed, "deleted": done.deleted, "already": done.already, "verified": done.verified,
            "seconds": elapsed.as_secs_f64(),
        });
        self.report.summary(&line, &record)
    }

    fn refuse(&self, refused: &[Refused]) -> u8 {
        for reason in refused {
            let clean = |text: &str| self.desktop.redactor.clean(text);
            self.report.failure(&clean(&reason.what), Some(&clean(&reason.help)));
        }
        let count = counted(refused.len(), "reason");
        self.report.tell(&format!("nothing was deployed: {count}"));
        REFUSED
    }
}

/// The folder of a newspaper's output, for commands that are told none.
pub(super) fn usual_output(root: &Path) -> PathBuf {
    root.join("public")
}
