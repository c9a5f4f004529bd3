//! Text of the user's, as it stands in a trace.

/// A value that goes as text, as its reader would write it.
pub(super) fn value(value: Option<&str>) -> String {
    match value {
        None => "NULL".into(),
        // As it is written, a whole number is the same without quotes.
        Some(text)
            if text
                .parse::<i64>()
                .is_ok_and(|number| number.to_string() == text) =>
        {
            text.into()
        }
        Some(text) => literal(text),
    }
}

/// A text as SQL.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A statement of several lines as one: white space between words becomes a single space,
/// and comments up to the end of their line go. One with a dollar quote, whose lines may
/// matter, stays as it is.
pub(super) fn in_one_line(sql: &str) -> String {
    if sql.contains("$$") {
        return sql.trim().to_owned();
    }
    let mut line = String::with_capacity(sql.len());
    let mut letters = sql.trim().chars().peekable();
    let mut quote = None;
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) => {
                quote = (letter != open).then_some(open);
                line.push(letter);
            }
            (None, '\'' | '"') => {
                quote = Some(letter);
                line.push(letter);
            }
            (None, '-') if letters.peek() == Some(&'-') => {
                let _comment = letters.by_ref().find(|&letter| letter == '\n');
                push_space(&mut line);
            }
            (None, _) if letter.is_whitespace() => push_space(&mut line),
            (None, _) => line.push(letter),
        }
    }
    line.trim_end().to_owned()
}

fn push_space(line: &mut String) {
    if !line.is_empty() && !line.ends_with(' ') {
        line.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::{in_one_line, value};

    #[test]
    fn lines_and_comments_go_and_literals_stay() {
        for (sql, shown) in [
            ("take 1", "take 1"),
            ("  take a,\n\t b -- both\n  of t\n", "take a, b of t"),
            (
                "take '--  a\n  b' , \"c  d\"",
                "take '--  a\n  b' , \"c  d\"",
            ),
            ("take 'it''s  so'   || x", "take 'it''s  so' || x"),
            ("do $$x\n  x;\ny$$", "do $$x\n  x;\ny$$"),
            ("take 3 - -1", "take 3 - -1"),
        ] {
            assert_eq!(in_one_line(sql), shown);
        }
    }

    #[test]
    fn only_whole_numbers_as_they_are_written_stand_without_quotes() {
        for (text, shown) in [
            (Some("12"), "12"),
            (Some("-3"), "-3"),
            (Some("012"), "'012'"),
            (Some("1.50"), "'1.50'"),
            (Some("it's"), "'it''s'"),
            (Some(""), "''"),
            (None, "NULL"),
        ] {
            assert_eq!(value(text), shown);
        }
    }
}
