//! People's SQL runs in child processes: warm ones wait, one statement each at a time, and one that
//! misbehaves is killed without anybody else noticing.

use crate::Error;
use crate::config::Sql;
use crate::problem::Problem;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use candor_lake::{Answer, Lake, QueryFailure, QueryLimits, QueryRequest, Summary, ask};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a statement waits for a free worker.
const WAIT: Duration = Duration::from_secs(2);
/// Statements after which a worker is replaced, so that nothing it leaks lasts.
const STATEMENTS_MAX: u32 = 500;

struct Worker {
    /// Killed when dropped.
    child: Child,
    stream: UnixStream,
    statements: u32,
}

/// The workers.
pub(crate) struct SqlPool {
    lake: Lake,
    bounds: Sql,
    program: PathBuf,
    idle: Mutex<Vec<Worker>>,
    free: Arc<Semaphore>,
    pub(crate) statements: AtomicU64,
    pub(crate) failures: AtomicU64,
    pub(crate) workers_started: AtomicU64,
}

/// One statement's run. Dropping it before the end kills its worker: that is how a statement is
/// cancelled.
pub(crate) struct Statement {
    child: Child,
    statements: u32,
    pub(crate) answer: Answer<UnixStream>,
    _permit: OwnedSemaphorePermit,
    pool: Arc<SqlPool>,
}

impl SqlPool {
    pub(crate) fn new(lake: Lake, bounds: Sql, program: PathBuf) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(bounds.concurrent_max.max(1)));
        Arc::new(Self {
            lake,
            bounds,
            program,
            idle: Mutex::default(),
            free,
            statements: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            workers_started: AtomicU64::new(0),
        })
    }

    /// Starts one worker ahead of the first statement.
    pub(crate) fn warm(&self) -> Result<(), Error> {
        let worker = self.start()?;
        self.idle().push(worker);
        Ok(())
    }

    fn start(&self) -> Result<Worker, Error> {
        let program = self.program.display().to_string();
        let io = |source| Error::Io {
            what: "start a SQL worker from",
            path: program.clone(),
            source,
        };
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(io)?;
        ours.set_nonblocking(true).map_err(io)?;
        let child = Command::new(&self.program)
            .arg("sql-worker")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .env_clear()
            .kill_on_drop(true)
            .spawn()
            .map_err(io)?;
        self.workers_started.fetch_add(1, Ordering::Relaxed);
        let stream = UnixStream::from_std(ours).map_err(io)?;
        Ok(Worker {
            child,
            stream,
            statements: 0,
        })
    }

    /// Puts a statement to a worker, once one is free.
    pub(crate) async fn ask(self: &Arc<Self>, request: QueryRequest) -> Result<Statement, Problem> {
        let busy = || Problem::busy("All SQL workers are busy.");
        let permit = tokio::time::timeout(WAIT, self.free.clone().acquire_owned())
            .await
            .map_err(|_| busy())?
            .map_err(|_| busy())?;
        let worker = match self.idle().pop() {
            Some(worker) => worker,
            None => self.start().map_err(|error| Problem::internal(&error))?,
        };
        self.statements.fetch_add(1, Ordering::Relaxed);
        Ok(Statement {
            child: worker.child,
            statements: worker.statements + 1,
            answer: ask(worker.stream, self.lake.pin(), request),
            _permit: permit,
            pool: self.clone(),
        })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A statement's limits: what it asks for, within the server's bounds.
    pub(crate) fn limits(&self, time_ms: Option<u64>, rows_max: Option<u64>) -> QueryLimits {
        QueryLimits {
            time_ms: time_ms
                .unwrap_or(self.bounds.time_ms_max)
                .min(self.bounds.time_ms_max)
                .max(1),
            memory_bytes: self.bounds.memory_bytes_max,
            rows_max: rows_max
                .unwrap_or(self.bounds.rows_default)
                .min(self.bounds.rows_max),
            ..QueryLimits::default()
        }
    }
}

impl Statement {
    /// The answer was read to its end, good or bad: a worker that is fit serves the next.
    pub(crate) fn end(self, failed: bool) {
        if failed {
            self.pool.failures.fetch_add(1, Ordering::Relaxed);
        }
        if self.statements < STATEMENTS_MAX
            && let Some(stream) = self.answer.into_stream()
        {
            let worker = Worker {
                child: self.child,
                stream,
                statements: self.statements,
            };
            self.pool.idle().push(worker);
        }
    }
}

/// An answer: its schema, its rows, what it took.
pub(crate) type Read = (SchemaRef, Vec<RecordBatch>, Summary);

/// All of an answer.
pub(crate) async fn read(statement: &mut Statement) -> Result<Read, QueryFailure> {
    let schema = statement.answer.schema().await?;
    let mut batches = Vec::new();
    while let Some(batch) = statement.answer.next().await? {
        batches.push(batch);
    }
    let summary = statement.answer.summary();
    Ok((
        schema,
        batches,
        summary.unwrap_or(Summary {
            rows: 0,
            truncated: true,
            scanned_rows: 0,
            scanned_bytes: 0,
            scanned_files: 0,
        }),
    ))
}
