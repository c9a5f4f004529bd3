//! What invariants see, and what a session leaves.

use checkout_sim::database::{Connection, EffectRow, Ground, OutcomeRow};
use checkout_sim::session::{Error, Session as _};
use checkout_sim::shop::Isolation;
use checkout_sim::statement::{Reply, Statement, TextLook, TextReach, TextStatement};
use checkout_sim::value::Value;

use super::shop::{ground, playground};

async fn session(ground: &Ground) -> Connection {
    session_at(ground, Isolation::RepeatableRead).await
}

pub async fn session_at(ground: &Ground, level: Isolation) -> Connection {
    let connection = ground.connector().connect_for_text(level).await;
    connection.expect("a connection")
}

pub async fn send(session: &mut Connection, sql: &str) -> Result<Reply, Error> {
    let text = TextStatement {
        sql: sql.into(),
        values: Vec::new(),
        bound: None,
        changes: true,
        look: TextLook::Unknown,
        reach: TextReach::Anything,
        line: 1,
    };
    session.execute(Statement::Sql(text.into())).await
}

pub async fn one(session: &mut Connection, sql: &str) -> Value {
    let reply = send(session, sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    reply.table().expect("rows").rows().next().expect("a row")[0].clone()
}

fn outcome(actor: u32, outcome: &str) -> OutcomeRow {
    OutcomeRow {
        actor,
        step: 1,
        operation: "checkout".into(),
        buyer: i64::from(actor),
        checkout_key: 70 + i64::from(actor),
        outcome: outcome.into(),
        tries: 2,
        variables: serde_json::json!({ "total": "1.50", "none": null }),
    }
}

#[tokio::test]
async fn invariants_are_asked_in_one_snapshot_and_change_nothing() {
    let (mut playground, _) = playground(&["\
        CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY, key bigint);\n\
        INSERT INTO orders (key) SELECT 71 FROM generate_series(1, 30);"])
    .await;
    let mut ground = ground(&mut playground).await;
    let start = ground.state().await.expect("a state");
    let effect = EffectRow {
        actor: 2,
        name: "charged".into(),
        value: Some("9 €".into()),
    };
    let told = ground
        .tell(&[outcome(1, "done"), outcome(2, "done")], &[effect])
        .await;
    told.expect("told");
    let questions = [
        "SELECT o.actor, variables ->> 'total' AS total FROM sim.outcomes o LEFT JOIN orders \
         ON key = checkout_key WHERE outcome = 'done' AND id IS NULL; -- told, and no order",
        "SELECT id FROM orders ORDER BY id;",
        "UPDATE orders SET key = 1 RETURNING 1",
        "SELECT nextval('orders_id_seq')",
        "SELECT 1 FROM wrong",
        "SELECT actor, name, value FROM sim.effects",
        "SELECT 1 WHERE false",
    ];
    let answers = ground.invariants(&questions).await.expect("answers");
    let shown = |nth: usize| {
        let rows = answers[nth]
            .as_ref()
            .unwrap_or_else(|error| panic!("{nth}: {error}"));
        let first = rows
            .table
            .rows()
            .next()
            .map(<[Value]>::to_vec)
            .unwrap_or_default();
        (
            first
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("|"),
            rows.total,
        )
    };
    assert_eq!(shown(0), ("2|1.50".into(), 1));
    assert_eq!(shown(1), ("1".into(), 30));
    assert_eq!(answers[1].as_ref().expect("rows").table.rows().count(), 20);
    for (nth, message) in [
        (2, "syntax error"),
        (3, "read-only transaction"),
        (4, "relation \"wrong\" does not exist"),
    ] {
        let said = answers[nth].as_ref().expect_err("refused");
        assert!(said.contains(message), "{said}");
    }
    assert_eq!(shown(5), ("2|charged|9 €".into(), 1));
    assert_eq!(shown(6), (String::new(), 0));
    // All at once where none fails.
    let two = ground
        .invariants(&[questions[0], questions[6]])
        .await
        .expect("answers");
    assert_eq!(
        two.iter()
            .map(|it| it.as_ref().expect("rows").total)
            .collect::<Vec<_>>(),
        [1, 0]
    );

    assert_eq!(
        ground.state().await.expect("a state"),
        start,
        "they are no part of it"
    );
    let mut script = session(&ground).await;
    let refused = send(&mut script, "SELECT * FROM sim.outcomes").await;
    assert!(format!("{refused:?}").contains("42501"), "{refused:?}");
    ground.reset().await.expect("reset");
    let after = ground
        .invariants(&["SELECT FROM sim.outcomes", "SELECT FROM sim.effects"])
        .await;
    assert!(
        after
            .expect("answers")
            .iter()
            .all(|it| it.as_ref().expect("rows").total == 0)
    );
}

#[tokio::test]
async fn a_session_becomes_as_a_new_one_and_what_it_leaves_is_named() {
    let (mut playground, _) = playground(&["\
        CREATE TABLE t (id int); CREATE SEQUENCE s CACHE 10;"])
    .await;
    let mut ground = ground(&mut playground).await;
    let (mut one_session, mut other) = (session(&ground).await, session(&ground).await);
    let stepping = one_session
        .prepare_for_stepping(7_000)
        .await
        .expect("prepared");
    assert!(
        stepping,
        "the role of the run was allowed to set deadlock_timeout"
    );
    for sql in [
        "SET search_path TO pg_catalog",
        "SET enable_seqscan TO on",
        "SELECT pg_advisory_lock(4294967303), pg_advisory_lock(1, 2)",
        "CREATE TEMPORARY TABLE mine (n int)",
        "PREPARE \"my statement\" AS SELECT 1",
        "LISTEN news",
        "SELECT nextval('public.s')",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    ] {
        send(&mut one_session, sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    assert_eq!(
        one(&mut other, "SELECT pg_try_advisory_lock(1, 2)").await,
        Value::Text("f".into())
    );
    let left = one_session.reset_session(true).await.expect("reset");
    assert_eq!(
        left,
        [
            "advisory lock 1, 2",
            "advisory lock 4294967303",
            "channel news",
            "cursor c",
            "prepared statement my statement",
            "setting search_path",
            "temporary table mine",
        ]
    );
    assert_eq!(
        one_session.reset_session(true).await.expect("reset"),
        Vec::<String>::new()
    );
    assert_eq!(
        one(&mut other, "SELECT pg_try_advisory_lock(1, 2)").await,
        Value::Text("t".into())
    );
    for (sql, value) in [
        ("SHOW search_path", "\"$user\", public"),
        ("SHOW enable_seqscan", "off"),
        ("SHOW default_transaction_isolation", "repeatable read"),
        ("SELECT count(*) FROM pg_class WHERE relname = 'mine'", "0"),
    ] {
        assert_eq!(
            one(&mut one_session, sql).await,
            Value::Text(value.into()),
            "{sql}"
        );
    }
    // The numbers that the session kept are gone with the sequence's own.
    ground.reset().await.expect("reset");
    assert_eq!(
        one(&mut one_session, "SELECT nextval('s')").await,
        Value::Text("1".into())
    );
    // Without a look, too.
    send(&mut one_session, "SET work_mem TO '1MB'")
        .await
        .expect("set");
    send(&mut one_session, "PREPARE p AS SELECT 1")
        .await
        .expect("prepared");
    assert_eq!(
        one_session.reset_session(false).await.expect("reset"),
        ["prepared statement p"]
    );
    assert_eq!(
        one(&mut one_session, "SHOW work_mem").await,
        Value::Text("4MB".into())
    );
}

/// A reset that follows statements of scripts looks for itself, and trusts a look that is newer.
#[tokio::test]
async fn a_look_from_before_the_last_statement_is_not_trusted() {
    let (mut playground, _) = playground(&["\
        CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 1), (2, 2);"])
    .await;
    let mut ground = ground(&mut playground).await;
    let start = ground.state().await.expect("a state");
    let mut script = session(&ground).await;
    for looks in [false, true] {
        send(&mut script, "UPDATE t SET n = 9 WHERE id = 1")
            .await
            .expect("updated");
        if looks {
            assert_ne!(ground.state().await.expect("a state"), start);
        }
        ground.reset().await.expect("reset");
        let first = one(&mut script, "SELECT id FROM t LIMIT 1").await;
        assert_eq!(
            first,
            Value::Text("1".into()),
            "the first row is the first again"
        );
        assert_eq!(ground.state().await.expect("a state"), start);
    }
}
