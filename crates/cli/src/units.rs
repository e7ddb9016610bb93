//! Sizes and durations, as people write them.

use std::fmt;
use std::str::FromStr;

/// A number of bytes: `4096`, `64K`, `1.5G`, `512MiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

/// A span of time: `10` and `10s` (seconds), `500ms`, `2m`, `1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Duration(pub(crate) std::time::Duration);

/// Splits a number from its unit.
fn split(text: &str) -> Option<(f64, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    Some((number, text[end..].trim()))
}

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const ERROR: &str = "expected a number of bytes such as 4096, 64K, 512M or 1.5G";
        let (number, unit) = split(text).ok_or(ERROR)?;
        let unit = unit.to_ascii_lowercase();
        let prefix = unit.strip_suffix('b').unwrap_or(&unit);
        let shift = match prefix.strip_suffix('i').unwrap_or(prefix) {
            "" => 0,
            "k" => 10,
            "m" => 20,
            "g" => 30,
            "t" => 40,
            _ => return Err(ERROR),
        };
        let bytes = number * (1u64 << shift) as f64;
        if bytes >= u64::MAX as f64 {
            return Err("that is more than there can be");
        }
        Ok(Self(bytes as u64))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
        match units.iter().find(|(shift, _)| self.0 >> shift > 0) {
            Some((shift, unit)) if self.0.trailing_zeros() >= *shift => {
                write!(f, "{} {unit}", self.0 >> shift)
            }
            Some((shift, unit)) => {
                write!(f, "{:.1} {unit}", self.0 as f64 / (1u64 << shift) as f64)
            }
            None => write!(f, "{} bytes", self.0),
        }
    }
}

impl FromStr for Duration {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const ERROR: &str = "expected a time such as 10, 2.5s, 500ms, 2m or 1h";
        let (number, unit) = split(text).ok_or(ERROR)?;
        let seconds = match unit {
            "ms" => number / 1e3,
            "" | "s" => number,
            "m" | "min" => number * 60.0,
            "h" => number * 3600.0,
            "d" => number * 86400.0,
            _ => return Err(ERROR),
        };
        std::time::Duration::try_from_secs_f64(seconds)
            .map(Self)
            .map_err(|_| "that is longer than can be measured")
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let size = |text: &str| text.parse::<Size>().map(|size| size.0);
        assert_eq!(size("4096"), Ok(4096));
        for text in ["64M", "64m", "64MB", "64MiB", "64 MiB", "65536K"] {
            assert_eq!(size(text), Ok(64 << 20), "{text}");
        }
        assert_eq!(size("1.5G"), Ok(3 << 29));
        assert_eq!(size("0"), Ok(0));
        for text in ["", "M", "-1", "1X", "1.2.3", "many", "99999999T"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_shown_short() {
        assert_eq!(Size(64 << 20).to_string(), "64 MiB");
        assert_eq!(Size(3 << 29).to_string(), "1.5 GiB");
        assert_eq!(Size(1000).to_string(), "1000 bytes");
    }

    #[test]
    fn durations() {
        let time = |text: &str| text.parse::<Duration>().map(|time| time.0.as_millis());
        assert_eq!(time("10"), Ok(10_000));
        assert_eq!(time("2.5s"), Ok(2_500));
        assert_eq!(time("500ms"), Ok(500));
        assert_eq!(time("2m"), Ok(120_000));
        assert_eq!(time("1h"), Ok(3_600_000));
        for text in ["", "s", "-1", "5y", "1e3"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
