//! The first word of a statement, which tells whether it takes a snapshot.

/// Statements whose rows are read under a snapshot. Before any other one no snapshot may
/// be taken: BEGIN would begin with it, and SET TRANSACTION would fail.
const READERS: [&str; 8] = [
    "select", "insert", "update", "delete", "merge", "with", "values", "table",
];

/// Whether a statement reads rows, by its first word.
pub(super) fn reads_data(sql: &str) -> bool {
    let word = first_word(sql);
    READERS
        .iter()
        .any(|reader| word.eq_ignore_ascii_case(reader))
}

/// The first word, behind comments; empty where there is none.
pub(in crate::explore) fn first_word(sql: &str) -> &str {
    let rest = behind_comments(sql);
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = rest.find(|c: char| !is_of_word(c));
    &rest[..end.unwrap_or(rest.len())]
}

/// Without what stands before the first word: blanks, comments, parentheses.
fn behind_comments(mut sql: &str) -> &str {
    loop {
        sql = sql.trim_start_matches(|c: char| c.is_whitespace() || c == '(' || c == ';');
        sql = if let Some(rest) = sql.strip_prefix("--") {
            rest.split_once('\n').map_or("", |(_, rest)| rest)
        } else if sql.starts_with("/*") {
            behind_block(sql)
        } else {
            return sql;
        };
    }
}

/// Comments stand within comments.
fn behind_block(sql: &str) -> &str {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(found) = sql[at..].find(['/', '*']) {
        at += found;
        let step = match sql.as_bytes().get(at..at + 2) {
            Some(b"/*") => {
                depth += 1;
                2
            }
            Some(b"*/") => {
                depth = depth.saturating_sub(1);
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            return &sql[at..];
        }
    }
    ""
}
