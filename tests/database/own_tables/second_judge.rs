//! The second judge of ends, which tries every serial order and every renaming.

use std::collections::BTreeSet;

use checkout_sim::explore::arena::End;
use checkout_sim::oracle::Verdict;
use checkout_sim::shop::Outcome;

use super::tiny::{Carried, OLD_IDS};
use crate::brute::{Cell, Row, is_equal_by_brute_force};

use Verdict::{NotAtomic, NotSerializable, RaisesErrors, StaleAnswer};

/// What one order or one schedule left behind and told its actors.
#[derive(Debug, Clone)]
pub struct Left {
    pub rows: Vec<Row>,
    pub told: Vec<Told>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub outcome: Outcome,
    pub wrote: bool,
    pub is_cut: bool,
    pub shown: Option<String>,
}

#[derive(Default)]
pub struct Serials {
    pub orders: Vec<(Vec<usize>, Left)>,
    pub codes: BTreeSet<String>,
}

pub const fn absent() -> Told {
    Told {
        outcome: Outcome::NotStarted,
        wrote: false,
        is_cut: false,
        shown: None,
    }
}

pub fn as_told(carried: Carried, shows: bool) -> Told {
    Told {
        outcome: carried.outcome,
        wrote: carried.wrote,
        is_cut: false,
        shown: carried.shown.filter(|_| shows),
    }
}

/// A row of the table: an id that was not there before is a name.
pub fn brute(row: [Option<i64>; 4]) -> Row {
    let id = |id: Option<i64>| match id {
        Some(id) if id > OLD_IDS => Cell::Made(0, id),
        known => Cell::Own(known.unwrap_or(i64::MIN)),
    };
    let own = |value: Option<i64>| Cell::Own(value.unwrap_or(i64::MIN));
    (0, vec![id(row[0]), own(row[1]), own(row[2]), id(row[3])])
}

pub fn left_by(end: &End) -> Left {
    let (_, table) = end.state.tables().next().expect("one table");
    assert_eq!(*table.columns, ["id", "k", "v", "names"]);
    let rows = table.rows().map(|row| {
        let value = |at: usize| row[at].to_string().parse::<i64>().ok();
        brute([0, 1, 2, 3].map(value))
    });
    let told = end.answers.iter().map(|told| Told {
        outcome: told.outcome,
        wrote: told.wrote,
        is_cut: told.is_cut,
        shown: told.shown.first().map(|(_, value)| value.to_string()),
    });
    Left {
        rows: rows.collect(),
        told: told.collect(),
    }
}

impl Told {
    fn is_in_doubt(&self) -> bool {
        self.is_cut || self.outcome == Outcome::Unknown
    }

    fn may_have_done_nothing(&self) -> bool {
        self.is_in_doubt() || matches!(self.outcome, Outcome::Failed | Outcome::GaveUp)
    }
}

/// What an end proves against every serial order.
pub fn second_judge(serials: &Serials, left: &Left, end: &End) -> BTreeSet<Verdict> {
    let keeps_time = |order: &[usize]| {
        let place = |actor| order.iter().position(|&other| other == actor);
        !end.real_time.iter().any(
            |&(first, second)| matches!((place(first), place(second)), (Some(a), Some(b)) if a > b),
        )
    };
    // Whether what actors were told is what the order tells them; some of them are excused.
    let fits = |order: &[usize], serial: &Left, is_excused: &dyn Fn(&Told) -> bool| {
        left.told.iter().enumerate().all(|(actor, told)| {
            let is_present = order.contains(&actor);
            is_excused(told)
                || match is_present {
                    true => told.is_in_doubt() || told.outcome == serial.told[actor].outcome,
                    false => told.may_have_done_nothing(),
                }
        })
    };
    let is_shown = |order: &[usize], serial: &Left| {
        order.iter().all(|&actor| {
            let told = &left.told[actor];
            told.is_in_doubt() || told.shown == serial.told[actor].shown
        })
    };
    let alike: Vec<&(Vec<usize>, Left)> = serials
        .orders
        .iter()
        .filter(|(order, serial)| {
            keeps_time(order) && is_equal_by_brute_force(&serial.rows, &left.rows)
        })
        .collect();
    let is_safe = |(order, serial): &&(Vec<usize>, Left)| {
        fits(order, serial, &|_| false) && is_shown(order, serial)
    };
    let is_stale =
        |(order, serial): &&(Vec<usize>, Left)| fits(order, serial, &|told: &Told| !told.wrote);
    let left_something = |told: &Told| told.may_have_done_nothing() && told.wrote;
    let mut proven = BTreeSet::new();
    if !alike.iter().any(is_safe) {
        proven.insert(match alike.iter().any(is_stale) {
            true => StaleAnswer,
            false if left.told.iter().any(left_something) => NotAtomic,
            false => NotSerializable,
        });
    }
    if end
        .raised
        .iter()
        .any(|raised| !serials.codes.contains(&raised.code))
    {
        proven.insert(RaisesErrors);
    }
    proven
}
