//! The command line: one file for each command, and all wording that people read.
//!
//! Exit codes: 0 ok · 1 content, template or config error · 2 usage · 3 refused for safety · 74 input/output · 75 busy ·
//! 130, 143, 129 ended by a signal.

#![expect(
    clippy::disallowed_methods,
    reason = "commands read the clock and the environment, and write sources"
)]

pub mod args;
mod build;
mod deploy;
mod due;
mod import;
mod init;
mod moved;
mod new;
mod plan_report;
mod publish;
mod replace;
mod report;
mod rollback;
mod serve;
mod target;
mod views;
mod why;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory as _, Parser as _};

use crate::deploy::outside::environment::Redactor;
use crate::deploy::store::Fault;
use crate::disk::lock::Busy;
use crate::disk::refusal::Refusal;
use crate::disk::system;
use crate::yaml::schema;
use args::{Args, Command, SchemaOf};
use report::Report;

/// Something in the newspaper is wrong.
const CONTENT: u8 = 1;
/// The wrong words on the command line.
const USAGE: u8 = 2;
/// Refused, because going on could lose something (as `design` of exit codes: 3).
const REFUSED: u8 = 3;
/// `EX_IOERR` of sysexits.h.
const IO: u8 = 74;
/// `EX_TEMPFAIL` of sysexits.h: somebody else is at it.
const BUSY: u8 = 75;
/// 128 and the number of the signal, as shells say it: SIGINT, SIGTERM, SIGHUP.
const INTERRUPTED: u8 = 130;
const TERMINATED: u8 = 143;
const HUNG_UP: u8 = 129;

/// Stack of each thread that renders: templates may nest twenty components, each with twenty includes, and an
/// unoptimised build takes some 30 KiB for each. Memory that is not touched costs nothing.
const RENDER_STACK_BYTES: usize = 64 << 20;

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return misread(&error),
    };
    system::use_small_pages();
    // Without room for such stacks the usual ones do for all but the deepest templates.
    drop(rayon::ThreadPoolBuilder::new().stack_size(RENDER_STACK_BYTES).build_global());
    let report = Arc::new(Report::new(&args.common));
    match dispatch(args, &report) {
        Ok(code) => ExitCode::from(code),
        Err(error) if is_closed_pipe(&error) => ExitCode::from(IO),
        Err(error) => ExitCode::from(failed(&error, &report)),
    }
}

/// Says why the command line cannot be read, or what was asked about it. A secret that was typed there is not repeated.
fn misread(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    let clean = Redactor::of_environment().clean(&text);
    if clean == text {
        drop(error.print());
    } else {
        drop(report::tell(&clean));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE))
}

fn dispatch(args: Args, report: &Arc<Report>) -> anyhow::Result<u8> {
    match args.command {
        Command::Build(options) => build::build(&args.common, &options, report),
        Command::Serve(options) => serve::run(&args.common, &options, report),
        Command::Check => build::check(&args.common, report),
        Command::Due => due::run(&args.common, report),
        Command::Moved(options) => moved::run(&args.common, &options, report),
        Command::Views(options) => views::run(&args.common, &options, report),
        Command::Deploy(options) => deploy::run(&args.common, &options, report),
        Command::Rollback(options) => rollback::run(&args.common, &options, report),
        Command::Why { url } => why::run(&args.common, &url, report),
        Command::Init(options) => init::run(&options, report),
        Command::New(options) => new::run(&args.common, &options, report),
        Command::Import(options) => import::run(&args.common, &options, report),
        Command::Schema { of } => {
            let schema = match of {
                SchemaOf::Config => schema::of("newsprint.yaml", crate::config::FIELDS),
                SchemaOf::Article => {
                    schema::of("Front matter of an article", crate::content::article::FIELDS)
                }
            };
            report::print(&format!("{}\n", serde_json::to_string_pretty(&schema)?))?;
            Ok(0)
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "newsprint", &mut script);
            report::print(&String::from_utf8_lossy(&script))?;
            Ok(0)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Args::command()).render(&mut page)?;
            report::print(&String::from_utf8_lossy(&page))?;
            Ok(0)
        }
    }
}

fn failed(error: &anyhow::Error, report: &Report) -> u8 {
    if let Some(refusal) = error.downcast_ref::<Refusal>() {
        report.failure(refusal.message(), Some(refusal.help()));
        return REFUSED;
    }
    if let Some(busy) = error.downcast_ref::<Busy>() {
        report.failure(&busy.to_string(), Some("wait until it has ended, then try again"));
        return BUSY;
    }
    if let Some(fault) = error.downcast_ref::<Fault>() {
        return deploy::failed(fault, report);
    }
    report.failure(&format!("{error:#}"), None);
    IO
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
