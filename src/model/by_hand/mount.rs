//! The command for mount(2): mount(8). Called by `by_hand` alone.

use super::quoted;
use crate::model::op::Mount;

pub(super) fn line(mount: &Mount) -> String {
    let has = |flag: &str| mount.flags.iter().any(|known| known == flag);
    let recursive = if has("rec") { "r" } else { "" };
    let propagation = ["private", "slave", "shared"]
        .into_iter()
        .find(|kind| has(kind));
    if let Some(kind) = propagation {
        return format!("mount --make-{recursive}{kind} {}", quoted(&mount.target));
    }
    let mut words = vec!["mount".to_owned()];
    if let Some(fstype) = &mount.fstype {
        words.extend(["-t".to_owned(), quoted(fstype)]);
    }
    if has("bind") && !has("remount") {
        words.push(format!("--{recursive}bind"));
    }
    let in_options = ["remount", "ro", "nosuid", "nodev", "noexec"];
    let mut options: Vec<&str> = in_options.into_iter().filter(|flag| has(flag)).collect();
    if has("remount") && has("bind") {
        options.push("bind");
    }
    options.extend(mount.data.as_deref());
    if !options.is_empty() {
        words.extend(["-o".to_owned(), quoted(&options.join(","))]);
    }
    words.extend([quoted(&mount.source), quoted(&mount.target)]);
    words.join(" ")
}
