//! Ways to shop other than the plain burst.
