//! `sim` as its users run it: what it prints, what it writes, how it ends and what it
//! leaves behind.

mod as_scripts;
#[cfg(feature = "tls")]
#[path = "../support/authority.rs"]
mod authority;
mod bodies;
mod browser;
mod check;
mod cleanup;
mod cli;
mod commands;
mod compare;
mod corpora;
mod doctor;
mod explored_service;
mod faults;
mod fixture;
mod html;
mod html_plots;
#[path = "../support/isolationtester.rs"]
mod installed;
mod isolationtester;
#[cfg(target_os = "linux")]
mod live;
mod outputs;
mod outside;
mod own_load;
mod own_tables;
#[path = "../support/postgres.rs"]
mod postgres;
mod proxy;
mod record;
mod reduced;
mod refused;
mod replaying;
mod ruleless;
mod scenario_files;
mod script_answers;
mod script_lines;
mod script_retry;
mod scripts;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "serve")]
mod service;
#[cfg(feature = "serve")]
mod service_load;
mod shop_and_load;
mod shops;
mod simultaneous;
mod stepping;
mod stepping_ends;
mod study;
mod switches;
#[cfg(feature = "tls")]
mod tls;
mod widths;
