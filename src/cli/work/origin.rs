//! What a result comes of: the command and the machine.

use std::fs;
use std::thread::available_parallelism;

use super::super::outside::OutsideFlag;
use crate::scenario::masked;

const DATABASE_URL: &str = "--database-url";

/// The command as it was called, to be called again, with the variables that gave flags
/// before it, as in a shell. The address of a database can hold a password, so a word
/// stands in its place.
pub(super) fn call(arguments: impl IntoIterator<Item = String>, outside: &[OutsideFlag]) -> String {
    let mut text = String::new();
    for OutsideFlag { flag, name, value } in outside {
        let value = match flag == DATABASE_URL {
            true => "URL".into(),
            false => quoted(value),
        };
        text.push_str(&format!("{name}={value} "));
    }
    text.push_str("sim");
    let mut is_address = false;
    for argument in arguments.into_iter().skip(1) {
        let (flag, value) = argument.split_once('=').unwrap_or((&argument, ""));
        text.push(' ');
        match (is_address, flag == DATABASE_URL && !value.is_empty()) {
            (true, _) => text.push_str("URL"),
            (false, true) => text.push_str("--database-url=URL"),
            (false, false) => text.push_str(&quoted(&argument)),
        }
        is_address = argument == DATABASE_URL;
    }
    masked(&text)
}

/// In quotes where a shell would read it otherwise.
fn quoted(argument: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./,:=+%@".contains(letter);
    match !argument.is_empty() && argument.chars().all(is_plain) {
        true => argument.to_owned(),
        false => format!("'{}'", argument.replace('\'', r"'\''")),
    }
}

/// The processor, how many of them `sim` may use, the memory and the system.
pub(super) fn machine() -> String {
    let model = fact("/proc/cpuinfo", "model name");
    let processors = available_parallelism().map_or(1, usize::from);
    let plural = if processors == 1 { "" } else { "s" };
    let memory = fact("/proc/meminfo", "MemTotal").and_then(|text| gibibytes(&text));
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let parts = [
        model,
        Some(format!("{processors} processor{plural}")),
        memory,
        Some(system),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The first value of that name in a file of lines `name: value`.
fn fact(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = pairs.find(|(key, _)| key.trim() == name)?;
    Some(value.trim().to_owned())
}

/// `16318480 kB` as `15.6 GiB`.
fn gibibytes(kibibytes: &str) -> Option<String> {
    let number: f64 = kibibytes.split(' ').next()?.parse().ok()?;
    Some(format!("{:.1} GiB", number / 1_048_576.0))
}

#[cfg(test)]
mod tests {
    use super::{OutsideFlag, call};

    #[test]
    fn a_call_can_be_called_again_and_holds_no_password() {
        let cases = [
            ("target/sim run -s naive", "sim run -s naive"),
            (
                "sim run --database-url postgres://me:hush@host/shop -q",
                "sim run --database-url URL -q",
            ),
            (
                "sim run --database-url=postgres://me:hush@host/shop?a=b -q",
                "sim run --database-url=URL -q",
            ),
            (
                "sim run --setup-command=PGPASSWORD=hush",
                "sim run --setup-command=PGPASSWORD=***",
            ),
            ("sim check it's", r"sim check 'it'\''s'"),
            ("sim check $HOME", "sim check '$HOME'"),
        ];
        for (typed, expected) in cases {
            assert_eq!(call(typed.split(' ').map(str::to_owned), &[]), expected);
        }
        let given = [
            (
                "--database-url",
                "SIM_DATABASE_URL",
                "postgres://me:hush@host/shop",
            ),
            ("--buyers", "SIM_BUYERS", "two words"),
        ];
        let given = given.map(|(flag, name, value)| OutsideFlag {
            flag: flag.into(),
            name: name.into(),
            value: value.into(),
        });
        assert_eq!(
            call(["sim".into(), "check".into()], &given),
            "SIM_DATABASE_URL=URL SIM_BUYERS='two words' sim check"
        );
    }
}
