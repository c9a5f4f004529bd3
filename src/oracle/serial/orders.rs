//! Which serial orders an end may be that of.

use std::collections::HashSet;

use super::calibration::{Calibration, CalibrationFault};
use super::end::{SerialEnd, Told};

/// Whether an actor may be left out of an order: it was told that nothing happened, or is
/// in doubt.
pub fn may_be_left_out(told: &Told) -> bool {
    told.is_in_doubt() || told.is_told_nothing_happened()
}

/// Whether an actor left something, in a table or outside.
pub fn has_written(end: &SerialEnd, actor: usize) -> bool {
    end.actors[actor].wrote || end.effects.iter().any(|effect| effect.actor == actor)
}

/// Whether an order puts no actor before one that was done when it began.
pub fn keeps_time(order: &[usize], real_time: &[(usize, usize)]) -> bool {
    let place = |actor: usize| order.iter().position(|&other| other == actor);
    real_time
        .iter()
        .all(|&(first, second)| match (place(first), place(second)) {
            (Some(first), Some(second)) => first < second,
            _ => true,
        })
}

/// Whether an actor that may be left out committed something.
pub fn leaves_something(end: &SerialEnd) -> bool {
    let left = |(actor, told)| may_be_left_out(told) && has_written(end, actor);
    end.actors.iter().enumerate().any(left)
}

/// The answers without what is shown, which the form has.
pub fn answers(end: &SerialEnd) -> Vec<Told> {
    let answer = |told: &Told| Told {
        shown: Vec::new(),
        ..told.clone()
    };
    end.actors.iter().map(answer).collect()
}

/// Every order of all actors and of each subset must have run, with an answer for each.
pub fn check_orders(calibration: &Calibration) -> Result<(), CalibrationFault> {
    let actors = calibration.actors.len();
    let known: HashSet<&[usize]> = calibration
        .serials
        .iter()
        .map(|runs| &*runs.order)
        .collect();
    let mut open = vec![Vec::new()];
    while let Some(order) = open.pop() {
        if !known.contains(&*order) {
            let letters = order
                .iter()
                .map(|&actor: &usize| calibration.actors[actor].letter);
            let order = letters.collect();
            return Err(CalibrationFault::NoSuchOrder { order });
        }
        let missing = (0..actors).filter(|actor| !order.contains(actor));
        open.extend(missing.map(|actor| [&*order, &[actor]].concat()));
    }
    for runs in &calibration.serials {
        let alone = runs.alone.iter().map(|(_, end)| end);
        for end in runs.same.iter().chain([&runs.advanced]).chain(alone) {
            let found = end.actors.len();
            if found != actors {
                return Err(CalibrationFault::WrongActors { actors, found });
            }
        }
    }
    Ok(())
}
