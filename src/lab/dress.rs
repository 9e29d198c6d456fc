//! What a shell is started with: the program, its arguments, its environment and its prompt. Reads
//! the environment that glassbox itself was started with; called by `shell` alone.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use crate::model::Untrusted;
use crate::model::wire::Enter;

/// Which shell is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// The learner's own, as they have set it up.
    Own,
    /// The learner's own, without what they have set up: it did not survive that.
    Bare,
    /// The caller's own on the caller's own terminal.
    Guest {
        /// Whether the caller is the learner, whose home is open to the box.
        at_home: bool,
    },
    /// `/bin/sh` with nothing but this prompt, for a program that types.
    Scripted {
        /// The whole prompt, also of shells that are started in it.
        prompt: String,
    },
}

/// What emulator the programs talk to: what ours understands is in that entry of terminfo(5).
const TERM: &str = "xterm-256color";
/// Speaks of the terminal that glassbox itself is in.
const NOT_OURS: [&str; 4] = ["TERM", "COLUMNS", "LINES", "TERMCAP"];
/// What of the environment enters a box. Not more: a box holds no key to the learner's sessions.
const INTO_A_BOX: [&str; 14] = [
    "HOME",
    "USER",
    "LOGNAME",
    "PATH",
    "LANG",
    "LANGUAGE",
    "TZ",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "LESS",
    "LS_COLORS",
    "COLORTERM",
    "SHELL",
];
const EVERYWHERE: [&str; 6] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];
/// Login shells of accounts that may not have one.
const NO_SHELLS: [&str; 3] = ["nologin", "false", "true"];

type Variables = Vec<(Vec<u8>, Vec<u8>)>;

/// What to hand to the keeper of a shell in that box, or on the host.
#[must_use]
pub fn dress(box_name: Option<&str>, manner: &Manner) -> Enter {
    let bytes = |(name, value): (OsString, OsString)| (name.into_vec(), value.into_vec());
    dress_from(std::env::vars_os().map(bytes).collect(), box_name, manner)
}

fn dress_from(mut all: Variables, box_name: Option<&str>, manner: &Manner) -> Enter {
    let own = get(&all, "SHELL").filter(|path| is_shell(path));
    if *manner == (Manner::Guest { at_home: false }) {
        all.retain(|(name, _)| name != b"HOME");
    }
    let home = get(&all, "HOME").filter(|_| box_name.is_some());
    let terminal = get(&all, "TERM").unwrap_or_default();
    all.retain(|(name, _)| !is(name, &NOT_OURS));
    let scripted = matches!(manner, Manner::Scripted { .. });
    if box_name.is_some() || scripted {
        all.retain(|(name, _)| is(name, &INTO_A_BOX) || name.starts_with(b"LC_"));
        // An administrator's commands are in places that are not on everybody's way.
        set(&mut all, "PATH", with_everywhere);
        // What is typed in a box means something else outside: it stays out of the history there.
        set(&mut all, "HISTFILE", |_| Vec::new());
    }
    let (term, prompt) = match (manner, box_name) {
        (Manner::Scripted { prompt }, _) => (b"dumb".to_vec(), Some(prompt.clone())),
        (Manner::Guest { .. }, Some(name)) => (terminal, Some(prompt_of(name))),
        (_, Some(name)) => (TERM.into(), Some(prompt_of(name))),
        (_, None) => (TERM.into(), None),
    };
    set(&mut all, "TERM", |_| term.clone());
    if let Some(prompt) = &prompt {
        set(&mut all, "PS1", |_| prompt.clone().into());
    }
    let mut programs = Vec::new();
    if let (Some(own), false) = (&own, scripted) {
        // Without a home bash looks for that of uid 0, which is not the learner's.
        let homeless = box_name.is_some() && home.is_none() && last_part(own) == b"bash";
        let bare = *manner == Manner::Bare || homeless;
        programs.push(with_arguments(own, prompt.as_deref(), bare));
    }
    if let (Some(prompt), false) = (&prompt, scripted) {
        // bash alone heeds it: the last word about the prompt, after whatever a .bashrc says.
        set(&mut all, "PROMPT_COMMAND", |_| {
            format!("PS1='{prompt}'").into()
        });
    }
    let words = |words: &[&str]| words.iter().map(Untrusted::from).collect();
    programs.push(words(&["/bin/sh"]));
    programs.push(words(&["/bin/busybox", "sh"]));
    let joined = |(name, value): (Vec<u8>, Vec<u8>)| [name, value].join(&b'=');
    Enter {
        programs,
        environment: all.into_iter().map(joined).map(Untrusted::from).collect(),
        home: home.map(Untrusted::from),
        more: false,
    }
}

/// For a program of somebody's choice in a box. One without a slash is looked for where a shell of the
/// box would look.
pub(super) fn command(argv: &[Untrusted], terminal: bool) -> Enter {
    let bytes = |(name, value): (OsString, OsString)| (name.into_vec(), value.into_vec());
    let all = std::env::vars_os().map(bytes).collect();
    command_from(all, argv, terminal)
}

fn command_from(mut all: Variables, argv: &[Untrusted], terminal: bool) -> Enter {
    let home = get(&all, "HOME");
    all.retain(|(name, _)| is(name, &INTO_A_BOX) || name.starts_with(b"LC_") || name == b"TERM");
    set(&mut all, "PATH", with_everywhere);
    set(&mut all, "HISTFILE", |_| Vec::new());
    if !terminal {
        all.retain(|(name, _)| name != b"TERM");
    }
    let path = get(&all, "PATH").unwrap_or_default();
    let name = argv.first().map_or(&b""[..], Untrusted::as_bytes);
    let places: Vec<Vec<u8>> = if name.contains(&b'/') {
        vec![name.to_vec()]
    } else {
        let places = path.split(|byte| *byte == b':');
        places.map(|place| [place, name].join(&b'/')).collect()
    };
    let with_place = |place: Vec<u8>| {
        let rest = argv.iter().skip(1).cloned();
        std::iter::once(Untrusted::from(place))
            .chain(rest)
            .collect()
    };
    let joined = |(name, value): (Vec<u8>, Vec<u8>)| [name, value].join(&b'=');
    Enter {
        programs: places.into_iter().map(with_place).collect(),
        environment: all.into_iter().map(joined).map(Untrusted::from).collect(),
        home: home.map(Untrusted::from),
        more: true,
    }
}

/// The directory is filled in by the shell, each time.
fn prompt_of(box_name: &str) -> String {
    format!("[{box_name}] $PWD> ")
}

/// The learner's shell, told about the prompt where it would not read it from its environment.
fn with_arguments(path: &[u8], prompt: Option<&str>, bare: bool) -> Vec<Untrusted> {
    let name = String::from_utf8_lossy(last_part(path)).into_owned();
    let fish = prompt.map(|prompt| {
        let start = prompt.trim_end_matches("$PWD> ");
        format!("function fish_prompt; echo -n '{start}'$PWD'> '; end")
    });
    let more: Vec<&str> = match (name.as_str(), &fish) {
        ("bash", _) if bare => vec!["--norc"],
        // Its set-up has the last word about the prompt, so in a box it goes without.
        ("zsh", Some(_)) => vec!["-f", "-o", "promptsubst"],
        ("zsh", None) if bare => vec!["-f"],
        ("fish", _) if bare => vec!["--no-config"],
        ("fish", Some(function)) => vec!["-C", function],
        _ => Vec::new(),
    };
    let mut words = vec![Untrusted::from(path)];
    words.extend(more.into_iter().map(Untrusted::from));
    words
}

fn is_shell(path: &[u8]) -> bool {
    path.starts_with(b"/") && !is(last_part(path), &NO_SHELLS)
}

/// The last part of a path.
pub(super) fn last_part(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

fn is(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|known| known.as_bytes() == name)
}

fn get(all: &Variables, wanted: &str) -> Option<Vec<u8>> {
    let found = all.iter().find(|(name, _)| name == wanted.as_bytes());
    found.map(|(_, value)| value.clone())
}

fn set(all: &mut Variables, name: &str, value: impl Fn(Option<Vec<u8>>) -> Vec<u8>) {
    let value = value(get(all, name));
    all.retain(|(known, _)| known != name.as_bytes());
    all.push((name.into(), value));
}

fn with_everywhere(path: Option<Vec<u8>>) -> Vec<u8> {
    let path = path.unwrap_or_default();
    let mut parts: Vec<&[u8]> = path.split(|byte| *byte == b':').collect();
    parts.retain(|part| !part.is_empty());
    for part in EVERYWHERE {
        if !parts.contains(&part.as_bytes()) {
            parts.push(part.as_bytes());
        }
    }
    parts.join(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        let pair = |(name, value): &(&str, &str)| (name.as_bytes().into(), value.as_bytes().into());
        pairs.iter().map(pair).collect()
    }

    fn has(dress: &Enter, variable: &str) -> bool {
        let wanted = variable.as_bytes();
        dress
            .environment
            .iter()
            .any(|found| found.as_bytes() == wanted)
    }

    fn named(dress: &Enter, name: &str) -> bool {
        let start = format!("{name}=").into_bytes();
        let mut all = dress.environment.iter();
        all.any(|found| found.as_bytes().starts_with(&start))
    }

    fn words(dress: &Enter) -> Vec<Vec<String>> {
        let text = |argv: &Vec<Untrusted>| argv.iter().map(Untrusted::text).collect();
        dress.programs.iter().map(text).collect()
    }

    const LEARNER: &[(&str, &str)] = &[
        ("HOME", "/home/ann"),
        ("SHELL", "/bin/bash"),
        ("PATH", "/usr/bin:/bin"),
        ("TERM", "foot"),
        ("COLUMNS", "80"),
        ("SSH_AUTH_SOCK", "/run/agent"),
        ("LC_ALL", "C.UTF-8"),
    ];

    #[test]
    fn the_hosts_shell_keeps_the_environment_but_not_the_terminal() {
        let host = dress_from(variables(LEARNER), None, &Manner::Own);
        assert_eq!(words(&host)[0], ["/bin/bash"]);
        assert!(has(&host, "SSH_AUTH_SOCK=/run/agent") && has(&host, "PATH=/usr/bin:/bin"));
        assert!(has(&host, "TERM=xterm-256color") && !named(&host, "COLUMNS"));
        assert!(!named(&host, "PS1") && !named(&host, "HISTFILE"));
    }

    #[test]
    fn a_boxs_shell_says_where_it_is_and_holds_no_keys() {
        let inside = dress_from(variables(LEARNER), Some("red"), &Manner::Own);
        assert!(has(&inside, "PS1=[red] $PWD> "));
        assert!(has(&inside, "PROMPT_COMMAND=PS1='[red] $PWD> '"));
        assert!(has(&inside, "HISTFILE=") && has(&inside, "LC_ALL=C.UTF-8"));
        assert!(!named(&inside, "SSH_AUTH_SOCK"));
        let path = "PATH=/usr/bin:/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin";
        assert!(has(&inside, path));
        assert_eq!(inside.home, Some(Untrusted::from("/home/ann")));
    }

    #[test]
    fn a_program_is_looked_for_where_a_shell_would_look() {
        let argv = |name: &str| [name, "-l"].map(Untrusted::from);
        let enter = |name: &str| command_from(variables(LEARNER), &argv(name), false);
        let first = |enter: &Enter| -> Vec<String> {
            enter.programs.iter().map(|argv| argv[0].text()).collect()
        };
        let found = first(&enter("ls"));
        assert_eq!(found[..2], ["/usr/bin/ls", "/bin/ls"]);
        assert!(found.contains(&"/sbin/ls".to_owned()));
        let by_path = enter("./tool");
        assert_eq!(first(&by_path), ["./tool"]);
        assert_eq!(by_path.programs[0][1], Untrusted::from("-l"));
        let named = |enter: &Enter, name: &[u8]| {
            let mut all = enter.environment.iter();
            all.any(|it| it.as_bytes().starts_with(name))
        };
        assert!(!named(&by_path, b"SSH_AUTH_SOCK=") && !named(&by_path, b"TERM="));
        let terminal = command_from(variables(LEARNER), &argv("top"), true);
        assert!(named(&terminal, b"TERM=foot") && named(&terminal, b"LC_ALL="));
    }

    #[test]
    fn a_guest_is_seen_on_the_terminal_it_came_with() {
        let guest = |at_home| {
            let manner = Manner::Guest { at_home };
            dress_from(variables(LEARNER), Some("red"), &manner)
        };
        let learner = guest(true);
        assert!(has(&learner, "TERM=foot") && has(&learner, "PS1=[red] $PWD> "));
        assert!(has(&learner, "HOME=/home/ann"));
        assert_eq!(words(&learner)[0], ["/bin/bash"]);
        let root = guest(false);
        assert!(!named(&root, "HOME") && root.home.is_none());
        assert_eq!(words(&root)[0], ["/bin/bash", "--norc"]);
    }

    #[test]
    fn every_shell_is_told_in_its_own_way_and_sh_is_the_last_resort() {
        let argv = |shell, manner| {
            let all = variables(&[("SHELL", shell)]);
            words(&dress_from(all, Some("box"), &manner))
        };
        let sh = vec!["/bin/sh".to_owned()];
        assert_eq!(argv("/bin/bash", Manner::Bare)[0], ["/bin/bash", "--norc"]);
        assert_eq!(argv("/bin/zsh", Manner::Own)[0][1], "-f");
        let function = "function fish_prompt; echo -n '[box] '$PWD'> '; end";
        assert_eq!(argv("/usr/bin/fish", Manner::Own)[0][2], function);
        for none in ["", "bash", "/usr/sbin/nologin"] {
            assert_eq!(argv(none, Manner::Own)[0], sh, "{none:?}");
        }
        let prompt = "READY>".to_owned();
        assert_eq!(argv("/bin/zsh", Manner::Scripted { prompt })[0], sh);
    }
}
