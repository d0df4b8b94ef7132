//! Names that never belong to a newspaper: secrets, backups, what editors and operating systems leave behind.
//!
//! Decides by name alone, and fails closed: whatever starts with a dot is left out unless a static host needs it.
//! It must not read a file.

/// What a name says about its file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Part of the newspaper.
    Part,
    /// Left by an operating system or a tool, harmless and everywhere: left out without a word.
    Litter,
    /// Left out with a warning; the text completes "looks like …".
    Private(&'static str),
}

const SECRET: Verdict = Verdict::Private("a secret");
const BACKUP: Verdict = Verdict::Private("a backup");
const HIDDEN: Verdict = Verdict::Private("a hidden file");

/// Names of litter, in lower case.
const LITTER: &[&str] = &[
    "$recycle.bin",
    ".apdisk",
    ".appledouble",
    ".directory",
    ".documentrevisions-v100",
    ".ds_store",
    ".editorconfig",
    ".fseventsd",
    ".gitattributes",
    ".gitignore",
    ".gitkeep",
    ".keep",
    ".localized",
    ".lsoverride",
    ".placeholder",
    ".spotlight-v100",
    ".temporaryitems",
    ".trashes",
    ".volumeicon.icns",
    "__macosx",
    "desktop.ini",
    "ehthumbs.db",
    "icon\r",
    "system volume information",
    "thumbs.db",
    "thumbs.db:encryptable",
];

/// Beginnings of litter: `AppleDouble` files, Emacs locks, `LibreOffice` locks, half-written saves and NFS leftovers.
const LITTER_STARTS: &[&str] = &["._", ".#", ".~lock.", ".goutputstream-", ".nfs", "~$"];

/// Ends of litter: the halves of a save by a `JetBrains` editor.
const LITTER_ENDS: &[&str] = &["___jb_tmp___", "___jb_old___"];

/// Whole names of secrets, in lower case. Names with a dot in front need no mention to be left out; the well-known ones
/// are here so that the warning says what they are.
const SECRETS: &[&str] = &[
    ".aws",
    ".azure",
    ".bash_history",
    ".boto",
    ".bzr",
    ".dockercfg",
    ".docker",
    ".git",
    ".git-credentials",
    ".gnupg",
    ".hg",
    ".htpasswd",
    ".kube",
    ".my.cnf",
    ".mysql_history",
    ".netrc",
    ".npmrc",
    ".password-store",
    ".pgpass",
    ".psql_history",
    ".pypirc",
    ".python_history",
    ".s3cfg",
    ".ssh",
    ".svn",
    ".terraform",
    ".yarnrc.yml",
    ".zsh_history",
    "_netrc",
    "_svn",
    "auth.json",
    "client_secret.json",
    "credentials",
    "credentials.csv",
    "credentials.json",
    "credentials.yaml",
    "credentials.yml",
    "htpasswd",
    "kubeconfig",
    "master.key",
    "rclone.conf",
    "secring.gpg",
    "secrets.json",
    "secrets.toml",
    "secrets.yaml",
    "secrets.yml",
    "service-account.json",
    "serviceaccount.json",
    "terraform.tfstate",
    "wp-config.php",
];

/// Beginnings of secrets: `.env`, `.env.production`; the private keys of SSH.
const SECRET_STARTS: &[&str] = &[".env", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_xmss"];

/// Ends of secrets: keys, key stores, password safes, database dumps.
const SECRET_ENDS: &[&str] = &[
    ".agilekeychain",
    ".env",
    ".jks",
    ".kdb",
    ".kdbx",
    ".key",
    ".keychain",
    ".keystore",
    ".mdb",
    ".opvault",
    ".ovpn",
    ".p12",
    ".p8",
    ".pem",
    ".pfx",
    ".pkcs12",
    ".ppk",
    ".sql",
    ".sql.bz2",
    ".sql.gz",
    ".sql.xz",
    ".sql.zip",
    ".sql.zst",
    ".sqlite",
    ".sqlite3",
    ".tfstate",
    ".tfvars",
];

/// Ends of backups and of files that a program was still writing.
const BACKUP_ENDS: &[&str] = &[
    "~",
    ".backup",
    ".bak",
    ".crdownload",
    ".old",
    ".orig",
    ".part",
    ".rej",
    ".save",
    ".swn",
    ".swo",
    ".swp",
    ".swx",
    ".temp",
    ".tmp",
];

/// How the names of articles end.
const ARTICLE_END: &str = ".md";

/// Judges the `name` of a file or folder that lies in `folder` (relative to the root, `static/fonts`).
pub(super) fn verdict(name: &str, folder: &str) -> Verdict {
    if is_plain_article(name) {
        return Verdict::Part;
    }
    let lower = name.to_ascii_lowercase();
    let is = |names: &[&str]| names.contains(&lower.as_str());
    let starts = |starts: &[&str]| starts.iter().any(|start| lower.starts_with(start));
    let ends = |ends: &[&str]| ends.iter().any(|end| lower.ends_with(end));
    if is(LITTER) || starts(LITTER_STARTS) || ends(LITTER_ENDS) {
        Verdict::Litter
    } else if name == "CVS" || is(SECRETS) || starts(SECRET_STARTS) || ends(SECRET_ENDS) {
        SECRET
    } else if ends(BACKUP_ENDS) || (lower.len() > 2 && lower.starts_with('#') && lower.ends_with('#')) {
        BACKUP
    } else if name.starts_with('.') && !wanted_by_hosts(name, folder) {
        HIDDEN
    } else {
        Verdict::Part
    }
}

/// Whether a name is that of an article, as almost all names of a newspaper are, and none that is on a list.
fn is_plain_article(name: &str) -> bool {
    name.ends_with(ARTICLE_END)
        && !name.starts_with(['.', '~'])
        && !name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("id_"))
}

/// Names with a dot that static hosts read: RFC 8615's `.well-known/` at the top of `static/`, Apache's and GitHub's
/// files anywhere below it. (`_headers`, `_redirects` and `CNAME` have no dot and need no leave.)
fn wanted_by_hosts(name: &str, folder: &str) -> bool {
    match name {
        ".well-known" => folder == "static",
        ".htaccess" | ".nojekyll" => folder == "static" || folder.starts_with("static/"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        BACKUP_ENDS, LITTER, LITTER_ENDS, LITTER_STARTS, SECRET_ENDS, SECRET_STARTS, SECRETS, Verdict,
        is_plain_article, verdict,
    };

    fn check(names: &[&str], folder: &str, wanted: impl Fn(Verdict) -> bool) {
        for name in names {
            let found = verdict(name, folder);
            assert!(wanted(found), "{folder}/{name} is {found:?}");
        }
    }

    #[test]
    fn secrets_and_backups_are_left_out_with_a_warning() {
        let secrets = [
            ".env",
            ".env.local",
            ".ENV",
            ".envrc",
            "prod.env",
            ".git",
            ".svn",
            ".hg",
            ".htpasswd",
            ".npmrc",
            ".netrc",
            ".aws",
            ".ssh",
            ".pgpass",
            "id_rsa",
            "id_rsa.pub",
            "id_ed25519",
            "server.pem",
            "Server.KEY",
            "cert.p12",
            "cert.pfx",
            "dump.sql",
            "dump.sql.gz",
            "safe.kdbx",
            "putty.ppk",
            "store.jks",
            "wp-config.php",
            "credentials.json",
            "secrets.yml",
            "terraform.tfstate",
            ".git-credentials",
            ".dockercfg",
            ".s3cfg",
            ".pypirc",
            ".kube",
            ".bash_history",
            "site.sqlite3",
        ];
        let backups = [
            "x.html~", ".foo.swp", ".foo.swo", "x.bak", "x.BAK", "x.orig", "x.md.old", "x.rej", "#x.md#",
            "x.tmp", "x.part",
        ];
        let hidden = [".foo", ".vscode", ".idea", ".well-known", ".htaccess", ".cache"];
        for folder in ["static", "content/politics", "templates", "data"] {
            check(&secrets, folder, |found| found == Verdict::Private("a secret"));
            check(&backups, folder, |found| found == Verdict::Private("a backup"));
        }
        check(&hidden, "content", |found| found == Verdict::Private("a hidden file"));
    }

    #[test]
    fn what_is_on_a_list_is_never_taken_for_a_plain_article() {
        let names = [LITTER, SECRETS].concat();
        assert!(names.iter().all(|name| !is_plain_article(name)));
        for end in [LITTER_ENDS, SECRET_ENDS, BACKUP_ENDS].concat() {
            assert!(
                !is_plain_article(&format!("a.md{end}")) && !is_plain_article(&format!("a{end}")),
                "{end}"
            );
        }
        for start in [LITTER_STARTS, SECRET_STARTS].concat() {
            assert!(!is_plain_article(&format!("{start}.md")), "{start}");
        }
        assert!(is_plain_article("a-story.md") && !is_plain_article("ID_rsa.md"));
    }

    #[test]
    fn litter_is_left_out_silently() {
        let litter = [
            ".DS_Store",
            "Thumbs.db",
            "desktop.ini",
            "._photo.jpg",
            ".#a.md",
            "a.md___jb_tmp___",
            ".gitkeep",
            "Icon\r",
            ".~lock.a.odt#",
            "~$a.docx",
        ];
        check(&litter, "static", |found| found == Verdict::Litter);
    }

    #[test]
    fn what_hosts_read_and_ordinary_names_are_part() {
        check(
            &[".well-known", ".htaccess", ".nojekyll", "_headers", "_redirects", "CNAME"],
            "static",
            |found| found == Verdict::Part,
        );
        check(&[".htaccess"], "static/files", |found| found == Verdict::Part);
        check(&[".well-known"], "static/files", |found| found != Verdict::Part);
        let ordinary = [
            "a.md",
            "_index.md",
            "photo.JPG",
            "environment.md",
            "sql.md",
            "keyboard.png",
            "id_card.jpg",
            "4913",
            "#",
            "~x",
            "C#.md",
            "credentials.md",
            "तस्वीर.jpg",
            "a b.txt",
            "robots.txt",
            "security.txt.asc",
        ];
        check(&ordinary, "content", |found| found == Verdict::Part);
    }
}
