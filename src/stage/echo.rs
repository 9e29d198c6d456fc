//! Answers: whatever byte comes in goes out again. The lab measures how long that takes while a box does
//! its worst; the process is in no box and in none of our cgroups.

use std::io::{Read as _, Write as _};

use crate::kernel::birth;
use crate::kernel::chan::ChanError;

/// Until the lab closes its end.
pub(super) fn run() -> Result<(), ChanError> {
    birth::arm("glassbox:echo").map_err(ChanError::Io)?;
    let (mut input, mut output) = (std::io::stdin(), std::io::stdout());
    let mut byte = [0];
    while input.read_exact(&mut byte).is_ok() {
        if output
            .write_all(&byte)
            .and_then(|()| output.flush())
            .is_err()
        {
            break;
        }
    }
    Ok(())
}
