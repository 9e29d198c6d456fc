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
    let track = app.on_track();
    let track = track.map_or_else(String::new, |(name, at, of)| format!("{name} {at}/{of}, "));
    let step = format!("{track}step {}/{}", play.step + 1, lesson.steps.len());
    let rights = [
        phases(play, theme, &step, true),
        phases(play, theme, &step, false),
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

/// `step 4/6  read predict run [WATCH] why`, or only the present phase. A challenge is tried, and then
/// it is said why.
fn phases(play: &Play, theme: &Theme, step: &str, all: bool) -> Vec<Span<'static>> {
    let dim = theme.style(Role::Dim);
    let mut spans = vec![Span::styled(format!("{step} "), dim)];
    let tried = play.attempt.is_some();
    let listed = |phase: &Phase| match phase {
        _ if *phase == play.phase => true,
        Phase::Read | Phase::Explain => all,
        _ => all && !tried,
    };
    for phase in Phase::ALL.into_iter().filter(listed) {
        let name = match phase {
            Phase::Read if tried => "try",
            _ => phase.name(),
        };
        spans.push(Span::raw(" "));
        spans.push(if phase == play.phase {
            let name = format!("[{}]", name.to_uppercase());
            Span::styled(name, theme.style(Role::Title))
        } else {
            Span::styled(name, dim)
        });
    }
    spans.push(Span::raw(" "));
    spans
}
