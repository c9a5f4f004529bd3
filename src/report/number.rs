//! Numbers as people read them.

/// With thousands separators: `12,345`.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A rate or a ratio: whole from 100 on, else with one or two decimals.
pub(super) fn real(x: f64) -> String {
    match x {
        _ if !x.is_finite() => "-".into(),
        _ if x.abs() >= 100.0 => count(x.abs().round() as u64),
        _ if x.abs() >= 10.0 => format!("{x:.1}"),
        _ => format!("{x:.2}"),
    }
}

/// A duration to three significant digits: `173 µs`, `1.23 ms`, `45.6 s`.
pub(super) fn duration(us: u64) -> String {
    let us_f = us as f64;
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{} ms", three_digits(us_f / 1e3)),
        _ => format!("{} s", three_digits(us_f / 1e6)),
    }
}

/// A duration that somebody set, as short as it is exact: `5ms`, `1.5s`.
pub(super) fn set_duration(us: u64) -> String {
    match us {
        0..1_000 => format!("{us}us"),
        1_000..1_000_000 => format!("{}ms", us as f64 / 1e3),
        _ => format!("{}s", us as f64 / 1e6),
    }
}

fn three_digits(x: f64) -> String {
    match x {
        _ if x < 9.995 => format!("{x:.2}"),
        _ if x < 99.95 => format!("{x:.1}"),
        _ => format!("{x:.0}"),
    }
}

/// A share of a whole: `12.3 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// `1 unit`, `2 units`.
pub(super) fn many(n: u64, one: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {one}{s}", count(n))
}
