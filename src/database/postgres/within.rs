//! Names the schema before each table, because a session's `search_path` can be lost,
//! behind a pooler for one, and then `products` would be a table of the user's.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

/// The tables of a run; those of the shop over HTTP have names that no column has.
const TABLES: [&str; 6] = [
    "products",
    "orders",
    "order_lines",
    "shop_purchases",
    "shop_items",
    "shop_answers",
];

/// `text` with the schema before every table of the run. `schema` must be made of
/// `a-z`, `0-9` and `_` alone; see `PostgresSchema::connect`.
pub(super) fn within(schema: &str, text: &str) -> SqlStr {
    let mut named = String::with_capacity(text.len() + 64);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let word = &rest[start..];
        let length = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let (before, word) = (&rest[..start], &word[..length]);
        named.push_str(before);
        if TABLES.contains(&word) {
            named.push_str(schema);
            named.push('.');
        }
        named.push_str(word);
        rest = &rest[start + length..];
    }
    named.push_str(rest);
    AssertSqlSafe(Arc::<str>::from(named)).into_sql_str()
}
