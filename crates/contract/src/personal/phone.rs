//! Telephone numbers.

use super::digits::{Sequence, Window, free_left, free_right};

/// Most digits of a number with its calling code (ITU-T E.164).
const DIGITS_MAX: usize = 15;

/// A number as it would be dialled: its digits, and where it ends.
struct Dialled {
    digits: [u8; DIGITS_MAX],
    count: usize,
    end: usize,
    separated: bool,
}

/// Reads the digits from `at` on, through what people put between them.
fn dial(text: &[u8], at: usize, max: usize) -> Dialled {
    let mut out = Dialled {
        digits: [0; DIGITS_MAX],
        count: 0,
        end: at,
        separated: false,
    };
    let mut from = at;
    loop {
        let to = super::digits::run(text, from, |b| b.is_ascii_digit());
        if out.count + (to - from) > max.min(DIGITS_MAX) {
            return out;
        }
        for &byte in &text[from..to] {
            out.digits[out.count] = byte - b'0';
            out.count += 1;
        }
        out.end = to;
        let gap = super::digits::run(text, to, |b| b" -./()".contains(&b));
        let on = (1..=2).contains(&(gap - to)) && text.get(gap).is_some_and(u8::is_ascii_digit);
        if !on {
            return out;
        }
        out.separated = true;
        from = gap;
    }
}

/// The number that begins with the sequence. `named` tells whether a word says that one comes.
pub(crate) fn at(
    text: &[u8],
    sequence: &Sequence,
    floor: usize,
    named: impl FnOnce() -> bool,
) -> Option<(usize, usize)> {
    let start = sequence.start();
    let before = &text[floor..start];
    for plus in ["+", "%2B", "%2b"] {
        if before.ends_with(plus.as_bytes()) {
            return abroad(text, start, start - plus.len());
        }
    }
    if before.ends_with(b"(")
        && let Some(found) = in_brackets(text, start)
    {
        return Some(found);
    }
    if sequence.digits() >= 9
        && let Some(found) = grouped(text, sequence)
    {
        return Some(found);
    }
    let (out_of_country, named) = (text[start..].starts_with(b"00"), named());
    if !free_left(text, start) || !(out_of_country || named) {
        return None;
    }
    let dialled = dial(text, start, DIGITS_MAX);
    let told = dialled.separated && dialled.count >= 10 && is_calling_code(&dialled.digits[2..]);
    let sound = (named && dialled.count >= 7) || (out_of_country && told);
    (sound && free_right(text, dialled.end)).then_some((start, dialled.end))
}

/// A number with `+`, which stands at `from`.
fn abroad(text: &[u8], start: usize, from: usize) -> Option<(usize, usize)> {
    let before = from.checked_sub(1).and_then(|at| text.get(at));
    if before.is_some_and(|b| b.is_ascii_alphanumeric() && !super::digits::escaped(text, from - 1))
    {
        return None;
    }
    let american = text[start] == b'1';
    let dialled = dial(text, start, if american { 11 } else { DIGITS_MAX });
    let least = match (american, dialled.separated) {
        (true, _) => 11,
        (false, true) => 8,
        (false, false) => 9,
    };
    let sound = dialled.count >= least && is_calling_code(&dialled.digits);
    (sound && free_right(text, dialled.end)).then_some((from, dialled.end))
}

/// Whether digits begin with a calling code: those of no zone, and the three groups of ten that
/// nobody has.
fn is_calling_code(digits: &[u8]) -> bool {
    !matches!(digits, [0, ..] | [2, 8, ..] | [8, 3 | 9, ..])
}

/// `(212) 555-0123`, with the bracket before `start`.
fn in_brackets(text: &[u8], start: usize) -> Option<(usize, usize)> {
    let dialled = dial(text, start, 10);
    let closed = text.get(start + 3) == Some(&b')');
    let sound = closed && dialled.count == 10 && is_american(&dialled.digits);
    (sound && free_right(text, dialled.end)).then_some((start - 1, dialled.end))
}

/// Area and exchange codes of the North American Numbering Plan begin with 2 to 9.
fn is_american(digits: &[u8]) -> bool {
    matches!(digits, [2..=9, _, _, 2..=9, ..])
}

/// Numbers that are known by their groups alone.
fn grouped(text: &[u8], sequence: &Sequence) -> Option<(usize, usize)> {
    let known = |w: &Window<'_>| is_grouped_american(w) || is_french(w) || has_trunk_zero(w);
    sequence
        .windows(9, 12)
        .find(|w| known(w) && w.is_free(text))
        .map(|w| (w.from, w.to))
}

fn is_grouped_american(w: &Window<'_>) -> bool {
    let digits = match w.digits {
        [1, rest @ ..] if w.is_grouped(&[1, 3, 3, 4]) => rest,
        all if w.is_grouped(&[3, 3, 4]) => all,
        _ => return false,
    };
    matches!(w.separator, Some(b'-' | b'.')) && is_american(digits)
}

/// `01 23 45 67 89`.
fn is_french(w: &Window<'_>) -> bool {
    w.is_grouped(&[2; 5]) && matches!(w.digits, [0, 1..=9, ..])
}

/// `030 1234567`, `0171/1234567`, `020 7946 0958`: an area of three to five digits, then groups of
/// three or more.
fn has_trunk_zero(w: &Window<'_>) -> bool {
    matches!(w.separator, Some(b' ' | b'/'))
        && matches!(w.digits, [0, 1..=9, ..])
        && (3..=5).contains(&w.group(0))
        && (2..=4).contains(&w.group_count())
        && (1..w.group_count()).all(|at| w.group(at) >= 3)
}
