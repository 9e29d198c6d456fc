//! Rows of the panels about cgroups as tables: marks, limits along the tree, what is told in short.

use glassbox::model::{
    Seen,
    cgroup::Version,
    diff::{self, Change, CounterPart, Metric, TreePart},
};

use crate::{
    jar::sample_at,
    world::{INIT, TICKER},
};

const BEFORE: u64 = 7;
const AFTER: u64 = 20;

#[test]
fn the_tree_shows_who_left_and_lists_what_it_lies_in_only_when_asked() {
    let (before, now) = (
        sample_at(BEFORE, Version::V2),
        sample_at(AFTER, Version::V2),
    );
    let lines = |all| -> Vec<(usize, String, Option<Change>)> {
        let rows = diff::tree(&now, Some(&before), all);
        let line = |row: diff::TreeRow| {
            let words = match row.part {
                TreePart::Group(group) => group.name,
                TreePart::Process(pid, _) | TreePart::Part(pid, _) => pid.to_string(),
                TreePart::More(count) => format!("{count} more"),
            };
            (row.depth, words, row.change)
        };
        rows.into_iter().map(line).collect()
    };
    let jar = |deeper: usize| {
        [
            (deeper, "jar".to_owned(), None),
            (deeper + 1, "jar/left".to_owned(), None),
            (deeper + 2, INIT.to_string(), None),
            (deeper + 2, TICKER.to_string(), Some(Change::Gone)),
        ]
    };
    assert_eq!(lines(false), jar(0));
    let whole = lines(true);
    assert!(whole.contains(&(0, "lesson".to_owned(), None)), "{whole:?}");
    assert!(whole.ends_with(&jar(1)), "{whole:?}");
}

#[test]
fn a_cgroup_that_became_frozen_is_marked() {
    let (before, now) = (sample_at(0, Version::V2), sample_at(4, Version::V2));
    let rows = diff::tree(&now, Some(&before), false);
    let marked: Vec<String> = rows
        .into_iter()
        .filter(|row| row.change == Some(Change::Changed))
        .filter_map(|row| match row.part {
            TreePart::Group(group) => Some(group.name),
            _ => None,
        })
        .collect();
    assert_eq!(marked, ["jar/left"]);
}

#[test]
fn counters_that_moved_are_marked_and_limits_that_stayed_are_not() {
    let (before, now) = (
        sample_at(BEFORE, Version::V2),
        sample_at(AFTER, Version::V2),
    );
    let rows = diff::counters(&now, Some(&before), false);
    let mut groups = Vec::new();
    let mut found = Vec::new();
    for row in &rows {
        match &row.part {
            CounterPart::Group(name) => groups.push(name.clone()),
            CounterPart::Counter(counter) if groups.len() == 1 => {
                found.push((counter.label, row.change.is_some()));
            }
            CounterPart::Counter(counter) => {
                assert!(!counter.label.starts_with(' '), "in short: {counter:?}");
            }
        }
    }
    assert_eq!(groups, ["jar", "jar/left"]);
    for (label, moved) in [
        (" limit", false),
        (" throttled", true),
        (" high", false),
        (" oom_kill", true),
        (" at max", true),
        (" refused", false),
    ] {
        assert!(found.contains(&(label, moved)), "{label}: {found:?}");
    }
}

#[test]
fn version_1_counts_other_things() {
    let now = sample_at(AFTER, Version::V1);
    let rows = diff::counters(&now, None, false);
    let has = |label: &str| {
        rows.iter().any(|row| match &row.part {
            CounterPart::Counter(counter) => counter.label == label,
            CounterPart::Group(_) => false,
        })
    };
    assert!(has(" at limit") && has(" oom_kill"));
    assert!(!has(" at max") && !has(" high"));
}

#[test]
fn limits_of_all_cgroups_above_count_and_the_smallest_wins() {
    let mut now = sample_at(0, Version::V2);
    let enforced = |now: &glassbox::model::Sample, label: &str| {
        let rows = diff::believes(now, None, "box");
        let row = rows.into_iter().find(|row| row.label == label);
        let host = row.expect("a row").host;
        (host.value, host.note)
    };
    let words = |value: &str, note: &str| (value.to_owned(), note.to_owned());
    assert_eq!(enforced(&now, "memory"), words("64.0M at most", "by jar"));
    assert_eq!(
        enforced(&now, "CPU time"),
        words("20.0 % of one CPU", "by jar")
    );
    let jar = now.cgroups.iter_mut().find(|group| group.name == "jar");
    if let Seen::Is(memory) = &mut jar.expect("the jar").memory {
        memory.max = None;
    }
    let whole = words("256M at most", "by the lesson");
    assert_eq!(enforced(&now, "memory"), whole);
}

#[test]
fn what_has_a_limit_is_charted_once() {
    let now = sample_at(AFTER, Version::V2);
    let charts: Vec<(String, Metric)> = diff::charts(&now)
        .into_iter()
        .map(|chart| (chart.group, chart.metric))
        .collect();
    let jar = |metric| ("jar".to_owned(), metric);
    assert_eq!(
        charts,
        [jar(Metric::Cpu), jar(Metric::Memory), jar(Metric::Pids)]
    );
}

#[test]
fn only_what_a_lesson_may_set_is_marked_among_the_knobs() {
    let (mut before, now) = (
        sample_at(BEFORE, Version::V2),
        sample_at(AFTER, Version::V2),
    );
    let marked = |before: &glassbox::model::Sample| -> Vec<&'static str> {
        let (group, rows) = diff::knobs(&now, Some(before), false);
        assert_eq!(group.as_deref(), Some("jar"));
        let rows = rows.into_iter().filter(|row| row.changed);
        rows.filter_map(|row| row.knob.v2).collect()
    };
    assert_eq!(marked(&before), [""; 0], "memory.current counts by itself");
    let jar = before.cgroups.iter_mut().find(|group| group.name == "jar");
    let raw = &mut jar.expect("the jar").raw;
    let limit = raw.iter_mut().find(|raw| raw.file == "memory.max");
    limit.expect("the limit").text = "max".into();
    assert_eq!(marked(&before), ["memory.max"]);
}

#[test]
fn pressure_is_marked_where_somebody_waited_longer() {
    let (before, now) = (
        sample_at(BEFORE, Version::V2),
        sample_at(AFTER, Version::V2),
    );
    let rows = diff::pressure(&now, Some(&before));
    let marks: Vec<(&str, bool)> = rows
        .iter()
        .filter_map(|row| match row {
            diff::PressureRow::Waited(what, _, more) => Some((*what, *more)),
            _ => None,
        })
        .collect();
    let machine = [("cpu", true), ("memory", false), ("io", false)];
    assert_eq!(marks[..3], machine);
    assert_eq!(marks[3..5], [("cpu", true), ("memory", false)]);
    let old = diff::pressure(&sample_at(AFTER, Version::V1), None);
    assert!(old.contains(&diff::PressureRow::Nothing));
}
