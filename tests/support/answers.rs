//! What the tests of scripts share: runs on answers from a list.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::sync::Arc;

use checkout_sim::shop::{Cart, Line, Sku};
use checkout_sim::subject::script::{
    self, Completion, Datum, Next, Refusals, Run, Script, ScriptEnd, ServerAnswer, SqlFailure,
    Start,
};

/// Names that the tests bind.
pub const BOUND: [&str; 4] = ["product", "units", "client_id", "n"];

pub fn parsed(text: &str) -> Arc<Script> {
    match Script::parse("t.sql", text, &BOUND) {
        Ok(script) => Arc::new(script),
        Err(refusals) => panic!("refused:\n{refusals}\nin\n{text}"),
    }
}

pub fn refused(text: &str) -> Refusals {
    match Script::parse("t.sql", text, &BOUND) {
        Ok(_) => panic!("not refused:\n{text}"),
        Err(refusals) => refusals,
    }
}

/// A row of named columns.
pub fn row(columns: &[(&str, Option<&str>)]) -> ServerAnswer {
    let names = columns.iter().map(|(name, _)| (*name).to_owned());
    let values = columns.iter().map(|(_, value)| value.map(str::to_owned));
    ServerAnswer::Done(Completion {
        tag: "SELECT 1".into(),
        affected: 1,
        columns: names.collect(),
        rows: vec![values.collect()],
    })
}

pub fn no_row(columns: &[&str]) -> ServerAnswer {
    ServerAnswer::Done(Completion {
        tag: "SELECT 0".into(),
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        ..Completion::default()
    })
}

pub fn tag(tag: &str) -> ServerAnswer {
    let affected = tag.rsplit(' ').next().and_then(|n| n.parse().ok());
    ServerAnswer::Done(Completion {
        tag: tag.into(),
        affected: affected.unwrap_or(0),
        ..Completion::default()
    })
}

pub fn error(sqlstate: &str) -> ServerAnswer {
    ServerAnswer::Failed(SqlFailure {
        sqlstate: sqlstate.into(),
        message: "no".into(),
    })
}

/// What a run did: each statement with its values, each pause and effect, in one line.
pub struct Ran {
    pub said: Vec<String>,
    pub end: ScriptEnd,
    pub run: Run,
}

/// Runs a script with `n` = 7, `product` = 1, `units` = 2, `client_id` = 0.
pub fn ran(text: &str, answers: impl FnMut(&str, &[Option<String>]) -> ServerAnswer) -> Ran {
    ran_from(&parsed(text), Start::default(), answers)
}

pub fn ran_from(
    script: &Arc<Script>,
    start: Start<'_>,
    mut answers: impl FnMut(&str, &[Option<String>]) -> ServerAnswer,
) -> Ran {
    let bound = [
        ("product", Datum::Int(1)),
        ("units", Datum::Int(2)),
        ("client_id", Datum::Int(0)),
        ("n", Datum::Int(7)),
    ];
    let start = Start {
        bound: &bound,
        ..start
    };
    let mut run = Run::begin(script.clone(), start);
    let mut said = Vec::new();
    loop {
        match run.advance() {
            Next::Send { sql, binds, .. } => {
                let values: Vec<&str> = binds
                    .iter()
                    .map(|value| value.as_deref().unwrap_or("NULL"))
                    .collect();
                said.push(format!("{sql} [{}]", values.join(", ")));
                run.answer(answers(&sql, &binds));
            }
            Next::Sleep(us) => said.push(format!("sleep {us}")),
            Next::Effect { name, value, .. } => said.push(format!("effect {name} {value}")),
            Next::Ended(end) => return Ran { said, end, run },
        }
    }
}

/// Answers what a transaction control or a write of one row is answered.
pub fn usual(sql: &str) -> ServerAnswer {
    let word = sql.split([' ', '\n']).next().unwrap_or("").to_uppercase();
    match &*word {
        "INSERT" => tag("INSERT 0 1"),
        "UPDATE" | "DELETE" => tag(&format!("{word} 1")),
        _ => tag(&word),
    }
}

/// The value of an expression, as it would be sent; or the error.
pub fn value(expression: &str) -> Result<Option<String>, String> {
    let text = format!("\\set x {expression}\nSELECT :x;\n\\set outcome_done 1\n");
    let mut sent = None;
    let ran = ran(&text, |_, binds| {
        sent = Some(binds[0].clone());
        usual("SELECT")
    });
    match (sent, ran.end) {
        (Some(sent), _) => Ok(sent),
        (None, ScriptEnd::Failed(fault)) => Err(fault.cause.to_string()),
        (None, end) => panic!("{end:?}"),
    }
}

/// What the shop binds: lines that the cart has not are null.
pub fn bound(cart: &Cart) -> Vec<(String, Datum)> {
    let lines = &cart.lines;
    let array = |of: fn(&Line) -> u32| {
        let values: Vec<String> = lines.iter().map(|line| of(line).to_string()).collect();
        Datum::from(format!("{{{}}}", values.join(",")).as_str())
    };
    let int = |value: u32| Datum::Int(value.into());
    let mut bound = vec![
        ("buyer".to_owned(), int(cart.buyer + 1)),
        ("checkout_key".to_owned(), Datum::Int(cart.key.0)),
        ("lines".to_owned(), Datum::Int(lines.len() as i64)),
        ("products".to_owned(), array(|line| line.sku.0)),
        ("units_of".to_owned(), array(|line| line.units)),
        ("product".to_owned(), int(lines[0].sku.0)),
        ("units".to_owned(), int(lines[0].units)),
        ("think_us".to_owned(), Datum::Int(0)),
    ];
    for at in 0..script::shipped::LINES_MAX as usize {
        let line = lines.get(at);
        let value = |of: fn(&Line) -> u32| line.map_or(Datum::Null, |line| int(of(line)));
        bound.push((format!("product_{}", at + 1), value(|line| line.sku.0)));
        bound.push((format!("units_{}", at + 1), value(|line| line.units)));
    }
    bound
}

/// A shipped script, for what [`bound`] binds.
pub fn shipped(name: &str) -> Arc<Script> {
    let text = script::shipped::named(name).expect("it ships");
    for_the_shop(&format!("{name}.sql"), text)
}

fn for_the_shop(file: &str, text: &str) -> Arc<Script> {
    let bound = bound(&Cart::for_warm_up(Sku(1), 1));
    let names: Vec<&str> = bound.iter().map(|(name, _)| name.as_str()).collect();
    let parsed = Script::parse(file, text, &names);
    Arc::new(parsed.unwrap_or_else(|refusals| panic!("{refusals}")))
}

/// The page that says what the scripts are.
pub const GUIDE: &str = include_str!("../../scenarios/scripts/README.md");

/// The whole scripts that the guide shows.
pub fn of_the_guide() -> Vec<Arc<Script>> {
    let blocks = GUIDE.split("```sql\n").skip(1);
    let texts = blocks.filter_map(|block| Some(block.split_once("```")?.0));
    texts.map(|text| for_the_shop("README.md", text)).collect()
}
