//! Operators and functions of numbers, with the messages of pgbench 15.

use super::datum::Datum;
use super::draws::{fnv1a, murmur2, permute};
use super::functions::Function;
use super::worthless::Worthless;

type Computed = Result<Datum, Worthless>;

/// As a truth value; numbers are none.
pub(super) fn bool(value: &Datum) -> Result<bool, Worthless> {
    match value {
        Datum::Bool(value) => Ok(*value),
        other => Worthless::because(format!("cannot coerce {} to boolean", kind(other))),
    }
}

/// As a whole number; a double is rounded, halves to the even neighbour.
pub(super) fn int(value: &Datum) -> Result<i64, Worthless> {
    match value {
        Datum::Int(value) => Ok(*value),
        Datum::Double(value) => {
            let rounded = value.round_ties_even();
            let limit = 9_223_372_036_854_775_808.0;
            if (-limit..limit).contains(&rounded) {
                Ok(rounded as i64)
            } else {
                Worthless::because(format!("double to int overflow for {rounded}"))
            }
        }
        other => Worthless::because(format!("cannot coerce {} to int", kind(other))),
    }
}

/// As a double.
pub(super) fn double(value: &Datum) -> Result<f64, Worthless> {
    match value {
        Datum::Int(value) => Ok(*value as f64),
        Datum::Double(value) => Ok(*value),
        other => Worthless::because(format!("cannot coerce {} to double", kind(other))),
    }
}

const fn kind(value: &Datum) -> &'static str {
    match value {
        Datum::Null => "null",
        Datum::Bool(_) => "boolean",
        Datum::Int(_) => "int",
        Datum::Double(_) => "double",
        Datum::Text(_) => "text",
    }
}

/// Calls a function that draws nothing, with values that are not NULL.
pub(super) fn call(function: Function, values: &[Datum]) -> Computed {
    let first = values.first().unwrap_or(&Datum::Null);
    match function {
        Function::Not => bool(first).map(|value| Datum::Bool(!value)),
        Function::Pi => Ok(Datum::Double(std::f64::consts::PI)),
        Function::Abs => abs(first),
        Function::Int => int(first).map(Datum::Int),
        Function::Double => double(first).map(Datum::Double),
        Function::Sqrt => double(first).map(|value| Datum::Double(value.sqrt())),
        Function::Ln => double(first).map(|value| Datum::Double(value.ln())),
        Function::Exp => double(first).map(|value| Datum::Double(value.exp())),
        Function::Pow => {
            let (base, exponent) = (double(first)?, double(&values[1])?);
            Ok(Datum::Double(base.powf(exponent)))
        }
        Function::Least | Function::Greatest => extreme(function, values),
        Function::HashFnv1a => Ok(Datum::Int(fnv1a(int(first)?, int(&values[1])?))),
        Function::HashMurmur2 => Ok(Datum::Int(murmur2(int(first)?, int(&values[1])?))),
        Function::Permute => {
            let (value, size, seed) = (int(first)?, int(&values[1])?, int(&values[2])?);
            if size <= 0 {
                return Worthless::because("permute size parameter must be greater than zero");
            }
            Ok(Datum::Int(permute(value, size, seed)))
        }
        Function::BitAnd
        | Function::BitOr
        | Function::BitXor
        | Function::ShiftLeft
        | Function::ShiftRight => bits(function, int(first)?, int(&values[1])?),
        _ => binary(function, first, &values[1]),
    }
}

fn abs(value: &Datum) -> Computed {
    match value {
        Datum::Int(value) => Ok(Datum::Int(value.wrapping_abs())),
        Datum::Double(value) => Ok(Datum::Double(value.abs())),
        // pgbench 15 reads memory that was not set.
        other => Worthless::because(format!("cannot coerce {} to abs", kind(other))),
    }
}

/// The largest or the smallest; a double if one of them is a double.
fn extreme(function: Function, values: &[Datum]) -> Computed {
    let is_least = function == Function::Least;
    if values.iter().any(|value| matches!(value, Datum::Double(_))) {
        let mut extreme = double(&values[0])?;
        for value in &values[1..] {
            let value = double(value)?;
            // Beside a NaN the comparison fails, and the later one counts.
            let stays = if is_least {
                extreme < value
            } else {
                extreme > value
            };
            extreme = if stays { extreme } else { value };
        }
        return Ok(Datum::Double(extreme));
    }
    let mut extreme = int(&values[0])?;
    for value in &values[1..] {
        let value = int(value)?;
        extreme = if is_least {
            extreme.min(value)
        } else {
            extreme.max(value)
        };
    }
    Ok(Datum::Int(extreme))
}

/// Shifts count modulo 64, as the machine does.
fn bits(function: Function, left: i64, right: i64) -> Computed {
    let shift = (right & 63) as u32;
    Ok(Datum::Int(match function {
        Function::BitAnd => left & right,
        Function::BitOr => left | right,
        Function::BitXor => left ^ right,
        Function::ShiftLeft => left.wrapping_shl(shift),
        _ => left.wrapping_shr(shift),
    }))
}

/// Arithmetic and comparisons: of doubles if one side is a double, but for `%`.
fn binary(function: Function, left: &Datum, right: &Datum) -> Computed {
    let is_double = |value: &Datum| matches!(value, Datum::Double(_));
    if function != Function::Mod && (is_double(left) || is_double(right)) {
        return Ok(of_doubles(function, double(left)?, double(right)?));
    }
    of_ints(function, int(left)?, int(right)?)
}

#[expect(clippy::float_cmp, reason = "the language compares so")]
fn of_doubles(function: Function, left: f64, right: f64) -> Datum {
    match function {
        Function::Add => Datum::Double(left + right),
        Function::Sub => Datum::Double(left - right),
        Function::Mul => Datum::Double(left * right),
        Function::Div => Datum::Double(left / right),
        Function::Eq => Datum::Bool(left == right),
        Function::Ne => Datum::Bool(left != right),
        Function::Lt => Datum::Bool(left < right),
        _ => Datum::Bool(left <= right),
    }
}

fn of_ints(function: Function, left: i64, right: i64) -> Computed {
    let (name, result) = match function {
        Function::Eq => return Ok(Datum::Bool(left == right)),
        Function::Ne => return Ok(Datum::Bool(left != right)),
        Function::Lt => return Ok(Datum::Bool(left < right)),
        Function::Le => return Ok(Datum::Bool(left <= right)),
        Function::Div | Function::Mod if right == 0 => {
            return Worthless::because("division by zero");
        }
        Function::Add => ("add", left.checked_add(right)),
        Function::Sub => ("sub", left.checked_sub(right)),
        Function::Mul => ("mul", left.checked_mul(right)),
        Function::Div => ("div", left.checked_div(right)),
        _ => ("mod", Some(left.wrapping_rem(right))),
    };
    match result {
        Some(result) => Ok(Datum::Int(result)),
        None => Worthless::because(format!("bigint {name} out of range")),
    }
}
