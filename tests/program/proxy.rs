//! `sim proxy`, as its users see it.

use nix::sys::signal::Signal;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};
use tokio::runtime;

use crate::fixture::{Running, Server, sim};

/// The port that is told.
fn port(running: &mut Running) -> u16 {
    let said = running.place().out().join("stdout");
    let mut port = None;
    running.until("a port is told", || {
        let said = std::fs::read_to_string(&said).unwrap_or_default();
        let at = said.split("@127.0.0.1:").nth(1);
        port = at.and_then(|rest| rest.split('/').next()?.parse().ok());
        port.is_some()
    });
    port.expect("a number")
}

/// Sells by prepared and by simple statements, and says what it saw.
async fn sell(options: PgConnectOptions) -> sqlx::Result<Vec<i32>> {
    let mut shop = PgConnection::connect_with(&options).await?;
    let sell = "UPDATE products SET stock = stock - $1 WHERE id = $2 RETURNING stock";
    let mut left = Vec::new();
    for units in [1, 2] {
        let sold = sqlx::query(sell).bind(units).bind(1);
        left.push(sold.fetch_one(&mut shop).await?.get(0));
    }
    let mut whole = shop.begin().await?;
    whole.execute("DELETE FROM products").await?;
    whole.rollback().await?;
    let wrong = shop.execute("SELECT no_such_column").await;
    assert!(wrong.is_err());
    let evil = AssertSqlSafe("SELECT 'a\u{1b}[2J'");
    shop.execute(evil).await?;
    shop.close().await?;
    Ok(left)
}

fn printed(flags: &str) -> String {
    let shop = Server::shop();
    let mut running = sim(&format!("proxy {flags}")).on(&shop).start();
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port(&mut running))
        .username("postgres")
        .database(shop.name());
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let left = runtime.expect("a runtime").block_on(sell(options));
    assert_eq!(left.expect("sold"), [1233, 1231]);
    let said = running.place().out().join("stdout");
    running.until("the end is told", || {
        std::fs::read_to_string(&said).is_ok_and(|said| said.contains("1 closed\n"))
    });
    running.signal(Signal::SIGINT);
    let done = running.wait();
    done.exits(0);
    done.stdout.clone()
}

#[test]
fn each_statement_is_printed_with_its_values_its_rows_and_its_end() {
    let page = printed("");
    for line in [
        " execute UPDATE products SET stock = stock - $1 WHERE id = $2 RETURNING stock; $1 = 2; $2 = 1 -> UPDATE 1, 1 row, ",
        " query BEGIN -> BEGIN, ",
        " -> DELETE 1, ",
        "-> 42703 column \"no_such_column\" does not exist, ",
        ", user postgres, database test_",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    assert!(
        !page.contains(" commit ") && !page.contains('\u{1b}'),
        "{page}"
    );
}

#[test]
fn a_statement_outside_a_transaction_is_printed_in_its_steps() {
    let page = printed("--steps");
    let commits = page
        .lines()
        .filter(|line| line.contains(" commit -> done, "));
    // Two sales and the last query; neither the transaction nor the error has any.
    assert!(commits.count() >= 3, "{page}");
    assert!(page.contains(" execute UPDATE products "), "{page}");
}

#[test]
fn a_server_of_another_machine_is_refused() {
    for url in [
        "postgres://me:hush@db.example.org/shop",
        "postgres://me:hush@10.0.0.1/shop",
    ] {
        let done = sim("proxy").at(url).run();
        done.exits(2).never_tells("hush");
        done.complains("to a server on this machine alone");
    }
    sim("proxy").run().exits(2).complains("--database-url");
}
