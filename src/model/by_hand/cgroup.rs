//! The commands for operations on cgroups: by hand one needs a cgroup that one may write to. `CG` stands
//! for its directory, since that differs: the root of the v2 hierarchy for real root, the directory of
//! a scope for an ordinary user. Called by `by_hand` alone.

use super::quoted;
use crate::model::Op;

/// What a lesson begins with that makes cgroups: who may, and where. Later shells need CG, too, and
/// whoever moves itself must already be below a directory that it may write to: cgroups(7),
/// "Delegation containment". With cgroup v1 /sys/fs/cgroup is a tmpfs, where mkdir(1) and echo would succeed
/// and limit nothing: there the lines are to fail.
pub(super) const WHERE: [&str; 6] = [
    "# as real root, with cgroup v2; the same in each terminal to come:",
    "export CG=/sys/fs/cgroup",
    "[ -e $CG/cgroup.controllers ] || CG=/no/cgroup/v2/here",
    "# else each terminal must be a window of a tmux that may make cgroups:",
    "#   systemd-run --user --scope -p Delegate=yes tmux",
    "#   export CG=/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup); mkdir $CG/me; for p in $(cat $CG/cgroup.procs); do \
     echo $p > $CG/me/cgroup.procs; done 2>/dev/null; tmux setenv CG $CG",
];

/// Every controller that is there is handed on: without this, a new cgroup has no files to write to.
const HAND_ON: &str = "for c in $(grep -Eow 'cpu|cpuset|io|memory|pids' $CG/cgroup.controllers); do \
                       echo +$c > $CG/cgroup.subtree_control; done";

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
            vec![HAND_ON.to_owned(), line]
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

/// A program that is born in a cgroup: its shell moves there first, and then becomes it.
pub(super) fn born_in(cgroup: &str, program: &str) -> String {
    // A shell to be typed into is not one for the background.
    let (program, background) = match program.strip_suffix(" &") {
        Some(program) => (program, " &"),
        None => (program, ""),
    };
    let move_there = format!("echo $$ > $CG/{cgroup}/cgroup.procs");
    let script = quoted(&format!("{move_there} && exec {program}"));
    format!("sh -c {script}{background}")
}

#[cfg(test)]
mod tests {
    use crate::model::Op;
    use crate::model::by_hand::commands;
    use crate::model::port::BoxSpec;

    #[test]
    fn who_makes_cgroups_stands_outside_and_helper_in_a_terminal_of_its_own() {
        let op = |json: &str| serde_json::from_str::<Op>(json).expect("an operation");
        let spec: BoxSpec = serde_json::from_str(r#"{"name": "box"}"#).expect("a box");
        let spec = BoxSpec {
            cgroups: true,
            ..spec
        };
        let first = [
            op(r#"{"cgroup": {"name": "jar"}}"#),
            op(r#"{"fork": {"workload": "ticker", "cgroup": "jar"}}"#),
        ];
        let limit = [op(
            r#"{"limit": {"cgroup": "jar", "file": "pids.max", "value": "9"}}"#,
        )];
        let lines = commands(std::slice::from_ref(&spec), &[], &first);
        assert_eq!(lines[0][..6], super::WHERE);
        assert_eq!(lines[0][6..], [super::HAND_ON, "mkdir $CG/jar"]);
        assert_eq!(
            lines[1],
            [
                "# in a new terminal, to be helper:",
                "unshare --user --map-root-user sh",
                "sh -c 'echo $$ > $CG/jar/cgroup.procs && exec sleep 600' &",
            ]
        );
        assert_eq!(
            commands(&[spec], &first, &limit)[0],
            [
                "# where CG is set:",
                "echo 9 > $CG/jar/pids.max",
                "cat $CG/jar/pids.max"
            ]
        );
    }

    #[test]
    fn a_cgroup_that_is_killed_gives_back_the_shell_that_waits() {
        let op = |json: &str| serde_json::from_str::<Op>(json).expect("an operation");
        let init = op(r#"{"clone": {"ns": ["pid"], "workload": "init", "cgroup": "jar"}}"#);
        let kill = op(r#"{"killall": {"cgroup": "jar"}}"#);
        let next = op(r#"{"fork": {"workload": "ticker"}}"#);
        let lines = commands(&[], &[], &[init, kill, next]);
        assert_eq!(
            lines[0][0],
            "sh -c 'echo $$ > $CG/jar/cgroup.procs && exec unshare --user --map-root-user --pid --fork \
             sh -s init'"
        );
        assert_eq!(lines[2], ["# in the shell that is helper:", "sleep 600 &"]);
    }
}
