//! Verdicts, violations and doubts in plain words.

use super::number::many;
use super::summary::Summary;
use crate::audit::{Doubt, EVIDENCE_MIN, Verdict, Violations};
use crate::scenario::Scenario;

/// What a verdict means, as a clause.
pub(super) const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Oversells => "more units were promised than there were",
        Verdict::LosesUpdates => {
            "stock went down by less than was sold: buyers overwrote each other"
        }
        Verdict::LosesOrders => {
            "buyers were told \"sold\", and their order is missing or incomplete"
        }
        Verdict::Duplicates => "one checkout placed several orders",
        Verdict::Leaks => "stock went down, and no order accounts for it",
        Verdict::Undersells => "buyers were turned away although their cart still fitted",
        Verdict::Inconclusive => "nothing is proven either way",
        Verdict::Safe => "nothing was broken, under contention that could have broken it",
    }
}

/// The violations that are not zero, each with its number and unit.
pub(super) fn violations(v: &Violations) -> Vec<(&'static str, String)> {
    let all = [
        ("oversold", v.oversold, "unit"),
        ("lost updates", v.lost_updates, "unit"),
        ("leaked stock", v.leaked_stock, "unit"),
        ("negative stock", v.negative_stock, "unit"),
        ("duplicate orders", v.duplicate_orders, "order"),
        ("partial orders", v.partial_orders, "order"),
        ("missing orders", v.missing_orders, "order"),
        ("unsold", v.unsold, "unit"),
    ];
    all.into_iter()
        .filter(|(_, n, _)| *n > 0)
        .map(|(name, n, unit)| (name, many(n, unit)))
        .collect()
}

/// What to change where a verdict is not what it could be: one sentence each.
pub(super) fn advice(summary: &Summary<'_>, scenario: &Scenario) -> Vec<String> {
    let mut advice = Vec::new();
    if summary.violations.unsold > 0 && summary.outcomes.gave_up > 0 {
        advice.push(format!(
            "{} gave up after {}: raise --max-tries or --retry-delay",
            many(summary.outcomes.gave_up, "buyer"),
            if scenario.max_tries == 1 {
                "one try".to_owned()
            } else {
                format!("{} tries", scenario.max_tries)
            },
        ));
    }
    if summary.judgement.proven.is_empty() {
        let doubts = summary.judgement.doubts.iter();
        advice.extend(doubts.map(|doubt| doubt_in_words(*doubt, summary)));
    }
    advice
}

fn doubt_in_words(doubt: Doubt, summary: &Summary<'_>) -> String {
    match doubt {
        Doubt::LittleContention => format!(
            "only {} of contention ({EVIDENCE_MIN} needed): raise --buyers, --connections or \
             --think-time",
            many(summary.evidence.total(), "sign"),
        ),
        Doubt::Interrupted => "the run ended before every buyer had their turn".into(),
        Doubt::NotExhausted => "schedules are left that were not tried".into(),
        Doubt::UnknownUnresolved => format!(
            "{} got no reply to COMMIT and could not be looked up",
            many(summary.outcomes.unknown, "checkout"),
        ),
        Doubt::DemandBelowSupply => {
            "buyers wanted fewer units than there were: raise --buyers or lower --stock".into()
        }
        Doubt::NotAudited => "the ledger could not be read".into(),
    }
}
