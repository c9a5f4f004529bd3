//! The requests of a service as scripts: what it says to its database is overheard, and the values
//! that came from earlier replies become variables.
//!
//! | file | what it knows |
//! |---|---|
//! | `listen` | a service that is overheard while two buyers make each of its requests |
//! | `said` | the statements of a request, one by one |
//! | `pieces` | a statement taken apart: the text that stays, and the places of values |
//! | `source` | where a value comes from |
//! | `names` | what each value of a reply is called |
//! | `literal` | values as they stand in the text of a statement |
//! | `twice` | a request that was made twice |
//! | `found` | where all its values come from |
//! | `writer` | statements with variables in the places of their values |
//! | `frame` | what stands before and behind them |
//! | `script` | a request as a script |
//! | `file` | the scenario of these scripts |

mod file;
mod found;
mod frame;
mod listen;
mod literal;
mod names;
mod pieces;
mod said;
mod script;
mod source;
mod twice;
mod writer;

pub use file::{RecordedNames, scenario};
pub use listen::{RecordedRequests, record};
pub use script::{RecordedScript, script};
pub use twice::TwiceSaid;
