//! What a setting is where nothing is said of it, in flags and files alike.

use checkout_sim::scenario::{ScenarioFile, Settings, Shape};

fn settings(set: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    set(&mut settings);
    settings
}

fn stock(shape: &Shape) -> u32 {
    shape.validate().expect("it makes sense");
    shape.stock
}

/// Every cart fits, and one of two buyers gets what both want.
#[test]
fn the_stock_of_a_small_shop_is_what_the_largest_cart_wants() {
    let of_units =
        |units: &[u32]| stock(&settings(|s| s.explore.units = Some(units.to_vec())).shape());
    assert_eq!(stock(&Settings::default().shape()), 1);
    assert_eq!(of_units(&[2]), 2);
    assert_eq!(of_units(&[3, 1]), 3);
    assert_eq!(of_units(&[1, 3]), 3);
    let lines = |duplicate_lines| {
        settings(|s| {
            s.shop.lines = Some(3);
            s.shop.units = Some(2);
            s.shop.duplicate_lines = Some(duplicate_lines);
        })
    };
    assert_eq!(stock(&lines(false).shape()), 2);
    assert_eq!(stock(&lines(true).shape()), 6);
    let set = settings(|s| {
        s.explore.units = Some(vec![2]);
        s.explore.stock = Some(5);
    });
    assert_eq!(stock(&set.shape()), 5);
}

/// A flag over a file is what the file would have said.
#[test]
fn flags_and_files_have_one_default() {
    let file = |text: &str| ScenarioFile::parse(text).expect("valid").settings();
    let flag = settings(|s| s.explore.units = Some(vec![2]));
    let strategies = "title = \"Two\"\nstrategies = [\"row-lock\"]\n";
    let said = file(&format!("{strategies}[explore]\nunits = [2]\n"));
    assert_eq!(flag.shape(), said.shape());
    assert_eq!(flag.over(file(strategies)).shape(), said.shape());
    let lower = settings(|s| s.explore.units = Some(vec![1]));
    assert_eq!(stock(&lower.over(said).shape()), 1);
}

/// `max(1, buyers x lines x units / (5 x products))`, and one cart at least.
#[test]
fn the_stock_of_a_load_fits_one_cart_at_least() {
    let load = |buyers, units, duplicate| {
        let set = settings(|s| {
            s.load.buyers = Some(buyers);
            s.shop.units = Some(units);
            s.shop.lines = duplicate;
            s.shop.duplicate_lines = Some(duplicate.is_some());
        });
        set.scenario().expect("it makes sense").stock
    };
    assert_eq!(load(500, 1, None), 100);
    assert_eq!(load(50, 3, None), 30);
    assert_eq!(load(2, 3, None), 3);
    assert_eq!(load(2, 3, Some(4)), 12);
}
