//! What stands between a service and its database, and puts faults in.

use std::fmt::Debug;
use std::io;

use crate::database::wire::WireAddress;
use crate::scenario::{FaultCounts, FaultRates};

/// Stands between a service and its database until it is dropped. Everything passes, but for the
/// faults that it puts in while it is told to.
pub trait FaultyWay: Debug + Send {
    /// The port on 127.0.0.1 at which the service finds its database.
    fn port(&self) -> u16;

    /// From now on faults are put in: those of the run of this number.
    fn begin(&self, run: u32);

    /// From now on none is put in; answers those that were.
    fn end(&self) -> FaultCounts;
}

/// Opens a way to a server, with faults at these rates, drawn from a seed.
pub type OpenFaultyWay = fn(WireAddress, FaultRates, u64) -> io::Result<Box<dyn FaultyWay>>;
