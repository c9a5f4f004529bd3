//! Own tables on a server of the user's: however the run ends, its databases and its role go, and
//! nothing else on that server is another one than before.

use std::fs;

use nix::sys::signal::Signal::{SIGINT, SIGKILL};
use tempfile::TempDir;

use crate::fixture::{Database, Running, Server, Sim, eventually, sim};

const SETUP: &str = "\
CREATE TABLE item (id integer PRIMARY KEY, stock integer NOT NULL);
INSERT INTO item VALUES (7, 1);
";
const SCRIPT: &str = "\
BEGIN;
SELECT stock FROM item WHERE id = 7 \\gset
UPDATE item SET stock = :stock - 1 WHERE id = 7;
UPDATE item SET stock = stock WHERE id = 7;
COMMIT;
";

/// What all databases of a server share, and what one of them holds: each row with its place and
/// the transaction that wrote it.
pub fn everything(database: &Database) -> Vec<String> {
    const TABLES: [&str; 19] = [
        "pg_database",
        "pg_authid",
        "pg_auth_members",
        "pg_db_role_setting",
        "pg_tablespace",
        "pg_shdescription",
        "pg_shdepend",
        "pg_parameter_acl",
        "pg_namespace",
        "pg_class",
        "pg_attribute",
        "pg_proc",
        "pg_type",
        "pg_constraint",
        "pg_depend",
        "pg_description",
        "pg_default_acl",
        "pg_extension",
        "products",
    ];
    let rows = |table| format!("SELECT '{table} ' || ctid || xmin || t::text FROM {table} AS t");
    let all: Vec<String> = TABLES.into_iter().map(rows).collect();
    database.ask(&format!("{} ORDER BY 1", all.join(" UNION ALL ")))
}

struct Users {
    server: Server,
    database: Database,
    before: Vec<String>,
    files: TempDir,
}

impl Users {
    fn new() -> Self {
        let server = Server::start(&[("autovacuum", "off")]);
        let first = server.database();
        first.run("CREATE ROLE maker LOGIN CREATEDB");
        first.run("CREATE DATABASE mine OWNER maker");
        let database = first.named("mine");
        database.run("CREATE TABLE products (id integer, stock integer)");
        database.run("INSERT INTO products VALUES (1, 1234)");
        database.run("COMMENT ON DATABASE mine IS 'a shop'");
        let files = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("setup.sql", SETUP),
            ("script.sql", SCRIPT),
            ("wrong.sql", "CREATE ROLE another;"),
            ("slow.sql", "SELECT pg_sleep(600);"),
        ] {
            fs::write(files.path().join(name), text).unwrap();
        }
        let before = everything(&database);
        Self {
            server,
            database,
            before,
            files,
        }
    }

    fn explore(&self, role: &str, setups: &[&str], args: &str) -> Sim {
        let path = |name: &str| self.files.path().join(name).display().to_string();
        let setups = setups.iter().map(|name| format!(" --setup {}", path(name)));
        let setups: String = setups.collect();
        let script = path("script.sql");
        // The item is judged by the rule alone.
        let ignored = "--ignore item";
        sim(&format!(
            "explore --strategy {script}{setups} {ignored} {args}"
        ))
        .arg("--invariant")
        .arg("stock=SELECT id FROM item WHERE stock < -9")
        .at(&self.database.url_as(role))
    }

    /// The databases and roles of runs that are there.
    fn of_runs(&self) -> Vec<String> {
        self.database.ask(
            "SELECT datname::text FROM pg_database WHERE datname ~ '^sim_' \
             UNION ALL SELECT rolname::text FROM pg_roles WHERE rolname ~ '^sim_' ORDER BY 1",
        )
    }

    fn until_it_sets_up(&self, running: &mut Running) {
        let asleep = "SELECT pid::text FROM pg_stat_activity WHERE query ~ 'pg_sleep.600' \
                      AND datname ~ '^sim_' AND state = 'active'";
        running.until("a set-up", || !self.database.ask(asleep).is_empty());
    }

    /// Until schedules are run.
    fn until_it_explores(&self, running: &mut Running) {
        let steps = "SELECT pid::text FROM pg_stat_activity WHERE datname ~ '^sim_.*_1$' \
                     AND query ~ 'UPDATE item'";
        running.until("a schedule", || !self.database.ask(steps).is_empty());
    }

    fn assert_untouched(&self, after: &str) {
        eventually(after, || self.of_runs().is_empty());
        let sessions = "SELECT pid::text FROM pg_stat_activity WHERE application_name ~ '^sim_'";
        eventually(after, || self.database.ask(sessions).is_empty());
        assert!(self.server.cluster().has_died().is_none(), "{after}");
        let now = everything(&self.database);
        let other: Vec<&String> = now
            .iter()
            .filter(|row| !self.before.contains(row))
            .collect();
        assert_eq!(other, Vec::<&String>::new(), "{after}");
        assert_eq!(now.len(), self.before.len(), "{after}");
    }
}

#[test]
fn own_tables_leave_a_server_as_it_was_after_every_end() {
    let users = Users::new();
    // Longer than it takes to be met in the middle.
    let long = "--buyers 4";
    for role in ["postgres", "maker"] {
        let short = users.explore(role, &["setup.sql"], "");
        match role {
            "postgres" => drop(short.run().exits(0).says("SAFE")),
            _ => drop(short.run().exits(11).says("deadlock only the victim")),
        }
        users.assert_untouched("a normal end");
        let wrong = users.explore(role, &["setup.sql", "wrong.sql"], "");
        wrong
            .run()
            .exits(2)
            .complains("wrong.sql:1: permission denied");
        users.assert_untouched("a set-up that fails");
        let broken = users.explore(role, &["setup.sql"], "");
        let broken = broken.arg("--invariant").arg("none=SELECT id FROM item");
        broken.run().exits(2).complains("the invariant none breaks");
        users.assert_untouched("an invariant that breaks");

        let start = |setup: &[&str]| users.explore(role, setup, long).start();
        let set_up = ["setup.sql", "slow.sql"];
        for signal in [SIGINT, SIGKILL] {
            let mut running = start(&set_up);
            users.until_it_sets_up(&mut running);
            running.signal(signal);
            if signal == SIGINT {
                running.until_it_complains("again to end at once");
                running.signal(SIGINT);
            }
            let done = running.wait();
            match signal {
                SIGINT => drop(done.exits(130)),
                _ => drop(done.was_killed_by(SIGKILL)),
            }
            users.assert_untouched(&format!("{signal} in the set-up, as {role}"));

            let mut running = start(&set_up[..1]);
            users.until_it_explores(&mut running);
            running.signal(signal);
            let done = running.wait();
            match signal {
                SIGINT => drop(done.exits(130).says("INCONCLUSIVE")),
                _ => drop(done.was_killed_by(SIGKILL)),
            }
            users.assert_untouched(&format!("{signal} in a schedule, as {role}"));
        }
    }
}
