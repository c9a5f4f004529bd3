//! Latency by percentile, and the latency of buyers of other products.

use maud::{Markup, html};

use super::plot::{Axis, frame, name, name_places, points};
use super::scale::Scale;
use super::section::{Section, table};
use crate::load::Latency;
use crate::report::facts::comparison::Compared;
use crate::report::facts::number::{count, duration, joined, round_duration};
use crate::shop::Isolation;

/// Points of a line: more do not show.
const POINTS: u32 = 64;

/// The longest latency may be so many times the fastest cell's median for all of
/// them to be told apart on a linear axis.
const LINEAR_RATIO_MAX: f64 = 20.0;

/// What both axes reach to.
struct Reach {
    time: Scale,
    /// The decimal logarithm of one over the share of checkouts that are slower.
    nines: f64,
}

pub(super) fn render(section: &Section<'_>) -> Markup {
    let panels = section.panels(|level| section.both(level, |cells| panel(section, level, cells)));
    html! {
        @if !panels.0.is_empty() {
            figure.latency {
                figcaption { h4 { "Latency by percentile" } }
                p.muted {
                    "From a buyer's arrival to the answer, whatever it was. Every further nine \
                     looks at a tenth as many buyers: the slowest. The axis ends where the \
                     slowest of the lines shown does."
                }
                (panels)
            }
        }
    }
}

fn reach(all: &[Latency]) -> Option<Reach> {
    let most = all.iter().map(Latency::count).max()?;
    let longest = all.iter().map(Latency::max_us).max()?;
    let least = |percentile| all.iter().map(|all| all.percentile_us(percentile)).min();
    let (shortest, typical) = (least(0.0)? as f64, least(50.0)? as f64);
    let longest = longest as f64;
    Some(Reach {
        time: match longest <= typical * LINEAR_RATIO_MAX {
            true => Scale::linear(longest),
            false => Scale::logarithmic(shortest, longest),
        },
        nines: nines(most).max(1.0),
    })
}

/// The last place along the axis that so many checkouts can say something of.
fn nines(count: u64) -> f64 {
    (count.max(1) as f64).log10()
}

fn panel(section: &Section<'_>, level: Isolation, cells: &[&Compared<'_>]) -> Markup {
    let all = cells.iter().map(|cell| (*cell, cell.summary.latency()));
    let all: Vec<_> = all.filter(|(_, latency)| latency.count() > 0).collect();
    let latencies: Vec<Latency> = all.iter().map(|(_, latency)| latency.clone()).collect();
    let Some(reach) = reach(&latencies) else {
        return html! {};
    };
    let places = all.iter().map(|(_, latency)| places(latency, &reach));
    let places: Vec<Vec<(f64, f64)>> = places.collect();
    let ends = places.iter().filter_map(|line| line.last());
    let names = name_places(&ends.map(|(_, up)| *up).collect::<Vec<f64>>());
    let lines = html! {
        @for ((cell, latency), line) in all.iter().zip(&places) {
            @let subject = cell.summary.cell.subject;
            polyline.line.(section.colour(subject)).broken[!cell.is_sound()]
                data-strategy=(subject) points=(points(line.iter().copied())) {
                title { (in_words(cell, latency)) }
            }
        }
    };
    let marks = html! {
        @for ((cell, _), up) in all.iter().zip(&names) {
            @let subject = cell.summary.cell.subject;
            (name(&section.colour(subject), subject, *up))
        }
    };
    let in_time = |us: f64| (reach.time.share(us), round_duration(us.round() as u64));
    let x = Axis {
        name: "percentile of all checkouts",
        ticks: percentiles(reach.nines),
    };
    let y = Axis {
        name: "latency",
        ticks: reach.time.ticks().into_iter().map(in_time).collect(),
    };
    let label = format!("Latency by percentile at {level}; the numbers are in the table above");
    frame(&x, &y, &label, &lines, &marks)
}

/// `atomic at read-committed: p50 1.20 ms, p90 ...`.
fn in_words(cell: &Compared<'_>, latency: &Latency) -> String {
    let at = [50.0, 90.0, 99.0].map(|p| format!("p{p} {}", duration(latency.percentile_us(p))));
    let longest = duration(latency.max_us());
    format!(
        "{}: {}, longest {longest}",
        cell.summary.cell,
        joined(at, ", ")
    )
}

/// `50 %`, `90 %`, `99 %`, `99.9 %` and so on, as far as the axis goes.
fn percentiles(nines: f64) -> Vec<(f64, String)> {
    let half = (2_f64.log10(), "50 %".to_owned());
    let tens = (1..=nines.floor() as usize).map(|n| {
        let text = match n {
            1 => "90 %".into(),
            2 => "99 %".into(),
            _ => format!("99.{} %", "9".repeat(n - 2)),
        };
        (n as f64, text)
    });
    let all = std::iter::once(half).chain(tens);
    all.map(|(place, text)| (place / nines, text)).collect()
}

/// The line of a cell, each point as its place along and up.
fn places(latency: &Latency, reach: &Reach) -> Vec<(f64, f64)> {
    let own = nines(latency.count());
    let place = |at: u32| {
        let along = own * f64::from(at) / f64::from(POINTS);
        let percentile = 100.0 * (1.0 - 10_f64.powf(-along));
        let us = match at {
            POINTS => latency.max_us(),
            _ => latency.percentile_us(percentile),
        };
        (along / reach.nines, reach.time.share(us as f64))
    };
    (0..=POINTS).map(place).collect()
}

/// Whether buyers of other products had to wait too.
pub(super) fn unrelated(section: &Section<'_>) -> Markup {
    let some = |cell: &&Compared<'_>| cell.summary.timing.unrelated.count() > 0;
    if !section.compared.iter().any(|cell| some(&cell)) {
        return html! {};
    }
    let title = "Buyers who wanted other products";
    let numbers = [
        "Checkouts",
        "p50",
        "p99",
        "Longest",
        "p50 of all",
        "p99 of all",
    ];
    let rows = html! {
        @for cell in section.compared.iter().filter(some) { (unrelated_row(cell)) }
    };
    html! {
        figure {
            figcaption { h4 { (title) } }
            p.muted { "Their latency, beside that of all buyers." }
            (table(title, &["Strategy", "Isolation"], &numbers, &rows))
        }
    }
}

fn unrelated_row(cell: &Compared<'_>) -> Markup {
    let (of, others, all) = (
        cell.summary.cell,
        &cell.summary.timing.unrelated,
        cell.summary.latency(),
    );
    let times = [
        others.percentile_us(50.0),
        others.percentile_us(99.0),
        others.max_us(),
        all.percentile_us(50.0),
        all.percentile_us(99.0),
    ];
    html! {
        tr data-strategy=(of.subject) {
            th scope="row" { (of.subject) }
            td { (of.level) }
            td.n { (count(others.count())) }
            @for us in times { td.n { (duration(us)) } }
        }
    }
}
