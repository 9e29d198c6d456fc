//! The lesson screen: words, panes, matrix, calls, commands, and what to press next.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    WHOLE, calls, header,
    layout::{self, Plan, WIDE, Wants},
    matrix, panels, shell, story,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Attempt, Help, Phase, Play},
    lesson::Panel,
    model::port::{ShellId, Size},
};

/// From this size on, panels that the step did not ask for are shown, too.
const HUGE: (u16, u16) = (160, 45);
/// The strips below the panes show at most this many rows each.
const STRIP: usize = 4;

/// A shell with its frame wants at least so many rows.
const SHELL: u16 = 10;

/// The least rows for words: without a shell, beside one, where a verdict is among them, and a hint.
const WORDS: u16 = 6;
const BESIDE_SHELL: u16 = 4;
const TRYING: u16 = 7;
const HELPED: u16 = 10;

/// Longer lines are hard to read.
const MEASURE: u16 = 96;

/// Draws the lesson into `area`, whose last row is the footer's.
pub(super) fn draw(app: &App, play: &Play, theme: &Theme, area: Rect, buf: &mut Buffer) {
    header::draw(app, play, theme, area, buf);
    let page = Page::new(app, play, theme, area);
    let Arranged { spots, wants, airy } = page.arrange();
    tell(
        &page.words[usize::from(!airy)],
        play,
        theme,
        spots.story,
        buf,
    );
    let places = layout::pile(spots.panels, &page.heights);
    let views = page.views.iter().zip(places);
    let mut in_view = false;
    for (panel, place) in views {
        in_view |= *panel == Panel::Namespaces;
        panels::view(*panel).draw(app, place, buf);
    }
    shell::draw(play, theme, spots.shell, buf);
    let below = if in_view {
        &page.footnotes
    } else {
        &page.matrix
    };
    write::lines(below, spots.matrix, buf);
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

/// What there is to show, before it is known what there is room for.
struct Page {
    body: Rect,
    aside: bool,
    /// The words with air, and without.
    words: [Vec<Line<'static>>; 2],
    /// The panels that may be shown, the most important first, and the rows that they want.
    views: Vec<Panel>,
    heights: Vec<u16>,
    matrix: Vec<Line<'static>>,
    verdicts: u16,
    footnotes: Vec<Line<'static>>,
    calls: u16,
    by_hand: u16,
    /// One of them, and docker's line.
    commands: u16,
    /// Whether a shell is in view: the strips make way for it.
    shell: bool,
    /// Nothing but the shell is shown.
    alone: bool,
    /// Words get at least so many rows, if they have as many.
    least: u16,
}

/// Who gets what.
struct Arranged {
    spots: Plan,
    wants: Wants,
    airy: bool,
}

impl Page {
    fn new(app: &App, play: &Play, theme: &Theme, area: Rect) -> Self {
        let aside = area.width >= WIDE && play.phase >= Phase::Run;
        let width = if aside {
            layout::column(area.width) - 1
        } else {
            area.width
        };
        let measure = width.saturating_sub(2).min(MEASURE);
        let views = candidates(app, play, area);
        let beside = if aside {
            area.width - layout::column(area.width)
        } else {
            area.width
        };
        let shell = play.shells.in_view().next().is_some();
        let height = |panel: &Panel| panels::view(*panel).rows(play, theme, beside, is_huge(area));
        Self {
            body: Rect {
                y: area.y + 1,
                height: area.height.saturating_sub(3),
                ..area
            },
            aside,
            words: [true, false].map(|airy| story::lines(app, play, theme, measure, airy)),
            heights: views.iter().map(height).collect(),
            views,
            matrix: matrix::lines(play, theme, area.width),
            verdicts: if play.pair().is_some() { 3 } else { 2 },
            footnotes: matrix::footnotes(play, theme),
            calls: rows(calls::strip(play, theme, area.width, STRIP).len()),
            by_hand: rows(calls::commands(play, theme, area.width, STRIP).len()),
            commands: 1 + u16::from(calls::has_docker(play)),
            shell,
            alone: play.shells.is_large(),
            least: match &play.attempt {
                _ if !shell => WORDS,
                Some(attempt) if attempt.help.is_some() && !attempt.solved => HELPED,
                Some(_) => TRYING,
                None => BESIDE_SHELL,
            },
        }
    }

    /// As many panels as there is room for, and air if there is room for that as well. Where there
    /// is not even room for all the rest, one panel, no air, and what the layout can save.
    fn arrange(&self) -> Arranged {
        if self.alone {
            return Arranged {
                spots: Plan {
                    shell: self.body,
                    ..Plan::default()
                },
                wants: Wants::default(),
                airy: false,
            };
        }
        for count in (1..=self.views.len()).rev() {
            for airy in [true, false] {
                let wants = self.wants(count, airy);
                let spots = layout::plan(self.body, self.aside, wants);
                if spots.gives(wants) {
                    return Arranged { spots, wants, airy };
                }
            }
        }
        let wants = self.wants(1, false);
        let spots = layout::plan(self.body, self.aside, wants);
        // Beside the panels, words take no row from them.
        let airy = self.aside && rows(self.words[0].len()) <= spots.story.height;
        Arranged { spots, wants, airy }
    }

    /// What the first `count` panels and all the rest want. A strip that repeats a panel in view
    /// makes way for it.
    fn wants(&self, count: usize, airy: bool) -> Wants {
        let shown = &self.views[..count];
        let matrix = if shown.contains(&Panel::Namespaces) {
            &self.footnotes
        } else {
            &self.matrix
        };
        let all_calls = shown.contains(&Panel::Calls) || self.shell;
        let heights = self.heights[..count].iter();
        Wants {
            story: rows(self.words[usize::from(!airy)].len()),
            words: self.least,
            panels: heights.fold(0, |sum: u16, rows| sum.saturating_add(*rows)),
            matrix: rows(matrix.len()),
            verdicts: self.verdicts,
            calls: if all_calls { 0 } else { self.calls },
            by_hand: if all_calls { 0 } else { self.by_hand },
            commands: self.commands,
            shell: if self.shell {
                // On a tall screen more: programs are there to be used.
                SHELL.max(self.body.height * 2 / 5)
            } else {
                0
            },
        }
    }
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn is_huge(area: Rect) -> bool {
    area.width >= HUGE.0 && area.height >= HUGE.1
}

/// The chosen panel, those of the step, and on a huge screen the others, in this order.
fn candidates(app: &App, play: &Play, area: Rect) -> Vec<Panel> {
    let lesson = &app.lessons[play.lesson];
    let step = &lesson.steps[play.step];
    let files = lesson.boxes.iter().any(|spec| !spec.files.is_empty());
    let mut views = vec![play.panel];
    let more = if is_huge(area) {
        &Panel::GENERAL[..]
    } else {
        &[]
    };
    let asked = play.outcome.is_some();
    let more = more.iter().filter(|panel| files || **panel != Panel::Files);
    for panel in step.panels.iter().chain(more) {
        if !views.contains(panel) && (asked || *panel != Panel::Calls) {
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
    match play.attempt.as_ref().and_then(Attempt::help) {
        None | Some(Help::Hint(.., false)) => {
            "i gives a hint, t goes on in the shell; Enter goes on, solved or not"
        }
        Some(Help::Hint(.., true)) => {
            "i shows the solution, t leads to the shell, Enter goes on anyway"
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
