//! What an expression is worth, as pgbench 15 computes it.

use super::datum::Datum;
use super::draws::Draws;
use super::expression::Expression;
use super::functions::Function;
use super::math;
use super::names::Slot;
use super::worthless::Worthless;

/// What an expression reads.
pub(super) trait Scope {
    /// The value of a variable, if it is set.
    fn variable(&self, slot: Slot) -> Option<&Datum>;

    /// Where random numbers come from, if they may be drawn.
    fn draws(&mut self) -> Option<&mut Draws>;
}

/// The value of an expression.
pub(super) fn evaluate(
    expression: &Expression,
    scope: &mut impl Scope,
) -> Result<Datum, Worthless> {
    match expression {
        Expression::Constant(value) => Ok(value.clone()),
        Expression::Variable(slot, _) => computable(*slot, scope),
        Expression::And(operands) => either(operands, false, scope),
        Expression::Or(operands) => either(operands, true, scope),
        Expression::Case(arms, otherwise) => {
            for (condition, value) in arms {
                if evaluate(condition, scope)?.truth() == Some(true) {
                    return evaluate(value, scope);
                }
            }
            evaluate(otherwise, scope)
        }
        Expression::Call(Function::TextEq, sides) => as_texts(sides, true, scope),
        Expression::Call(Function::TextNe, sides) => as_texts(sides, false, scope),
        Expression::Call(function, arguments) => {
            let mut values = Vec::with_capacity(arguments.len());
            for argument in arguments {
                values.push(evaluate(argument, scope)?);
            }
            call(*function, &values, scope)
        }
    }
}

fn computable(slot: Slot, scope: &impl Scope) -> Result<Datum, Worthless> {
    let value = scope.variable(slot).ok_or(Worthless::Unset(slot))?;
    let text = || Worthless::Text(slot, value.to_string());
    value.computable().ok_or_else(text)
}

/// AND and OR: `decisive` decides without a look at the second operand. A first operand
/// that is NULL makes the whole NULL, as in pgbench, unlike SQL.
fn either(
    operands: &[Expression; 2],
    decisive: bool,
    scope: &mut impl Scope,
) -> Result<Datum, Worthless> {
    for operand in operands {
        match evaluate(operand, scope)? {
            Datum::Null => return Ok(Datum::Null),
            value if math::bool(&value)? == decisive => return Ok(Datum::Bool(decisive)),
            _ => {}
        }
    }
    Ok(Datum::Bool(!decisive))
}

/// Compares as text; NULL with anything is NULL.
fn as_texts(sides: &[Expression], equal: bool, scope: &mut impl Scope) -> Result<Datum, Worthless> {
    let mut texts = Vec::with_capacity(sides.len());
    for side in sides {
        texts.push(match side {
            Expression::Constant(value) => value.bound(),
            Expression::Variable(slot, _) => {
                let value = scope.variable(*slot).ok_or(Worthless::Unset(*slot))?;
                value.bound()
            }
            other => evaluate(other, scope)?.bound(),
        });
    }
    if texts.iter().any(Option::is_none) {
        return Ok(Datum::Null);
    }
    Ok(Datum::Bool((texts[0] == texts[1]) == equal))
}

fn call(function: Function, values: &[Datum], scope: &mut impl Scope) -> Result<Datum, Worthless> {
    match function {
        Function::Debug => return Ok(values[0].clone()),
        Function::Is => return Ok(Datum::Bool(values[0] == values[1])),
        _ if values.contains(&Datum::Null) => return Ok(Datum::Null),
        _ => {}
    }
    if !function.is_random() {
        return math::call(function, values);
    }
    let Some(draws) = scope.draws() else {
        return Worthless::because("a draw");
    };
    draw(function, values, draws)
}

fn draw(function: Function, values: &[Datum], draws: &mut Draws) -> Result<Datum, Worthless> {
    let (min, max) = (math::int(&values[0])?, math::int(&values[1])?);
    if min > max {
        return Worthless::because("empty range given to random");
    }
    let width = max.checked_sub(min).and_then(|delta| delta.checked_add(1));
    if width.is_none() {
        return Worthless::because("random range is too large");
    }
    let parameter = values.get(2).map_or(Ok(0.0), math::double)?;
    let drawn = match function {
        Function::RandomGaussian if parameter < 2.0 => {
            let limit = "gaussian parameter must be at least 2.000000";
            return Worthless::because(format!("{limit} (not {parameter:.6})"));
        }
        Function::RandomGaussian => draws.gaussian(min, max, parameter),
        Function::RandomZipfian if !(1.001..=1000.0).contains(&parameter) => {
            let limit = "zipfian parameter must be in range [1.001, 1000]";
            return Worthless::because(format!("{limit} (not {parameter:.6})"));
        }
        Function::RandomZipfian => draws.zipfian(min, max, parameter),
        Function::RandomExponential if parameter <= 0.0 => {
            let limit = "exponential parameter must be greater than zero";
            return Worthless::because(format!("{limit} (not {parameter:.6})"));
        }
        Function::RandomExponential => draws.exponential(min, max, parameter),
        _ => draws.uniform(min, max),
    };
    Ok(Datum::Int(drawn))
}
