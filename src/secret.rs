//! What a secret looks like: keys and tokens in a text, passwords in a URL, names of keys that hold them.
//!
//! Where such a thing was found, and what follows from that, is the caller's business; the thing itself is never shown.

/// The tokens that are known by how they begin: the name for people, the beginning, and how many characters of a token's
/// alphabet follow at least. From the services' own descriptions of their tokens.
const PREFIXES: &[(&str, &str, usize)] = &[
    ("an AWS access key", "AKIA", 16),
    ("a temporary AWS access key", "ASIA", 16),
    ("a GitHub token", "ghp_", 36),
    ("a GitHub token", "gho_", 36),
    ("a GitHub token", "ghs_", 36),
    ("a GitHub token", "github_pat_", 40),
    ("a GitLab token", "glpat-", 20),
    ("a Slack token", "xoxb-", 20),
    ("a Slack token", "xoxp-", 20),
    ("a Slack token", "xoxa-", 20),
    ("a Slack token", "xoxr-", 20),
    ("a Google API key", "AIza", 35),
    ("a Stripe key", "sk_live_", 24),
    ("an npm token", "npm_", 36),
    ("a SendGrid key", "SG.", 60),
];

/// How the armour of a private key begins, in two parts so that this file is none.
const ARMOUR: [&str; 2] = ["-----BEGIN ", "PRIVATE KEY"];

/// Words in the names of keys that hold secrets.
const NAMES: &[&str] = &[
    "secret",
    "token",
    "password",
    "passwd",
    "passphrase",
    "credential",
    "access_key",
    "accesskey",
    "api_key",
    "apikey",
    "account_key",
    "private_key",
    "sas",
];

/// The first secret in some bytes: what it is, and where it begins.
#[must_use]
pub fn find(bytes: &[u8]) -> Option<(&'static str, usize)> {
    let armour = ARMOUR.concat();
    let mut first: Option<(&'static str, usize)> = None;
    let mut note = |what: &'static str, at: usize| {
        if first.is_none_or(|(_, earlier)| at < earlier) {
            first = Some((what, at));
        }
    };
    for at in memchr::memmem::find_iter(bytes, ARMOUR[0].as_bytes()) {
        let line = &bytes[at..bytes.len().min(at + 80)];
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or(line);
        if memchr::memmem::find(line, &armour.as_bytes()[ARMOUR[0].len()..]).is_some() {
            note("a private key", at);
            break;
        }
    }
    for (what, start, least) in PREFIXES {
        let found = memchr::memmem::find_iter(bytes, start.as_bytes())
            .find(|at| is_apart(bytes, *at) && run(&bytes[at + start.len()..]) >= *least);
        if let Some(at) = found {
            note(what, at);
        }
    }
    first
}

/// The text with `***` for each secret that [`find`] knows.
#[must_use]
pub fn masked(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((_, at)) = find(rest.as_bytes()) {
        let (before, secret) = rest.split_at(at);
        clean.push_str(before);
        clean.push_str("***");
        let length = if secret.starts_with(ARMOUR[0]) { secret.len() } else { run(secret.as_bytes()) };
        rest = &secret[length..];
    }
    clean.push_str(rest);
    clean
}

/// Whether a URL carries a user with a password, or a token in a user's place.
#[must_use]
pub fn is_in_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // The user of ssh is a name, not a secret.
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':') || scheme.starts_with("http"))
}

/// Whether a key of this name holds a secret.
#[must_use]
pub fn is_name(key: &str) -> bool {
    let plain = key.to_ascii_lowercase().replace(['-', ' '], "_");
    NAMES.iter().any(|name| plain == *name || (name.len() > 3 && plain.contains(name)))
}

/// Whether what stands before `at` cannot belong to a token: base64 in a picture's data URL would hit else.
fn is_apart(bytes: &[u8], at: usize) -> bool {
    at == 0 || !is_token(bytes[at - 1])
}

fn run(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_token(**byte)).count()
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+')
}

#[cfg(test)]
mod tests {
    use super::{ARMOUR, find, is_in_url, is_name, masked};

    #[test]
    fn tokens_and_keys_are_found_and_words_are_not() {
        let key = format!("AKIA{}", "Q".repeat(16));
        let pem = format!("x\n{}RSA {}-----\n", ARMOUR[0], ARMOUR[1]);
        assert_eq!(find(format!("id={key}").as_bytes()), Some(("an AWS access key", 3)));
        assert_eq!(find(pem.as_bytes()), Some(("a private key", 2)));
        assert_eq!(find(format!("ghp_{}", "a".repeat(36)).as_bytes()).map(|found| found.1), Some(0));
        for text in [
            "AKIA in a sentence".to_owned(),
            format!("data:image/png;base64,zz{key}"),
            "-----BEGIN CERTIFICATE-----".to_owned(),
            "xoxb- is how they begin".to_owned(),
        ] {
            assert_eq!(find(text.as_bytes()), None, "{text}");
            assert_eq!(masked(&text), text);
        }
        assert_eq!(masked(&format!("id={key}, and {key}!")), "id=***, and ***!");
        assert_eq!(masked(&pem), "x\n***");
    }

    #[test]
    fn urls_and_names_that_hold_secrets_are_told() {
        for url in ["https://user:word@host/x.git", "https://token@host/", "ssh://me:word@host/"] {
            assert!(is_in_url(url), "{url}");
        }
        for url in ["https://host/a@b", "ssh://git@host/x", "git@host:x.git", "/srv/x"] {
            assert!(!is_in_url(url), "{url}");
        }
        for name in ["secret_access_key", "Token", "api-key", "sas", "aws_secret"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["kind", "bucket", "path", "sass", "key"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
