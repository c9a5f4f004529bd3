//! Tables of the user's own: a database that a set-up fills, its copies, and their way back to
//! the start.
//!
//! | file | what it knows |
//! |---|---|
//! | `split` | the statements of a set-up file |
//! | `set_up`, `command` | how a set-up is carried out |
//! | `dump` | the tables of a copy as SQL |
//! | `make`, `owner` | the database, its role, its copies, and how they go |
//! | `prepare` | what is kept in schema `sim` for the way back |
//! | `asking` | what is asked and changes nothing: invariants, and which sessions wait |
//! | `read_only` | a database of the user's own that is only asked |
//! | `ground` | the database of one arena: its sessions, what it is told and asked |
//! | `tables` | the tables, by the catalogue |
//! | `kept`, `kept_table` | the start of each table, and what has changed since |
//! | `reset` | the way back |
//! | `room` | how full the page of a small table is |
//! | `bodies` | what functions and triggers touch that the statement does not |
//! | `sql`, `asked_sql`, `bodies_sql` | every word of SQL |
//! | `session` | what a script's session leaves behind |
//! | `seen` | the tables as a session sees them within its transaction |

mod asked_sql;
mod asking;
mod bodies;
mod bodies_sql;
mod command;
mod dump;
mod ground;
mod kept;
mod kept_table;
mod make;
mod owner;
mod prepare;
mod read_only;
mod reset;
mod room;
mod seen;
mod session;
mod set_up;
mod split;
mod sql;
mod statistics_sql;
mod tables;
mod vacuum_sql;

pub use ground::PostgresGround;
pub use make::{PostgresCopy, PostgresPlayground};
pub use read_only::PostgresReadOnly;
