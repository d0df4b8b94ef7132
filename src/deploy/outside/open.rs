//! From a target in the config to its store, past the places that no site may be put to.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::desk::Desk;
use super::git::Git;
use super::local::Local;
use super::rsync::Rsync;
use crate::config::deploy::{Place, Server, Target};
use crate::deploy::bounds::Refused;
use crate::deploy::store::Store;
use crate::disk::refusal::{Refusal, settle};

/// Opens the store of a target; a reason when it must not be one.
///
/// # Errors
///
/// When a folder on the way cannot be read.
pub fn open(
    target: &Target,
    (root, output): (&Path, &Path),
    desk: &Desk,
) -> Result<Result<Box<dyn Store>, Refused>> {
    Ok(match &target.place {
        Place::Local { path, mode } => match local_folder(path, root, output)? {
            Ok(top) => Ok(Box::new(Local::new(top, *mode))),
            Err(refused) => Err(refused),
        },
        Place::Rsync(server) => match server_folder(server) {
            None => Ok(Box::new(Rsync::new(server, desk.place("rsync"))?)),
            Some(refused) => Err(refused),
        },
        Place::Git { repository, branch } => {
            Ok(Box::new(Git::new(repository, branch, root, desk.place("git"))))
        }
        #[cfg(feature = "cloud")]
        Place::Bucket(bucket) => super::cloud::open(bucket)?,
        #[cfg(not(feature = "cloud"))]
        Place::Bucket(_) => Err(Refused::new(
            format!("this newsprint was built without object stores, which `{}` needs", target.name),
            "install one that has them: `cargo install newsprint --features cloud`",
        )),
    })
}

/// The real folder behind a local path.
fn local_folder(path: &str, root: &Path, output: &Path) -> Result<Result<PathBuf, Refused>> {
    let help = "write the whole path of a folder of its own, such as `/srv/news`";
    let refuse = |what: String| Ok(Err(Refused::new(what, help)));
    if path.trim().is_empty() || path.starts_with('~') {
        return refuse(format!("cannot deploy to `{path}`: it is not a whole path"));
    }
    let real = match settle(Path::new(path), root) {
        Ok(real) => real,
        Err(error) => match error.downcast::<Refusal>() {
            Ok(refusal) => return refuse(refusal.message().replace("publish", "deploy")),
            Err(error) => return Err(error),
        },
    };
    let output = std::fs::canonicalize(output).unwrap_or_else(|_| output.to_owned());
    if real.starts_with(&output) || output.starts_with(&real) {
        return refuse(format!(
            "cannot deploy to `{path}`: it is the output itself, or one lies in the other"
        ));
    }
    // Folders of the system are never a site's own.
    let is_system = [
        "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/opt", "/proc", "/root", "/run", "/sbin", "/srv",
        "/sys", "/tmp", "/usr", "/var", "/var/www",
    ]
    .iter()
    .any(|system| real == Path::new(system));
    if is_system {
        return refuse(format!("cannot deploy to `{path}`: it is a folder of the system"));
    }
    Ok(Ok(real))
}

/// What is wrong with a folder on another machine.
fn server_folder(server: &Server) -> Option<Refused> {
    let path = server.path.trim_end_matches('/');
    let is_unsafe = path.is_empty()
        || matches!(path, "." | "..")
        || path.starts_with('~')
        || path.starts_with('-')
        || path.split('/').any(|part| part == "..")
        || path.chars().any(char::is_control)
        || [
            "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/opt", "/root", "/srv", "/sys", "/tmp",
            "/usr", "/var", "/var/www",
        ]
        .contains(&path);
    let what =
        format!("cannot deploy to `{}` on `{}`: it is no folder of a site's own", server.path, server.host);
    is_unsafe.then(|| {
        Refused::new(what, "write the whole path of a folder that holds nothing else, such as `/srv/news`")
    })
}
