//! Sizes, times and shares in a few characters, as panels and facts about cgroups show them.

/// Bytes with a binary unit: `64.0M`, `512`. What du(1) calls `-h`.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["K", "M", "G", "T", "P", "E"];
    if bytes < 1024 {
        return bytes.to_string();
    }
    let (mut tenths, mut unit) = (u128::from(bytes) * 10 / 1024, 0);
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    match tenths {
        1000.. => format!("{}{}", tenths / 10, UNITS[unit]),
        _ => format!("{}.{}{}", tenths / 10, tenths % 10, UNITS[unit]),
    }
}

/// Microseconds as `830 us`, `20 ms`, `1.62 s`.
#[must_use]
pub fn time(usec: u64) -> String {
    match usec {
        0..1000 => format!("{usec} us"),
        1000..1_000_000 if usec.is_multiple_of(1000) || usec >= 10_000 => {
            format!("{} ms", usec / 1000)
        }
        1000..1_000_000 => format!("{}.{} ms", usec / 1000, usec % 1000 / 100),
        100_000_000.. => format!("{} s", usec / 1_000_000),
        _ => format!("{}.{:02} s", usec / 1_000_000, usec % 1_000_000 / 10_000),
    }
}

/// Thousandths as percent: `19.8 %`.
#[must_use]
pub fn percent(thousandths: u64) -> String {
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

/// `part` of `whole` in thousandths; 0 of nothing.
#[must_use]
pub fn thousandths(part: u64, whole: u64) -> u64 {
    let share = u128::from(part) * 1000;
    let share = share.checked_div(u128::from(whole)).unwrap_or(0);
    u64::try_from(share).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_unit_that_keeps_them_short() {
        let cases = [
            (0, "0"),
            (1023, "1023"),
            (1024, "1.0K"),
            (64 << 20, "64.0M"),
            (640 << 10, "640K"),
            (25_275_924_480, "23.5G"),
            (u64::MAX, "15.9E"),
        ];
        for (size, text) in cases {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn times_too() {
        let cases = [
            (0, "0 us"),
            (999, "999 us"),
            (1500, "1.5 ms"),
            (20_000, "20 ms"),
            (1_620_000, "1.62 s"),
            (11_190_420_000, "11190 s"),
        ];
        for (usec, text) in cases {
            assert_eq!(time(usec), text);
        }
    }

    #[test]
    fn shares_are_in_percent() {
        assert_eq!(percent(thousandths(21, 106)), "19.8 %");
        assert_eq!(percent(thousandths(1, 0)), "0.0 %");
        assert_eq!(thousandths(u64::MAX, 1), u64::MAX);
    }
}
