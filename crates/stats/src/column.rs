//! One Arrow column, brought once into an order that makes every grouping of its rows cheap.
//!
//! Numbers are sorted once with their row numbers; walking them in that order and dealing them out to
//! groups leaves each group sorted. Texts are numbered once; groups then count numbers.

use crate::bins::{BinCounts, Bins};
use crate::error::{Error, Result};
use crate::numbers::Numbers;
use crate::profile::{Body, Profile};
use crate::texts::Texts;
use crate::value_type::ValueType;
use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Float64Type, TimeUnit, TimestampMicrosecondType,
};
use hashbrown::HashMap;
use std::sync::Arc;

/// The group of rows that belong to none.
pub const NO_GROUP: u32 = u32::MAX;

/// Which group each row belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    /// A number below `count`, or [`NO_GROUP`], for each row.
    pub of_row: Vec<u32>,
    /// How many groups there are.
    pub count: usize,
}

impl Groups {
    /// All of `rows` rows in one group.
    pub fn whole(rows: usize) -> Self {
        Self {
            of_row: vec![0; rows],
            count: 1,
        }
    }

    fn of(&self, row: usize) -> Option<usize> {
        let group = *self.of_row.get(row)? as usize;
        (group < self.count).then_some(group)
    }
}

/// A column ready to be summarised.
#[derive(Debug)]
pub struct Column {
    ty: ValueType,
    rows: usize,
    nulls: Vec<u32>,
    values: Prepared,
}

#[derive(Debug)]
enum Prepared {
    Numbers {
        /// Finite values, ascending, with their rows.
        sorted: Vec<(f64, u32)>,
        /// NaN and infinities with their rows.
        odd: Vec<(f64, u32)>,
    },
    Texts {
        array: ArrayRef,
        /// The first row of each distinct text.
        firsts: Vec<u32>,
        /// The distinct text of each row, by its place in `firsts`; [`NO_GROUP`] for none.
        codes: Vec<u32>,
    },
    Opaque,
}

/// Whether an Arrow column has a profile, and of what type.
pub(crate) fn value_type(ty: &DataType) -> Option<ValueType> {
    Some(match ty {
        DataType::Boolean => ValueType::Boolean,
        DataType::Timestamp(..) => ValueType::Time,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ValueType::Text,
        DataType::Dictionary(_, values) => return value_type(values),
        DataType::List(_) => ValueType::Opaque,
        ty if ty.is_integer() || ty.is_floating() => ValueType::Number,
        _ => return None,
    })
}

impl Column {
    /// The type of value that a column of this Arrow type is summarised as, if any.
    pub fn type_of(ty: &DataType) -> Option<ValueType> {
        value_type(ty)
    }

    /// Prepares a column of at most 2³² − 1 rows.
    ///
    /// # Errors
    /// If columns of its type have no profile.
    pub fn new(array: &ArrayRef) -> Result<Self> {
        let foreign = || Error::Column {
            ty: array.data_type().to_string(),
        };
        let ty = value_type(array.data_type()).ok_or_else(foreign)?;
        let to = |ty: &DataType| cast(array, ty).map_err(|_| foreign());
        let values = match ty {
            ValueType::Boolean | ValueType::Number => {
                numbers(to(&DataType::Float64)?.as_primitive::<Float64Type>(), |x| x)
            }
            ValueType::Time => {
                let zone = match array.data_type() {
                    DataType::Timestamp(_, zone) => zone.clone(),
                    _ => None,
                };
                let time = to(&DataType::Timestamp(TimeUnit::Microsecond, zone))?;
                numbers(time.as_primitive::<TimestampMicrosecondType>(), |us| {
                    us as f64
                })
            }
            ValueType::Text => texts(to(&DataType::Utf8)?),
            ValueType::Opaque => Prepared::Opaque,
        };
        let nulls = match array.logical_null_count() {
            0 => Vec::new(),
            _ => {
                let nulls = array.logical_nulls();
                let missing = |row: &usize| nulls.as_ref().is_some_and(|n| n.is_null(*row));
                (0..array.len())
                    .filter(missing)
                    .map(|row| row as u32)
                    .collect()
            }
        };
        Ok(Self {
            ty,
            rows: array.len(),
            nulls,
            values,
        })
    }

    /// What its values are.
    pub fn value_type(&self) -> ValueType {
        self.ty
    }

    /// A profile for each group, `None` for groups without rows. `bins` of another type of value are
    /// left out.
    ///
    /// # Errors
    /// None that its own making lets happen.
    pub fn profiles(
        &self,
        groups: &Groups,
        bins: Option<&Arc<Bins>>,
    ) -> Result<Vec<Option<Profile>>> {
        let mut rows = vec![0_u64; groups.count];
        (0..self.rows)
            .filter_map(|row| groups.of(row))
            .for_each(|group| rows[group] += 1);
        let mut nulls = vec![0_u64; groups.count];
        let missing = self.nulls.iter().filter_map(|row| groups.of(*row as usize));
        missing.for_each(|group| nulls[group] += 1);
        let mut bodies = match &self.values {
            Prepared::Numbers { sorted, odd } => number_groups(sorted, odd, groups, bins)?,
            Prepared::Texts {
                array,
                firsts,
                codes,
            } => text_groups(array, (firsts, codes), groups, bins)?,
            Prepared::Opaque => vec![(Body::Opaque, None); groups.count],
        }
        .into_iter();
        let counts = rows.into_iter().zip(nulls);
        let profiles = counts.map(|(rows, nulls)| {
            let (body, bins) = bodies.next()?;
            (rows > 0).then(|| Profile::new(self.ty, (rows, nulls), body, bins))
        });
        Ok(profiles.collect())
    }
}

fn numbers<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    number: impl Fn(T::Native) -> f64,
) -> Prepared {
    let mut sorted = Vec::with_capacity(array.len() - array.null_count());
    let mut odd = Vec::new();
    let values = array.values().iter().enumerate();
    for (row, value) in values.filter(|(row, _)| array.is_valid(*row)) {
        // −0 becomes 0.
        let pair = (number(*value) + 0.0, row as u32);
        if pair.0.is_finite() {
            sorted.push(pair);
        } else {
            odd.push(pair);
        }
    }
    if !sorted.is_sorted_by(|a, b| a.0 <= b.0) {
        sorted.sort_unstable_by_key(|(x, _)| ascending(*x));
    }
    Prepared::Numbers { sorted, odd }
}

/// Bits that are ordered as the numbers are: sorting them takes half the time of comparing floats.
fn ascending(x: f64) -> u64 {
    let bits = x.to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

fn texts(array: ArrayRef) -> Prepared {
    let strings = array.as_string::<i32>();
    let (mut firsts, mut codes) = (Vec::new(), Vec::with_capacity(array.len()));
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut last = ("", NO_GROUP);
    for (row, text) in strings.iter().enumerate() {
        let code = match text {
            None => NO_GROUP,
            Some(text) if last.1 != NO_GROUP && last.0 == text => last.1,
            Some(text) => {
                let next = firsts.len() as u32;
                let code = *known.entry(text).or_insert(next);
                if code == next {
                    firsts.push(row as u32);
                }
                last = (text, code);
                code
            }
        };
        codes.push(code);
    }
    drop(known);
    Prepared::Texts {
        array,
        firsts,
        codes,
    }
}

type Bodies = Vec<(Body, Option<BinCounts>)>;

fn number_groups(
    sorted: &[(f64, u32)],
    odd: &[(f64, u32)],
    groups: &Groups,
    bins: Option<&Arc<Bins>>,
) -> Result<Bodies> {
    let dealt = deal(groups, sorted.iter().map(|(x, row)| (*row, *x)));
    let mut out = Vec::with_capacity(groups.count);
    for values in &dealt {
        out.push(Numbers::of_sorted(values)?);
    }
    for (x, row) in odd {
        let Some(group) = groups.of(*row as usize) else {
            continue;
        };
        let count = if x.is_nan() {
            &mut out[group].nans
        } else if *x < 0.0 {
            &mut out[group].below
        } else {
            &mut out[group].above
        };
        *count += 1;
    }
    let with_bins = out.into_iter().zip(&dealt).map(|(numbers, values)| {
        let counts =
            bins.and_then(|b| BinCounts::of_sorted(b, values, numbers.below, numbers.above));
        (Body::Numbers(numbers), counts)
    });
    Ok(with_bins.collect())
}

fn text_groups(
    array: &ArrayRef,
    (firsts, codes): (&[u32], &[u32]),
    groups: &Groups,
    bins: Option<&Arc<Bins>>,
) -> Result<Bodies> {
    let strings = array.as_string::<i32>();
    let present = codes
        .iter()
        .enumerate()
        .filter(|(_, code)| **code != NO_GROUP);
    let dealt = deal(groups, present.map(|(row, code)| (row as u32, *code)));
    let mut counts = vec![0_u64; firsts.len()];
    let mut out = Vec::with_capacity(groups.count);
    for codes in dealt {
        let mut touched = Vec::new();
        for code in codes {
            let count = &mut counts[code as usize];
            if *count == 0 {
                touched.push(code);
            }
            *count += 1;
        }
        let told = touched.iter().map(|code| {
            let rows = std::mem::take(&mut counts[*code as usize]);
            (strings.value(firsts[*code as usize] as usize), rows)
        });
        let told: Vec<(&str, u64)> = told.collect();
        let binned = bins.and_then(|b| BinCounts::of_texts(b, told.iter().copied()));
        out.push((Body::Texts(Texts::of_counts(&told)?), binned));
    }
    Ok(out)
}

/// Deals things out to the groups of their rows, in their order.
fn deal<T: Copy>(groups: &Groups, things: impl Iterator<Item = (u32, T)>) -> Vec<Vec<T>> {
    let mut dealt: Vec<Vec<T>> = vec![Vec::new(); groups.count];
    for (row, thing) in things {
        if let Some(group) = groups.of(row as usize) {
            dealt[group].push(thing);
        }
    }
    dealt
}

#[cfg(test)]
mod tests;
