//! What holds of the model in any play, whichever session does what when.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::mvcc::database;
use crate::support::play::{Play, Setting, Stand, is_fatal, play, setting};
use checkout_sim::event::Event;
use checkout_sim::mvcc::Store;
use checkout_sim::oracle::Ledger;
use checkout_sim::session::{Error, Result};
use checkout_sim::shop::Sku;
use checkout_sim::statement::{Reply, Statement, Stock};

/// A play made of a list of numbers, so that a failure shrinks.
fn made_of(numbers: &[u32], sessions: usize, adjust: fn(&mut Setting)) -> Play {
    let mut numbers = numbers.iter();
    let mut next = |below: u32| numbers.next().map_or(0, |number| number % below);
    let mut setting = setting(sessions, &mut next);
    adjust(&mut setting);
    play(setting, 30, true, &mut next)
}

fn numbers() -> impl Strategy<Value = Vec<u32>> {
    vec(any::<u32>(), 0..200)
}

fn store(setting: &Setting) -> Store {
    Store::new(
        &setting.supply,
        setting.stock_check,
        setting.isolation,
        setting.sessions,
    )
}

fn replies(events: &[Event]) -> impl Iterator<Item = (usize, &Result<Reply>)> {
    events.iter().filter_map(|event| match event {
        Event::Replied { session, reply } => Some((*session, reply)),
        Event::Blocked { .. } => None,
    })
}

/// What each session has asked and where it stands, as its replies tell.
struct Watch {
    asked: Vec<Option<Statement>>,
    stands: Vec<Stand>,
    /// Answered in the transaction that is open.
    done: Vec<Vec<Statement>>,
    /// Answered in transactions that were committed.
    committed: Vec<Statement>,
}

impl Watch {
    fn new(sessions: usize) -> Self {
        Self {
            asked: vec![None; sessions],
            stands: vec![Stand::Idle; sessions],
            done: vec![Vec::new(); sessions],
            committed: Vec::new(),
        }
    }

    fn ask(&mut self, session: usize, statement: Option<Statement>) {
        assert_eq!(self.asked[session], None, "one statement at a time");
        if statement.is_none() {
            self.stands[session] = Stand::Idle;
            self.done[session].clear();
        }
        self.asked[session] = statement;
    }

    fn hear(&mut self, session: usize, reply: &Result<Reply>) {
        let statement = self.asked[session].take();
        let statement = statement.expect("a reply to a statement");
        let stand = self.stands[session];
        let did = matches!(reply, Ok(Reply::Rows { affected: 1.., .. }));
        match statement {
            Statement::Commit | Statement::Rollback => {
                if statement == Statement::Commit && stand == Stand::Open {
                    self.committed.append(&mut self.done[session]);
                }
                self.stands[session] = Stand::Idle;
                self.done[session].clear();
            }
            Statement::Begin(_) if stand == Stand::Idle => self.stands[session] = Stand::Open,
            _ if stand == Stand::Open && is_fatal(reply) => {
                self.stands[session] = Stand::Failed;
                self.done[session].clear();
            }
            _ if did && stand == Stand::Open => self.done[session].push(statement),
            _ if did => self.committed.push(statement),
            _ => {}
        }
    }
}

/// The rows that a statement that was answered has locked, each with the
/// strength: 1 FOR KEY SHARE, 2 FOR NO KEY UPDATE, 3 FOR UPDATE.
fn locks(statement: &Statement) -> Vec<(Sku, u8)> {
    match statement {
        Statement::PlaceOrder(cart) => cart.lines.iter().map(|line| (line.sku, 1)).collect(),
        Statement::LockStock(sku) => vec![(*sku, 3)],
        Statement::WriteStock { sku, .. }
        | Statement::SwapStock { sku, .. }
        | Statement::DecrementStock { sku, .. }
        | Statement::TakeStock { sku, .. } => vec![(*sku, 2)],
        _ => Vec::new(),
    }
}

fn assert_no_conflict(watch: &Watch) {
    let held: Vec<(usize, (Sku, u8))> = watch
        .done
        .iter()
        .enumerate()
        .flat_map(|(session, done)| done.iter().flat_map(locks).map(move |lock| (session, lock)))
        .collect();
    for (one, (sku, a)) in &held {
        for (other, (same, b)) in &held {
            let conflicts = *a.max(b) == 3 || (*a, *b) == (2, 2);
            let is_clash = one != other && sku == same && conflicts;
            assert!(!is_clash, "{one} and {other} both hold {sku}");
        }
    }
}

/// A blocked session waits, through others perhaps, for a session that can
/// move and has something to end.
fn assert_some_session_can_move(blockers: &[Vec<usize>], stands: &[Stand]) {
    for (session, by) in blockers.iter().enumerate() {
        let mut front = by.clone();
        let mut hops = 0;
        while let Some(&next) = front.first() {
            assert!(hops < blockers.len(), "{session} waits in a circle");
            hops += 1;
            front.clone_from(&blockers[next]);
            assert!(!front.is_empty() || stands[next] == Stand::Open);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_statement_is_answered_once_and_no_locks_conflict(numbers in numbers()) {
        let play = made_of(&numbers, 3, |_| {});
        let mut watch = Watch::new(3);
        let mut again = store(&play.setting);
        for step in &play.steps {
            watch.ask(step.session, step.statement.clone());
            for (session, reply) in replies(&step.events) {
                watch.hear(session, reply);
            }
            assert_no_conflict(&watch);
            assert_some_session_can_move(&step.blockers, &watch.stands);
            for (session, by) in step.blockers.iter().enumerate() {
                prop_assert_eq!(watch.asked[session].is_some(), !by.is_empty());
            }
            // The same again, of a copy: the store is a value.
            let mut copy = again.clone();
            let perform = |store: &mut Store| match step.statement.clone() {
                Some(statement) => store.execute(step.session, statement),
                None => store.cut(step.session),
            };
            prop_assert_eq!(&perform(&mut copy), &step.events);
            prop_assert_eq!(&perform(&mut again), &step.events);
        }
        prop_assert_eq!(again.state(), play.state);
    }

    /// Subtractions that were committed are what the stock has gone down by,
    /// and orders that were committed are what the ledger holds.
    #[test]
    fn what_was_committed_is_what_is_there(numbers in numbers()) {
        let play = made_of(&numbers, 3, |setting| setting.relative = true);
        let mut watch = Watch::new(3);
        for step in &play.steps {
            watch.ask(step.session, step.statement.clone());
            for (session, reply) in replies(&step.events) {
                watch.hear(session, reply);
            }
        }
        let mut stock: BTreeMap<Sku, i64> =
            play.setting.supply.iter().map(|s| (s.sku, s.units)).collect();
        let mut orders = 0;
        for statement in &watch.committed {
            match *statement {
                Statement::DecrementStock { sku, units } | Statement::TakeStock { sku, units } => {
                    *stock.get_mut(&sku).unwrap() -= i64::from(units);
                }
                Statement::PlaceOrder(_) => orders += 1,
                _ => {}
            }
        }
        let ledger = Ledger::of(&play.state);
        let left = ledger.products.iter().map(|p| (p.sku, p.stock.unwrap()));
        prop_assert_eq!(left.collect::<BTreeMap<_, _>>(), stock);
        prop_assert_eq!(ledger.orders.len(), orders);
        if play.setting.stock_check {
            prop_assert!(ledger.products.iter().all(|p| p.stock.unwrap() >= 0));
        }
    }

    /// Alone, a session finds a shop without versions, locks and snapshots.
    #[test]
    fn one_session_alone_finds_a_plain_shop(numbers in numbers()) {
        let play = made_of(&numbers, 1, |_| {});
        let mut shop = PlainShop::new(&play.setting);
        for step in &play.steps {
            let expected = step.statement.clone().map(|statement| shop.execute(statement));
            if step.statement.is_none() {
                shop.end(false);
            }
            let reply = replies(&step.events).map(|(_, reply)| reply.clone()).next();
            prop_assert_eq!(reply, expected, "{:?}", step);
        }
        let stock: Vec<_> = Ledger::of(&play.state).products.iter().map(|p| p.stock.unwrap()).collect();
        let expected: Vec<_> = shop.committed.0.values().map(|row| row.stock).collect();
        prop_assert_eq!(stock, expected);
        prop_assert_eq!(Ledger::of(&play.state).orders.len(), shop.committed.1);
    }
}

/// Products, and how many orders.
type Shelves = (BTreeMap<Sku, Stock>, usize);

/// One session, one copy of everything for the open transaction.
struct PlainShop {
    stock_check: bool,
    stand: Stand,
    level: Option<checkout_sim::shop::Isolation>,
    has_queried: bool,
    committed: Shelves,
    working: Shelves,
}

impl PlainShop {
    fn new(setting: &Setting) -> Self {
        let row = |units| Stock {
            stock: units,
            version: 0,
        };
        let rows = setting.supply.iter().map(|s| (s.sku, row(s.units)));
        let shelves = (rows.collect(), 0);
        Self {
            stock_check: setting.stock_check,
            stand: Stand::Idle,
            level: None,
            has_queried: false,
            committed: shelves.clone(),
            working: shelves,
        }
    }

    fn end(&mut self, commits: bool) {
        match commits && self.stand != Stand::Failed {
            true => self.committed = self.working.clone(),
            false => self.working = self.committed.clone(),
        }
        (self.stand, self.has_queried) = (Stand::Idle, false);
    }

    fn execute(&mut self, statement: Statement) -> Result<Reply> {
        let reply = match (&statement, self.stand) {
            (Statement::Commit | Statement::Rollback, _) => {
                self.end(statement == Statement::Commit);
                return Ok(Reply::Done);
            }
            (_, Stand::Failed) => Err(database(
                "25P02",
                "current transaction is aborted, commands ignored until end of transaction block",
            )),
            (Statement::Begin(level), Stand::Open)
                if self.has_queried && self.level != Some(*level) =>
            {
                Err(database(
                    "25001",
                    "SET TRANSACTION ISOLATION LEVEL must be called before any query",
                ))
            }
            (Statement::Begin(level), _) => {
                (self.stand, self.level) = (Stand::Open, Some(*level));
                Ok(Reply::Done)
            }
            _ => {
                self.has_queried = true;
                self.query(statement)
            }
        };
        match (self.stand, is_fatal(&reply)) {
            (Stand::Open, true) => self.stand = Stand::Failed,
            (Stand::Idle, fatal) => self.end(!fatal),
            _ => {}
        }
        reply
    }

    fn query(&mut self, statement: Statement) -> Result<Reply> {
        let check = self.stock_check;
        let mut update = |sku: Sku, change: &dyn Fn(Stock) -> Option<Stock>| {
            let Some(row) = self.working.0.get_mut(&sku) else {
                return Ok(Reply::affected(0));
            };
            let Some(new) = change(*row) else {
                return Ok(Reply::affected(0));
            };
            if check && new.stock < 0 {
                return Err(Error::CheckViolation);
            }
            *row = new;
            Ok(Reply::affected(1))
        };
        let subtract = |row: Stock, units: u32| Stock {
            stock: row.stock - i64::from(units),
            ..row
        };
        match statement {
            Statement::ReadStock(sku) | Statement::LockStock(sku) => {
                let row = self.working.0.get(&sku).copied();
                Ok(Reply::stock(row))
            }
            Statement::WriteStock { sku, stock } => {
                update(sku, &|row| Some(Stock { stock, ..row }))
            }
            Statement::SwapStock {
                sku,
                stock,
                if_version,
            } => update(sku, &|row| {
                let version = row.version + 1;
                (row.version == if_version).then_some(Stock { stock, version })
            }),
            Statement::DecrementStock { sku, units } => {
                update(sku, &|row| Some(subtract(row, units)))
            }
            Statement::TakeStock { sku, units } => update(sku, &|row| {
                (row.stock >= units.into()).then(|| subtract(row, units))
            }),
            Statement::PlaceOrder(cart) => {
                if cart
                    .lines
                    .iter()
                    .any(|l| !self.working.0.contains_key(&l.sku))
                {
                    return Err(database(
                        "23503",
                        "insert or update on table \"order_lines\" violates foreign key \
                         constraint \"order_lines_product_id_fkey\"",
                    ));
                }
                self.working.1 += 1;
                Ok(Reply::affected(cart.lines.len() as u64))
            }
            _ => unreachable!("{statement:?} reads nothing"),
        }
    }
}
