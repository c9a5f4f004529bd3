//! Variables of the environment: each that the code reads is one that the help names.

use super::source::{Source, assert_none, sources};

/// Every variable in `sources` that `page` does not name: all words that begin as `sim`'s
/// own do, and all that are asked for by a name in quotes.
fn undocumented(sources: &[Source], page: &str) -> Vec<String> {
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

#[test]
fn every_variable_is_documented() {
    let sources = sources();
    let page = "src/cli/args/environment.rs";
    let (pages, others): (Vec<_>, Vec<_>) = sources.into_iter().partition(|s| s.path == page);
    assert_none(&undocumented(&others, &pages[0].text));
}

#[test]
fn a_variable_that_no_help_names_is_found() {
    let text = r#"
        const OWN: &str = "SIM_OWN"; // SIM_COMMENT
        #[arg(env = "SIM_FLAG")]
        fn f() { var_os("HOME"); std::env::var("USER"); say("USER_NAME: set SIM_THIS"); }"#;
    let planted = [Source::new("src/cli/x.rs", text)];
    assert_none(&undocumented(&planted, "SIM_OWN, SIM_FLAG, HOME and USER"));
    let missing = undocumented(&planted, "SIM_OWNER, SIM_FLAGS, USER_NAME and HOME_DIR");
    assert_eq!(missing.len(), 4, "{missing:?}");
}
