//! glassbox shows Linux isolation live: the host's view and the container's view of the same
//! processes, side by side, while real system calls happen to real demo programs.
//!
//! `ARCHITECTURE.md` has the map and the invariants; `tests/architecture.rs` holds the code to it.

pub mod app;
pub mod broker;
pub mod cli;
pub mod guardian;
pub mod kernel;
pub mod lab;
pub mod lesson;
pub mod model;
pub mod run;
pub mod stage;
pub mod ui;
pub mod workload;
