//! Scripts as subjects: on the shop's own tables, a script is a strategy by the name of
//! its file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::built_in::Answer;
use super::client::Memory;
use super::script::{
    Completion, Datum, FilePlace, Next, Run, Script, ScriptEnd, ServerAnswer, SqlFailure, SqlKind,
    Start, shipped,
};
use crate::cell::Subject;
use crate::session::{Error, Result, Session};
use crate::shop::{Cart, Conflict, Isolation};
use crate::statement::{Reply, Statement, TextBound, TextStatement};
use crate::value::Value;

/// The extension of a script's file.
const EXTENSION: &str = "sql";

/// Lines of a cart that have variables of their own; `:products` and `:units_of` have all.
pub const LINES_NAMED: usize = shipped::LINES_MAX as usize;

/// What every script is given, by name.
const BOUND: [&str; 13] = [
    "buyer",
    "checkout_key",
    "lines",
    "product",
    "units",
    "product_1",
    "product_2",
    "product_3",
    "units_1",
    "units_2",
    "units_3",
    "products",
    "units_of",
];

/// How long the scenario says that a buyer thinks, in microseconds.
const THINK_TIME: &str = "think_us";

/// A script that was read.
#[derive(Debug)]
pub(super) struct OwnScript {
    script: Arc<Script>,
    text: Arc<str>,
    /// Where it was read; `None` where results brought it along.
    path: Option<PathBuf>,
    /// Whether its table has `CHECK (stock >= 0)`.
    pub(super) has_stock_check: bool,
}

/// What a comment of its own may ask for: `-- sim: stock-check`.
const ASKS: &str = "-- sim:";
const STOCK_CHECK: &str = "stock-check";

/// Every script that was read, by the name of its file.
static SCRIPTS: RwLock<BTreeMap<Subject, Arc<OwnScript>>> = RwLock::new(BTreeMap::new());

/// The name of a script: that of its file.
#[must_use]
pub fn script_name(path: &Path) -> Option<&str> {
    let is_script = path.extension().is_some_and(|end| end == EXTENSION);
    path.file_name()?.to_str().filter(|_| is_script)
}

/// Makes a script a subject, by the name of its file. The same file may come again.
///
/// # Errors
/// What is wrong with it, each thing on a line of its own; or another file of that name.
pub fn add_script(path: &Path, text: &str) -> std::result::Result<Subject, String> {
    let shown = path.display();
    let Some(name) = script_name(path) else {
        return Err(format!(
            "{shown}: the name of a script ends in .{EXTENSION}"
        ));
    };
    if name.chars().any(char::is_control) {
        return Err(format!(
            "{name:?}: its name has characters that cannot be shown"
        ));
    }
    let subject = Subject::from_name(name);
    let known = of(subject);
    let other = known.and_then(|known| known.path.clone());
    if let Some(other) = other.filter(|other| other != path) {
        return Err(format!(
            "{shown}: {} is called {name} too; give one of them another name",
            other.display()
        ));
    }
    let script = parse(&shown.to_string(), text)?;
    if let Some((line, asked)) = asked(text).find(|(_, asked)| *asked != STOCK_CHECK) {
        return Err(format!(
            "{shown}:{line}:1: \"{ASKS} {asked}\" asks for nothing that is known; known is \
             \"{ASKS} {STOCK_CHECK}\", a table with CHECK (stock >= 0)"
        ));
    }
    if let Some((FilePlace { line, column }, level)) = other_level(&script) {
        return Err(format!(
            "{shown}:{line}:{column}: this transaction is at {}, and the first one at {}; an \
             attempt has one isolation level",
            level.0, level.1
        ));
    }
    if let Some(FilePlace { line, column }) = script.first_effect() {
        return Err(format!(
            "{shown}:{line}:{column}: \\effect is not recorded on the shop's tables; leave it out"
        ));
    }
    keep(subject, script, text, Some(path));
    Ok(subject)
}

/// Takes in a script that results bring along, for pages alone; one that is known already
/// stays.
pub fn recall_script(subject: Subject, text: &str) {
    if let (None, Ok(script)) = (of(subject), parse(subject.name(), text)) {
        keep(subject, script, text, None);
    }
}

/// Where it names another level than before, with both.
fn other_level(script: &Script) -> Option<(FilePlace, (Isolation, Isolation))> {
    let levels = script.levels();
    let (_, first) = *levels.first()?;
    let other = levels.iter().find(|(_, level)| *level != first);
    other.map(|(place, level)| (*place, (*level, first)))
}

/// The isolation level that a script names itself, if it does.
#[must_use]
pub fn own_level(subject: Subject) -> Option<Isolation> {
    Some(of(subject)?.script.levels().first()?.1)
}

/// What comments ask for, each with its line.
fn asked(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate();
    lines.filter_map(|(at, line)| Some((at + 1, line.strip_prefix(ASKS)?.trim())))
}

fn keep(subject: Subject, script: Script, text: &str, path: Option<&Path>) {
    let own = OwnScript {
        script: Arc::new(script),
        text: text.into(),
        path: path.map(Path::to_owned),
        has_stock_check: asked(text).any(|(_, asked)| asked == STOCK_CHECK),
    };
    let mut scripts = SCRIPTS.write().unwrap_or_else(PoisonError::into_inner);
    scripts.insert(subject, Arc::new(own));
}

fn parse(file: &str, text: &str) -> std::result::Result<Script, String> {
    let names: Vec<&str> = BOUND.into_iter().chain([THINK_TIME]).collect();
    Script::parse(file, text, &names).map_err(|refusals| refusals.to_string())
}

pub(super) fn of(subject: Subject) -> Option<Arc<OwnScript>> {
    let scripts = SCRIPTS.read().unwrap_or_else(PoisonError::into_inner);
    scripts.get(&subject).cloned()
}

/// The text of a subject that is a script.
#[must_use]
pub fn script_text(subject: Subject) -> Option<Arc<str>> {
    Some(Arc::clone(&of(subject)?.text))
}

/// How a caller names a subject on a command line: a script by its path.
#[must_use]
pub fn as_typed(subject: Subject) -> String {
    let script = of(subject);
    let path = script.as_ref().and_then(|script| script.path.as_deref());
    let Some(path) = path else {
        return subject.name().into();
    };
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    match path.chars().all(is_plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

/// Why a script cannot sell carts of so many lines, if it cannot: a line of which it takes
/// nothing would be left out, or ordered without its units.
#[must_use]
pub fn refuses_lines(subject: Subject, lines: u32) -> Option<String> {
    let script = &of(subject)?.script;
    let lines = lines as usize;
    let reads = |line: &usize| script.reads(&format!("product_{line}"));
    let named = (1..=LINES_NAMED).take_while(reads).count();
    // The arrays hold every line, where no line is named by itself.
    let is_any = named == 0 && script.reads("products");
    if is_any || lines <= named.max(1) {
        return None;
    }
    let read = match named {
        0 | 1 => "the first line of a cart alone".to_owned(),
        _ => format!("{named} lines of a cart"),
    };
    Some(format!(
        "{subject} reads {read}, and a cart has {lines}: read :product_1 to \
         :product_{LINES_NAMED}, or the arrays :products and :units_of alone"
    ))
}

/// Makes one try.
///
/// # Errors
/// How it failed, or was lost to concurrency.
pub(super) async fn attempt<S: Session>(
    own: &OwnScript,
    session: &mut S,
    cart: &Cart,
    memory: &mut Memory,
) -> Result<Answer> {
    let bound = bindings(cart, session.think_us());
    let start = Start {
        bound: &bound,
        kept: &memory.0,
        seed: cart.key.0,
        repeats_writes: false,
    };
    let mut run = Run::begin(Arc::clone(&own.script), start);
    let mut last = None;
    let end = loop {
        match run.advance() {
            Next::Send {
                sql,
                binds,
                kind,
                place,
                ..
            } => {
                let verb = verb(&sql);
                let statement = Statement::Sql(Arc::new(TextStatement {
                    sql,
                    values: binds,
                    bound: text_bound(kind),
                    line: place.line,
                }));
                let reply = session.execute(statement).await;
                if let Err(lost @ Error::ConnectionLost(_)) = reply {
                    return Err(lost);
                }
                last = reply.as_ref().err().cloned();
                run.answer(answer(verb, reply));
            }
            Next::Sleep(pause_us) => {
                session.execute(Statement::Pause(pause_us)).await?;
            }
            Next::Effect { .. } => {}
            Next::Ended(end) => break end,
        }
    };
    memory.0 = run.kept();
    told(end, last)
}

/// What a script is given: a value for each name.
fn bindings(cart: &Cart, think_us: u64) -> Vec<(&'static str, Datum)> {
    let line = |at: usize| cart.lines.get(at);
    let product = |at| {
        line(at).map_or(Datum::Null, |line| {
            i64::from(line.sku.0.cast_signed()).into()
        })
    };
    let units = |at| line(at).map_or(Datum::Null, |line| i64::from(line.units).into());
    let array = |values: Vec<String>| Datum::Text(format!("{{{}}}", values.join(",")).into());
    let products = cart.lines.iter().map(|l| l.sku.0.cast_signed().to_string());
    let units_of = cart.lines.iter().map(|line| line.units.to_string());
    let lines = i64::try_from(cart.lines.len()).unwrap_or(i64::MAX);
    let values = [
        (i64::from(cart.buyer) + 1).into(),
        cart.key.0.into(),
        lines.into(),
        product(0),
        units(0),
        product(0),
        product(1),
        product(2),
        units(0),
        units(1),
        units(2),
        array(products.collect()),
        array(units_of.collect()),
    ];
    let think = (
        THINK_TIME,
        i64::try_from(think_us).unwrap_or(i64::MAX).into(),
    );
    BOUND.into_iter().zip(values).chain([think]).collect()
}

const fn text_bound(kind: SqlKind) -> Option<TextBound> {
    match kind {
        SqlKind::Begin => Some(TextBound::Begin),
        SqlKind::Commit => Some(TextBound::Commit),
        SqlKind::Rollback => Some(TextBound::Rollback),
        SqlKind::Savepoint
        | SqlKind::RollbackTo
        | SqlKind::Select
        | SqlKind::SelectLocking
        | SqlKind::Write
        | SqlKind::Setting
        | SqlKind::Other => None,
    }
}

/// The first word, as the server would say it in its tag.
fn verb(sql: &str) -> String {
    let word = sql
        .split(|c: char| !c.is_ascii_alphabetic())
        .find(|word| !word.is_empty());
    word.unwrap_or_default().to_ascii_uppercase()
}

fn answer(verb: String, reply: Result<Reply>) -> ServerAnswer {
    let reply = match reply {
        Ok(reply) => reply,
        // COMMIT was answered: by ROLLBACK.
        Err(Error::RolledBack) => {
            return ServerAnswer::Done(Completion {
                tag: "rollback".into(),
                ..Completion::default()
            });
        }
        Err(error) => return ServerAnswer::Failed(failure(&error)),
    };
    let Reply::Rows { affected, table } = reply else {
        return ServerAnswer::Done(Completion {
            tag: verb,
            ..Completion::default()
        });
    };
    let columns = table.iter().flat_map(|table| table.columns.iter());
    let rows = table.iter().flat_map(|table| table.rows());
    let text = |value: &Value| match value {
        Value::Null => None,
        other => Some(other.to_string()),
    };
    ServerAnswer::Done(Completion {
        tag: verb,
        affected,
        columns: columns.map(|name| name.clone().into_owned()).collect(),
        rows: rows.map(|row| row.iter().map(text).collect()).collect(),
    })
}

fn failure(error: &Error) -> SqlFailure {
    let (sqlstate, message) = match error {
        Error::Conflict(conflict) => (conflict.sign().to_owned(), conflict.name().to_owned()),
        Error::Database { sqlstate, message } => (sqlstate.clone(), message.clone()),
        Error::CheckViolation => ("23514".into(), error.to_string()),
        other => (String::new(), other.to_string()),
    };
    SqlFailure { sqlstate, message }
}

/// What the buyer is told. `last` is the error of the last statement, if it had one.
fn told(end: ScriptEnd, last: Option<Error>) -> Result<Answer> {
    match end {
        ScriptEnd::Done => Ok(Answer::Sold),
        ScriptEnd::Refused => Ok(Answer::SoldOut),
        ScriptEnd::Again(None) => Err(Conflict::StaleVersion.into()),
        ScriptEnd::Again(Some(failure)) => Err(last.unwrap_or(Error::Script(failure.to_string()))),
        ScriptEnd::Failed(fault) => Err(Error::Script(fault.to_string())),
    }
}
