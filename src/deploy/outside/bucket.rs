//! The client of a bucket: its address from the config, its keys from the environment or `~/.aws/credentials`.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, Checksum};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::ClientOptions;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};

use super::cloud::REQUEST_SECONDS;
use super::environment;
use crate::config::deploy::{Bucket, Service};
use crate::deploy::bounds::Refused;
use crate::deploy::retry::RETRIES;

/// The time after which a request is not tried again.
const RETRY_SECONDS: Duration = Duration::from_mins(2);

/// Makes the client; a reason when that cannot be.
pub(super) fn client(bucket: &Bucket) -> Result<Arc<dyn ObjectStore>, Refused> {
    let retry = RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(20),
            base: 2.0,
        },
        max_retries: RETRIES as usize,
        retry_timeout: RETRY_SECONDS,
    };
    let is_plain = bucket.endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http");
    let options = ClientOptions::new()
        .with_timeout(REQUEST_SECONDS)
        .with_connect_timeout(Duration::from_secs(20))
        .with_allow_http(is_plain);
    let endpoint =
        bucket.endpoint.as_ref().map(|endpoint| endpoint.as_str().trim_end_matches('/').to_owned());
    let made: object_store::Result<Arc<dyn ObjectStore>> = match bucket.service {
        Service::S3 => s3(bucket, endpoint)?
            .with_retry(retry)
            .with_client_options(options)
            .build()
            .map(|client| Arc::new(client) as Arc<dyn ObjectStore>),
        Service::Gcs => {
            let mut builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(&bucket.name);
            if let Some(endpoint) = endpoint {
                builder = builder.with_base_url(&endpoint);
            }
            builder
                .with_retry(retry)
                .with_client_options(options)
                .build()
                .map(|client| Arc::new(client) as Arc<dyn ObjectStore>)
        }
        Service::Azure => {
            let mut builder = MicrosoftAzureBuilder::from_env().with_container_name(&bucket.name);
            if let Some(account) = &bucket.account {
                builder = builder.with_account(account);
            }
            if let Some(endpoint) = endpoint {
                builder = builder.with_endpoint(endpoint);
            }
            builder
                .with_retry(retry)
                .with_client_options(options)
                .build()
                .map(|client| Arc::new(client) as Arc<dyn ObjectStore>)
        }
    };
    made.map_err(|error| {
        Refused::new(format!("cannot use the bucket `{}`: {error}", bucket.name), keys(bucket.service))
    })
}

fn s3(bucket: &Bucket, endpoint: Option<String>) -> Result<AmazonS3Builder, Refused> {
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(&bucket.name)
        .with_checksum_algorithm(Checksum::SHA256)
        // One object, one request: what is deleted is exactly what was named.
        .with_disable_bulk_delete(true);
    if let Some(region) = &bucket.region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if bucket.profile.is_some() || environment::variable("AWS_ACCESS_KEY_ID").is_none() {
        let profile = bucket.profile.clone().or_else(|| environment::variable("AWS_PROFILE"));
        let named = profile.clone().unwrap_or_else(|| "default".to_owned());
        match environment::aws_credentials(&named) {
            Some(found) => {
                builder = builder.with_access_key_id(found.id).with_secret_access_key(found.key.reveal());
                if let Some(token) = &found.token {
                    builder = builder.with_token(token.reveal());
                }
            }
            None if profile.is_some() => {
                let what = format!("there is no profile `{named}` in `~/.aws/credentials`");
                return Err(Refused::new(
                    what,
                    "mend `profile`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                ));
            }
            // The machine itself may have rights, as build servers of the cloud do.
            None => {}
        }
    }
    Ok(builder)
}

/// Where keys of a service come from.
fn keys(service: Service) -> &'static str {
    match service {
        Service::S3 => "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write `~/.aws/credentials`",
        Service::Gcs => "set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account",
        Service::Azure => "set AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_KEY",
    }
}
