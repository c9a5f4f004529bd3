//! What the relay adds to a statement: the same prepared SELECT straight to the server,
//! through a relay that parses nothing, and through the proxy with nothing held, in turns.

#[path = "../tests/support/postgres.rs"]
mod postgres;

use std::time::{Duration, Instant};

use checkout_sim::database::cluster::Cluster;
use checkout_sim::database::wire::{WireAddress, WireClient, WireOptions};
use checkout_sim::explore::worlds::proxy::{Proxy, ProxySettings};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;

const ROUNDS: usize = 20;
const STATEMENTS: usize = 1_000;

fn main() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let number = port.to_string();
    let cluster = postgres::start(&[("listen_addresses", "127.0.0.1"), ("port", &number)]);
    let file = cluster.data_dir().join("pg_hba.conf");
    let hba = "local all all trust\nhost all all 127.0.0.1/32 trust\n";
    std::fs::write(file, hba).expect("pg_hba.conf can be written");
    let relays = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let relays = relays.expect("a runtime");
    let plain = relays.block_on(plain_relay(port));
    let settings = ProxySettings {
        server: WireAddress::Tcp("127.0.0.1".into(), port),
        port: 0,
        holding: None,
        keeps: None,
    };
    let proxy = relays
        .block_on(Proxy::start_silent(settings))
        .expect("a port");
    let ways = [
        ("direct", port),
        ("plain relay", plain),
        ("proxy", proxy.address().port()),
    ];
    let client = runtime::Builder::new_current_thread().enable_all().build();
    client
        .expect("a runtime")
        .block_on(measure(&cluster, port, &ways));
}

async fn measure(cluster: &Cluster, port: u16, ways: &[(&str, u16)]) {
    let options = postgres::superuser(cluster, "postgres").port(port);
    let mut admin = PgConnection::connect_with(&options)
        .await
        .expect("a connection");
    admin
        .execute("SELECT pg_reload_conf()")
        .await
        .expect("reloaded");
    let mut clients = Vec::new();
    for (_, port) in ways {
        let address = WireAddress::Tcp("127.0.0.1".into(), *port);
        let options = WireOptions::new(address, cluster.superuser(), "postgres");
        clients.push(WireClient::connect(&options).await.expect("a connection"));
    }
    let mut times = vec![Vec::new(); ways.len()];
    for _ in 0..ROUNDS {
        for (client, times) in clients.iter_mut().zip(&mut times) {
            for _ in 0..STATEMENTS {
                let began = Instant::now();
                client
                    .run("SELECT $1::text", &[Some("1")])
                    .await
                    .expect("a row");
                times.push(began.elapsed());
            }
        }
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1e6
    };
    let medians: Vec<f64> = times.iter_mut().map(median).collect();
    for ((way, _), median_us) in ways.iter().zip(&medians) {
        let (added_us, ratio) = (median_us - medians[0], median_us / medians[0]);
        eprintln!("{way:>12}: median {median_us:6.1} us, {added_us:+6.1} us, x {ratio:.2}");
    }
}

/// The floor: one more socket hop, and nothing is looked at.
async fn plain_relay(target: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(("127.0.0.1", target))
                .await
                .expect("a server");
            client.set_nodelay(true).expect("a socket");
            server.set_nodelay(true).expect("a socket");
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    port
}
