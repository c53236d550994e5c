//! How far rows lie from what the reference's principal components make of them.

use super::table::{Encoder, Table};
use crate::figure::Figure;
use crate::learn::{BLOCK, Components, Scatter};
use crate::moments::Moments;
use crate::proportion::z;

/// The share of variance that the kept components explain, by default.
pub const SHARE_KEPT: f64 = 0.65;
const METHOD: &str = "pca_reconstruction";

/// Principal components of a reference.
///
/// Columns are made numbers by the reference: missing and infinite numbers are its mean, categories their
/// share of its rows (missing is a category, an unseen one has share 0), and all are standardised by its
/// mean and population standard deviation. Jackson and Mudholkar (1979) describe the residual; the
/// settings are those of NannyML.
#[derive(Debug, Clone)]
pub struct Reconstruction {
    encoder: Encoder,
    components: Components,
}

impl Reconstruction {
    /// Learns from all rows of `reference`, keeping the components that explain more than `share` of the
    /// variance.
    ///
    /// # Errors
    /// The reason, if there are fewer than two rows or no columns.
    pub fn fit(reference: &Table<'_>, share: f64) -> Result<Self, &'static str> {
        let encoder = Encoder::of(reference);
        let encoded = encoder.read(reference)?;
        if encoded.width() == 0 {
            return Err("there are no columns");
        }
        let mut scatter = Scatter::new(vec![0.0; encoded.width()]);
        let mut block = vec![0.0; BLOCK * encoded.width()];
        for from in (0..encoded.rows).step_by(BLOCK) {
            let count = BLOCK.min(encoded.rows - from);
            scatter.add(encoded.fill(from, count, &mut block));
        }
        let components = Components::of(&scatter, share).ok_or("the reference is too small")?;
        Ok(Self {
            encoder,
            components,
        })
    }

    /// The components.
    pub fn components(&self) -> &Components {
        &self.components
    }

    /// The Euclidean distance of each row of `table` from its reconstruction, in standard deviations of
    /// the reference's columns.
    ///
    /// # Errors
    /// The reason, if one of the reference's columns is absent or of another kind.
    pub fn distances(&self, table: &Table<'_>) -> Result<Vec<f64>, &'static str> {
        let encoded = self.encoder.read(table)?;
        let mut block = vec![0.0; BLOCK * encoded.width()];
        let mut made = Vec::with_capacity(encoded.rows);
        for from in (0..encoded.rows).step_by(BLOCK) {
            let count = BLOCK.min(encoded.rows - from);
            let block = encoded.fill(from, count, &mut block);
            self.components.distances(block, &mut made);
        }
        Ok(made)
    }

    /// The mean of distances with the normal interval of its standard error.
    pub fn error(distances: &[f64]) -> Figure {
        let n = distances.len() as u64;
        if n == 0 {
            return Figure::undefined("there are no rows", 0, METHOD);
        }
        let moments = Moments::of(distances);
        let half = moments
            .std()
            .map_or(f64::NAN, |sd| z() * sd / (n as f64).sqrt());
        let ends = ((moments.mean - half).max(0.0), moments.mean + half);
        // A maximum of 0 and no number would be 0.
        let ends = if half.is_nan() {
            (f64::NAN, f64::NAN)
        } else {
            ends
        };
        Figure::new(moments.mean, ends, n, METHOD)
    }

    /// The error of each window of `size` rows in their order; the last may be smaller.
    pub fn errors(distances: &[f64], size: usize) -> Vec<Figure> {
        distances
            .chunks(size.max(1))
            .map(Reconstruction::error)
            .collect()
    }
}

/// What values of windows of the reference leave to chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowBand {
    /// Values at or below breach it.
    pub low: f64,
    /// Values at or above breach it.
    pub high: f64,
    /// Windows that it was learnt from.
    pub windows: u64,
}

impl WindowBand {
    /// Mean ± 3 standard errors of a window: the population standard deviation of the windows' values,
    /// as NannyML. Cut at 0. `None` below two windows.
    pub fn of(windows: &[Figure]) -> Option<Self> {
        let values: Vec<f64> = windows.iter().filter_map(|w| w.value).collect();
        let moments = Moments::of(&values);
        if moments.n < 2 {
            return None;
        }
        let sd = (moments.m2 / moments.n as f64).sqrt();
        Some(Self {
            low: (moments.mean - 3.0 * sd).max(0.0),
            high: moments.mean + 3.0 * sd,
            windows: moments.n,
        })
    }

    /// Whether `value` is at or beyond an end. Without any spread of the reference equality is no breach.
    pub fn breached(&self, value: f64) -> bool {
        if self.low < self.high {
            value <= self.low || value >= self.high
        } else {
            value < self.low || value > self.high
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn table(rows: usize, seed: u64, broken: bool) -> Table<'static> {
        let mut random = Random::new(seed, 0);
        let mut columns = vec![Vec::new(); 3];
        for _ in 0..rows {
            let (a, b) = (random.unit(), random.unit());
            columns[0].push(a);
            columns[1].push(if broken { random.unit() } else { a + 0.05 * b });
            columns[2].push(b);
        }
        let mut made = Table::default();
        for (name, column) in ["a", "b", "c"].into_iter().zip(columns) {
            made.add_numbers(name, column);
        }
        made
    }

    #[test]
    fn a_broken_correlation_breaches_the_band_where_each_column_looks_the_same() {
        let reference = table(6_000, 1, false);
        let made = Reconstruction::fit(&reference, SHARE_KEPT).unwrap();
        let windows = Reconstruction::errors(&made.distances(&reference).unwrap(), 300);
        let band = WindowBand::of(&windows).unwrap();
        let error = |broken| {
            let distances = made.distances(&table(300, 2, broken)).unwrap();
            Reconstruction::error(&distances).value.unwrap()
        };
        assert!(!band.breached(error(false)) && band.breached(error(true)));
    }

    #[test]
    fn too_little_to_learn_from_is_told() {
        let empty = Table::default();
        assert!(Reconstruction::fit(&empty, SHARE_KEPT).is_err());
        assert!(Reconstruction::fit(&table(1, 0, false), SHARE_KEPT).is_err());
        assert_eq!(Reconstruction::error(&[]).status.name(), "undefined");
        let single = Reconstruction::error(&[2.0]);
        assert_eq!((single.value, single.low), (Some(2.0), None));
        assert_eq!(WindowBand::of(&[single]), None);
    }
}
