//! What a program of the user's sees of the environment of `sim`.

use std::ffi::OsString;

/// Nothing of it names a database or holds a secret of another program.
const PASSED_ON: [&str; 11] = [
    "HOME",
    "LANG",
    "LANGUAGE",
    "LOGNAME",
    "PATH",
    "SHELL",
    "TERM",
    "TMPDIR",
    "TZ",
    "USER",
    "VIRTUAL_ENV",
];
/// Names of variables that begin so are passed on too.
const PASSED_ON_BEGIN: &str = "LC_";

/// The variables that programs of the user's are given of this process's own.
pub fn passed_on() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os().filter(|(name, _)| {
        name.to_str()
            .is_some_and(|name| PASSED_ON.contains(&name) || name.starts_with(PASSED_ON_BEGIN))
    })
}
