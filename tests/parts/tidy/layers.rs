//! Layers: imports point down only.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::scan::{is_of_word, line_at, word};
use super::source::{Source, assert_none, sources};

/// The rows of the table in `src/lib.rs`, top first: the page that people read
/// is the rule.
fn layers() -> Vec<Vec<String>> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"));
    let page = page.expect("the first page");
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("//! | [`"));
    rows.map(|row| {
        let modules = row.split(" |").next().unwrap_or(row);
        let names = modules.split(", ");
        names
            .map(|name| name.trim_matches(['[', ']', '`']).to_owned())
            .collect()
    })
    .collect()
}

/// Imports point down only: `layers` are rows of modules, top first; a module
/// may name modules of lower rows, and itself.
fn imports_point_down(sources: &[Source], layers: &[Vec<String>]) -> Vec<String> {
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

#[test]
fn the_layers_name_every_module_once() {
    let rows: Vec<String> = layers().into_iter().flatten().collect();
    let named: BTreeSet<&str> = rows.iter().map(String::as_str).collect();
    assert_eq!(
        named.len(),
        rows.len(),
        "a module stands in one layer: {rows:?}"
    );
    let sources = sources();
    let modules: BTreeSet<String> = sources.iter().filter_map(Source::module).collect();
    assert_eq!(named, modules.iter().map(String::as_str).collect());
}

#[test]
fn imports_of_the_product_point_down() {
    assert_none(&imports_point_down(&sources(), &layers()));
}

#[test]
fn an_import_that_points_up_is_found() {
    let layers = [vec!["top".into()], vec!["left".into(), "right".into()]];
    let offences =
        |path: &str, text: &str| imports_point_down(&[Source::new(path, text)], &layers).len();
    assert_eq!(
        offences("src/top.rs", "use crate::left::A; use crate::top::B;"),
        0
    );
    assert_eq!(offences("src/left/deep/x.rs", "use crate::top::A;"), 1);
    assert_eq!(offences("src/left/mod.rs", "fn f() { crate::top::g() }"), 1);
    assert_eq!(
        offences("src/left.rs", "use crate::right::A;"),
        1,
        "side by side is not down"
    );
    assert_eq!(
        offences("src/left.rs", "use crate::{left::A,\n top::{B, C}, right};"),
        2
    );
    assert_eq!(offences("src/left.rs", "use crate::unheard_of::A;"), 1);
    assert_eq!(offences("src/left.rs", "use super::top::A;"), 1);
    assert_eq!(
        offences("src/left/mod.rs", "use super::{right, top::A};"),
        2
    );
    assert_eq!(
        offences("src/left/x.rs", "use super::top::A;"),
        0,
        "its own"
    );
    assert_eq!(
        offences("src/left.rs", "// crate::top\nlet s = \"crate::top\";"),
        0
    );
    assert_eq!(
        offences("src/lib.rs", "use crate::top::A;"),
        0,
        "the root belongs to no layer"
    );
}
