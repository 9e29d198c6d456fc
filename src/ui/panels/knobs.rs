//! The files of both versions of the cgroup interface beside each other, with what they say here. One
//! frame over both sides: a translation, not a vantage.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, Widget},
};

use super::super::{
    pane, sheet,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Play},
    lesson::Panel,
    model::{
        cgroup::Version,
        diff::{self, KnobRow},
    },
};

/// Columns of what it is for, and of the name in v2.
const IDEA: usize = 31;
const V2: usize = 19;

/// Draws the table.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    let theme = Theme::of(&app.options);
    let Some(now) = play.shown() else {
        frame(play, &theme, " HOST ", area, buf);
        return;
    };
    let (group, rows) = diff::knobs(now, play.marks_against(), play.others);
    let whose = group.map_or_else(String::new, |name| format!(", read in {name}"));
    let layout = now.cgroup_layout.name();
    let title = format!(" HOST  cgroup {layout}: the knobs{whose} ");
    let place = frame(play, &theme, &title, area, buf);
    let head = format!(" {:<IDEA$}{:<V2$}V1", "WHAT FOR", "V2");
    let head = write::cut(&head, place.width.into(), &theme);
    write::line(&Line::styled(head, theme.style(Role::Dim)), 0, place, buf);
    let width = usize::from(place.width);
    let (lines, chosen) = lines(play, &rows, &theme, width);
    let room = usize::from(place.height.saturating_sub(1));
    let first = sheet::first_row(chosen, room);
    for (line, text) in (1..place.height).zip(lines.get(first..).unwrap_or_default()) {
        write::line(text, line, place, buf);
    }
    sheet::in_view(first, room, lines.len(), place, &theme, buf);
}

/// Two lines a knob, and a heading.
pub(super) fn rows(play: &Play, _: &Theme, _: u16) -> usize {
    let rows = play
        .shown()
        .map(|now| diff::knobs(now, None, play.others).1);
    rows.map_or(5, |rows| {
        1 + rows.iter().map(|row| 1 + row.files.len()).sum::<usize>()
    })
}

/// The knobs that the step turned, with what their files say now.
pub(super) fn changes(play: &Play, theme: &Theme) -> Vec<String> {
    let Some(now) = play.shown() else {
        return Vec::new();
    };
    let (_, rows) = diff::knobs(now, play.marks_against(), play.others);
    let changed = rows.iter().filter(|row| row.changed);
    let lines = changed.flat_map(|row| {
        let names = names(row, theme, usize::MAX).to_string();
        let values = values(row, theme, usize::MAX);
        let values = values.into_iter().map(|line| line.to_string());
        // Without the sign: the word says it.
        std::iter::once(format!("now: {}", names.trim_start_matches('+'))).chain(values)
    });
    lines.collect()
}

fn frame(play: &Play, theme: &Theme, title: &str, area: Rect, buf: &mut Buffer) -> Rect {
    let style = theme.style(Role::Host);
    let title = write::cut(title, usize::from(area.width.saturating_sub(2)), theme);
    let title = Span::styled(title, style.patch(theme.style(Role::Title)));
    let mut block = Block::bordered()
        .border_set(theme.single())
        .border_style(style)
        .title_top(Line::from(title))
        .title_bottom(super::name(Panel::Knobs, theme));
    if let Some(word) = pane::held_word(play) {
        let word = Line::styled(word, theme.style(Role::Title)).right_aligned();
        block = block.title_bottom(word);
    }
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}

/// All lines, and the last of the chosen knob; without a cursor of the last that changed.
fn lines(
    play: &Play,
    rows: &[KnobRow],
    theme: &Theme,
    width: usize,
) -> (Vec<Line<'static>>, usize) {
    let changed = rows.iter().rposition(|row| row.changed);
    let chosen = play.cursor.or(changed).unwrap_or(0);
    let (mut lines, mut last) = (Vec::new(), 0);
    for (position, row) in rows.iter().enumerate() {
        let mut line = names(row, theme, width);
        if play.cursor == Some(position) {
            line = line.style(theme.style(Role::Cursor));
        }
        lines.push(line);
        lines.extend(values(row, theme, width));
        if position == chosen {
            last = lines.len() - 1;
        }
    }
    (lines, last)
}

fn names(row: &KnobRow, theme: &Theme, width: usize) -> Line<'static> {
    let idea = write::fit(row.knob.idea, IDEA - 1, theme);
    let v2 = row.knob.v2.unwrap_or("-");
    let v1 = match row.knob.v1 {
        [] => "-".to_owned(),
        names => names.join(", "),
    };
    let room = width.saturating_sub(1 + IDEA + V2);
    let style = |version| match row.here {
        Some(here) if here == version => theme.style(Role::Title),
        _ => theme.style(Role::Dim),
    };
    let (sign, role) = if row.changed {
        ("+", Role::Changed)
    } else {
        (" ", Role::Plain)
    };
    Line::from(vec![
        Span::styled(format!("{sign}{idea} "), theme.style(role)),
        Span::styled(write::fit(v2, V2, theme), style(Version::V2)),
        Span::styled(write::cut(&v1, room, theme), style(Version::V1)),
    ])
}

/// What the files say, one a line, and in what the versions differ beside the first.
fn values(row: &KnobRow, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let line = |(position, (name, text)): (usize, &(String, crate::model::Untrusted))| {
        let text = text.text().replace("\\n", "; ");
        let value = write::cut(&format!("   {name} = {text}"), width, theme);
        let mut line = Line::raw(value);
        let note = format!("   ({})", row.knob.differs);
        if position == 0 && !row.knob.differs.is_empty() && line.width() + note.len() <= width {
            line.push_span(Span::styled(note, theme.style(Role::Dim)));
        }
        line
    };
    row.files.iter().enumerate().map(line).collect()
}
