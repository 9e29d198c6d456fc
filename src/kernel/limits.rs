//! What a process may do: capability sets, no_new_privs, filters of system calls. One thin function for
//! each call, all about the calling process, which has one thread. Called by the stage.

use rustix::thread::{self, CapabilitySet, CapabilitySets};
use seccompiler::{BpfProgram, TargetArch, compile_from_json};

use super::proc::{Procfs, status};
use super::sys::limits as sys;
use crate::model::Errno;
use crate::model::filter::Filter;

/// Effective, permitted and inheritable set, as masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Three {
    /// What counts now.
    pub effective: u64,
    /// What may be made effective.
    pub permitted: u64,
    /// What survives execve(2) together with the file's.
    pub inheritable: u64,
}

/// The effective set as /proc has it. capget(2) may tell less: AppArmor takes out what a profile denies,
/// and then it is AppArmor that says no.
#[must_use]
pub fn effective() -> Option<u64> {
    let status = Procfs::open().and_then(|proc| proc.read("self/status"));
    let known = status.ok().and_then(|text| status::parse(&text));
    let known = known.map(|status| status.caps.effective);
    known.or_else(|| Some(capabilities().ok()?.effective))
}

/// capget(2)
pub fn capabilities() -> Result<Three, Errno> {
    let sets = thread::capabilities(None)?;
    Ok(Three {
        effective: sets.effective.bits(),
        permitted: sets.permitted.bits(),
        inheritable: sets.inheritable.bits(),
    })
}

/// capset(2)
pub fn set_capabilities(sets: Three) -> Result<(), Errno> {
    let set = CapabilitySet::from_bits_retain;
    Ok(thread::set_capabilities(
        None,
        CapabilitySets {
            effective: set(sets.effective),
            permitted: set(sets.permitted),
            inheritable: set(sets.inheritable),
        },
    )?)
}

/// Whether the capability with that bit is in the bounding set; not, if the kernel does not know it.
#[must_use]
pub fn is_bounding(bit: u64) -> bool {
    thread::capability_is_in_bounding_set(CapabilitySet::from_bits_retain(bit)).unwrap_or(false)
}

/// prctl(2), PR_CAPBSET_DROP
pub fn drop_bounding(bit: u64) -> Result<(), Errno> {
    let set = CapabilitySet::from_bits_retain(bit);
    Ok(thread::remove_capability_from_bounding_set(set)?)
}

/// Whether the capability with that bit is in the ambient set.
#[must_use]
pub fn is_ambient(bit: u64) -> bool {
    thread::capability_is_in_ambient_set(CapabilitySet::from_bits_retain(bit)).unwrap_or(false)
}

/// prctl(2), PR_CAP_AMBIENT_RAISE or PR_CAP_AMBIENT_LOWER
pub fn set_ambient(bit: u64, raise: bool) -> Result<(), Errno> {
    let set = CapabilitySet::from_bits_retain(bit);
    Ok(thread::configure_capability_in_ambient_set(set, raise)?)
}

/// prctl(2), PR_SET_NO_NEW_PRIVS
pub fn set_no_new_privs() -> Result<(), Errno> {
    Ok(thread::set_no_new_privs(true)?)
}

/// A filter as the kernel wants it.
pub fn program(filter: Filter) -> Result<BpfProgram, String> {
    let here = |name: &&&str| !cfg!(target_arch = "aarch64") || **name != "mkdir";
    let calls: Vec<serde_json::Value> = filter
        .refuses()
        .iter()
        .filter(here)
        .map(|name| serde_json::json!({ "syscall": name }))
        .collect();
    let text = serde_json::json!({ filter.name(): {
        "mismatch_action": "allow",
        "match_action": { "errno": Errno::EPERM.0 },
        "filter": calls,
    }});
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|e| e.to_string())?;
    let text = text.to_string();
    let mut all = compile_from_json(text.as_bytes(), arch).map_err(|e| e.to_string())?;
    all.remove(filter.name())
        .ok_or_else(|| "no program came out".to_owned())
}

/// Whether a filter of system calls is in force: prctl(2), PR_GET_SECCOMP.
#[must_use]
pub fn is_filtered() -> bool {
    // Strict mode would have killed us for asking, and a filter may refuse to tell.
    !matches!(
        thread::secure_computing_mode(),
        Ok(thread::SecureComputingMode::Disabled)
    )
}

/// seccomp(2), `SECCOMP_SET_MODE_FILTER`
pub fn install(program: &BpfProgram) -> Result<(), Errno> {
    sys::set_filter(program)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::filter::number;

    #[test]
    fn every_filter_becomes_a_program() {
        for filter in Filter::ALL {
            let program = program(filter).expect("a program");
            for name in filter.refuses() {
                let Some(number) = number(name) else {
                    continue; // of another architecture
                };
                let compared = program.iter().any(|line| line.k == number);
                assert!(compared, "{name} is not number {number}");
            }
        }
    }
}
