//! Batches cut to pieces that fit a frame.

use super::failure::{QueryCode, QueryFailure};
use arrow::array::{Array, RecordBatch};

/// Bytes of the rows of `batch`, not of the larger arrays it may be cut from.
pub(super) fn sliced_bytes(batch: &RecordBatch) -> Result<usize, QueryFailure> {
    let mut sum = 0;
    for column in batch.columns() {
        sum += column
            .to_data()
            .get_slice_memory_size()
            .map_err(QueryFailure::internal)?;
    }
    Ok(sum)
}

/// Cuts `batch` into pieces of at most `max` bytes.
pub(super) fn pieces(batch: &RecordBatch, max: usize) -> Result<Vec<RecordBatch>, QueryFailure> {
    let mut done = Vec::new();
    let mut left = vec![batch.clone()];
    while let Some(batch) = left.pop() {
        let rows = batch.num_rows();
        if rows == 0 {
            continue;
        }
        if sliced_bytes(&batch)? <= max {
            done.push(batch);
        } else if rows == 1 {
            return Err(QueryFailure::new(
                QueryCode::SqlResultLimit,
                format!("One row of the result is larger than {} MiB.", max >> 20),
                "Select fewer or shorter columns.",
            ));
        } else {
            left.push(batch.slice(rows / 2, rows - rows / 2));
            left.push(batch.slice(0, rows / 2));
        }
    }
    Ok(done)
}
