//! The switches of the desk in words, a row each. The same words, the same setting: what has changed
//! since the start is told from them. Called by the desk.

use crate::app::Row;
use crate::model::Untrusted;
use crate::model::recipe::{Recipe, TOOLS};

/// A row in words.
pub(super) fn text(recipe: &Recipe, row: Row) -> String {
    match row {
        Row::Ns(kind) => {
            let on = switch(recipe.ns.contains(&kind));
            format!("{on} {} namespace", kind.name())
        }
        Row::Root => value("root", Some(recipe.root.name().to_owned())),
        Row::ReadOnly => format!("{} read-only /", switch(recipe.read_only)),
        Row::Hostname => match &recipe.hostname {
            Some(name) => format!("[x] hostname {}", Untrusted::from(name).text()),
            None => "[ ] hostname".to_owned(),
        },
        Row::Memory => value("memory", recipe.memory.map(memory)),
        Row::Cpu => value("cpus", recipe.cpu.map(cpus)),
        Row::Pids => value("processes", recipe.pids.map(|it| it.to_string())),
        Row::Caps => {
            let left = recipe.caps.as_ref().map(|caps| caps.len().to_string());
            value("caps left", Some(left.unwrap_or_else(|| "all".to_owned())))
        }
        Row::Cap(cap) => format!("  {} {}", switch(recipe.has_cap(cap)), cap.name()),
        Row::NoNewPrivs => format!("{} no_new_privs", switch(recipe.no_new_privs)),
        Row::Seccomp => value("seccomp", recipe.seccomp.map(|it| it.name().to_owned())),
        Row::Line(at) => format!("line: {}", TOOLS.get(at).unwrap_or(&"")),
    }
}

/// The sign of a line that is typed, and for which row.
pub(super) fn sign(of: Option<Row>) -> &'static str {
    match of {
        None => "docker line:",
        Some(Row::Hostname) => "hostname:",
        Some(Row::Memory) => "memory:",
        Some(Row::Cpu) => "CPUs:",
        Some(_) => "processes:",
    }
}

fn switch(on: bool) -> &'static str {
    if on { "[x]" } else { "[ ]" }
}

fn value(name: &str, value: Option<String>) -> String {
    let value = value.unwrap_or_else(|| "off".to_owned());
    format!("{name:<10} < {value} >")
}

/// Whole units alone: other values were typed, and are shown as they were meant.
fn memory(bytes: u64) -> String {
    match bytes {
        whole if whole % (1 << 20) == 0 => format!("{} MiB", whole >> 20),
        whole if whole % (1 << 10) == 0 => format!("{} KiB", whole >> 10),
        bytes => format!("{bytes} B"),
    }
}

fn cpus(thousandths: u64) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.strip_suffix('0').unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_shown_as_it_is() {
        let typed = |memory, cpu| Recipe {
            memory: Some(memory),
            cpu: Some(cpu),
            ..Recipe::default()
        };
        let shown = |recipe: &Recipe| [text(recipe, Row::Memory), text(recipe, Row::Cpu)];
        let cases = [
            (
                typed(64 << 20, 500),
                ["memory     < 64 MiB >", "cpus       < 0.50 >"],
            ),
            (
                typed(100 << 10, 2000),
                ["memory     < 100 KiB >", "cpus       < 2.00 >"],
            ),
            (
                typed(4097, 15),
                ["memory     < 4097 B >", "cpus       < 0.015 >"],
            ),
        ];
        for (recipe, wanted) in cases {
            assert_eq!(shown(&recipe), wanted);
        }
    }
}
