//! The lesson list: state, minutes, core or more, and what this machine lacks.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    palette, prose, sheet,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, State},
    lesson::{Lesson, track::Track},
    model::{Untrusted, support::Probe},
};

/// Rows for what is said of the lesson under the cursor, at most.
const DETAILS: u16 = 7;
/// Longer rows are hard to follow.
const MEASURE: u16 = 100;
/// Width of what stands right of the title.
const RIGHT: usize = 28;

/// Draws the list into `area`, whose last row is the footer's.
pub(super) fn draw(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let title = Span::styled(" glassbox", theme.style(Role::Title));
    let words = Span::raw(match &app.options.track {
        None => "  a container is a process: watch it become one".to_owned(),
        Some(track) => track_words(app, track),
    });
    let kernel = format!("Linux {} ", Untrusted::from(&app.support.kernel).text());
    let kernel = Span::styled(kernel, theme.style(Role::Dim));
    let top = write::spread(vec![title, words], vec![kernel], area.width);
    write::line(&top, 0, area, buf);

    if app.filter.is_on() {
        filter(app, theme, area, buf);
    }
    let body = area.height.saturating_sub(3);
    // As many as any lesson needs, so that the list stays where it is.
    let width = area.width.min(MEASURE).saturating_sub(2);
    let longest = app
        .lessons
        .iter()
        .map(|it| about(app, it, theme, width).len());
    let longest = longest.max().map_or(0, |rows| rows.min(DETAILS.into()));
    let details = u16::try_from(longest).unwrap_or(DETAILS).min(body / 3);
    let list = Rect {
        y: area.y + 2.min(area.height),
        width: area.width.min(MEASURE),
        height: (body - details).saturating_sub(1),
        ..area
    };
    rows(app, theme, list, buf);
    let below = Rect {
        x: area.x + 1,
        y: list.bottom(),
        width: list.width.saturating_sub(2),
        height: details,
    };
    if let Some(lesson) = app.under_cursor() {
        write::lines(&about(app, lesson, theme, below.width), below, buf);
    }
    if let Some(notice) = &app.notice {
        let text = write::cut(&format!(" * {notice}"), area.width.into(), theme);
        let line = Line::styled(text, theme.style(Role::Title));
        write::line(&line, area.height.saturating_sub(2), area, buf);
    }
}

fn rows(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let listed = app.listed();
    let at = listed.iter().position(|place| *place == app.chosen);
    let first = sheet::first_row(at.unwrap_or(0), area.height.into());
    if !app.filter.is_on() {
        let height = usize::from(area.height);
        sheet::in_view(first, height, listed.len(), area, theme, buf);
    }
    let visible = listed.iter().skip(first);
    for (line, position) in (0..area.height).zip(visible) {
        let lesson = &app.lessons[*position];
        let row = row(app, lesson, *position == app.chosen, theme, area.width);
        write::line(&row, line, area, buf);
    }
    if listed.is_empty() {
        let words = match app.lessons.len() {
            0 => "  there are no lessons here",
            _ => "  no lesson has these words in its title, its name or its needs",
        };
        write::line(&Line::raw(words), 0, area, buf);
    }
}

/// What the list is narrowed down to, in the row below its title.
fn filter(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let line = palette::typed("/", &app.filter.typed, theme);
    let mut left = line.spans;
    if !app.filter.typing {
        left.pop();
    }
    let (shown, all) = (app.listed().len(), app.lessons.len());
    let count = format!("{shown} of {all} lessons; Esc shows all ");
    let count = vec![Span::styled(count, theme.style(Role::Dim))];
    let width = area.width.min(MEASURE);
    write::line(&write::spread(left, count, width), 1, area, buf);
}

fn track_words(app: &App, track: &Track) -> String {
    let (count, minutes) = (app.lessons.len(), track.minutes(&app.lessons));
    format!("  {}: {count} lessons, {minutes} min", track.name)
}

fn row(app: &App, lesson: &Lesson, chosen: bool, theme: &Theme, width: u16) -> Line<'static> {
    let lacking = !lesson.missing(&app.support).is_empty();
    let state = match app.progress.state(&lesson.id) {
        _ if lacking => "cannot run".to_owned(),
        State::New => "new".to_owned(),
        // The lesson may have had more steps when the progress was kept.
        State::Started(step) => {
            let count = lesson.steps.len();
            format!("step {}/{count}", step.saturating_add(1).min(count))
        }
        State::Done => "done".to_owned(),
    };
    let number = lesson.id.split('-').next().unwrap_or_default();
    let sign = if chosen { ">" } else { " " };
    let title = Untrusted::from(&lesson.title).text();
    let width = usize::from(width);
    let room = width
        .saturating_sub(RIGHT + 8)
        .max(width.min(28).saturating_sub(8));
    let title = write::fit(&title, room, theme);
    let kind = if lesson.core { "core" } else { "more" };
    let left = format!(
        " {sign} {number:<3} {title} {:>3} min  {kind}  ",
        lesson.minutes
    );
    let style = match (chosen, lacking) {
        (true, _) => theme.style(Role::Cursor),
        (false, true) => theme.style(Role::Dim),
        (false, false) => theme.style(Role::Plain),
    };
    let text = write::fit(&format!("{left}{state}"), width, theme);
    Line::styled(text, style)
}

/// Why it cannot run: each reason once, with all that lacks for it, and each remedy once.
fn lacking(missing: &[Probe], theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut remedies: Vec<&str> = Vec::new();
    for lack in missing {
        match reasons.iter_mut().find(|(why, _)| *why == lack.detail) {
            Some((_, names)) => names.push(&lack.name),
            None => reasons.push((&lack.detail, vec![&lack.name])),
        }
        if !remedies.contains(&lack.remedy.as_str()) {
            remedies.push(&lack.remedy);
        }
    }
    let reason = |(why, names): &(&str, Vec<&str>)| {
        let words = format!("cannot run here: {}: {why}", names.join(", "));
        prose::plain(
            &Untrusted::from(words).text(),
            width,
            theme.style(Role::Fault),
        )
    };
    let remedy = |remedy: &&str| {
        let words = format!("remedy: {}", Untrusted::from(*remedy).text());
        prose::plain(&words, width, theme.style(Role::Plain))
    };
    let reasons = reasons.iter().flat_map(reason);
    reasons.chain(remedies.iter().flat_map(remedy)).collect()
}

/// What is to be said of a lesson that is under the cursor.
fn about(app: &App, lesson: &Lesson, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let title = Untrusted::from(&lesson.title).text();
    let mut lines = prose::plain(&title, width, theme.style(Role::Title));
    let missing = lesson.missing(&app.support);
    lines.extend(lacking(&missing, theme, width));
    let track = app.options.track.as_ref();
    if let Some(stop) = track.and_then(|track| track.stop(&lesson.id))
        && !stop.steps.is_empty()
    {
        let words = format!(
            "In this track: {}, {} s.",
            stop.words(),
            stop.seconds(lesson)
        );
        lines.extend(prose::plain(&words, width, theme.style(Role::Plain)));
    }
    if missing.is_empty() {
        let (steps, minutes) = (lesson.steps.len(), lesson.minutes);
        let steps = match steps {
            1 => "1 step".to_owned(),
            steps => format!("{steps} steps"),
        };
        let words = format!("{steps}, about {minutes} min. All that it needs is here.");
        lines.extend(prose::plain(&words, width, theme.style(Role::Plain)));
    }
    if !lesson.man.is_empty() {
        let pages: Vec<String> = lesson
            .man
            .iter()
            .map(|p| Untrusted::from(p).text())
            .collect();
        let words = format!("man: {}", pages.join(", "));
        lines.extend(prose::plain(&words, width, theme.style(Role::Dim)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Options;

    #[test]
    fn what_lacks_for_one_reason_is_told_once_with_its_remedy() {
        let lack = |name: &str, detail: &str, remedy: &str| Probe {
            name: name.to_owned(),
            ok: false,
            detail: detail.to_owned(),
            remedy: remedy.to_owned(),
        };
        let missing = [
            lack("cgroup:pids", "mkdir: EACCES", "use sudo"),
            lack("cgroup:cpu", "mkdir: EACCES", "use sudo"),
            lack("overlay", "mount: EPERM", "use sudo"),
        ];
        let lines = lacking(&missing, &Theme::of(&Options::default()), 80);
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "cannot run here: cgroup:pids, cgroup:cpu: mkdir: EACCES",
                "cannot run here: overlay: mount: EPERM",
                "remedy: use sudo",
            ]
        );
    }
}
