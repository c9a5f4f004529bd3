//! The built-in strategies as scripts: the files of `scenarios/scripts/`, in the program
//! itself. They run on the built-in shop, and unroll carts of one to three lines.

macro_rules! shipped {
    ($($name:literal)+) => {
        /// The name and the text of each, in the order in which the built-in ones run.
        pub const ALL: &[(&str, &str)] = &[$((
            $name,
            include_str!(concat!("../../../scenarios/scripts/", $name, ".sql")),
        )),+];
    };
}

shipped! {
    "naive"
    "blind-decrement"
    "check-then-update"
    "check-then-decrement"
    "version-ignored"
    "check-outside"
    "autocommit"
    "optimistic"
    "row-lock"
    "atomic"
    "check-constraint"
}

/// The most lines of a cart that they know.
pub const LINES_MAX: u32 = 3;

/// The script of the built-in strategy of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static str> {
    let found = ALL.iter().find(|(known, _)| *known == name)?;
    Some(found.1)
}
