//! The rules of the audit once more, in the most naive way.

use checkout_sim::oracle::{OrderRow, Scarcity, Violations};
use checkout_sim::shop::{Cart, Line, Outcome, Sku};

use super::world::World;

/// Every rule of the catalogue by brute force: no maps, no sorting, no slices
/// of sorted rows; every number is found by looking at every row.
pub fn second_opinion(world: &World) -> Violations {
    let mut found = Violations::default();
    for supply in &world.supply {
        let sold = sold_of(world, supply.sku);
        found.oversold += (sold - supply.units).max(0).cast_unsigned();
        for row in world.ledger.products.iter().filter(|p| p.sku == supply.sku) {
            let Some(stock) = row.stock else { continue };
            let missed = sold - (supply.units - stock);
            found.lost_updates += missed.max(0).cast_unsigned();
            found.leaked_stock += (-missed).max(0).cast_unsigned();
            found.negative_stock += (-stock).max(0).cast_unsigned();
        }
    }
    for (cart, told) in world.carts.iter().zip(&world.told) {
        let orders = world.ledger.orders.iter().filter(|o| o.key == cart.key);
        let orders: Vec<&OrderRow> = orders.collect();
        match orders.len() as u64 {
            0 => found.missing_orders += u64::from(*told == Outcome::Sold),
            n => found.duplicate_orders += n - 1,
        }
        let partial = orders.iter().filter(|o| !is_whole(world, o.id, cart));
        found.partial_orders += partial.count() as u64;
    }
    found.unpromised_orders = unpromised_one_by_one(world);
    found.unsold = unsold_by_starting_over(world);
    found
}

/// Order by order: was its buyer told to expect one? Each promise pays for all the
/// orders of its buyer, further ones being duplicates; a buyer without a promise
/// gets one order counted, and orders of no buyer are counted one by one.
fn unpromised_one_by_one(world: &World) -> u64 {
    let mut unpromised = 0;
    for (n, order) in world.ledger.orders.iter().enumerate() {
        let earlier = &world.ledger.orders[..n];
        let mut buyers = world.carts.iter().zip(&world.told);
        unpromised += match buyers.find(|(cart, _)| cart.key == order.key) {
            None => 1,
            Some((_, Outcome::Sold | Outcome::Unknown)) => 0,
            Some((_, Outcome::SoldOut | Outcome::GaveUp)) | Some((_, Outcome::Failed)) => {
                u64::from(earlier.iter().all(|o| o.key != order.key))
            }
            Some((_, Outcome::NotStarted)) => u64::from(earlier.iter().all(|o| o.key != order.key)),
        };
    }
    unpromised
}

pub fn sold_of(world: &World, sku: Sku) -> i64 {
    let rows = world.ledger.lines.iter().filter(|row| row.line.sku == sku);
    rows.map(|row| i64::from(row.line.units)).sum()
}

/// Every (product, units) stands as often in the order as in the cart.
pub fn is_whole(world: &World, order_id: i64, cart: &Cart) -> bool {
    let rows = world.ledger.lines.iter().filter(|r| r.order_id == order_id);
    let lines: Vec<Line> = rows.map(|row| row.line).collect();
    let count = |wanted: &Line, among: &[Line]| among.iter().filter(|l| *l == wanted).count();
    let all = lines.iter().chain(cart.lines.iter());
    all.into_iter()
        .all(|l| count(l, &lines) == count(l, &cart.lines))
}

/// Takes the first refused cart that fits, then starts over from the first
/// buyer, until none fits.
pub fn unsold_by_starting_over(world: &World) -> u64 {
    let mut taken: Vec<usize> = Vec::new();
    let left = |sku: Sku, taken: &[usize]| {
        let supply: i64 = world
            .supply
            .iter()
            .filter(|s| s.sku == sku)
            .map(|s| s.units)
            .sum();
        let gone: i64 = taken.iter().map(|&b| wanted(&world.carts[b], sku)).sum();
        supply - sold_of(world, sku) - gone
    };
    let refused = |b: &usize| matches!(world.told[*b], Outcome::SoldOut | Outcome::GaveUp);
    loop {
        let next = (0..world.carts.len()).filter(refused).find(|b| {
            let cart = &world.carts[*b];
            let fits = |l: &Line| wanted(cart, l.sku) <= left(l.sku, &taken);
            !taken.contains(b) && cart.lines.iter().all(fits)
        });
        match next {
            Some(buyer) => taken.push(buyer),
            None => return taken.iter().map(|&b| world.carts[b].units()).sum(),
        }
    }
}

pub fn wanted(cart: &Cart, sku: Sku) -> i64 {
    let lines = cart.lines.iter().filter(|line| line.sku == sku);
    lines.map(|line| i64::from(line.units)).sum()
}

/// For each product, every buyer is asked; the most tested product counts.
pub fn scarcity_by_brute_force(world: &World) -> Scarcity {
    let mut most = Scarcity::Enough;
    for supply in &world.supply {
        let buyers = || world.carts.iter().zip(&world.told);
        let units_of = |outcome: Outcome| {
            let such = buyers().filter(|(_, told)| **told == outcome);
            such.map(|(cart, _)| wanted(cart, supply.sku)).sum::<i64>()
        };
        let refused = units_of(Outcome::SoldOut);
        let answered = units_of(Outcome::Sold) + refused + units_of(Outcome::GaveUp);
        let is_left = sold_of(world, supply.sku) < supply.units;
        let of_product = match answered - supply.units {
            ..0 => Scarcity::Enough,
            0 => Scarcity::Exact,
            1.. if is_left && refused == 0 => Scarcity::Untested,
            1.. => Scarcity::Tested,
        };
        most = if of_product > most { of_product } else { most };
    }
    most
}
