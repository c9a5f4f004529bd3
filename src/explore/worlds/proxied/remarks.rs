//! Where a program says that a statement comes from: in comments at its ends,
//! `/*file='shop%2Fcart.py',line='31'*/`, as [sqlcommenter] and the query logs of Rails write it, or
//! in the `application_name` of its session.
//!
//! [sqlcommenter]: https://google.github.io/sqlcommenter/spec/

use percent_encoding::percent_decode_str;

/// The names by which a file, or a file with its line, goes.
const FILES: [&str; 5] = [
    "file",
    "filepath",
    "code.filepath",
    "source",
    "source_location",
];
/// Those by which a line goes.
const LINES: [&str; 4] = ["line", "lineno", "code.lineno", "line_number"];

/// A statement without them.
pub(super) fn without_remarks(text: &str) -> &str {
    parted(text).0
}

/// The statement, and what stands in its comments.
fn parted(text: &str) -> (&str, Vec<&str>) {
    let (mut bare, mut remarks) = (text.trim(), Vec::new());
    while let Some((remark, rest)) = bare
        .strip_prefix("/*")
        .and_then(|rest| rest.split_once("*/"))
    {
        remarks.push(remark);
        bare = rest.trim_start();
    }
    while let Some((rest, remark)) = bare
        .strip_suffix("*/")
        .and_then(|rest| rest.rsplit_once("/*"))
    {
        remarks.push(remark);
        bare = rest.trim_end();
    }
    (bare, remarks)
}

/// The file and the line that the comments tell, such as `shop/cart.py:31`.
pub(super) fn place(text: &str) -> Option<String> {
    let (_, remarks) = parted(text);
    let said: Vec<(&str, String)> = remarks.into_iter().flat_map(pairs).collect();
    let one_of = |names: &[&str]| {
        let mut known = said.iter().filter(|(name, _)| names.contains(name));
        known.next().map(|(_, value)| value.as_str())
    };
    let line = one_of(&LINES);
    let place = match (one_of(&FILES), line.filter(|line| is_number(line))) {
        (Some(file), Some(line)) => Some(format!("{file}:{line}")),
        // Rails writes both behind the word for the line.
        (file, _) => file.or(line).filter(|it| has_line(it)).map(str::to_owned),
    };
    place.filter(|place| is_plain(place))
}

/// Whether it can stand in a comment again, and on a terminal.
fn is_plain(place: &str) -> bool {
    !place.contains("*/") && !place.contains(char::is_control)
}

/// Ends of the names of source files, as languages have them in which services are written.
const ENDINGS: [&str; 20] = [
    "c", "cc", "clj", "cpp", "cs", "ex", "exs", "fs", "go", "java", "js", "kt", "mjs", "php", "pl",
    "py", "rb", "rs", "scala", "ts",
];

/// The file and the line among the words of an `application_name`: `shop/cart.py:31`. A server cuts
/// it after 63 bytes.
pub(super) fn place_in_name(application: &str) -> Option<String> {
    let is_place = |word: &&str| {
        let ending = word.split_once(':').and_then(|(file, line)| {
            let (_, ending) = file.rsplit_once('.')?;
            is_number(line).then_some(ending)
        });
        ending.is_some_and(|ending| ENDINGS.contains(&ending))
    };
    let place = application.split_ascii_whitespace().find(is_place);
    place.filter(|place| is_plain(place)).map(str::to_owned)
}

/// `name='value'`, with what is special escaped as in a URL; or `name:value`.
fn pairs(remark: &str) -> impl Iterator<Item = (&str, String)> {
    remark.split(',').filter_map(|pair| {
        let (name, value) = pair.trim().split_once(['=', ':'])?;
        let value = value.trim().trim_matches('\'');
        let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
        Some((name.trim(), value))
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a line follows the file's name, as in `cart.rb:31` or `cart.rb:31:in 'buy'`.
fn has_line(file: &str) -> bool {
    file.split(':').nth(1).is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_at_the_ends_are_no_part_of_a_statement() {
        for text in [
            "look at it",
            " /* one */ look at it ",
            "look at it /*route='%2Fbuy',traceparent='00-5bd6-01'*/",
            "/*a*/ /*b*/look at it/*c*/ /*d*/",
        ] {
            assert_eq!(without_remarks(text), "look at it", "{text}");
        }
        for text in ["look /* in */ it", "look at '/*", "*/ look", "", "/*"] {
            assert_eq!(without_remarks(text), text.trim(), "{text}");
        }
    }

    #[test]
    fn a_name_of_an_application_may_hold_a_place() {
        for (name, told) in [
            ("shop/cart.py:31", Some("shop/cart.py:31")),
            ("shop cart.rb:9 worker", Some("cart.rb:9")),
            ("psql", None),
            // As PgBouncer writes the client's address.
            ("shop - 127.0.0.1:5432", None),
            ("db.example.com:5432", None),
            ("cart.py", None),
            ("*/cart.py:31", None),
            ("\u{1b}cart.py:31", None),
        ] {
            assert_eq!(place_in_name(name).as_deref(), told, "{name}");
        }
    }

    #[test]
    fn the_file_and_the_line_are_told_as_drivers_write_them() {
        let places = [
            ("x /*file='shop%2Fcart.py',line='31'*/", "shop/cart.py:31"),
            ("/*line='7', action='buy', filepath='a.py'*/ x", "a.py:7"),
            (
                "x /*action:buy,line:app/cart.rb:31:in 'buy'*/",
                "app/cart.rb:31:in 'buy",
            ),
            ("x /*source_location='app%2Fcart.rb%3A9'*/", "app/cart.rb:9"),
            (
                "/* one */ x /*code.filepath='b.js',code.lineno='2'*/",
                "b.js:2",
            ),
        ];
        for (text, told) in places {
            assert_eq!(place(text).as_deref(), Some(told), "{text}");
        }
        let none = [
            "x /*file='a.py%2A%2F',line='3'*/",
            "x /*file='%1Ba.py',line='3'*/",
            "x",
            "x /*file='a.py'*/",
            "x /*line='31'*/",
            "x /* buys: 1, =, */",
        ];
        for text in none {
            assert_eq!(place(text), None, "{text}");
        }
    }
}
