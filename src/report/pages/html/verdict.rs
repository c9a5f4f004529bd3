//! Verdicts as words with a shape and a colour: none of them says it alone.

use std::fmt::Display;

use maud::{Markup, html};

use crate::oracle::Verdict;
use crate::shop::Isolation;

/// Green holds, red is proven to fail, amber is not known.
pub(super) const fn tone(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Safe => "good",
        Verdict::Unsupported | Verdict::Inconclusive => "open",
        _ => "bad",
    }
}

const fn shape(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Safe => "✓",
        Verdict::Unsupported => "⊘",
        Verdict::Inconclusive => "?",
        _ => "✗",
    }
}

/// The word with its shape.
pub(super) fn badge(verdict: Verdict) -> Markup {
    html! {
        span class={ "badge " (tone(verdict)) } {
            span.shape aria-hidden="true" { (shape(verdict)) } (verdict)
        }
    }
}

/// In the place of a verdict, where nothing ran.
pub(super) fn not_run() -> Markup {
    html! {
        span.badge.open { span.shape aria-hidden="true" { "–" } "not run" }
    }
}

/// A note of what was expected, where it is not so.
pub(super) fn surprise(missed: Option<impl Display>) -> Markup {
    html! {
        @if let Some(missed) = missed {
            span.surprise { (format!("expected: {missed}")) }
        }
    }
}

/// `at read committed`, for headings.
pub(super) fn at_level(level: Isolation) -> String {
    format!("at {}", level.in_words())
}
