//! The vocabulary of glassbox: plain values that every other layer speaks.
//!
//! Nothing here knows files, threads, clocks or system calls. Everything that crosses a process
//! boundary derives serde; everything that comes from outside is [`text::Untrusted`].

pub mod advice;
pub mod amount;
pub mod believes;
pub mod by_hand;
pub mod cage;
pub mod call;
pub mod capability;
pub mod cgroup;
pub mod clocks;
pub mod diff;
pub mod engine;
pub mod errno;
pub mod expect;
pub mod files;
pub mod filter;
pub mod inspect;
pub mod ipc;
pub mod look;
pub mod map;
pub mod mounts;
pub mod net;
pub mod ns;
pub mod op;
pub mod port;
pub mod random;
pub mod recipe;
pub mod running;
pub mod sample;
pub mod signal;
pub mod snapshot;
pub mod support;
pub mod text;
pub mod tries;
pub mod user;
pub mod wire;
pub mod with;

pub use call::{Actor, Call, Fault, Outcome};
pub use errno::Errno;
pub use ns::{Links, NsId, NsKind, NsLink};
pub use op::Op;
pub use sample::{BoxView, Lead, Member, Sample};
pub use snapshot::{Process, Seen, Snapshot, Subject, World};
pub use text::Untrusted;
