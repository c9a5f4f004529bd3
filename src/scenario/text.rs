//! Settings as people write them, on the command line and in files.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

use super::complete::{Popularity, RetryDelay};
use super::hint::nearest;

/// The longest duration that can be set.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Reads `5ms`, `1.5s`, `250us`, `2m`, `0`.
///
/// # Errors
/// What is allowed, in words.
pub fn duration(text: &str) -> Result<Duration, String> {
    const ALLOWED: &str = "a duration is a number with a unit, such as 250us, 5ms, 1.5s or 2m";
    let text = text.trim();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let unit_at = text.find(|c: char| c != '.' && !c.is_ascii_digit());
    let (number, unit) = text.split_at(unit_at.unwrap_or(text.len()));
    let scale = match unit.trim() {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(ALLOWED.into()),
    };
    let number = f64::from_str(number).map_err(|_| ALLOWED.to_owned())?;
    let duration = Duration::try_from_secs_f64(number * scale).map_err(|_| ALLOWED.to_owned())?;
    if duration > LONGEST {
        return Err("longer than a day".into());
    }
    Ok(duration)
}

/// Writes a duration as short as it is exact: `5ms`, `1.5s`, `0`.
#[must_use]
pub fn set_duration(us: u64) -> String {
    match us {
        0 => "0".into(),
        1..1_000 => format!("{us}us"),
        1_000..1_000_000 => format!("{}ms", us as f64 / 1e3),
        _ => format!("{}s", us as f64 / 1e6),
    }
}

impl FromStr for RetryDelay {
    type Err = String;

    /// `1ms..50ms`.
    fn from_str(text: &str) -> Result<Self, String> {
        let Some((min, max)) = text.split_once("..") else {
            return Err("a retry delay is written MIN..MAX, such as 1ms..50ms".into());
        };
        let micros =
            |text| duration(text).map(|d| u64::try_from(d.as_micros()).unwrap_or(u64::MAX));
        let (min_us, max_us) = (micros(min)?, micros(max)?);
        if min_us > max_us {
            return Err(format!("MIN ({min}) is above MAX ({max})"));
        }
        Ok(Self { min_us, max_us })
    }
}

impl fmt::Display for RetryDelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}..{}",
            set_duration(self.min_us),
            set_duration(self.max_us)
        )
    }
}

impl FromStr for Popularity {
    type Err = String;

    /// `uniform`, `zipf`, `zipf:1.1`, `hot` or `hot:0.5`.
    fn from_str(text: &str) -> Result<Self, String> {
        const ALLOWED: &str = "popularity is uniform, zipf, zipf:EXPONENT such as zipf:1.1, or \
                               hot:SHARE such as hot:0.5";
        match text.split_once(':') {
            None if text == "uniform" => Ok(Self::Uniform),
            None if text == "zipf" => Ok(Self::Zipf { exponent: 1.0 }),
            Some(("zipf", exponent)) => match f64::from_str(exponent) {
                Ok(exponent) if exponent.is_finite() && exponent > 0.0 => {
                    Ok(Self::Zipf { exponent })
                }
                _ => Err(ALLOWED.into()),
            },
            None if text == "hot" => Ok(Self::Hot { share: 0.5 }),
            Some(("hot", share)) => match f64::from_str(share) {
                Ok(share) if share > 0.0 && share < 1.0 => Ok(Self::Hot { share }),
                _ => Err(ALLOWED.into()),
            },
            _ => Err(match nearest(text, &["uniform", "zipf", "hot"]) {
                Some(name) => format!("{ALLOWED}; did you mean {name}?"),
                None => ALLOWED.into(),
            }),
        }
    }
}

impl fmt::Display for Popularity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform => f.write_str("uniform"),
            Self::Zipf { exponent } => write!(f, "zipf:{exponent}"),
            Self::Hot { share } => write!(f, "hot:{share}"),
        }
    }
}

/// A duration in microseconds, written as people write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Micros(pub u64);

impl FromStr for Micros {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let micros = duration(text)?.as_micros();
        Ok(Self(u64::try_from(micros).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&set_duration(self.0))
    }
}

/// Reads a string as what it means. A problem is told while the parser is still
/// at the string: later it would be taken for one of the whole list around it.
pub(super) fn from_text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: fn(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    struct Text<T>(fn(&str) -> Result<T, String>);
    impl<T> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            (self.0)(text).map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Text(read))
}

/// A setting that a file holds as people write it on the command line, for
/// `#[serde(with = "written")]`.
pub(super) mod written {
    use super::{Deserializer, FromStr, Serializer, fmt, from_text};

    pub(in super::super) fn serialize<S: Serializer, T: fmt::Display>(
        setting: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match setting {
            Some(setting) => serializer.collect_str(setting),
            None => serializer.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr<Err = String>,
    {
        let quoted = |text: &str| {
            let read = text.parse();
            read.map_err(|problem| format!("\"{text}\": {problem}"))
        };
        from_text(deserializer, quoted).map(Some)
    }
}
