//! What the judge without a rule costs beside the schedules whose ends it judges: the three
//! shipped shops on tables of their own, at read committed, on one connection a session.
//!
//! Both times are taken in one run on one thread, which runs a schedule, and then judges its end.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use checkout_sim::cell::Cell;
use checkout_sim::database::cluster::{Binaries, Cluster, ClusterSettings};
use checkout_sim::database::{GroundCopy, Playground, Server};
use checkout_sim::explore::arena::{Arena as _, StepError};
use checkout_sim::explore::bounds::{Limits, Policy};
use checkout_sim::explore::calibrate::calibrate;
use checkout_sim::explore::case::own_case;
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::walk::Walked;
use checkout_sim::explore::worlds::engine::{EngineWorld, OwnSite, Site};
use checkout_sim::explore::worlds::gate::Gate;
use checkout_sim::flow::Terms;
use checkout_sim::scenario::{OwnTables, SetUp, SetUpFile, Settings, Tables};
use checkout_sim::shop::{Isolation, Retry};
use checkout_sim::subject::{self, Given};
use serde::Deserialize;

use crate::rate::Spread;
use crate::work::RULES;

const ROUNDS: usize = 5;
/// Of each meeting in each round; the first ones, with the fewest context switches.
const SCHEDULES: u64 = 400;

/// A shop, the directory of its scripts, and the operations that meet.
const MEETINGS: [(&str, &str, [&str; 2]); 3] = [
    ("bookings", "bookings-naive", ["book", "move"]),
    ("inventory", "inventory-naive", ["reserve", "confirm"]),
    ("wallet", "wallet-naive", ["transfer", "withdraw"]),
];

pub fn measure() -> Result<()> {
    let binaries = Binaries::find()?.context("PostgreSQL is not installed")?;
    let cluster = Cluster::start(&binaries, &ClusterSettings::default())?;
    let server = Server::private(cluster.socket_dir(), cluster.port(), cluster.superuser());
    println!("\njudged without a rule, beside the schedules, on the shipped shops");
    println!("| shop | schedules/s | judged in | of a schedule | different ends |");
    println!("|---|--:|--:|--:|--:|");
    for (shop, folder, operations) in MEETINGS {
        let (terms, copy) = meeting(&server, shop, folder, operations)?;
        let rounds: Result<Vec<Round>> = (0..ROUNDS).map(|_| round(terms, &copy)).collect();
        let rounds = rounds?;
        let of = |value: fn(&Round) -> f64| Spread::of(rounds.iter().map(value).collect());
        println!(
            "| {shop}: {} | {} | {} us | {} % | {} |",
            operations.join(" and "),
            of(|round| round.schedules as f64 / round.stepped.as_secs_f64()),
            of(|round| round.judged.as_secs_f64() * 1e6 / round.schedules as f64),
            of(|round| 100.0 * round.judged.as_secs_f64() / round.stepped.as_secs_f64()),
            of(|round| round.ends as f64),
        );
    }
    Ok(())
}

/// Of a scenario file what is said of its tables; its other scripts are not compiled here.
#[derive(Deserialize)]
struct WithTables {
    tables: Tables,
}

/// What one round took.
struct Round {
    schedules: u64,
    stepped: Duration,
    judged: Duration,
    ends: usize,
}

fn round(terms: Terms, copy: &GroundCopy) -> Result<Round> {
    // A judge of its own for each round: it remembers the ends that it has seen.
    let tables = OwnTables::bare(SetUp::Files(Vec::new()));
    let case = Arc::new(own_case(terms, &Settings::default().shape(), &tables));
    let open = |_| {
        let (copy, case) = (copy.clone(), Arc::clone(&case));
        async move {
            let ground = copy.open().await;
            let ground = ground.map_err(|error| StepError::Database(error.to_string()))?;
            let site = Site::Own(Box::new(OwnSite::new(ground)));
            let world = EngineWorld::on(site, Arc::clone(&case)).await?;
            Ok(Gate::new(world, case))
        }
    };
    let mut arenas = Arenas::open(1, open)?;
    let (arena, runtime) = arenas.first();
    runtime.block_on(calibrate(arena, &case))?;
    let judged = Mutex::new((Duration::ZERO, Vec::new()));
    let see = |walked: Walked| {
        let began = Instant::now();
        let digest = case.judge(&walked.end).digest;
        let took = began.elapsed();
        let mut judged = judged.lock().expect("no panic");
        judged.0 += took;
        if !judged.1.contains(&digest) {
            judged.1.push(digest);
        }
    };
    let limits = Limits {
        schedules: Some(SCHEDULES),
        time: None,
        whole: None,
    };
    let stop = AtomicBool::new(false);
    let began = Instant::now();
    let (covered, worked) = arenas.search(Policy::Exhaustive, RULES, limits, &stop, &see);
    let all = began.elapsed();
    worked?;
    let (judged, ends) = judged.into_inner().expect("no panic");
    let (arena, runtime) = arenas.first();
    runtime.block_on(arena.reset())?;
    Ok(Round {
        schedules: covered.schedules,
        stepped: all.saturating_sub(judged),
        judged,
        ends: ends.len(),
    })
}

fn meeting(
    server: &Server,
    shop: &str,
    folder: &str,
    operations: [&str; 2],
) -> Result<(Terms, GroundCopy)> {
    let shops = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/shops");
    let read = |name: &str| std::fs::read_to_string(shops.join(name));
    let set_up = SetUp::Files(vec![SetUpFile {
        name: format!("{shop}.setup.sql"),
        text: read(&format!("{shop}.setup.sql"))?.into(),
    }]);
    let texts: Result<Vec<_>> = operations
        .iter()
        .map(|name| {
            let text = read(&format!("{folder}/{name}.sql"))?;
            Ok((Arc::from(*name), text.into()))
        })
        .collect();
    let told = |why: String| anyhow!(why);
    let named = format!("{folder}/");
    let whole = subject::note(&named, Path::new(folder), texts?).map_err(told)?;
    let met = subject::with_sessions(whole, &operations.map(str::to_owned)).map_err(told)?;
    let file: WithTables = toml::from_str(&read(&format!("{shop}.toml"))?)?;
    let defined = file.tables.define.into_iter();
    let defined = defined.map(|(name, value)| (name, value.to_string()));
    subject::compile(met, &Given::Defined(defined.collect())).map_err(told)?;
    let terms = Terms {
        cell: Cell {
            subject: met,
            level: Isolation::ReadCommitted,
        },
        max_tries: 1,
        retry: Retry::default(),
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let copy = runtime.block_on(async {
        let mut playground = Playground::make(server, &format!("bench_{shop}"), &set_up).await?;
        let copy = playground.copy().await?;
        playground.close().await;
        anyhow::Ok(copy)
    })?;
    Ok((terms, copy))
}
