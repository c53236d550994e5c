//! The parent's side: puts a question to a worker, serves it from a snapshot, yields rows.

use super::failure::{QueryCode, QueryFailure};
use super::frame::{self, Ask, Done, Frame, Tell};
use super::limits::{GRACE_MS, QueryRequest};
use super::serve::{find, hot, tables};
use super::snapshot::Snapshot;
use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow_ipc::reader::{StreamDecoder, StreamReader};
use bytes::Bytes;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Sleep;

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
                let whole = frame.payload.clone();
                self.decode(frame.payload)?;
                // The decoder may hold a message without a body back until the next one begins.
                self.schema = match self.decoder.schema() {
                    Some(schema) => Some(schema),
                    None => StreamReader::try_new(whole.as_ref(), None)
                        .ok()
                        .map(|reader| reader.schema()),
                };
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
