//! Programs of other languages: what they see through the proxy is what they see without,
//! and so is every byte that comes to them.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use checkout_sim::explore::worlds::proxy::{HoldSettings, ProxyEvent};

use tokio::sync::Mutex;

use super::recorder::Recorder;
use super::rust_drivers::{sqlx_talks, tokio_postgres_talks};
use super::talk::{Stand, tags};
use crate::wire::server::server;

/// Fails a test that lacks a driver, where it would say that it did not run.
const REQUIRED: &str = "SIM_REQUIRE_DRIVERS";

const SETUP: &str = "
CREATE TABLE IF NOT EXISTS driven (id int PRIMARY KEY, v int);
GRANT ALL ON driven TO scram_user;
TRUNCATE driven;
INSERT INTO driven VALUES (1, 100), (2, 20), (3, 30);
";

/// One program at a time: they share a table.
static TURN: Mutex<()> = Mutex::const_new(());

fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where a program is, if it is installed; otherwise says that the test did not run.
pub fn installed(program: PathBuf, what: &str) -> Option<PathBuf> {
    if program.exists() {
        return Some(program);
    }
    assert!(
        std::env::var_os(REQUIRED).is_none(),
        "{what} is missing: .ci/run and .ci/drivers install it"
    );
    eprintln!("did not run: {what} is not installed (.ci/drivers)");
    None
}

/// A client, and the way to a server at this port.
enum Program {
    Elsewhere(Command),
    Here(fn(u16) -> Pin<Box<dyn Future<Output = String> + Send>>),
}

impl Program {
    /// What it says.
    async fn say(&mut self, port: u16) -> String {
        match self {
            Self::Elsewhere(command) => said(command, port),
            Self::Here(talk) => talk(port).await,
        }
    }
}

fn python(script: &str) -> Option<Program> {
    let python = installed(home().join("target/drivers/venv/bin/python"), script)?;
    let mut command = Command::new(python);
    command.arg(home().join("tests/drivers").join(script));
    Some(Program::Elsewhere(command))
}

/// What a program printed, and what came to each of its sessions.
#[derive(PartialEq, Eq)]
struct Talk {
    said: String,
    heard: Vec<Vec<u8>>,
}

impl Talk {
    /// What it is about: drivers say so.
    fn topics(&self) -> impl Iterator<Item = &str> {
        let lines = self.said.lines();
        lines.filter_map(|line| line.strip_prefix("topic "))
    }
}

async fn talk(program: &mut Program, port: u16) -> Talk {
    server().shown(SETUP);
    let recorder = Recorder::start(port).await;
    Talk {
        said: program.say(recorder.port).await,
        heard: recorder.stop(),
    }
}

/// Runs a command to its end.
fn said(command: &mut Command, port: u16) -> String {
    command
        .env("PGHOST", "127.0.0.1")
        .env("PGPORT", port.to_string())
        .env("PGUSER", "scram_user")
        .env("PGPASSWORD", "secret")
        .env("PGDATABASE", "postgres")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let program = format!("{command:?}");
    let output = tokio::task::block_in_place(|| command.output()).expect("a program");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stdout);
    assert!(
        output.status.success(),
        "{program}: {said}\n{}",
        text(&output.stderr)
    );
    said
}

/// A proxy at which each step goes as soon as it parks.
async fn held(program: &mut Program) -> Talk {
    let mut stand = Stand::start(Some(HoldSettings::default())).await;
    let port = stand.port();
    let steps = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&steps);
    let stepping = tokio::spawn(async move {
        while let Some(event) = stand.events.recv().await {
            match event {
                ProxyEvent::Parked(step) => {
                    counted.fetch_add(1, Relaxed);
                    stand.proxy.let_go(step.id);
                }
                ProxyEvent::Unsupported(_, reason) => panic!("{reason}"),
                ProxyEvent::Passed(step) => panic!("{step:?} was not held"),
                _ => {}
            }
        }
    });
    let talk = talk(program, port).await;
    assert!(!stepping.is_finished(), "something could not be held");
    stepping.abort();
    assert!(steps.load(Relaxed) > 5, "{steps:?} steps");
    talk
}

fn assert_same(name: &str, how: &str, direct: &Talk, through: &Talk) {
    assert_eq!(direct.said, through.said, "{name} {how}");
    assert_eq!(direct.heard.len(), through.heard.len(), "{name} {how}");
    for (direct, through) in direct.heard.iter().zip(&through.heard) {
        let at = direct
            .iter()
            .zip(through)
            .take_while(|(a, b)| a == b)
            .count();
        let around = |bytes: &[u8]| {
            let (from, to) = (at.saturating_sub(200), (at + 200).min(bytes.len()));
            bytes[from..to].escape_ascii().to_string()
        };
        assert!(
            direct == through,
            "{name} {how}:\n{}\n{}\n{}\n{}",
            tags(direct),
            tags(through),
            around(direct),
            around(through)
        );
    }
    for topic in direct.topics() {
        eprintln!("conforms: {name}, {topic}, {how}");
    }
}

/// Each topic that it finds the same is a line of its own, by which they are counted:
/// CONTRIBUTING.md has the command.
async fn conforms(name: &str, program: Option<Program>) {
    let Some(mut program) = program else {
        return;
    };
    let _turn = TURN.lock().await;
    let direct = talk(&mut program, server().port).await;
    assert!(direct.topics().count() > 0, "{name} talks about nothing");
    let stand = Stand::start(None).await;
    let (port, mut events) = (stand.port(), stand.events);
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    let passed = talk(&mut program, port).await;
    assert_same(name, "passed", &direct, &passed);
    assert_same(name, "held", &direct, &held(&mut program).await);
}

macro_rules! conformance {
    ($(#[$attribute:meta])* $name:ident, $command:expr) => {
        $(#[$attribute])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            conforms(stringify!($name), $command).await;
        }
    };
}

conformance!(tokio_postgres, Some(Program::Here(tokio_postgres_talks)));
conformance!(sqlx, Some(Program::Here(sqlx_talks)));
conformance!(psycopg_3, python("psycopg_talks.py"));
conformance!(asyncpg, python("asyncpg_talks.py"));
conformance!(psycopg2, python("psycopg2_talks.py"));
conformance!(
    #[ignore = "slow: .ci/deep"]
    deep_sqlalchemy,
    python("sqlalchemy_talks.py")
);
conformance!(
    #[ignore = "slow: .ci/deep"]
    deep_django,
    python("django_talks.py")
);

/// psql of any version, with what it sends by itself.
fn psql() -> Option<Program> {
    let mut command = Command::new(installed("/usr/bin/psql".into(), "psql")?);
    command
        .arg("-XAf")
        .arg(home().join("tests/drivers/psql_talks.sql"));
    Some(Program::Elsewhere(command))
}

conformance!(psql_talks, psql());

/// pgbench in one of its modes. What it prints is of times; what comes to it counts.
fn pgbench(mode: &str, script: &str) -> Option<Program> {
    let program = std::env::var_os("SIM_PGBENCH").map(PathBuf::from);
    let program = program.unwrap_or_else(|| "/usr/lib/postgresql/15/bin/pgbench".into());
    let mut command = Command::new("sh");
    command
        .args(["-c", "\"$0\" \"$@\" >/dev/null && echo topic transactions"])
        .arg(installed(program, "pgbench")?)
        .args(["-n", "-t", "20", "-M", mode, "--random-seed", "1", "-f"])
        .arg(home().join("tests/drivers").join(script));
    Some(Program::Elsewhere(command))
}

conformance!(pgbench_simple, pgbench("simple", "takes.sql"));
conformance!(pgbench_extended, pgbench("extended", "takes.sql"));
conformance!(pgbench_prepared, pgbench("prepared", "takes.sql"));
conformance!(pgbench_pipelines, pgbench("prepared", "pipelines.sql"));

fn node(script: &str) -> Option<Program> {
    installed(home().join("tests/drivers/node_modules"), script)?;
    let mut command = Command::new("node");
    command.arg(home().join("tests/drivers").join(script));
    Some(Program::Elsewhere(command))
}

conformance!(
    #[ignore = "slow: .ci/deep"]
    deep_node_pg,
    node("pg_talks.mjs")
);
conformance!(
    #[ignore = "slow: .ci/deep"]
    deep_postgres_js,
    node("postgres_talks.mjs")
);
conformance!(
    #[ignore = "slow: .ci/deep"]
    deep_knex,
    node("knex_talks.mjs")
);

fn jdbc(parameters: &str) -> Option<Program> {
    let jars = home().join("target/drivers/jdbc/usr/share/java");
    let path = installed(jars.join("postgresql.jar"), "JDBC")?;
    let stringprep = jars.join("stringprep.jar");
    let scram = jars.join("scram-client.jar");
    let common = jars.join("scram-common.jar");
    let jars = [path, stringprep, scram, common].map(|jar| jar.display().to_string());
    let mut command = Command::new("java");
    command.args(["-cp", &jars.join(":")]);
    command.arg(home().join("tests/drivers/JdbcTalks.java"));
    command.arg(parameters);
    Some(Program::Elsewhere(command))
}

conformance!(
    #[ignore = "slow: .ci/deep"]
    deep_jdbc,
    jdbc("")
);
conformance!(
    #[ignore = "slow: .ci/deep"]
    deep_jdbc_simple,
    jdbc("?preferQueryMode=simple")
);
