//! The shipped scripts say what the built-in strategies do: the same statements with the
//! same values, whatever is answered, and the same end.

use std::collections::BTreeSet;
use std::sync::Arc;

use checkout_sim::database::Engine;
use checkout_sim::flow::InProcess;
use checkout_sim::session::{Error, Result, Session};
use checkout_sim::shop::{Cart, CheckoutKey, Conflict, Isolation, Line, Sku};
use checkout_sim::statement::{Reply, Statement, Stock};
use checkout_sim::subject::script::{
    Completion, Datum, FaultCause, Next, Run, Script, ScriptEnd, ServerAnswer, SqlFailure, Start,
    shipped,
};
use checkout_sim::subject::{Attempt, Client as _, Memory, Strategy};
use tokio::runtime::Builder;

use crate::answers::{GUIDE, bound, of_the_guide, shipped as script};

fn cart(lines: usize) -> Cart {
    let all = [(4, 2), (9, 1), (2, 3)].map(|(sku, units)| Line {
        sku: Sku(sku),
        units,
    });
    Cart {
        buyer: 3,
        key: CheckoutKey(42),
        lines: all[..lines].into(),
        operation: 0,
    }
}

/// A database in which all goes well, but for one statement.
struct Stage {
    instead: Option<(usize, Result<Reply>)>,
    said: Vec<(Statement, Result<Reply>)>,
}

impl Session for Stage {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        let usual = match &statement {
            Statement::ReadStock(_) | Statement::LockStock(_) => Reply::stock(Some(Stock {
                stock: 5,
                version: 7,
            })),
            Statement::PlaceOrder(cart) => Reply::affected(cart.lines.len() as u64),
            other if other.effect().kind.is_control() => Reply::Done,
            _ => Reply::affected(1),
        };
        if statement == Statement::Think {
            return Ok(Reply::Done);
        }
        let instead = self.instead.as_ref();
        let instead = instead.filter(|(at, _)| *at == self.said.len());
        let reply = instead.map_or(Ok(usual), |(_, reply)| reply.clone());
        self.said.push((statement, reply.clone()));
        reply
    }
}

/// How an attempt of a built-in strategy ended, and all that was said; without the
/// pauses.
fn built_in(
    strategy: Strategy,
    cart: &Cart,
    instead: Option<(usize, Result<Reply>)>,
) -> (Attempt, Vec<(Statement, Result<Reply>)>) {
    let stage = Stage {
        instead,
        said: Vec::new(),
    };
    let mut client = InProcess::new(strategy.at(Isolation::ReadCommitted), stage);
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let attempt = runtime.block_on(client.attempt(cart, 0, &mut Memory::default()));
    (attempt, client.session.said)
}

/// The same of a script that hears the same answers; what it leaves open is rolled back.
fn scripted(
    script: &Arc<Script>,
    cart: &Cart,
    answers: &[(Statement, Result<Reply>)],
) -> (ScriptEnd, Vec<String>) {
    let bound = bound(cart);
    let bound: Vec<(&str, Datum)> = bound.iter().map(|(n, v)| (n.as_str(), v.clone())).collect();
    let start = Start {
        bound: &bound,
        ..Start::default()
    };
    let mut run = Run::begin(script.clone(), start);
    let mut said = Vec::new();
    loop {
        match run.advance() {
            Next::Send { sql, binds, .. } => {
                let (statement, reply) = answers.get(said.len()).expect("no more was said");
                said.push(in_full(&sql, &binds));
                run.answer(answer(statement, reply));
            }
            // Not a statement: of a built-in strategy it is left out too.
            Next::Sleep(0) => {}
            Next::Ended(end) => {
                if run.is_open() {
                    said.push("ROLLBACK".into());
                }
                return (end, said);
            }
            other => panic!("{other:?}"),
        }
    }
}

fn answer(statement: &Statement, reply: &Result<Reply>) -> ServerAnswer {
    let failed = |sqlstate: &str| {
        ServerAnswer::Failed(SqlFailure {
            sqlstate: sqlstate.into(),
            message: "no".into(),
        })
    };
    let reply = match reply {
        Ok(reply) => reply,
        Err(Error::Conflict(conflict)) => return failed(conflict.sign()),
        Err(Error::CheckViolation) => return failed("23514"),
        Err(Error::Database { sqlstate, .. }) => return failed(sqlstate),
        Err(other) => panic!("{other}"),
    };
    let word = words(statement);
    let word = word.split(' ').next().unwrap_or_default();
    let Reply::Rows { affected, .. } = reply else {
        return ServerAnswer::Done(Completion {
            tag: word.into(),
            ..Completion::default()
        });
    };
    let stock = reply.as_stock();
    let row = stock.map(|read| vec![Some(read.stock.to_string()), Some(read.version.to_string())]);
    ServerAnswer::Done(Completion {
        tag: match word {
            "WITH" => format!("INSERT 0 {affected}"),
            word => format!("{word} {affected}"),
        },
        affected: *affected,
        columns: vec!["stock".into(), "version".into()],
        rows: row.into_iter().collect(),
    })
}

/// A built-in statement with its values; a script's BEGIN leaves the level to the session.
fn words(statement: &Statement) -> String {
    match statement {
        Statement::Begin(_) => "BEGIN".into(),
        other => Engine::Postgres.in_full(other),
    }
}

/// A statement of a script with its values, written as the built-in ones are.
fn in_full(sql: &str, binds: &[Option<String>]) -> String {
    let mut full = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    for (at, value) in binds.iter().enumerate().rev() {
        let value = value.as_deref().unwrap_or("NULL");
        let value = match value.strip_prefix('{').and_then(|v| v.strip_suffix('}')) {
            Some(values) => format!("ARRAY[{values}]"),
            None => value.to_owned(),
        };
        full = full.replace(&format!("${}", at + 1), &value);
    }
    // Buyers are counted from 1 in scripts.
    full.replace(
        "(checkout_key, buyer) VALUES (42, 4)",
        "(checkout_key, buyer) VALUES (42, 3)",
    )
}

fn is_alike(end: &ScriptEnd, attempt: &Attempt) -> bool {
    match (end, attempt) {
        (ScriptEnd::Done, Attempt::Sold)
        | (ScriptEnd::Refused, Attempt::SoldOut)
        | (ScriptEnd::Again(_), Attempt::Conflict(_)) => true,
        (ScriptEnd::Failed(fault), Attempt::Failed(_)) => {
            matches!(fault.cause, FaultCause::Sql(_))
        }
        _ => false,
    }
}

#[test]
fn each_built_in_strategy_ships_as_a_script() {
    let names: BTreeSet<&str> = shipped::ALL.iter().map(|(name, _)| *name).collect();
    let strategies: BTreeSet<&str> = Strategy::ALL.iter().map(|s| s.name()).collect();
    assert_eq!(names, strategies);
    assert_eq!(names.len(), shipped::ALL.len(), "each once");
    for strategy in Strategy::ALL {
        let text = shipped::named(strategy.name()).expect("it ships");
        let head = format!("-- {strategy}: ");
        assert!(text.starts_with(&head), "{strategy}");
        let is_said = |line: &&str| line.starts_with("-- ") && !line.starts_with("-- sim:");
        let comment = text.lines().take_while(is_said);
        assert!((2..=5).contains(&comment.count()), "{strategy}");
        script(strategy.name());
    }
    assert_eq!(shipped::named("optimist"), None);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/scripts");
    let files = std::fs::read_dir(folder).expect("the folder").flatten();
    let files = files.filter(|file| file.path().extension().is_some_and(|e| e == "sql"));
    assert_eq!(files.count(), names.len(), "each file is in the program");
}

#[test]
fn each_says_the_same_where_all_goes_well() {
    for strategy in Strategy::ALL {
        for lines in 1..=3 {
            let cart = cart(lines);
            let (attempt, said) = built_in(strategy, &cart, None);
            assert_eq!(attempt, Attempt::Sold);
            let (end, words_said) = scripted(&script(strategy.name()), &cart, &said);
            let expected: Vec<String> = said.iter().map(|(s, _)| words(s)).collect();
            assert_eq!(words_said, expected, "{strategy}, {lines}");
            assert_eq!(end, ScriptEnd::Done, "{strategy}, {lines}");
        }
    }
}

/// Too little stock, no row, a CHECK, a lost race, a deadlock, a lock that was not to be
/// had, and an error that no strategy expects, at each statement in turn.
#[test]
fn each_does_the_same_whatever_is_answered() {
    let (mut compared, mut excepted) = (BTreeSet::new(), BTreeSet::new());
    for strategy in Strategy::ALL {
        let script = script(strategy.name());
        for lines in 1..=3 {
            let cart = cart(lines);
            let usual = built_in(strategy, &cart, None).1;
            for (at, (statement, _)) in usual.iter().enumerate() {
                for instead in unusual(statement) {
                    let (attempt, mut said) =
                        built_in(strategy, &cart, Some((at, instead.clone())));
                    if is_left_alone(strategy, statement, &instead) {
                        said.insert(at + 1, (usual[at + 1].0.clone(), Err(in_failed())));
                    }
                    let (end, words_said) = scripted(&script, &cart, &said);
                    let expected: Vec<String> = said.iter().map(|(s, _)| words(s)).collect();
                    let case = format!("{strategy}, {lines}: {statement:?} answered {instead:?}");
                    assert_eq!(words_said, expected, "{case}");
                    if is_alike(&end, &attempt) {
                        compared.insert((strategy, ending(&end)));
                        continue;
                    }
                    let is_excepted = strategy == Strategy::Autocommit
                        && at > 0
                        && matches!(attempt, Attempt::Failed(_))
                        && end == ScriptEnd::Again(None);
                    assert!(is_excepted, "{case}: {attempt:?}, {end:?}");
                    excepted.insert(strategy);
                }
            }
        }
    }
    // Stated in the head of the script: after an error it begins again.
    assert_eq!(excepted, BTreeSet::from([Strategy::Autocommit]));
    // Two strategies never refuse; the others showed all four ends.
    let ends = Strategy::ALL.map(|s| compared.iter().filter(|(one, _)| *one == s).count());
    assert_eq!(ends, [3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4]);
}

/// `check-constraint` looks at the error of its UPDATE. Those that it does not name it
/// leaves alone: it goes on, hears that the transaction has failed, and the first error
/// goes to the caller.
fn is_left_alone(strategy: Strategy, statement: &Statement, instead: &Result<Reply>) -> bool {
    let conflicts = [Conflict::Serialization, Conflict::Deadlock];
    let is_named = match instead {
        Ok(_) | Err(Error::CheckViolation) => true,
        Err(Error::Conflict(conflict)) => conflicts.contains(conflict),
        Err(_) => false,
    };
    let is_looked_at = matches!(statement, Statement::DecrementStock { .. });
    strategy == Strategy::CheckConstraint && is_looked_at && !is_named
}

fn in_failed() -> Error {
    Error::Database {
        sqlstate: "25P02".into(),
        message: "no".into(),
    }
}

fn unusual(statement: &Statement) -> Vec<Result<Reply>> {
    let error = Error::Database {
        sqlstate: "23503".into(),
        message: "no".into(),
    };
    let mut all: Vec<Result<Reply>> = vec![Err(Error::CheckViolation), Err(error)];
    let conflicts = [
        Conflict::Serialization,
        Conflict::Deadlock,
        Conflict::LockTimeout,
    ];
    all.extend(conflicts.map(|conflict| Err(conflict.into())));
    match statement {
        Statement::ReadStock(_) | Statement::LockStock(_) => {
            // One more than is wanted, exactly as many, one fewer.
            all.extend((0..4).map(|stock| Ok(Reply::stock(Some(Stock { stock, version: 7 })))));
        }
        other if other.effect().kind.is_control() => {}
        _ => all.push(Ok(Reply::affected(0))),
    }
    all
}

/// Told apart by what they must not do.
#[test]
fn version_ignored_goes_on_where_optimistic_begins_again() {
    let cart = cart(1);
    for (strategy, expected) in [
        (Strategy::VersionIgnored, ScriptEnd::Done),
        (Strategy::Optimistic, ScriptEnd::Again(None)),
    ] {
        let no_row = Some((2, Ok(Reply::affected(0))));
        let (_, said) = built_in(strategy, &cart, no_row);
        let (end, _) = scripted(&script(strategy.name()), &cart, &said);
        assert_eq!(end, expected, "{strategy}");
    }
}

fn ending(end: &ScriptEnd) -> &'static str {
    match end {
        ScriptEnd::Done => "done",
        ScriptEnd::Refused => "refused",
        ScriptEnd::Again(_) => "again",
        ScriptEnd::Failed(_) => "failed",
    }
}

#[test]
fn the_guide_names_each_script_and_shows_whole_ones() {
    let links = GUIDE.split("](").skip(1);
    let links: BTreeSet<&str> = links
        .filter_map(|rest| Some(rest.split_once(')')?.0))
        .filter(|link| link.ends_with(".sql"))
        .collect();
    let files: Vec<String> = Strategy::ALL.map(|s| format!("{s}.sql")).into();
    let files: BTreeSet<&str> = files.iter().map(String::as_str).collect();
    assert_eq!(links, files);
    assert_eq!(of_the_guide().len(), 2);
}
