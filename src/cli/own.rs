//! Tables of the user's own, as flags and a file name them: read, and refused before
//! anything starts.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::args::OwnArgs;
use super::checks::refuse_said;
use super::exit::Usage;
use super::input::read_text;
use crate::cell::Subject;
use crate::oracle::Invariant;
use crate::scenario::{
    Explore, Load, OwnTables, RACES, ScenarioFile, Service, ServicePlan, SetUp, SetUpFile,
    Settings, Shop,
};
use crate::subject::script::tokens;
use crate::subject::{
    Given, compile, has_variable, meetings, operations, parts, parts_of_words, recall_script,
    requests_header, with_sessions,
};

/// A dump of a shop with its rows may be large; of more, every reset would be slow.
const SET_UP_BYTES_MAX: u64 = 64 << 20;

/// The tables that flags name over a file; `None` where neither does.
pub(super) fn own_tables(
    args: &OwnArgs,
    file: &ScenarioFile,
    path: Option<&Path>,
) -> Result<Option<OwnTables>> {
    let service = file.service.as_ref().map(Service::plan);
    let service = service.transpose();
    let service = service.map_err(|wrong| Usage(format!("[service] {}", wrong.problem)))?;
    // A service may make its tables itself.
    let nothing = service.as_ref().map(|_| SetUp::Files(Vec::new()));
    let Some(set_up) = set_up(args, file, path)?.or(nothing) else {
        return refuse_without_set_up(args, file).map(|()| None);
    };
    if service.is_some() {
        refuse_of_scripts(args, file)?;
    }
    // Where a flag changes what the file says, the file alone no longer says it.
    let is_of_file = args.setup.is_empty()
        && args.setup_command.is_none()
        && args.invariant.is_empty()
        && args.define.is_empty()
        && [&args.allow, &args.show, &args.ignore, &args.ordered]
            .iter()
            .all(|names| names.is_empty());
    let named = args.invariant.iter().cloned();
    let stated = file.invariants.iter();
    let stated = stated.filter(|(name, _)| !args.invariant.iter().any(|(n, _)| n == *name));
    let stated = stated.map(|(name, sql)| (name.clone(), sql.clone()));
    let invariants = named.chain(stated);
    let invariants: Vec<Invariant> = invariants
        .map(|(name, sql)| Invariant { name, sql })
        .collect();
    invariants.iter().try_for_each(refuse_no_question)?;
    let defined = file.tables.define.iter();
    let defined = defined.filter(|(name, _)| !args.define.iter().any(|(n, _)| n == *name));
    let defined = defined.map(|(name, value)| (name.clone(), value.to_string()));
    let both = |flags: &[String], file: &[String]| flags.iter().chain(file).cloned().collect();
    Ok(Some(OwnTables {
        set_up,
        invariants,
        define: args.define.iter().cloned().chain(defined).collect(),
        allow: both(&args.allow, &file.tables.allow),
        show: both(&args.show, &file.tables.show),
        ignore: both(&args.ignore, &file.tables.ignore),
        ordered: both(&args.ordered, &file.tables.ordered),
        races: file.explore.race.unwrap_or(RACES),
        sessions: match &service {
            None => Vec::new(),
            Some(plan) => {
                named_requests(plan, file.explore.sessions.as_deref().unwrap_or_default())?
            }
        },
        visited: None,
        service,
        scenario: path
            .filter(|_| is_of_file)
            .map(|path| path.display().to_string()),
    }))
}

/// Only what answers rows can be asked, and nothing else is sent to the server.
fn refuse_no_question(invariant: &Invariant) -> Result<()> {
    const QUESTIONS: [&str; 4] = ["select", "with", "values", "table"];
    let sql = invariant.sql.as_str();
    let first = tokens(sql).next().and_then(Result::ok);
    let asks = first.is_some_and(|first| {
        let word = sql[first.start..first.end].to_ascii_lowercase();
        first.is_symbol('(') || QUESTIONS.contains(&word.as_str())
    });
    match asks {
        true => Ok(()),
        false => bail!(Usage(format!(
            "the invariant {} is no question: write a SELECT that answers a row for each thing \
             that is wrong",
            invariant.name
        ))),
    }
}

fn set_up(args: &OwnArgs, file: &ScenarioFile, path: Option<&Path>) -> Result<Option<SetUp>> {
    let of_file = &file.tables;
    if !of_file.setup.is_empty() && of_file.setup_command.is_some() {
        bail!(Usage(
            "[tables] has setup and setup-command: one of them makes the tables".into()
        ));
    }
    if let Some(command) = &args.setup_command {
        return Ok(Some(SetUp::Command(command.clone())));
    }
    let directory = path.and_then(Path::parent).unwrap_or(Path::new(""));
    let of_file_paths = of_file.setup.iter().map(|name| directory.join(name));
    let files: Vec<PathBuf> = match args.setup.as_slice() {
        [] => of_file_paths.collect(),
        named => named.to_vec(),
    };
    if files.is_empty() {
        return Ok(of_file.setup_command.clone().map(SetUp::Command));
    }
    let read = |path: &PathBuf| {
        Ok(SetUpFile {
            text: read_text(path, SET_UP_BYTES_MAX)?.into(),
            name: path.display().to_string(),
        })
    };
    let files: Result<Vec<SetUpFile>> = files.iter().map(read).collect();
    Ok(Some(SetUp::Files(files?)))
}

/// What only means something to scripts.
fn refuse_of_scripts(args: &OwnArgs, file: &ScenarioFile) -> Result<()> {
    let tables = &file.tables;
    let said = [
        (
            !args.define.is_empty() || !tables.define.is_empty(),
            "define",
        ),
        (!args.allow.is_empty() || !tables.allow.is_empty(), "allow"),
        (file.explore.race.is_some(), "race"),
    ];
    refuse_of_service(&said)
}

/// What the callers of a service do that meet: what is named; or else all do the only thing that
/// there is.
pub(super) fn met_requests(plan: &ServicePlan, sessions: &[String]) -> Result<Vec<String>> {
    let names = plan.names();
    if sessions.is_empty() && names.len() > 1 {
        bail!(Usage(format!(
            "the service has several operations: say in [explore] which of them meet, such as \
             sessions = [\"{}\", \"{}\"]",
            names[0], names[1]
        )));
    }
    named_requests(plan, sessions)
}

/// The callers of a service that are named, if any are.
fn named_requests(plan: &ServicePlan, sessions: &[String]) -> Result<Vec<String>> {
    if !sessions.is_empty() {
        parts_of_words("the service", &plan.names(), sessions).map_err(Usage)?;
    }
    Ok(sessions.to_vec())
}

/// The same, of how buyers come.
pub(super) fn refuse_load_of_scripts(load: &Load) -> Result<()> {
    refuse_of_service(&[
        (load.key.is_some(), "key"),
        (load.think_time.is_some(), "think-time"),
    ])
}

fn refuse_of_service(said: &[(bool, &str)]) -> Result<()> {
    refuse_said(said, |what| {
        format!(
            "{what} speaks of scripts, and the buyers of a [service] send requests: leave it out"
        )
    })
}

/// What only means something on tables of the user's own.
fn refuse_without_set_up(args: &OwnArgs, file: &ScenarioFile) -> Result<()> {
    let asked = [
        (!args.invariant.is_empty(), "--invariant"),
        (!args.define.is_empty(), "--define"),
        (!args.allow.is_empty(), "--allow"),
        (file.explore.race.is_some(), "race in [explore]"),
        (!args.show.is_empty(), "--show"),
        (!args.ignore.is_empty(), "--ignore"),
        (!args.ordered.is_empty(), "--ordered"),
        (!file.invariants.is_empty(), "[invariants]"),
        (file.tables != Default::default(), "[tables]"),
    ];
    refuse_said(&asked, |what| {
        format!(
            "{what} speaks of tables of your own: make them with --setup FILE or --setup-command, \
             or with setup in [tables]"
        )
    })
}

/// Compiles every script among the subjects, and refuses what cannot run on these tables.
pub(super) fn compile_all(subjects: &[Subject], own: Option<&OwnTables>) -> Result<()> {
    let given = own.map_or(Given::Cart, |own| Given::Defined(own.define.clone()));
    let is_service = own.is_some_and(OwnTables::has_service);
    for &subject in subjects {
        match (subject.is_service(), is_service) {
            (false, false) => {}
            (true, true) => {
                recall_script(subject, &requests(own));
                continue;
            }
            (true, false) => bail!(Usage(format!(
                "{subject} is a service: a scenario file says in [service] how it is started and \
                 called"
            ))),
            (false, true) => bail!(Usage(format!(
                "{subject} is no variant of the service: name it service:{subject}"
            ))),
        }
        if operations(subject).is_none() && own.is_some() {
            bail!(Usage(format!(
                "{subject} is built in and sells in the shop that comes with sim: on tables of \
                 your own only scripts can run"
            )));
        }
        if own.is_none() && operations(subject).is_some_and(|all| all.len() > 1) {
            bail!(Usage(format!(
                "{subject} has several operations, and the shop knows one checkout: name a \
                 script, or make tables of your own with --setup"
            )));
        }
        compile(subject, &given).map_err(Usage)?;
    }
    let shown = own.into_iter().flat_map(|own| &own.show);
    for name in shown {
        if let Some(plan) = own.and_then(|own| own.service.as_ref()) {
            refuse_not_taken(plan, name)?;
        } else if !subjects.iter().any(|subject| has_variable(*subject, name)) {
            bail!(Usage(format!(
                "show names {name}, and no script has a variable of that name"
            )));
        }
    }
    Ok(())
}

/// Refuses a name that no request takes from its answer.
fn refuse_not_taken(plan: &ServicePlan, name: &str) -> Result<()> {
    let flows = plan.operations.iter().map(|(_, flow)| flow);
    let mut steps = flows.flat_map(|flow| &flow.steps);
    match steps.any(|step| step.is_taken(name)) {
        true => Ok(()),
        false => bail!(Usage(format!(
            "show names {name}, and no request of the service takes that of its answer: write \
             take = {{ {name} = \"path.to.it\" }}"
        ))),
    }
}

/// The requests of a buyer at the service of these tables, one a line: pages name them so. Those of
/// several operations stand behind its name each.
fn requests(own: Option<&OwnTables>) -> String {
    let service = own.and_then(|own| own.service.as_ref());
    let operations = service.map(|plan| plan.operations.as_slice());
    let operations = operations.unwrap_or_default();
    let lines = operations.iter().flat_map(|(name, flow)| {
        let header = (operations.len() > 1).then(|| requests_header(name));
        let shown = flow.steps.iter().map(|step| step.shown.clone());
        header.into_iter().chain(shown)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The meetings that are explored: the one that is named, or every pair of operations.
pub(super) fn met(subject: Subject, sessions: &[String]) -> Result<Vec<Subject>> {
    // The callers of a service are named by its tables.
    if sessions.is_empty() || parts(subject).is_some() || subject.is_service() {
        return Ok(meetings(subject));
    }
    let met = with_sessions(subject, sessions).map_err(Usage)?;
    Ok(vec![met])
}

/// Refuses settings of the shop, which would be ignored. A service is told of products and units;
/// its buyers want one product each.
pub(super) fn refuse_shop(settings: &Settings, own: &OwnTables) -> Result<()> {
    if own.has_service() {
        let Shop {
            lines,
            duplicate_lines,
            lock_order,
            retry,
            ..
        } = &settings.shop;
        let said = [
            (lines.is_some(), "lines"),
            (duplicate_lines.is_some(), "duplicate-lines"),
            (lock_order.is_some(), "lock-order"),
            (retry.is_some(), "retry"),
        ];
        return refuse_said(&said, |what| {
            format!(
                "{what} means nothing to a service: a buyer asks it for ${{units}} of one \
                 ${{product}}"
            )
        });
    }
    let Explore {
        stock,
        products,
        units,
        ..
    } = &settings.explore;
    // What is tried again is said there, and holds for every script.
    let shop = Shop {
        retry: None,
        ..settings.shop.clone()
    };
    let is_said =
        shop != Shop::default() || stock.is_some() || products.is_some() || units.is_some();
    match is_said {
        false => Ok(()),
        true => bail!(Usage(
            "stock, products, lines, units and the order of lines belong to the shop that comes \
             with sim: on tables of your own the set-up makes the rows"
                .into()
        )),
    }
}
