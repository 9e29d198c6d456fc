//! The texts of cgroup files as numbers. Pure; called by `read`.

use crate::model::cgroup::group::{IoDevice, Stall, Waited};
use crate::model::cgroup::setting::V1_UNLIMITED;

/// The number after a word at the beginning of a line: `nr_throttled 21`.
pub(super) fn keyed(text: &str, key: &str) -> Option<u64> {
    let mut lines = text.lines();
    lines.find_map(|line| {
        let (word, number) = line.split_once(' ')?;
        (word == key).then(|| number.trim().parse().ok())?
    })
}

/// A file that is one number.
pub(super) fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// A limit: `max`, -1 and what v1 says for "none" are none.
pub(super) fn limit(text: &str) -> Option<u64> {
    number(text).filter(|limit| *limit < V1_UNLIMITED)
}

/// One `*.pressure` file.
pub(super) fn stall(text: &str) -> Option<Stall> {
    let line = |kind: &str| {
        let mut lines = text.lines();
        waited(lines.find_map(|line| line.strip_prefix(kind)?.strip_prefix(' '))?)
    };
    Some(Stall {
        some: line("some")?,
        full: line("full"),
    })
}

/// `avg10=14.31 avg60=2.58 avg300=0.54 total=1629829`
fn waited(line: &str) -> Option<Waited> {
    let value = |key: &str| {
        let mut words = line.split_whitespace();
        words.find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    };
    let (whole, hundredths) = value("avg10")?.split_once('.')?;
    let (whole, hundredths): (u64, u64) = (whole.parse().ok()?, hundredths.parse().ok()?);
    Some(Waited {
        avg10: whole.checked_mul(100)?.checked_add(hundredths)?,
        total_usec: value("total")?.parse().ok()?,
    })
}

/// The device of an entry, made if need be.
fn entry<'d>(devices: &'d mut Vec<IoDevice>, name: &str) -> Option<&'d mut IoDevice> {
    let (major, minor) = name.split_once(':')?;
    let device = (major.parse().ok()?, minor.parse().ok()?);
    let at = devices.iter().position(|it| it.device == device);
    let at = at.unwrap_or_else(|| {
        devices.push(IoDevice {
            device,
            ..IoDevice::default()
        });
        devices.len() - 1
    });
    devices.get_mut(at)
}

/// `8:0 rbytes=1 wbytes=2 ...` of `io.stat`, and `8:0 rbps=max wbps=1048576 ...` of `io.max`.
pub(super) fn io_lines(devices: &mut Vec<IoDevice>, text: &str) {
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let Some(device) = words.next().and_then(|name| entry(devices, name)) else {
            continue;
        };
        for (key, value) in words.filter_map(|word| word.split_once('=')) {
            let count = number(value).unwrap_or_default();
            match key {
                "rbytes" => device.rbytes = count,
                "wbytes" => device.wbytes = count,
                "rios" => device.rios = count,
                "wios" => device.wios = count,
                "rbps" => device.rbps = limit(value),
                "wbps" => device.wbps = limit(value),
                "riops" => device.riops = limit(value),
                "wiops" => device.wiops = limit(value),
                _ => {}
            }
        }
    }
}

/// `8:0 Read 4096` of `blkio.throttle.io_service_bytes` (`bytes`) and `io_serviced`.
pub(super) fn blkio_lines(devices: &mut Vec<IoDevice>, text: &str, bytes: bool) {
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(kind), Some(count)) = (words.next(), words.next(), words.next())
        else {
            continue; // the sum
        };
        let (Some(count), Some(device)) = (number(count), entry(devices, name)) else {
            continue;
        };
        match (kind, bytes) {
            ("Read", true) => device.rbytes = count,
            ("Write", true) => device.wbytes = count,
            ("Read", false) => device.rios = count,
            ("Write", false) => device.wios = count,
            _ => {}
        }
    }
}

/// `8:0 1048576` of a `blkio.throttle.*_device`.
pub(super) fn throttle_lines(devices: &mut Vec<IoDevice>, text: &str, file: &str) {
    for line in text.lines() {
        let Some((name, rate)) = line.split_once(' ') else {
            continue;
        };
        let Some(device) = entry(devices, name) else {
            continue;
        };
        match file {
            "blkio.throttle.read_bps_device" => device.rbps = limit(rate),
            "blkio.throttle.write_bps_device" => device.wbps = limit(rate),
            "blkio.throttle.read_iops_device" => device.riops = limit(rate),
            _ => device.wiops = limit(rate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_their_names() {
        let stat = "usage_usec 5\nnr_periods 21\nnr_throttled 20\n";
        assert_eq!(keyed(stat, "nr_throttled"), Some(20));
        assert_eq!(keyed(stat, "nr"), None);
        assert_eq!(limit("max\n"), None);
        assert_eq!(limit("9223372036854771712\n"), None);
        assert_eq!(limit("67108864\n"), Some(1 << 26));
        assert_eq!(limit("-1\n"), None);
    }

    #[test]
    fn pressure_is_in_hundredths() {
        let text = "some avg10=14.31 avg60=2.58 avg300=0.54 total=1629829\n\
                    full avg10=0.05 avg60=0.00 avg300=0.00 total=7\n";
        let read = stall(text).expect("a stall");
        assert_eq!((read.some.avg10, read.some.total_usec), (1431, 1_629_829));
        assert_eq!(read.full.map(|it| it.avg10), Some(5));
        assert!(stall("some avg10=0.00 total=1\n").is_some_and(|it| it.full.is_none()));
        assert_eq!(stall("nonsense"), None);
    }

    #[test]
    fn devices_of_both_versions_are_put_together() {
        let mut v2 = Vec::new();
        io_lines(&mut v2, "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0\n");
        io_lines(&mut v2, "8:0 rbps=max wbps=1048576 riops=max wiops=max\n");
        let mut v1 = Vec::new();
        blkio_lines(
            &mut v1,
            "8:0 Read 1\n8:0 Write 2\n8:0 Total 3\nTotal 3\n",
            true,
        );
        blkio_lines(&mut v1, "8:0 Read 3\n8:0 Write 4\n", false);
        throttle_lines(&mut v1, "8:0 1048576\n", "blkio.throttle.write_bps_device");
        assert_eq!(v1, v2);
        assert_eq!(v1[0].wbps, Some(1 << 20));
    }
}
