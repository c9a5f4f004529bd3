//! Random tiny scripts over one table, in random schedules, judged twice.

use std::rc::Rc;

use checkout_sim::oracle::serial::SerialVerdict;
use checkout_sim::shop::Outcome;
use proptest::collection::vec;
use proptest::prelude::{Just, any, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy;
use proptest::test_runner::Config;

use super::brute::{Cell, Row, is_equal_by_brute_force, permutations};
use super::lab::{Drawn, Lab, Trial, int};

use SerialVerdict::{NotAtomic, NotSerializable, Serial, StaleAnswer};

/// One step of a script, which remembers one number and one id.
#[derive(Debug, Clone, Copy)]
enum Op {
    /// Remembers the value of a row that was there.
    Read(usize),
    /// Writes the number that it remembers, and so many more.
    Write(usize, i64),
    /// Adds a row with a new id, which names the id that it remembers.
    Insert,
    /// Takes an id and makes nothing of it.
    Burn,
    /// Is refused if the number that it remembers is that large.
    RefuseFrom(i64),
}

/// The rows that are there before: id, the id that it names, value.
const BEFORE: [[i64; 3]; 2] = [[1, 0, 3], [2, 0, 4]];

/// What an actor remembers.
#[derive(Debug, Clone, Copy, Default)]
struct Memory {
    number: i64,
    id: i64,
    is_refused: bool,
}

fn start() -> Lab {
    let mut start = Lab::default()
        .with("t", &["id", "names", "value"])
        .sequence("ids", 2);
    for row in BEFORE {
        start.insert("t", row.map(int));
    }
    start
}

/// A step in the lab. An id that is not known yet is 0.
fn step(lab: &mut Lab, actor: usize, op: Op, memory: &mut Memory) {
    if memory.is_refused {
        return;
    }
    match op {
        Op::Read(row) => memory.number = lab.rows("t")[row][2].int().expect("a number"),
        Op::Write(row, more) => {
            lab.rows("t")[row][2] = int(memory.number + more);
            lab.told(actor).wrote = true;
        }
        Op::Insert => {
            let id = lab.next("ids");
            lab.insert("t", [int(id), int(memory.id), int(memory.number)]);
            memory.id = id;
            lab.told(actor).wrote = true;
        }
        Op::Burn => {
            lab.next("ids");
        }
        Op::RefuseFrom(number) => memory.is_refused = memory.number >= number,
    }
    lab.told(actor).outcome = if memory.is_refused {
        Outcome::SoldOut
    } else {
        Outcome::Sold
    };
}

/// A second carrier of scripts, which shares nothing with the lab.
#[derive(Debug, Clone, PartialEq)]
struct Sheet {
    rows: Vec<[i64; 3]>,
    refused: Vec<bool>,
    last: i64,
}

fn carried_out(scripts: &[Vec<Op>], order: &[usize]) -> Sheet {
    let mut sheet = Sheet {
        rows: BEFORE.to_vec(),
        refused: vec![false; scripts.len()],
        last: 2,
    };
    for &actor in order {
        let (mut number, mut own) = (0, 0);
        for op in &scripts[actor] {
            match *op {
                Op::Read(row) => number = sheet.rows[row][2],
                Op::Write(row, more) => sheet.rows[row][2] = number + more,
                Op::Burn => sheet.last += 1,
                Op::Insert => {
                    sheet.last += 1;
                    sheet.rows.push([sheet.last, own, number]);
                    own = sheet.last;
                }
                Op::RefuseFrom(least) => {
                    if number >= least {
                        sheet.refused[actor] = true;
                        break;
                    }
                }
            }
        }
    }
    sheet
}

/// What a schedule left, for the second judge.
struct Left {
    rows: Vec<Row>,
    outcomes: Vec<Outcome>,
    wrote: Vec<bool>,
    real_time: Vec<(usize, usize)>,
}

/// Ids up to 2 were there before.
fn brute_rows(rows: &[[i64; 3]]) -> Vec<Row> {
    let id = |id: i64| {
        if id <= 2 {
            Cell::Own(id)
        } else {
            Cell::Made(0, id)
        }
    };
    let row = |row: &[i64; 3]| (0, vec![id(row[0]), id(row[1]), Cell::Own(row[2])]);
    rows.iter().map(row).collect()
}

fn second_judge(scripts: &[Vec<Op>], left: &Left) -> SerialVerdict {
    let gave_up = |actor: &usize| left.outcomes[*actor] == Outcome::GaveUp;
    let mut best = if (0..scripts.len()).any(|actor| gave_up(&actor) && left.wrote[actor]) {
        NotAtomic
    } else {
        NotSerializable
    };
    for subset in 0..1_usize << scripts.len() {
        let (present, missing): (Vec<usize>, Vec<usize>) =
            (0..scripts.len()).partition(|actor| subset & (1 << actor) != 0);
        let wrote_nothing = |actor: &usize| !left.wrote[*actor];
        if !missing
            .iter()
            .all(|actor| gave_up(actor) || wrote_nothing(actor))
        {
            continue;
        }
        let is_told_all = missing.iter().all(gave_up);
        for order in permutations(&present) {
            let place = |actor| order.iter().position(|&other| other == actor);
            let breaks = |&(first, second): &(usize, usize)| matches!((place(first), place(second)), (Some(a), Some(b)) if a > b);
            let serial = carried_out(scripts, &order);
            if left.real_time.iter().any(breaks)
                || !is_equal_by_brute_force(&brute_rows(&serial.rows), &left.rows)
            {
                continue;
            }
            let differs = |actor: &&usize| {
                let refused = serial.refused[**actor];
                left.outcomes[**actor]
                    != if refused {
                        Outcome::SoldOut
                    } else {
                        Outcome::Sold
                    }
            };
            let wrong: Vec<&usize> = order.iter().filter(differs).collect();
            if wrong.is_empty() && is_told_all {
                return Serial;
            }
            if wrong.iter().all(|actor| !left.wrote[**actor]) {
                best = StaleAnswer;
            }
        }
    }
    best
}

/// Steps of all actors in the sequence that `turns` draws; the actors of `lost` stop
/// after so many steps and are told that they gave up.
fn carry_out(
    trial: &Trial,
    scripts: &[Vec<Op>],
    turns: &[usize],
    lost: &[Option<usize>],
) -> (Lab, Vec<(usize, usize)>) {
    let mut lab = trial.schedule();
    let mut memories = vec![Memory::default(); scripts.len()];
    let mut at = vec![0; scripts.len()];
    let length = |actor: usize| lost[actor].unwrap_or(usize::MAX).min(scripts[actor].len());
    let (mut first, mut last) = (vec![None; scripts.len()], vec![None; scripts.len()]);
    for (turn, draw) in turns.iter().cycle().enumerate() {
        let open: Vec<usize> = (0..scripts.len()).filter(|&a| at[a] < length(a)).collect();
        if open.is_empty() {
            break;
        }
        let actor = open[draw % open.len()];
        step(
            &mut lab,
            actor,
            scripts[actor][at[actor]],
            &mut memories[actor],
        );
        first[actor].get_or_insert(turn);
        last[actor] = Some(turn);
        at[actor] += 1;
    }
    for actor in (0..scripts.len()).filter(|&actor| lost[actor].is_some()) {
        lab.told(actor).outcome = Outcome::GaveUp;
    }
    let pairs = (0..scripts.len()).flat_map(|a| (0..scripts.len()).map(move |b| (a, b)));
    let before = |&(a, b): &(usize, usize)| {
        a != b && matches!((last[a], first[b]), (Some(last), Some(first)) if last < first)
    };
    let real_time = pairs.filter(before).collect();
    (lab, real_time)
}

fn both_judge(
    scripts: &[Vec<Op>],
    turns: &[usize],
    lost: &[Option<usize>],
) -> (SerialVerdict, SerialVerdict) {
    let drawn = |script: &Vec<Op>| -> Drawn {
        let script = script.clone();
        Rc::new(move |lab: &mut Lab, actor| {
            let mut memory = Memory::default();
            script
                .iter()
                .for_each(|&op| step(lab, actor, op, &mut memory));
        })
    };
    let trial = Trial::of_drawn(start(), scripts.iter().map(drawn).collect());
    let (mut lab, real_time) = carry_out(&trial, scripts, turns, lost);
    let judged = trial.judge().judge(&lab.end(), &real_time);
    let number = |value: &checkout_sim::value::Value| value.int().expect("a number");
    let row = |row: &Vec<_>| [number(&row[0]), number(&row[1]), number(&row[2])];
    let rows: Vec<[i64; 3]> = lab.rows("t").iter().map(row).collect();
    let told = lab.end().actors;
    let left = Left {
        rows: brute_rows(&rows),
        outcomes: told.iter().map(|told| told.outcome).collect(),
        wrote: told.iter().map(|told| told.wrote).collect(),
        real_time,
    };
    (judged.verdict, second_judge(scripts, &left))
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0..2_usize).prop_map(Op::Read),
        3 => (0..2_usize, -1..=1_i64).prop_map(|(row, more)| Op::Write(row, more)),
        3 => Just(Op::Insert),
        1 => Just(Op::Burn),
        1 => (3..=4_i64).prop_map(Op::RefuseFrom),
    ]
}

fn any_lost(actors: usize) -> impl Strategy<Value = Vec<Option<usize>>> {
    vec(
        prop_oneof![5 => Just(None), 1 => (0..4_usize).prop_map(Some)],
        actors,
    )
}

proptest! {
    #![proptest_config(Config::with_cases(250))]
    #[test]
    fn two_actors_are_judged_alike_by_brute_force(
        scripts in vec(vec(any_op(), 1..=5), 2),
        turns in vec(any::<usize>(), 10),
        lost in any_lost(2),
    ) {
        let (judged, second) = both_judge(&scripts, &turns, &lost);
        prop_assert_eq!(judged, second);
    }
}

proptest! {
    #![proptest_config(Config::with_cases(100))]
    #[test]
    fn three_actors_are_judged_alike_by_brute_force(
        scripts in vec(vec(any_op(), 1..=3), 3),
        turns in vec(any::<usize>(), 9),
        lost in any_lost(3),
    ) {
        let (judged, second) = both_judge(&scripts, &turns, &lost);
        prop_assert_eq!(judged, second);
    }
}

/// The property above is worth something only if each verdict comes up in it.
#[test]
fn each_verdict_comes_up() {
    use Op::{Insert, Read, RefuseFrom, Write};
    let lose = vec![Read(0), Write(0, -1), Insert];
    let look = vec![Read(0), RefuseFrom(4)];
    let there_and_back = vec![Read(0), Write(0, 1), Write(0, 0)];
    let (two, alternating) = (vec![lose.clone(), lose.clone()], vec![0, 1]);
    let cases = [
        (two.clone(), &alternating, vec![None, None], NotSerializable),
        (two.clone(), &alternating, vec![None, Some(3)], NotAtomic),
        (two, &alternating, vec![None, Some(1)], Serial),
        (
            vec![lose, vec![Insert]],
            &alternating,
            vec![None, None],
            Serial,
        ),
        (
            vec![look, there_and_back],
            &vec![1, 1, 0, 0, 0],
            vec![None, None],
            StaleAnswer,
        ),
    ];
    for (scripts, turns, lost, expected) in cases {
        let judged = both_judge(&scripts, turns, &lost);
        assert_eq!(judged, (expected, expected), "{scripts:?} {lost:?}");
    }
}
