//! By how much each sequence is advanced, so that a number tells which one gave it.

use std::sync::Arc;

use crate::database::OwnSequence;
use crate::oracle::serial::AdvancedSequence;

/// So many numbers belong to an advanced sequence, and the first prime that it may be advanced
/// by: one beyond what a script counts itself. For a sequence of few numbers, fewer.
const ROOMS: [(i64, i64); 3] = [(50_000, 1_000_003), (1_000, 10_007), (100, 1_009)];

/// How sequences are advanced.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SequencePlan {
    /// By how many steps; those without room are left out.
    pub steps: Vec<(Arc<str>, i64)>,
    /// What each gives then, in the same sequence.
    pub advanced: Vec<AdvancedSequence>,
}

/// Advances each by a prime number of steps, so that a remainder of a number changes as well,
/// and so far that none gives a number that another one gives.
pub fn plan_sequences(sequences: &[OwnSequence]) -> SequencePlan {
    let mut plan = SequencePlan::default();
    for sequence in sequences {
        let fits = ROOMS
            .into_iter()
            .find_map(|room| advanced(sequence, room, sequences, &plan));
        if let Some((steps, advanced)) = fits {
            plan.steps.push((Arc::clone(&sequence.name), steps));
            plan.advanced.push(advanced);
        }
    }
    plan
}

fn advanced(
    sequence: &OwnSequence,
    (numbers, first_prime): (i64, i64),
    all: &[OwnSequence],
    plan: &SequencePlan,
) -> Option<(i64, AdvancedSequence)> {
    let range_from = |sequence: &OwnSequence, steps: i64| {
        let from = sequence
            .value
            .checked_add(sequence.step.checked_mul(steps)?)?;
        let to = from.checked_add(sequence.step.checked_mul(numbers)?)?;
        Some((from.min(to), from.max(to)))
    };
    let mut taken: Vec<(i64, i64)> = plan
        .advanced
        .iter()
        .map(|one| (one.first, one.last))
        .collect();
    taken.extend(all.iter().filter_map(|other| range_from(other, 0)));
    let mut steps = first_prime;
    loop {
        steps = next_prime(steps);
        let (first, last) = range_from(sequence, steps)?;
        if first < sequence.least || last > sequence.most {
            return None;
        }
        if taken.iter().all(|&(from, to)| last < from || to < first) {
            let name = sequence.name.strip_prefix("public.");
            let name = name.map_or_else(|| Arc::clone(&sequence.name), Arc::from);
            return Some((steps, AdvancedSequence { name, first, last }));
        }
        steps = steps.checked_add(numbers)?;
    }
}

/// The least prime number that is not less.
fn next_prime(from: i64) -> i64 {
    let is_prime = |number: &i64| {
        let divisors = (2..).take_while(|divisor| divisor * divisor <= *number);
        !divisors.into_iter().any(|divisor| number % divisor == 0)
    };
    (from..).find(is_prime).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(name: &str, value: i64, step: i64, most: i64) -> OwnSequence {
        OwnSequence {
            name: name.into(),
            value,
            step,
            least: if step < 0 { i64::MIN } else { 1 },
            most,
        }
    }

    /// No number belongs to two, whatever they begin with, in whatever steps they go, and
    /// however few numbers there are; where there is no room at all, nothing is advanced.
    #[test]
    fn no_two_sequences_give_one_number() {
        let all = [
            sequence("public.a", 1, 1, i64::from(i32::MAX)),
            sequence("b", 1_000_003, 1, i64::MAX),
            sequence("c", 1, 50, i64::from(i32::MAX)),
            sequence("d", 7, 1, i64::from(i16::MAX)),
            sequence("e", 1, 1, 100),
            sequence("f", -1, -1, -1),
            // The numbers of c lie up to 5,001.
            sequence("g", 1, 1, 9_000),
        ];
        let plan = plan_sequences(&all);
        let names: Vec<&str> = plan.advanced.iter().map(|one| &*one.name).collect();
        assert_eq!(names, ["a", "b", "c", "d", "f", "g"]);
        let plain = all
            .iter()
            .map(|one| (one.value, one.value + 100 * one.step));
        let mut ranges: Vec<(i64, i64)> = plan
            .advanced
            .iter()
            .map(|one| (one.first, one.last))
            .collect();
        for (from, to) in plain {
            let (from, to) = (from.min(to), from.max(to));
            assert!(
                ranges
                    .iter()
                    .all(|(first, last)| to < *first || *last < from)
            );
        }
        ranges.sort_unstable();
        assert!(
            ranges.windows(2).all(|pair| pair[0].1 < pair[1].0),
            "{ranges:?}"
        );
        let primes = plan.steps.iter().map(|(_, steps)| *steps);
        assert!(primes.into_iter().all(|steps| next_prime(steps) == steps));
        assert_eq!(next_prime(1_000_000), 1_000_003);
    }
}
