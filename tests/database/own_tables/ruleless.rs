//! The judge without a rule beside a second one, on a real server: random tiny scripts meet on one
//! table, and each end is held against every serial order, which this test carries out itself
//! and compares by trying every renaming. It shares the statements of the scripts with what is
//! explored, and nothing of how they are run or judged.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use checkout_sim::cell::{Cell as Subjects, Subject};
use checkout_sim::database::GroundCopy;
use checkout_sim::explore::arena::{Arena as _, StepError};
use checkout_sim::explore::bounds::{Limits, Policy, Rules};
use checkout_sim::explore::calibrate::calibrate;
use checkout_sim::explore::case::{Case, own_case};
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::walk::Walked;
use checkout_sim::explore::worlds::engine::{EngineWorld, OwnSite, Site};
use checkout_sim::explore::worlds::gate::Gate;
use checkout_sim::flow::Terms;
use checkout_sim::oracle::Verdict;
use checkout_sim::scenario::{OwnTables, SetUp, Settings};
use checkout_sim::shop::{Isolation, Retry};
use checkout_sim::subject::{Given, compile, note, with_sessions};
use rand::{RngExt as _, SeedableRng as _};
use sqlx::Row as _;
use sqlx::postgres::PgConnection;
use tokio::runtime::Runtime;

use super::dump::{look_into, run};
use super::random::Random;
use super::second_judge::{Left, Serials, absent, as_told, brute, left_by, second_judge};
use super::shop::playground;
use super::tiny::{
    Act, Part, Refusal, TABLE, Whole, carry_out, is_one_transaction, put_back, script, text,
};
use crate::brute::{is_equal_by_brute_force, permutations};
use crate::common;

use Verdict::{NotAtomic, NotSerializable, RaisesErrors, StaleAnswer};

/// So many schedules of each meeting are judged.
const SCHEDULES: u64 = 60;

/// Scripts that meet.
type Scripts = Vec<Vec<Part>>;

/// The tables, twice: where scripts are explored, and where this test carries them out.
struct Place {
    runtime: Runtime,
    copy: GroundCopy,
    link: PgConnection,
}

/// What is explored beside the scripts.
#[derive(Debug, Clone, Copy)]
struct Meeting {
    level: Isolation,
    policy: Policy,
    max_tries: u32,
    crash: bool,
    shows: bool,
}

impl Place {
    fn make() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let (copy, link) = runtime.block_on(async {
            let (mut playground, _) = playground(&[TABLE]).await;
            let copy = playground.copy().await.expect("a copy");
            playground.close().await;
            let name = common::name();
            run(
                &mut look_into("postgres").await,
                &format!("CREATE DATABASE {name}"),
            )
            .await;
            let mut link = look_into(&name).await;
            run(&mut link, TABLE).await;
            (copy, link)
        });
        Self {
            runtime,
            copy,
            link,
        }
    }

    /// Every serial order of all actors and of each part of them, with the errors that it shows.
    fn serials(&mut self, scripts: &Scripts, meeting: Meeting) -> Serials {
        let link = &mut self.link;
        self.runtime.block_on(async {
            let level = meeting.level.to_string().replace('-', " ");
            run(
                link,
                &format!("SET default_transaction_isolation = '{level}'"),
            )
            .await;
            let mut serials = Serials::default();
            for part in 0..1_usize << scripts.len() {
                let present = (0..scripts.len()).filter(|actor| part & (1 << actor) != 0);
                for order in permutations(&present.collect::<Vec<_>>()) {
                    put_back(link).await;
                    let mut told = vec![absent(); scripts.len()];
                    for &actor in &order {
                        let carried = carry_out(link, &scripts[actor]).await;
                        serials.codes.extend(carried.code.clone());
                        told[actor] = as_told(carried, meeting.shows);
                    }
                    let rows = sqlx::query("SELECT id, k, v, names FROM t");
                    let rows = rows.fetch_all(&mut *link).await.expect("rows");
                    let value = |row: &sqlx::postgres::PgRow, at| row.get::<Option<i64>, _>(at);
                    let rows = rows
                        .iter()
                        .map(|row| brute([0, 1, 2, 3].map(|at| value(row, at))));
                    let rows = rows.collect();
                    serials.orders.push((order, Left { rows, told }));
                }
            }
            serials
        })
    }

    /// Schedules of these scripts, each with what the judge says of its end.
    fn explored(&self, case: &Arc<Case>, meeting: Meeting) -> Vec<(Walked, BTreeSet<Verdict>)> {
        let open = |_| {
            let (copy, case) = (self.copy.clone(), Arc::clone(case));
            async move {
                let ground = copy.open().await;
                let ground = ground.map_err(|error| StepError::Database(error.to_string()))?;
                let site = Site::Own(Box::new(OwnSite::new(ground)));
                let world = EngineWorld::on(site, Arc::clone(&case)).await?;
                Ok(Gate::new(world, case))
            }
        };
        let mut arenas = Arenas::open(1, open).expect("an arena");
        let (arena, runtime) = arenas.first();
        runtime
            .block_on(calibrate(arena, case))
            .expect("calibrated");
        let walks = Mutex::new(Vec::new());
        let see = |walked: Walked| {
            let judged = case.judge(&walked.end);
            assert_eq!(
                judged.undecided, None,
                "nothing here is generated in an unknown way"
            );
            let proven = judged.findings.proven().into_iter().collect();
            walks.lock().expect("no panic").push((walked, proven));
        };
        let rules = Rules {
            crash: meeting.crash,
            switches_max: None,
            reduce: false,
        };
        let limits = Limits {
            schedules: Some(SCHEDULES),
            time: None,
            whole: None,
        };
        let stop = AtomicBool::new(false);
        let (_, worked) = arenas.search(meeting.policy, rules, limits, &stop, &see);
        worked.expect("a search");
        let (arena, runtime) = arenas.first();
        runtime.block_on(arena.reset()).expect("a reset");
        walks.into_inner().expect("no panic")
    }
}

/// The order of a schedule in which one session comes after the other.
fn as_order(walked: &Walked, actors: usize) -> Option<Vec<usize>> {
    let mut order: Vec<usize> = walked
        .schedule
        .0
        .iter()
        .map(|choice| choice.session())
        .collect();
    order.dedup();
    (order.len() == actors && walked.schedule.sessions().len() == actors).then_some(order)
}

fn subject(name: &str, scripts: &Scripts) -> Subject {
    let names: Vec<Arc<str>> = ["a", "b", "c"].map(Arc::from).into();
    let texts = names
        .iter()
        .cloned()
        .zip(scripts.iter().map(|parts| text(parts).into()));
    let subject = note(name, Path::new(name), texts.collect()).expect("a name of its own");
    let sessions: Vec<String> = names
        .iter()
        .take(scripts.len())
        .map(ToString::to_string)
        .collect();
    let met = with_sessions(subject, &sessions).expect("they meet");
    let told = || {
        scripts
            .iter()
            .map(|parts| text(parts))
            .collect::<Vec<_>>()
            .join("\n--\n")
    };
    compile(met, &Given::Defined(Vec::new())).unwrap_or_else(|why| panic!("{why}\n{}", told()));
    met
}

fn case(subject: Subject, meeting: Meeting) -> Arc<Case> {
    let terms = Terms {
        cell: Subjects {
            subject,
            level: meeting.level,
        },
        max_tries: meeting.max_tries,
        retry: Retry::Uncommitted,
    };
    let mut tables = OwnTables::bare(SetUp::Files(Vec::new()));
    if meeting.shows {
        tables.show = vec!["x".into()];
    }
    let mut case = own_case(terms, &Settings::default().shape(), &tables);
    case.crash = meeting.crash;
    Arc::new(case)
}

/// Judges schedules of scripts twice; what came up.
fn judged(place: &mut Place, name: &str, scripts: &Scripts, meeting: Meeting) -> BTreeSet<Verdict> {
    let case = case(subject(name, scripts), meeting);
    let serials = place.serials(scripts, meeting);
    let mut seen = BTreeSet::new();
    for (walked, said) in place.explored(&case, meeting) {
        let left = left_by(&walked.end);
        let proven = second_judge(&serials, &left, &walked.end);
        let told = || {
            let texts: Vec<String> = scripts.iter().map(|parts| text(parts)).collect();
            format!(
                "{name}, {meeting:?}, schedule {}\n{}\n{left:?}\n{:?}",
                walked.schedule,
                texts.join("\n--\n"),
                walked.end.raised
            )
        };
        assert_eq!(said, proven, "{}", told());
        let is_cut = left.told.iter().any(|told| told.is_cut);
        if let Some(order) = as_order(&walked, scripts.len()).filter(|_| !is_cut) {
            let serial = serials.orders.iter().find(|(known, _)| *known == order);
            let (_, serial) = serial.expect("every order");
            assert_eq!(left.told, serial.told, "{}", told());
            assert!(
                is_equal_by_brute_force(&left.rows, &serial.rows),
                "{}",
                told()
            );
            assert_eq!(said, BTreeSet::new(), "{}", told());
        }
        // The server itself promises it, of what is one transaction each.
        if meeting.level == Isolation::Serializable
            && !meeting.crash
            && scripts.iter().all(|parts| is_one_transaction(parts))
        {
            let broken = [NotSerializable, NotAtomic];
            assert!(
                broken.iter().all(|broken| !said.contains(broken)),
                "{}",
                told()
            );
        }
        seen.extend(said);
    }
    seen
}

/// Random scripts at each level.
fn try_scripts(place: &mut Place, seed: u64) -> BTreeSet<Verdict> {
    let mut random = Random::seed_from_u64(seed);
    let actors = if random.random_bool(0.3) { 3 } else { 2 };
    let mixed = random.random_bool(0.2);
    let scripts: Scripts = (0..actors)
        .map(|_| script(actors, mixed, &mut random))
        .collect();
    let mut meeting = Meeting {
        level: Isolation::ReadCommitted,
        policy: match random.random_bool(0.5) {
            true => Policy::Exhaustive,
            false => Policy::Random {
                schedules: SCHEDULES,
                seed,
            },
        },
        max_tries: random.random_range(1..=2),
        crash: random.random_bool(0.15),
        shows: random.random_bool(0.4),
    };
    let mut seen = BTreeSet::new();
    for level in Isolation::ALL {
        meeting.level = level;
        seen.extend(judged(place, &format!("tiny-{seed}"), &scripts, meeting));
    }
    seen
}

fn whole(before: Vec<Act>, refusal: Option<Refusal>, after: Vec<Act>) -> Vec<Part> {
    vec![Part::Whole(Whole {
        level: None,
        before,
        refusal,
        after,
        commits: true,
    })]
}

/// One pair of scripts for each verdict; at serializable each transaction is as one came after the
/// other. Then some that are drawn.
#[test]
fn a_second_judge_says_the_same_of_tiny_scripts() {
    use Act::{Add, Count, Insert, Read, Write};
    let lost = whole(vec![Read(1)], None, vec![Write(1, -1)]);
    let unique = whole(
        vec![Count(0)],
        Some(Refusal::From(3)),
        vec![Insert(Some(3))],
    );
    let half = vec![
        Part::Alone(Read(1)),
        Part::Refuse(Refusal::Below(3)),
        Part::Alone(Add(1, -1)),
        Part::Alone(Insert(Some(3))),
    ];
    let there_and_back = vec![Part::Alone(Add(1, -1)), Part::Alone(Add(1, 1))];
    let look = vec![Part::Alone(Read(1)), Part::Refuse(Refusal::Below(3))];
    let key = vec![Part::Alone(Insert(Some(3)))];
    let pairs = [
        ("lost", vec![lost.clone(), lost], vec![NotSerializable]),
        ("unique", vec![unique.clone(), unique], vec![RaisesErrors]),
        (
            "half",
            vec![half.clone(), half],
            vec![NotAtomic, RaisesErrors],
        ),
        ("stale", vec![there_and_back, look], vec![StaleAnswer]),
        // The key refuses the second one in every serial order too.
        ("key", vec![key.clone(), key], vec![]),
    ];
    let mut place = Place::make();
    let mut meeting = Meeting {
        level: Isolation::ReadCommitted,
        policy: Policy::Exhaustive,
        max_tries: 1,
        crash: false,
        shows: false,
    };
    for (name, scripts, expected) in pairs {
        meeting.level = Isolation::ReadCommitted;
        let seen = judged(&mut place, name, &scripts, meeting);
        assert_eq!(seen, expected.into_iter().collect(), "{name}");
        if scripts.iter().all(|parts| is_one_transaction(parts)) {
            meeting.level = Isolation::Serializable;
            assert_eq!(judged(&mut place, name, &scripts, meeting), BTreeSet::new());
        }
    }
    for seed in 0..3 {
        try_scripts(&mut place, seed);
    }
}

fn try_many(count: u64) -> BTreeSet<Verdict> {
    let first = std::env::var("SIM_TEST_SEED").map_or_else(
        |_| rand::random::<u64>() >> 16,
        |seed| seed.parse().expect("a number"),
    );
    let mut place = Place::make();
    let mut seen = BTreeSet::new();
    for seed in first..first + count {
        println!("SIM_TEST_SEED={seed}");
        seen.extend(try_scripts(&mut place, seed));
    }
    seen
}

#[test]
#[ignore = "slow: many scripts"]
fn a_second_judge_says_the_same_of_many_tiny_scripts() {
    try_many(30);
}

#[test]
#[ignore = "slow: thousands of scripts"]
fn deep_a_second_judge_says_the_same_of_thousands_of_tiny_scripts() {
    let seen = try_many(2_000);
    let all = [NotSerializable, NotAtomic, RaisesErrors, StaleAnswer];
    assert_eq!(seen, all.into(), "each verdict comes up");
}
