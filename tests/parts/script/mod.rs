//! The language of scripts, without a database: what is refused and what is not, what
//! expressions are worth, and what a run does with each answer.

mod corpora;
mod expressions;
mod garbage;
mod hints;
mod looks;
mod refusals;
mod right;
mod running;
mod shipped;
mod ways;
