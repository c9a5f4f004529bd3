//! A database of a few lists: scripts that run on it leave ends for the judge.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use checkout_sim::oracle::serial::{
    ActorName, AdvancedSequence, Calibration, EndTable, OutsideEffect, SerialEnd, SerialJudge,
    SerialRuns, Told, WallSpan,
};
use checkout_sim::shop::Outcome;
use checkout_sim::value::{Table, Value};

/// What a script does as an actor.
pub type Script = fn(&mut Lab, usize);

/// One that knows more than its actor.
pub type Drawn = Rc<dyn Fn(&mut Lab, usize)>;

/// 2026-11-26 14:15:26 UTC.
const NOW_US: i64 = 1_795_702_526_000_000;
/// Each sequence goes so far from the next one when they are advanced.
const OFFSET: i64 = 1_000_003;

#[derive(Debug, Clone, Default)]
pub struct Lab {
    pub tables: BTreeMap<&'static str, (Vec<&'static str>, Vec<Vec<Value>>)>,
    pub sequences: BTreeMap<&'static str, i64>,
    effects: Vec<OutsideEffect>,
    actors: Vec<Told>,
    now_us: i64,
    began_us: i64,
    drawn: u64,
}

pub fn text(text: impl AsRef<str>) -> Value {
    Value::Text(text.as_ref().into())
}

pub fn int(int: i64) -> Value {
    Value::Int(int)
}

impl Lab {
    pub fn with(mut self, table: &'static str, columns: &[&'static str]) -> Self {
        self.tables.insert(table, (columns.to_vec(), Vec::new()));
        self
    }

    pub fn row<const N: usize>(mut self, table: &'static str, row: [Value; N]) -> Self {
        self.insert(table, row);
        self
    }

    pub fn sequence(mut self, name: &'static str, last: i64) -> Self {
        self.sequences.insert(name, last);
        self
    }

    pub fn insert<const N: usize>(&mut self, table: &'static str, row: [Value; N]) {
        let (columns, rows) = self.tables.get_mut(table).expect("a table");
        assert_eq!(columns.len(), N);
        rows.push(row.to_vec());
    }

    pub fn rows(&mut self, table: &'static str) -> &mut Vec<Vec<Value>> {
        &mut self.tables.get_mut(table).expect("a table").1
    }

    /// The number in a column of the first row.
    pub fn get(&mut self, table: &'static str, column: usize) -> i64 {
        self.rows(table)[0][column].int().expect("a number")
    }

    pub fn set(&mut self, table: &'static str, column: usize, value: i64) {
        self.rows(table)[0][column] = int(value);
    }

    pub fn next(&mut self, sequence: &'static str) -> i64 {
        let last = self.sequences.get_mut(sequence).expect("a sequence");
        *last += 1;
        *last
    }

    /// A microsecond clock: no two calls have one answer.
    pub fn clock_us(&mut self) -> i64 {
        self.now_us += 1_234;
        self.now_us
    }

    /// The time after so many seconds from now, as PostgreSQL writes it in UTC.
    pub fn time(&mut self, seconds: i64) -> Value {
        let us = self.clock_us() + seconds * 1_000_000;
        let of_day = us / 1_000_000 - 1_795_651_200;
        assert!((0..86_400).contains(&of_day), "the lab knows one day");
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        text(format!(
            "2026-11-26 {hour:02}:{minute:02}:{second:02}.{:06}+00",
            us % 1_000_000
        ))
    }

    pub fn uuid(&mut self) -> Value {
        self.drawn = self
            .drawn
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(97);
        let bits = self.drawn ^ (self.drawn >> 29);
        text(format!(
            "{:08x}-0000-4000-8000-{:012x}",
            bits >> 32,
            bits & 0xffff_ffff_ffff
        ))
    }

    pub fn effect(&mut self, actor: usize, name: &str, value: Value) {
        let name = name.into();
        self.effects.push(OutsideEffect { actor, name, value });
    }

    pub fn tell(&mut self, actor: usize, outcome: Outcome) {
        self.actors[actor].outcome = outcome;
        self.actors[actor].wrote = outcome == Outcome::Sold;
    }

    pub fn fail(&mut self, actor: usize, wrote: bool) {
        self.actors[actor].outcome = Outcome::Failed;
        self.actors[actor].wrote = wrote;
    }

    pub fn told(&mut self, actor: usize) -> &mut Told {
        &mut self.actors[actor]
    }

    pub fn own_tables(&self) -> Vec<EndTable> {
        let table = |(name, (columns, rows)): (&&str, &(Vec<&'static str>, Vec<Vec<Value>>))| {
            let columns: Vec<_> = columns.iter().map(|&column| column.into()).collect();
            let mut table = Table::empty(columns.into());
            rows.iter().for_each(|row| table.extend(row.clone()));
            (Arc::from(*name), Arc::new(table))
        };
        self.tables.iter().map(table).collect()
    }

    pub fn end(&self) -> SerialEnd {
        SerialEnd {
            tables: self.own_tables(),
            effects: self.effects.clone(),
            actors: self.actors.clone(),
            span: WallSpan {
                from_us: self.began_us,
                to_us: self.now_us,
            },
        }
    }

    /// Begins a run of so many actors, so many seconds after the first one.
    fn begin(&self, actors: usize, seconds: i64) -> Self {
        let mut run = self.clone();
        run.began_us = NOW_US + seconds * 1_000_000;
        run.now_us = run.began_us;
        run.drawn = 77 + seconds.unsigned_abs() * 1_000_003;
        run.actors = vec![Told::absent(); actors];
        run
    }
}

/// A start, and what each actor does.
pub struct Trial {
    pub start: Lab,
    pub scripts: Vec<Drawn>,
    pub ignore: Vec<&'static str>,
    pub ordered: Vec<&'static str>,
    /// Whether each sequence is advanced alone as well.
    pub alone: bool,
}

impl Trial {
    pub fn of(start: Lab, scripts: &[Script]) -> Self {
        let drawn = |&script: &Script| -> Drawn { Rc::new(script) };
        Self::of_drawn(start, scripts.iter().map(drawn).collect())
    }

    pub fn of_drawn(start: Lab, scripts: Vec<Drawn>) -> Self {
        Self {
            start,
            scripts,
            ignore: Vec::new(),
            ordered: Vec::new(),
            alone: false,
        }
    }

    /// A run in which nothing has happened yet, long after the calibration.
    pub fn schedule(&self) -> Lab {
        self.start.begin(self.scripts.len(), 100)
    }

    pub fn serial(
        &self,
        order: &[usize],
        seconds: i64,
        advanced: impl Fn(&str) -> i64,
    ) -> SerialEnd {
        let mut run = self.start.begin(self.scripts.len(), seconds);
        for (name, last) in &mut run.sequences {
            *last += advanced(name);
        }
        for &actor in order {
            self.scripts[actor](&mut run, actor);
        }
        run.end()
    }

    fn offset(&self, sequence: &str) -> i64 {
        let mut names = self.start.sequences.keys();
        let at = names
            .position(|name| *name == sequence)
            .expect("a sequence");
        OFFSET * (i64::try_from(at).expect("few") + 1)
    }

    pub fn calibration(&self) -> Calibration {
        let mut orders = vec![Vec::new()];
        let mut at = 0;
        while at < orders.len() {
            let order = orders[at].clone();
            let missing = (0..self.scripts.len()).filter(|actor| !order.contains(actor));
            orders.extend(missing.map(|actor| [&*order, &[actor]].concat()));
            at += 1;
        }
        let runs = |order: Vec<usize>| {
            let alone = |name: &&'static str| {
                let only = |other: &str| if other == *name { self.offset(name) } else { 0 };
                (Arc::from(*name), self.serial(&order, 4, only))
            };
            let names = self.start.sequences.keys().filter(|_| self.alone);
            SerialRuns {
                same: [0, 2].map(|seconds| self.serial(&order, seconds, |_| 0)),
                advanced: self.serial(&order, 3, |name| self.offset(name)),
                alone: names.map(alone).collect(),
                order,
            }
        };
        let name = |actor: usize| ActorName {
            letter: ['A', 'B', 'C', 'D'][actor],
            keys: vec![text(key(actor))],
        };
        let names = |names: &[&'static str]| names.iter().map(|&name| name.into()).collect();
        let sequence = |(name, last): (&&'static str, &i64)| AdvancedSequence {
            name: (*name).into(),
            first: last + self.offset(name) + 1,
            last: last + self.offset(name) + 1_000,
        };
        Calibration {
            actors: (0..self.scripts.len()).map(name).collect(),
            start: self.start.own_tables(),
            serials: orders.into_iter().map(runs).collect(),
            sequences: self.start.sequences.iter().map(sequence).collect(),
            ignore: names(&self.ignore),
            ordered: names(&self.ordered),
        }
    }

    pub fn judge(&self) -> SerialJudge {
        SerialJudge::new(self.calibration()).expect("a complete calibration")
    }
}

/// The checkout key of an actor.
pub fn key(actor: usize) -> String {
    format!("key-of-{}", ['a', 'b', 'c', 'd'][actor])
}
