//! What answers of a server are awaited to.

use crate::database::wire::Described;

/// What an answer is awaited to.
#[derive(Debug)]
pub(super) enum AwaitedAnswer {
    /// The name of the statement.
    Parse(Vec<u8>),
    /// The name of the portal.
    Bind(Vec<u8>),
    Close,
    Describe(Described, Vec<u8>),
    Execute(HeardExecution),
    Query(usize),
    Sync,
}

/// A portal that is executed.
#[derive(Debug)]
pub(super) struct HeardExecution {
    /// The number of the exchange.
    pub(super) exchange: usize,
    pub(super) portal: Vec<u8>,
    pub(super) statement: Vec<u8>,
    /// Whether the values of its rows are binary.
    pub(super) formats: Vec<u16>,
}

/// The number of the exchange whose answer is awaited.
pub(super) fn executed(awaited: &AwaitedAnswer) -> Option<usize> {
    match awaited {
        AwaitedAnswer::Execute(HeardExecution { exchange: at, .. }) | AwaitedAnswer::Query(at) => {
            Some(*at)
        }
        _ => None,
    }
}
