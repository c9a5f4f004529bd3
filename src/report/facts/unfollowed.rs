//! What cannot be followed, in words.

use crate::explore::found::Found;

/// Why it cannot be followed, and what to try; nothing of what can.
pub(in crate::report) fn in_lines(found: &Found) -> Vec<String> {
    let lines = found.unfollowed.iter().flat_map(|unfollowed| {
        [
            format!("it cannot be followed: {}", unfollowed.reason),
            format!("what to try: {}", unfollowed.advice),
        ]
    });
    lines.collect()
}
