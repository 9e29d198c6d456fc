//! The kernel's keys: one thin function for each call. Used by the stage, which makes sure that the
//! keyring is the box's own. Source: keyrings(7), keyctl(2), add_key(2).

use std::ffi::CString;

use super::sys::keys as sys;
use crate::model::{Errno, Untrusted};

/// What is longer is not read.
const LONGEST: usize = 256;

/// keyctl(2), `KEYCTL_JOIN_SESSION_KEYRING`, without a name: a new one. Returns its number.
pub fn new_session() -> Result<i64, Errno> {
    sys::join_new_session_keyring()
}

/// add_key(2) of the type `user`, into the session keyring. Returns the key's number.
pub fn add(name: &str, text: &str) -> Result<i64, Errno> {
    sys::add_user_key(&c_string(name)?, text.as_bytes())
}

/// keyctl(2), `KEYCTL_SEARCH`, in the session keyring. Returns the key's number.
pub fn search(name: &str) -> Result<i64, Errno> {
    sys::search_user_key(&c_string(name)?)
}

/// keyctl(2), `KEYCTL_READ`.
pub fn read(key: i64) -> Result<Untrusted, Errno> {
    let mut buffer = [0; LONGEST];
    let length = sys::read_key(key, &mut buffer)?;
    Ok(Untrusted::from(&buffer[..length.min(LONGEST)]))
}

fn c_string(text: &str) -> Result<CString, Errno> {
    CString::new(text).map_err(|_| Errno::EINVAL)
}
