//! Signals by name, and the masks of proc_pid_status(5) taken apart. The numbers are those of x86,
//! ARM and most others: signal(7), "Signal numbering for standard signals".

/// All standard signals by number, from 1 to 31.
#[rustfmt::skip]
const NAMES: [&str; 31] = [
    "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL",
    "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD",
    "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ",
    "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
];

/// The name of a signal; its number where it has none, as real-time signals do.
#[must_use]
pub fn name(number: u32) -> String {
    let position = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
    match position.and_then(|position| NAMES.get(position)) {
        Some(name) => (*name).to_owned(),
        None => format!("signal {number}"),
    }
}

/// The number of a signal's name.
#[must_use]
pub fn number(name: &str) -> Option<u32> {
    let position = NAMES.iter().position(|known| *known == name)?;
    u32::try_from(position + 1).ok()
}

/// The numbers in a mask, the lowest first: bit n-1 stands for signal n.
pub fn numbers(mask: u64) -> impl Iterator<Item = u32> {
    (1..=64).filter(move |number| mask >> (number - 1) & 1 == 1)
}

/// The names in a mask, the lowest number first.
#[must_use]
pub fn names(mask: u64) -> Vec<String> {
    numbers(mask).map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_one_below_the_number() {
        // bash, as proc_pid_status(5) is mostly shown: SigCgt 0000000000014002.
        assert_eq!(names(0x1_4002), ["SIGINT", "SIGTERM", "SIGCHLD"]);
        assert_eq!(names(1), ["SIGHUP"]);
        assert_eq!(names(1 << 30), ["SIGSYS"]);
        assert_eq!(names(1 << 63 | 1 << 31), ["signal 32", "signal 64"]);
        assert!(names(0).is_empty());
    }

    #[test]
    fn numbers_have_their_names() {
        for (number, expected) in [(9, "SIGKILL"), (15, "SIGTERM"), (17, "SIGCHLD")] {
            assert_eq!(name(number), expected);
            assert_eq!(super::number(expected), Some(number));
        }
        assert_eq!(name(0), "signal 0");
        assert_eq!(super::number("SIGNIX"), None);
    }
}
