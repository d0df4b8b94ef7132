//! `newsprint init`: a new newspaper with a config and a few articles.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::json;

use super::args::{Host, Init};
use super::report::Report;
use crate::config::FILE_NAME;
use crate::disk::refusal::Refusal;
use crate::render::theme::{built_in_statics, built_in_templates};

/// The files of a new newspaper.
const FILES: [(&str, &str); 5] = [
    ("newsprint.yaml", include_str!("init/newsprint.yaml")),
    ("content/news/welcome.md", include_str!("init/welcome.md")),
    ("content/city/bridge-reopens.md", include_str!("init/bridge-reopens.md")),
    ("content/_authors/asha-rao.md", include_str!("init/asha-rao.md")),
    ("content/_pages/about.md", include_str!("init/about.md")),
];

/// The files of a host.
fn files_of(host: Host) -> &'static [(&'static str, &'static str)] {
    match host {
        Host::Netlify => &[
            ("netlify.toml", include_str!("init/hosts/netlify.toml")),
            ("static/_headers", include_str!("init/hosts/_headers")),
        ],
        Host::Cloudflare => &[
            ("wrangler.toml", include_str!("init/hosts/wrangler.toml")),
            ("static/_headers", include_str!("init/hosts/_headers")),
        ],
        Host::Firebase => &[("firebase.json", include_str!("init/hosts/firebase.json"))],
        Host::Github => &[(".github/workflows/newsprint.yml", include_str!("init/hosts/github.yml"))],
        Host::Nginx => &[("hosting/nginx.conf", include_str!("init/hosts/nginx.conf"))],
        Host::Caddy => &[("hosting/Caddyfile", include_str!("init/hosts/Caddyfile"))],
    }
}

/// Writes the files of hosts; what is there already stays.
fn add_hosts(folder: &Path, hosts: &[Host], report: &Report) -> anyhow::Result<()> {
    for (name, text) in hosts.iter().flat_map(|host| files_of(*host)) {
        let place = folder.join(name);
        let is_there = place.exists();
        if !is_there {
            write(&place, text.as_bytes())?;
        }
        let line = if is_there {
            format!("`{name}` is there already, and stays")
        } else {
            format!("`{name}` is new")
        };
        report.summary(&line, &json!({ "file": name, "written": !is_there }))?;
    }
    Ok(())
}

/// `newsprint init DIR`.
pub(super) fn run(options: &Init, report: &Report) -> anyhow::Result<u8> {
    let folder = &options.folder;
    if !options.host.is_empty() && folder.join(FILE_NAME).is_file() && !options.with_theme {
        add_hosts(folder, &options.host, report)?;
        return Ok(0);
    }
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file() {
        return Err(Refusal::new(
            format!("`{}` is not an empty folder", folder.display()),
            "name a folder that does not exist yet",
        )
        .into());
    }
    for (name, text) in FILES {
        write(&folder.join(name), text.as_bytes())?;
    }
    if options.with_theme {
        for (kind, files) in [("templates", built_in_templates()), ("static", built_in_statics())] {
            for (name, content) in files {
                write(&folder.join(kind).join(name), content)?;
            }
        }
    }
    add_hosts(folder, &options.host, report)?;
    let shown = folder.display();
    let line = format!("a new newspaper is in `{shown}`; build it with `newsprint build --root {shown}`");
    report.summary(&line, &json!({ "folder": shown.to_string() }))?;
    Ok(0)
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    fs::write(path, content).with_context(|| format!("cannot write `{}`", path.display()))
}
