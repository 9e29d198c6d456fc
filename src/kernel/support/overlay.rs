//! The attempt `overlay`: all that the lesson about layers does, in a directory of ours on disk that
//! is removed at once. Called by `attempt`, in a probe process.

use std::fs;
use std::path::Path;

use nix::mount::{MntFlags, MsFlags};

use super::attempt::{Failure, Step, Tried};
use crate::kernel::workdir::WorkDir;
use crate::model::Errno;

/// Makes the directory while we still are who we are, enters with `enter`, tries, and removes it.
pub(super) fn attempt(enter: impl FnOnce() -> Tried) -> Tried {
    let work = WorkDir::make().map_err(|errno| failure(Step::WorkDir, errno))?;
    let tried = enter().and_then(|()| own_layers(&work).and_then(|()| etc(&work)));
    // What cannot be removed is swept by the next one.
    let _ = work.remove();
    tried
}

/// Two layers of our own: a deleted directory that is made again must hide the old one.
fn own_layers(work: &WorkDir) -> Tried {
    let lower = folder(work, "lower")?;
    file(Step::WorkDir, fs::create_dir(Path::new(&lower).join("d")))?;
    let merged = overlay(work, &lower, Step::Overlay)?;
    let inside = Path::new(&merged).join("d");
    let marked = file(Step::OverlayMarks, fs::remove_dir(&inside))
        .and_then(|()| file(Step::OverlayMarks, fs::create_dir(&inside)));
    leave(&merged);
    marked
}

/// The host's /etc as a lower layer.
fn etc(work: &WorkDir) -> Tried {
    let merged = overlay(work, "/etc", Step::OverlayOverEtc)?;
    let removed = file(
        Step::OverlayOverEtc,
        fs::remove_file(Path::new(&merged).join("passwd")),
    );
    leave(&merged);
    removed
}

fn overlay(work: &WorkDir, lower: &str, step: Step) -> Result<String, Failure> {
    let name = if step == Step::Overlay { "own" } else { "etc" };
    let [upper, scratch, merged] = ["upper", "work", "merged"].map(|part| format!("{name}-{part}"));
    let (upper, scratch) = (folder(work, &upper)?, folder(work, &scratch)?);
    let merged = folder(work, &merged)?;
    let options = format!("lowerdir={lower},upperdir={upper},workdir={scratch},userxattr");
    nix::mount::mount(
        Some("overlay"),
        merged.as_str(),
        Some("overlay"),
        MsFlags::empty(),
        Some(options.as_str()),
    )
    .map_err(|errno| failure(step, errno.into()))?;
    Ok(merged)
}

fn folder(work: &WorkDir, name: &str) -> Result<String, Failure> {
    work.folder(name)
        .map_err(|errno| failure(Step::WorkDir, errno))
}

fn leave(merged: &str) {
    // The mount goes with this process anyhow; now, so that its directories can be removed.
    let _ = nix::mount::umount2(merged, MntFlags::MNT_DETACH);
}

fn file(step: Step, result: std::io::Result<()>) -> Tried {
    result.map_err(|error| failure(step, Errno::from(&error)))
}

fn failure(step: Step, errno: Errno) -> Failure {
    Failure {
        step,
        errno: Some(errno),
    }
}
