//! Secrets in the config are errors, and no finding about a deploy target shows the line it stands in.
//!
//! A finding is often read in the log of a build server: whatever stands under `deploy:` is named by its place only.

use serde_yaml::Value;

use super::FILE_NAME;
use crate::diagnostic::Diagnostic;
use crate::secret;
use crate::source::Span;
use crate::yaml::{Document, Step};

/// Adds an error for each secret under `deploy:`, and takes the source lines out of all findings there.
pub(super) fn check(document: &Document, findings: &mut Vec<Diagnostic>) {
    let Some(deploy) = document.root().get("deploy") else { return };
    let mut path = vec![Step::Key("deploy".to_owned())];
    let mut secrets = Vec::new();
    walk(document, deploy, &mut path, &mut secrets);
    // The key of a secret is known, and to nobody else.
    let is_said = |finding: &Diagnostic| {
        matches!(finding.code(), "unknown-key" | "wrong-type")
            && secrets.iter().any(|secret: &Diagnostic| {
                secret.labels()[0].position.line == finding.labels()[0].position.line
            })
    };
    findings.retain(|finding| !is_said(finding));
    findings.extend(secrets);
    conceal(findings, lines(document));
}

/// The same for a config that cannot be read: the lines from `deploy:` to the next key at the margin.
pub(super) fn check_text(text: &str, findings: &mut [Diagnostic]) {
    let is_at_margin =
        |line: &str| line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '"' || c == '\'');
    let lines = || text.lines().zip(1_usize..);
    let named = |line: &str| line.trim_start_matches(['"', '\'']).starts_with("deploy");
    let Some(first) = lines().find(|(line, _)| is_at_margin(line) && named(line)).map(|(_, at)| at) else {
        return;
    };
    let next = lines().skip(first).find(|(line, _)| is_at_margin(line));
    conceal(findings, (first, next.map_or(usize::MAX, |(_, at)| at - 1)));
}

fn conceal(findings: &mut [Diagnostic], (first, last): (usize, usize)) {
    for finding in findings.iter_mut() {
        *finding = finding.clone().looked_up(|mut label| {
            if label.path.as_str() == FILE_NAME && (first..=last).contains(&label.position.line) {
                label.excerpt.clear();
                label.underlined = Span::new(0, 0);
            }
            label
        });
    }
}

/// The first and the last line of the targets: up to the next key of the config.
fn lines(document: &Document) -> (usize, usize) {
    let line = |key: &str| {
        let span = document.key_span(&[Step::Key(key.to_owned())]);
        document.source().position(span.start).line
    };
    let mut keys =
        document.root().keys().filter_map(Value::as_str).skip_while(|key| *key != "deploy").skip(1);
    let first = line("deploy");
    (first, keys.next().map_or(usize::MAX, |key| line(key).saturating_sub(1).max(first)))
}

fn walk(document: &Document, value: &Value, path: &mut Vec<Step>, secrets: &mut Vec<Diagnostic>) {
    match value {
        Value::Mapping(map) => {
            for (key, value) in map {
                let Some(key) = key.as_str() else { continue };
                path.push(Step::Key(key.to_owned()));
                // The first name is the target's own, unless no target follows.
                if (path.len() > 2 || !value.is_mapping()) && secret::is_name(key) {
                    let message = format!("`{key}` is a secret, and the config is no place for secrets");
                    secrets.push(error(document, document.key_span(path), message).help(advice(key)));
                } else {
                    walk(document, value, path, secrets);
                }
                path.pop();
            }
        }
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                walk(document, item, path, secrets);
                path.pop();
            }
        }
        Value::String(text) => {
            let key = path.iter().rev().find_map(|step| match step {
                Step::Key(key) => Some(key.as_str()),
                Step::Index(_) => None,
            });
            let key = key.unwrap_or_default();
            if let Some((what, _)) = secret::find(text.as_bytes()) {
                let message = format!("`{key}` holds {what}, and the config is no place for secrets");
                secrets.push(error(document, document.value_span(path), message).help(advice(key)));
            } else if secret::is_in_url(text) {
                let message = format!("`{key}` holds a password or token in its URL");
                secrets.push(error(document, document.value_span(path), message).help(advice(key)));
            }
        }
        _ => {}
    }
}

fn error(document: &Document, span: Span, message: String) -> Diagnostic {
    Diagnostic::error("deploy-secret", message).at(document.source(), span, "")
}

/// Where the secret belongs instead.
fn advice(key: &str) -> String {
    let key = key.to_ascii_lowercase();
    let place = if key.contains("account") || key.contains("sas") {
        "the environment variable `AZURE_STORAGE_ACCOUNT_KEY` or `AZURE_STORAGE_SAS_KEY`"
    } else if key == "repository" || key.contains("git") {
        "the environment variable `NEWSPRINT_GIT_TOKEN`, or Git's own credential store"
    } else if key.contains("access") || key.contains("aws") || key.contains("secret") {
        "the environment variables `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or `~/.aws/credentials`"
    } else if key.contains("pass") || key.contains("identity") {
        "the ssh agent"
    } else if key == "url" || key == "endpoint" {
        "the environment variable `NEWSPRINT_WEBHOOK_TOKEN`"
    } else {
        "the environment: `CLOUDFLARE_API_TOKEN`, `FASTLY_API_TOKEN`, `NEWSPRINT_WEBHOOK_TOKEN` or the service's own name"
    };
    format!("delete it here, put it into {place}, and replace it by a new one if it was ever committed")
}
