//! What makes no sense for a load on tables of the user's own is refused before anything
//! starts, with what to do.

use super::{Folder, NAIVE, OVERSOLD};
use crate::fixture::sim;

#[test]
fn bad_input_is_refused_before_any_buyer_comes() {
    let folder = Folder::new(&[("ops/buy.sql", NAIVE), ("ops/back.sql", NAIVE)]);
    let refused = |script, args: &str, why: &str| {
        let done = folder.run(script, args, &[OVERSOLD]);
        done.exits(2).complains(why);
    };
    let none = folder.run("naive.sql", "", &[]);
    none.exits(2)
        .complains("an invariant says what many buyers must not break")
        .complains("sim explore");
    refused("naive.sql", "--mix naive=1", "there is one operation alone");
    refused(
        "ops",
        "--mix buyy=1",
        "there is no operation \"buyy\": there are back, buy; did you mean \"buy\"?",
    );
    refused("ops", "--mix buy=0", "every weight is 0");
    refused("ops", "--mix buy", "a mix is written NAME=WEIGHT");
    refused("ops", "--mix buy=1,buy=2", "buy has two weights");
    refused("naive.sql", "--key :nothing", "--key :nothing: ");
    refused(
        "naive.sql",
        "--key :item/0",
        "--key :item/0: it has no value for buyer 1",
    );
    refused("naive.sql", "--key :item+", "--key :item+: ");
    refused("naive.sql", "--stock 3", "the set-up makes the rows");
    refused("naive.sql", "--ignore item", "--ignore says how");
    refused("naive.sql", "--keep", "goes with the run");
    let broken = "broken=SELECT id FROM item";
    let done = folder.run("naive.sql", "", &[broken]);
    done.exits(2)
        .complains("the invariant broken breaks before any session has come (1 row)");
    let wrong = folder.run("naive.sql", "", &["wrong=SELECT nothing FROM item"]);
    wrong.exits(2).complains("the invariant wrong: ");
    let in_shop = |args: &str, why: &str| {
        let done = sim(&format!("run -s optimistic {args}")).run();
        done.exits(2).complains(why);
    };
    in_shop("--key :buyer", "--key speaks of tables of your own");
    in_shop("--mix a=1,b=2", "--mix speaks of tables of your own");
}
