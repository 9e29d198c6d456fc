//! What the caller may do: capability sets, no_new_privs, filters; and trying what is usually refused.
//! None of it is for the helper, which has to go on carrying out operations.

use std::time::Instant;

use super::quoted;
use crate::kernel::birth;
use crate::kernel::limits::{self, Three};
use crate::kernel::ns;
use crate::kernel::record::{Recorder, Stop};
use crate::kernel::tries::{self, host};
use crate::model::op::{Caps, Change, STAGE, Seccomp, Tries};
use crate::model::tries::{Layer, Over, Tried, Try};
use crate::model::user::{CAPABILITIES, Set, set_in_words};
use crate::model::{Call, Errno, NsKind, NsLink, Op, Outcome};
use crate::stage::grounds::Target;
use crate::stage::hands::Hands;

impl Hands {
    /// Carries out an operation of `model/op/limits.rs`.
    pub(super) fn limit(&self, op: &Op, recorder: &mut Recorder) -> Result<(), Stop> {
        if self.name == STAGE {
            return Err(Stop::Refused(format!(
                "`{}` is not for helper, which has to go on working: name another process by `by`",
                op.key()
            )));
        }
        match op {
            Op::Caps(caps) => {
                let change = caps.change().map_err(Stop::Refused)?;
                change_sets(caps, change, recorder)?;
                // New credentials may clear the death signal: prctl(2), PR_SET_PDEATHSIG.
                birth::arm(&format!("{}:{}", self.box_name, self.name)).map_err(Stop::Failed)
            }
            Op::NoNewPrivs(_) => {
                let args = ["PR_SET_NO_NEW_PRIVS", "1", "0", "0", "0"].map(str::to_owned);
                recorder.unit("prctl", &args, limits::set_no_new_privs)
            }
            Op::Seccomp(seccomp) => install(seccomp, recorder),
            Op::Try(tries) => self.try_all(op, tries, recorder),
            _ => Err(Stop::Refused(format!(
                "`{}` limits nothing: a defect of glassbox",
                op.key()
            ))),
        }
    }

    fn try_all(&self, op: &Op, tries: &Tries, recorder: &mut Recorder) -> Result<(), Stop> {
        let stand = if self.has_left(NsKind::User) {
            self.must_be_ours(op, &format!("{}/tried", tries.at), Target::Name)?;
            Stand::Box(&tries.at)
        } else {
            Stand::Host
        };
        for tried in &tries.what {
            try_one(*tried, stand, recorder);
        }
        Ok(())
    }
}

/// Where somebody tries.
#[derive(Clone, Copy)]
enum Stand<'t> {
    /// In a user namespace of its own, with a directory of the box.
    Box(&'t str),
    /// In the host's, as far as anybody can tell: nothing may come of it.
    Host,
}

/// Bounding and ambient first: the one needs CAP_SETPCAP, the other what capset(2) may take away. When
/// something is added, it is the other way round.
fn change_sets(caps: &Caps, change: Change, recorder: &mut Recorder) -> Result<(), Stop> {
    match change {
        Change::Drop(mask) => {
            let bits = |has: fn(u64) -> bool| {
                let bits = (0..CAPABILITIES.len()).map(|bit| 1 << bit);
                bits.filter(move |bit| mask & bit != 0 && has(*bit))
            };
            if caps.has(Set::Bounding) {
                for bit in bits(limits::is_bounding) {
                    let args = ["PR_CAPBSET_DROP".to_owned(), set_in_words(bit)];
                    let args = args.map(|arg| bare(&arg));
                    recorder.unit("prctl", &args, || limits::drop_bounding(bit))?;
                }
            }
            if caps.has(Set::Ambient) {
                for bit in bits(limits::is_ambient) {
                    ambient(bit, false, recorder)?;
                }
            }
            capset(caps, change, recorder)
        }
        Change::Add(mask) => {
            capset(caps, change, recorder)?;
            let bits = (0..CAPABILITIES.len()).map(|bit| 1 << bit);
            for bit in bits.filter(|bit| caps.has(Set::Ambient) && mask & bit != 0) {
                ambient(bit, true, recorder)?;
            }
            Ok(())
        }
    }
}

/// `CAP_CHOWN` of `1: CAP_CHOWN`.
fn bare(words: &str) -> String {
    words.strip_prefix("1: ").unwrap_or(words).to_owned()
}

fn ambient(bit: u64, raise: bool, recorder: &mut Recorder) -> Result<(), Stop> {
    let how = if raise {
        "PR_CAP_AMBIENT_RAISE"
    } else {
        "PR_CAP_AMBIENT_LOWER"
    };
    let args = ["PR_CAP_AMBIENT", how, &bare(&set_in_words(bit)), "0", "0"].map(str::to_owned);
    recorder.unit("prctl", &args, || limits::set_ambient(bit, raise))
}

/// The three sets that one call sets.
fn capset(caps: &Caps, change: Change, recorder: &mut Recorder) -> Result<(), Stop> {
    let was = limits::capabilities().map_err(Stop::Failed)?;
    let set = |kind, old| if caps.has(kind) { change.of(old) } else { old };
    let wanted = Three {
        effective: set(Set::Effective, was.effective),
        permitted: set(Set::Permitted, was.permitted),
        inheritable: set(Set::Inheritable, was.inheritable),
    };
    if wanted == was {
        return Ok(());
    }
    let args = [
        format!("effective: {}", set_in_words(wanted.effective)),
        format!("permitted: {}", set_in_words(wanted.permitted)),
        format!("inheritable: {}", set_in_words(wanted.inheritable)),
    ];
    recorder.unit("capset", &args, || limits::set_capabilities(wanted))
}

fn install(seccomp: &Seccomp, recorder: &mut Recorder) -> Result<(), Stop> {
    let program = limits::program(seccomp.filter).map_err(Stop::Refused)?;
    let args = [
        "SECCOMP_SET_MODE_FILTER".to_owned(),
        "0".to_owned(),
        format!(
            "{} of {} instructions",
            quoted(seccomp.filter.name()),
            program.len()
        ),
    ];
    recorder.unit("seccomp", &args, || limits::install(&program))
}

/// What fails is written down, and no failure of the step.
fn try_one(tried: Try, stand: Stand<'_>, recorder: &mut Recorder) {
    let (name, args) = match stand {
        Stand::Host => host::shown(tried),
        Stand::Box(at) => tries::shown(tried, at),
    };
    let result = match stand {
        Stand::Host => {
            let began = Instant::now();
            let Some(result) = host::really(tried) else {
                return;
            };
            let outcome = result.map_or_else(Outcome::Failed, |()| Outcome::Ok(0));
            let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            recorder.push(name, &args, outcome, micros);
            result
        }
        Stand::Box(at) => {
            tries::prepare(tried, at);
            let result = recorder.unit(name, &args, || tries::really(tried, at));
            if result.is_ok() || tried == Try::Chown {
                tries::undo(tried, at);
            }
            result.map_err(|stop| match stop {
                Stop::Failed(errno) => errno,
                Stop::Refused(_) => Errno::EIO,
            })
        }
    };
    if let Some(call) = recorder.calls.last_mut() {
        note(call, tried, stand, result.err());
    }
}

/// Writes down what the answer means.
fn note(call: &mut Call, what: Try, stand: Stand<'_>, errno: Option<Errno>) {
    let allowed = match (stand, errno) {
        (_, None) => true,
        (Stand::Host, Some(errno)) => host::is_yes(what, errno),
        (Stand::Box(_), Some(errno)) => tries::is_yes(what, errno),
    };
    let refused = errno.filter(|_| !allowed);
    let layer = refused.and_then(|errno| layer(what, stand, errno));
    call.tried = Some(Tried {
        what,
        errno,
        allowed,
        layer,
    });
    if errno.is_some() {
        call.expected_failure = true;
        call.advice = match (allowed, what) {
            (true, Try::Keyctl) => "Allowed: there just is no such key.".to_owned(),
            (true, Try::Reboot) => {
                "Allowed, and nothing happens: the numbers that make it a reboot are missing."
                    .to_owned()
            }
            (true, _) => {
                "Allowed: what is wrong is only an argument, so that nothing happens.".to_owned()
            }
            (false, _) => layer.map_or_else(String::new, |layer| layer.words(what)),
        };
    }
}

fn layer(tried: Try, stand: Stand<'_>, errno: Errno) -> Option<Layer> {
    match errno {
        Errno::EPERM => {}
        // AppArmor's answer to mount(2).
        Errno::EACCES if tried == Try::Mount => {}
        Errno::EINVAL if matches!(tried, Try::Chown | Try::Setuid) => return Some(Layer::Map),
        Errno::EROFS => return Some(Layer::Mount),
        _ => return None,
    }
    let probe = tries::absurdly(tried);
    if errno == Errno::EPERM && matches!(probe, Some(Err(Errno::EPERM))) {
        return Some(Layer::Filter);
    }
    let (name, over) = tried.asks_for()?;
    let bit = CAPABILITIES.iter().position(|known| *known == name)?;
    let held = limits::effective()? >> bit & 1 == 1;
    let counts = match over {
        Over::Own => true,
        Over::Machine => matches!(stand, Stand::Host) && host::is_initial(),
        Over::Owner(kind) => owns(kind)?,
    };
    match (held, counts) {
        // Here a filter would look the same.
        _ if probe.is_none() && limits::is_filtered() => None,
        (false, _) => Some(Layer::Capability),
        (true, false) => Some(Layer::Owner),
        // A filesystem, or a cgroup's list of devices, may have its own reasons.
        (true, true) if matches!(tried, Try::Mknod | Try::Chown) => None,
        (true, true) => Some(Layer::Lsm),
    }
}

/// Whether the namespace of that kind that we are in belongs to our user namespace, or to one below.
fn owns(kind: NsKind) -> Option<bool> {
    let ours = ns::of_self(NsLink::Own(NsKind::User)).ok()?;
    let file = ns::open_file(&format!("/proc/self/ns/{}", kind.name())).ok()?;
    let owners = ns::owners(std::os::fd::AsFd::as_fd(&file)).ok();
    // EPERM: the owner lies above us.
    Some(owners.is_some_and(|chain| chain.contains(&ours)))
}
