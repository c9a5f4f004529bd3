//! What is simulated: the shop, the buyers and how they come, checked before
//! anything starts.

mod complete;
mod draw;
mod expect;
mod faults;
mod file;
mod hint;
mod masked;
mod mix;
mod named;
mod parse;
mod place;
mod refusal;
mod service;
mod service_plan;
mod service_request;
mod settings;
mod shape;
mod shipped;
mod tables;
mod text;
mod threshold;
mod wording;

pub use complete::{
    Arrival, CONNECTIONS_MAX, COUNT_MAX, LINES_MAX, LINES_OF_ALL_MAX, Popularity, RATE_MIN,
    RetryDelay, Scenario,
};
pub use expect::Verdicts;
pub use faults::{FaultCounts, FaultDraw, FaultDraws, FaultKind, FaultRates};
pub use file::{Expect, FILE_FORMAT, ScenarioFile};
pub use hint::nearest;
pub use masked::masked;
pub use mix::Mix;
pub use named::{Named, SomeOrAll};
pub use parse::Refused;
pub use place::Places;
pub use refusal::Invalid;
pub use service::Service;
pub use service_plan::{FoundSource, ServicePlan, ServiceSource, StartedSource, WrongService};
pub use service_request::{Counts, CountsByValue, Request};
pub use settings::{ArrivalKind, Explore, Load, ServiceFaults, Settings, Shop};
pub use shape::{STEPPED_MAX, Shape};
pub use shipped::{SHIPPED, Shipped, shipped};
pub use tables::{Defined, OwnTables, RACES, SetUp, SetUpFile, Tables, VisitedPlace};
pub use text::{Micros, duration, set_duration};
pub use threshold::{Count, Metric, Relation, Threshold};
