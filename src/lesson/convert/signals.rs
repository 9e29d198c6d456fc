//! Facts about signals and the state of a process. Called by `convert` for whatever the host sees
//! about a process: both sides would read the same.

use super::{Fact, Variables, fields};
use crate::model::{Subject, signal};

/// Null where there is no process.
pub(super) fn facts(subject: Option<&Subject>) -> Variables {
    let names = |mask: fn(&Subject) -> u64| {
        subject.map_or(Fact::Null, |subject| {
            signal::names(mask(subject))
                .into_iter()
                .map(Fact::Text)
                .collect()
        })
    };
    let state = subject.map_or(Fact::Null, |subject| {
        Fact::Text(subject.process.state.to_string())
    });
    fields([
        ("state", state),
        ("sig_caught", names(|subject| subject.sig_caught)),
        ("sig_ignored", names(|subject| subject.sig_ignored)),
        ("sig_blocked", names(|subject| subject.sig_blocked)),
    ])
}
