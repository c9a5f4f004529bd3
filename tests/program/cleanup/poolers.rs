//! Attack A: a pooler gives every transaction another server connection, whose
//! `search_path` is the user's. `sim` must not touch tables of the same names.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{SIGINT, SIGKILL, SIGTERM};
use crate::fixture::{Database, Done, PgBouncer, Pooler, Server, Sim, eventually, sim};

/// Tables that a shop of the user's has, named as those of a run.
fn shop_of_the_users() -> Database {
    let database = Server::shared();
    for sql in [
        "CREATE TABLE products (id integer PRIMARY KEY, name text, stock bigint, version bigint)",
        "INSERT INTO products SELECT n, 'ours ' || n, 1000, 7 FROM generate_series(0, 50) AS n",
        "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
         checkout_key bigint, buyer integer)",
        "INSERT INTO orders (checkout_key, buyer) SELECT n, n FROM generate_series(1, 50) AS n",
        "CREATE TABLE order_lines (order_id bigint, line_no bigint, product_id integer, \
         units integer)",
        "INSERT INTO order_lines SELECT n, 1, n, 1 FROM generate_series(1, 50) AS n",
    ] {
        database.run(sql);
    }
    database
}

/// Every row with its place and the transaction that wrote it, every table with
/// its options, and the next order's number. No lock was taken on a row either.
fn content(database: &Database) -> Vec<String> {
    let of = |table| {
        let row = "(t.ctid, t.xmin, t.xmax, t.*)::text";
        format!(
            "SELECT '{table} ' || md5(string_agg({row}, ' ' ORDER BY t.ctid)) FROM public.{table} t"
        )
    };
    let mut content: Vec<String> = ["products", "orders", "order_lines"]
        .into_iter()
        .flat_map(|table| database.ask(&of(table)))
        .collect();
    content.extend(database.ask(
        "SELECT relname || ' ' || relfilenode || ' ' || coalesce(reloptions::text, '') \
         FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname",
    ));
    content.extend(database.ask("SELECT last_value::text FROM public.orders_id_seq"));
    content
}

const SCENARIO: &str = "title = \"A sale\"\nstrategies = [\"atomic\", \"autocommit\"]\n\
                        [shop]\nstock = 10\n[load]\nbuyers = 40\n";

/// Every command that works on a server.
const COMMANDS: [&str; 7] = [
    "run --strategy all --buyers 40",
    "run --strategy row-lock --buyers 40 --keep",
    "compare --strategy optimistic,atomic --buyers 40 --runs 2",
    "check sale.toml",
    "explore --strategy naive,autocommit,row-lock",
    "explore --strategy autocommit --crash",
    "replay --strategy naive --schedule AAAAABBBBB",
];

fn call(command: &str) -> Sim {
    let call = sim(&format!("{command} --patience 3s"));
    fs::write(call.out().join("sale.toml"), SCENARIO).unwrap();
    call
}

/// The pooler is recognised before anything is made, whatever the command.
fn refuses(url: &str, database: &Database) {
    let before = content(database);
    for command in COMMANDS {
        let done = call(command).at(url).run();
        done.exits(1)
            .complains("is a connection pooler in transaction or statement mode")
            .complains("name the server itself in --database-url");
        assert_eq!(content(database), before, "{command}");
        assert!(database.schemas().is_empty(), "{command}");
    }
}

#[test]
fn a_pooler_in_transaction_mode_is_refused_by_name() {
    let database = shop_of_the_users();
    if let Some(pgbouncer) = PgBouncer::start(&database, "transaction") {
        refuses(&pgbouncer.url(&database), &database);
    }
}

#[test]
fn a_pooler_in_statement_mode_is_refused_by_name() {
    let database = shop_of_the_users();
    if let Some(pgbouncer) = PgBouncer::start(&database, "statement") {
        refuses(&pgbouncer.url(&database), &database);
    }
}

/// The newest poolers keep prepared statements, so that nothing else fails.
#[test]
fn a_pooler_that_keeps_prepared_statements_is_refused_by_name() {
    let database = shop_of_the_users();
    refuses(&Pooler::start(&database, 0).url(&database), &database);
}

/// A pool in session mode is as good as the server.
#[test]
fn a_pooler_in_session_mode_serves_every_command() {
    let database = shop_of_the_users();
    let Some(pgbouncer) = PgBouncer::start(&database, "session") else {
        return;
    };
    let before = content(&database);
    for (command, code) in COMMANDS.into_iter().zip([10, 0, 0, 0, 10, 10, 10]) {
        let done = call(command).at(&pgbouncer.url(&database)).run();
        done.exits(code);
        assert_eq!(content(&database), before, "{command}");
        leaves_only_what_it_keeps(&database, &done, command);
    }
}

fn leaves_only_what_it_keeps(database: &Database, done: &Done, command: &str) {
    let schemas = database.schemas();
    assert_eq!(
        schemas.len(),
        usize::from(command.contains("--keep")),
        "{command}"
    );
    for schema in schemas {
        done.complains(&format!("kept: schema {schema} on "));
        database.run(&format!("DROP SCHEMA {schema} CASCADE"));
    }
}

/// A pooler that shows what it is only later cannot be recognised. Then the run is
/// worth nothing, but the user's tables are what they were: every statement names
/// its schema.
#[test]
fn a_pooler_that_is_not_recognised_harms_nothing() {
    let database = shop_of_the_users();
    let before = content(&database);
    let commands = [
        "run --strategy optimistic --buyers 20",
        "compare --strategy atomic --buyers 20 --runs 1 --no-explore",
        "explore --strategy naive",
        "explore --strategy autocommit --crash",
        "replay --strategy naive --schedule AAAAABBBBB",
    ];
    // Nothing is promised but an end.
    std::thread::scope(|scope| {
        for command in commands {
            let pooler = Pooler::start(&database, 5);
            let call = call(command).at(&pooler.url(&database));
            scope.spawn(|| call.run());
        }
    });
    assert_eq!(content(&database), before);
}

/// Every ending but the normal one, through a pool in session mode.
#[test]
fn foreign_tables_survive_every_ending() {
    let database = shop_of_the_users();
    let Some(mut pgbouncer) = PgBouncer::start(&database, "session") else {
        return;
    };
    let url = pgbouncer.url(&database);
    let before = content(&database);
    let untouched = |ending: &str| {
        crate::fixture::eventually(ending, || database.schemas().is_empty());
        assert_eq!(content(&database), before, "{ending}");
    };
    let unwritable = sim("--strategy naive --buyers 50 --export-csv /dev/full");
    unwritable.at(&url).run().exits(1);
    untouched("an error");
    let start = |call: &str| {
        let mut running = sim(call).at(&url).start();
        running.until("a thinking buyer", || database.thinks());
        running
    };
    let long = "--strategy row-lock --think-time 4s --buyers 3 --connections 3 --products 99";
    for (name, signal) in [("INT", SIGINT), ("TERM", SIGTERM), ("KILL", SIGKILL)] {
        let mut running = start(long);
        running.signal(signal);
        running.wait();
        untouched(name);
    }
    let mut running = start("--strategy row-lock --think-time 1h");
    running
        .signal(SIGINT)
        .until_it_complains("again to end at once");
    running.signal(SIGINT);
    running.wait().exits(130);
    untouched("INT twice");

    let running = start(long);
    pgbouncer.kill();
    let done = running.wait();
    let mut lines = done.exits(1).stderr.lines();
    let remedy = lines.find(|line| line.starts_with("DROP SCHEMA IF EXISTS "));
    assert_eq!(content(&database), before, "server gone");
    // The remedy works as it is printed.
    database.run(remedy.expect("a remedy"));
    untouched("server gone");
}

/// The commands that take long enough to be met in the middle.
const LONG: [&str; 4] = [
    "compare --strategy row-lock --buyers 3 --connections 3 --think-time 1s --no-explore",
    "check slow.toml",
    "explore --strategy optimistic --buyers 3",
    "run --strategy row-lock --buyers 3 --connections 3 --think-time 1s --keep",
];

/// And every other command, at every signal.
#[test]
#[ignore = "slow: every command at three signals"]
fn foreign_tables_survive_every_signal_of_every_command() {
    let database = shop_of_the_users();
    let Some(pgbouncer) = PgBouncer::start(&database, "session") else {
        return;
    };
    let url = pgbouncer.url(&database);
    let before = content(&database);
    let slow = "title = \"A slow sale\"\nstrategies = [\"row-lock\"]\n\
                [load]\nbuyers = 3\nconnections = 3\nthink-time = \"1s\"\n";
    for command in LONG {
        for signal in [SIGINT, SIGTERM, SIGKILL] {
            let call = sim(command);
            fs::write(call.out().join("slow.toml"), slow).unwrap();
            let mut running = call.at(&url).start();
            running.until("tables", || database.has_tables());
            running.signal(signal);
            running.wait();
            if command.contains("--keep") {
                database.schemas().iter().for_each(|schema| {
                    database.run(&format!("DROP SCHEMA {schema} CASCADE"));
                });
            }
            let ending = format!("{command}, {signal}");
            crate::fixture::eventually(&ending, || database.schemas().is_empty());
            assert_eq!(content(&database), before, "{ending}");
        }
    }
}

/// Whatever a session's `search_path` is: no statement of `sim` relies on it.
#[test]
fn every_statement_names_its_schema() {
    let server = Server::start(&[
        ("log_statement", "all"),
        ("logging_collector", "on"),
        ("log_destination", "csvlog"),
        ("log_rotation_size", "0"),
    ]);
    let database = server.database();
    for command in COMMANDS {
        call(command).on(&database).run();
    }
    #[cfg(feature = "serve")]
    {
        database.run("CREATE DATABASE shop");
        crate::serve::every_route(&database.named("shop"));
    }
    let logs = server.cluster().data_dir().join("log");
    let mut statements = 0;
    for entry in fs::read_dir(logs).unwrap().flatten() {
        if entry.path().extension().is_none_or(|end| end != "csv") {
            continue;
        }
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_path(entry.path());
        for row in reader.unwrap().records().map(Result::unwrap) {
            // PostgreSQL's manual, "Using CSV-Format Log Output": the message is
            // the 14th column, the application the 23rd.
            let (message, application) = (&row[13], &row[22]);
            let is_sent = message.starts_with("statement: ") || message.starts_with("execute ");
            if application.starts_with("sim") && is_sent {
                statements += 1;
                assert_eq!(unqualified(message), [] as [&str; 0], "{message}");
            }
        }
    }
    assert!(statements > 1000, "{statements} statements were logged");
    assert_eq!(
        unqualified("SELECT * FROM a.orders, products"),
        ["products"]
    );
}

/// The names of a run's tables that have no schema before them.
fn unqualified(statement: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let words = statement.split(|c| !is_part(c));
    let tables = [
        "products",
        "orders",
        "order_lines",
        "shop_purchases",
        "shop_items",
        "shop_answers",
    ];
    let is_bare = |word: &&str| {
        let first = word.split('.').next().unwrap_or_default();
        tables.contains(&first)
    };
    words.filter(is_bare).collect()
}

/// What follows another server is read-only, and behind it: what `sim` would ask there of a service
/// that runs already is not so any more.
#[test]
fn a_read_replica_is_refused_by_its_name() {
    const VISITED: &str = "title = \"A shop\"\nstrategies = [\"service\"]\n\
        [service]\nurl = \"http://127.0.0.1:9\"\ndatabase = \"@DATABASE@\"\n\
        [[service.steps]]\nrequest = \"POST /buy\"\n\
        [invariants]\nnone = \"SELECT 1 WHERE false\"\n";
    let server = Server::start(&[]);
    let database = server.database();
    // It begins again as one that follows, as a crash makes it begin again.
    fs::write(server.cluster().data_dir().join("standby.signal"), "").unwrap();
    let checkpointer = "SELECT pid::text FROM pg_stat_activity WHERE backend_type = 'checkpointer'";
    let pid = database.ask(checkpointer)[0].parse().expect("a number");
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it runs");
    eventually("the server follows another one", || {
        let asked = database.try_ask("SELECT pg_is_in_recovery()::text");
        asked.is_ok_and(|answer| answer == ["true"])
    });
    for command in COMMANDS {
        let done = call(command).at(&database.url()).run();
        done.exits(1).complains("is a read replica");
    }
    let call = sim("run --scenario shop.toml");
    let file = VISITED.replace("@DATABASE@", &database.url());
    fs::write(call.out().join("shop.toml"), file).unwrap();
    call.run().exits(1).complains("is a read replica");
}
