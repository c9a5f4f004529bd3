//! What a machine can check of the architecture: layers, words that have no
//! place somewhere, lengths, dead files.
//!
//! A check that cannot fail is worse than none: below each group stand the same
//! rules on sources with planted offences.

mod circles;
mod environment;
mod rules;
mod scan;
mod statements;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use self::circles::Uses;
use self::environment::undocumented;
use self::rules::{
    each_type_name_stands_once, files_are_short, functions, functions_are_short,
    imports_point_down, no_file_is_dead, says_none_of, sql_stands_only_in,
};
use self::scan::{Scan, scan};
use self::statements::nothing_matches_on_statements;
use checkout_sim::subject::Strategy;

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 400;

/// A source file.
pub struct Source {
    /// From the root of the repository, with `/`.
    path: String,
    text: String,
    lines: usize,
    scan: Scan,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            lines: text.lines().count(),
            scan: scan(text),
        }
    }

    /// The module's name: the file's, or the directory's for `mod.rs`.
    fn name(&self) -> &str {
        let path = self
            .path
            .trim_end_matches("/mod.rs")
            .trim_end_matches(".rs");
        path.rsplit('/').next().unwrap_or(path)
    }

    /// The top-level module that it belongs to; the roots belong to none.
    fn module(&self) -> Option<String> {
        let below = self.path.strip_prefix("src/")?;
        let first = below.split('/').next()?.trim_end_matches(".rs");
        let is_root = matches!(first, "lib" | "main");
        (!is_root).then(|| first.to_owned())
    }

    /// Where `mod name;` for this file may stand.
    fn possible_parents(&self) -> Vec<String> {
        let own = self
            .path
            .trim_end_matches("/mod.rs")
            .trim_end_matches(".rs");
        let Some((parent, _)) = own.rsplit_once('/') else {
            return Vec::new();
        };
        match parent {
            "src" => vec!["src/lib.rs".into(), "src/main.rs".into()],
            dir => vec![format!("{dir}/mod.rs"), format!("{dir}.rs")],
        }
    }

    fn at(&self, line: usize, offence: &str) -> String {
        format!("{}:{line}: {offence}", self.path)
    }
}

/// Every source under `src/`.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    read(root, &root.join("src"), &mut found);
    // A check of nothing would pass.
    assert!(found.len() > 30, "only {} sources", found.len());
    found
}

fn read(root: &Path, directory: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(directory).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            read(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("UTF-8");
            let name = path.strip_prefix(root).expect("below the root");
            found.push(Source::new(&name.to_string_lossy(), &text));
        }
    }
}

fn below<'s>(sources: &'s [Source], directory: &str) -> Vec<&'s Source> {
    let found: Vec<&Source> = sources
        .iter()
        .filter(|source| source.path.starts_with(directory))
        .collect();
    assert!(!found.is_empty(), "nothing below {directory}");
    found
}

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

#[track_caller]
fn assert_none(offences: &[String]) {
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

// --- the layers -------------------------------------------------------------

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

// --- words that have no place somewhere -------------------------------------

#[test]
fn a_strategy_knows_no_driver_no_runtime_and_no_clock() {
    let words = [
        "sqlx", "tokio", "time", "Instant", "Duration", "thread", "rand",
    ];
    assert_none(&says_none_of(&below(&sources(), "src/subject/"), &words));
}

/// The layers above speak of subjects: a strategy is one of several kinds of them.
#[test]
fn a_strategy_is_known_to_its_folder_alone() {
    let sources = sources();
    let is_outside = |s: &&Source| !s.path.starts_with("src/subject/");
    let outside: Vec<&Source> = sources.iter().filter(is_outside).collect();
    assert_none(&says_none_of(&outside, &["Strategy"]));
}

/// The oracle alone knows the tables of the shop and the rules that they must keep:
/// another subject has others.
#[test]
fn the_books_are_known_to_the_oracle_alone() {
    let sources = sources();
    let is_outside = |s: &&Source| !s.path.starts_with("src/oracle/");
    let outside: Vec<&Source> = sources.iter().filter(is_outside).collect();
    assert_none(&says_none_of(&outside, &["Ledger", "Violations"]));
}

#[test]
fn the_oracle_knows_no_strategy_and_no_database() {
    let words = ["strategy", "Strategy", "sqlx", "tokio", "database"];
    assert_none(&says_none_of(&below(&sources(), "src/oracle/"), &words));
}

/// sqlx stands behind the database layer; tokio above the checkout only.
#[test]
fn libraries_stay_in_their_layers() {
    let sources = sources();
    let outside = |directories: &[&str]| -> Vec<&Source> {
        let is_inside = |s: &Source| directories.iter().any(|d| s.path.starts_with(d));
        sources.iter().filter(|source| !is_inside(source)).collect()
    };
    assert_none(&says_none_of(
        &outside(&["src/database/postgres/"]),
        &["sqlx"],
    ));
    // Attempts are tested with tokio's test attribute, nothing else.
    let async_layers = [
        "src/cli/",
        "src/database/postgres/",
        "src/database/ready.rs",
        "src/load/",
        "src/explore/",
        "src/flow/attempt.rs",
    ];
    assert_none(&says_none_of(&outside(&async_layers), &["tokio"]));
    assert_none(&says_none_of(
        &outside(&["src/cli/"]),
        &["clap", "anyhow", "indicatif"],
    ));
}

/// `println!` panics on a closed pipe; the others are left behind by accident.
#[test]
fn nothing_unfinished_is_left_behind() {
    let sources = sources();
    let all: Vec<&Source> = sources.iter().collect();
    let words = ["todo!", "unimplemented!", "dbg!", "println!", "print!"];
    assert_none(&says_none_of(&all, &words));
}

#[test]
fn a_word_out_of_place_is_found() {
    let planted =
        |text: &str, words: &[&str]| says_none_of(&[&Source::new("src/subject/x.rs", text)], words);
    let found = planted("fn f() {}\nuse sqlx::Row;", &["sqlx"]);
    assert_eq!(found, ["src/subject/x.rs:2: says sqlx"]);
    assert_eq!(
        planted("let t = std::time::Instant::now();", &["time"]).len(),
        1
    );
    assert_eq!(
        planted("fn f() { todo!() } fn g() { dbg!(1); }", &["todo!", "dbg!"]).len(),
        2
    );
    assert_none(&planted(
        "// sqlx\nlet sqlxes = \"sqlx\"; let time_us = timed;",
        &["sqlx", "time"],
    ));
}

#[test]
fn every_variable_is_documented() {
    let sources = sources();
    let page = "src/cli/args/environment.rs";
    let (pages, others): (Vec<_>, Vec<_>) = sources.into_iter().partition(|s| s.path == page);
    assert_none(&undocumented(&others, &pages[0].text));
}

#[test]
fn a_variable_that_no_help_names_is_found() {
    let text = r#"
        const OWN: &str = "SIM_OWN"; // SIM_COMMENT
        #[arg(env = "SIM_FLAG")]
        fn f() { var_os("HOME"); std::env::var("USER"); say("USER_NAME: set SIM_THIS"); }"#;
    let planted = [Source::new("src/cli/x.rs", text)];
    assert_none(&undocumented(&planted, "SIM_OWN, SIM_FLAG, HOME and USER"));
    let missing = undocumented(&planted, "SIM_OWNER, SIM_FLAGS, USER_NAME and HOME_DIR");
    assert_eq!(missing.len(), 4, "{missing:?}");
}

#[test]
fn sql_stands_in_one_file() {
    // The model repeats a message of the server that quotes SQL.
    assert_none(&sql_stands_only_in(
        &sources(),
        &["src/database/postgres/sql.rs", "src/mvcc/transaction.rs"],
    ));
}

#[test]
fn sql_out_of_place_is_found() {
    let text = r#"
        fn f() {
            run("SELECT 1"); run("WITH x AS (SELECT 1) TABLE x"); run("COMMIT");
            run("/* hint */ SELECT a FROM b"); run("  UPDATE t SET a = 1");
            say("COMMIT of a failed transaction is a ROLLBACK"); say("commit");
            say("versioned UPDATE, but nobody reads the row count"); say("select one");
        }"#;
    let planted = [Source::new("src/load/x.rs", text)];
    assert_eq!(
        sql_stands_only_in(&planted, &["src/database/postgres/sql.rs"]).len(),
        5
    );
    assert_none(&sql_stands_only_in(&planted, &["src/load/x.rs"]));
}

// --- names --------------------------------------------------------------------

#[test]
fn each_type_has_a_name_of_its_own() {
    assert_none(&each_type_name_stands_once(&sources()));
}

#[test]
fn a_name_that_stands_twice_is_found() {
    let planted = |one: &str, other: &str| {
        let sources = [
            Source::new("src/a.rs", one),
            Source::new("src/b/c.rs", other),
        ];
        each_type_name_stands_once(&sources)
    };
    let found = planted(
        "pub struct Error;",
        "// x\npub(in crate::b) enum Error<T> { A(T) }",
    );
    assert_eq!(found, ["Error stands at src/a.rs:1, src/b/c.rs:2"]);
    assert_eq!(
        planted("pub trait World {}", "    pub(super) type World = u8;").len(),
        1
    );
    assert_none(&planted(
        "pub struct Error;",
        "struct Error; // pub enum Error",
    ));
    assert_none(&planted(
        "pub struct Error;",
        "pub struct Errors; pub fn error() {}",
    ));
}

// --- lengths and dead files -------------------------------------------------

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

#[test]
fn every_file_is_compiled() {
    assert_none(&no_file_is_dead(&sources()));
}

#[test]
fn a_dead_file_is_found() {
    let planted = [
        Source::new("src/lib.rs", "pub mod a; mod b; // mod dead;"),
        Source::new("src/a/mod.rs", "pub(super) mod c;"),
        Source::new("src/a/c.rs", ""),
        Source::new("src/b.rs", "mod d;"),
        Source::new("src/b/d.rs", "mod inline {}"),
        Source::new("src/b/d/inline.rs", ""),
        Source::new("src/dead.rs", ""),
    ];
    let found = no_file_is_dead(&planted);
    let expected = [
        "src/b/d/inline.rs:1: no parent declares mod inline",
        "src/dead.rs:1: no parent declares mod dead",
    ];
    assert_eq!(found, expected);
}

/// One file a strategy, and one enum that names them all: what has a profile is
/// run by `all`, under the name of its file.
#[test]
fn every_strategy_file_is_named_in_the_enum() {
    let sources = sources();
    let has_profile = |s: &&Source| s.scan.code.contains("const PROFILE: Profile");
    let files = below(&sources, "src/subject/built_in/")
        .into_iter()
        .filter(has_profile);
    let files: BTreeSet<String> = files.map(|file| file.name().replace('_', "-")).collect();
    let named: BTreeSet<String> = Strategy::ALL.iter().map(|s| s.name().to_owned()).collect();
    assert_eq!(files, named);
    assert_eq!(named.len(), Strategy::ALL.len(), "each once");
}

// --- circles ----------------------------------------------------------------

#[test]
fn no_file_leads_back_to_itself() {
    assert_none(&Uses::of(&sources()).circles());
}

#[test]
fn no_child_looks_up() {
    assert_none(&Uses::of(&sources()).children_that_look_up());
}

/// Passed on by a `mod.rs`, a name counts for the file behind it.
#[test]
fn a_circle_is_found() {
    let planted = |texts: &[(&str, &str)]| {
        let sources: Vec<Source> = texts.iter().map(|(p, t)| Source::new(p, t)).collect();
        Uses::of(&sources).circles()
    };
    let facade = (
        "src/a/mod.rs",
        "mod one; mod two; pub use one::One; pub use two::Two;",
    );
    let one = ("src/a/one.rs", "use super::two::Two; pub struct One(Two);");
    let two = |text| ("src/a/two.rs", text);
    assert_none(&planted(&[facade, one, two("pub struct Two;")]));
    let circle = ["src/a/one.rs, src/a/two.rs"];
    for text in [
        "use super::One; pub struct Two(One);",
        "use crate::a::One; pub struct Two;",
        "use super::one::{self}; pub struct Two; fn f() { one::One; }",
        "pub struct Two; fn f(_: &crate::a::one::One) {}",
        "use super::one; pub struct Two; fn f() { html! { (one::draw(\"x\")) } }",
        "pub struct Two; fn f() { m!(a, super::one::draw); }",
        "use super::{one as first}; pub struct Two; impl Two { fn f(_: first::One) {} }",
    ] {
        assert_eq!(planted(&[facade, one, two(text)]), circle, "{text}");
    }
    // Prose, strings and tests lead nowhere.
    for text in [
        "// super::One\npub struct Two;",
        "pub struct Two; #[cfg(test)] mod tests { use super::super::One; }",
        "pub struct Two; const S: &str = \"super::One\";",
        "pub struct Two; fn f() { m!(\"super::one::draw\"); }",
    ] {
        assert_none(&planted(&[facade, one, two(text)]));
    }
}

#[test]
fn a_child_that_looks_up_is_found() {
    let parent = "mod child; pub struct Up; pub fn up() {}";
    let planted = |child: &str| {
        let sources = [
            Source::new("src/a/mod.rs", parent),
            Source::new("src/a/child.rs", child),
        ];
        Uses::of(&sources).children_that_look_up()
    };
    let offence = ["src/a/child.rs uses Up of src/a/mod.rs"];
    assert_eq!(planted("use super::Up;"), offence);
    assert_eq!(planted("fn f() -> crate::a::Up { todo() }"), offence);
    assert_none(&planted("use super::up; pub struct Up;"));
    let private = [
        Source::new("src/a/mod.rs", "mod child; struct Up; type Also = u8;"),
        Source::new("src/a/child.rs", "use super::Up; fn f(_: super::Also) {}"),
    ];
    assert_eq!(Uses::of(&private).children_that_look_up().len(), 2);
}

// --- statements -------------------------------------------------------------

/// Those that carry statements out, or word them, and the answer itself.
const MAY_MATCH: [&str; 6] = [
    "src/effect.rs",
    "src/database/postgres/sql.rs",
    "src/database/postgres/connection.rs",
    "src/mvcc/admission.rs",
    "src/mvcc/row.rs",
    "src/subject/built_in/rehearsal.rs",
];

#[test]
fn what_a_statement_does_is_asked_of_its_effect() {
    assert_none(&nothing_matches_on_statements(&sources(), &MAY_MATCH));
}

#[test]
fn a_match_on_statements_is_found() {
    let planted = |body: &str| {
        let text = format!("fn f(s: Statement) -> bool {{ {body} }}");
        let sources = [Source::new("src/load/x.rs", &text)];
        nothing_matches_on_statements(&sources, &[]).len()
    };
    for body in [
        "match s { Statement::Commit => true, _ => false }",
        "match s { crate::statement::Statement::PlaceOrder(_) => true, _ => false }",
        "matches!(s, Statement::Begin(_))",
        "s == Statement::Commit",
        "&s == &Statement::Commit",
        "s != Statement::Begin(level)",
        "(Statement::TakeStock { sku, units }) == s",
        "if let Statement::SwapStock { sku, .. } = s { true } else { false }",
        "let Statement::PlaceOrder(_) = s else { return true }; false",
    ] {
        assert_eq!(planted(body), 1, "{body}");
    }
    for body in [
        "send(Statement::Commit)",
        "s.effect().kind == Kind::Commit",
        "match s.effect().kind { Kind::Begin => true, _ => false }",
        "matches!(s.effect().kind, Kind::Begin)",
    ] {
        assert_eq!(planted(body), 0, "{body}");
    }
}
