//! One schedule of a search, and what it leaves for others.

use std::sync::atomic::AtomicBool;

use checkout_sim::explore::bounds::{Limits, Policy, Rules};
use checkout_sim::explore::schedule::Schedule;
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::walk::{Branch, walk};
use checkout_sim::shop::Isolation::ReadCommitted;
use checkout_sim::subject::Strategy;

use crate::altered::Altered;
use crate::support::small::{case, in_memory, last_unit};

/// A walk follows its prefix and goes on with the first choice, which is the session
/// that moved last: without a prefix one buyer after the other. Each other choice on
/// the way is left, one after the other at its place.
#[test]
fn a_walk_takes_the_first_choice_and_leaves_the_others() {
    let case = case(&last_unit(2), Strategy::CheckThenUpdate, ReadCommitted);
    let rules = |crash, switches_max| Rules {
        crash,
        switches_max,
        reduce: false,
    };
    let go = |prefix: &str, rules| {
        let prefix: Schedule = prefix.parse().unwrap();
        let mut arenas = Arenas::open(1, |_| async { Ok(in_memory(&case)) }).unwrap();
        let (arena, runtime) = arenas.first();
        let mut walk = |start: &Branch| {
            let mut left = Vec::new();
            let walked = runtime.block_on(walk(arena, start, rules, &mut left));
            (walked.unwrap().ended.expect("nothing sleeps"), left)
        };
        let start = Branch {
            prefix: prefix.0,
            ..Branch::default()
        };
        let (walked, left) = walk(&start);
        let mut branches = Vec::new();
        for mut place in left {
            loop {
                let made = place.prefix.len();
                let (other, left) = walk(&place);
                branches.push(Schedule(other.schedule.0[..=made].to_vec()).to_string());
                match left.into_iter().next() {
                    Some(next) if next.prefix.len() == made => place = next,
                    _ => break,
                }
            }
        }
        (walked.schedule.to_string(), walked.is_bounded, branches)
    };
    let free = rules(false, None);
    let (schedule, is_bounded, branches) = go("", free);
    assert_eq!((schedule.as_str(), is_bounded), ("AAAAABBB", false));
    assert_eq!(branches, ["B", "AB", "AAB", "AAAB", "AAAAB"]);
    let (schedule, _, branches) = go("AB", free);
    assert_eq!(schedule, "ABBBBBAA");
    assert_eq!(branches, ["ABA", "ABBA", "ABBBA", "ABBBBA"]);
    // To go on with the same session spends nothing of a bound.
    let (_, _, branches) = go("", rules(false, Some(1)));
    assert_eq!(branches, ["B", "AB", "AAB", "AAAB", "AAAAB"]);
    // A spent bound leaves no choice but the session that moved last; a session
    // that is done passes its turn for free.
    let (schedule, is_bounded, branches) = go("", rules(false, Some(0)));
    assert_eq!((schedule.as_str(), is_bounded), ("AAAAABBB", true));
    assert_eq!(branches, ["B"]);
    let (schedule, is_bounded, branches) = go("AB", rules(false, Some(1)));
    assert_eq!((schedule.as_str(), is_bounded), ("ABBBBBAA", true));
    assert_eq!(branches, [""; 0]);
    // A connection is cut once, and only of a session that has begun; to cut that of the
    // session that moved last is no context switch, and comes before what is one.
    let (_, _, branches) = go("", rules(true, None));
    assert_eq!(branches[..4], ["B", "Aa", "AB", "AAa"]);
    let (schedule, _, branches) = go("Aa", rules(true, None));
    assert!(schedule.starts_with("AaB"), "{schedule}");
    assert!(
        branches.iter().all(|branch| !branch.contains('b')),
        "{branches:?}"
    );
}

/// What is left out takes nothing along that begins otherwise: of 92 schedules the half that
/// begins with the other buyer is run, reduced or not.
#[test]
fn a_skipped_choice_leaves_the_others_at_its_place() {
    let case = case(&last_unit(2), Strategy::Optimistic, ReadCommitted);
    for reduce in [false, true] {
        let rules = Rules {
            crash: false,
            switches_max: None,
            reduce,
        };
        let overtakes = |begun: u32| begun <= 21;
        let make = |_| async { Ok(Altered::overtaken(&case, overtakes)) };
        let mut arenas = Arenas::open(1, make).unwrap();
        let (limits, stop) = (Limits::default(), AtomicBool::new(false));
        let (covered, worked) =
            arenas.search(Policy::Exhaustive, rules, limits, &stop, &|walked| {
                assert!(walked.schedule.to_string().starts_with('B'));
            });
        worked.unwrap();
        assert_eq!((covered.skipped, covered.again), (1, 20));
        // Of the six of the reduced search one is left out: what was not tried to its end
        // does not sleep.
        let expected = if reduce { 5 } else { 46 };
        assert_eq!(covered.schedules, expected, "{covered:?}");
    }
}
