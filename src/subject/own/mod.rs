//! Scripts as subjects. A file is a strategy of one operation and goes by its name; a
//! directory is one of several operations, a file each.

mod attempt;
mod contested;
mod given;
mod lines;
mod meetings;
mod part;
mod registry;

pub use contested::contended_values;
pub use given::{Given, LINES_NAMED};
pub use lines::{own_level, refuses_lines};
pub use meetings::{meetings, parts, with_sessions};
pub use part::{Part, parts_of_words};
pub use registry::{
    add_script, as_typed, compile, has_variable, note, operations, recall_script, requests_header,
    script_header, script_name, script_text, whole_of,
};

pub(super) use attempt::attempt;
pub(super) use meetings::stands_for;
pub(super) use registry::of;
