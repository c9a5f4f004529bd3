//! How ends were compared with those of serial orders, and what was not compared.

use std::fmt::Display;

use crate::oracle::serial::SerialNotes;
use crate::report::facts::number::joined;

/// A line for each kind of value that was not simply compared as it is.
pub(in crate::report) fn in_lines(notes: &SerialNotes) -> Vec<String> {
    let shared: Vec<&String> = notes.of_sequences.iter().chain(&notes.drawn).collect();
    let lines = [
        line("not compared, as asked", &notes.ignored),
        line("by rank, as asked", &notes.ordered),
        line("by the rows that share a value", &shared),
        line(
            "any moment of the run is as good as another",
            &notes.of_the_clock,
        ),
        line(
            "not compared, since numbers of several sequences stand there",
            &notes.mixed,
        ),
        line(
            "sequences whose numbers carry meaning, by value",
            &notes.by_value,
        ),
        line("what they change beside their numbers", &notes.moved),
        line(
            "differs between two equal serial runs, and no end is safe for it",
            &notes.unexplained,
        ),
    ];
    lines.into_iter().flatten().collect()
}

fn line<T: Display>(what: &str, names: &[T]) -> Option<String> {
    let named = || format!("{what}: {}", joined(names, ", "));
    (!names.is_empty()).then(named)
}
