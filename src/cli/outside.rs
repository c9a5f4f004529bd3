//! Flags that the environment gives.

use std::ffi::OsString;

use clap::builder::BoolishValueParser;
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, Command, CommandFactory as _, FromArgMatches as _};

use super::args::Cli;
use super::print::columns;

/// Longer lines of help are hard to read.
const HELP_COLUMNS_MAX: usize = 100;

/// The commands that take flags from the environment. The others start nothing.
const COMMANDS: [&str; 5] = ["run", "explore", "replay", "compare", "check"];

/// The words of a call, with what the environment adds to them.
#[derive(Debug)]
pub(super) struct Outside {
    words: Vec<OsString>,
    /// The flags of the command that have a variable, without the dashes.
    flags: Vec<String>,
    command: Command,
}

/// A flag as a variable says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OutsideFlag {
    /// The flag, with its dashes.
    pub(super) flag: String,
    /// The variable.
    pub(super) name: String,
    /// What it holds.
    pub(super) value: String,
}

impl Outside {
    /// `words` as the process gets them, the name of the program first.
    pub(super) fn of(words: impl IntoIterator<Item = OsString>) -> Self {
        let words: Vec<OsString> = words.into_iter().collect();
        let first = words.get(1).and_then(|word| word.to_str());
        let mut flags = Vec::new();
        let mut take = |arg: Arg| match arg.get_long() {
            Some(long) if !matches!(long, "help" | "version") => {
                flags.push(long.to_owned());
                with_variable(arg)
            }
            _ => arg,
        };
        let command = Cli::command().term_width(columns().min(HELP_COLUMNS_MAX));
        // Without a command the flags are those of `run`; without any word they are none.
        let command = match first {
            Some(name) if COMMANDS.contains(&name) => {
                command.mut_subcommand(name, |command| command.mut_args(&mut take))
            }
            Some(flag) if flag.starts_with('-') => command.mut_args(&mut take),
            _ => command,
        };
        Self {
            words,
            flags,
            command,
        }
    }

    /// Reads them. What is refused because of a variable names it.
    pub(super) fn read(self) -> Result<Cli, clap::Error> {
        let Self { words, command, .. } = &self;
        let matches = command.clone().try_get_matches_from(words);
        matches
            .and_then(|matches| Cli::from_arg_matches(&matches))
            .map_err(|refusal| self.blame(refusal))
    }

    /// What the environment sets: each flag that has a variable and is left out.
    pub(super) fn given(&self) -> Vec<OutsideFlag> {
        let matches = self.command.clone().try_get_matches_from(&self.words);
        let Ok(matches) = matches else {
            return Vec::new();
        };
        let of_command = matches
            .subcommand()
            .map_or(&matches, |(_, matches)| matches);
        let is_set = |flag: &&String| {
            let source = of_command.value_source(&flag.replace('-', "_"));
            source == Some(ValueSource::EnvVariable)
        };
        let set = self.flags.iter().filter(is_set);
        set.map(|flag| {
            let name = variable(flag);
            let value = std::env::var(&name).unwrap_or_default();
            let flag = format!("--{flag}");
            OutsideFlag { flag, name, value }
        })
        .collect()
    }

    /// Adds the name of the variable, if its value is what is refused: without it
    /// nothing, or something else, would be.
    fn blame(&self, mut refusal: clap::Error) -> clap::Error {
        let Some(flag) = refused(&refusal) else {
            return refusal;
        };
        let has_variable = self.flags.iter().any(|known| flag[2..] == **known);
        let said = Cli::command().try_get_matches_from(&self.words).err();
        let is_said = said.and_then(|said| refused(&said)).as_ref() == Some(&flag);
        if has_variable && !is_said {
            let tip = format!("{} is set in the environment", variable(&flag[2..]));
            let tips = ContextValue::StyledStrs(vec![tip.into()]);
            refusal.insert(ContextKind::Suggested, tips);
        }
        refusal
    }
}

/// The flag whose value is refused, without what help calls its value.
fn refused(refusal: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(arg)) = refusal.get(ContextKind::InvalidArg) else {
        return None;
    };
    let flag = arg.split([' ', '=', '[']).next()?;
    flag.starts_with("--").then(|| flag.to_owned())
}

/// `think-time` as `SIM_THINK_TIME`.
fn variable(flag: &str) -> String {
    format!("SIM_{}", flag.to_uppercase().replace('-', "_"))
}

fn with_variable(arg: Arg) -> Arg {
    let name = variable(arg.get_long().unwrap_or_default());
    let is_set = std::env::var_os(&name).is_some();
    let arg = arg.env(name).hide_env(true).hide_env_values(true);
    match arg.get_action() {
        ArgAction::SetTrue => arg.value_parser(BoolishValueParser::new()),
        // A flag that is given without a value has one in the environment.
        ArgAction::Set if is_set && arg.get_num_args().is_some_and(|n| !n.takes_values()) => {
            let arg = arg.num_args(0..=1).require_equals(true);
            arg.value_parser(BoolishValueParser::new())
        }
        _ => arg,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::cli::args::environment::VARIABLES;

    fn outside(words: &str) -> Outside {
        Outside::of(words.split(' ').map(OsString::from))
    }

    /// The variables of the arguments of a command, or of `sim` itself.
    fn variables(command: &Command) -> BTreeSet<String> {
        let names = command.get_arguments().filter_map(Arg::get_env);
        names
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    }

    fn flags(command: &Command) -> BTreeSet<String> {
        let flags = command.get_arguments().filter_map(Arg::get_long);
        let own = flags.filter(|flag| !["help", "version"].contains(flag));
        own.map(variable).collect()
    }

    /// Each flag of the commands that the page of help names, and no other one.
    #[test]
    fn each_flag_of_a_command_has_its_variable() {
        let told = VARIABLES.split("SIM_...").nth(1).unwrap();
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.starts_with("each flag of run, explore, replay, compare and check,"));
        for name in COMMANDS {
            let command = outside(&format!("sim {name}")).command;
            let own = command.find_subcommand(name).unwrap();
            assert!(own.get_arguments().count() > 10);
            assert_eq!(variables(own), flags(own), "{name}");
            // Those of `run` are not read beside those of another command.
            let address = BTreeSet::from(["SIM_DATABASE_URL".to_owned()]);
            assert_eq!(variables(&command), address, "{name}");
        }
        let run = outside("sim --quiet").command;
        assert_eq!(variables(&run), flags(&run));
        for words in ["sim", "sim list", "sim report x.json --html y.html"] {
            let command = outside(words).command;
            assert_eq!(variables(&command).len(), 1, "{words}");
            let report = command.find_subcommand("report").unwrap();
            assert_eq!(variables(report), BTreeSet::new(), "{words}");
        }
    }

    /// Variables with a meaning of their own are those of no flag: every other word of
    /// the page, and those of the tests.
    #[test]
    fn no_variable_has_two_meanings() {
        let page = VARIABLES.replace("SIM_DATABASE_URL", "");
        let examples = ["SIM_", "SIM_BUYERS", "SIM_THINK_TIME", "SIM_NO_DOWNLOAD"];
        let words = page.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
        let own = words.filter(|word| word.starts_with("SIM_") && !examples.contains(word));
        let own: BTreeSet<&str> = own.collect();
        assert!(own.contains("SIM_POSTGRES_BIN"), "{own:?}");
        for name in COMMANDS {
            let command = outside(&format!("sim {name}")).command;
            for variable in flags(command.find_subcommand(name).unwrap()) {
                assert!(!own.contains(variable.as_str()), "{variable}");
                let of_tests = ["TEST_", "REQUIRE_", "ISOLATIONTESTER"];
                let is_of_tests = |word: &&str| variable[4..].starts_with(word);
                assert!(!of_tests.iter().any(is_of_tests), "{variable}");
            }
        }
    }
}
