//! What attempts under load must share to be in each other's way, as the user says it.

use std::sync::Arc;

use super::registry::of;
use crate::cell::Subject;
use crate::shop::Cart;
use crate::subject::script::{Next, Run, Script, Start};

/// The variable that holds the value. A name of the user's may be the same: it is read
/// before it is set.
const VALUE: &str = "load_key";

/// The value of a key for each of these actors, as text: `expression` is one of pgbench's, or
/// the name of a variable that every script is given. NULL is a value like another one.
///
/// # Errors
/// What is wrong with it.
///
/// # Panics
/// If the subject is no script that can be run.
pub fn contended_values(
    expression: &str,
    subject: Subject,
    actors: &[Cart],
    think_us: u64,
) -> Result<Vec<Option<String>>, String> {
    let own = of(subject).expect("a script that can be run");
    let expression = expression.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let expression = match expression.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && expression.chars().all(is_name)
    {
        true => format!(":{expression}"),
        false => expression.to_owned(),
    };
    if expression.is_empty() || expression.contains(['\n', '\\']) {
        return Err("it is an expression, such as \":item\" or \":buyer % 10\"".into());
    }
    let text = format!("\\set {VALUE} {expression}\nSELECT :{VALUE};\n\\set outcome_done 1\n");
    let script = Script::parse("key", &text, &own.given.names());
    let script = script.map_err(|refusals| {
        let all = refusals.0.iter();
        let all = all.map(|refusal| format!("{}; {}", refusal.found, refusal.right));
        all.collect::<Vec<_>>().join("\n")
    })?;
    let script = Arc::new(script);
    let value = |actor: &Cart| {
        let bound = own.given.bindings(actor, think_us);
        let start = Start {
            bound: &bound,
            seed: actor.key.0,
            ..Start::default()
        };
        match Run::begin(Arc::clone(&script), start).advance() {
            Next::Send { mut binds, .. } => Ok(binds.pop().flatten()),
            ended => Err(format!(
                "it has no value for buyer {}: {ended:?}",
                actor.buyer + 1
            )),
        }
    };
    actors.iter().map(value).collect()
}
