//! Which isolation level a statement asks for.

/// The names of levels, the longest first.
const LEVELS: [&str; 4] = [
    "read uncommitted",
    "repeatable read",
    "read committed",
    "serializable",
];

/// The words before the name of a level.
const BEFORE: [&str; 3] = [
    "isolation level",
    "default_transaction_isolation",
    "transaction_isolation",
];

/// Statements that may begin so.
const VERBS: [&str; 3] = ["begin", "start", "set"];

/// The level that a statement with this first word asks for; `None` where it asks for none.
pub(super) fn level(verb: &str, sql: &str) -> Option<&'static str> {
    VERBS.contains(&verb).then(|| named(sql)).flatten()
}

/// The level that a text names: a statement, or a setting with its value.
pub(in crate::explore) fn named(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase().replace('\\', " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let behind = BEFORE.iter().find_map(|before| text.split_once(before));
    let (_, behind) = behind?;
    let behind = behind.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let behind = behind.strip_prefix("to ").unwrap_or(behind);
    let behind = behind.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    LEVELS.into_iter().find(|level| behind.starts_with(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_found_where_one_is_asked_for() {
        for (text, found) in [
            ("isolation level serializable", Some("serializable")),
            (
                "ISOLATION  LEVEL\nREPEATABLE READ, READ ONLY",
                Some("repeatable read"),
            ),
            (
                "transaction_isolation TO 'read committed'",
                Some("read committed"),
            ),
            (
                r"-c default_transaction_isolation=repeatable\ read",
                Some("repeatable read"),
            ),
            ("something else", None),
            ("isolation level of its own", None),
        ] {
            assert_eq!(named(text), found, "{text}");
        }
        assert_eq!(
            level("show", "transaction isolation level serializable"),
            None
        );
        assert_eq!(
            level("set", "isolation level serializable"),
            Some("serializable")
        );
    }
}
