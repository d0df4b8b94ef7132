//! A last look at what is about to be sent: keys and tokens in texts, places and serial numbers in pictures.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rayon::prelude::*;

use crate::deploy::bounds::Refused;
use crate::deploy::class::{encoding, media_type};
use crate::deploy::photo;
use crate::deploy::plan::Plan;
use crate::secret;

/// How many findings are shown.
const SHOWN: usize = 20;

/// Looks at every file that the plan sends and that lies in `gathered`; `allowed` are paths that somebody has looked at.
///
/// # Errors
///
/// When one cannot be read.
pub fn scan(plan: &Plan, gathered: &Path, allowed: &[String]) -> Result<Vec<Refused>> {
    let paths = plan.puts.iter().map(|put| put.item.path.as_str());
    let paths: Vec<&str> = paths.filter(|path| encoding(path).is_none()).collect();
    let found: Result<Vec<Option<Refused>>> = paths
        .par_iter()
        .filter(|path| !allowed.iter().any(|allowed| allowed.trim_start_matches('/') == **path))
        .map(|path| {
            let place = gathered.join(path);
            let bytes = fs::read(&place).with_context(|| format!("cannot read `{}`", place.display()))?;
            Ok(look(path, &bytes))
        })
        .collect();
    let mut found: Vec<Refused> = found?.into_iter().flatten().collect();
    if found.len() > SHOWN {
        let more = found.len() - SHOWN;
        found.truncate(SHOWN);
        found.push(Refused::new(
            format!("{more} more files hold what should not be published"),
            "mend the first ones, and deploy again to see the rest",
        ));
    }
    Ok(found)
}

fn look(path: &str, bytes: &[u8]) -> Option<Refused> {
    if photo::is_picture(path)
        && let Some(what) = photo::private_notes(bytes)
    {
        let help = format!(
            "take it out, as with `exiftool -all= -tagsfromfile @ -icc_profile -orientation FILE`, and build again; if it is meant to be public, add `--allow={path}`"
        );
        return Some(Refused::new(format!("the picture `{path}` tells {what}"), help));
    }
    let is_binary = ["image/", "audio/", "video/", "font/", "application/pdf", "application/zip"]
        .iter()
        .any(|kind| media_type(path).starts_with(kind) && !media_type(path).starts_with("image/svg"));
    if is_binary {
        return None;
    }
    let (what, at) = secret::find(bytes)?;
    let line = 1 + memchr::memchr_iter(b'\n', &bytes[..at]).count();
    let help = format!(
        "take it out and replace it by a new one; if it is an example and no secret, add `--allow={path}`"
    );
    Some(Refused::new(format!("`{path}` holds {what} on line {line}"), help))
}
