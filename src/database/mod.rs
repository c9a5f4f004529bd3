//! The databases behind the seam, and the private cluster.

pub mod cluster;
pub mod postgres;
