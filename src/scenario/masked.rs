//! Secrets within a command or a message, which no output, file or page is to hold.

use serde::Serializer;

/// What stands for a secret.
const MASK: &str = "***";

/// A name that holds one of these words holds a secret, in capitals or not.
const SECRET: [&str; 7] = [
    "authorization",
    "cookie",
    "passphrase",
    "passwd",
    "password",
    "secret",
    "token",
];

/// The text without the password of a URL, and without the value behind a name that says that it
/// is a secret: `name=value`, `name: value`, `--name value` and `"name": "value"`.
#[must_use]
pub fn masked(text: &str) -> String {
    without_secrets(&without_passwords(text))
}

/// As [`masked`], for `#[serde(serialize_with = "serialize_masked")]`.
pub(super) fn serialize_masked<S: Serializer>(
    text: &str,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&masked(text))
}

/// `scheme://user:password@host`, up to the last `@` before what ends an authority.
fn without_passwords(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        kept.push_str(before);
        let ends = |c: char| c.is_whitespace() || "\"'/?#<>\\".contains(c);
        let authority = &behind[..behind.find(ends).unwrap_or(behind.len())];
        rest = behind;
        if let Some((user, _)) = authority.rsplit_once('@') {
            if let Some((name, _)) = user.split_once(':') {
                kept.push_str(name);
                kept.push(':');
                kept.push_str(MASK);
            } else {
                kept.push_str(user);
            }
            rest = &behind[user.len()..];
        }
    }
    kept + rest
}

fn without_secrets(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((name_end, is_header)) = secret_name(rest) {
        let (before, behind) = rest.split_at(name_end);
        kept.push_str(before);
        let Some(value_at) = value(behind, before) else {
            rest = behind;
            continue;
        };
        let (between, from) = behind.split_at(value_at);
        kept.push_str(between);
        kept.push_str(MASK);
        rest = &from[value_length(from, between, is_header)..];
    }
    kept + rest
}

/// Where the first name of a secret ends, and whether it is that of a header, whose value may
/// have several words.
fn secret_name(text: &str) -> Option<(usize, bool)> {
    let lower = text.to_ascii_lowercase();
    let found = SECRET.iter().filter_map(|word| {
        let at = lower.find(word)?;
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let behind = &text[at..];
        let end = behind.find(|c| !is_of_name(c)).unwrap_or(behind.len());
        Some((at, at + end, matches!(*word, "authorization" | "cookie")))
    });
    let (_, end, is_header) = found.min()?;
    Some((end, is_header))
}

/// Where the value behind a name begins, if one follows.
fn value(behind: &str, before: &str) -> Option<usize> {
    let unquoted = behind.trim_start_matches(['"', '\'']);
    let quote = behind.len() - unquoted.len();
    let spaced = unquoted.trim_start_matches(' ');
    let spaces = unquoted.len() - spaced.len();
    if let Some(from) = spaced.strip_prefix(['=', ':']) {
        let value = from.trim_start_matches(' ').trim_start_matches(['"', '\'']);
        let at = behind.len() - value.len();
        return (!value.is_empty()).then_some(at);
    }
    // A flag: its value is the next word.
    let name = before.rsplit([' ', '\n', '\t']).next().unwrap_or_default();
    let is_flag = name.starts_with("--") && spaces > 0 && !spaced.is_empty();
    is_flag.then_some(quote + spaces)
}

/// How long a value is: to its quote, or to its blank; of a header to the end of the line.
fn value_length(from: &str, between: &str, is_header: bool) -> usize {
    let quote = between.chars().last().filter(|c| "\"'".contains(*c));
    let ends = |c: char| match (quote, is_header) {
        (Some(quote), _) => c == quote || c == '\n',
        (None, true) => "\n\"'".contains(c),
        (None, false) => c.is_whitespace() || "\"',;&)}".contains(c),
    };
    from.find(ends).unwrap_or(from.len())
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn no_secret_is_left() {
        for (text, expected) in [
            (
                "psql postgres://me:hush@host/db",
                "psql postgres://me:***@host/db",
            ),
            ("a://me:hu@sh@host b://x", "a://me:***@host b://x"),
            ("PGPASSWORD=hush psql", "PGPASSWORD=*** psql"),
            ("X_SECRET_KEY='hush hush' run", "X_SECRET_KEY='***' run"),
            ("run --password hush -x", "run --password *** -x"),
            ("run --api-token=hush", "run --api-token=***"),
            (
                "curl -H 'Authorization: Bearer hush' x",
                "curl -H 'Authorization: ***' x",
            ),
            ("Cookie: a=hush; b=hush\nnext", "Cookie: ***\nnext"),
            (
                r#"{"token": "hush", "id": 3}"#,
                r#"{"token": "***", "id": 3}"#,
            ),
            ("a=1&access_token=hush&b=2", "a=1&access_token=***&b=2"),
            ("password=hush password=hush", "password=*** password=***"),
            ("Password : hush", "Password : ***"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "",
            "rails db:schema:load",
            "http://127.0.0.1:8080/x",
            "postgres://me@host/db",
            "an unexpected token",
            "token",
            "password=",
            "the secret of a: b",
            "\u{e4}://\u{e4}",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
