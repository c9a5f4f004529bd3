//! Which lines of its cart a script's statement looks at.

use super::script::{Run, Script, SqlLook};
use crate::shop::{Cart, Line, Sku};
use crate::statement::TextLook;

/// The table whose rows hold the stock.
const TABLE: &str = "products";

/// What the statements of a script look at, by the number of the command.
#[derive(Debug)]
pub(super) struct ScriptLooks(Vec<SqlLook>);

impl ScriptLooks {
    pub(super) fn of(script: &Script) -> Self {
        Self(script.looks(TABLE))
    }

    /// What the statement that a run has just asked for looks at, for the buyer of this
    /// cart. A variable tells while it holds what the script was given.
    pub(super) fn at(&self, command: usize, run: &Run, cart: &Cart) -> TextLook {
        let Some(SqlLook::Named { variables, chooses }) = self.0.get(command) else {
            return match self.0.get(command) {
                Some(SqlLook::Nothing) => TextLook::Products(Vec::new()),
                _ => TextLook::Unknown,
            };
        };
        let mut products: Vec<Sku> = Vec::new();
        for name in variables.iter().filter(|name| run.holds_given(name)) {
            let named = lines(cart, name).iter().map(|line| line.sku);
            products.extend(named);
        }
        products.sort_unstable();
        products.dedup();
        match products.len() {
            0 => TextLook::Unknown,
            2.. if *chooses => TextLook::Unknown,
            _ => TextLook::Products(products),
        }
    }
}

/// The lines whose products a variable names.
fn lines<'c>(cart: &'c Cart, variable: &str) -> &'c [Line] {
    let nth = match variable.strip_prefix("product") {
        Some("s") => return &cart.lines,
        Some("") => 1,
        Some(nth) => match nth.strip_prefix('_').map(str::parse::<usize>) {
            Some(Ok(nth)) => nth,
            _ => return &[],
        },
        None => return &[],
    };
    let line = nth.checked_sub(1).and_then(|at| cart.lines.get(at));
    line.map_or(&[], std::slice::from_ref)
}
