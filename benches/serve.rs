//! What HTTP adds: the stock check and the checkout of `sim serve` beside the same
//! statements by pgbench, in turns on one server, at the same concurrency.
//!
//! `cargo bench --bench serve`. Every number is a rate; read the ratios of one run alone.

#[path = "serve/callers.rs"]
mod callers;
#[path = "common/rate.rs"]
mod rate;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use checkout_sim::cell::Cell;
use checkout_sim::database::cluster::{Binaries, Cluster, ClusterSettings};
use checkout_sim::database::{Schema, Server};
use checkout_sim::serve::{ShopLimits, Storefront, serve};
use checkout_sim::shop::Isolation;
use checkout_sim::subject;
use tokio::sync::watch;

use callers::per_s;
use rate::Spread;

const SCHEMA: &str = "shop";
const CALLERS: [u32; 2] = [1, 8];
const ROUNDS: u32 = 5;
const PRODUCTS: u32 = 1000;
/// Stock checks of a turn, by all callers.
const CHECKS: u32 = 20_000;
/// Checkouts of a turn, by each caller.
const CHECKOUTS: u32 = 1000;
/// Carts of a turn; users are numbered on from turn to turn.
const USERS_MAX: u32 = ROUNDS * 2 * 8 * CHECKOUTS;

const CHECK: &str = "\
\\set id random(1, 1000)
SELECT stock, version FROM products WHERE id = :id;
";

/// Statement by statement what a checkout by `atomic` sends (`src/serve/sql.rs` and
/// `src/database/postgres/sql.rs`), with the product in place of what the client learns.
const CHECKOUT: &str = "\
\\set n :n + 1
\\set user :first + :client_id * :each + :n
\\set id 1 + :user % 1000
SELECT cart.id AS cart, cart.revision, item.product_id, item.units FROM shop_purchases AS cart \
JOIN shop_items AS item ON item.purchase_id = cart.id \
WHERE cart.user_id = :user AND cart.status = 'IN_CART' ORDER BY item.product_id \\gset
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT id FROM shop_purchases WHERE id = :cart AND status = 'IN_CART' AND revision = :revision FOR UPDATE;
UPDATE products SET stock = stock - 1 WHERE id = :id AND stock >= 1;
WITH placed AS (INSERT INTO orders (checkout_key, buyer) VALUES (:cart, :user) RETURNING id) \
INSERT INTO order_lines (order_id, line_no, product_id, units) \
SELECT placed.id, line.no, line.product_id, line.units \
FROM placed, unnest(ARRAY[:id]::integer[], ARRAY[1]::integer[]) \
WITH ORDINALITY AS line (product_id, units, no);
UPDATE shop_purchases SET status = 'WAITING_PAYMENT' \
WHERE id = :cart AND status = 'IN_CART' AND revision = :revision;
COMMIT;
";

const FILL: &str = "\
INSERT INTO products (name, stock) SELECT 'lamp', 1000000 FROM generate_series(1, 1000); \
INSERT INTO shop_purchases (user_id, status) SELECT user_id, 'IN_CART' FROM generate_series(1, :users) AS user_id ORDER BY user_id; \
INSERT INTO shop_items SELECT id, 1 + user_id % 1000, 1 FROM shop_purchases; VACUUM ANALYZE";

fn main() -> Result<()> {
    let binaries = Binaries::find()?.context("no PostgreSQL is installed")?;
    let cluster = Cluster::start(&binaries, &ClusterSettings::default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let shop = runtime.block_on(open(&cluster))?;
    let (stop, stops) = watch::channel(false);
    let serving = runtime.spawn(serve(listener, shop, stops));
    fill(&cluster)?;
    let directory = tempfile::tempdir()?;
    let mut first = 1;
    for callers in CALLERS {
        compare(&cluster, address, directory.path(), callers, &mut first)?;
    }
    stop.send(true)?;
    runtime.block_on(serving)??;
    cluster.stop()?;
    Ok(())
}

async fn open(cluster: &Cluster) -> Result<Arc<Storefront>> {
    let server = Server::private(cluster.socket_dir(), cluster.port(), cluster.superuser());
    let schema = Schema::create(server.clone(), SCHEMA.into()).await?;
    let cell = Cell {
        subject: subject::named("atomic").context("a strategy")?,
        level: Isolation::ReadCommitted,
    };
    let limits = ShopLimits {
        connections: 8,
        clients: 100,
        body_bytes: 65_536,
        time: Duration::from_secs(60),
        max_tries: 10,
    };
    Ok(Storefront::open(server, Arc::new(|_| ()), schema, cell, limits).await?)
}

fn fill(cluster: &Cluster) -> Result<()> {
    let fill = FILL.replace(":users", &(2 * USERS_MAX).to_string());
    let mut psql = program("psql", cluster);
    for statement in fill.split("; ") {
        psql.args(["-q", "-c", statement]);
    }
    ensure!(psql.status()?.success(), "psql failed");
    Ok(())
}

/// In turns: nothing but HTTP, the check over HTTP and by pgbench, the checkout likewise.
fn compare(
    cluster: &Cluster,
    address: SocketAddr,
    directory: &Path,
    callers: u32,
    first: &mut u32,
) -> Result<()> {
    let mut rates: [Vec<f64>; 5] = Default::default();
    let (checks, checkouts) = (CHECKS / callers, CHECKOUTS);
    for _ in 0..ROUNDS {
        let nothing = |_| ("GET", "/nowhere".to_owned(), String::new());
        rates[0].push(per_s(address, callers, checks, &nothing, "404")?);
        let check = |n: u32| {
            (
                "GET",
                format!("/product/{}/stock", 1 + n % PRODUCTS),
                String::new(),
            )
        };
        rates[1].push(per_s(address, callers, checks, &check, "200")?);
        rates[2].push(pgbench(cluster, directory, CHECK, callers, checks, 0)?);
        let users = *first;
        let buy = |n: u32| {
            let body = format!("{{\"user_id\":{}}}", users + n);
            ("POST", "/order/checkout".to_owned(), body)
        };
        rates[3].push(per_s(address, callers, checkouts, &buy, "201")?);
        *first += callers * checkouts;
        rates[4].push(pgbench(
            cluster,
            directory,
            CHECKOUT,
            callers,
            checkouts,
            *first - 1,
        )?);
        *first += callers * checkouts;
    }
    let ratio = |one: usize, other: usize| {
        let pairs = rates[one].iter().zip(&rates[other]);
        Spread::of(pairs.map(|(one, other)| one / other).collect())
    };
    let (check, checkout) = (ratio(1, 2), ratio(3, 4));
    let [
        nothing,
        http_check,
        bare_check,
        http_checkout,
        bare_checkout,
    ] = rates.map(Spread::of);
    let mut page = format!("{callers} at once, a second: middle (least to greatest)\n");
    for (name, rate) in [
        ("HTTP alone (a route that is not there)", nothing),
        ("stock check over HTTP", http_check),
        ("stock check by pgbench", bare_check),
        ("  HTTP / pgbench", check),
        ("checkout over HTTP", http_checkout),
        ("checkout by pgbench", bare_checkout),
        ("  HTTP / pgbench", checkout),
    ] {
        page += &format!("  {name:<40} {rate}\n");
    }
    println!("{page}");
    Ok(())
}

fn pgbench(
    cluster: &Cluster,
    directory: &Path,
    script: &str,
    callers: u32,
    each: u32,
    first: u32,
) -> Result<f64> {
    let path = directory.join("script.sql");
    std::fs::write(&path, script)?;
    let mut pgbench = program("pgbench", cluster);
    let define = |name: &str, value: u32| format!("{name}={value}");
    pgbench
        .args(["-n", "-M", "prepared", "-c", &callers.to_string()])
        .args(["-j", &callers.min(2).to_string(), "-t", &each.to_string()])
        .args(["-D", &define("n", 0), "-D", &define("each", each)])
        .args(["-D", &define("first", first), "-f"])
        .arg(&path);
    let said = pgbench.output()?;
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
    ensure!(said.contains("number of failed transactions: 0"), "{said}");
    let rate = said
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
    Ok(rate.context("pgbench says no rate")?.parse()?)
}

fn program(name: &str, cluster: &Cluster) -> Command {
    let mut program = Command::new(name);
    program
        .arg("-h")
        .arg(cluster.socket_dir())
        .args(["-p", &cluster.port().to_string(), "-U", cluster.superuser()])
        .env("PGDATABASE", "postgres")
        .env("PGOPTIONS", format!("-c search_path={SCHEMA}"));
    program
}
