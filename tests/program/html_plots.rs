//! The numbers that the plots of the page draw are those of the results.

use crate::study;
use checkout_sim::report::{LoadCell, Report, Results, Summary, to_html};
use checkout_sim::shop::Isolation;

/// The side of the square that lines are drawn in.
const SIDE: f64 = 1_000.0;

/// One level alone, where the slowest cell is near enough to the fastest for
/// axes that begin at zero: places are shares of one number then.
fn results() -> Results {
    let mut results = study::results();
    let load = load(&mut results);
    load.cells
        .retain(|cell| cell.cell.level == Isolation::ReadCommitted);
    for (at, cell) in load.cells.iter_mut().enumerate() {
        // Slices that are all different, in no order.
        let at = at as u64;
        cell.runs[0].timing.timeline.sold = vec![10 + at, 40 + 3 * at, 20, 5 + 2 * at];
    }
    results
}

fn load(results: &mut Results) -> &mut Report {
    results.dossier.studies[0].load.as_mut().expect("a load")
}

/// What stands between two texts, wherever both do.
fn between<'p>(page: &'p str, before: &str, after: &str) -> Vec<&'p str> {
    let found = page.split(before).skip(1);
    found
        .filter_map(|rest| Some(rest.split_once(after)?.0))
        .collect()
}

fn figure<'p>(page: &'p str, class: &str) -> &'p str {
    between(page, &format!("<figure class=\"{class}\">"), "</figure>")[0]
}

/// The plot of every cell, and not the one of those that hold.
fn of_all(figure: &str) -> &str {
    figure
        .split_once("<div class=\"with-broken\">")
        .expect("a plot of all")
        .1
}

/// What is drawn of a cell: the tag of its mark, from the name on.
fn drawn<'p>(figure: &'p str, tag: &str, cell: &LoadCell) -> &'p str {
    let tags = between(figure, tag, "</title>");
    let name = format!("data-strategy=\"{}\"", cell.cell.subject);
    let of_cell = tags.iter().find_map(|rest| rest.split_once(&name));
    of_cell
        .unwrap_or_else(|| panic!("no {tag} of {}", cell.cell.subject))
        .1
}

/// Places from 0 to 1, along and up.
fn points(drawn: &str) -> Vec<(f64, f64)> {
    let points = between(drawn, "points=\"", "\"")[0].split(' ');
    let pairs = points.map(|pair| pair.split_once(',').expect("a point"));
    let share = |text: &str| text.parse::<f64>().expect("a number") / SIDE;
    pairs.map(|(x, y)| (share(x), 1.0 - share(y))).collect()
}

#[track_caller]
fn assert_near(found: f64, expected: f64, what: &str) {
    assert!(
        (found - expected).abs() < 0.003,
        "{what}: {found}, not {expected}"
    );
}

#[test]
fn the_line_of_a_cell_is_its_latency() {
    let mut results = results();
    let page = to_html(&results);
    let figure = of_all(figure(&page, "latency"));
    let cells = &load(&mut results).cells;
    let summaries: Vec<_> = cells.iter().map(|cell| Summary::of(cell, 3)).collect();
    let longest = summaries
        .iter()
        .map(|s| s.latency().max_us())
        .max()
        .unwrap();
    let lines = cells
        .iter()
        .map(|cell| points(drawn(figure, "<polyline class=\"line", cell)));
    let lines: Vec<_> = lines.collect();
    let top = lines
        .iter()
        .map(|line| line.last().unwrap().1)
        .fold(0.0, f64::max);
    let nines = |summary: &Summary<'_>| (summary.latency().count() as f64).log10();
    let most = summaries.iter().map(nines).fold(0.0, f64::max);
    for (summary, line) in summaries.iter().zip(&lines) {
        let latency = summary.latency();
        for (along, up) in &line[..line.len() - 1] {
            let us = latency.percentile_us(100.0 * (1.0 - 10_f64.powf(-along * most)));
            // A step of the line may stand beside the rounded place.
            let share = us as f64 / longest as f64 * top;
            assert!(
                (up - share).abs() < 0.012,
                "{}: {up}, not {share}",
                summary.cell.subject
            );
        }
        let share = latency.max_us() as f64 / longest as f64 * top;
        assert_near(line.last().unwrap().1, share, summary.cell.subject.name());
    }
}

#[test]
fn the_dot_of_a_cell_is_its_sales_and_conflicts() {
    let mut results = results();
    let page = to_html(&results);
    let figure = of_all(figure(&page, "goodput"));
    let cells = &load(&mut results).cells;
    let dots: Vec<(f64, f64, f64, f64)> = cells
        .iter()
        .map(|cell| {
            let name = format!("data-strategy=\"{}\" style=\"left:", cell.cell.subject);
            let style = between(figure, &name, "%\"")[0];
            let (left, bottom) = style.split_once("%;bottom:").expect("a place");
            let share = |text: &str| text.parse::<f64>().expect("a number") / 100.0;
            let summary = Summary::of(cell, 3);
            let conflicts = summary.conflicts_per_sale().unwrap();
            let sales = summary.sales_per_s().unwrap().value;
            (share(left), share(bottom), conflicts, sales)
        })
        .collect();
    let (right, high) = dots.iter().fold((dots[0], dots[0]), |(right, high), dot| {
        (
            if dot.2 > right.2 { *dot } else { right },
            if dot.3 > high.3 { *dot } else { high },
        )
    });
    assert!(right.0 > 0.5 && high.1 > 0.5, "no plot");
    for dot in &dots {
        assert_near(dot.0, right.0 * dot.2 / right.2, "conflicts");
        assert_near(dot.1, high.1 * dot.3 / high.3, "sales");
    }
}

#[test]
fn the_steps_of_a_cell_are_its_sales_over_time() {
    let mut results = results();
    let page = to_html(&results);
    let figure = figure(&page, "timeline");
    let cells = &load(&mut results).cells;
    let slices = |cell: &LoadCell| cell.runs[0].timing.timeline.sold.clone();
    let most = cells.iter().flat_map(slices).max().unwrap() as f64;
    for cell in cells {
        let items = between(
            figure,
            &format!("data-strategy=\"{}\"", cell.cell.subject),
            "</li>",
        );
        let steps = points(items[0]);
        let sold = slices(cell);
        assert_eq!(steps.len(), 2 * sold.len() + 2);
        for (at, n) in sold.into_iter().enumerate() {
            for (side, (along, up)) in steps[1 + 2 * at..3 + 2 * at].iter().enumerate() {
                assert_near(*along, (at + side) as f64 / 4.0, "time");
                assert_near(*up, n as f64 / most, cell.cell.subject.name());
            }
        }
    }
}

/// What is broken is no measure: without it the axis ends where the slowest line does.
#[test]
fn what_holds_has_a_plot_of_its_own() {
    let mut results = results();
    let page = to_html(&results);
    let figure = figure(&page, "latency");
    let (holding, all) = figure.split_once("<div class=\"with-broken\">").unwrap();
    let cells = &mut load(&mut results).cells;
    for cell in cells.iter() {
        let name = format!("data-strategy=\"{}\"", cell.cell.subject);
        let holds = Summary::of(cell, 3).findings.is_clean();
        assert_eq!(holding.contains(&name), holds, "{name}");
        assert!(all.contains(&name), "{name}");
    }
    // Where all hold, there is one plot.
    cells.retain(|cell| Summary::of(cell, 3).findings.is_clean());
    assert!(!to_html(&results).contains("<div class=\"with-broken\">"));
}

/// Every row of the chart of ratios: the name, and what stands beside it.
#[test]
fn the_chart_of_ratios_is_sorted_and_without_what_is_broken() {
    let mut results = study::results();
    let page = to_html(&results);
    let rows = between(figure(&page, "ratios"), "<span class=\"number\">", " ");
    let shown: Vec<f64> = rows.iter().map(|row| row.parse().unwrap()).collect();
    let sound = load(&mut results)
        .cells
        .iter()
        .filter(|cell| Summary::of(cell, 3).findings.is_clean());
    assert_eq!(shown.len(), sound.count());
    assert!(shown.is_sorted_by(|a, b| a >= b), "{shown:?}");
    let one = between(figure(&page, "ratios"), "class=\"one\" style=\"left:", "%")[0];
    let dots = between(figure(&page, "ratios"), "class=\"dot\" style=\"left:", "%");
    assert!(dots.contains(&one), "the reference stands at 1: {dots:?}");
    // Of one run there is no interval, and so no chart.
    for cell in &mut load(&mut results).cells {
        cell.runs.truncate(1);
    }
    assert!(!to_html(&results).contains("<figure class=\"ratios\">"));
}
