//! What is left on disk: every byte of every file, Parquet unpacked as well, and where in it a text or a
//! number stands.

use crate::ledger::Dice;
use crate::sandbox::Sandbox;
use arrow::array::{Array, ArrayData};
use hyper::body::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::path::{Path, PathBuf};

/// The bytes of files at one moment.
pub struct Traces {
    files: Vec<(PathBuf, Vec<u8>, String)>,
}

impl Traces {
    /// Of all files below a folder. Files that go meanwhile are left out.
    pub fn below(dir: &Path) -> Self {
        let mut out = Self { files: Vec::new() };
        for path in files(dir) {
            if let Ok(bytes) = std::fs::read(&path) {
                out.add(path, bytes);
            }
        }
        out
    }

    /// Of a sandbox: its data directory, and what its servers said.
    pub fn of(sandbox: &Sandbox) -> Self {
        let mut out = Self::below(&sandbox.data());
        out.add("server.log".into(), sandbox.log().into_bytes());
        out
    }

    fn add(&mut self, path: PathBuf, mut bytes: Vec<u8>) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some((_, staged)) = name.rsplit_once(".parquet") {
            match unpacked(&bytes) {
                Ok(unpacked) => bytes.extend(unpacked),
                // A crash may leave a part of a file, under another name.
                Err(error) => assert_ne!(staged, "", "{}: {error}", path.display()),
            }
        }
        // Segments of the log are as long as they may become.
        while bytes.ends_with(&[0; 4096]) {
            bytes.truncate(bytes.len() - 4096);
        }
        // ASCII survives this, whatever stands around it.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        self.files.push((path, bytes, text));
    }

    /// The files in which a text stands.
    pub fn places(&self, text: &str) -> Vec<PathBuf> {
        assert!(text.is_ascii() && !text.is_empty());
        let found = self.files.iter().filter(|(_, _, own)| own.contains(text));
        found.map(|(path, _, _)| path.clone()).collect()
    }

    /// The files in which a number stands in its eight bytes, as floats, integers and times do.
    pub fn places_of_number(&self, number: [u8; 8]) -> Vec<PathBuf> {
        let holds = |bytes: &[u8]| bytes.windows(8).any(|w| w == number);
        let found = self.files.iter().filter(|(_, bytes, _)| holds(bytes));
        found.map(|(path, _, _)| path.clone()).collect()
    }
}

/// Every file below `dir` in which `text` stands.
pub fn places_in(dir: &Path, text: &str) -> Vec<PathBuf> {
    Traces::below(dir).places(text)
}

/// Everywhere in a sandbox where `text` stands.
pub fn places(sandbox: &Sandbox, text: &str) -> Vec<PathBuf> {
    Traces::of(sandbox).places(text)
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            out.extend(files(&path));
        } else {
            out.push(path);
        }
    }
    out
}

/// What a Parquet file holds: its pages without their compression, since what lies there counts even
/// if no reader asks for it; then its values as they are read, since some encodings part texts and numbers.
fn unpacked(bytes: &[u8]) -> parquet::errors::Result<Vec<u8>> {
    let bytes = Bytes::copy_from_slice(bytes);
    let mut out = Vec::new();
    let file = SerializedFileReader::new(bytes.clone())?;
    for group in 0..file.num_row_groups() {
        let group = file.get_row_group(group)?;
        for column in 0..group.num_columns() {
            let mut pages = group.get_column_page_reader(column)?;
            while let Some(page) = pages.get_next_page()? {
                out.extend_from_slice(page.buffer());
                out.push(b'\n');
            }
        }
    }
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    for batch in reader.build()? {
        let batch = batch?;
        for column in batch.columns() {
            buffers(&column.to_data(), &mut out);
        }
    }
    Ok(out)
}

/// The bytes of an array: of texts and binaries, all of them one after the other.
fn buffers(data: &ArrayData, out: &mut Vec<u8>) {
    for buffer in data.buffers() {
        out.extend_from_slice(buffer.as_slice());
        out.push(b'\n');
    }
    for child in data.child_data() {
        buffers(child, out);
    }
}

#[test]
fn a_packed_binary_is_searched_page_by_page() {
    use arrow::array::{ArrayRef, BinaryArray, Float64Array, RecordBatch};
    use std::sync::Arc;
    // Few letters in no order, so that they are packed, and amid them a text inside a binary, as in a sketch.
    let mut dice = Dice(7);
    let mut letters = || b"aedlxyzo"[usize::try_from(dice.below(8)).unwrap()];
    let values = (0..2000).map(|i| {
        let text: Vec<u8> = (0..40).map(|_| letters()).collect();
        match i {
            1000 => [b"CP\x01\x04\0\0needle\xff", &text[..]].concat(),
            _ => text,
        }
    });
    let binaries: ArrayRef = Arc::new(BinaryArray::from_iter_values(values));
    let numbers: ArrayRef = Arc::new(Float64Array::from_iter_values((0..2000).map(f64::from)));
    let batch = RecordBatch::try_from_iter([("sketch", binaries), ("x", numbers)]).unwrap();
    let packed = parquet::file::properties::WriterProperties::builder()
        .set_compression(parquet::basic::Compression::ZSTD(Default::default()))
        .set_statistics_enabled(parquet::file::properties::EnabledStatistics::None)
        .build();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), Some(packed)).unwrap();
    writer.write(&batch).unwrap();
    let bytes = writer.into_inner().unwrap();
    assert!(!bytes.windows(6).any(|w| w == b"needle"), "it is packed");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("deep/part.parquet");
    std::fs::create_dir(dir.path().join("deep")).unwrap();
    std::fs::write(&file, bytes).unwrap();
    let traces = Traces::below(dir.path());
    assert_eq!(traces.places("needle"), std::slice::from_ref(&file));
    assert_eq!(traces.places_of_number(1234f64.to_le_bytes()), [file]);
    assert_eq!(traces.places("pin"), Vec::<PathBuf>::new());
    assert_eq!(
        traces.places_of_number(1234.5f64.to_le_bytes()),
        Vec::<PathBuf>::new()
    );
}
