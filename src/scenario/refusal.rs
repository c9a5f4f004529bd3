//! How a setting that makes no sense is refused.

use thiserror::Error;

/// A setting that makes no sense, by the flag that sets it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("--{flag} {found}: {problem}")]
pub struct Invalid {
    /// The flag, without dashes.
    pub flag: &'static str,
    /// What was found.
    pub found: String,
    /// What is allowed, and what to do.
    pub problem: String,
}

pub(super) fn range(flag: &'static str, found: u32, min: u32, max: u32) -> Result<(), Invalid> {
    if (min..=max).contains(&found) {
        return Ok(());
    }
    Err(invalid(flag, found, format!("must be from {min} to {max}")))
}

/// One line cannot be the duplicate of another.
pub(super) fn enough_to_duplicate(duplicate_lines: bool, lines: u32) -> Result<(), Invalid> {
    match duplicate_lines && lines < 2 {
        true => Err(invalid(
            "duplicate-lines",
            true,
            "needs --lines 2 or more".into(),
        )),
        false => Ok(()),
    }
}

pub(super) fn invalid(flag: &'static str, found: impl ToString, problem: String) -> Invalid {
    Invalid {
        flag,
        found: found.to_string(),
        problem,
    }
}
