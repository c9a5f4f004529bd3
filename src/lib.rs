//! Shows which way of writing a checkout oversells and which does not, on a
//! real PostgreSQL, with proof.
//!
//! The layers, top to bottom; imports point down only:
//!
//! | module | what it is |
//! |---|---|
//! | [`cli`] | flags, exit codes, what people see |
//! | [`report`] | one result type, one small file a format |
//! | [`load`], [`explore`] | full speed: buyers, arrivals, recording; stepped: every schedule |
//! | [`serve`] | the reference shop over HTTP |
//! | [`service`] | a service of the user's: its process, and the way to it |
//! | [`database`] | PostgreSQL, and the private cluster |
//! | [`scenario`] | the shop, the buyers, from flags and files, checked |
//! | [`flow`] | attempt and retry: the only place that says what is tried again |
//! | [`subject`] | what is tested, by name: one file a strategy, one enum that names them all |
//! | [`mvcc`] | PostgreSQL as a value |
//! | [`event`] | what one statement sets off among sessions |
//! | [`session`] | the seam: one required method |
//! | [`effect`] | what a statement does: the one answer to that |
//! | [`statement`], [`oracle`] | the language of the seam; the invariants |
//! | [`cell`] | what is compared: a subject at a level |
//! | [`shop`] | the vocabulary |
//! | [`value`] | rows, as they are read |

pub mod cell;
pub mod cli;
pub mod database;
pub mod effect;
pub mod event;
pub mod explore;
pub mod flow;
pub mod load;
pub mod mvcc;
pub mod oracle;
pub mod report;
pub mod scenario;
#[cfg(feature = "serve")]
pub mod serve;
pub mod service;
pub mod session;
pub mod shop;
pub mod statement;
pub mod subject;
pub mod value;
