//! Pictures of the panels about who is who: the lead of a box in a user namespace inside the box's,
//! which has a range of ids, as userns-remap makes them.

use glassbox::lesson::Panel;
use glassbox::model::files::Kind;
use glassbox::model::snapshot::IdRange;
use glassbox::model::user::{ALL, Owners};
use glassbox::model::{NsId, NsKind, Sample, Seen, Subject, Untrusted};

use crate::topics::{file, pictures, player, watched};
use crate::world::{State, sample};

const HOST: u64 = 4_026_531_837;
const OUTER: u64 = 4_026_532_201;
const INNER: u64 = 4_026_532_290;

fn id(ino: u64) -> NsId {
    NsId { dev: 4, ino }
}

fn set_maps(subject: &mut Subject, ranges: &[(u32, u32, u32)]) {
    let range = |&(inside, outside, count)| IdRange {
        inside,
        outside,
        count,
    };
    let map: Vec<IdRange> = ranges.iter().map(range).collect();
    subject.uid_map = Seen::Is(map.clone());
    subject.gid_map = Seen::Is(map);
    subject.setgroups = Seen::Is(Untrusted::from("allow"));
}

/// The hostname is the inner namespace's, all else the host's or the outer one's.
fn owners() -> Owners {
    Owners::read_with(|kind| {
        let chain = [INNER, OUTER, HOST].map(id);
        Seen::Is(match kind {
            NsKind::Uts => chain.to_vec(),
            NsKind::User | NsKind::Mnt => chain[1..].to_vec(),
            _ => chain[2..].to_vec(),
        })
    })
}

fn become_root_of_inner(lead: &mut Subject, (uid, outside): (u32, u32)) {
    set_maps(lead, &[(0, outside, 1000)]);
    (lead.uids, lead.gids) = ([uid; 4], [uid; 4]);
    lead.links.own[NsKind::User as usize] = Seen::Is(id(INNER));
    lead.owners = owners();
    (lead.caps.effective, lead.caps.permitted) = (ALL, ALL);
    lead.caps.bounding = ALL & !(1 << 25); // no CAP_SYS_TIME
}

fn remapped() -> Sample {
    let mut now = sample(State::Forked);
    let view = now.boxes.get_mut("box").expect("the box");
    if let Some(Seen::Is(helper)) = view.members.first_mut().map(|helper| &mut helper.from_host) {
        set_maps(helper, &[(0, 1000, 1), (1, 100_000, 65_536)]);
    }
    if let Some(Seen::Is(lead)) = view.lead.as_mut().map(|lead| &mut lead.from_host) {
        become_root_of_inner(lead, (100_000, 100_000));
    }
    let owned = |path, uid| watched(path, file(Kind::File, uid, None), Vec::new());
    view.files_from_host = vec![owned("/mnt/zero", 1000), owned("/mnt/five", 100_004)];
    if let Seen::Is(inside) = &mut view.inside {
        if let Some(Seen::Is(lead)) = inside.subjects.first_mut() {
            become_root_of_inner(lead, (0, 1));
        }
        inside.world.files = vec![owned("/mnt/zero", 65_534), owned("/mnt/five", 4)];
    }
    now
}

/// One uid on three levels, and files with two owners.
#[test]
fn who_is_who() {
    pictures("idmap", &player(Panel::Idmap, remapped()));
}

/// All capabilities but one that is out of reach for good, and what they count over.
#[test]
fn capabilities() {
    let mut now = remapped();
    if let Seen::Is(host) = &mut now.host_self {
        host.owners = Owners::read_with(|_| Seen::Is(vec![id(HOST)]));
        host.caps.bounding = ALL;
    }
    pictures("capabilities", &player(Panel::Capabilities, now));
}
