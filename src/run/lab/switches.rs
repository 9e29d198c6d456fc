//! The switches that a command line sets. Called by `lab`; knows nothing of what becomes of them.

use crate::cli::Desk;
use crate::model::recipe::{self, Recipe, Root, Wrong};

/// The recipe, and what is to be said about it; or what is wrong with the command line.
pub(super) fn recipe(desk: &Desk) -> Result<(Recipe, Vec<String>), String> {
    let mut recipe = Recipe::default();
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
    recipe.complete();
    let around = recipe.capped();
    let said = around
        .iter()
        .map(|cap| format!("the limit is set, but glassbox holds all boxes together to {cap}"));
    Ok((recipe, said.collect()))
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
    use crate::model::NsKind;

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
            ..Desk::default()
        };
        let (recipe, said) = recipe(&desk).expect("a recipe");
        let wanted = Recipe {
            ns: [NsKind::Mnt, NsKind::Pid, NsKind::User, NsKind::Uts].into(),
            root: Root::Host,
            read_only: true,
            hostname: text("web"),
            memory: Some(64 << 20),
            cpu: Some(500),
            pids: Some(20),
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
        let (recipe, said) = recipe(&desk).expect("a recipe");
        assert_eq!(recipe.memory, Some(512 << 20));
        assert!(said[0].contains("256 MiB"), "{said:?}");
    }
}
