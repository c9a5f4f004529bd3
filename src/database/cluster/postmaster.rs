//! What a server leaves for us to read: `postmaster.pid` and the log.

/// How many of the last lines of a log an error shows.
const TAIL_LINES: usize = 12;

/// Whether this text of a `postmaster.pid` says that the server with process id `pid` accepts
/// connections: line 1 holds the process id, line 8 the state, padded with blanks (PostgreSQL's
/// `src/include/utils/pidfile.h`, since version 10).
pub(super) fn is_ready(text: &str, pid: u32) -> bool {
    let mut lines = text.lines().map(str::trim);
    let same = lines.next().is_some_and(|line| line.parse() == Ok(pid));
    same && lines.nth(6) == Some("ready")
}

/// The key and the id of the System V segment of shared memory that the server of this
/// `postmaster.pid` has made: line 7.
pub(super) fn segment(text: &str) -> Option<(i64, i32)> {
    let mut numbers = text.lines().nth(6)?.split_whitespace();
    let key = numbers.next()?.parse().ok()?;
    Some((key, numbers.next()?.parse().ok()?))
}

/// The last lines of `text`, without empty ones; a remark where there are none.
pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    match lines.len() {
        0 => "it said nothing".to_owned(),
        count => lines[count.saturating_sub(TAIL_LINES)..].join("\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str =
        "4711\n/tmp/sim-1/data\n1700000000\n5432\n/tmp/sim-1\n\n  1234567         8\nready   \n";

    #[test]
    fn line_eight_says_ready() {
        assert!(is_ready(READY, 4711));
    }

    #[test]
    fn anything_else_is_not_ready() {
        assert!(!is_ready(READY, 4712));
        assert!(!is_ready(&READY.replace("ready   ", "starting"), 4711));
        assert!(!is_ready("4711\n/tmp/sim-1/data\n", 4711));
        assert!(!is_ready("", 4711));
    }

    #[test]
    fn line_seven_names_the_segment() {
        assert_eq!(segment(READY), Some((1_234_567, 8)));
        assert_eq!(segment("4711\n/tmp/sim-1/data\n"), None);
        assert_eq!(segment(&READY.replace("         8", "")), None);
    }

    #[test]
    fn only_the_last_lines_are_shown() {
        let text: String = (0..100)
            .map(|number| format!("line {number}\n\n"))
            .collect();
        let tail = last_lines(&text);
        assert_eq!(tail.lines().count(), TAIL_LINES);
        assert!(tail.ends_with("line 99"));
        assert_eq!(last_lines("\n \n"), "it said nothing");
    }
}
