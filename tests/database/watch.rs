//! What looks after calls that are not answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use checkout_sim::database::{Schema, Server};
use checkout_sim::shop::Isolation;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::time::timeout;

use crate::common;

/// Only what hangs for ever takes so long.
const HUNG: Duration = Duration::from_secs(60);

/// Passes on what comes, until `is_silent`: then nothing, and no connection is closed. What watches
/// the others is let in and never answered.
async fn relay(mut client: TcpStream, mut server: UnixStream, is_silent: Arc<AtomicBool>) {
    let (mut asked, mut answered) = ([0; 4096], [0; 4096]);
    let mut is_watch = false;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                is_watch |= asked[..length].windows(9).any(|part| part == b"sim watch");
                if !is_watch && !is_silent.load(Ordering::Relaxed) {
                    server.write_all(&asked[..length]).await.expect("it listens");
                }
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                client.write_all(&answered[..length]).await.expect("it listens");
            }
        }
    }
}

/// A server that stops at the very moment when the watch opens its own connection: a call is
/// given up all the same, and so is a goodbye.
#[tokio::test]
async fn calls_are_given_up_where_the_watch_is_never_let_in() {
    let cluster = common::cluster();
    let socket = cluster
        .socket_dir()
        .join(format!(".s.PGSQL.{}", cluster.port()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("a port").port();
    let is_silent = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&is_silent);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = UnixStream::connect(&socket).await.expect("a server");
            tokio::spawn(relay(client, server, Arc::clone(&heard)));
        }
    });
    let role = cluster.superuser();
    let url = format!("postgres://{role}@127.0.0.1:{port}/postgres?sslmode=disable");
    let server = Server::from_url(&url).expect("a url");
    let server = server.with_patience(Duration::from_secs(1), Arc::new(|_| ()));
    let schema = Schema::connect(server, "sim_watched".into()).await;
    let mut schema = schema.expect("it is let in");
    let level = Isolation::ReadCommitted;
    let over_text = schema.connector().connect_for_text(level).await;
    let over_text = over_text.expect("it is let in");
    is_silent.store(true, Ordering::Relaxed);
    let asked = timeout(HUNG, schema.fingerprint()).await;
    let error = asked.expect("the call is given up").expect_err("no answer");
    assert!(error.to_string().contains("no answer for 1 s"), "{error}");
    // The goodbye, to which the server says nothing either.
    let closed = timeout(HUNG, over_text.close()).await;
    closed.expect("the goodbye is given up");
}
