//! Programs behind the proxy, explored: every schedule of two requests, against what is
//! known to be right and wrong.
//!
//! Most programs are small and run in this process, on a driver that knows nothing of it; one
//! is a shop in Flask with psycopg, in a process of its own.

mod desk;
mod followed;
mod service;
mod stand;
mod unfollowed;
