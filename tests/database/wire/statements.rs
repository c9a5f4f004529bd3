//! What a statement answers, and what is kept of it.

use checkout_sim::database::wire::{WireClient, WireFailure};

use super::server::{connect, one, server, tell};

const KEPT: &str = "SELECT count(*) FROM pg_prepared_statements";

#[tokio::test]
async fn ten_thousand_statements_go_and_few_are_kept() {
    let mut options = server().options("postgres");
    options.statements_kept_max = 20;
    let mut client = WireClient::connect(&options).await.expect("a connection");
    for number in 0..10_000 {
        let sql = format!("SELECT $1::int + {number}");
        let sum = one(&mut client, &sql, &[Some("1")]).await;
        assert_eq!(sum, Some((number + 1).to_string()));
    }
    let kept = one(&mut client, KEPT, &[]).await.expect("a number");
    // The one that was last put out is closed with the next statement.
    assert!(kept.parse::<u32>().expect("a number") <= 21, "{kept}");
    for number in 0..10_000 {
        let number = number.to_string();
        let same = one(&mut client, "SELECT $1", &[Some(&number)]).await;
        assert_eq!(same, Some(number));
    }
}

#[tokio::test]
async fn the_statement_that_was_not_used_for_the_longest_time_goes_first() {
    let mut options = server().options("postgres");
    options.statements_kept_max = 3;
    let mut client = WireClient::connect(&options).await.expect("a connection");
    let list = "SELECT string_agg(right(statement, 1), '' ORDER BY 1) FROM pg_prepared_statements \
                WHERE statement LIKE 'SELECT _'";
    tell(
        &mut client,
        &[list, "SELECT 1", "SELECT 2", "SELECT 1", list, "SELECT 3"],
    )
    .await;
    assert_eq!(one(&mut client, list, &[]).await.as_deref(), Some("13"));
}

#[tokio::test]
async fn a_statement_that_nothing_refers_to_is_closed() {
    let mut client = connect().await;
    let first = client
        .prepare("SELECT $1 + 1", &[23])
        .await
        .expect("prepared");
    assert_eq!(first.parameters(), [23]);
    let copy = first.clone();
    drop(first);
    let rows = client.execute(&copy, &[Some("41")]).await.expect("rows");
    assert_eq!(rows.get(0, 0), Some("42"));
    assert_eq!(one(&mut client, KEPT, &[]).await.as_deref(), Some("2"));
    drop(copy);
    assert_eq!(one(&mut client, KEPT, &[]).await.as_deref(), Some("1"));
    // One that is parsed and cannot be bound is kept too, and one of a failed
    // transaction that cannot be described is not lost on the server.
    client
        .run("SELECT $1::int", &[Some("x")])
        .await
        .expect_err("no number");
    client
        .run("SELECT 1; SELECT 2", &[])
        .await
        .expect_err("two statements");
    assert_eq!(one(&mut client, KEPT, &[]).await.as_deref(), Some("2"));
    let number = client
        .run("SELECT $1::int", &[Some("7")])
        .await
        .expect("a number");
    assert_eq!(number.get(0, 0), Some("7"));
}

#[tokio::test]
async fn a_prepared_statement_belongs_to_its_connection() {
    let (mut one, mut other) = (connect().await, connect().await);
    let mine = one.prepare("SELECT 1", &[]).await.expect("prepared");
    other
        .prepare("TABLE nothing", &[])
        .await
        .expect_err("no table");
    let failure = other.execute(&mine, &[]).await.expect_err("not its own");
    assert!(matches!(failure, WireFailure::Unsupported(_)), "{failure}");
    one.execute(&mine, &[]).await.expect("its own");
    drop(one);
    drop(mine);
}

#[tokio::test]
async fn what_changed_under_a_kept_statement_is_prepared_anew() {
    let mut client = connect().await;
    tell(
        &mut client,
        &[
            "CREATE TABLE changing (a int)",
            "INSERT INTO changing VALUES (1)",
        ],
    )
    .await;
    let sql = "SELECT * FROM changing";
    assert_eq!(client.run(sql, &[]).await.expect("rows").columns().len(), 1);
    tell(
        &mut client,
        &["ALTER TABLE changing ADD b text DEFAULT 'x'"],
    )
    .await;
    let stale = client.run(sql, &[]).await.expect_err("another result");
    assert_eq!(stale.sqlstate(), Some("0A000"));
    let rows = client.run(sql, &[]).await.expect("rows");
    assert_eq!(rows.row(0).collect::<Vec<_>>(), [Some("1"), Some("x")]);
    for forget in ["DEALLOCATE ALL", "DISCARD ALL"] {
        tell(&mut client, &[forget, sql]).await;
    }
    // A body of code forgets where no tag says so.
    tell(&mut client, &["DO $$BEGIN EXECUTE 'DEALLOCATE ALL'; END$$"]).await;
    assert_eq!(
        client
            .run(sql, &[])
            .await
            .expect_err("forgotten")
            .sqlstate(),
        Some("26000")
    );
    tell(&mut client, &[sql, "DROP TABLE changing"]).await;
}

#[tokio::test]
async fn results_of_unusual_shapes_are_read() {
    let mut client = connect().await;
    let empty = client.run(" -- nothing", &[]).await.expect("no command");
    assert_eq!((empty.tag(), empty.affected(), empty.len()), ("", None, 0));
    let no_columns = client
        .run("SELECT FROM generate_series(1, 3)", &[])
        .await
        .expect("rows");
    assert_eq!((no_columns.len(), no_columns.row(2).count()), (3, 0));
    let none = client
        .run("SELECT 1 AS a, 2 AS b WHERE false", &[])
        .await
        .expect("rows");
    assert_eq!(
        (none.len(), none.columns().len(), none.tag()),
        (0, 2, "SELECT 0")
    );
    let wide: Vec<String> = (0..1_600).map(|n| n.to_string()).collect();
    let wide = client
        .run(&format!("SELECT {}", wide.join(",")), &[])
        .await
        .expect("rows");
    assert_eq!(wide.get(0, 1_599), Some("1599"));
    let places: Vec<String> = (1..=65_535).map(|n| format!("${n}::int")).collect();
    let many = &format!("SELECT cardinality(ARRAY[{}])", places.join(","));
    let mut values = vec![Some("1"); 65_535];
    let sum = client.run(many, &values).await.expect("a number");
    assert_eq!(sum.get(0, 0), Some("65535"));
    values.push(None);
    let failure = client.run(many, &values).await.expect_err("one too many");
    assert!(matches!(failure, WireFailure::Unsupported(_)), "{failure}");
    let zero = client.run("SELECT 1 \0", &[]).await.expect_err("a zero");
    assert!(matches!(zero, WireFailure::Unsupported(_)), "{zero}");
    assert_eq!(
        one(&mut client, "SELECT 1", &[]).await.as_deref(),
        Some("1")
    );
}

#[tokio::test]
async fn long_replies_and_values_are_carried_up_to_a_bound() {
    let mut options = server().options("postgres");
    options.result_bytes_max = 100 << 20;
    let mut client = WireClient::connect(&options).await.expect("a connection");
    let rows = "SELECT n, 'row ' || n FROM generate_series(1, 500000) AS n";
    let rows = client.run(rows, &[]).await.expect("rows");
    assert_eq!((rows.len(), rows.affected()), (500_000, Some(500_000)));
    for row in [0, 250_000, 499_999] {
        let number = (row + 1).to_string();
        assert_eq!(rows.get(row, 0), Some(number.as_str()));
        assert_eq!(rows.get(row, 1), Some(format!("row {number}").as_str()));
    }
    let long = "é".repeat(8 << 20);
    let back = one(&mut client, "SELECT $1", &[Some(&long)]).await;
    assert!(back.is_some_and(|back| back == long));
    // Longer than the bound: read to its end, and the session goes on.
    for sql in [
        "SELECT repeat('x', 101 << 20)",
        "SELECT repeat('x', 1 << 20) FROM generate_series(1, 101)",
    ] {
        let failure = client.run(sql, &[]).await.expect_err("too long");
        assert!(matches!(failure, WireFailure::Unsupported(_)), "{failure}");
        assert_eq!(
            one(&mut client, "SELECT 1", &[]).await.as_deref(),
            Some("1")
        );
    }
}
