//! Every script that was read, by the name of its subject.
//!
//! A name is known from the moment at which the text was read, so that flags and files can
//! name it; what is wrong with the text is told when it is compiled, since only then is it
//! known which variables it is given.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::given::Given;
use super::part::{Part, in_words};
use crate::cell::Subject;
use crate::shop::Isolation;
use crate::subject::looks::ScriptLooks;
use crate::subject::script::{FilePlace, Script};

/// The extension of a script's file.
const EXTENSION: &str = "sql";

/// What a comment of its own may ask for: `-- sim: stock-check`.
const ASKS: &str = "-- sim:";
const STOCK_CHECK: &str = "stock-check";

/// A script that can be run.
#[derive(Debug)]
pub(in crate::subject) struct OwnScript {
    pub(super) operations: Vec<Operation>,
    pub(super) given: Given,
    /// Whether its table has `CHECK (stock >= 0)`.
    pub(in crate::subject) has_stock_check: bool,
}

/// One thing that an actor does: a file.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) script: Arc<Script>,
    pub(super) looks: ScriptLooks,
}

/// What is known of a name.
#[derive(Debug, Clone)]
struct Known {
    /// Where it was read; `None` where results brought it along.
    path: Option<PathBuf>,
    /// Each operation with its text; of a file one.
    texts: Arc<[(Arc<str>, Arc<str>)]>,
    /// `None` before it is compiled, and where it never can be.
    compiled: Option<Arc<OwnScript>>,
    /// Which operations meet, where that was said.
    parts: Option<Arc<[Part]>>,
}

static SCRIPTS: RwLock<BTreeMap<Subject, Known>> = RwLock::new(BTreeMap::new());

/// The name of a script: that of its file.
#[must_use]
pub fn script_name(path: &Path) -> Option<&str> {
    let is_script = path.extension().is_some_and(|end| end == EXTENSION);
    path.file_name()?.to_str().filter(|_| is_script)
}

/// Makes a script of the shop's tables a subject, by the name of its file. The same file
/// may come again.
///
/// # Errors
/// As [`note`] and [`compile`].
pub fn add_script(path: &Path, text: &str) -> Result<Subject, String> {
    let Some(name) = script_name(path) else {
        let shown = path.display();
        return Err(format!(
            "{shown}: the name of a script ends in .{EXTENSION}"
        ));
    };
    let subject = note(name, path, vec![(operation_name(path), text.into())])?;
    // Sessions that run it go on with what was compiled before.
    compile_anew(subject, &Given::Cart)?;
    Ok(subject)
}

/// The name of an operation: that of its file without the extension.
fn operation_name(path: &Path) -> Arc<str> {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into()
}

/// Makes texts a subject of this name: of a file one, of a directory one for each of its
/// operations, by name. The same file may come again.
///
/// # Errors
/// Another file of that name.
pub fn note(name: &str, path: &Path, texts: Vec<(Arc<str>, Arc<str>)>) -> Result<Subject, String> {
    if name.chars().any(char::is_control) {
        return Err(format!(
            "{name:?}: its name has characters that cannot be shown"
        ));
    }
    let subject = Subject::from_name(name);
    let mut scripts = SCRIPTS.write().unwrap_or_else(PoisonError::into_inner);
    let known = scripts.get(&subject);
    let other = known.and_then(|known| known.path.as_ref());
    if let Some(other) = other.filter(|other| *other != path) {
        return Err(format!(
            "{}: {} is called {name} too; give one of them another name",
            path.display(),
            other.display()
        ));
    }
    let texts: Arc<[_]> = texts.into();
    if known.is_some_and(|known| known.path.is_some() && known.texts == texts) {
        return Ok(subject);
    }
    let known = Known {
        path: Some(path.to_owned()),
        texts,
        compiled: None,
        parts: None,
    };
    scripts.insert(subject, known);
    Ok(subject)
}

/// Reads the text of a subject whole, so that it can be run. What was compiled already
/// stays, and of a subject that is no script nothing is done.
///
/// # Errors
/// What is wrong with it, each thing on a line of its own.
pub fn compile(subject: Subject, given: &Given) -> Result<(), String> {
    let subject = whole_of(subject);
    let compiled = known(subject).and_then(|known| known.compiled);
    match compiled {
        None => compile_anew(subject, given),
        Some(own) if own.given == *given => Ok(()),
        // Each call keeps one: the second would run with what the first was given.
        Some(_) => Err(format!(
            "{subject} is given other variables by another scenario of this call: run them one \
             by one"
        )),
    }
}

fn compile_anew(subject: Subject, given: &Given) -> Result<(), String> {
    let Some(known) = known(subject) else {
        return Ok(());
    };
    let Some(path) = &known.path else {
        return Ok(());
    };
    let is_directory = script_name(path).is_none();
    let mut operations = Vec::new();
    let mut refused = Vec::new();
    for (name, text) in known.texts.iter() {
        let shown = match is_directory {
            true => path.join(format!("{name}.{EXTENSION}")),
            false => path.clone(),
        };
        match read(&shown.display().to_string(), text, given) {
            Ok(script) => operations.push(Operation {
                looks: ScriptLooks::of(&script),
                script: Arc::new(script),
            }),
            Err(why) => refused.push(why),
        }
    }
    if !refused.is_empty() {
        return Err(refused.join("\n"));
    }
    let asks = |(_, text): &(_, Arc<str>)| asked(text).any(|(_, asked)| asked == STOCK_CHECK);
    let own = OwnScript {
        operations,
        given: given.clone(),
        has_stock_check: known.texts.iter().any(asks),
    };
    let mut scripts = SCRIPTS.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = scripts.get_mut(&subject) {
        known.compiled = Some(Arc::new(own));
    }
    Ok(())
}

fn read(shown: &str, text: &str, given: &Given) -> Result<Script, String> {
    let script = Script::parse(shown, text, &given.names());
    let script = script.map_err(|refusals| refusals.to_string())?;
    if let Some((line, asked)) = asked(text).find(|(_, asked)| *asked != STOCK_CHECK) {
        return Err(format!(
            "{shown}:{line}:1: \"{ASKS} {asked}\" asks for nothing that is known; known is \
             \"{ASKS} {STOCK_CHECK}\", a table with CHECK (stock >= 0)"
        ));
    }
    if let Some((FilePlace { line, column }, level)) = other_level(&script) {
        return Err(format!(
            "{shown}:{line}:{column}: this transaction is at {}, and the first one at {}; an \
             attempt has one isolation level",
            level.0, level.1
        ));
    }
    let effect = script.first_effect().filter(|_| *given == Given::Cart);
    if let Some(FilePlace { line, column }) = effect {
        return Err(format!(
            "{shown}:{line}:{column}: \\effect is not recorded on the shop's tables; leave it out"
        ));
    }
    Ok(script)
}

/// Where a script names another level than before, with both.
fn other_level(script: &Script) -> Option<(FilePlace, (Isolation, Isolation))> {
    let levels = script.levels();
    let (_, first) = *levels.first()?;
    let other = levels.iter().find(|(_, level)| *level != first);
    other.map(|(place, level)| (*place, (*level, first)))
}

/// Takes in a script that results bring along, for pages alone; one that is known already
/// stays.
pub fn recall_script(subject: Subject, text: &str) {
    let mut scripts = SCRIPTS.write().unwrap_or_else(PoisonError::into_inner);
    scripts.entry(subject).or_insert_with(|| Known {
        path: None,
        texts: [(subject.name().into(), text.into())].into(),
        compiled: None,
        parts: None,
    });
}

/// What comments ask for, each with its line.
fn asked(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate();
    lines.filter_map(|(at, line)| Some((at + 1, line.strip_prefix(ASKS)?.trim())))
}

/// The subject whose operations meet; of every other subject itself.
#[must_use]
pub fn whole_of(subject: Subject) -> Subject {
    match in_words(subject.name()) {
        Some((whole, _)) => Subject::from_name(whole),
        None => subject,
    }
}

fn known(subject: Subject) -> Option<Known> {
    let scripts = SCRIPTS.read().unwrap_or_else(PoisonError::into_inner);
    scripts.get(&subject).cloned()
}

/// The script of a subject, once it is compiled.
pub(in crate::subject) fn of(subject: Subject) -> Option<Arc<OwnScript>> {
    let scripts = SCRIPTS.read().unwrap_or_else(PoisonError::into_inner);
    scripts.get(&whole_of(subject))?.compiled.clone()
}

/// Whether a name is known.
pub(super) fn is_known(name: &str) -> Option<Subject> {
    let subject = Subject::from_name(name);
    known(subject).map(|_| subject)
}

/// The names of a subject's operations; `None` where it is no script that
/// was read from a file.
#[must_use]
pub fn operations(subject: Subject) -> Option<Vec<Arc<str>>> {
    let known = known(whole_of(subject))?;
    known.path.as_ref()?;
    Some(
        known
            .texts
            .iter()
            .map(|(name, _)| Arc::clone(name))
            .collect(),
    )
}

/// Whether a script of a subject, which is compiled, has a variable of that name.
#[must_use]
pub fn has_variable(subject: Subject, name: &str) -> bool {
    let own = of(subject);
    own.is_some_and(|own| {
        let mut operations = own.operations.iter();
        operations.any(|operation| operation.script.has_variable(name))
    })
}

/// Keeps which operations of a subject meet, under a name of its own.
pub(super) fn keep_parts(name: &str, whole: Subject, parts: Vec<Part>) -> Option<Subject> {
    let whole = known(whole)?;
    let texts = parts.iter().map(|part| part.operation as usize);
    let mut named: Vec<usize> = texts.collect();
    named.sort_unstable();
    named.dedup();
    let texts = named.into_iter().map(|at| whole.texts[at].clone());
    let subject = Subject::from_name(name);
    let kept = Known {
        texts: texts.collect(),
        // That of the whole is run: operations go by their numbers there.
        compiled: None,
        parts: Some(parts.into()),
        ..whole
    };
    let mut scripts = SCRIPTS.write().unwrap_or_else(PoisonError::into_inner);
    scripts.insert(subject, kept);
    Some(subject)
}

pub(super) fn parts_of(subject: Subject) -> Option<Arc<[Part]>> {
    known(subject)?.parts
}

/// The text of a subject that is a script; of several operations, one after the other.
#[must_use]
pub fn script_text(subject: Subject) -> Option<Arc<str>> {
    let known = known(subject)?;
    if let [(_, only)] = &*known.texts {
        return Some(Arc::clone(only));
    }
    let texts = known.texts.iter();
    let texts: Vec<String> = texts
        .map(|(name, text)| format!("{}\n{text}", script_header(name)))
        .collect();
    Some(texts.join("\n").into())
}

/// The line above an operation in the text of a subject that has several.
#[must_use]
pub fn script_header(operation: &str) -> String {
    format!("-- {operation}.{EXTENSION}")
}

/// The line above the requests of an operation, where a service has several.
#[must_use]
pub fn requests_header(operation: &str) -> String {
    format!("-- {operation}")
}

/// How a caller names a subject on a command line: a script by its path.
#[must_use]
pub fn as_typed(subject: Subject) -> String {
    let path = known(subject).and_then(|known| known.path);
    let Some(path) = path else {
        return subject.name().into();
    };
    let met = in_words(subject.name()).map(|(_, words)| words);
    let path = match met {
        Some(words) if script_name(&path).is_none() => path.join(words).display().to_string(),
        Some(words) => format!("{}:{words}", path.display()),
        None => path.display().to_string(),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./+=:".contains(c);
    match path.chars().all(is_plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}
