//! Variables of the environment: each that the code reads is one that the help names.

use super::Source;

/// Every variable in `sources` that `page` does not name: all words that begin as `sim`'s
/// own do, and all that are asked for by a name in quotes.
pub fn undocumented(sources: &[Source], page: &str) -> Vec<String> {
    let mut missing = Vec::new();
    for source in sources {
        for (line, text) in &source.scan.strings {
            let is_name = |c: char| c.is_ascii_uppercase() || c == '_';
            let own = text.starts_with("SIM_") && text.chars().all(is_name);
            let asks = ["var_os(", "env::var(", "variable("];
            let is_asked = |call: &str| source.text.contains(&format!("{call}\"{text}\")"));
            if (own || asks.iter().any(|call| is_asked(call))) && !names(page, text) {
                missing.push(source.at(*line, &format!("{text} stands in no help")));
            }
        }
    }
    missing
}

/// Whether a page names a variable, and not only a longer one.
fn names(page: &str, variable: &str) -> bool {
    let mut words = page.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.any(|word| word == variable)
}
