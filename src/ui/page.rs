//! What a lesson's screen may show, and how much of it: words, panels, strips, a shell. Called by the
//! lesson screen; it measures, asks `layout` who gets which rows, and draws nothing.

use ratatui::{layout::Rect, text::Line};

use super::{
    calls,
    layout::{self, Plan, WIDE, Wants},
    matrix, pane, panels, story,
    theme::Theme,
};
use crate::{
    app::{App, Phase, Play},
    lesson::Panel,
};

/// From this size on, panels that the step did not ask for are shown, too.
const HUGE: (u16, u16) = (160, 45);
/// The strips below the panes show at most this many rows each.
const STRIP: usize = 4;

/// A shell with its frame wants at least so many rows.
const SHELL: u16 = 10;
/// Beside a shell, a panel that has more to show may make do with so many.
const IN_PART: u16 = 10;

/// The least rows for words: without a shell, beside one, where a verdict is among them, and a hint.
const WORDS: u16 = 6;
const BESIDE_SHELL: u16 = 4;
const TRYING: u16 = 7;
const HELPED: u16 = 10;

/// Longer lines are hard to read.
const MEASURE: u16 = 96;

/// What there is to show, before it is known what there is room for.
pub(super) struct Page {
    body: Rect,
    aside: bool,
    /// The words with air, and without.
    pub(super) words: [Vec<Line<'static>>; 2],
    /// The panels that may be shown, the most important first, and the rows that they want.
    pub(super) views: Vec<Panel>,
    heights: Vec<u16>,
    /// The same without what is shown only where there is room to spare.
    least_heights: Vec<u16>,
    /// So many of the views are the step's.
    steps: usize,
    matrix: u16,
    verdicts: u16,
    pub(super) footnotes: Vec<Line<'static>>,
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
pub(super) struct Arranged {
    pub(super) spots: Plan,
    pub(super) wants: Wants,
    pub(super) airy: bool,
    /// The rows of the panels.
    pub(super) heights: Vec<u16>,
}

impl Page {
    pub(super) fn new(app: &App, play: &Play, theme: &Theme, area: Rect) -> Self {
        let aside =
            area.width >= WIDE && play.phase >= Phase::Run && !pane::needs(play, area.width);
        let width = if aside {
            layout::column(area.width) - 1
        } else {
            area.width
        };
        let measure = width.saturating_sub(2).min(MEASURE);
        let (views, steps) = candidates(app, play, area);
        let beside = if aside {
            area.width - layout::column(area.width)
        } else {
            area.width
        };
        let shell = play.shells.in_view().next().is_some();
        let height =
            |extra| move |panel: &Panel| panels::view(*panel).rows(play, theme, beside, extra);
        let heights: Vec<u16> = views.iter().map(height(is_huge(area))).collect();
        // To measure is most of the work of a frame: not twice for the same answer.
        let least_heights = if shell && is_huge(area) {
            views.iter().map(height(false)).collect()
        } else {
            heights.clone()
        };
        Self {
            body: Rect {
                y: area.y + 1,
                height: area.height.saturating_sub(3),
                ..area
            },
            aside,
            words: [true, false].map(|airy| story::lines(app, play, theme, measure, airy)),
            heights,
            least_heights,
            views,
            steps,
            matrix: rows(matrix::lines(play, theme, area.width, u16::MAX).len()),
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
    pub(super) fn arrange(&self) -> Arranged {
        if self.alone {
            return Arranged {
                spots: Plan {
                    shell: self.body,
                    ..Plan::default()
                },
                wants: Wants::default(),
                airy: false,
                heights: Vec::new(),
            };
        }
        // On a tall screen a shell gets more: programs are there to be used.
        let most = SHELL.max(self.body.height * 2 / 5);
        for count in (1..=self.views.len()).rev() {
            let whole = || self.fitting(&self.heights[..count], most);
            let partly = || {
                let may = self.shell && count <= self.steps + 1;
                may.then(|| self.in_part(count)).flatten()
            };
            if let Some(arranged) = whole().or_else(partly) {
                return arranged;
            }
        }
        let (wants, spots) = self.squeezed(self.wants(&self.heights[..1], most, false));
        // Beside the panels, words take no row from them.
        let airy = self.aside && rows(self.words[0].len()) <= spots.story.height;
        Arranged {
            spots,
            wants,
            airy,
            heights: self.heights.clone(),
        }
    }

    /// One panel and what else there is room for. Before the rows of a grid, which are what the calls
    /// answered, the strips make way.
    fn squeezed(&self, wants: Wants) -> (Wants, Plan) {
        let planned = |wants| (wants, layout::plan(self.body, self.aside, wants));
        let mut best = planned(wants);
        if self.views.first() != Some(&Panel::Grid) {
            return best;
        }
        for (calls, by_hand) in [(1, 1), (1, 0), (0, 0)] {
            if best.1.panels.height >= wants.panels {
                break;
            }
            best = planned(Wants {
                matrix: 0,
                calls: wants.calls.min(calls),
                by_hand: wants.by_hand.min(by_hand),
                ..wants
            });
        }
        best
    }

    /// Beside a shell that makes room for them, the first `count` panels, one more than the step's at
    /// most; if need be in part: that one, or those of the step.
    fn in_part(&self, count: usize) -> Option<Arranged> {
        let whole = &self.least_heights[..count];
        let extra = count > self.steps;
        let rows = whole.iter().enumerate();
        let low = rows.map(|(at, rows)| match at {
            at if extra && at < self.steps => *rows,
            // In part it would say less than the strip that it takes the place of.
            at if self.views[at] == Panel::Namespaces => *rows,
            _ => (*rows).min(IN_PART),
        });
        let shell = SHELL.max(self.body.height / 3);
        self.fitting(whole, shell)
            .or_else(|| self.fitting(&low.collect::<Vec<_>>(), shell))
    }

    /// These rows for the first panels, and all that the rest wants, with air if possible.
    fn fitting(&self, heights: &[u16], shell: u16) -> Option<Arranged> {
        let arranged = |airy| {
            let wants = self.wants(heights, shell, airy);
            let spots = layout::plan(self.body, self.aside, wants);
            spots.gives(wants).then(|| Arranged {
                spots,
                wants,
                airy,
                heights: heights.to_vec(),
            })
        };
        [true, false].into_iter().find_map(arranged)
    }

    /// What the first panels with these rows and all the rest want. A strip that repeats a panel in
    /// view makes way for it.
    fn wants(&self, heights: &[u16], shell: u16, airy: bool) -> Wants {
        let shown = &self.views[..heights.len()];
        let matrix = if shown.contains(&Panel::Namespaces) {
            rows(self.footnotes.len())
        } else {
            self.matrix
        };
        let all_calls = shown.contains(&Panel::Calls) || self.shell;
        Wants {
            story: rows(self.words[usize::from(!airy)].len()),
            words: self.least,
            panels: heights
                .iter()
                .fold(0, |sum: u16, rows| sum.saturating_add(*rows)),
            matrix,
            verdicts: self.verdicts,
            calls: if all_calls { 0 } else { self.calls },
            by_hand: if all_calls { 0 } else { self.by_hand },
            commands: self.commands,
            shell: if self.shell { shell } else { 0 },
        }
    }
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn is_huge(area: Rect) -> bool {
    area.width >= HUGE.0 && area.height >= HUGE.1
}

/// The chosen panel, those of the step, and on a huge screen the others, in this order; and how many
/// the first two are.
fn candidates(app: &App, play: &Play, area: Rect) -> (Vec<Panel>, usize) {
    let lesson = &app.lessons[play.lesson];
    let step = &lesson.steps[play.step];
    let files = lesson.boxes.iter().any(|spec| !spec.files.is_empty());
    let mut views = vec![play.panel];
    let more = if is_huge(area) {
        &Panel::GENERAL[..]
    } else {
        &[]
    };
    let asked = play.outcome.as_ref().is_some_and(|it| !it.calls.is_empty());
    let more = more.iter().filter(|panel| files || **panel != Panel::Files);
    let add = |views: &mut Vec<Panel>, panel: &Panel| {
        if !views.contains(panel) && (asked || *panel != Panel::Calls) {
            views.push(*panel);
        }
    };
    step.panels.iter().for_each(|panel| add(&mut views, panel));
    let steps = views.len();
    more.for_each(|panel| add(&mut views, panel));
    (views, steps)
}
