//! `sim`: see the library for everything.

use std::process::ExitCode;

fn main() -> ExitCode {
    checkout_sim::cli::main()
}
