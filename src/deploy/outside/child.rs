//! Other programs: rsync, ssh and git, started with a list of arguments and never through a shell of this machine.
//!
//! They get no secret that they do not need, in their arguments none at all.

use std::ffi::OsString;
use std::io::{ErrorKind, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::thread;

use super::environment;
use crate::deploy::store::{Answer, Fault};

/// How much of what a failed program said is shown, in bytes: its last lines tell.
const SHOWN_BYTES: usize = 2_000;

/// A program to be run.
#[derive(Debug)]
pub(super) struct Child {
    name: &'static str,
    command: Command,
}

/// What a program that ended well said.
#[derive(Debug)]
pub(super) struct Said {
    /// Its exit code.
    pub(super) code: i32,
    /// Its standard output.
    pub(super) out: Vec<u8>,
    /// Its standard error.
    pub(super) err: String,
}

impl Child {
    /// A program by its name.
    pub(super) fn new(name: &'static str) -> Self {
        let mut command = Command::new(name);
        for secret in environment::secret_variables() {
            command.env_remove(secret);
        }
        // What programs say is understood in English.
        command.env("LC_ALL", "C");
        Self { name, command }
    }

    /// Adds an argument.
    pub(super) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.command.arg(argument.into());
        self
    }

    /// Adds arguments.
    pub(super) fn args<T: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.command.args(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of its environment.
    pub(super) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    /// Takes a variable out of its environment.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs the program with `input` and waits for its end, whatever that is.
    pub(super) fn run(mut self, input: &[u8]) -> Answer<Said> {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => Fault::lasting(format!("the program `{}` is not installed", self.name)),
            _ => Fault::lasting(format!("cannot start `{}`: {error}", self.name)),
        })?;
        let (pipe_in, pipe_out, pipe_err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (out, err) = thread::scope(|scope| {
            scope.spawn(move || {
                // A program that does not read to the end says itself why.
                let _ = pipe_in.map(|mut pipe| pipe.write_all(input));
            });
            let errors = scope.spawn(move || {
                let mut text = Vec::new();
                let _ = pipe_err.map(|mut pipe| pipe.read_to_end(&mut text));
                text
            });
            let mut out = Vec::new();
            let _ = pipe_out.map(|mut pipe| pipe.read_to_end(&mut out));
            (out, errors.join().unwrap_or_default())
        });
        let status = child.wait();
        let status = status.map_err(|error| Fault::lasting(format!("`{}` was lost: {error}", self.name)))?;
        let err = String::from_utf8_lossy(&err).into_owned();
        Ok(Said { code: status.code().unwrap_or(-1), out, err })
    }

    /// As [`Child::run`], where any exit code but 0 is a fault that `judge` makes of the code and the last words.
    pub(super) fn succeed(self, input: &[u8], judge: impl Fn(i32, &str) -> Fault) -> Answer<Vec<u8>> {
        let said = self.run(input)?;
        if said.code == 0 { Ok(said.out) } else { Err(judge(said.code, &last_words(&said.err))) }
    }
}

/// The end of what a program said, on one line.
pub(super) fn last_words(text: &str) -> String {
    let text = environment::Redactor::of_environment().clean(text.trim());
    let start = text.ceil_char_boundary(text.len().saturating_sub(SHOWN_BYTES));
    let lines: Vec<&str> = text[start..].lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" / ")
}
