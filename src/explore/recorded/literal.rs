//! Values as they stand in the text of a statement.

/// Types of numbers, by their numbers in `pg_type`.
const NUMBERS: [u32; 7] = [20, 21, 23, 26, 700, 701, 1700];
const BOOL: u32 = 16;

/// Types that a literal is taken for by itself, where a text is meant.
const TEXTS: [u32; 7] = [0, 18, 19, 25, 705, 1042, 1043];

/// The name of a type, if it is one of those that programs bind.
pub fn type_name(oid: u32) -> Option<&'static str> {
    Some(match oid {
        16 => "bool",
        17 => "bytea",
        20 => "bigint",
        21 => "smallint",
        23 => "int",
        25 => "text",
        114 => "json",
        700 => "real",
        701 => "float8",
        1005 => "smallint[]",
        1007 => "int[]",
        1009 => "text[]",
        1015 => "varchar[]",
        1016 => "bigint[]",
        1043 => "varchar",
        1082 => "date",
        1114 => "timestamp",
        1184 => "timestamptz",
        1186 => "interval",
        1231 => "numeric[]",
        1700 => "numeric",
        2950 => "uuid",
        2951 => "uuid[]",
        3802 => "jsonb",
        _ => return None,
    })
}

/// A value as a literal; `None` is NULL.
pub fn literal(value: Option<&str>, type_oid: u32) -> String {
    let Some(value) = value else {
        return "null".into();
    };
    let is_number = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    match type_oid {
        BOOL if matches!(value, "t" | "true") => return "true".into(),
        BOOL if matches!(value, "f" | "false") => return "false".into(),
        oid if NUMBERS.contains(&oid) && is_number(value) => {
            return match value.starts_with('-') {
                true => format!("({value})"),
                false => value.into(),
            };
        }
        _ => {}
    }
    let quoted = text(value);
    match type_name(type_oid).filter(|_| !TEXTS.contains(&type_oid)) {
        Some(name) => format!("{quoted}::{name}"),
        None => quoted,
    }
}

/// A text in quotes.
pub fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_their_types_have_them() {
        for (value, oid, written) in [
            (Some("4"), 23, "4"),
            (Some("-4"), 20, "(-4)"),
            (Some("19.90"), 1700, "19.90"),
            (Some("NaN"), 701, "'NaN'::float8"),
            (Some("it's"), 25, "'it''s'"),
            (Some("4"), 0, "'4'"),
            (Some("t"), 16, "true"),
            (Some("{}"), 3802, "'{}'::jsonb"),
            (Some("open"), 16_400, "'open'"),
            (None, 23, "null"),
        ] {
            assert_eq!(literal(value, oid), written);
        }
    }
}
