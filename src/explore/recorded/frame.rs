//! What stands before the statements of a script, and behind them.

use super::found::FoundSources;
use super::said::SaidStatement;
use super::twice::TwiceSaid;
use crate::shop::Outcome;

/// What stands before the statements.
pub fn head(request: &TwiceSaid, found: &FoundSources, notes: &[String]) -> String {
    let read = found.decided_by();
    let read = read.map_or("stock", |known| &known.name);
    let mut lines = vec![
        format!("Recorded by sim record: {}.", request.shown),
        "This is one way through the program, with the answers that one buyer had. What the program"
            .into(),
        "does after other answers (no row, too few units) was not seen, and nothing is checked here."
            .into(),
        "Where the program decides, let the script decide too, such as behind a SELECT or an UPDATE:"
            .into(),
        format!("  \\if :{read} < 1            or: \\if :ROW_COUNT = 0"),
        "    rollback;".into(),
        "  \\else".into(),
        "    the statements that follow, up to the end".into(),
        "  \\endif".into(),
    ];
    lines.extend(notes.iter().cloned());
    lines.iter().map(|line| comment(line)).collect::<String>() + "\n"
}

/// Where the tables are, as the program's connections say it.
pub fn opening(statements: &[String]) -> String {
    let said = comment("The program's connections begin so.");
    let statements = statements.iter().map(|text| format!("{said}{text};\n"));
    statements.collect()
}

/// A comment of one line.
pub fn comment(line: &str) -> String {
    let line: Vec<&str> = line.lines().collect();
    format!("-- {}\n", line.join(" "))
}

/// What a buyer is told at the end, where the last transaction does not say it.
pub fn outcome(statements: &[SaidStatement], told: Outcome) -> &'static str {
    let ends = statements.iter().rev().find_map(|it| match &*it.verb() {
        "commit" | "end" => Some(Outcome::Sold),
        "rollback" | "abort" if !it.sql.to_ascii_lowercase().contains(" to ") => {
            Some(Outcome::SoldOut)
        }
        _ => None,
    });
    match told {
        told if ends == Some(told) => "",
        Outcome::Sold => "\\set outcome_done 1\n",
        _ => "\\set outcome_refused 1\n",
    }
}
