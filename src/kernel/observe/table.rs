//! The process list of one procfs, kept from look to look. A row is read when it is new, when it is
//! a subject or descends from one, or when its turn comes: each look reads the next `WINDOW` rows
//! again. So a look at 10,000 processes costs one getdents and a few hundred reads, and what nobody
//! watches may be a few seconds old. Called by `Observer` alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::proc::Procfs;
use crate::model::{Errno, Process};

/// Rows that are read again although nothing says that they changed.
const WINDOW: usize = 192;

#[derive(Debug)]
struct Row {
    /// Inode of the directory: another one under the same number is another process.
    ino: u64,
    process: Process,
}

/// Rows by number, all of one procfs.
#[derive(Debug, Default)]
pub(super) struct Table {
    dev: u64,
    rows: BTreeMap<i32, Row>,
    /// Where the window ended the last time.
    cursor: i32,
}

impl Table {
    /// Brings the rows up to date and says how many processes there are.
    pub(super) fn refresh(&mut self, proc: &Procfs, roots: &BTreeSet<i32>) -> Result<u32, Errno> {
        let listed: BTreeMap<i32, u64> = proc.list()?.into_iter().collect();
        if self.dev != proc.dev() {
            self.rows.clear();
            self.dev = proc.dev();
        }
        self.rows
            .retain(|pid, row| listed.get(pid) == Some(&row.ino));
        for pid in self.due(&listed, roots) {
            let ino = listed.get(&pid).copied().unwrap_or_default();
            match proc.pid(pid).and_then(|dir| super::row(pid, &dir)) {
                Ok((process, _)) => self.rows.insert(pid, Row { ino, process }),
                Err(_) => self.rows.remove(&pid),
            };
        }
        Ok(u32::try_from(listed.len()).unwrap_or(u32::MAX))
    }

    /// Puts in what was just read about a subject, so that a snapshot does not contradict itself.
    pub(super) fn put(&mut self, process: &Process) {
        if let Some(row) = self.rows.get_mut(&process.pid) {
            row.process = process.clone();
        }
    }

    /// The rows by number, at most `limit` of them: first the roots with their ancestors and
    /// descendants, then the lowest numbers.
    pub(super) fn rows(&self, roots: &BTreeSet<i32>, limit: Option<usize>) -> Vec<Process> {
        let most = limit.unwrap_or(usize::MAX);
        if self.rows.len() <= most {
            return self.rows.values().map(|row| row.process.clone()).collect();
        }
        let mut first = self.family(roots);
        first.extend(self.ancestors(roots));
        let kept: BTreeSet<i32> = first
            .iter()
            .chain(self.rows.keys().filter(|pid| !first.contains(pid)))
            .filter(|pid| self.rows.contains_key(pid))
            .take(most)
            .copied()
            .collect();
        kept.iter()
            .filter_map(|pid| self.rows.get(pid))
            .map(|row| row.process.clone())
            .collect()
    }

    /// What to read in this look.
    fn due(&mut self, listed: &BTreeMap<i32, u64>, roots: &BTreeSet<i32>) -> BTreeSet<i32> {
        let mut due = self.family(roots);
        due.extend(listed.keys().filter(|pid| !self.rows.contains_key(pid)));
        let after = self.rows.range(self.cursor.saturating_add(1)..);
        let window: Vec<i32> = after
            .chain(self.rows.range(..=self.cursor))
            .map(|(pid, _)| *pid)
            .take(WINDOW)
            .collect();
        self.cursor = window.last().copied().unwrap_or(0);
        due.extend(window);
        due.retain(|pid| listed.contains_key(pid));
        due
    }

    /// The roots and all that descend from them, as far as the rows know.
    fn family(&self, roots: &BTreeSet<i32>) -> BTreeSet<i32> {
        let mut family = roots.clone();
        let mut size = 0;
        // Children mostly have higher numbers than their parents, so one or two passes are enough.
        while !roots.is_empty() && size != family.len() {
            size = family.len();
            for (pid, row) in &self.rows {
                if family.contains(&row.process.ppid) {
                    family.insert(*pid);
                }
            }
        }
        family
    }

    fn ancestors(&self, roots: &BTreeSet<i32>) -> BTreeSet<i32> {
        let mut above = BTreeSet::new();
        for root in roots {
            let mut pid = *root;
            while let Some(row) = self.rows.get(&pid) {
                pid = row.process.ppid;
                if !above.insert(pid) {
                    break;
                }
            }
        }
        above
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Untrusted;

    fn table(parents: &[(i32, i32)]) -> Table {
        let rows = parents.iter().map(|(pid, ppid)| {
            let process = Process {
                pid: *pid,
                ppid: *ppid,
                command: Untrusted::from("x"),
                state: 'S',
                start: 1,
                nspid: vec![*pid],
                uid: 0,
                threads: 1,
            };
            (*pid, Row { ino: 1, process })
        });
        Table {
            rows: rows.collect(),
            ..Table::default()
        }
    }

    fn pids(rows: &[Process]) -> Vec<i32> {
        rows.iter().map(|row| row.pid).collect()
    }

    #[test]
    fn a_limit_keeps_the_family_first_and_the_order() {
        let tree = table(&[(1, 0), (2, 0), (3, 1), (50, 3), (60, 50), (55, 60), (70, 2)]);
        let roots = BTreeSet::from([50]);
        // 50 itself, above it 3 and 1, below it 60 and (numbers may wrap around) 55.
        assert_eq!(pids(&tree.rows(&roots, Some(5))), [1, 3, 50, 55, 60]);
        assert_eq!(pids(&tree.rows(&roots, Some(6))), [1, 2, 3, 50, 55, 60]);
        assert_eq!(tree.rows(&roots, Some(3)).len(), 3);
        assert_eq!(tree.rows(&roots, None).len(), 7);
        assert_eq!(pids(&tree.rows(&BTreeSet::new(), Some(2))), [1, 2]);
    }

    #[test]
    fn new_rows_and_the_family_are_always_due_the_rest_in_turn() {
        let count = i32::try_from(WINDOW).expect("small") * 2;
        let parents: Vec<_> = (1..=count).map(|pid| (pid, 0)).collect();
        let mut tree = table(&parents);
        let mut listed: BTreeMap<i32, u64> = (1..=count).map(|pid| (pid, 1)).collect();
        listed.insert(count + 1, 1);
        let roots = BTreeSet::from([count]);
        let first = tree.due(&listed, &roots);
        assert!(first.contains(&(count + 1)), "new");
        assert!(first.contains(&count), "subject");
        assert_eq!(first.len(), WINDOW + 2);
        let mut second = tree.due(&listed, &roots);
        second.extend(first);
        assert_eq!(second.len(), listed.len(), "two windows cover every row");
    }

    #[test]
    fn a_loop_of_parents_ends() {
        let tree = table(&[(1, 2), (2, 1)]);
        assert_eq!(tree.ancestors(&BTreeSet::from([1])), BTreeSet::from([1, 2]));
        assert_eq!(tree.family(&BTreeSet::from([1])), BTreeSet::from([1, 2]));
    }
}
