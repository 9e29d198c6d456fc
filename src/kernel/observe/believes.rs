//! How large a process finds the machine when it asks: CPUs, memory, load. Read from the visible
//! `/proc`; called by `world`.

use crate::kernel::proc::{PidDir, Procfs, lines, seen};
use crate::model::believes::{Believes, Momentary};
use crate::model::cgroup::group::{Pressure, Stall, Waited};
use crate::model::clocks::Ticking;
use crate::model::{Errno, cgroup};

/// `who` is the process whose CPUs are counted. Without a /proc nothing can be said.
pub(super) fn read(proc: Result<&Procfs, Errno>, who: Result<PidDir, Errno>) -> Believes {
    let file = |name: &str| proc.and_then(|proc| proc.read(name));
    let stat = file("stat");
    let stat = stat.as_ref().map_err(|errno| *errno);
    let online = stat.map(|text| online(text));
    let meminfo = file("meminfo");
    let memory = |name: &[u8]| {
        let text = meminfo.as_ref().map_err(|errno| *errno);
        text.and_then(|text| kibibytes(text, name).ok_or(Errno::ENOENT))
    };
    let allowed = who.and_then(|dir| dir.read("status"));
    Believes {
        nproc: seen(allowed.and_then(|text| {
            let online = online.as_ref().map_err(|errno| *errno)?;
            nproc(&text, online).ok_or(Errno::EIO)
        })),
        cpus_online: seen(online.as_ref().map(|all| count(all)).map_err(|e| *e)),
        mem_total: seen(memory(b"MemTotal:")),
        momentary: Ticking(Momentary {
            mem_available: seen(memory(b"MemAvailable:")),
            loadavg: seen(file("loadavg").and_then(|text| load(&text).ok_or(Errno::EIO))),
            busy_usec: seen(stat.and_then(|text| busy(text).ok_or(Errno::EIO))),
            pressure: seen(pressure(|name| file(&format!("pressure/{name}")))),
        }),
    }
}

fn count(cpus: &[u32]) -> u32 {
    u32::try_from(cpus.len()).unwrap_or(u32::MAX)
}

/// The numbers of the lines `cpu0`, `cpu1`, ... in `/proc/stat`: those that are on.
fn online(stat: &[u8]) -> Vec<u32> {
    let words = stat.split(|byte| *byte == b'\n');
    let words = words.filter_map(|line| lines::fields(line).next());
    words
        .filter_map(|word| lines::parse(word.strip_prefix(b"cpu")?))
        .collect()
}

/// What sched_getaffinity(2) would say: the CPUs that a process may use and that are on.
fn nproc(status: &[u8], online: &[u32]) -> Option<u32> {
    let list = value(status, b"Cpus_allowed_list:")?;
    let allowed = cgroup::value::cpus(std::str::from_utf8(list).ok()?)?;
    let usable: Vec<u32> = allowed.into_iter().filter(|n| online.contains(n)).collect();
    Some(count(&usable))
}

fn kibibytes(meminfo: &[u8], name: &[u8]) -> Option<u64> {
    let number = lines::fields(value(meminfo, name)?).next()?;
    lines::parse::<u64>(number)?.checked_mul(1024)
}

/// `0.42 0.37 ...` in hundredths.
fn load(text: &[u8]) -> Option<u32> {
    let first = std::str::from_utf8(lines::fields(text).next()?).ok()?;
    let (whole, hundredths) = first.split_once('.')?;
    let (whole, hundredths): (u32, u32) = (whole.parse().ok()?, hundredths.parse().ok()?);
    whole.checked_mul(100)?.checked_add(hundredths)
}

/// User, nice, system, interrupts and stolen time of the line `cpu`, in microseconds. Time of guests
/// is in that of the user already, and idle are the fourth and the fifth: proc_stat(5).
fn busy(stat: &[u8]) -> Option<u64> {
    const TICK: u64 = 10_000; // USER_HZ is 100 on every architecture of ours
    let line = stat.split(|byte| *byte == b'\n').next()?;
    let fields: Vec<u64> = lines::fields(line)
        .skip(1)
        .filter_map(lines::parse)
        .collect();
    let busy = [0, 1, 2, 5, 6, 7].map(|place| fields.get(place).copied());
    let ticks = busy.into_iter().sum::<Option<u64>>()?;
    ticks.checked_mul(TICK)
}

/// The files of `/proc/pressure`; a kernel that does not count has none of them.
fn pressure(file: impl Fn(&str) -> Result<Vec<u8>, Errno>) -> Result<Pressure, Errno> {
    let read = |name| file(name).ok().and_then(|text| stall(&text));
    Ok(Pressure {
        cpu: stall(&file("cpu")?),
        memory: read("memory"),
        io: read("io"),
    })
}

/// `some avg10=14.31 avg60=2.58 avg300=0.54 total=1629829`, and perhaps a second line, `full`.
fn stall(text: &[u8]) -> Option<Stall> {
    let waited = |line: &[u8]| {
        let field = |name: &[u8]| lines::fields(line).find_map(|field| field.strip_prefix(name));
        Some(Waited {
            avg10: load(field(b"avg10=")?)?.into(),
            total_usec: lines::parse(field(b"total=")?)?,
        })
    };
    Some(Stall {
        some: waited(value(text, b"some ")?)?,
        full: value(text, b"full ").and_then(waited),
    })
}

fn value<'t>(text: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let value = lines.find_map(|line| line.strip_prefix(name))?;
    Some(value.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpus_that_are_on_and_allowed_are_counted() {
        let stat = b"cpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\nintr 5 6\ncpufreq 1\n";
        assert_eq!(online(stat), [0, 1]);
        let status = b"Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t0-7\n";
        assert_eq!(nproc(status, &[0, 1]), Some(2));
        assert_eq!(nproc(b"Cpus_allowed_list:\t1\n", &[0, 1]), Some(1));
        assert_eq!(nproc(b"Name:\tx\n", &[0, 1]), None);
    }

    #[test]
    fn memory_is_in_bytes_and_load_in_hundredths() {
        let meminfo = b"MemTotal:       24683520 kB\nMemFree: 1 kB\n";
        assert_eq!(kibibytes(meminfo, b"MemTotal:"), Some(24_683_520 * 1024));
        assert_eq!(kibibytes(meminfo, b"MemAvailable:"), None);
        assert_eq!(load(b"12.07 0.37 0.20 1/105 4723\n"), Some(1207));
        assert_eq!(load(b"x"), None);
    }

    #[test]
    fn busy_is_what_is_not_idle() {
        // user nice system idle iowait irq softirq steal guest guest_nice
        let stat = b"cpu  100 2 30 9000 800 4 5 6 50 1\ncpu0 1 1 1 1\n";
        assert_eq!(busy(stat), Some((100 + 2 + 30 + 4 + 5 + 6) * 10_000));
        assert_eq!(busy(b"cpu  1 2 3\n"), None);
    }

    #[test]
    fn pressure_has_one_line_or_two() {
        let some = "some avg10=14.31 avg60=2.58 avg300=0.54 total=1629829\n";
        let waited = Waited {
            avg10: 1431,
            total_usec: 1_629_829,
        };
        let alone = Stall {
            some: waited,
            full: None,
        };
        assert_eq!(stall(some.as_bytes()), Some(alone));
        let both = format!("{some}full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
        let full = stall(both.as_bytes()).and_then(|stall| stall.full);
        assert_eq!(full.map(|full| full.total_usec), Some(7));
        assert_eq!(stall(b"full total=1\n"), None);
    }
}
