//! Local time: the zone that `TZ` names, or the system's.

use super::calendar;
use crate::layout::time::Tm;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use tz::TimeZone;
use tz::timezone::{LocalTimeType, TimeZoneSettings, TransitionRule};

/// Where zones are described.
const DIRECTORY: &str = "/usr/share/zoneinfo";
/// The system's zone.
const LOCAL: &str = "/etc/localtime";
/// Far more than the largest description.
pub(crate) const FILE_MAX: usize = 1 << 20;

/// A time zone.
pub(crate) struct Zone(TimeZone);

/// What `tzset` sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Seconds west of UTC in standard time.
    pub(crate) west: i32,
    /// Whether there is another time in summer.
    pub(crate) daylight: bool,
    /// Names of standard and summer time.
    pub(crate) names: [String; 2],
}

impl Zone {
    /// The zone that the value of `TZ` describes, or the system's when there is
    /// none. What cannot be read counts as UTC. `read` reads a file.
    pub(crate) fn find(tz: Option<&[u8]>, read: impl Fn(&str) -> Option<Vec<u8>>) -> Self {
        let file = |path: &str| TimeZone::from_tz_data(&read(path)?).ok();
        let found = match tz {
            None => file(LOCAL),
            Some(text) => core::str::from_utf8(text).ok().and_then(|text| {
                let name = text.strip_prefix(':').unwrap_or(text);
                if name.is_empty() {
                    return None;
                }
                let path = match name.starts_with('/') {
                    true => name.to_string(),
                    false => alloc::format!("{DIRECTORY}/{name}"),
                };
                file(&path).or_else(|| {
                    // A rule such as CET-1CEST,M3.5.0,M10.5.0/3, without files.
                    let no_file: fn(&str) -> Result<Vec<u8>, _> = |_| Err(Box::from("no file"));
                    TimeZoneSettings::new(&[], no_file)
                        .parse_posix_tz(text)
                        .ok()
                })
            }),
        };
        Self(found.unwrap_or_else(TimeZone::utc))
    }

    /// What the clocks show at `seconds` since 1970.
    fn kind(&self, seconds: i64) -> &LocalTimeType {
        let zone = self.0.as_ref();
        // A description may end without a rule for what follows.
        zone.find_local_time_type(seconds).unwrap_or_else(|_| {
            let last = zone.transitions().last();
            let index = last.map_or(0, |last| last.local_time_type_index());
            &zone.local_time_types()[index]
        })
    }

    /// Broken-down local time; `None` when the year does not fit.
    pub(crate) fn local(&self, seconds: i64) -> Option<Tm> {
        let kind = self.kind(seconds);
        let mut tm = calendar::broken_down(seconds, kind.ut_offset())?;
        tm.isdst = kind.is_dst() as i32;
        Some(tm)
    }

    /// Seconds since 1970 of a broken-down local time, as `mktime`: fields may
    /// lie outside of their ranges, and `isdst` says which of two times is meant
    /// when clocks go back.
    pub(crate) fn seconds(&self, tm: &Tm) -> i64 {
        const DAY: i64 = 86_400;
        let local = calendar::seconds(tm);
        // The offsets in force a day before and after: a change of the clocks, if
        // there is one near, lies between.
        let before = self.kind(local - DAY);
        let after = self.kind(local + DAY);
        let candidate = |kind: &LocalTimeType| {
            let seconds = local - kind.ut_offset() as i64;
            let found = self.kind(seconds);
            (found.ut_offset() == kind.ut_offset()).then_some((seconds, found.is_dst()))
        };
        let wanted = (tm.isdst >= 0).then_some(tm.isdst > 0);
        let candidates = [candidate(before), candidate(after)];
        if let Some((seconds, _)) = candidates
            .into_iter()
            .flatten()
            .find(|(_, dst)| wanted.is_none_or(|wanted| wanted == *dst))
        {
            return seconds;
        }
        match candidates.into_iter().flatten().next() {
            // The other time is in force: the clock that was asked for shows it
            // earlier or later.
            Some((seconds, dst)) => match self.rule() {
                Some((std, summer)) => {
                    let shift = (summer.ut_offset() - std.ut_offset()) as i64;
                    seconds + if dst { shift } else { -shift }
                }
                None => seconds,
            },
            // Clocks were put forward over it.
            None => local - before.ut_offset() as i64,
        }
    }

    /// Standard and summer time of a zone that still changes.
    fn rule(&self) -> Option<(LocalTimeType, LocalTimeType)> {
        match self.0.as_ref().extra_rule() {
            Some(TransitionRule::Alternate(rule)) => Some((*rule.std(), *rule.dst())),
            _ => None,
        }
    }

    /// For `tzset`; `now` tells which offset a zone without summer time has.
    pub(crate) fn summary(&self, now: i64) -> Summary {
        let (std, dst) = match self.rule() {
            Some((std, dst)) => (std, Some(dst)),
            None => (*self.kind(now), None),
        };
        let name = |kind: &LocalTimeType| match kind.time_zone_designation() {
            // Made from nothing.
            "" => "UTC".to_string(),
            name => name.to_string(),
        };
        Summary {
            west: -std.ut_offset(),
            daylight: dst.is_some(),
            names: [name(&std), name(&dst.unwrap_or(std))],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn central_europe() -> Zone {
        Zone::find(Some(b"CET-1CEST,M3.5.0,M10.5.0/3"), |_| None)
    }

    #[test]
    fn rules_without_files() {
        let zone = central_europe();
        let summary = zone.summary(0);
        assert_eq!((summary.west, summary.daylight), (-3600, true));
        assert_eq!(summary.names, ["CET", "CEST"]);
        let winter = zone.local(1_704_067_200).unwrap();
        assert_eq!((winter.hour, winter.isdst, winter.gmtoff), (1, 0, 3600));
        let summer = zone.local(1_719_792_000).unwrap();
        assert_eq!((summer.hour, summer.isdst, summer.gmtoff), (2, 1, 7200));
    }

    #[test]
    fn unknown_zones_are_utc() {
        for tz in [&b""[..], b":", b"No/Where", b"\xff"] {
            let zone = Zone::find(Some(tz), |_| None);
            assert_eq!(zone.summary(0).west, 0);
            assert_eq!(zone.local(0).unwrap().hour, 0);
        }
        let zone = Zone::find(None, |_| None);
        assert_eq!(zone.local(0).unwrap().hour, 0);
        assert_eq!(zone.summary(0).names, ["UTC", "UTC"]);
    }

    #[test]
    fn local_time_there_and_back() {
        let zone = central_europe();
        let mut seconds = 1_700_000_000;
        while seconds < 1_740_000_000 {
            let tm = zone.local(seconds).unwrap();
            assert_eq!(zone.seconds(&tm), seconds);
            seconds += 977;
        }
    }

    #[test]
    fn hours_that_do_not_exist_and_that_exist_twice() {
        let zone = central_europe();
        let at = |mon, mday, hour, isdst| Tm {
            year: 124,
            mon,
            mday,
            hour,
            min: 30,
            isdst,
            ..Tm::default()
        };
        // 2024-03-31 02:30 was skipped; 2024-10-27 02:30 came twice.
        let skipped = zone.local(zone.seconds(&at(2, 31, 2, -1))).unwrap();
        assert_eq!((skipped.hour, skipped.min), (3, 30));
        let twice = |isdst| zone.seconds(&at(9, 27, 2, isdst));
        assert_eq!(twice(0) - twice(1), 3600);
        assert_eq!(twice(-1), twice(1));
        // Summer time in winter is an hour earlier.
        assert_eq!(
            zone.seconds(&at(0, 10, 12, 0)) - zone.seconds(&at(0, 10, 12, 1)),
            3600
        );
    }
}
