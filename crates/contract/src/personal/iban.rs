//! International bank account numbers, ISO 13616.

use super::digits::{free_left, free_right, run};
use std::ops::Range;

/// Length by country, as the registry of SWIFT lists it.
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// The account number that begins with `token`, whose first digit is its third character; it may be
/// written in groups of four.
pub(crate) fn at(text: &[u8], token: &Range<usize>) -> Option<(usize, usize)> {
    let from = token.start;
    let head: &[u8; 4] = text.get(from..)?.first_chunk()?;
    let country = [head[0].to_ascii_uppercase(), head[1].to_ascii_uppercase()];
    let begins = head[2].is_ascii_digit()
        && head[3].is_ascii_digit()
        && country.iter().all(u8::is_ascii_uppercase)
        && free_left(text, from);
    if !begins {
        return None;
    }
    let (_, length) = LENGTHS.iter().find(|(code, _)| **code == country)?;
    let mut number = [0; 34];
    let (mut count, mut to) = (0, from);
    while count < *length {
        let end = run(text, to, |b| b.is_ascii_alphanumeric());
        for &byte in text.get(to..end)?.iter().take(length - count) {
            number[count] = byte.to_ascii_uppercase();
            count += 1;
            to += 1;
        }
        let grouped = matches!(text.get(end), Some(b' ' | b'-')) && count.is_multiple_of(4);
        if count < *length && !grouped {
            return None;
        }
        to += usize::from(count < *length);
    }
    let whole = number.get(..*length)?;
    (free_right(text, to) && is_iban(whole)).then_some((from, to))
}

/// Modulus 97 of the number with its first four characters at the end and letters as 10 to 35.
fn is_iban(number: &[u8]) -> bool {
    let turned = number.iter().skip(4).chain(number.iter().take(4));
    let rest = turned.fold(0u32, |rest, &byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.wrapping_sub(b'A')) + 10) % 97,
    });
    rest == 1
}
