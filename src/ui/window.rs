//! Which rows of a list are in view, where a row may take several lines. Called by `sheet`; draws
//! nothing.

/// The first row in view in `room` lines, such that the rows from `wanted.0` to `wanted.1` are in view
/// and as many above them as there is room for. Where they are too many, what matters most stands
/// above: the list begins with the first of them, or where it begins anyway if that is near.
/// `heights` are the lines of each row.
pub(super) fn first(heights: &[usize], wanted: (usize, usize), room: usize) -> usize {
    let lines = |from: usize, to: usize| heights[from..to].iter().sum::<usize>();
    // From the end on, so that a long list costs no more than a short one.
    let starts_before = |end: usize| {
        let mut taken = 0;
        let rows = heights[..end].iter().rev();
        let fit = rows.take_while(|height| {
            taken += **height;
            taken <= room
        });
        end - fit.count()
    };
    let last = heights.len();
    let (top, bottom) = (wanted.0.min(last), (wanted.1 + 1).min(last));
    let first = starts_before(bottom).min(top);
    let all = lines(top, bottom) <= room;
    // No line stays free below while there are rows above.
    let lowest = starts_before(last).min(last.saturating_sub(1));
    let is_near = lines(0, top) * 3 <= room;
    match all {
        true => first.min(lowest),
        false if is_near => 0,
        false => top.min(lowest),
    }
}

/// How many rows are in view from `first` on; of one that is too high for all of it, a part.
pub(super) fn count(heights: &[usize], first: usize, room: usize) -> usize {
    let mut taken = 0;
    let rows = heights.iter().skip(first);
    let whole = rows.take_while(|height| {
        taken += **height;
        taken <= room
    });
    whole.count().max(usize::from(first < heights.len()))
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
            ((1, 7), 0),
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
        assert_eq!(first(&[1, 1, 3, 1, 3, 1], (2, 4), 4), 2);
        assert_eq!(first(&[1, 3, 1, 3, 1], (1, 3), 4), 0);
    }

    #[test]
    fn rows_in_view_are_counted() {
        assert_eq!(count(&[1; 10], 6, 4), 4);
        assert_eq!(count(&[1, 3, 1, 3, 1], 1, 4), 2);
        assert_eq!(count(&[1, 3, 1, 3, 1], 0, 5), 3);
        assert_eq!(count(&[2, 2], 0, 3), 1);
        assert_eq!(count(&[5, 2], 0, 3), 1);
        assert_eq!(count(&[], 0, 3), 0);
        assert_eq!(count(&[1; 3], 0, 9), 3);
    }
}
