//! Products of columns, in lanes so that additions need not wait for each other.

const LANES: usize = 8;

/// Σ aᵢ·bᵢ over the shorter of both.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let rows = a.len().min(b.len());
    let (a, b) = (&a[..rows], &b[..rows]);
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

/// The dot products of `a` with four columns at once, so that `a` is read once.
pub(crate) fn dots(a: &[f64], others: [&[f64]; 4]) -> [f64; 4] {
    const WIDE: usize = 4;
    let mut sums = [[0.0; WIDE]; 4];
    let (a_lanes, a_rest) = a.as_chunks::<WIDE>();
    let [b, c, d, e] = others.map(|other| other[..a.len()].as_chunks::<WIDE>());
    let lanes = a_lanes.iter().zip(b.0).zip(c.0).zip(d.0).zip(e.0);
    for ((((a, b), c), d), e) in lanes {
        for lane in 0..WIDE {
            sums[0][lane] += a[lane] * b[lane];
            sums[1][lane] += a[lane] * c[lane];
            sums[2][lane] += a[lane] * d[lane];
            sums[3][lane] += a[lane] * e[lane];
        }
    }
    let rests = [b.1, c.1, d.1, e.1];
    let mut made = [0.0; 4];
    for ((made, sums), rest) in made.iter_mut().zip(sums).zip(rests) {
        let rest: f64 = a_rest.iter().zip(rest).map(|(a, b)| a * b).sum();
        *made = sums.iter().sum::<f64>() + rest;
    }
    made
}

/// Adds `by` times `a` to `to`.
pub(crate) fn add_scaled(to: &mut [f64], by: f64, a: &[f64]) {
    for (to, a) in to.iter_mut().zip(a) {
        *to += by * a;
    }
}

/// Adds four scaled columns to `to`, so that `to` is read and written once.
pub(crate) fn add_scaled_four(to: &mut [f64], by: [f64; 4], columns: [&[f64]; 4]) {
    let [a, b, c, d] = columns;
    let columns = a.iter().zip(b).zip(c.iter().zip(d));
    for (to, ((a, b), (c, d))) in to.iter_mut().zip(columns) {
        *to += (by[0] * a + by[1] * b) + (by[2] * c + by[3] * d);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_at_once_are_four_one_by_one() {
        for rows in [0, 1, 7, 8, 29] {
            let column = |k: usize| (0..rows).map(|i| ((i * k) % 7) as f64).collect::<Vec<_>>();
            let columns: Vec<_> = (1..6).map(column).collect();
            let four = [&*columns[1], &columns[2], &columns[3], &columns[4]];
            let made = dots(&columns[0], four).map(f64::to_bits);
            assert_eq!(made, four.map(|other| dot(&columns[0], other).to_bits()));
            let (mut one, mut other) = (columns[0].clone(), columns[0].clone());
            add_scaled_four(&mut one, [1.0, 2.0, 3.0, 4.0], four);
            for (by, column) in [1.0, 2.0, 3.0, 4.0].into_iter().zip(four) {
                add_scaled(&mut other, by, column);
            }
            assert_eq!(one, other);
        }
    }
}
