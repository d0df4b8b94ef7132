//! Deploy targets: where the site is published to, by name, as `newsprint.yaml` declares them.
//!
//! Secrets never stand here: they come from the environment, and what looks like one is an error (`concealed.rs`).

use url::Url;

use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::yaml::shape::{Field, Kind, Record};

/// The keys of a target.
pub(super) const TARGET: &[Field] = &[
    Field::new("kind", Kind::Choice(KINDS), "What kind of place it is.")
        .required()
        .elsewhere(&["type", "provider"]),
    Field::new("path", Kind::Text, "local, rsync: the folder.").elsewhere(&["dir", "folder", "directory"]),
    Field::new(
        "mode",
        Kind::Choice(&["releases", "plain"]),
        "local, rsync: releases behind a link, or one folder. Default: releases.",
    ),
    Field::new("host", Kind::Text, "rsync: the server's name.").elsewhere(&["server"]),
    Field::new("user", Kind::Text, "rsync: who logs in."),
    Field::new("port", Kind::Count(1, 65_535), "rsync: the port of ssh. Default: as ssh is configured."),
    Field::new("identity", Kind::Text, "rsync: the file of the ssh key; its path, not the key."),
    Field::new("known_hosts", Kind::Text, "rsync: the file with the server's host key."),
    Field::new("repository", Kind::Text, "git: the repository, without a password.")
        .elsewhere(&["repo", "remote"]),
    Field::new("branch", Kind::Text, "git: the branch that is served. Default: gh-pages."),
    Field::new("bucket", Kind::Text, "s3, gcs: the bucket; azure: the container.").elsewhere(&["container"]),
    Field::new("prefix", Kind::Text, "s3, gcs, azure: where in the bucket the site begins."),
    Field::new("region", Kind::Text, "s3: the region. Default: AWS_REGION, or us-east-1."),
    Field::new("endpoint", Kind::Text, "s3, gcs, azure: the service's URL, when it is not the usual one."),
    Field::new("profile", Kind::Text, "s3: the profile of ~/.aws/credentials."),
    Field::new("account", Kind::Text, "azure: the storage account."),
    Field::new("keep", Kind::Count(0, 1_000), "Earlier editions to keep for a rollback. Default: 5."),
    Field::new("grace_days", Kind::Count(0, 3_650), "How long old hashed assets stay. Default: 7."),
    Field::new(
        "precompress",
        Kind::OneOrMany(&Kind::Choice(&["gz", "br"])),
        "Compressed forms to send beside each text.",
    ),
    Field::new("verify_url", Kind::Text, "Where the site can be read again afterwards, to compare it."),
    Field::new("purge", Kind::Record(PURGE), "The cache that is told which URLs changed."),
    Field::new("index_now", Kind::Record(INDEX_NOW), "Tell search engines of new and changed URLs."),
    Field::new("websub", Kind::Flag, "Tell the hub of `feeds` which feeds changed. Default: false."),
];

const KINDS: &[&str] = &["local", "rsync", "git", "s3", "gcs", "azure"];

const PURGE: &[Field] = &[
    Field::new("kind", Kind::Choice(&["cloudflare", "fastly", "webhook"]), "Whose cache it is.").required(),
    Field::new("zone", Kind::Text, "cloudflare: the zone's id."),
    Field::new("url", Kind::Text, "webhook: where to post the list; else another address of the service."),
];
const INDEX_NOW: &[Field] = &[
    Field::new("key", Kind::Text, "The key, whose file `KEY.txt` the site publishes.").required(),
    Field::new("endpoint", Kind::Text, "Default: https://api.indexnow.org/indexnow."),
];

/// How many earlier editions are kept when the config does not say.
const KEPT: u64 = 5;

/// How many days old assets stay when the config does not say.
const GRACE_DAYS: u64 = 7;

/// One place the site is published to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name in the config.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// How many earlier editions stay for a rollback.
    pub keep: usize,
    /// How many days hashed assets stay that the site no longer has.
    pub grace_days: u32,
    /// Whether each text is sent with gzip applied, too.
    pub gzip: bool,
    /// Whether each text is sent with Brotli applied, too.
    pub brotli: bool,
    /// Where the site can be read.
    pub verify_url: Option<Url>,
    /// The cache in front of it.
    pub purge: Option<Purge>,
    /// Search engines to tell.
    pub index_now: Option<IndexNow>,
    /// Whether the feeds' hub is told.
    pub websub: bool,
}

/// Where a target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder of this machine.
    Local {
        /// The folder, as it was written.
        path: String,
        /// How it is laid out.
        mode: Mode,
    },
    /// A folder of another machine, by rsync over ssh.
    Rsync(Server),
    /// A branch of a Git repository.
    Git {
        /// The repository: a URL or a path.
        repository: String,
        /// The branch.
        branch: String,
    },
    /// A bucket of an object store.
    Bucket(Bucket),
}

/// How a folder is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `releases/ID/`, and a link `current` to the one that readers see.
    Releases,
    /// The site itself.
    Plain,
}

/// A machine that ssh reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub host: String,
    /// Who logs in; ssh knows when it is not said.
    pub user: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The folder there.
    pub path: String,
    /// How it is laid out.
    pub mode: Mode,
    /// The file of the key.
    pub identity: Option<String>,
    /// The file with the server's host key.
    pub known_hosts: Option<String>,
}

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Whose.
    pub service: Service,
    /// Its name; a container's for Azure.
    pub name: String,
    /// Where the site begins, without slashes at the ends; may be empty.
    pub prefix: String,
    /// The region.
    pub region: Option<String>,
    /// The service's URL.
    pub endpoint: Option<Url>,
    /// The profile of `~/.aws/credentials`.
    pub profile: Option<String>,
    /// Azure's storage account.
    pub account: Option<String>,
}

/// Whose object store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Amazon S3, and everything that speaks as it does.
    S3,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    Azure,
}

/// A cache in front of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purge {
    /// Cloudflare's, for a zone.
    Cloudflare {
        /// The zone's id.
        zone: String,
        /// Where its API is.
        api: Url,
    },
    /// Fastly's.
    Fastly {
        /// Where its API is.
        api: Url,
    },
    /// Whoever listens.
    Webhook {
        /// Where.
        url: Url,
    },
}

/// Search engines that speak `IndexNow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexNow {
    /// The public key.
    pub key: String,
    /// Where they listen.
    pub endpoint: Url,
}

/// Reads all targets.
pub(super) fn read(reader: &mut Reader<'_>) -> Vec<Target> {
    let records = reader.record.records("deploy");
    records.into_iter().filter_map(|(name, record)| target(reader, name, &record)).collect()
}

fn target(reader: &mut Reader<'_>, name: String, record: &Record<'_>) -> Option<Target> {
    let place = place(reader, record);
    let packed = record.texts("precompress");
    Some(Target {
        keep: usize::try_from(record.count("keep").unwrap_or(KEPT)).unwrap_or(usize::MAX),
        grace_days: u32::try_from(record.count("grace_days").unwrap_or(GRACE_DAYS)).unwrap_or(u32::MAX),
        gzip: packed.iter().any(|form| form == "gz"),
        brotli: packed.iter().any(|form| form == "br"),
        verify_url: web(reader, record, "verify_url"),
        purge: record.record("purge").and_then(|record| purge(reader, &record)),
        index_now: record.record("index_now").and_then(|record| index_now(reader, &record)),
        websub: record.flag("websub").unwrap_or(false),
        name,
        place: place?,
    })
}

fn place(reader: &mut Reader<'_>, record: &Record<'_>) -> Option<Place> {
    let mode = if record.choice("mode") == Some("plain") { Mode::Plain } else { Mode::Releases };
    match record.choice("kind")? {
        "local" => Some(Place::Local { path: needed(reader, record, "path", "/srv/news")?, mode }),
        "rsync" => {
            let host = needed(reader, record, "host", "www.news.example");
            let path = needed(reader, record, "path", "/srv/news");
            let server = Server {
                host: plain_argument(reader, record, "host", host?)?,
                user: match record.text("user") {
                    Some(user) => Some(plain_argument(reader, record, "user", user)?),
                    None => None,
                },
                port: record.count("port").and_then(|port| u16::try_from(port).ok()),
                path: path?,
                mode,
                identity: record.text("identity"),
                known_hosts: record.text("known_hosts"),
            };
            Some(Place::Rsync(server))
        }
        "git" => {
            let repository = needed(reader, record, "repository", "git@github.com:desk/news.git")?;
            let branch = record.text("branch").unwrap_or_else(|| "gh-pages".to_owned());
            Some(Place::Git {
                repository: plain_argument(reader, record, "repository", repository)?,
                branch: plain_argument(reader, record, "branch", branch)?,
            })
        }
        service => bucket(reader, record, service),
    }
}

fn bucket(reader: &mut Reader<'_>, record: &Record<'_>, service: &str) -> Option<Place> {
    let service = match service {
        "gcs" => Service::Gcs,
        "azure" => Service::Azure,
        _ => Service::S3,
    };
    let name = needed(reader, record, "bucket", "news-site");
    let account = if service == Service::Azure {
        Some(needed(reader, record, "account", "newsaccount")?)
    } else {
        record.text("account")
    };
    let prefix = record.text("prefix").unwrap_or_default();
    let prefix = prefix.trim_matches('/');
    if prefix.split('/').any(|part| matches!(part, "." | "..") || (part.is_empty() && !prefix.is_empty())) {
        let help = "write the folder in the bucket, such as `site` or `news/site`";
        reader.wrong(record, "prefix", "is not a plain path", help);
        return None;
    }
    Some(Place::Bucket(Bucket {
        service,
        name: name?,
        prefix: prefix.to_owned(),
        region: record.text("region"),
        endpoint: web(reader, record, "endpoint"),
        profile: record.text("profile"),
        account,
    }))
}

fn purge(reader: &mut Reader<'_>, record: &Record<'_>) -> Option<Purge> {
    let url = web(reader, record, "url");
    let or = |usual: &str| url.clone().or_else(|| Url::parse(usual).ok());
    match record.choice("kind")? {
        "cloudflare" => Some(Purge::Cloudflare {
            zone: needed(reader, record, "zone", "023e105f4ecef8ad9ca31a8372d0c353")?,
            api: or("https://api.cloudflare.com/client/v4/")?,
        }),
        "fastly" => Some(Purge::Fastly { api: or("https://api.fastly.com/")? }),
        _ => {
            needed(reader, record, "url", "https://hooks.news.example/purge")?;
            Some(Purge::Webhook { url: url? })
        }
    }
}

fn index_now(reader: &mut Reader<'_>, record: &Record<'_>) -> Option<IndexNow> {
    let key = record.text("key")?;
    // https://www.indexnow.org/documentation: 8 to 128 characters of these.
    let fits = (8..=128).contains(&key.len()) && key.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
    if !fits {
        let help = "write 8 to 128 letters, digits or dashes, and publish them in `static/KEY.txt`";
        reader.wrong(record, "key", "is no IndexNow key", help);
        return None;
    }
    let usual = || Url::parse("https://api.indexnow.org/indexnow").ok();
    Some(IndexNow { key, endpoint: web(reader, record, "endpoint").or_else(usual)? })
}

/// The text of a key that this kind of target cannot do without.
fn needed(reader: &mut Reader<'_>, record: &Record<'_>, key: &str, example: &str) -> Option<String> {
    match record.text(key) {
        Some(text) if !text.trim().is_empty() => Some(text),
        Some(_) => {
            reader.wrong(record, key, "is empty", &format!("write `{key}: {example}`"));
            None
        }
        None => {
            let kind = record.choice("kind").unwrap_or_default();
            let finding =
                Diagnostic::error("missing-key", format!("a target of kind `{kind}` needs `{key}`"));
            let finding = finding.at(record.document().source(), record.span("kind"), "");
            reader.findings.push(finding.help(format!("add a line `{key}: {example}`")));
            None
        }
    }
}

/// A word for another program's command line: it must not be taken for an option or steer a terminal.
fn plain_argument(reader: &mut Reader<'_>, record: &Record<'_>, key: &str, text: String) -> Option<String> {
    if text.starts_with('-') || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        reader.wrong(record, key, "begins with `-` or has spaces", "write the plain name or address");
        return None;
    }
    Some(text)
}

fn web(reader: &mut Reader<'_>, record: &Record<'_>, key: &str) -> Option<Url> {
    let text = record.text(key)?;
    match Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
        _ => {
            reader.wrong(record, key, "is not a URL", "write the whole URL, beginning with `https://`");
            None
        }
    }
}
