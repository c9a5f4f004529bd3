//! Numbers as people read them.

use std::fmt::Display;

/// With thousands separators: `12,345`.
pub fn count(n: u64) -> String {
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

/// A rate or a ratio to three significant digits: `1.23`, `45.6`, `12,345`.
pub(in crate::report) fn real(x: f64) -> String {
    let sign = if x < 0.0 { "-" } else { "" };
    match x.abs() {
        size if !size.is_finite() => "-".into(),
        size if size >= 999.5 => format!("{sign}{}", count(size.round() as u64)),
        size => format!("{sign}{}", three_digits(size)),
    }
}

/// A duration to three significant digits: `173 µs`, `1.23 ms`, `45.6 s`.
pub fn duration(us: u64) -> String {
    let us_f = us as f64;
    match us {
        0..1_000 => format!("{us} µs"),
        // From here on three digits would read 1000 ms.
        1_000..999_500 => format!("{} ms", three_digits(us_f / 1e3)),
        _ => format!("{} s", three_digits(us_f / 1e6)),
    }
}

fn three_digits(x: f64) -> String {
    match x {
        _ if x < 9.995 => format!("{x:.2}"),
        _ if x < 99.95 => format!("{x:.1}"),
        _ => format!("{x:.0}"),
    }
}

/// A round duration, as axes have them: `2 ms` where [`duration`] has `2.00 ms`.
pub(in crate::report) fn round_duration(us: u64) -> String {
    let text = duration(us);
    match text.split_once(' ') {
        _ if us == 0 => "0".into(),
        Some((digits, unit)) if digits.contains('.') => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits} {unit}")
        }
        _ => text,
    }
}

/// A moment in UTC: `2023-11-14 22:13 UTC`.
pub(in crate::report) fn moment(unix_s: u64) -> String {
    let (days, minutes) = (unix_s / 86_400, unix_s % 86_400 / 60);
    // Years begin in March and eras on 1 March 0000, so that the leap day comes
    // last and the length of the months before it is regular.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute) = (minutes / 60, minutes % 60);
    format!("{year:04}-{month:02}-{date:02} {hour:02}:{minute:02} UTC")
}

/// A share of a whole: `12.3 %`.
pub(in crate::report) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// An upper bound of a share, never below it: `45.1 %`.
pub(in crate::report) fn percent_at_most(share: f64) -> String {
    format!("{:.1} %", (share * 1_000.0).ceil() / 10.0)
}

/// `1 unit`, `2 units`.
pub(in crate::report) fn many(n: u64, one: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {one}{s}", count(n))
}

/// Each of several, with a separator between them.
pub(in crate::report) fn joined<T: Display>(
    items: impl IntoIterator<Item = T>,
    separator: &str,
) -> String {
    let items = items.into_iter().map(|item| item.to_string());
    items.collect::<Vec<_>>().join(separator)
}

/// With a capital letter first.
pub(in crate::report) fn capitalised(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (99_999, "99,999"),
            (100_000, "100,000"),
            (1_234_567, "1,234,567"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ];
        for (n, text) in cases {
            assert_eq!(count(n), text);
        }
    }

    #[test]
    fn reals_have_three_digits_and_keep_their_sign() {
        let cases = [
            (0.0, "0.00"),
            (1.234, "1.23"),
            (9.994, "9.99"),
            (9.996, "10.0"),
            (99.94, "99.9"),
            (99.96, "100"),
            (999.4, "999"),
            (999.6, "1,000"),
            (12_345.6, "12,346"),
            (-1.5, "-1.50"),
            (-12_345.6, "-12,346"),
            (f64::NAN, "-"),
            (f64::INFINITY, "-"),
            (f64::NEG_INFINITY, "-"),
        ];
        for (x, text) in cases {
            assert_eq!(real(x), text, "{x}");
        }
    }

    #[test]
    fn durations_have_three_digits_and_their_unit() {
        let cases = [
            (0, "0 µs"),
            (173, "173 µs"),
            (999, "999 µs"),
            (1_000, "1.00 ms"),
            (1_234, "1.23 ms"),
            (9_994, "9.99 ms"),
            (9_996, "10.0 ms"),
            (45_600, "45.6 ms"),
            (99_960, "100 ms"),
            (999_499, "999 ms"),
            (999_500, "1.00 s"),
            (999_999, "1.00 s"),
            (1_000_000, "1.00 s"),
            (45_600_000, "45.6 s"),
            (3_600_000_000, "3600 s"),
        ];
        for (us, text) in cases {
            assert_eq!(duration(us), text, "{us}");
        }
    }

    #[test]
    fn round_durations_lose_their_zeros() {
        let cases = [
            (0, "0"),
            (500, "500 µs"),
            (2_000, "2 ms"),
            (2_500, "2.5 ms"),
            (20_000, "20 ms"),
            (200_000, "200 ms"),
            (1_000_000, "1 s"),
            (100_000_000, "100 s"),
        ];
        for (us, text) in cases {
            assert_eq!(round_duration(us), text, "{us}");
        }
    }

    #[test]
    fn moments_are_dates_of_the_calendar() {
        let cases = [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (951_868_800, "2000-03-01 00:00 UTC"),
            (1_700_000_000, "2023-11-14 22:13 UTC"),
            (1_704_067_199, "2023-12-31 23:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ];
        for (unix_s, text) in cases {
            assert_eq!(moment(unix_s), text, "{unix_s}");
        }
    }

    #[test]
    fn shares_and_plurals() {
        assert_eq!(percent(0.0), "0.0 %");
        assert_eq!(percent(0.1234), "12.3 %");
        assert_eq!(percent(1.0), "100.0 %");
        assert_eq!(many(0, "unit"), "0 units");
        assert_eq!(many(1, "unit"), "1 unit");
        assert_eq!(many(1_000, "unit"), "1,000 units");
    }
}
