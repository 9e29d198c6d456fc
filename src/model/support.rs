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

/// What must be known of a lesson to tell what it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish<'a> {
    /// The lesson's id.
    pub id: &'a str,
    /// Part of the core course.
    pub core: bool,
    /// Names of probes.
    pub needs: &'a [String],
}

/// Something that is missing, and the lessons that cannot run without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack<'a> {
    /// What was tried, and what to do.
    pub probe: Probe,
    /// Their ids.
    pub lessons: Vec<&'a str>,
}

impl Support {
    /// All that is missing for these lessons, the deepest cause first: what every lesson needs, then
    /// what the core course needs, then what the others do.
    #[must_use]
    pub fn lacks<'a>(&self, wishes: &[Wish<'a>]) -> Vec<Lack<'a>> {
        let deepest = self.missing(&[]).into_iter();
        let mut lacks: Vec<Lack<'a>> = deepest
            .map(|probe| Lack {
                probe,
                lessons: Vec::new(),
            })
            .collect();
        for core in [true, false] {
            for wish in wishes.iter().filter(|wish| wish.core == core) {
                for probe in self.missing(wish.needs) {
                    match lacks.iter_mut().find(|lack| lack.probe == probe) {
                        Some(lack) => lack.lessons.push(wish.id),
                        None => lacks.push(Lack {
                            probe,
                            lessons: vec![wish.id],
                        }),
                    }
                }
            }
        }
        lacks
    }

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
    fn the_deepest_cause_comes_first_then_the_core() {
        let probe = |name: &str, ok| Probe {
            name: name.to_owned(),
            ok,
            detail: String::new(),
            remedy: String::new(),
        };
        let support = Support {
            probes: [
                ("kernel", true),
                ("userns", false),
                ("net", false),
                ("tool", false),
            ]
            .map(|(name, ok)| probe(name, ok))
            .into(),
            ..Support::default()
        };
        let (tool, net) = (["tool".to_owned()], ["net".to_owned()]);
        let wish = |id, core, needs| Wish { id, core, needs };
        let wishes = [wish("03", false, &tool), wish("08", true, &net)];
        let lacks = support.lacks(&wishes);
        let told: Vec<_> = lacks
            .iter()
            .map(|lack| (lack.probe.name.as_str(), lack.lessons.as_slice()))
            .collect();
        let (userns, net, tool) = (["08", "03"], ["08"], ["03"]);
        let wanted: [(&str, &[&str]); 3] = [("userns", &userns), ("net", &net), ("tool", &tool)];
        assert_eq!(told, wanted);
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
