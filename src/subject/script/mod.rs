//! The language of scripts: what one actor does, written as pgbench's extended mode reads it.
//!
//! [`Script::parse`] reads a whole file and refuses what is wrong with it before
//! anything starts. A [`Run`] is one try of it: it says what to send next, and is told
//! what the server answered. Nothing here knows a database, a clock or a thread.
//!
//! # Differences from pgbench
//! - Values are parameters, never pasted. A name within a literal, a quoted name or a
//!   dollar quote is text; where a variable has that name, the file is refused.
//! - A variable that some path reads before it is set is refused.
//! - NULL stays null; `\aset` without a row sets null.
//! - Variables and random draws are put back for each try. `\keep NAME expr` is the
//!   exception: the expression is the value in the first try, and each later try
//!   begins with the value that the try before it left.
//! - `ROW_COUNT`, `ERROR` and `SQLSTATE` are set after each statement, as psql does. An
//!   error ends the try, unless the next command that runs reads `ERROR` or `SQLSTATE`.
//!   One that is read, and nothing comes of it (the next statement hears 25P02, or the
//!   script ends without an outcome), is still what the caller hears.
//! - `=` and `<>` also compare with a quoted literal, as text.
//! - `\effect NAME expr` records an effect outside the database.
//! - `\set outcome_done 1`, `outcome_refused`, `outcome_again` say how the try ended.

mod books;
mod cast_hint;
mod check;
mod columns;
mod datum;
mod dialogue;
mod draws;
mod end;
mod eval;
mod expression;
mod expression_lexer;
mod functions;
mod grammar;
mod kind;
mod level;
mod lexer;
mod look;
mod math;
mod meta;
mod names;
mod needs;
mod nesting;
mod parse;
mod path;
mod place;
mod program;
mod reach;
mod reading;
mod run;
pub mod shipped;
mod sql;
mod variables;
mod worthless;

pub use datum::Datum;
pub use dialogue::{Completion, Next, ServerAnswer, Start};
pub use end::{FaultCause, ScriptEnd, ScriptFault, SqlFailure};
pub use kind::SqlKind;
pub(crate) use lexer::{SqlToken, TokenKind, token, tokens};
pub use look::SqlLook;
pub use place::{FilePlace, Refusal, Refusals};
pub use program::Script;
pub use run::Run;
