//! The pieces that a value is taken apart into.

/// What a piece of a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PieceKind {
    /// A run of digits, with a fraction or without one.
    Number,
    /// Hexadecimal digits in groups of 8-4-4-4-12.
    Uuid,
    /// A date, or a date and a time of day.
    Time,
    /// A value of which nothing is known but that it is generated as a whole.
    Whole,
}

/// A piece that a database may have generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// As it is written.
    pub text: String,
}

/// A value in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pieces {
    /// The value with a mark in the place of each piece. Values of different types have
    /// different skeletons.
    pub skeleton: String,
    /// The pieces.
    pub pieces: Vec<Piece>,
}
