//! What a database holds, by SQL of the tests' own: every row as a scan meets it, every sequence,
//! and the catalogue.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row};

use crate::{common, postgres};

/// A connection of a superuser's.
pub async fn look_into(database: &str) -> PgConnection {
    let options = postgres::superuser(common::cluster(), database);
    PgConnection::connect_with(&options)
        .await
        .expect("the cluster takes a connection")
}

/// The lines of one column.
pub async fn lines(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    let rows = sqlx::query(AssertSqlSafe(sql.to_owned()))
        .fetch_all(connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.iter().map(|row| row.get::<String, _>(0)).collect()
}

pub async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

const USERS: &str = "relnamespace NOT IN (SELECT oid FROM pg_namespace \
     WHERE nspname ~ '^pg_' OR nspname IN ('information_schema', 'sim'))";

/// All rows, of small tables in the order in which a scan finds them, and the sequences.
pub async fn rows(connection: &mut PgConnection) -> Vec<String> {
    let named = |kind: &str| {
        format!(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = '{kind}' AND {USERS} ORDER BY 1"
        )
    };
    let mut found = Vec::new();
    for table in lines(connection, &named("r")).await {
        let mut rows = lines(
            connection,
            &format!("SELECT t::text FROM ONLY {table} AS t"),
        )
        .await;
        if rows.len() > 1_000 {
            rows.sort_unstable();
        }
        found.push(format!("{table}: {} rows", rows.len()));
        found.extend(rows);
    }
    for sequence in lines(connection, &named("S")).await {
        let sql = format!("SELECT last_value || ' ' || is_called FROM {sequence}");
        found.push(format!("{sequence}: {:?}", lines(connection, &sql).await));
    }
    found
}
