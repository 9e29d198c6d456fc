//! Tests that hold `lessons/README.md` to the program: every name that lessons can use stands in its
//! section, and no other does.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use super::convert::{Variables, variables};
use super::lint::{FILESYSTEMS, MOUNT_FLAGS, NEEDS};
use super::raw::{RawChallenge, RawChoice, RawHint, RawLesson, RawPredict, RawStep};
use super::shape::{FUNCTIONS, element};
use super::specimen::{self, Cast};
use super::{Fact, Panel, Reads, functions, library};
use crate::model::Op;
use crate::model::cgroup::knobs::all_settable;
use crate::model::filter::Filter;
use crate::model::op::{WRITABLE, Workload};
use crate::model::port::BoxSpec;
use crate::model::tries::Try;
use crate::model::user::Set;
use crate::model::with::parameters;

const README: &str = include_str!("../../lessons/README.md");

type Names = BTreeSet<String>;

/// The tables of a section: for each row, the names in backticks in each cell.
fn rows(section: &str, table: usize) -> Vec<Vec<Names>> {
    let heading = format!("# {section}\n");
    let (_, text) = README
        .split_once(&heading)
        .unwrap_or_else(|| panic!("no section {section}"));
    let end = text.find("\n#").unwrap_or(text.len());
    let blocks = text[..end]
        .split("\n\n")
        .map(str::trim)
        .filter(|block| block.starts_with('|'));
    let block = blocks.clone().nth(table);
    let block = block.unwrap_or_else(|| panic!("no table {table} in {section}"));
    block
        .lines()
        .skip(2)
        .map(|row| {
            row.trim_matches('|')
                .split(" | ")
                .map(in_backticks)
                .collect()
        })
        .collect()
}

fn in_backticks(cell: &str) -> Names {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The names that a table documents.
fn documented(section: &str, table: usize) -> Names {
    rows(section, table)
        .into_iter()
        .filter_map(|row| row.into_iter().next())
        .flatten()
        .collect()
}

fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> Names {
    names.into_iter().map(str::to_owned).collect()
}

/// The fields of a struct, as serde names them when it meets another one.
fn fields<T: DeserializeOwned>(wrap: impl Fn(&str) -> String) -> Names {
    let Err(error) = toml::from_str::<T>(&wrap("no_such_field = 1")) else {
        panic!("an unknown field was accepted");
    };
    let message = error.message().to_owned();
    assert!(message.starts_with("unknown field"), "{message}");
    let known = message.split_once("expected").expect("what was expected").1;
    in_backticks(known)
}

fn plain(text: &str) -> String {
    text.to_owned()
}

/// The variants of [`Op`], likewise.
fn operations() -> Names {
    let Err(error) = toml::from_str::<BTreeMap<String, Op>>("op = { no_such = {} }") else {
        panic!("an unknown operation was accepted");
    };
    in_backticks(
        error
            .message()
            .split_once("expected")
            .expect("what was expected")
            .1,
    )
}

#[test]
fn every_field_of_the_file_is_documented() {
    assert_eq!(documented("The lesson", 0), fields::<RawLesson>(plain));
    assert_eq!(documented("A box", 0), fields::<BoxSpec>(plain));
    assert_eq!(documented("A step", 0), fields::<RawStep>(plain));
    assert_eq!(documented("A prediction", 0), fields::<RawPredict>(plain));
    assert_eq!(documented("A prediction", 1), fields::<RawChoice>(plain));
    assert_eq!(documented("A challenge", 0), fields::<RawChallenge>(plain));
    assert_eq!(documented("A challenge", 1), fields::<RawHint>(plain));
}

#[test]
fn every_operation_and_its_fields_are_documented() {
    let common = documented("Operations", 1);
    let mut seen = Names::new();
    for row in rows("Operations", 0) {
        let [name, own, ..] = row.as_slice() else {
            panic!("a row without fields");
        };
        let name = name.first().expect("an operation's name");
        let wrap = |field: &str| format!("op = {{ {name} = {{ {field} }} }}");
        let expected: Names = own.union(&common).cloned().collect();
        assert_eq!(fields::<BTreeMap<String, Op>>(wrap), expected, "{name}");
        seen.insert(name.clone());
    }
    assert_eq!(seen, operations());
}

#[test]
fn every_word_of_a_closed_list_is_documented() {
    assert_eq!(documented("Panels", 0), names(Panel::ALL.map(Panel::name)));
    assert_eq!(
        documented("Workloads", 0),
        names(Workload::ALL.map(Workload::name))
    );
    let taken: Vec<(&str, &str)> = Workload::ALL
        .iter()
        .flat_map(|w| parameters(*w).iter().map(|p| (w.name(), p.name)))
        .collect();
    let first = |names: &Names| names.first().cloned().unwrap_or_default();
    let rows = rows("Workloads", 1);
    let told: Vec<(String, String)> = rows.iter().map(|r| (first(&r[0]), first(&r[1]))).collect();
    assert_eq!(told.len(), taken.len());
    for (workload, parameter) in taken {
        let pair = (workload.to_owned(), parameter.to_owned());
        assert!(told.contains(&pair), "{pair:?} is not documented");
    }
    assert_eq!(documented("Mounting", 0), names(FILESYSTEMS));
    assert_eq!(documented("Mounting", 1), names(MOUNT_FLAGS));
    assert_eq!(documented("Files", 0), names(WRITABLE));
    assert_eq!(documented("Limits", 0), names(all_settable()));
    let powers = "Limits of a process";
    assert_eq!(documented(powers, 0), names(Set::ALL.map(Set::name)));
    assert_eq!(documented(powers, 1), names(Filter::ALL.map(Filter::name)));
    assert_eq!(documented(powers, 2), names(Try::ALL.map(Try::name)));
    assert_eq!(
        documented("Needs", 0),
        NEEDS.map(str::to_owned).into_iter().collect()
    );
    let lookups = functions::LOOKUPS.iter().map(|lookup| lookup.name);
    let all = lookups.chain(functions::METHODS).chain(FUNCTIONS);
    assert_eq!(documented("Functions", 0), names(all));
}

fn specimen() -> Variables {
    let sample = specimen::sample(&Cast::from([("box", vec!["demo"])]), &["jar"]);
    variables(
        Some(&sample),
        &sample,
        &specimen::calls(),
        &Reads::EVERYTHING,
    )
}

/// The field names of a fact: of its elements, if it is a list.
fn keys(fact: &Fact) -> Names {
    match fact {
        Fact::Map(fields) => fields.keys().cloned().collect(),
        Fact::List(_) => keys(&element(fact.clone()).expect("an element")),
        other => panic!("{other:?} has no fields"),
    }
}

fn field<'f>(fact: &'f Fact, name: &str) -> &'f Fact {
    match fact {
        Fact::Map(fields) => &fields[name],
        other => panic!("{other:?} has no fields"),
    }
}

#[test]
fn every_fact_is_documented() {
    let all = specimen();
    let mut variables: Names = all.keys().cloned().collect();
    variables.remove("box");
    assert_eq!(documented("Variables", 0), variables);

    let (host, inside) = (&all["host"], &all["box"]);
    let shared: Names = keys(inside).intersection(&keys(host)).cloned().collect();
    assert_eq!(documented("Facts of the host and of a box", 0), shared);
    let alone: Names = keys(inside).difference(&keys(host)).cloned().collect();
    assert_eq!(documented("Facts of a box alone", 0), alone);
    let alone: Names = keys(host).difference(&keys(inside)).cloned().collect();
    assert_eq!(documented("Facts of the host alone", 0), alone);

    assert_eq!(documented("Namespaces", 0), keys(field(inside, "ns")));
    assert_eq!(documented("Places", 0), keys(field(inside, "own_cgroup")));
    assert_eq!(documented("Places", 0), keys(field(host, "init_cgroup")));
    assert_eq!(documented("Owners", 0), keys(field(inside, "owner")));
    assert_eq!(documented("Processes", 0), keys(field(inside, "processes")));
    assert_eq!(documented("Processes", 0), keys(field(host, "processes")));
    assert_eq!(documented("Mounts", 0), keys(field(host, "mounts")));
    assert_eq!(documented("Watched files", 0), keys(field(host, "files")));
    for side in [host, inside] {
        let net = field(side, "net");
        assert_eq!(documented("Networks", 0), keys(net));
        assert_eq!(documented("Interfaces", 0), keys(field(net, "links")));
        assert_eq!(documented("Routes", 0), keys(field(net, "routes")));
        assert_eq!(documented("Sockets", 0), keys(field(net, "listening")));
    }
    assert_eq!(documented("Calls", 0), keys(&all["calls"]));
    let ipc = field(inside, "ipc");
    assert_eq!(documented("IPC namespaces", 0), keys(ipc));
    assert_eq!(documented("Objects", 0), keys(field(ipc, "shm")));
    let clocks = field(inside, "clocks");
    assert_eq!(documented("Clocks", 0), keys(clocks));
    assert_eq!(documented("Ahead", 0), keys(field(clocks, "ahead")));
    assert_eq!(
        documented("Offsets", 0),
        keys(field(inside, "timens_offsets"))
    );
    assert_eq!(documented("Ranges", 0), keys(field(inside, "uid_map")));
    assert_eq!(documented("Ranges", 0), keys(field(inside, "gid_map")));
    assert_eq!(documented("Ranges", 0), keys(field(inside, "own_uid_map")));
    assert_eq!(documented("Ranges", 0), keys(field(inside, "own_gid_map")));
    assert_eq!(documented("Capabilities", 0), keys(field(inside, "caps")));

    cgroups(&all, host);

    let (_, text) = README.split_once("### Members").expect("the section");
    let shared = text
        .split_once("and, while it lives")
        .expect("what members share")
        .1;
    let shared = in_backticks(shared.split_once("\n\n").expect("the end of it").0);
    let members: Names = documented("Members", 0).union(&shared).cloned().collect();
    assert_eq!(members, keys(field(inside, "members")));
}

fn cgroups(all: &Variables, host: &Fact) {
    assert_eq!(documented("Beliefs", 0), keys(field(host, "believes")));
    assert_eq!(documented("Latency", 0), keys(field(host, "latency")));
    let jar = element(all["cgroups"].clone()).expect("a cgroup");
    assert_eq!(documented("Cgroups", 0), keys(&jar));
    assert_eq!(documented("Places", 0), keys(field(&jar, "places")));
    assert_eq!(documented("Directories", 0), keys(field(&jar, "dir")));
    let memory = field(&jar, "memory");
    assert_eq!(
        documented("Memory events", 0),
        keys(field(memory, "events"))
    );
    for (section, name) in [
        ("CPU time", "cpu"),
        ("CPU sets", "cpuset"),
        ("Memory", "memory"),
        ("Numbers of processes", "pids"),
        ("Input and output", "io"),
        ("Pressure", "pressure"),
        ("Raw files", "files"),
    ] {
        assert_eq!(documented(section, 0), keys(field(&jar, name)), "{name}");
    }
    let device = field(field(&jar, "io"), "devices");
    assert_eq!(documented("Devices", 0), keys(device));
    let stall = field(field(&jar, "pressure"), "cpu");
    assert_eq!(documented("Pressure", 1), keys(stall));
    assert_eq!(documented("Pressure", 2), keys(field(stall, "some")));
}

#[test]
fn the_specimen_fills_every_fact() {
    fn check(path: &str, fact: &Fact) {
        match fact {
            Fact::Null => panic!("{path} is null in the specimen"),
            Fact::Map(fields) => fields
                .iter()
                .for_each(|(name, fact)| check(&format!("{path}.{name}"), fact)),
            Fact::List(rows) => {
                assert!(!rows.is_empty(), "{path} is empty in the specimen");
                let shape = element(fact.clone()).expect("an element");
                check(&format!("{path}[]"), &shape);
            }
            _ => {}
        }
    }
    for (name, fact) in specimen() {
        check(&name, &fact);
    }
}

#[test]
fn the_example_is_a_lesson() {
    let (_, text) = README.split_once("```toml\n").expect("an example");
    let (text, _) = text.split_once("```").expect("its end");
    let loaded = library::load(text, "99-example.toml");
    assert!(
        loaded.is_ok(),
        "{}",
        loaded
            .err()
            .into_iter()
            .flatten()
            .map(|d| d.to_string())
            .collect::<String>()
    );
}
