//! A service of the user's: its process, where it is started here, and the way to it.
//!
//! | file | what it knows |
//! |---|---|
//! | `origin` | where it is: resolved once, and refused where it is not on this machine |
//! | `channel` | one connection: a request, its reply, and whether one may be sent again |
//! | `one_body` | the body of a request |
//! | `process` | its process: started, awaited, stopped with all that it started |
//! | `client` | what makes a buyer's attempts at it |
//! | `probe` | whether it answers |
//! | `entry` | where it is called, and what is sent before any buyer comes |
//! | `running` | all of it together: started on a database, and called |
//! | `faulty_way` | what stands between one that is started and its database, and puts faults in |
//! | `found` | one that runs already |
//! | `output` | the last of what it said |

mod channel;
mod client;
mod entry;
mod faulty_way;
mod found;
mod one_body;
mod origin;
mod output;
mod probe;
mod process;
mod running;

pub use channel::{HttpChannel, HttpFailure, HttpLimits};
pub use client::{RequestTimed, ServiceClient};
pub use entry::{ServiceEntry, ServiceGiven};
pub use faulty_way::{FaultyWay, OpenFaultyWay};
pub use found::FoundService;
pub use origin::{OriginRefused, ServiceOrigin};
pub use process::{Probe, ServiceCommand, ServiceProcess, ServiceTrouble};
pub use running::RunningService;
