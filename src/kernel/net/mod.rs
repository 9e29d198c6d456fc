//! Network namespaces: what is in one (`read`), the same of one that we are not in (`away`), what
//! /proc/PID/net tells of one without going there (`outside`), and the requests that change one
//! (`change`). Blocking netlink and /proc/net, no `ip` binary.

pub mod away;
pub mod change;
pub mod outside;
mod read;
mod route;
mod table;

pub use read::{Source, own};
pub use route::Route;
