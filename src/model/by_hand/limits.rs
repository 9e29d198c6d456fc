//! The commands for operations on what a process may do. setpriv(1) of util-linux changes itself and
//! executes a shell, so each goes on in a shell in the shell; perl makes the bare calls. Called by
//! `by_hand` alone.

use super::ipc::perl;
use super::{Desk, SHELL, key, quoted};
use crate::model::Op;
use crate::model::filter::{self, Filter};
use crate::model::op::{Cap, Caps};
use crate::model::tries::Try;
use crate::model::user::Set;

/// What gives a shell back what [`line`] kept from it, as any execve(2) by uid 0 would.
const EXEC: &str = "exec setpriv --securebits=-noroot --inh-caps=-all --ambient-caps=-all sh";

impl Desk {
    /// Remembers what the next execve(2) must leave alone.
    pub(super) fn note_limits(&mut self, op: &Op, actor: &str) {
        if leaves_ambient(op) {
            self.ambient.insert(key(op, actor));
        }
        if takes_for_now(op) {
            self.lacking.insert(key(op, actor));
        }
    }

    /// dash gives the terminal back before an execve(2), to the process group that it was started in. For
    /// number 1 of a PID namespace that group has no number, and it ends: a child of it must do that.
    pub(super) fn before_exec(&mut self, op: &Op, actor: &str) -> Option<String> {
        let shell = key(op, actor);
        let as_first = matches!(op, Op::Exec(_)) && self.firsts.contains(&shell);
        (as_first && self.nested.insert(shell))
            .then(|| "sh  # dash cannot exec as number 1".to_owned())
    }

    /// A shell that keeps capabilities keeps them in its ambient set, which a program's own
    /// execve(2) would not have filled.
    pub(super) fn exec_line(&mut self, op: &Op, path: Option<&str>) -> String {
        if let Some(path) = path {
            // Without -p, sh gives up what a set-user-ID file has given it.
            return format!("exec {} -p", quoted(path));
        }
        let shell = key(op, op.by().unwrap_or_default());
        let name = self.kept_name(&shell);
        if self.lacking.remove(&shell) {
            return format!("{EXEC}{name}");
        }
        if self.ambient.contains(&shell) {
            return format!("exec {SHELL}{name}");
        }
        format!("exec setpriv --ambient-caps=-all {SHELL}{name}")
    }
}

/// Whether it takes away something that an execve(2) by uid 0 gives back.
fn takes_for_now(op: &Op) -> bool {
    matches!(op, Op::Caps(caps) if caps.has(Set::Effective) || caps.has(Set::Permitted))
}

/// Whether it leaves something in the ambient set, for programs to come.
fn leaves_ambient(op: &Op) -> bool {
    matches!(op, Op::Caps(caps) if caps.has(Set::Ambient) && !caps.add.is_empty())
}

/// The lines for an operation of `op/limits.rs`; none for any other. `on_host`: it is typed in a shell of the
/// host, and what is tried must come to nothing.
pub(super) fn lines(op: &Op, on_host: bool) -> Vec<String> {
    match op {
        Op::Caps(caps) => vec![format!("setpriv{} {SHELL}", options(caps))],
        Op::NoNewPrivs(_) => vec![format!("setpriv --no-new-privs {SHELL}")],
        Op::Seccomp(seccomp) => vec![install(seccomp.filter)],
        Op::Try(tries) => tries
            .what
            .iter()
            .map(|tried| {
                if on_host {
                    host_line(*tried, &tries.at)
                } else {
                    try_line(*tried, &tries.at)
                }
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn options(caps: &Caps) -> String {
    let words = |none: &str| {
        let signed = |sign: char| {
            move |cap: &Cap| {
                let name = cap.name().strip_prefix("CAP_").unwrap_or(cap.name());
                format!("{sign}{}", name.to_ascii_lowercase())
            }
        };
        let mut words: Vec<String> = Vec::new();
        if let Some(keep) = &caps.keep {
            words.push("-all".to_owned());
            words.extend(keep.iter().map(signed('+')));
        } else if !caps.add.is_empty() {
            // Those two are empty, but in a shell that unshare --keep-caps has filled them for.
            words.push("-all".to_owned());
        } else if !none.is_empty() {
            words.push(none.to_owned());
        }
        words.extend(caps.drop.iter().map(signed('-')));
        words.extend(caps.add.iter().map(signed('+')));
        words.join(",")
    };
    let option = |set: Set, option: &str| {
        let given = caps.has(set).then(|| format!(" {option}={}", words("")));
        given.unwrap_or_default()
    };
    let mut bounding = option(Set::Bounding, "--bounding-set");
    if caps.has(Set::Bounding) && !caps.has(Set::Inheritable) {
        // unshare --keep-caps may have filled it, and by uid 0 it comes through an execve(2).
        bounding += " --inh-caps=-all";
    }
    // By uid 0 execve(2) computes both sets anew, unless securebits say otherwise: then what is
    // ambient is what the shell has.
    let for_now = caps.has(Set::Effective) || caps.has(Set::Permitted);
    if for_now && caps.add.is_empty() {
        let set = words("+all");
        return format!("{bounding} --securebits=+noroot --inh-caps={set} --ambient-caps={set}");
    }
    bounding + &option(Set::Inheritable, "--inh-caps") + &option(Set::Ambient, "--ambient-caps")
}

/// `struct sock_filter` is a number of an operation, two jumps and a value: load the number of the call,
/// compare it with each, allow; or refuse with EPERM. seccomp(2) wants the architecture checked
/// first; who types this knows it.
fn install(filter: Filter) -> String {
    let calls: Vec<String> = filter.refuses().iter().map(|name| number(name)).collect();
    perl(&format!(
        "{NUMBERS}@n = ({}); $j = @n; \
         $f = join \"\", map pack(\"SCCL\", @$_), [0x20,0,0,0], (map [0x15,$j--,0,$_], @n), \
         [0x06,0,0,0x7fff0000], [0x06,0,0,0x50001]; \
         syscall({}, 1, 0, pack(\"Sx6P\", @n + 3, $f)) == 0 or die \"seccomp: $!\\n\"; exec \"sh\"",
        calls.join(", "),
        number("seccomp")
    ))
}

/// The number of a call, or what perl's own table calls it.
pub(super) fn number(call: &str) -> String {
    let known = filter::number(call);
    known.map_or_else(|| format!("&SYS_{call}"), |number| number.to_string())
}

/// Loads that table where ours does not have the numbers.
pub(super) const NUMBERS: &str = if cfg!(target_arch = "x86_64") {
    ""
} else {
    "require \"syscall.ph\"; "
};

/// What fails in the lesson may fail here: it is the answer that counts.
fn try_line(tried: Try, at: &str) -> String {
    let at = quoted(at);
    let line = match tried {
        Try::Mkdir => format!("mkdir {at}/tried && rmdir {at}/tried"),
        Try::Mount => format!("mount -t tmpfs none {at} && umount {at}"),
        Try::Mknod => format!("mknod {at}/tried c 1 3"),
        Try::Chown => format!(": > {at}/tried; chown 1 {at}/tried; rm {at}/tried"),
        Try::Chroot => "chroot / true".to_owned(),
        Try::Unshare => "unshare --uts true".to_owned(),
        Try::Setuid => "setpriv --reuid=1 true".to_owned(),
        Try::Rawsocket => perl("socket(S, 2, 3, 1) or print \"$!\\n\""),
        Try::Ptrace => call(&format!(
            "defined($p = fork) or die; if (!$p) {{ sleep 9; exit }} \
             $r = syscall({}, 0x4206, $p, 0, 0); kill 9, $p; $r",
            number("ptrace")
        )),
        Try::Keyctl => call(&format!(
            "syscall({}, 6, 0x7fffffff, 0, 0)",
            number("keyctl")
        )),
        Try::Reboot => call(&format!("syscall({}, 0, 0, 0, 0)", number("reboot"))),
        Try::Dmesg => "dmesg | tail -n 1".to_owned(),
        Try::Clock => "date --set=now > /dev/null".to_owned(),
    };
    format!("{line}; true")
}

/// Where the answer is yes, it is "File exists" or "Invalid argument", or nothing is left behind.
fn host_line(tried: Try, at: &str) -> String {
    let line = match tried {
        Try::Mkdir => "mkdir /proc".to_owned(),
        Try::Mount => call(&format!(
            "syscall({}, \"none\", \"/\", 0, 0x140000, 0)",
            number("mount")
        )),
        Try::Mknod => "mknod /dev/shm/tried c 1 3 && rm /dev/shm/tried".to_owned(),
        Try::Chown => "f=$(mktemp); chown 1 $f; rm $f".to_owned(),
        Try::Clock => call(&format!(
            "$t = pack(\"Lx204\", 0x4000); syscall({}, $t)",
            number("adjtimex")
        )),
        same => return try_line(same, at),
    };
    format!("{line}; true")
}

/// A bare call, and what it answers if that is an error.
fn call(code: &str) -> String {
    perl(&format!("{NUMBERS}{code} == -1 and print \"$!\\n\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_has_its_command() {
        let cases = [
            (
                r#"{"caps": {"sets": ["bounding"], "drop": ["CAP_CHOWN", "CAP_KILL"]}}"#,
                "setpriv --bounding-set=-chown,-kill --inh-caps=-all sh",
            ),
            (
                r#"{"caps": {"sets": ["bounding"], "keep": ["CAP_CHOWN"]}}"#,
                "setpriv --bounding-set=-all,+chown --inh-caps=-all sh",
            ),
            (
                r#"{"caps": {"sets": ["inheritable", "ambient"], "add": ["CAP_NET_RAW"]}}"#,
                "setpriv --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw sh",
            ),
            (
                r#"{"caps": {"sets": ["effective", "permitted"], "drop": ["CAP_KILL"]}}"#,
                "setpriv --securebits=+noroot --inh-caps=+all,-kill --ambient-caps=+all,-kill sh",
            ),
            (
                r#"{"caps": {"sets": ["effective", "permitted"], "keep": []}}"#,
                "setpriv --securebits=+noroot --inh-caps=-all --ambient-caps=-all sh",
            ),
            (r#"{"no_new_privs": {}}"#, "setpriv --no-new-privs sh"),
            (
                r#"{"try": {"at": "/mnt", "what": ["chroot"]}}"#,
                "chroot / true; true",
            ),
        ];
        for (json, line) in cases {
            let op: Op = serde_json::from_str(json).expect("an operation");
            assert_eq!(lines(&op, false), [line], "{json}");
        }
    }
}
