//! The audit and the arithmetic of outcomes, as properties.
//!
//! The audit decides what this project says, so nothing here trusts it: a
//! second, deliberately naive computation stands beside it, a shop that sells
//! correctly must be clean, and every defect that is planted must show as
//! itself and as nothing else.

mod defect;
mod findings;
mod judgement;
mod own;
mod second_opinion;
mod serial;
mod tally;
mod world;

use checkout_sim::oracle::{Doubt, Findings, Scarcity, Verdict, Violations, judge};
use checkout_sim::shop::{Line, Outcome, Sku};
use proptest::collection::vec;
use proptest::prelude::{Just, any, prop_assert, prop_assert_eq, proptest};
use proptest::sample::Index;
use proptest::strategy::Strategy;
use proptest::test_runner::Config;

use defect::{LEFT_OVER, any_defect, plant};
use judgement::{ENOUGH, TOO_LITTLE};
use second_opinion::{scarcity_by_brute_force, second_opinion, wanted};
use world::{World, any_carts, any_lines, any_world, carts_of, line, serve, shop};

proptest! {
    #[test]
    fn the_audit_agrees_with_brute_force(world in any_world()) {
        prop_assert_eq!(world.findings(), second_opinion(&world).findings());
    }

    /// One product's surplus never pays for another's debt: the totals of a
    /// shop are the sums over shops that have one of its products each.
    #[test]
    fn totals_never_net_products_against_each_other(world in any_world()) {
        let mut apart = Findings::default();
        for supply in &world.supply {
            let mut alone = world.clone();
            alone.supply = vec![*supply];
            alone.ledger.products.retain(|p| p.sku == supply.sku);
            alone.ledger.lines.retain(|row| row.line.sku == supply.sku);
            apart.add(&alone.findings());
        }
        let all = world.findings();
        for rule in ["oversold", "lost_updates", "leaked_stock", "negative_stock"] {
            prop_assert_eq!(all.count(rule), apart.count(rule));
        }
    }
}

proptest! {
    /// Each product's account is what the rows of it add up to, and what all carts
    /// together want of it.
    #[test]
    fn an_account_adds_up(world in any_world()) {
        let accounts = world.audit().accounts;
        prop_assert_eq!(accounts.len(), world.supply.len());
        for (account, supply) in accounts.iter().zip(&world.supply) {
            let sold = world.ledger.lines.iter().filter(|row| row.line.sku == supply.sku);
            let sold = sold.map(|row| i64::from(row.line.units)).sum::<i64>();
            let demand = world.carts.iter().map(|cart| wanted(cart, supply.sku)).sum::<i64>();
            let product = world.ledger.products.iter().find(|row| row.sku == supply.sku);
            prop_assert_eq!(account.sku, supply.sku);
            prop_assert_eq!(account.supply, supply.units);
            prop_assert_eq!((account.sold, account.demand), (sold, demand));
            prop_assert_eq!(account.stock, product.and_then(|row| row.stock));
        }
    }
}

/// Only a supply that was put to the test leaves nothing open.
#[test]
fn a_supply_that_is_not_tested_is_a_doubt() {
    let doubts = [
        (Scarcity::Enough, Some(Doubt::DemandBelowSupply)),
        (Scarcity::Exact, Some(Doubt::DemandEqualsSupply)),
        (Scarcity::Untested, Some(Doubt::NothingRefused)),
        (Scarcity::Tested, None),
    ];
    for (scarcity, doubt) in doubts {
        assert_eq!(scarcity.doubt(), doubt, "{scarcity:?}");
    }
}

/// The smallest case of the property above, by hand: one product short of two
/// units in the stock column, the other with two too many.
#[test]
fn a_leak_does_not_hide_a_lost_update() {
    let mut world = shop(&[5, 5], Vec::new());
    *world.product(Sku(1)) += 2;
    *world.product(Sku(2)) -= 2;
    let expected = Violations {
        lost_updates: 2,
        leaked_stock: 2,
        ..Violations::default()
    };
    assert_eq!(world.findings(), expected.findings());
}

proptest! {
    /// Whichever buyer is served when, and whichever buyers never had their turn.
    #[test]
    fn a_shop_that_serves_one_after_the_other_is_clean(
        (units, carts, turns, served) in (1..=4_u32).prop_flat_map(|products| {
            (vec(0..=9_i64, products as usize), any_carts(products))
        }).prop_flat_map(|(units, carts)| {
            let turns: Vec<usize> = (0..carts.len()).collect();
            let n = carts.len();
            (Just(units), Just(carts), Just(turns).prop_shuffle(), 0..=n)
        })
    ) {
        let mut world = shop(&units, carts);
        serve(&mut world, &turns[..served]);
        prop_assert!(world.findings().is_clean(), "{:?}", world.findings());
        let safe = judge(&world.findings(), Vec::new(), ENOUGH);
        prop_assert_eq!((safe.verdict, safe.proven.len()), (Verdict::Safe, 0));
        for little in TOO_LITTLE {
            let judged = judge(&world.findings(), Vec::new(), little);
            prop_assert_eq!(judged.verdict, Verdict::Inconclusive);
        }
    }
}

proptest! {
    #![proptest_config(Config::with_cases(1000))]
    #[test]
    fn a_planted_defect_shows_as_itself_and_nothing_else(
        products in 1..=4_u32,
        lines in vec(any_lines(4), 1..=6),
        whose in any::<Index>(),
        defect in any_defect(),
    ) {
        let mut lines = lines;
        for line in lines.iter_mut().flatten() {
            line.sku.0 = (line.sku.0 - 1) % products + 1;
        }
        let carts = carts_of(lines);
        let demand = |sku| carts.iter().map(|c| wanted(c, Sku(sku))).sum::<i64>();
        let units: Vec<i64> = (1..=products).map(|sku| demand(sku) + LEFT_OVER).collect();
        let mut world = shop(&units, carts);
        let turns: Vec<usize> = (0..world.carts.len()).collect();
        serve(&mut world, &turns);
        prop_assert!(world.findings().is_clean(), "before the defect: {:?}", world);

        let buyer = whose.index(world.carts.len());
        let (shows, verdict) = plant(&mut world, defect, buyer);
        let found = world.findings();
        prop_assert_eq!(&found, &shows.findings());
        prop_assert_eq!(judge(&found, Vec::new(), ENOUGH).verdict, verdict);
    }
}

/// A product without a stock column: what was sold still counts, and nothing
/// is said of a stock that is not kept.
#[test]
fn rules_that_need_a_stock_column_do_not_apply_without_one() {
    let mut world = shop(&[1], carts_of(vec![vec![line(1, 3)]]));
    serve_blindly(&mut world);
    assert_eq!(world.findings().count("negative_stock"), 2);
    world.ledger.products[0].stock = None;
    let expected = Violations {
        oversold: 2,
        ..Violations::default()
    };
    assert_eq!(world.findings(), expected.findings());
}

fn serve_blindly(world: &mut World) {
    for (buyer, cart) in world.carts.clone().iter().enumerate() {
        world.take(&cart.lines);
        world.place(cart.key, &cart.lines);
        world.told[buyer] = Outcome::Sold;
    }
}

/// Refused carts are taken in buyer order, whole or not at all.
#[test]
fn unsold_takes_whole_carts_in_buyer_order() {
    use Outcome::{Failed, GaveUp, NotStarted, Sold, SoldOut, Unknown};
    let one = |units| vec![line(1, units)];
    let unsold = |supply: &[i64], carts: Vec<Vec<Line>>, told: &[Outcome]| {
        let mut world = shop(supply, carts_of(carts));
        world.told = told.to_vec();
        // No buyer has an order: all the supply is still there.
        world.findings().count("unsold")
    };
    // 4 left: the first cart of 3 fits, then the cart of 2 does not, the cart of 1 does.
    assert_eq!(unsold(&[4], vec![one(3), one(2), one(1)], &[SoldOut; 3]), 4);
    // The other way round 1 and 2 fit, and 3 does not: first come, not best fit.
    assert_eq!(unsold(&[4], vec![one(1), one(2), one(3)], &[GaveUp; 3]), 3);
    // A cart fits only if every line does; its other line takes nothing then.
    let both = vec![line(1, 1), line(2, 2)];
    assert_eq!(
        unsold(&[5, 1], vec![both.clone(), one(5)], &[SoldOut; 2]),
        5
    );
    assert_eq!(unsold(&[5, 2], vec![both, one(5)], &[SoldOut; 2]), 3);
    // One product on two lines wants the sum of both.
    let twice = vec![line(1, 2), line(1, 2)];
    assert_eq!(unsold(&[3], vec![twice.clone()], &[SoldOut]), 0);
    assert_eq!(unsold(&[4], vec![twice], &[SoldOut]), 4);
    // A buyer who was not refused is no demand, neither alone nor before others.
    let told = [NotStarted, Failed, Unknown, SoldOut];
    assert_eq!(unsold(&[2], vec![one(2), one(2), one(2), one(1)], &told), 1);
    assert_eq!(
        unsold(&[9], vec![one(2); 3], &[NotStarted, Failed, Unknown]),
        0
    );
    // A cart that was sold elsewhere in the list has its order; here it lacks
    // one, so its units are still there for the refused.
    assert_eq!(unsold(&[2], vec![one(2), one(2)], &[Sold, SoldOut]), 2);
}

/// Demand is held against supply product by product, and only that of buyers
/// who were answered: a checkout that failed took part in no race.
#[test]
fn only_buyers_who_were_answered_are_demand() {
    use Outcome::{Failed, GaveUp, NotStarted, Sold, SoldOut, Unknown};
    let scarcity = |supply: &[i64], told: [Outcome; 2]| {
        let carts = vec![vec![line(1, 2)], vec![line(1, 1), line(2, 1)]];
        let mut world = shop(supply, carts_of(carts));
        world.told = told.to_vec();
        for (cart, _) in world
            .carts
            .clone()
            .iter()
            .zip(told)
            .filter(|(_, t)| *t == Sold)
        {
            world.place(cart.key, &cart.lines);
        }
        world.audit().scarcity
    };
    assert_eq!(scarcity(&[2, 100], [Sold, SoldOut]), Scarcity::Tested);
    assert_eq!(scarcity(&[100, 0], [Sold, SoldOut]), Scarcity::Tested);
    assert_eq!(scarcity(&[4, 2], [Sold, Sold]), Scarcity::Enough);
    // Just enough: a checkout that never looks would have passed as well.
    assert_eq!(scarcity(&[3, 2], [Sold, Sold]), Scarcity::Exact);
    assert_eq!(scarcity(&[3, 0], [Sold, SoldOut]), Scarcity::Tested);
    for no_answer in [Failed, Unknown, NotStarted] {
        assert_eq!(scarcity(&[3, 2], [Sold, no_answer]), Scarcity::Enough);
    }
    // Two of three units are left over, and no buyer was told that it is sold out.
    assert_eq!(scarcity(&[2, 100], [GaveUp, Sold]), Scarcity::Untested);
    assert_eq!(scarcity(&[2, 100], [SoldOut, Sold]), Scarcity::Tested);
}

proptest! {
    #[test]
    fn the_scarcity_agrees_with_brute_force(world in any_world()) {
        prop_assert_eq!(world.audit().scarcity, scarcity_by_brute_force(&world));
    }
}

/// An audit of fewer outcomes than carts would silently leave buyers out.
#[test]
#[should_panic(expected = "one outcome a cart")]
fn an_audit_without_an_outcome_for_each_cart_is_refused() {
    let mut world = shop(&[1], carts_of(vec![vec![line(1, 1)]; 2]));
    world.told.pop();
    world.findings();
}
