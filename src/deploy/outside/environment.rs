//! Secrets: where they come from, and that they are never shown.
//!
//! They come from the environment and from files of the user's home, never from the newspaper. Whatever is printed about a
//! deploy goes through [`Redactor`], which knows their values.

use std::fmt;

use super::repository::base64;
use crate::secret;

/// How long a text is at least that counts as a secret.
const LEAST_LENGTH: usize = 6;

/// A secret. It is shown as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for whoever it is meant for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The secret in an environment variable.
#[must_use]
pub fn secret(name: &str) -> Option<Secret> {
    variable(name).map(Secret)
}

/// The text of an environment variable; an empty one counts as absent.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.trim().is_empty())
}

/// The names of the environment's variables that hold secrets. Other programs are started without them.
#[must_use]
pub fn secret_variables() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names.filter(|name| is_secret(name)).collect()
}

/// A pair of keys of `~/.aws/credentials`.
#[derive(Clone, Debug)]
pub struct AwsCredentials {
    /// Which key.
    pub id: String,
    /// The key itself.
    pub key: Secret,
    /// What goes with a key that lasts for hours.
    pub token: Option<Secret>,
}

/// The keys of a profile, in the form that the AWS tools write (`AWS_SHARED_CREDENTIALS_FILE` may name another file).
#[must_use]
pub fn aws_credentials(profile: &str) -> Option<AwsCredentials> {
    let place = match variable("AWS_SHARED_CREDENTIALS_FILE") {
        Some(place) => place.into(),
        None => std::env::home_dir()?.join(".aws/credentials"),
    };
    profile_of(&std::fs::read_to_string(place).ok()?, profile)
}

fn profile_of(text: &str, profile: &str) -> Option<AwsCredentials> {
    let mut is_ours = false;
    let (mut id, mut key, mut token) = (None, None, None);
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            is_ours = name.trim() == profile;
        } else if let Some((name, value)) = line.split_once('=').filter(|_| is_ours) {
            match name.trim() {
                "aws_access_key_id" => id = Some(value.trim().to_owned()),
                "aws_secret_access_key" => key = Some(Secret::new(value.trim())),
                "aws_session_token" => token = Some(Secret::new(value.trim())),
                _ => {}
            }
        }
    }
    Some(AwsCredentials { id: id?, key: key?, token })
}

fn is_secret(name: &str) -> bool {
    // Paths of sockets and files that ssh and Git need are no secrets.
    !matches!(name, "SSH_AUTH_SOCK" | "GIT_ASKPASS" | "SSH_ASKPASS")
        && (secret::is_name(name) || name.ends_with("_KEY") || name.ends_with("_PAT"))
}

/// Takes secrets out of texts.
#[derive(Clone, Default)]
pub struct Redactor {
    values: Vec<String>,
}

impl Redactor {
    /// Knows all secrets of the environment, and those that it is told.
    #[must_use]
    pub fn of_environment() -> Self {
        let mut redactor = Self::default();
        for name in secret_variables() {
            redactor.learn(std::env::var(&name).unwrap_or_default());
        }
        for profile in [variable("AWS_PROFILE").as_deref().unwrap_or("default"), "default"] {
            redactor.learn_aws(profile);
        }
        for name in ["GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT"] {
            let file = variable(name).and_then(|place| std::fs::read_to_string(place).ok());
            if let Some(text) = file {
                redactor.learn(text);
            }
        }
        redactor
    }

    /// Learns a secret, in the forms in which servers and programs give it back. Words that are too short to be one stay
    /// readable.
    pub fn learn(&mut self, value: impl Into<String>) {
        let value = value.into();
        for part in parts(value.trim()) {
            for form in forms(&part) {
                if form.len() >= LEAST_LENGTH && !self.values.contains(&form) {
                    self.values.push(form);
                }
            }
        }
        // The longest first, for one may hold another.
        self.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    }

    /// Learns the keys of a profile of `~/.aws/credentials`.
    pub fn learn_aws(&mut self, profile: &str) {
        if let Some(found) = aws_credentials(profile) {
            self.learn(found.key.reveal());
            if let Some(token) = &found.token {
                self.learn(token.reveal());
            }
        }
    }

    /// The text with `***` for each secret, for what looks like a token, and for users and passwords in URLs. A text that
    /// is cut must be cleaned first: half a secret is not known.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for value in &self.values {
            if text.contains(value.as_str()) {
                text = text.replace(value.as_str(), "***");
            }
        }
        without_users(&secret::masked(&text))
    }
}

/// The secrets in the value of a variable: itself, the signature of a signed address, the keys in a key file.
fn parts(value: &str) -> Vec<String> {
    let mut all = vec![value.to_owned()];
    let pairs = value.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('='));
    for (_, signature) in pairs.filter(|(name, _)| *name == "sig") {
        all.push(percent_encoding::percent_decode_str(signature).decode_utf8_lossy().into_owned());
    }
    if let Ok(serde_json::Value::Object(file)) = serde_json::from_str(value) {
        let texts = file.iter().filter(|(name, _)| secret::is_name(name));
        all.extend(texts.filter_map(|(_, text)| Some(text.as_str()?.trim().to_owned())));
    }
    all
}

/// A secret as it stands in texts: in URLs, JSON, XML, and in the header that asks for a user and a password.
fn forms(value: &str) -> Vec<String> {
    let in_url = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string();
    let but_plain = in_url.replace("%2D", "-").replace("%2E", ".").replace("%5F", "_").replace("%7E", "~");
    let in_json = serde_json::Value::from(value).to_string();
    let in_json = in_json.trim_matches('"').to_owned();
    let in_xml = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    vec![
        in_url.to_lowercase(),
        but_plain.to_lowercase(),
        with_small_escapes(&in_url),
        with_small_escapes(&but_plain),
        in_url,
        but_plain,
        in_json.replace('/', "\\/"),
        in_json,
        in_xml.replace('"', "&quot;").replace('\'', "&#39;"),
        in_xml.replace('/', "&#x2F;").replace('"', "&quot;").replace('\'', "&#x27;"),
        in_xml,
        base64(value),
        base64(&format!("x-access-token:{value}")),
        value.to_owned(),
    ]
}

/// An encoded text with `%2f` for `%2F`: some servers write escapes so. Its other letters stay as they are.
fn with_small_escapes(encoded: &str) -> String {
    let mut left = 0;
    let small = encoded.chars().map(|c| {
        left = if c == '%' { 2 } else { i32::max(left - 1, -1) };
        if left >= 0 { c.to_ascii_lowercase() } else { c }
    });
    small.collect()
}

/// The text with `***` for `user:password` in URLs.
fn without_users(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    // A URL that was taken for a path has lost a slash.
    while let Some(at) = rest.find(":/") {
        let slashes = rest[at + 1..].len() - rest[at + 1..].trim_start_matches('/').len();
        let (before, after) = rest.split_at(at + 1 + slashes.min(2));
        clean.push_str(before);
        let end =
            after.find(|c: char| c == '/' || c.is_whitespace() || "'\"`".contains(c)).unwrap_or(after.len());
        let user = after[..end].rfind('@');
        match user {
            Some(user)
                if after[..user].contains(':')
                    || before.trim_end_matches('/').ends_with("https:")
                    || before.trim_end_matches('/').ends_with("http:") =>
            {
                clean.push_str("***");
                rest = &after[user..];
            }
            _ => rest = after,
        }
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::{Redactor, Secret, is_secret, profile_of};

    #[test]
    fn secrets_do_not_show() {
        let mut redactor = Redactor::default();
        redactor.learn("hunter2/hunter2");
        let text = "PUT https://me:word@host/x?key=hunter2%2Fhunter2 'hunter2/hunter2' ssh://git@host/y https://host/a@b";
        assert_eq!(
            redactor.clean(text),
            "PUT https://***@host/x?key=*** '***' ssh://git@host/y https://host/a@b"
        );
        assert_eq!(
            redactor.clean("`/srv/https:/me:word@host/x`, git@h:/srv/a@b"),
            "`/srv/https:/***@host/x`, git@h:/srv/a@b"
        );
        assert_eq!(format!("{:?}", Secret::new("word")), "***");
    }

    #[test]
    fn secrets_do_not_show_in_other_forms() {
        let mut redactor = Redactor::default();
        redactor.learn("?sv=2024&sig=Ab%2Fc%2B9%3D%3D");
        redactor.learn("{\"type\": \"service_account\", \"private_key\": \"first\\nsecond\"}");
        redactor.learn("a/b<c>&\"d");
        for (text, wanted) in [
            ("GET /x?sp=r&sig=Ab%2Fc%2B9%3D%3D now", "GET /x?sp=r&sig=*** now"),
            ("signature Ab/c+9== is wrong", "signature *** is wrong"),
            ("?sig=Ab%2fc%2b9%3d%3d", "?sig=***"),
            ("{\"k\":\"first\\nsecond\"}", "{\"k\":\"***\"}"),
            ("{\"k\":\"a\\/b<c>&\\\"d\"}", "{\"k\":\"***\"}"),
            ("<K>a/b&lt;c&gt;&amp;&quot;d</K>", "<K>***</K>"),
            ("Authorization: Basic eC1hY2Nlc3MtdG9rZW46YS9iPGM+JiJk.", "Authorization: Basic ***."),
            ("type service_account", "type service_account"),
        ] {
            assert_eq!(redactor.clean(text), wanted);
        }
    }

    #[test]
    fn keys_of_a_profile_are_its_own() {
        let text = "[default]\naws_access_key_id = A\naws_secret_access_key = a/b+c\n\n[desk]\naws_access_key_id=B\n";
        let found = profile_of(text, "default").expect("a profile");
        assert_eq!((found.id.as_str(), found.key.reveal(), found.token), ("A", "a/b+c", None));
        assert!(profile_of(text, "desk").is_none() && profile_of(text, "other").is_none());
    }

    #[test]
    fn variables_that_hold_secrets_are_known_by_their_names() {
        for name in
            ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "AZURE_STORAGE_SAS_KEY", "DB_PASSWORD", "DEPLOY_KEY"]
        {
            assert!(is_secret(name), "{name}");
        }
        for name in ["PATH", "SSH_AUTH_SOCK", "HOME", "LANG"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
