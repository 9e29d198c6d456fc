//! Who the learner is when glassbox was started as root, and becoming that user. Called by the
//! guardian and by the ui before it is executed anew. Reads passwd(5) and group(5) as text: NSS does
//! not work in a static binary.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use nix::unistd::{self, Gid, Uid};

/// Where ids for a learner without an account start. The last one tried is below 65534, which is
/// what an id without a mapping looks like.
const FREE_IDS: std::ops::Range<u32> = 61_000..65_534;

/// The numbers that the kernel knows a user by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    /// User id: real, effective and saved.
    pub uid: u32,
    /// Group id: real, effective and saved.
    pub gid: u32,
    /// Supplementary groups.
    pub groups: Vec<u32>,
}

/// The user that everything but the guardian runs as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learner {
    /// The numbers.
    pub ids: Ids,
    /// Login name, where there is an account.
    pub name: Option<String>,
    /// Home directory, where there is an account.
    pub home: Option<PathBuf>,
}

/// Whom to become: `None` when we are nobody special, or when the user namespace that we are root
/// of has no other user (then we are not real root, either).
#[must_use]
pub fn find() -> Option<Learner> {
    if !unistd::geteuid().is_root() {
        return None;
    }
    let text = |path: &str| {
        fs::read(path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    };
    let number = |name: &str| std::env::var_os(name).as_deref().and_then(number);
    choose(&Sources {
        sudo_uid: number("SUDO_UID"),
        sudo_gid: number("SUDO_GID"),
        passwd: &text("/etc/passwd"),
        group: &text("/etc/group"),
        uid_map: &text("/proc/self/uid_map"),
    })
}

/// The number of our user.
#[must_use]
pub fn uid() -> u32 {
    unistd::geteuid().as_raw()
}

/// The name of our user in /etc/passwd.
#[must_use]
pub fn login() -> Option<String> {
    let passwd = fs::read("/etc/passwd").unwrap_or_default();
    let passwd = String::from_utf8_lossy(&passwd);
    let uid = unistd::getuid().as_raw();
    accounts(&passwd)
        .find(|account| account.uid == uid)
        .map(|account| account.name.to_owned())
}

/// Becomes that user for good: groups first, then gid, then uid, since each step needs what the
/// next one gives away. To be followed by exec: until then our `/proc` entries belong to root.
pub fn become_user(ids: &Ids) -> io::Result<()> {
    let groups: Vec<Gid> = ids.groups.iter().copied().map(Gid::from_raw).collect();
    let (uid, gid) = (Uid::from_raw(ids.uid), Gid::from_raw(ids.gid));
    unistd::setgroups(&groups)?;
    unistd::setresgid(gid, gid, gid)?;
    unistd::setresuid(uid, uid, uid)?;
    Ok(())
}

/// `uid:gid:group,group`, the form in which the guardian hands the numbers to the ui.
impl std::fmt::Display for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let groups: Vec<String> = self.groups.iter().map(u32::to_string).collect();
        write!(f, "{}:{}:{}", self.uid, self.gid, groups.join(","))
    }
}

impl FromStr for Ids {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, ':');
        let mut next = || parts.next().unwrap_or_default();
        let (uid, gid, groups) = (next().parse()?, next().parse()?, next());
        let groups = groups
            .split(',')
            .filter(|part| !part.is_empty())
            .map(str::parse);
        Ok(Self {
            uid,
            gid,
            groups: groups.collect::<Result<_, _>>()?,
        })
    }
}

struct Sources<'a> {
    sudo_uid: Option<u32>,
    sudo_gid: Option<u32>,
    passwd: &'a str,
    group: &'a str,
    uid_map: &'a str,
}

/// One line of passwd(5).
struct Account<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
    home: &'a str,
}

fn choose(sources: &Sources<'_>) -> Option<Learner> {
    match sources.sudo_uid.filter(|uid| *uid != 0) {
        Some(uid) => Some(behind_sudo(uid, sources)),
        None => without_account(sources),
    }
}

fn behind_sudo(uid: u32, sources: &Sources<'_>) -> Learner {
    let Some(account) = accounts(sources.passwd).find(|account| account.uid == uid) else {
        let gid = sources.sudo_gid.unwrap_or(uid);
        return Learner {
            ids: Ids {
                uid,
                gid,
                groups: vec![gid],
            },
            name: None,
            home: None,
        };
    };
    let mut groups = BTreeSet::from([account.gid]);
    groups.extend(memberships(sources.group, account.name));
    Learner {
        ids: Ids {
            uid,
            gid: account.gid,
            groups: groups.into_iter().collect(),
        },
        name: Some(account.name.to_owned()),
        home: Some(account.home)
            .filter(|home| home.starts_with('/'))
            .map(PathBuf::from),
    }
}

fn without_account(sources: &Sources<'_>) -> Option<Learner> {
    let mut taken: BTreeSet<u32> = accounts(sources.passwd)
        .map(|account| account.uid)
        .collect();
    taken.extend(group_lines(sources.group).map(|(_, gid, _)| gid));
    let id = FREE_IDS
        .into_iter()
        .find(|id| !taken.contains(id) && mapped(sources.uid_map, *id))?;
    Some(Learner {
        ids: Ids {
            uid: id,
            gid: id,
            groups: Vec::new(),
        },
        name: None,
        home: None,
    })
}

fn accounts(passwd: &str) -> impl Iterator<Item = Account<'_>> {
    passwd.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, _, home, ..] = fields[..] else {
            return None;
        };
        Some(Account {
            name,
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            home,
        })
    })
}

fn group_lines(group: &str) -> impl Iterator<Item = (&str, u32, &str)> {
    group.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, gid, members] = fields[..] else {
            return None;
        };
        Some((name, gid.parse().ok()?, members))
    })
}

fn memberships<'a>(group: &'a str, user: &'a str) -> impl Iterator<Item = u32> {
    group_lines(group)
        .filter(move |(_, _, members)| members.split(',').any(|member| member.trim() == user))
        .map(|(_, gid, _)| gid)
}

/// Whether our user namespace has that uid: user_namespaces(7), "uid_map".
fn mapped(uid_map: &str, uid: u32) -> bool {
    uid_map.lines().any(|line| {
        let fields: Vec<u32> = line
            .split_ascii_whitespace()
            .filter_map(|field| field.parse().ok())
            .collect();
        matches!(fields[..], [first, _, count] if uid >= first && uid - first < count)
    })
}

fn number(text: &OsStr) -> Option<u32> {
    text.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        broken line\n\
        ann:x:1000:1000:Ann,,,:/home/ann:/bin/sh\n\
        svc:x:61000:61000::relative:/bin/false\n";
    const GROUP: &str = "root:x:0:\nann:x:1000:\nwheel:x:10:bob,ann\ndocker:x:61001:joanna\n";
    const ALL_IDS: &str = "         0          0 4294967295\n";

    fn choice(uid: Option<u32>, gid: Option<u32>, uid_map: &str) -> Option<Learner> {
        choose(&Sources {
            sudo_uid: uid,
            sudo_gid: gid,
            passwd: PASSWD,
            group: GROUP,
            uid_map,
        })
    }

    #[test]
    fn behind_sudo_the_account_tells_groups_and_home() {
        let ann = choice(Some(1000), Some(7), ALL_IDS).expect("learner");
        assert_eq!(
            ann.ids,
            Ids {
                uid: 1000,
                gid: 1000,
                groups: vec![10, 1000]
            }
        );
        assert_eq!(ann.home, Some(PathBuf::from("/home/ann")));
        assert_eq!(ann.name.as_deref(), Some("ann"));
    }

    #[test]
    fn behind_sudo_without_an_account_the_gid_of_sudo_counts() {
        let unknown = choice(Some(4711), Some(100), ALL_IDS).expect("learner");
        assert_eq!(
            unknown.ids,
            Ids {
                uid: 4711,
                gid: 100,
                groups: vec![100]
            }
        );
        assert_eq!(unknown.home, None);
    }

    #[test]
    fn a_home_must_be_absolute() {
        assert_eq!(
            choice(Some(61000), None, ALL_IDS).expect("learner").home,
            None
        );
    }

    #[test]
    fn root_alone_and_sudo_by_root_get_an_id_that_nobody_has() {
        for sudo_uid in [None, Some(0)] {
            let learner = choice(sudo_uid, Some(0), ALL_IDS).expect("learner");
            assert_eq!(
                learner.ids,
                Ids {
                    uid: 61002,
                    gid: 61002,
                    groups: vec![]
                }
            );
            assert_eq!((learner.home, learner.name), (None, None));
        }
    }

    #[test]
    fn in_a_user_namespace_only_mapped_ids_will_do() {
        assert_eq!(choice(None, None, "0 1000 1\n"), None);
        assert_eq!(choice(None, None, "0 1000 1\n1 100000 60000\n"), None);
        let mapped = choice(None, None, "0 1000 1\n1 100000 65536\n").expect("learner");
        assert_eq!(mapped.ids.uid, 61002);
    }

    #[test]
    fn ids_survive_the_command_line() {
        for groups in [vec![], vec![5], vec![5, 6]] {
            let ids = Ids {
                uid: 1,
                gid: 2,
                groups,
            };
            assert_eq!(ids.to_string().parse(), Ok(ids));
        }
        assert!("1:2:x".parse::<Ids>().is_err());
        assert!("".parse::<Ids>().is_err());
    }
}
