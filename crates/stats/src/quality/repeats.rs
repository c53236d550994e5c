//! Rows that came before, told apart column by column.

use super::masks::{floats, strings};
use crate::column::value_type;
use crate::error::{Error, Result};
use crate::value_type::ValueType;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use hashbrown::{HashMap, HashSet};

/// Stands for a missing value.
const MISSING: u64 = 0x5BF0_3635_F0E3_1A47;
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Rows whose values in all columns so far are those of another row.
///
/// Values are compared by hashes of 64 bits; that two different rows of a billion look equal by one column has a
/// chance of 3 %, by two columns none that matters. Only the rows that the columns so far do not tell apart are
/// kept, so that a column of times mostly leaves a few.
#[derive(Debug, Clone, Default)]
pub struct Repeats {
    rows: u64,
    columns: u64,
    /// Rows without a value in the first column.
    missing: u64,
    /// Rows that are not told apart yet, ascending, with a hash of their values.
    open: Vec<(u32, u64)>,
}

impl Repeats {
    /// By a first column, which comes in parts. A missing value is a value like others, or makes a row that is
    /// equal to no other.
    ///
    /// # Errors
    /// If the column's values cannot be compared.
    pub fn by(column: &[ArrayRef], missing_is_equal: bool) -> Result<Self> {
        let mut all = Vec::with_capacity(column.iter().map(|part| part.len()).sum());
        for part in column {
            hashes(part, &mut |hash| all.push(hash))?;
        }
        let missing = all.iter().filter(|hash| **hash == MISSING).count() as u64;
        let counts = |hash: u64| missing_is_equal || hash != MISSING;
        let mut sorted: Vec<u64> = all.iter().copied().filter(|h| counts(*h)).collect();
        sorted.sort_unstable();
        let twice: HashSet<u64> = sorted
            .windows(2)
            .filter(|pair| pair[0] == pair[1])
            .map(|pair| pair[0])
            .collect();
        drop(sorted);
        let open = (0_u32..)
            .zip(&all)
            .filter(|(_, hash)| twice.contains(*hash));
        Ok(Self {
            rows: all.len() as u64,
            columns: 1,
            missing,
            open: if twice.is_empty() {
                Vec::new()
            } else {
                open.map(|(row, hash)| (row, *hash)).collect()
            },
        })
    }

    /// Whether no two rows are equal, so that further columns need not be looked at.
    pub fn is_settled(&self) -> bool {
        self.open.is_empty()
    }

    /// Tells rows apart by one more column.
    ///
    /// # Errors
    /// If the column's values cannot be compared.
    pub fn and(&mut self, column: &[ArrayRef]) -> Result<()> {
        self.columns += 1;
        let (mut row, mut next) = (0_u32, 0);
        for part in column {
            hashes(part, &mut |hash| {
                if let Some((open, own)) = self.open.get_mut(next)
                    && *open == row
                {
                    *own = mixed(own.rotate_left(23) ^ hash);
                    next += 1;
                }
                row += 1;
            })?;
        }
        let mut counts: HashMap<u64, u32> = HashMap::with_capacity(self.open.len());
        for (_, hash) in &self.open {
            *counts.entry(*hash).or_default() += 1;
        }
        let is_open = |hash: &u64| counts.get(hash).is_some_and(|n| *n > 1);
        self.open.retain(|(_, hash)| is_open(hash));
        Ok(())
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows without a value in the first column.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Rows that came before, in their order, counted from 0: of equal ones all but the first.
    pub fn repeated(&self) -> Vec<u32> {
        let mut seen = HashSet::with_capacity(self.open.len());
        let again = self.open.iter().filter(|(_, hash)| !seen.insert(*hash));
        again.map(|(row, _)| *row).collect()
    }
}

fn mixed(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn of_bytes(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut hash = bytes.len() as u64 ^ GOLDEN;
    let mut take = |word: u64| hash = mixed(hash.rotate_left(23) ^ word.wrapping_add(GOLDEN));
    words
        .iter()
        .for_each(|word| take(u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    take(u64::from_le_bytes(last));
    hash
}

/// Gives `take` the hash of each row's value.
fn hashes(column: &ArrayRef, take: &mut dyn FnMut(u64)) -> Result<()> {
    let foreign = || Error::Column {
        ty: column.data_type().to_string(),
    };
    if let DataType::Dictionary(_, _) = column.data_type() {
        let dictionary = column.as_any_dictionary();
        let mut of_value = Vec::with_capacity(dictionary.values().len());
        hashes(dictionary.values(), &mut |hash| of_value.push(hash))?;
        if of_value.is_empty() {
            (0..column.len()).for_each(|_| take(MISSING));
            return Ok(());
        }
        let nulls = dictionary.keys().logical_nulls();
        for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
            let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            let known = of_value.get(key).copied().unwrap_or(MISSING);
            take(if is_null { MISSING } else { known });
        }
        return Ok(());
    }
    match value_type(column.data_type()) {
        Some(ValueType::Text) => {
            let texts = strings(column)?;
            texts.iter().for_each(|text| {
                take(text.map_or(MISSING, |text| of_bytes(text.as_bytes())));
            });
        }
        Some(ValueType::Time) => {
            let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
            let whole = cast(column, &micros).and_then(|time| cast(&time, &DataType::Int64));
            of_integers(&whole.map_err(|_| foreign())?, take);
        }
        _ if column.data_type().is_integer() => {
            // Beyond 2⁶³ unsigned numbers are compared as floats are.
            match cast(column, &DataType::Int64) {
                Ok(whole) if whole.null_count() == column.null_count() => of_integers(&whole, take),
                _ => of_floats(column, take)?,
            }
        }
        Some(ValueType::Number | ValueType::Boolean) => of_floats(column, take)?,
        Some(ValueType::Opaque) | None => return Err(foreign()),
    }
    Ok(())
}

fn of_integers(whole: &ArrayRef, take: &mut dyn FnMut(u64)) {
    let whole = whole.as_primitive::<Int64Type>();
    let hash = |x: i64| mixed(x.cast_unsigned().wrapping_add(GOLDEN));
    whole.iter().for_each(|x| take(x.map_or(MISSING, hash)));
}

fn of_floats(column: &ArrayRef, take: &mut dyn FnMut(u64)) -> Result<()> {
    let known = |x: &f64| !x.is_nan();
    let hash = |x: f64| mixed((x + 0.0).to_bits().wrapping_add(GOLDEN));
    floats(column)?
        .iter()
        .for_each(|x| take(x.filter(known).map_or(MISSING, hash)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::firsts;
    use arrow::array::{BooleanArray, Float64Array, Int64Array, StringArray};
    use arrow::compute::concat;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn parts(array: ArrayRef) -> Vec<ArrayRef> {
        let half = array.len() / 2;
        vec![array.slice(0, half), array.slice(half, array.len() - half)]
    }

    proptest! {
        #[test]
        fn what_repeats_is_what_is_not_first(
            rows in prop::collection::vec((0_i64..6, prop::option::of(0_u8..4), any::<bool>()), 0..80),
        ) {
            let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.0)));
            let texts: StringArray = rows.iter().map(|r| r.1.map(|x| format!("a longer text {x}"))).collect();
            let floats: Float64Array = rows.iter().map(|r| Some(if r.2 { -0.0 } else { f64::NAN })).collect();
            let packed = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
            let texts: ArrayRef = Arc::new(texts);
            let columns = [numbers, cast(&texts, &packed).unwrap(), Arc::new(floats)];
            let mut repeats = Repeats::by(&parts(Arc::clone(&columns[0])), true).unwrap();
            for column in &columns[1..] {
                repeats.and(&parts(Arc::clone(column))).unwrap();
            }
            let plain = [Arc::clone(&columns[0]), texts, Arc::clone(&columns[2])];
            let first = firsts(&plain).unwrap();
            let again: Vec<u32> = (0_u32..).zip(&first).filter(|(_, f)| *f == Some(false)).map(|(r, _)| r).collect();
            prop_assert_eq!(repeats.repeated(), again);
            prop_assert_eq!(repeats.is_settled(), repeats.repeated().is_empty());
        }
    }

    #[test]
    fn missing_ids_are_no_repeats() {
        let ids: ArrayRef = Arc::new(StringArray::from(vec![
            Some("a"),
            None,
            None,
            Some("b"),
            Some("a"),
        ]));
        let repeats = Repeats::by(&[Arc::clone(&ids)], false).unwrap();
        assert_eq!((repeats.repeated(), repeats.missing()), (vec![4], 2));
        let repeats = Repeats::by(&[ids], true).unwrap();
        assert_eq!(repeats.repeated(), [2, 4]);
        let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true, false, true]));
        let both = concat(&[&flags, &flags]).unwrap();
        assert_eq!(Repeats::by(&[both], true).unwrap().repeated(), [2, 3, 4, 5]);
        assert!(Repeats::by(&[], true).unwrap().is_settled());
    }
}
