//! kernel

pub mod family;
pub mod learner;
pub mod link;
pub mod sys;
pub mod tty;
pub mod watch;
