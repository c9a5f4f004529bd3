//! A schedule as PostgreSQL's own isolationtester reads it
//! (`src/test/isolation/README` in PostgreSQL's source).

use std::fmt::Write as _;

use super::sql;
use crate::shop::{Isolation, Supply};

/// One schedule with the statements that it led to.
#[derive(Debug, Clone)]
pub struct Spec<'s> {
    /// What it shows, as comments at the top.
    pub title: Vec<String>,
    /// What the shop has.
    pub supply: &'s [Supply],
    /// Whether the table has `CHECK (stock >= 0)`.
    pub stock_check: bool,
    /// The level of statements outside a transaction.
    pub isolation: Isolation,
    /// The steps in order, each with its session; sessions go by lower-case letters.
    pub steps: Vec<(char, &'s str)>,
    /// The sessions that a deadlock ended.
    pub victims: Vec<char>,
}

impl Spec<'_> {
    /// The text of the file. Two steps more show what is left: `shelves` and
    /// `ordered`.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        for line in &self.title {
            let _ = writeln!(text, "# {line}");
        }
        let check = self.stock_check.then_some(sql::CHECK_STOCK);
        let stock_up = stock_up(self.supply);
        let setup = [
            sql::CREATE_PRODUCTS,
            sql::CREATE_ORDERS,
            sql::INDEX_ORDERS,
            sql::CREATE_ORDER_LINES,
            sql::INDEX_ORDER_LINES,
            &stock_up,
        ];
        text.push_str("\nsetup\n{\n");
        for sql in setup.into_iter().chain(check) {
            let _ = writeln!(text, "  {sql};");
        }
        let _ = write!(text, "}}\n\nteardown\n{{\n  {};\n}}\n", sql::DROP_TABLES);
        let mut order = Vec::new();
        let mut sessions: Vec<char> = self.steps.iter().map(|(session, _)| *session).collect();
        sessions.sort_unstable();
        sessions.dedup();
        for session in sessions {
            text.push_str(&self.session(session));
        }
        let mut sent: Vec<char> = Vec::new();
        for (session, _) in &self.steps {
            sent.push(*session);
            let number = sent.iter().filter(|other| *other == session).count();
            order.push(format!("{session}{number}"));
        }
        let _ = write!(
            text,
            "\nsession audit\nstep shelves {{ {}; }}\nstep ordered {{ {}; }}\n\n\
             permutation {} shelves ordered\n",
            sql::SHELVES,
            sql::ORDERED,
            order.join(" "),
        );
        text
    }

    /// The session that is to be ended by a deadlock looks for it at once, and no other
    /// one does in time. A victim that waits before it closes a circle finds none:
    /// isolationtester takes 10 ms to see that it waits, and only then goes on.
    fn session(&self, session: char) -> String {
        let timeout = match self.victims.contains(&session) {
            true => "1ms",
            false => "100s",
        };
        let level = self.isolation.in_words();
        let mut text = format!(
            "\nsession {session}\nsetup {{ {} {} }}\n",
            sql::set("deadlock_timeout", timeout),
            sql::set("default_transaction_isolation", &level),
        );
        let own = self.steps.iter().filter(|(of, _)| *of == session);
        for (position, (_, sql)) in own.enumerate() {
            let _ = writeln!(text, "step {session}{} {{ {sql}; }}", position + 1);
        }
        text
    }
}

fn stock_up(supply: &[Supply]) -> String {
    let array = |of: fn(&Supply) -> i64| {
        let values: Vec<String> = supply.iter().map(|supply| of(supply).to_string()).collect();
        format!("ARRAY[{}]", values.join(","))
    };
    let ids = array(|supply| supply.sku.0.into());
    let units = array(|supply| supply.units);
    sql::STOCK_UP.replace("$1", &ids).replace("$2", &units)
}
