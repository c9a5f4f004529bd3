//! Servers that do not let `sim` do all that it asks for. Where it cannot do
//! without, which one and why is said in one sentence, without a password.
//! Nothing is left on them.

use crate::fixture::{Server, sim};

#[test]
fn a_server_that_cannot_be_used_is_named_without_the_password() {
    let shop = Server::shop();
    shop.run("CREATE ROLE clerk LOGIN PASSWORD 'hush'");
    let database = shop.ask("SELECT current_database()::text").remove(0);
    shop.run(&format!("REVOKE CREATE ON DATABASE {database} FROM PUBLIC"));
    let refused = |url: &str| {
        let done = sim("--strategy atomic --buyers 20").at(url).json().run();
        done.exits(1).says("NOT RUN  atomic").never_tells("hush");
        assert_eq!(done.json()["cells"][0]["runs"], serde_json::json!([]));
        assert_eq!(done.stderr.lines().count(), 1, "{}", done.all());
        done
    };
    refused(&shop.url_as("clerk:hush")).complains(&format!(
        "error: role \"clerk\" may not create a schema in database \"{database}\""
    ));
    refused("postgres://me:hush@localhost:1/shop")
        .complains("error: cannot connect to localhost:1/shop: Connection refused");
    refused("postgres://me:hush@no-such-host.invalid/shop")
        .complains("error: cannot connect to no-such-host.invalid:5432/shop: ");
    refused(&shop.url_as("nobody-of-that-name:hush"))
        .complains("role \"nobody-of-that-name\" does not exist");
    shop.assert_untouched();
    // Once allowed, the same role gets what it asked for.
    shop.run(&format!("GRANT CREATE ON DATABASE {database} TO clerk"));
    let clerk = shop.url_as("clerk:hush");
    let done = sim("--strategy atomic --buyers 300")
        .at(&clerk)
        .json()
        .run();
    done.exits(0).never_tells("hush");
    shop.assert_untouched();
}

#[test]
fn a_wrong_password_is_refused_and_a_right_one_never_told() {
    let server = Server::start(&[]);
    server.admit("local all all scram-sha-256");
    let shop = server.database();
    shop.run("CREATE ROLE clerk LOGIN PASSWORD 'hush'");
    shop.run("GRANT CREATE ON DATABASE postgres TO clerk");
    let call = || sim("--strategy atomic --buyers 300").json().csv();
    let done = call().at(&shop.url_as("clerk:wrong-hush")).run();
    done.exits(1).says("NOT RUN  atomic").never_tells("hush");
    done.complains("password authentication failed for user \"clerk\" (SQLSTATE 28P01)");
    let done = call().at(&shop.url_as("clerk:hush")).run();
    done.exits(0).never_tells("hush");
    let by_variable = call().env("SIM_DATABASE_URL", shop.url_as("clerk:hush"));
    let done = by_variable.run();
    done.exits(0).says("sim-").never_tells("hush");
    assert_eq!(shop.schemas(), [] as [String; 0]);
}

/// Other programs set that variable for databases of their own: a load there could do
/// harm, and a value that `sim` does not understand would keep it from running.
#[test]
fn a_variable_of_other_programs_leads_nowhere() {
    for value in ["postgres://nowhere/shop", "", "mysql://me@host/shop"] {
        let call = |name| sim("-s naive").without_postgres().env(name, value).run();
        call("DATABASE_URL")
            .exits(1)
            .complains("SIM_POSTGRES_BIN=/nonexistent/bin");
        // The other direction: the variable that is read does lead there.
        let own = call("SIM_DATABASE_URL");
        assert!(!own.stderr.contains("SIM_POSTGRES_BIN"), "{}", own.all());
    }
}

#[test]
fn too_few_connections_are_named() {
    let shop = Server::shop();
    shop.run("CREATE ROLE teller LOGIN CONNECTION LIMIT 6");
    let database = shop.ask("SELECT current_database()::text").remove(0);
    shop.run(&format!("GRANT CREATE ON DATABASE {database} TO teller"));
    let crowd = sim("--strategy atomic --buyers 20 --connections 9");
    let done = crowd.at(&shop.url_as("teller")).run();
    done.exits(1).complains("has no room for 9 connections");
    done.complains("lower --connections or raise max_connections");
    shop.assert_untouched();
    // Two are the run's own: one looks after the schema, one watches the others.
    let few = sim("--strategy atomic --buyers 300 --connections 4");
    few.at(&shop.url_as("teller"))
        .run()
        .exits(11)
        .says("60 sold");
    shop.assert_untouched();
}

/// The whole server is full: one of the test's own, since others have no room then.
#[test]
fn a_full_server_is_named() {
    let server = Server::start(&[("max_connections", "20")]);
    let database = server.database();
    let crowd = sim("--strategy atomic --buyers 60 --connections 40");
    let done = crowd.on(&database).run();
    done.exits(1).complains("has no room for 40 connections");
    assert_eq!(database.schemas(), [] as [String; 0]);
}

/// PL/pgSQL only takes plans from the buyers; no run fails for want of it.
#[test]
fn a_server_without_procedures_will_do() {
    let shop = Server::shop();
    let database = shop.ask("SELECT current_database()::text").remove(0);
    shop.run("CREATE ROLE baker LOGIN");
    shop.run(&format!("GRANT CREATE ON DATABASE {database} TO baker"));
    let sells = || {
        let call = sim("--strategy atomic --buyers 300");
        call.at(&shop.url_as("baker")).run().exits(0);
        shop.assert_untouched();
    };
    shop.run("REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC");
    sells();
    shop.run("DROP EXTENSION plpgsql");
    sells();
}
