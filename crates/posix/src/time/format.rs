//! `strftime`, in the C locale.

use super::calendar::{DAYS, MONTHS, iso_week};
use crate::layout::time::Tm;
use alloc::vec::Vec;
use core::fmt::{self, Write};

/// Text of at most so many bytes.
struct Output {
    text: Vec<u8>,
    limit: usize,
}

impl Output {
    fn push(&mut self, byte: u8) -> fmt::Result {
        if self.text.len() == self.limit {
            return Err(fmt::Error);
        }
        self.text.push(byte);
        Ok(())
    }
}

impl Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().try_for_each(|byte| self.push(byte))
    }
}

/// What stands between `%` and the letter.
#[derive(Clone, Copy, Default)]
struct Options {
    /// `-` (no padding), `_` (spaces) or `0`, in place of the usual.
    pad: Option<u8>,
    upper: bool,
    width: usize,
}

/// Widest field.
const WIDTH_MAX: usize = 1024;

/// Writes `tm` as `pattern` says; `None` when the text is longer than `limit`.
/// `zone` is the name of the time zone.
pub(crate) fn format(tm: &Tm, zone: &[u8], pattern: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut formatter = Formatter {
        tm,
        zone,
        output: Output {
            text: Vec::new(),
            limit,
        },
    };
    formatter.pattern(pattern).ok()?;
    Some(formatter.output.text)
}

struct Formatter<'a> {
    tm: &'a Tm,
    zone: &'a [u8],
    output: Output,
}

impl Formatter<'_> {
    fn pattern(&mut self, pattern: &[u8]) -> fmt::Result {
        let mut bytes = pattern.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            if byte != b'%' {
                self.output.push(byte)?;
                continue;
            }
            let mut options = Options::default();
            while let Some(&flag) = bytes.peek() {
                match flag {
                    b'-' | b'_' | b'0' => options.pad = Some(flag),
                    b'^' => options.upper = true,
                    b'#' | b'+' => {}
                    _ => break,
                }
                bytes.next();
            }
            while let Some(digit) = bytes.peek().filter(|b| b.is_ascii_digit()) {
                options.width = (options.width * 10 + (digit - b'0') as usize).min(WIDTH_MAX);
                bytes.next();
            }
            if let Some(b'E' | b'O') = bytes.peek() {
                bytes.next();
            }
            match bytes.next() {
                Some(letter) => self.conversion(letter, options)?,
                None => self.output.push(b'%')?,
            }
        }
        Ok(())
    }

    fn conversion(&mut self, letter: u8, options: Options) -> fmt::Result {
        let tm = self.tm;
        let year = tm.year as i64 + 1900;
        let name = |names: &'static [&'static str], index: i32| -> &'static str {
            let index = usize::try_from(index).ok();
            index.and_then(|i| names.get(i).copied()).unwrap_or("?")
        };
        let short = |name: &'static str| name.get(..3).unwrap_or(name);
        let twelve = |hour: i32| match hour.rem_euclid(12) {
            0 => 12,
            hour => hour,
        };
        match letter {
            b'a' => self.text(short(name(&DAYS, tm.wday)), options),
            b'A' => self.text(name(&DAYS, tm.wday), options),
            b'b' | b'h' => self.text(short(name(&MONTHS, tm.mon)), options),
            b'B' => self.text(name(&MONTHS, tm.mon), options),
            b'c' => self.pattern(b"%a %b %e %H:%M:%S %Y"),
            b'C' => self.number(year.div_euclid(100), 2, b'0', options),
            b'd' => self.number(tm.mday as i64, 2, b'0', options),
            b'D' | b'x' => self.pattern(b"%m/%d/%y"),
            b'e' => self.number(tm.mday as i64, 2, b' ', options),
            b'F' => self.pattern(b"%Y-%m-%d"),
            b'g' => self.number(iso_week(tm).0.rem_euclid(100), 2, b'0', options),
            b'G' => self.number(iso_week(tm).0, 1, b'0', options),
            b'H' => self.number(tm.hour as i64, 2, b'0', options),
            b'I' => self.number(twelve(tm.hour) as i64, 2, b'0', options),
            b'j' => self.number(tm.yday as i64 + 1, 3, b'0', options),
            b'k' => self.number(tm.hour as i64, 2, b' ', options),
            b'l' => self.number(twelve(tm.hour) as i64, 2, b' ', options),
            b'm' => self.number(tm.mon as i64 + 1, 2, b'0', options),
            b'M' => self.number(tm.min as i64, 2, b'0', options),
            b'n' => self.output.push(b'\n'),
            b'p' => self.text(if tm.hour >= 12 { "PM" } else { "AM" }, options),
            b'P' => self.text(if tm.hour >= 12 { "pm" } else { "am" }, options),
            b'r' => self.pattern(b"%I:%M:%S %p"),
            b'R' => self.pattern(b"%H:%M"),
            b's' => {
                let seconds = super::calendar::seconds(tm) - tm.gmtoff as i64;
                self.number(seconds, 1, b'0', options)
            }
            b'S' => self.number(tm.sec as i64, 2, b'0', options),
            b't' => self.output.push(b'\t'),
            b'T' | b'X' => self.pattern(b"%H:%M:%S"),
            b'u' => {
                let day = if tm.wday == 0 { 7 } else { tm.wday };
                self.number(day as i64, 1, b'0', options)
            }
            b'U' => {
                let week = (tm.yday as i64 + 7 - tm.wday as i64).div_euclid(7);
                self.number(week, 2, b'0', options)
            }
            b'V' => self.number(iso_week(tm).1 as i64, 2, b'0', options),
            b'w' => self.number(tm.wday as i64, 1, b'0', options),
            b'W' => {
                let monday = (tm.wday as i64 + 6).rem_euclid(7);
                self.number(
                    (tm.yday as i64 + 7 - monday).div_euclid(7),
                    2,
                    b'0',
                    options,
                )
            }
            b'y' => self.number(year.rem_euclid(100), 2, b'0', options),
            b'Y' => self.number(year, 1, b'0', options),
            b'z' => {
                let sign = if tm.gmtoff < 0 { '-' } else { '+' };
                let minutes = tm.gmtoff.unsigned_abs() / 60;
                write!(self.output, "{sign}{:02}{:02}", minutes / 60, minutes % 60)
            }
            b'Z' => {
                let zone = self.zone;
                zone.iter().try_for_each(|&byte| self.output.push(byte))
            }
            b'%' => self.output.push(b'%'),
            other => {
                self.output.push(b'%')?;
                self.output.push(other)
            }
        }
    }

    fn text(&mut self, text: &str, options: Options) -> fmt::Result {
        for _ in text.len()..options.width {
            self.output.push(b' ')?;
        }
        text.bytes().try_for_each(|byte| {
            self.output.push(if options.upper {
                byte.to_ascii_uppercase()
            } else {
                byte
            })
        })
    }

    fn number(&mut self, value: i64, width: usize, pad: u8, options: Options) -> fmt::Result {
        let width = width.max(options.width);
        match options.pad.unwrap_or(pad) {
            b'-' => write!(self.output, "{value}"),
            b'_' | b' ' => write!(self.output, "{value:width$}"),
            _ => write!(self.output, "{value:0width$}"),
        }
    }
}

/// `asctime`: 26 bytes at most, with the line's end.
pub(crate) fn asctime(tm: &Tm) -> Vec<u8> {
    let text = format(tm, b"", b"%a %b %e %H:%M:%S %Y\n", 64).unwrap_or_default();
    text[..text.len().min(25)].to_vec()
}

#[cfg(test)]
mod tests {
    use super::super::calendar::broken_down;
    use super::*;
    use alloc::string::String;

    fn at(seconds: i64, pattern: &str) -> String {
        let tm = broken_down(seconds, 0).unwrap();
        let text = format(&tm, b"UTC", pattern.as_bytes(), 1000).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn conversions() {
        // 2024-07-06 09:05:03, a Saturday
        let time = 1_720_256_703;
        for (pattern, text) in [
            ("%Y-%m-%d %H:%M:%S", "2024-07-06 09:05:03"),
            ("%c", "Sat Jul  6 09:05:03 2024"),
            ("%a %A %b %B %h", "Sat Saturday Jul July Jul"),
            ("%e|%k|%l|%I|%p|%P", " 6| 9| 9|09|AM|am"),
            ("%j %U %W %V %G %g %u %w", "188 26 27 27 2024 24 6 6"),
            ("%-d/%-m %_H %05d %^a", "6/7  9 00006 SAT"),
            ("%D %R %T %r", "07/06/24 09:05 09:05:03 09:05:03 AM"),
            ("%z %Z %s %% %n%t", "+0000 UTC 1720256703 % \n\t"),
            ("%Ey %Od %Q %", "24 06 %Q %"),
        ] {
            assert_eq!(at(time, pattern), text, "{pattern}");
        }
    }

    #[test]
    fn limits_and_strange_fields() {
        let tm = broken_down(0, 0).unwrap();
        assert_eq!(format(&tm, b"", b"%Y", 4).as_deref(), Some(&b"1970"[..]));
        assert_eq!(format(&tm, b"", b"%Y", 3), None);
        assert_eq!(format(&tm, b"", b"%9999999999d", 100), None);
        let odd = Tm {
            mon: 99,
            wday: -1,
            ..tm
        };
        assert_eq!(format(&odd, b"", b"%b %a", 9).as_deref(), Some(&b"? ?"[..]));
        assert_eq!(asctime(&tm), b"Thu Jan  1 00:00:00 1970\n");
    }
}
