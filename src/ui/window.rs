//! Which rows of a list are in view, where a row may take several lines. Called by `sheet`; draws
//! nothing.

/// The first row in view in `room` lines, such that the rows from `wanted.0` to `wanted.1` are in view
/// and as many above them as there is room for. Where they are too many, what matters most stands
/// above: the list begins with the first of them. `heights` are the lines of each row.
pub(super) fn first(heights: &[usize], wanted: (usize, usize), room: usize) -> usize {
    let lines = |from: usize, to: usize| heights[from..to].iter().sum::<usize>();
    let starts_before = |end: usize| (0..end).find(|start| lines(*start, end) <= room);
    let last = heights.len();
    let (top, bottom) = (wanted.0.min(last), (wanted.1 + 1).min(last));
    let first = starts_before(bottom).map_or(top, |start| start.min(top));
    let all = lines(top, bottom) <= room;
    // No line stays free below while there are rows above.
    let lowest = starts_before(last).unwrap_or(last.saturating_sub(1));
    if all { first } else { top }.min(lowest)
}

/// How many rows are in view from `first` on, the last one perhaps in part.
pub(super) fn count(heights: &[usize], first: usize, room: usize) -> usize {
    let mut taken = 0;
    let rows = heights.iter().skip(first);
    rows.take_while(|height| {
        let begins = taken < room;
        taken += **height;
        begins
    })
    .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_line_stay_in_view() {
        let heights = [1; 10];
        for (wanted, expected) in [
            ((0, 0), 0),
            ((3, 3), 0),
            ((4, 4), 1),
            ((9, 9), 6),
            ((3, 6), 3),
            ((2, 7), 2),
            ((8, 20), 6),
        ] {
            assert_eq!(first(&heights, wanted, 4), expected, "{wanted:?}");
        }
        assert_eq!(first(&heights, (0, 9), 20), 0);
        assert_eq!(first(&[], (0, 0), 4), 0);
        assert_eq!(first(&heights, (3, 3), 0), 3);
    }

    #[test]
    fn what_is_below_a_row_counts_only_where_it_is_in_view() {
        // A row of five lines further down takes no room from those above.
        assert_eq!(first(&[1, 1, 1, 1, 5], (1, 2), 4), 0);
        assert_eq!(first(&[1, 3, 1, 3, 1], (1, 2), 4), 1);
        assert_eq!(first(&[1, 3, 1, 3, 1], (3, 3), 4), 2);
        // Both cannot be: the first one it is.
        assert_eq!(first(&[1, 3, 1, 3, 1], (1, 3), 4), 1);
    }

    #[test]
    fn rows_in_view_are_counted() {
        assert_eq!(count(&[1; 10], 6, 4), 4);
        assert_eq!(count(&[1, 3, 1, 3, 1], 1, 4), 2);
        assert_eq!(count(&[1, 3, 1, 3, 1], 0, 5), 3);
        assert_eq!(count(&[2, 2], 0, 3), 2);
        assert_eq!(count(&[1; 3], 0, 9), 3);
    }
}
