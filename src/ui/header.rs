//! The first line of a lesson: which lesson, which step, which phase.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use super::{
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Phase, Play},
    model::Untrusted,
};

/// Draws the title line into the first row of `area`.
pub(super) fn draw(app: &App, play: &Play, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let lesson = &app.lessons[play.lesson];
    let number = lesson.id.split('-').next().unwrap_or_default();
    let title = format!(" {number} {}", Untrusted::from(&lesson.title).text());
    let step = format!("step {}/{}", play.step + 1, lesson.steps.len());
    let rights = [
        phases(play.phase, theme, &step, true),
        phases(play.phase, theme, &step, false),
        vec![Span::styled(step.clone(), theme.style(Role::Dim))],
        Vec::new(),
    ];
    let room = usize::from(area.width);
    let least = title.width().min(room / 2);
    let right = rights
        .into_iter()
        .find(|right| least + Line::from(right.clone()).width() + 2 <= room)
        .unwrap_or_default();
    let rest = room.saturating_sub(Line::from(right.clone()).width() + 2);
    let left = write::cut(&title, rest, theme);
    let left = vec![Span::styled(left, theme.style(Role::Title))];
    write::line(&write::spread(left, right, area.width), 0, area, buf);
}

/// `step 4/6  read predict run [WATCH] why`, or only the present phase.
fn phases(now: Phase, theme: &Theme, step: &str, all: bool) -> Vec<Span<'static>> {
    let dim = theme.style(Role::Dim);
    let mut spans = vec![Span::styled(format!("{step} "), dim)];
    for phase in Phase::ALL.into_iter().filter(|phase| all || *phase == now) {
        spans.push(Span::raw(" "));
        spans.push(if phase == now {
            let name = format!("[{}]", phase.name().to_uppercase());
            Span::styled(name, theme.style(Role::Title))
        } else {
            Span::styled(phase.name(), dim)
        });
    }
    spans.push(Span::raw(" "));
    spans
}
