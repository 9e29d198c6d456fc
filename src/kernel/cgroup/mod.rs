//! Cgroups: where they are on this machine, a subtree of our own in them, limits written and read
//! back, counters, and their end. Called by the broker, the lab, the guardian's last sweep and
//! `doctor`. Touches nothing outside directories that are called `glassbox-PID`.
//!
//! Sources: cgroups(7) and the kernel's Documentation/admin-guide/cgroup-v2.rst.

pub mod base;
pub mod dir;
pub mod disk;
pub mod end;
pub mod events;
mod find;
pub mod limits;
mod parse;
pub mod read;
mod site;
pub mod sweep;

use std::os::fd::AsFd as _;

use crate::model::cgroup::{Layout, Version};

pub use base::Base;
pub use dir::Dir;
pub use find::{Tree, trees, trees_of};

/// Which interface is mounted for what, where nothing of ours is there to tell.
#[must_use]
pub fn layout() -> Layout {
    let mut layout = Layout::default();
    for tree in trees().unwrap_or_default() {
        if tree.version == Version::V1 {
            let names = tree
                .place
                .controllers
                .iter()
                .filter(|name| *name != "cpuacct");
            let names = names.map(|name| if name == "blkio" { "io" } else { name });
            layout
                .controllers
                .extend(names.map(|name| (name.to_owned(), Version::V1)));
            continue;
        }
        layout.v2 = true;
        let bytes = tree.open(&tree.root).ok().and_then(|dir| {
            crate::kernel::proc::read_at(dir.as_fd(), "cgroup.controllers", dir::CAP).ok()
        });
        let text = String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
        let names = text
            .split_whitespace()
            .map(|name| (name.to_owned(), Version::V2));
        layout.controllers.extend(names);
    }
    layout
}

/// Ends and removes what the glassbox with that number, the guardian's, has left. Quick where there is
/// nothing: most have made no cgroup.
pub fn sweep_own(number: i32) {
    if let Ok(trees) = trees() {
        sweep::own(&trees, number);
    }
}

/// What the name of every directory of ours begins with; the number of the outermost process follows.
pub const MARK: &str = "glassbox-";
/// Where our own helpers live, below the marked directory.
pub const OWN: &str = "own";
/// Where the lessons' cgroups lie, with the caps that they cannot lift.
pub const LESSON: &str = "lesson";
/// Where whoever made all this lives, if it must live somewhere in it.
pub const KEEPER: &str = "keeper";
