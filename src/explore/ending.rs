//! How schedules end, and which of them end alike.

use std::collections::{BTreeSet, HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arena::End;
use super::bounds::Policy;
use super::case::Case;
use super::judged::{Judged, Undecided};
use super::release::TookSeveral;
use super::schedule::{Choice, Schedule};
use super::trace::Trace;
use super::walk::Walked;
use crate::oracle::serial::Contradiction;
use crate::oracle::{Account, Digest, Findings, Verdict};
use crate::shop::Outcome;

/// Of each ending no more schedules are kept than this; all are counted.
const KEPT_MAX: usize = 10_000;

/// So many ends are remembered. On a server, whose sequences go on, none comes twice.
const SEEN_MAX: usize = 1_000;

/// One way in which schedules ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ending {
    /// How many different schedules ended so.
    pub count: u64,
    /// How each buyer's checkout ended.
    pub told: Vec<Outcome>,
    /// Each product's account.
    pub accounts: Vec<Account>,
    /// What is broken.
    pub findings: Findings,
    /// What the database holds.
    pub digest: Digest,
    /// The verdicts that it proves, worst first.
    pub proven: Vec<Verdict>,
    /// The schedules, the simplest first; not all where there are more than
    /// ten thousand.
    pub schedules: Vec<Schedule>,
    /// Of tables of the user's own: what contradicts every serial order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contradiction: Option<Contradiction>,
    /// The simplest of the schedules with every statement and reply.
    pub example: Option<Trace>,
}

/// Whether a checkout failed although its connection was not one that the
/// schedule cut. On tables of the user's own a failure is judged by its error.
fn failed_by_itself(case: &Case, walked: &Walked) -> bool {
    if case.own().is_some() {
        return false;
    }
    let steps = case.terms.steps();
    let mut told = walked.end.told.iter().enumerate();
    told.any(|(at, told)| {
        let is_fault = matches!(told, Outcome::Failed | Outcome::Unknown);
        is_fault && !walked.schedule.0.contains(&Choice::Cut(at / steps))
    })
}

/// The endings of a search, as they come.
pub(super) struct Endings {
    endings: Vec<Ending>,
    /// The ending of each end that was seen before. In memory most schedules come to
    /// one of a few, and it is faster to look it up than to audit it again.
    seen: HashMap<End, usize>,
    /// Whether a checkout failed by itself in any schedule.
    pub(super) has_faults: bool,
    /// The statements that took several rows, in any schedule: where one of two sessions takes
    /// all there are, the other one takes none in the same schedule.
    pub(super) several_rows: BTreeSet<TookSeveral>,
    /// Whether a program chose which of several requests went on first, in any schedule.
    pub(super) is_chosen_in_program: bool,
    /// Whether any schedule changed a row.
    pub(super) is_changed: bool,
    /// Why ends could not be compared with serial ends, if any could not.
    pub(super) undecided: Option<Undecided>,
    /// Those of a sample, which can draw one twice.
    known: Option<HashSet<Schedule>>,
}

impl Endings {
    pub(super) fn new(policy: Policy) -> Self {
        Self {
            endings: Vec::new(),
            seen: HashMap::new(),
            has_faults: false,
            several_rows: BTreeSet::new(),
            is_chosen_in_program: false,
            is_changed: false,
            undecided: None,
            known: matches!(policy, Policy::Random { .. }).then(HashSet::new),
        }
    }

    /// Adds a schedule; `judged` is what was said of its end, where that was judged already.
    pub(super) fn add(&mut self, case: &Case, walked: Walked, judged: Option<Judged>) {
        if let Some(known) = &mut self.known
            && !known.insert(walked.schedule.clone())
        {
            return;
        }
        self.has_faults |= failed_by_itself(case, &walked);
        self.several_rows.extend(&walked.end.several_rows);
        self.is_chosen_in_program |= walked.end.chosen_in_program;
        let at = match (judged, self.seen.get(&walked.end)) {
            (Some(judged), _) => self.place(&walked.end, judged),
            (None, Some(&at)) => at,
            (None, None) => {
                let at = self.place(&walked.end, case.judge(&walked.end));
                if self.seen.len() < SEEN_MAX {
                    self.seen.insert(walked.end, at);
                }
                at
            }
        };
        let ending = &mut self.endings[at];
        ending.count += 1;
        if ending.schedules.len() < KEPT_MAX {
            ending.schedules.push(walked.schedule);
        }
    }

    /// Which ending an end is. Two ends are one ending if all buyers were told the same, the
    /// same is broken, and the tables hold the same.
    fn place(&mut self, end: &End, judged: Judged) -> usize {
        self.is_changed |= judged.is_changed;
        self.undecided = self.undecided.or(judged.undecided);
        let same = |ending: &Ending| {
            let known = (&ending.told, &ending.findings, &ending.digest);
            known == (&end.told, &judged.findings, &judged.digest)
        };
        let known = self.endings.iter().position(same);
        known.unwrap_or_else(|| {
            let serial = judged.serial.as_deref();
            self.endings.push(Ending {
                count: 0,
                told: end.told.clone(),
                accounts: judged.accounts,
                proven: judged.findings.proven(),
                findings: judged.findings,
                digest: judged.digest,
                schedules: Vec::new(),
                contradiction: serial.and_then(|judgement| Contradiction::of(judgement, None)),
                example: None,
            });
            self.endings.len() - 1
        })
    }

    /// The worst verdict that is proven so far; `safe` where none is.
    pub(super) fn worst(&self) -> Verdict {
        let all = self.endings.iter().flat_map(|ending| &ending.proven);
        all.min().copied().unwrap_or(Verdict::Safe)
    }

    pub(super) fn sorted(mut self) -> Vec<Ending> {
        for ending in &mut self.endings {
            ending
                .schedules
                .sort_by(|a, b| a.simplicity().cmp(&b.simplicity()));
        }
        self.endings.sort_by(|a, b| {
            let severity = |ending: &Ending| {
                let worst = ending.proven.first().copied();
                (
                    worst.unwrap_or(Verdict::Safe),
                    std::cmp::Reverse(ending.count),
                )
            };
            let by_simplicity = || {
                let (a, b) = (&a.schedules[0], &b.schedules[0]);
                a.simplicity().cmp(&b.simplicity())
            };
            severity(a).cmp(&severity(b)).then_with(by_simplicity)
        });
        self.endings
    }
}
