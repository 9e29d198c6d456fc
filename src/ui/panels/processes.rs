//! The process list, seen from the host and from the box. Rows with the same letter are one process.

use ratatui::text::{Line, Span};

use super::super::{
    sheet::{Entry, Look, Sheet},
    theme::{Role, Theme},
    write,
};
use crate::{
    app::Side,
    model::{
        Errno, Member, Sample, Seen, Untrusted,
        diff::{self, Change, Row},
        sample::{BoxView, Exit, Role as MemberRole},
        signal,
    },
};

const INSIDE: usize = 11;
const PARENT: usize = 8;
/// From this width of a pane on, the host's list shows parents, too.
const PARENTS_FROM: usize = 56;

/// One side's list.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    let play = look.play;
    let name = look.seat.box_name;
    let lists = diff::processes(look.now, look.before, name, play.others);
    let view = look.now.boxes.get(name);
    let lead = view.and_then(|view| view.lead.as_ref());
    let lead = lead.map(|lead| lead.host_pid);
    let is_lead = |row: &&Row<'_>| Some(row.process.pid) == lead;
    let lead = lists.host.rows.iter().find(is_lead);
    let lead = lead.and_then(|row| row.mark);
    match look.seat.side {
        Side::Host => {
            let note = others(&lists.host, ", not in box");
            List::new(look, &lists.host.rows).sheet(note, lead)
        }
        Side::Box => match (&lists.inside, view) {
            (Some(side), Some(view)) => {
                let note = whose_proc(view).unwrap_or_else(|| others(side, ""));
                List::new(look, &side.rows).sheet(note, lead)
            }
            (_, view) => no_view(view, look.theme),
        },
    }
}

struct List<'a> {
    look: &'a Look<'a>,
    rows: &'a [Row<'a>],
    /// Width of the first column: numbers have four to seven digits.
    pid: usize,
}

impl<'a> List<'a> {
    fn new(look: &'a Look<'a>, rows: &'a [Row<'a>]) -> Self {
        let digits = |row: &Row<'_>| row.process.pid.to_string().len();
        let widest = rows.iter().map(digits).max().unwrap_or(0);
        let pid = widest.max(5) + 1;
        Self { look, rows, pid }
    }

    /// Whether a list of the host has room for the parents, which a box's list always shows.
    fn has_parents(&self) -> bool {
        self.look.width >= PARENTS_FROM
    }

    /// With the letter of the box's lead.
    fn sheet(&self, note: [String; 2], lead: Option<char>) -> Sheet {
        let pid = self.pid;
        let head = match self.look.seat.side {
            Side::Host if self.has_parents() => {
                format!(
                    " {:<pid$}{:<PARENT$}{:<INSIDE$}COMMAND",
                    "PID", "PARENT", "PID in box"
                )
            }
            Side::Host => format!(" {:<pid$}{:<INSIDE$}COMMAND", "PID", "PID in box"),
            Side::Box => format!(" {:<pid$}{:<PARENT$}COMMAND", "PID", "PARENT"),
        };
        Sheet {
            head: Some(head),
            rows: self.rows.iter().map(|row| self.entry(row)).collect(),
            note: Some(note),
            lead: lead.and_then(|mark| self.rows.iter().position(|row| row.mark == Some(mark))),
            ..Sheet::default()
        }
    }

    fn entry(&self, row: &Row<'_>) -> Entry {
        let theme = self.look.theme;
        let mark = row
            .mark
            .map_or_else(String::new, |mark| format!(" <-{mark}"));
        let other = match self.look.seat.side {
            Side::Host => {
                let inside: Vec<String> = row.inside.iter().map(i32::to_string).collect();
                let inside = match inside.as_slice() {
                    [] => "-".to_owned(),
                    numbers => numbers.join(","),
                };
                let inside = write::fit(&inside, INSIDE - 1, theme) + " ";
                if self.has_parents() {
                    format!("{:<PARENT$}{inside}", row.process.ppid)
                } else {
                    inside
                }
            }
            Side::Box => format!("{:<PARENT$}", row.process.ppid),
        };
        let numbers = format!("{:<pid$}{other}", row.process.pid, pid = self.pid);
        let used = 1 + numbers.len() + mark.len();
        let room = self.look.width.saturating_sub(used);
        let command = write::fit(&self.command(row), room, theme);
        let mark = Span::styled(mark, theme.style(Role::Title));
        Entry::new(row.change, vec![Span::raw(numbers + &command), mark])
    }

    /// The name of a process, and what is odd about it; on the host's side of several boxes also
    /// whose it is.
    fn command(&self, row: &Row<'_>) -> String {
        let name = command(row);
        match row.member {
            Some(member) if self.look.seat.side == Side::Host => {
                let whose = box_of(self.look.now, member).filter(|_| self.look.now.boxes.len() > 1);
                match whose {
                    Some(whose) if !name.starts_with(whose) => format!("{name} ({whose})"),
                    _ => name,
                }
            }
            _ => name,
        }
    }
}

/// The name of the box that a process was started in.
fn box_of<'s>(now: &'s Sample, member: &Member) -> Option<&'s str> {
    let mut boxes = now.boxes.iter();
    let same = |other: &Member| (other.host_pid, other.start) == (member.host_pid, member.start);
    let found = boxes.find(|(_, view)| view.members.iter().any(same));
    found.map(|(name, _)| name.as_str())
}

/// The name of a process, and what is odd about it.
fn command(row: &Row<'_>) -> String {
    let name = row.process.command.text();
    let exit = row.member.and_then(|member| member.exit);
    match (row.change, exit) {
        (Some(Change::Gone), Some(exit)) => format!("{name} {}", ended(exit)),
        (Some(Change::Gone), None) => format!("{name} gone"),
        _ if row.process.state == 'Z' => format!("{name} (Z: zombie)"),
        _ if row.process.state == 'T' => format!("{name} (T: stopped)"),
        _ => match row.member.map(|member| member.role) {
            Some(MemberRole::Eye) => format!("{name} (our observer)"),
            Some(MemberRole::Keeper) => format!("{name} (holds the shell)"),
            _ => name,
        },
    }
}

/// How a process ended: `exit 0`, `SIGKILL`.
pub(super) fn ended(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit {code}"),
        Exit::Signal(number) => signal::name(number.unsigned_abs()),
        Exit::Unknown => "ended".to_owned(),
    }
}

/// How many processes are not listed: in full, and short for a narrow pane.
fn others(side: &diff::Side<'_>, whose: &str) -> [String; 2] {
    let full = match side.others {
        0 => "0 others ".to_owned(),
        1 => format!("... 1 other{whose} (o) "),
        count => format!("... {count} others{whose} (o) "),
    };
    [full, format!("... {} (o) ", side.others)]
}

/// Before a box mounts /proc afresh, the one it sees lists another pid namespace.
fn whose_proc(view: &BoxView) -> Option<[String; 2]> {
    let level = *view.inside.value()?.world.proc_level.value()?;
    let lead = view.lead.as_ref()?.from_host.value()?;
    let depth = lead.process.nspid.len().checked_sub(1)?;
    let level = usize::try_from(level).ok()?;
    let words = match level {
        0 => return None,
        level if level == depth => ["this /proc is still the host's ", "the host's /proc "],
        _ => ["this /proc belongs to an outer box ", "an outer /proc "],
    };
    Some(words.map(str::to_owned))
}

/// Nobody can look from there: say why, and how its processes ended.
fn no_view(view: Option<&BoxView>, theme: &Theme) -> Sheet {
    let Some(view) = view else {
        return Sheet::says(" nothing here yet", theme);
    };
    let why = match (&view.lead, &view.inside) {
        (None, _) => " all processes of this box have ended".to_owned(),
        (_, Seen::Denied(Errno::ENOMEM)) => {
            " nobody can enter: its PID 1 is dead (ENOMEM)".to_owned()
        }
        (_, Seen::Denied(errno)) => format!(" nobody can look from here: {errno}"),
        _ => " nobody looks from here yet".to_owned(),
    };
    let mut sheet = Sheet::says(&why, theme);
    sheet.below.extend(dead(view));
    sheet
}

fn dead(view: &BoxView) -> impl Iterator<Item = Line<'static>> {
    let members = view
        .members
        .iter()
        .filter(|member| !member.role.is_hidden());
    members.map(|member| {
        let name = Untrusted::from(&member.name).text();
        let end = member.exit.map_or_else(|| "lives".to_owned(), ended);
        Line::raw(format!(" {:<8}{name}: {end}", member.host_pid))
    })
}
