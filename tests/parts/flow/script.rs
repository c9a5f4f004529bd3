//! A session that does as it is told and writes down what it hears: no
//! database, no clock.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use checkout_sim::session::{Result, Session};
use checkout_sim::shop::{Cart, CheckoutKey, Line, Sku};
use checkout_sim::statement::{Reply, Statement, Stock};

/// Everything that was said, in order.
pub type Log = Arc<Mutex<Vec<String>>>;

/// How one session behaves.
#[derive(Debug, Clone)]
pub struct Script {
    /// Units on hand of every product; a guarded decrement knows it too.
    pub stock: i64,
    /// Answers that differ from those of a healthy database, by the position of
    /// the statement, counted from 0.
    pub instead: Vec<(usize, Result<Reply>)>,
}

/// A database in which all goes well.
pub fn healthy() -> Script {
    Script {
        stock: 5,
        instead: Vec::new(),
    }
}

/// All goes well but one statement.
pub fn but(position: usize, reply: Result<Reply>) -> Script {
    Script {
        instead: vec![(position, reply)],
        ..healthy()
    }
}

/// A conversation that follows a script, and the next one from its second
/// BEGIN on: for strategies that begin with one.
pub struct Scripted {
    script: Script,
    next: VecDeque<Script>,
    position: usize,
    log: Log,
}

impl Scripted {
    pub fn new(scripts: impl IntoIterator<Item = Script>, log: &Log) -> Self {
        let mut next: VecDeque<Script> = scripts.into_iter().collect();
        Self {
            script: next.pop_front().expect("a script"),
            next,
            position: 0,
            log: Arc::clone(log),
        }
    }
}

impl Session for Scripted {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        let begins_again = matches!(statement, Statement::Begin(_)) && self.position > 0;
        if begins_again && let Some(next) = self.next.pop_front() {
            (self.script, self.position) = (next, 0);
        }
        note(&self.log, word(&statement));
        let mut instead = self.script.instead.iter();
        let planned = instead.find(|(position, _)| *position == self.position);
        self.position += 1;
        match planned {
            Some((_, reply)) => reply.clone(),
            None => Ok(by_default(&statement, self.script.stock)),
        }
    }
}

fn by_default(statement: &Statement, stock: i64) -> Reply {
    match statement {
        Statement::Begin(_)
        | Statement::Think
        | Statement::Pause(_)
        | Statement::Effect { .. }
        | Statement::Snapshot
        | Statement::Commit
        | Statement::Rollback => Reply::Done,
        Statement::ReadStock(_) | Statement::LockStock(_) => {
            Reply::stock(Some(Stock { stock, version: 7 }))
        }
        Statement::TakeStock { units, .. } => {
            Reply::affected(u64::from(i64::from(*units) <= stock))
        }
        Statement::WriteStock { .. }
        | Statement::SwapStock { .. }
        | Statement::DecrementStock { .. }
        | Statement::Sql(..) => Reply::affected(1),
        Statement::PlaceOrder(cart) => Reply::affected(cart.lines.len() as u64),
    }
}

/// A statement as one short word or two.
pub fn word(statement: &Statement) -> String {
    match statement {
        Statement::Begin(_) => "begin".into(),
        Statement::ReadStock(sku) => format!("read {}", sku.0),
        Statement::LockStock(sku) => format!("lock {}", sku.0),
        Statement::WriteStock { sku, stock } => format!("write {}={stock}", sku.0),
        Statement::SwapStock {
            sku,
            stock,
            if_version,
        } => format!("swap {}={stock}@{if_version}", sku.0),
        Statement::DecrementStock { sku, units } => format!("decrement {}-{units}", sku.0),
        Statement::TakeStock { sku, units } => format!("take {}-{units}", sku.0),
        Statement::PlaceOrder(_) => "order".into(),
        Statement::Think => "think".into(),
        Statement::Snapshot => "snapshot".into(),
        Statement::Commit => "commit".into(),
        Statement::Rollback => "rollback".into(),
        Statement::Pause(pause_us) => format!("pause {pause_us}"),
        Statement::Effect { name, .. } => format!("effect {name}"),
        Statement::Sql(text) => text.sql.to_string(),
    }
}

fn note(log: &Log, word: String) {
    log.lock().expect("no panic while it is held").push(word);
}

pub fn said(log: &Log) -> Vec<String> {
    log.lock().expect("no panic while it is held").clone()
}

/// One unit of product 1 and two of product 2.
pub fn cart() -> Cart {
    let line = |sku, units| Line {
        sku: Sku(sku),
        units,
    };
    Cart {
        buyer: 3,
        key: CheckoutKey(42),
        lines: [line(1, 1), line(2, 2)].into(),
        operation: 0,
    }
}
