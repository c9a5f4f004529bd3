//! A connection of a program, from its beginning to its end.

/// A connection of the program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TalkedConnection {
    /// How many pieces had been heard when it was opened.
    pub opened_at: usize,
    /// The same when the program ended it; `None` where it has not.
    pub closed_at: Option<usize>,
    /// The version of the protocol that the program asked for, major and minor.
    pub version: Option<(u16, u16)>,
    /// What the program said of itself: `user`, `database`, `application_name`, ...
    pub parameters: Vec<(String, String)>,
    /// Whether it asked for encryption first.
    pub asked_for_encryption: bool,
    /// Whether it was to cancel what another one does.
    pub is_cancel: bool,
    /// Whether rows came or went by COPY.
    pub copies: bool,
    /// Whether a transaction is open at the end.
    pub is_in_transaction: bool,
}
