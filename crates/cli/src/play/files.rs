//! Traffic as files: one for each model and kind.

use super::{broken, play, show};
use crate::failure::Failure;
use crate::play::Tally;
use crate::{clock, terminal, wire};
use arrow::error::ArrowError;
use candor_contract::Kind;
use candor_simulator::{Batch, Fleet};
use clap::ValueEnum;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Rows of a row group, which is what a writer holds in memory.
const GROUP_ROWS: usize = 65_536;

/// Form of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum FileForm {
    /// Columns, packed.
    #[default]
    Parquet,
    /// One JSON object a line, each with its kind and model.
    Ndjson,
}

impl FileForm {
    const fn extension(self) -> &'static str {
        match self {
            FileForm::Parquet => "parquet",
            FileForm::Ndjson => "ndjson",
        }
    }
}

enum Writer {
    Parquet(Box<ArrowWriter<File>>),
    Ndjson(BufWriter<File>),
}

impl Writer {
    fn create(path: &Path, form: FileForm, first: &Batch) -> Result<Self, Failure> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| Failure::file(folder, &e))?;
        }
        let file = File::create(path).map_err(|e| Failure::file(path, &e))?;
        if form == FileForm::Ndjson {
            return Ok(Writer::Ndjson(BufWriter::new(file)));
        }
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(file, first.rows.schema(), Some(properties));
        let writer = writer.map_err(|e| Failure::file(path, &e))?;
        Ok(Writer::Parquet(Box::new(writer)))
    }

    fn write(&mut self, path: &Path, batch: &Batch) -> Result<(), Failure> {
        match self {
            Writer::Parquet(writer) => {
                let written = writer.write(&batch.rows);
                written.map_err(|e| Failure::file(path, &e))
            }
            Writer::Ndjson(file) => {
                let names = [("kind", batch.kind.name()), ("model", &batch.model)];
                let lines = wire::with_texts(&batch.rows, &names)
                    .and_then(|rows| wire::lines(&rows))
                    .map_err(|e| broken(&e))?;
                file.write_all(&lines).map_err(|e| Failure::file(path, &e))
            }
        }
    }

    fn close(self, path: &Path) -> Result<(), Failure> {
        match self {
            Writer::Parquet(writer) => writer
                .close()
                .map(|_| ())
                .map_err(|e| Failure::file(path, &e)),
            Writer::Ndjson(mut file) => file.flush().map_err(|e| Failure::file(path, &e)),
        }
    }
}

/// Writes the fleet's traffic up to `to_us` below `folder`.
pub(crate) fn write(
    folder: &Path,
    form: FileForm,
    fleet: Fleet,
    to_us: i64,
    tally: &mut Tally,
) -> Result<Fleet, Failure> {
    let mut writers: BTreeMap<(String, Kind), (PathBuf, Writer)> = BTreeMap::new();
    let (from_us, started) = (fleet.at_us(), clock::start());
    let bar = terminal::progress((to_us - from_us).unsigned_abs());
    let same: fn(Batch) -> Result<Batch, ArrowError> = Ok;
    let fleet = play(fleet, to_us, same, |until, batches| {
        for batch in batches {
            let key = (batch.model.clone(), batch.kind);
            if !writers.contains_key(&key) {
                let name = format!("{}.{}", batch.kind.table(), form.extension());
                let path = folder.join(&batch.model).join(name);
                let writer = Writer::create(&path, form, &batch)?;
                writers.insert(key.clone(), (path, writer));
            }
            if let Some((path, writer)) = writers.get_mut(&key) {
                writer.write(path, &batch)?;
            }
            tally.wrote(&batch.model, batch.kind, batch.rows.num_rows() as u64);
        }
        show(&bar, until - from_us, tally.events(), started);
        Ok(())
    });
    bar.finish_and_clear();
    let fleet = fleet?;
    for (path, writer) in writers.into_values() {
        writer.close(&path)?;
    }
    Ok(fleet)
}
