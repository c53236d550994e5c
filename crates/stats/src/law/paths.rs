//! The law of the largest gap between two empirical distributions, by counting paths.
//!
//! Two samples of `m` and `n` rows without ties are a path from (0, 0) to (m, n): one step for each row
//! in ascending order. If both come from one source, all paths are as likely. The gap reaches `d` where
//! the path touches one of two lines.

/// Most cells of the lattice that are worked off; more is left to another law.
const CELLS_MAX: f64 = 4e8;
/// A probability of one. Far above it, so that probabilities down to 1e-308 keep their digits.
const ONE: f64 = 9.745_314_011_4e288; // About 2⁹⁶⁰.
/// Smaller values are nothing, before they become subnormal and slow.
const NOTHING: f64 = 1e-290;

/// P(D ≥ d) of the two-sided gap between samples of `m` and `n` rows without ties; conservative with
/// ties. Right to about ten digits down to 1e-308. `None` if `m` and `n` differ and the lattice is too large (4e8 cells between
/// the lines); 1 if a side has no rows.
pub fn ks_exact_sf(d: f64, m: u64, n: u64) -> Option<f64> {
    exact(d, m, n, true)
}

/// P(D⁺ ≥ d) of the one-sided gap; as [`ks_exact_sf`] otherwise.
pub fn ks_exact_one_sided_sf(d: f64, m: u64, n: u64) -> Option<f64> {
    exact(d, m, n, false)
}

fn exact(d: f64, m: u64, n: u64, both: bool) -> Option<f64> {
    let (m, n) = (m.min(n), m.max(n));
    if m == 0 || d.is_nan() {
        return Some(1.0);
    }
    let divisor = greatest_divisor(m, n);
    let whole = m as f64 / divisor as f64 * n as f64;
    let reach = (d * whole).round();
    if reach < 1.0 || reach > whole {
        return Some(f64::from(u8::from(reach < 1.0)));
    }
    if m == n {
        return Some(reflected(n, reach as u64, both));
    }
    let slope = (m / divisor) as f64 + (n / divisor) as f64;
    let width = if both {
        2.0 * reach / slope + 1.0
    } else {
        f64::INFINITY
    };
    if width.min(m as f64) * (m as f64 + n as f64) > CELLS_MAX {
        return None;
    }
    let reduced = ((m / divisor) as i64, (n / divisor) as i64);
    let touched = touched((m as usize, n as usize), reduced, reach as i64, both);
    Some(touched.min(1.0))
}

fn greatest_divisor(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// For equal sizes, by reflection (Gnedenko and Korolyuk 1951): the alternating sum of
/// `C(2n, n − k h) / C(2n, n)`, from the inside out.
fn reflected(n: u64, h: u64, both: bool) -> f64 {
    let mut sum = 0.0;
    let turns = if both { n / h } else { 1 };
    for k in (0..turns).rev() {
        let mut ratio = 1.0;
        for step in k * h..(k + 1) * h {
            ratio *= (n - step) as f64 / (n + step + 1) as f64;
        }
        sum = ratio * (1.0 - sum);
    }
    let sides = if both { 2.0 } else { 1.0 };
    (sides * sum).clamp(0.0, 1.0)
}

/// The share of paths that touch a line.
///
/// The share at a cell is the mean of those at the two cells before it, weighted by the steps that lead
/// there (Hodges 1958), and one outside the lines: nothing is subtracted, so that the smallest shares
/// keep their digits. Cells of equal `i + j` depend only on those before them and are worked off
/// together.
fn touched((m, n): (usize, usize), (mg, ng): (i64, i64), h: i64, both: bool) -> f64 {
    let counts: Vec<f64> = (0..=m).map(|i| i as f64).collect();
    // The cell of i lies at i + 1, between two that stand for outside.
    let mut old = vec![ONE; m + 3];
    let mut new = old.clone();
    old[1] = 0.0;
    for s in 1..=m + n {
        let level = s as i64 * mg;
        let high = ((h + level - 1) / (mg + ng)).min(m.min(s) as i64) as usize;
        let line = if both && level >= h {
            ((level - h) / (mg + ng) + 1) as usize
        } else {
            0
        };
        let low = line.max(s.saturating_sub(n));
        if low > high {
            return 1.0;
        }
        advance(
            (&old[low..=high], &old[low + 1..=high + 1]),
            &counts[low..=high],
            s as f64,
            &mut new[low + 1..=high + 1],
        );
        new[low] = ONE;
        new[high + 2] = ONE;
        std::mem::swap(&mut old, &mut new);
    }
    old[m + 1] / ONE
}

fn advance((left, below): (&[f64], &[f64]), counts: &[f64], steps: f64, new: &mut [f64]) {
    let inverse = 1.0 / steps;
    for (((new, left), below), count) in new.iter_mut().zip(left).zip(below).zip(counts) {
        let share = (left * count + below * (steps - count)) * inverse;
        *new = if share < NOTHING { 0.0 } else { share };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares of all orders of `m` and `n` rows whose gap reaches `h / (m n)`.
    fn by_enumeration(m: u32, n: u32, h: i64, both: bool) -> f64 {
        let (mut reached, mut all) = (0, 0);
        for order in 0_u32..1 << (m + n) {
            if order.count_ones() != m {
                continue;
            }
            let (mut i, mut j, mut most) = (0_i64, 0_i64, 0);
            for step in 0..m + n {
                if order >> step & 1 == 1 {
                    i += 1
                } else {
                    j += 1
                }
                let gap = i * i64::from(n) - j * i64::from(m);
                most = most.max(if both { gap.abs() } else { gap });
            }
            all += 1;
            reached += i32::from(most >= h);
        }
        f64::from(reached) / f64::from(all)
    }

    #[test]
    fn all_orders_counted_one_by_one_give_the_same_shares() {
        for (m, n) in [(1, 1), (1, 4), (5, 5), (4, 6), (5, 7), (6, 8)] {
            for h in 1..=i64::from(m * n) {
                let d = h as f64 / f64::from(m * n);
                for both in [true, false] {
                    let want = by_enumeration(m, n, h, both);
                    // The gap is a multiple of 1 / lcm: take the next one that it can reach.
                    let step = greatest_divisor(u64::from(m), u64::from(n)) as f64;
                    let next = (d * f64::from(m * n) / step).ceil() * step / f64::from(m * n);
                    let got = exact(next, u64::from(m), u64::from(n), both).unwrap();
                    assert!(
                        (got - want).abs() < 1e-14,
                        "{m} {n} {h} {both}: {got} {want}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_farthest_tail_keeps_its_digits() {
        // Samples that do not overlap: two orders of C(m + n, n), one of them on each side.
        let log = |k: u64| (1..=k).map(|i| (i as f64).ln()).sum::<f64>();
        for (m, n) in [(500_u64, 510_u64), (400, 640), (512, 512)] {
            let want = (2.0_f64.ln() + log(m) + log(n) - log(m + n)).exp();
            let got = ks_exact_sf(1.0, m, n).unwrap();
            assert!(
                want < 1e-290 && (got / want - 1.0).abs() < 1e-9,
                "{got:e} {want:e}"
            );
        }
        assert_eq!(ks_exact_sf(1.0, 10_000, 9_999), Some(0.0));
        assert_eq!(ks_exact_sf(0.3, 10_000_000, 9_999_999), None);
        assert_eq!(ks_exact_sf(0.0, 10, 3), Some(1.0));
    }

    #[test]
    fn nearly_equal_sizes_have_nearly_the_same_law() {
        let near = ks_exact_sf(0.03, 10_000, 9_999).unwrap();
        let same = ks_exact_sf(0.03, 10_000, 10_000).unwrap();
        assert!((near / same - 1.0).abs() < 0.05, "{near} {same}");
    }
}
