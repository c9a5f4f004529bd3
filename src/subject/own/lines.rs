//! What the text of a script says of itself: its isolation level, and how many lines of a
//! cart it takes.

use super::given::LINES_NAMED;
use super::registry::of;
use crate::cell::Subject;
use crate::shop::Isolation;
use crate::subject::script::Script;

/// The isolation level that a script names itself, if it does; of several operations the
/// one that each of them names.
#[must_use]
pub fn own_level(subject: Subject) -> Option<Isolation> {
    let own = of(subject)?;
    let named = |script: &Script| script.levels().first().map(|(_, level)| *level);
    let first = named(&own.operations.first()?.script)?;
    let mut all = own.operations.iter();
    all.all(|operation| named(&operation.script) == Some(first))
        .then_some(first)
}

/// Why a script cannot sell carts of so many lines, if it cannot: a line of which it takes
/// nothing would be left out, or ordered without its units.
#[must_use]
pub fn refuses_lines(subject: Subject, lines: u32) -> Option<String> {
    let own = of(subject)?;
    let script = &own.operations.first()?.script;
    let lines = lines as usize;
    let reads = |line: &usize| script.reads(&format!("product_{line}"));
    let named = (1..=LINES_NAMED).take_while(reads).count();
    // The arrays hold every line, where no line is named by itself.
    let is_any = named == 0 && script.reads("products");
    if is_any || lines <= named.max(1) {
        return None;
    }
    let read = match named {
        0 | 1 => "the first line of a cart alone".to_owned(),
        _ => format!("{named} lines of a cart"),
    };
    Some(format!(
        "{subject} reads {read}, and a cart has {lines}: read :product_1 to \
         :product_{LINES_NAMED}, or the arrays :products and :units_of alone"
    ))
}
