//! The command line: what people type, and what comes back.

mod args;
mod around;
mod check;
mod checks;
mod commands;
mod compare;
mod completions;
mod database;
mod demo;
mod doctor;
mod exit;
mod explore;
mod explored;
mod export;
mod faults;
mod grounds;
mod guard;
mod init;
mod input;
mod list;
mod outside;
mod own;
mod own_load;
mod pace;
mod patient;
mod plan;
mod print;
mod progress;
mod proxied;
mod proxy;
mod record;
mod replay;
mod report;
mod run;
mod scenarios;
mod screen;
mod scripts;
#[cfg(feature = "serve")]
mod serve;
mod signals;
mod tidings;
mod values;
mod view;
mod visit;
mod work;
mod worlds;

use std::panic::catch_unwind;
use std::process::ExitCode;

use anyhow::Result;
pub use exit::Exit;

use crate::report::harmless;
use outside::Outside;
use print::print;

/// Reads the arguments, does what they ask, and says how it ended.
///
/// A panic has been reported by the time it arrives here, and everything on
/// its way has been cleaned up.
#[must_use]
pub fn main() -> ExitCode {
    let ended = catch_unwind(parse_and_act);
    screen::end();
    match ended {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(error)) => {
            exit::complain(&error);
            let exit = Exit::of_error(&error);
            if exit == Exit::Usage {
                blame_variables(&format!("{error:#}"));
            }
            exit.into()
        }
        Err(_) => Exit::Failed.into(),
    }
}

/// Names each variable that gave a flag of which the complaint speaks.
fn blame_variables(complaint: &str) {
    for given in Outside::of(std::env::args_os()).given() {
        let is_of_flag = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        let mut words = complaint.split(|letter| !is_of_flag(letter));
        if words.any(|word| word == given.flag) && !complaint.contains(&given.name) {
            exit::note(&format!("{} is set in the environment", given.name));
        }
    }
}

fn parse_and_act() -> Result<Exit> {
    match Outside::of(std::env::args_os()).read() {
        Ok(cli) => act(&cli),
        // Help is asked for like any other result, and can fail to be printed.
        Err(help) if !help.use_stderr() => {
            print(&help.render().ansi().to_string())?;
            Ok(Exit::AsExpected)
        }
        Err(refusal) => Ok(exit::refuse(&as_shown().unwrap_or(refusal))),
    }
}

/// The same refusal, of arguments as they may be shown.
fn as_shown() -> Option<clap::Error> {
    let shown = std::env::args_os().map(|arg| harmless(&arg.to_string_lossy()).into_owned());
    Outside::of(shown.map(Into::into)).read().err()
}

fn act(cli: &args::Cli) -> Result<Exit> {
    match &cli.command {
        None if std::env::args_os().len() < 2 => demo::demo(),
        None => run::run(&cli.run),
        Some(args::Verb::Run(run)) => run::run(run),
        Some(args::Verb::Compare(compare)) => compare::compare(compare),
        Some(args::Verb::Check(check)) => check::check(check),
        Some(args::Verb::Explore(explore)) => explore::explore(explore),
        Some(args::Verb::Replay(replay)) => replay::replay(replay),
        Some(args::Verb::Doctor(doctor)) => doctor::doctor(doctor),
        Some(args::Verb::Record(record)) => record::record(record),
        #[cfg(feature = "serve")]
        Some(args::Verb::Serve(serve)) => serve::serve(serve),
        Some(args::Verb::Proxy(proxy)) => proxy::proxy(proxy),
        Some(args::Verb::Report(report)) => report::report(report),
        Some(args::Verb::Init(init)) => init::init(init),
        Some(args::Verb::Schema { results }) => init::schema(*results),
        Some(args::Verb::Completions { shell }) => completions::completions(*shell),
        Some(args::Verb::Man { directory }) => completions::man(directory.as_deref()),
        Some(args::Verb::List(list)) => list::list(list),
        Some(args::Verb::Guard { schemas }) => guard::stand(schemas),
    }
}
