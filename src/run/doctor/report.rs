//! The report of `doctor` as text and as JSON: pure, from what was tried and what lessons need.

use serde::Serialize;

use super::terminal::Terminal;
use super::{Wish, fold};
use crate::model::support::{Probe, Support};

/// The whole report. As JSON: `{"ready":bool,"remedy":null|"...","kernel":"...","cgroup":"v2|hybrid|
/// v1|none","terminal":{"size":null|[columns,rows],"colors":n,"utf8":bool},"probes":[{"name","ok",
/// "detail","remedy"}],"lessons":[{"id","title","runs":bool,"missing":[{"name","ok":false,"detail",
/// "remedy"}],"by_hand_lacks":["perl"]}]}`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Report {
    /// Every lesson of the core course runs here.
    pub(super) ready: bool,
    /// What to do first.
    remedy: Option<String>,
    kernel: String,
    cgroup: String,
    terminal: Terminal,
    probes: Vec<Probe>,
    lessons: Vec<Line>,
}

#[derive(Debug, Clone, Serialize)]
struct Line {
    id: String,
    title: String,
    core: bool,
    runs: bool,
    missing: Vec<Probe>,
    by_hand_lacks: Vec<String>,
}

impl Report {
    pub(super) fn new(support: Support, wishes: &[Wish<'_>], terminal: Terminal) -> Self {
        let lessons: Vec<Line> = wishes.iter().map(|wish| line(&support, wish)).collect();
        let wishes: Vec<_> = wishes.iter().map(Wish::bare).collect();
        let first = support.lacks(&wishes).into_iter().next();
        let remedy = first.map(|lack| lack.probe.remedy);
        Self {
            ready: support.missing(&[]).is_empty()
                && lessons.iter().all(|line| line.runs || !line.core),
            remedy,
            kernel: support.kernel,
            cgroup: support.cgroup,
            terminal,
            probes: support.probes,
            lessons,
        }
    }

    pub(super) fn json(&self) -> String {
        super::super::json::line(self)
    }

    pub(super) fn text(&self) -> String {
        let mut text = Text::new(self.terminal.size);
        text.all.push_str("This machine\n");
        self.push_machine(&mut text);
        text.all.push_str("\nLessons\n");
        self.push_lessons(&mut text);
        text.all.push('\n');
        text.fold("", &self.verdict());
        text.all
    }

    fn verdict(&self) -> String {
        let lacking = self.lessons.iter().filter(|line| !line.runs).count();
        match &self.remedy {
            None => "READY".to_owned(),
            Some(remedy) if self.ready => format!(
                "READY for the core course; {lacking} of {} lessons cannot run. First: {remedy}",
                self.lessons.len()
            ),
            Some(remedy) => format!("NOT READY. First: {remedy}"),
        }
    }

    /// A cause that stays the same from probe to probe is told once.
    fn push_machine(&self, text: &mut Text) {
        let mut told = "";
        for probe in &self.probes {
            if probe.ok {
                text.push("ok", &probe.name, &probe.detail);
            } else if probe.detail == told {
                text.push("NO", &probe.name, "for the same reason");
            } else {
                text.push("NO", &probe.name, &probe.detail);
                text.push("", "", &format!("remedy: {}", probe.remedy));
                told = &probe.detail;
            }
        }
        text.push("", "cgroups", &self.cgroup);
        text.push("", "terminal", &self.terminal.text());
    }

    fn push_lessons(&self, text: &mut Text) {
        let names = self.lessons.iter().map(|line| line.id.len());
        text.names = names.max().unwrap_or(NAMES);
        for line in &self.lessons {
            let mark = if line.runs { "ok" } else { "NO" };
            text.push(mark, &line.id, &line.title);
            if let Some(first) = line.missing.first() {
                let names: Vec<&str> = line.missing.iter().map(|probe| &*probe.name).collect();
                let needs = format!("needs {}; first: {}", names.join(", "), first.remedy);
                text.push("", "", &needs);
            }
            if line.runs && !line.by_hand_lacks.is_empty() {
                let tools = line.by_hand_lacks.join(", ");
                text.push("", "", &format!("to do it by hand, install {tools}"));
            }
        }
    }
}

fn line(support: &Support, wish: &Wish<'_>) -> Line {
    let missing = support.missing(wish.needs);
    Line {
        id: wish.id.to_owned(),
        title: wish.title.to_owned(),
        core: wish.core,
        runs: missing.is_empty(),
        missing,
        by_hand_lacks: wish.by_hand.iter().map(ToString::to_string).collect(),
    }
}

/// The report as it grows, folded at the terminal's width. What reads it from a pipe gets a line
/// for each thing.
struct Text {
    all: String,
    columns: usize,
    /// How wide the column of names is.
    names: usize,
}

/// Wide enough for what the machine is asked.
const NAMES: usize = 14;

impl Text {
    fn new(size: Option<(u16, u16)>) -> Self {
        Self {
            all: String::new(),
            names: NAMES,
            columns: size.map_or(usize::MAX, |(columns, _)| columns.into()),
        }
    }

    fn push(&mut self, mark: &str, name: &str, words: &str) {
        let names = self.names;
        self.fold(&format!("  {mark:<2}  {name:<names$}  "), words);
    }

    fn fold(&mut self, label: &str, words: &str) {
        let text = fold::labelled(label, words, self.columns);
        self.all.push_str(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_TERMINAL: Terminal = Terminal {
        size: None,
        colors: 0,
        utf8: false,
    };

    fn support(probes: Vec<Probe>) -> Support {
        Support {
            kernel: "6.12.1".to_owned(),
            cgroup: "v2".to_owned(),
            probes,
        }
    }

    fn probe(name: &str, remedy: &str) -> Probe {
        Probe {
            name: name.to_owned(),
            ok: remedy.is_empty(),
            detail: if remedy.is_empty() {
                "works"
            } else {
                "does not"
            }
            .to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    fn report(probes: &[Probe], needs: &[&str]) -> Report {
        report_of(true, probes, needs)
    }

    fn report_of(core: bool, probes: &[Probe], needs: &[&str]) -> Report {
        let needs: Vec<String> = needs.iter().map(|need| (*need).to_owned()).collect();
        let support = support(probes.to_vec());
        let wish = Wish {
            id: "02-pid",
            title: "A process list of its own",
            core,
            needs: &needs,
            by_hand: &[],
        };
        let terminal = Terminal {
            size: Some((80, 24)),
            colors: 256,
            utf8: true,
        };
        Report::new(support, &[wish], terminal)
    }

    #[test]
    fn what_no_lesson_needs_does_not_matter() {
        let probes = [
            probe("kernel", ""),
            probe("userns", ""),
            probe("pid", ""),
            probe("time", "newer"),
        ];
        let report = report(&probes, &["pid"]);
        assert!(report.ready && report.remedy.is_none());
        assert!(report.text().ends_with("\nREADY\n"));
        assert!(report.text().contains("  NO  time            does not\n"));
    }

    #[test]
    fn a_lesson_beside_the_core_does_not_make_a_machine_unready() {
        let probes = [
            probe("kernel", ""),
            probe("userns", ""),
            probe("newuidmap", "install it"),
        ];
        let report = report_of(false, &probes, &["newuidmap"]);
        assert!(report.ready);
        let end = "\nREADY for the core course; 1 of 1 lessons cannot run. First: install it\n";
        assert!(report.text().ends_with(end), "{}", report.text());
    }

    #[test]
    fn the_first_remedy_is_that_of_the_deepest_cause() {
        let probes = [
            probe("kernel", ""),
            probe("userns", "do this"),
            probe("pid", "do that"),
        ];
        let report = report(&probes, &["pid"]);
        assert!(!report.ready);
        assert!(report.text().ends_with("\nNOT READY. First: do this\n"));
        assert!(
            report
                .text()
                .contains("needs userns, pid; first: do this\n")
        );
    }

    #[test]
    fn a_need_that_nobody_tried_is_missing() {
        let probes = [probe("kernel", ""), probe("userns", "")];
        let report = report(&probes, &["loop-device"]);
        assert!(!report.ready);
        assert_eq!(report.lessons[0].missing[0].name, "loop-device");
    }

    #[test]
    fn the_object_has_the_documented_keys() {
        let probes = [
            probe("kernel", ""),
            probe("userns", ""),
            probe("cmd:ps", "install ps"),
        ];
        let json = report(&probes, &["cmd:ps"]).json();
        let value: serde_json::Value = serde_json::from_str(&json).expect("an object");
        assert_eq!(value["ready"], false);
        assert_eq!(value["remedy"], "install ps");
        assert_eq!(value["cgroup"], "v2");
        assert_eq!(value["terminal"]["size"], serde_json::json!([80, 24]));
        assert_eq!(value["probes"][2]["name"], "cmd:ps");
        assert_eq!(value["lessons"][0]["runs"], false);
        assert_eq!(value["lessons"][0]["missing"][0]["remedy"], "install ps");
        assert!(json.ends_with("}\n"));
    }

    #[test]
    fn what_the_core_lacks_comes_first() {
        let (tool, net) = (["cmd:tool".to_owned()], ["net".to_owned()]);
        let wish = |id, core, needs| Wish {
            id,
            title: "A lesson",
            core,
            needs,
            by_hand: &[],
        };
        let lessons = [wish("03-more", false, &tool), wish("08-net", true, &net)];
        let support = support(vec![
            probe("kernel", ""),
            probe("userns", ""),
            probe("cmd:tool", "install it"),
            probe("net", "allow it"),
        ]);
        let report = Report::new(support, &lessons, NO_TERMINAL);
        assert!(report.text().ends_with("\nNOT READY. First: allow it\n"));
    }

    #[test]
    fn what_a_learner_cannot_type_is_told_with_the_lesson() {
        let wish = |id, needs| Wish {
            id,
            title: "A lesson",
            core: false,
            needs,
            by_hand: &["ip", "perl"],
        };
        let nowhere = ["net".to_owned()];
        let lessons = [wish("07-root", &[]), wish("08-net", &nowhere)];
        let support = support(vec![
            probe("kernel", ""),
            probe("userns", ""),
            probe("net", "allow it"),
        ]);
        let report = Report::new(support, &lessons, NO_TERMINAL);
        // A lesson that cannot run has other troubles.
        let text = report.text();
        let told = text.matches("to do it by hand, install ip, perl").count();
        assert_eq!(told, 1, "{text}");
        let value: serde_json::Value = serde_json::from_str(&report.json()).expect("JSON");
        assert_eq!(value["lessons"][0]["by_hand_lacks"][1], "perl");
    }

    #[test]
    fn no_line_is_longer_than_the_terminal() {
        let long = "word ".repeat(40);
        let probes = [probe("kernel", ""), probe("userns", &long)];
        let text = report(&probes, &["pid"]).text();
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    }
}
