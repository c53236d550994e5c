//! Change points of a whole history.

use super::band::{median, spread};
use super::cost::{Cost, Sums};

/// Segments have at least so many values.
const SHORTEST: usize = 5;
/// Longer series are searched on a grid of so many places first.
const PLACES: usize = 10_000;

/// How change points are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// The best segmentation there is (PELT, Killick, Fearnhead and Eckley 2012).
    Pelt,
    /// The best cut, then the best one of each part, and so on (Scott and Knott 1974).
    Binary,
}

/// A series cut into segments of one level each.
#[derive(Debug, Clone, PartialEq)]
pub struct Segmentation {
    /// First positions of all segments but the first, ascending.
    pub changes: Vec<usize>,
    /// The mean of each segment; none without values.
    pub levels: Vec<f64>,
    /// What a change had to be worth: three times the logarithm of the number of values.
    pub penalty: f64,
    /// The standard deviation of the noise that was taken, autocorrelation included; 0 if there is none.
    pub scale: f64,
    /// Whether changes were found but a walk or a trend explains the series better; then there are none.
    pub walk: bool,
}

/// Cuts `series` where its level changes.
///
/// A change costs 3·ln n (the modified criterion of Zhang and Siegmund 2007: a level and a place). The noise is
/// estimated from differences, of neighbours and of means of blocks of n^⅓ values, by the median absolute
/// deviation: changes and outliers do not swell it, autocorrelation does. Counts are given more than a Poisson
/// law's variance in the same way. Levels with autocorrelated noise must explain the series better, by BIC,
/// than a walk with drift does. Segments have at least five values. What is not finite is left out. Series of
/// more than 10,000 values are cut on a grid first and each cut is moved to its best place thereafter.
pub fn change_points(series: &[f64], cost: Cost, search: Search) -> Segmentation {
    let places: Vec<usize> = (0..series.len())
        .filter(|at| series.get(*at).is_some_and(|x| x.is_finite()))
        .collect();
    let values: Vec<f64> = places
        .iter()
        .filter_map(|at| series.get(*at).copied())
        .collect();
    let n = values.len();
    let middle = median(&mut values.clone()).unwrap_or_default();
    let scale = noise(&values);
    let penalty = 3.0 * (n.max(2) as f64).ln();
    let mut made = Segmentation {
        changes: Vec::new(),
        levels: Vec::new(),
        penalty,
        scale,
        walk: false,
    };
    let mut cuts = Vec::new();
    if n >= 2 * SHORTEST && scale > 0.0 {
        let sums = Sums::new(&values, cost, middle, scale);
        let price = penalty * dispersion(cost, &values, scale);
        cuts = match search {
            Search::Pelt => pelt(&sums, price),
            Search::Binary => binary(&sums, price),
        };
        polish(&sums, &mut cuts);
        if !cuts.is_empty() && is_walk(&values, &cuts, middle, scale) {
            cuts.clear();
            made.walk = true;
        }
    }
    made.levels = levels(&values, &cuts);
    made.changes = cuts
        .iter()
        .filter_map(|cut| places.get(*cut).copied())
        .collect();
    made
}

/// The standard deviation of independent noise that moves means as much as this series' noise does.
fn noise(values: &[f64]) -> f64 {
    let block = ((values.len() as f64).cbrt().round() as usize).max(2);
    let means: Vec<f64> = values.chunks_exact(block).map(mean).collect();
    let blocks = of_differences(&means) * (block as f64).sqrt();
    of_differences(values).max(blocks).min(f64::MAX)
}

fn of_differences(values: &[f64]) -> f64 {
    let halves = values.windows(2).map(|w| match w {
        [a, b] => b / 2.0 - a / 2.0,
        _ => 0.0,
    });
    let halves: Vec<f64> = halves.collect();
    spread(&halves, 0.0) * std::f64::consts::SQRT_2
}

fn mean(values: &[f64]) -> f64 {
    let n = values.len().max(1) as f64;
    values.iter().map(|x| x / n).sum()
}

/// By how much the variance exceeds that of the cost's law.
fn dispersion(cost: Cost, values: &[f64], scale: f64) -> f64 {
    match cost {
        Cost::L2 => 1.0,
        Cost::Poisson => {
            let mean = mean(values);
            let factor = scale / mean * scale;
            if factor.is_finite() {
                factor.max(1.0)
            } else {
                1.0
            }
        }
    }
}

/// The best segmentation. Starts that can never win are dropped.
fn pelt(sums: &Sums, price: f64) -> Vec<usize> {
    let n = sums.n();
    let stride = n.div_ceil(PLACES);
    let shortest = SHORTEST.div_ceil(stride);
    let last = n / stride;
    let place = |at: usize| if at == last { n } else { at * stride };
    let mut best = vec![(f64::INFINITY, 0_usize); last + 1];
    if let Some(first) = best.first_mut() {
        *first = (-price, 0);
    }
    let mut starts: Vec<usize> = vec![0];
    for to in shortest..=last {
        let mut costs: Vec<(usize, f64)> = Vec::with_capacity(starts.len());
        for from in &starts {
            let before = best.get(*from).map_or(f64::INFINITY, |b| b.0);
            costs.push((*from, before + sums.of(place(*from), place(to))));
        }
        let least = costs.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        if let (Some((from, cost)), Some(slot)) = (least, best.get_mut(to)) {
            *slot = (cost + price, *from);
        }
        let bound = best.get(to).map_or(f64::INFINITY, |b| b.0);
        costs.retain(|(_, cost)| *cost <= bound);
        starts = costs.into_iter().map(|(from, _)| from).collect();
        starts.push(to + 1 - shortest);
        starts.dedup();
    }
    let mut cuts = Vec::new();
    let mut at = last;
    while let Some((_, from)) = best.get(at).filter(|_| at > 0) {
        at = *from;
        cuts.push(place(at));
    }
    cuts.retain(|cut| *cut > 0);
    cuts.reverse();
    cuts
}

/// Cuts the part whose best cut gains enough, then its parts.
fn binary(sums: &Sums, price: f64) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut parts = vec![(0, sums.n())];
    while let Some((from, to)) = parts.pop() {
        let Some((at, gain)) = best_cut(sums, from, to) else {
            continue;
        };
        if gain > price {
            cuts.push(at);
            parts.extend([(from, at), (at, to)]);
        }
    }
    cuts.sort_unstable();
    cuts
}

/// Where to cut `from..to`, and what it gains.
fn best_cut(sums: &Sums, from: usize, to: usize) -> Option<(usize, f64)> {
    let whole = sums.of(from, to);
    let gain = |at: usize| whole - sums.of(from, at) - sums.of(at, to);
    (from + SHORTEST..(to + 1).saturating_sub(SHORTEST))
        .map(|at| (at, gain(at)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

/// Moves each cut of a long series to its best place between its neighbours.
fn polish(sums: &Sums, cuts: &mut [usize]) {
    if sums.n() <= PLACES {
        return;
    }
    for at in 0..cuts.len() {
        let from = at.checked_sub(1).and_then(|at| cuts.get(at)).copied();
        let to = cuts.get(at + 1).copied().unwrap_or(sums.n());
        let moved = best_cut(sums, from.unwrap_or(0), to);
        if let (Some(cut), Some((place, _))) = (cuts.get_mut(at), moved) {
            *cut = place;
        }
    }
}

fn levels(values: &[f64], cuts: &[usize]) -> Vec<f64> {
    let ends = cuts.iter().copied().chain([values.len()]);
    let mut from = 0;
    let each = ends.map(|to| {
        let level = values.get(from..to).map(mean);
        from = to;
        level
    });
    each.flatten().filter(|_| !values.is_empty()).collect()
}

/// Whether a walk with drift explains the values better than levels with autocorrelated noise (BIC).
fn is_walk(values: &[f64], cuts: &[usize], middle: f64, scale: f64) -> bool {
    let values: Vec<f64> = values
        .iter()
        .map(|x| (x / scale - middle / scale).clamp(-1e100, 1e100))
        .collect();
    let n = values.len() as f64;
    let levels = levels(&values, cuts);
    let mut segment = 0;
    let rest: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(at, x)| {
            segment += usize::from(cuts.get(segment) == Some(&at));
            x - levels.get(segment).copied().unwrap_or_default()
        })
        .collect();
    let (mut same, mut next) = (0.0, 0.0);
    for pair in rest.windows(2) {
        if let [a, b] = pair {
            same += a * a;
            next += a * b;
        }
    }
    let kept = if same > 0.0 {
        (next / same).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let steps = |values: &[f64], kept: f64, drift: f64| {
        let step = values.windows(2).map(|w| match w {
            [a, b] => (b - kept * a - drift).powi(2),
            _ => 0.0,
        });
        (step.sum::<f64>() / (n - 1.0)).max(f64::MIN_POSITIVE).ln()
    };
    let drift = match (values.first(), values.last()) {
        (Some(first), Some(last)) => (last - first) / (n - 1.0),
        _ => 0.0,
    };
    let of_levels = n * steps(&rest, kept, 0.0) + (2 * cuts.len() + 2) as f64 * n.ln();
    let of_walk = n * steps(&values, 1.0, drift) + 2.0 * n.ln();
    of_walk < of_levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn noise(n: usize, seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed, 0);
        let normal = |r: &mut Random| (0..12).map(|_| r.unit()).sum::<f64>() - 6.0;
        (0..n).map(|_| normal(&mut random)).collect()
    }

    fn stepped(n: usize, seed: u64, steps: &[(usize, f64)]) -> Vec<f64> {
        let mut values = noise(n, seed);
        for (at, height) in steps {
            values.iter_mut().skip(*at).for_each(|x| *x += height);
        }
        values
    }

    #[test]
    fn both_searches_find_the_steps() {
        let values = stepped(400, 1, &[(100, 4.0), (250, -3.0)]);
        for search in [Search::Pelt, Search::Binary] {
            let found = change_points(&values, Cost::L2, search);
            assert_eq!(found.changes.len(), 2, "{found:?}");
            assert!(found.changes[0].abs_diff(100) <= 2 && found.changes[1].abs_diff(250) <= 2);
            assert!((found.levels[1] - 4.0).abs() < 0.5);
        }
    }

    #[test]
    fn pelt_is_as_good_as_trying_everything() {
        for seed in 0..20 {
            let values = stepped(24, seed, &[(9, 5.0), (16, -4.0)]);
            let sums = Sums::new(&values, Cost::L2, 0.0, 1.0);
            let cost = |cuts: &[usize]| {
                let ends = cuts.iter().copied().chain([24]);
                let mut from = 0;
                let each = ends.map(|to| sums.of(std::mem::replace(&mut from, to), to));
                each.sum::<f64>() + 9.0 * cuts.len() as f64
            };
            let mut least = cost(&[]);
            for a in 5..20 {
                least = least.min(cost(&[a]));
                for b in a + 5..20 {
                    least = least.min(cost(&[a, b]));
                    (b + 5..20).for_each(|c| least = least.min(cost(&[a, b, c])));
                }
            }
            let found = cost(&pelt(&sums, 9.0));
            assert!((found - least).abs() < 1e-9, "{seed}: {found} {least}");
        }
    }

    #[test]
    fn without_a_change_nothing_is_found() {
        let found = (0..200).filter(|seed| {
            let values = noise(150, *seed);
            !change_points(&values, Cost::L2, Search::Pelt)
                .changes
                .is_empty()
        });
        let found = found.count();
        assert!(found <= 10, "{found} of 200");
    }

    #[test]
    fn autocorrelated_noise_walks_and_trends_are_no_changes() {
        let mut found = 0;
        for seed in 0..60 {
            let (mut walk, mut kept) = (0.0, 0.0);
            let steps = noise(300, seed);
            let walks: Vec<f64> = steps
                .iter()
                .map(|x| {
                    walk += x;
                    walk
                })
                .collect();
            let smooth: Vec<f64> = steps
                .iter()
                .map(|x| {
                    kept = 0.6 * kept + x;
                    kept
                })
                .collect();
            let trend: Vec<f64> = (0..300)
                .map(|at| f64::from(at) + 0.1 * steps[at as usize])
                .collect();
            for values in [walks, smooth, trend] {
                found += usize::from(
                    !change_points(&values, Cost::L2, Search::Pelt)
                        .changes
                        .is_empty(),
                );
            }
        }
        assert!(found <= 20, "{found} of 180");
    }

    #[test]
    fn a_step_in_autocorrelated_noise_is_found() {
        let mut kept = 0.0;
        let smooth = noise(400, 3).into_iter().enumerate().map(|(at, x)| {
            kept = 0.7 * kept + x;
            kept + if at >= 200 { 10.0 } else { 0.0 }
        });
        let found = change_points(&smooth.collect::<Vec<_>>(), Cost::L2, Search::Pelt);
        assert_eq!(found.changes.len(), 1, "{found:?}");
        assert!(found.changes[0].abs_diff(200) <= 3);
    }

    #[test]
    fn counts_change_their_rate() {
        let mut random = Random::new(8, 0);
        let mut count =
            |rate: f64| (0..200).filter(|_| random.unit() < rate / 200.0).count() as f64;
        let values: Vec<f64> = (0..200)
            .map(|at| count(if at < 120 { 3.0 } else { 9.0 }))
            .collect();
        let found = change_points(&values, Cost::Poisson, Search::Pelt);
        assert_eq!(found.changes.len(), 1, "{found:?}");
        assert!(found.changes[0].abs_diff(120) <= 2);
        let still: Vec<f64> = (0..200).map(|_| count(3.0)).collect();
        assert!(
            change_points(&still, Cost::Poisson, Search::Pelt)
                .changes
                .is_empty()
        );
    }

    #[test]
    fn long_series_are_cut_at_their_best_place() {
        let values = stepped(45_000, 2, &[(21_003, 3.0)]);
        let found = change_points(&values, Cost::L2, Search::Pelt);
        assert_eq!(found.changes.len(), 1);
        assert!(found.changes[0].abs_diff(21_003) <= 3, "{found:?}");
    }

    #[test]
    fn odd_series_give_no_panic() {
        let huge: Vec<f64> = (0..40)
            .map(|at| if at < 20 { -1.7e308 } else { 1.7e308 })
            .collect();
        let mixed: Vec<f64> = (0..60)
            .map(|at| [f64::NAN, 1.0, f64::INFINITY][at % 3])
            .collect();
        let offset: Vec<f64> = noise(60, 4).iter().map(|x| 1e15 + x * 10.0).collect();
        for values in [vec![], vec![f64::NAN], vec![1.0; 50], huge, mixed, offset] {
            for cost in [Cost::L2, Cost::Poisson] {
                for search in [Search::Pelt, Search::Binary] {
                    let found = change_points(&values, cost, search);
                    assert!(found.levels.iter().all(|x| x.is_finite()), "{found:?}");
                }
            }
        }
        let gap: Vec<f64> = [vec![f64::NAN; 7], stepped(60, 5, &[(30, 9.0)])].concat();
        assert_eq!(change_points(&gap, Cost::L2, Search::Pelt).changes, [37]);
    }
}
