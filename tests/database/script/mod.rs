//! The language of scripts beside the real pgbench, which is the oracle: the same
//! expressions and the same files through both. The shipped scripts on a real server.

mod expressions;
mod files;
mod more;
mod pgbench;
mod random;
mod shipped;
mod wire;
