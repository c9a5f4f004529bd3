//! `sim list`: every strategy with its idea, its steps and what to expect of it.

use std::fmt::Write as _;

use anstyle::Style;
use anyhow::Result;

use super::args::ListArgs;
use super::exit::Exit;
use super::own::compile_all;
use super::print::print;
use crate::cell::Subject;
use crate::database::Engine;
use crate::oracle::Verdict;
use crate::report::{Listed, listing};
use crate::scenario::SomeOrAll;
use crate::shop::Isolation;
use crate::subject::script::shipped;
use crate::subject::{self, Expected, Role};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

pub(super) fn list(args: &ListArgs) -> Result<Exit> {
    let chosen = match args.strategies.as_slice() {
        [] => subject::ALL.to_vec(),
        named => SomeOrAll::each_of(named),
    };
    compile_all(&chosen, None)?;
    if args.script {
        let scripts: Vec<String> = chosen.into_iter().filter_map(as_script).collect();
        print(&scripts.join("\n"))?;
        return Ok(Exit::AsExpected);
    }
    let page: Vec<String> = chosen.into_iter().filter_map(describe).collect();
    print(&page.join("\n"))?;
    Ok(Exit::AsExpected)
}

/// A script of the caller's as it is; one that ships, of a strategy that is built in.
fn as_script(subject: Subject) -> Option<String> {
    let own = subject::script_text(subject).map(|text| text.to_string());
    own.or_else(|| shipped::named(subject.name()).map(str::to_owned))
}

/// `None` for a subject of which nothing is known but its name.
fn describe(subject: Subject) -> Option<String> {
    let Some(profile) = subject::profile(subject) else {
        let script = subject::script_text(subject)?;
        return Some(format!(
            "{BOLD}{subject}{BOLD:#}  {DIM}(a script){DIM:#}\n{script}"
        ));
    };
    let role = match profile.role {
        Role::Control => "control: meant to fail",
        Role::Fix => "fix: meant to hold",
    };
    let mut text = format!("{BOLD}{}{BOLD:#}  {DIM}({role}){DIM:#}\n", profile.name);
    let _ = writeln!(text, "  {}", profile.idea);
    if !profile.aliases.is_empty() {
        let _ = writeln!(text, "  also called {}", profile.aliases.join(", "));
    }
    text.push_str(&expectations(&profile.expected));
    if profile.stock_check {
        let _ = writeln!(
            text,
            "  {DIM}table{DIM:#}    {}",
            Engine::Postgres.stock_check()
        );
    }
    let mut label = "steps";
    for line in listing(subject) {
        let _ = write!(text, "  {DIM}{label:<8}{DIM:#} ");
        let _ = match line {
            Listed::Statement(sql) | Listed::Continued(sql) | Listed::Source(sql) => {
                writeln!(text, "{sql}")
            }
            Listed::Computed(values) => writeln!(text, "    {DIM}{values}{DIM:#}"),
            Listed::Branch {
                text: branch,
                is_ignored: true,
            } => writeln!(text, "    {BOLD}{branch}{BOLD:#}"),
            Listed::Branch { text: branch, .. } => writeln!(text, "    {branch}"),
        };
        label = "";
    }
    Some(text)
}

/// One line where all levels agree, else one for each verdict.
fn expectations(expected: &Expected) -> String {
    let mut text = String::new();
    let mut say = |cart: &str, levels: &[Verdict; 3]| {
        let mut parts: Vec<(Verdict, Vec<&str>)> = Vec::new();
        for (isolation, verdict) in Isolation::ALL.into_iter().zip(levels) {
            match parts.iter_mut().find(|(v, _)| v == verdict) {
                Some((_, names)) => names.push(isolation.name()),
                None => parts.push((*verdict, vec![isolation.name()])),
            }
        }
        let parts: Vec<String> = parts
            .into_iter()
            .map(|(verdict, names)| match names.len() {
                3 => format!("{verdict} at every isolation level"),
                _ => format!("{verdict} at {}", names.join(" and ")),
            })
            .collect();
        let _ = writeln!(text, "  {DIM}expect{DIM:#}   {}{cart}", parts.join("; "));
    };
    if expected.one_line == expected.several_lines {
        say("", &expected.one_line);
    } else {
        say(" (carts of one line)", &expected.one_line);
        say(" (carts of several lines)", &expected.several_lines);
    }
    if expected.explored != expected.one_line {
        say(" (explored)", &expected.explored);
    }
    text
}
