//! Binary values that are no plain number and no text: decimals and moments.

const DATE: u32 = 1082;
const TIMESTAMP: u32 = 1114;
const TIMESTAMPTZ: u32 = 1184;
const NUMERIC: u32 = 1700;

/// From 1970 to 2000, in days: the server counts from there.
const DAYS_TO_2000: i64 = 10_957;
const DAY_US: i64 = 86_400_000_000;

/// A date or a moment, as ISO 8601 has it; of one with a zone in UTC.
pub(super) fn of_the_clock(value: &[u8], type_oid: u32) -> Option<String> {
    let us = match type_oid {
        DATE => {
            let days = i64::from(i32::from_be_bytes(value.try_into().ok()?));
            days.checked_mul(DAY_US)?
        }
        TIMESTAMP | TIMESTAMPTZ => i64::from_be_bytes(value.try_into().ok()?),
        _ => return None,
    };
    let (year, month, day) = civil(us.div_euclid(DAY_US) + DAYS_TO_2000);
    // What is not in one of these years is infinite, or has a form of its own.
    if !(1..=9_999).contains(&year) {
        return None;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    let us = us.rem_euclid(DAY_US);
    let (s, us) = (us / 1_000_000, us % 1_000_000);
    let time = format!("{:02}:{:02}:{:02}.{us:06}", s / 3_600, s / 60 % 60, s % 60);
    Some(match type_oid {
        DATE => date,
        TIMESTAMP => format!("{date} {time}"),
        _ => format!("{date} {time}+00"),
    })
}

/// Year, month and day, so many days after 1970 began, in the Gregorian calendar: eras of 400
/// years, of which each year begins in March.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// A decimal number, as the server writes it: groups of four digits, of which the first stands at
/// a power of 10,000.
pub(super) fn numeric(value: &[u8], type_oid: u32) -> Option<String> {
    const NEGATIVE: u16 = 0x4000;
    let words: Vec<u16> = value
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect();
    let [count, weight, sign, scale, groups @ ..] = words.as_slice() else {
        return None;
    };
    let is_number = matches!(*sign, 0 | NEGATIVE) && groups.len() == usize::from(*count);
    if type_oid != NUMERIC || !is_number || !value.len().is_multiple_of(2) {
        return None;
    }
    let weight = i32::from(weight.cast_signed());
    let group = |power: i32| {
        let at = usize::try_from(weight - power).ok();
        at.and_then(|at| groups.get(at)).copied().unwrap_or(0)
    };
    let before: String = (0..=weight).rev().map(|power| four(group(power))).collect();
    let before = before.trim_start_matches('0');
    let scale = usize::from(*scale);
    let behind = (1..).take(scale.div_ceil(4));
    let mut behind: String = behind.map(|power: i32| four(group(-power))).collect();
    behind.truncate(scale);
    let minus = if *sign == NEGATIVE { "-" } else { "" };
    let before = if before.is_empty() { "0" } else { before };
    let point = if behind.is_empty() { "" } else { "." };
    Some(format!("{minus}{before}{point}{behind}"))
}

fn four(group: u16) -> String {
    format!("{group:04}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn decimals_are_as_the_server_writes_them() {
        for (read, written) in [
            (&[2, 0, 0, 2, 19, 9_900][..], "19.99"),
            (&[2, 1, 0, 0, 1, 2], "10002"),
            (&[1, 1, 0, 0, 7], "70000"),
            (&[1, 0xffff, 0x4000, 3, 50], "-0.005"),
            (&[1, 0xfffe, 0, 8, 12], "0.00000012"),
            (&[0, 0, 0, 2], "0.00"),
        ] {
            let text = numeric(&words(read), NUMERIC);
            assert_eq!(text.as_deref(), Some(written), "{read:?}");
        }
        // Not a number, and one that is not whole.
        assert_eq!(numeric(&words(&[0, 0, 0xc000, 0]), NUMERIC), None);
        assert_eq!(numeric(&words(&[2, 0, 0, 2, 19]), NUMERIC), None);
    }

    #[test]
    fn moments_are_as_iso_8601_has_them() {
        let us = |us: i64, oid| of_the_clock(&us.to_be_bytes(), oid);
        assert_eq!(
            us(0, TIMESTAMP).as_deref(),
            Some("2000-01-01 00:00:00.000000")
        );
        assert_eq!(
            us(-1, TIMESTAMPTZ).as_deref(),
            Some("1999-12-31 23:59:59.999999+00")
        );
        assert_eq!(us(i64::MAX, TIMESTAMP), None, "infinity");
        let days = |days: i32| of_the_clock(&days.to_be_bytes(), DATE);
        assert_eq!(days(59).as_deref(), Some("2000-02-29"));
        assert_eq!(days(60).as_deref(), Some("2000-03-01"));
        assert_eq!(days(9_190).as_deref(), Some("2025-02-28"));
    }
}
