//! Values of a Bind or of a row as text, for people and for comparison.

use super::binds_worded::{numeric, of_the_clock};

/// Elements of an array that are read; a longer one is shown as it came.
const ELEMENTS_MAX: usize = 10_000;

/// A value as text, of which at most so many bytes are kept. A binary one is read if its type is
/// one of those that checkouts bind, and is shown as `\x...` if not, as `bytea` is.
#[must_use]
pub fn shown_value(value: &[u8], is_binary: bool, type_oid: u32, bytes_max: usize) -> String {
    if !is_binary {
        return cut(value, bytes_max);
    }
    number(value, type_oid)
        .or_else(|| worded(value, type_oid, bytes_max))
        .or_else(|| of_the_clock(value, type_oid))
        .or_else(|| numeric(value, type_oid))
        .or_else(|| array(value, type_oid))
        .unwrap_or_else(|| hexadecimal(value, bytes_max))
}

fn cut(text: &[u8], bytes_max: usize) -> String {
    let kept = &text[..text.len().min(bytes_max)];
    let mut shown = String::from_utf8_lossy(kept).into_owned();
    if kept.len() < text.len() {
        // A character that was cut in the middle goes too.
        shown.truncate(shown.trim_end_matches('\u{fffd}').len());
        shown.push_str("...");
    }
    shown
}

/// Numbers of `pg_type`; they are the same in every version.
fn number(value: &[u8], type_oid: u32) -> Option<String> {
    const INT8: u32 = 20;
    const INT2: u32 = 21;
    const INT4: u32 = 23;
    const OID: u32 = 26;
    const FLOAT4: u32 = 700;
    const FLOAT8: u32 = 701;
    Some(match type_oid {
        INT2 => i16::from_be_bytes(value.try_into().ok()?).to_string(),
        INT4 => i32::from_be_bytes(value.try_into().ok()?).to_string(),
        INT8 => i64::from_be_bytes(value.try_into().ok()?).to_string(),
        OID => u32::from_be_bytes(value.try_into().ok()?).to_string(),
        FLOAT4 => f32::from_be_bytes(value.try_into().ok()?).to_string(),
        FLOAT8 => f64::from_be_bytes(value.try_into().ok()?).to_string(),
        _ => return None,
    })
}

fn worded(value: &[u8], type_oid: u32, bytes_max: usize) -> Option<String> {
    const BOOL: u32 = 16;
    const NAME: u32 = 19;
    const TEXT: u32 = 25;
    const JSON: u32 = 114;
    const UNKNOWN: u32 = 705;
    const BPCHAR: u32 = 1042;
    const VARCHAR: u32 = 1043;
    const UUID: u32 = 2950;
    const JSONB: u32 = 3802;
    /// Types of the user's own begin here: the words of an enum are text.
    const OF_USERS: u32 = 16_384;
    Some(match (type_oid, value) {
        (BOOL, [truth]) => (if *truth == 0 { "f" } else { "t" }).into(),
        (NAME | TEXT | JSON | UNKNOWN | BPCHAR | VARCHAR, text) => cut(text, bytes_max),
        // The version of its binary form comes first.
        (JSONB, [1, text @ ..]) => cut(text, bytes_max),
        (OF_USERS.., text) if is_words(text) => cut(text, bytes_max),
        (UUID, bytes) if bytes.len() == 16 => {
            let plain = hexadecimal(bytes, bytes_max)[2..].to_owned();
            let (a, b, c) = (&plain[..8], &plain[8..12], &plain[12..16]);
            format!("{a}-{b}-{c}-{}-{}", &plain[16..20], &plain[20..])
        }
        _ => return None,
    })
}

fn is_words(text: &[u8]) -> bool {
    let text = std::str::from_utf8(text);
    text.is_ok_and(|text| !text.is_empty() && !text.chars().any(char::is_control))
}

fn hexadecimal(value: &[u8], bytes_max: usize) -> String {
    let shown_max = bytes_max / 2;
    let mut shown = String::from("\\x");
    for byte in value.iter().take(shown_max) {
        shown.push_str(&format!("{byte:02x}"));
    }
    if value.len() > shown_max {
        shown.push_str("...");
    }
    shown
}

/// An array of one dimension, as the server writes it.
fn array(value: &[u8], type_oid: u32) -> Option<String> {
    /// Arrays of the types that are read here.
    const ARRAYS: [u32; 14] = [
        1000, 1005, 1007, 1009, 1015, 1016, 1021, 1022, 1115, 1182, 1185, 1231, 2951, 3807,
    ];
    if !ARRAYS.contains(&type_oid) {
        return None;
    }
    let mut rest = value;
    let mut word = || {
        let (word, behind) = rest.split_first_chunk()?;
        rest = behind;
        Some(i32::from_be_bytes(*word))
    };
    let (dimensions, _has_nulls, element) = (word()?, word()?, word()?.cast_unsigned());
    if dimensions == 0 {
        return Some("{}".into());
    }
    let (count, first) = (usize::try_from(word()?).ok()?, word()?);
    if dimensions != 1 || first != 1 || count > ELEMENTS_MAX {
        return None;
    }
    let mut elements = Vec::new();
    for _ in 0..count {
        let (length, behind) = rest.split_first_chunk()?;
        rest = behind;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            elements.push("NULL".to_owned());
            continue;
        };
        let (value, behind) = rest.split_at_checked(length)?;
        rest = behind;
        let text = shown_value(value, true, element, value.len() * 4);
        elements.push(format!(
            "\"{}\"",
            text.replace('\\', "\\\\").replace('"', "\\\"")
        ));
    }
    Some(format!("{{{}}}", elements.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_of_one_dimension_is_read_and_no_other() {
        let int4s: [i32; 9] = [1, 1, 23, 2, 1, 4, 7, -1, 0];
        let bytes: Vec<u8> = int4s[..8].iter().flat_map(|it| it.to_be_bytes()).collect();
        assert_eq!(array(&bytes, 1007).as_deref(), Some("{\"7\",NULL}"));
        assert_eq!(array(&bytes, 23), None, "no array");
        let square: [i32; 3] = [2, 0, 23];
        let square: Vec<u8> = square.iter().flat_map(|it| it.to_be_bytes()).collect();
        assert_eq!(array(&square, 1007), None);
    }
}
