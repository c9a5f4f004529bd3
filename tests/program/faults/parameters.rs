//! What the URL of a database may say beside the place: what would be ignored is refused by name.

use serde_json::Value;

use crate::fixture::{Server, sim};

#[test]
fn a_parameter_that_would_be_ignored_is_refused_by_name() {
    let refused = |parameter: &str, why: &str| {
        let url = format!("postgres://me:hush@localhost/shop?{parameter}");
        let done = sim("--strategy naive").at(&url).without_postgres().run();
        done.exits(2).complains(why).never_tells("hush");
    };
    refused(
        "connect_timeout=5",
        "the parameter connect_timeout is not taken: --patience bounds how long",
    );
    refused(
        "sslmode=disable&keepalives=1",
        "the parameter keepalives is not known; known are",
    );
    refused("application_name=mine", "sim names its connections itself");
    // A password may hold what looks like the beginning of parameters.
    for password in ["12?hush&x", "12?sslrootcert=hush"] {
        let url = format!("postgres://me:{password}@localhost/shop");
        let done = sim("--strategy naive").at(&url).without_postgres().run();
        done.exits(2).never_tells("hush");
    }
    sim("--strategy naive --patience 10ms")
        .run()
        .exits(2)
        .complains("less than a second");
}

#[test]
fn known_parameters_are_taken() {
    let database = Server::shared();
    let url = format!(
        "{}&sslmode=disable&options=-c%20work_mem%3D4MB",
        database.url()
    );
    let done = sim("--strategy atomic --buyers 300").at(&url).json().run();
    assert_ne!(done.exits(0).first_run(), Value::Null);
}
