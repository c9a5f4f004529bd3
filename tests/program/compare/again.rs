//! A page that is drawn from saved results is the page that the command drew, for
//! every command that finds results out and every format.

use std::fs;

use checkout_sim::report::Dossier;
use proptest::prelude::{Strategy, any};
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::fixture::{Done, Server, Sim, sim};

/// What a call says of cells, of its small shop and of its load.
#[derive(Debug, Clone)]
struct Call {
    command: &'static str,
    strategies: Vec<&'static str>,
    levels: Vec<&'static str>,
    /// Of the shop, as flags.
    shop: String,
    /// Of the load, as flags.
    load: String,
    expects: bool,
    is_coloured: bool,
}

fn calls() -> impl Strategy<Value = Call> {
    let command = select(vec!["run", "compare", "check", "explore"]);
    let names = vec!["naive", "optimistic", "atomic", "autocommit"];
    let strategies = subsequence(names, 1..=3);
    // The model in memory knows these two.
    let levels = subsequence(vec!["read-committed", "repeatable-read"], 1..=2);
    let sizes = (1..=2_u32, 1..=8_u32, 2..=30_u32, 1..=2_u32);
    let picked = (command, strategies, levels, sizes, any::<(bool, bool)>());
    picked.prop_map(|(command, strategies, levels, sizes, flags)| {
        let (lines, stock, buyers, runs) = sizes;
        Call {
            command,
            strategies,
            levels,
            shop: format!("--products 3 --lines {lines} --stock {stock}"),
            load: format!("--buyers {buyers} --runs {runs}"),
            expects: flags.0,
            is_coloured: flags.1,
        }
    })
}

impl Call {
    fn has_load(&self) -> bool {
        self.command != "explore"
    }

    /// The call itself, with every export that its command knows.
    fn sim(&self) -> Sim {
        let Self {
            command,
            shop,
            load,
            ..
        } = self;
        let cells = format!(
            "-s {} -i {}",
            self.strategies.join(","),
            self.levels.join(",")
        );
        let expect = if self.expects { "--expect safe" } else { "" };
        let call = match *command {
            "explore" => format!("explore {cells} {shop} --on memory {expect}"),
            "check" => "check sale.toml".into(),
            _ => format!("{command} {cells} {shop} {load} {expect}"),
        };
        let csv = if self.has_load() {
            "--export-csv page.csv"
        } else {
            ""
        };
        let pages = "--export-html page.html --export-markdown page.md --export-junit page.xml";
        let sim = self.colour(sim(&format!("{call} {pages} {csv}")).json());
        fs::write(sim.out().join("sale.toml"), self.file()).unwrap();
        match self.has_load() {
            true => sim.on(&Server::shared()),
            false => sim.without_postgres(),
        }
    }

    /// As a scenario, for `check`: a small one, so that it is explored at once.
    fn file(&self) -> String {
        format!(
            "title = \"Sale\"\nstrategies = {:?}\nisolation = {:?}\n\
             [load]\nbuyers = 20\nruns = 1\n",
            self.strategies, self.levels,
        )
    }

    /// `sim report` of the saved results, by a machine without PostgreSQL.
    fn report(&self, saved: &str, flags: &str) -> Done {
        let call = self.colour(sim(&format!("report run.json {flags}")));
        fs::write(call.out().join("run.json"), saved).unwrap();
        let done = call.without_postgres().run();
        done.exits(0).complains_of_nothing();
        done
    }

    fn colour(&self, sim: Sim) -> Sim {
        match self.is_coloured {
            true => sim.env("CLICOLOR_FORCE", "1"),
            false => sim,
        }
    }
}

#[test]
fn a_page_drawn_later_is_the_page_drawn_then() {
    pages_drawn_later(3);
}

#[test]
#[ignore = "slow: thirty calls"]
fn many_pages_drawn_later_are_those_drawn_then() {
    pages_drawn_later(30);
}

fn pages_drawn_later(cases: u32) {
    let config = Config {
        cases,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let result = runner.run(&calls(), |call| {
        let done = call.sim().run();
        let read = |done: &Done, name: &str| fs::read_to_string(done.out().join(name)).unwrap();
        let saved = done.written().to_string();
        assert_eq!(call.report(&saved, "").stdout, done.stdout);
        let csv = if call.has_load() {
            "--csv page.csv"
        } else {
            ""
        };
        let pages = "--html page.html --markdown page.md --junit page.xml";
        let again = call.report(&saved, &format!("{pages} {csv}"));
        let mut names = vec!["page.html", "page.md", "page.xml"];
        names.extend(call.has_load().then_some("page.csv"));
        for name in names {
            assert_eq!(read(&again, name), read(&done, name), "{name}");
        }
        Ok(())
    });
    result.unwrap();
}

/// Saved results are headed with the version of `sim` that found them out, not with
/// the one that draws them.
#[test]
fn saved_results_are_headed_with_the_version_that_made_them() {
    for call in [
        sim("explore --strategy naive --on memory"),
        sim("run --strategy naive --buyers 20").on(&Server::shared()),
        sim("compare --strategy naive,atomic --buyers 20 --no-explore").on(&Server::shared()),
    ] {
        let done = call.json().run();
        let saved = done.written().to_string();
        let own = Dossier::read(&saved).unwrap().sim_version;
        let older = saved.replace(&format!("\"{own}\""), "\"0.0.7\"");
        let call = sim("report run.json");
        fs::write(call.out().join("run.json"), older).unwrap();
        let again = call.without_postgres().run();
        again.exits(0).says("sim 0.0.7 on");
        assert!(!again.stdout.contains(&format!("sim {own}")));
    }
}

/// `sim schema --results > reports/schema.json` makes it fresh again.
#[test]
fn the_schema_of_results_is_fresh() {
    let schema = sim("schema --results").without_postgres().run();
    let committed = fs::read_to_string("reports/schema.json").unwrap();
    let is_fresh = schema.exits(0).stdout == committed;
    assert!(
        is_fresh,
        "sim schema --results > reports/schema.json makes it fresh"
    );
}

/// Whatever a command exports is known to the schema, key by key.
#[test]
fn the_schema_knows_what_is_exported() {
    let schema = sim("schema --results").without_postgres().run();
    let schema: Value = serde_json::from_str(&schema.stdout).unwrap();
    let compare = "compare --strategy naive,row-lock --lines 2 --products 3 --buyers 60 --runs 1";
    for call in [
        sim(&format!("{compare} --threshold attempts_per_sale<90")).on(&Server::shared()),
        sim("explore --strategy all --lines 2 --lock-order cart --crash --on memory"),
    ] {
        let done = call.json().run();
        let mut unknown = Vec::new();
        known(&schema, &schema, &done.written(), "", &mut unknown);
        assert_eq!(unknown, Vec::<String>::new());
    }
    // Each way: what the schema does not know is found.
    let odd =
        serde_json::json!({ "format": 2, "studies": [{ "load": { "cells": [{ "x": 1 }] } }] });
    let mut unknown = Vec::new();
    known(&schema, &schema, &odd, "", &mut unknown);
    assert_eq!(unknown, ["/studies/0/load/cells/0/x"]);
}

/// Collects the paths of keys for which no branch of the schema has a place.
fn known(root: &Value, schema: &Value, value: &Value, at: &str, unknown: &mut Vec<String>) {
    let schemas = branches(root, schema);
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(n, v)| (n.to_string(), v))
            .collect(),
        _ => return,
    };
    for (key, child) in children {
        let path = format!("{at}/{key}");
        let places: Vec<&Value> = schemas
            .iter()
            .filter_map(|s| place(s, value, &key))
            .collect();
        match places.as_slice() {
            [] => unknown.push(path),
            [only] => known(root, only, child, &path, unknown),
            several => {
                // One of them must know all of it.
                let mut least: Option<Vec<String>> = None;
                for one in several {
                    let mut found = Vec::new();
                    known(root, one, child, &path, &mut found);
                    if least.as_ref().is_none_or(|least| found.len() < least.len()) {
                        least = Some(found);
                    }
                }
                unknown.extend(least.unwrap_or_default());
            }
        }
    }
}

/// The schema itself, what it refers to, and its alternatives.
fn branches<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    let mut all = vec![schema];
    if let Some(name) = schema["$ref"].as_str() {
        let definition = root
            .pointer(name.trim_start_matches('#'))
            .expect("a definition");
        all.extend(branches(root, definition));
    }
    for several in ["anyOf", "oneOf", "allOf"] {
        for one in schema[several].as_array().into_iter().flatten() {
            all.extend(branches(root, one));
        }
    }
    all
}

/// Where a schema has a place for one key of an object, or one item of a list.
fn place<'s>(schema: &'s Value, value: &Value, key: &str) -> Option<&'s Value> {
    match value {
        Value::Array(_) => {
            let of_tuple = || schema["prefixItems"].get(key.parse::<usize>().ok()?);
            of_tuple().or_else(|| schema.get("items"))
        }
        _ => {
            let properties = schema["properties"].get(key);
            let more = schema.get("additionalProperties").filter(|s| s.is_object());
            let patterns = schema["patternProperties"].as_object();
            properties.or(more).or_else(|| patterns?.values().next())
        }
    }
}
