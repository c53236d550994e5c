//! The profile of one column in one group of rows.

use crate::bins::{BinCounts, Bins};
use crate::codec::Reader;
use crate::error::{Error, Result};
use crate::moments::Moments;
use crate::numbers::Numbers;
use crate::texts::{Frequent, Texts};
use crate::value_type::ValueType;

/// First bytes of a stored profile: `CP` and the version of the form.
const MAGIC: [u8; 3] = [b'C', b'P', 1];

/// The quantiles that [`Figures`] tell.
pub const QUANTILES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// Numbers of at most so many distinct values are counted by value.
const FEW: usize = 20;
/// Most texts that are bins.
const CATEGORIES: usize = 50;
const DECILES: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// Mergeable summary of a column.
#[derive(Debug, Clone)]
pub struct Profile {
    ty: ValueType,
    rows: u64,
    nulls: u64,
    body: Body,
    bins: Option<BinCounts>,
}

#[derive(Debug, Clone)]
pub(crate) enum Body {
    Numbers(Numbers),
    Texts(Texts),
    Opaque,
}

/// Plain figures of a profile. What is not defined, such as the mean of no values, is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Rows, missing ones included.
    pub rows: u64,
    /// Rows without a value.
    pub nulls: u64,
    /// Rows that are not a number.
    pub nans: u64,
    /// Rows of either infinity.
    pub infinities: u64,
    /// Mean of finite values; of texts, of their lengths in characters, as are the next three.
    pub mean: Option<f64>,
    /// Standard deviation of the sample, divisor `n − 1`.
    pub std: Option<f64>,
    /// Smallest.
    pub min: Option<f64>,
    /// Largest.
    pub max: Option<f64>,
    /// Distinct values that are not missing. Above [`crate::VALUES_MAX`] or [`crate::CATEGORIES_MAX`] an
    /// estimate, with bounds at two standard errors in [`Profile::distinct`].
    pub distinct: Option<f64>,
    /// Quantiles of finite numbers at [`QUANTILES`]; none for texts.
    pub quantiles: [Option<f64>; QUANTILES.len()],
}

impl Profile {
    pub(crate) fn new(
        ty: ValueType,
        (rows, nulls): (u64, u64),
        body: Body,
        bins: Option<BinCounts>,
    ) -> Self {
        Self {
            ty,
            rows,
            nulls,
            body,
            bins,
        }
    }

    /// The profile of `rows` rows that are all missing.
    pub fn missing(ty: ValueType, rows: u64) -> Self {
        let body = match ty {
            ValueType::Text => Body::Texts(Texts::default()),
            ValueType::Opaque => Body::Opaque,
            _ => Body::Numbers(Numbers::default()),
        };
        Self::new(ty, (rows, rows), body, None)
    }

    /// What its values are.
    pub fn value_type(&self) -> ValueType {
        self.ty
    }

    /// Rows, missing ones included.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows without a value.
    pub fn nulls(&self) -> u64 {
        self.nulls
    }

    /// Exact counts on the bins that it was made with. `None` if there were none, or if profiles of
    /// different bins were merged.
    pub fn bins(&self) -> Option<&BinCounts> {
        self.bins.as_ref()
    }

    /// Adds the rows of `other`.
    ///
    /// # Errors
    /// If their types differ; then nothing is changed.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        self.merge_all(&[other])
    }

    /// Adds the rows of all `others`, which is quicker than one after the other.
    ///
    /// # Errors
    /// If a type differs; then nothing is changed.
    pub fn merge_all(&mut self, others: &[&Self]) -> Result<()> {
        if let Some(other) = others.iter().find(|other| other.ty != self.ty) {
            return Err(Error::Types {
                left: self.ty,
                right: other.ty,
            });
        }
        match &mut self.body {
            Body::Numbers(ours) => {
                let theirs: Vec<&Numbers> = others.iter().filter_map(|o| o.numbers()).collect();
                ours.merge(&theirs)?;
            }
            Body::Texts(ours) => {
                let theirs: Vec<&Texts> = others.iter().filter_map(|o| o.texts()).collect();
                ours.merge(&theirs)?;
            }
            Body::Opaque => {}
        }
        for other in others {
            // All rows missing: nothing of them belongs into a bin.
            self.bins = match (self.bins.take(), &other.bins) {
                (Some(ours), Some(theirs)) => ours.joined(theirs),
                (Some(ours), None) if other.rows == other.nulls => Some(ours),
                (None, Some(theirs)) if self.rows == self.nulls => Some(theirs.clone()),
                _ => None,
            };
            self.rows += other.rows;
            self.nulls += other.nulls;
        }
        Ok(())
    }

    fn moments(&self) -> Option<&Moments> {
        match &self.body {
            Body::Numbers(numbers) => Some(&numbers.moments),
            Body::Texts(texts) => Some(&texts.moments),
            Body::Opaque => None,
        }
    }

    fn numbers(&self) -> Option<&Numbers> {
        match &self.body {
            Body::Numbers(numbers) => Some(numbers),
            _ => None,
        }
    }

    fn texts(&self) -> Option<&Texts> {
        match &self.body {
            Body::Texts(texts) => Some(texts),
            _ => None,
        }
    }

    /// The plain figures.
    pub fn figures(&self) -> Figures {
        let moments = self.moments().filter(|m| m.n > 0);
        let numbers = self.numbers();
        let quantiles = numbers.and_then(|n| n.quantiles(&QUANTILES));
        let mut told = [None; QUANTILES.len()];
        for (place, value) in told.iter_mut().zip(quantiles.iter().flatten()) {
            *place = Some(*value);
        }
        Figures {
            rows: self.rows,
            nulls: self.nulls,
            nans: numbers.map_or(0, |n| n.nans),
            infinities: numbers.map_or(0, |n| n.below + n.above),
            mean: moments.map(|m| m.mean),
            std: moments.and_then(Moments::std),
            min: moments.map(|m| m.min),
            max: moments.map(|m| m.max),
            distinct: self.distinct().map(|(estimate, _, _)| estimate),
            quantiles: told,
        }
    }

    /// Distinct values: estimate, low and high at two standard errors; all equal when exact. `None` for
    /// values that are only counted.
    pub fn distinct(&self) -> Option<(f64, f64, f64)> {
        match &self.body {
            Body::Numbers(numbers) => Some(numbers.distinct()),
            Body::Texts(texts) => Some(texts.distinct()),
            Body::Opaque => None,
        }
    }

    /// Quantiles of the finite numbers at `ranks`. `None` for texts or without values.
    pub fn quantiles(&self, ranks: &[f64]) -> Option<Vec<f64>> {
        self.numbers()?.quantiles(ranks)
    }

    /// Share of finite numbers below `value`, or up to it if `inclusive`.
    pub fn rank(&self, value: f64, inclusive: bool) -> Option<f64> {
        self.numbers()?.rank(value, inclusive)
    }

    /// Bound on the error of ranks at 99 % confidence; 0 when exact.
    pub fn rank_error(&self) -> f64 {
        self.numbers().map_or(0.0, Numbers::rank_error)
    }

    /// The most frequent values, at most `most`, most frequent first. Of numbers only if all are
    /// known.
    pub fn frequent(&self, most: usize) -> Vec<Frequent> {
        match &self.body {
            Body::Texts(texts) => texts.frequent(most),
            Body::Numbers(numbers) => {
                let mut all = numbers.all().unwrap_or_default().to_vec();
                all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.total_cmp(&b.0)));
                all.truncate(most);
                let told = all.into_iter().map(|(value, rows)| Frequent {
                    value: self.spelled(value),
                    low: rows,
                    high: rows,
                });
                told.collect()
            }
            Body::Opaque => Vec::new(),
        }
    }

    fn spelled(&self, value: f64) -> String {
        match self.ty {
            ValueType::Boolean => (value > 0.5).to_string(),
            _ => value.to_string(),
        }
    }

    /// Every number with its rows, ascending, if all are known.
    pub fn all_numbers(&self) -> Option<&[(f64, u64)]> {
        self.numbers()?.all()
    }

    /// Every text with its rows, ascending, if all are known.
    pub fn all_texts(&self) -> Option<&[(String, u64)]> {
        match &self.body {
            Body::Texts(texts) => texts.all(),
            _ => None,
        }
    }

    /// Rows between ascending `edges`, closed on the left, from the first bin, which is open, to the last:
    /// shares of the finite numbers, within [`Profile::rank_error`]. `None` for texts or without values.
    pub fn histogram(&self, edges: &[f64]) -> Option<Vec<f64>> {
        let numbers = self.numbers()?;
        let ranks = edges.iter().map(|e| numbers.rank(*e, false));
        let ranks = ranks.chain([(numbers.moments.n > 0).then_some(1.0)]);
        let ranks: Vec<f64> = ranks.collect::<Option<_>>()?;
        let before = [0.0].into_iter().chain(ranks.iter().copied());
        Some(
            ranks
                .iter()
                .zip(before)
                .map(|(to, from)| to - from)
                .collect(),
        )
    }

    /// Bins for counting other profiles' values, made from this one as the reference: the deciles of
    /// numbers, equal ones merged, or the values themselves where they are at most twenty; the most
    /// frequent texts. `None` without values.
    pub fn reference_bins(&self) -> Option<Bins> {
        match &self.body {
            Body::Numbers(numbers) => {
                let few = numbers.all().filter(|all| all.len() <= FEW);
                let edges = match few {
                    Some(all) => all.iter().map(|(value, _)| *value).collect(),
                    None => numbers.quantiles(&DECILES)?,
                };
                Bins::edges(edges).ok()
            }
            Body::Texts(texts) => {
                let frequent = texts.frequent(CATEGORIES).into_iter();
                Bins::categories(frequent.map(|f| f.value).collect()).ok()
            }
            Body::Opaque => None,
        }
    }

    /// As bytes (`docs/formats/profile.md`).
    ///
    /// # Errors
    /// None that its own making lets happen.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(&MAGIC);
        out.push(self.ty as u8);
        out.extend_from_slice(&self.rows.to_le_bytes());
        out.extend_from_slice(&self.nulls.to_le_bytes());
        match &self.body {
            Body::Numbers(numbers) => numbers.write(&mut out)?,
            Body::Texts(texts) => texts.write(&mut out)?,
            Body::Opaque => {}
        }
        BinCounts::write(self.bins.as_ref(), &mut out);
        Ok(out)
    }

    /// Reads what [`Profile::to_bytes`] wrote.
    ///
    /// # Errors
    /// For anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut from = Reader::new(bytes);
        let [a, b, version, ty] = from.array()?;
        if [a, b, version] != MAGIC {
            return Err(Error::form("no known version"));
        }
        let ty = ValueType::ALL.into_iter().find(|t| *t as u8 == ty);
        let ty = ty.ok_or_else(|| Error::form("an unknown type of value"))?;
        let (rows, nulls) = (from.u64()?, from.u64()?);
        let body = match ty {
            ValueType::Text => Body::Texts(Texts::read(&mut from)?),
            ValueType::Opaque => Body::Opaque,
            _ => Body::Numbers(Numbers::read(&mut from)?),
        };
        let bins = BinCounts::read(&mut from)?;
        from.end()?;
        let read = Self::new(ty, (rows, nulls), body, bins);
        if read.adds_up() {
            Ok(read)
        } else {
            Err(Error::form("its counts do not add up"))
        }
    }

    fn adds_up(&self) -> bool {
        let parts = match &self.body {
            Body::Numbers(n) => vec![self.nulls, n.nans, n.below, n.above, n.moments.n],
            Body::Texts(t) => vec![self.nulls, t.moments.n],
            Body::Opaque => return self.nulls <= self.rows,
        };
        let sum = parts.into_iter().try_fold(0_u64, u64::checked_add);
        sum == Some(self.rows)
    }
}

#[cfg(test)]
mod tests;
