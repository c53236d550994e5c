//! The law of distances without a change.

use super::*;

/// Equally spaced values: the pooled distribution is that of uniform numbers.
fn uniform(n: usize) -> (Vec<f64>, Vec<f64>) {
    let at = |k: usize, shift: f64| (k as f64 + shift) / n as f64;
    let side = |shift| (0..n).map(|k| at(k, shift)).collect();
    (side(0.25), side(0.75))
}

#[test]
fn moments_of_the_uniform_bridge_are_the_known_ones() {
    let (a, b) = uniform(50_000);
    let bridge = Bridge::new(&a, &b, 1.0);
    let weights: Vec<f64> = bridge.cells.iter().map(Cell::weight).collect();
    let step = bridge.step;
    let mean = FRAC_2_PI.sqrt() * weights.iter().sum::<f64>();
    // Shepp (1982): √(2π) / 8, 7/60 and 21 √(2π) / 1024 of ∫|B|.
    let (first, second) = ((2.0 * std::f64::consts::PI).sqrt() / 8.0, 7.0 / 60.0);
    assert!((mean / first - 1.0).abs() < 1e-4, "{mean}");
    let got = variance(&weights, step);
    let want = second - first * first;
    assert!((got / want - 1.0).abs() < 2e-3, "{got} {want}");
    let third = 21.0 * (2.0 * std::f64::consts::PI).sqrt() / 1024.0;
    let cumulant = third - 3.0 * first * second + 2.0 * first.powi(3);
    let got = skewness(&weights, step);
    assert!(
        (got / (cumulant / want.powf(1.5)) - 1.0).abs() < 0.03,
        "{got}"
    );
}

#[test]
fn tails_of_the_uniform_bridge_are_near_the_tables() {
    let (a, b) = uniform(50_000);
    let bridge = Bridge::new(&a, &b, 1.0);
    // Johnson and Killeen (1983) for ∫|B|, Anderson and Darling (1952) for ∫B².
    for (x, p) in [(0.4990, 0.1), (0.5821, 0.05), (0.7518, 0.01)] {
        let got = bridge.of_absolute(x * bridge.scale);
        assert!((got / p - 1.0).abs() < 0.15, "{x}: {got}");
    }
    for (x, p) in [
        (0.347_30, 0.1),
        (0.461_36, 0.05),
        (0.743_46, 0.01),
        (1.167_9, 0.001),
    ] {
        let got = bridge.of_squares(x * bridge.scale * bridge.scale);
        assert!((got / p - 1.0).abs() < 0.15, "{x}: {got}");
    }
}

#[test]
fn two_values_give_the_law_of_a_difference_of_shares() {
    let side = |ones: usize| -> Vec<f64> {
        (0..1_000)
            .map(|k| f64::from(u8::from(k >= 1_000 - ones)))
            .collect()
    };
    let (a, b) = (side(300), side(340));
    let bridge = Bridge::new(&a, &b, 1.0);
    let share: f64 = 0.32;
    let z = 0.04 / (share * (1.0 - share) * 0.002).sqrt();
    let got = bridge.of_absolute(0.04);
    assert!((got / (2.0 * normal_sf(z)) - 1.0).abs() < 0.1, "{got}");
}

#[test]
fn moments_of_products_have_their_known_limits() {
    let mean = FRAC_2_PI.sqrt();
    assert!(
        (product_of_two(1.0) - 1.0).abs() < 1e-12
            && (product_of_two(0.0) - FRAC_2_PI).abs() < 1e-12
    );
    assert!((product_of_three(0.0, 0.0) - mean.powi(3)).abs() < 1e-12);
    assert!((product_of_three(1.0, 0.5) - mean * 1.25).abs() < 1e-12);
    assert!((product_of_three(1.0, 1.0) - 2.0 * mean).abs() < 1e-12);
}

#[test]
fn cells_cover_all_values_whatever_the_sizes() {
    for (n, m) in [(1, 1), (1, 5), (7, 2), (40, 900), (3_000, 3_000)] {
        let side =
            |n: usize, by: f64| -> Vec<f64> { (0..n).map(|k| (k as f64 * by).sin()).collect() };
        let (mut a, mut b) = (side(n, 1.3), side(m, 0.7));
        a.sort_unstable_by(f64::total_cmp);
        b.sort_unstable_by(f64::total_cmp);
        let bridge = Bridge::new(&a, &b, 1.0);
        let width: f64 = bridge.cells.iter().map(|cell| cell.width).sum();
        let range = a[n - 1].max(b[m - 1]) - a[0].min(b[0]);
        assert!((width - range).abs() < 1e-12, "{n} {m}: {width} {range}");
        assert_eq!(
            (bridge.cuts[0].0 + bridge.cuts[0].1, bridge.cuts.last()),
            (1, Some(&(n, m)))
        );
        assert!(
            bridge
                .cells
                .iter()
                .all(|c| c.width >= 0.0 && (0.0..=1.0).contains(&c.share))
        );
        assert_eq!(bridge.middle.is_some(), n.min(m) >= 10);
    }
}
