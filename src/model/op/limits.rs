//! Operations on what a process may do: its capability sets, no_new_privs, filters of system calls;
//! and one that tries what a container is usually refused. Each changes the caller alone.

use serde::{Deserialize, Serialize};

use super::Errno_;
use crate::model::filter::Filter;
use crate::model::tries::Try;
use crate::model::user::{CAPABILITIES, Set};

operation!(
    /// Takes capabilities out of sets of the caller, or puts them in.
    Caps {
        /// Which sets.
        sets: Vec<Set>,
        /// What is taken out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        drop: Vec<Cap>,
        /// What is put in; not into the bounding set, which only shrinks.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        add: Vec<Cap>,
        /// All others are taken out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keep: Option<Vec<Cap>>,
    }
);
operation!(
    /// prctl(2), PR_SET_NO_NEW_PRIVS
    NoNewPrivs {}
);
operation!(
    /// Installs a filter of system calls: seccomp(2).
    Seccomp {
        /// Which one.
        filter: Filter,
    }
);
operation!(
    /// Tries one call after the other, and undoes what succeeds.
    Tries {
        /// A directory of the box, for those that need a path.
        at: String,
        /// What is tried, in this order.
        what: Vec<Try>,
    }
);

/// A capability by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cap(usize);

impl Cap {
    /// Its bit, alone.
    #[must_use]
    pub fn bit(self) -> u64 {
        1 << self.0
    }

    /// `CAP_CHOWN`
    #[must_use]
    pub fn name(self) -> &'static str {
        CAPABILITIES[self.0]
    }

    /// All that this glassbox has a name for, in the order of their bits.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..CAPABILITIES.len()).map(Self)
    }

    /// All of them in one mask.
    #[must_use]
    pub fn mask(caps: &[Self]) -> u64 {
        caps.iter().fold(0, |mask, cap| mask | cap.bit())
    }
}

impl TryFrom<String> for Cap {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let bit = CAPABILITIES.iter().position(|known| *known == name);
        bit.map(Self)
            .ok_or_else(|| format!("`{name}` is no capability; expected a name such as CAP_CHOWN"))
    }
}

impl From<Cap> for String {
    fn from(cap: Cap) -> Self {
        cap.name().to_owned()
    }
}

/// What becomes of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// These are taken out.
    Drop(u64),
    /// These are put in.
    Add(u64),
}

impl Change {
    /// The set after it.
    #[must_use]
    pub fn of(self, set: u64) -> u64 {
        match self {
            Self::Drop(mask) => set & !mask,
            Self::Add(mask) => set | mask,
        }
    }
}

impl Caps {
    /// What it changes. `Err` says what is wrong with the fields.
    pub fn change(&self) -> Result<Change, String> {
        let (drop, add) = (Cap::mask(&self.drop), Cap::mask(&self.add));
        let change = match (drop, add, &self.keep) {
            (0, 0, Some(keep)) => Change::Drop(!Cap::mask(keep)),
            (drop, 0, None) if drop != 0 => Change::Drop(drop),
            (0, add, None) if add != 0 => Change::Add(add),
            _ => return Err("expected one of `drop`, `add` and `keep`".to_owned()),
        };
        if self.sets.is_empty() {
            return Err("an empty `sets`; expected at least one".to_owned());
        }
        if self.has(Set::Bounding) && matches!(change, Change::Add(_)) {
            return Err("nothing can be added to the bounding set".to_owned());
        }
        Ok(change)
    }

    /// Whether it changes that set.
    #[must_use]
    pub fn has(&self, set: Set) -> bool {
        self.sets.contains(&set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(fields: &str) -> Result<Change, String> {
        let op: Caps = serde_json::from_str(fields).map_err(|e| e.to_string())?;
        op.change()
    }

    #[test]
    fn one_kind_of_change_at_a_time() {
        let dropped = change(r#"{"sets": ["bounding"], "drop": ["CAP_CHOWN", "CAP_KILL"]}"#);
        assert_eq!(dropped, Ok(Change::Drop(0b10_0001)));
        let added = change(r#"{"sets": ["ambient"], "add": ["CAP_DAC_OVERRIDE"]}"#);
        assert_eq!(added, Ok(Change::Add(0b10)));
        let kept = change(r#"{"sets": ["permitted"], "keep": []}"#);
        assert_eq!(kept.map(|change| change.of(u64::MAX)), Ok(0));
        for wrong in [
            r#"{"sets": ["bounding"], "add": ["CAP_CHOWN"]}"#,
            r#"{"sets": [], "drop": ["CAP_CHOWN"]}"#,
            r#"{"sets": ["ambient"]}"#,
            r#"{"sets": ["ambient"], "drop": ["CAP_CHOWN"], "keep": []}"#,
            r#"{"sets": ["ambient"], "drop": ["chown"]}"#,
            r#"{"sets": ["ambience"], "drop": ["CAP_CHOWN"]}"#,
        ] {
            assert!(change(wrong).is_err(), "{wrong}");
        }
    }
}
