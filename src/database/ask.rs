//! How a question reaches the engine.

/// Passes a question on to the engine behind it: `ask!(self, patience())`. An answer
/// that is of the engine too is wrapped again: `ask!(self, connector() => Connector)`.
/// A new engine is one more arm for each of the two.
macro_rules! ask {
    ($engine:expr, $question:ident($($with:expr),*)$(.$await:ident)?) => {
        match $engine {
            Self::Postgres(it) => it.$question($($with),*)$(.$await)?,
        }
    };
    ($engine:expr, $question:ident($($with:expr),*) => $wrapped:ident) => {
        match $engine {
            Self::Postgres(it) => $wrapped::Postgres(it.$question($($with),*)),
        }
    };
}
