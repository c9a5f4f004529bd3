//! What is asked of the database of a service, or of tables of the user's own.

use crate::database::{RuleError, ServerError};
use crate::oracle::{Broken, Invariant};
use crate::scenario::OwnTables;
use crate::shop::CheckoutKey;

/// The question whether a buyer has its order, as an invariant that answers a row where it has;
/// `None` where the file asks none.
pub(super) fn looked_up(rules: &OwnTables, buyer: u32, key: CheckoutKey) -> Option<Invariant> {
    let template = rules.service.as_ref()?.look_up.as_ref()?;
    let values = [
        ("buyer", (u64::from(buyer) + 1).into()),
        ("checkout_key", key.0.into()),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), value)).into();
    Some(Invariant {
        name: "look-up".into(),
        sql: template.fill(&values),
    })
}

/// Whether a buyer has its order, by the query of the file; `None` where that names none. `ask`
/// asks the database.
///
/// # Errors
/// The question is refused, or the server is gone.
pub(super) async fn has_order(
    rules: &OwnTables,
    (buyer, key): (u32, CheckoutKey),
    ask: impl AsyncFnOnce(&[Invariant]) -> Result<Vec<Broken>, RuleError>,
) -> Result<Option<bool>, ServerError> {
    let Some(question) = looked_up(rules, buyer, key) else {
        return Ok(None);
    };
    let answered = ask(&[question]).await.map_err(refused)?;
    Ok(Some(!answered.is_empty()))
}

/// A question that failed, of all at rest.
pub(super) fn refused(error: RuleError) -> ServerError {
    match error {
        RuleError::Server(error) => error,
        refused @ RuleError::Refused { .. } => ServerError::Query {
            what: "audit your tables",
            reason: refused.to_string(),
            is_refusal: true,
        },
    }
}
