//! What this machine can run: the answers of `doctor`, which the lesson list shows, too.

use serde::{Deserialize, Serialize};

/// What every lesson needs, whatever it says itself.
const ALWAYS: [&str; 2] = ["kernel", "userns"];

/// One thing that a lesson may need (`needs = ["pid", "cmd:ps"]`), tried on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The name that lessons use: a namespace kind, `userns`, `proc-mount`, `cmd:NAME`, ...
    pub name: String,
    /// Whether it is there and works.
    pub ok: bool,
    /// What was tried and what came back, one line.
    pub detail: String,
    /// What to do about it, one line; empty when `ok`.
    pub remedy: String,
}

/// Everything that was tried.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    /// Release of the running kernel.
    pub kernel: String,
    /// `v2`, `hybrid`, `v1` or `none`.
    pub cgroup: String,
    /// In the order of the report.
    pub probes: Vec<Probe>,
}

impl Support {
    /// The probe of that name.
    #[must_use]
    pub fn probe(&self, name: &str) -> Option<&Probe> {
        self.probes.iter().find(|probe| probe.name == name)
    }

    /// What is missing for a lesson with these needs: first of what every lesson needs, then in
    /// their order. A need nobody probed is missing, too.
    #[must_use]
    pub fn missing(&self, needs: &[String]) -> Vec<Probe> {
        let own = needs.iter().map(String::as_str);
        let own = own.filter(|need| !ALWAYS.contains(need));
        let all = ALWAYS.into_iter().chain(own);
        all.filter_map(|need| self.lack(need)).collect()
    }

    fn lack(&self, need: &str) -> Option<Probe> {
        match self.probe(need) {
            Some(probe) if probe.ok => None,
            Some(probe) => Some(probe.clone()),
            None => Some(Probe {
                name: need.to_owned(),
                ok: false,
                detail: format!("`{need}` was not probed"),
                remedy: "run `glassbox doctor`".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacks(probed: &[(&str, bool)], needs: &[&str]) -> Vec<String> {
        let probe = |(name, ok): &(&str, bool)| Probe {
            name: (*name).to_owned(),
            ok: *ok,
            detail: String::new(),
            remedy: String::new(),
        };
        let support = Support {
            probes: probed.iter().map(probe).collect(),
            ..Support::default()
        };
        let needs: Vec<String> = needs.iter().map(|need| (*need).to_owned()).collect();
        let missing = support.missing(&needs);
        missing.into_iter().map(|probe| probe.name).collect()
    }

    #[test]
    fn what_every_lesson_needs_counts_for_each_and_is_told_once() {
        let ready = [("kernel", true), ("userns", true), ("pid", true)];
        assert_eq!(lacks(&ready, &["pid"]), [""; 0]);
        let old = [("kernel", false), ("userns", false), ("pid", true)];
        assert_eq!(lacks(&old, &["pid"]), ["kernel", "userns"]);
        assert_eq!(lacks(&old, &["pid", "userns"]), ["kernel", "userns"]);
        assert_eq!(lacks(&ready, &["net", "pid"]), ["net"]);
    }
}
