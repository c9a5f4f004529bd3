//! The arithmetic of outcomes.

use std::collections::BTreeMap;

use checkout_sim::oracle::Tally;
use checkout_sim::shop::Outcome;
use proptest::collection::vec;
use proptest::prelude::{prop_assert_eq, proptest};

use super::world::any_outcome;

proptest! {
    #[test]
    fn no_buyer_is_lost_or_counted_twice(
        told in vec(any_outcome(), 0..50),
        more in vec(any_outcome(), 0..50),
    ) {
        let mut by_outcome: BTreeMap<Outcome, u64> = BTreeMap::new();
        for outcome in told.iter().chain(&more) {
            *by_outcome.entry(*outcome).or_default() += 1;
        }
        let mut tally = Tally::of(&told);
        tally.assert_conserved(told.len() as u64);
        tally.add(&Tally::of(&more));
        for outcome in Outcome::ALL {
            let expected = by_outcome.get(&outcome).copied().unwrap_or(0);
            prop_assert_eq!(tally.get(outcome), expected);
        }
        let buyers = (told.len() + more.len()) as u64;
        tally.assert_conserved(buyers);
    }
}

/// One buyer more or less, and nothing of the run can be trusted.
#[test]
fn a_tally_that_lost_or_invented_a_buyer_is_refused() {
    for outcome in Outcome::ALL {
        let tally = Tally::of(&[outcome; 3]);
        tally.assert_conserved(3);
        for wrong in [2, 4] {
            let refused = std::panic::catch_unwind(|| tally.assert_conserved(wrong));
            assert!(refused.is_err(), "3 x {outcome:?} passed for {wrong}");
        }
    }
}

/// The fields, the names in files and the accessor speak of the same thing.
#[test]
fn a_tally_has_a_field_for_each_outcome() {
    let tally = Tally {
        sold: 1,
        sold_out: 2,
        gave_up: 3,
        failed: 4,
        unknown: 5,
        not_started: 6,
    };
    let by_name = Outcome::ALL.map(|outcome| (outcome.name(), tally.get(outcome)));
    let expected = [
        ("sold", 1),
        ("sold_out", 2),
        ("gave_up", 3),
        ("failed", 4),
        ("unknown", 5),
        ("not_started", 6),
    ];
    assert_eq!(by_name, expected);
    assert_eq!(tally.total(), 21);
}
