//! Breaks lines that are too long for a page.

/// No line that people read is longer, in columns.
pub(super) const COLUMNS_MAX: usize = 100;

/// Breaks every line of `page` that is too long between two words. What follows
/// stands below the text of the line: below its second column where there is a
/// label before it, else two blanks further in.
pub(super) fn wrap(page: &str) -> String {
    let mut wrapped = String::with_capacity(page.len());
    for line in page.lines() {
        wrap_line(line, &mut wrapped);
        wrapped.push('\n');
    }
    wrapped
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
pub(super) fn settings(parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    fill(&parts, " · ", COLUMNS_MAX, "").join("\n")
}

fn wrap_line(line: &str, wrapped: &mut String) {
    if width(line) <= COLUMNS_MAX {
        wrapped.push_str(line);
        return;
    }
    let indent = " ".repeat(hanging(line));
    let mut column = 0;
    for word in line.split_inclusive(' ') {
        let word_width = width(word.trim_end_matches(' '));
        if column + word_width > COLUMNS_MAX && column > indent.len() {
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
        assert_eq!(wrap(&fits), fits);
        let coloured = format!("\u{1b}[1m{}\u{1b}[0m\n", "x ".repeat(50));
        assert_eq!(wrap(&coloured), coloured);
    }

    #[test]
    fn words_that_do_not_fit_stand_below_the_text() {
        let words = "word ".repeat(17);
        let fits = format!("  faults      {words}x\n");
        assert_eq!(
            (width(&fits), wrap(&fits)),
            (101, fits.clone()),
            "with its end"
        );
        let indent = " ".repeat(14);
        let broken = format!("  faults      {}\n{indent}xx\n", words.trim_end());
        assert_eq!(wrap(&fits.replace('x', "xx")), broken);
        let plain = wrap(&"word ".repeat(40));
        assert!(
            plain
                .lines()
                .all(|line| line.chars().count() <= COLUMNS_MAX)
        );
        assert!(plain.lines().nth(1).unwrap().starts_with("  word"));
    }

    #[test]
    fn a_word_longer_than_a_line_is_not_broken() {
        let word = "x".repeat(120);
        assert_eq!(wrap(&word), format!("{word}\n"));
    }
}
