//! The order of a question's answers: another one each session, the same one for the same seed.
//! Called when a step begins.

use crate::model::random::next;

/// The numbers below `count` in an order that `seed` decides (Fisher and Yates).
pub(super) fn order(count: usize, seed: u64) -> Vec<usize> {
    let mut state = seed;
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        let other = usize::try_from(next(&mut state) % (last as u64 + 1)).unwrap_or(0);
        order.swap(last, other);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn every_answer_comes_up_everywhere() {
        let mut places = [[0_u32; 4]; 4];
        for seed in 0..4000 {
            let order = order(4, seed);
            for (place, answer) in order.iter().enumerate() {
                places[place][*answer] += 1;
            }
        }
        for count in places.iter().flatten() {
            assert!((850..1150).contains(count), "{places:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_order() {
        assert_eq!(order(4, 7), order(4, 7));
        assert_eq!(order(0, 7), Vec::<usize>::new());
    }
}
