//! What is made of findings, doubts and evidence.

use checkout_sim::oracle::{
    Doubt, EVIDENCE_MIN, Evidence, Findings, Judgement, Verdict, Violations, judge,
};

/// Just enough to call a clean ledger safe.
pub const ENOUGH: Evidence = Evidence::Load {
    signs: EVIDENCE_MIN,
};

/// Not enough for that.
pub const TOO_LITTLE: [Evidence; 4] = [
    Evidence::Load {
        signs: EVIDENCE_MIN - 1,
    },
    exploration(0, true),
    exploration(92, false),
    exploration(0, false),
];

const fn exploration(schedules: u64, exhausted: bool) -> Evidence {
    Evidence::Exploration {
        schedules,
        exhausted,
    }
}

/// Without evidence nothing is safe, and each lack of it is named once.
#[test]
fn safe_takes_evidence() {
    let judged = |doubts, evidence| judge(&Findings::default(), doubts, evidence);
    for enough in [ENOUGH, exploration(1, true)] {
        let judgement = judged(vec![], enough);
        assert_eq!(
            (judgement.verdict, judgement.doubts.len()),
            (Verdict::Safe, 0)
        );
    }
    for (little, doubt) in TOO_LITTLE.into_iter().zip([
        Doubt::LittleContention,
        Doubt::NotExhausted,
        Doubt::NotExhausted,
        Doubt::NotExhausted,
    ]) {
        assert_eq!(judged(vec![], little).doubts, [doubt]);
        assert_eq!(judged(vec![doubt], little).doubts, [doubt]);
        assert_eq!(judged(vec![], little).verdict, Verdict::Inconclusive);
    }
    let interrupted = vec![Doubt::Interrupted];
    let stopped = judged(interrupted.clone(), exploration(7, false));
    assert_eq!(stopped.doubts, interrupted);
    let broken = Violations {
        oversold: 1,
        ..Violations::default()
    };
    let proven = judge(&broken.findings(), vec![], TOO_LITTLE[0]);
    assert_eq!(proven.verdict, Verdict::Oversells);
}

/// A saved judgement is read only if its headline follows from its grounds.
#[test]
fn an_edited_verdict_is_refused() {
    let read = |text: &str| serde_json::from_str::<Judgement>(text);
    let saved = |verdict: &str, proven: &str, doubts: &str| {
        format!(r#"{{"verdict":"{verdict}","proven":[{proven}],"doubts":[{doubts}]}}"#)
    };
    let (sells, little) = (r#""oversells""#, r#""little-contention""#);
    let (stray, both) = (r#""not-followed""#, r#""little-contention","not-followed""#);
    for (verdict, proven, doubts, is_taken) in [
        ("safe", "", "", true),
        ("safe", "", little, false),
        ("safe", sells, "", false),
        ("oversells", sells, little, true),
        ("oversells", "", "", false),
        ("inconclusive", "", little, true),
        ("inconclusive", "", "", false),
        ("unsupported", "", stray, true),
        ("unsupported", "", both, true),
        ("oversells", sells, stray, true),
        ("inconclusive", "", stray, false),
        ("safe", "", stray, false),
        ("unsupported", "", little, false),
    ] {
        let text = saved(verdict, proven, doubts);
        assert_eq!(read(&text).is_ok(), is_taken, "{text}");
    }
}

/// Of what cannot be followed nothing is safe or merely open, whatever was seen before; what was
/// proven stays so, and no other doubt is told.
#[test]
fn what_is_not_followed_proves_nothing_more() {
    let left = judge(&Findings::default(), vec![], exploration(7, false));
    let clean = judge(&Findings::default(), vec![], ENOUGH);
    for before in [left, clean] {
        let judged = before.not_followed();
        assert_eq!(judged.verdict, Verdict::Unsupported);
        assert_eq!(judged.doubts, [Doubt::NotFollowed]);
    }
    let broken = Violations {
        oversold: 1,
        ..Violations::default()
    };
    let proven = judge(&broken.findings(), vec![], ENOUGH).not_followed();
    assert_eq!(proven.verdict, Verdict::Oversells);
    assert!(Verdict::StaleAnswer < Verdict::Unsupported);
    assert!(Verdict::Unsupported < Verdict::Inconclusive);
    let broken = Verdict::ALL
        .into_iter()
        .filter(|verdict| verdict.is_broken());
    assert_eq!(broken.count() + 3, Verdict::ALL.len());
}

type Plant = fn(&mut Violations);

/// The headline is the worst that is proven, all that is proven is listed, and
/// doubts count only if nothing is: for every subset of violations and doubts.
#[test]
fn the_worst_proven_verdict_is_the_headline() {
    // Worst first, as the design has it. Two violations prove the same verdict, and
    // negative stock proves none of its own.
    let kinds: [(Plant, Option<Verdict>); 9] = [
        (|v| v.oversold = 1, Some(Verdict::Oversells)),
        (|v| v.lost_updates = 2, Some(Verdict::LosesUpdates)),
        (|v| v.missing_orders = 3, Some(Verdict::LosesOrders)),
        (|v| v.partial_orders = 4, Some(Verdict::LosesOrders)),
        (|v| v.unpromised_orders = 9, Some(Verdict::InventsOrders)),
        (|v| v.duplicate_orders = 5, Some(Verdict::Duplicates)),
        (|v| v.leaked_stock = 6, Some(Verdict::Leaks)),
        (|v| v.unsold = 7, Some(Verdict::Undersells)),
        (|v| v.negative_stock = 8, None),
    ];
    let doubts = [
        Doubt::LittleContention,
        Doubt::Interrupted,
        Doubt::UnknownUnresolved,
        Doubt::BuyersFailed,
        Doubt::DemandBelowSupply,
        Doubt::DemandEqualsSupply,
        Doubt::CartsDoNotFit,
        Doubt::NothingRefused,
        Doubt::NotAudited,
    ];
    let all = doubts.len();
    let subsets =
        (0..1_usize << kinds.len()).flat_map(|s| (0..1_usize << all).map(move |d| (s, d)));
    for (subset, doubted) in subsets {
        let mut violations = Violations::default();
        let mut proven = Vec::new();
        for (bit, (plant, verdict)) in kinds.iter().enumerate() {
            if subset & 1 << bit != 0 {
                plant(&mut violations);
                proven.extend(*verdict);
            }
        }
        proven.dedup();
        let chosen = (0..all).filter(|bit| doubted & 1 << bit != 0);
        let chosen: Vec<Doubt> = chosen.map(|bit| doubts[bit]).collect();
        let judged = judge(&violations.findings(), chosen.clone(), ENOUGH);
        let expected = match (proven.first(), chosen.is_empty()) {
            (Some(worst), _) => *worst,
            (None, false) => Verdict::Inconclusive,
            (None, true) => Verdict::Safe,
        };
        assert_eq!(judged.verdict, expected, "{violations:?} {chosen:?}");
        assert_eq!((&judged.proven, &judged.doubts), (&proven, &chosen));
    }
}
