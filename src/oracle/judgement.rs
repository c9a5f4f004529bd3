//! From findings, doubts and evidence to a verdict.

use std::ops::Deref;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::Findings;
use super::verdict::Verdict;

/// Fewer signs of contention than this, and a clean ledger proves nothing.
pub const EVIDENCE_MIN: u64 = 5;

/// A reason why a clean ledger does not prove that a strategy is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// Fewer than [`EVIDENCE_MIN`] signs of contention.
    LittleContention,
    /// The run was stopped before every buyer had their turn, or the
    /// exploration before every schedule had.
    Interrupted,
    /// Schedules are left that were not tried.
    NotExhausted,
    /// A checkout whose COMMIT got no reply could not be looked up.
    UnknownUnresolved,
    /// Checkouts failed: how they would have been answered is not known.
    BuyersFailed,
    /// The answered buyers wanted less than there was, of every
    /// product.
    DemandBelowSupply,
    /// They wanted exactly what there was of a product, and no more of any:
    /// updates could be lost and buyers turned away, and nothing be oversold.
    DemandEqualsSupply,
    /// Carts that want more than there is can buy nothing, and without them the demand
    /// does not exceed the supply.
    CartsDoNotFit,
    /// Units are left, and yet no buyer was refused for lack of stock.
    NothingRefused,
    /// Nothing broke in this small shop, and the same strategy is known to break at
    /// this level in another one.
    BreaksElsewhere,
    /// The ledger could not be read.
    NotAudited,
    /// No session changed a row: in no schedule, or in all of a load.
    NothingChanged,
    /// Two sessions took several rows of one table each with one statement: the server takes
    /// them one by one, and what comes between is no step.
    SeveralRows,
    /// The body of a function or a trigger touched a table that its statement does not: it is
    /// one step with the statement, and what comes between is no step.
    BodyReaches,
    /// Something differs between two runs of one serial order, and the reason is not known: of
    /// that, no end can be compared.
    Unexplained,
    /// So many generated values of an end look alike that it cannot be compared.
    TooManyAlike,
    /// There are too many sessions to try every serial order: stated rules alone judge.
    OrdersNotTried,
    /// Requests waited in the program, in its memory and not in the database, and which of them went
    /// on first was its own choice: the other order was not tried.
    ChosenInProgram,
    /// A fault was asked for between a service and its database, and did not come once.
    FaultsMissing,
    /// More buyers failed than connections were cut by faults: why the others did is not known.
    MoreFailed,
    /// What a session does cannot be followed: no schedule tells what comes of it.
    NotFollowed,
}

/// What there was to break a ledger with. Without it a clean one proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Many buyers at full speed.
    Load {
        /// Attempts whose answer could have been another one.
        signs: u64,
    },
    /// Schedules of a few buyers.
    Exploration {
        /// How many were run to their end.
        schedules: u64,
        /// Whether there is no other one.
        exhausted: bool,
    },
}

impl Evidence {
    /// Why it is not enough, if it is not.
    const fn doubt(self) -> Option<Doubt> {
        match self {
            Self::Load { signs } if signs < EVIDENCE_MIN => Some(Doubt::LittleContention),
            Self::Exploration {
                schedules: 0,
                exhausted: _,
            }
            | Self::Exploration {
                exhausted: false, ..
            } => Some(Doubt::NotExhausted),
            Self::Load { .. } | Self::Exploration { .. } => None,
        }
    }
}

/// A verdict with its grounds. [`judge`] alone makes one, from evidence, so that
/// nothing is called safe without:
///
/// ```compile_fail
/// use checkout_sim::oracle::{Judgement, Ruling, Verdict};
///
/// let safe = Judgement(Ruling {
///     verdict: Verdict::Safe,
///     proven: Vec::new(),
///     doubts: Vec::new(),
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Ruling", into = "Ruling")]
#[schemars(with = "Ruling")]
pub struct Judgement(Ruling);

/// What a [`Judgement`] says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ruling {
    /// The worst that is proven, or `unsupported`, or `inconclusive`, or `safe`.
    pub verdict: Verdict,
    /// All that is proven, worst first.
    pub proven: Vec<Verdict>,
    /// Reasons that make the verdict `inconclusive`, or `unsupported`, if nothing is proven. Kept
    /// when something is, and then without effect.
    pub doubts: Vec<Doubt>,
}

impl Judgement {
    /// The same of what turned out to be nothing that can be followed. What is proven stays
    /// proven, and no other doubt is of any interest.
    #[must_use]
    pub fn not_followed(self) -> Self {
        let (proven, doubts) = (self.0.proven, vec![Doubt::NotFollowed]);
        Self(Ruling {
            verdict: headline(&proven, &doubts),
            proven,
            doubts,
        })
    }
}

impl Deref for Judgement {
    type Target = Ruling;

    fn deref(&self) -> &Ruling {
        &self.0
    }
}

impl From<Judgement> for Ruling {
    fn from(judgement: Judgement) -> Self {
        judgement.0
    }
}

impl TryFrom<Ruling> for Judgement {
    type Error = String;

    /// Of a saved result, whose verdict must follow from its own grounds.
    fn try_from(saved: Ruling) -> Result<Self, String> {
        let verdict = headline(&saved.proven, &saved.doubts);
        if saved.verdict != verdict {
            let said = saved.verdict;
            return Err(format!(
                "its verdict is {said}, and its grounds say {verdict}"
            ));
        }
        Ok(Self(saved))
    }
}

/// Judges: the worst that is proven; only if nothing is, doubts make the verdict
/// `inconclusive`, too little evidence among them; else it is `safe`.
#[must_use]
pub fn judge(findings: &Findings, mut doubts: Vec<Doubt>, evidence: Evidence) -> Judgement {
    let proven = findings.proven();
    // Where an end came early, that is why schedules are left, or why nothing
    // was raced for at all.
    let is_cut_short = doubts.contains(&Doubt::Interrupted);
    let is_nothing = !matches!(evidence, Evidence::Load { signs: 1.. });
    let is_explained = |doubt: &Doubt| doubts.contains(doubt) || is_cut_short && is_nothing;
    let little = evidence.doubt().filter(|doubt| !is_explained(doubt));
    doubts.extend(little);
    Judgement(Ruling {
        verdict: headline(&proven, &doubts),
        proven,
        doubts,
    })
}

fn headline(proven: &[Verdict], doubts: &[Doubt]) -> Verdict {
    let otherwise = match doubts {
        [] => Verdict::Safe,
        doubts if doubts.contains(&Doubt::NotFollowed) => Verdict::Unsupported,
        _ => Verdict::Inconclusive,
    };
    proven.first().copied().unwrap_or(otherwise)
}
