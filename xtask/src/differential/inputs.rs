//! Input files for the runs: made anew each time, always the same.

use std::fmt::Write as _;

/// A generator of numbers that look random (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn new(seed: u64) -> Numbers {
        Numbers(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from((self.next() >> 33) % end as u64).expect("it is below a usize")
    }
}

/// A word of two to four syllables; the same number gives the same word.
fn word(number: usize) -> String {
    const STARTS: [&str; 16] = [
        "b", "br", "c", "d", "f", "g", "gr", "l", "m", "n", "p", "r", "s", "st", "t", "v",
    ];
    const VOWELS: [&str; 8] = ["a", "e", "i", "o", "u", "ai", "ea", "ou"];
    let mut numbers = Numbers::new(number as u64 * 0x9e37_79b9 + 1);
    // The first numbers of neighbouring seeds are alike.
    numbers.next();
    let syllables = 1 + numbers.below(3);
    let pick = |_| {
        let start = STARTS[numbers.below(STARTS.len())];
        let vowel = VOWELS[numbers.below(VOWELS.len())];
        format!("{start}{vowel}")
    };
    (0..=syllables).map(pick).collect()
}

/// Text that compresses about as prose does: frequent and rare words, sentences, lines.
pub(crate) fn prose(size: usize) -> Vec<u8> {
    let words: Vec<String> = (0..2000).map(word).collect();
    let mut numbers = Numbers::new(1);
    let mut text = String::with_capacity(size + 32);
    let mut column = 0;
    while text.len() < size {
        // The product of two shares makes low numbers frequent.
        let share = numbers.below(1000) * numbers.below(1000);
        let word = &words[share * words.len() / 1_000_000];
        text.push_str(word);
        column += word.len() + 1;
        match numbers.below(12) {
            0 => text.push('.'),
            1 => text.push(','),
            _ => {}
        }
        if column > 70 {
            text.push('\n');
            column = 0;
        } else {
            text.push(' ');
        }
    }
    text.truncate(size);
    text.into_bytes()
}

/// Bytes without a pattern, which nothing can compress.
pub(crate) fn noise(size: usize) -> Vec<u8> {
    let mut numbers = Numbers::new(2);
    (0..size).map(|_| (numbers.next() >> 56) as u8).collect()
}

/// A JSON array of records with text, numbers, nested lists and objects.
pub(crate) fn records(count: usize) -> Vec<u8> {
    let mut numbers = Numbers::new(3);
    let mut text = String::from("[\n");
    for id in 0..count {
        let name = word(numbers.below(500));
        let city = word(numbers.below(40));
        let price = numbers.below(1_000_000);
        let (whole, cents) = (price / 100, price % 100);
        let count = numbers.below(5);
        let tags: Vec<String> = (0..count)
            .map(|_| format!("{:?}", word(numbers.below(100))))
            .collect();
        let comma = if id == 0 { ' ' } else { ',' };
        let active = numbers.below(3) != 0;
        writeln!(
            text,
            "{comma}{{\"id\":{id},\"name\":{name:?},\"address\":{{\"city\":{city:?},\"code\":{code}}},\
             \"price\":{whole}.{cents:02},\"tags\":[{tags}],\"active\":{active},\"parent\":null}}",
            code = numbers.below(100_000),
            tags = tags.join(","),
        )
        .expect("a string can be written to");
    }
    text.push_str("]\n");
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_as_asked_for() {
        assert_eq!(prose(1000).len(), 1000);
        assert_eq!(noise(1000).len(), 1000);
    }

    #[test]
    fn records_are_json() {
        let value: serde_json::Value = serde_json::from_slice(&records(50)).expect("JSON");
        assert_eq!(value.as_array().map(Vec::len), Some(50));
        assert!(value[7]["address"]["code"].is_u64());
    }
}
