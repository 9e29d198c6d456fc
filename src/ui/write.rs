//! Puts lines into cells, and cuts and pads text by its width. Called by everything that draws; the
//! only place where text becomes cells.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::theme::Theme;

/// Draws a line at `row` of `area`, cut at its right end; nothing if the row is outside.
pub(super) fn line(line: &Line<'_>, row: u16, area: Rect, buf: &mut Buffer) {
    if row < area.height {
        let place = Rect {
            y: area.y + row,
            height: 1,
            ..area
        };
        line.render(place, buf);
    }
}

/// Draws lines from the top of `area`; those beyond its end are not drawn.
pub(super) fn lines(lines: &[Line<'_>], area: Rect, buf: &mut Buffer) {
    for (row, text) in (0..area.height).zip(lines) {
        line(text, row, area, buf);
    }
}

/// Empties an area, so that nothing shines through.
pub(super) fn clear(area: Rect, buf: &mut Buffer) {
    ratatui::widgets::Clear.render(area, buf);
}

/// `text` in exactly `width` cells: padded, or cut with a sign that says so.
pub(super) fn fit(text: &str, width: usize, theme: &Theme) -> String {
    let mut out = cut(text, width, theme);
    let missing = width.saturating_sub(out.width());
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// `text` in at most `width` cells, cut with a sign that says so.
pub(super) fn cut(text: &str, width: usize, theme: &Theme) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let Some(room) = width.checked_sub(1) else {
        return String::new();
    };
    let mut used = 0;
    let mut out: String = text
        .graphemes(true)
        .take_while(|grapheme| {
            used += grapheme.width();
            used <= room
        })
        .collect();
    out.push_str(theme.cut());
    out
}

/// `text` in at most so many lines of `width` cells, broken between words; what does not fit is cut.
pub(super) fn fold(text: &str, width: usize, most: usize, theme: &Theme) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text;
    while lines.len() + 1 < most && rest.width() > width {
        let ends = rest.match_indices(' ').map(|(at, _)| at);
        let Some(end) = ends.take_while(|at| rest[..*at].width() <= width).last() else {
            break;
        };
        lines.push(rest[..end].to_owned());
        rest = &rest[end + 1..];
    }
    lines.push(cut(rest, width, theme));
    lines
}

/// The end of `text` in at most `width` cells, with a sign at its front that something is missing.
pub(super) fn tail(text: &str, width: usize, theme: &Theme) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let Some(room) = width.checked_sub(1) else {
        return String::new();
    };
    let mut used = 0;
    let mut end: Vec<&str> = text
        .graphemes(true)
        .rev()
        .take_while(|grapheme| {
            used += grapheme.width();
            used <= room
        })
        .collect();
    end.push(theme.cut());
    end.iter().rev().copied().collect()
}

/// The end of a path in at most `width` cells, from the beginning of a name where one begins there.
pub(super) fn path(text: &str, width: usize, theme: &Theme) -> String {
    let end = tail(text, width, theme);
    let begins = end.char_indices().skip(1).find(|(_, c)| *c == '/');
    match begins {
        Some((at, _)) if end != text => format!("{}{}", theme.cut(), &end[at..]),
        _ => end,
    }
}

/// A line whose right part stands at the right end of `width` cells, or is left out.
pub(super) fn spread<'a>(left: Vec<Span<'a>>, right: Vec<Span<'a>>, width: u16) -> Line<'a> {
    let mut line = Line::from(left);
    let right = Line::from(right);
    let room = usize::from(width).saturating_sub(line.width());
    if let Some(gap) = room.checked_sub(right.width() + 1) {
        line.push_span(Span::raw(" ".repeat(gap)));
        line.spans.extend(right.spans);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Options;

    #[test]
    fn of_a_long_path_the_end_stays() {
        let theme = Theme::of(&Options::default());
        let cut = theme.cut();
        let path = |text: &str, width| super::path(text, width, &theme);
        assert_eq!(path("/a/lesson/tin", 13), "/a/lesson/tin");
        assert_eq!(
            path("/glassbox-11591/lesson/tin", 14),
            format!("{cut}/lesson/tin")
        );
        assert_eq!(
            path("/glassbox-11591/lesson/tin", 12),
            format!("{cut}/lesson/tin")
        );
        assert_eq!(path("/lesson/tin", 7), format!("{cut}/tin"));
        assert_eq!(path("/lesson", 4), format!("{cut}son"));
        assert_eq!(path("/lesson", 0), "");
    }

    #[test]
    fn long_values_break_between_words_and_are_cut_at_the_end() {
        let theme = Theme::of(&Options::default());
        let fold = |text: &str| super::fold(text, 9, 3, &theme).join("|");
        assert_eq!(fold("none"), "none");
        assert_eq!(fold("all but CAP_A CAP_B"), "all but|CAP_A|CAP_B");
        assert_eq!(fold("a b c d"), "a b c d");
        let cut = theme.cut();
        assert_eq!(
            fold("all but CAP_A CAP_B CAP_C"),
            format!("all but|CAP_A|CAP_B CA{cut}")
        );
        assert_eq!(fold("CAP_DAC_OVERRIDE"), format!("CAP_DAC_{cut}"));
        assert_eq!(super::fold("", 9, 3, &theme), [""]);
    }
}
