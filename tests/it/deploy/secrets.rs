//! Canaries in the environment, the config, URLs and files, times failures, times verbosity: none is ever printed.

use std::fs;

use super::{config, paper};
use crate::site::{Run, tree};

const CANARY: &str = "canary5ecret";

/// Every variable that holds a secret, with one of its own.
fn environment(home: &std::path::Path) -> Vec<(String, String)> {
    let names = [
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_SAS_KEY",
        "CLOUDFLARE_API_TOKEN",
        "FASTLY_API_TOKEN",
        "NEWSPRINT_WEBHOOK_TOKEN",
        "NEWSPRINT_GIT_TOKEN",
        "GITHUB_TOKEN",
    ];
    let mut all: Vec<(String, String)> =
        names.iter().map(|name| ((*name).to_owned(), format!("{CANARY}/{name}+=="))).collect();
    all.push(("AWS_ACCESS_KEY_ID".to_owned(), "AKIDEXAMPLE".to_owned()));
    all.push(("HOME".to_owned(), home.display().to_string()));
    all.push(("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()));
    all
}

#[test]
fn no_secret_is_ever_printed_or_written() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let home = folder.path().join("home");
    fs::create_dir_all(home.join(".aws")).expect("made");
    let credentials = format!(
        "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {CANARY}-file\n\n[desk]\naws_access_key_id = B\naws_secret_access_key = {CANARY}-desk\n"
    );
    fs::write(home.join(".aws/credentials"), credentials).expect("written");
    let site = paper(6, "");
    let closed = "127.0.0.1:9";
    let local = format!("kind: local, mode: plain, path: \"{}\"", folder.path().join("flat").display());
    let targets = [
        format!("kind: s3, bucket: news, endpoint: \"http://{closed}\""),
        format!("kind: s3, bucket: news, profile: desk, endpoint: \"http://{closed}\""),
        format!("kind: s3, bucket: news, secret_access_key: {CANARY}, endpoint: \"http://{closed}\""),
        format!("kind: s3, bucket: news, secret_acces_key: {CANARY}"),
        format!("kind: s3, bucket: news, endpoint: \"http://me:{CANARY}@{closed}\""),
        format!("kind: azure, bucket: news, account: desk, account_key: {CANARY}"),
        format!("kind: azure, bucket: news, account: desk, endpoint: \"http://{closed}\""),
        format!("kind: git, repository: \"https://me:{CANARY}@{closed}/x.git\""),
        format!("kind: git, repository: \"https://{CANARY}@{closed}/x.git\""),
        format!("kind: git, repository: \"http://{closed}/x.git\""),
        format!("kind: rsync, host: {closed}, path: /srv/news, password: {CANARY}"),
        "kind: rsync, host: 127.0.0.1, port: 9, path: /srv/news".to_owned(),
        format!("{local}, purge: {{kind: webhook, token: {CANARY}, url: \"http://{closed}/\"}}"),
        format!("{local}, purge: {{kind: webhook, url: \"http://x:{CANARY}@{closed}/\"}}"),
        format!("{local}, unknown: {CANARY}"),
        format!("{local}, token: {CANARY}"),
        format!("{local}, api-key: {CANARY}"),
    ];
    let environment = environment(&home);
    let environment: Vec<(&str, &str)> = environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let commands: [&[&str]; 5] = [
        &["deploy"],
        &["deploy", "-vvv"],
        &["deploy", "--json", "-vvv"],
        &["deploy", "-n"],
        &["rollback", "-vvv"],
    ];
    let silent = |run: &Run, what: &str| {
        for text in [&run.out, &run.err] {
            assert!(!text.contains(CANARY), "{what}:\n{text}");
        }
    };
    let mut sound = Vec::new();
    for target in targets {
        config(&site, &format!("  live: {{{target}}}\n"));
        let built = site.run_with(&["build", "--json"], &environment);
        silent(&built, &target);
        if built.code == 0 {
            sound.push(target);
            continue;
        }
        for arguments in commands {
            let run = site.run_with(arguments, &environment);
            assert_ne!(run.code, 0, "{target} {arguments:?}: {} {}", run.out, run.err);
            silent(&run, &format!("{target} {arguments:?}"));
        }
    }
    // What waits for a server tries again, with long pauses: all wait at once.
    let line = |(number, target): (usize, &String)| {
        (0..commands.len()).fold(String::new(), |all, at| format!("{all}  t{number}-{at}: {{{target}}}\n"))
    };
    config(&site, &sound.iter().enumerate().map(line).collect::<String>());
    site.build();
    std::thread::scope(|scope| {
        for (number, target) in sound.iter().enumerate() {
            for (at, arguments) in commands.iter().enumerate() {
                let (site, environment) = (&site, &environment);
                scope.spawn(move || {
                    let name = format!("t{number}-{at}");
                    let run = site.run_with(&[*arguments, &[&*name]].concat(), environment);
                    assert_ne!(run.code, 0, "{target} {arguments:?}: {} {}", run.out, run.err);
                    silent(&run, &format!("{target} {arguments:?}"));
                });
            }
        }
    });
    for (path, bytes) in tree(&site.path(".newsprint"))
        .into_iter()
        .chain(tree(&site.path("public")))
        .chain(tree(&folder.path().join("flat")))
    {
        assert!(!String::from_utf8_lossy(&bytes).contains(CANARY), "{path}");
    }
}

#[test]
fn a_secret_in_the_config_is_an_error_that_says_where_it_belongs() {
    let site = paper(3, "");
    config(
        &site,
        "  live:\n    kind: s3\n    bucket: news\n    secret_access_key: x\n  pages:\n    kind: git\n    repository: https://me:word@git.example/x.git\n    token: y\n  hook: {kind: local, path: /srv/x, purge: {kind: webhook, url: \"https://h.example/\", password: z}}\n",
    );
    insta::assert_snapshot!(site.findings().join("\n"), @r"
    error[deploy-secret] newsprint.yaml:8:5 `secret_access_key` is a secret, and the config is no place for secrets
    error[deploy-secret] newsprint.yaml:11:17 `repository` holds a password or token in its URL
    error[deploy-secret] newsprint.yaml:12:5 `token` is a secret, and the config is no place for secrets
    error[deploy-secret] newsprint.yaml:13:87 `password` is a secret, and the config is no place for secrets
    ");
    let run = site.run(&["deploy", "live"]).expect(1);
    assert!(!run.err.contains("secret_access_key: x") && !run.err.contains("me:word"), "{}", run.err);
    assert!(run.err.contains("help: delete it here, put it into"), "{}", run.err);
}
