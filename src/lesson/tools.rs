//! The programs that the commands by hand of a lesson need. Asked by doctor, which says what this machine
//! lacks of them; it only reads the lesson.

use std::collections::BTreeSet;

use super::Lesson;
use crate::model::by_hand;

/// Those that a small machine may be without: not the shell's own, and not those of coreutils.
const TOOLS: [&str; 16] = [
    "dmesg",
    "domainname",
    "hostname",
    "ip",
    "mount",
    "newgidmap",
    "newuidmap",
    "nsenter",
    "perl",
    "pivot_root",
    "ps",
    "python3",
    "setpriv",
    "tc",
    "umount",
    "unshare",
];

impl Lesson {
    /// What its commands by hand call, as far as a machine may lack it, by name.
    #[must_use]
    pub fn tools(&self) -> BTreeSet<&'static str> {
        let lines = self.lines_by_hand();
        let words = lines.iter().flat_map(|line| words(line));
        let tool = |word| TOOLS.into_iter().find(|tool| *tool == word);
        words.filter_map(tool).collect()
    }

    fn lines_by_hand(&self) -> Vec<String> {
        let steps = self.steps.iter().enumerate();
        let commands = steps
            .flat_map(|(at, step)| by_hand::commands(&self.boxes, &self.replay(at), &step.ops));
        commands.flatten().collect()
    }
}

/// What may be the name of a program in a line; not in what a learner reads of it.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let is_remark = line.starts_with('#');
    let command = line.split("  # ").next().filter(|_| !is_remark);
    let command = command.unwrap_or_default();
    command.split(|c: char| c.is_whitespace() || "'\"$(){};|&`".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::library;

    /// Of the shell, of coreutils, and assignments.
    const PLAIN: [&str; 25] = [
        ":", "D", "[", "cat", "cd", "chmod", "chown", "chroot", "cp", "date", "echo", "exec",
        "export", "f", "for", "kill", "mkdir", "mknod", "printf", "rm", "rmdir", "sh", "sleep",
        "wait", "true",
    ];

    #[test]
    fn every_command_is_a_tool_or_everywhere() {
        let lessons = library::embedded().expect("the built-in lessons are good");
        for lesson in &lessons {
            for line in lesson.lines_by_hand() {
                let command = line.split([' ', '=']).next().unwrap_or_default();
                let known = TOOLS.contains(&command) || PLAIN.contains(&command);
                assert!(known || line.starts_with('#'), "{}: {line}", lesson.id);
            }
        }
        let of = |id: &str| {
            let lesson = lessons.iter().find(|lesson| lesson.id == id);
            lesson.expect("a lesson").tools()
        };
        assert!(of("01-uts").is_superset(&BTreeSet::from(["hostname", "unshare"])));
        assert!(!of("01-uts").contains("perl") && of("07-root").contains("perl"));
        assert!(of("08-net").contains("ip") && of("03-user-ranges").contains("newuidmap"));
    }

    #[test]
    fn remarks_are_no_commands() {
        assert_eq!(words("# in the shell that is ip:").collect::<String>(), "");
        let found: Vec<&str> = words("sh -c 'exec perl'  # PID: by ps -ef").collect();
        assert_eq!(found, ["sh", "-c", "", "exec", "perl", ""]);
    }
}
