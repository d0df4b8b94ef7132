//! `newsprint due`: when the site has to be built again although nobody has changed anything.

use serde_json::json;

use super::args::Common;
use super::build::{failed, has_config, no_config, request};
use super::report::{self, Report};
use crate::date::Moment;
use crate::disk::parts::Parts;
use crate::disk::scan::Folder;
use crate::engine;

/// Prints the next instant at which the output changes by itself, in UTC, or `never`.
pub(super) fn run(common: &Common, report: &Report) -> anyhow::Result<u8> {
    if !has_config(&common.root)? {
        return no_config(report);
    }
    let folder = Folder::new(&common.root, &common.root.join("public"))?;
    let request = request(common)?;
    let due = match engine::due(&folder, &Parts::of(&common.root), request)? {
        Ok(due) => due.map(Moment::from_unix),
        Err(outcome) => return failed(&outcome.findings, &folder, report, "nothing is due"),
    };
    let shown = due.map(Moment::rfc3339);
    if common.json {
        let seconds = due.map(|due| due.unix() - request.now.unix());
        report::print(&format!("{}\n", json!({ "due": shown, "seconds": seconds })))?;
        return Ok(0);
    }
    report::print(&format!("{}\n", shown.as_deref().unwrap_or("never")))?;
    Ok(0)
}
