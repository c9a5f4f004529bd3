//! The process of a service: started, awaited, stopped, and gone whatever happens.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use checkout_sim::service::{Probe, ServiceCommand, ServiceOrigin, ServiceProcess, ServiceTrouble};

use super::server::{Do, TestServer};

fn command(words: &str) -> ServiceCommand {
    ServiceCommand {
        words: words.into(),
        variables: vec![("PORT".into(), "7".into()), ("OWN".into(), "a b".into())],
    }
}

fn probe(within_ms: u64) -> Probe {
    Probe {
        path: "/ready".into(),
        within: Duration::from_millis(within_ms),
    }
}

/// A port at which nothing listens.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

async fn not_ready(words: &str, within_ms: u64) -> ServiceTrouble {
    let mut process = ServiceProcess::start(&command(words)).expect("a process");
    let origin = ServiceOrigin::local(free_port());
    let ready = process.until_ready(&origin, &probe(within_ms)).await;
    ready.expect_err("nothing listens")
}

#[tokio::test]
async fn a_command_that_ends_is_told_with_its_last_lines() {
    let trouble = not_ready("echo cannot read the settings >&2; exit 3", 60_000).await;
    assert_eq!(
        trouble.to_string(),
        "the service ended (exit code 3); it said last:\ncannot read the settings"
    );
    let silent = not_ready("kill -9 $$", 60_000).await;
    assert_eq!(
        silent.to_string(),
        "the service ended (signal 9), and said nothing"
    );
    let absent = not_ready("exec /no/such/program", 60_000).await;
    assert!(absent.to_string().contains("/no/such/program"), "{absent}");
}

#[tokio::test]
async fn a_command_that_never_gets_ready_is_told_with_its_last_lines() {
    let trouble = not_ready("echo waiting for a queue; exec sleep 60", 300).await;
    let told = trouble.to_string();
    assert!(
        told.starts_with("the service was not ready after 0.3 s: GET /ready: cannot connect"),
        "{told}"
    );
    assert!(
        told.ends_with("it said last:\nwaiting for a queue"),
        "{told}"
    );
}

/// A service that is still starting answers 503; one without such a page answers 404, and is ready.
#[tokio::test]
async fn it_is_ready_when_it_answers() {
    let say = |status: &str| {
        vec![
            Do::Read,
            Do::say(&format!("HTTP/1.1 {status}\nContent-Length: 0\n\n")),
        ]
    };
    let server = TestServer::start(vec![say("503 Wait"), say("500 Oh"), say("404 None")]);
    let mut process = ServiceProcess::start(&command("exec sleep 60")).expect("a process");
    let ready = process
        .until_ready(&ServiceOrigin::local(server.port), &probe(60_000))
        .await;
    assert_eq!(ready, Ok(()));
    // Neither of the first two answers was enough.
    for _ in 0..3 {
        assert!(server.heard().starts_with("GET /ready HTTP/1.1"));
    }
    // Another program has the port, and the service could not take it.
    let server = TestServer::start(vec![say("200 OK")]);
    let mut process =
        ServiceProcess::start(&command("echo address in use; exit 1")).expect("a process");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let ready = process
        .until_ready(&ServiceOrigin::local(server.port), &probe(60_000))
        .await;
    assert!(
        matches!(ready, Err(ServiceTrouble::Ended { .. })),
        "{ready:?}"
    );
}

/// Nothing but what is allowed and what is given: a secret of another program stays here.
#[tokio::test]
async fn the_environment_is_what_is_allowed_and_given() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("env");
    let words = format!(
        "env > {0}.new; mv {0}.new {0}; exec sleep 60",
        file.display()
    );
    let process = ServiceProcess::start(&command(&words)).expect("a process");
    until(|| file.exists()).await;
    let seen = fs::read_to_string(&file).expect("a file");
    let names: Vec<&str> = seen
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name)
        .collect();
    assert!(
        names.contains(&"PATH") && seen.contains("\nOWN=a b\n") | seen.starts_with("OWN=a b\n"),
        "{seen}"
    );
    // cargo gives its tests many variables.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert!(
        names.iter().all(|name| !name.starts_with("CARGO")),
        "{seen}"
    );
    process.stop().await;
}

async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..1_500 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it does not come");
}

/// A process that is gone, or only waits to be counted.
fn is_gone(pid: &str) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
    status.is_ok_and(|stat| stat.contains(") Z ")) || !Path::new("/proc").join(pid).exists()
}

/// What it started goes with it, also what does not listen to SIGTERM; stopped or dropped.
#[tokio::test]
async fn what_it_started_goes_with_it() {
    let directory = tempfile::tempdir().expect("a directory");
    for is_stopped in [true, false] {
        let file = directory.path().join(format!("pids-{is_stopped}"));
        let words = format!(
            "sh -c 'trap \"\" TERM; while :; do sleep 1; done' & echo $! $$ > {0}.new; mv {0}.new {0}; wait",
            file.display()
        );
        let process = ServiceProcess::start(&command(&words)).expect("a process");
        until(|| file.exists()).await;
        let pids = fs::read_to_string(&file).expect("a file");
        assert!(pids.split_whitespace().all(|pid| !is_gone(pid)), "{pids}");
        match is_stopped {
            true => process.stop().await,
            false => drop(process),
        }
        until(|| pids.split_whitespace().all(is_gone)).await;
    }
}

/// Where the program of the next test finds its command; set by that test alone.
const COMMAND: &str = "SERVICE_TEST_COMMAND";

/// No test of its own: the process that the next test kills.
#[tokio::test]
async fn a_process_that_is_killed() {
    let Ok(words) = std::env::var(COMMAND) else {
        return;
    };
    let _process = ServiceProcess::start(&command(&words)).expect("a process");
    tokio::time::sleep(Duration::from_secs(600)).await;
}

/// After SIGKILL nothing of ours runs any more: what a service started goes all the same.
#[tokio::test]
async fn what_it_started_goes_when_sim_is_killed() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("pids");
    let words = format!(
        "sh -c 'trap \"\" TERM; while :; do sleep 1; done' & echo $! $$ > {0}.new; mv {0}.new {0}; wait",
        file.display()
    );
    let mut killed = Command::new(std::env::current_exe().expect("a program"))
        .args(["--exact", "service::process::a_process_that_is_killed"])
        .env(COMMAND, words)
        .stdout(Stdio::null())
        .spawn()
        .expect("a process");
    until(|| file.exists()).await;
    let pids = fs::read_to_string(&file).expect("a file");
    assert!(pids.split_whitespace().all(|pid| !is_gone(pid)), "{pids}");
    killed.kill().expect("killed");
    killed.wait().expect("gone");
    until(|| pids.split_whitespace().all(is_gone)).await;
}
