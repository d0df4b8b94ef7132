//! A connection to a server: the system's ssh and rsync, with the server's key checked and nobody asked for a password.
//!
//! What runs there is the scripts of `rsync.rs`; names and lists reach them as arguments and on standard input, quoted or
//! not looked at by a shell at all.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::child::{Child, last_words};
use crate::config::deploy::Server;
use crate::deploy::store::{Answer, Fault};

/// How long a connection may take, and how long a server may say nothing, in seconds.
const CONNECT_SECONDS: u32 = 20;
const SILENCE_SECONDS: u32 = 60;

/// A server, and how it is reached.
#[derive(Debug)]
pub(super) struct Connection {
    server: Server,
    /// Where one connection is shared by all calls.
    shared: TempDir,
}

impl Connection {
    pub(super) fn new(server: &Server) -> Result<Self> {
        let shared =
            tempfile::Builder::new().prefix("np").tempdir().context("cannot make a temporary folder")?;
        Ok(Self { server: server.clone(), shared })
    }

    /// `user@host`.
    pub(super) fn who(&self) -> String {
        match &self.server.user {
            Some(user) => format!("{user}@{}", self.server.host),
            None => self.server.host.clone(),
        }
    }

    /// The options of ssh.
    fn options(&self) -> Vec<String> {
        let mut options = vec![
            "-T".to_owned(),
            "-oBatchMode=yes".to_owned(),
            "-oStrictHostKeyChecking=yes".to_owned(),
            format!("-oConnectTimeout={CONNECT_SECONDS}"),
            format!("-oServerAliveInterval={}", SILENCE_SECONDS / 4),
            "-oServerAliveCountMax=4".to_owned(),
            "-oControlMaster=auto".to_owned(),
            "-oControlPersist=20".to_owned(),
            format!("-oControlPath={}/%C", self.shared.path().display()),
        ];
        options.extend(self.server.port.map(|port| format!("-oPort={port}")));
        if let Some(identity) = &self.server.identity {
            options.extend(["-oIdentitiesOnly=yes".to_owned(), format!("-oIdentityFile={identity}")]);
        }
        options.extend(self.server.known_hosts.as_ref().map(|file| format!("-oUserKnownHostsFile={file}")));
        options
    }

    /// Runs a script of `sh` there, in the target's folder when there is one, with arguments and input.
    pub(super) fn run(&self, script: &str, arguments: &[&str], input: &[u8]) -> Answer<Vec<u8>> {
        let mut line = format!("sh -c {} sh", quoted(script));
        for argument in arguments {
            let _ = write!(line, " {}", quoted(argument));
        }
        let child = Child::new("ssh").args(self.options()).arg("--").arg(self.who()).arg(line);
        child.succeed(input, |code, said| judge(&self.who(), code, said))
    }

    /// Starts rsync between a folder here and one there; `from` and `to` as rsync takes them.
    pub(super) fn rsync(&self, options: &[&str], from: &Path, to: &str, list: &[u8]) -> Answer<()> {
        let shell = self
            .options()
            .iter()
            .fold("ssh".to_owned(), |all, option| format!("{all} {}", for_rsync(option)));
        let host = if self.server.host.contains(':') {
            format!("[{}]", self.server.host)
        } else {
            self.server.host.clone()
        };
        let host = self.server.user.as_ref().map_or(host.clone(), |user| format!("{user}@{host}"));
        let child = Child::new("rsync")
            .args(["--rsh", &shell])
            .arg(format!("--timeout={SILENCE_SECONDS}"))
            .args(options.iter().copied())
            .args(["--from0", "--files-from=-", "--secluded-args", "--"])
            .arg(format!("{}/", from.display()))
            .arg(format!("{host}:{to}/"));
        child.succeed(list, |code, said| judge(&self.who(), code, said)).map(drop)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let end = Child::new("ssh").args(self.options()).args(["-O", "exit", "--"]).arg(self.who());
        // It ends by itself when it is not told.
        let _ = end.run(b"");
    }
}

/// What a failure of ssh or rsync means (the exit codes are in rsync's manual).
fn judge(who: &str, code: i32, said: &str) -> Fault {
    let said = last_words(said);
    let is = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if is(&["Host key verification failed", "REMOTE HOST IDENTIFICATION HAS CHANGED"]) {
        return Fault::lasting(format!(
            "the key of `{who}` is not the one that is known ({said}); if the server was set up anew, compare its key and mend `known_hosts`"
        ));
    }
    if is(&["Permission denied (", "Too many authentication failures", "no mutual signature"]) {
        return Fault::lasting(format!(
            "`{who}` does not let us in: {said} (load the key into the ssh agent)"
        ));
    }
    if is(&["Could not resolve hostname", "No space left", "Disk quota", "Read-only file system"]) {
        return Fault::lasting(format!("`{who}`: {said}"));
    }
    match code {
        // ssh's own; rsync's sockets, streams and timeouts.
        255 | 10 | 12 | 30 | 35 => Fault::passing(format!("the connection to `{who}` was lost: {said}")),
        _ => Fault::lasting(format!("`{who}` (code {code}): {said}")),
    }
}

/// A word for the shell on the other side.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A word of the command line in rsync's `--rsh`, which knows quotes and no escapes.
fn for_rsync(word: &str) -> String {
    if !word.contains([' ', '"', '\'']) {
        word.to_owned()
    } else if word.contains('"') {
        format!("'{word}'")
    } else {
        format!("\"{word}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::{judge, quoted};
    use crate::deploy::store::Fault;

    #[test]
    fn failures_are_told_apart() {
        for (code, said, passes) in [
            (255, "ssh: connect to host x port 22: Connection refused", true),
            (255, "Host key verification failed.", false),
            (255, "git@x: Permission denied (publickey).", false),
            (12, "rsync: connection unexpectedly closed", true),
            (11, "rsync: write failed: No space left on device (28)", false),
            (23, "some files could not be transferred", false),
        ] {
            let is_passing = matches!(judge("www", code, said), Fault::Passing(..));
            assert_eq!(is_passing, passes, "{said}");
        }
    }

    #[test]
    fn words_reach_the_other_side_whole() {
        assert_eq!(quoted("it's; rm -rf $HOME"), "'it'\\''s; rm -rf $HOME'");
    }
}
