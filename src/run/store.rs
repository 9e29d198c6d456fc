//! Where a learner's own things are kept between sessions. Called by `tui`; so far it only knows the
//! place.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;

use crate::cli::Options;

/// `--state DIR`, or `glassbox` in the user's state folder (XDG_STATE_HOME, else ~/.local/state).
/// `None` for a user without a home: nothing is kept then.
pub(super) fn folder(options: &Options) -> Option<PathBuf> {
    if let Some(folder) = &options.state {
        return Some(folder.clone());
    }
    std::env::var_os("HOME").filter(|home| !home.is_empty())?;
    let base = etcetera::base_strategy::Xdg::new().ok()?;
    base.state_dir().map(|folder| folder.join("glassbox"))
}
