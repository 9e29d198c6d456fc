//! Bars over time as lines of text, and the rulers beside and below them. Called by the panel
//! `charts`, which knows what they mean.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    symbols::bar,
    text::{Line, Span},
    widgets::{Sparkline, Widget},
};

use super::theme::Theme;

/// Columns of the ruler at the left.
pub(super) const RULER: usize = 7;

/// A value for each point of time, oldest first; `None` for a pause.
pub(super) type Values = Vec<Option<u64>>;

/// Bars in `height` rows of `width` cells: the latest values, as many as there are cells. Each of
/// `layers` holds sums: what lies below, and its own on top; the lowest is the first. `scale` is the
/// value of a bar over all rows.
pub(super) fn bars(
    layers: &[Values],
    scale: u64,
    (width, height): (usize, usize),
    theme: &Theme,
) -> Vec<String> {
    let area = Rect {
        x: 0,
        y: 0,
        width: u16::try_from(width).unwrap_or(0),
        height: u16::try_from(height).unwrap_or(0),
    };
    let mut whole = Buffer::empty(area);
    // The highest first: those below are drawn over it.
    for (place, layer) in layers.iter().enumerate().rev() {
        let mut drawn = Buffer::empty(area);
        let latest = &layer[layer.len().saturating_sub(width)..];
        Sparkline::default()
            .data(latest.iter().map(|value| visible(*value, scale, height)))
            .max(scale.max(1))
            .bar_set(theme.bars(place))
            .absent_value_symbol(":")
            .render(area, &mut drawn);
        for (cell, over) in whole.content.iter_mut().zip(&drawn.content) {
            if over.symbol() != " " {
                cell.clone_from(over);
            }
        }
    }
    let row = |y: u16| (0..area.width).map(|x| whole[(x, y)].symbol()).collect();
    (0..area.height).map(row).collect()
}

/// What is there at all is seen: at least the smallest bar.
fn visible(value: Option<u64>, scale: u64, height: usize) -> Option<u64> {
    let least = scale.div_ceil(u64::try_from(height).unwrap_or(1).max(1) * 8);
    value.map(|value| if value == 0 { 0 } else { value.max(least) })
}

/// A row: something at the ruler, and the rest in its style.
pub(super) fn row(ruler: &str, rest: String, style: Style) -> Line<'static> {
    let width = RULER - 1;
    Line::from(vec![
        Span::raw(format!("{ruler:>width$} ")),
        Span::styled(rest, style),
    ])
}

/// A line of marks below the bars: `mark` of each of the latest points.
pub(super) fn marks<T>(points: &[T], width: usize, mark: impl Fn(usize, &T) -> char) -> String {
    let first = points.len().saturating_sub(width);
    let latest = points.iter().enumerate().skip(first);
    latest
        .map(|(position, point)| mark(position, point))
        .collect()
}

/// The sets of signs for bars: the lowest layer has steps, those above it another shade.
pub(super) const BARS: [bar::Set<'static>; 3] =
    [bar::NINE_LEVELS, shade("\u{2592}"), shade("\u{2591}")];

/// The same in ASCII.
pub(super) const ASCII_BARS: [bar::Set<'static>; 3] = [
    bar::Set {
        full: "#",
        seven_eighths: "#",
        three_quarters: "#",
        five_eighths: "#",
        half: "=",
        three_eighths: "=",
        one_quarter: "_",
        one_eighth: "_",
        empty: " ",
    },
    shade("%"),
    shade("."),
];

/// A cell is full or it is not.
const fn shade(sign: &'static str) -> bar::Set<'static> {
    bar::Set {
        full: sign,
        seven_eighths: sign,
        three_quarters: sign,
        five_eighths: sign,
        half: sign,
        three_eighths: " ",
        one_quarter: " ",
        one_eighth: " ",
        empty: " ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Options;

    fn drawn(layers: &[Values], scale: u64, size: (usize, usize)) -> Vec<String> {
        bars(layers, scale, size, &Theme::of(&Options::default()))
    }

    #[test]
    fn a_bar_fills_all_rows_at_the_scale_and_a_little_is_seen() {
        let values = vec![Some(0), Some(1), Some(800), Some(1600), None];
        assert_eq!(
            drawn(&[values], 1600, (6, 2)),
            ["   \u{2588}: ", " \u{2581}\u{2588}\u{2588}: "]
        );
    }

    #[test]
    fn only_the_latest_fit() {
        let values = (0..9).map(Some).collect();
        assert_eq!(drawn(&[values], 8, (2, 1)), ["\u{2587}\u{2588}"]);
    }

    #[test]
    fn layers_lie_on_each_other() {
        let (anon, all) = (vec![Some(8)], vec![Some(16)]);
        assert_eq!(drawn(&[anon, all], 16, (1, 2)), ["\u{2592}", "\u{2588}"]);
    }

    #[test]
    fn marks_stand_below_their_points() {
        let points = [0, 1, 0, 1];
        let mark = |_, point: &i32| if *point == 1 { '!' } else { ' ' };
        assert_eq!(marks(&points, 3, mark), "! !");
    }
}
