//! What expressions are worth. The values were computed by pgbench 15.18; the
//! differential test compares many more.

use checkout_sim::subject::script::Start;

use crate::answers::{self, value};

#[track_caller]
fn is(expression: &str, expected: &str) {
    let expected = Some(expected.to_owned()).filter(|value| value != "NULL");
    assert_eq!(value(expression), Ok(expected), "{expression}");
}

#[test]
fn numbers_and_operators() {
    for (expression, expected) in [
        ("-7 / 2", "-3"),
        ("-7 % 3", "-1"),
        ("7 / 2.0", "3.5"),
        ("1 + 2 * 3 - 4", "3"),
        ("7 # 2 | 8 & ~1 << 2", "48"),
        ("1 << 65", "2"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("-9223372036854775808 % -1", "0"),
        ("not 1 = 2", "true"),
        ("1 = 1.0", "true"),
        ("null = null", "NULL"),
        ("null or true", "NULL"),
        ("true or null", "true"),
        ("false and 1 / 0", "false"),
        ("null is null", "true"),
        ("1 is not true", "true"),
        ("1 isnull is false", "true"),
        ("case when 0 then 1 when 2 then 3 end", "3"),
        ("case when null then 1 end", "NULL"),
        ("case when true then 1 else 1 / 0 end", "1"),
        ("0.1 + 0.2", "0.3"),
        ("1e15", "1e+15"),
        ("123456789012345.0", "123456789012345"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("1e300 * 1e300", "Infinity"),
        ("sqrt(-1)", "NaN"),
        (".5 + 5.", "5.5"),
    ] {
        is(expression, expected);
    }
}

#[test]
fn functions() {
    for (expression, expected) in [
        ("abs(-3)", "3"),
        ("ABS(-2.5)", "2.5"),
        ("int(2.5)", "2"),
        ("int(3.5)", "4"),
        ("double(1) / 2", "0.5"),
        ("greatest(1, 2.5)", "2.5"),
        ("least(3, 1, 2)", "1"),
        ("greatest(1, null)", "NULL"),
        ("mod(7, 4)", "3"),
        ("pow(2, 10)", "1024"),
        ("pi()", "3.14159265358979"),
        ("hash(5, 1)", "-498070536770548178"),
        ("hash_fnv1a(-1, 0)", "-8289690350564177859"),
        ("permute(3, 10, 99)", "9"),
        ("debug(4)", "4"),
    ] {
        is(expression, expected);
    }
    assert_eq!(value("hash(5)"), value("hash_murmur2(5, :default_seed)"));
    let permuted: std::collections::BTreeSet<_> = (0..10)
        .map(|n| value(&format!("permute({n}, 10, 3)")))
        .collect();
    assert_eq!(permuted.len(), 10, "each once");
}

#[test]
fn errors() {
    for (expression, expected) in [
        ("9223372036854775807 + 1", "bigint add out of range"),
        ("-9223372036854775808 - 1", "bigint sub out of range"),
        ("9223372036854775807 * 2", "bigint mul out of range"),
        ("-9223372036854775808 / -1", "bigint div out of range"),
        ("1 / 0", "division by zero"),
        ("1 % 0", "division by zero"),
        ("int(1e300)", "double to int overflow for 1000"),
        ("true + 1", "cannot coerce boolean to int"),
        ("true + 1.0", "cannot coerce boolean to double"),
        ("1 and true", "cannot coerce int to boolean"),
        ("not 1.0", "cannot coerce double to boolean"),
        ("random(2, 1)", "empty range given to random"),
        (
            "random(-9223372036854775807, 9223372036854775807)",
            "random range is too large",
        ),
        (
            "random_gaussian(1, 2, 1.9)",
            "gaussian parameter must be at least 2.000000 (not 1.900000)",
        ),
        (
            "random_zipfian(1, 2, 1)",
            "zipfian parameter must be in range [1.001, 1000] (not 1.000000)",
        ),
        (
            "random_exponential(1, 2, 0)",
            "exponential parameter must be greater than zero (not 0.000000)",
        ),
        (
            "permute(1, 0, 1)",
            "permute size parameter must be greater than zero",
        ),
    ] {
        let found = value(expression).expect_err(expression);
        assert!(found.starts_with(expected), "{expression}: {found}");
    }
}

/// Texts of the database are read as pgbench reads them; quoted literals compare them
/// as they are.
#[test]
fn texts_of_the_database() {
    let of = |text: Option<&str>, expression: &str| {
        let script = format!(
            "SELECT v FROM t \\gset\n\\set x {expression}\nVALUES (:x);\\set outcome_done 1"
        );
        let answers = |sql: &str, _: &[Option<String>]| match sql.starts_with("SELECT") {
            true => answers::row(&[("v", text)]),
            false => answers::usual("VALUES"),
        };
        let ran = answers::ran(&script, answers);
        ran.said
            .get(1)
            .map_or(format!("{:?}", ran.end), |said| said.clone())
    };
    for (text, expression, expected) in [
        (Some("007"), ":v + 1", "8"),
        (Some(" 7"), ":v + 1", "8"),
        (Some("1.50"), ":v * 2", "3"),
        (Some("t"), ":v", "true"),
        (Some("YES"), ":v", "true"),
        (Some("of"), "not :v", "true"),
        (Some("null"), ":v is null", "true"),
        (None, ":v is null", "true"),
        (Some("paid"), ":v = 'paid'", "true"),
        (Some("paid"), "'paid' <> :v", "false"),
        (Some("it's"), ":v = 'it''s'", "true"),
        (Some("5"), ":v + 0 = '5'", "true"),
        (None, ":v = 'paid'", "NULL"),
        (Some("40P01"), ":v = '40P01' and 1 = 1", "true"),
    ] {
        assert_eq!(
            of(text, expression),
            format!("VALUES ($1) [{expected}]"),
            "{text:?} {expression}"
        );
    }
    for text in ["two words", "", "o", "1e400", "99999999999999999999", "+"] {
        let found = of(Some(text), ":v + 1");
        assert!(found.contains("malformed variable"), "{text}: {found}");
    }
}

#[test]
fn draws_have_their_distribution() {
    let draws = |function: &str| -> Vec<i64> {
        let sets: String = (0..200)
            .map(|n| format!("\\set x{n} {function}\nSELECT :x{n};\n"))
            .collect();
        let script = answers::parsed(&format!("{sets}\\set outcome_done 1"));
        let mut drawn = Vec::new();
        for seed in 0..20 {
            let start = Start {
                seed,
                ..Start::default()
            };
            answers::ran_from(&script, start, |_, binds| {
                drawn.push(
                    binds[0]
                        .as_deref()
                        .and_then(|d| d.parse().ok())
                        .expect("a number"),
                );
                answers::usual("SELECT")
            });
        }
        drawn
    };
    let share = |drawn: &[i64], low: i64, high: i64| {
        let within = drawn.iter().filter(|d| (low..=high).contains(*d)).count();
        within as f64 / drawn.len() as f64
    };
    for function in [
        "random(1, 10)",
        "random_gaussian(1, 10, 2.5)",
        "random_exponential(1, 10, 3)",
        "random_zipfian(1, 10, 1.5)",
    ] {
        let drawn = draws(function);
        assert_eq!(drawn.len(), 4000);
        assert!((1..=10).all(|n| drawn.contains(&n)), "{function}");
        assert!(drawn.iter().all(|d| (1..=10).contains(d)), "{function}");
    }
    let near =
        |found: f64, expected: f64| assert!((found - expected).abs() < 0.03, "{found} {expected}");
    near(share(&draws("random(1, 10)"), 1, 5), 0.5);
    // The middle fifth of 2.5 deviations on each side: 0.3829 / 0.9876.
    near(share(&draws("random_gaussian(1, 10, 2.5)"), 5, 6), 0.3878);
    // (1 - exp(-0.3)) / (1 - exp(-3))
    near(share(&draws("random_exponential(1, 10, 3)"), 1, 1), 0.2728);
    // 1 / (sum of k^-1.5 up to 10)
    near(share(&draws("random_zipfian(1, 10, 1.5)"), 1, 1), 0.5012);
}
