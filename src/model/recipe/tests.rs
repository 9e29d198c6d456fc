//! The switches: what they bring along, and the order of what comes of them.

use super::*;
use crate::model::Op;
use crate::model::mounts::{Mount, Mounts};

fn ground() -> Ground {
    Ground {
        locked: vec!["nodev".to_owned()],
        overlaid: vec!["/etc".to_owned(), "/usr".to_owned()],
    }
}

fn keys(recipe: &Recipe) -> Vec<&'static str> {
    recipe.ops(&ground()).iter().map(Op::key).collect()
}

fn with(kinds: &[NsKind]) -> Recipe {
    let mut recipe = Recipe {
        ns: kinds.iter().copied().collect(),
        ..Recipe::default()
    };
    recipe.complete();
    recipe
}

#[test]
fn nothing_switched_on_is_a_process_like_any_other() {
    let mut recipe = Recipe::default();
    assert!(recipe.complete().is_empty());
    assert_eq!(keys(&recipe), ["fork"]);
    assert_eq!(recipe.spec().maps, Maps::None);
    assert!(!recipe.spec().cgroups && recipe.needs().is_empty());
}

#[test]
fn what_cannot_do_without_another_switches_it_on_and_says_so() {
    let named = Recipe {
        hostname: Some("web".to_owned()),
        ..Recipe::default()
    };
    let rooted = Recipe {
        root: Root::Own,
        ..Recipe::default()
    };
    let sealed = Recipe {
        read_only: true,
        ..Recipe::default()
    };
    let limited = Recipe {
        pids: Some(5),
        ..Recipe::default()
    };
    let cases = [
        (named, &[NsKind::User, NsKind::Uts][..]),
        (rooted, &[NsKind::Mnt, NsKind::User]),
        (sealed, &[NsKind::Mnt, NsKind::User]),
        (with(&[NsKind::Net]), &[NsKind::Net, NsKind::User]),
        (limited, &[]),
    ];
    for (mut recipe, kinds) in cases {
        let before = recipe.ns.len();
        let said = recipe.complete();
        let found: Vec<NsKind> = recipe.ns.iter().copied().collect();
        assert_eq!(found, kinds);
        assert_eq!(said.len(), kinds.len() - before, "{said:?}");
        assert!(recipe.complete().is_empty(), "once is enough");
    }
}

#[test]
fn a_switch_that_others_need_says_why_it_stays_on() {
    let recipe = with(&[NsKind::Pid]);
    let why = recipe.held_on(NsKind::User).expect("a reason");
    assert!(why.starts_with("without root"), "{why}");
    assert_eq!(recipe.held_on(NsKind::Pid), None);
    assert_eq!(with(&[NsKind::User]).held_on(NsKind::User), None);
}

#[test]
fn a_whole_container_is_made_in_this_order() {
    let mut recipe = Recipe {
        read_only: true,
        hostname: Some("web".to_owned()),
        memory: Some(64 << 20),
        cpu: Some(500),
        pids: Some(20),
        ..Recipe::container()
    };
    recipe.ns.insert(NsKind::Time);
    assert!(recipe.complete().is_empty());
    let order = [
        "cgroup",
        "limit",
        "limit",
        "limit",
        "unshare",
        "clone",
        "unshare",
        "sethostname",
        "link",
        "mount",
        "root",
        "pivot_root",
        "chdir",
        "umount",
        "mount",
    ];
    assert_eq!(keys(&recipe), order);
    let values: Vec<String> = recipe
        .ops(&ground())
        .into_iter()
        .filter_map(|op| match op {
            Op::Limit(limit) => Some(format!("{}={}", limit.file, limit.value)),
            _ => None,
        })
        .collect();
    assert_eq!(
        values,
        ["memory.max=67108864", "cpu.max=50000 100000", "pids.max=20"]
    );
    assert!(recipe.spec().cgroups);
}

#[test]
fn everything_after_the_birth_is_the_first_processs_to_do() {
    for root in Root::ALL {
        let recipe = Recipe {
            root,
            read_only: true,
            hostname: Some("web".to_owned()),
            pids: Some(9),
            ..Recipe::container()
        };
        let ops = recipe.ops(&ground());
        let birth = ops.iter().position(|op| op.starts().is_some());
        let birth = birth.expect("a first process");
        assert_eq!(ops[birth].born_in(), Some(CGROUP));
        assert!(ops[birth + 1..].iter().all(|op| op.by() == Some(FIRST)));
    }
}

#[test]
fn proc_is_fresh_where_it_may_be() {
    let mounts = |kinds: &[NsKind]| {
        let ops = with(kinds).ops(&ground());
        let proc = |op: &&Op| matches!(op, Op::Mount(mount) if mount.target == "/proc");
        ops.iter().filter(proc).count()
    };
    assert_eq!(mounts(&[NsKind::Pid, NsKind::Mnt]), 1);
    assert_eq!(mounts(&[NsKind::Mnt]) + mounts(&[NsKind::Pid]), 0);
}

#[test]
fn locked_flags_stay_where_the_root_is_the_hosts() {
    let last = |root| {
        let recipe = Recipe {
            root,
            read_only: true,
            ..Recipe::container()
        };
        match recipe.ops(&ground()).pop() {
            Some(Op::Mount(mount)) => mount.flags.join(","),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(last(Root::Host), "remount,bind,ro,nodev");
    assert_eq!(last(Root::Own), "remount,bind,ro");
}

#[test]
fn what_is_needed_is_what_doctor_names() {
    let mut recipe = with(&[NsKind::Pid, NsKind::Mnt]);
    recipe.root = Root::Overlay;
    recipe.memory = Some(1 << 20);
    let needs = [
        "mnt",
        "pid",
        "proc-mount",
        "overlay",
        "cgroups",
        "cgroup:memory",
    ];
    assert_eq!(recipe.needs(), needs);
}

#[test]
fn limits_above_glassboxs_own_are_named() {
    let mut recipe = Recipe {
        memory: Some(512 << 20),
        cpu: Some(2000),
        pids: Some(1000),
        ..Recipe::default()
    };
    assert_eq!(recipe.capped().len(), 3);
    recipe = Recipe {
        memory: Some(256 << 20),
        cpu: Some(500),
        pids: Some(256),
        ..Recipe::default()
    };
    assert!(recipe.capped().is_empty());
}

#[test]
fn overlays_go_where_no_mount_is_below() {
    let row = |target: &str, options: &str| Mount {
        target: target.into(),
        options: options.into(),
        ..Mount::default()
    };
    let rows = vec![
        row("/", "rw,nodev,relatime"),
        row("/var/lib/lxcfs", "rw"),
        row("/home", "rw"),
        row("/usrlocal", "rw"),
    ];
    let mounts = Mounts {
        rows,
        ..Mounts::default()
    };
    let ground = Ground::of(&mounts);
    assert_eq!(ground.locked, ["nodev"]);
    assert_eq!(ground.overlaid, ["/etc", "/home", "/opt", "/usr"]);
}

#[test]
fn layers_of_different_directories_have_different_places() {
    let recipe = Recipe {
        root: Root::Overlay,
        ..with(&[NsKind::Mnt])
    };
    let layers = recipe.ops(&ground()).into_iter().filter_map(|op| match op {
        Op::Mount(mount) => mount.data,
        _ => None,
    });
    let layers: Vec<String> = layers.filter(|data| data.contains("upperdir=")).collect();
    let first = "lowerdir=/etc,upperdir=/mnt/upper-etc,workdir=/mnt/work-etc,userxattr";
    assert_eq!(layers.len(), 2);
    assert_eq!(layers[0], first);
}
