//! Numbers by which states know persons, with the rule of their check digits.
//!
//! | country | number | rule | without a word before it |
//! | --- | --- | --- | --- |
//! | Austria | Sozialversicherungsnummer | modulus 11 and a date (ASVG § 31) | `1237 010180` |
//! | Belgium | Rijksregisternummer | modulus 97 and a date (Royal Decree of 3 April 1984) | yes |
//! | Brazil | CPF | two digits of modulus 11 (Receita Federal) | `529.982.247-25` |
//! | Canada | SIN | Luhn | no |
//! | China | resident identity number | GB 11643, ISO 7064 MOD 11-2, and a date | yes |
//! | Finland | henkilötunnus | modulus 31 and a date (Decree 128/2010) | yes |
//! | France | NIR | modulus 97 (Décret 82-103) | yes |
//! | Germany | Steuer-ID | ISO 7064 MOD 11,10, one digit repeated (StIdV) | yes |
//! | India | Aadhaar | Verhoeff (UIDAI) | `2341 2341 2346` |
//! | Italy | codice fiscale | letter of modulus 26 (D.M. 23/12/1976) | yes |
//! | Netherlands | BSN | the test of eleven (Wabb) | no |
//! | Norway | fødselsnummer | two digits of modulus 11 and a date (Skatteetaten) | yes |
//! | Poland | PESEL | weights 1, 3, 7, 9 and a date (Ustawa o ewidencji ludności) | no |
//! | Portugal | NIF | modulus 11 (Decreto-Lei 14/2013) | no |
//! | Spain | DNI, NIE | letter of modulus 23 (Real Decreto 1553/2005) | yes |
//! | Sweden | personnummer | Luhn and a date (SFS 1967:518) | `811228-9874` |
//! | Switzerland | AHV number | EAN-13 below 756 (AHVV Art. 133) | yes |
//! | Türkiye | T.C. kimlik | two digits (Nüfus Hizmetleri Kanunu) | no |
//! | United Kingdom | NHS number | modulus 11 (NHS Data Dictionary) | `943 476 5919` |
//! | United States | SSN | none; ranges never issued are left out (SSA) | `123-45-6789` |

use super::checks::{self, is_date, number, weighted};
use super::digits::{Sequence, Window, free_left, free_right};
use std::ops::Range;

/// When a number with right check digits is believed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plain {
    /// As bare digits too.
    Believed,
    /// As bare digits only after a word that says so.
    Named,
    /// Only after a word, however it is written.
    AlwaysNamed,
}

/// Whether the check digits of a number hold.
type Check = fn(&[u8]) -> bool;

struct Rule {
    digits: usize,
    /// Separator and lengths of groups.
    forms: &'static [(u8, &'static [usize])],
    check: Check,
    plain: Plain,
}

const fn rule(
    digits: usize,
    forms: &'static [(u8, &'static [usize])],
    check: Check,
    plain: Plain,
) -> Rule {
    Rule {
        digits,
        forms,
        check,
        plain,
    }
}

const RULES: &[Rule] = &[
    rule(9, &[(b'-', &[3, 2, 4])], united_states, Plain::Named),
    rule(9, &[], netherlands, Plain::Named),
    rule(9, &[(b' ', &[3, 3, 3])], portugal, Plain::AlwaysNamed),
    rule(
        9,
        &[(b' ', &[3, 3, 3]), (b'-', &[3, 3, 3])],
        checks::luhn,
        Plain::AlwaysNamed,
    ),
    rule(
        10,
        &[(b' ', &[3, 3, 4]), (b'-', &[3, 3, 4])],
        united_kingdom,
        Plain::Named,
    ),
    rule(10, &[(b'-', &[6, 4])], sweden, Plain::Named),
    rule(10, &[(b' ', &[4, 6])], austria, Plain::Named),
    rule(11, &[(b' ', &[2, 3, 3, 3])], germany, Plain::Believed),
    rule(11, &[], poland, Plain::Named),
    rule(11, &[(b' ', &[6, 5])], norway, Plain::Believed),
    rule(11, &[], belgium, Plain::Believed),
    rule(11, &[], turkey, Plain::Named),
    rule(11, &[], brazil, Plain::Named),
    rule(12, &[(b'-', &[8, 4])], |d| sweden(&d[2..]), Plain::Named),
    rule(
        12,
        &[(b' ', &[4, 4, 4]), (b'-', &[4, 4, 4])],
        india,
        Plain::Named,
    ),
    rule(13, &[(b'.', &[3, 4, 4, 2])], switzerland, Plain::Believed),
    rule(
        15,
        &[(b' ', &[1, 2, 2, 2, 3, 3, 2])],
        france,
        Plain::Believed,
    ),
    rule(18, &[], |d| china(d, u32::from(d[17])), Plain::Believed),
];

/// Numbers with two kinds of separators: `0` stands for a digit.
const MIXED: &[(&[u8], Check)] = &[(b"000.000.000-00", brazil), (b"00.00.00-000.00", belgium)];

/// The first number of a sequence of digits; `named` tells whether a word says that one comes.
pub(crate) fn numbered(
    text: &[u8],
    sequence: &Sequence,
    named: impl FnOnce() -> bool,
) -> Option<(usize, usize)> {
    let start = sequence.start();
    let special = match sequence.first_group() {
        6 | 8 | 17 => with_letter(text, start),
        2 | 3 => mixed(text, start),
        _ => None,
    };
    if let Some(to) = special {
        let free = free_left(text, start) && free_right(text, to);
        if free {
            return Some((start, to));
        }
    }
    if sequence.digits() < 9 {
        return None;
    }
    let named = named();
    let is_one = |w: &Window<'_>| {
        let mut fits = RULES.iter().filter(|rule| rule.digits == w.digits.len());
        fits.any(|rule| rule.is_met(w, named))
    };
    sequence
        .windows(9, 18)
        .find(|w| w.is_free(text) && is_one(w))
        .map(|w| (w.from, w.to))
}

impl Rule {
    fn is_met(&self, w: &Window<'_>, named: bool) -> bool {
        let written = |separator: u8, groups: &[usize]| {
            w.separator == Some(separator) && w.is_grouped(groups)
        };
        let formed = w.whole && self.forms.iter().any(|(s, groups)| written(*s, groups));
        let believed =
            named || (formed && self.plain == Plain::Named) || self.plain == Plain::Believed;
        believed && (formed || w.is_one_group()) && (self.check)(w.digits)
    }
}

fn mixed(text: &[u8], start: usize) -> Option<usize> {
    MIXED.iter().find_map(|(form, check)| {
        let written = text.get(start..start + form.len())?;
        let mut digits = [0; 16];
        let mut count = 0;
        for (byte, like) in written.iter().zip(*form) {
            match like {
                b'0' if byte.is_ascii_digit() => {
                    digits[count] = byte - b'0';
                    count += 1;
                }
                other if byte == other => {}
                _ => return None,
            }
        }
        check(&digits[..count]).then_some(start + form.len())
    })
}

/// Digits that end in a letter: Spain's, Finland's, China's.
fn with_letter(text: &[u8], start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let value = |at: usize| {
        rest.get(at)
            .filter(|b| b.is_ascii_digit())
            .map(|b| b - b'0')
    };
    let mut digits = [0; 17];
    let mut count = 0;
    while count < digits.len() {
        let Some(digit) = value(count) else { break };
        digits[count] = digit;
        count += 1;
    }
    match (count, rest.get(count)) {
        (8, Some(b'-')) if rest.get(9) == Some(&spain(number(&digits[..8]))) => Some(start + 10),
        (8, Some(letter)) if *letter == spain(number(&digits[..8])) => Some(start + 9),
        (17, Some(b'X' | b'x')) if china(&digits, 10) => Some(start + 18),
        (6, Some(b'-' | b'+' | b'A'..=b'F' | b'U'..=b'Y')) => {
            let serial = [value(7)?, value(8)?, value(9)?];
            digits[6..9].copy_from_slice(&serial);
            (rest.get(10) == Some(&finland(&digits[..9]))).then_some(start + 11)
        }
        _ => None,
    }
}

/// Numbers that begin with letters: `token` is the whole word.
pub(crate) fn lettered(text: &[u8], token: &Range<usize>) -> Option<(usize, usize)> {
    let word = text.get(token.clone())?;
    let found = match word.len() {
        9 => is_nie(word),
        16 => italy(word),
        _ => false,
    };
    let free = found && free_left(text, token.start) && free_right(text, token.end);
    free.then_some((token.start, token.end))
}

fn two(digits: &[u8], at: usize) -> u64 {
    number(digits.get(at..at + 2).unwrap_or_default())
}

/// The letter of a Spanish number.
fn spain(n: u64) -> u8 {
    let at = usize::try_from(n % 23).unwrap_or_default();
    b"TRWAGMYFPDXBNJZSQVHLCKE"[at]
}

fn is_nie(word: &[u8]) -> bool {
    let [first @ b'X'..=b'Z', digits @ .., letter] = word else {
        return false;
    };
    let mut n = u64::from(first - b'X');
    for byte in digits {
        if !byte.is_ascii_digit() {
            return false;
        }
        n = n * 10 + u64::from(byte - b'0');
    }
    *letter == spain(n)
}

fn finland(digits: &[u8]) -> u8 {
    if !is_date(two(digits, 2), two(digits, 0)) {
        return 0;
    }
    let at = usize::try_from(number(digits) % 31).unwrap_or_default();
    b"0123456789ABCDEFHJKLMNPRSTUVWXY"[at]
}

fn china(digits: &[u8], check: u32) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let born = is_date(two(digits, 10), two(digits, 12)) && (18..=20).contains(&two(digits, 6));
    born && (weighted(digits, &WEIGHTS) + check) % 11 == 1
}

fn italy(word: &[u8]) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    // A digit may be replaced by one of these letters where two persons would share a number.
    let digit = |b: u8| b.is_ascii_digit() || b"LMNPQRSTUV".contains(&b);
    let letters = |range: Range<usize>| word[range].iter().all(u8::is_ascii_uppercase);
    let digits = |at: &[usize]| at.iter().all(|&at| digit(word[at]));
    let formed = letters(0..6)
        && digits(&[6, 7, 9, 10, 12, 13, 14])
        && b"ABCDEHLMPRST".contains(&word[8])
        && letters(11..12)
        && letters(15..16);
    let value = |byte: u8| {
        u32::from(if byte.is_ascii_digit() {
            byte - b'0'
        } else {
            byte.wrapping_sub(b'A')
        })
    };
    let sum: u32 = word[..15]
        .iter()
        .enumerate()
        .map(|(i, &byte)| match i % 2 {
            0 => ODD.get(value(byte) as usize).copied().unwrap_or_default(),
            _ => value(byte),
        })
        .sum();
    formed && sum % 26 == value(word[15])
}

fn united_states(d: &[u8]) -> bool {
    let (area, group, serial) = (number(&d[..3]), number(&d[3..5]), number(&d[5..]));
    !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0
}

fn netherlands(d: &[u8]) -> bool {
    let sum = weighted(d, &[9, 8, 7, 6, 5, 4, 3, 2]);
    number(d) > 0 && sum % 11 == u32::from(d[8])
}

fn portugal(d: &[u8]) -> bool {
    let rest = weighted(d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    let check = if rest < 2 { 0 } else { 11 - rest };
    !matches!(d[0], 0 | 4) && check == u32::from(d[8])
}

fn united_kingdom(d: &[u8]) -> bool {
    let rest = weighted(d, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    number(d) > 0 && (11 - rest) % 11 == u32::from(d[9])
}

fn sweden(d: &[u8]) -> bool {
    let day = two(d, 4);
    let day = if day > 60 { day - 60 } else { day };
    is_date(two(d, 2), day) && checks::luhn(d)
}

fn austria(d: &[u8]) -> bool {
    let sum = weighted(d, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
    is_date(two(d, 6), two(d, 4)) && d[0] != 0 && sum % 11 == u32::from(d[3])
}

/// One digit of the first ten stands there twice or three times, the others at most once.
fn germany(d: &[u8]) -> bool {
    let mut times = [0u8; 10];
    for &digit in &d[..10] {
        times[usize::from(digit)] += 1;
    }
    let repeated = times.iter().filter(|&&n| n > 1).count() == 1;
    repeated && times.iter().all(|&n| n <= 3) && d[0] != 0 && checks::mod_11_10(d)
}

fn poland(d: &[u8]) -> bool {
    let sum = weighted(d, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
    is_date(two(d, 2) % 20, two(d, 4)) && sum.is_multiple_of(10)
}

fn norway(d: &[u8]) -> bool {
    let day = two(d, 0);
    let day = if day > 40 { day - 40 } else { day };
    let first = weighted(d, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]);
    let second = weighted(d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]);
    is_date(two(d, 2), day) && first.is_multiple_of(11) && second.is_multiple_of(11)
}

fn belgium(d: &[u8]) -> bool {
    let (body, check) = (number(&d[..9]), number(&d[9..]));
    let sound = |n: u64| 97 - n % 97 == check;
    is_date(two(d, 2) % 20, two(d, 4)) && (sound(body) || sound(2_000_000_000 + body))
}

fn turkey(d: &[u8]) -> bool {
    let odd: u32 = d.iter().step_by(2).take(5).map(|&x| u32::from(x)).sum();
    let even: u32 = d
        .iter()
        .skip(1)
        .step_by(2)
        .take(4)
        .map(|&x| u32::from(x))
        .sum();
    let ten: u32 = d[..10].iter().map(|&x| u32::from(x)).sum();
    d[0] != 0 && (odd * 7 + 100 - even) % 10 == u32::from(d[9]) && ten % 10 == u32::from(d[10])
}

fn brazil(d: &[u8]) -> bool {
    let check = |n: usize| {
        let sum: u32 = (2..)
            .zip(d[..n].iter().rev())
            .map(|(w, &x)| w * u32::from(x))
            .sum();
        let rest = sum * 10 % 11 % 10;
        rest == u32::from(d[n])
    };
    d.iter().any(|x| *x != d[0]) && check(9) && check(10)
}

fn india(d: &[u8]) -> bool {
    d[0] >= 2 && checks::verhoeff(d)
}

fn switzerland(d: &[u8]) -> bool {
    d.starts_with(&[7, 5, 6])
        && weighted(d, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

fn france(d: &[u8]) -> bool {
    let month = two(d, 3);
    let known = matches!(month, 1..=12 | 20..=42 | 50..=99);
    matches!(d[0], 1 | 2) && known && 97 - number(&d[..13]) % 97 == number(&d[13..])
}
