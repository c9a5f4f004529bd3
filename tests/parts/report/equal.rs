//! How often equal cells are told apart, over thousands of sessions whose
//! rounds are drawn: the noise of each cell is normal in the logarithm, and
//! rounds have noise of their own that all cells share.

use checkout_sim::oracle::Verdict;
use checkout_sim::report::{Study, compare, conclusion};
use checkout_sim::shop::Isolation;
use checkout_sim::subject::Strategy;
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::hand::{load, paced, safe_cell, study};

const SESSIONS: usize = 600;

/// 5 % of the sessions, and three standard deviations of a binomial more: what
/// a true rate of 5 % stays below in 999 of 1,000 seeds.
const AT_MOST: usize = 30 + 16;

/// Cells that hold whatever is in a cart, to lend their names.
fn names() -> Vec<(Strategy, Isolation)> {
    let levels = |strategy| Isolation::ALL.map(|isolation| (strategy, isolation));
    let all = Strategy::ALL.into_iter().flat_map(levels);
    let holds = |(strategy, isolation): &(Strategy, Isolation)| {
        [1, 2].map(|lines| strategy.expected(*isolation, lines)) == [Verdict::Safe; 2]
    };
    all.filter(holds).collect()
}

/// A session whose cell `n` is `speed(n)` times as fast as a round's pace, with
/// `noise(n)` of its logarithm.
fn session(
    rng: &mut ChaCha8Rng,
    (cells, rounds): (usize, u32),
    speed: impl Fn(usize) -> f64,
    noise: impl Fn(usize) -> f64,
) -> Study {
    let mut normal = || -> f64 { StandardNormal.sample(rng) };
    let paces: Vec<f64> = (0..rounds).map(|_| 13.0 + 0.2 * normal()).collect();
    let mut drawn = Vec::new();
    for (n, (strategy, isolation)) in names().into_iter().take(cells).enumerate() {
        let run = |(number, pace): (u32, &f64)| {
            let sales = (pace + noise(n) * normal()).exp() * speed(n);
            paced(number, sales as u64)
        };
        let mut cell = safe_cell(strategy, (1..).zip(&paces).map(run).collect());
        cell.cell.level = isolation;
        drawn.push(cell);
    }
    assert_eq!(drawn.len(), cells);
    Study {
        reference: Some(names()[0].0.at(names()[0].1)),
        ..study("equal", load(drawn))
    }
}

/// How many of all but the best are not said to be as good as the best.
fn told_apart(study: &Study) -> usize {
    let text = conclusion(study);
    let cells = &study.load.as_ref().expect("a load").cells;
    let Some((_, after)) = text.split_once("costs least") else {
        panic!("nothing is best: {text}");
    };
    let tied = after.split_once("), but ").map_or("", |(_, tied)| tied);
    let is_tied = |cell: &&checkout_sim::report::LoadCell| tied.contains(&cell.cell.to_string());
    cells.len() - 1 - cells.iter().filter(is_tied).count()
}

/// What the pages said before the correction: the best, and 95 % intervals pair
/// by pair, with `t` from the tables.
fn told_apart_pair_by_pair(study: &Study, t: f64) -> bool {
    let cells = &study.load.as_ref().expect("a load").cells;
    let logs = |cell: &checkout_sim::report::LoadCell| -> Vec<f64> {
        let sold = cell.runs.iter().map(|run| run.outcomes.sold as f64);
        sold.map(f64::ln).collect()
    };
    let logs: Vec<Vec<f64>> = cells.iter().map(logs).collect();
    let sum = |logs: &Vec<f64>| logs.iter().sum::<f64>();
    let best = logs.iter().max_by(|a, b| sum(a).total_cmp(&sum(b)));
    let best = best.expect("cells");
    let is_apart = |cell: &Vec<f64>| {
        let behind: Vec<f64> = best.iter().zip(cell).map(|(a, b)| a - b).collect();
        let n = behind.len() as f64;
        let mean = sum(&behind) / n;
        let variance = behind.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
        mean > t * (variance / n).sqrt()
    };
    logs.iter().any(is_apart)
}

#[test]
fn equal_cells_are_told_apart_in_at_most_one_session_of_twenty() {
    // Equal noise, and cells that are up to eight times as noisy as others.
    let sizes = [
        (2, 3, 0.0),
        (4, 3, 0.0),
        (4, 6, 0.01),
        (8, 3, 0.01),
        (8, 6, 0.0),
    ];
    for (cells, rounds, spread) in sizes {
        let mut rng = ChaCha8Rng::seed_from_u64(cells as u64);
        let t = if rounds == 3 { 4.302_653 } else { 2.570_582 };
        let (mut apart, mut pair_by_pair, mut marked) = (0, 0, 0);
        for _ in 0..SESSIONS {
            let noise = |n| 0.01 + spread * n as f64;
            let study = session(&mut rng, (cells, rounds), |_| 1.0, noise);
            apart += usize::from(told_apart(&study) > 0);
            pair_by_pair += usize::from(told_apart_pair_by_pair(&study, t));
            let rows = compare(study.load.as_ref().expect("a load"), study.reference);
            marked += usize::from(rows.iter().any(|row| row.is_real()));
        }
        let found = format!(
            "{cells} cells, {rounds} rounds, spread {spread}: {apart} told apart, \
             {pair_by_pair} pair by pair, {marked} with a mark, of {SESSIONS}"
        );
        eprintln!("{found}");
        assert!(apart <= AT_MOST && marked <= AT_MOST, "{found}");
        // One pair needs no correction, and must not lose power to one.
        assert!(cells > 2 || apart >= 15, "{found}");
        assert!(cells == 2 || pair_by_pair > AT_MOST, "no test: {found}");
    }
}

/// Of a difference of 20 %, with noise of 1 % a run, all is told in nearly every
/// session of five rounds.
#[test]
fn a_real_difference_is_told_apart() {
    for cells in [2, 4, 8] {
        let mut rng = ChaCha8Rng::seed_from_u64(cells as u64);
        let mut all = 0;
        for _ in 0..200 {
            let speed = |n| if n == 1 { 1.2 } else { 1.0 };
            let study = session(&mut rng, (cells, 5), speed, |_| 0.01);
            all += usize::from(told_apart(&study) == cells - 1);
        }
        eprintln!("{cells} cells: all told apart in {all} of 200");
        assert!(all >= 190, "{cells} cells: {all} of 200");
    }
}
