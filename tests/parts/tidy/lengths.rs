//! Functions and files are short.

use super::scan::{is_of_word, line_at, scan, word};
use super::source::{Source, assert_none, sources};

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 400;

/// No function is longer than `lines_max` lines, from `fn` to its brace.
fn functions_are_short(sources: &[Source], lines_max: usize) -> Vec<String> {
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
fn functions(code: &str) -> Vec<(usize, String, usize)> {
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
fn files_are_short(sources: &[Source], lines_max: usize) -> Vec<String> {
    let long = sources.iter().filter(|source| source.lines > lines_max);
    long.map(|s| {
        s.at(
            s.lines,
            &format!("has {} lines, of {lines_max} allowed", s.lines),
        )
    })
    .collect()
}

#[test]
fn functions_and_files_are_short() {
    let sources = sources();
    assert_none(&functions_are_short(&sources, FUNCTION_LINES_MAX));
    assert_none(&files_are_short(&sources, FILE_LINES_MAX));
}

#[test]
fn what_is_too_long_is_found() {
    let text = "trait T { fn none(&self); }\nfn one() { let s = \"{\"; }\n\
                fn four<F: Fn() -> u8>(f: F)\nwhere\n    F: Copy,\n{ if a { b } }\nfn_like!();\n";
    let found: Vec<(usize, String, usize)> = functions(&scan(text).code);
    assert_eq!(found, [(2, "one".into(), 1), (3, "four".into(), 4)]);
    let planted = [Source::new("src/x.rs", text)];
    assert_eq!(functions_are_short(&planted, 3).len(), 1);
    assert_none(&functions_are_short(&planted, 4));
    assert_eq!(files_are_short(&planted, 6).len(), 1);
    assert_none(&files_are_short(&planted, 7));
}
