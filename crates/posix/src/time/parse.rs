//! `strptime`, in the C locale.

use super::calendar::{DAYS, MONTHS, broken_down, seconds};
use crate::layout::time::Tm;

/// What was found apart from the fields of the result.
#[derive(Default)]
struct Found {
    afternoon: Option<bool>,
    century: Option<i32>,
    year_in_century: Option<i32>,
    date: bool,
    year_day: bool,
    /// Month or day of the month.
    day: bool,
    week_day: bool,
    /// The week of the year, and the day of the week that it begins with.
    week: Option<(i32, i32)>,
}

/// Reads `text` as `pattern` says into `tm`; the number of bytes that were read,
/// or `None` when the text is otherwise.
pub(crate) fn parse(text: &[u8], pattern: &[u8], tm: &mut Tm) -> Option<usize> {
    let mut parser = Parser {
        text,
        at: 0,
        found: Found::default(),
    };
    parser.pattern(pattern, tm, 0)?;
    parser.finish(tm);
    Some(parser.at)
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    found: Found,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// A number of at most `digits` digits, within a range.
    fn number(&mut self, digits: usize, least: i64, most: i64) -> Option<i64> {
        self.skip_spaces();
        let negative = match self.peek() {
            Some(sign @ (b'-' | b'+')) => {
                self.at += 1;
                sign == b'-'
            }
            _ => false,
        };
        let mut value: i64 = 0;
        let start = self.at;
        while self.at - start < digits
            && let Some(digit) = self.peek().filter(u8::is_ascii_digit)
        {
            value = value.checked_mul(10)?.checked_add((digit - b'0') as i64)?;
            self.at += 1;
        }
        let value = if negative { -value } else { value };
        (self.at > start && (least..=most).contains(&value)).then_some(value)
    }

    fn small(&mut self, digits: usize, least: i32, most: i32) -> Option<i32> {
        let value = self.number(digits, least as i64, most as i64)?;
        Some(value as i32)
    }

    /// One of `names`, in full or by its first three letters.
    fn name(&mut self, names: &[&str]) -> Option<i32> {
        let rest = &self.text[self.at..];
        let starts =
            |name: &[u8]| rest.len() >= name.len() && rest[..name.len()].eq_ignore_ascii_case(name);
        let lengths = |name: &&str| [name.len(), 3.min(name.len())];
        for (i, name) in names.iter().enumerate() {
            for length in lengths(name) {
                if starts(&name.as_bytes()[..length]) {
                    self.at += length;
                    return Some(i as i32);
                }
            }
        }
        None
    }

    fn pattern(&mut self, pattern: &[u8], tm: &mut Tm, depth: usize) -> Option<()> {
        let mut bytes = pattern.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            if byte.is_ascii_whitespace() {
                self.skip_spaces();
                continue;
            }
            if byte != b'%' {
                if self.peek() != Some(byte) {
                    return None;
                }
                self.at += 1;
                continue;
            }
            while bytes
                .peek()
                .is_some_and(|b| matches!(b, b'E' | b'O' | b'-' | b'_' | b'+' | b'0'..=b'9'))
            {
                bytes.next();
            }
            self.conversion(bytes.next()?, tm, depth)?;
        }
        Some(())
    }

    fn conversion(&mut self, letter: u8, tm: &mut Tm, depth: usize) -> Option<()> {
        let nested: &[u8] = match letter {
            b'c' => b"%a %b %e %H:%M:%S %Y",
            b'D' | b'x' => b"%m/%d/%y",
            b'F' => b"%Y-%m-%d",
            b'r' => b"%I:%M:%S %p",
            b'R' => b"%H:%M",
            b'T' | b'X' => b"%H:%M:%S",
            _ => b"",
        };
        if !nested.is_empty() {
            debug_assert!(depth == 0, "these are not nested");
            return self.pattern(nested, tm, depth + 1);
        }
        match letter {
            b'a' | b'A' => {
                tm.wday = self.name(&DAYS)?;
                self.found.week_day = true;
            }
            b'b' | b'B' | b'h' => {
                tm.mon = self.name(&MONTHS)?;
                (self.found.date, self.found.day) = (true, true);
            }
            b'C' => self.found.century = Some(self.small(2, 0, 99)?),
            b'd' | b'e' => {
                tm.mday = self.small(2, 1, 31)?;
                (self.found.date, self.found.day) = (true, true);
            }
            b'H' | b'k' => {
                tm.hour = self.small(2, 0, 23)?;
                self.found.afternoon = None;
            }
            b'I' | b'l' => tm.hour = self.small(2, 1, 12)? % 12,
            b'j' => {
                tm.yday = self.small(3, 1, 366)? - 1;
                self.found.year_day = true;
            }
            b'm' => {
                tm.mon = self.small(2, 1, 12)? - 1;
                (self.found.date, self.found.day) = (true, true);
            }
            b'M' => tm.min = self.small(2, 0, 59)?,
            b'n' | b't' => self.skip_spaces(),
            b'p' | b'P' => {
                let noon = self.name(&["AM", "PM"])?;
                self.found.afternoon = Some(noon == 1);
            }
            b's' => {
                let value = self.number(20, i64::MIN, i64::MAX)?;
                *tm = broken_down(value, 0)?;
            }
            b'S' => tm.sec = self.small(2, 0, 61)?,
            b'u' => {
                tm.wday = self.small(1, 1, 7)? % 7;
                self.found.week_day = true;
            }
            b'w' => {
                tm.wday = self.small(1, 0, 6)?;
                self.found.week_day = true;
            }
            b'U' => self.found.week = Some((self.small(2, 0, 53)?, 0)),
            b'W' => self.found.week = Some((self.small(2, 0, 53)?, 1)),
            b'V' => drop(self.small(2, 0, 53)?),
            b'g' => drop(self.small(2, 0, 99)?),
            b'G' => drop(self.small(4, 0, 9999)?),
            b'y' => self.found.year_in_century = Some(self.small(2, 0, 99)?),
            b'Y' => {
                tm.year = self.small(4, -9999, 9999)? - 1900;
                self.found.century = None;
                self.found.year_in_century = None;
                self.found.date = true;
            }
            b'z' => tm.gmtoff = self.offset()?,
            b'Z' => {
                while self.peek().is_some_and(|b| b.is_ascii_alphabetic()) {
                    self.at += 1;
                }
            }
            b'%' => {
                if self.peek() != Some(b'%') {
                    return None;
                }
                self.at += 1;
            }
            _ => return None,
        }
        Some(())
    }

    /// `Z`, `+hhmm`, `+hh:mm` or `+hh`, in seconds.
    fn offset(&mut self) -> Option<i32> {
        self.skip_spaces();
        if self.peek() == Some(b'Z') {
            self.at += 1;
            return Some(0);
        }
        let sign = match self.peek()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.at += 1;
        let two = |parser: &mut Self| -> Option<i32> {
            let digits = parser.text.get(parser.at..parser.at + 2)?;
            if !digits.iter().all(u8::is_ascii_digit) {
                return None;
            }
            parser.at += 2;
            Some((digits[0] - b'0') as i32 * 10 + (digits[1] - b'0') as i32)
        };
        let hours = two(self)?;
        if self.peek() == Some(b':') {
            self.at += 1;
        }
        let minutes = two(self).unwrap_or(0);
        Some(sign * (hours * 3600 + minutes * 60))
    }

    /// Puts together what several conversions say.
    fn finish(&self, tm: &mut Tm) {
        if let Some(afternoon) = self.found.afternoon {
            tm.hour = tm.hour % 12 + if afternoon { 12 } else { 0 };
        }
        match (self.found.century, self.found.year_in_century) {
            (Some(century), year) => tm.year = century * 100 + year.unwrap_or(0) - 1900,
            // 69 to 99 are of the last century.
            (None, Some(year)) => tm.year = if year < 69 { year + 100 } else { year },
            (None, None) => {}
        }
        if let Some((week, first)) = self.found.week
            && self.found.week_day
            && !self.found.day
            && !self.found.year_day
        {
            day_of_week(tm, week, first);
        }
        if self.found.date || self.found.year_in_century.is_some() {
            let noon = Tm {
                hour: 12,
                min: 0,
                sec: 0,
                mday: tm.mday.max(1),
                ..*tm
            };
            if let Some(complete) = broken_down(seconds(&noon), 0) {
                tm.wday = complete.wday;
                if !self.found.year_day {
                    tm.yday = complete.yday;
                }
            }
        }
    }
}

/// Sets month and day from the year, the week in it and the day of the week, on
/// the first of which weeks begin.
fn day_of_week(tm: &mut Tm, week: i32, first: i32) {
    let day = |number: i32| Tm {
        hour: 12,
        min: 0,
        sec: 0,
        mon: 0,
        mday: 1 + number,
        ..*tm
    };
    let Some(new_year) = broken_down(seconds(&day(0)), 0) else {
        return;
    };
    let before = (first - new_year.wday).rem_euclid(7);
    let number = before + (week - 1) * 7 + (tm.wday - first).rem_euclid(7);
    if let Some(found) = broken_down(seconds(&day(number)), 0) {
        (tm.year, tm.mon, tm.mday) = (found.year, found.mon, found.mday);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, pattern: &str) -> Option<(usize, Tm)> {
        let mut tm = Tm::default();
        let length = parse(text.as_bytes(), pattern.as_bytes(), &mut tm)?;
        Some((length, tm))
    }

    #[test]
    fn dates_and_times() {
        let (length, tm) = read("2024-07-06T09:05:03Z rest", "%Y-%m-%dT%H:%M:%S%z").unwrap();
        assert_eq!(length, 20);
        assert_eq!((tm.year, tm.mon, tm.mday, tm.hour), (124, 6, 6, 9));
        assert_eq!((tm.wday, tm.yday), (6, 187));
        let (_, tm) = read("Sat Jul  6 09:05:03 2024", "%c").unwrap();
        assert_eq!((tm.mon, tm.mday, tm.sec), (6, 6, 3));
        let (_, tm) = read("11:30 pm", "%I:%M %p").unwrap();
        assert_eq!((tm.hour, tm.min), (23, 30));
        let (_, tm) = read("12 AM", "%I %p").unwrap();
        assert_eq!(tm.hour, 0);
        let (_, tm) = read("05/06/70", "%D").unwrap();
        assert_eq!(tm.year, 70);
        let (_, tm) = read("05/06/12", "%D").unwrap();
        assert_eq!(tm.year, 112);
        let (_, tm) = read("saturday -01:30", "%A %z").unwrap();
        assert_eq!((tm.wday, tm.gmtoff), (6, -5400));
        let (length, tm) = read("19990502123412", "%Y%m%d%H%M%S").unwrap();
        assert_eq!((length, tm.year, tm.mon, tm.mday), (14, 99, 4, 2));
        assert_eq!((tm.hour, tm.min, tm.sec), (12, 34, 12));
    }

    #[test]
    fn weeks_of_the_year() {
        for (text, pattern, date) in [
            ("2001 20 Mon", "%Y %U %a", (4, 21, 140)),
            ("2001 21 Mon", "%Y %W %a", (4, 21, 140)),
            ("2013 29 Wed", "%Y %W %a", (6, 24, 204)),
            ("2001 8 Thursday", "%Y %W %A", (1, 22, 52)),
        ] {
            let (_, tm) = read(text, pattern).unwrap();
            assert_eq!((tm.mon, tm.mday, tm.yday), date, "{text}");
        }
    }

    #[test]
    fn text_that_does_not_match() {
        for (text, pattern) in [
            ("2024-13-01", "%Y-%m-%d"),
            ("x", "%d"),
            ("", "%H"),
            ("10", "%H:%M"),
            ("1", "%Q"),
            ("99999999999999999999", "%s"),
            ("+1", "%z"),
            ("5", "%"),
        ] {
            assert!(read(text, pattern).is_none(), "{text} {pattern}");
        }
    }
}
