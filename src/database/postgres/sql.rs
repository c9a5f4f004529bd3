//! Every word of SQL that is sent to PostgreSQL.
//!
//! The texts name the run's tables as readers know them. Nothing is sent in that
//! form: `within` puts the schema before each table first.

use sqlx::{SqlSafeStr as _, SqlStr};

use super::reader;
use super::within::within;
use crate::shop::{Isolation, Line};
use crate::statement::Statement;

/// The statements of strategies for one schema, made once a connection: to hand
/// one out is to count a reference.
#[derive(Debug)]
pub(super) struct Texts {
    read_stock: SqlStr,
    lock_stock: SqlStr,
    write_stock: SqlStr,
    swap_stock: SqlStr,
    decrement_stock: SqlStr,
    take_stock: SqlStr,
    place_order: SqlStr,
}

impl Texts {
    pub(super) fn within(schema: &str) -> Self {
        let text = |text| within(schema, text);
        Self {
            read_stock: text(READ_STOCK),
            lock_stock: text(LOCK_STOCK),
            write_stock: text(WRITE_STOCK),
            swap_stock: text(SWAP_STOCK),
            decrement_stock: text(DECREMENT_STOCK),
            take_stock: text(TAKE_STOCK),
            place_order: text(PLACE_ORDER),
        }
    }

    /// As it is sent; `None` for what sends nothing, and for what is its own text.
    pub(super) fn of(&self, statement: &Statement) -> Option<SqlStr> {
        Some(match statement {
            Statement::ReadStock(_) => self.read_stock.clone(),
            Statement::LockStock(_) => self.lock_stock.clone(),
            Statement::WriteStock { .. } => self.write_stock.clone(),
            Statement::SwapStock { .. } => self.swap_stock.clone(),
            Statement::DecrementStock { .. } => self.decrement_stock.clone(),
            Statement::TakeStock { .. } => self.take_stock.clone(),
            Statement::PlaceOrder(_) => self.place_order.clone(),
            Statement::Begin(_)
            | Statement::Think
            | Statement::Pause(_)
            | Statement::Effect { .. }
            | Statement::Snapshot
            | Statement::Commit
            | Statement::Rollback
            | Statement::Sql(_) => of(statement)?.into_sql_str(),
        })
    }
}

/// The SQL of a statement, without the schema; `None` for what sends nothing, and for
/// what is its own text.
#[must_use]
pub const fn of(statement: &Statement) -> Option<&'static str> {
    Some(match statement {
        Statement::Begin(Isolation::ReadCommitted) => "BEGIN ISOLATION LEVEL READ COMMITTED",
        Statement::Begin(Isolation::RepeatableRead) => "BEGIN ISOLATION LEVEL REPEATABLE READ",
        Statement::Begin(Isolation::Serializable) => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        Statement::ReadStock(_) => READ_STOCK,
        Statement::LockStock(_) => LOCK_STOCK,
        Statement::WriteStock { .. } => WRITE_STOCK,
        Statement::SwapStock { .. } => SWAP_STOCK,
        Statement::DecrementStock { .. } => DECREMENT_STOCK,
        Statement::TakeStock { .. } => TAKE_STOCK,
        Statement::PlaceOrder(_) => PLACE_ORDER,
        Statement::Think | Statement::Pause(_) | Statement::Effect { .. } | Statement::Sql(_) => {
            return None;
        }
        Statement::Snapshot => "SELECT 1",
        Statement::Commit => "COMMIT",
        Statement::Rollback => ROLLBACK,
    })
}

/// A statement with its values in place of parameters, without the schema. There is no brace in a
/// known one: isolationtester would take that for the end of the step.
#[must_use]
pub fn in_full(statement: &Statement) -> String {
    let values = values(statement);
    let sql = match statement {
        Statement::Sql(text) => reader::in_one_line(&text.sql),
        Statement::Effect { name, value } => {
            return format!("\\effect {name} {}", reader::value(value.as_deref()));
        }
        known => of(known).unwrap_or_default().to_owned(),
    };
    let mut parts = sql.split('$');
    let mut full = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(part.len());
        let number: Option<usize> = part[..end].parse().ok();
        match number.and_then(|number| values.get(number.checked_sub(1)?)) {
            Some(value) => full.extend([value, &part[end..]]),
            None => full.extend(["$", part]),
        }
    }
    full
}

/// The values of a statement, each as a reader would write it.
fn values(statement: &Statement) -> Vec<String> {
    match statement {
        Statement::Begin(_)
        | Statement::Think
        | Statement::Pause(_)
        | Statement::Effect { .. }
        | Statement::Snapshot
        | Statement::Commit
        | Statement::Rollback => Vec::new(),
        Statement::ReadStock(sku) | Statement::LockStock(sku) => vec![sku.0.to_string()],
        Statement::Sql(text) => text
            .values
            .iter()
            .map(|it| reader::value(it.as_deref()))
            .collect(),
        Statement::WriteStock { sku, stock } => vec![sku.0.to_string(), stock.to_string()],
        Statement::SwapStock {
            sku,
            stock,
            if_version,
        } => vec![sku.0.to_string(), stock.to_string(), if_version.to_string()],
        Statement::DecrementStock { sku, units } | Statement::TakeStock { sku, units } => {
            vec![sku.0.to_string(), units.to_string()]
        }
        Statement::PlaceOrder(cart) => {
            let array = |of: fn(&Line) -> u32| {
                let values: Vec<String> =
                    cart.lines.iter().map(|line| of(line).to_string()).collect();
                format!("ARRAY[{}]", values.join(","))
            };
            let (skus, units) = (array(|line| line.sku.0), array(|line| line.units));
            vec![cart.key.0.to_string(), cart.buyer.to_string(), skus, units]
        }
    }
}

/// The values of a known statement, each as text.
pub(super) fn text_values(statement: &Statement) -> Vec<String> {
    let Statement::PlaceOrder(cart) = statement else {
        return values(statement);
    };
    let array = |of: fn(&Line) -> u32| {
        let values: Vec<String> = cart.lines.iter().map(|line| of(line).to_string()).collect();
        format!("{{{}}}", values.join(","))
    };
    let (skus, units) = (array(|line| line.sku.0), array(|line| line.units));
    vec![cart.key.0.to_string(), cart.buyer.to_string(), skus, units]
}

/// As [`in_full`], but an order, whose SQL is long, by its first words and its lines.
#[must_use]
pub fn in_words(statement: &Statement) -> String {
    let Statement::PlaceOrder(cart) = statement else {
        return in_full(statement);
    };
    let line = |line: &Line| format!("{} x {}", line.units, line.sku);
    let lines: Vec<String> = cart.lines.iter().map(line).collect();
    format!("INSERT INTO orders, order_lines ({})", lines.join(", "))
}

pub(super) const BEGIN: &str = "BEGIN";
pub(super) const ROLLBACK: &str = "ROLLBACK";
const READ_STOCK: &str = "SELECT stock, version FROM products WHERE id = $1";
const LOCK_STOCK: &str = "SELECT stock, version FROM products WHERE id = $1 FOR UPDATE";
const WRITE_STOCK: &str = "UPDATE products SET stock = $2 WHERE id = $1";
const SWAP_STOCK: &str =
    "UPDATE products SET stock = $2, version = version + 1 WHERE id = $1 AND version = $3";
const DECREMENT_STOCK: &str = "UPDATE products SET stock = stock - $2 WHERE id = $1";
const TAKE_STOCK: &str = "UPDATE products SET stock = stock - $2 WHERE id = $1 AND stock >= $2";

pub(super) const UNLOCK: &str = "SELECT pg_catalog.pg_advisory_unlock_all()";

pub(super) const ADD_PRODUCT: &str =
    "INSERT INTO products (id, name, stock) VALUES ($1, 'warm-up', $2)";

/// The order and its lines in one statement, so that an order without lines
/// can come from no interleaving of statements.
const PLACE_ORDER: &str = "\
WITH placed AS (INSERT INTO orders (checkout_key, buyer) VALUES ($1, $2) RETURNING id) \
INSERT INTO order_lines (order_id, line_no, product_id, units) \
SELECT placed.id, line.no, line.product_id, line.units \
FROM placed, unnest($3::integer[], $4::integer[]) WITH ORDINALITY AS line (product_id, units, no)";

/// Breaks SQL that is longer than a line before its clauses, for people to read.
#[must_use]
pub fn in_lines(sql: &str) -> Vec<String> {
    if sql.len() <= 88 {
        return vec![sql.to_owned()];
    }
    let broken = [
        " INSERT INTO order_lines",
        " SELECT placed",
        " FROM placed",
        " WITH ORDINALITY",
    ]
    .into_iter()
    .fold(sql.to_owned(), |sql, clause| {
        sql.replacen(clause, &format!("\n {clause}"), 1)
    });
    broken.lines().map(str::to_owned).collect()
}

/// No CHECK on the stock: it would hide what the tool is for. See [`CHECK_STOCK`].
pub(super) const CREATE_PRODUCTS: &str = "\
CREATE TABLE products (\
 id integer PRIMARY KEY,\
 name text NOT NULL,\
 stock bigint NOT NULL,\
 version bigint NOT NULL DEFAULT 0)";

/// Only for the strategy whose last word it is.
pub const CHECK_STOCK: &str =
    "ALTER TABLE products ADD CONSTRAINT stock_not_negative CHECK (stock >= 0)";

/// The checkout key is indexed, not unique: a duplicate order must be able to show.
pub(super) const CREATE_ORDERS: &str = "\
CREATE TABLE orders (\
 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\
 checkout_key bigint NOT NULL,\
 buyer integer NOT NULL,\
 placed_at timestamptz NOT NULL DEFAULT now())";

pub(super) const INDEX_ORDERS: &str = "CREATE INDEX ON orders (checkout_key)";

/// Keyed by (order, line number), so that one product can stand on two lines.
pub(super) const CREATE_ORDER_LINES: &str = "\
CREATE TABLE order_lines (\
 order_id bigint NOT NULL REFERENCES orders,\
 line_no integer NOT NULL,\
 product_id integer NOT NULL REFERENCES products,\
 units integer NOT NULL,\
 PRIMARY KEY (order_id, line_no))";

pub(super) const INDEX_ORDER_LINES: &str = "CREATE INDEX ON order_lines (product_id)";

pub(super) const DROP_TABLES: &str = "DROP TABLE IF EXISTS order_lines, orders, products";

pub(super) const STOCK_UP: &str = "\
INSERT INTO products (id, name, stock) \
SELECT id, 'product ' || id, stock FROM unnest($1::integer[], $2::bigint[]) AS s (id, stock)";

pub(super) const SET_FOR_SESSION: &str = "SELECT pg_catalog.set_config($1, $2, false)";

/// Sent as a simple query: a pooler may not know prepared statements.
pub(super) const WHO_AM_I: &str = "\
SELECT pid, (extract(epoch FROM backend_start) * 1e6)::bigint, \
(extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1e6)::bigint \
FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()";

pub(super) const BACKEND_LIVES: &str = "\
SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity \
WHERE pid = $1 AND (extract(epoch FROM backend_start) * 1e6)::bigint = $2)";

/// When the server started, and of these processes: since when each runs, and
/// whether it waits for a lock of a session that may still move.
pub(super) const STATE_OF_CALLS: &str = "\
SELECT server.us, pid, (extract(epoch FROM backend_start) * 1e6)::bigint, \
coalesce(wait_event_type = 'Lock', false) \
AND (cardinality($2::integer[]) = 0 OR NOT pg_catalog.pg_blocking_pids(pid) && $2) \
FROM (SELECT (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1e6)::bigint AS us) AS server \
LEFT JOIN pg_catalog.pg_stat_activity ON pid = ANY($1)";

/// Ends a server process, if it is still the one that is meant.
pub(super) const END_BACKEND: &str = "\
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
WHERE pid = $1 AND (extract(epoch FROM backend_start) * 1e6)::bigint = $2";

/// Leaves a mark in the session, and says which server process carries it out.
/// A simple query, as [`WHO_AM_I`].
pub(super) fn leave_mark(mark: usize) -> String {
    format!(
        "SELECT pg_catalog.pg_backend_pid(), pg_catalog.set_config('sim.connection', '{mark}', false)"
    )
}

/// The server process that carries this out, and the mark that it knows.
pub(super) const READ_MARK: &str = "SELECT pg_catalog.pg_backend_pid(), coalesce(pg_catalog.current_setting('sim.connection', true), '')";

/// Whether the server follows another one.
pub(super) const IS_REPLICA: &str = "SELECT pg_catalog.pg_is_in_recovery()";

/// A custom setting cannot be removed from a session, only emptied.
pub(super) const EMPTY_MARK: &str = "SELECT pg_catalog.set_config('sim.connection', '', false)";

pub(super) const END_OTHERS_OF_RUN: &str = "\
SELECT count(pg_catalog.pg_terminate_backend(pid)) FROM pg_catalog.pg_stat_activity \
WHERE application_name = $1 AND pid <> pg_catalog.pg_backend_pid()";

/// Everything that the audit reads, in one statement and so in one snapshot:
/// rows of (which table, three columns, line number).
pub(super) const READ_STATE: &str = "\
SELECT 0, id::bigint, stock, 0::bigint, 0 FROM products \
UNION ALL SELECT 1, id, checkout_key, 0, 0 FROM orders \
UNION ALL SELECT 2, order_id, product_id, units, line_no FROM order_lines";

pub(super) const STOP_AUTOVACUUM: [&str; 3] = [
    "ALTER TABLE products SET (autovacuum_enabled = false)",
    "ALTER TABLE orders SET (autovacuum_enabled = false)",
    "ALTER TABLE order_lines SET (autovacuum_enabled = false)",
];

/// One by one: PostgreSQL 10 takes no list.
pub(super) const VACUUM: [&str; 3] = ["VACUUM products", "VACUUM orders", "VACUUM order_lines"];

pub(super) const PUT_BACK: &str = "\
WITH no_lines AS (DELETE FROM order_lines), no_orders AS (DELETE FROM orders) \
UPDATE products SET stock = s.stock, version = 0 \
FROM unnest($1::integer[], $2::bigint[]) AS s (id, stock) WHERE products.id = s.id";

/// `enable_seqscan`: at serializable, a sequential scan locks the whole table and conflicts with
/// buyers of other products. `synchronous_commit`: nothing is timed here, and nothing is kept.
pub(super) const STEPPING_SETTINGS: [(&str, &str); 3] = [
    ("enable_seqscan", "off"),
    ("synchronous_commit", "off"),
    ("jit", "off"),
];

pub(super) const DEADLOCK_TIMEOUT: &str = "deadlock_timeout";

/// Until the end of the transaction, and without a snapshot: at repeatable read
/// a query would take one.
pub(super) const LOOK_FOR_DEADLOCKS_AT_ONCE: &str = "SET LOCAL deadlock_timeout TO '1ms'";

pub(super) const ORDER_EXISTS: &str = "SELECT EXISTS (SELECT FROM orders WHERE checkout_key = $1)";

pub(super) const SERVER_AND_ROLE: &str = "SELECT pg_catalog.current_setting('server_version'), current_user::text, current_database()::text";

pub(super) const SETTINGS: &str = "\
SELECT name, pg_catalog.current_setting(name) FROM pg_catalog.pg_settings WHERE name = ANY($1) ORDER BY name";

/// What is left on the shelves, for a reader.
pub(super) const SHELVES: &str = "SELECT id, stock FROM products ORDER BY id";

/// What was ordered, for a reader.
pub(super) const ORDERED: &str = "\
SELECT checkout_key, product_id, units FROM orders JOIN order_lines ON order_id = id \
ORDER BY checkout_key, id, line_no";

/// A setting as a statement, for a reader; both words are ours.
pub(super) fn set(setting: &str, value: &str) -> String {
    format!("SET {setting} = '{value}';")
}

/// As `within`; with a comment, if there is to be one.
pub(super) fn create_schema(name: &str, comment: Option<&str>) -> String {
    let create = format!("CREATE SCHEMA IF NOT EXISTS {name}");
    match comment {
        Some(text) => {
            let text = reader::literal(text);
            format!("{create}; COMMENT ON SCHEMA {name} IS {text}")
        }
        None => create,
    }
}

/// The schemas that may be a dead run's, with their comments: by name, dropped by its owner alone,
/// and while no session of any schema of the same run is there.
pub(super) const SCHEMAS_LEFT: &str = "\
SELECT nspname::text, pg_catalog.obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace \
WHERE nspname ~ '^sim_[0-9a-f]{12}(_[0-9]+)?$' AND pg_catalog.pg_has_role(nspowner, 'USAGE') \
AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity \
WHERE pg_catalog.left(application_name, 16) = pg_catalog.left(nspname::text, 16))";

/// As `within`; also what a person can type. Some of them may not be there.
#[must_use]
pub fn drop_schemas(names: &[String]) -> String {
    format!("DROP SCHEMA IF EXISTS {} CASCADE", names.join(", "))
}

/// The same, but not for ever: a backup that runs holds a lock on every table.
/// `SET LOCAL` needs no session to last.
pub(super) fn drop_schemas_soon(names: &[String], within: &str) -> String {
    let drop = drop_schemas(names);
    format!("BEGIN; SET LOCAL lock_timeout = '{within}'; {drop}; COMMIT")
}
