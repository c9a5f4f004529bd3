//! One statement, with its values and its answer.

/// How a statement was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SentHow {
    /// As text alone, with no values.
    Simple,
    /// Prepared without a name.
    Unnamed,
    /// Prepared under a name, so that it can be executed again.
    Named,
}

/// A statement and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Which connection, from 1.
    pub connection: u64,
    /// How many pieces had been heard when it was executed.
    pub at: usize,
    /// Its text, of which at most 16 KiB are kept.
    pub sql: String,
    /// How it was sent.
    pub how: SentHow,
    /// Its values as text; `None` for NULL.
    pub binds: Vec<Option<String>>,
    /// Whether a transaction was open before it.
    pub is_in_transaction: bool,
    /// Whether another one was executed before the server had answered the one before it.
    pub is_pipelined: bool,
    /// The command tag of its answer, such as `UPDATE 1`.
    pub tag: Option<String>,
    /// The SQLSTATE and the message, where it failed.
    pub error: Option<String>,
}

impl Exchange {
    /// Its first word, in lower case.
    #[must_use]
    pub fn verb(&self) -> String {
        let is_of_word = |c: char| c.is_ascii_alphabetic();
        let mut words = self.sql.split(|c| !is_of_word(c));
        let word = words.find(|word| !word.is_empty());
        word.unwrap_or_default().to_ascii_lowercase()
    }
}
