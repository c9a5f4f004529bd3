//! What a job came to.

use super::super::exit::Exit;
use crate::report::Results;

/// What a job came to.
pub(in super::super) struct Done {
    pub(in super::super) exit: Exit,
    pub(in super::super) results: Results,
}
