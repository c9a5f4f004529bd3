//! Two sessions, stepped by hand.
