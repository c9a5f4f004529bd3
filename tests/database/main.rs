//! Every strategy on a real PostgreSQL, at full speed and stepped; and the client in which
//! every value is text.

#[path = "../support/answers.rs"]
mod answers;
#[cfg(feature = "tls")]
#[path = "../support/authority.rs"]
mod authority;
#[path = "../support/brute.rs"]
mod brute;
mod common;
mod explore;
mod own_tables;
#[path = "../support/postgres.rs"]
mod postgres;
mod proxied;
mod proxy;
mod script;
#[path = "../support/small.rs"]
mod small;
mod strategies;
mod warm_up;
mod watch;
mod wire;
