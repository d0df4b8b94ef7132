//! Object stores: S3 and what speaks as it does, Google Cloud Storage, Azure Blob Storage.
//!
//! Every object of the site is written with its digest, media type and caching; retries of single requests are the
//! library's, so that a batch is not sent again for one object. Nothing outside the prefix is ever named.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, Error, GetOptions, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions,
    PutPayload,
};
use tokio::runtime::{Builder, Runtime};

use super::bucket;
use super::environment::Redactor;
use super::under_way::{self, Room};
use crate::config::deploy::Bucket;
use crate::deploy::bounds::Refused;
use crate::deploy::class::{Class, encoding, media_type, without_packing};
use crate::deploy::digest::Digest;
use crate::deploy::listing::Item;
use crate::deploy::record::{FOLDER, is_id};
use crate::deploy::store::{Answer, Fault, Form, Parcel, Sending, Store};

/// How much of a service's answer is shown.
const SHOWN_CHARACTERS: usize = 400;

/// The name of the object's metadata that holds its digest.
const DIGEST: &str = "sha256";

/// A bucket as a target.
#[derive(Debug)]
pub(super) struct Cloud {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    shown: String,
    runtime: Runtime,
}

/// Opens a bucket; nothing is asked of it yet.
pub(super) fn open(bucket: &Bucket) -> Result<Result<Box<dyn Store>, Refused>> {
    // The library's client takes the process's own cryptography; it may have been chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = match bucket::client(bucket) {
        Ok(store) => store,
        Err(refused) => return Ok(Err(refused)),
    };
    let runtime = Builder::new_current_thread().enable_all().build().context("cannot start a runtime")?;
    let shown =
        format!("the bucket `{}`", [bucket.name.as_str(), &bucket.prefix].join("/").trim_end_matches('/'));
    Ok(Ok(Box::new(Cloud { store, prefix: bucket.prefix.clone(), shown, runtime })))
}

impl Cloud {
    /// The object for a file of the site.
    fn at(&self, path: &str) -> Answer<Path> {
        let whole = if self.prefix.is_empty() { path.to_owned() } else { format!("{}/{path}", self.prefix) };
        Path::parse(&whole)
            .map_err(|error| Fault::lasting(format!("`{path}` cannot be an object's name: {error}")))
    }

    fn note(&self, name: &str) -> Answer<Path> {
        self.at(&format!("{FOLDER}/{name}"))
    }

    fn kept_at(&self, digest: &Digest) -> Answer<Path> {
        self.note(&format!("objects/{digest}"))
    }

    /// Does something for each of some things, many at once, and gives the answers in their order.
    fn each<'t, T, A, F>(&self, things: &'t [T], act: impl Fn(&'t T) -> F) -> Answer<Vec<A>>
    where
        F: Future<Output = Answer<A>>,
    {
        self.runtime.block_on(under_way::each(things, (&Room::of(0), |_| 0), act))
    }

    async fn get(&self, path: Path) -> Answer<Option<Vec<u8>>> {
        let read = async {
            let found = self.store.get(&path).await?;
            found.bytes().await
        };
        match read.await {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(fault("read", &path, &error)),
        }
    }

    async fn delete(&self, path: Path) -> Answer<()> {
        match self.store.delete(&path).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(fault("delete", &path, &error)),
        }
    }

    async fn exists(&self, path: Path) -> Answer<bool> {
        match self.store.head(&path).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(fault("look at", &path, &error)),
        }
    }

    async fn copy(&self, from: Path, to: Path) -> Answer<()> {
        self.store.copy(&from, &to).await.map_err(|error| fault("copy", &from, &error))
    }

    async fn send(&self, parcel: &Parcel, sending: Sending<'_>) -> Answer<()> {
        let path = self.at(&parcel.item.path)?;
        let bytes = std::fs::read(&parcel.place)
            .map_err(|error| Fault::lasting(format!("cannot read `{}`: {error}", parcel.place.display())))?;
        let options = PutOptions { attributes: attributes(&parcel.item), ..PutOptions::default() };
        let put = self.store.put_opts(&path, PutPayload::from(bytes), options).await;
        put.map_err(|error| fault("write", &path, &error))?;
        (sending.heard)(parcel.item.size);
        Ok(())
    }

    /// Names below a folder of our notes or of the site, at most so many.
    fn names(&self, folder: &str, most: usize) -> Answer<Vec<String>> {
        let under = [self.prefix.as_str(), folder].join("/");
        let under = under.trim_matches('/');
        let prefix = if under.is_empty() {
            None
        } else {
            Some(Path::parse(under).map_err(|e| Fault::lasting(e.to_string()))?)
        };
        let found: Result<Vec<_>, Error> =
            self.runtime.block_on(self.store.list(prefix.as_ref()).take(most).try_collect());
        let found = found.map_err(|error| Fault::lasting(said("list", under, &error)))?;
        let inside = |name: &str| name.strip_prefix(under).unwrap_or(name).trim_start_matches('/').to_owned();
        Ok(found.iter().map(|object| inside(object.location.as_ref())).collect())
    }
}

impl Store for Cloud {
    fn shown(&self) -> String {
        self.shown.clone()
    }

    fn form(&self) -> Form {
        Form::InPlace
    }

    fn live(&self) -> Answer<Option<Vec<u8>>> {
        self.runtime.block_on(self.get(self.note("record.json")?))
    }

    fn read(&self, names: &[String]) -> Answer<Vec<Option<Vec<u8>>>> {
        self.each(names, async |name| self.get(self.note(name)?).await)
    }

    fn write(&self, notes: &[(String, Vec<u8>)]) -> Answer<()> {
        self.each(notes, async |(name, bytes)| {
            let path = self.note(name)?;
            let put =
                self.store.put_opts(&path, PutPayload::from(bytes.clone()), note_options(PutMode::Overwrite));
            put.await.map(drop).map_err(|error| fault("write", &path, &error))
        })
        .map(drop)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Answer<bool> {
        let path = self.note(name)?;
        let payload = || PutPayload::from(bytes.to_vec());
        self.runtime.block_on(async {
            match self.store.put_opts(&path, payload(), note_options(PutMode::Create)).await {
                Ok(_) => Ok(true),
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(false),
                // A service without conditions: the claim is read back, which tells nearly as much.
                Err(Error::NotImplemented { .. } | Error::NotSupported { .. }) => {
                    if self.exists(path.clone()).await? {
                        return Ok(false);
                    }
                    let put = self.store.put_opts(&path, payload(), note_options(PutMode::Overwrite)).await;
                    put.map(|_| true).map_err(|error| fault("write", &path, &error))
                }
                Err(error) => Err(fault("write", &path, &error)),
            }
        })
    }

    fn erase(&self, names: &[String]) -> Answer<()> {
        self.each(names, async |name| self.delete(self.note(name)?).await).map(drop)
    }

    fn editions(&self) -> Answer<Vec<String>> {
        let names = self.names(&format!("{FOLDER}/editions"), usize::MAX)?;
        let ids = names.iter().filter_map(|name| name.strip_suffix(".json"));
        Ok(ids.filter(|id| is_id(id)).map(str::to_owned).collect())
    }

    fn strangers(&self, most: usize) -> Answer<Vec<String>> {
        let names = self.names("", most)?;
        let ours = format!("{FOLDER}/");
        Ok(names.into_iter().filter(|name| !name.starts_with(&ours)).collect())
    }

    fn occupied(&self, paths: &[&str]) -> Answer<Vec<bool>> {
        // One small request for each new file; the bucket is never listed for it.
        self.each(paths, async |path| self.exists(self.at(path)?).await)
    }

    fn open(&self, _: &str, _: Option<&str>) -> Answer<bool> {
        Ok(false)
    }

    fn already(&self, items: &[&Item]) -> Answer<Vec<bool>> {
        self.each(items, async |item| {
            let path = self.at(&item.path)?;
            let options = GetOptions { head: true, ..GetOptions::default() };
            match self.store.get_opts(&path, options).await {
                Ok(found) => {
                    let digest = found.attributes.get(&Attribute::Metadata(DIGEST.into()));
                    let is_same = digest.is_some_and(|digest| digest.as_ref() == item.digest.to_string());
                    Ok(is_same && found.meta.size == item.size)
                }
                Err(Error::NotFound { .. }) => Ok(false),
                Err(error) => Err(fault("look at", &path, &error)),
            }
        })
    }

    fn put(&self, parcels: &[Parcel], sending: Sending<'_>) -> Answer<()> {
        let largest = parcels.iter().map(|parcel| parcel.item.size).max().unwrap_or(0);
        let room = Room::of(sending.under_way.saturating_add(largest));
        let weighed = (&room, |parcel: &Parcel| parcel.item.size);
        let send = async |parcel| self.send(parcel, sending).await;
        self.runtime.block_on(under_way::each(parcels, weighed, send)).map(drop)
    }

    fn remove(&self, paths: &[&str]) -> Answer<()> {
        self.each(paths, async |path| self.delete(self.at(path)?).await).map(drop)
    }

    fn digests(&self, paths: &[&str]) -> Answer<Vec<Option<Digest>>> {
        self.each(paths, async |path| Ok(self.get(self.at(path)?).await?.map(|bytes| Digest::of(&bytes))))
    }

    fn publish(&self, _: &str, record: &[u8]) -> Answer<()> {
        self.write(&[("record.json".to_owned(), record.to_vec())])
    }

    fn go_back(&self, _: &str) -> Answer<()> {
        Ok(())
    }

    fn discard(&self, _: &str) -> Answer<()> {
        Ok(())
    }

    fn keep(&self, files: &[(&str, Digest)]) -> Answer<()> {
        self.each(files, async |(path, digest)| {
            let (from, to) = (self.at(path)?, self.kept_at(digest)?);
            match self.store.copy(&from, &to).await {
                // What somebody else has deleted cannot be kept.
                Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(fault("copy", &from, &error)),
            }
        })
        .map(drop)
    }

    fn kept(&self, digests: &[Digest]) -> Answer<Vec<bool>> {
        self.each(digests, async |digest| self.exists(self.kept_at(digest)?).await)
    }

    fn restore(&self, items: &[&Item]) -> Answer<()> {
        self.each(items, async |item| self.copy(self.kept_at(&item.digest)?, self.at(&item.path)?).await)
            .map(drop)
    }

    fn forget(&self, digests: &[Digest]) -> Answer<()> {
        self.each(digests, async |digest| self.delete(self.kept_at(digest)?).await).map(drop)
    }
}

/// How a file of the site is served.
fn attributes(item: &Item) -> Attributes {
    let mut all = Attributes::from_iter([
        (Attribute::ContentType, media_type(without_packing(&item.path)).to_owned()),
        (Attribute::CacheControl, Class::of(&item.path).cache_control().to_owned()),
        (Attribute::Metadata(DIGEST.into()), item.digest.to_string()),
    ]);
    if let Some(encoding) = encoding(&item.path) {
        all.insert(Attribute::ContentEncoding, encoding.into());
    }
    all
}

fn note_options(mode: PutMode) -> PutOptions {
    let attributes = Attributes::from_iter([
        (Attribute::ContentType, "application/octet-stream"),
        (Attribute::CacheControl, "no-store"),
    ]);
    PutOptions { mode, attributes, ..PutOptions::default() }
}

/// What a failed request means. The library has tried again what may pass.
fn fault(act: &str, path: &Path, error: &Error) -> Fault {
    Fault::lasting(said(act, path.as_ref(), error))
}

fn said(act: &str, path: &str, error: &Error) -> String {
    let why = match error {
        skewed if skewed.to_string().contains("RequestTimeTooSkewed") => {
            "this machine's clock is wrong, and the service takes no request of another time".to_owned()
        }
        Error::PermissionDenied { .. } => {
            "the service does not allow it: look at the key's rights".to_owned()
        }
        Error::Unauthenticated { .. } => "the service does not know the key".to_owned(),
        other => {
            // Answers of services are long, and their beginning tells.
            let text = Redactor::of_environment().clean(&other.to_string());
            text.chars().take(SHOWN_CHARACTERS).collect()
        }
    };
    format!("cannot {act} `{path}`: {why}")
}

/// How long a request may take: a large picture on a slow line, and no longer.
pub(super) const REQUEST_SECONDS: Duration = Duration::from_mins(5);
