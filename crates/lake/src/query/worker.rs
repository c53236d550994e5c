//! The worker's loop: one question at a time, until the parent hangs up or a query cannot be
//! stopped.

use super::confine::{WORKER_STACK_BYTES, confine, resident_bytes};
use super::failure::{QueryCode, QueryFailure};
use super::frame::{self, Ask, Done, Frame, PAYLOAD_BYTES_MAX, Tell};
use super::limits::{QueryRequest, WorkerLimits};
use super::link::{Link, Waiting};
use super::pieces::{pieces, sliced_bytes};
use super::plan;
use super::session::Engine;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow_ipc::writer::StreamWriter;
use bytes::Bytes;
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How often resident memory is looked at.
const WATCH: Duration = Duration::from_millis(25);
/// How long a query that was told to stop may take to do so.
const STOPPING: Duration = Duration::from_millis(300);

/// Why a worker stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerEnd {
    /// The parent closed the connection.
    HungUp,
    /// A query did not stop when told; only the end of the process stops it.
    Stuck,
}

/// The whole life of a worker process: bounds itself, then answers on `stream` until it ends.
/// The process must exit at once afterwards, a stuck query may still be running.
///
/// # Errors
/// If the process cannot be bounded or the runtime does not start.
pub fn run_worker(
    stream: std::os::unix::net::UnixStream,
    limits: &WorkerLimits,
) -> Result<WorkerEnd, QueryFailure> {
    confine(limits)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(limits.threads.max(1) + 1)
        .max_blocking_threads(8)
        .thread_stack_size(WORKER_STACK_BYTES)
        .enable_all()
        .build()
        .map_err(QueryFailure::internal)?;
    let end = runtime.block_on(async {
        stream
            .set_nonblocking(true)
            .map_err(QueryFailure::internal)?;
        let stream = tokio::net::UnixStream::from_std(stream).map_err(QueryFailure::internal)?;
        work(stream, limits).await
    });
    runtime.shutdown_background();
    end
}

/// Answers questions on `stream`, one after another. Needs a runtime of several threads, or a long
/// computation keeps the limits from being watched.
///
/// # Errors
/// If the engine does not start.
pub async fn work<S>(stream: S, limits: &WorkerLimits) -> Result<WorkerEnd, QueryFailure>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let engine = Arc::new(Engine::new(limits)?);
    let (mut from, mut to) = tokio::io::split(stream);
    let (out, mut outgoing) = mpsc::channel::<Frame<Tell>>(4);
    let mut writer = JoinSet::new();
    writer.spawn(async move {
        while let Some(frame) = outgoing.recv().await {
            if frame::write(&mut to, &frame).await.is_err() {
                break;
            }
        }
    });
    let waiting = Arc::new(Waiting::default());
    let (questions_in, mut questions) = mpsc::channel::<QueryRequest>(1);
    let replies = Arc::clone(&waiting);
    let mut reader = JoinSet::new();
    reader.spawn(async move {
        while let Ok(Some(frame)) = frame::read::<Ask>(&mut from).await {
            match frame.head {
                Ask::Query(request) => {
                    if questions_in.send(request).await.is_err() {
                        break;
                    }
                }
                Ask::Tables { id, .. } | Ask::Files { id, .. } | Ask::Hot { id, .. } => {
                    replies.deliver(id, frame)
                }
            }
        }
        replies.abandon();
    });
    let link = Link::new(out, waiting);
    let mut end = WorkerEnd::HungUp;
    while let Some(request) = questions.recv().await {
        let stuck = attend(&engine, &link, request, limits, &mut questions).await;
        if stuck {
            end = WorkerEnd::Stuck;
            break;
        }
    }
    reader.abort_all();
    drop(link);
    if end == WorkerEnd::Stuck {
        // The last words should still go out; a stuck plan may hold a sender for ever.
        let _ = tokio::time::timeout(STOPPING, writer.join_next()).await;
    }
    Ok(end)
}

/// Runs one query under its limits; true if it could not be stopped.
async fn attend(
    engine: &Arc<Engine>,
    link: &Link,
    request: QueryRequest,
    limits: &WorkerLimits,
    questions: &mut mpsc::Receiver<QueryRequest>,
) -> bool {
    let bounds = request.limits;
    let alive = Arc::new(());
    let idle_tasks = Handle::current().metrics().num_alive_tasks();
    let mut task = JoinSet::new();
    task.spawn(run(
        Arc::clone(engine),
        link.clone(),
        request,
        Arc::clone(&alive),
    ));
    let (verdict, ended) = tokio::select! {
        done = task.join_next() => {
            let none = || Err(QueryFailure::internal("a lost query"));
            let verdict = done.map_or_else(none, |d| d.unwrap_or_else(|e| Err(QueryFailure::internal(e))));
            (verdict, true)
        }
        () = tokio::time::sleep(Duration::from_millis(bounds.time_ms)) => {
            (Err(QueryFailure::time_limit(bounds.time_ms)), false)
        }
        () = overrun(bounds.memory_bytes.saturating_add(limits.slack_bytes)) => {
            (Err(QueryFailure::memory_limit(bounds.memory_bytes)), false)
        }
        // A second question before the first is answered, or the end of the connection.
        _ = questions.recv() => (Err(QueryFailure::new(QueryCode::SqlCancelled, "The query was given up.", "")), false),
    };
    let mut stuck = false;
    if !ended {
        task.abort_all();
        let stopped = tokio::time::timeout(STOPPING, idle(idle_tasks)).await;
        stuck = stopped.is_err() || Arc::strong_count(&alive) > 1;
    }
    let last = match verdict {
        Ok(done) => Tell::Done(done),
        Err(failure) => Tell::Failed {
            failure,
            ends: stuck,
        },
    };
    // If the parent is gone there is nobody to tell.
    let _ = link.tell(Frame::bare(last)).await;
    stuck
}

/// Returns once no more tasks than `tasks` are left. Operators run in tasks of their own, and one
/// that computes does not stop before its next pause.
async fn idle(tasks: usize) {
    while Handle::current().metrics().num_alive_tasks() > tasks {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Returns once this process has grown by more than `bytes`.
async fn overrun(bytes: u64) {
    let start = resident_bytes().unwrap_or(u64::MAX);
    loop {
        tokio::time::sleep(WATCH).await;
        if resident_bytes().is_some_and(|now| now.saturating_sub(start) > bytes) {
            return;
        }
    }
}

async fn run(
    engine: Arc<Engine>,
    link: Link,
    request: QueryRequest,
    alive: Arc<()>,
) -> Result<Done, QueryFailure> {
    let limits = request.limits;
    let planned = plan::plan(engine, link.clone(), request, alive).await?;
    let failed = |e| QueryFailure::of_engine(&e, limits.memory_bytes);
    let mut rows = execute_stream(Arc::clone(&planned.plan), planned.context).map_err(failed)?;
    let mut encoder = Encoder::new(&rows.schema())?;
    link.tell(Frame {
        head: Tell::Schema,
        payload: encoder.take(),
    })
    .await?;
    let mut done = Done::default();
    let mut bytes = 0u64;
    'all: while let Some(batch) = rows.next().await {
        let batch = batch.map_err(failed)?;
        let room = usize::try_from(limits.rows_max - done.rows).unwrap_or(usize::MAX);
        done.truncated |= batch.num_rows() > room;
        let batch = batch.slice(0, batch.num_rows().min(room));
        for piece in pieces(&batch, PAYLOAD_BYTES_MAX / 2)? {
            bytes += sliced_bytes(&piece)? as u64;
            if bytes > limits.result_bytes_max {
                done.truncated = true;
                break 'all;
            }
            done.rows += piece.num_rows() as u64;
            let payload = encoder.encode(&piece)?;
            link.tell(Frame {
                head: Tell::Batch {
                    rows: piece.num_rows() as u64,
                },
                payload,
            })
            .await?;
        }
        if done.truncated {
            break;
        }
    }
    drop(rows);
    count_scanned(planned.plan.as_ref(), &mut done);
    Ok(done)
}

/// Arrow IPC, one message at a time.
struct Encoder(StreamWriter<Vec<u8>>);

impl Encoder {
    fn new(schema: &Schema) -> Result<Self, QueryFailure> {
        Ok(Self(
            StreamWriter::try_new(Vec::new(), schema).map_err(QueryFailure::internal)?,
        ))
    }

    fn take(&mut self) -> Bytes {
        Bytes::from(std::mem::take(self.0.get_mut()))
    }

    fn encode(&mut self, batch: &RecordBatch) -> Result<Bytes, QueryFailure> {
        self.0.write(batch).map_err(QueryFailure::internal)?;
        Ok(self.take())
    }
}

fn count_scanned(plan: &dyn ExecutionPlan, done: &mut Done) {
    let metrics = plan.metrics();
    let sum = |name: &str| {
        metrics
            .as_ref()
            .and_then(|m| m.sum_by_name(name))
            .map_or(0, |v| v.as_usize() as u64)
    };
    if let Some(source) = plan.downcast_ref::<DataSourceExec>() {
        done.scanned_bytes += sum("bytes_scanned");
        if let Some(config) = source.data_source().downcast_ref::<FileScanConfig>() {
            done.scanned_files += config
                .file_groups
                .iter()
                .map(|g| g.len() as u64)
                .sum::<u64>();
        }
    }
    if plan.children().is_empty() {
        done.scanned_rows += metrics.as_ref().and_then(|m| m.output_rows()).unwrap_or(0) as u64;
    }
    for child in plan.children() {
        count_scanned(child.as_ref(), done);
    }
}
