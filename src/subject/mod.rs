//! What is tested, by name, and what is known of it.
//!
//! The layers above speak of a [`Subject`] alone; which code it stands for is known
//! here. A subject need not have a profile: then nothing is expected of it but what
//! a file says.

mod built_in;
mod client;
mod looks;
mod own;
pub mod script;
pub mod service;

use crate::cell::{Cell, Subject};
use crate::oracle::Verdict;
use crate::session::{Result, Session};
use crate::shop::{Cart, Isolation};
use crate::statement::Statement;

pub use built_in::{Answer, Expected, Profile, Rehearsed, Role, Strategy, Then, Unusual};
pub use client::{Attempt, Client, Memory};
pub use own::{
    Given, LINES_NAMED, Part, add_script, as_typed, compile, contended_values, has_variable,
    meetings, note, operations, own_level, parts, parts_of_words, recall_script, refuses_lines,
    requests_header, script_header, script_name, script_text, whole_of, with_sessions,
};

/// Every subject that is built in, in the order in which `all` runs them.
pub static ALL: [Subject; Strategy::ALL.len()] = {
    let mut all = [Subject::of(""); Strategy::ALL.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = Strategy::ALL[at].subject();
        at += 1;
    }
    all
};

/// The subject that a name, or another name for it, means: one that is built in, or a
/// script that was read, or a service. A script goes by its path, too.
#[must_use]
pub fn named(name: &str) -> Option<Subject> {
    let is_named = |s: &Strategy| s.name() == name || s.profile().aliases.contains(&name);
    let strategy = Strategy::ALL.into_iter().find(is_named);
    strategy
        .map(Strategy::subject)
        .or_else(|| service::named(name))
        .or_else(|| own::stands_for(name))
}

fn built_in(subject: Subject) -> Option<Strategy> {
    let is_named = |s: &Strategy| s.name() == subject.name();
    Strategy::ALL.into_iter().find(is_named)
}

/// What is known of a subject, if anything is.
#[must_use]
pub fn profile(subject: Subject) -> Option<&'static Profile> {
    built_in(subject).map(Strategy::profile)
}

/// The steps of its flow, by name: what an actor does, one after the other, each with an
/// outcome of its own. A checkout is the flow of one step.
#[must_use]
pub const fn steps(_: Subject) -> &'static [&'static str] {
    &["checkout"]
}

/// Whether its table has `CHECK (stock >= 0)`.
#[must_use]
pub fn has_stock_check(subject: Subject) -> bool {
    match profile(subject) {
        Some(profile) => profile.stock_check,
        None => own::of(subject).is_some_and(|script| script.has_stock_check),
    }
}

/// As [`Strategy::expected`]; `None` for a subject without a profile.
#[must_use]
pub fn expected(cell: Cell, lines_per_cart: u32) -> Option<Verdict> {
    Some(built_in(cell.subject)?.expected(cell.level, lines_per_cart))
}

/// As [`Strategy::expected_explored`]; `None` for a subject without a profile.
#[must_use]
pub fn expected_explored(cell: Cell) -> Option<Verdict> {
    Some(built_in(cell.subject)?.expected_explored(cell.level))
}

/// Whether its statements are only text.
#[must_use]
pub fn is_text(subject: Subject) -> bool {
    own::of(subject).is_some()
}

/// Carries out one attempt. `memory` is what the attempt before left, of the same checkout.
///
/// # Errors
/// As [`Strategy::attempt`].
///
/// # Panics
/// If the subject cannot be run: only what [`named`] knows is ever planned.
pub async fn attempt<S: Session>(
    cell: Cell,
    session: &mut S,
    cart: &Cart,
    memory: &mut Memory,
) -> Result<Answer> {
    match built_in(cell.subject) {
        Some(strategy) => strategy.attempt(session, cell.level, cart).await,
        None => {
            let script = own::of(cell.subject).expect("a subject that can be run");
            // On the heap: every attempt would have room for it, and few are of a script.
            Box::pin(own::attempt(&script, session, cart, memory)).await
        }
    }
}

/// Calls `see` with every statement of one successful attempt.
///
/// # Panics
/// As [`attempt`]; and where the subject waits for anything but its session.
pub fn rehearse<F>(subject: Subject, isolation: Isolation, cart: &Cart, see: F)
where
    F: FnMut(Statement) + Send,
{
    let strategy = built_in(subject).expect("a subject that is built in");
    built_in::rehearse(strategy, isolation, cart, see);
}

/// Every statement of one successful attempt, with what follows each answer but the
/// usual one.
///
/// # Panics
/// As [`rehearse`].
#[must_use]
pub fn branches(subject: Subject, isolation: Isolation, cart: &Cart) -> Vec<Rehearsed> {
    let strategy = built_in(subject).expect("a subject that is built in");
    built_in::branches(strategy, isolation, cart)
}
