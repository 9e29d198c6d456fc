//! What this machine can run: the answers of `doctor`, which the lesson list shows, too.

use serde::{Deserialize, Serialize};

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

    /// What is missing of `needs`, in their order. A need nobody probed is missing, too.
    #[must_use]
    pub fn missing(&self, needs: &[String]) -> Vec<Probe> {
        needs
            .iter()
            .filter_map(|need| match self.probe(need) {
                Some(probe) if probe.ok => None,
                Some(probe) => Some(probe.clone()),
                None => Some(Probe {
                    name: need.clone(),
                    ok: false,
                    detail: format!("`{need}` was not probed"),
                    remedy: "run `glassbox doctor`".to_owned(),
                }),
            })
            .collect()
    }
}
