//! The exit codes, as the help of each command that has them tells.

/// The table of those that a command has.
macro_rules! exit_codes {
    ($first:tt $(, $code:tt)*) => {
        concat!(
            "Exit codes:\n  ",
            $crate::cli::args::exit_codes::meaning!($first)
            $(, "\n  ", $crate::cli::args::exit_codes::meaning!($code))*
        )
    };
}

macro_rules! meaning {
    (0) => {
        "0    done, and everything is as expected, or safe where nothing was expected"
    };
    (1) => {
        "1    the harness or the database failed; partial results are written"
    };
    (2) => {
        "2    bad usage"
    };
    (10) => {
        "10   an invariant is violated, or a verdict differs from the expected one"
    };
    (11) => {
        "11   nothing is proven, and nothing was expected"
    };
    (98) => {
        "98   slower than the baseline beyond noise"
    };
    (99) => {
        "99   a threshold failed"
    };
    (130) => {
        "130  interrupted; partial results are written"
    };
}

pub(super) use {exit_codes, meaning};
