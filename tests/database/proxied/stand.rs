//! A program, a proxy and tables, and every schedule of two requests.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use checkout_sim::database::GroundCopy;
use checkout_sim::database::wire::WireAddress;
use checkout_sim::explore::arena::StepError;
use checkout_sim::explore::bounds::{Covered, Limits, Policy, Rules};
use checkout_sim::explore::calibrate::calibrate;
use checkout_sim::explore::case::{Case, CaseGround};
use checkout_sim::explore::own::OwnGround;
use checkout_sim::explore::schedule::Schedule;
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::trace::{Trace, follow};
use checkout_sim::explore::walk::Walked;
use checkout_sim::explore::worlds::engine::OwnSite;
use checkout_sim::explore::worlds::proxied::{Application, ProxiedArena, ProxiedSettings};
use checkout_sim::explore::worlds::proxy::{HoldSettings, Proxy, ProxySettings};
use checkout_sim::oracle::Invariant;
use checkout_sim::scenario::{OwnTables, SetUp};
use checkout_sim::shop::Isolation;
use checkout_sim::subject::Strategy;
use sqlx::{AssertSqlSafe, Executor as _};
use tokio::runtime;

use super::desk::{Desk, Handler, InProcess};
use crate::common;
use crate::own_tables::shop::playground;
use crate::small::{case, last_unit};

/// One unit of each product, and no order.
const TABLES: &str = "
CREATE TABLE products (id int PRIMARY KEY, stock int NOT NULL);
CREATE TABLE orders (id serial PRIMARY KEY, product int NOT NULL REFERENCES products);
INSERT INTO products VALUES (1, 1), (2, 1);
";

const OVERSOLD: &str = "
SELECT product FROM orders GROUP BY product HAVING count(*) > 1
";

/// A program that runs in this process.
pub struct Program {
    pub handler: Handler,
    pub connections: usize,
}

/// One with as many connections as two requests could want.
pub const fn program(handler: Handler) -> Program {
    Program {
        handler,
        connections: 8,
    }
}

/// What came of every schedule.
pub struct Explored {
    pub covered: Covered,
    /// Each schedule, with the rules that it breaks and the errors that reached callers.
    pub ended: BTreeMap<Schedule, Vec<String>>,
    /// In how many of them the program chose which request went on first.
    pub chosen: usize,
}

impl Explored {
    pub fn broken(&self) -> usize {
        let mut broken = self.ended.values().filter(|words| !words.is_empty());
        broken.by_ref().count()
    }

    /// Every different way to end.
    pub fn ways(&self) -> Vec<&str> {
        let mut ways: Vec<&str> = self.ended.values().flatten().map(String::as_str).collect();
        ways.sort_unstable();
        ways.dedup();
        ways
    }
}

/// The tables of a test, in a database of its own.
struct Tables {
    copy: GroundCopy,
    database: String,
}

fn runtime() -> runtime::Runtime {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

fn tables() -> Tables {
    runtime().block_on(async {
        let (mut playground, name) = playground(&[TABLES]).await;
        let copy = playground.copy().await.expect("a copy");
        playground.close().await;
        let database = format!("{name}_1");
        let mut link = common::connect("postgres").await;
        let soon = format!("ALTER DATABASE {database} SET deadlock_timeout TO '2ms'");
        link.execute(AssertSqlSafe(soon)).await.expect("set");
        Tables { copy, database }
    })
}

/// Two requests.
fn requests() -> Arc<Case> {
    let shop = case(&last_unit(2), Strategy::Naive, Isolation::ReadCommitted);
    let invariant = Invariant {
        name: "no product is sold twice".into(),
        sql: OVERSOLD.into(),
    };
    let tables = OwnTables {
        invariants: vec![invariant],
        ..OwnTables::bare(SetUp::Files(Vec::new()))
    };
    Arc::new(Case {
        ground: CaseGround::Own(Arc::new(OwnGround::new(&tables))),
        ..(*shop).clone()
    })
}

/// The requests to a program that `start` starts, which is told the port of the proxy and the
/// name of the database.
async fn arena<A, Started>(
    tables: &Tables,
    case: &Arc<Case>,
    start: impl Fn(u16, String) -> Started,
) -> Result<ProxiedArena<A>, StepError>
where
    A: Application,
    Started: Future<Output = A>,
{
    let cluster = common::cluster();
    let settings = ProxySettings {
        server: WireAddress::Unix(cluster.socket_dir().to_owned(), cluster.port()),
        port: 0,
        holding: Some(HoldSettings::default()),
        keeps: None,
    };
    let (proxy, events) = Proxy::start(settings).await.expect("a port");
    let port = proxy.address().port();
    let settings = ProxiedSettings {
        proxy,
        events,
        background: Vec::new(),
        case: Arc::clone(case),
    };
    let starting = async {
        let application = start(port, tables.database.clone()).await;
        let ground = tables.copy.open().await.expect("a ground");
        Ok((application, OwnSite::new(ground)))
    };
    ProxiedArena::open(settings, starting).await
}

/// Every schedule of two requests.
pub fn explore<A, Started>(
    start: impl Fn(u16, String) -> Started + Sync,
) -> Result<Explored, StepError>
where
    A: Application,
    Started: Future<Output = A>,
{
    let (tables, case) = (tables(), requests());
    let mut arenas = Arenas::open(1, async |_| arena(&tables, &case, &start).await)?;
    arenas.each(async |arena| calibrate(arena, &case).await)?;
    let ended = Mutex::new(BTreeMap::new());
    let chosen = AtomicUsize::new(0);
    let see = |one: Walked| {
        let broken = one
            .end
            .broken
            .iter()
            .map(|broken| broken.invariant.to_string());
        let raised = one.end.raised.iter().map(|raised| raised.code.clone());
        let words = broken.chain(raised).collect();
        chosen.fetch_add(usize::from(one.end.chosen_in_program), SeqCst);
        let before = ended.lock().unwrap().insert(one.schedule, words);
        assert_eq!(before, None, "each schedule once");
    };
    let rules = Rules {
        crash: false,
        switches_max: None,
        reduce: false,
    };
    let (limits, stop) = (Limits::default(), AtomicBool::new(false));
    let (covered, searched) = arenas.search(Policy::Exhaustive, rules, limits, &stop, &see);
    searched?;
    Ok(Explored {
        covered,
        ended: ended.into_inner().unwrap(),
        chosen: chosen.into_inner(),
    })
}

impl Program {
    async fn start(&self, port: u16, database: String) -> InProcess {
        let desk = Desk::new(port, &database, self.connections);
        InProcess::new(desk, self.handler)
    }

    /// Every schedule.
    pub fn explore(&self) -> Result<Explored, StepError> {
        explore(|port, database| self.start(port, database))
    }

    /// One schedule, with every statement.
    pub fn follow(&self, schedule: &str) -> Result<Trace, StepError> {
        let (tables, case) = (tables(), requests());
        let schedule: Schedule = schedule.parse().expect("letters");
        runtime().block_on(async {
            let start = |port, database| self.start(port, database);
            let mut arena = arena(&tables, &case, start).await?;
            follow(&mut arena, &case, &schedule).await
        })
    }

    /// Why it cannot be followed.
    pub fn refused(&self) -> String {
        match self.explore() {
            Err(StepError::Unfollowed(why)) => why.to_string(),
            Err(other) => panic!("{other}"),
            Ok(explored) => panic!("{:?}", explored.covered),
        }
    }
}
