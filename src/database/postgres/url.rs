//! What a database URL may say.

use std::path::Path;
use std::str::FromStr;

use crate::database::error::ServerError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sqlx::postgres::PgConnectOptions;

/// What a part of a URL has as escapes. Some programs take the name of a database as it stands
/// there, so nothing is escaped that needs it not (RFC 3986, 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The parameters that the driver knows, but for those below.
const KNOWN: [&str; 13] = [
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslmode",
    "user",
];

/// The parameters that name a file.
const FILES: [&str; 3] = ["sslrootcert", "sslcert", "sslkey"];

/// The parameters that libpq or the driver knows and `sim` sets itself, with the
/// reason.
const OWN: [(&str, &str); 3] = [
    (
        "connect_timeout",
        "--patience bounds how long connecting may take",
    ),
    ("application_name", "sim names its connections itself"),
    (
        "statement-cache-capacity",
        "sim prepares every statement once",
    ),
];

/// Reads a URL. A parameter that would be ignored is refused by name.
///
/// # Errors
/// [`ServerError::Url`], without repeating the URL: it may hold a password.
pub(super) fn parse(url: &str) -> Result<PgConnectOptions, ServerError> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(ServerError::Url(
            "it does not begin with postgres:// or postgresql://".into(),
        ));
    }
    // What follows a `#` is no parameter.
    let (url_itself, _) = url.split_once('#').unwrap_or((url, ""));
    let (_, parameters) = url_itself.split_once('?').unwrap_or_default();
    // A password with a raw `?` in it is not to be taken for parameters, and repeated.
    if parameters.contains('@') {
        let why = "there is an @ after the ?; in a password, write ? as %3F and @ as %40";
        return Err(ServerError::Url(why.into()));
    }
    for parameter in parameters.split('&').filter(|one| !one.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        check(name, value)?;
    }
    PgConnectOptions::from_str(url).map_err(|error| ServerError::Url(innermost(&error)))
}

fn check(name: &str, value: &str) -> Result<(), ServerError> {
    if let Some((_, why)) = OWN.iter().find(|(own, _)| *own == name) {
        return Err(ServerError::Url(format!(
            "the parameter {name} is not taken: {why}"
        )));
    }
    let is_known = KNOWN.contains(&name) || FILES.contains(&name) || name.starts_with("options[");
    if !is_known {
        let mut known: Vec<&str> = KNOWN.into_iter().chain(FILES).collect();
        known.sort_unstable();
        return Err(ServerError::Url(format!(
            "the parameter {name} is not known; known are {}",
            known.join(", ")
        )));
    }
    // Named now; the driver would say later that some file is missing. A path
    // with escapes, or the text of a certificate in its place, is left to the
    // driver.
    let is_path = !value.contains('%') && !value.contains("-----");
    if FILES.contains(&name) && is_path && !Path::new(value).is_file() {
        return Err(ServerError::Url(format!("{name} names no file: {value}")));
    }
    Ok(())
}

/// A part of a URL without its escapes.
pub(super) fn in_clear(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

/// A part of a URL with escapes where it needs them.
pub(super) fn escaped(part: &str) -> String {
    utf8_percent_encode(part, ESCAPED).to_string()
}

/// What is wrong, without the layers that say "error with configuration".
fn innermost(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => innermost(source),
        None => error.to_string(),
    }
}
