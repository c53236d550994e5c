//! The parent's side: puts a question to a worker, serves it from a snapshot, yields rows.

use super::catalog::is_view;
use super::failure::{QueryCode, QueryFailure};
use super::frame::{
    self, Ask, Done, Frame, HotCursor, Need, PAYLOAD_BYTES_MAX, TableHead, TableKey, Tell,
};
use super::limits::{GRACE_MS, QueryRequest};
use super::snapshot::{Snapshot, TableSnapshot};
use super::worker::sliced_bytes;
use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::{Schema, SchemaRef};
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::writer::StreamWriter;
use bytes::Bytes;
use candor_contract::{Kind, ModelName, TableId};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Sleep;

/// Most rows of one reply with hot rows.
const HOT_ROWS: usize = 65_536;
/// Most bytes of one reply with hot rows, as far as rows can be cut.
const HOT_BYTES: usize = PAYLOAD_BYTES_MAX / 8;
/// Most table names told to a worker, for suggestions.
const NAMES_MAX: usize = 10_000;

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Rows of the answer.
    pub rows: u64,
    /// Whether rows were cut off at a limit.
    pub truncated: bool,
    /// Rows that the scans gave after their own filters, hot rows included.
    pub scanned_rows: u64,
    /// Bytes read from files.
    pub scanned_bytes: u64,
    /// Files that could not be ruled out without opening them.
    pub scanned_files: u64,
}

/// Puts `request` to the idle worker at the other end of `stream`. Nothing happens until the
/// answer is read. `snapshot` must not change; it is held until the answer is dropped.
pub fn ask<S>(stream: S, snapshot: Arc<dyn Snapshot>, request: QueryRequest) -> Answer<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    Answer {
        stream,
        snapshot,
        deadline: None,
        time_ms: request.limits.time_ms,
        request: Some(request),
        decoder: StreamDecoder::new(),
        state: State::Open,
        schema: None,
    }
}

/// The answer to one question, read as it comes.
pub struct Answer<S> {
    stream: S,
    snapshot: Arc<dyn Snapshot>,
    request: Option<QueryRequest>,
    deadline: Option<Pin<Box<Sleep>>>,
    time_ms: u64,
    decoder: StreamDecoder,
    state: State,
    schema: Option<SchemaRef>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Open,
    /// A frame is being read or written. Left there if whoever asked stopped waiting.
    Midway,
    Done(Summary),
    Failed {
        failure: QueryFailure,
        reusable: bool,
    },
}

/// What one frame from the worker means to the reader.
enum Event {
    Schema,
    Rows(RecordBatch),
    Served,
    End,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Answer<S> {
    /// The columns of the answer. Waits until the query is planned.
    ///
    /// # Errors
    /// If the query fails before its first row.
    pub async fn schema(&mut self) -> Result<SchemaRef, QueryFailure> {
        loop {
            if let Some(schema) = &self.schema {
                return Ok(Arc::clone(schema));
            }
            match self.step().await? {
                Event::Schema | Event::Served => {}
                Event::Rows(_) | Event::End => {
                    return Err(self.fail(QueryFailure::internal("an answer without columns")));
                }
            }
        }
    }

    /// The next rows; `None` once the answer is complete.
    ///
    /// # Errors
    /// If the query fails; the failure stays.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>, QueryFailure> {
        loop {
            match self.step().await? {
                Event::Schema | Event::Served => {}
                Event::Rows(batch) => return Ok(Some(batch)),
                Event::End => return Ok(None),
            }
        }
    }

    /// How the answer ended; `None` before its end or if it failed.
    pub fn summary(&self) -> Option<Summary> {
        match self.state {
            State::Done(summary) => Some(summary),
            _ => None,
        }
    }

    /// The connection, if the worker is idle again. Otherwise the worker must be killed.
    pub fn into_stream(self) -> Option<S> {
        matches!(
            self.state,
            State::Done(_) | State::Failed { reusable: true, .. }
        )
        .then_some(self.stream)
    }

    fn fail(&mut self, failure: QueryFailure) -> QueryFailure {
        self.state = State::Failed {
            failure: failure.clone(),
            reusable: false,
        };
        failure
    }

    async fn step(&mut self) -> Result<Event, QueryFailure> {
        match &self.state {
            State::Open => {}
            State::Midway => {
                return Err(self.fail(QueryFailure::new(
                    QueryCode::SqlCancelled,
                    "The query was given up.",
                    "",
                )));
            }
            State::Done(_) => return Ok(Event::End),
            State::Failed { failure, .. } => return Err(failure.clone()),
        }
        self.state = State::Midway;
        let time_ms = self.time_ms;
        let mut deadline = self.deadline.take().unwrap_or_else(|| {
            Box::pin(tokio::time::sleep(Duration::from_millis(
                time_ms.saturating_add(GRACE_MS),
            )))
        });
        let event = tokio::select! {
            event = self.exchange() => event,
            () = &mut deadline => Err(QueryFailure::time_limit(time_ms)),
        };
        self.deadline = Some(deadline);
        if self.state == State::Midway {
            match &event {
                Ok(_) => self.state = State::Open,
                Err(failure) => return Err(self.fail(failure.clone())),
            }
        }
        event
    }

    /// Sends the question if it is not sent yet, then reads and serves one frame.
    async fn exchange(&mut self) -> Result<Event, QueryFailure> {
        if let Some(request) = self.request.take() {
            self.reply(Ask::Query(request), Bytes::new()).await?;
        }
        let frame = match frame::read::<Tell>(&mut self.stream).await {
            Ok(Some(frame)) => frame,
            Ok(None) | Err(_) => return Err(QueryFailure::worker_died()),
        };
        match frame.head {
            Tell::Need { id, need } => {
                let (ask, payload) = tables(self.snapshot.as_ref(), id, &need)?;
                self.reply(ask, payload).await?;
                Ok(Event::Served)
            }
            Tell::Files { id, key } => {
                let files = find(self.snapshot.as_ref(), &key)
                    .map(|t| t.files.as_ref().clone())
                    .unwrap_or_default();
                self.reply(Ask::Files { id, files }, Bytes::new()).await?;
                Ok(Event::Served)
            }
            Tell::Hot {
                id,
                key,
                columns,
                from,
            } => {
                let table = find(self.snapshot.as_ref(), &key)
                    .ok_or_else(|| QueryFailure::internal("a lost table"))?;
                let (next, payload) = hot(&table, &columns, from)?;
                self.reply(Ask::Hot { id, next }, payload).await?;
                Ok(Event::Served)
            }
            Tell::Schema => {
                self.decode(frame.payload)?;
                self.schema = self.decoder.schema();
                Ok(Event::Schema)
            }
            Tell::Batch { .. } => match self.decode(frame.payload)? {
                Some(batch) => Ok(Event::Rows(batch)),
                None => Err(QueryFailure::internal("a cut batch")),
            },
            Tell::Done(done) => {
                self.state = State::Done(summary(&done));
                Ok(Event::End)
            }
            Tell::Failed { failure, ends } => {
                self.state = State::Failed {
                    failure: failure.clone(),
                    reusable: !ends,
                };
                Err(failure)
            }
        }
    }

    async fn reply(&mut self, head: Ask, payload: Bytes) -> Result<(), QueryFailure> {
        let frame = Frame { head, payload };
        frame::write(&mut self.stream, &frame)
            .await
            .map_err(|e| match e.kind() {
                std::io::ErrorKind::InvalidInput => {
                    QueryFailure::internal("a reply too large for a frame")
                }
                _ => QueryFailure::worker_died(),
            })
    }

    fn decode(&mut self, payload: Bytes) -> Result<Option<RecordBatch>, QueryFailure> {
        let mut buffer = Buffer::from(payload);
        while !buffer.is_empty() {
            if let Some(batch) = self
                .decoder
                .decode(&mut buffer)
                .map_err(QueryFailure::internal)?
            {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }
}

fn summary(done: &Done) -> Summary {
    Summary {
        rows: done.rows,
        truncated: done.truncated,
        scanned_rows: done.scanned_rows,
        scanned_bytes: done.scanned_bytes,
        scanned_files: done.scanned_files,
    }
}

fn key_of(id: &TableId) -> TableKey {
    TableKey {
        model: id.model().map(|m| m.as_str().to_owned()),
        table: id.name().to_owned(),
    }
}

/// The table of a key that names exactly one.
fn id_of(key: &TableKey) -> Option<TableId> {
    let kind = Kind::ALL.into_iter().find(|k| k.table() == key.table);
    match (&key.model, kind) {
        (Some(model), Some(kind)) if kind.per_model() => {
            Some(TableId::Model(ModelName::new(model)?, kind))
        }
        (None, Some(kind)) if !kind.per_model() => Some(TableId::Shared(kind)),
        (None, None) if key.table == TableId::Quarantine.name() => Some(TableId::Quarantine),
        _ => None,
    }
}

fn find(snapshot: &dyn Snapshot, key: &TableKey) -> Option<TableSnapshot> {
    snapshot.table(&id_of(key)?)
}

fn tables(snapshot: &dyn Snapshot, id: u64, need: &Need) -> Result<(Ask, Bytes), QueryFailure> {
    let mut names = snapshot.names();
    names.sort();
    let mut missing = Vec::new();
    let mut wanted: Vec<TableId> = match need {
        Need::All => names.clone(),
        Need::Tables(keys) => {
            let mut wanted = Vec::new();
            for key in keys {
                if key.model.is_none() && is_view(&key.table) {
                    wanted.extend(
                        names
                            .iter()
                            .filter(|n| n.model().is_some() && n.name() == key.table)
                            .cloned(),
                    );
                } else {
                    match id_of(key).filter(|id| names.contains(id)) {
                        Some(id) => wanted.push(id),
                        None => missing.push(key.clone()),
                    }
                }
            }
            wanted
        }
    };
    wanted.sort();
    wanted.dedup();
    let mut payload = Vec::new();
    let mut heads = Vec::with_capacity(wanted.len());
    for id in &wanted {
        let Some(table) = snapshot.table(id) else {
            continue;
        };
        let schema = StreamWriter::try_new(Vec::new(), &table.schema)
            .and_then(StreamWriter::into_inner)
            .map_err(QueryFailure::internal)?;
        heads.push(TableHead {
            key: key_of(id),
            root: table.root.to_string_lossy().into_owned(),
            hot_rows: table.hot.iter().map(|b| b.num_rows() as u64).sum(),
            schema_bytes: schema.len(),
        });
        payload.extend_from_slice(&schema);
    }
    let names = match missing.is_empty() {
        true => Vec::new(),
        false => names
            .iter()
            .take(NAMES_MAX)
            .map(ToString::to_string)
            .collect(),
    };
    Ok((
        Ask::Tables {
            id,
            tables: heads,
            missing,
            names,
        },
        Bytes::from(payload),
    ))
}

/// Some hot rows from a cursor on, and where to go on.
fn hot(
    table: &TableSnapshot,
    columns: &[String],
    from: HotCursor,
) -> Result<(Option<HotCursor>, Bytes), QueryFailure> {
    let mut at = from;
    while table
        .hot
        .get(at.batch)
        .is_some_and(|b| at.row >= b.num_rows())
    {
        at = HotCursor {
            batch: at.batch + 1,
            row: 0,
        };
    }
    let Some(batch) = table.hot.get(at.batch) else {
        let empty = encode(&RecordBatch::new_empty(Arc::new(Schema::empty())), false)?;
        return Ok((None, empty));
    };
    let indices: Vec<usize> = columns
        .iter()
        .filter_map(|name| batch.schema_ref().index_of(name).ok())
        .collect();
    let rows = batch.project(&indices).map_err(QueryFailure::internal)?;
    let mut rows = rows.slice(at.row, (rows.num_rows() - at.row).min(HOT_ROWS));
    while rows.num_rows() > 1 && sliced_bytes(&rows)? > HOT_BYTES {
        rows = rows.slice(0, rows.num_rows() / 2);
    }
    let after = HotCursor {
        batch: at.batch,
        row: at.row + rows.num_rows(),
    };
    let more = after.row < batch.num_rows()
        || table
            .hot
            .iter()
            .skip(at.batch + 1)
            .any(|b| b.num_rows() > 0);
    Ok((more.then_some(after), encode(&rows, true)?))
}

fn encode(rows: &RecordBatch, with_rows: bool) -> Result<Bytes, QueryFailure> {
    let mut writer =
        StreamWriter::try_new(Vec::new(), &rows.schema()).map_err(QueryFailure::internal)?;
    if with_rows {
        writer.write(rows).map_err(QueryFailure::internal)?;
    }
    writer
        .into_inner()
        .map(Bytes::from)
        .map_err(QueryFailure::internal)
}
