//! The user's own tables: set-up, state, the way back, and what is refused.

mod asked;
mod dump;
mod listening;
mod random;
mod refused;
mod ruleless;
mod schedules;
mod second_judge;
mod seen;
pub mod shop;
mod tiny;
mod undone;
mod users_server;
