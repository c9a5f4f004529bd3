//! What is seen of the work while it goes, as lines of so many columns.

use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::load::Glimpse;
use crate::report::{count, duration};

/// The bar is no wider: what stands behind it would be far from what it belongs to.
const BAR_MAX: usize = 40;
/// Between two facts of a line.
const GAP: &str = " · ";
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

const PLAIN: Style = Style::new();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// What the work is at, and how much of all of it is done.
#[derive(Debug, Clone)]
pub(super) struct WorkStage {
    /// In a few words.
    pub(super) what: String,
    /// The part of the work that is done, from 0 to 1.
    pub(super) share: f64,
    /// Since the work began.
    pub(super) elapsed: Duration,
}

/// A run at full speed.
#[derive(Debug, Clone, Copy)]
pub(super) struct CrowdView {
    pub(super) buyers: u64,
    /// What the shop has; `None` on tables of the user's own.
    pub(super) stock: Option<StockView>,
    pub(super) seen: Glimpse,
}

/// What the shop has before the first buyer, in units.
#[derive(Debug, Clone, Copy)]
pub(super) struct StockView {
    /// Units that all carts want.
    pub(super) wanted: u64,
    pub(super) in_stock: u64,
}

/// Events a second: the last one first told, older ones before it.
pub(super) type Rates<'r> = &'r [f64];

/// Such a run, with the attempts a second.
pub(super) fn crowd(
    stage: &WorkStage,
    crowd: CrowdView,
    rates: Rates<'_>,
    columns: usize,
) -> Vec<String> {
    let CrowdView {
        buyers,
        stock,
        seen,
    } = crowd;
    // As wide as they can become, so that nothing moves when a number grows.
    let of = |n: u64, most: u64| format!("{:>1$}", count(n), count(most).len());
    let oversold = match seen.oversold_units {
        0 => PLAIN,
        _ => BAD,
    };
    let p99 = seen.p99_us.map_or("-".into(), duration);
    let mut facts = match stock {
        None => vec![(format!("done {}", of(seen.sold_units, buyers)), PLAIN)],
        Some(StockView { wanted, in_stock }) => vec![
            (
                format!(
                    "sold {} of {} in stock, {} wanted",
                    of(seen.sold_units, wanted),
                    count(in_stock),
                    count(wanted)
                ),
                PLAIN,
            ),
            (
                format!("oversold {} so far", of(seen.oversold_units, wanted)),
                oversold,
            ),
        ],
    };
    facts.extend([
        (
            format!("{} of {} buyers", of(seen.finished, buyers), count(buyers)),
            PLAIN,
        ),
        (format!("{:>7} conflicts", count(seen.conflicts)), PLAIN),
        (format!("p99 {p99:>7} so far"), PLAIN),
    ]);
    let mut lines = headed(stage, columns);
    lines.extend(packed(&facts, columns));
    lines.push(pace("attempts/s", rates, columns));
    lines
}

/// An exploration: how many schedules of a cell were tried so far.
pub(super) fn schedules(
    stage: &WorkStage,
    tried: u64,
    rates: Rates<'_>,
    columns: usize,
) -> Vec<String> {
    let mut lines = headed(stage, columns);
    let tried = format!("{:>7} schedules tried{GAP}", count(tried));
    let room = columns.saturating_sub(tried.chars().count());
    lines.push(cut(
        &format!("{tried}{}", pace("a second", rates, room)),
        columns,
    ));
    lines
}

/// The same as one line, where nothing can be drawn.
pub(super) fn line(stage: &WorkStage) -> String {
    let share = stage.share.clamp(0.0, 1.0) * 100.0;
    format!(
        "{}{GAP}{:.0} %{GAP}{}",
        stage.what,
        share.floor(),
        times(stage)
    )
}

/// One line, shortened where it has to be.
pub(super) fn cut(line: &str, columns: usize) -> String {
    match line.chars().count() > columns {
        true => {
            let kept = line.chars().take(columns.saturating_sub(1));
            kept.chain((columns > 0).then_some('…')).collect()
        }
        false => line.to_owned(),
    }
}

/// What the work is at, and a bar over all of it with the time it took and may take.
fn headed(stage: &WorkStage, columns: usize) -> Vec<String> {
    let share = stage.share.clamp(0.0, 1.0);
    let percent = format!(" {:>3.0} %  {}", (share * 100.0).floor(), times(stage));
    let room = columns
        .saturating_sub(percent.chars().count() + 2)
        .min(BAR_MAX);
    let full = (share * room as f64) as usize;
    let bar = format!("[{}{}]{percent}", "=".repeat(full), " ".repeat(room - full));
    vec![cut(&stage.what, columns), cut(&bar, columns)]
}

/// How long the work took so far, and may still take.
fn times(stage: &WorkStage) -> String {
    let (share, elapsed) = (stage.share.clamp(0.0, 1.0), stage.elapsed);
    // Nothing can be foreseen before anything is done.
    if share > 0.0 && share < 1.0 {
        let left = elapsed.mul_f64((1.0 - share) / share);
        return format!("{}, about {} left", clock(elapsed), clock(left));
    }
    clock(elapsed)
}

/// Minutes and seconds, with hours where there are some: `0:07`, `1:02:03`.
fn clock(time: Duration) -> String {
    let s = time.as_secs();
    match s / 3_600 {
        0 => format!("{}:{:02}", s / 60, s % 60),
        hours => format!("{hours}:{:02}:{:02}", s / 60 % 60, s % 60),
    }
}

/// Facts, as many on a line as there is room for.
fn packed(facts: &[(String, Style)], columns: usize) -> Vec<String> {
    let (mut lines, mut used) = (Vec::<String>::new(), 0);
    for (text, style) in facts {
        let text = cut(text, columns);
        let width = text.chars().count();
        let styled = format!("{style}{text}{style:#}");
        let gap = GAP.chars().count();
        match lines.last_mut() {
            Some(line) if used + gap + width <= columns => {
                line.push_str(GAP);
                line.push_str(&styled);
                used += gap + width;
            }
            _ => {
                lines.push(styled);
                used = width;
            }
        }
    }
    lines
}

/// How fast it goes, and how fast it went before, in what room is left.
fn pace(unit: &str, rates: Rates<'_>, columns: usize) -> String {
    // A second, or what there is of it.
    let last = &rates[rates.len().saturating_sub(5)..];
    let mean = match last {
        [] => "-".into(),
        _ => count((last.iter().sum::<f64>() / last.len() as f64).round() as u64),
    };
    let text = format!("{mean:>7} {unit}");
    let room = columns.saturating_sub(text.chars().count() + 2);
    cut(
        format!("{text}  {}", sparkline(rates, room)).trim_end(),
        columns,
    )
}

/// The last of several numbers as bars beside each other, the highest one full.
fn sparkline(numbers: &[f64], room: usize) -> String {
    let shown = &numbers[numbers.len().saturating_sub(room)..];
    let most = shown.iter().copied().fold(0.0, f64::max);
    let bar = |number: &f64| match most > 0.0 {
        true => BARS[(number / most * (BARS.len() - 1) as f64).round() as usize],
        false => BARS[0],
    };
    shown.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(share: f64, s: u64) -> WorkStage {
        WorkStage {
            what: "flash-sale: run 2: naive at read-committed".into(),
            share,
            elapsed: Duration::from_secs(s),
        }
    }

    fn seen(seen: Glimpse, columns: usize) -> Vec<String> {
        let view = CrowdView {
            buyers: 500,
            stock: Some(StockView {
                wanted: 1_000,
                in_stock: 100,
            }),
            seen,
        };
        crowd(&stage(0.25, 10), view, &[0.0, 350.0, 700.0], columns)
    }

    const HALFWAY: Glimpse = Glimpse {
        finished: 250,
        attempts: 4_000,
        conflicts: 3_000,
        sold_units: 112,
        oversold_units: 12,
        p99_us: Some(45_100),
    };

    fn plain(lines: &[String]) -> Vec<String> {
        let plain = |line: &String| anstream::adapter::strip_str(line).to_string();
        lines.iter().map(plain).collect()
    }

    #[test]
    fn a_run_is_seen_in_five_lines_at_eighty_columns() {
        let expected = [
            "flash-sale: run 2: naive at read-committed",
            "[==========                              ]  25 %  0:10, about 0:30 left",
            "sold   112 of 100 in stock, 1,000 wanted · oversold    12 so far",
            "250 of 500 buyers ·   3,000 conflicts · p99 45.1 ms so far",
            "    350 attempts/s  ▁▅█",
        ];
        assert_eq!(plain(&seen(HALFWAY, 80)), expected);
    }

    #[test]
    fn a_line_says_what_is_done_and_foresees_only_from_that() {
        let begun = "flash-sale: run 2: naive at read-committed · 0 % · 0:10";
        assert_eq!(line(&stage(0.0, 10)), begun);
        let later = "flash-sale: run 2: naive at read-committed · 39 % · 1:20, about 2:00 left";
        assert_eq!(line(&stage(0.399, 80)), later);
    }

    /// The bar and the lines follow the width, no line is longer than that, and each
    /// number is there at any.
    #[test]
    fn a_view_follows_the_width() {
        for columns in 57..=197 {
            let lines = plain(&seen(HALFWAY, columns));
            let widths: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
            assert!(
                widths.iter().all(|width| *width <= columns),
                "{columns}: {lines:?}"
            );
            let text = lines.join(" ");
            for number in [
                "112",
                "100",
                "1,000",
                "12 so far",
                "250",
                "3,000",
                "45.1 ms",
                "350",
            ] {
                assert!(text.contains(number), "{columns}: {text}");
            }
            assert!(!text.contains('…'), "{columns}: {text}");
        }
        let heights = [57, 77, 120, 197].map(|columns| seen(HALFWAY, columns).len());
        assert!(
            heights.is_sorted_by(|a, b| a >= b) && heights[0] > heights[3],
            "{heights:?}"
        );
        let bar = |columns: usize| seen(HALFWAY, columns)[1].find(']').unwrap();
        assert!(bar(57) < bar(80) && bar(80) == bar(197));
        // Less than any page is drawn for: cut, and still no longer.
        for columns in 0..57 {
            let lines = plain(&seen(HALFWAY, columns));
            assert!(
                lines.iter().all(|line| line.chars().count() <= columns),
                "{columns}"
            );
        }
    }

    /// Lines stay where they are while numbers grow.
    #[test]
    fn nothing_moves_when_a_number_grows() {
        let early = plain(&seen(Glimpse::default(), 80));
        let late = plain(&seen(HALFWAY, 80));
        assert_eq!(early.len(), late.len());
        for (early, late) in early[2..4].iter().zip(&late[2..4]) {
            assert_eq!(
                early.chars().count(),
                late.chars().count(),
                "{early}\n{late}"
            );
        }
        assert!(early[3].contains("p99       - so far"), "{early:?}");
    }

    /// Only what is oversold is red.
    #[test]
    fn oversold_units_stand_out() {
        let is_red = |oversold_units| {
            let glimpse = Glimpse {
                oversold_units,
                ..HALFWAY
            };
            let lines = seen(glimpse, 80).concat();
            let red = format!("{BAD}oversold");
            assert_eq!(lines.contains('\x1b'), lines.contains(&red));
            lines.contains(&red)
        };
        assert!(is_red(1));
        assert!(!is_red(0));
    }

    #[test]
    fn an_exploration_has_a_line_with_its_pace() {
        let lines = schedules(&stage(0.5, 3_700), 1_234, &[450.0, 562.0], 80);
        let expected = [
            "flash-sale: run 2: naive at read-committed",
            "[================                ]  50 %  1:01:40, about 1:01:40 left",
            "  1,234 schedules tried ·     506 a second  ▇█",
        ];
        assert_eq!(lines[0], expected[0]);
        assert_eq!(lines[2], expected[2]);
        assert!(
            lines[1].ends_with("50 %  1:01:40, about 1:01:40 left"),
            "{lines:?}"
        );
    }

    /// Before anything is done, and after all is, there is no time to foresee.
    #[test]
    fn what_cannot_be_foreseen_is_not_said() {
        let bar = |share| schedules(&stage(share, 5), 0, &[], 80)[1].clone();
        assert!(bar(0.0).ends_with("0 %  0:05") && bar(1.0).ends_with("100 %  0:05"));
        assert!(bar(0.999).contains(" 99 %  0:05, about 0:00 left"));
    }

    /// The last rates are shown, each beside the highest of them.
    #[test]
    fn a_sparkline_shows_the_last_and_fits() {
        let numbers: Vec<f64> = (0..10).map(f64::from).collect();
        assert_eq!(sparkline(&numbers, 3), "▆▇█");
        assert_eq!(sparkline(&[9.0, 0.0, 4.5], 80), "█▁▅");
        assert_eq!(sparkline(&[0.0, 0.0], 80), "▁▁");
        assert_eq!(
            (sparkline(&numbers, 0), sparkline(&[], 80)),
            (String::new(), String::new())
        );
    }
}
