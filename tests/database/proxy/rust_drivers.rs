//! Two drivers of Rust, which run in this process.

use std::fmt::{Debug, Write as _};
use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow, PgSslMode};
use sqlx::{Connection as _, Executor as _, Row as _};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

/// What a driver said, line by line.
#[derive(Default)]
struct Said(String);

impl Said {
    fn topic(&mut self, name: &str) {
        writeln!(self.0, "topic {name}").expect("a string takes all");
    }

    fn say(&mut self, words: impl Debug) {
        writeln!(self.0, "{words:?}").expect("a string takes all");
    }
}

pub fn tokio_postgres_talks(port: u16) -> Pin<Box<dyn Future<Output = String> + Send>> {
    Box::pin(async move {
        let mut said = Said::default();
        said.topic("a wrong password");
        let wrong = config(port, "wrong").connect(NoTls).await;
        said.say(wrong.err().and_then(|error| error.code().cloned()));
        let (mut client, connection) = config(port, "secret")
            .connect(NoTls)
            .await
            .expect("a session");
        let connection = tokio::spawn(connection);
        rows(&mut said, &client).await;
        errors(&mut said, &client).await;
        pipelines(&mut said, &client).await;
        savepoints(&mut said, &mut client).await;
        copies(&mut said, &client).await;
        cancels(&mut said, &client).await;
        drop(client);
        connection.await.expect("no panic").expect("a clean end");
        said.0
    })
}

fn config(port: u16, password: &str) -> Config {
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(port)
        .user("scram_user")
        .password(password)
        .dbname("postgres");
    config
}

const TAKE: &str = "UPDATE driven SET v = v - $1 WHERE id = 1 RETURNING v";

async fn rows(said: &mut Said, client: &Client) {
    said.topic("rows");
    let row = client
        .query_one(
            "SELECT $1::text, $2::int, repeat('ä', 300000)",
            &[&"x'y", &7],
        )
        .await
        .expect("a row");
    said.say((
        row.get::<_, &str>(0),
        row.get::<_, i32>(1),
        row.get::<_, &str>(2).len(),
    ));
    let take = client.prepare(TAKE).await.expect("a statement");
    for taken in 0..4 {
        let row = client.query_one(&take, &[&taken]).await.expect("a row");
        said.say(row.get::<_, i32>(0));
    }
    said.topic("simple queries");
    let several = client
        .simple_query("SELECT 1; SELECT 2; UPDATE driven SET v = 5 WHERE id = 2")
        .await
        .expect("three answers");
    let values = several.iter().map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        SimpleQueryMessage::CommandComplete(rows) => Some(format!("{rows} rows")),
        _ => None,
    });
    said.say(values.collect::<Vec<_>>());
}

async fn errors(said: &mut Said, client: &Client) {
    said.topic("errors");
    for wrong in ["SELEC", "INSERT INTO driven VALUES (1, 1)", "SELECT 1 / 0"] {
        let error = client.execute(wrong, &[]).await.expect_err(wrong);
        said.say(error.code());
        let error = client.batch_execute(wrong).await.expect_err(wrong);
        said.say(error.code());
    }
}

/// What is asked before the first answer has come goes as a pipeline. All is prepared by
/// then, so that the first words of each go in this sequence.
async fn pipelines(said: &mut Said, client: &Client) {
    said.topic("pipelines");
    let mut prepared = Vec::new();
    for sql in [
        "SELECT v FROM driven WHERE id = $1",
        TAKE,
        "INSERT INTO driven VALUES ($1, 1)",
    ] {
        prepared.push(client.prepare(sql).await.expect("a statement"));
    }
    let one = client.query_one(&prepared[0], &[&1]);
    let take = client.query_one(&prepared[1], &[&1]);
    let none = client.execute(&prepared[2], &[&1]);
    let (one, take, none) = tokio::join!(biased; one, take, none);
    said.say(one.map(|row| row.get::<_, i32>(0)).expect("a row"));
    said.say(take.map(|row| row.get::<_, i32>(0)).expect("a row"));
    said.say(none.expect_err("a key that is taken").code());
}

async fn savepoints(said: &mut Said, client: &mut Client) {
    said.topic("savepoints");
    let mut outer = client.transaction().await.expect("a transaction");
    outer.execute(TAKE, &[&1]).await.expect("a row");
    let inner = outer.transaction().await.expect("a savepoint");
    let error = inner.execute("INSERT INTO driven VALUES (1, 1)", &[]).await;
    said.say(error.expect_err("a key that is taken").code());
    inner.rollback().await.expect("rolled back");
    said.topic("cursors");
    let portal = outer.bind("SELECT id FROM driven ORDER BY id", &[]).await;
    let portal = portal.expect("a portal");
    for _ in 0..2 {
        let rows = outer.query_portal(&portal, 2).await.expect("rows");
        let ids = rows.iter().map(|row| row.get::<_, i32>(0));
        said.say(ids.collect::<Vec<_>>());
    }
    outer.commit().await.expect("a commit");
}

async fn copies(said: &mut Said, client: &Client) {
    said.topic("COPY");
    for text in ["70\t7\n71\t7\n", "72\tx\n"] {
        let sink = client.copy_in("COPY driven FROM STDIN").await;
        let mut sink = pin!(sink.expect("a COPY"));
        sink.send(bytes::Bytes::from_static(text.as_bytes()))
            .await
            .expect("sent");
        match sink.finish().await {
            Ok(rows) => said.say(rows),
            Err(error) => said.say(error.code()),
        }
    }
    let out = client
        .copy_out("COPY (SELECT * FROM driven ORDER BY id) TO STDOUT")
        .await
        .expect("a COPY");
    let parts: Vec<_> = out.map(|part| part.expect("data")).collect().await;
    said.say(parts.concat());
}

async fn cancels(said: &mut Said, client: &Client) {
    said.topic("a cancel");
    let token = client.cancel_token();
    let cancelling = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        token.cancel_query(NoTls).await.expect("sent");
    };
    let sleep = client.execute("SELECT pg_sleep(60)", &[]);
    let (slept, ()) = tokio::join!(sleep, cancelling);
    said.say(slept.expect_err("cancelled").code());
}

pub fn sqlx_talks(port: u16) -> Pin<Box<dyn Future<Output = String> + Send>> {
    Box::pin(async move {
        let mut said = Said::default();
        said.topic("a wrong password");
        let wrong = PgConnection::connect_with(&options(port, "wrong")).await;
        said.say(wrong.err().as_ref().and_then(code));
        let options = options(port, "secret");
        let mut session = PgConnection::connect_with(&options)
            .await
            .expect("a session");
        sqlx_rows(&mut said, &mut session).await;
        sqlx_errors(&mut said, &mut session).await;
        sqlx_savepoints(&mut said, &mut session).await;
        sqlx_copies(&mut said, &mut session).await;
        session.close().await.expect("a clean end");
        said.0
    })
}

fn options(port: u16, password: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port)
        .username("scram_user")
        .password(password)
        .database("postgres")
        .ssl_mode(PgSslMode::Prefer)
}

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

async fn sqlx_rows(said: &mut Said, session: &mut PgConnection) {
    said.topic("rows");
    let row = sqlx::query("SELECT $1::text, $2::int, repeat('ä', 300000)")
        .bind("x'y")
        .bind(7)
        .fetch_one(&mut *session)
        .await
        .expect("a row");
    said.say((
        row.get::<&str, _>(0),
        row.get::<i32, _>(1),
        row.get::<&str, _>(2).len(),
    ));
    for (taken, is_kept) in [(1, true), (2, true), (3, false)] {
        let take = sqlx::query(TAKE).bind(taken).persistent(is_kept);
        let row = take.fetch_one(&mut *session).await.expect("a row");
        said.say(row.get::<i32, _>(0));
    }
    said.topic("several statements");
    let several = sqlx::raw_sql("SELECT 1; SELECT 2; UPDATE driven SET v = 5 WHERE id = 2");
    let rows: Vec<PgRow> = session.fetch_all(several).await.expect("rows");
    said.say(rows.iter().map(|row| row.get(0)).collect::<Vec<i32>>());
}

async fn sqlx_errors(said: &mut Said, session: &mut PgConnection) {
    said.topic("errors");
    for wrong in ["SELEC", "INSERT INTO driven VALUES (1, 1)", "SELECT 1 / 0"] {
        let error = sqlx::query(wrong).execute(&mut *session).await;
        said.say(code(&error.expect_err(wrong)));
        let error = session.execute(sqlx::raw_sql(wrong)).await;
        said.say(code(&error.expect_err(wrong)));
    }
}

async fn sqlx_savepoints(said: &mut Said, session: &mut PgConnection) {
    said.topic("savepoints");
    let mut outer = session.begin().await.expect("a transaction");
    sqlx::query(TAKE)
        .bind(1)
        .execute(&mut *outer)
        .await
        .expect("a row");
    let mut inner = outer.begin().await.expect("a savepoint");
    let wrong = sqlx::query("INSERT INTO driven VALUES (1, 1)");
    let error = wrong.execute(&mut *inner).await;
    said.say(code(&error.expect_err("a key that is taken")));
    inner.rollback().await.expect("rolled back");
    outer.commit().await.expect("a commit");
    // What is dropped in the middle is rolled back with the next statement.
    let mut left = session.begin().await.expect("a transaction");
    let all = sqlx::query("DELETE FROM driven");
    let gone = all.execute(&mut *left).await.expect("rows");
    said.say(gone.rows_affected());
    drop(left);
    let left = sqlx::query("SELECT id FROM driven ORDER BY id");
    let rows = left.fetch_all(session).await.expect("rows");
    said.say(rows.iter().map(|row| row.get(0)).collect::<Vec<i32>>());
}

async fn sqlx_copies(said: &mut Said, session: &mut PgConnection) {
    said.topic("COPY");
    for text in ["70\t7\n71\t7\n", "72\tx\n"] {
        let copy = session.copy_in_raw("COPY driven FROM STDIN").await;
        let mut copy = copy.expect("a COPY");
        copy.send(text.as_bytes()).await.expect("sent");
        match copy.finish().await {
            Ok(rows) => said.say(rows),
            Err(error) => said.say(code(&error)),
        }
    }
    let sql = "COPY (SELECT * FROM driven ORDER BY id) TO STDOUT";
    let out = session.copy_out_raw(sql).await.expect("a COPY");
    let parts: Vec<_> = out.map(|part| part.expect("data")).collect().await;
    said.say(parts.concat());
}
