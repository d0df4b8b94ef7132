//! Another machine: a real sshd on a port of this one, with rsync.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::crawl::broken_in;
use super::{edit, paper};
use crate::site::{SiteTest, skipped, tree};

/// A running sshd, and the folder with its keys.
struct Server {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts one; `None` when a component is missing.
    fn start() -> Option<Self> {
        let sshd =
            ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].into_iter().find(|path| Path::new(path).exists());
        let has_rsync = Command::new("rsync").arg("--version").output().is_ok();
        let (Some(sshd), true) = (sshd, has_rsync) else {
            skipped("sshd or rsync is not installed: no server was deployed to");
            return None;
        };
        let folder = tempfile::TempDir::new().expect("a folder");
        let place = |name: &str| folder.path().join(name).display().to_string();
        for key in ["host", "key"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f", &place(key)])
                .status();
            assert!(made.expect("ssh-keygen runs").success());
        }
        fs::copy(place("key.pub"), place("authorized")).expect("copied");
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
        let host_key = fs::read_to_string(place("host.pub")).expect("a key");
        let host_key: Vec<&str> = host_key.split(' ').take(2).collect();
        fs::write(place("known"), format!("[127.0.0.1]:{port} {}\n", host_key.join(" "))).expect("written");
        fs::write(
            place("conf"),
            format!(
                "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nPermitRootLogin yes\nMaxStartups 100\nSetEnv SHLVL=5\n",
                place("host"),
                place("authorized")
            ),
        )
        .expect("written");
        let _ = fs::create_dir_all("/run/sshd");
        let child = Command::new(sshd)
            .args(["-D", "-e", "-f", &place("conf")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sshd runs");
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "sshd does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Self { child, folder, port })
    }

    /// A target in a folder with a space in its name.
    fn target(&self, name: &str, mode: &str) -> String {
        let place = |name: &str| self.folder.path().join(name).display().to_string();
        format!(
            "  {name}: {{kind: rsync, mode: {mode}, host: 127.0.0.1, user: {}, port: {}, path: \"{}\", identity: \"{}\", known_hosts: \"{}\"}}\n",
            user(),
            self.port,
            place(&format!("the {name}")),
            place("key"),
            place("known")
        )
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn user() -> String {
    let output = Command::new("id").arg("-un").output().expect("id runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn same(place: &Path, site: &SiteTest) -> bool {
    let pages = |folder: &Path| {
        let mut files = tree(folder);
        files.retain(|path, _| {
            !path.starts_with(".newsprint-deploy")
                && !path.starts_with(".newsprint-files")
                && path != ".newsprint.json"
        });
        files
    };
    pages(place) == pages(&site.path("public"))
}

#[test]
fn a_server_gets_releases_or_a_folder_and_goes_back() {
    let Some(server) = Server::start() else { return };
    let site = paper(9, &(server.target("live", "releases") + &server.target("flat", "plain")));
    for (target, place) in [("live", server.place("the live/current")), ("flat", server.place("the flat"))] {
        site.write(
            "content/city/it's a \"name\".md",
            "---\ntitle: \"It's\"\ndate: 2026-01-02\nslug: its-é-name\n---\n\nx\n",
        );
        site.build();
        site.run(&["deploy", target, "--dry-run"]).expect(0);
        assert!(!server.place(&format!("the {target}")).exists(), "{target}: nothing is made");
        site.run(&["deploy", target]).expect(0);
        assert!(same(&place, &site), "{target}");
        assert!(site.run(&["deploy", target]).expect(0).err.contains("is up to date"));
        edit(&site, 2, &format!("Second for {target}"));
        site.delete("content/city/it's a \"name\".md");
        site.build();
        let run = site.run(&["deploy", target, "--yes", "--max-delete", "20", "--json"]).expect(0);
        assert!(same(&place, &site), "{target}: {}", run.out);
        assert!(broken_in(&place).is_empty());
        // From a machine that knows nothing.
        fs::remove_dir_all(site.path(".newsprint/deploy")).expect("deleted");
        site.run(&["rollback", target]).expect(0);
        assert!(place.join("city/2026/01/its-é-name/index.html").is_file(), "{target}: back");
        site.run(&["deploy", target, "--yes", "--max-delete", "20"]).expect(0);
        assert!(same(&place, &site), "{target}");
    }
    // Somebody else's file where a new story goes.
    site.write("content/city/new.md", "---\ntitle: New\ndate: 2026-03-03\n---\n\nx\n");
    site.build();
    for (target, place) in [("live", server.place("the live/current")), ("flat", server.place("the flat"))] {
        let theirs = place.join("city/2026/03/new/index.html");
        fs::create_dir_all(theirs.parent().expect("a folder")).expect("made");
        fs::write(&theirs, "by hand").expect("written");
        let refused = site.run(&["deploy", target, "--yes"]).expect(3);
        assert!(refused.err.contains("files that are not Newsprint's"), "{target}: {}", refused.err);
        assert_eq!(fs::read(&theirs).expect("there"), b"by hand", "{target}");
        site.run(&["deploy", target, "--adopt"]).expect(0);
        assert!(same(&place, &site), "{target}");
    }
    let notes = tree(&server.place("the flat/.newsprint-deploy"));
    assert!(!notes.contains_key("claim.json") && !notes.contains_key("touched.json"));
}

#[test]
fn a_changed_host_key_and_a_closed_door_are_told_apart() {
    let Some(server) = Server::start() else { return };
    let site = paper(3, &server.target("live", "releases"));
    let known = fs::read_to_string(server.place("known")).expect("known hosts");
    fs::write(server.place("known"), known.replace("AAAAC3NzaC1lZDI1NTE5AAAAI", "AAAAC3NzaC1lZDI1NTE5AAAAJ"))
        .expect("written");
    let run = site.run(&["deploy"]).expect(74);
    assert!(run.err.contains("the key of") && run.err.contains("known_hosts"), "{}", run.err);
    fs::write(server.place("known"), known).expect("written");
    fs::write(server.place("authorized"), "").expect("written");
    let run = site.run(&["deploy"]).expect(74);
    assert!(run.err.contains("does not let us in"), "{}", run.err);
    assert!(!server.place("the live").exists());
}

#[test]
fn deploys_to_a_server_that_are_killed_go_on() {
    let Some(server) = Server::start() else { return };
    let kills: u64 = std::env::var("NEWSPRINT_DEPLOY_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    let site = paper(12, &(server.target("live", "releases") + &server.target("flat", "plain")));
    for target in ["live", "flat"] {
        site.run(&["deploy", target]).expect(0);
    }
    for round in 0..kills {
        let (target, place) =
            if round % 2 == 0 { ("live", "the live/current") } else { ("flat", "the flat") };
        edit(&site, usize::try_from(round % 12).expect("small"), &format!("Round {round}"));
        let mut child = site.command(&["deploy", target, "-q"]).spawn().expect("started");
        std::thread::sleep(Duration::from_millis(200 + (round * 613) % 3_000));
        child.kill().expect("killed");
        child.wait().expect("ended");
        let place = server.place(place);
        assert!(broken_in(&place).is_empty(), "round {round}: {:?}", broken_in(&place));
        site.run(&["deploy", target]).expect(0);
        assert!(same(&place, &site), "round {round}, {target}");
    }
}
