//! The user's own tables: set-up, state, the way back, and what is refused.

mod dump;
mod random;
mod shop;
