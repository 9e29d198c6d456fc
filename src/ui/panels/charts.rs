//! What the lesson's cgroups used over time, with the instants at which a counter moved and the step
//! that did it; on the box's side what it sees of the machine meanwhile.

mod inside;
mod metrics;
mod series;

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use self::{inside::Seen, series::Series};
use super::super::{
    plot::{self, RULER},
    sheet::{Entry, Look, Sheet},
    theme::Role,
    write,
};
use super::busy;
use crate::{
    app::{Point, Side},
    model::{
        amount::time,
        diff::{self, Chart},
    },
};

/// Rows of the large chart where nobody says how many there are.
const WANTED: usize = 9;
/// Columns of the name and of the value before a small chart.
const NAME: usize = 14;
const VALUE: usize = 8;

/// One side.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    match look.seat.side {
        Side::Host => used(look),
        Side::Box => inside(look),
    }
}

/// A line for each chart; below the chosen one the large drawing.
fn used(look: &Look<'_>) -> Sheet {
    let points = look.play.history.until(look.now);
    let charts = diff::charts(look.now);
    if charts.is_empty() {
        return Sheet::says(" nothing of this lesson is counted yet", look.theme);
    }
    let all: Vec<Series> = charts
        .iter()
        .map(|chart| Series::of(chart, &points))
        .collect();
    let chosen = chosen(look, &all);
    let alarm = busy::words(look);
    let note = latency(look);
    let taken = charts.len() + usize::from(alarm.is_some()) + usize::from(note.is_some());
    let room = look
        .height
        .map_or(WANTED, |height| height.saturating_sub(taken));
    let entry = |(place, (chart, series)): (usize, (&Chart, &Series))| {
        let mut entry = small(look, chart, series);
        if place == chosen {
            entry.line = title(look, chart, series);
            entry.more = large(look, chart, series, &points, room);
        }
        entry
    };
    Sheet {
        alarm,
        rows: charts.iter().zip(&all).enumerate().map(entry).collect(),
        note,
        ..Sheet::default()
    }
}

/// The one under the cursor; else that in which this step moved the gravest counter, else the first.
fn chosen(look: &Look<'_>, all: &[Series]) -> usize {
    let cursor = look.play.cursor.filter(|_| look.seat.has_cursor(look.play));
    let step = look.play.step;
    let gravest = || {
        let grave = all.iter().enumerate();
        let grave = grave.filter_map(|(place, series)| Some((series.gravest(step)?, place)));
        grave.min().map(|(_, place)| place)
    };
    let last = all.len().saturating_sub(1);
    cursor.or_else(gravest).unwrap_or(0).min(last)
}

fn name(chart: &Chart) -> String {
    format!("{} {}", chart.metric.name(), chart.group)
}

/// Name, value, and as much of the past as fits behind them.
fn small(look: &Look<'_>, chart: &Chart, series: &Series) -> Entry {
    let name = write::fit(&name(chart), NAME, look.theme);
    let value = write::fit(&series.latest, VALUE, look.theme);
    let width = look.width.saturating_sub(NAME + VALUE + 3);
    let highest = series.layers.last().map_or(&[][..], std::slice::from_ref);
    let drawn = plot::bars(highest, series.scale, (width, 1), look.theme).concat();
    let host = look.theme.style(Role::Host);
    let moved = series
        .moved
        .iter()
        .any(|moved| moved.step == Some(look.play.step));
    let changed = moved && look.before.is_some();
    let words = Span::raw(format!("{name} {value} "));
    Entry::changed(changed, Line::from(vec![words, Span::styled(drawn, host)]))
}

/// The signs of the layers, with a space before each.
fn parts(look: &Look<'_>, series: &Series) -> String {
    let shades = look.theme.shades();
    let part = |(layer, part): &(usize, &str)| format!("  {} {part}", shades[*layer]);
    let parts: Vec<String> = series.parts.iter().map(part).collect();
    parts.concat()
}

fn parts_fit(look: &Look<'_>, chart: &Chart, series: &Series) -> bool {
    let words = name(chart).width() + 2 + series.words.width();
    words + parts(look, series).width() < look.width
}

/// What the large chart shows: name, value, limits, and the signs of its layers if they fit.
fn title(look: &Look<'_>, chart: &Chart, series: &Series) -> Line<'static> {
    let mut words = format!("{}  {}", name(chart), series.words);
    if parts_fit(look, chart, series) {
        words += &parts(look, series);
    }
    let words = write::cut(&words, look.width.saturating_sub(1), look.theme);
    Line::styled(words, look.theme.style(Role::Title))
}

fn large(
    look: &Look<'_>,
    chart: &Chart,
    series: &Series,
    points: &[&Point],
    room: usize,
) -> Vec<Line<'static>> {
    let width = look.width.saturating_sub(RULER + 1);
    let mut legends = legends(look, series);
    if !parts_fit(look, chart, series) {
        let dim = look.theme.style(Role::Dim);
        let place = legends.len().min(1);
        legends.insert(place, Line::styled(parts(look, series), dim));
    }
    let told = match room {
        0..5 => 0,
        5..8 => 1,
        8..12 => 2,
        _ => 3,
    };
    let told = legends.len().min(told);
    let marked = usize::from(series.throttled.is_some() || !series.moved.is_empty());
    let rows = room.saturating_sub(told + marked + 1).max(1);
    let drawn = plot::bars(&series.layers, series.scale, (width, rows), look.theme);
    let last = rows - 1;
    let mark = series
        .mark
        .as_ref()
        .map(|(value, word)| (series.row_of(*value, rows), word));
    let ruler = |row: usize| match (&mark, row) {
        (_, 0) => series.top.as_str(),
        (Some((at, word)), row) if *at == row => word.as_str(),
        (_, row) if row == last => "0",
        _ => "",
    };
    let mut lines: Vec<Line<'static>> = (0..rows)
        .zip(drawn)
        .map(|(row, drawn)| plot::row(ruler(row), drawn, look.theme.style(Role::Host)))
        .collect();
    if marked > 0 {
        lines.push(events(look, series, width));
    }
    let step = |position: usize, point: &&Point| match (position.checked_sub(1), point.step) {
        (Some(before), step) if step.is_some() && points[before].step == step => '-',
        (_, Some(step)) => {
            char::from_digit(u32::try_from(step + 1).unwrap_or(0), 10).unwrap_or('?')
        }
        (_, None) => ' ',
    };
    let dim = look.theme.style(Role::Dim);
    lines.push(plot::row("step", plot::marks(points, width, step), dim));
    lines.extend(legends.into_iter().take(told));
    lines.truncate(room);
    lines
}

/// The strip below the bars: how much of the time the quota was used up, or what happened when.
fn events(look: &Look<'_>, series: &Series, width: usize) -> Line<'static> {
    let style = look.theme.style(Role::Changed);
    if let Some(throttled) = &series.throttled {
        let strip = plot::bars(
            std::slice::from_ref(throttled),
            1000,
            (width, 1),
            look.theme,
        );
        return plot::row("thrott", strip.concat(), style);
    }
    let signs = plot::marks(&series.signs, width, |_, sign| *sign);
    plot::row("events", signs, style)
}

/// What moved, the latest step first.
fn legends(look: &Look<'_>, series: &Series) -> Vec<Line<'static>> {
    let width = look.width.saturating_sub(1);
    let line = |words: String| Line::raw(format!(" {}", write::cut(&words, width, look.theme)));
    let long = series.told(false);
    let fits = long.iter().all(|words| words.width() <= width);
    let told = if fits { long } else { series.told(true) };
    told.into_iter().map(line).collect()
}

/// How fast a process outside every box was answered while somebody watched.
fn latency(look: &Look<'_>) -> Option<[String; 2]> {
    let latency = look.now.latency?;
    let (half, most) = (time(latency.p50_us), time(latency.p99_us));
    Some([
        format!("outside: half of the answers in {half}, 99 of 100 in {most} "),
        format!("outside: 99 of 100 answers in {most} "),
    ])
}

/// What the box sees, each with its past below it where there is room.
fn inside(look: &Look<'_>) -> Sheet {
    let points = look.play.history.until(look.now);
    let all = inside::seen(&points, look.seat.box_name);
    let Some(count) = all.first().map(|_| all.len()) else {
        return Sheet::says(" nobody looks from here yet", look.theme);
    };
    let room = look
        .height
        .map_or(2, |height| height.saturating_sub(1) / count);
    let entry = |seen: &Seen| {
        let (plain, dim) = (look.theme.style(Role::Box), look.theme.style(Role::Dim));
        let width = look.width.saturating_sub(1);
        let drawn = |size| {
            let values = std::slice::from_ref(&seen.values);
            plot::bars(values, seen.scale, size, look.theme)
        };
        if room < 2 {
            let name = write::fit(seen.name, NAME, look.theme);
            let value = write::fit(&seen.latest, VALUE, look.theme);
            let drawn = drawn((width.saturating_sub(NAME + VALUE + 2), 1)).concat();
            let words = Span::raw(format!("{name} {value} "));
            return Entry::new(None, Line::from(vec![words, Span::styled(drawn, plain)]));
        }
        let line = Line::from(vec![
            Span::raw(format!("{}  {}", seen.name, seen.latest)),
            Span::styled(format!("  {}", seen.note), dim),
        ]);
        let mut entry = Entry::new(None, line);
        let rows = drawn((width, (room - 1).min(2))).into_iter();
        let row = |row| Line::styled(format!(" {row}"), plain);
        entry.more = rows.map(row).collect();
        entry
    };
    Sheet {
        head: Some(" SEEN FROM INSIDE, at the same times".to_owned()),
        rows: all.iter().map(entry).collect(),
        ..Sheet::default()
    }
}
