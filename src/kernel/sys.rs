//! What has no safe wrapper in nix or rustix; the only file with `unsafe`.
#![allow(unsafe_code)]

// ---- inherited descriptors (guardian and ui) ----

use std::io;
use std::os::fd::{FromRawFd as _, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

/// Takes over the descriptor that whoever started us left open under this number. Works once in a
/// process: a second owner of the same number would close it behind the first one's back.
pub fn inherited_descriptor(number: RawFd) -> io::Result<OwnedFd> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    let standard = (0..=2).contains(&number);
    let open = std::fs::symlink_metadata(format!("/proc/self/fd/{number}")).is_ok();
    if standard || !open || TAKEN.swap(true, Ordering::SeqCst) {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    // SAFETY: the descriptor is open (checked just now), is not one of the standard streams that
    // std owns, and TAKEN makes sure that nobody got it from here before; the caller starts with
    // this, before any other descriptor of the process is opened.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}
