//! Words of others as Markdown that shows just these words.

/// No text that is shown is longer than so many characters: a page of one
/// endless title would have no room for anything else.
const LENGTH_MAX: usize = 2_000;

/// One line that shows `text` as it is, wherever it stands: it opens no HTML,
/// ends no cell of a table, and mentions no user.
pub(super) fn escape(text: &str) -> String {
    let is_seen = |c: &char| c.is_whitespace() || !c.is_control();
    let seen: String = text.chars().filter(is_seen).collect();
    let line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown = String::with_capacity(line.len());
    // Where it stands first, `1.` or `-` would begin a list.
    let first = line.find(|c: char| !c.is_ascii_digit());
    for (length, (at, c)) in line.char_indices().enumerate() {
        if length == LENGTH_MAX {
            shown.push('…');
            break;
        }
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            // An escaped @ would still call a person or a team.
            '@' => shown.push_str("@<!-- -->"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '#' => {
                shown.extend(['\\', c]);
            }
            '-' | '+' | '=' if at == 0 => shown.extend(['\\', c]),
            '.' | ')' if first == Some(at) && ends_a_word(&line[at + 1..]) => {
                shown.extend(['\\', c]);
            }
            c => shown.push(c),
        }
    }
    shown
}

fn ends_a_word(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(' ')
}
