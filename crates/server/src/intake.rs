//! Requests on their way into the lake: decoded together in threads of their own, registered, made
//! durable, answered one by one.
//!
//! Small requests that wait at the same time are decoded into the same columns and committed with
//! one sync, so a thousand single events cost little more than one batch of a thousand.

mod pressure;
mod receive;
mod reply;
mod traces;

use self::pressure::{Pressure, SLOW, UnderWay};
use self::receive::{Received, Receiving};
use self::reply::make_replies;
pub use self::reply::{MaskedColumn, MintedId, RejectedRow, Reply};
use self::traces::Traces;
use crate::clock;
use crate::findings::Findings;
use crate::keyring::KeyRing;
use crate::problem::Problem;
use crate::registry::Registry;
use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use candor_contract::{
    Admission, Admitted, BodyError, Door, Format, Limits, Mapping, ModelName, Request, TableId,
    TraceContext, unpack,
};
use candor_lake::{Batch, Lake};
use candor_otlp::{Form, Prices, Rules};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc, oneshot};

/// Requests that wait for a decoder; more are refused.
const QUEUE_MAX: usize = 512;
/// Requests decoded together, at most.
const TOGETHER_MAX: usize = 256;
/// Bytes decoded together, at most; a larger body is decoded alone.
const TOGETHER_BYTES_MAX: usize = 256 << 10;
/// Groups of small requests between decoding and reply: one is committed while the next is
/// decoded. More would only make the groups smaller.
const GROUPS_MAX: usize = 2;
/// How long a reply may be held back to slow its sender down. Its rows are stored by then.
const EASE: Duration = Duration::from_millis(500);
/// Unit of the byte budget.
const PERMIT_BYTES: usize = 1024;

/// A body on its way in.
pub(crate) struct Incoming {
    pub(crate) body: Received,
    pub(crate) encoding: String,
    pub(crate) content: Content,
}

/// What a body holds.
pub(crate) enum Content {
    /// Events of models.
    Events(Events),
    /// An export of OpenTelemetry's traces.
    Traces(Form),
}

/// How events are read.
pub(crate) struct Events {
    pub(crate) format: Format,
    pub(crate) door: Door,
    pub(crate) mapping: Option<Arc<Mapping>>,
    pub(crate) trace: Option<TraceContext>,
}

struct Job {
    incoming: Incoming,
    reply: oneshot::Sender<Result<Reply, Problem>>,
    permit: OwnedSemaphorePermit,
    under_way: UnderWay,
}

/// Rows that were just stored, for those who listen to `/v1/stream`.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) table: TableId,
    pub(crate) batch: arrow::array::RecordBatch,
}

/// Figures for `/metrics`.
#[derive(Debug, Default)]
pub(crate) struct IntakeFigures {
    pub(crate) requests: AtomicU64,
    pub(crate) accepted: AtomicU64,
    pub(crate) duplicates: AtomicU64,
    pub(crate) rejected: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) bytes: AtomicU64,
    /// Attributes of spans that were left out as content.
    pub(crate) content_dropped: AtomicU64,
}

/// The way in; cheap to clone.
#[derive(Clone)]
pub(crate) struct Intake {
    queue: mpsc::Sender<Job>,
    receiving: Receiving,
    budget: Arc<Semaphore>,
    pressure: Arc<Pressure>,
    lake: Lake,
    limits: Limits,
    pub(crate) figures: Arc<IntakeFigures>,
    pub(crate) stored: broadcast::Sender<Stored>,
}

/// Decodes. [`Decoder::run`] is the life of one thread.
pub(crate) struct Decoder {
    queue: Arc<Mutex<mpsc::Receiver<Job>>>,
    lake: Lake,
    registry: Arc<Registry>,
    findings: Arc<Findings>,
    keys: Arc<KeyRing>,
    limits: Limits,
    figures: Arc<IntakeFigures>,
    stored: broadcast::Sender<Stored>,
    prices: Arc<Prices>,
    runtime: Handle,
    groups: Arc<Semaphore>,
    pressure: Arc<Pressure>,
}

/// Requests that are decoded into the same columns.
struct Group {
    jobs: Vec<Job>,
    /// Held until the group is answered; large requests go alone and need none.
    turn: Option<OwnedSemaphorePermit>,
}

impl Intake {
    /// The way in and `threads` decoders for it.
    pub(crate) fn new(
        lake: &Lake,
        registry: &Arc<Registry>,
        findings: &Arc<Findings>,
        keys: &Arc<KeyRing>,
        limits: &Limits,
        bytes_max: usize,
        threads: usize,
    ) -> (Self, Vec<Decoder>) {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let receiver = Arc::new(Mutex::new(receiver));
        let (stored, _) = broadcast::channel(256);
        let figures = Arc::new(IntakeFigures::default());
        let budget = bytes_max.max(limits.batch_bytes_max * 5 / 4) / PERMIT_BYTES;
        let groups = Arc::new(Semaphore::new(GROUPS_MAX));
        let pressure = Arc::new(Pressure::new(clock::start()));
        let prices = Arc::new(Prices::bundled());
        let decoders = (0..threads.max(1))
            .map(|_| Decoder {
                queue: receiver.clone(),
                lake: lake.clone(),
                registry: registry.clone(),
                findings: findings.clone(),
                keys: keys.clone(),
                limits: limits.clone(),
                figures: figures.clone(),
                stored: stored.clone(),
                prices: prices.clone(),
                runtime: Handle::current(),
                groups: groups.clone(),
                pressure: pressure.clone(),
            })
            .collect();
        let intake = Self {
            queue: sender,
            receiving: Receiving::new(bytes_max, limits.batch_bytes_max),
            budget: Arc::new(Semaphore::new(budget)),
            pressure,
            lake: lake.clone(),
            limits: limits.clone(),
            figures,
            stored,
        };
        (intake, decoders)
    }

    /// Largest body, in bytes.
    pub(crate) fn body_bytes_max(&self) -> usize {
        self.limits.batch_bytes_max
    }

    /// A place for a request of so many bytes, if they are known, asked for before its body is read: what is
    /// refused costs no more than its head.
    ///
    /// # Errors
    /// 503, while the disk or the decoders cannot take more.
    pub(crate) fn place(&self, bytes: Option<usize>) -> Result<UnderWay, Problem> {
        let room = self.lake.check_room().map_err(Problem::from);
        let place = room.and_then(|()| {
            let at_ease = self.lake.is_at_ease();
            self.pressure.enter(clock::start(), bytes, at_ease)
        });
        if place.is_err() {
            self.figures.refused.fetch_add(1, Ordering::Relaxed);
        }
        place
    }

    /// Reads what a request sends. Who takes long gives up the place meanwhile.
    ///
    /// # Errors
    /// The body is too large, was cut off or stalls, or there is no room for it.
    pub(crate) async fn read(
        &self,
        place: UnderWay,
        body: Body,
    ) -> Result<(Received, UnderWay), Problem> {
        let sent = self.receiving.receive(body);
        let (body, place) = self.pressure.while_sent(place, SLOW, sent).await;
        Ok((body?, place))
    }

    /// Stores what is good of a request and tells what became of each row.
    pub(crate) async fn take(
        &self,
        mut incoming: Incoming,
        under_way: UnderWay,
    ) -> Result<Reply, Problem> {
        let (reply, answer) = oneshot::channel();
        // A packed body is charged for what it may become, within reason.
        let weight = if incoming.encoding.is_empty() { 1 } else { 4 };
        let bytes = (incoming.body.bytes.len() * weight).min(self.limits.batch_bytes_max);
        self.figures
            .bytes
            .fetch_add(incoming.body.bytes.len() as u64, Ordering::Relaxed);
        self.figures.requests.fetch_add(1, Ordering::Relaxed);
        let permits = u32::try_from(bytes / PERMIT_BYTES + 1).unwrap_or(u32::MAX);
        let refused = |_| {
            self.figures.refused.fetch_add(1, Ordering::Relaxed);
            Problem::busy("Too many requests are being decoded.")
        };
        let wait = Duration::from_millis(250);
        let permit = tokio::time::timeout(wait, self.budget.clone().acquire_many_owned(permits))
            .await
            .map_err(refused)?
            .map_err(|_| Problem::busy("The server is stopping."))?;
        incoming.body.release();
        let job = Job {
            incoming,
            reply,
            permit,
            under_way,
        };
        self.queue
            .send(job)
            .await
            .map_err(|_| Problem::busy("The server is stopping."))?;
        answer
            .await
            .map_err(|_| Problem::busy("The server is stopping."))?
    }
}

impl Decoder {
    /// Decodes until the way in is closed.
    pub(crate) fn run(self) {
        while let Some(group) = self.next() {
            self.decode(group);
        }
    }

    /// The next request, with small ones that wait behind it.
    fn next(&self) -> Option<Group> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let first = queue.blocking_recv()?;
        let mut bytes = first.incoming.body.bytes.len();
        let mut jobs = vec![first];
        let mut turn = None;
        if bytes < TOGETHER_BYTES_MAX {
            // While this waits for its turn, more requests come to go with it.
            turn = Some(
                self.runtime
                    .block_on(self.groups.clone().acquire_owned())
                    .ok()?,
            );
        }
        while bytes < TOGETHER_BYTES_MAX && jobs.len() < TOGETHER_MAX {
            let Ok(job) = queue.try_recv() else { break };
            bytes += job.incoming.body.bytes.len();
            jobs.push(job);
        }
        Some(Group { jobs, turn })
    }

    fn decode(&self, Group { jobs, turn }: Group) {
        let Ok(random) = clock::random::<16>() else {
            for job in jobs {
                let _ = job
                    .reply
                    .send(Err(Problem::busy("The system gives no randomness.")));
            }
            return;
        };
        let random = u128::from_le_bytes(random);
        let privacy = self.findings.privacy();
        let keys = self.keys.keys();
        let now_us = clock::now_us();
        let mut admission =
            Admission::new(&self.limits, &keys, &privacy, &self.lake, now_us, random);
        let keeps_content = |model: Option<&ModelName>| privacy.keeps_content(model);
        let mut traces = Traces::new(Rules {
            limits: &self.limits,
            now_us,
            keeps_content: &keeps_content,
            prices: &self.prices,
        });
        let mut replies = Vec::with_capacity(jobs.len());
        let mut permits = Vec::with_capacity(jobs.len());
        for Job {
            incoming,
            reply,
            permit,
            under_way,
        } in jobs
        {
            let max = self.limits.batch_bytes_max;
            match unpack(&incoming.body.bytes, &incoming.encoding, max) {
                Err(error) => {
                    let _ = reply.send(Err(body_problem(&error)));
                }
                Ok(unpacked) => {
                    let body = unpacked.map_or(incoming.body.bytes, Bytes::from);
                    match &incoming.content {
                        Content::Events(events) => admission.add(&events.request(body)),
                        Content::Traces(form) => traces.add(&mut admission, &body, *form),
                    }
                    replies.push(reply);
                    permits.push((permit, under_way));
                }
            }
        }
        let dropped = traces.finish(&mut admission);
        self.figures
            .content_dropped
            .fetch_add(dropped, Ordering::Relaxed);
        let admitted = admission.finish();
        let batch = match Batch::encode(&admitted.parts) {
            Ok(batch) => batch,
            Err(error) => {
                let problem = Problem::from(error);
                for reply in replies {
                    let _ = reply.send(Err(problem.clone()));
                }
                return;
            }
        };
        let store = Store::of(self);
        let pressure = self.pressure.clone();
        crate::task::spawn_on(&self.runtime, async move {
            store.finish(admitted, batch, replies).await;
            pressure.answered(permits.len(), clock::start());
            drop((permits, turn));
        });
    }
}

impl Events {
    fn request(&self, body: Bytes) -> Request<'_> {
        Request {
            body,
            format: self.format,
            door: &self.door,
            mapping: self.mapping.as_deref(),
            trace: self.trace.as_ref(),
        }
    }
}

fn body_problem(error: &BodyError) -> Problem {
    let (status, code) = match error {
        BodyError::UnknownEncoding(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unknown_encoding"),
        BodyError::Damaged { .. } => (StatusCode::BAD_REQUEST, "damaged_body"),
        BodyError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
    };
    Problem::new(status, code, error.to_string())
}

/// The second half of a request's way, off the decoding threads.
struct Store {
    lake: Lake,
    registry: Arc<Registry>,
    findings: Arc<Findings>,
    figures: Arc<IntakeFigures>,
    stored: broadcast::Sender<Stored>,
    pressure: Arc<Pressure>,
}

impl Store {
    fn of(decoder: &Decoder) -> Self {
        Self {
            lake: decoder.lake.clone(),
            registry: decoder.registry.clone(),
            findings: decoder.findings.clone(),
            figures: decoder.figures.clone(),
            stored: decoder.stored.clone(),
            pressure: decoder.pressure.clone(),
        }
    }

    async fn finish(
        self,
        admitted: Admitted,
        batch: Batch,
        replies: Vec<oneshot::Sender<Result<Reply, Problem>>>,
    ) {
        let outcome = self.store(&admitted, batch).await;
        match outcome {
            Ok(duplicates) => {
                let made = make_replies(admitted, &duplicates);
                for (reply, made) in replies.into_iter().zip(made) {
                    if let Ok(made) = &made {
                        self.count(made);
                    }
                    // The sender may have hung up; its rows are stored all the same.
                    let _ = reply.send(made);
                }
            }
            Err(problem) => {
                self.figures
                    .refused
                    .fetch_add(replies.len() as u64, Ordering::Relaxed);
                for reply in replies {
                    let _ = reply.send(Err(problem.clone()));
                }
            }
        }
    }

    async fn store(&self, admitted: &Admitted, batch: Batch) -> Result<Vec<u32>, Problem> {
        if admitted.parts.is_empty() {
            return Ok(Vec::new());
        }
        self.registry.register(&admitted.parts).await?;
        self.findings
            .note(&admitted.parts, &admitted.masked)
            .await?;
        let duplicates = self.lake.append(batch).await?;
        if !self.pressure.is_crowd(clock::start()) {
            // Late or not, the rows are stored.
            let _ = tokio::time::timeout(EASE, self.lake.eased()).await;
        }
        if self.stored.receiver_count() > 0 {
            for part in &admitted.parts {
                // Listeners that lag or left are no reason to fail.
                let _ = self.stored.send(Stored {
                    table: part.table.clone(),
                    batch: part.batch.clone(),
                });
            }
        }
        Ok(duplicates)
    }

    fn count(&self, reply: &Reply) {
        let add = |to: &AtomicU64, n: u32| to.fetch_add(u64::from(n), Ordering::Relaxed);
        add(&self.figures.accepted, reply.accepted);
        add(&self.figures.duplicates, reply.duplicates);
        add(&self.figures.rejected, reply.rejected_count);
    }
}
