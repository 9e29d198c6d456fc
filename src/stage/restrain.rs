//! Restrains the calling process before it executes a program: no_new_privs, a filter of system calls,
//! capability sets. Called by a keeper's child, last; undoes nothing.

use super::there::Failed;
use crate::kernel::limits::{self, Three};
use crate::model::Errno;
use crate::model::op::Cap;
use crate::model::user::CAPABILITIES;
use crate::model::wire::Restraint;

/// The filter needs no_new_privs or a capability, hence the order.
pub(super) fn restrain(restraint: &Restraint) -> Result<(), Failed> {
    if restraint.no_new_privs {
        limits::set_no_new_privs().map_err(|errno| ("prctl", errno))?;
    }
    if let Some(filter) = restraint.seccomp {
        let program = limits::program(filter).map_err(|_| ("seccomp", Errno::EINVAL))?;
        limits::install(&program).map_err(|errno| ("seccomp", errno))?;
    }
    match &restraint.keep {
        Some(keep) => cut_down(Cap::mask(keep)),
        None => Ok(()),
    }
}

/// The bounding set first: that takes CAP_SETPCAP. At execve(2), root gets what is left in it.
fn cut_down(keep: u64) -> Result<(), Failed> {
    let bits = (0..CAPABILITIES.len()).map(|bit| 1 << bit);
    for bit in bits.filter(|bit| keep & bit == 0 && limits::is_bounding(*bit)) {
        limits::drop_bounding(bit).map_err(|errno| ("prctl", errno))?;
    }
    let was = limits::capabilities().map_err(|errno| ("capget", errno))?;
    let cut = Three {
        effective: was.effective & keep,
        permitted: was.permitted & keep,
        inheritable: was.inheritable & keep,
    };
    limits::set_capabilities(cut).map_err(|errno| ("capset", errno))
}
