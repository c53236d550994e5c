//! The values of one column of one side, in the order of the rows.

use crate::error::{Error, Result};
use crate::table::Kind;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, TimeUnit, TimestampMicrosecondType};
use candor_stats::Tally;
use std::collections::HashMap;

/// Values that are looked for one by one before any is hashed.
const FIRST: usize = 4;
/// The code of rows without a word.
pub(crate) const NO_WORD: u32 = u32::MAX;

/// Values in the order of the rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    /// Numbers, booleans as 0 and 1, times in microseconds; NaN where there is none.
    Numbers(Vec<f64>),
    /// Words.
    Words(Words),
    /// Only known to be there or not.
    Opaque {
        /// All rows.
        rows: u64,
        /// Rows without a value.
        missing: u64,
    },
}

/// Words by their codes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Words {
    /// The word's place in `words`, or [`NO_WORD`].
    pub(crate) codes: Vec<u32>,
    /// Every word that came, in the order in which they came first.
    pub(crate) words: Vec<String>,
}

impl Values {
    /// Of the parts of a column.
    pub(crate) fn of(parts: &[ArrayRef], kind: Kind, column: &str) -> Result<Self> {
        let failed = |e: arrow::error::ArrowError| Error::Read {
            column: column.to_owned(),
            what: e.to_string(),
        };
        match kind {
            Kind::Number | Kind::Boolean => numbers(parts).map_err(failed),
            Kind::Time => times(parts).map_err(failed),
            Kind::Text => Ok(Values::Words(Words::of(parts).map_err(failed)?)),
            Kind::Vector | Kind::Other => Ok(Values::Opaque {
                rows: parts.iter().map(|p| p.len() as u64).sum(),
                missing: parts.iter().map(|p| p.logical_null_count() as u64).sum(),
            }),
        }
    }

    /// Rows.
    pub(crate) fn rows(&self) -> u64 {
        match self {
            Values::Numbers(numbers) => numbers.len() as u64,
            Values::Words(words) => words.codes.len() as u64,
            Values::Opaque { rows, .. } => *rows,
        }
    }

    /// Rows without a value.
    pub(crate) fn missing(&self) -> u64 {
        match self {
            Values::Numbers(numbers) => numbers.iter().filter(|x| x.is_nan()).count() as u64,
            Values::Words(words) => words.codes.iter().filter(|c| **c == NO_WORD).count() as u64,
            Values::Opaque { missing, .. } => *missing,
        }
    }

    /// Words as they are, numbers as people write them.
    pub(crate) fn into_words(self) -> Words {
        match self {
            Values::Words(words) => words,
            Values::Numbers(numbers) => Words::of_numbers(&numbers),
            Values::Opaque { rows, .. } => Words {
                codes: vec![NO_WORD; rows as usize],
                words: Vec::new(),
            },
        }
    }
}

fn numbers(parts: &[ArrayRef]) -> std::result::Result<Values, arrow::error::ArrowError> {
    let mut all = Vec::with_capacity(parts.iter().map(|p| p.len()).sum());
    for part in parts {
        let part = cast(part, &DataType::Float64)?;
        let part = part.as_primitive::<Float64Type>();
        match part.nulls() {
            Some(nulls) if nulls.null_count() > 0 => {
                let known = part.values().iter().zip(nulls.iter());
                all.extend(known.map(|(x, there)| if there { *x } else { f64::NAN }));
            }
            _ => all.extend_from_slice(part.values()),
        }
    }
    Ok(Values::Numbers(all))
}

fn times(parts: &[ArrayRef]) -> std::result::Result<Values, arrow::error::ArrowError> {
    let mut all = Vec::with_capacity(parts.iter().map(|p| p.len()).sum());
    for part in parts {
        let part = cast(part, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
        let part = part.as_primitive::<TimestampMicrosecondType>();
        all.extend(part.iter().map(|t| t.map_or(f64::NAN, |t| t as f64)));
    }
    Ok(Values::Numbers(all))
}

impl Words {
    fn of(parts: &[ArrayRef]) -> std::result::Result<Self, arrow::error::ArrowError> {
        let mut out = Self::default();
        out.codes.reserve(parts.iter().map(|p| p.len()).sum());
        let mut known: HashMap<String, u32> = HashMap::new();
        for part in parts {
            let packed = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
            let part = cast(part, &packed)?;
            let dictionary = part.as_any_dictionary();
            let values = dictionary.values().as_string::<i32>();
            if values.is_empty() {
                // Every row is missing; Arrow has no keys to tell then.
                out.codes.extend(std::iter::repeat_n(NO_WORD, part.len()));
                continue;
            }
            // Of each entry of this part's dictionary, the code among all words; entries that no row has
            // get none.
            let mut codes = vec![NO_WORD; values.len()];
            let nulls = part.logical_nulls();
            for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
                if nulls.as_ref().is_some_and(|n| n.is_null(row)) {
                    out.codes.push(NO_WORD);
                    continue;
                }
                if codes[key] == NO_WORD {
                    codes[key] = out.code(values.value(key), &mut known);
                }
                out.codes.push(codes[key]);
            }
        }
        Ok(out)
    }

    fn of_numbers(numbers: &[f64]) -> Self {
        let mut out = Self::default();
        let mut known: HashMap<u64, u32> = HashMap::new();
        let mut names: HashMap<String, u32> = HashMap::new();
        // Labels and flags are a few values, which are found sooner than hashed.
        let mut first: Vec<(u64, u32)> = Vec::with_capacity(FIRST);
        out.codes.reserve(numbers.len());
        for x in numbers {
            if x.is_nan() {
                out.codes.push(NO_WORD);
                continue;
            }
            // −0 is 0.
            let x = *x + 0.0;
            let bits = x.to_bits();
            let met = first.iter().find(|(own, _)| *own == bits);
            let code = match met.map(|(_, code)| code).or_else(|| known.get(&bits)) {
                Some(code) => *code,
                None => {
                    let code = out.code(&x.to_string(), &mut names);
                    if first.len() < FIRST {
                        first.push((bits, code));
                    } else {
                        known.insert(bits, code);
                    }
                    code
                }
            };
            out.codes.push(code);
        }
        out
    }

    fn code(&mut self, word: &str, known: &mut HashMap<String, u32>) -> u32 {
        if let Some(code) = known.get(word) {
            return *code;
        }
        let code = self.words.len() as u32;
        self.words.push(word.to_owned());
        known.insert(word.to_owned(), code);
        code
    }

    /// Rows of each word, in the order of [`Words::words`].
    pub(crate) fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.words.len()];
        for code in &self.codes {
            if let Some(count) = counts.get_mut(*code as usize) {
                *count += 1;
            }
        }
        counts
    }

    /// Words with their rows.
    pub(crate) fn tally(&self) -> Tally {
        let counts = self.counts();
        let known: u64 = counts.iter().sum();
        let named = self.words.iter().cloned().zip(counts);
        Tally::new(named, self.codes.len() as u64 - known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int64Array, StringArray};
    use std::sync::Arc;

    #[test]
    fn words_keep_their_code_over_all_parts() {
        let part = |words: Vec<Option<&str>>| -> ArrayRef { Arc::new(StringArray::from(words)) };
        let parts = [
            part(vec![Some("b"), None]),
            part(vec![None]),
            part(vec![Some("a"), Some("b")]),
        ];
        let Values::Words(words) = Values::of(&parts, Kind::Text, "x").unwrap() else {
            panic!("no words");
        };
        assert_eq!(words.codes, [0, NO_WORD, NO_WORD, 1, 0]);
        assert_eq!(words.words, ["b", "a"]);
        let tally = words.tally();
        assert_eq!((tally.of("b"), tally.missing), (2, 2));
    }

    #[test]
    fn integers_are_spelled_without_a_point() {
        let part: ArrayRef = Arc::new(Int64Array::from(vec![Some(2), None, Some(2)]));
        let numbers = Values::of(&[part], Kind::Number, "x").unwrap();
        assert_eq!((numbers.rows(), numbers.missing()), (3, 1));
        assert_eq!(numbers.into_words().words, ["2"]);
    }
}
