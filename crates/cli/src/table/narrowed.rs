//! Some rows of a table: a range, or those of a time.

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::compute::filter;
use candor_report::{Error, Field, Result, Table};
use std::ops::Range;
use std::sync::Arc;

/// Which rows.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    /// By their number, counting from 0.
    Range(Range<u64>),
    /// Those that are marked.
    Marked(BooleanArray),
}

/// A table that shows some of another's rows.
pub(crate) struct Narrowed {
    whole: Arc<dyn Table + Send>,
    rows: Rows,
    count: u64,
}

impl Narrowed {
    pub(crate) fn new(whole: Arc<dyn Table + Send>, rows: Rows) -> Self {
        let count = match &rows {
            Rows::Range(range) => {
                let end = range.end.min(whole.rows());
                end.saturating_sub(range.start)
            }
            Rows::Marked(marks) => marks.true_count() as u64,
        };
        Self { whole, rows, count }
    }
}

impl Table for Narrowed {
    fn fields(&self) -> &[Field] {
        self.whole.fields()
    }

    fn rows(&self) -> u64 {
        self.count
    }

    fn read(&self, at: usize) -> Result<Vec<ArrayRef>> {
        let mut first = 0_usize;
        let mut kept = Vec::new();
        for part in self.whole.read(at)? {
            let (from, to) = (first, first + part.len());
            first = to;
            match &self.rows {
                Rows::Range(range) => {
                    let start = (range.start as usize).clamp(from, to);
                    let end = (range.end as usize).clamp(start, to);
                    if end > start {
                        kept.push(part.slice(start - from, end - start));
                    }
                }
                Rows::Marked(marks) => {
                    let marks = marks.slice(from, to - from);
                    let some = filter(&part, &marks).map_err(|e| Error::Read {
                        column: self.fields()[at].name.clone(),
                        what: e.to_string(),
                    })?;
                    kept.push(some);
                }
            }
        }
        Ok(kept)
    }
}
