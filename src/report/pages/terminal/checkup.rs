//! What was understood of a service, for a person at a terminal.

use std::fmt::Write as _;

use super::style::{BOLD, DIM};
use super::wrap::wrap;
use crate::explore::checkup::{Checkup, Driver, Followed, Spoken};
use crate::report::facts::number::{count, duration};
use crate::report::{harmless, in_harmless_words};

/// No line is longer, however wide a terminal is.
const COLUMNS_MAX: usize = 100;
/// Where no flag bounds it, an exploration of a service runs so many schedules.
const USUAL_SCHEDULES: f64 = 1_000.0;
/// Before the text of a row.
const INDENT: usize = 16;
/// Of a body so many lines are shown; the results have all that was kept of it.
const BODY_LINES_MAX: usize = 4;
const YEAR_US: f64 = 365.0 * 24.0 * 3_600.0 * 1e6;

/// The page for so many columns; `next` is the command to go on with.
#[must_use]
pub fn checkup_to_terminal(checkup: &Checkup, next: &str, columns: usize) -> String {
    let checkup = &*in_harmless_words(checkup);
    let mut page = String::new();
    let word = match checkup.followed {
        Followed::Yes { .. } => "CAN BE EXPLORED",
        Followed::No(_) => "CANNOT BE FOLLOWED",
    };
    let _ = writeln!(page, "{BOLD}{word}{BOLD:#}  {}\n", checkup.cell);
    for driver in &checkup.drivers {
        driver_lines(&mut page, driver);
    }
    spoken_lines(&mut page, &checkup.spoken);
    for answer in &checkup.answers {
        let status = answer.status.map_or("nothing".into(), |it| it.to_string());
        row(&mut page, "answer", &format!("{} {status}", answer.request));
        for line in pieces(
            &answer.body,
            columns.min(COLUMNS_MAX).saturating_sub(INDENT),
        ) {
            row(&mut page, "", &line);
        }
    }
    let same = match &checkup.difference {
        None => "the same request twice does the same".to_owned(),
        Some(different) => format!("the same request twice does not do the same: {different}"),
    };
    row(&mut page, "sameness", &same);
    for unread in &checkup.unread {
        row(&mut page, "unread", unread);
    }
    followed_lines(&mut page, &checkup.followed);
    let _ = writeln!(page, "\nnext: {}", harmless(next));
    wrap(&page, columns.min(COLUMNS_MAX))
}

/// A body in lines of at most so many characters: it may have no blank to break it at.
fn pieces(body: &str, columns: usize) -> Vec<String> {
    let all: Vec<char> = body.chars().collect();
    let lines = all.chunks(columns.max(1)).take(BODY_LINES_MAX);
    lines.map(|line| line.iter().collect()).collect()
}

/// A step without its numbers and quoted values: requests of two buyers differ in them.
fn without_values(step: &str) -> String {
    let mut kept = String::new();
    for (at, part) in step.split('\'').enumerate() {
        match at % 2 {
            0 => kept.extend(part.chars().filter(|c| !c.is_ascii_digit())),
            _ => kept.push('\''),
        }
    }
    kept
}

fn row(page: &mut String, label: &str, text: &str) {
    let _ = writeln!(page, "  {label:<13} {text}");
}

fn driver_lines(page: &mut String, driver: &Driver) {
    let parameters = driver.parameters.iter();
    let parameters = parameters.map(|(name, value)| format!("{name} {value}"));
    let parameters: Vec<String> = parameters.collect();
    let told = match parameters.is_empty() {
        true => "says nothing of itself".into(),
        false => parameters.join(", "),
    };
    row(page, "driver", &told);
    let encryption = match driver.asks_for_encryption {
        true => "; asks for encryption first, which is refused",
        false => "",
    };
    row(
        page,
        "protocol",
        &format!("{}{encryption}", driver.protocol),
    );
}

fn spoken_lines(page: &mut String, spoken: &Spoken) {
    let ways = [
        (spoken.simple, "as text alone (simple protocol)"),
        (spoken.unnamed, "prepared without a name"),
        (spoken.named, "prepared under a name"),
        (
            spoken.pipelined,
            "sent before the one before was answered (pipelined)",
        ),
    ];
    let ways = ways.iter().filter(|(count, _)| *count > 0);
    let ways: Vec<String> = ways.map(|(count, way)| format!("{count} {way}")).collect();
    let statements = match ways.is_empty() {
        true => "a request sends none".into(),
        false => format!("of a request: {}", ways.join(", ")),
    };
    row(page, "statements", &statements);
    if spoken.copies {
        row(page, "copy", "rows come or go by COPY");
    }
    let transactions = match (spoken.transactions, spoken.autocommit) {
        (0, _) => format!("none; {} statements commit on their own", spoken.autocommit),
        (begun, 0) => format!("{begun} a request"),
        (begun, alone) => format!("{begun} a request; {alone} statements commit on their own"),
    };
    row(page, "transactions", &transactions);
    let levels = match spoken.levels.is_empty() {
        true => "none is asked for: as --isolation says".to_owned(),
        false => format!("asked for: {}", spoken.levels.join(", ")),
    };
    row(page, "isolation", &levels);
    let list = |counts: &[usize]| {
        let counts: Vec<String> = counts.iter().map(usize::to_string).collect();
        counts.join(", ")
    };
    let (at_start, opened) = (spoken.opened_at_start, list(&spoken.opened));
    let kept = match spoken.opened.iter().skip(1).all(|opened| *opened == 0) {
        true => "kept",
        false => "opened anew by requests",
    };
    row(
        page,
        "connections",
        &format!(
            "{kept}: {at_start} opened at the start, {opened} by the requests one after the \
             other, {} closed",
            list(&spoken.closed)
        ),
    );
    match spoken.at_start.as_slice() {
        [] => {}
        all => row(page, "at the start", &format!("{} statements", all.len())),
    }
    match spoken.background.as_slice() {
        [] => row(page, "background", "none while no request was under way"),
        all => {
            for sql in all {
                row(page, "background", sql);
            }
        }
    }
}

fn followed_lines(page: &mut String, followed: &Followed) {
    match followed {
        Followed::No(why) => {
            page.push('\n');
            row(page, "why", &why.reason);
            row(page, "try", &why.advice);
        }
        Followed::Yes {
            steps,
            generated,
            unexplained,
            schedules_at_most,
            schedule_ms,
        } => {
            let generated = match generated.is_empty() {
                true => "none".to_owned(),
                false => generated.join(", "),
            };
            row(page, "generated", &generated);
            if !unexplained.is_empty() {
                let named = unexplained.join(", ");
                row(page, "differs", &format!("{named}: without a known reason"));
            }
            let mut shown: Vec<&Vec<String>> = steps.iter().collect();
            let alike = |steps: &[String]| -> Vec<String> {
                steps.iter().map(|step| without_values(step)).collect()
            };
            shown.dedup_by(|one, other| alike(one) == alike(other));
            let of = match shown.len() {
                1 => "of each request, with values of its own",
                _ => "of a request",
            };
            for steps in shown {
                let _ = writeln!(page, "\n{DIM}  steps {of}{DIM:#}");
                for (number, step) in (1..).zip(steps) {
                    let _ = writeln!(page, "  {number:>3}  {step}");
                }
            }
            page.push('\n');
            row(
                page,
                "schedules",
                &schedules(*schedules_at_most, *schedule_ms),
            );
        }
    }
}

fn schedules(at_most: f64, each_ms: f64) -> String {
    let time = |schedules: f64| match schedules * each_ms * 1_000.0 {
        us if us > YEAR_US => "more than a year".to_owned(),
        us => duration(us as u64),
    };
    let each = duration((each_ms * 1_000.0) as u64);
    let all = match at_most < 1e12 {
        true => count(at_most as u64),
        false => format!("{at_most:.0e}"),
    };
    let usual = match at_most > USUAL_SCHEDULES {
        true => format!(
            "; 1,000 of them, which is what an exploration runs unless it is told otherwise, {}",
            time(USUAL_SCHEDULES)
        ),
        false => String::new(),
    };
    format!(
        "at most {all}, fewer where requests wait; one takes {each}, all of them {}{usual}",
        time(at_most)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::unfollowed::Unfollowed;

    fn page(followed: Followed) -> String {
        let checkup = Checkup {
            sim_version: "0".into(),
            server: None,
            cell: "service:naive".into(),
            drivers: Vec::new(),
            spoken: Spoken::default(),
            answers: Vec::new(),
            difference: None,
            unread: Vec::new(),
            followed,
        };
        plain(&checkup_to_terminal(&checkup, "sim next", 80))
    }

    /// Without colours; what else a terminal would obey stays.
    fn plain(page: &str) -> String {
        let mut pieces = page.split('\u{1b}');
        let mut plain = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let is_colour = |(style, _): &(&str, &str)| {
                let style = style.strip_prefix('[');
                style.is_some_and(|it| it.chars().all(|c| c.is_ascii_digit() || c == ';'))
            };
            match piece.split_once('m').filter(is_colour) {
                Some((_, text)) => plain.push_str(text),
                None => plain.extend(["\u{1b}", piece]),
            }
        }
        plain
    }

    #[test]
    fn what_cannot_be_followed_says_why_and_what_to_try() {
        let page = page(Followed::No(Unfollowed::new(
            "it naps",
            "wake it \u{1b}[2J",
        )));
        assert!(
            page.starts_with("CANNOT BE FOLLOWED  service:naive\n"),
            "{page}"
        );
        assert!(page.contains("why           it naps"), "{page}");
        assert!(page.contains("wake it "), "{page}");
        assert!(page.ends_with("next: sim next\n") && !page.contains("\u{1b}[2J"));
    }

    #[test]
    fn what_can_be_followed_says_its_steps_and_how_long_they_take() {
        let steps = |values: &str| vec!["POST /buy".to_owned(), format!("takes {values}")];
        let followed = |schedules_at_most| Followed::Yes {
            steps: vec![steps("1 of 'a'"), steps("22 of 'b'")],
            generated: vec!["orders.id (of a sequence)".into()],
            unexplained: Vec::new(),
            schedules_at_most,
            schedule_ms: 10.0,
        };
        let few = page(followed(6.0));
        assert!(few.starts_with("CAN BE EXPLORED"), "{few}");
        assert_eq!(few.matches("POST /buy").count(), 1, "equal requests once");
        assert!(
            few.contains("at most 6,") && !few.contains("1,000"),
            "{few}"
        );
        let many = page(followed(184_756.0));
        assert!(many.contains("at most 184,756,"), "{many}");
        assert!(many.contains("1,000 of them"), "{many}");
        assert!(page(followed(1e20)).contains("at most 1e20,"));
    }
}
