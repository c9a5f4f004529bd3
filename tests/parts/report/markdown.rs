//! The page for a pull request: what people read, and what must not slip in.

use std::sync::LazyLock;

use checkout_sim::oracle::Verdict;
use checkout_sim::report::{Results, Study, to_markdown};
use checkout_sim::subject::Strategy;
use proptest::collection::vec;
use proptest::prelude::{prop_assert_eq, prop_assume, prop_oneof, proptest};
use proptest::sample::select;
use proptest::strategy::Strategy as Draw;

use super::hand::{
    dossier, exploration, explored, failing, holding, load, paced_runs, safe_cell, server, study,
};

/// What a comment on GitHub takes.
const CHARACTERS_MAX: usize = 65_536;

fn first_line(results: &Results) -> String {
    let page = to_markdown(results);
    page.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_page_where_all_holds() {
    insta::assert_snapshot!(to_markdown(&holding()));
}

#[test]
fn a_page_of_what_does_not_hold() {
    insta::assert_snapshot!(to_markdown(&failing()));
}

/// The outcome, in words that fit its number.
#[test]
fn the_first_line_is_the_outcome() {
    assert_eq!(first_line(&holding()), "### sim: all 9 expectations hold");
    let slower = "### sim: 3 of 11 expectations do not hold, 2 met a fault; 1 cell is slower \
                  than before";
    assert_eq!(first_line(&failing()), slower);
    let of = |cells| Results {
        dossier: dossier(vec![Study {
            exploration: Some(exploration(cells)),
            ..Study::untitled()
        }]),
        against: None,
    };
    let safe = || explored(Strategy::RowLock, Verdict::Safe, 0);
    let broken = || explored(Strategy::Atomic, Verdict::Safe, 1);
    let cases = [
        (vec![safe()], "the only expectation holds"),
        (vec![safe(), safe()], "all 2 expectations hold"),
        (vec![broken()], "1 of 1 expectations does not hold"),
        (vec![broken(), safe()], "1 of 2 expectations does not hold"),
        (Vec::new(), "no cell was run, so nothing was found"),
    ];
    for (cells, outcome) in cases {
        assert_eq!(first_line(&of(cells)), format!("### sim: {outcome}"));
    }
}

/// Between a large machine and a small one nothing is slower.
#[test]
fn results_that_differ_are_not_compared_by_speed() {
    let mut results = failing();
    if let Some(load) = &mut results.dossier.studies[0].load {
        load.scenario.buyers = 400;
    }
    let page = to_markdown(&results);
    assert!(!page.contains("slower than before"), "{page}");
    assert!(
        page.contains("- flash-sale: scenario: buyers is 400, and was 500\n"),
        "{page}"
    );
    assert!(page.contains("- naive at read-committed, Flash sale: safe, and was oversells\n"));
}

/// Studies in which everything is safe: long tables, nothing else to say.
fn many_studies(number: usize) -> Results {
    let cells = Strategy::ALL.map(|strategy| safe_cell(strategy, paced_runs(&[100, 101])));
    let one = study("one", load(cells.to_vec()));
    let studies = (0..number).map(|n| Study {
        name: format!("study-{n}"),
        ..one.clone()
    });
    Results {
        dossier: dossier(studies.collect()),
        against: None,
    }
}

/// The tables of costs go first, then the end; both are said, and the
/// version and the server are always there.
#[test]
fn a_page_is_never_longer_than_a_comment() {
    let footer = "\nsim 1.2.3 · PostgreSQL 15.18 (Debian, \"stable\") · seed 42\n";
    let tables = "The tables of what each strategy costs are left out";
    let rest = "The rest is left out";
    for (studies, has_tables, has_rest) in [(1, true, true), (50, false, true), (500, false, false)]
    {
        let page = to_markdown(&many_studies(studies));
        assert!(page.chars().count() <= CHARACTERS_MAX, "{studies}");
        assert!(page.ends_with(footer), "{studies}");
        assert_eq!(page.contains("<details>"), has_tables, "{studies}");
        assert_eq!(page.contains(tables), !has_tables, "{studies}");
        assert_eq!(page.contains(rest), !has_rest, "{studies}");
        let titles = page.matches("#### Flash sale\n").count();
        assert_eq!(titles == studies, has_rest, "{studies}: {titles}");
    }
}

/// One endless word takes no page from the others.
#[test]
fn an_endless_title_is_cut() {
    let mut results = failing();
    results.dossier.studies[0].title = "é|".repeat(100_000);
    let page = to_markdown(&results);
    assert!(page.len() < CHARACTERS_MAX);
    assert!(page.contains("<details>"), "the rest is still there");
}

fn hostile() -> impl Draw<Value = String> {
    let nasty = select(vec![
        "<script>alert(1)</script>",
        "</details>",
        "<!--",
        "-->",
        "a | b",
        "\\|",
        "\\",
        "`",
        "```",
        "\n\n# heading\n\n",
        "\n|---|\n",
        "\r\n- item",
        "1. item",
        "~~~",
        "![x](https://x.org)",
        "[x]: y",
        "@team",
        "&lt;",
        "&#60;",
        "***",
        "__",
        "$$",
        "---",
        "\u{2028}",
        "\t",
        "\u{1b}[31m",
        "\u{0}",
        "    code",
    ]);
    let part = prop_oneof![nasty.prop_map(str::to_owned), "(?s).{0,12}"];
    vec(part, 1..5).prop_map(|parts| parts.concat())
}

/// The same words wherever others may have a say.
fn with_words(words: &str) -> String {
    let mut results = failing();
    results.dossier.sim_version = words.into();
    let study = &mut results.dossier.studies[0];
    (study.title, study.about) = (words.into(), words.into());
    if let Some(load) = &mut study.load {
        (server(load).product, server(load).version) = (words.into(), words.into());
        server(load).settings = [(words.into(), words.into())].into();
        load.cells[1].runs[0].faults.messages = [(words.into(), 1)].into();
    }
    if let Some(exploration) = &mut study.exploration {
        exploration.cells[0].found.fault = Some(words.into());
    }
    to_markdown(&results)
}

static PLAIN: LazyLock<String> = LazyLock::new(|| with_words("plain"));

/// Characters that no backslash stands before.
fn bare(line: &str, wanted: char) -> usize {
    let mut is_escaped = false;
    let count = line.chars().filter(|c| {
        let is_bare = !is_escaped && *c == wanted;
        is_escaped = !is_escaped && *c == '\\';
        is_bare
    });
    count.count()
}

fn lines(page: &str, start: &str) -> Vec<String> {
    let lines = page.lines().filter(|line| line.starts_with(start));
    lines.map(str::to_owned).collect()
}

proptest! {
    /// Whatever the words are: as many lines, headings, items and tags as with
    /// plain ones, the same tables, and none of the signs that mean something.
    #[test]
    fn words_of_others_change_nothing_but_words(words in hostile()) {
        let is_seen = |c: char| !c.is_control() && !c.is_whitespace();
        prop_assume!(words.chars().any(is_seen));
        let (plain, page) = (&*PLAIN, with_words(&words));
        prop_assert_eq!(page.lines().count(), plain.lines().count(), "{}", page);
        prop_assert_eq!(lines(&page, "|"), lines(plain, "|"));
        for start in ["#", "- ", "  - ", "<", "---", "    "] {
            let (found, wanted) = (lines(&page, start).len(), lines(plain, start).len());
            prop_assert_eq!(found, wanted, "lines that begin with {:?}: {}", start, page);
        }
        let page = page.replace("@<!-- -->", "");
        for sign in ['<', '>', '`', '[', ']', '~', '$', '|', '_'] {
            let (found, wanted) = (bare(&page, sign), bare(plain, sign));
            prop_assert_eq!(found, wanted, "{} in {}", sign, page);
        }
    }
}

/// What a reader sees is what was written.
#[test]
fn words_of_others_stay_readable() {
    let page = with_words("Naïve: 5 < 6 | `a_b` & 1.5 (50 %)");
    let shown = "#### Naïve: 5 &lt; 6 \\| \\`a\\_b\\` &amp; 1.5 (50 %)\n";
    assert!(page.contains(shown), "{page}");
    assert!(with_words("1. first").contains("#### 1\\. first\n"));
    assert!(with_words("# first\n\nsecond").contains("#### \\# first second\n"));
    // At the end of a heading it would be taken for its end.
    assert!(with_words("stock #").contains("#### stock \\#\n"));
    // What is not seen does not stand first.
    assert!(with_words("\u{0}--- x").contains("#### \\--- x\n"));
    assert!(with_words("for @all").contains("#### for @<!-- -->all\n"));
}
