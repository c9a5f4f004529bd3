//! What a request is doing.

use crate::explore::arena::Seat;
use crate::explore::worlds::proxy::{ProxyStep, StepId};

/// What a request is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// It takes no part.
    Away,
    /// It was not sent yet.
    Outside,
    /// The program works for it, as far as is known.
    Working,
    /// The program is at rest, and has neither sent a statement of it nor answered: it waits
    /// for another request there.
    Resting,
    /// Its next step stands before the server.
    Parked(ProxyStep),
    /// A step of it is with the server.
    Asking(StepId),
    /// A step of it waits there for these other requests.
    Waiting(StepId, Vec<usize>),
    /// It was answered, and holds nothing.
    Over,
}

impl Whereabouts {
    pub(super) const fn seat(&self) -> Seat {
        match self {
            Self::Away | Self::Over => Seat::Done,
            Self::Outside | Self::Parked(_) => Seat::Parked,
            Self::Working | Self::Resting | Self::Asking(_) | Self::Waiting(..) => Seat::Blocked,
        }
    }

    /// The step that is with the server.
    pub(super) const fn asked(&self) -> Option<StepId> {
        match self {
            Self::Asking(step) | Self::Waiting(step, _) => Some(*step),
            _ => None,
        }
    }

    /// Whether a statement may come of it.
    pub(super) const fn is_in_program(&self) -> bool {
        matches!(self, Self::Working | Self::Resting)
    }
}
