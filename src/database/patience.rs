//! How long a server may be silent.

use std::sync::Arc;
use std::time::Duration;

/// How long a server may be silent before that is told.
pub const TOLD_AFTER: Duration = Duration::from_secs(5);

/// How long a server may be silent where `--patience` says nothing.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What hears of a silent server.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;
