//! Flags that the environment gives: flag before variable before file before default.

use std::fs;

use serde_json::{Value, json};

use crate::fixture::{Done, Sim, sim};

/// What a run would have done, where it cannot begin: no server is found.
fn planned(call: Sim) -> (Value, String) {
    let done = call.without_postgres().json().run();
    done.exits(1).complains("SIM_POSTGRES_BIN");
    let scenario = done.json()["scenario"].clone();
    (scenario, done.dossier().call.unwrap())
}

fn refused(call: Sim) -> Done {
    let done = call.without_postgres().run();
    done.exits(2).says_nothing();
    done
}

#[test]
fn a_flag_overrides_a_variable_and_a_variable_a_file() {
    let call = |args: &str| {
        let call = sim(&format!("{args} --scenario sale.toml"));
        let file = "format = 1\ntitle = \"Sale\"\nstrategies = [\"naive\"]\n\
                    [load]\nbuyers = 70\nmax-tries = 7\n";
        fs::write(call.out().join("sale.toml"), file).unwrap();
        call
    };
    let tries = |(scenario, call): &(Value, String)| {
        let of = |key: &str| scenario[key].as_u64().unwrap();
        (
            (of("buyers"), of("max_tries"), of("connections")),
            call.clone(),
        )
    };
    for command in ["run", ""] {
        let set = |args: &str| {
            let call = call(&format!("{command} {args}"));
            call.env("SIM_MAX_TRIES", "8").env("SIM_CONNECTIONS", "3")
        };
        let (file, _) = tries(&planned(call(command)));
        assert_eq!(file, (70, 7, 16));
        let (variable, said) = tries(&planned(set("")));
        assert_eq!(variable, (70, 8, 3));
        // To be repeated, the call is told whole.
        assert!(
            said.starts_with("SIM_CONNECTIONS=3 SIM_MAX_TRIES=8 sim "),
            "{said}"
        );
        let (flag, said) = tries(&planned(set("--max-tries 9")));
        assert_eq!(flag, (70, 9, 3));
        assert!(said.starts_with("SIM_CONNECTIONS=3 sim "), "{said}");
    }
}

/// What is set for other commands, or for all of them, does no harm to one.
#[test]
fn a_variable_is_read_by_the_commands_that_have_its_flag() {
    // Several numbers mean nothing to `run`, whose flags `sim` has too.
    let call = sim("explore --on memory --buyers 2 --stock 2").env("SIM_UNITS", "1,2");
    let done = call.env("SIM_STRATEGY", "naive").json().run();
    done.exits(10);
    let exploration = done.json();
    assert_eq!(exploration["shape"]["units"], json!([1, 2]));
    // `list` and `sim` alone do not read it at all.
    sim("list naive")
        .env("SIM_STRATEGY", "nosuch")
        .run()
        .exits(0);
    let alone = sim("")
        .env("SIM_STRATEGY", "nosuch")
        .without_postgres()
        .run();
    alone.exits(1).complains("SIM_POSTGRES_BIN=");
}

#[test]
fn flags_without_a_value_are_true_or_false() {
    let call = || sim("explore --on memory -s autocommit --stock 2").json();
    let crash = |call: Sim| call.run().json()["shape"]["crash"].clone();
    for (value, is_set) in [("true", true), ("1", true), ("false", false), ("0", false)] {
        assert_eq!(
            crash(call().env("SIM_CRASH", value)),
            json!(is_set),
            "{value}"
        );
    }
    assert_eq!(crash(call()), json!(false));
    let twice = |value: &str| {
        let call = sim("-s naive --lines 2 --products 2").env("SIM_DUPLICATE_LINES", value);
        planned(call).0["duplicate_lines"].clone()
    };
    assert_eq!((twice("true"), twice("false")), (json!(true), json!(false)));
    let quiet = sim("explore --on memory -s naive")
        .env("SIM_QUIET", "yes")
        .run();
    quiet.exits(10).says_nothing();
}

/// As it is named where it came from, and only then.
#[test]
fn a_refused_variable_is_named() {
    let said = "is set in the environment";
    let of_clap = refused(sim("-s naive").env("SIM_BUYERS", "many"));
    of_clap
        .complains("'many' for '--buyers <N>'")
        .complains(&format!("SIM_BUYERS {said}"));
    let empty = refused(sim("-s naive").env("SIM_BUYERS", ""));
    empty.complains(&format!("SIM_BUYERS {said}"));
    let of_list = refused(sim("explore").env("SIM_STRATEGY", "naive,nosuch"));
    of_list
        .complains("nosuch")
        .complains(&format!("SIM_STRATEGY {said}"));
    let of_plan = refused(sim("-s naive").env("SIM_RATE", "5"));
    of_plan
        .complains("--rate 5: has no meaning")
        .complains(&format!("SIM_RATE {said}"));
    let unheard = refused(sim("check").env("SIM_QUIET", "perhaps"));
    unheard.complains(&format!("SIM_QUIET {said}"));
    // A flag is what is wrong, or another one.
    for args in [
        "-s naive --buyers many",
        "-s naive -b many",
        "-s naive -b 0",
        "-s nosuch",
    ] {
        let done = refused(sim(args).env("SIM_BUYERS", "5"));
        assert!(!done.stderr.contains(said), "{}", done.all());
    }
}

/// A URL can hold a password.
#[test]
fn a_url_of_the_environment_is_told_nowhere() {
    let url = "mysql://me:hush@host/shop";
    let done = refused(sim("run -s naive").env("SIM_DATABASE_URL", url));
    done.complains("SIM_DATABASE_URL").never_tells("hush");
    let url = "postgres://me:hush@localhost:1/shop";
    let done = sim("check flash-sale")
        .env("SIM_DATABASE_URL", url)
        .json()
        .run();
    done.exits(1).never_tells("hush");
    let call = done.dossier().call.unwrap();
    assert!(
        call.starts_with("SIM_DATABASE_URL=URL sim check flash-sale"),
        "{call}"
    );
}
