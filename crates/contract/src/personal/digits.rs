//! Digits in text: the token around one, the groups that follow it, and payment cards.

use super::checks;
use std::ops::Range;

/// Most groups of a sequence that are looked at together.
const GROUPS_MAX: usize = 8;
/// Most digits of a sequence; longer runs are no number that anybody dials, pays or signs with.
const DIGITS_MAX: usize = 24;

/// The letters and digits around `at` that hang together, not before `floor`. A letter that belongs
/// to an escape of JSON (`\n`) is not part of it.
pub(crate) fn token(text: &[u8], at: usize, floor: usize) -> Range<usize> {
    let mut start = at;
    while start > floor && text[start - 1].is_ascii_alphanumeric() {
        start -= 1;
    }
    if coded(text, start + 2) && start + 2 <= at {
        start += 2;
    }
    if start < at && escaped(text, start) {
        start += 1;
    }
    Range {
        start,
        end: run(text, at, |b| b.is_ascii_alphanumeric()),
    }
}

/// Whether the byte at `at` is the letter of a JSON escape.
pub(crate) fn escaped(text: &[u8], at: usize) -> bool {
    at > 0
        && text[at - 1] == b'\\'
        && matches!(text.get(at), Some(b'n' | b'r' | b't' | b'b' | b'f'))
}

/// Whether what ends before `at` is a byte in the coding of URLs, e.g. `%20`.
pub(crate) fn coded(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(3).and_then(|from| text.get(from..at));
    matches!(before, Some([b'%', high, low]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

/// The end of the coded byte that the digit at `at` is a part of, if it is.
pub(crate) fn inside_coded(text: &[u8], at: usize) -> Option<usize> {
    let percent = |back: usize| at.checked_sub(back).map(|at| text[at]) == Some(b'%');
    match (percent(1), percent(2)) {
        (true, _) if coded(text, at + 2) => Some(at + 2),
        (_, true) if coded(text, at + 1) => Some(at + 1),
        _ => None,
    }
}

/// The end of a number at `at` that cannot be anything and stands alone: most numbers are too short,
/// or the beginning of a code with letters.
pub(crate) fn plain(text: &[u8], at: usize) -> Option<usize> {
    let end = run(text, at, |b| b.is_ascii_digit());
    let next = text.get(end).copied();
    let length = end - at;
    if next.is_some_and(|b| b.is_ascii_alphabetic()) && !matches!(length, 6 | 8 | 17) {
        return Some(run(text, end, |b| b.is_ascii_alphanumeric()));
    }
    let grouped =
        next.is_some_and(is_separator) && text.get(end + 1).is_some_and(u8::is_ascii_digit);
    let dialled = matches!(text[..at].last(), Some(b'+' | b'(' | b'B' | b'b'));
    let signed = length == 6 && matches!(next, Some(b'-' | b'+' | b'A'..=b'Z'));
    (length < 7 && !grouped && !dialled && !signed).then_some(end)
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/')
}

/// The end of the bytes from `at` on that are `like`.
pub(crate) fn run(text: &[u8], at: usize, like: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| like(**b)).count()
}

/// Whether nothing to the left of `from` says that what begins there is a part of something longer.
pub(crate) fn free_left(text: &[u8], from: usize) -> bool {
    let Some(&before) = from.checked_sub(1).and_then(|at| text.get(at)) else {
        return true;
    };
    match before {
        b'_' | b'@' | b'#' => false,
        b'-' | b'.' | b'/' => !from
            .checked_sub(2)
            .and_then(|at| text.get(at))
            .is_some_and(u8::is_ascii_alphanumeric),
        byte => !byte.is_ascii_alphanumeric() || escaped(text, from - 1) || coded(text, from),
    }
}

/// The same for what follows `to`.
pub(crate) fn free_right(text: &[u8], to: usize) -> bool {
    let next = text.get(to + 1);
    match text.get(to) {
        None => true,
        Some(b'_' | b'@') => false,
        Some(b'-' | b'.' | b'/') => !next.is_some_and(u8::is_ascii_alphanumeric),
        Some(byte) => !byte.is_ascii_alphanumeric(),
    }
}

/// Groups of digits with the same separator between them.
#[derive(Debug)]
pub(crate) struct Sequence {
    digits: [u8; DIGITS_MAX],
    count: usize,
    /// Each group's first byte, the byte after its last, and its first digit.
    groups: [(usize, usize, usize); GROUPS_MAX],
    len: usize,
    separator: Option<u8>,
    end: usize,
}

/// Some groups of a sequence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window<'s> {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) digits: &'s [u8],
    groups: &'s [(usize, usize, usize)],
    pub(crate) separator: Option<u8>,
    /// The sequence has no other groups.
    pub(crate) whole: bool,
}

impl Sequence {
    /// Reads on from the digit at `at`.
    pub(crate) fn read(text: &[u8], at: usize) -> Self {
        let mut out = Sequence {
            digits: [0; DIGITS_MAX],
            count: 0,
            groups: [(0, 0, 0); GROUPS_MAX],
            len: 0,
            separator: None,
            end: at,
        };
        let mut from = at;
        loop {
            let to = run(text, from, |b| b.is_ascii_digit());
            let room = out.len < GROUPS_MAX && out.count + (to - from) <= DIGITS_MAX;
            if !room {
                // A run that is too long by itself is passed over whole.
                if out.len == 0 {
                    out.end = to;
                }
                return out;
            }
            out.groups[out.len] = (from, to, out.count);
            out.len += 1;
            for &byte in &text[from..to] {
                out.digits[out.count] = byte - b'0';
                out.count += 1;
            }
            out.end = to;
            let separator = text.get(to).copied();
            let same = out.separator.is_none() || out.separator == separator;
            let known = separator.is_some_and(is_separator);
            if !(same && known && text.get(to + 1).is_some_and(u8::is_ascii_digit)) {
                return out;
            }
            out.separator = separator;
            from = to + 1;
        }
    }

    /// Whether it is but a run of digits that is too long for anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where to look on: after the first group if there may be more behind the last one read.
    pub(crate) fn end(&self) -> usize {
        if self.len == GROUPS_MAX {
            self.groups[0].1
        } else {
            self.end
        }
    }

    /// Digits of all groups.
    pub(crate) fn digits(&self) -> usize {
        self.count
    }

    /// Digits of the first group.
    pub(crate) fn first_group(&self) -> usize {
        self.groups[0].1 - self.groups[0].0
    }

    pub(crate) fn start(&self) -> usize {
        self.groups[0].0
    }

    fn window(&self, first: usize, last: usize) -> Option<Window<'_>> {
        let groups = self.groups.get(first..=last)?;
        let (from, to) = (groups.first()?, groups.last()?);
        let end = to.2 + (to.1 - to.0);
        Some(Window {
            from: from.0,
            to: to.1,
            digits: self.digits.get(from.2..end)?,
            groups,
            separator: self.separator.filter(|_| first < last),
            whole: first == 0 && last + 1 == self.len && self.len < GROUPS_MAX,
        })
    }

    /// All stretches of whole groups with `min` to `max` digits, the leftmost and longest first.
    pub(crate) fn windows(&self, min: usize, max: usize) -> impl Iterator<Item = Window<'_>> {
        let starts = 0..self.len;
        let pairs = starts.flat_map(move |first| (first..self.len).rev().map(move |l| (first, l)));
        pairs
            .filter_map(move |(first, last)| self.window(first, last))
            .filter(move |w| (min..=max).contains(&w.digits.len()))
    }
}

impl Window<'_> {
    /// Whether it has groups of these lengths.
    pub(crate) fn is_grouped(&self, lengths: &[usize]) -> bool {
        self.groups.len() == lengths.len()
            && self
                .groups
                .iter()
                .zip(lengths)
                .all(|((from, to, _), length)| to - from == *length)
    }

    pub(crate) fn is_one_group(&self) -> bool {
        self.groups.len() == 1
    }

    /// The length of a group.
    pub(crate) fn group(&self, at: usize) -> usize {
        self.groups.get(at).map_or(0, |(from, to, _)| to - from)
    }

    pub(crate) fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// Whether it stands by itself in `text`.
    pub(crate) fn is_free(&self, text: &[u8]) -> bool {
        free_left(text, self.from) && free_right(text, self.to)
    }
}

/// The first payment card of a sequence.
pub(crate) fn card(text: &[u8], sequence: &Sequence) -> Option<(usize, usize)> {
    if sequence.digits() < 14 {
        return None;
    }
    let grouped = |w: &Window<'_>| {
        let in_fours = w.is_grouped(&[4, 4, 4, 4])
            || w.is_grouped(&[4, 4, 4, 4, 3])
            || w.is_grouped(&[4, 6, 5])
            || w.is_grouped(&[4, 6, 4]);
        w.is_one_group() || (in_fours && matches!(w.separator, Some(b' ' | b'-')))
    };
    sequence
        .windows(14, 19)
        .find(|w| grouped(w) && is_card(w.digits) && w.is_free(text))
        .map(|w| (w.from, w.to))
}

/// Whether digits begin like the numbers of a card scheme, have its length and a right check digit.
/// Schemes whose ranges hold for anything (old Maestro, thirteen digits of Visa, which are also
/// articles of trade) are left out.
pub(crate) fn is_card(digits: &[u8]) -> bool {
    let head = |n: usize| checks::number(digits.get(..n).unwrap_or_default());
    let scheme = match (head(4), digits.len()) {
        // Visa; Mastercard.
        (4000..=4999, 16 | 19) | (5100..=5599 | 2221..=2720, 16) => true,
        // American Express; Diners Club.
        (3400..=3499 | 3700..=3799, 15) | (3000..=3059 | 3600..=3699 | 3800..=3999, 14) => true,
        // Discover; JCB; UnionPay.
        (6011 | 6440..=6599, 16) | (3528..=3589, 16) | (6200..=6299, 16..=19) => true,
        // Maestro, the ranges still issued.
        (5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763, 16..=19) => true,
        _ => false,
    };
    scheme && checks::luhn(digits)
}
