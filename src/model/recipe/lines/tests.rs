//! A line that is printed, read again, gives the same switches; and what other tools cannot is said.

use proptest::prelude::*;

use super::*;
use crate::model::NsKind;
use crate::model::filter::Filter;
use crate::model::recipe::{Root, docker as read_docker};

fn caps() -> impl Strategy<Value = Option<BTreeSet<Cap>>> {
    let some =
        prop::collection::btree_set(prop::sample::select(Cap::all().collect::<Vec<_>>()), 0..40);
    prop::option::of(some)
}

fn limits() -> impl Strategy<Value = [Option<u64>; 3]> {
    let memory = prop_oneof![4096..1u64 << 40, (1..4096u64).prop_map(|mib| mib << 20)];
    let all = (
        prop::option::of(memory),
        prop::option::of(10..64_000u64),
        prop::option::of(1..4000u64),
    );
    all.prop_map(|(memory, cpu, pids)| [memory, cpu, pids])
}

/// What docker can.
fn containers() -> impl Strategy<Value = Recipe> {
    let kinds = [
        NsKind::Pid,
        NsKind::Ipc,
        NsKind::Uts,
        NsKind::Net,
        NsKind::Cgroup,
    ];
    let kinds = prop::sample::subsequence(kinds.to_vec(), 0..=5);
    let name = prop::option::of("[a-z][a-z0-9.-]{0,20}");
    let filter = prop::option::of(Just(Filter::DockerLike));
    let flags = (any::<bool>(), any::<bool>());
    (kinds, name, caps(), limits(), filter, flags).prop_map(
        |(kinds, hostname, caps, [memory, cpu, pids], seccomp, (read_only, no_new_privs))| {
            let mut recipe = Recipe {
                ns: kinds.into_iter().chain([NsKind::Mnt]).collect(),
                root: Root::Own,
                read_only,
                hostname,
                memory,
                cpu,
                pids,
                caps,
                no_new_privs,
                seccomp,
            };
            recipe.complete();
            recipe
        },
    )
}

fn all_options_but_time() -> Recipe {
    let mut recipe = Recipe {
        read_only: true,
        hostname: Some("web".to_owned()),
        memory: Some(64 << 20),
        cpu: Some(500),
        pids: Some(20),
        caps: Some(BTreeSet::new()),
        no_new_privs: true,
        seccomp: Some(Filter::DockerLike),
        ..Recipe::container()
    };
    recipe.complete();
    recipe
}

proptest! {
    #[test]
    fn the_line_for_docker_read_again_gives_the_same_switches(recipe in containers()) {
        let [.., docker] = lines(&recipe, &["a b".to_owned()]);
        let read = read_docker(&docker.text).expect(&docker.text);
        prop_assert_eq!(read.recipe, recipe, "{}", docker.text);
        prop_assert_eq!(read.command, ["a b"]);
    }
}

#[test]
fn the_lines_of_a_whole_container() {
    let [glassbox, unshare, bwrap, docker] = lines(&all_options_but_time(), &[]);
    assert!(glassbox.differs.is_empty());
    assert!(
        glassbox
            .text
            .ends_with("--no-new-privs --seccomp docker-like -- sh")
    );
    for part in [
        "-p MemoryMax=67108864 -p CPUQuota=50.0% -p TasksMax=20 unshare",
        "--map-root-user",
        "--mount-proc",
        "sh -c 'hostname web && ip link set lo up && exec setpriv --bounding-set=-all --no-new-privs sh'",
    ] {
        assert!(unshare.text.contains(part), "{part}: {}", unshare.text);
    }
    assert!(
        bwrap
            .text
            .contains("--remount-ro / --hostname web --cap-drop ALL sh"),
        "{}",
        bwrap.text
    );
    let parts = "--read-only --hostname web --memory 64m --cpus 0.5 --pids-limit 20 --cap-drop ALL \
                 --security-opt no-new-privileges alpine sh";
    assert!(docker.text.ends_with(parts), "{}", docker.text);
}

#[test]
fn what_a_tool_cannot_is_said() {
    let mut recipe = Recipe {
        root: Root::Overlay,
        seccomp: Some(Filter::NoMkdir),
        ..Recipe::default()
    };
    recipe.ns.insert(NsKind::Time);
    recipe.complete();
    let [_, unshare, bwrap, docker] = lines(&recipe, &[]);
    let says = |line: &Line, words: &str| line.differs.iter().any(|how| how.contains(words));
    assert!(says(&unshare, "overlays") && says(&unshare, "no-mkdir"));
    assert!(says(&bwrap, "no time namespace") && says(&bwrap, "no_new_privs always"));
    assert!(
        says(&docker, "no time namespace") && says(&docker, "image") && says(&docker, "as a file")
    );
}

#[test]
fn nothing_switched_on_wants_no_unshare() {
    let [_, unshare, ..] = lines(&Recipe::default(), &["top".to_owned()]);
    assert_eq!(unshare.text, "top");
}
