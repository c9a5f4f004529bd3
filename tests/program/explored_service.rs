//! A service of the user's, explored: a program that was not changed, in a process of its own.

mod faults;

use checkout_sim::explore::found::Found;
use checkout_sim::oracle::Verdict;

use crate::fixture::{Done, Files, Sim, sim};

/// `sim serve` as the program: a buyer puts one unit into a cart and buys it.
pub const SERVE: &str = include_str!("../services/serve_shop.toml");

/// The same with the unit in both carts before, so that the requests are two checkouts.
const CHECKOUTS: &str = include_str!("../services/serve_checkouts.toml");

pub fn explore(file: &str, args: &str) -> Sim {
    sim(&format!("explore {file} {args}"))
}

struct Folder(Files);

impl Folder {
    fn serve() -> Self {
        Self::of(SERVE)
    }

    fn checkouts() -> Self {
        Self::of(CHECKOUTS)
    }

    fn of(file: &str) -> Self {
        let file = file.replace("@SIM@", env!("CARGO_BIN_EXE_sim"));
        Self(Files::new(&[("shop.toml", file.as_str())]))
    }

    fn path(&self) -> String {
        self.0.path("shop.toml").display().to_string()
    }

    fn explore(&self, args: &str) -> Done {
        explore(&self.path(), args).json().run()
    }
}

/// What two explorations of one program must have in common.
pub fn drawn(found: &Found) -> Vec<String> {
    let endings = found.endings.iter();
    endings
        .map(|ending| {
            let (count, told) = (ending.count, &ending.told);
            format!(
                "{count} {told:?} {:?} {:?}",
                ending.proven, ending.schedules
            )
        })
        .collect()
}

/// The program that writes back what it has read is found with no rule and with one; the command
/// that is printed shows it again, and a second exploration comes to the same.
#[test]
fn a_program_that_was_not_changed_is_explored_and_its_race_is_drawn() {
    let folder = Folder::serve();
    let done = folder.explore("--max-switches 1 --strategy service:naive");
    done.exits(10)
        .says("VIOLATES  service:naive over HTTP")
        .says("reproduced 10 of 10")
        .says("POST /order/add-item answered 200")
        .says("POST /order/checkout answered 201")
        .says("stock 1 → 0")
        .says("unit-lost answered:")
        .complains("starts the service: ");
    let exploration = done.exploration();
    let found = &exploration.cells[0].found;
    assert_eq!(found.fault, None);
    assert!(found.proving(Verdict::NotSerializable) > 0);
    let serial = found.endings.iter().flat_map(|ending| &ending.schedules);
    let serial = serial.filter(|schedule| schedule.switches() < 2).count();
    assert_eq!(serial, 2, "one after the other, either first");
    let again = done.stdout.split_once("again: sim ").expect("a command").1;
    let again = again.lines().take_while(|line| !line.is_empty());
    let again: String = again.map(|line| line.replace('\\', " ")).collect();
    sim(&again).run().exits(10).says("unit-lost answered:");
    let second = folder.explore("--max-switches 1 --strategy service:naive");
    let second = second.exploration();
    assert_eq!(drawn(found), drawn(&second.cells[0].found));
}

#[test]
fn a_program_that_locks_what_it_reads_holds_in_every_schedule_of_few_switches() {
    let folder = Folder::serve();
    let args = "--max-switches 1 --strategy service:row-lock --expect safe<=1";
    let done = folder.explore(args);
    done.exits(0);
    let exploration = done.exploration();
    let found = &exploration.cells[0].found;
    assert_eq!(found.fault, None);
    assert!(found.covered.schedules > 30, "{:?}", found.covered);
    assert!(found.is_safe_within(1));
    let sold = |told: &&Vec<_>| {
        let done = checkout_sim::shop::Outcome::Sold;
        told.iter().filter(|outcome| **outcome == done).count() == 1
    };
    let told: Vec<_> = found.endings.iter().map(|ending| &ending.told).collect();
    assert!(told.iter().all(sold), "{told:?}");
}

/// Each way of writing the checkout to its verdict, over the wire as in `sim`'s own sessions.
#[test]
fn each_checkout_of_the_reference_shop_comes_to_its_verdict() {
    let folder = Folder::checkouts();
    let done = folder.explore("--max-switches 1 --strategy service:version-ignored");
    done.exits(10)
        .says("VIOLATES  service:version-ignored over HTTP")
        .says("reproduced 10 of 10")
        .says("unit-lost answered:");
    for strategy in ["optimistic", "atomic"] {
        let args = format!("--max-switches 2 --strategy service:{strategy} --expect safe<=2");
        let done = folder.explore(&args);
        done.exits(0)
            .says("of at most 2 switches")
            .says("A done, B refused; nothing is broken");
        let exploration = done.exploration();
        let found = &exploration.cells[0].found;
        assert_eq!(found.fault, None);
        assert!(found.covered.schedules > 100, "{:?}", found.covered);
    }
}

/// A connection that is cut, and a commit whose reply is lost, are steps of their own: a checkout
/// of two transactions loses its unit between them, and one of a single transaction does not.
#[test]
fn a_cut_between_two_transactions_loses_a_unit() {
    let folder = Folder::checkouts();
    // A pool opens again what was cut when its turn comes: soon, where there are few.
    let text = std::fs::read_to_string(folder.path()).unwrap();
    let text = text.replace("--connections 4", "--connections 2");
    std::fs::write(folder.path(), text).unwrap();
    let args = "--crash --max-switches 0 --strategy service:autocommit";
    let done = folder.explore(args);
    done.exits(10)
        .says("VIOLATES  service:autocommit over HTTP")
        .says("not-atomic in")
        .says("unit-lost answered:");
    let exploration = done.exploration();
    let found = &exploration.cells[0].found;
    assert_eq!((&found.unfollowed, &found.fault), (&None, &None));
    let example = found.example.as_ref().expect("an example");
    let faults = example.schedule.0.iter().filter(|choice| choice.is_fault());
    assert_eq!(faults.count(), 1, "{}", example.schedule);
    let args = "--crash --max-switches 0 --strategy service:atomic --expect safe<=0";
    let done = folder.explore(args);
    done.exits(0);
    let exploration = done.exploration();
    let found = &exploration.cells[0].found;
    assert_eq!((&found.unfollowed, &found.fault), (&None, &None));
    // Each step of both can be cut, and the commits of both can lose their reply.
    assert!(found.covered.schedules > 30, "{:?}", found.covered);
}

/// One file is held to what it expects under load and explored, and shows both side by side. It
/// starts a program, so a stranger's is refused.
#[test]
fn one_file_is_loaded_and_explored_and_held_to_both() {
    let folder = Folder::serve();
    let text = std::fs::read_to_string(folder.path()).unwrap();
    let text = text.replace(
        "strategies = [\"service:naive\"]",
        "strategies = [\"service:version-ignored\", \"service:row-lock\"]",
    );
    let (text, _) = text.split_once("[invariants]").unwrap();
    // Five units under load, and one where it is explored: the rule is of both.
    let more = r#"
[shop]
stock = 5

[load]
buyers = 60
connections = 12

[invariants]
unit-lost = "SELECT p.id, p.stock, count(l.order_id) FROM shop.products p LEFT JOIN shop.order_lines l ON l.product_id = p.id GROUP BY p.id HAVING p.stock + count(l.order_id) NOT IN (1, 5)"

[expect.load]
"service:version-ignored" = "violates"
"service:row-lock" = "safe"

[expect.explore]
"service:version-ignored" = "violates"
"service:row-lock" = "safe<=1"
"#;
    let file = format!("{text}{more}");
    let files = Files::new(&[("both.toml", file.as_str())]);
    let path = files.path("both.toml").display().to_string();
    let refused = sim(&format!("check {path}")).without_postgres().run();
    refused.exits(2).complains("--allow-commands");
    let check = format!("check {path} --allow-commands --runs 1");
    sim(&check).run().exits(0).says("all 4 expectations hold");
    let done = sim(&format!("compare {path} --runs 1")).json().run();
    done.exits(0);
    let study = done.dossier().studies.remove(0);
    assert_eq!(study.load.expect("a load").cells.len(), 2);
    assert_eq!(study.exploration.expect("an exploration").cells.len(), 2);
    // In the other direction: what does not hold is named.
    let wrong = file.replace("row-lock\" = \"safe<=1\"", "row-lock\" = \"violates\"");
    std::fs::write(files.path("both.toml"), wrong).unwrap();
    let done = sim(&check).run();
    done.exits(10).says("service:row-lock");
}

/// What makes no sense is told before anything starts.
#[test]
fn what_a_service_cannot_do_is_refused_before_it_starts() {
    let folder = Folder::serve();
    for (args, told) in [
        ("--on memory", "--on memory has no meaning for a [service]"),
        ("--race 5", "--race has no meaning for a [service]"),
        ("--show price", "no request of the service takes that"),
        ("--sessions pay,pay", "has no operation \"pay\""),
        ("--strategy naive", "is no variant of the service"),
    ] {
        let done = explore(&folder.path(), args).without_postgres().run();
        done.exits(2).complains(told);
    }
}

/// The schedule that sold twice, on the repaired program: as far as it fits, and where it no longer
/// does.
#[test]
fn a_schedule_of_the_naive_program_guides_the_repaired_one() {
    const SOLD_TWICE: &str = "AAABBBBBBAAA";
    let Some(files) = crate::shops::shop("python", "flask_shop.py") else {
        return;
    };
    let path = files.path("shop.toml").display().to_string();
    let replay = |form: &str, flags: &str| {
        sim(&format!(
            "replay --scenario {path} --strategy service:{form} --schedule {SOLD_TWICE} {flags}"
        ))
    };
    let naive = replay("naive", "--guided").run();
    naive
        .exits(10)
        .says(&format!("guided by {SOLD_TWICE}, which fits to its end"));
    let repaired = replay("locked", "--guided").run();
    repaired
        .exits(0)
        .says(&format!(
            "guided by {SOLD_TWICE}\nstep 7: buyer B is blocked"
        ))
        .says_in_words("was told: done was told: refused nothing is broken");
    let bare = replay("locked", "").run();
    bare.exits(2).complains("with --guided");
}
