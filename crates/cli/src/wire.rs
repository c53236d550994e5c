//! Batches as bytes on the wire and in files.

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::error::ArrowError;
use arrow::json::LineDelimitedWriter;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use std::sync::Arc;

/// An Arrow IPC stream of one batch, its buffers packed with zstd.
pub(crate) fn arrow_stream(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::ZSTD))?;
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options)?;
    writer.write(batch)?;
    writer.into_inner()
}

/// One JSON object a line, absent values left out.
pub(crate) fn lines(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = LineDelimitedWriter::new(Vec::new());
    writer.write(batch)?;
    writer.finish()?;
    Ok(writer.into_inner())
}

/// The batch with columns of one text for all rows before its own, but for those that it has.
pub(crate) fn with_texts(
    batch: &RecordBatch,
    texts: &[(&str, &str)],
) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let missing = texts
        .iter()
        .filter(|(name, _)| batch.column_by_name(name).is_none());
    let same = missing.map(|(name, text)| {
        let values: ArrayRef = Arc::new(StringArray::from(vec![*text; batch.num_rows()]));
        (*name, values, true)
    });
    let own = schema.fields().iter().zip(batch.columns());
    let own = own.map(|(field, values)| (field.name().as_str(), values.clone(), true));
    RecordBatch::try_from_iter_with_nullable(same.chain(own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, TimestampMicrosecondArray};

    #[test]
    fn lines_are_events_with_what_they_lack() {
        let time = TimestampMicrosecondArray::from(vec![1_767_225_600_250_000, 0]);
        let batch = RecordBatch::try_from_iter_with_nullable([
            (
                "time",
                Arc::new(time.with_timezone("UTC")) as ArrayRef,
                true,
            ),
            (
                "kind",
                Arc::new(StringArray::from(vec!["stage", "stage"])),
                true,
            ),
            (
                "rows",
                Arc::new(Float64Array::from(vec![Some(1.5), None])),
                true,
            ),
        ])
        .unwrap();
        let batch = with_texts(&batch, &[("kind", "change"), ("model", "m")]).unwrap();
        let text = String::from_utf8(lines(&batch).unwrap()).unwrap();
        assert_eq!(
            text,
            "{\"model\":\"m\",\"time\":\"2026-01-01T00:00:00.250Z\",\"kind\":\"stage\",\"rows\":1.5}\n\
             {\"model\":\"m\",\"time\":\"1970-01-01T00:00:00Z\",\"kind\":\"stage\"}\n"
        );
    }
}
