//! PostgreSQL as a value: what is true of it, held against the server itself and
//! against threads.

mod altered;
mod explore_properties;
mod found;
mod guided;
mod loom;
mod mvcc;
mod mvcc_postgres;
mod mvcc_properties;
mod reproduced;
mod search;
mod switches;
mod verdicts;
mod walk;
#[path = "../support"]
mod support {
    pub mod mvcc;
    pub mod play;
    pub mod postgres;
    pub mod server;
    pub mod small;
}
