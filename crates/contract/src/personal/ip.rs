//! Addresses of the Internet Protocol, by the standard library's reading of them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Longest spelling of an address.
const BYTES_MAX: usize = 45;

/// The address around the digit at `at`, not before `floor`.
pub(crate) fn around(text: &[u8], at: usize, floor: usize) -> Option<(usize, usize)> {
    let of_address = |b: u8| b.is_ascii_hexdigit() || matches!(b, b'.' | b':');
    let floor = floor.max(at.saturating_sub(BYTES_MAX));
    let mut from = at;
    while from > floor && of_address(text[from - 1]) {
        from -= 1;
    }
    let mut to = super::digits::run(text, at, of_address);
    while to > from && matches!(text[to - 1], b'.' | b':') && !text[..to].ends_with(b"::") {
        to -= 1;
    }
    let word = std::str::from_utf8(text.get(from..to)?).ok()?;
    let inside = |at: Option<&u8>| at.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let before = from.checked_sub(1).and_then(|at| text.get(at));
    if inside(before) || inside(text.get(to)) {
        return None;
    }
    let is_v6 = word.contains("::") || word.matches(':').count() == 7;
    let known = word.parse::<Ipv4Addr>().is_ok() || (is_v6 && word.parse::<Ipv6Addr>().is_ok());
    known.then_some((from, to))
}
