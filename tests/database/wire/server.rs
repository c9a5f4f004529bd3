//! One server for all tests of the client, with roles that prove themselves in different
//! ways.

use std::path::Path;
use std::sync::OnceLock;
use std::thread;

use checkout_sim::database::cluster::Cluster;
use checkout_sim::database::wire::{WireAddress, WireClient, WireOptions};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, ValueRef as _};
use tokio::runtime;

use crate::postgres::{start, superuser};

/// The superuser is trusted, as in every private cluster.
const HBA: &str = "\
local all postgres trust
local all clear_user password
local all md5_user md5
local all scram_user scram-sha-256
local all odd_user scram-sha-256
host all postgres 127.0.0.1/32 trust
host all scram_user 127.0.0.1/32 scram-sha-256
";

/// It is never dropped: when the process ends, its reaper stops it.
pub struct Server {
    cluster: Cluster,
    pub port: u16,
}

fn begin() -> Server {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let number = port.to_string();
    let cluster = start(&[("listen_addresses", "127.0.0.1"), ("port", &number)]);
    let server = Server { cluster, port };
    let file = server.cluster.data_dir().join("pg_hba.conf");
    std::fs::write(file, HBA).expect("pg_hba.conf can be written");
    server.shown(SETUP);
    server.shown(ASCII);
    server.shown("SELECT pg_reload_conf()");
    server
}

const SETUP: &str = "
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'x,y');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN quantity AS int CHECK (VALUE > 0);
SET password_encryption = 'md5';
CREATE ROLE md5_user LOGIN PASSWORD 'secret';
SET password_encryption = 'scram-sha-256';
CREATE ROLE clear_user LOGIN PASSWORD 'secret';
CREATE ROLE scram_user LOGIN PASSWORD 'secret';
CREATE ROLE odd_user LOGIN PASSWORD U&'I\\00ADX \\2168 p\\00E9';
CREATE ROLE stranger LOGIN;
";

/// Not within the transaction of the others.
const ASCII: &str =
    "CREATE DATABASE ascii ENCODING SQL_ASCII LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";

impl Server {
    /// The directory of its socket.
    pub fn directory(&self) -> &Path {
        self.cluster.socket_dir()
    }

    /// The one value that it answers, as the text that psql shows: a simple query, whose
    /// values are text. Empty where there is no row, as for NULL.
    pub fn shown(&self, sql: &str) -> String {
        let options = superuser(&self.cluster, "postgres").port(self.port);
        let ask = shown(&options, sql);
        let on_its_own = || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(ask)
        };
        // The caller may be within a runtime itself.
        let answered = thread::scope(|scope| scope.spawn(on_its_own).join());
        answered
            .expect("no panic")
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    pub fn options(&self, user: &str) -> WireOptions {
        let address = WireAddress::Unix(self.directory().to_owned(), self.port);
        WireOptions::new(address, user, "postgres")
    }
}

async fn shown(options: &PgConnectOptions, sql: &str) -> sqlx::Result<String> {
    let mut connection = PgConnection::connect_with(options).await?;
    let sql = AssertSqlSafe(sql.to_owned());
    let row = connection.fetch_all(sqlx::raw_sql(sql)).await?.pop();
    let Some(row) = row.filter(|row| !row.is_empty()) else {
        return Ok(String::new());
    };
    let value = row.try_get_raw(0)?;
    let text = if value.is_null() {
        ""
    } else {
        value.as_str().expect("UTF-8")
    };
    Ok(text.to_owned())
}

pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(begin)
}

pub async fn connect() -> WireClient {
    let options = server().options("postgres");
    WireClient::connect(&options).await.expect("a connection")
}

/// The one value of the one row.
pub async fn one(client: &mut WireClient, sql: &str, values: &[Option<&str>]) -> Option<String> {
    let rows = client.run(sql, values).await.expect(sql);
    assert_eq!((rows.len(), rows.columns().len()), (1, 1), "{sql}");
    rows.get(0, 0).map(str::to_owned)
}

/// For statements whose rows do not matter.
pub async fn tell(client: &mut WireClient, statements: &[&str]) {
    for sql in statements {
        client.run(sql, &[]).await.expect(sql);
    }
}
