//! A table as numbers: imputed, frequency-encoded and standardised by a reference.

use crate::column::value_type;
use crate::error::{Error, Result};
use crate::moments::Moments;
use crate::value_type::ValueType;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};
use hashbrown::HashMap;
use std::borrow::Cow;

/// No standardised value is larger, so that sums of squares stay finite.
const LARGEST: f64 = 1e9;
/// The code of a missing category.
const MISSING: u32 = u32::MAX;

/// Named columns of one length.
#[derive(Debug, Clone, Default)]
pub struct Table<'a> {
    names: Vec<String>,
    features: Vec<Feature<'a>>,
    rows: usize,
}

#[derive(Debug, Clone)]
enum Feature<'a> {
    Numbers(Cow<'a, [f64]>),
    Categories { codes: Vec<u32>, words: Vec<String> },
}

impl Feature<'_> {
    fn len(&self) -> usize {
        match self {
            Feature::Numbers(values) => values.len(),
            Feature::Categories { codes, .. } => codes.len(),
        }
    }
}

impl<'a> Table<'a> {
    /// Rows; those of the shortest column.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Adds a column of numbers; NaN is a missing one.
    pub fn add_numbers(&mut self, name: &str, values: impl Into<Cow<'a, [f64]>>) {
        self.add(name, Feature::Numbers(values.into()));
    }

    /// Adds a column of categories.
    pub fn add_categories<'t>(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = Option<&'t str>>,
    ) {
        let mut known: HashMap<&str, u32> = HashMap::new();
        let mut words = Vec::new();
        let mut code = |word: &'t str| {
            *known.entry(word).or_insert_with(|| {
                words.push(word.to_owned());
                words.len() as u32 - 1
            })
        };
        let codes = values.into_iter();
        let codes = codes.map(|word| word.map_or(MISSING, &mut code)).collect();
        self.add(name, Feature::Categories { codes, words });
    }

    /// Adds a column: numbers, booleans (0 and 1) and times (microseconds) as numbers, texts and whatever
    /// is written by a dictionary as categories.
    ///
    /// # Errors
    /// If it is of another type.
    pub fn add_array(&mut self, name: &str, array: &ArrayRef) -> Result<()> {
        let foreign = || Error::Column {
            ty: array.data_type().to_string(),
        };
        let to = |array: &ArrayRef, ty: &DataType| cast(array, ty).map_err(|_| foreign());
        let ty = match array.data_type() {
            DataType::Dictionary(_, _) => Some(ValueType::Text),
            ty => value_type(ty),
        };
        match ty {
            Some(ValueType::Boolean | ValueType::Number) => {
                let array = to(array, &DataType::Float64)?;
                let values = array.as_primitive::<Float64Type>();
                let values: Vec<f64> = values.iter().map(|x| x.unwrap_or(f64::NAN)).collect();
                self.add_numbers(name, values);
            }
            Some(ValueType::Time) => {
                let array = to(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
                let array = to(&array, &DataType::Int64)?;
                let values = array.as_primitive::<Int64Type>().iter();
                let values: Vec<f64> = values.map(|x| x.map_or(f64::NAN, |x| x as f64)).collect();
                self.add_numbers(name, values);
            }
            Some(ValueType::Text) => {
                let array = to(array, &DataType::Utf8)?;
                self.add_categories(name, array.as_string::<i32>());
            }
            _ => return Err(foreign()),
        }
        Ok(())
    }

    fn add(&mut self, name: &str, feature: Feature<'a>) {
        self.rows = if self.names.is_empty() {
            feature.len()
        } else {
            self.rows.min(feature.len())
        };
        self.names.push(name.to_owned());
        self.features.push(feature);
    }
}

/// How the columns of a reference become numbers.
#[derive(Debug, Clone)]
pub(super) struct Encoder {
    names: Vec<String>,
    codes: Vec<Code>,
}

#[derive(Debug, Clone)]
enum Code {
    Numbers(Scale),
    /// The share of each category in the reference, of missing ones last.
    Categories(HashMap<String, f64>, f64, Scale),
}

/// Standardisation by the mean and the population's standard deviation.
#[derive(Debug, Clone, Copy)]
struct Scale {
    /// Brings numbers whose squares a float does not hold within range.
    size: f64,
    mean: f64,
    /// 0 without spread.
    inverse: f64,
}

impl Scale {
    fn of_numbers(values: &[f64]) -> Self {
        let (mut largest, mut finite) = (0.0_f64, true);
        for x in values {
            finite &= x.is_finite();
            largest = largest.max(if x.is_finite() { x.abs() } else { 0.0 });
        }
        let plain = largest <= 0.0 || (1e-100..1e100).contains(&largest);
        let size = if plain {
            1.0
        } else {
            1.0 / largest.clamp(1e-300, 1e300)
        };
        let moments = if plain && finite {
            Moments::of(values)
        } else {
            let values = values.iter().filter(|x| x.is_finite());
            Moments::of(&values.map(|x| x * size).collect::<Vec<_>>())
        };
        Self::new(size, moments.mean, moments.m2 / moments.n.max(1) as f64)
    }

    fn new(size: f64, mean: f64, variance: f64) -> Self {
        let inverse = if variance > 0.0 {
            1.0 / variance.sqrt()
        } else {
            0.0
        };
        Self {
            size,
            mean,
            inverse,
        }
    }

    /// What is not finite is the mean. Without spread another value is one deviation away.
    fn of(self, x: f64) -> f64 {
        let away = x * self.size - self.mean;
        if !x.is_finite() {
            0.0
        } else if self.inverse > 0.0 {
            (away * self.inverse).clamp(-LARGEST, LARGEST)
        } else if away.abs() > 0.0 {
            away.signum()
        } else {
            0.0
        }
    }

    fn fill(self, values: &[f64], to: &mut [f64]) {
        if self.inverse <= 0.0 {
            let values = to.iter_mut().zip(values);
            values.for_each(|(to, x)| *to = self.of(*x));
            return;
        }
        for (to, x) in to.iter_mut().zip(values) {
            let z = ((x * self.size - self.mean) * self.inverse).clamp(-LARGEST, LARGEST);
            *to = if x.is_finite() { z } else { 0.0 };
        }
    }
}

impl Encoder {
    pub(super) fn of(reference: &Table<'_>) -> Self {
        let code = |feature: &Feature<'_>| match feature {
            Feature::Numbers(values) => Code::Numbers(Scale::of_numbers(values)),
            Feature::Categories { codes, words } => frequencies(codes, words),
        };
        Self {
            names: reference.names.clone(),
            codes: reference.features.iter().map(code).collect(),
        }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// `table` read by this encoder.
    ///
    /// # Errors
    /// If one of the reference's columns is absent or of another kind.
    pub(super) fn read<'t>(
        &self,
        table: &'t Table<'_>,
    ) -> std::result::Result<Encoded<'t>, &'static str> {
        let mut columns = Vec::with_capacity(self.names.len());
        for (name, code) in self.names.iter().zip(&self.codes) {
            let at = table.names.iter().position(|other| other == name);
            let feature = at.and_then(|at| table.features.get(at));
            columns.push(match (code, feature) {
                (Code::Numbers(scale), Some(Feature::Numbers(values))) => {
                    Source::Numbers(values, *scale)
                }
                (
                    Code::Categories(shares, missing, scale),
                    Some(Feature::Categories { codes, words }),
                ) => {
                    let share = |word: &String| shares.get(word).copied().unwrap_or(0.0);
                    let values = words.iter().map(|word| scale.of(share(word)));
                    Source::Categories(codes, values.collect(), scale.of(*missing))
                }
                _ => return Err("a column is absent or of another kind"),
            });
        }
        Ok(Encoded {
            columns,
            rows: table.rows,
        })
    }
}

/// Each category's share of rows, missing ones among them.
fn frequencies(codes: &[u32], words: &[String]) -> Code {
    let mut counts = vec![0_u64; words.len() + 1];
    for code in codes {
        counts[(*code as usize).min(words.len())] += 1;
    }
    let n = (codes.len() as f64).max(1.0);
    let shares: Vec<f64> = counts.iter().map(|count| *count as f64 / n).collect();
    let mean: f64 = shares.iter().map(|share| share * share).sum();
    let away = |share: &f64| share * (share - mean) * (share - mean);
    let mut variance: f64 = shares.iter().map(away).sum();
    if variance < 1e-24 {
        // Equal shares differ by rounding only.
        variance = 0.0;
    }
    let missing = shares.last().copied().unwrap_or(0.0);
    let shares = words.iter().cloned().zip(shares).collect();
    Code::Categories(shares, missing, Scale::new(1.0, mean, variance))
}

/// A table as standardised numbers.
pub(super) struct Encoded<'t> {
    columns: Vec<Source<'t>>,
    pub(super) rows: usize,
}

enum Source<'t> {
    Numbers(&'t [f64], Scale),
    Categories(&'t [u32], Vec<f64>, f64),
}

impl Encoded<'_> {
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Rows `from..from + count`, column after column.
    pub(super) fn fill<'b>(&self, from: usize, count: usize, to: &'b mut [f64]) -> &'b [f64] {
        let to = &mut to[..count * self.columns.len()];
        for (to, source) in to.chunks_exact_mut(count.max(1)).zip(&self.columns) {
            match source {
                Source::Numbers(values, scale) => scale.fill(&values[from..from + count], to),
                Source::Categories(codes, values, missing) => {
                    for (to, code) in to.iter_mut().zip(&codes[from..from + count]) {
                        *to = values.get(*code as usize).copied().unwrap_or(*missing);
                    }
                }
            }
        }
        to
    }

    /// The values of column `at` in `rows`.
    pub(super) fn column<'r>(
        &'r self,
        at: usize,
        rows: &'r [usize],
    ) -> impl Iterator<Item = f64> + 'r {
        let value = move |row: &usize| match self.columns.get(at)? {
            Source::Numbers(values, scale) => Some(scale.of(*values.get(*row)?)),
            Source::Categories(codes, values, missing) => {
                let code = *codes.get(*row)? as usize;
                Some(values.get(code).copied().unwrap_or(*missing))
            }
        };
        rows.iter().map(move |row| value(row).unwrap_or(0.0))
    }

    /// Whether column `at` is a number that is missing or infinite in each of `rows`.
    pub(super) fn gaps<'r>(
        &'r self,
        at: usize,
        rows: &'r [usize],
    ) -> impl Iterator<Item = bool> + 'r {
        let gap = move |row: &usize| match self.columns.get(at) {
            Some(Source::Numbers(values, _)) => values.get(*row).is_none_or(|x| !x.is_finite()),
            _ => false,
        };
        rows.iter().map(gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(reference: &Table<'_>, table: &Table<'_>) -> Vec<f64> {
        let encoder = Encoder::of(reference);
        let encoded = encoder.read(table).unwrap();
        let mut to = vec![0.0; encoded.width() * encoded.rows];
        encoded.fill(0, encoded.rows, &mut to).to_vec()
    }

    #[test]
    fn numbers_are_standardised_and_gaps_are_the_mean() {
        let mut reference = Table::default();
        reference.add_numbers("x", vec![1.0, 3.0, f64::NAN, f64::INFINITY]);
        assert_eq!(encoded(&reference, &reference), [-1.0, 1.0, 0.0, 0.0]);
        let mut large = Table::default();
        large.add_numbers("x", vec![1e300, 3e300]);
        let bits = |values: Vec<f64>| values.iter().map(|x| x.round()).collect::<Vec<_>>();
        assert_eq!(bits(encoded(&large, &large)), [-1.0, 1.0]);
        assert_eq!(encoded(&reference, &large), [1e9, 1e9]);
    }

    #[test]
    fn categories_are_their_shares_of_the_reference() {
        let mut reference = Table::default();
        reference.add_categories("c", [Some("a"), Some("a"), Some("a"), None]);
        let mut current = Table::default();
        current.add_categories("c", [Some("b"), None, Some("a")]);
        let got = encoded(&reference, &current);
        // Shares 3/4 and 1/4 have mean 5/8 and deviation √(3/64).
        let sd = (3.0_f64 / 64.0).sqrt();
        for (got, share) in got.iter().zip([0.0, 0.25, 0.75]) {
            assert!((got - (share - 0.625) / sd).abs() < 1e-12, "{got}");
        }
    }

    #[test]
    fn what_was_constant_is_one_deviation_away_when_it_changes() {
        let mut reference = Table::default();
        reference.add_numbers("x", vec![5.0; 3]);
        let mut current = Table::default();
        current.add_numbers("x", vec![5.0, 5.5, -1e9]);
        assert_eq!(encoded(&reference, &current), [0.0, 1.0, -1.0]);
    }

    #[test]
    fn a_column_that_is_absent_is_told() {
        let mut reference = Table::default();
        reference.add_numbers("x", vec![5.0; 3]);
        let encoder = Encoder::of(&reference);
        assert!(encoder.read(&Table::default()).is_err());
    }
}
