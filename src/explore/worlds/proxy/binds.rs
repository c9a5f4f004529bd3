//! Values of a Bind as text, for people and for comparison.

/// Of a value so much is kept, in bytes.
const VALUE_BYTES_MAX: usize = 1 << 10;

/// A value as text. A binary one is read if its type is one of the few that checkouts
/// bind, and is shown as `\x...` if not.
pub fn shown_value(value: &[u8], is_binary: bool, type_oid: u32) -> String {
    if !is_binary {
        return cut(value);
    }
    number(value, type_oid)
        .or_else(|| worded(value, type_oid))
        .unwrap_or_else(|| hexadecimal(value))
}

fn cut(text: &[u8]) -> String {
    let kept = &text[..text.len().min(VALUE_BYTES_MAX)];
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

fn worded(value: &[u8], type_oid: u32) -> Option<String> {
    const BOOL: u32 = 16;
    const NAME: u32 = 19;
    const TEXT: u32 = 25;
    const JSON: u32 = 114;
    const UNKNOWN: u32 = 705;
    const BPCHAR: u32 = 1042;
    const VARCHAR: u32 = 1043;
    const UUID: u32 = 2950;
    const JSONB: u32 = 3802;
    Some(match (type_oid, value) {
        (BOOL, [truth]) => (if *truth == 0 { "f" } else { "t" }).into(),
        (NAME | TEXT | JSON | UNKNOWN | BPCHAR | VARCHAR, text) => cut(text),
        // The version of its binary form comes first.
        (JSONB, [1, text @ ..]) => cut(text),
        (UUID, bytes) if bytes.len() == 16 => {
            let plain = hexadecimal(bytes)[2..].to_owned();
            let (a, b, c) = (&plain[..8], &plain[8..12], &plain[12..16]);
            format!("{a}-{b}-{c}-{}-{}", &plain[16..20], &plain[20..])
        }
        _ => return None,
    })
}

fn hexadecimal(value: &[u8]) -> String {
    const SHOWN_MAX: usize = VALUE_BYTES_MAX / 2;
    let mut shown = String::from("\\x");
    for byte in value.iter().take(SHOWN_MAX) {
        shown.push_str(&format!("{byte:02x}"));
    }
    if value.len() > SHOWN_MAX {
        shown.push_str("...");
    }
    shown
}
