//! Summary of texts: categories with counts while they are few, then heavy hitters.

use crate::codec::{Reader, put_block, put_count, put_text};
use crate::distinct::{Distinct, coupon_of};
use crate::error::{Error, Result};
use crate::moments::Moments;
use datasketches::frequencies::{ErrorType, FrequentItemsSketch};
use datasketches::hll::Coupon;

/// Most distinct texts that are kept with their counts.
pub const CATEGORIES_MAX: usize = 96;
/// Longest text that is kept, in bytes. Longer ones are no categories.
pub const TEXT_BYTES_MAX: usize = 64;
/// Slots of the heavy hitters; three quarters are used.
const SLOTS: usize = 128;

/// A value with bounds on how often it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frequent {
    /// The value.
    pub value: String,
    /// At least so many rows.
    pub low: u64,
    /// At most so many rows; equal to `low` when exact.
    pub high: u64,
}

/// What is known of texts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    /// Rows whose text is longer than [`TEXT_BYTES_MAX`].
    pub(crate) long: u64,
    /// Of the lengths in characters.
    pub(crate) moments: Moments,
    categories: Categories,
}

#[derive(Debug, Clone)]
enum Categories {
    /// Each with its rows, ascending.
    All(Vec<(String, u64)>),
    Sketched(Box<(FrequentItemsSketch<String>, Distinct)>),
}

impl Default for Categories {
    fn default() -> Self {
        Categories::All(Vec::new())
    }
}

/// A text with what is to be known of it, found once for all groups of rows.
#[derive(Debug, Clone)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    chars: u32,
    coupon: Coupon,
}

impl<'a> Word<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            chars: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
            coupon: coupon_of(text),
        }
    }
}

impl Texts {
    /// Of distinct texts, each with how often it came.
    pub(crate) fn of_counts(counts: &[(&Word<'_>, u64)]) -> Result<Self> {
        let mut out = Self {
            moments: lengths(counts),
            ..Self::default()
        };
        let long = counts.iter().filter(|(w, _)| w.text.len() > TEXT_BYTES_MAX);
        out.long = long.map(|(_, rows)| rows).sum();
        if out.long == 0 && counts.len() <= CATEGORIES_MAX {
            let all = counts.iter().map(|(word, n)| (word.text.to_owned(), *n));
            let mut all: Vec<_> = all.collect();
            all.sort_unstable();
            out.categories = Categories::All(all);
            return Ok(out);
        }
        let mut frequent = FrequentItemsSketch::new(SLOTS).map_err(Error::form)?;
        for (word, rows) in counts {
            if word.text.len() <= TEXT_BYTES_MAX {
                frequent.update_with_count_ref(word.text, *rows);
            }
        }
        let distinct = Distinct::of(counts.iter().map(|(word, _)| word.coupon))?;
        out.categories = Categories::Sketched(Box::new((frequent, distinct)));
        Ok(out)
    }

    /// Adds the rows of others.
    pub(crate) fn merge(&mut self, others: &[&Self]) -> Result<()> {
        for other in others {
            self.long += other.long;
            self.moments.merge(&other.moments);
        }
        let categories: Vec<&Categories> = others.iter().map(|other| &other.categories).collect();
        self.categories.merge(&categories)
    }

    /// Estimate, low, high; equal when exact.
    pub(crate) fn distinct(&self) -> (f64, f64, f64) {
        match &self.categories {
            Categories::All(all) => {
                let exact = all.len() as f64;
                (exact, exact, exact)
            }
            Categories::Sketched(sketches) => {
                let (low, high) = sketches.1.bounds();
                (sketches.1.estimate(), low, high)
            }
        }
    }

    /// The most frequent texts, most frequent first.
    pub(crate) fn frequent(&self, most: usize) -> Vec<Frequent> {
        let mut found: Vec<Frequent> = match &self.categories {
            Categories::All(all) => all
                .iter()
                .map(|(value, n)| Frequent {
                    value: value.clone(),
                    low: *n,
                    high: *n,
                })
                .collect(),
            Categories::Sketched(sketches) => sketches
                .0
                .frequent_items(ErrorType::NoFalseNegatives)
                .iter()
                .map(|row| Frequent {
                    value: row.item().clone(),
                    low: row.lower_bound(),
                    high: row.upper_bound(),
                })
                .collect(),
        };
        found.sort_by(|a, b| b.high.cmp(&a.high).then_with(|| a.value.cmp(&b.value)));
        found.truncate(most);
        found
    }

    /// Every text with its rows, if all are known.
    pub(crate) fn all(&self) -> Option<&[(String, u64)]> {
        match &self.categories {
            Categories::All(all) => Some(all),
            Categories::Sketched(_) => None,
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(&self.long.to_le_bytes());
        self.moments.write(out);
        match &self.categories {
            Categories::All(all) => {
                out.push(0);
                put_count(out, all.len());
                for (text, rows) in all {
                    put_text(out, text);
                    out.extend_from_slice(&rows.to_le_bytes());
                }
            }
            Categories::Sketched(sketches) => {
                out.push(1);
                put_block(out, &sketches.0.serialize());
                put_block(out, &sketches.1.bytes()?);
            }
        }
        Ok(())
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self> {
        let long = from.u64()?;
        let moments = Moments::read(from)?;
        let categories = match from.u8()? {
            0 => {
                let count = usize::from(from.u16()?);
                let pair = |_| Ok((from.text()?.to_owned(), from.u64()?));
                let all: Vec<(String, u64)> = (0..count).map(pair).collect::<Result<_>>()?;
                let rows = all
                    .iter()
                    .try_fold(0_u64, |rows, (_, n)| rows.checked_add(*n));
                let ascending = all.windows(2).all(|pair| pair[0].0 < pair[1].0);
                if rows != Some(moments.n) || !ascending || count > CATEGORIES_MAX {
                    return Err(Error::form("its texts contradict their count"));
                }
                Categories::All(all)
            }
            1 => {
                let read = FrequentItemsSketch::<String>::deserialize(from.block()?);
                let frequent = read.map_err(Error::form)?;
                if frequent.total_weight().checked_add(long) != Some(moments.n) {
                    return Err(Error::form("its texts contradict their count"));
                }
                Categories::Sketched(Box::new((frequent, Distinct::read(from.block()?)?)))
            }
            _ => return Err(Error::form("texts of an unknown kind")),
        };
        Ok(Self {
            long,
            moments,
            categories,
        })
    }
}

/// Moments of lengths in characters. Most are short, and each short one is counted first.
fn lengths(counts: &[(&Word<'_>, u64)]) -> Moments {
    let mut short = [0_u64; TEXT_BYTES_MAX + 1];
    let mut out = Moments::default();
    for (word, rows) in counts {
        match short.get_mut(word.chars as usize) {
            Some(count) => *count += rows,
            None => out.merge(&Moments::repeated(f64::from(word.chars), *rows)),
        }
    }
    for (length, rows) in (0_u32..).zip(short) {
        out.merge(&Moments::repeated(f64::from(length), rows));
    }
    out
}

impl Categories {
    fn merge(&mut self, others: &[&Self]) -> Result<()> {
        let mut left = others;
        while let (Categories::All(ours), [Categories::All(theirs), rest @ ..]) = (&mut *self, left)
        {
            let both = joined(ours, theirs);
            if both.len() > CATEGORIES_MAX {
                break;
            }
            *ours = both;
            left = rest;
        }
        if left.is_empty() {
            return Ok(());
        }
        let mut sketches = std::mem::take(self).sketched()?;
        for other in left {
            match other {
                Categories::All(all) => {
                    for (text, rows) in all {
                        sketches.0.update_with_count_ref(text.as_str(), *rows);
                        sketches.1.add_text(text);
                    }
                }
                Categories::Sketched(theirs) => sketches.0.merge(&theirs.0),
            }
        }
        sketches
            .1
            .merge(left.iter().filter_map(|other| match other {
                Categories::All(_) => None,
                Categories::Sketched(theirs) => Some(&theirs.1),
            }))?;
        *self = Categories::Sketched(sketches);
        Ok(())
    }

    fn sketched(self) -> Result<Box<(FrequentItemsSketch<String>, Distinct)>> {
        let all = match self {
            Categories::Sketched(sketches) => return Ok(sketches),
            Categories::All(all) => all,
        };
        let mut frequent = FrequentItemsSketch::new(SLOTS).map_err(Error::form)?;
        let mut distinct = Distinct::new()?;
        for (text, rows) in all {
            distinct.add_text(&text);
            frequent.update_with_count(text, rows);
        }
        Ok(Box::new((frequent, distinct)))
    }
}

/// Two ascending lists of texts with counts as one.
fn joined(a: &[(String, u64)], b: &[(String, u64)]) -> Vec<(String, u64)> {
    let mut out: Vec<(String, u64)> = a.iter().chain(b).cloned().collect();
    out.sort();
    out.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    out
}
