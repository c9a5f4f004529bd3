//! Whatever scripts meet on whatever tables, in whatever schedule: afterwards everything is as at
//! the start, in the tables, in the sequences and in the sessions.

use std::path::Path;
use std::sync::Arc;

use checkout_sim::cell::{Cell, Subject};
use checkout_sim::explore::arena::{Arena as _, End};
use checkout_sim::explore::bounds::Rules;
use checkout_sim::explore::case::{Case, own_case};
use checkout_sim::explore::walk::walk_at_random;
use checkout_sim::explore::worlds::engine::{EngineWorld, OwnSite, Site};
use checkout_sim::explore::worlds::gate::Gate;
use checkout_sim::explore::worlds::world::World as _;
use checkout_sim::flow::Terms;
use checkout_sim::oracle::changes;
use checkout_sim::oracle::serial::WallSpan;
use checkout_sim::scenario::{OwnTables, SetUp, Settings};
use checkout_sim::shop::{Isolation, Retry};
use checkout_sim::subject::{Given, compile, note, with_sessions};
use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::dump::{look_into, rows};
use super::random::{Random, Shape, assert_same, change, schema, shapes};
use super::shop::{ground, playground};

/// Schedules on each schema; each is run twice.
const SCHEDULES: u64 = 6;

/// What a script may do beside changing rows: it leaves something in its session, depends on what
/// lies first in a table, takes a number, or gives up what it did.
fn beside(shapes: &[Shape], random: &mut Random) -> String {
    let Shape { name, rows, .. } = shapes.choose(random).expect("some");
    let rows = *rows;
    let n = random.random_range(0..9);
    match random.random_range(0..14) {
        0 => format!("SET work_mem TO '{}kB'", 64 + n),
        1 => format!("SELECT pg_advisory_lock_shared({n})"),
        2 => format!("PREPARE mine_{n} AS SELECT {n}"),
        3 => format!("LISTEN news_{n}"),
        4 => format!("CREATE TEMPORARY TABLE IF NOT EXISTS mine_{n} AS SELECT {n} AS n"),
        5 => format!("DECLARE kept_{n} CURSOR WITH HOLD FOR SELECT n FROM {name}"),
        6 => "SET search_path TO pg_catalog, public".into(),
        // A large table does not come back in its first order.
        7..=9 if rows <= 1_000 => format!(
            "UPDATE {name} SET label = 'was first' \
             WHERE (tableoid, ctid) = (SELECT tableoid, ctid FROM {name} LIMIT 1)"
        ),
        // A number that a session still keeps would show in the row.
        10 => "INSERT INTO log (what) SELECT 'drew ' || nextval('drawn')".into(),
        11 => "SAVEPOINT here".into(),
        12 => "ROLLBACK TO SAVEPOINT here".into(),
        _ => format!("SELECT count(*) FROM {name} WHERE n = {n}"),
    }
}

/// A statement that can stand in a transaction.
fn statement(shapes: &[Shape], random: &mut Random) -> String {
    loop {
        let sql = match random.random_bool(0.5) {
            true => beside(shapes, random),
            false => change(shapes, random),
        };
        if !sql.starts_with("VACUUM") && !sql.contains("BEGIN") {
            return sql;
        }
    }
}

/// A script; one that touches no row would be refused.
fn script(shapes: &[Shape], random: &mut Random) -> String {
    loop {
        let text = some_script(shapes, random);
        let touches = ["SELECT", "INSERT", "UPDATE", "DELETE"];
        if touches.iter().any(|word| text.contains(word)) {
            return text;
        }
    }
}

fn some_script(shapes: &[Shape], random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.random_range(1..=2) {
        text += "BEGIN;\nSAVEPOINT here;\n";
        for _ in 0..random.random_range(1..=4) {
            text += &format!("{};\n", statement(shapes, random));
        }
        text += match random.random_bool(0.8) {
            true => "COMMIT;\n",
            false => "ROLLBACK;\n",
        };
    }
    text
}

fn case(subject: Subject, level: Isolation) -> Arc<Case> {
    let terms = Terms {
        cell: Cell { subject, level },
        max_tries: 2,
        retry: Retry::WholeScript,
    };
    let tables = OwnTables::bare(SetUp::Files(Vec::new()));
    Arc::new(own_case(terms, &Settings::default().shape(), &tables))
}

async fn try_scripts(seed: u64) {
    let mut random = Random::seed_from_u64(seed);
    let shapes = shapes(&mut random);
    let tables = schema(&shapes, &mut random) + "CREATE SEQUENCE drawn CACHE 4;";
    let names: [Arc<str>; 2] = ["first".into(), "second".into()];
    let scripts = names
        .clone()
        .map(|name| (name, Arc::from(script(&shapes, &mut random))));
    let (name, told) = (format!("random-{seed}"), format!("{seed}: {scripts:#?}"));
    let subject = note(&name, Path::new(&name), scripts.into()).expect("a name of its own");
    let met = with_sessions(subject, &names.map(|name| name.to_string())).expect("they meet");
    compile(met, &Given::Defined(Vec::new())).unwrap_or_else(|why| panic!("{told}: {why}"));
    let level = Isolation::ALL.choose(&mut random).expect("some");
    let case = case(met, *level);

    let (mut playground, database) = playground(&[&tables]).await;
    let ground = ground(&mut playground).await;
    let mut look = look_into(&format!("{database}_1")).await;
    let before = rows(&mut look).await;
    let site = Site::Own(Box::new(OwnSite::new(ground)));
    let world = EngineWorld::on(site, Arc::clone(&case)).await;
    let mut arena = Gate::new(world.expect("a world"), Arc::clone(&case));
    let rules = Rules {
        crash: random.random_bool(0.2),
        switches_max: None,
        reduce: false,
    };
    let mut ends: Vec<Option<End>> = Vec::new();
    for (run, schedule) in (0..2).flat_map(|run| (0..SCHEDULES).map(move |nth| (run, nth))) {
        let draw = || {
            let mut drawn = ChaCha8Rng::seed_from_u64(seed);
            drawn.set_stream(schedule);
            drawn
        };
        let walked = walk_at_random(&mut arena, rules, draw).await;
        let walked = walked.unwrap_or_else(|error| panic!("{told}: {error}"));
        // The clock goes on.
        let end = walked.ended.map(|walked| End {
            span: WallSpan::default(),
            ..walked.end
        });
        match run {
            0 => ends.push(end),
            // Nothing of the schedules between is left that would lead it elsewhere.
            _ => {
                let first = ends[schedule as usize].take();
                let differ = first.as_ref().zip(end.as_ref()).map(|(one, other)| {
                    (changes(&one.state, &other.state), &one.told, &other.told)
                });
                assert!(first == end, "{told}, schedule {schedule}: {differ:#?}");
            }
        }
        let reset = arena.reset().await;
        reset.unwrap_or_else(|error| panic!("{told}: {error}"));
        assert_same(&before, &rows(&mut look).await, &told);
        for session in 0..2 {
            let left = arena.world().left(session).await;
            assert_eq!(left.expect("it is told"), Vec::<String>::new(), "{told}");
        }
    }
}

#[tokio::test]
async fn whatever_scripts_did_in_whatever_schedule_all_is_as_it_was() {
    for seed in 0..4 {
        try_scripts(seed).await;
    }
}

#[tokio::test]
#[ignore = "slow: many schemas"]
async fn whatever_many_scripts_did_in_whatever_schedule_all_is_as_it_was() {
    let first = std::env::var("SIM_TEST_SEED").map_or_else(
        |_| rand::random::<u64>() >> 16,
        |seed| seed.parse().expect("a number"),
    );
    for seed in first..first + 60 {
        println!("SIM_TEST_SEED={seed}");
        try_scripts(seed).await;
    }
}
