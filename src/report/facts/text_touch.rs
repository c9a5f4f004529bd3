//! What a statement of a script does to a product of the shop, as far as its text says so.

use crate::effect::Touch;
use crate::shop::Sku;
use crate::statement::Reply;
use crate::value::Value;

/// A product that a statement touches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touched {
    pub(super) touch: Touch,
    /// Whether it only reads.
    pub(super) is_read: bool,
}

/// A plain SELECT from the products or UPDATE of them, with its values in place. Of any other
/// statement nothing is said, nor of one that does not name its product, unless there is one
/// alone.
pub(super) fn touched(sql: &str, skus: &[Sku]) -> Option<Touched> {
    let words = words(sql);
    let all: Vec<&str> = words.iter().map(String::as_str).collect();
    let is_read = match all.as_slice() {
        ["select", rest @ ..] if rest.contains(&"products") => true,
        ["update", "products", ..] => false,
        _ => return None,
    };
    let named = all.windows(3).find_map(|three| match three {
        ["id", "=", number] => number.parse().ok().map(Sku),
        _ => None,
    });
    let only = match skus {
        [only] => Some(*only),
        _ => None,
    };
    let sku = named.or(only).filter(|sku| skus.contains(sku))?;
    // What stands behind a number could make another one of it.
    let sets = all.windows(4).find_map(|four| match four {
        ["stock", "=", number, "where" | ","] => number.parse().ok(),
        _ => None,
    });
    Some(Touched {
        touch: Touch { sku, sets },
        is_read,
    })
}

/// The stock that was read, by the name of its column.
pub(super) fn stock(reply: &Reply) -> Option<i64> {
    let table = reply.table()?;
    let at = table.columns.iter().position(|name| name == "stock")?;
    match table.rows().next()?.get(at)? {
        Value::Int(stock) => Some(*stock),
        other => other.to_string().parse().ok(),
    }
}

/// Words, numbers and other characters, in small letters and without blanks. A sign that
/// stands before a number belongs to it.
fn words(sql: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut goes_on = false;
    for character in sql.to_lowercase().chars() {
        let is_word = character.is_alphanumeric() || matches!(character, '_' | '.');
        match all.last_mut() {
            _ if character.is_whitespace() => goes_on = false,
            Some(last) if is_word && goes_on => last.push(character),
            _ => {
                all.push(character.to_string());
                goes_on = is_word || character == '-';
            }
        }
    }
    all
}
