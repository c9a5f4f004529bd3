//! Random tiny scripts on one table: as `sim` is given them, and as this test carries them out
//! itself, one after the other, over a connection of its own.

use checkout_sim::shop::Outcome;
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row as _};

use super::dump::run;
use super::random::Random;

pub const TABLE: &str = "\
CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k bigint UNIQUE, v bigint, \
names bigint);
INSERT INTO t (k, v) VALUES (1, 3), (2, 4);";

/// Ids that were there before.
pub const OLD_IDS: i64 = 2;

/// A statement. A script remembers a number, `x`, and the id of a row, `got`.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    Read(i64),
    Lock(i64),
    Count(i64),
    Write(i64, i64),
    Add(i64, i64),
    TakeFrom(i64, i64),
    Insert(Option<i64>),
    InsertOrNot(i64),
    Upsert(i64),
    InsertCount,
    Delete(i64),
    DeleteFrom(i64),
    Name(i64),
}

/// The script is refused where the number that it remembers is below this one, or is not.
#[derive(Debug, Clone, Copy)]
pub enum Refusal {
    Below(i64),
    From(i64),
}

/// A part of a script.
#[derive(Debug, Clone)]
pub enum Part {
    Alone(Act),
    Whole(Whole),
    Refuse(Refusal),
}

/// A transaction, which may be rolled back on the way for a refusal.
#[derive(Debug, Clone)]
pub struct Whole {
    /// Of its own; else that of the session.
    pub level: Option<&'static str>,
    pub before: Vec<Act>,
    pub refusal: Option<Refusal>,
    pub after: Vec<Act>,
    pub commits: bool,
}

impl Act {
    fn sql(self, x: &str, got: &str) -> String {
        let insert = |k: &str| format!("INSERT INTO t (k, v, names) VALUES ({k}, {x}, {got})");
        match self {
            Self::Read(k) => format!("SELECT v AS x FROM t WHERE k = {k}"),
            Self::Lock(k) => format!("SELECT v AS x FROM t WHERE k = {k} FOR UPDATE"),
            Self::Count(least) => format!("SELECT count(*) AS x FROM t WHERE v >= {least}"),
            Self::Write(k, more) => format!("UPDATE t SET v = {x} + {more} WHERE k = {k}"),
            Self::Add(k, more) => format!("UPDATE t SET v = v + {more} WHERE k = {k}"),
            Self::TakeFrom(k, least) => {
                format!("UPDATE t SET v = v - 1 WHERE k = {k} AND v >= {least}")
            }
            Self::Insert(k) => {
                let k = k.map_or_else(|| "NULL".to_owned(), |k| k.to_string());
                format!("{} RETURNING id AS got", insert(&k))
            }
            Self::InsertOrNot(k) => {
                format!("{} ON CONFLICT DO NOTHING", insert(&k.to_string()))
            }
            Self::Upsert(k) => format!(
                "{} ON CONFLICT (k) DO UPDATE SET v = EXCLUDED.v RETURNING id AS got",
                insert(&k.to_string())
            ),
            Self::InsertCount => {
                format!("INSERT INTO t (v) SELECT count(*) FROM t WHERE v >= {x}")
            }
            Self::Delete(k) => format!("DELETE FROM t WHERE k = {k}"),
            Self::DeleteFrom(least) => format!("DELETE FROM t WHERE v >= {least}"),
            Self::Name(k) => format!("UPDATE t SET names = {got} WHERE k = {k}"),
        }
    }

    const fn saves(self) -> Option<&'static str> {
        match self {
            Self::Read(_) | Self::Lock(_) | Self::Count(_) => Some("x"),
            Self::Insert(_) | Self::Upsert(_) => Some("got"),
            _ => None,
        }
    }

    const fn writes(self) -> bool {
        !matches!(self, Self::Read(_) | Self::Lock(_) | Self::Count(_))
    }

    fn line(self) -> String {
        let end = if self.saves().is_some() {
            " \\aset"
        } else {
            ";"
        };
        format!("{}{end}\n", self.sql(":x", ":got"))
    }
}

impl Refusal {
    fn holds(self, x: Option<i64>) -> bool {
        x.is_some_and(|x| match self {
            Self::Below(least) => x < least,
            Self::From(least) => x >= least,
        })
    }

    fn condition(self) -> String {
        match self {
            Self::Below(least) => format!(":x < {least}"),
            Self::From(least) => format!(":x >= {least}"),
        }
    }
}

/// The file of a script.
pub fn text(parts: &[Part]) -> String {
    format!("\\set x 0\n\\set got 0\n{}", rest(parts))
}

fn rest(parts: &[Part]) -> String {
    let Some((part, others)) = parts.split_first() else {
        return "\\set outcome_done 1\n".into();
    };
    let rest = rest(others);
    let refused = |refusal: &Refusal, undo: &str, otherwise: &str| {
        let condition = refusal.condition();
        format!("\\if {condition}\n{undo}\\set outcome_refused 1\n\\else\n{otherwise}\\endif\n")
    };
    match part {
        Part::Alone(act) => act.line() + &rest,
        Part::Refuse(refusal) => refused(refusal, "", &rest),
        Part::Whole(whole) => {
            let lines = |acts: &[Act]| acts.iter().map(|act| act.line()).collect::<String>();
            let end = if whole.commits { "COMMIT" } else { "ROLLBACK" };
            let after = format!("{}{end};\n{rest}", lines(&whole.after));
            let after = match &whole.refusal {
                None => after,
                Some(refusal) => refused(refusal, "ROLLBACK;\n", &after),
            };
            format!("{};\n{}{after}", whole.begin(), lines(&whole.before))
        }
    }
}

impl Whole {
    fn begin(&self) -> String {
        let level = |level| format!("BEGIN ISOLATION LEVEL {level}");
        self.level.map_or_else(|| "BEGIN".into(), level)
    }
}

/// Whether it is one transaction at the level of the session, from its first statement to its
/// last.
pub fn is_one_transaction(parts: &[Part]) -> bool {
    matches!(parts, [Part::Whole(whole)] if whole.level.is_none())
}

fn act(random: &mut Random) -> Act {
    let k = *[1, 1, 1, 2].choose(random).expect("some");
    let free = random.random_range(3..=4);
    let any = random.random_range(1..=3);
    let value = random.random_range(2..=4);
    match random.random_range(0..20) {
        0..=4 => Act::Read(any),
        5 => Act::Lock(k),
        6 | 7 => Act::Count(value),
        8..=10 => Act::Write(k, random.random_range(-1..=1)),
        11 => Act::Add(k, random.random_range(-1..=1)),
        12 => Act::TakeFrom(k, value),
        13 => Act::Insert(random.random_bool(0.5).then_some(free)),
        14 => Act::InsertOrNot(free),
        15 => Act::Upsert(any),
        16 => Act::InsertCount,
        17 => Act::Delete(any),
        18 => Act::DeleteFrom(value),
        _ => Act::Name(k),
    }
}

fn acts(most: usize, random: &mut Random) -> Vec<Act> {
    let count = random.random_range(0..=most);
    (0..count).map(|_| act(random)).collect()
}

fn refusal(random: &mut Random) -> Refusal {
    let value = random.random_range(2..=4);
    match random.random_bool(0.5) {
        true => Refusal::Below(value),
        false => Refusal::From(value),
    }
}

fn whole(most: usize, mixed: bool, random: &mut Random) -> Part {
    let levels = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"];
    let level = levels.choose(random).copied();
    Part::Whole(Whole {
        level: level.filter(|_| mixed && random.random_bool(0.5)),
        before: acts(most, random),
        refusal: random.random_bool(0.3).then(|| refusal(random)),
        after: [vec![act(random)], acts(most - 1, random)].concat(),
        commits: random.random_bool(0.9),
    })
}

/// A script of few statements, and of fewer where more actors meet.
pub fn script(actors: usize, mixed: bool, random: &mut Random) -> Vec<Part> {
    let most = 4 - actors;
    let k = random.random_range(1..=2);
    match random.random_range(0..10) {
        // What comes in the middle sees what no serial order shows it.
        0 => return vec![Part::Alone(Act::Add(k, 1)), Part::Alone(Act::Add(k, -1))],
        // It writes nothing, and so can only be told a wrong thing.
        1 => return vec![Part::Alone(Act::Read(k)), Part::Refuse(refusal(random))],
        _ => {}
    }
    if random.random_bool(0.45) {
        return vec![whole(most, mixed, random)];
    }
    let mut parts = vec![Part::Alone(act(random))];
    for _ in 0..random.random_range(0..most) {
        parts.push(match random.random_range(0..10) {
            0..=5 => Part::Alone(act(random)),
            6 | 7 => Part::Refuse(refusal(random)),
            _ => whole(1, mixed, random),
        });
    }
    parts
}

/// How a script that was carried out ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    pub outcome: Outcome,
    /// The SQLSTATE that ended it.
    pub code: Option<String>,
    /// Whether a change of a row was committed.
    pub wrote: bool,
    /// What it remembers, where it was answered.
    pub shown: Option<String>,
}

struct Memory {
    x: Option<i64>,
    got: Option<i64>,
    wrote: bool,
}

/// Puts the table back.
pub async fn put_back(link: &mut PgConnection) {
    let rows = "TRUNCATE t RESTART IDENTITY; INSERT INTO t (k, v) VALUES (1, 3), (2, 4)";
    run(link, rows).await;
}

/// Carries a script out.
pub async fn carry_out(link: &mut PgConnection, parts: &[Part]) -> Carried {
    let mut memory = Memory {
        x: Some(0),
        got: Some(0),
        wrote: false,
    };
    let ended = all(link, parts, &mut memory).await;
    let (outcome, code) = match ended {
        Ok(true) => (Outcome::Sold, None),
        Ok(false) => (Outcome::SoldOut, None),
        Err(code) => (Outcome::Failed, Some(code)),
    };
    let is_answered = code.is_none();
    Carried {
        outcome,
        code,
        wrote: memory.wrote,
        shown: is_answered.then(|| in_words(memory.x)),
    }
}

fn in_words(value: Option<i64>) -> String {
    value.map_or_else(|| "NULL".into(), |value| value.to_string())
}

/// Whether it was done, or refused.
async fn all(link: &mut PgConnection, parts: &[Part], memory: &mut Memory) -> Result<bool, String> {
    for part in parts {
        match part {
            Part::Alone(act) => memory.wrote |= perform(link, *act, memory).await?,
            Part::Refuse(refusal) if refusal.holds(memory.x) => return Ok(false),
            Part::Refuse(_) => {}
            Part::Whole(whole) => {
                run(link, &whole.begin()).await;
                let ended = within(link, whole, memory).await;
                let commits = whole.commits && matches!(ended, Ok((true, _)));
                run(link, if commits { "COMMIT" } else { "ROLLBACK" }).await;
                let (goes_on, changed) = ended?;
                memory.wrote |= commits && changed;
                if !goes_on {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

/// Whether it was not refused, and whether it changed a row.
async fn within(
    link: &mut PgConnection,
    whole: &Whole,
    memory: &mut Memory,
) -> Result<(bool, bool), String> {
    let mut changed = false;
    for act in &whole.before {
        changed |= perform(link, *act, memory).await?;
    }
    if whole.refusal.is_some_and(|refusal| refusal.holds(memory.x)) {
        return Ok((false, changed));
    }
    for act in &whole.after {
        changed |= perform(link, *act, memory).await?;
    }
    Ok((true, changed))
}

/// Whether it changed a row; an SQLSTATE where it failed.
async fn perform(link: &mut PgConnection, act: Act, memory: &mut Memory) -> Result<bool, String> {
    let sql = act.sql(&in_words(memory.x), &in_words(memory.got));
    let failed = |error: sqlx::Error| {
        let error = error.into_database_error().expect("the server answers");
        error.code().expect("a code").into_owned()
    };
    let Some(name) = act.saves() else {
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(link).await;
        return Ok(done.map_err(failed)?.rows_affected() > 0);
    };
    let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(link).await;
    let rows: Vec<PgRow> = rows.map_err(failed)?;
    let value = rows.last().and_then(|row| row.get::<Option<i64>, _>(0));
    match name {
        "x" => memory.x = value,
        _ => memory.got = value,
    }
    Ok(act.writes() && !rows.is_empty())
}
