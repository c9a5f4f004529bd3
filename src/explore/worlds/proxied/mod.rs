//! The world of a program that was not changed: requests to it, whose statements are held at
//! a [proxy](super::proxy) before their database.
//!
//! The explorer does not know that it is a program: [`ProxiedArena`] is one more
//! [`Arena`](crate::explore::arena::Arena). A session is a request. Its first step is that it is sent: which
//! one comes first may matter to a program that has a pool of few connections, a lock or a
//! memory of its own. Its other steps are those of the proxy.
//!
//! How it is known which request a statement is of: by its cause. One step goes at a time,
//! and then all is awaited that it sets off. A statement that appears meanwhile is of the
//! request that has gone on; where several go on at once (a COMMIT lets another request go
//! that waited for its lock), it is awaited which of them are done, and it matters
//! which one used the connection last. A connection stays with its request while a transaction is open on it.
//!
//! When all is quiet: a statement that is with the server is answered, or the server says
//! that it waits for another one. A request that has sent nothing and was not answered is
//! awaited until the program itself is [at rest](Application::is_at_rest); a time alone says
//! nothing.
//!
//! What cannot be followed ends the search with its reason, and is never `safe`: statements
//! of one request side by side, a statement that comes when none is due, the same beginning
//! that leads elsewhere, a message that cannot be held.
//!
//! | file | what it knows |
//! |---|---|
//! | `application` | what a program is to the arena |
//! | `program` | a service of the user's, in a process of its own |
//! | `service` | how it is started behind the proxy, on tables of its own |
//! | `threads` | whether the threads of a process do anything |
//! | `arena` | the sessions, as the explorer moves them |
//! | `settle` | the time until all is quiet |
//! | `between` | the time between two schedules |
//! | `floor` | the requests side by side: what the proxy and the program tell, taken in one by one |
//! | `callers` | what callers were told, as it is compared and as invariants join it |
//! | `whereabouts` | what a request is doing |
//! | `owners` | which request a connection is with |
//! | `passing` | steps that are no move of the search |
//! | `background` | statements that are of no request |
//! | `refused` | connections of the program that were refused |
//! | `causes` | which request a statement is of, where several go on |
//! | `unclear` | why it cannot be told which request a statement is of |
//! | `blame` | what is to blame where a program cannot be followed |
//! | `turns` | whether the program chose which of several requests went on first |
//! | `sameness` | whether the same beginning leads to the same place |
//! | `meter` | where the time of schedules goes |
//! | `start` | the time until a program is started |
//! | `writes` | whether a request has committed a change |
//! | `remarks` | comments that say where a statement comes from |
//! | `words` | steps and answers as a reader sees them |

mod application;
mod arena;
mod background;
mod between;
mod blame;
mod callers;
mod causes;
mod floor;
mod meter;
mod owners;
mod passing;
mod program;
mod refused;
mod remarks;
mod sameness;
mod service;
mod settle;
mod start;
mod threads;
mod turns;
mod unclear;
mod whereabouts;
mod words;
mod writes;

pub use application::{Application, RequestTold};
pub use arena::{ProxiedArena, ProxiedSettings};
pub(in crate::explore) use background::is_named;
pub use program::{ServiceProgram, ServiceSettings};
pub use service::ProxiedService;
pub use threads::ThreadCensus;
