//! Stepped: every schedule in which a few buyers' statements can reach the
//! database, or a sample of them.
//!
//! [`arena`] is the seam: sessions that park before each statement and are
//! admitted one at a time. [`worlds`] has what parks them: a gate in this process, in front of a real
//! database or of the model in memory. [`walk`] runs one schedule, [`search`] many of them, within [`bounds`];
//! [`footprint`] says which orders cannot be told apart. [`ending`] says how
//! schedules end, [`found`] what all of that comes to, [`trace`] shows one with every statement and reply,
//! [`race`] releases the sessions at the same time where a schedule does not show all, [`guided`] follows one on another checkout as far as it fits, and [`reproduced`] says
//! whether it ends so each time. [`checkup`] says how a service speaks to its database, which is [`overheard`].

mod advance;
pub mod arena;
mod backlog;
mod beyond;
pub mod bounds;
pub mod calibrate;
pub mod case;
pub mod checkup;
pub mod ending;
pub mod footprint;
pub mod found;
pub mod guided;
mod history;
pub mod http;
pub mod judged;
pub mod left;
pub mod overheard;
pub mod own;
pub mod race;
pub mod reach;
mod reads;
pub mod recorded;
pub mod reduction;
pub mod release;
pub mod reproduced;
pub mod schedule;
pub mod search;
mod searched;
pub mod seen;
mod simplest;
pub mod step;
pub mod time_spent;
pub mod trace;
pub mod unbegun;
pub mod unfollowed;
pub mod walk;
pub mod worlds;
