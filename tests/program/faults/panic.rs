//! A real PANIC at COMMIT: the disk under the write-ahead log is full.
//!
//! PostgreSQL writes the COMMIT of several sessions with one flush. The session that
//! finds no room for it ends the server with PANIC 53100; what the others have
//! committed may be durable by then, and is found again after recovery.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command};

use nix::unistd::User;

use crate::fixture::{command, eventually, postgres, sim};

/// Room for the log, of which `initdb` takes 5 MB.
const SIZE: &str = "size=24m";

/// A server whose log stands on a small disk of its own.
struct SmallDisk {
    home: tempfile::TempDir,
    server: Child,
}

impl SmallDisk {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        let user = User::from_name("postgres").unwrap().expect("its user");
        let (uid, gid) = (user.uid.as_raw(), user.gid.as_raw());
        fs::create_dir(at("disk")).unwrap();
        command(
            "mount",
            &[&"-t", &"tmpfs", &"-o", &SIZE, &"tmpfs", &at("disk")],
        );
        command("chown", &[&"-R", &"postgres", &home.path()]);
        let run = |program: &Path| {
            let mut run = Command::new(program);
            run.uid(uid).gid(gid).current_dir(home.path());
            run.stdout(File::create(at("out")).unwrap());
            run.stderr(
                File::options()
                    .append(true)
                    .create(true)
                    .open(at("log"))
                    .unwrap(),
            );
            run
        };
        let binaries = postgres();
        let made = run(binaries.initdb())
            .args(["--wal-segsize=1", "-U", "postgres", "-A", "trust"])
            .args(["-D".as_ref(), at("data").as_os_str()])
            .args(["-X".as_ref(), at("disk/log").as_os_str()])
            .status();
        assert!(made.unwrap().success(), "{}", read(&at("log")));
        let settings = [
            "listen_addresses=",
            "wal_recycle=off",
            "max_wal_size=1GB",
            "commit_delay=3000",
            "commit_siblings=1",
        ];
        let mut server = run(binaries.postgres());
        for setting in settings {
            server.args(["-c", setting]);
        }
        let directory = format!("unix_socket_directories={}", home.path().display());
        server.args(["-c", &directory]);
        let server = server.args(["-D".as_ref(), at("data").as_os_str()]);
        let server = server.spawn().unwrap();
        let this = Self { home, server };
        eventually("the server is ready", || this.says("ready to accept"));
        this
    }

    fn says(&self, text: &str) -> bool {
        read(&self.home.path().join("log")).contains(text)
    }

    fn url(&self) -> String {
        let host = self.home.path().display();
        format!("postgresql://postgres@localhost/postgres?host={host}")
    }

    /// Until the server has ended for lack of room.
    fn fill_until_it_panics(&self) {
        let filler = self.home.path().join("disk/filler");
        let mut file = File::create(&filler).unwrap();
        while file.write_all(&[0; 65_536]).is_ok() {}
        eventually("a PANIC", || self.says("PANIC:  could not write to file"));
        fs::remove_file(filler).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let pid = self.server.id().to_string();
        command("kill", &[&"-QUIT", &pid]);
        let _ = self.server.wait();
        command("umount", &[&self.home.path().join("disk")]);
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// What got no answer to its COMMIT is in doubt, and looked up when the server is
/// back: no buyer with an order is told `failed`, and none without one `sold`.
#[test]
#[ignore = "slow, and needs root: it mounts a disk of its own"]
fn deep_a_panic_at_commit_leaves_no_answer_wrong() {
    let server = SmallDisk::start();
    let load = "--strategy atomic --buyers 20000 --products 1000 --stock 1000";
    let mut running = sim(load).json().at(&server.url()).start();
    running.until("sales", || {
        let log = fs::read_dir(server.home.path().join("disk/log")).unwrap();
        // `initdb` leaves two files; each holds a megabyte.
        log.count() > 6
    });
    server.fill_until_it_panics();
    let done = running.wait();
    done.exits(1).conserves(20_000);
    done.says("checkouts got no reply to COMMIT; looked up:");
    let run = done.first_run();
    let resolved = &run["resolved"];
    let looked_up = resolved["sold"].as_u64().unwrap() + resolved["failed"].as_u64().unwrap();
    assert!(looked_up > 0, "{}", done.all());
    assert_eq!(done.outcome("unknown"), 0, "{}", done.all());
    assert_eq!(run["findings"], serde_json::json!([]), "{}", done.all());
}
