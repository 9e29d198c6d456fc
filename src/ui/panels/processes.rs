//! The process list, seen from the host and from the box. Rows with the same letter are one process.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::super::{
    pane,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Play, Side},
    lesson::Panel,
    model::{
        Errno, Seen,
        diff::{self, Change, Row},
        sample::{BoxView, Exit, Role as MemberRole},
        signal,
    },
};

const INSIDE: usize = 11;
const PARENT: usize = 8;

/// Draws both lists.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    let theme = Theme::of(&app.options);
    let panes = pane::frames(app, play, &theme, Panel::Processes, area, buf);
    let lists = play.processes();
    if play.shown().is_none() {
        return;
    }
    if let Some(place) = panes.host {
        let note = others(&lists.host, ", not in box");
        let list = List::new(play, &theme, Side::Host, place, &lists.host.rows);
        list.draw(&note, buf);
    }
    if let Some(place) = panes.inside {
        match &lists.inside {
            Some(side) => {
                let note = whose_proc(play).unwrap_or_else(|| others(side, ""));
                List::new(play, &theme, Side::Box, place, &side.rows).draw(&note, buf);
            }
            None => no_view(play, &theme, place, buf),
        }
    }
}

/// Rows of the longer list, heading and note included.
pub(super) fn rows(play: &Play) -> usize {
    let lists = play.processes();
    let inside = lists.inside.map_or(0, |side| side.rows.len());
    lists.host.rows.len().max(inside).max(3) + 2
}

struct List<'a> {
    play: &'a Play,
    theme: &'a Theme,
    side: Side,
    place: Rect,
    rows: &'a [Row<'a>],
    /// Width of the first column: numbers have four to seven digits.
    pid: usize,
}

impl<'a> List<'a> {
    fn new(play: &'a Play, theme: &'a Theme, side: Side, place: Rect, rows: &'a [Row<'a>]) -> Self {
        let digits = |row: &Row<'_>| row.process.pid.to_string().len();
        let widest = rows.iter().map(digits).max().unwrap_or(0);
        Self {
            play,
            theme,
            side,
            place,
            rows,
            pid: widest.max(5) + 1,
        }
    }

    fn head(&self) -> String {
        let pid = self.pid;
        match self.side {
            Side::Host => format!(" {:<pid$}{:<INSIDE$}COMMAND", "PID", "PID in box"),
            Side::Box => format!(" {:<pid$}{:<PARENT$}COMMAND", "PID", "PARENT"),
        }
    }

    /// Heading, the visible rows, and the note in the last row.
    fn draw(&self, note: &[String; 2], buf: &mut Buffer) {
        let dim = self.theme.style(Role::Dim);
        write::line(&Line::styled(self.head(), dim), 0, self.place, buf);
        let rows = self.rows;
        let room = usize::from(self.place.height.saturating_sub(2));
        let changed = rows.iter().rposition(|row| row.change.is_some());
        let window = pane::Window::new(self.play, self.side, room, rows.len(), changed);
        pane::in_view(window.first, room, rows.len(), self.place, self.theme, buf);
        let visible = rows.iter().enumerate().skip(window.first).take(room);
        for (line, (position, row)) in (1..).zip(visible) {
            let style = window.style(position, self.theme);
            write::line(&self.row(row).style(style), line, self.place, buf);
        }
        let [full, short] = note;
        let fits = full.len() <= self.place.width.into();
        let note = if fits { full } else { short };
        let line = Line::styled(note.clone(), dim).right_aligned();
        write::line(&line, self.place.height.saturating_sub(1), self.place, buf);
    }

    fn row(&self, row: &Row<'_>) -> Line<'static> {
        let (sign, role) = match row.change {
            Some(Change::New | Change::Changed) => ("+", Role::Changed),
            Some(Change::Gone) => ("-", Role::Dim),
            None => (" ", Role::Plain),
        };
        let style = self.theme.style(role);
        let mark = row
            .mark
            .map_or_else(String::new, |mark| format!(" <-{mark}"));
        let other = match self.side {
            Side::Host => {
                let inside: Vec<String> = row.inside.iter().map(i32::to_string).collect();
                let inside = match inside.as_slice() {
                    [] => "-".to_owned(),
                    numbers => numbers.join(","),
                };
                write::fit(&inside, INSIDE - 1, self.theme) + " "
            }
            Side::Box => format!("{:<PARENT$}", row.process.ppid),
        };
        let numbers = format!("{sign}{:<pid$}{other}", row.process.pid, pid = self.pid);
        let used = numbers.len() + mark.len();
        let room = usize::from(self.place.width).saturating_sub(used);
        let command = write::fit(&command(row), room, self.theme);
        Line::from(vec![
            Span::styled(numbers, style),
            Span::styled(command, style),
            Span::styled(mark, self.theme.style(Role::Title)),
        ])
    }
}

/// The name of a process, and what is odd about it.
fn command(row: &Row<'_>) -> String {
    let name = row.process.command.text();
    let exit = row.member.and_then(|member| member.exit);
    match (row.change, exit) {
        (Some(Change::Gone), Some(exit)) => format!("{name} {}", ended(exit)),
        (Some(Change::Gone), None) => format!("{name} gone"),
        _ if row.process.state == 'Z' => format!("{name} (Z, zombie)"),
        _ if row.process.state == 'T' => format!("{name} (T, stopped)"),
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
fn whose_proc(play: &Play) -> Option<[String; 2]> {
    let view = play.shown_box()?;
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
fn no_view(play: &Play, theme: &Theme, place: Rect, buf: &mut Buffer) {
    let Some(view) = play.shown_box() else {
        let line = Line::styled(" nothing here yet", theme.style(Role::Dim));
        write::line(&line, 0, place, buf);
        return;
    };
    let why = match (&view.lead, &view.inside) {
        (None, _) => " all processes of this box have ended".to_owned(),
        (_, Seen::Denied(Errno::ENOMEM)) => {
            " nobody can enter: its PID 1 is dead (ENOMEM)".to_owned()
        }
        (_, Seen::Denied(errno)) => format!(" nobody can look from here: {errno}"),
        _ => " nobody looks from here yet".to_owned(),
    };
    write::line(&Line::styled(why, theme.style(Role::Title)), 0, place, buf);
    write::lines(
        &dead(view),
        Rect {
            y: place.y + 1,
            height: place.height.saturating_sub(1),
            ..place
        },
        buf,
    );
}

fn dead(view: &BoxView) -> Vec<Line<'static>> {
    let members = view
        .members
        .iter()
        .filter(|member| !member.role.is_hidden());
    let line = |member: &crate::model::Member| {
        let name = crate::model::Untrusted::from(&member.name).text();
        let end = member.exit.map_or_else(|| "lives".to_owned(), ended);
        Line::raw(format!(" {:<8}{name}: {end}", member.host_pid))
    };
    members.map(line).collect()
}
