//! Breaks lines that are too long for a terminal.

/// Breaks every line of `page` that is longer than so many columns between two words.
/// What follows stands below the text of the line: below its second column where there
/// is a label before it, else two blanks further in.
pub(super) fn wrap(page: &str, columns: usize) -> String {
    let mut wrapped = String::with_capacity(page.len());
    for line in page.lines() {
        wrap_line(line, columns, &mut wrapped);
        wrapped.push('\n');
    }
    wrapped
}

/// A command that stands behind a label. One that is too long is broken before its
/// flags, as a shell reads it.
pub(super) fn command(label: &str, command: &str, columns: usize) -> String {
    let room = columns.saturating_sub(label.chars().count() + 1);
    if command.chars().count() <= room {
        return command.to_owned();
    }
    let parts = command.replace(" --", "\n--");
    let parts: Vec<&str> = parts.lines().collect();
    // A blank and a backslash end a line.
    fill(&parts, " ", room.saturating_sub(2), "  ").join(" \\\n")
}

/// As many parts on a line as fit into so many columns. Lines behind the first
/// begin with `indent`.
pub(super) fn fill(parts: &[&str], separator: &str, columns: usize, indent: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if width(line) + width(separator) + width(part) <= columns => {
                line.push_str(separator);
                line.push_str(part);
            }
            Some(_) => lines.push(format!("{indent}{part}")),
            None => lines.push((*part).to_owned()),
        }
    }
    lines
}

/// Settings beside each other, in as few lines as a page has room for.
pub(super) fn settings(parts: &[String], columns: usize) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    fill(&parts, " · ", columns, "").join("\n")
}

fn wrap_line(line: &str, columns: usize, wrapped: &mut String) {
    if width(line) <= columns {
        wrapped.push_str(line);
        return;
    }
    let indent = " ".repeat(hanging(line));
    let mut column = 0;
    for word in line.split_inclusive(' ') {
        let word_width = width(word.trim_end_matches(' '));
        if column + word_width > columns && column > indent.len() {
            let kept = wrapped.trim_end_matches(' ').len();
            wrapped.truncate(kept);
            wrapped.push('\n');
            wrapped.push_str(&indent);
            column = indent.len();
        }
        wrapped.push_str(word);
        column += width(word);
    }
}

/// Where the text after a line's label begins.
fn hanging(line: &str) -> usize {
    const LABEL_MAX: usize = 20;
    let plain: Vec<char> = visible(line).collect();
    let margin = plain.iter().take_while(|c| **c == ' ').count();
    let label = plain[margin..]
        .windows(2)
        .position(|pair| pair == [' ', ' ']);
    match label {
        Some(end) if end < LABEL_MAX => {
            let blanks = plain[margin + end..].iter().take_while(|c| **c == ' ');
            margin + end + blanks.count()
        }
        _ => margin + 2,
    }
}

fn width(text: &str) -> usize {
    visible(text).count()
}

/// The characters that take a column: all but the sequences that colour them.
fn visible(text: &str) -> impl Iterator<Item = char> {
    let mut in_sequence = false;
    text.chars().filter(move |&c| {
        let hidden = in_sequence || c == '\u{1b}';
        in_sequence = hidden && c != 'm';
        !hidden
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_fits_stays_as_it_is() {
        let fits = format!("  {}\n", "x".repeat(98));
        assert_eq!(wrap(&fits, 100), fits);
        let coloured = format!("\u{1b}[1m{}\u{1b}[0m\n", "x ".repeat(50));
        assert_eq!(wrap(&coloured, 100), coloured);
    }

    #[test]
    fn words_that_do_not_fit_stand_below_the_text() {
        for columns in [60, 100] {
            let words = "w ".repeat((columns - 14) / 2);
            let fits = format!("  faults      {words}x\n");
            assert_eq!(width(&fits), columns + 2, "with its end");
            let indent = " ".repeat(14);
            let broken = format!("  faults      {}\n{indent}x\n", words.trim_end());
            assert_eq!(wrap(&fits, columns), broken);
            assert_eq!(wrap(&fits, columns + 1), fits);
            let plain = wrap(&"word ".repeat(40), columns);
            assert!(plain.lines().all(|line| line.chars().count() <= columns));
            assert!(plain.lines().nth(1).unwrap().starts_with("  word"));
        }
    }

    #[test]
    fn a_word_longer_than_a_line_is_not_broken() {
        let word = "x".repeat(120);
        assert_eq!(wrap(&word, 100), format!("{word}\n"));
    }

    #[test]
    fn a_long_command_is_broken_before_its_flags() {
        let whole = "sim replay --strategy row-lock --stock 2 --schedule AAABBB";
        assert_eq!(command("again:", whole, 100), whole);
        assert_eq!(
            command("again:", whole, 40),
            "sim replay --strategy row-lock \\\n  --stock 2 --schedule AAABBB"
        );
    }
}
