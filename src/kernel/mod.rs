//! The only place that names nix, rustix, libc or procfs: thin functions over system calls, readers
//! of `/proc`, and `observe`, which puts them together. Used by stage, guardian, lab, workload, run.

pub mod ns;
pub mod observe;
pub mod proc;
pub mod support;
pub mod sys;
