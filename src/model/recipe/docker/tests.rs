//! Lines as people copy them, lines with nonsense, any text.

use proptest::prelude::*;

use super::*;
use crate::model::recipe::Root;

fn read(rest: &str) -> Read {
    docker(&format!("docker run {rest}")).expect("a line that can be read")
}

fn caps(names: &[&str]) -> std::collections::BTreeSet<Cap> {
    let read = |name: &&str| Cap::try_from((*name).to_owned()).expect("a capability");
    names.iter().map(read).collect()
}

#[test]
fn a_whole_line_becomes_the_right_switches() {
    let found = read(
        "--memory 512m --cpus .5 --cap-drop ALL --cap-add NET_BIND_SERVICE \
         --security-opt no-new-privileges --read-only --hostname web --init alpine sh",
    );
    let wanted = Recipe {
        ns: NsKind::ALL
            .into_iter()
            .filter(|kind| *kind != NsKind::Time)
            .collect(),
        root: Root::Own,
        read_only: true,
        hostname: Some("web".to_owned()),
        memory: Some(512 << 20),
        cpu: Some(500),
        pids: None,
        caps: Some(caps(&["CAP_NET_BIND_SERVICE"])),
        no_new_privs: true,
        seccomp: Some(Filter::DockerLike),
    };
    assert_eq!(found.recipe, wanted);
    assert_eq!(found.command, ["sh"]);
    assert_eq!(found.said.len(), 2, "{:?}", found.said);
}

#[test]
fn options_in_all_their_forms() {
    let base = read("alpine").recipe;
    let with = |change: &dyn Fn(&mut Recipe)| {
        let mut recipe = base.clone();
        change(&mut recipe);
        recipe
    };
    let cases = [
        ("-it --rm alpine", base.clone()),
        ("-m64m alpine", with(&|it| it.memory = Some(64 << 20))),
        ("-m=64m alpine", with(&|it| it.memory = Some(64 << 20))),
        ("-itm 64m alpine", with(&|it| it.memory = Some(64 << 20))),
        ("--pids-limit=-1 alpine", base.clone()),
        ("--pids-limit 9 -- alpine", with(&|it| it.pids = Some(9))),
        ("--read-only=false alpine", base.clone()),
        (
            "-h web alpine",
            with(&|it| it.hostname = Some("web".to_owned())),
        ),
        (
            "--net host alpine",
            with(&|it| it.ns.retain(|kind| *kind != NsKind::Net)),
        ),
        (
            "--pid=host alpine --uts host",
            with(&|it| it.ns.retain(|kind| *kind != NsKind::Pid)),
        ),
        (
            "--security-opt seccomp=unconfined x",
            with(&|it| it.seccomp = None),
        ),
        (
            "--privileged x",
            with(&|it| (it.caps, it.seccomp) = (None, None)),
        ),
    ];
    for (line, recipe) in cases {
        assert_eq!(read(line).recipe, recipe, "{line}");
    }
}

#[test]
fn what_has_no_switch_is_named_and_the_image_is_found_behind_it() {
    let found = read("-d -p 80:80 --name 'my web' -v /a:/b --frobnicate --odd=7 nginx -g off");
    for named in [
        "--detach",
        "--publish 80:80",
        "--name my web",
        "--volume /a:/b",
        "`--frobnicate`",
        "`--odd=7`",
    ] {
        assert!(
            found.said.iter().any(|said| said.contains(named)),
            "{named}: {:?}",
            found.said
        );
    }
    assert_eq!(found.command, ["-g", "off"]);
    let other = read("--network web --security-opt label=disable x").said;
    assert!(
        other.iter().any(|said| said.contains("--network web")),
        "{other:?}"
    );
    assert!(
        other.iter().any(|said| said.contains("label=disable")),
        "{other:?}"
    );
}

#[test]
fn nonsense_says_what_is_wrong() {
    let cases = [
        ("", "begins with `docker run`"),
        ("docker ps", "begins with `docker run`"),
        ("docker run", "names no image"),
        ("docker run --rm", "names no image"),
        ("docker run ''", "names no image"),
        ("docker run --memory", "--memory wants a value"),
        (
            "docker run --memory lots x",
            "--memory `lots`: expected a size",
        ),
        ("docker run --cpus two x", "--cpus `two`: expected a number"),
        (
            "docker run --cap-add FOO x",
            "--cap-add `FOO`: is no capability",
        ),
        (
            "docker run --hostname 'a b' x",
            "--hostname `a b`: expected a hostname",
        ),
        ("docker run 'x", "is not closed"),
    ];
    for (line, why) in cases {
        let said = docker(line).expect_err(line).0;
        assert!(said.contains(why), "{line}: {said}");
    }
}

#[test]
fn no_option_stands_in_two_lists() {
    let mut all: Vec<&str> = [&VALUED[..], &SWITCHES, &BARE, &SO_ANYWAY].concat();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    for (letter, name) in SHORT {
        assert!(takes_value(name) || is_bare(name), "-{letter}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_what_is_said_is_safe(
        line in "(docker run )?(--?[a-z=]{0,12} |\\PC{0,6} |[\u{1b}'\"\\\\]{0,2}){0,8}"
    ) {
        let said = match docker(&line) {
            Ok(read) => {
                let mut again = read.recipe.clone();
                prop_assert!(again.complete().is_empty(), "the switches hold");
                read.said.join(" ")
            }
            Err(why) => why.0,
        };
        let safe = !said.chars().any(char::is_control);
        prop_assert!(!said.is_empty() && safe, "{:?}", said);
    }
}
