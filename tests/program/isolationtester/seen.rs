//! The same story in the same words, from isolationtester's output and from a
//! trace: a line for each step that was sent, with all that was answered before
//! the next one; then what was left.

use std::collections::{BTreeMap, BTreeSet};

use checkout_sim::explore::trace::{Happening, Trace};
use checkout_sim::session::{Error, Result};
use checkout_sim::shop::Conflict;
use checkout_sim::shop::Outcome;
use checkout_sim::statement::Reply;
use checkout_sim::value::Value;

/// A step that was sent, and every step that was answered before the next one
/// was sent.
///
/// Whether a victim of a deadlock was seen waiting for a moment is a matter of
/// time: a step waits if it is not answered before the next one.
#[derive(Default)]
struct Sent {
    step: String,
    answered: BTreeMap<String, Answer>,
}

#[derive(Default)]
struct Answer {
    error: Option<String>,
    rows: Vec<String>,
}

/// What is left: the stock, the units sold, and the checkouts that have an order.
struct Left {
    products: Vec<(String, i64, i64)>,
    orders_of: BTreeSet<i64>,
}

fn story(sent: &[Sent], left: &Left) -> String {
    let mut text = String::new();
    for Sent { step, answered } in sent {
        let waits = (!answered.contains_key(step)).then(|| format!("{step} waits"));
        let answers = answered
            .iter()
            .map(|(step, Answer { error, rows })| match error {
                Some(error) => format!("{step} fails: {error}"),
                None if rows.is_empty() => format!("{step} done"),
                None => format!("{step} answers {}", rows.join(", ")),
            });
        let all: Vec<String> = waits.into_iter().chain(answers).collect();
        text.push_str(&format!("{}\n", all.join("; ")));
    }
    for (product, stock, sold) in &left.products {
        text.push_str(&format!("product {product}: stock {stock}, sold {sold}\n"));
    }
    let keys: Vec<i64> = left.orders_of.iter().copied().collect();
    text.push_str(&format!("orders of {keys:?}\n"));
    text
}

/// What the trace says that happened.
pub fn told_by(trace: &Trace) -> String {
    let mut numbers: BTreeMap<char, usize> = BTreeMap::new();
    let mut current: BTreeMap<char, String> = BTreeMap::new();
    let mut sent = Vec::new();
    for step in &trace.steps {
        let number = numbers.entry(step.buyer).or_default();
        *number += 1;
        let name = format!("{}{number}", step.buyer.to_ascii_lowercase());
        current.insert(step.buyer, name.clone());
        let mut answered = BTreeMap::new();
        for happening in &step.happenings {
            if let Happening::Reply { buyer, reply } = happening {
                let mut answer = answer(reply);
                // The row of the query that takes a snapshot is no part of the reply.
                let takes_snapshot = step.sql.as_deref().is_some_and(|s| s.ends_with("SELECT 1"));
                if takes_snapshot && *buyer == step.buyer {
                    answer.rows = vec!["1".into()];
                }
                answered.insert(current[buyer].clone(), answer);
            }
        }
        sent.push(Sent {
            step: name,
            answered,
        });
    }
    let accounts = trace.accounts.iter();
    let left = Left {
        products: accounts
            .map(|account| {
                let stock = account.stock.expect("every strategy keeps a stock");
                (account.sku.0.to_string(), stock, account.sold)
            })
            .collect(),
        // A checkout's key is its buyer's number, from 1; no connection is cut here.
        orders_of: (1..)
            .zip(&trace.told)
            .filter(|(_, told)| **told == Outcome::Sold)
            .map(|(key, _)| key)
            .collect(),
    };
    story(&sent, &left)
}

/// A reply of the trace as isolationtester prints it.
fn answer(reply: &Result<Reply>) -> Answer {
    let error = match reply {
        Ok(_) => None,
        Err(Error::Conflict(Conflict::Serialization)) => {
            Some("could not serialize access due to concurrent update")
        }
        Err(Error::Conflict(Conflict::Deadlock)) => Some("deadlock detected"),
        Err(Error::CheckViolation) => Some(
            "new row for relation \"products\" violates check constraint \"stock_not_negative\"",
        ),
        Err(other) => panic!("no schedule here ends in {other:?}"),
    };
    let table = reply.as_ref().ok().and_then(Reply::table);
    let rows = table.map(|table| table.rows().map(in_one_line).collect());
    Answer {
        error: error.map(str::to_owned),
        rows: rows.unwrap_or_default(),
    }
}

/// What isolationtester says that happened.
pub fn seen_by_isolationtester(output: &str) -> String {
    let mut sent: Vec<Sent> = Vec::new();
    let mut speaking = String::new();
    let mut in_rows = false;
    for line in output.lines() {
        if let Some((step, rest)) = line
            .strip_prefix("step ")
            .and_then(|line| line.split_once(": "))
        {
            if rest != "<... completed>" {
                sent.push(Sent {
                    step: step.to_owned(),
                    answered: BTreeMap::new(),
                });
            }
            if !rest.ends_with("<waiting ...>") {
                speaking = step.to_owned();
                let answered = &mut sent.last_mut().unwrap().answered;
                answered.insert(speaking.clone(), Answer::default());
            }
            continue;
        }
        let answered = sent.last_mut().map(|sent| &mut sent.answered);
        let Some(answer) = answered.and_then(|answered| answered.get_mut(&speaking)) else {
            continue;
        };
        if let Some(error) = line.strip_prefix("ERROR:  ") {
            answer.error = Some(error.to_owned());
        }
        let is_rule = !line.is_empty() && line.chars().all(|c| c == '-' || c == '+');
        in_rows = is_rule || (in_rows && !line.starts_with('('));
        if in_rows && !is_rule {
            let fields: Vec<&str> = line.split('|').map(str::trim).collect();
            answer.rows.push(fields.join("|"));
        }
    }
    let left = left(&mut sent);
    story(&sent, &left)
}

/// The last two steps read what is left.
fn left(sent: &mut Vec<Sent>) -> Left {
    let mut last = |name: &str| -> Vec<Vec<i64>> {
        let sent = sent.pop().filter(|sent| sent.step == name);
        let mut sent = sent.unwrap_or_else(|| panic!("{name} was not asked"));
        let answer = sent.answered.remove(name).expect("the reads do not wait");
        let field = |field: &str| field.parse::<i64>().unwrap();
        let rows = answer.rows.iter();
        rows.map(|row| row.split('|').map(field).collect())
            .collect()
    };
    let (ordered, shelves) = (last("ordered"), last("shelves"));
    let sold = |product: i64| {
        let lines = ordered.iter().filter(|line| line[1] == product);
        lines.map(|line| line[2]).sum()
    };
    Left {
        products: shelves
            .iter()
            .map(|row| (row[0].to_string(), row[1], sold(row[0])))
            .collect(),
        orders_of: ordered.iter().map(|line| line[0]).collect(),
    }
}

fn in_one_line(row: &[Value]) -> String {
    let values: Vec<String> = row.iter().map(Value::to_string).collect();
    values.join("|")
}
