//! The switches that a command line sets. Called by `lab`; knows nothing of what becomes of them.

use crate::cli::Desk;
use crate::model::recipe::{self, Recipe, Root, Wrong};

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) recipe: Recipe,
    /// The program that a line for docker names.
    pub(super) command: Vec<String>,
    /// What is to be said about it.
    pub(super) said: Vec<String>,
}

/// From the command line; or what is wrong with it.
pub(super) fn recipe(desk: &Desk) -> Result<Asked, String> {
    let docker = desk.docker.as_deref().map(recipe::docker).transpose();
    let docker = docker.map_err(|why| format!("--docker: {why}"))?;
    let (mut recipe, command, mut said) = docker.map_or_else(Default::default, |read| {
        (read.recipe, read.command, read.said)
    });
    if let Some(kinds) = read(desk.ns.as_deref(), "--ns", recipe::kinds)? {
        recipe.ns = kinds;
    }
    if let Some((root, read_only)) = read(desk.root.as_deref(), "--root", root)? {
        recipe.root = root;
        recipe.read_only |= read_only;
    }
    recipe.read_only |= desk.read_only;
    let Desk {
        hostname,
        memory,
        cpus,
        pids,
        ..
    } = desk;
    let name = read(hostname.as_deref(), "--hostname", recipe::hostname)?;
    recipe.hostname = name.or(recipe.hostname);
    recipe.memory = read(memory.as_deref(), "--memory", recipe::memory)?.or(recipe.memory);
    recipe.cpu = read(cpus.as_deref(), "--cpus", recipe::cpus)?.or(recipe.cpu);
    recipe.pids = read(pids.as_deref(), "--pids", recipe::pids)?.or(recipe.pids);
    restrain(&mut recipe, desk)?;
    recipe.complete();
    let around = recipe.capped();
    let held = around
        .iter()
        .map(|cap| format!("the limit is set, but glassbox holds all boxes together to {cap}"));
    said.extend(held);
    Ok(Asked {
        recipe,
        command,
        said,
    })
}

fn restrain(recipe: &mut Recipe, desk: &Desk) -> Result<(), String> {
    let caps = |names: &[String], option| -> Result<Vec<_>, String> {
        let read = |name: &String| read(Some(name), option, recipe::capability);
        let caps: Result<Vec<_>, String> = names.iter().map(read).collect();
        Ok(caps?.into_iter().flatten().collect())
    };
    let dropped = caps(&desk.cap_drop, "--cap-drop")?;
    let added = caps(&desk.cap_add, "--cap-add")?;
    recipe.caps = recipe::without(recipe.caps.take(), &dropped, &added);
    recipe.no_new_privs |= desk.no_new_privs;
    let filter = read(desk.seccomp.as_deref(), "--seccomp", recipe::filter)?;
    recipe.seccomp = filter.unwrap_or(recipe.seccomp);
    Ok(())
}

fn read<T>(
    value: Option<&str>,
    option: &str,
    parse: impl Fn(&str) -> Result<T, Wrong>,
) -> Result<Option<T>, String> {
    let Some(value) = value else { return Ok(None) };
    let shown = crate::model::Untrusted::from(value).text();
    let named = |why| format!("{option} `{shown}`: {why}");
    parse(value).map(Some).map_err(named)
}

fn root(text: &str) -> Result<(Root, bool), Wrong> {
    if text == "ro" {
        return Ok((Root::Host, true));
    }
    let found = Root::ALL.into_iter().find(|root| root.name() == text);
    let names = || Wrong("expected host, ro, overlay or own".to_owned());
    found.map(|root| (root, false)).ok_or_else(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use crate::model::NsKind;
    use crate::model::filter::Filter;
    use crate::model::recipe::lines;
    use clap::Parser as _;
    use proptest::prelude::*;

    #[test]
    fn every_option_sets_its_switch() {
        let text = |text: &str| Some(text.to_owned());
        let desk = Desk {
            ns: text("pid"),
            root: text("ro"),
            hostname: text("web"),
            memory: text("64M"),
            cpus: text("0.5"),
            pids: text("20"),
            cap_drop: vec!["ALL".to_owned()],
            no_new_privs: true,
            seccomp: text("no-mkdir"),
            ..Desk::default()
        };
        let Asked { recipe, said, .. } = recipe(&desk).expect("a recipe");
        let wanted = Recipe {
            ns: [NsKind::Mnt, NsKind::Pid, NsKind::User, NsKind::Uts].into(),
            root: Root::Host,
            read_only: true,
            hostname: text("web"),
            memory: Some(64 << 20),
            cpu: Some(500),
            pids: Some(20),
            caps: Some([].into()),
            no_new_privs: true,
            seccomp: Some(Filter::NoMkdir),
        };
        assert_eq!(recipe, wanted);
        assert_eq!(said, [""; 0]);
    }

    #[test]
    fn a_wrong_value_is_named_with_its_option() {
        let wrong = |desk: Desk| recipe(&desk).expect_err("an error");
        let text = |text: &str| Some(text.to_owned());
        let memory = wrong(Desk {
            memory: text("lots\x1b"),
            ..Desk::default()
        });
        assert!(memory.starts_with("--memory `lots"), "{memory}");
        assert!(!memory.contains('\x1b'));
        let root = wrong(Desk {
            root: text("tmp"),
            ..Desk::default()
        });
        assert!(root.contains("overlay"), "{root}");
    }

    #[test]
    fn limits_above_our_own_are_set_and_the_one_that_holds_is_said() {
        let desk = Desk {
            memory: Some("512m".to_owned()),
            ..Desk::default()
        };
        let Asked { recipe, said, .. } = recipe(&desk).expect("a recipe");
        assert_eq!(recipe.memory, Some(512 << 20));
        assert!(said[0].contains("256 MiB"), "{said:?}");
    }

    fn desk(line: &str) -> Box<Desk> {
        let words = recipe::split(line).expect("words");
        match Cli::try_parse_from(words).expect(line).command() {
            Command::Lab(desk) => desk,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_come_on_top_of_a_line_for_docker() {
        let desk = Desk {
            docker: Some("docker run -m 64m --cap-drop ALL alpine top".to_owned()),
            pids: Some("9".to_owned()),
            cap_add: vec!["CHOWN".to_owned()],
            ..Desk::default()
        };
        let asked = recipe(&desk).expect("a recipe");
        assert_eq!(
            (asked.recipe.memory, asked.recipe.pids),
            (Some(64 << 20), Some(9))
        );
        assert_eq!(asked.recipe.caps.map(|caps| caps.len()), Some(1));
        assert_eq!(asked.command, ["top"]);
        let wrong = Desk {
            docker: Some("docker ps".to_owned()),
            ..Desk::default()
        };
        assert!(recipe(&wrong).is_err_and(|why| why.starts_with("--docker: expected")));
    }

    fn recipes() -> impl Strategy<Value = Recipe> {
        let kinds = prop::sample::subsequence(NsKind::ALL.to_vec(), 0..=8);
        let root = prop::sample::select(Root::ALL.to_vec());
        let filter = prop::option::of(prop::sample::select(Filter::ALL.to_vec()));
        let caps: Vec<_> = crate::model::op::Cap::all().collect();
        let caps = prop::option::of(prop::collection::btree_set(
            prop::sample::select(caps),
            0..40,
        ));
        let memory = prop::option::of(4096..1u64 << 40);
        let flags = (any::<bool>(), any::<bool>());
        (
            kinds,
            root,
            filter,
            caps,
            memory,
            prop::option::of(10..9000u64),
            flags,
        )
            .prop_map(
                |(kinds, root, seccomp, caps, memory, cpu, (read_only, no_new_privs))| {
                    let mut recipe = Recipe {
                        ns: kinds.into_iter().collect(),
                        root,
                        seccomp,
                        caps,
                        memory,
                        cpu,
                        read_only,
                        no_new_privs,
                        ..Recipe::default()
                    };
                    recipe.complete();
                    recipe
                },
            )
    }

    proptest! {
        #[test]
        fn our_own_line_read_again_gives_the_same_switches(wanted in recipes()) {
            let [ours, ..] = lines(&wanted, &[]);
            let asked = recipe(&desk(&ours.text)).expect("a recipe");
            prop_assert_eq!(asked.recipe, wanted, "{}", ours.text);
        }
    }
}
