//! The order of a question's answers: another one each session, the same one for the same seed.
//! Called when a step begins.

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

/// SplitMix64: small, and good enough to shuffle four answers.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
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
