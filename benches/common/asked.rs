//! Which parts of a benchmark were asked for.

/// Whether an argument is the beginning of this name, or there is none.
pub fn is_asked(name: &str) -> bool {
    // Cargo adds an option of its own.
    let arguments = std::env::args().skip(1).filter(|a| !a.starts_with('-'));
    let asked: Vec<String> = arguments.collect();
    asked.is_empty() || asked.iter().any(|beginning| name.starts_with(beginning))
}
