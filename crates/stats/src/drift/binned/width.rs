//! How many bins of equal width a sample gets.

use crate::sample::Sorted;

/// A rule for the width of bins, as NumPy's `histogram_bin_edges` defines it (2.2; later versions of it
/// limit `auto`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WidthRule {
    /// log₂ n + 1 bins (Sturges 1926).
    Sturges,
    /// Sturges' with more bins for a skewed sample (Doane 1976).
    Doane,
    /// 2 · IQR · n^(−1/3) wide (Freedman and Diaconis 1981).
    FreedmanDiaconis,
    /// (24 √π / n)^(1/3) standard deviations wide (Scott 1979).
    Scott,
    /// √n bins.
    Sqrt,
    /// 2 n^(1/3) bins (Rice).
    Rice,
    /// The narrower of Sturges' and Freedman and Diaconis' where the latter is not zero.
    Auto,
    /// So many.
    Count(usize),
}

impl WidthRule {
    /// The rule of this name, as NumPy spells it.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "sturges" => Self::Sturges,
            "doane" => Self::Doane,
            "fd" => Self::FreedmanDiaconis,
            "scott" => Self::Scott,
            "sqrt" => Self::Sqrt,
            "rice" => Self::Rice,
            "auto" => Self::Auto,
            _ => return None,
        })
    }

    /// The edges of equally wide bins from the smallest to the largest value, both included. `whole` says that
    /// the values are of a type of whole numbers, of which bins are at least 1 wide. Without values the edges
    /// are 0 and 1; around a single value they are half a unit away. At most `most` bins are made.
    pub fn edges(self, sample: &Sorted, whole: bool, most: usize) -> Vec<f64> {
        let values = sample.values();
        let (mut low, mut high) = match (values.first(), values.last()) {
            (Some(low), Some(high)) => (*low, *high),
            _ => (0.0, 1.0),
        };
        let span = high - low;
        let count = match self {
            Self::Count(count) => count,
            rule => {
                let width = if values.is_empty() {
                    0.0
                } else {
                    rule.width(sample, span)
                };
                let width = if whole && width > 0.0 && width < 1.0 {
                    1.0
                } else {
                    width
                };
                let bins = (span / width).ceil();
                if width > 0.0 && bins.is_finite() {
                    bins as usize
                } else {
                    1
                }
            }
        };
        if span <= 0.0 {
            (low, high) = (low - 0.5, high + 0.5);
        }
        spaced(low, high, count.clamp(1, most.max(1)))
    }

    fn width(self, sample: &Sorted, span: f64) -> f64 {
        let n = sample.n() as f64;
        match self {
            Self::Sturges => span / (n.log2() + 1.0),
            Self::Sqrt => span / n.sqrt(),
            Self::Rice => span / (2.0 * n.powf(1.0 / 3.0)),
            Self::Scott => {
                let spread = (sample.moments().m2 / n).sqrt();
                (24.0 * std::f64::consts::PI.sqrt() / n).powf(1.0 / 3.0) * spread
            }
            Self::FreedmanDiaconis => {
                let quartile = |rank| sample.quantile(rank).unwrap_or(0.0);
                2.0 * (quartile(0.75) - quartile(0.25)) * n.powf(-1.0 / 3.0)
            }
            Self::Doane => doane(sample, span),
            Self::Auto => {
                let (fd, sturges) = (
                    Self::FreedmanDiaconis.width(sample, span),
                    Self::Sturges.width(sample, span),
                );
                if fd > 0.0 { fd.min(sturges) } else { sturges }
            }
            Self::Count(count) => span / count.max(1) as f64,
        }
    }
}

fn doane(sample: &Sorted, span: f64) -> f64 {
    let (n, moments) = (sample.n() as f64, sample.moments());
    let spread = (moments.m2 / n).sqrt();
    if n <= 2.0 || spread <= 0.0 {
        return 0.0;
    }
    let skew = (moments.m3 / n) / (spread * spread * spread);
    let error = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
    span / (1.0 + n.log2() + (1.0 + skew.abs() / error).log2())
}

/// `count` + 1 edges; the last is `high` itself.
pub(in crate::drift) fn spaced(low: f64, high: f64, count: usize) -> Vec<f64> {
    let step = (high - low) / count as f64;
    let inner = (0..count).map(|at| at as f64 * step + low);
    inner.chain([high]).collect()
}

/// Rows of the sample between ascending `edges`: closed on the left, the last bin on both sides; what is
/// outside is left out.
pub fn histogram(sample: &Sorted, edges: &[f64]) -> Vec<u64> {
    let values = sample.values();
    let below = |edge: &f64| values.partition_point(|x| x < edge) as u64;
    let mut ranks: Vec<u64> = edges.iter().map(below).collect();
    if let (Some(last), Some(edge)) = (ranks.last_mut(), edges.last()) {
        *last = values.partition_point(|x| x <= edge) as u64;
    }
    let pairs = ranks.windows(2);
    pairs.map(|pair| pair[1].saturating_sub(pair[0])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_gives_bins_for_every_sample() {
        let samples = [
            vec![],
            vec![3.0],
            vec![3.0, 3.0],
            vec![-1.7e308, 1.7e308],
            vec![0.0, 1e300],
        ];
        for name in ["sturges", "doane", "fd", "scott", "sqrt", "rice", "auto"] {
            for values in &samples {
                let sample = Sorted::new(values.iter().copied());
                let edges = WidthRule::named(name).unwrap().edges(&sample, false, 50);
                assert!((2..=51).contains(&edges.len()), "{name} {values:?}");
            }
        }
        let few = Sorted::new([1.0, 2.0]);
        assert_eq!(WidthRule::Sturges.edges(&few, true, 9), [1.0, 2.0]);
        assert_eq!(histogram(&few, &[0.0, 1.0, 2.0]), [0, 2]);
    }
}
