//! The rules: each looks at sources and lists its offences.

use std::collections::{BTreeMap, BTreeSet};

use super::Source;
use super::scan::line_at;

/// Imports point down only: `layers` are rows of modules, top first; a module
/// may name modules of lower rows, and itself.
pub fn imports_point_down(sources: &[Source], layers: &[Vec<String>]) -> Vec<String> {
    let row = |module: &str| {
        layers
            .iter()
            .position(|row| row.iter().any(|m| m == module))
    };
    let mut offences = Vec::new();
    for source in sources {
        let Some(from) = source.module() else {
            continue;
        };
        // At the top, `super` is the root; it may also stand before a name of the file.
        let is_top = source.possible_parents().contains(&"src/lib.rs".to_owned());
        let by_super = named_modules(&source.scan.code, "super::").into_iter();
        let by_super = by_super.filter(|(_, to)| is_top && row(to).is_some());
        for (line, to) in named_modules(&source.scan.code, "crate::")
            .into_iter()
            .chain(by_super)
        {
            let allowed = match (row(&from), row(&to)) {
                (Some(above), Some(below)) => above < below || from == to,
                _ => false,
            };
            if !allowed {
                offences.push(source.at(line, &format!("{from} must not name {to}")));
            }
        }
    }
    offences
}

/// Every module that code names behind `root`, alone or in a list.
fn named_modules(code: &str, root: &str) -> Vec<(usize, String)> {
    let mut named = Vec::new();
    for (at, _) in code.match_indices(root) {
        let rest = &code[at + root.len()..];
        let line = line_at(code, at);
        match rest.strip_prefix('{') {
            Some(list) => named.extend(first_words(list).into_iter().map(|word| (line, word))),
            None => named.push((line, word(rest).to_owned())),
        }
    }
    named
}

/// The first word of each item of `a::b, c::{d, e}}`, up to its closing brace.
fn first_words(list: &str) -> Vec<String> {
    let (mut depth, mut expects_word, mut words) = (0, true, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expects_word = true,
            c if expects_word && is_of_word(c) => {
                words.push(word(&list[at..]).to_owned());
                expects_word = false;
            }
            _ => {}
        }
    }
    words
}

fn word(text: &str) -> &str {
    &text[..text.find(|c| !is_of_word(c)).unwrap_or(text.len())]
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// No source says any of these words in its code.
pub fn says_none_of(sources: &[&Source], words: &[&str]) -> Vec<String> {
    let mut offences = Vec::new();
    for source in sources {
        let code = &source.scan.code;
        for forbidden in words {
            for (at, _) in code.match_indices(forbidden) {
                let stands_alone = !code[..at].ends_with(is_of_word)
                    && !code[at + forbidden.len()..].starts_with(is_of_word);
                if stands_alone {
                    let line = line_at(code, at);
                    offences.push(source.at(line, &format!("says {forbidden}")));
                }
            }
        }
    }
    offences
}

/// SQL stands in string literals of these files only.
pub fn sql_stands_only_in(sources: &[Source], allowed: &[&str]) -> Vec<String> {
    let others = sources
        .iter()
        .filter(|s| !allowed.contains(&s.path.as_str()));
    let mut offences = Vec::new();
    for source in others {
        for (line, text) in source.scan.strings.iter().filter(|(_, t)| is_sql(t)) {
            offences.push(source.at(*line, &format!("holds SQL: {text}")));
        }
    }
    offences
}

/// A literal is SQL if it begins as a statement does, or has two words in the
/// order that only SQL has. Prose may name a statement: `COMMIT of a failed
/// transaction`.
fn is_sql(text: &str) -> bool {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let begins = [
        "SELECT ",
        "INSERT ",
        "UPDATE ",
        "DELETE ",
        "WITH ",
        "CREATE ",
        "DROP ",
        "ALTER ",
        "TRUNCATE ",
        "BEGIN ",
        "SET ",
        "LOCK ",
        "GRANT ",
    ];
    let whole = ["BEGIN", "COMMIT", "ROLLBACK"];
    let pairs = [
        ("SELECT ", " FROM "),
        ("UPDATE ", " SET "),
        ("INSERT INTO ", "("),
    ];
    let in_order = |(first, then): &(&str, &str)| {
        let at = text.find(first);
        at.is_some_and(|at| text[at..].contains(then))
    };
    whole.contains(&text.as_str())
        || begins.iter().any(|b| text.starts_with(b))
        || pairs.iter().any(in_order)
}

/// No function is longer than `lines_max` lines, from `fn` to its brace.
pub fn functions_are_short(sources: &[Source], lines_max: usize) -> Vec<String> {
    let mut offences = Vec::new();
    for source in sources {
        for (line, name, length) in functions(&source.scan.code) {
            if length > lines_max {
                let offence = format!("fn {name} has {length} lines, of {lines_max} allowed");
                offences.push(source.at(line, &offence));
            }
        }
    }
    offences
}

/// Line, name and length of every function that has a body.
pub fn functions(code: &str) -> Vec<(usize, String, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let name = word(&code[at + 3..]);
        if code[..at].ends_with(is_of_word) || name.is_empty() {
            continue;
        }
        let Some(open) = code[at..].find(['{', ';']).map(|offset| at + offset) else {
            continue;
        };
        if code[open..].starts_with('{') {
            let lines = code[at..open + block(&code[open..])].matches('\n').count() + 1;
            found.push((line_at(code, at), name.to_owned(), lines));
        }
    }
    found
}

/// Bytes up to the brace that closes the first one.
fn block(code: &str) -> usize {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// No file is longer than `lines_max` lines.
pub fn files_are_short(sources: &[Source], lines_max: usize) -> Vec<String> {
    let long = sources.iter().filter(|source| source.lines > lines_max);
    long.map(|s| {
        s.at(
            s.lines,
            &format!("has {} lines, of {lines_max} allowed", s.lines),
        )
    })
    .collect()
}

/// Every file is declared as a module by its parent, or it is not compiled.
pub fn no_file_is_dead(sources: &[Source]) -> Vec<String> {
    let roots = ["src/lib.rs", "src/main.rs"];
    let mut offences = Vec::new();
    for source in sources.iter().filter(|s| !roots.contains(&s.path.as_str())) {
        let name = source.name();
        let parents = source.possible_parents();
        let is_declared = sources.iter().any(|parent| {
            parents.contains(&parent.path) && declared(&parent.scan.code).contains(name)
        });
        if !is_declared {
            offences.push(source.at(1, &format!("no parent declares mod {name}")));
        }
    }
    offences
}

/// The names of `mod name;` in code.
fn declared(code: &str) -> BTreeSet<&str> {
    let mods = code.match_indices("mod ").map(|(at, _)| &code[at + 4..]);
    mods.map(word)
        .filter(|name| code.contains(&format!("mod {name};")))
        .collect()
}

/// The name of each type that other files see, with the places that define it: a
/// reader must not need the folder to know the type.
pub fn each_type_name_stands_once(sources: &[Source]) -> Vec<String> {
    let mut defined: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources {
        for (line, text) in source.scan.code.lines().enumerate() {
            if let Some(name) = visible_type(text) {
                let places = defined.entry(name.to_owned()).or_default();
                places.push(format!("{}:{}", source.path, line + 1));
            }
        }
    }
    let twice = defined.into_iter().filter(|(_, places)| places.len() > 1);
    twice
        .map(|(name, places)| format!("{name} stands at {}", places.join(", ")))
        .collect()
}

/// `Name` of `pub struct Name`, `pub(super) enum Name<T>`, ...
fn visible_type(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub")?;
    let rest = match rest.strip_prefix('(') {
        Some(scoped) => scoped.split_once(')')?.1,
        None => rest,
    };
    let (keyword, rest) = rest.trim_start().split_once(' ')?;
    let is_type = ["struct", "enum", "trait", "type", "union"].contains(&keyword);
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    let name = &rest[..end.unwrap_or(rest.len())];
    (is_type && !name.is_empty()).then_some(name)
}
