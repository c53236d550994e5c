//! Files of rows, read in bounded chunks: Parquet, CSV, NDJSON and Arrow, plain or packed.

use crate::failure::Failure;
use arrow::array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use csv::StringRecord;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows of a chunk, at most.
pub(crate) const ROWS_MAX: usize = 32_768;
/// Bytes of text in a chunk, about.
const BYTES_MAX: usize = 8 << 20;
/// Longest line of NDJSON.
const LINE_BYTES_MAX: u64 = 32 << 20;

/// Format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileFormat {
    Parquet,
    Csv,
    Ndjson,
    Arrow,
    Json,
    Yaml,
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    None,
    Gzip,
    Zstd,
}

/// Format and packing that a file's name tells.
pub(crate) fn format_of(path: &Path) -> Option<(FileFormat, Packing)> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let (name, packing) = if let Some(bare) = name.strip_suffix(".gz") {
        (bare, Packing::Gzip)
    } else if let Some(bare) = name.strip_suffix(".zst") {
        (bare, Packing::Zstd)
    } else {
        (name.as_str(), Packing::None)
    };
    let format = match name.rsplit_once('.')?.1 {
        "parquet" => FileFormat::Parquet,
        "csv" => FileFormat::Csv,
        "ndjson" | "jsonl" => FileFormat::Ndjson,
        "arrow" | "arrows" | "ipc" | "feather" => FileFormat::Arrow,
        "json" => FileFormat::Json,
        "yaml" | "yml" => FileFormat::Yaml,
        _ => return None,
    };
    Some((format, packing))
}

/// The failure for a file whose name tells no format.
pub(crate) fn unknown(path: &Path) -> Failure {
    Failure::usage(
        "unknown_format",
        "the file's name tells no format that Candor reads",
    )
    .at(path.display())
    .mend("name it .parquet, .csv, .ndjson or .arrow; .gz and .zst may follow")
}

/// Some rows, still in the form in which their file has them.
#[derive(Debug, Clone)]
pub(crate) enum Chunk {
    /// Of Parquet and Arrow.
    Batch(RecordBatch),
    /// Of CSV: the header, and one record a row.
    Records(Arc<[String]>, Vec<StringRecord>),
    /// Of NDJSON.
    Objects(Vec<Map<String, Value>>),
}

impl Chunk {
    /// Rows in it.
    pub(crate) fn len(&self) -> usize {
        match self {
            Chunk::Batch(batch) => batch.num_rows(),
            Chunk::Records(_, records) => records.len(),
            Chunk::Objects(objects) => objects.len(),
        }
    }

    /// The rows from `from` on.
    pub(crate) fn skip(self, from: usize) -> Self {
        let from = from.min(self.len());
        match self {
            Chunk::Batch(batch) => Chunk::Batch(batch.slice(from, batch.num_rows() - from)),
            Chunk::Records(header, mut records) => {
                records.drain(..from);
                Chunk::Records(header, records)
            }
            Chunk::Objects(mut objects) => {
                objects.drain(..from);
                Chunk::Objects(objects)
            }
        }
    }
}

type Chunks = Box<dyn Iterator<Item = Result<Chunk, String>>>;

/// A file on its way through.
pub(crate) struct Source {
    path: PathBuf,
    chunks: Chunks,
    /// Bytes of the file that were read so far.
    read: Arc<AtomicU64>,
}

impl Source {
    /// Opens a file.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let (format, packing) = format_of(path).ok_or_else(|| unknown(path))?;
        let read = Arc::new(AtomicU64::new(0));
        let file = File::open(path).map_err(|e| Failure::file(path, &e))?;
        let counted = Counted {
            inner: file,
            read: read.clone(),
        };
        let chunks = match (format, packing) {
            (FileFormat::Parquet, Packing::None) => parquet(path, &read),
            (FileFormat::Parquet, _) => Err("Parquet is packed inside; unpack the file".into()),
            (FileFormat::Csv, _) => unpack(counted, packing).and_then(csv),
            (FileFormat::Ndjson, _) => unpack(counted, packing).map(ndjson),
            (FileFormat::Arrow, Packing::None) => arrow(counted),
            (FileFormat::Arrow, _) => unpack(counted, packing).and_then(arrow_stream),
            (FileFormat::Json | FileFormat::Yaml, _) => return Err(unknown(path)),
        };
        let chunks = chunks.map_err(|e| Failure::file(path, &e))?;
        Ok(Self {
            path: path.to_owned(),
            chunks,
            read,
        })
    }

    /// Bytes of the file that were read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

impl Iterator for Source {
    type Item = Result<Chunk, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let chunk = self.chunks.next()?;
        Some(chunk.map_err(|e| Failure::file(&self.path, &e)))
    }
}

struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.inner.seek(to)
    }
}

type Bytes = Box<dyn BufRead>;

fn unpack(file: impl Read + 'static, packing: Packing) -> Result<Bytes, String> {
    let file = BufReader::with_capacity(1 << 16, file);
    Ok(match packing {
        Packing::None => Box::new(file),
        Packing::Gzip => Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(file))),
        Packing::Zstd => {
            let decoder =
                zstd::stream::read::Decoder::with_buffer(file).map_err(|e| e.to_string())?;
            Box::new(BufReader::new(decoder))
        }
    })
}

fn parquet(path: &Path, read: &Arc<AtomicU64>) -> Result<Chunks, String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    let bytes = file.metadata().map_err(|e| e.to_string())?.len();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| e.to_string())?;
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows())
        .unwrap_or(0)
        .max(1);
    let reader = builder
        .with_batch_size(ROWS_MAX)
        .build()
        .map_err(|e| e.to_string())?;
    let (read, mut done) = (read.clone(), 0);
    Ok(Box::new(reader.map(move |batch| {
        let batch = batch.map_err(|e| e.to_string())?;
        done += batch.num_rows() as u64;
        // The reader jumps about in the file; rows tell how far it is.
        read.store(bytes.saturating_mul(done) / rows, Ordering::Relaxed);
        Ok(Chunk::Batch(batch))
    })))
}

/// An Arrow file or stream; the first bytes tell.
fn arrow(mut file: Counted<File>) -> Result<Chunks, String> {
    let mut magic = [0; 6];
    let whole = file.inner.read_exact(&mut magic).is_ok() && &magic == b"ARROW1";
    file.inner.rewind().map_err(|e| e.to_string())?;
    if !whole {
        return arrow_stream(Box::new(BufReader::new(file)));
    }
    let reader = FileReader::try_new_buffered(file, None).map_err(|e| e.to_string())?;
    Ok(Box::new(
        reader.map(|b| b.map_err(|e| e.to_string())).flat_map(cut),
    ))
}

fn arrow_stream(bytes: Bytes) -> Result<Chunks, String> {
    let reader = StreamReader::try_new(bytes, None).map_err(|e| e.to_string())?;
    Ok(Box::new(
        reader.map(|b| b.map_err(|e| e.to_string())).flat_map(cut),
    ))
}

/// Batches of other people may be of any size.
fn cut(batch: Result<RecordBatch, String>) -> Vec<Result<Chunk, String>> {
    match batch {
        Err(error) => vec![Err(error)],
        Ok(batch) => (0..batch.num_rows())
            .step_by(ROWS_MAX)
            .map(|at| {
                Ok(Chunk::Batch(
                    batch.slice(at, ROWS_MAX.min(batch.num_rows() - at)),
                ))
            })
            .collect(),
    }
}

fn csv(bytes: Bytes) -> Result<Chunks, String> {
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let header = reader.headers().map_err(|e| e.to_string())?;
    let header: Arc<[String]> = header.iter().map(|name| name.trim().to_owned()).collect();
    if header.iter().all(String::is_empty) {
        return Err("the CSV has no header line".into());
    }
    let mut records = reader.into_records();
    Ok(Box::new(std::iter::from_fn(move || {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < ROWS_MAX && bytes < BYTES_MAX {
            match records.next() {
                None => break,
                Some(Err(error)) => return Some(Err(error.to_string())),
                Some(Ok(record)) => {
                    bytes += record.as_slice().len();
                    rows.push(record);
                }
            }
        }
        (!rows.is_empty()).then(|| Ok(Chunk::Records(header.clone(), rows)))
    })))
}

fn ndjson(mut bytes: Bytes) -> Chunks {
    let mut number = 0;
    Box::new(std::iter::from_fn(move || {
        let (mut rows, mut size) = (Vec::new(), 0);
        let mut line = Vec::new();
        while rows.len() < ROWS_MAX && size < BYTES_MAX {
            line.clear();
            number += 1;
            match (&mut bytes)
                .take(LINE_BYTES_MAX)
                .read_until(b'\n', &mut line)
            {
                Err(error) => return Some(Err(error.to_string())),
                Ok(0) => break,
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(n) => match serde_json::from_slice(&line) {
                    Ok(object) => {
                        size += n;
                        rows.push(object);
                    }
                    Err(error) => {
                        return Some(Err(format!("line {number} is no JSON object: {error}")));
                    }
                },
            }
        }
        (!rows.is_empty()).then_some(Ok(Chunk::Objects(rows)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn rows(path: &Path) -> Result<Vec<usize>, Failure> {
        Source::open(path)?
            .map(|chunk| chunk.map(|c| c.len()))
            .collect()
    }

    #[test]
    fn files_are_read_in_chunks_whatever_packs_them() {
        let dir = tempfile::tempdir().unwrap();
        let text: String = "a,b\n".to_owned() + &"1,x\n".repeat(ROWS_MAX + 5);
        let plain = dir.path().join("t.csv");
        std::fs::write(&plain, &text).unwrap();
        let packed = dir.path().join("t.csv.gz");
        let mut gz = flate2::write::GzEncoder::new(
            File::create(&packed).unwrap(),
            flate2::Compression::fast(),
        );
        gz.write_all(text.as_bytes()).unwrap();
        gz.finish().unwrap();
        let frame = dir.path().join("T.CSV.zst");
        std::fs::write(&frame, zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap();
        for path in [&plain, &packed, &frame] {
            assert_eq!(rows(path).unwrap(), [ROWS_MAX, 5], "{}", path.display());
        }
        let mut source = Source::open(&plain).unwrap();
        source.by_ref().for_each(drop);
        assert_eq!(source.bytes_read(), text.len() as u64);
    }

    #[test]
    fn broken_rows_and_unknown_names_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let ragged = dir.path().join("r.csv");
        std::fs::write(&ragged, "a,b\n1,2\n3\n").unwrap();
        assert!(rows(&ragged).unwrap_err().sentence.contains("line: 3"));
        let lines = dir.path().join("l.ndjson");
        std::fs::write(&lines, "{\"a\":1}\n\n[1]\n").unwrap();
        assert!(rows(&lines).unwrap_err().sentence.contains("line 3"));
        assert_eq!(
            rows(&dir.path().join("x.txt")).unwrap_err().code,
            "unknown_format"
        );
        assert_eq!(rows(&dir.path().join("none.csv")).unwrap_err().code, "file");
    }
}
