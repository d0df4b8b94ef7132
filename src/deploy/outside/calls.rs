//! Calls over HTTP to services that hear of a deploy: few, small, and with their answers understood.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

use super::environment::{Redactor, Secret};
use crate::deploy::digest::Digest;
use crate::deploy::store::{Answer, Fault};

/// How long a call may take.
const CALL_SECONDS: Duration = Duration::from_secs(30);

/// The most bytes of a page that are read to compare it.
const PAGE_BYTES: u64 = 512 << 20;

/// How much of an answer is shown.
const SHOWN_CHARACTERS: usize = 300;

/// Who calls.
#[derive(Debug)]
pub(super) struct Caller {
    agent: Agent,
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body<'a> {
    /// Nothing.
    Empty,
    /// JSON.
    Json(&'a Value),
    /// Fields of a form.
    Form(&'a [(&'a str, &'a str)]),
}

impl Caller {
    pub(super) fn new() -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(CALL_SECONDS))
            .http_status_as_error(false)
            .user_agent(concat!("newsprint/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: Agent::new_with_config(config) }
    }

    /// Posts to a service; `secret` is a header with a secret.
    pub(super) fn post(&self, url: &str, secret: Option<(&str, &Secret)>, body: Body<'_>) -> Answer<()> {
        let mut request = self.agent.post(url);
        if let Some((name, value)) = secret {
            request = request.header(name, value.reveal());
        }
        let answered = match body {
            Body::Empty => request.send_empty(),
            Body::Json(value) => {
                request.header("Content-Type", "application/json; charset=utf-8").send(value.to_string())
            }
            Body::Form(fields) => request.send_form(fields.iter().copied()),
        };
        let mut answer = answered.map_err(|error| lost(url, &error))?;
        let status = answer.status().as_u16();
        if (200..300).contains(&status) {
            return Ok(());
        }
        let wait = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let text = answer.body_mut().read_to_string().unwrap_or_default();
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = Redactor::of_environment().clean(&text);
        let text: String = text.chars().take(SHOWN_CHARACTERS).collect();
        let what = format!("{} answered {status}: {text}", host(url));
        Err(match status {
            408 | 429 | 500..=599 => Fault::Passing(what, wait.map(Duration::from_secs)),
            _ => Fault::Lasting(what),
        })
    }

    /// The digest of a page as readers get it; `None` when there is none.
    pub(super) fn digest(&self, url: &str) -> Answer<Option<Digest>> {
        // A cache is asked for what the site has now.
        let request =
            self.agent.get(url).header("Cache-Control", "no-cache").header("Accept-Encoding", "identity");
        let mut answer = request.call().map_err(|error| lost(url, &error))?;
        match answer.status().as_u16() {
            200 => {
                let bytes = answer.body_mut().with_config().limit(PAGE_BYTES).read_to_vec();
                bytes.map(|bytes| Some(Digest::of(&bytes))).map_err(|error| lost(url, &error))
            }
            status @ (408 | 429 | 500..=599) => Err(Fault::passing(format!("{url} answered {status}"))),
            _ => Ok(None),
        }
    }
}

fn lost(url: &str, error: &ureq::Error) -> Fault {
    Fault::passing(format!("{} cannot be reached: {error}", host(url)))
}

fn host(url: &str) -> String {
    url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}
