//! Values of the clock: times, dates and counts of seconds.

use super::end::WallSpan;
use super::piece::PieceKind;

const SECOND_US: i64 = 1_000_000;
const DAY_US: i64 = 86_400 * SECOND_US;
/// Every offset from UTC is a multiple of a quarter of an hour, within 14 hours.
const QUARTER_US: i64 = 900 * SECOND_US;
const QUARTERS_MAX: i64 = 14 * 4;

/// An instant, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    /// The first microsecond since 1970 that it may mean, as if it were UTC where no
    /// zone is written.
    pub from_us: i64,
    /// The last one: a date means a whole day.
    pub to_us: i64,
    /// Whether its offset from UTC is written.
    pub is_zoned: bool,
}

/// A date, or a date and a time of day (ISO 8601, with `T` or a space), at the beginning
/// of a text, and its length.
pub fn time(text: &str) -> Option<(Instant, usize)> {
    let bytes = text.as_bytes();
    let year = digits(bytes, 0, 4)?;
    let month = separated(bytes, 4, b'-')?;
    let day = separated(bytes, 7, b'-')?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let midnight_us = days(year, month, day) * DAY_US;
    let Some((of_day_us, resolution_us, mut length)) = time_of_day(bytes) else {
        // More digits: no date, but a number that begins like one.
        let goes_on = bytes.get(10).is_some_and(u8::is_ascii_alphanumeric);
        let instant = Instant {
            from_us: midnight_us,
            to_us: midnight_us + DAY_US - 1,
            is_zoned: false,
        };
        return (!goes_on).then_some((instant, 10));
    };
    let mut from_us = midnight_us + of_day_us;
    let zone = zone(bytes, length);
    if let Some((offset_us, end)) = zone {
        from_us -= offset_us;
        length = end;
    }
    let instant = Instant {
        from_us,
        to_us: from_us + resolution_us - 1,
        is_zoned: zone.is_some(),
    };
    Some((instant, length))
}

/// Microseconds of the day, how many of them the last digit stands for, and where it ends.
fn time_of_day(bytes: &[u8]) -> Option<(i64, i64, usize)> {
    if !matches!(bytes.get(10)?, b' ' | b'T') {
        return None;
    }
    let hour = digits(bytes, 11, 2)?;
    let minute = separated(bytes, 13, b':')?;
    let second = separated(bytes, 16, b':')?;
    if hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let mut us = ((hour * 60 + minute) * 60 + second) * SECOND_US;
    let (mut at, mut place) = (19, SECOND_US);
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        while let Some(digit) = digits(bytes, at, 1) {
            place /= 10;
            us += digit * place;
            at += 1;
        }
    }
    // PostgreSQL leaves trailing zeros out: the digits do not tell how exact a time is.
    let resolution = if place == SECOND_US { SECOND_US } else { 1 };
    Some((us, resolution, at))
}

/// Microseconds east of UTC, and where the zone ends.
fn zone(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    let sign = match bytes.get(at)? {
        b'Z' => return Some((0, at + 1)),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = digits(bytes, at + 1, 2)?;
    let (minutes, end) = match separated(bytes, at + 3, b':') {
        Some(minutes) => (minutes, at + 6),
        None => (0, at + 3),
    };
    Some((sign * (hours * 60 + minutes) * 60 * SECOND_US, end))
}

fn digits(bytes: &[u8], at: usize, count: usize) -> Option<i64> {
    let slice = bytes.get(at..at + count)?;
    let value = |sum: i64, byte: &u8| sum * 10 + i64::from(byte - b'0');
    let is_number = slice.iter().all(u8::is_ascii_digit);
    is_number.then(|| slice.iter().fold(0, value))
}

fn separated(bytes: &[u8], at: usize, by: u8) -> Option<i64> {
    (bytes.get(at) == Some(&by))
        .then(|| digits(bytes, at + 1, 2))
        .flatten()
}

/// Days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// How far a value of the clock may lie from the beginning of the run that wrote it, in
/// microseconds: negative before it. Both ends are included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Distance {
    /// The least.
    pub from_us: i64,
    /// The most.
    pub to_us: i64,
}

impl Distance {
    /// What both allow.
    pub fn and(self, other: Self) -> Option<Self> {
        let both = Self {
            from_us: self.from_us.max(other.from_us),
            to_us: self.to_us.min(other.to_us),
        };
        (both.from_us <= both.to_us).then_some(both)
    }
}

/// Every distance at which a piece of a value may lie from the span of its run: several
/// where the zone or the unit is not written. Empty of a piece that is no time.
pub fn distances(kind: PieceKind, text: &str, span: WallSpan) -> Vec<Distance> {
    instants(kind, text)
        .into_iter()
        .map(|(from_us, to_us)| Distance {
            from_us: from_us - span.to_us,
            to_us: to_us - span.from_us,
        })
        .collect()
}

/// Whether a piece is a moment within the span of its run.
pub fn is_now(kind: PieceKind, text: &str, span: WallSpan) -> bool {
    let within = |distance: &Distance| distance.from_us <= 0 && 0 <= distance.to_us;
    distances(kind, text, span).iter().any(within)
}

fn instants(kind: PieceKind, text: &str) -> Vec<(i64, i64)> {
    match kind {
        PieceKind::Uuid | PieceKind::Whole => Vec::new(),
        PieceKind::Number => counted(text),
        PieceKind::Time => {
            let Some((instant, _)) = time(text) else {
                return Vec::new();
            };
            let quarters = if instant.is_zoned {
                0..=0
            } else {
                -QUARTERS_MAX..=QUARTERS_MAX
            };
            quarters
                .map(|quarter| quarter * QUARTER_US)
                .map(|shift_us| (instant.from_us + shift_us, instant.to_us + shift_us))
                .collect()
        }
    }
}

/// A count of seconds, milliseconds, microseconds or nanoseconds since 1970, by the
/// number of digits before its fraction.
fn counted(text: &str) -> Vec<(i64, i64)> {
    let whole = text.split('.').next().unwrap_or(text);
    let Ok(count) = whole.parse::<i64>() else {
        return Vec::new();
    };
    let (from_us, unit_us) = match whole.len() {
        10 => (count * SECOND_US, SECOND_US),
        13 => (count * 1_000, 1_000),
        16 => (count, 1),
        19 => (count / 1_000, 1),
        _ => return Vec::new(),
    };
    // A server rounds a count or cuts it: a unit either way.
    vec![(from_us - unit_us, from_us + unit_us)]
}
