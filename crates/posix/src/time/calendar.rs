//! Days and dates of the Gregorian calendar, without time zones.

use crate::layout::time::Tm;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Names of the days of the week.
pub(crate) const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// Names of the months.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Whether a year has a 29th of February.
pub(crate) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days from 1970-01-01 to the first of March of `year`; counted from March, a
/// leap day is a year's last.
fn days_to_march(year: i64) -> i64 {
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) - 719_468
}

/// Days from 1970-01-01 to the given day; `month` from 0.
fn days_from_date(year: i64, month: i64, day: i64) -> i64 {
    let year = year + month.div_euclid(12);
    let month = month.rem_euclid(12);
    // Months from March on.
    let (year, from_march) = if month < 2 {
        (year - 1, month + 10)
    } else {
        (year, month - 2)
    };
    days_to_march(year) + (153 * from_march + 2) / 5 + day - 1
}

/// Seconds since 1970 of a broken-down time that counts as UTC; its fields may
/// lie outside of their usual ranges.
pub(crate) fn seconds(tm: &Tm) -> i64 {
    let days = days_from_date(tm.year as i64 + 1900, tm.mon as i64, tm.mday as i64);
    days * DAY + tm.hour as i64 * 3600 + tm.min as i64 * 60 + tm.sec as i64
}

/// The broken-down time of `seconds` since 1970 shifted by `offset`; `None` when
/// the year does not fit.
pub(crate) fn broken_down(seconds: i64, offset: i32) -> Option<Tm> {
    let seconds = seconds.checked_add(offset as i64)?;
    let days = seconds.div_euclid(DAY);
    let rest = seconds.rem_euclid(DAY) as i32;
    // Find the year that began in March; the estimate is at most one too low.
    let mut march_year = days
        .checked_add(719_468)?
        .checked_mul(400)?
        .div_euclid(146_097);
    while days_to_march(march_year) > days {
        march_year -= 1;
    }
    while days_to_march(march_year + 1) <= days {
        march_year += 1;
    }
    let day_of_march_year = days - days_to_march(march_year);
    let from_march = (5 * day_of_march_year + 2) / 153;
    let mday = day_of_march_year - (153 * from_march + 2) / 5 + 1;
    let (year, month) = if from_march < 10 {
        (march_year, from_march + 2)
    } else {
        (march_year + 1, from_march - 10)
    };
    Some(Tm {
        sec: rest % 60,
        min: rest / 60 % 60,
        hour: rest / 3600,
        mday: mday as i32,
        mon: month as i32,
        year: i32::try_from(year - 1900).ok()?,
        wday: (days + 4).rem_euclid(7) as i32,
        yday: (days - days_from_date(year, 0, 1)) as i32,
        isdst: 0,
        gmtoff: offset,
    })
}

/// Year and number of the ISO 8601 week of a date.
pub(crate) fn iso_week(tm: &Tm) -> (i64, i32) {
    let year = tm.year as i64 + 1900;
    // Monday is 0 and Thursday decides to which year a week belongs.
    let weekday = (tm.wday + 6).rem_euclid(7);
    let week = (tm.yday - weekday + 10).div_euclid(7);
    if week < 1 {
        let before = year - 1;
        let days = if is_leap(before) { 366 } else { 365 };
        return (before, (tm.yday + days - weekday + 10).div_euclid(7));
    }
    let days = if is_leap(year) { 366 } else { 365 };
    if week == 53 && tm.yday - weekday + 3 >= days {
        return (year + 1, 1);
    }
    (year, week)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(seconds: i64) -> (i32, i32, i32, i32, i32, i32, i32, i32) {
        let t = broken_down(seconds, 0).unwrap();
        (
            t.year + 1900,
            t.mon + 1,
            t.mday,
            t.hour,
            t.min,
            t.sec,
            t.wday,
            t.yday,
        )
    }

    #[test]
    fn known_dates() {
        assert_eq!(date(0), (1970, 1, 1, 0, 0, 0, 4, 0));
        assert_eq!(date(-1), (1969, 12, 31, 23, 59, 59, 3, 364));
        assert_eq!(date(951_782_400), (2000, 2, 29, 0, 0, 0, 2, 59));
        assert_eq!(date(951_868_800), (2000, 3, 1, 0, 0, 0, 3, 60));
        assert_eq!(date(1_709_164_800), (2024, 2, 29, 0, 0, 0, 4, 59));
        assert_eq!(date(4_102_444_799), (2099, 12, 31, 23, 59, 59, 4, 364));
        assert_eq!(date(-62_135_596_800), (1, 1, 1, 0, 0, 0, 1, 0));
    }

    #[test]
    fn there_and_back() {
        let mut seconds_at = -80_000_000_000i64;
        while seconds_at < 80_000_000_000 {
            let tm = broken_down(seconds_at, 0).unwrap();
            assert_eq!(seconds(&tm), seconds_at);
            seconds_at += 86_399 * 37;
        }
    }

    #[test]
    fn fields_outside_of_their_ranges() {
        let tm = Tm {
            year: 124,
            mon: 14,
            mday: -1,
            hour: 25,
            ..Tm::default()
        };
        // 2025-03-00 minus a day, 25:00
        assert_eq!(
            broken_down(seconds(&tm), 0).map(|t| (t.year, t.mon, t.mday, t.hour)),
            Some((125, 1, 28, 1))
        );
        assert!(broken_down(i64::MAX, 0).is_none());
        assert!(broken_down(i64::MIN, -1).is_none());
    }

    #[test]
    fn weeks() {
        let week = |seconds| iso_week(&broken_down(seconds, 0).unwrap());
        // 2021-01-01 is in week 53 of 2020; 2024-12-30 in week 1 of 2025.
        assert_eq!(week(1_609_459_200), (2020, 53));
        assert_eq!(week(1_735_516_800), (2025, 1));
        assert_eq!(week(1_719_792_000), (2024, 27));
    }
}
