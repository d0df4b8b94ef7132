//! The arguments, as `clap` reads them; nothing here acts.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// A static news-site generator: Markdown articles in, a complete news site out.
#[derive(Debug, Parser)]
#[command(name = "newsprint", version, about, max_term_width = 100)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What every command understands.
    #[command(flatten)]
    pub common: Common,
}

/// What every command understands.
#[derive(Clone, Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct Common {
    /// The newspaper's folder
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// The instant to build for, such as 2026-11-24T06:00:00+05:30 (default: the clock; `SOURCE_DATE_EPOCH` counts)
    #[arg(long, global = true, value_name = "INSTANT")]
    pub now: Option<String>,
    /// Show drafts, for a preview that is never deployed
    #[arg(long, global = true)]
    pub drafts: bool,
    /// Take warnings for errors
    #[arg(long, global = true)]
    pub strict: bool,
    /// Print findings and the summary as JSON, one object a line, on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Print nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Tell more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build the site into public/
    Build(Build),
    /// Show the site in a browser as it would be built, and again after each save; nothing is written
    Serve(Serve),
    /// Report every finding of a build and write nothing; exit 1 when there is one
    Check,
    /// Print the next instant at which the site changes by itself, for a timer; `never` when there is none
    Due,
    /// List the published URLs that are gone, and where their pages are now; exit 1 when a redirect is missing
    Moved(Moved),
    /// Count the readers of articles in access logs or exports, and write data/views.csv
    Views(Views),
    /// Publish the last build to a target of newsprint.yaml: in order, checked, and undone with `rollback`
    Deploy(Deploy),
    /// Make an earlier edition at a target the one that readers see
    Rollback(Rollback),
    /// Say what a published page was made of
    Why {
        /// The page's path or URL: /politics/2026/a-story/
        url: String,
    },
    /// Start a new newspaper
    Init(Init),
    /// Start a new article
    New(New),
    /// Bring in articles from elsewhere
    Import(Import),
    /// Print a JSON Schema, for editors that complete and check headers
    Schema {
        /// What to describe
        #[arg(default_value = "article")]
        of: SchemaOf,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// What a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// newsprint.yaml
    Config,
    /// The header of an article
    Article,
}

/// Options of `build`.
#[derive(Debug, clap::Args)]
pub struct Build {
    /// Where to write the site (default: public/ in the newspaper's folder)
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Say of each page that is written what made it stale
    #[arg(long)]
    pub explain: bool,
    /// Forget earlier builds and make everything anew
    #[arg(long)]
    pub no_cache: bool,
}

/// Options of `deploy`.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct Deploy {
    /// The target's name under `deploy:` in newsprint.yaml; one target needs no name
    pub target: Option<String>,
    /// The output to publish (default: public/ in the newspaper's folder)
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Show what would be sent and deleted, and change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Do not ask before deleting; without a terminal a deploy that deletes needs it
    #[arg(short, long)]
    pub yes: bool,
    /// Delete up to N files (default: 5 in a hundred pages, at most 100)
    #[arg(long, value_name = "N")]
    pub max_delete: Option<usize>,
    /// Let the site lose up to N pages, even if less than 70 in a hundred are left
    #[arg(long, value_name = "N")]
    pub allow_shrink: Option<usize>,
    /// Publish a build that is older than the newspaper's files
    #[arg(long)]
    pub allow_stale: bool,
    /// Publish a file though it seems to hold a secret or a private note; may be given again
    #[arg(long, value_name = "PATH")]
    pub allow: Vec<String>,
    /// Put the site beside files that are not Newsprint's; they stay
    #[arg(long)]
    pub adopt: bool,
    /// The site has moved: replace the one that was deployed for another `base_url`
    #[arg(long)]
    pub new_address: bool,
}

/// Options of `rollback`.
#[derive(Debug, clap::Args)]
pub struct Rollback {
    /// The target's name under `deploy:` in newsprint.yaml; one target needs no name
    pub target: Option<String>,
    /// The edition to go back to (default: the one before)
    #[arg(long, value_name = "EDITION")]
    pub to: Option<String>,
    /// List the editions that are kept, and change nothing
    #[arg(long)]
    pub list: bool,
    /// Show what would change, and change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// Options of `serve`.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// The port; 0 is any free one (default: the first free one from 1605 on)
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// Open the browser
    #[arg(long)]
    pub open: bool,
    /// Show articles of the future, too, as if they were published
    #[arg(long)]
    pub future: bool,
    /// Look at all files from time to time: for network drives, which tell nothing of changes
    #[arg(long)]
    pub poll: bool,
    /// Listen on another address than this machine's own, such as 0.0.0.0: others can then read what is not published
    #[arg(long, value_name = "ADDRESS")]
    pub host: Option<IpAddr>,
    /// A name or address by which browsers may call this server, such as news.lan; may be repeated
    #[arg(long, value_name = "NAME")]
    pub allow_host: Vec<String>,
}

/// Options of `moved`.
#[derive(Debug, clap::Args)]
pub struct Moved {
    /// What was published: a folder that Newsprint wrote, or its .newsprint.json (default: public/)
    pub manifest: Option<PathBuf>,
    /// Write the redirects that are missing into the headers of their pages
    #[arg(long)]
    pub write: bool,
}

/// Options of `views`.
#[derive(Debug, clap::Args)]
pub struct Views {
    /// Access logs in the combined format, or exports with columns such as path and views; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Add to the numbers that are there, instead of replacing them
    #[arg(long)]
    pub add: bool,
}

/// Options of `init`.
#[derive(Debug, clap::Args)]
pub struct Init {
    /// The folder to make; it must not exist, or be empty. With --host it may be a newspaper
    pub folder: PathBuf,
    /// Write the files that a host reads: how to build, headers, caching; may be given again
    #[arg(long, value_name = "NAME")]
    pub host: Vec<Host>,
    /// Copy the built-in theme into templates/ and static/, to change it
    #[arg(long)]
    pub with_theme: bool,
}

/// Hosts and servers whose files `init` can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Host {
    /// netlify.toml, static/_headers
    Netlify,
    /// wrangler.toml, static/_headers, for Cloudflare Pages
    Cloudflare,
    /// firebase.json
    Firebase,
    /// .github/workflows/newsprint.yml, which builds and deploys to GitHub Pages
    Github,
    /// hosting/nginx.conf
    Nginx,
    /// hosting/Caddyfile
    Caddy,
}

/// Options of `new`.
#[derive(Debug, clap::Args)]
pub struct New {
    /// The headline
    pub title: String,
    /// The category (default: news)
    #[arg(long, value_name = "NAME", default_value = "news")]
    pub category: String,
    /// Who writes it
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// When it is published (default: the build's instant)
    #[arg(long, value_name = "DATE")]
    pub date: Option<String>,
    /// Open it in $EDITOR
    #[arg(long)]
    pub edit: bool,
}

/// Options of `import`.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// What the source is
    pub kind: ImportKind,
    /// The files to bring in
    #[arg(required = true)]
    pub sources: Vec<PathBuf>,
    /// Write over articles that are there already
    #[arg(long)]
    pub force: bool,
}

/// What can be brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportKind {
    /// Plain text: headline, `- Posted on`, `- category`, `- By`, `- Views`, summary, body
    Text,
}
