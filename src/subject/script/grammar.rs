//! From words to expressions: the grammar and the strength of operators of pgbench 15.

use super::datum::Datum;
use super::expression::Expression;
use super::expression_lexer::{Lexed, Lexeme, lex};
use super::functions::{self, Function};
use super::names::{Names, nearest};
use super::place::{FileText, Wrong};

/// How many words an expression may have: it is read and computed by recursion.
const LEXED_MAX: usize = 1000;

/// How deep parentheses and operators may nest.
const DEPTH_MAX: u32 = 200;

/// Strength of the operators, the weakest first.
const NOT: u8 = 3;
const IS: u8 = 4;
const COMPARISON: u8 = 5;
const BITS: u8 = 6;
const UNARY: u8 = 9;

/// Reads the expression from `start` to `end`, the end of the command.
pub(super) fn read(
    file: FileText<'_>,
    start: usize,
    end: usize,
    names: &mut Names,
) -> Result<Expression, Wrong> {
    let lexed = lex(file.text, start, end)?;
    if let Some(first) = lexed.get(LEXED_MAX) {
        let found = format!("an expression of {} words", lexed.len());
        let right = format!("write one of at most {LEXED_MAX}");
        return Err(Wrong::new(first.at, found, right));
    }
    let mut parser = Parser {
        file,
        lexed,
        next: 0,
        end,
        depth: 0,
        names,
    };
    let expression = parser.expression(0)?;
    match parser.lexed.get(parser.next) {
        None if matches!(expression, Expression::Constant(Datum::Text(_))) => {
            Err(literal_alone(parser.lexed[0].at))
        }
        None => Ok(expression),
        Some(_) => Err(parser.unexpected("an operator or the end of the line")),
    }
}

struct Parser<'p> {
    file: FileText<'p>,
    lexed: Vec<Lexed>,
    next: usize,
    /// The end of the command.
    end: usize,
    depth: u32,
    names: &'p mut Names,
}

fn literal_alone(at: usize) -> Wrong {
    let right = "compare it with = or <>: a variable is set to a number, a truth value or NULL";
    Wrong::new(at, "a literal that is not compared", right)
}

impl Parser<'_> {
    /// An expression of operators that are at least so strong.
    fn expression(&mut self, weakest: u8) -> Result<Expression, Wrong> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.unexpected("an expression that nests less deeply"));
        }
        let mut left = self.prefixed()?;
        while let Some((sign, strength)) = self.operator()
            && strength >= weakest
        {
            let at = self.at();
            self.next += 1;
            if strength == IS {
                left = self.is(&sign, left)?;
                continue;
            }
            let right = self.expression(strength + 1)?;
            if strength == COMPARISON && self.operator().is_some_and(|(_, s)| s == COMPARISON) {
                return Err(self.unexpected("parentheses around one of the comparisons"));
            }
            left = binary(&sign, at, left, right)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// The operator that comes next, and its strength.
    fn operator(&self) -> Option<(String, u8)> {
        let sign = match self.peek()? {
            Lexeme::Sign(sign) => *sign,
            Lexeme::Word(word) => word.as_str(),
            _ => return None,
        };
        let strength = match sign {
            "or" => 1,
            "and" => 2,
            "is" | "isnull" | "notnull" => IS,
            "<" | ">" | "=" | "<=" | ">=" | "<>" | "!=" => COMPARISON,
            "|" | "#" | "&" | "<<" | ">>" => BITS,
            "+" | "-" => 7,
            "*" | "/" | "%" => 8,
            _ => return None,
        };
        Some((sign.to_owned(), strength))
    }

    fn prefixed(&mut self) -> Result<Expression, Wrong> {
        let zero = |value: i64| Expression::Constant(Datum::Int(value));
        if self.takes("+") {
            let at = self.at();
            return number_only(at, self.expression(UNARY)?);
        }
        if self.takes("-") {
            if self.peek() == Some(&Lexeme::IntBound) {
                self.next += 1;
                return Ok(zero(i64::MIN));
            }
            let at = self.at();
            let operand = self.expression(UNARY)?;
            return call(Function::Sub, at, vec![zero(0), operand]);
        }
        if self.takes("~") {
            let at = self.at();
            let operand = self.expression(BITS + 1)?;
            return call(Function::BitXor, at, vec![zero(-1), operand]);
        }
        if self.takes("not") {
            let at = self.at();
            let operand = self.expression(NOT)?;
            return call(Function::Not, at, vec![operand]);
        }
        self.primary()
    }

    /// Behind IS, ISNULL or NOTNULL.
    fn is(&mut self, word: &str, left: Expression) -> Result<Expression, Wrong> {
        let at = self.at();
        let negated = word == "notnull" || word == "is" && self.takes("not");
        let constant = match (word, self.peek()) {
            ("is", Some(Lexeme::Word(word))) => constant(word),
            ("is", _) => None,
            _ => Some(Datum::Null),
        };
        let Some(constant) = constant else {
            return Err(self.unexpected("NULL, TRUE or FALSE"));
        };
        self.next += usize::from(word == "is");
        let is = call(Function::Is, at, vec![left, Expression::Constant(constant)])?;
        if negated {
            call(Function::Not, at, vec![is])
        } else {
            Ok(is)
        }
    }

    fn primary(&mut self) -> Result<Expression, Wrong> {
        let Some(lexed) = self.lexed.get(self.next).cloned() else {
            return Err(self.unexpected("a value"));
        };
        self.next += 1;
        match lexed.lexeme {
            Lexeme::Int(value) => Ok(Expression::Constant(Datum::Int(value))),
            Lexeme::Double(value) => Ok(Expression::Constant(Datum::Double(value))),
            Lexeme::Literal(value) => Ok(Expression::Constant(Datum::Text(value.into()))),
            Lexeme::Variable(name) => {
                let slot = self.names.slot(&name);
                Ok(Expression::Variable(slot, self.file.place(lexed.at)))
            }
            Lexeme::Sign("(") => {
                let inside = number_only(lexed.at, self.expression(0)?)?;
                self.expect(")")?;
                Ok(inside)
            }
            Lexeme::Word(word) if word == "case" => self.case(),
            Lexeme::Word(word) => match constant(&word) {
                Some(constant) => Ok(Expression::Constant(constant)),
                None => self.function(&word, lexed.at),
            },
            Lexeme::IntBound | Lexeme::Sign(_) => {
                self.next -= 1;
                Err(self.unexpected("a value"))
            }
        }
    }

    fn function(&mut self, name: &str, at: usize) -> Result<Expression, Wrong> {
        let Some((function, least, most)) = functions::named(name) else {
            let calls = self.peek() == Some(&Lexeme::Sign("("));
            let right = match nearest(name, functions::names()) {
                Some(near) if calls => format!(
                    "did you mean {near}()? What the database computes, a SELECT with \\gset reads"
                ),
                None if calls => "what the database computes, a SELECT with \\gset reads".into(),
                Some(near) => format!("did you mean {near}()? A variable is written :{name}"),
                None => format!("a variable is written :{name}; a text is compared in quotes"),
            };
            let right = self.unless_comment(at, right);
            return Err(Wrong::new(at, format!("the word {name}"), right));
        };
        self.expect("(")?;
        let mut arguments = Vec::new();
        while !self.takes(")") {
            if !arguments.is_empty() {
                self.expect(",")?;
            }
            let at = self.at();
            arguments.push(number_only(at, self.expression(0)?)?);
        }
        if !(least..=most).contains(&arguments.len()) {
            let found = format!("{name}() with {} arguments", arguments.len());
            let right = if least == most {
                format!("it has {least}")
            } else {
                format!("it has {least} to {most}")
            };
            return Err(Wrong::new(at, found, right));
        }
        if function.is_seeded() && arguments.len() < most {
            let seed = self.names.slot("default_seed");
            arguments.push(Expression::Variable(seed, self.file.place(at)));
        }
        Ok(Expression::Call(function, arguments))
    }

    fn case(&mut self) -> Result<Expression, Wrong> {
        let mut arms = Vec::new();
        while self.takes("when") {
            let condition = self.value()?;
            self.expect("then")?;
            arms.push((condition, self.value()?));
        }
        if arms.is_empty() {
            return Err(self.unexpected("WHEN: CASE tests conditions, one behind each WHEN"));
        }
        let otherwise = if self.takes("else") {
            self.value()?
        } else {
            Expression::Constant(Datum::Null)
        };
        self.expect("end")?;
        Ok(Expression::Case(arms, Box::new(otherwise)))
    }

    fn value(&mut self) -> Result<Expression, Wrong> {
        let at = self.at();
        number_only(at, self.expression(0)?)
    }

    fn peek(&self) -> Option<&Lexeme> {
        self.lexed.get(self.next).map(|lexed| &lexed.lexeme)
    }

    /// The byte of what comes next.
    fn at(&self) -> usize {
        self.lexed.get(self.next).map_or(self.end, |lexed| lexed.at)
    }

    fn takes(&mut self, wanted: &str) -> bool {
        let is_wanted = match self.peek() {
            Some(Lexeme::Sign(sign)) => *sign == wanted,
            Some(Lexeme::Word(word)) => word == wanted,
            _ => false,
        };
        self.next += usize::from(is_wanted);
        is_wanted
    }

    fn expect(&mut self, wanted: &str) -> Result<(), Wrong> {
        if self.takes(wanted) {
            Ok(())
        } else {
            Err(self.unexpected(&wanted.to_uppercase()))
        }
    }

    fn unexpected(&self, wanted: &str) -> Wrong {
        let found = match self.lexed.get(self.next) {
            Some(lexed) => format!("{} in an expression", &self.file.text[lexed.at..lexed.end]),
            None => "the end of an expression".to_owned(),
        };
        let right = self.unless_comment(self.at(), format!("expected {wanted}"));
        Wrong::new(self.at(), found, right)
    }

    /// What would be right at a byte, unless a comment seems to begin before it.
    fn unless_comment(&self, at: usize, right: String) -> String {
        let first = self.lexed.first().map_or(at, |lexed| lexed.at);
        let before = self.file.text.get(first..at).unwrap_or_default();
        if before.contains("--") {
            return "a comment has no place behind a backslash command: give it a line of its own"
                .into();
        }
        right
    }
}

fn constant(word: &str) -> Option<Datum> {
    match word {
        "null" => Some(Datum::Null),
        "true" => Some(Datum::Bool(true)),
        "false" => Some(Datum::Bool(false)),
        _ => None,
    }
}

fn is_literal(expression: &Expression) -> bool {
    matches!(expression, Expression::Constant(Datum::Text(_)))
}

fn number_only(at: usize, expression: Expression) -> Result<Expression, Wrong> {
    if is_literal(&expression) {
        return Err(literal_alone(at));
    }
    Ok(expression)
}

fn call(function: Function, at: usize, arguments: Vec<Expression>) -> Result<Expression, Wrong> {
    if arguments.iter().any(is_literal) {
        return Err(literal_alone(at));
    }
    Ok(Expression::Call(function, arguments))
}

/// Two operands at an operator; those of `>` change places, as in pgbench.
fn binary(sign: &str, at: usize, left: Expression, right: Expression) -> Result<Expression, Wrong> {
    let is_text = is_literal(&left) || is_literal(&right);
    let (function, arguments) = match sign {
        "=" if is_text => return Ok(Expression::Call(Function::TextEq, vec![left, right])),
        "<>" | "!=" if is_text => {
            return Ok(Expression::Call(Function::TextNe, vec![left, right]));
        }
        "and" | "or" => {
            let operands = Box::new([number_only(at, left)?, number_only(at, right)?]);
            let is_and = sign == "and";
            return Ok(if is_and {
                Expression::And(operands)
            } else {
                Expression::Or(operands)
            });
        }
        ">" => (Function::Lt, vec![right, left]),
        ">=" => (Function::Le, vec![right, left]),
        "<" => (Function::Lt, vec![left, right]),
        "<=" => (Function::Le, vec![left, right]),
        "=" => (Function::Eq, vec![left, right]),
        "<>" | "!=" => (Function::Ne, vec![left, right]),
        "|" => (Function::BitOr, vec![left, right]),
        "&" => (Function::BitAnd, vec![left, right]),
        "#" => (Function::BitXor, vec![left, right]),
        "<<" => (Function::ShiftLeft, vec![left, right]),
        ">>" => (Function::ShiftRight, vec![left, right]),
        "+" => (Function::Add, vec![left, right]),
        "-" => (Function::Sub, vec![left, right]),
        "*" => (Function::Mul, vec![left, right]),
        "/" => (Function::Div, vec![left, right]),
        _ => (Function::Mod, vec![left, right]),
    };
    call(function, at, arguments)
}
