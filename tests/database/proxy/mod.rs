//! The proxy against a real PostgreSQL: what the client gets is what it would get without.
//!
//! Where other proxies fell, each with what holds it here (conversations are in `cases`, and
//! go through `same_bytes`):
//!
//! | trap | held by |
//! |---|---|
//! | a Flush that is dropped, or answered only when the server is ready | "prepared and flushed", "executed and flushed"; asyncpg, postgres.js |
//! | a Describe behind an Execute whose Sync is held | "a Describe behind" |
//! | an error that comes without a Flush, and what follows it | "prepared, flushed and wrong", "extended errors", "extended block", "pipeline with an error"; the savepoints of every driver |
//! | a Sync of the proxy's own, which commits early | `holding::a_statement_waits_before_it_and_before_its_commit` |
//! | a pipeline, whose replies are told apart only by their sequence | `pipelines` of `cases`, `holding::a_pipeline_goes_statement_by_statement...`; psycopg 3, pgbench, tokio-postgres |
//! | requests for encryption, TLS without a request | `faults::encryption_is_refused_and_a_session_may_follow` |
//! | another version than 3.0, keys of 4 to 256 bytes | `keys`; libpq 18 under psycopg 3 |
//! | SCRAM | every driver, with a wrong password too |
//! | a request to cancel, on a connection of its own | `holding::a_cancel_is_a_step...`; the cancel of every driver that has one |
//! | names of prepared statements that two sessions share | `sharing::a_name_is_its_sessions_own` |
//! | COPY; what the server says unasked | `copies` and `asides` of `cases`, `sharing::what_comes_unasked_is_no_answer` |
//! | a peer that dies, or never reads | `faults` |

mod cases;
mod codec;
mod drawn;
pub mod drivers;
mod faults;
mod holding;
mod kept;
mod keys;
mod pretender;
mod recorder;
mod rust_drivers;
mod same_bytes;
mod sharing;
mod snapshots;
mod talk;
