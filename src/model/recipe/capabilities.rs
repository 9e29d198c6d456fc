//! Capabilities and filters by the names that people type, and which ones docker leaves a container.

use std::collections::BTreeSet;

use super::{Wrong, words::wrong};
use crate::model::filter::Filter;
use crate::model::op::Cap;

/// What docker leaves a container that says nothing: docker run(1), `--cap-add`.
const DOCKERS: [&str; 14] = [
    "CAP_AUDIT_WRITE",
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_MKNOD",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_RAW",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
];

/// Those of docker.
#[must_use]
pub fn by_default() -> BTreeSet<Cap> {
    Cap::all()
        .filter(|cap| DOCKERS.contains(&cap.name()))
        .collect()
}

/// `NET_ADMIN`, `cap_net_admin`; `ALL` is `None`.
pub fn capability(text: &str) -> Result<Option<Cap>, Wrong> {
    let upper = text.trim().to_ascii_uppercase();
    let bare = upper.strip_prefix("CAP_").unwrap_or(&upper);
    if bare == "ALL" {
        return Ok(None);
    }
    match Cap::try_from(format!("CAP_{bare}")) {
        Ok(cap) => Ok(Some(cap)),
        Err(_) => wrong("is no capability; expected a name such as NET_ADMIN, or ALL"),
    }
}

/// What is left of `base` (`None`: all) when some are dropped and some added, as docker reckons: the
/// order of the options means nothing, and what is added stays.
#[must_use]
pub fn without(
    base: Option<BTreeSet<Cap>>,
    dropped: &[Option<Cap>],
    added: &[Option<Cap>],
) -> Option<BTreeSet<Cap>> {
    if dropped.is_empty() && added.is_empty() {
        return base;
    }
    let all = || Cap::all().collect::<BTreeSet<_>>();
    let mut left = match (added.contains(&None), dropped.contains(&None)) {
        (true, _) => all(),
        (false, true) => BTreeSet::new(),
        (false, false) => base.unwrap_or_else(all),
    };
    for cap in dropped.iter().flatten() {
        left.remove(cap);
    }
    left.extend(added.iter().flatten());
    (left.len() < Cap::all().count()).then_some(left)
}

/// `docker-like`, `no-mkdir`, `none`.
pub fn filter(text: &str) -> Result<Option<Filter>, Wrong> {
    if text == "none" {
        return Ok(None);
    }
    let found = Filter::ALL.into_iter().find(|filter| filter.name() == text);
    found.map(Some).ok_or_else(|| {
        let names = Filter::ALL.map(Filter::name).join(", ");
        Wrong(format!("expected {names} or none"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(names: &[&str]) -> Vec<Option<Cap>> {
        let read = |name: &&str| capability(name).expect("a capability");
        names.iter().map(read).collect()
    }

    fn left(base: &[&str], dropped: &[&str], added: &[&str]) -> Option<Vec<&'static str>> {
        let base = caps(base).into_iter().collect::<Option<_>>();
        let left = without(base, &caps(dropped), &caps(added));
        left.map(|left| left.into_iter().map(Cap::name).collect())
    }

    #[test]
    fn docker_leaves_fourteen() {
        assert_eq!(by_default().len(), DOCKERS.len());
    }

    #[test]
    fn what_is_left() {
        let two = &["chown", "KILL"];
        assert_eq!(left(two, &[], &[]), Some(vec!["CAP_CHOWN", "CAP_KILL"]));
        assert_eq!(left(two, &["ALL"], &["cap_kill"]), Some(vec!["CAP_KILL"]));
        assert_eq!(left(two, &["KILL"], &[]), Some(vec!["CAP_CHOWN"]));
        assert_eq!(left(two, &[], &["ALL"]), None);
        assert_eq!(left(&["ALL"], &["ALL"], &[]), Some(Vec::new()));
        let most = left(two, &["CHOWN"], &["ALL"]).expect("a set");
        assert!(most.len() == 40 && !most.contains(&"CAP_CHOWN"));
        assert!(capability("NET").is_err() && capability("").is_err());
    }
}
