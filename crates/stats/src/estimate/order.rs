//! Rows in the order of their scores, and of their windows.

use super::scan::Line;

/// So few lines are sorted by comparing.
const FEW: usize = 512;
/// Bits that one pass looks at.
const DIGIT: u32 = 11;
const DIGITS: usize = 1 << DIGIT;
/// Passes over the upper half of a key.
const PASSES: usize = 3;

/// The upper half of a key whose order is that of the numbers, −0 and 0 being one.
fn upper(x: f64) -> u32 {
    let bits = (x + 0.0).to_bits();
    let key = if bits >> 63 == 1 {
        !bits
    } else {
        bits | (1 << 63)
    };
    (key >> 32) as u32
}

/// Sorts lines by score; equal scores keep their order.
///
/// The upper halves of the scores are sorted digit by digit together with places, the lines are moved once,
/// and neighbours that differ only in the lower half are sorted by comparing.
pub(super) fn sort(lines: &mut [Line]) {
    if lines.len() <= FEW || lines.len() > u32::MAX as usize {
        lines.sort_by(|a, b| a.score.total_cmp(&b.score));
        return;
    }
    let keys = lines.iter().enumerate();
    let mut items: Vec<u64> = keys
        .map(|(at, line)| u64::from(upper(line.score)) << 32 | at as u64)
        .collect();
    by_digits(&mut items);
    let moved: Vec<Line> = items
        .iter()
        .map(|item| lines[*item as u32 as usize])
        .collect();
    lines.copy_from_slice(&moved);
    let mut at = 1;
    while at < lines.len() {
        if lines[at].score >= lines[at - 1].score {
            at += 1;
            continue;
        }
        let same = upper(lines[at].score);
        let from = lines[..at].iter().rposition(|l| upper(l.score) != same);
        let to = lines[at..].iter().position(|l| upper(l.score) != same);
        let (from, to) = (
            from.map_or(0, |f| f + 1),
            to.map_or(lines.len(), |t| at + t),
        );
        lines[from..to].sort_by(|a, b| a.score.total_cmp(&b.score));
        at = to;
    }
}

/// Least digits first; a digit that all keys share is skipped.
fn by_digits(items: &mut Vec<u64>) {
    let digit = |item: u64, pass: usize| (item >> (32 + pass as u32 * DIGIT)) as usize % DIGITS;
    let mut counts = vec![[0_u32; DIGITS]; PASSES];
    for item in items.iter() {
        for (pass, counts) in counts.iter_mut().enumerate() {
            counts[digit(*item, pass)] += 1;
        }
    }
    let mut spare = vec![0; items.len()];
    for (pass, starts) in counts.iter_mut().enumerate() {
        if starts.iter().any(|n| *n as usize == items.len()) {
            continue;
        }
        let mut end = 0;
        for start in starts.iter_mut() {
            (*start, end) = (end, end + *start);
        }
        for &item in items.iter() {
            let at = &mut starts[digit(item, pass)];
            spare[*at as usize] = item;
            *at += 1;
        }
        std::mem::swap(items, &mut spare);
    }
}

/// Lines by window, within one in the order in which they come, and where each of `windows` ends. All are
/// of such a window.
pub(super) fn by_window(lines: &[Line], windows: usize) -> (Vec<Line>, Vec<usize>) {
    let mut ends = vec![0_usize; windows + 1];
    for line in lines {
        ends[line.window as usize + 1] += 1;
    }
    let mut end = 0;
    for count in &mut ends {
        end += *count;
        *count = end;
    }
    let mut placed = vec![Line::default(); end];
    for line in lines {
        // Starts move up to ends while the windows fill.
        let at = &mut ends[line.window as usize];
        placed[*at] = *line;
        *at += 1;
    }
    ends.pop();
    (placed, ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn lines(scores: impl IntoIterator<Item = f64>) -> Vec<Line> {
        let lines = scores.into_iter().enumerate();
        lines
            .map(|(at, score)| Line {
                score: score + 0.0,
                window: at as u32 % 3,
                ..Line::default()
            })
            .collect()
    }

    #[test]
    fn many_rows_are_ordered_as_few_are() {
        let mut random = Random::new(3, 0);
        let mut scores: Vec<f64> = (0..5_000).map(|_| random.unit() * 4.0 - 2.0).collect();
        // Scores that differ in their last bits only, and equal ones.
        scores.extend((0..3_000).map(|_| 0.7 + random.unit() * 1e-13));
        scores.extend((0..3_000).map(|at| f64::from(at % 5) * 0.1));
        scores.extend([-0.0, 0.0, -1e300, 1e300, f64::MIN_POSITIVE]);
        let mut got = lines(scores);
        let mut want = got.clone();
        want.sort_by(|a, b| a.score.total_cmp(&b.score));
        sort(&mut got);
        assert_eq!(got, want);
    }

    #[test]
    fn windows_keep_the_order_of_their_rows() {
        let (placed, ends) = by_window(&lines([5.0, 1.0, 4.0, 2.0]), 4);
        let scores: Vec<f64> = placed.iter().map(|line| line.score).collect();
        assert_eq!((scores, ends), (vec![5.0, 2.0, 1.0, 4.0], vec![2, 3, 4, 4]));
        assert_eq!(by_window(&[], 0), (vec![], vec![]));
    }
}
