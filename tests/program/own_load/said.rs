//! Scenario files on tables of the user's own with a load: held, compared with older results,
//! and shown by every page.

use std::fs;

use super::{Folder, NAIVE};
use crate::fixture::{Done, Server, sim};

const FILE: &str = r#"
title = "Own shop"
strategies = ["ops-naive/", "ops/"]
thresholds = ["failed==0", "ops/: rows(oversold)==0", "ops-naive/: rows(oversold)>0"]

[tables]
setup = ["shop.sql"]
define = { item = 7 }

[invariants]
oversold = "SELECT id, stock FROM item WHERE stock < 0"

[load]
buyers = 150
think-time = "2ms"
mix = { buy = 1, see = 0 }
key = ":item"
runs = 2
seed = 3

[explore]
sessions = ["buy", "buy"]

[expect.load]
"ops-naive/" = "violates"

[expect.explore]
"ops-naive/buy+buy" = "violates"
"#;

fn check(folder: &Folder, args: &str) -> Done {
    let file = folder.path("own.toml");
    let call = sim(&format!("check {} {args}", file.display()));
    call.json().on(&Server::shared()).run()
}

#[test]
fn a_file_is_held_to_what_it_expects_of_many_buyers() {
    let fixed = NAIVE.replace("= :item \\gset", "= :item FOR UPDATE \\gset");
    let see = "BEGIN;\nSELECT stock FROM item;\nCOMMIT;\n";
    let folder = Folder::new(&[
        ("own.toml", FILE),
        ("ops-naive/buy.sql", NAIVE),
        ("ops-naive/see.sql", see),
        ("ops/buy.sql", &fixed),
        ("ops/see.sql", see),
    ]);
    // A unit less than before: two buyers want the last one when they are explored.
    fs::write(folder.path("shop.sql"), super::SHOP.replace("40", "1")).unwrap();
    let baseline = folder.path("baseline.json");
    let save = format!("--save-baseline {}", baseline.display());
    let html = "--export-html page.html --export-markdown page.md --export-csv run.csv";
    let held = check(&folder, &format!("{save} {html}"));
    held.exits(0).says("all 5 thresholds hold");
    let page = fs::read_to_string(held.out().join("page.html")).unwrap();
    for said in ["oversold", "must hold", "buy:7", "buy=1,see=0"] {
        assert!(page.contains(said), "{said}");
    }
    let page = fs::read_to_string(held.out().join("page.md")).unwrap();
    assert!(page.contains("| buy:7 |"), "{page}");

    let compare = format!("--baseline {}", baseline.display());
    let again = check(&folder, &compare);
    again.says("against the older results").says("all as then");
    let other = FILE.replace("stock < 0", "stock < -1");
    fs::write(folder.path("own.toml"), other).unwrap();
    check(&folder, &compare).exits(2).complains("oversold");
    fs::write(
        folder.path("own.toml"),
        FILE.replace("rows(oversold)>0", "rows(nothing)>0"),
    )
    .unwrap();
    check(&folder, "")
        .exits(2)
        .complains("no invariant \"nothing\" is asked");
}
