//! One study: what it comes to, the verdict of each cell, what each costs.

use std::fmt::Write as _;

use super::escape::escape;
use crate::cell::Cell;
use crate::oracle::Verdict;
use crate::report::Report;
use crate::report::dossier::document::Study;
use crate::report::facts::changed::left_in_words;
use crate::report::facts::comparison::{Compared, compare_ran};
use crate::report::facts::conclusion::conclusion;
use crate::report::facts::expectation::NOT_RUN;
use crate::report::facts::explain;
use crate::report::facts::known::{self, Known, known, levels, subjects};
use crate::report::facts::number::{count, joined, many, real};
use crate::report::facts::put_in;
use crate::report::facts::raced::end_in_words;
use crate::report::facts::script_lines;
use crate::report::facts::setting::actors;
use crate::report::facts::statistics::Interval;
use crate::report::facts::table::{Columns, Number};
use crate::report::facts::unfollowed;
use crate::report::facts::words::on_own_tables;
use crate::report::facts::wrong;

/// Of the faults of a study no more are told than this.
const FAULTS_MAX: usize = 8;

pub(super) fn render(study: &Study, with_costs: bool) -> String {
    let mut page = format!("\n#### {}\n", escape(&study.title));
    let (about, comes_to) = (escape(&study.about), escape(&conclusion(study)));
    for paragraph in [about, comes_to].iter().filter(|text| !text.is_empty()) {
        let _ = write!(page, "\n{paragraph}\n");
    }
    page.push_str(&faults(study));
    page.push_str(&put_in(study));
    page.push_str(&verdicts(study));
    page.push_str(&unfollowed(study));
    page.push_str(&raced(study));
    page.push_str(&if with_costs {
        wrong(study)
    } else {
        String::new()
    });
    page.push_str(&left(study));
    if let Some(load) = study.load.as_ref().filter(|_| with_costs) {
        page.push_str(&costs(study, load));
    }
    page
}

/// What went wrong that has nothing to do with concurrency.
fn faults(study: &Study) -> String {
    let runs = study.load.iter().flat_map(|load| &load.cells);
    let of_runs = runs.flat_map(|cell| explain::faults(&cell.runs));
    let cells = study.exploration.iter().flat_map(|e| &e.cells);
    let stopped = cells.filter_map(|cell| cell.found.fault.as_deref());
    let stopped = stopped.map(|why| ("an exploration could not go on: ".to_owned(), why));
    let all: Vec<(String, &str)> = of_runs.chain(stopped).collect();
    if all.is_empty() {
        return String::new();
    }
    let mut list = String::from("\nFaults:\n\n");
    for (what, message) in all.iter().take(FAULTS_MAX) {
        let _ = writeln!(list, "- {what}{}", escape(message));
    }
    if let Some(more @ 1..) = all.len().checked_sub(FAULTS_MAX) {
        let _ = writeln!(list, "- and {} more", count(more as u64));
    }
    list
}

/// The faults that were put in between a service and its database.
fn put_in(study: &Study) -> String {
    let summaries = study.load.iter().flat_map(Report::summaries);
    let lines = summaries.filter_map(|summary| {
        let said = put_in::in_words(&summary)?;
        Some(format!("- {}: {said}\n", escape(&summary.cell.to_string())))
    });
    let lines: String = lines.collect();
    match lines.is_empty() {
        true => lines,
        false => format!("\nPut in between the service and its database:\n\n{lines}"),
    }
}

/// What cannot be followed, with the reason and what to try.
fn unfollowed(study: &Study) -> String {
    let cells = study.exploration.iter().flat_map(|e| &e.cells);
    let said = cells.flat_map(|cell| {
        let lines = unfollowed::in_lines(&cell.found).into_iter();
        lines.map(|line| format!("- {}: {}\n", escape(&cell.cell.to_string()), escape(&line)))
    });
    let list: String = said.collect();
    match list.is_empty() {
        true => list,
        false => format!("\nUnsupported:\n\n{list}"),
    }
}

/// Ends that only sessions came to that were released at the same time.
fn raced(study: &Study) -> String {
    let cells = study.exploration.iter().flat_map(|e| &e.cells);
    let lines = cells.flat_map(|cell| {
        let ends = cell.found.raced.iter();
        let ends = ends.flat_map(|raced| raced.ends.iter().map(move |end| (raced, end)));
        ends.map(move |(raced, end)| {
            let said = end_in_words(raced, end);
            format!("- {}: {}\n", escape(&cell.cell.to_string()), escape(&said))
        })
    });
    let lines: String = lines.collect();
    match lines.is_empty() {
        true => lines,
        false => format!("\nReleased at the same time:\n\n{lines}"),
    }
}

/// What is wrong with the end that is shown of each cell that is broken, row by row, folded away.
fn wrong(study: &Study) -> String {
    let cells = study.exploration.iter().flat_map(|e| &e.cells);
    let said = cells.filter_map(|cell| {
        let lines = wrong::in_lines(wrong::shown(cell)?);
        let lines = lines.iter().map(|line| format!("  - {}\n", escape(line)));
        let lines: String = lines.collect();
        let named = escape(&cell.cell.to_string());
        (!lines.is_empty()).then(|| format!("- {named}, {}\n{lines}", cell.verdict()))
    });
    let list: String = said.collect();
    match list.is_empty() {
        true => list,
        false => format!(
            "\n<details>\n<summary>What is wrong, row by row</summary>\n\n{list}\n</details>\n"
        ),
    }
}

/// What scripts leave in their sessions.
fn left(study: &Study) -> String {
    let cells = study.exploration.iter().flat_map(|e| &e.cells);
    let said = cells.flat_map(|cell| {
        let left = left_in_words(&cell.found.left).into_iter();
        left.map(|said| format!("- {}: {}\n", cell.cell, escape(&said)))
    });
    let list: String = said.collect();
    match list.is_empty() {
        true => list,
        false => format!("\nLeft in sessions (a note, no verdict):\n\n{list}"),
    }
}

/// Subject x isolation.
fn verdicts(study: &Study) -> String {
    let known = known(study);
    let levels = levels(&known);
    if levels.is_empty() {
        return String::new();
    }
    let mut table = format!(
        "\n| strategy | {} |\n|---|{}\n",
        joined(&levels, " | "),
        "---|".repeat(levels.len())
    );
    for subject in subjects(&known) {
        let _ = write!(table, "| {subject} |");
        for level in &levels {
            let cell = Cell {
                subject,
                level: *level,
            };
            let _ = write!(table, " {} |", both(study, known::at(&known, cell)));
        }
        table.push('\n');
    }
    table + &legend(study)
}

/// In bold if it is not as expected.
fn verdict(found: Verdict, holds: bool) -> String {
    match holds {
        true => found.to_string(),
        false => format!("**{found}**"),
    }
}

/// The verdict of many buyers, and what takes from its worth.
fn of_load(known: &Known<'_>) -> Option<String> {
    let load = known.load.map(|(found, expected)| {
        let holds = found == expected.unwrap_or(Verdict::Safe);
        verdict(found, holds)
    });
    match (load, &known.reserve) {
        (None, _) => known.is_load_left.then(|| NOT_RUN.into()),
        (Some(load), None) => Some(load),
        (Some(load), Some(reserve)) => Some(format!("{load} ({reserve})")),
    }
}

/// The same of every schedule of a few.
fn of_exploration(known: &Known<'_>) -> Option<String> {
    let Some(cell) = known.explored else {
        return known.is_exploration_planned.then(|| NOT_RUN.into());
    };
    let fault = cell.found.fault.as_ref().map_or("", |_| " (fault)");
    let covered = explain::covered(&cell.found);
    let covered = covered.map_or_else(String::new, |covered| format!(" ({covered})"));
    Some(verdict(cell.verdict(), cell.holds()) + &covered + fault)
}

fn both(study: &Study, known: Option<&Known<'_>>) -> String {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let load = or_dash(known.and_then(of_load));
    let explored = or_dash(known.and_then(of_exploration));
    match (&study.load, &study.exploration) {
        (Some(_), Some(_)) => format!("{load} / {explored}"),
        (Some(_), None) => load,
        _ => explored,
    }
}

fn legend(study: &Study) -> String {
    let load = study.load.as_ref().map(|load| {
        let buyers = many(load.scenario.buyers.into(), "buyer");
        format!("{buyers} at full speed")
    });
    let explored = study.exploration.as_ref().map(|exploration| {
        let buyers = actors(exploration);
        format!("the schedules of {buyers}")
    });
    let what = match (load, explored) {
        (Some(load), Some(explored)) => format!("{load} / {explored}"),
        (load, explored) => load.or(explored).unwrap_or_default(),
    };
    let loads = study.load.iter().flat_map(|load| &load.cells);
    let explored = study.exploration.iter().flat_map(|e| e.plan());
    let loads = loads.map(|cell| cell.expected.is_some());
    let explored = explored.map(|(cell, _)| cell.expected.is_some());
    let bold = match loads.chain(explored).any(|is_expected| is_expected) {
        true => "not as expected",
        false => "not safe",
    };
    format!("\n{what}; in bold: {bold}\n")
}

/// What each cell costs, after what it breaks; the last one in words.
const COSTS: [(&str, Number); 7] = [
    ("conflicts per sale", Number::ConflictsPerSale),
    ("attempts per sale", Number::AttemptsPerSale),
    ("sales/s", Number::SalesPerS),
    ("p50 ms", Number::Percentile(50.0)),
    ("p99 ms", Number::Percentile(99.0)),
    ("client busy %", Number::ClientBusy),
    ("ratio", Number::Ratio),
];

/// What each cell costs, folded away.
fn costs(study: &Study, load: &Report) -> String {
    let rows = compare_ran(load, study.reference);
    if rows.is_empty() {
        return String::new();
    }
    let columns = Columns::of(rows.iter().map(|row| &row.summary), &COSTS);
    let is_short = rows.iter().any(|row| row.summary.is_missing_runs());
    let up_to = if is_short { "up to " } else { "" };
    let beside = match study.reference {
        Some(cell) => format!(", beside {cell}"),
        None => String::new(),
    };
    let headings = columns.headings(|rule| rule.title);
    let sales = match columns.is_own() {
        true => on_own_tables("sales/s"),
        false => "sales/s",
    };
    let mut table = format!(
        "\n<details>\n<summary>What each costs{beside}</summary>\n\n\
         Counts are the mean of a run, of {up_to}{}; a ratio is of {sales}, with its 95 % interval, and only where \
         nothing was broken; \"faster\" and \"slower\" are corrected for all rows together (Holm, \
         5 %).\n\n\
         | strategy | isolation | {} |\n|---|---|{}---|\n",
        many(load.scenario.runs.into(), "run"),
        headings.join(" | "),
        "--:|".repeat(headings.len() - 1),
    );
    for row in &rows {
        let Cell { subject, level } = row.summary.cell;
        let level = match subject.is_service() {
            true => "its own".into(),
            false => level.to_string(),
        };
        let numbers = columns.row(&row.summary).into_iter();
        let numbers = numbers.map(|(number, value)| match number {
            Number::Ratio => compared(row),
            _ => value.bare(),
        });
        let _ = writeln!(
            table,
            "| {subject} | {level} | {} |",
            joined(numbers, " | ")
        );
    }
    table + &lines(&rows) + "\n</details>\n"
}

/// The statements of each script, by their lines.
fn lines(rows: &[Compared<'_>]) -> String {
    let mut tables = String::new();
    for row in rows {
        let lines = script_lines::lines(&row.summary);
        if lines.is_empty() {
            continue;
        }
        let [first, last, each] = script_lines::words(row.summary.cell);
        let _ = write!(
            tables,
            "\n{}, {each}:\n\n\
             | {first} | sent | lost | failed | p50 ms | p99 ms | {last} |\n\
             |--:|--:|--:|--:|--:|--:|---|\n",
            row.summary.cell
        );
        for line in lines {
            let timing = line.timing;
            let [p50, p99] =
                [50.0, 99.0].map(|p| real(timing.latency.percentile_us(p) as f64 / 1e3));
            let _ = writeln!(
                tables,
                "| {} | {} | {} | {} | {p50} | {p99} | {} |",
                escape(&line.place),
                count(timing.latency.count()),
                count(timing.lost),
                count(timing.failed),
                escape(&line.text),
            );
        }
    }
    tables
}

fn compared(row: &Compared<'_>) -> String {
    let Some(ratio) = row.ratio else {
        return "-".into();
    };
    let judged = match row.is_real() {
        _ if row.is_reference => return "reference".into(),
        true if ratio.value > 1.0 => "faster",
        true => "slower",
        false => "within noise",
    };
    format!("{}, {judged}", spread(ratio))
}

/// A ratio with its interval; one run alone has none.
pub(super) fn spread(ratio: Interval) -> String {
    let value = real(ratio.value);
    match ratio.high.is_finite() {
        true => format!("{value} ({} to {})", real(ratio.low), real(ratio.high)),
        false => format!("{value} (one run)"),
    }
}
