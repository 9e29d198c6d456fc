//! The commands for operations on cgroups: by hand one needs a cgroup that one may write to. `CG` stands
//! for its directory, since that differs: the root of the v2 hierarchy for real root, the directory of
//! a scope for an ordinary user. Called by `by_hand` alone.

use super::quoted;
use crate::model::Op;

/// Said before the first of these commands: who may do this, and where.
pub(super) const WHERE: [&str; 3] = [
    "# cgroup v2. For real root: CG=/sys/fs/cgroup. Else start a shell that may:",
    "#   systemd-run --user --scope -p Delegate=yes sh",
    "#   CG=/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup); mkdir $CG/me; echo $$ > $CG/me/cgroup.procs",
];

/// The lines for an operation of `op/cgroup.rs`; none for any other. `number` is how to learn that
/// of a process.
pub(super) fn lines(op: &Op, number: impl Fn(&str) -> String) -> Vec<String> {
    let write = |cgroup: &str, file: &str, value: &str| {
        vec![format!("echo {} > $CG/{cgroup}/{file}", quoted(value))]
    };
    match op {
        Op::Cgroup(make) => {
            let line = format!("mkdir $CG/{}", make.name);
            if make.name.contains('/') {
                return vec![line];
            }
            vec![hand_on("$CG/cgroup.subtree_control"), line]
        }
        Op::Enable(enable) => {
            let words: Vec<String> = enable.controllers.iter().map(|n| format!("+{n}")).collect();
            write(&enable.cgroup, "cgroup.subtree_control", &words.join(" "))
        }
        Op::Limit(limit) => {
            let mut lines = write(&limit.cgroup, &limit.file, &limit.value);
            lines.push(format!("cat $CG/{}/{}", limit.cgroup, limit.file));
            if limit.file == "io.max" {
                lines.insert(0, "# disk: its numbers, MAJ:MIN in lsblk".to_owned());
            }
            lines
        }
        Op::Move(to) => vec![format!(
            "echo PID > $CG/{}/cgroup.procs  # PID: {}",
            to.cgroup,
            number(&to.who)
        )],
        Op::Freeze(whole) => write(&whole.cgroup, "cgroup.freeze", "1"),
        Op::Thaw(whole) => write(&whole.cgroup, "cgroup.freeze", "0"),
        Op::Killall(whole) => write(&whole.cgroup, "cgroup.kill", "1"),
        Op::Rmcgroup(whole) => vec![format!("rmdir $CG/{}", whole.cgroup)],
        Op::Observe(_) => vec!["# look on for a while".to_owned()],
        _ => Vec::new(),
    }
}

/// Every controller that is there is handed on: without this, a new cgroup has no files to write to.
fn hand_on(file: &str) -> String {
    format!("for c in cpu memory pids; do echo +$c > {file}; done")
}

/// A program that is born in a cgroup: its shell moves there first, and then becomes it.
pub(super) fn born_in(cgroup: &str, program: &str) -> String {
    // A shell to be typed into is not one for the background.
    let (program, background) = match program.strip_suffix(" &") {
        Some(program) => (program, " &"),
        None => (program, ""),
    };
    let move_there = format!("echo $$ > $CG/{cgroup}/cgroup.procs");
    let script = quoted(&format!("{move_there}; exec {program}"));
    format!("sh -c {script}{background}")
}
