//! The audit of tables of the user's own: what callers were told is written down beside the
//! tables, and the rules that the user states are asked, in one snapshot and at rest.
//!
//! Whatever has worked on the tables, a search or a load, is judged by this.

use thiserror::Error;

use super::error::ServerError;
use super::own_tables::{EffectRow, InvariantRows, OutcomeRow};
use super::playground::Ground;
use super::read_only::ReadOnlyDatabase;
use crate::oracle::{Broken, EffectSeen, Invariant, StepTold, answer_in_words};

/// Rows that are told in one statement: those of a large load would be one value of many
/// megabytes.
const TOLD_AT_ONCE: usize = 5_000;

/// Why the rules could not be asked.
#[derive(Debug, Error)]
pub enum RuleError {
    /// The server refuses or is gone.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A rule cannot be answered: it is no SELECT, it failed, or it took too long.
    #[error("the invariant {invariant}: {message}")]
    Refused {
        /// The rule, by its name.
        invariant: String,
        /// The server's message.
        message: String,
    },
}

impl Ground {
    /// Writes down what callers were told and did, for invariants to join, and asks each
    /// invariant. Answers those that do not hold. No session may have a transaction open. It
    /// may be asked again: what was told before is forgotten.
    ///
    /// # Errors
    /// An invariant cannot be answered, or the server refuses or is gone.
    pub async fn audit(
        &mut self,
        invariants: &[Invariant],
        told: &[StepTold],
        effects: &[EffectSeen],
    ) -> Result<Vec<Broken>, RuleError> {
        self.forget().await?;
        let outcomes: Vec<OutcomeRow> = told.iter().map(outcome_row).collect();
        let effects: Vec<EffectRow> = effects.iter().map(effect_row).collect();
        for some in outcomes.chunks(TOLD_AT_ONCE) {
            self.tell(some, &[]).await?;
        }
        for some in effects.chunks(TOLD_AT_ONCE) {
            self.tell(&[], some).await?;
        }
        self.broken(invariants).await
    }

    /// Asks each invariant, and answers those that do not hold.
    ///
    /// # Errors
    /// As [`Ground::audit`].
    pub async fn broken(&mut self, invariants: &[Invariant]) -> Result<Vec<Broken>, RuleError> {
        let answers = self.invariants(&questions(invariants)).await?;
        that_do_not_hold(invariants, answers)
    }
}

impl ReadOnlyDatabase {
    /// Asks each invariant, and answers those that do not hold.
    ///
    /// # Errors
    /// As [`Ground::audit`].
    pub async fn broken(&mut self, invariants: &[Invariant]) -> Result<Vec<Broken>, RuleError> {
        let answers = self.invariants(&questions(invariants)).await?;
        that_do_not_hold(invariants, answers)
    }
}

fn questions(invariants: &[Invariant]) -> Vec<&str> {
    invariants.iter().map(|one| one.sql.as_str()).collect()
}

fn that_do_not_hold(
    invariants: &[Invariant],
    answers: Vec<Result<InvariantRows, String>>,
) -> Result<Vec<Broken>, RuleError> {
    let mut broken = Vec::new();
    for (invariant, answer) in invariants.iter().zip(answers) {
        let rows = answer.map_err(|message| RuleError::Refused {
            invariant: invariant.name.clone(),
            message,
        })?;
        if rows.total > 0 {
            broken.push(Broken {
                invariant: invariant.name.as_str().into(),
                rows: rows.table.into(),
                total: rows.total,
            });
        }
    }
    Ok(broken)
}

fn outcome_row(told: &StepTold) -> OutcomeRow {
    let variables = told.variables.iter();
    let variables = variables.map(|(name, value)| (name.to_string(), value.clone().into()));
    OutcomeRow {
        actor: told.session + 1,
        step: told.step + 1,
        operation: told.operation.to_string(),
        buyer: told.buyer,
        checkout_key: told.checkout_key,
        outcome: answer_in_words(told.outcome).into(),
        tries: told.tries,
        variables: serde_json::Value::Object(variables.collect()),
    }
}

fn effect_row(effect: &EffectSeen) -> EffectRow {
    EffectRow {
        actor: effect.session + 1,
        name: effect.name.to_string(),
        value: effect.value.clone(),
    }
}
