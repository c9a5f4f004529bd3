//! Programs behind the proxy, explored: every schedule of two requests, against what is
//! known to be right and wrong.
//!
//! The programs are small and run in this process, on a driver that knows nothing of it.
mod desk;
mod followed;
mod stand;
mod unfollowed;
