//! A page that is drawn from saved results is the page that the command drew, for
//! every command that finds results out and every format.

use std::fs;

use checkout_sim::report::Dossier;
use proptest::prelude::{Strategy, any};
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};

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
    let config = Config {
        cases: 10,
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
