//! Check digits. Digits are given as numbers from 0 to 9, most significant first.

/// Luhn's rule (ISO/IEC 7812-1, annex B).
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &d)| match (i % 2, u32::from(d) * 2) {
            (0, double) => double / 2,
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// ISO 7064, MOD 11,10: the last digit checks the others.
pub(crate) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((check, body)) = digits.split_last() else {
        return false;
    };
    let product = body.iter().fold(10, |product, &d| {
        let sum = (u32::from(d) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == u32::from(*check)
}

/// Verhoeff's rule: tables of the dihedral group of order ten.
pub(crate) fn verhoeff(digits: &[u8]) -> bool {
    /// The product of `a` and `b` in the group.
    fn times(a: usize, b: usize) -> usize {
        match (a < 5, b < 5) {
            (true, true) => (a + b) % 5,
            (true, false) => (a + b - 5) % 5 + 5,
            (false, true) => (a - 5 + 5 - b) % 5 + 5,
            (false, false) => (a + 5 - b) % 5,
        }
    }
    const TURN: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let turned = |digit: u8, times: usize| {
        (0..times % 8).fold(usize::from(digit), |d, _| {
            TURN.get(d).copied().unwrap_or_default()
        })
    };
    let check = digits
        .iter()
        .rev()
        .enumerate()
        .fold(0, |check, (i, &d)| times(check, turned(d, i)));
    check == 0
}

/// The sum of digits, each times its weight.
pub(crate) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    let products = digits.iter().zip(weights);
    products.map(|(&d, weight)| u32::from(d) * weight).sum()
}

/// The digits as one number.
pub(crate) fn number(digits: &[u8]) -> u64 {
    digits
        .iter()
        .fold(0, |n, &d| n.wrapping_mul(10).wrapping_add(u64::from(d)))
}

/// Whether two digits of a month and two of a day could be a date. Offsets that some countries add
/// are the caller's to take off.
pub(crate) fn is_date(month: u64, day: u64) -> bool {
    let days = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}
