//! The language of scripts beside the real pgbench, which is the oracle: the same
//! expressions and the same files through both.

mod expressions;
mod files;
mod more;
mod pgbench;
mod wire;
