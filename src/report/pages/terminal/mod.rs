//! The result as a person at a terminal reads it: verdict first.
//!
//! The text carries ANSI colours; the printing strips them where there is
//! no terminal. A page is drawn for so many columns: only what is to be copied, such as a
//! schedule, is longer.

mod answer_table;
mod checkup;
mod compared;
mod detail;
mod exploration;
mod heading;
mod lines;
mod load;
mod matrix;
mod page;
mod recorded;
mod results;
mod style;
mod table;
mod timeline;
mod wrap;

pub use checkup::checkup_to_terminal;
pub use compared::comparison_to_terminal;
pub use exploration::{Replay, exploration_to_terminal, replay_to_terminal};
pub use load::to_terminal;
pub use page::page_to_terminal;
pub use recorded::{RecordedPage, recorded_to_terminal};
pub use results::results_to_terminal;
