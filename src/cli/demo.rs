//! `sim` alone: a demonstration, and where to go from there.

use anyhow::Result;
use clap::Parser as _;

use super::args::{Cli, Verb};
use super::compare::compare;
use super::exit::Exit;
use super::print::print;

/// What is demonstrated: a checkout that never looks, one that looks first, and one
/// that is right. One round each, so that it takes a few seconds.
const SHOWN: &str = "sim compare --strategy naive,check-then-update,atomic --runs 1";

const NEXT: &str = "
Next:
  sim list                                        each checkout, step by step
  sim explore --strategy check-then-update        every schedule, and the race
  sim compare flash-sale --export-html page.html  the fixes compared, as a page
";

pub(super) fn demo() -> Result<Exit> {
    print(&format!(
        "500 buyers want 100 units at once. Three ways to write the checkout:\n$ {SHOWN}\n\n"
    ))?;
    let Some(Verb::Compare(args)) = Cli::parse_from(SHOWN.split(' ')).command else {
        unreachable!("it is a comparison");
    };
    let exit = compare(&args)?;
    if leads_on(exit) {
        print(NEXT)?;
    }
    Ok(exit)
}

/// Whether there is a page to go on from: a busy machine may prove nothing, and the next
/// steps are the same.
fn leads_on(exit: Exit) -> bool {
    !matches!(exit, Exit::Failed | Exit::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_ended_early_leads_nowhere() {
        for exit in [Exit::AsExpected, Exit::Unexpected, Exit::Unproven] {
            assert!(leads_on(exit), "{exit:?}");
        }
        for exit in [Exit::Failed, Exit::Interrupted] {
            assert!(!leads_on(exit), "{exit:?}");
        }
    }
}
