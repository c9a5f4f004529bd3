//! How wide a page is: as the terminal, as `COLUMNS` says, or as terminals usually are.

use std::fs;

use checkout_sim::explore::trace::Happening;

use crate::fixture::{Done, sim};

const WIDTHS: [usize; 5] = [60, 80, 100, 120, 200];

/// Only what is to be copied as it is may be longer than a line: a schedule, a command.
fn assert_fits(page: &str, columns: usize) {
    for line in page.lines() {
        let is_copied = line.contains("--schedule ") || line.contains("such as ");
        let fits = line.chars().count() <= columns || is_copied;
        assert!(fits, "{columns}: {line}");
    }
}

/// What `sim report` prints of it on terminals of every usual width.
fn at_every_width(done: &Done) -> String {
    let saved = done.written().to_string();
    let mut pages = String::new();
    for columns in WIDTHS {
        let call = sim("report run.json").env("COLUMNS", columns.to_string());
        fs::write(call.out().join("run.json"), &saved).unwrap();
        let page = call.run();
        page.exits(0);
        assert_fits(&page.stdout, columns);
        let page = page.stdout.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        pages += &format!("{}\n{page}\n", "=".repeat(columns));
    }
    pages
}

#[test]
fn a_table_of_explored_cells_is_legible_at_every_width() {
    let flags = "-s naive,check-outside,optimistic -i read-committed,repeatable-read --expect safe";
    let done = sim(&format!("explore --on memory {flags}")).json().run();
    insta::assert_snapshot!("widths_of_a_table", at_every_width(&done));
}

#[test]
fn a_schedule_is_legible_at_every_width() {
    let done = sim("explore --on memory -s check-then-update").json().run();
    insta::assert_snapshot!("widths_of_a_schedule", at_every_width(&done));
}

/// Of three buyers and two lines, side by side only where there is room for each.
#[test]
fn buyers_without_room_side_by_side_stand_below_each_other() {
    let page = |columns: &str| {
        let call = sim("replay --on memory -s naive --buyers 3 --schedule AAAAABBBBBCCCCC");
        let done = call.env("COLUMNS", columns).run();
        assert_fits(&done.stdout, columns.parse().unwrap());
        done.stdout
    };
    assert!(page("60").contains("\n     buyers "), "{}", page("60"));
    assert!(page("100").contains("buyer C"), "{}", page("100"));
}

/// The widest line of a page that fills what there is.
fn widest(done: &Done) -> usize {
    let page = anstream::adapter::strip_str(&done.stdout).to_string();
    let widths = page.lines().map(|line| line.trim_end().chars().count());
    widths.max().unwrap()
}

#[test]
fn a_page_is_as_wide_as_the_terminal() {
    let program = env!("CARGO_BIN_EXE_sim");
    let flags = "replay --on memory -s naive --schedule AAAAABBBBB";
    // The shell that `script` starts sets COLUMNS itself, so it is set behind that.
    let on_a_terminal = |width: &str, columns: &str| {
        let call = format!("stty rows 24 cols {width}; env COLUMNS={columns} {program} {flags}");
        let script = format!("exec script -qec '{call}' /dev/null");
        sim("").through(&["sh", "-c", &script]).run()
    };
    assert_eq!(widest(&on_a_terminal("72", "")), 72);
    assert_eq!(widest(&on_a_terminal("94", "")), 94);
    // `COLUMNS` is asked first; what is no width is not followed.
    assert_eq!(widest(&on_a_terminal("94", "66")), 66);
    assert_eq!(widest(&on_a_terminal("94", "wide")), 94);
    // A width that no page has room in, and one that no eye follows.
    assert_eq!(widest(&on_a_terminal("20", "")), 60);
    let narrow = sim(flags).env("COLUMNS", "1").run();
    assert_eq!(widest(&narrow), 60);
    // Where nothing says how wide it is, as in a pipe.
    let piped = sim(flags).env("COLUMNS", "").run();
    assert_eq!(widest(&piped), 80);
}

/// Every ending, the safe ones too, has a schedule that leads to it, and says why
/// buyers gave up: as the schedule itself shows, step by step.
#[test]
fn each_ending_says_why_buyers_gave_up_and_how_to_get_there() {
    let cart = "--lines 2 --lock-order cart";
    for (flags, why) in [
        (format!("-s row-lock {cart}"), "a deadlock"),
        ("-s optimistic".into(), "its version went stale"),
        (
            "-s optimistic -i repeatable-read".into(),
            "a serialization failure",
        ),
    ] {
        let call = sim(&format!("explore --on memory {flags}")).json();
        let done = call.env("COLUMNS", "200").run();
        done.exits(0).says(&format!(" gave up after {why}"));
        let found = &done.exploration().cells[0].found;
        assert!(found.endings.len() > 1);
        for ending in &found.endings {
            done.says(&format!("such as {}\n", ending.schedules[0]));
        }
        // All that gave up did, for that reason alone.
        let gave_up = done.stdout.matches(" gave up").count();
        assert_eq!(
            done.stdout.matches(&format!("after {why}")).count(),
            gave_up
        );
        // Safe as they are, one of them can be stepped through.
        let again = done.stdout.lines().last().unwrap();
        let again = again.strip_prefix("again: sim ").expect(again);
        let replayed = sim(again).run();
        replayed.exits(0).says("was told: ");
        let traces = found.endings.iter().filter_map(|e| e.example.as_ref());
        let errors = traces.flat_map(|trace| &trace.steps);
        let errors = errors.flat_map(|step| &step.happenings).filter(
            |happening| matches!(happening, Happening::Reply { reply, .. } if reply.is_err()),
        );
        assert_eq!(errors.count() == 0, why == "its version went stale");
    }
}

/// Help is as wide as pages, up to a hundred columns, whichever command it is of.
#[test]
fn help_is_as_wide_as_pages() {
    for command in ["", "run", "compare", "check", "explore", "replay"] {
        for (columns, widest) in [("", 80), ("60", 60), ("200", 100)] {
            let help = sim(&format!("{command} --help")).without_postgres();
            let done = help.env("COLUMNS", columns).run();
            // Lines are not broken where they show what is typed.
            let is_typed = |line: &str| line.starts_with("  sim ") || line.starts_with("Usage:");
            let prose = |line: &&str| !is_typed(line);
            let lines = done.exits(0).stdout.lines().filter(prose);
            let width = lines.map(|line| line.chars().count()).max().unwrap_or(0);
            assert!(width <= widest, "{command} at {columns}: {width}");
            assert!(width > widest - 12, "{command} at {columns}: {width}");
        }
    }
}
