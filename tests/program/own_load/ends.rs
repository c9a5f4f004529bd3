//! However a load on tables of the user's own ends, nothing of it is left on the server.

use nix::sys::signal::Signal::{SIGINT, SIGKILL};

use super::{Folder, OVERSOLD, SHOP, runs};
use crate::fixture::{Server, eventually, sim};

/// Each buyer takes a while, so that a signal comes in the middle.
const SLOW: &str = "\
INSERT INTO sale (item, buyer) VALUES (:item, :buyer);
\\sleep 20 ms
\\set outcome_done 1
";

#[test]
fn a_signal_in_the_middle_leaves_what_was_found_and_nothing_else() {
    let server = Server::start(&[]);
    let database = server.database();
    let ours = "SELECT datname FROM pg_database WHERE datname LIKE 'sim%' \
                UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE 'sim%'";
    let copy = "SELECT datname FROM pg_database WHERE datname ~ '^sim_[0-9a-f]+_[0-9]+$'";
    let folder = Folder::new(&[("slow.sql", SLOW), ("shop.sql", SHOP)]);
    let start = || {
        let call = format!(
            "run -s {} --setup {} -D item=7 --buyers 100000 --seed 3",
            folder.path("slow.sql").display(),
            folder.path("shop.sql").display()
        );
        let call = sim(&call).json().arg("--invariant").arg(OVERSOLD);
        let mut running = call.on(&database).start();
        running.until("a sale", || {
            let copies = database.try_ask(copy).unwrap_or_default();
            let sales = "SELECT (count(*) > 50)::text FROM public.sale";
            copies.first().is_some_and(|name| {
                let inside = database.named(name).try_ask(sales);
                inside.is_ok_and(|told| told == ["true"])
            })
        });
        running
    };
    let mut running = start();
    running.signal(SIGINT);
    let done = running.wait();
    done.exits(130);
    let run = &runs(&done)[0].1[0];
    let outcomes = run.outcomes;
    assert!(outcomes.sold > 20 && outcomes.not_started > 0);
    assert_eq!(outcomes.total(), 100_000);
    assert!(run.faults.interrupted && run.faults.not_audited.is_none());
    assert_eq!(database.ask(ours), [""; 0]);

    let mut running = start();
    running.signal(SIGKILL);
    running.wait().was_killed_by(SIGKILL);
    eventually("nothing is left", || database.ask(ours).is_empty());
}
