//! Exact counts on bins that somebody gave.

use crate::codec::{Reader, put_count, put_text};
use crate::error::{Error, Result};
use crate::texts::TEXT_BYTES_MAX;
use std::sync::Arc;

/// Most edges or categories.
pub const BINS_MAX: usize = 256;

/// So few edges are swept over all values one by one, which is quicker than to search for each value.
const SWEPT_MAX: usize = 24;

/// Where values are counted.
#[derive(Debug, Clone, PartialEq)]
pub enum Bins {
    /// Ascending edges of numbers. Bins are closed on the left, the first and the last are open.
    Edges(Vec<f64>),
    /// Ascending categories of texts; what is none of them is counted together.
    Categories(Vec<String>),
}

impl Bins {
    /// Bins between `edges`, which are sorted; equal ones are merged.
    ///
    /// # Errors
    /// If an edge is not finite, or if there are none or more than [`BINS_MAX`].
    pub fn edges(mut edges: Vec<f64>) -> Result<Self> {
        if !edges.iter().all(|e| e.is_finite()) {
            return Err(Error::Bins {
                what: "an edge is not finite",
            });
        }
        // −0 becomes 0, as it does among values.
        edges.iter_mut().for_each(|e| *e += 0.0);
        edges.sort_unstable_by(f64::total_cmp);
        edges.dedup_by(|a, b| a.total_cmp(b).is_eq());
        bounded(edges.len())?;
        Ok(Bins::Edges(edges))
    }

    /// One bin for each of `categories`, which are sorted; equal ones are merged.
    ///
    /// # Errors
    /// If one is longer than a category may be, or if there are none or more than [`BINS_MAX`].
    pub fn categories(mut categories: Vec<String>) -> Result<Self> {
        if categories.iter().any(|c| c.len() > TEXT_BYTES_MAX) {
            return Err(Error::Bins {
                what: "a category is too long",
            });
        }
        categories.sort_unstable();
        categories.dedup();
        bounded(categories.len())?;
        Ok(Bins::Categories(categories))
    }

    /// Counts that a profile of these bins has: the open last bin, or what is in no category, included.
    pub fn len(&self) -> usize {
        1 + match self {
            Bins::Edges(edges) => edges.len(),
            Bins::Categories(categories) => categories.len(),
        }
    }

    /// Never: there is always one bin.
    pub fn is_empty(&self) -> bool {
        false
    }
}

fn bounded(count: usize) -> Result<()> {
    match count {
        0 => Err(Error::Bins {
            what: "there is none",
        }),
        1..=BINS_MAX => Ok(()),
        _ => Err(Error::Bins {
            what: "there are too many",
        }),
    }
}

/// Bins with the rows in each; missing values are not among them.
#[derive(Debug, Clone, PartialEq)]
pub struct BinCounts {
    /// The bins.
    pub bins: Arc<Bins>,
    /// Rows of each bin, as many as [`Bins::len`].
    pub rows: Vec<u64>,
}

impl BinCounts {
    /// Of finite values in any order and those below and above all.
    pub(crate) fn of_numbers(
        bins: &Arc<Bins>,
        values: &[f64],
        below: u64,
        above: u64,
    ) -> Option<Self> {
        let Bins::Edges(edges) = bins.as_ref() else {
            return None;
        };
        let mut rows = vec![0_u64; bins.len()];
        if edges.len() <= SWEPT_MAX {
            let mut before = 0;
            for (at, edge) in edges.iter().enumerate() {
                let under = values.iter().map(|x| u64::from(x < edge)).sum::<u64>();
                rows[at] = under - before;
                before = under;
            }
            rows[edges.len()] = values.len() as u64 - before;
        } else {
            for x in values {
                rows[edges.partition_point(|edge| edge <= x)] += 1;
            }
        }
        rows[0] += below;
        rows[edges.len()] += above;
        Some(Self {
            bins: Arc::clone(bins),
            rows,
        })
    }

    /// Of texts with how often each came.
    pub(crate) fn of_texts<'a>(
        bins: &Arc<Bins>,
        texts: impl Iterator<Item = (&'a str, u64)>,
    ) -> Option<Self> {
        let Bins::Categories(categories) = bins.as_ref() else {
            return None;
        };
        let mut rows = vec![0; bins.len()];
        for (text, count) in texts {
            let at = categories.binary_search_by(|c| c.as_str().cmp(text));
            rows[at.unwrap_or(categories.len())] += count;
        }
        Some(Self {
            bins: Arc::clone(bins),
            rows,
        })
    }

    /// The counts of both, if they are of the same bins.
    pub(crate) fn joined(&self, other: &Self) -> Option<Self> {
        if self.bins != other.bins {
            return None;
        }
        let rows = self.rows.iter().zip(&other.rows).map(|(a, b)| a + b);
        Some(Self {
            bins: Arc::clone(&self.bins),
            rows: rows.collect(),
        })
    }

    pub(crate) fn write(counts: Option<&Self>, out: &mut Vec<u8>) {
        let Some(counts) = counts else {
            out.push(0);
            return;
        };
        match counts.bins.as_ref() {
            Bins::Edges(edges) => {
                out.push(1);
                put_count(out, edges.len());
                edges
                    .iter()
                    .for_each(|e| out.extend_from_slice(&e.to_le_bytes()));
            }
            Bins::Categories(categories) => {
                out.push(2);
                put_count(out, categories.len());
                categories.iter().for_each(|c| put_text(out, c));
            }
        }
        counts
            .rows
            .iter()
            .for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Option<Self>> {
        let bins = match from.u8()? {
            0 => return Ok(None),
            1 => {
                let count = from.u16()?;
                Bins::edges((0..count).map(|_| from.f64()).collect::<Result<_>>()?)?
            }
            2 => {
                let count = from.u16()?;
                let text = |_| from.text().map(str::to_owned);
                Bins::categories((0..count).map(text).collect::<Result<_>>()?)?
            }
            _ => return Err(Error::form("bins of an unknown kind")),
        };
        let rows = (0..bins.len()).map(|_| from.u64()).collect::<Result<_>>()?;
        Ok(Some(Self {
            bins: Arc::new(bins),
            rows,
        }))
    }
}
