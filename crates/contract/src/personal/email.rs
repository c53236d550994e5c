//! E-mail addresses.

use super::digits::{escaped, run};
use std::ops::Range;

/// Longest local part (RFC 5321, 4.5.3.1.1).
const LOCAL_MAX: usize = 64;
/// Longest domain.
const DOMAIN_MAX: usize = 255;

/// Spellings of `@` besides itself: what stands before its first digit, and from there on.
const SPELLINGS: [(&[u8], &[u8]); 4] = [
    (b"%", b"40"),
    (b"\\u", b"0040"),
    (b"&#", b"64;"),
    (b"&#x", b"40;"),
];

/// The bytes that mean `@` around the anchor at `at`, if they do.
pub(crate) fn at_sign(text: &[u8], at: usize) -> Option<Range<usize>> {
    if text[at] == b'@' {
        return Some(at..at + 1);
    }
    if !matches!(text[..at].last(), Some(b'%' | b'u' | b'#' | b'x')) {
        return None;
    }
    SPELLINGS.iter().find_map(|(before, after)| {
        let spelt = text[..at].ends_with(before) && text[at..].starts_with(after);
        spelt.then(|| at - before.len()..at + after.len())
    })
}

/// The address around an `@`, not before `floor`.
pub(crate) fn around(text: &[u8], sign: Range<usize>, floor: usize) -> Option<(usize, usize)> {
    let from = local(text, sign.start, floor)?;
    let to = domain(text, sign.end)?;
    Some((from, to))
}

/// Where the local part that ends at `end` begins. Letters beyond ASCII are taken too (RFC 6531).
fn local(text: &[u8], end: usize, floor: usize) -> Option<usize> {
    let of_local = |b: u8| b.is_ascii_alphanumeric() || b >= 0x80 || b"._%+-".contains(&b);
    let floor = floor.max(end.saturating_sub(LOCAL_MAX));
    let mut start = end;
    while start > floor && of_local(text[start - 1]) {
        start -= 1;
    }
    while start < end && (text[start] == b'.' || text[start] & 0xc0 == 0x80) {
        start += 1;
    }
    if start < end && escaped(text, start) {
        start += 1;
    }
    (start < end && text[end - 1] != b'.').then_some(start)
}

/// Where the domain that begins at `from` ends: two labels or more, the last of letters.
fn domain(text: &[u8], from: usize) -> Option<usize> {
    let of_domain = |b: u8| b.is_ascii_alphanumeric() || b >= 0x80 || matches!(b, b'-' | b'.');
    let end = run(text, from, of_domain).min(from + DOMAIN_MAX);
    let whole = text.get(from..end)?;
    let mut best = None;
    let mut at = 0;
    let mut labels = 0;
    for label in whole.split(|b| *b == b'.') {
        let to = at + label.len();
        let sound = !label.is_empty() && label.len() <= 63 && label[0] != b'-';
        if !sound {
            break;
        }
        labels += 1;
        let letters = run(label, 0, |b| b.is_ascii_alphabetic() || b >= 0x80);
        let coded = label.len() > 4 && label[..4].eq_ignore_ascii_case(b"xn--");
        if labels > 1 && coded {
            best = Some(to);
        } else if labels > 1 && letters >= 2 && (letters == label.len() || label[letters] == b'-') {
            best = Some(at + letters);
        }
        at = to + 1;
    }
    best.map(|end| from + end)
}
