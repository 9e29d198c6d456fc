//! The lesson screen: words, panes, matrix, calls, commands, and what to press next.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    WHOLE, calls, header,
    layout::{self, Plan, WIDE, Wants},
    matrix, panels, story,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Phase, Play},
    lesson::Panel,
};

/// From this size on, panels that the step did not ask for are shown, too.
const HUGE: (u16, u16) = (160, 45);
/// The strips below the panes show at most this many rows each.
const STRIP: usize = 4;

/// Draws the lesson into `area`, whose last row is the footer's.
pub(super) fn draw(app: &App, play: &Play, theme: &Theme, area: Rect, buf: &mut Buffer) {
    header::draw(app, play, theme, area, buf);
    let body = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(3),
        ..area
    };
    let aside = area.width >= WIDE && play.phase >= Phase::Run;
    let width = if aside {
        layout::column(area.width) - 1
    } else {
        area.width
    };
    let measure = width.saturating_sub(2).min(MEASURE);
    let words = story::lines(app, play, theme, measure, area.height);
    let views = candidates(app, play, area);
    let strips = Strips {
        matrix: matrix::lines(play, theme, area.width),
        calls: calls::strip(play, theme, area.width, STRIP),
        by_hand: calls::commands(play, theme, area.width, STRIP),
    };
    let footnotes = matrix::footnotes(play, theme);
    let wants = strips.wants(words.len());
    let (spots, wants, piles) = arrange(&views, wants, rows(footnotes.len()), play, |wants| {
        layout::plan(body, aside, wants)
    });
    tell(&words, play, theme, spots.story, buf);
    let in_view = views
        .iter()
        .zip(&piles)
        .any(|(view, _)| *view == Panel::Namespaces);
    for (panel, place) in views.iter().zip(piles) {
        panels::view(*panel).draw(app, place, buf);
    }
    let below = if in_view { &footnotes } else { &strips.matrix };
    write::lines(below, spots.matrix, buf);
    write::lines(&strips.calls, spots.calls, buf);
    write::lines(&strips.by_hand, spots.by_hand, buf);
    let line = last_line(app, play, theme, area, &missing(&spots, wants));
    write::line(&line, area.height.saturating_sub(2), area, buf);
}

/// As many panels as there is room for. A strip that repeats a panel in view makes way for it.
fn arrange(
    views: &[Panel],
    wants: Wants,
    footnotes: u16,
    play: &Play,
    share: impl Fn(Wants) -> Plan,
) -> (Plan, Wants, Vec<Rect>) {
    let heights: Vec<u16> = views
        .iter()
        .map(|panel| panels::view(*panel).rows(play))
        .collect();
    let mut count = views.len();
    loop {
        let shown = &views[..count];
        let mut wants = Wants {
            panels: heights[0],
            ..wants
        };
        if shown.contains(&Panel::Namespaces) {
            wants.matrix = footnotes;
        }
        if shown.contains(&Panel::Calls) {
            (wants.calls, wants.by_hand) = (0, 0);
        }
        let spots = share(wants);
        let piles = layout::pile(spots.panels, &heights[..count]);
        if count == 1 || piles.len() == count {
            return (spots, wants, piles);
        }
        count -= 1;
    }
}

/// Longer lines are hard to read.
const MEASURE: u16 = 96;

struct Strips {
    matrix: Vec<Line<'static>>,
    calls: Vec<Line<'static>>,
    by_hand: Vec<Line<'static>>,
}

impl Strips {
    fn wants(&self, story: usize) -> Wants {
        Wants {
            story: rows(story),
            panels: 0,
            matrix: rows(self.matrix.len()),
            calls: rows(self.calls.len()),
            by_hand: rows(self.by_hand.len()),
        }
    }
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// The chosen panel, those of the step, and on a huge screen the others, in this order.
fn candidates(app: &App, play: &Play, area: Rect) -> Vec<Panel> {
    let step = &app.lessons[play.lesson].steps[play.step];
    let mut views = vec![play.panel];
    let huge = area.width >= HUGE.0 && area.height >= HUGE.1;
    let more = if huge { &Panel::ALL[..] } else { &[] };
    for panel in step.panels.iter().chain(more) {
        if !views.contains(panel) {
            views.push(*panel);
        }
    }
    views
}

/// The words, scrolled; where they do not fit, the last row says so.
fn tell(words: &[Line<'static>], play: &Play, theme: &Theme, area: Rect, buf: &mut Buffer) {
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
    let more = Span::styled("... PgDn, PgUp: the rest", theme.style(Role::Dim));
    write::line(&Line::from(more), area.height.saturating_sub(1), area, buf);
}

/// What a small screen leaves out.
fn missing(plan: &Plan, wants: Wants) -> Vec<&'static str> {
    let parts = [
        (plan.panels.height < 5, "panes"),
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
    let lesson = &app.lessons[play.lesson];
    let step = &lesson.steps[play.step];
    let last = play.step + 1 == lesson.steps.len();
    let words = match play.phase {
        Phase::Read if step.predict.is_some() => "press Enter to answer the question",
        Phase::Read if step.challenge.is_some() && !play.solved => {
            "try it in a terminal of your own; Enter goes on without it"
        }
        Phase::Read if !step.ops.is_empty() => "press Enter, and the kernel does it",
        Phase::Predict if play.answer.is_some() => "press Enter, and the kernel answers",
        Phase::Predict => {
            let count = play.order.len();
            return format!("choose 1 to {count}, or 0 if you don't know; then press Enter");
        }
        Phase::Run => "wait a moment",
        Phase::Watch if !play.texts.explain.is_empty() => {
            "look at what changed (+), then press Enter: why?"
        }
        Phase::Read | Phase::Watch | Phase::Explain if last => "press Enter to end the lesson",
        Phase::Read | Phase::Watch | Phase::Explain => "press Enter for the next step",
    };
    words.to_owned()
}
