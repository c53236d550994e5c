//! A small lake for tests, and questions to it.

use crate::query::*;
use arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::util::pretty::pretty_format_batches;
use candor_contract::{ColumnType, Kind, ModelName, TableId};
use parquet::arrow::ArrowWriter;
use std::collections::BTreeMap;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::DuplexStream;

/// Microseconds of an hour of a day counted from 2026-01-01.
pub(crate) fn hour(day: i32, hour: i64) -> i64 {
    (i64::from(self::day(day)) * 24 + hour) * 3_600_000_000
}

/// Days since 1970 of a day counted from 2026-01-01.
pub(crate) fn day(day: i32) -> i32 {
    20_454 + day
}

/// Rows `from..to` with one row an hour from the start of `day`; the score is the row's number.
pub(crate) fn score_rows(day: i32, from: i64, to: i64) -> RecordBatch {
    let numbers: Vec<i64> = (from..to).collect();
    let times = numbers.iter().map(|n| hour(day, n - from));
    columns(vec![
        (
            "id",
            Arc::new(StringArray::from_iter_values(
                numbers.iter().map(|n| format!("p{n:06}")),
            )),
        ),
        (
            "time",
            Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC")),
        ),
        (
            "output_score",
            Arc::new(Float64Array::from_iter_values(
                numbers.iter().map(|n| *n as f64),
            )),
        ),
        (
            "input_age",
            Arc::new(Int64Array::from_iter_values(numbers.iter().map(|n| n % 90))),
        ),
    ])
}

pub(crate) fn columns(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true)))
        .unwrap()
}

/// Tables on disk and in memory.
pub(crate) struct Shelf {
    dir: TempDir,
    tables: BTreeMap<TableId, TableSnapshot>,
}

impl Snapshot for Shelf {
    fn names(&self) -> Vec<TableId> {
        self.tables.keys().cloned().collect()
    }

    fn table(&self, id: &TableId) -> Option<TableSnapshot> {
        self.tables.get(id).cloned()
    }
}

/// Rows of an answer with what the worker said of it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) batches: Vec<RecordBatch>,
    pub(crate) summary: Summary,
}

impl Told {
    /// The rows as a table of text.
    pub(crate) fn text(&self) -> String {
        pretty_format_batches(&self.batches).unwrap().to_string()
    }

    /// The cells of the rows, joined by `|` and line breaks.
    pub(crate) fn cells(&self) -> String {
        let text = self.text();
        let rows = text.lines().filter(|l| l.starts_with('|')).skip(1);
        rows.map(|l| {
            l.trim_matches('|')
                .split('|')
                .map(str::trim)
                .collect::<Vec<_>>()
                .join("|")
        })
        .collect::<Vec<_>>()
        .join("\n")
    }
}

impl Shelf {
    pub(crate) fn empty() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            tables: BTreeMap::new(),
        }
    }

    /// One model with three days of 24 rows in a file each, and 6 hot rows on the fourth day.
    pub(crate) fn credit() -> Self {
        let mut shelf = Self::empty();
        for d in 0..3 {
            shelf.file(
                "credit-risk",
                d,
                &score_rows(d, i64::from(d) * 24, i64::from(d) * 24 + 24),
            );
        }
        shelf.hot("credit-risk", score_rows(3, 72, 78));
        shelf
    }

    pub(crate) fn root(&self) -> String {
        self.dir.path().to_string_lossy().into_owned()
    }

    pub(crate) fn predictions(model: &str) -> TableId {
        TableId::Model(ModelName::new(model).unwrap(), Kind::Prediction)
    }

    /// The table of predictions of `model`, made if it is new, with room for columns of `rows`.
    pub(crate) fn entry(&mut self, id: TableId, rows: &RecordBatch) -> &mut TableSnapshot {
        let root = self.dir.path().join(id.path());
        std::fs::create_dir_all(&root).unwrap();
        let table = self.tables.entry(id).or_insert_with(|| TableSnapshot {
            schema: Arc::new(Schema::new(vec![Field::new("day", DataType::Date32, true)])),
            location: root.to_string_lossy().into_owned(),
            files: Arc::default(),
            hot: Arc::default(),
        });
        let mut fields = table.schema.fields().to_vec();
        for field in rows.schema().fields() {
            match fields.iter_mut().find(|f| f.name() == field.name()) {
                Some(have) => {
                    let types = [have.data_type(), field.data_type()];
                    let [a, b] = types.map(|t| ColumnType::from_arrow(t).unwrap());
                    *have = Arc::new(Field::new(field.name(), a.join(b).arrow(), true));
                }
                None => fields.push(Arc::clone(field)),
            }
        }
        table.schema = Arc::new(Schema::new(fields));
        table
    }

    /// Adds a file of `model` with `rows` of one day.
    pub(crate) fn file(&mut self, model: &str, day: i32, rows: &RecordBatch) -> String {
        self.file_of(Self::predictions(model), day, rows)
    }

    pub(crate) fn file_of(&mut self, id: TableId, day: i32, rows: &RecordBatch) -> String {
        let table = self.entry(id, rows);
        let path = format!("day={}/part-{}.parquet", self::day(day), table.files.len());
        let full = std::path::Path::new(&table.location).join(&path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        let mut writer =
            ArrowWriter::try_new(std::fs::File::create(&full).unwrap(), rows.schema(), None)
                .unwrap();
        writer.write(rows).unwrap();
        writer.close().unwrap();
        let times = rows.column_by_name("time").unwrap();
        let times = times
            .as_any()
            .downcast_ref::<TimestampMicrosecondArray>()
            .unwrap();
        let entry = FileEntry {
            path,
            bytes: std::fs::metadata(&full).unwrap().len(),
            rows: rows.num_rows() as u64,
            day: Some(self::day(day)),
            time_min_us: times.values().iter().copied().min(),
            time_max_us: times.values().iter().copied().max(),
        };
        Arc::make_mut(&mut table.files).push(entry);
        full.to_string_lossy().into_owned()
    }

    /// Adds hot rows of `model`.
    pub(crate) fn hot(&mut self, model: &str, rows: RecordBatch) {
        let table = self.entry(Self::predictions(model), &rows);
        Arc::make_mut(&mut table.hot).push(rows);
    }

    /// Asks one question of a fresh worker, default limits.
    pub(crate) async fn ask(self: &Arc<Self>, sql: &str) -> Result<Told, QueryFailure> {
        self.ask_within(sql, QueryLimits::default()).await
    }

    pub(crate) async fn ask_within(
        self: &Arc<Self>,
        sql: &str,
        limits: QueryLimits,
    ) -> Result<Told, QueryFailure> {
        self.ask_on(worker(), sql, limits).await.0
    }

    /// Asks on a connection and gives it back if the worker is idle again.
    pub(crate) async fn ask_on(
        self: &Arc<Self>,
        stream: DuplexStream,
        sql: &str,
        limits: QueryLimits,
    ) -> (Result<Told, QueryFailure>, Option<DuplexStream>) {
        let request = QueryRequest {
            limits,
            ..QueryRequest::new(sql, hour(10, 0))
        };
        let mut answer = ask(stream, Arc::clone(self) as Arc<dyn Snapshot>, request);
        let mut batches = Vec::new();
        let told = loop {
            match answer.next().await {
                Ok(Some(batch)) => batches.push(batch),
                Ok(None) => {
                    break Ok(Told {
                        batches,
                        summary: answer.summary().unwrap(),
                    });
                }
                Err(failure) => break Err(failure),
            }
        };
        (told, answer.into_stream())
    }
}

/// The parent's end of a connection to a worker in this process.
pub(crate) fn worker() -> DuplexStream {
    worker_within(WorkerLimits::default())
}

/// The same with other bounds.
pub(crate) fn worker_within(limits: WorkerLimits) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    tokio::spawn(async move { work(theirs, &limits).await });
    ours
}
