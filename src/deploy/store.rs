//! What a deploy needs of the world: a store that holds the site, a clock, a memory, and somebody who watches.
//!
//! Each kind of target is a [`Store`]. A store does what it is told, in batches, and judges nothing: plans, bounds, order
//! and retries are made above it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::digest::Digest;
use super::listing::Item;

/// Something that went wrong at a store. Its text holds no secret that the store knows of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It may be over at the next try: a lost connection, a server that is overloaded. With the time to wait, when the
    /// server said so.
    Passing(String, Option<Duration>),
    /// Trying again would not help.
    Lasting(String),
    /// Somebody else is deploying to the same place.
    Busy(String),
    /// Going on could lose what is there.
    Refused(String),
}

impl Fault {
    /// A fault that may pass.
    pub fn passing(what: impl Into<String>) -> Self {
        Self::Passing(what.into(), None)
    }

    /// A fault that stays.
    pub fn lasting(what: impl Into<String>) -> Self {
        Self::Lasting(what.into())
    }

    /// The same fault with what was attempted.
    #[must_use]
    pub fn during(self, act: &str) -> Self {
        match self {
            Self::Passing(what, wait) => Self::Passing(format!("{act}: {what}"), wait),
            Self::Lasting(what) => Self::Lasting(format!("{act}: {what}")),
            other => other,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passing(what, _) | Self::Lasting(what) | Self::Busy(what) | Self::Refused(what) => {
                f.write_str(what)
            }
        }
    }
}

impl std::error::Error for Fault {}

/// What a store gives back.
pub type Answer<T> = Result<T, Fault>;

/// How a store changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Readers see each file as soon as it is there. Old forms of files are put aside for a rollback.
    InPlace,
    /// Readers see a whole edition, or the one before.
    Whole,
}

/// A file to be sent, and where its bytes are.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The file.
    pub item: Item,
    /// Where its bytes are: `folder` joined with the item's path.
    pub place: PathBuf,
}

/// How files are sent.
#[derive(Clone, Copy)]
pub struct Sending<'a> {
    /// How many bytes may be under way at once, besides one file of whatever size: when the connection is lost, so many
    /// are sent again.
    pub under_way: u64,
    /// Hears how many bytes more have arrived.
    pub heard: &'a (dyn Fn(u64) + Sync),
}

/// A place where the site is published.
///
/// *Notes* are our own small files there, named like `record.json` or `lists/0123…`; readers need none of them.
pub trait Store: Sync {
    /// What it is called for people: never with a secret.
    fn shown(&self) -> String;

    /// How it changes.
    fn form(&self) -> Form;

    /// The record of the edition that readers see; `None` when nothing was deployed.
    ///
    /// # Errors
    ///
    /// When the store cannot be asked; so for all that follow.
    fn live(&self) -> Answer<Option<Vec<u8>>>;

    /// Reads notes, in the order asked for.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn read(&self, names: &[String]) -> Answer<Vec<Option<Vec<u8>>>>;

    /// Writes notes, each whole or not at all.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn write(&self, notes: &[(String, Vec<u8>)]) -> Answer<()>;

    /// Writes a note unless there is one of that name: `false` when there is.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn create(&self, name: &str, bytes: &[u8]) -> Answer<bool>;

    /// Deletes notes; those that are not there count as deleted.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn erase(&self, names: &[String]) -> Answer<()>;

    /// The names of the editions that are kept, in any order.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn editions(&self) -> Answer<Vec<String>>;

    /// Files that are there though nothing was deployed; at most so many.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn strangers(&self, most: usize) -> Answer<Vec<String>>;

    /// Which of these places hold a file, whoever's: of the edition that readers see, at a store that shows whole ones.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn occupied(&self, paths: &[&str]) -> Answer<Vec<bool>>;

    /// Makes ready for an edition that is the one named `base` but for what will be put and removed. `key` tells one such
    /// undertaking from others: `true` when this one was begun before and goes on.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn open(&self, key: &str, base: Option<&str>) -> Answer<bool>;

    /// Which of these files are there already, with these bytes.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn already(&self, items: &[&Item]) -> Answer<Vec<bool>>;

    /// Sends files. When it returns, all have arrived.
    ///
    /// # Errors
    ///
    /// See [`Store::live`]; some may have arrived.
    fn put(&self, parcels: &[Parcel], sending: Sending<'_>) -> Answer<()>;

    /// Deletes files of the site; those that are not there count as deleted.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn remove(&self, paths: &[&str]) -> Answer<()>;

    /// The digests of files as the store gives them back.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn digests(&self, paths: &[&str]) -> Answer<Vec<Option<Digest>>>;

    /// Makes the edition `id` the one that readers see, and `record` what [`Store::live`] answers.
    ///
    /// # Errors
    ///
    /// See [`Store::live`]; readers see the one before.
    fn publish(&self, id: &str, record: &[u8]) -> Answer<()>;

    /// Of a store that is [`Form::Whole`]: makes an earlier edition the one that readers see.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn go_back(&self, id: &str) -> Answer<()>;

    /// Forgets an edition that readers do not see.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn discard(&self, id: &str) -> Answer<()>;

    /// Of a store that is [`Form::InPlace`]: puts the present forms of files aside, under their digests.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn keep(&self, files: &[(&str, Digest)]) -> Answer<()>;

    /// Of a store that is [`Form::InPlace`]: which digests are put aside.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn kept(&self, digests: &[Digest]) -> Answer<Vec<bool>>;

    /// Of a store that is [`Form::InPlace`]: puts kept forms back to where they belong.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn restore(&self, items: &[&Item]) -> Answer<()>;

    /// Of a store that is [`Form::InPlace`]: deletes what was put aside.
    ///
    /// # Errors
    ///
    /// See [`Store::live`].
    fn forget(&self, digests: &[Digest]) -> Answer<()>;
}

/// The time, and chance.
pub trait Clock: Sync {
    /// Milliseconds since 1970.
    fn millis(&self) -> i64;

    /// Seconds since 1970.
    fn now(&self) -> i64 {
        self.millis().div_euclid(1_000)
    }

    /// Waits.
    fn wait(&self, time: Duration);

    /// A number nobody can foretell.
    fn random(&self) -> u64;
}

/// What this machine remembers of a target. All of it can be had from the target again.
pub trait Memory: Sync {
    /// A number for this newspaper's folder on this machine.
    fn machine(&self) -> String;

    /// A list of files by its name.
    fn list(&self, name: &str) -> Option<Vec<u8>>;

    /// Remembers a list.
    fn remember(&self, name: &str, bytes: &[u8]);
}

/// Who watches a deploy.
pub trait Ticker: Sync {
    /// A stage begins, with so many files and bytes.
    fn stage(&self, name: &str, files: usize, bytes: u64);

    /// So many bytes more have arrived.
    fn sent(&self, bytes: u64);

    /// Something worth a line.
    fn tell(&self, line: &str);
}
