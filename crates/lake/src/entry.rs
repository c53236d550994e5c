//! The payload of a log record: the rows of one request, by table. Format: `docs/formats/entry.md`.

use crate::error::{Error, Result};
use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use bytes::Bytes;
use candor_contract::TableId;

/// First bytes of every entry: `CE` and the format version.
const MAGIC: [u8; 3] = [b'C', b'E', 1];

/// Rows of one table.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) table: TableId,
    pub(crate) batch: RecordBatch,
}

impl Rows {
    /// The rows whose `drop` flag is not set; `None` if none are left.
    pub(crate) fn without(&self, drop: &[bool]) -> Result<Option<Self>> {
        if !drop.contains(&true) {
            return Ok(Some(self.clone()));
        }
        let keep: BooleanArray = drop.iter().map(|d| Some(!d)).collect();
        let batch = filter_record_batch(&self.batch, &keep).map_err(Error::arrow("filter rows"))?;
        Ok((batch.num_rows() > 0).then(|| Self {
            table: self.table.clone(),
            batch,
        }))
    }
}

/// Bytes of the rows themselves: columns read from one message share its buffer, which
/// `get_array_memory_size` would count once a column.
pub(crate) fn size(batch: &RecordBatch) -> u64 {
    let of = |column: &ArrayRef| column.to_data().get_slice_memory_size().unwrap_or(0);
    batch.columns().iter().map(|c| of(c) as u64).sum()
}

/// Encodes one table's rows. An entry is [`head`] followed by its sections.
pub(crate) fn section(rows: &Rows) -> Result<Bytes> {
    let path = rows.table.path();
    let bytes = usize::try_from(size(&rows.batch)).unwrap_or(0);
    let mut out = Vec::with_capacity(bytes + bytes / 8 + 8192);
    out.extend_from_slice(&u16::try_from(path.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend_from_slice(path.as_bytes());
    let length_at = out.len();
    out.extend_from_slice(&[0; 4]);
    let ipc = Error::arrow("encode rows for the log");
    let mut writer = StreamWriter::try_new(&mut out, &rows.batch.schema()).map_err(&ipc)?;
    writer.write(&rows.batch).map_err(&ipc)?;
    writer.finish().map_err(&ipc)?;
    drop(writer);
    let length = u32::try_from(out.len() - length_at - 4).unwrap_or(u32::MAX);
    out[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
    Ok(out.into())
}

/// The bytes before the sections.
pub(crate) fn head(sections: usize) -> Bytes {
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&u16::try_from(sections).unwrap_or(u16::MAX).to_le_bytes());
    out.into()
}

/// Reads an entry back, without the tables that are not `wanted`.
pub(crate) fn decode(payload: &[u8], wanted: impl Fn(&TableId) -> bool) -> Result<Vec<Rows>> {
    let broken = |what: &str| Error::Entry {
        what: what.to_owned(),
    };
    let rest = payload
        .strip_prefix(&MAGIC)
        .ok_or_else(|| broken("it has no known version"))?;
    let (count, mut rest) = rest
        .split_first_chunk::<2>()
        .ok_or_else(|| broken("it is cut"))?;
    let mut out = Vec::new();
    for _ in 0..u16::from_le_bytes(*count) {
        let (path, after) = take(rest, 2).ok_or_else(|| broken("it is cut"))?;
        let (ipc, after) = take(after, 4).ok_or_else(|| broken("it is cut"))?;
        rest = after;
        let path = std::str::from_utf8(path).map_err(|_| broken("a table name is not UTF-8"))?;
        let table = TableId::from_path(path).ok_or_else(|| broken("it names no table"))?;
        if !wanted(&table) {
            continue;
        }
        let ipc_error = Error::arrow("read rows from the log");
        for batch in StreamReader::try_new(ipc, None).map_err(&ipc_error)? {
            out.push(Rows {
                table: table.clone(),
                batch: batch.map_err(&ipc_error)?,
            });
        }
    }
    Ok(out)
}

/// Splits off what a little-endian length of `width` bytes announces.
fn take(bytes: &[u8], width: usize) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(width)?;
    let length = length
        .iter()
        .rev()
        .fold(0usize, |n, &b| n << 8 | usize::from(b));
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int64Array, StringArray};
    use std::sync::Arc;

    fn rows(path: &str, n: i64) -> Rows {
        let ids: ArrayRef = Arc::new(StringArray::from_iter_values((0..n).map(|i| i.to_string())));
        let xs: ArrayRef = Arc::new(Int64Array::from_iter_values(0..n));
        let batch = RecordBatch::try_from_iter([("id", ids), ("input_x", xs)]).unwrap();
        Rows {
            table: TableId::from_path(path).unwrap(),
            batch,
        }
    }

    fn encode(parts: &[Rows]) -> Vec<u8> {
        let mut bytes = head(parts.len()).to_vec();
        for part in parts {
            bytes.extend_from_slice(&section(part).unwrap());
        }
        bytes
    }

    #[test]
    fn entries_read_back_as_written() {
        let parts = [
            rows("models/a/predictions", 3),
            rows("shared/quarantine", 1),
        ];
        let bytes = encode(&parts);
        let back = decode(&bytes, |_| true).unwrap();
        assert_eq!(back.len(), 2);
        for (a, b) in parts.iter().zip(&back) {
            assert_eq!((&a.table, &a.batch), (&b.table, &b.batch));
        }
        let models = decode(&bytes, |table| table.model().is_some()).unwrap();
        assert_eq!(models.len(), 1);
    }

    #[test]
    fn damaged_entries_are_errors_not_panics() {
        let bytes = encode(&[rows("models/a/predictions", 3)]);
        for cut in 0..bytes.len() {
            let _ = decode(&bytes[..cut], |_| true);
        }
        let decode = |bytes: &[u8]| decode(bytes, |_| true);
        assert!(decode(b"").is_err());
        assert!(decode(&bytes[..20]).is_err());
        let mut other = bytes.clone();
        other[2] = 9;
        assert!(decode(&other).unwrap_err().to_string().contains("version"));
    }

    #[test]
    fn dropped_rows_are_gone() {
        let all = rows("models/a/predictions", 3);
        let left = all.without(&[false, true, false]).unwrap().unwrap();
        assert_eq!(left.batch.num_rows(), 2);
        assert!(all.without(&[true; 3]).unwrap().is_none());
    }
}
