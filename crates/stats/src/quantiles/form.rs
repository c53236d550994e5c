//! The stored form: Apache DataSketches' compact KLL sketch of doubles.

use super::{LEVEL_MIN, LEVELS_MAX, Quantiles, capacity};
use crate::codec::Reader;
use crate::error::{Error, Result};

/// Words of four bytes before the levels.
const PREAMBLE: u8 = 5;
const VERSION: u8 = 1;
/// The number of KLL among Apache's sketches.
const FAMILY: u8 = 15;
const LEVEL_ZERO_SORTED: u8 = 2;
/// Smallest and largest k that Apache's libraries take.
const K_RANGE: std::ops::RangeInclusive<u16> = 8..=u16::MAX;

impl Quantiles {
    /// As bytes. Fewer than two values have another form there and are never stored so.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let levels = u8::try_from(self.levels.len()).unwrap_or(u8::MAX);
        out.extend_from_slice(&[PREAMBLE, VERSION, FAMILY, LEVEL_ZERO_SORTED]);
        out.extend_from_slice(&self.k.to_le_bytes());
        out.extend_from_slice(&[LEVEL_MIN as u8, 0]);
        out.extend_from_slice(&self.n.to_le_bytes());
        out.extend_from_slice(&self.k.to_le_bytes());
        out.extend_from_slice(&[levels, 0]);
        let kept: usize = self.levels.iter().map(Vec::len).sum();
        let mut at = capacity(self.k, self.levels.len()).saturating_sub(kept as u64);
        for level in &self.levels {
            out.extend_from_slice(&u32::try_from(at).unwrap_or(u32::MAX).to_le_bytes());
            at += level.len() as u64;
        }
        for x in [self.min, self.max]
            .iter()
            .chain(self.levels.iter().flatten())
        {
            out.extend_from_slice(&x.to_le_bytes());
        }
    }

    /// Reads what [`Quantiles::write`] or another writer of the form wrote.
    ///
    /// # Errors
    /// For anything that is no sketch of two or more finite values.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let mut from = Reader::new(bytes);
        let [preamble, version, family, flags] = from.array()?;
        if (preamble, version, family) != (PREAMBLE, VERSION, FAMILY) {
            return Err(Error::form("not a full KLL sketch"));
        }
        let k = from.u16()?;
        let [level_min, _] = from.array()?;
        let n = from.u64()?;
        let min_k = from.u16()?;
        let [count, _] = from.array()?;
        let count = usize::from(count);
        if !K_RANGE.contains(&k)
            || !(*K_RANGE.start()..=k).contains(&min_k)
            || u64::from(level_min) != LEVEL_MIN
            || !(1..=LEVELS_MAX).contains(&count)
        {
            return Err(Error::form("a KLL sketch of impossible size"));
        }
        let end = capacity(k, count);
        let mut starts = (0..count)
            .map(|_| from.u32().map(u64::from))
            .collect::<Result<Vec<_>>>()?;
        starts.push(end);
        if !starts.is_sorted() {
            return Err(Error::form("levels of a KLL sketch are out of order"));
        }
        let (min, max) = (from.f64()?, from.f64()?);
        let mut levels = Vec::with_capacity(count);
        for pair in starts.windows(2) {
            let items = (pair[0]..pair[1])
                .map(|_| from.f64())
                .collect::<Result<Vec<_>>>()?;
            levels.push(items);
        }
        from.end()?;
        if flags & LEVEL_ZERO_SORTED == 0 {
            levels[0].sort_unstable_by(f64::total_cmp);
        }
        let read = Self {
            k: min_k,
            n,
            min,
            max,
            levels,
        };
        read.checked()
    }

    fn checked(self) -> Result<Self> {
        let rows = self
            .levels
            .iter()
            .enumerate()
            .try_fold(0_u64, |rows, (level, items)| {
                rows.checked_add((items.len() as u64).checked_mul(1 << level)?)
            });
        let in_order = self.levels.iter().all(|items| {
            let inside = items.first().is_none_or(|x| *x >= self.min)
                && items.last().is_none_or(|x| *x <= self.max);
            items.is_sorted() && inside
        });
        let finite = self.min.is_finite() && self.max.is_finite();
        if rows != Some(self.n) || self.n < 2 || !in_order || !finite {
            return Err(Error::form("a KLL sketch contradicts itself"));
        }
        Ok(self)
    }
}
