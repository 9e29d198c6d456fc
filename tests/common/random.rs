//! Numbers by chance that can be had again: `GLASSBOX_SEED` repeats a run. For tests that print their
//! seed when they fail.

use std::hash::{BuildHasher as _, RandomState};

/// A number from the environment.
pub(crate) fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Random {
    pub(crate) seed: u64,
    state: u64,
}

impl Random {
    /// From `GLASSBOX_SEED`, else another one each time.
    pub(crate) fn seeded() -> Self {
        let new = || RandomState::new().hash_one(0);
        let seed = number_from("GLASSBOX_SEED").unwrap_or_else(new);
        Self { seed, state: seed }
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
