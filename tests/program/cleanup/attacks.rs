//! Root's `sim` is led to no other file: neither by the user that the server runs as, nor by a user
//! that may write to the directory in which the private server is to live.
//!
//! Each test stands for one attack. Some let the server's programs themselves be hostile, at the
//! worst moment; in others an attacker races a `sim` with the real ones.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::unistd::{User, geteuid};

use crate::fixture::{Done, NOBODY, Sim, command, entries, eventually, postgres, sim};

/// What the victim's file says.
const SECRET: &str = "precious";

fn short_run() -> Sim {
    sim("--strategy atomic --buyers 300")
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Whether the attack can take place: the victim is root.
fn is_root() -> bool {
    let is_root = geteuid().is_root();
    if !is_root {
        eprintln!("not run: the attack is one on root's sim, and the tests do not run as root");
    }
    is_root
}

/// The user that the server of root's `sim` runs as.
fn server_user() -> User {
    let named = |name| User::from_name(name).unwrap();
    named("postgres").or_else(|| named("nobody")).unwrap()
}

/// A directory for private servers, and beside it one of root's with a secret in it.
struct Trap(tempfile::TempDir);

impl Trap {
    /// Whose base has this mode.
    fn new(mode: u32) -> Self {
        let trap = Self(tempfile::tempdir_in("/tmp").unwrap());
        allow(trap.0.path(), 0o755);
        for (directory, mode) in [(trap.base(), mode), (trap.victim(), 0o700)] {
            fs::create_dir(&directory).unwrap();
            allow(&directory, mode);
        }
        fs::write(trap.secret(), SECRET).unwrap();
        allow(&trap.secret(), 0o600);
        trap
    }

    fn base(&self) -> PathBuf {
        self.0.path().join("b")
    }

    fn victim(&self) -> PathBuf {
        self.0.path().join("v")
    }

    fn secret(&self) -> PathBuf {
        self.victim().join("secret")
    }

    fn assert_empty(&self) {
        eventually("nothing is left", || entries(&self.base()).is_empty());
    }

    /// The victim's directory and file are as they were, and `sim` has not said what the file says.
    fn assert_harmless(&self, done: &Done) {
        let said = format!("{}{}", done.stdout, done.stderr);
        assert!(!said.contains(SECRET), "{}", done.all());
        assert_eq!(entries(&self.victim()), ["secret"], "{}", done.all());
        assert_eq!(fs::read_to_string(self.secret()).unwrap(), SECRET);
        for (path, mode) in [(self.victim(), 0o40_700), (self.secret(), 0o100_600)] {
            let found = fs::metadata(&path).unwrap();
            assert_eq!((found.uid(), found.mode()), (0, mode), "{path:?}");
        }
    }
}

/// A `sim` whose `initdb` and `postgres` are those of the system with something done after the one
/// and before the other. `$data` and `$secret` lead to the data directory and to the victim's file.
fn betrayed(trap: &Trap, after_initdb: &str, before_postgres: &str) -> Sim {
    let call = short_run();
    let bin = call.out().join("bin");
    fs::create_dir(&bin).unwrap();
    let real = postgres();
    let secret = trap.secret().display().to_string();
    let programs = [
        (
            "initdb",
            format!(
                "for data; do :; done\n{} \"$@\" || exit\n{after_initdb}\nexit 0",
                real.initdb().display()
            ),
        ),
        (
            "postgres",
            format!(
                "data=$2\n{before_postgres}\nexec {} \"$@\"",
                real.postgres().display()
            ),
        ),
    ];
    for (name, evil) in programs {
        let text = format!(
            "#!/bin/sh\n[ \"$1\" = --version ] && echo '{name} (PostgreSQL) 15.1' && exit\n\
             secret={secret}\n{evil}\n"
        );
        // Written by another process: what this one had open for writing could not be run as long
        // as a child that another test forks holds it open too.
        let write = "printf %s \"$2\" > \"$1\" && chmod 755 \"$1\"";
        command("sh", &[&"-c", &write, &"sh", &bin.join(name), &text]);
    }
    call.env("SIM_POSTGRES_BIN", bin).env("TMPDIR", trap.base())
}

// The server's programs are hostile --------------------------------------------

/// The attack: links in the place of the log, before root opens it to be written.
#[test]
fn root_writes_through_no_link_for_the_log() {
    if !is_root() {
        return;
    }
    let trap = Trap::new(0o1777);
    let evil =
        "for d in \"$data\" \"${data%/*}\" \"${data%/*/*}\"; do ln -sfn $secret \"$d/log\"; done";
    let done = betrayed(&trap, evil, "").run();
    trap.assert_harmless(&done);
    done.exits(1).complains("is not of the server's making");
    trap.assert_empty();
}

/// The attack: links in the place of the log, before root reads it to say why the server ended.
#[test]
fn root_reads_through_no_link_for_the_log() {
    if !is_root() {
        return;
    }
    let trap = Trap::new(0o1777);
    let evil = "for d in \"${data%/*}\" \"${data%/*/*}\"; do ln -sfn $secret \"$d/log\"; done\n\
                echo the last word; exit 3";
    let done = betrayed(&trap, "", evil).run();
    trap.assert_harmless(&done);
    done.exits(1).complains("the last word");
    trap.assert_empty();
}

/// The attack: a link in the place of the whole directory, which leads root's files elsewhere.
#[test]
fn the_directory_of_a_server_cannot_be_exchanged() {
    if !is_root() {
        return;
    }
    let trap = Trap::new(0o1777);
    let evil = "for d in \"${data%/*}\" \"${data%/*/*}\"; do\n\
                mv \"$d\" \"$d.aside\" && ln -s \"${secret%/*}\" \"$d\"; done";
    let done = betrayed(&trap, evil, "").run();
    trap.assert_harmless(&done);
    done.exits(0);
    trap.assert_empty();
}

/// The attack: a pipe in the place of `postmaster.pid`, at which root waits for ever.
#[test]
fn root_waits_for_no_pipe() {
    if !is_root() {
        return;
    }
    let trap = Trap::new(0o1777);
    let evil = "mkfifo \"$data/postmaster.pid\"; sleep 0.3; echo the last word; exit 3";
    let done = betrayed(&trap, "", evil).run();
    done.exits(1).complains("the last word");
    trap.assert_empty();
}

/// The attack: a `postmaster.pid` that says "ready", and a link to another socket, which root alone
/// could connect to.
#[test]
fn root_connects_through_no_link() {
    if !is_root() {
        return;
    }
    let trap = Trap::new(0o1777);
    let listener = UnixListener::bind(trap.victim().join("socket")).unwrap();
    let connected = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&connected);
    // Ends with the test binary.
    std::thread::spawn(move || {
        for _ in listener.incoming() {
            noted.store(true, Ordering::SeqCst);
        }
    });
    let evil = "ln -s \"${secret%/*}/socket\" \"${data%/*}/.s.PGSQL.5432\"\n\
                printf '%s\\n\\n\\n\\n\\n\\n\\nready\\n' $$ > \"$data/postmaster.pid\"; exec sleep 5";
    let done = betrayed(&trap, "", evil).run();
    assert!(!connected.load(Ordering::SeqCst), "{}", done.all());
    done.exits(1).complains("is not of the server's making");
    trap.assert_empty();
}

/// The attack: another socket in the place of the server's once it is ready, so that later
/// connections of root's lead elsewhere; and other users that connect without a password.
#[test]
fn the_names_around_the_socket_are_roots() {
    if !is_root() {
        return;
    }
    let mut running = super::long_run().start();
    running.until_buyers_shop();
    let tmp = running.place().tmp();
    let home = tmp.join(&entries(&tmp)[0]);
    let user = server_user();
    let script = "cd \"$1\" || exit 9; for it in ./a pg/a; do mkdir $it && exit 1; done\n\
                  for it in log pg pg/data pg/.s.PGSQL.5432; do mv $it $it.aside && exit 2; done\n\
                  cat log && exit 3; exit 0";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(&home);
    shell.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    assert_eq!(shell.output().unwrap().status.code(), Some(0));
    for (name, mode) in [
        ("log", 0o600),
        ("pg/data", 0o700),
        ("pg/.s.PGSQL.5432", 0o700),
    ] {
        let found = fs::metadata(home.join(name)).unwrap();
        assert_eq!(found.mode() & 0o777, mode, "{name}");
    }
    running.signal(nix::sys::signal::Signal::SIGINT);
    running.wait().exits(130);
}

/// The attack: a directory that becomes a link while root removes it. GNU's `rm` survives that and
/// others do not, so the directories of the server's user are not removed by root at all.
#[test]
fn root_walks_through_no_directory_of_the_server() {
    if !is_root() {
        return;
    }
    let trap = Trap::new(0o1777);
    let many = "mkdir \"$data/many\" && cd \"$data/many\" && seq 30000 | xargs touch";
    let base = trap.base();
    let mut running = betrayed(&trap, many, "").start();
    let (mut of_root, mut of_others) = (Vec::new(), 0);
    let child = running.child();
    while child.try_wait().unwrap().is_none() {
        for (line, uid) in removals(&base) {
            match uid {
                0 => of_root.push(line),
                _ => of_others += 1,
            }
        }
    }
    assert_eq!(of_root, Vec::<String>::new());
    assert!(of_others > 0, "nothing was seen to be removed");
    running.wait().exits(0);
    trap.assert_empty();
}

/// The running `rm`s that walk through directories below `base`, with their users.
fn removals(base: &Path) -> Vec<(String, u32)> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let removal = |process: fs::DirEntry| {
        let line = fs::read(process.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let cwd = fs::read_link(process.path().join("cwd")).unwrap_or_default();
        let is_below = line.contains(base.to_str()?) || cwd.starts_with(base);
        let is_removal = line.starts_with("rm -r") && is_below;
        is_removal.then_some((line, process.metadata().ok()?.uid()))
    };
    processes.filter_map(removal).collect()
}

// Directories that other users may write to ------------------------------------

/// The attack: any user exchanges what `sim` makes in a directory that all may write to, or below
/// it. There is none, since such a directory is refused; also for an ordinary user, whose files it
/// would be.
#[test]
fn a_base_in_which_others_may_exchange_names_is_refused() {
    let trap = Trap::new(0o777);
    let (base, below) = (trap.base(), trap.base().join("below"));
    fs::create_dir(&below).unwrap();
    allow(&below, 0o1777);
    for tmp in [&base, &below] {
        for call in [short_run(), short_run().by_ordinary_user()] {
            let done = call.env("TMPDIR", tmp).run();
            done.exits(1)
                .complains(&format!("{} is no safe place", tmp.display()))
                .complains(&format!("chmod +t {}", base.display()))
                .complains("TMPDIR");
        }
    }
    assert_eq!(entries(&below), Vec::<String>::new());
    // What it says helps.
    allow(&base, 0o1777);
    for call in [short_run(), short_run().by_ordinary_user()] {
        call.env("TMPDIR", &below).run().exits(0);
    }
}

/// The attack: the owner of a directory exchanges what root makes in it, sticky or not.
#[test]
fn a_base_of_an_ordinary_user_is_refused_for_root() {
    if !is_root() {
        return;
    }
    let trap = Trap::new(0o1777);
    std::os::unix::fs::chown(trap.base(), Some(NOBODY), None).unwrap();
    let done = short_run().env("TMPDIR", trap.base()).run();
    done.exits(1).complains(" belongs to nobody");
    let own = short_run().by_ordinary_user().env("TMPDIR", trap.base());
    own.run().exits(0);
}

// Races -------------------------------------------------------------------------

/// The variables that make [`attacker`] one: what it is after, where, and where its links lead.
const AIM: &str = "SIM_TEST_ATTACK";
const BASE: &str = "SIM_TEST_ATTACK_BASE";
const VICTIM: &str = "SIM_TEST_ATTACK_VICTIM";

/// Each name is exchanged so often at most, or nothing could ever be removed.
const TIMES_MAX: u32 = 200;

/// No test, but the attacker of the races, as a process of another user.
#[test]
#[ignore = "no test: what the races start as another user"]
fn attacker() {
    let Some(aim) = std::env::var_os(AIM) else {
        return;
    };
    let path = |name| PathBuf::from(std::env::var_os(name).unwrap());
    let (base, victim) = (path(BASE), path(VICTIM));
    let mut times = std::collections::HashMap::new();
    loop {
        for home in fs::read_dir(&base).unwrap().flatten() {
            if !home.file_name().as_encoded_bytes().starts_with(b"sim-") {
                continue;
            }
            for target in targets(&home.path(), aim.to_str().unwrap()) {
                let times: &mut u32 = times.entry(target.clone()).or_default();
                if *times < TIMES_MAX && exchange(&target, &victim) {
                    *times += 1;
                }
            }
        }
    }
}

/// The names that `aim` stands for, wherever they may be.
fn targets(home: &Path, aim: &str) -> Vec<PathBuf> {
    let inside = |directories: &[&str], name: &str| {
        let path = |directory: &&str| home.join(directory).join(name);
        directories.iter().map(path).collect()
    };
    match aim {
        "home" => vec![home.to_owned(), home.join("pg")],
        "data" => inside(&["", "pg"], "data"),
        "postmaster.pid" => inside(&["data", "pg/data"], "postmaster.pid"),
        name => inside(&["", "pg"], name),
    }
}

/// Puts a link to the victim in the place of `target`; whether it could. Directories and sockets
/// are exchanged once they are there, files also before.
fn exchange(target: &Path, victim: &Path) -> bool {
    let aside = |ending: &str| PathBuf::from(format!("{}{ending}", target.display()));
    match fs::symlink_metadata(target) {
        Ok(found) if found.is_symlink() => false,
        Ok(found) if found.is_dir() => {
            fs::rename(target, aside(".aside")).is_ok() && symlink(victim, target).is_ok()
        }
        Err(_) if !target.ends_with("log") && !target.ends_with("postmaster.pid") => false,
        _ => {
            let (link, secret) = (aside(".link"), victim.join("secret"));
            symlink(secret, &link).is_ok() && fs::rename(&link, target).is_ok()
        }
    }
}

/// A running attacker; ended when dropped.
struct Attacker(Child);

impl Attacker {
    fn start(trap: &Trap, aim: &str, (uid, gid): (u32, u32)) -> Self {
        // A copy of this test binary that every user may run.
        let copy = trap.0.path().join("attacker");
        command("cp", &[&std::env::current_exe().unwrap(), &copy]);
        allow(&copy, 0o755);
        // A test is named by its module, without the program.
        let module = module_path!().split_once("::").expect("below the root").1;
        let own = format!("{module}::attacker");
        let mut program = Command::new(&copy);
        program
            .args(["--exact", &own, "--ignored", "--nocapture"])
            .env(AIM, aim)
            .env(BASE, trap.base())
            .env(VICTIM, trap.victim())
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .uid(uid)
            .gid(gid);
        Self(program.spawn().unwrap())
    }

    fn assert_attacks(&mut self) {
        assert!(self.0.try_wait().unwrap().is_none(), "the attacker gave up");
    }
}

impl Drop for Attacker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The attack: the server's user puts links in the place of the directory, the log, the data, the
/// pid file and the socket, as fast as it can, while `sim` starts.
#[test]
#[ignore = "slow: many races"]
fn the_servers_user_races_in_vain() {
    if !is_root() {
        return;
    }
    let user = server_user();
    let ids = (user.uid.as_raw(), user.gid.as_raw());
    for aim in ["log", "home", ".s.PGSQL.5432", "postmaster.pid", "data"] {
        let trap = Trap::new(0o1777);
        let mut attacker = Attacker::start(&trap, aim, ids);
        for _ in 0..3 {
            let done = short_run().env("TMPDIR", trap.base()).run();
            eprintln!("{aim}: {}", done.stderr);
            trap.assert_harmless(&done);
            attacker.assert_attacks();
        }
        trap.assert_empty();
    }
}

/// The attack: any user exchanges the directory for a link between its making and its change of
/// owner, where the base is not sticky.
#[test]
fn an_ordinary_user_races_in_vain() {
    if !is_root() {
        return;
    }
    let trap = Trap::new(0o777);
    let mut attacker = Attacker::start(&trap, "home", (NOBODY, NOBODY));
    let race = |_| {
        let done = short_run().env("TMPDIR", trap.base()).run();
        trap.assert_harmless(&done);
        attacker.assert_attacks();
        done
    };
    let races: Vec<Done> = (0..20).map(race).collect();
    for done in races {
        done.exits(1).complains("is no safe place");
    }
}
