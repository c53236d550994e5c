//! Rows as Parquet bytes: floats byte-stream-split, times and ids delta coded, the rest by
//! dictionary, everything zstd: at its fastest level when flushed, a little harder when compacted.
//!
//! Distinct floats do not profit from a dictionary: byte-stream-split with zstd is a fifth smaller
//! than dictionaries with Snappy and five times as fast to write.

use crate::error::{Error, Result};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, compute_leaves};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// How hard to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Rows on their way to the lake, for which senders wait.
    Flush,
    /// Files that are written anew, for which nobody waits.
    Compaction,
}

type Outcome<T> = std::result::Result<T, ParquetError>;

/// Rows of a row group: large enough to compress well, small enough to prune by.
const GROUP_ROWS: usize = 262_144;
/// Row groups of fewer rows are encoded on one thread.
const TWO_LANES_ROWS_MIN: usize = 32_768;
/// Columns of profiles by which a query finds its few pages: files are ordered by them.
const FOUND_BY: [&str; 3] = ["grain", "segment", "kind"];
/// Rows of a page of profiles: a day of a column's windows of five minutes is 288.
const PROFILE_PAGE_ROWS: usize = 2048;
/// Floats looked at to tell whether a column repeats a few values.
const SAMPLE: usize = 1024;
/// A sample with at most this many distinct values is better off with a dictionary.
const FEW_VALUES: usize = 64;

/// Encodes rows, in pieces of the same columns, as one Parquet file.
pub(crate) fn encode(pieces: &[RecordBatch], effort: Effort) -> Result<Vec<u8>> {
    encode_pieces(pieces, effort).map_err(|e| Error::Arrow {
        what: "encode rows as Parquet",
        source: e.into(),
    })
}

fn encode_pieces(pieces: &[RecordBatch], effort: Effort) -> Outcome<Vec<u8>> {
    let Some(largest) = pieces.iter().max_by_key(|p| p.num_rows()) else {
        return Ok(Vec::new());
    };
    let rows: usize = pieces.iter().map(RecordBatch::num_rows).sum();
    let mut out = Vec::with_capacity(rows * 128 + 16_384);
    let writer = ArrowWriter::try_new(
        &mut out,
        largest.schema(),
        Some(properties(largest, effort)),
    )?;
    let (mut file, columns) = writer.into_serialized_writer()?;
    for (number, group) in groups(pieces).iter().enumerate() {
        let chunks = encode_columns(columns.create_column_writers(number)?, group)?;
        let mut written = file.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut written)?;
        }
        written.close()?;
    }
    file.close()?;
    Ok(out)
}

/// The pieces cut into row groups.
fn groups(pieces: &[RecordBatch]) -> Vec<Vec<RecordBatch>> {
    let mut groups = vec![Vec::new()];
    let mut room = GROUP_ROWS;
    for piece in pieces {
        let mut from = 0;
        while from < piece.num_rows() {
            if room == 0 {
                groups.push(Vec::new());
                room = GROUP_ROWS;
            }
            let rows = room.min(piece.num_rows() - from);
            if let Some(group) = groups.last_mut() {
                group.push(piece.slice(from, rows));
            }
            (from, room) = (from + rows, room - rows);
        }
    }
    groups
}

/// Encodes the columns of a row group, large ones on two threads: encoding is what bounds the way
/// to the lake. Each column of a table has one leaf, so writers and columns pair up.
fn encode_columns(
    writers: Vec<ArrowColumnWriter>,
    group: &[RecordBatch],
) -> Outcome<Vec<ArrowColumnChunk>> {
    let count = writers.len();
    let waiting = Mutex::new(writers.into_iter().enumerate());
    let next = || {
        waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()
    };
    let lane = || -> Outcome<Vec<(usize, ArrowColumnChunk)>> {
        let mut done = Vec::with_capacity(count);
        while let Some((at, writer)) = next() {
            done.push((at, encode_column(writer, at, group)?));
        }
        Ok(done)
    };
    let rows: usize = group.iter().map(RecordBatch::num_rows).sum();
    let mut done = if rows < TWO_LANES_ROWS_MIN {
        lane()?
    } else {
        std::thread::scope(|scope| {
            let other = scope.spawn(lane);
            let mut done = lane()?;
            let panicked = |_| ParquetError::General("a column's encoder panicked".to_owned());
            done.append(&mut other.join().map_err(panicked)??);
            Outcome::Ok(done)
        })?
    };
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, chunk)| chunk).collect())
}

fn encode_column(
    mut writer: ArrowColumnWriter,
    at: usize,
    group: &[RecordBatch],
) -> Outcome<ArrowColumnChunk> {
    for piece in group {
        for leaf in compute_leaves(piece.schema().field(at), piece.column(at))? {
            writer.write(&leaf)?;
        }
    }
    writer.close()
}

/// Reads a whole Parquet file.
pub(crate) fn decode(bytes: Bytes) -> Result<Vec<RecordBatch>> {
    let failed = |e: ParquetError| Error::Arrow {
        what: "read rows from Parquet",
        source: e.into(),
    };
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(failed)?;
    let reader = builder
        .with_batch_size(GROUP_ROWS)
        .build()
        .map_err(failed)?;
    reader
        .map(|b| b.map_err(Error::arrow("read rows from Parquet")))
        .collect()
}

/// Reads some columns of a Parquet file; those that it does not have are left out.
pub(crate) fn decode_columns(bytes: Bytes, names: &[&str]) -> Result<Vec<RecordBatch>> {
    let failed = |e: ParquetError| Error::Arrow {
        what: "read rows from Parquet",
        source: e.into(),
    };
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(failed)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
    let reader = builder
        .with_projection(mask)
        .with_batch_size(GROUP_ROWS)
        .build()
        .map_err(failed)?;
    reader
        .map(|b| b.map_err(Error::arrow("read rows from Parquet")))
        .collect()
}

fn properties(batch: &RecordBatch, effort: Effort) -> WriterProperties {
    let level = match effort {
        Effort::Flush => 1,
        Effort::Compaction => 3,
    };
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("candor ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(
            ZstdLevel::try_new(level).unwrap_or_default(),
        ))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_statistics_truncate_length(Some(64))
        .set_column_statistics_enabled(ColumnPath::from("time"), EnabledStatistics::Page);
    let profiles = batch.schema().field_with_name(FOUND_BY[0]).is_ok();
    if profiles {
        builder = builder.set_data_page_row_count_limit(PROFILE_PAGE_ROWS);
    }
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let mut path = ColumnPath::from(field.name().as_str());
        if field.data_type() == &DataType::Binary {
            builder = builder
                .set_column_statistics_enabled(path.clone(), EnabledStatistics::None)
                .set_column_dictionary_enabled(path.clone(), false);
            if effort == Effort::Flush {
                // Sketches hardly shrink; compaction tries.
                builder = builder.set_column_compression(path.clone(), Compression::UNCOMPRESSED);
            }
        }
        if matches!(field.data_type(), DataType::List(_)) {
            path = ColumnPath::from(vec![field.name().clone(), "list".into(), "element".into()]);
        }
        if profiles && FOUND_BY.contains(&field.name().as_str()) {
            builder = builder.set_column_statistics_enabled(path.clone(), EnabledStatistics::Page);
        } else if field.data_type() == &DataType::Utf8 && field.name() != "id" {
            // Texts of a day are mixed, so bounds prune nothing; finding them is two comparisons a
            // value.
            builder = builder.set_column_statistics_enabled(path.clone(), EnabledStatistics::None);
        }
        let encoding = match field.data_type() {
            DataType::Float64 if few_values(array) => None,
            DataType::Float64 | DataType::List(_) => Some(Encoding::BYTE_STREAM_SPLIT),
            DataType::Timestamp(..) => Some(Encoding::DELTA_BINARY_PACKED),
            DataType::Utf8 if field.name() == "id" => Some(Encoding::DELTA_BYTE_ARRAY),
            _ => None,
        };
        if let Some(encoding) = encoding {
            builder = builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, encoding);
        }
    }
    builder.build()
}

fn few_values(array: &ArrayRef) -> bool {
    let floats = array.as_primitive::<Float64Type>();
    let stride = (floats.len() / SAMPLE).max(1);
    let sample = (0..floats.len())
        .step_by(stride)
        .filter(|&i| floats.is_valid(i));
    let distinct: HashSet<u64> = sample.map(|i| floats.value(i).to_bits()).collect();
    distinct.len() <= FEW_VALUES
}
