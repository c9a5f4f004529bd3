//! What an oracle found, as a list, and whether two schedules left the same behind.

use checkout_sim::oracle::{Digest, Findings, Verdict, Violations};
use proptest::prelude::{prop_assert_eq, prop_assert_ne, proptest};

use super::world::any_world;

/// What is broken is the same list whichever part of it was found first.
#[test]
fn findings_are_one_list_however_they_were_added() {
    let of = |set: fn(&mut Violations)| {
        let mut violations = Violations::default();
        set(&mut violations);
        violations.findings()
    };
    let parts = [
        of(|v| v.unsold = 2),
        of(|v| v.oversold = 3),
        of(|v| v.negative_stock = 5),
        of(|v| v.oversold = 4),
    ];
    let added = |order: [usize; 4]| {
        let mut all = Findings::default();
        order.iter().for_each(|&part| all.add(&parts[part]));
        all
    };
    let all = added([0, 1, 2, 3]);
    assert_eq!(all, added([3, 2, 1, 0]));
    assert_eq!(all, added([2, 0, 3, 1]));
    assert_eq!((all.count("oversold"), all.count("unsold")), (7, 2));
    assert_eq!(all.count("leaked_stock"), 0);
    assert_eq!(all.proven(), [Verdict::Oversells, Verdict::Undersells]);
    assert_eq!(added([2, 2, 2, 2]).proven(), []);
}

proptest! {
    /// The numbers that a sequence gave, and the sequence of rows, are no part of
    /// what a shop holds; every other value is.
    #[test]
    fn a_digest_sees_values_and_no_generated_ids(world in any_world(), shift in 1_i64..100) {
        let digest = Digest::of(&world.state());
        let mut renamed = world.clone();
        renamed.ledger.orders.iter_mut().for_each(|order| order.id = shift - order.id);
        renamed.ledger.lines.iter_mut().for_each(|row| row.order_id = shift - row.order_id);
        renamed.ledger.orders.reverse();
        renamed.ledger.lines.reverse();
        prop_assert_eq!(&digest, &Digest::of(&renamed.state()));

        let mut fewer = world.clone();
        let stock = &mut fewer.ledger.products[0].stock;
        *stock = stock.map_or(Some(0), |units| Some(units + 1));
        prop_assert_ne!(&digest, &Digest::of(&fewer.state()));
        if let Some(order) = world.ledger.orders.first() {
            let mut other = world.clone();
            other.ledger.orders[0].key.0 = order.key.0 + 1_000_000;
            prop_assert_ne!(&digest, &Digest::of(&other.state()));
        }
        if !world.ledger.lines.is_empty() {
            let mut other = world.clone();
            other.ledger.lines[0].line.units += 1;
            prop_assert_ne!(&digest, &Digest::of(&other.state()));
        }
    }
}
