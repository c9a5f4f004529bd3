//! Random plays: what a model of PostgreSQL is to be asked, and what it says.
#![allow(dead_code, reason = "each test uses its part")]

use std::sync::LazyLock;

use checkout_sim::event::Event;
use checkout_sim::mvcc::Store;
use checkout_sim::session::Result;
use checkout_sim::shop::{Cart, Isolation, Sku, Supply};
use checkout_sim::statement::{Reply, Statement};
use checkout_sim::value::State;

use crate::support::mvcc::{cart, supply};

/// Carts that meet each other: alone, in both orders, a product twice, and one
/// that cannot be had.
static CARTS: LazyLock<[Cart; 6]> = LazyLock::new(|| {
    [
        cart(1, &[(1, 1)]),
        cart(2, &[(2, 1)]),
        cart(3, &[(1, 1), (2, 1)]),
        cart(4, &[(2, 1), (1, 1)]),
        cart(5, &[(1, 1), (1, 2)]),
        cart(6, &[(2, 1), (99, 1)]),
    ]
});

/// The shop of a play.
#[derive(Debug, Clone)]
pub struct Setting {
    pub supply: Vec<Supply>,
    pub stock_check: bool,
    /// Of statements outside a transaction.
    pub isolation: Isolation,
    pub sessions: usize,
    /// Whether each BEGIN names a level of its own.
    pub mixed: bool,
    /// Whether every UPDATE subtracts from what is there.
    pub relative: bool,
}

/// One statement with all that the model says of it.
#[derive(Debug, Clone)]
pub struct Step {
    pub session: usize,
    /// `None`: the connection is cut.
    pub statement: Option<Statement>,
    pub events: Vec<Event>,
    /// The sessions that each session waits for after it.
    pub blockers: Vec<Vec<usize>>,
}

/// A play from its first statement until every session is at rest.
#[derive(Debug, Clone)]
pub struct Play {
    pub setting: Setting,
    pub steps: Vec<Step>,
    pub state: State,
    /// Whether PostgreSQL may well end it otherwise.
    pub races: bool,
}

/// Chosen by `next`, which answers a number below the one it is given.
pub fn setting(sessions: usize, next: &mut impl FnMut(u32) -> u32) -> Setting {
    let stock = |n| i64::from(n) + 1;
    Setting {
        supply: supply(&[(1, stock(next(3))), (2, stock(next(3)))]),
        stock_check: next(2) == 0,
        isolation: level(next),
        sessions,
        mixed: next(2) == 0,
        relative: false,
    }
}

/// Makes about `length` statements, then lets every session end.
pub fn play(
    setting: Setting,
    length: usize,
    cuts: bool,
    next: &mut impl FnMut(u32) -> u32,
) -> Play {
    let mut director = Director {
        store: Store::new(
            &setting.supply,
            setting.stock_check,
            setting.isolation,
            setting.sessions,
        ),
        stands: vec![Stand::Idle; setting.sessions],
        setting,
        steps: Vec::new(),
    };
    for _ in 0..length {
        let session = director.choose(next);
        let statement = match cuts && next(20) == 0 {
            true => None,
            false => Some(director.statement(session, next)),
        };
        if director.is_race(session, statement.clone()) {
            continue;
        }
        director.perform(session, statement);
    }
    let mut races = false;
    while let Some(session) = director.unfinished() {
        let end = Some(match next(2) {
            0 => Statement::Commit,
            _ => Statement::Rollback,
        });
        races |= director.is_race(session, end.clone());
        director.perform(session, end);
    }
    Play {
        races,
        state: director.store.state(),
        setting: director.setting,
        steps: director.steps,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
/// Where a session stands.
pub enum Stand {
    Idle,
    Open,
    Failed,
}

struct Director {
    store: Store,
    setting: Setting,
    stands: Vec<Stand>,
    steps: Vec<Step>,
}

impl Director {
    fn is_free(&self, session: usize) -> bool {
        self.store.blockers(session).is_empty()
    }

    fn is_race(&self, session: usize, statement: Option<Statement>) -> bool {
        let statement = statement.unwrap_or(Statement::Rollback);
        self.store.is_race(session, statement)
    }

    fn choose(&self, next: &mut impl FnMut(u32) -> u32) -> usize {
        let free: Vec<usize> = (0..self.stands.len())
            .filter(|&session| self.is_free(session))
            .collect();
        assert!(!free.is_empty(), "all sessions wait: {:#?}", self.steps);
        free[next(free.len() as u32) as usize]
    }

    fn unfinished(&self) -> Option<usize> {
        let waiting = (0..self.stands.len()).any(|session| !self.is_free(session));
        let at_work =
            |&session: &usize| self.is_free(session) && self.stands[session] != Stand::Idle;
        let next = (0..self.stands.len()).find(at_work);
        assert!(next.is_some() || !waiting, "stuck: {:#?}", self.steps);
        next
    }

    fn statement(&self, session: usize, next: &mut impl FnMut(u32) -> u32) -> Statement {
        let begin = |next: &mut _| {
            Statement::Begin(match self.setting.mixed {
                true => level(next),
                false => self.setting.isolation,
            })
        };
        match (self.stands[session], next(20)) {
            (Stand::Idle, 0..13) | (Stand::Open, 0) => begin(next),
            (Stand::Idle, 19) | (Stand::Open, 1..4) => Statement::Commit,
            (Stand::Failed, 0..16) | (Stand::Open, 4) => Statement::Rollback,
            (Stand::Failed, 16) => Statement::Commit,
            (Stand::Failed, 17) => begin(next),
            _ => query(self.setting.relative, next),
        }
    }

    fn perform(&mut self, session: usize, statement: Option<Statement>) {
        let events = match statement.clone() {
            Some(statement) => self.store.execute(session, statement),
            None => self.store.cut(session),
        };
        match &statement {
            Some(Statement::Commit | Statement::Rollback) | None => {
                self.stands[session] = Stand::Idle;
            }
            Some(Statement::Begin(_)) if self.stands[session] == Stand::Idle => {
                self.stands[session] = Stand::Open;
            }
            Some(_) => {}
        }
        for event in &events {
            if let Event::Replied { session, reply } = event {
                let stand = &mut self.stands[*session];
                if *stand == Stand::Open && is_fatal(reply) {
                    *stand = Stand::Failed;
                }
            }
        }
        let sessions = 0..self.stands.len();
        self.steps.push(Step {
            session,
            statement,
            events,
            blockers: sessions.map(|s| self.store.blockers(s)).collect(),
        });
    }
}

pub fn is_fatal(reply: &Result<Reply>) -> bool {
    reply.is_err()
}

fn level(next: &mut impl FnMut(u32) -> u32) -> Isolation {
    [Isolation::ReadCommitted, Isolation::RepeatableRead][next(2) as usize]
}

fn query(relative: bool, next: &mut impl FnMut(u32) -> u32) -> Statement {
    let sku = match next(20) {
        0 => Sku(99),
        1..8 => Sku(2),
        _ => Sku(1),
    };
    let stock = i64::from(next(6)) - 1;
    let units = next(2) + 1;
    match next(16) {
        5..7 if relative => Statement::DecrementStock { sku, units },
        7..9 if relative => Statement::TakeStock { sku, units },
        0..2 => Statement::ReadStock(sku),
        2..5 => Statement::LockStock(sku),
        5..7 => Statement::WriteStock { sku, stock },
        7..9 => Statement::SwapStock {
            sku,
            stock,
            if_version: i64::from(next(3)) / 2,
        },
        9..11 => Statement::DecrementStock { sku, units },
        11..13 => Statement::TakeStock { sku, units },
        _ => Statement::PlaceOrder(CARTS[next(CARTS.len() as u32) as usize].clone()),
    }
}
