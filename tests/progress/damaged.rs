//! Files that are no progress files of ours: damaged ones are set aside whole, those of a newer
//! glassbox and things that are no files are left alone; all of it is said.

use std::fs;
use std::path::Path;

use glassbox::run::store::{Store, Trouble};

use super::{kept, names, reached, save, text};

/// Twenty ways to be damaged.
fn damaged() -> Vec<(&'static str, Vec<u8>)> {
    let good = r#"{"version":1,"lessons":{"a":{"step":1,"done":true}}}"#;
    let own = |text: &str| text.as_bytes().to_vec();
    vec![
        ("empty", Vec::new()),
        ("zeros, as after a power cut", vec![0; 200]),
        ("cut short", own(&good[..good.len() / 2])),
        ("without its last byte", own(&good[..good.len() - 1])),
        ("twice", own(&good.repeat(2))),
        ("not UTF-8", [b"\xff\xfe", good.as_bytes()].concat()),
        ("not JSON", own("a: 1\n")),
        ("a list", own("[1]")),
        ("a number", own("1")),
        ("deeply nested", own(&"{\"a\":".repeat(100_000))),
        ("too long", [good.as_bytes(), &[b' '; 256 * 1024]].concat()),
        ("no version", own(r#"{"lessons":{}}"#)),
        ("version 0", own(r#"{"version":0,"lessons":{}}"#)),
        ("a version in words", own(r#"{"version":"1","lessons":{}}"#)),
        ("no lessons", own(r#"{"version":1}"#)),
        ("lessons in a list", own(r#"{"version":1,"lessons":[]}"#)),
        (
            "a lesson that is a number",
            own(r#"{"version":1,"lessons":{"a":1}}"#),
        ),
        (
            "a step below 0",
            own(r#"{"version":1,"lessons":{"a":{"step":-1}}}"#),
        ),
        (
            "a step without bound",
            own(r#"{"version":1,"lessons":{"a":{"step":99999999}}}"#),
        ),
        (
            "done in words",
            own(r#"{"version":1,"lessons":{"a":{"done":"yes"}}}"#),
        ),
    ]
}

#[test]
fn damaged_files_are_set_aside_and_the_one_before_counts() {
    assert_eq!(damaged().len(), 20);
    for (what, bytes) in damaged() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        for step in [1, 2] {
            save(folder, &reached(&[("a", step, false)])).expect("save");
        }
        fs::write(folder.join("progress.json"), &bytes).expect("damage");
        let (mut store, progress, trouble) = Store::open(folder);
        assert_eq!(progress, reached(&[("a", 1, false)]), "{what}");
        let (aside, older) = ("progress.json.damaged-1".to_owned(), true);
        let told = Trouble::SetAside { aside, older };
        assert_eq!(trouble, Some(told), "{what}");
        let aside = fs::read(folder.join("progress.json.damaged-1")).expect("read");
        assert_eq!(aside, bytes, "{what}");
        let next = reached(&[("a", 3, false)]);
        assert_eq!(store.save(&next), Ok(None), "{what}");
        assert_eq!(kept(folder), next, "{what}");
    }
}

#[test]
fn with_both_damaged_a_new_one_begins() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    for name in ["progress.json", "progress.json.old"] {
        fs::write(folder.join(name), name).expect("damage");
    }
    let (mut store, progress, trouble) = Store::open(folder);
    assert_eq!(progress, reached(&[]));
    let (aside, older) = ("progress.json.damaged-1".to_owned(), false);
    assert_eq!(trouble, Some(Trouble::SetAside { aside, older }));
    store.save(&reached(&[("a", 0, false)])).expect("save");
    for name in ["progress.json", "progress.json.old"] {
        let aside = folder.join(format!("{name}.damaged-1"));
        assert_eq!(fs::read_to_string(aside).expect("read"), name);
    }
}

/// Damage that happens while glassbox runs: what this session knows is written anew.
#[test]
fn damage_in_the_middle_of_a_session_is_told_and_survived() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (mut store, _, _) = Store::open(folder);
    store.save(&reached(&[("a", 1, false)])).expect("save");
    fs::write(folder.join("progress.json"), "oops").expect("damage");
    let now = reached(&[("a", 1, false), ("b", 2, false)]);
    let told = store.save(&now).expect("saved nevertheless");
    assert!(matches!(told, Some(Trouble::SetAside { .. })), "{told:?}");
    assert_eq!(kept(folder), now);
}

#[test]
fn a_newer_file_is_read_and_never_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let newer = r#"{"version":2,"lessons":{"a":{"step":1,"medal":"gold"}}}"#;
    fs::write(folder.join("progress.json"), newer).expect("write");
    let (mut store, progress, trouble) = Store::open(folder);
    assert_eq!(progress, reached(&[("a", 1, false)]));
    assert_eq!(trouble, Some(Trouble::Newer(2)));
    let refused = store.save(&reached(&[("a", 2, false)]));
    assert_eq!(refused, Err(Trouble::Newer(2)));
    assert_eq!(text(folder), newer);
    let left: Vec<String> = names(folder).into_iter().collect();
    assert_eq!(left, ["progress.json", "progress.lock"]);
}

#[test]
fn fields_of_others_survive() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let file = r#"{"version":1,"theme":"dark","lessons":{"a":{"step":1,"hints":3}}}"#;
    fs::write(folder.join("progress.json"), file).expect("write");
    save(folder, &reached(&[("a", 2, false)])).expect("save");
    let now: serde_json::Value = serde_json::from_str(&text(folder)).expect("JSON");
    let expected = serde_json::json!({"version": 1, "theme": "dark",
        "lessons": {"a": {"step": 2, "done": false, "hints": 3}}});
    assert_eq!(now, expected);
}

/// A crash between two renames, where the file system cannot exchange two names.
#[test]
fn without_the_file_the_one_before_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let progress = reached(&[("a", 1, false)]);
    save(folder, &progress).expect("save");
    fs::rename(
        folder.join("progress.json"),
        folder.join("progress.json.old"),
    )
    .expect("rename");
    assert_eq!(kept(folder), progress);
}

/// Puts something in the file's place.
type Prank = fn(&Path);

#[test]
fn what_is_no_file_is_left_alone() {
    let cases: [(&str, Prank); 3] = [
        ("a symbolic link", |path| {
            std::os::unix::fs::symlink("/etc/passwd", path).expect("link");
        }),
        ("a FIFO", |path| {
            nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).expect("mkfifo");
        }),
        ("a directory", |path| fs::create_dir(path).expect("mkdir")),
    ];
    for (what, prank) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("progress.json");
        prank(&path);
        let kind = fs::symlink_metadata(&path).expect("look").file_type();
        let (mut store, progress, trouble) = Store::open(folder.path());
        assert_eq!(progress, reached(&[]), "{what}");
        let told = trouble.expect("a word").to_string();
        assert!(told.contains(what), "{told}");
        assert!(store.save(&reached(&[("a", 1, false)])).is_err(), "{what}");
        let now = fs::symlink_metadata(&path).expect("look").file_type();
        assert_eq!(now, kind, "{what}");
    }
}

/// What the line above the footer has room for, at 80 columns.
#[test]
fn every_trouble_fits_on_a_line() {
    let all = [
        Trouble::NoHome,
        Trouble::Newer(12),
        Trouble::Locked,
        Trouble::SetAside {
            aside: "progress.json.damaged-12".to_owned(),
            older: true,
        },
    ];
    for trouble in all {
        let words = trouble.to_string();
        assert!(words.len() <= 77, "{}: {words}", words.len());
    }
}
