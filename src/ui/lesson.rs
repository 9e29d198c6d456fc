//! The lesson screen: words, panes, matrix, calls, commands, and what to press next.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    WHOLE, calls, header,
    layout::{self, Plan, Wants},
    matrix,
    page::{Arranged, Page},
    panels, shell,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Help, Phase, Play},
    lesson::Panel,
    model::port::{ShellId, Size},
};

/// Draws the lesson into `area`, whose last row is the footer's.
pub(super) fn draw(app: &App, play: &Play, theme: &Theme, area: Rect, buf: &mut Buffer) {
    header::draw(app, play, theme, area, buf);
    let page = Page::new(app, play, theme, area);
    let Arranged {
        spots,
        wants,
        airy,
        heights,
    } = page.arrange();
    let leave = if app.types() { "Ctrl-], then " } else { "" };
    tell(
        &page.words[usize::from(!airy)],
        play,
        (theme, leave),
        spots.story,
        buf,
    );
    let places = layout::pile(spots.panels, &heights);
    let views = page.views.iter().zip(places);
    let mut in_view = false;
    for (panel, place) in views {
        in_view |= *panel == Panel::Namespaces;
        panels::view(*panel).draw(app, place, buf);
    }
    shell::draw(play, theme, spots.shell, buf);
    let room = spots.matrix.height;
    let below = if in_view {
        page.footnotes
    } else {
        matrix::lines(play, theme, area.width, room)
    };
    write::lines(&below, spots.matrix, buf);
    let calls = calls::strip(play, theme, area.width, spots.calls.height.into());
    write::lines(&calls, spots.calls, buf);
    let commands = calls::commands(play, theme, area.width, spots.by_hand.height.into());
    write::lines(&commands, spots.by_hand, buf);
    let line = last_line(app, play, theme, area, &missing(&spots, wants));
    write::line(&line, area.height.saturating_sub(2), area, buf);
}

/// Shells in view whose terminals have another size than there is room for, and that size.
pub(super) fn rooms(app: &App, play: &Play, theme: &Theme, area: Rect) -> Vec<(ShellId, Size)> {
    let spots = Page::new(app, play, theme, area).arrange().spots;
    shell::sizes(play, spots.shell)
        .filter(|(shell, size)| shell.wants(*size))
        .map(|(shell, size)| (shell.id(), size))
        .collect()
}

/// The words, scrolled; where they do not fit, the last row says so.
///
/// `leave` is what takes the keys back before they scroll.
fn tell(
    words: &[Line<'static>],
    play: &Play,
    (theme, leave): (&Theme, &str),
    area: Rect,
    buf: &mut Buffer,
) {
    let area = Rect {
        x: area.x + 1.min(area.width),
        width: area.width.saturating_sub(2),
        ..area
    };
    let height = usize::from(area.height);
    if words.len() <= height {
        write::lines(words, area, buf);
        return;
    }
    let room = height.saturating_sub(1);
    let start = play.scroll.min(words.len() - room);
    write::lines(&words[start..start + room], area, buf);
    let more = format!("... {leave}PgDn, PgUp: the rest");
    let more = Span::styled(more, theme.style(Role::Dim));
    write::line(&Line::from(more), area.height.saturating_sub(1), area, buf);
}

/// What a small screen leaves out.
fn missing(plan: &Plan, wants: Wants) -> Vec<&'static str> {
    let parts = [
        (plan.panels.height < wants.panels.min(5), "panes"),
        (plan.matrix.height < wants.matrix.min(2), "namespaces"),
        (plan.calls.height < wants.calls.min(1), "calls"),
        (plan.by_hand.height < wants.by_hand.min(1), "commands"),
    ];
    let gone = parts.into_iter().filter(|(gone, _)| *gone);
    gone.map(|(_, name)| name).collect()
}

/// The line above the footer: a notice, what is missing on a small screen, or what comes next.
fn last_line(app: &App, play: &Play, theme: &Theme, area: Rect, missing: &[&str]) -> Line<'static> {
    if let Some(notice) = &app.notice {
        let text = write::cut(&format!(" * {notice}"), area.width.into(), theme);
        return Line::styled(text, theme.style(Role::Title));
    }
    let small = area.width < WHOLE.0 || area.height < WHOLE.1;
    if small && !missing.is_empty() {
        let words = format!(" left out here: {}", missing.join(", "));
        let whole = format!(" (80x24 has room, this is {}x{})", area.width, area.height);
        let text = write::cut(&(words + &whole), area.width.into(), theme);
        return Line::styled(text, theme.style(Role::Dim));
    }
    let label = Span::styled(" next:     ", theme.style(Role::Dim));
    Line::from(vec![label, Span::raw(next(app, play))])
}

/// What to do now.
fn next(app: &App, play: &Play) -> String {
    let step = &app.lessons[play.lesson].steps[play.step];
    if play.shells.focus().is_some() {
        return "what you type goes to the shell; Ctrl-] takes the keys back".to_owned();
    }
    let words = match play.phase {
        Phase::Read if step.predict.is_some() => "press Enter to answer the question",
        Phase::Read
            if play
                .attempt
                .as_ref()
                .is_some_and(|it| !it.solved && !it.started) =>
        {
            "press t or Enter, and a shell opens where you can try it"
        }
        Phase::Read if play.attempt.as_ref().is_some_and(|it| !it.solved) => tries(play),
        Phase::Read if !step.ops.is_empty() => "press Enter, and the kernel does it",
        Phase::Predict if play.answer.is_some() => "press Enter, and the kernel answers",
        Phase::Predict => {
            let count = play.order.len();
            return format!("choose 1 to {count}, or 0 if you don't know; then press Enter");
        }
        Phase::Run => "wait a moment",
        Phase::Watch if play.texts.explain.is_empty() => return onward(app, play),
        Phase::Watch if play.panel == Panel::Calls => {
            "look at what the kernel answered, then press Enter: why?"
        }
        Phase::Watch => "look at what changed (+), then press Enter: why?",
        Phase::Read | Phase::Explain => return onward(app, play),
    };
    words.to_owned()
}

/// While a challenge is tried, outside its shell.
fn tries(play: &Play) -> &'static str {
    match play.attempt.as_ref().and_then(|it| it.help.as_ref()) {
        Some(Help::Hint { is_last: true, .. }) => {
            "i shows the solution, t leads to the shell, Enter goes on anyway"
        }
        None | Some(Help::Hint { .. }) => {
            "i gives a hint, t goes on in the shell; Enter goes on, solved or not"
        }
        Some(Help::Solution(_)) => "t goes on in the shell; Enter goes on, solved or not",
    }
}

/// Where Enter leads once the step is over.
fn onward(app: &App, play: &Play) -> String {
    match app.step_after() {
        None => "press Enter to end the lesson".to_owned(),
        Some(next) if next == play.step + 1 => "press Enter for the next step".to_owned(),
        Some(next) => format!("press Enter for step {}, the track's next", next + 1),
    }
}
