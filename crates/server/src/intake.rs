//! Requests on their way into the lake: decoded together in threads of their own, registered, made
//! durable, answered one by one.
//!
//! Small requests that wait at the same time are decoded into the same columns and committed with
//! one sync, so a thousand single events cost little more than one batch of a thousand.

mod pressure;
mod receive;

use self::pressure::{Pressure, SLOW, UnderWay};
use self::receive::{Received, Receiving};
use crate::clock;
use crate::findings::Findings;
use crate::keyring::KeyRing;
use crate::problem::Problem;
use crate::registry::Registry;
use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use candor_contract::{
    Admission, Admitted, BodyError, Door, Format, Limits, Mapping, Masked, Request, TableId,
    TraceContext, unpack,
};
use candor_lake::{Batch, Lake};
use serde::Serialize;
use std::collections::BTreeMap;
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
/// Rejected rows named in a reply, at most; all are in the quarantine.
const REJECTIONS_SHOWN_MAX: usize = 1000;
/// Columns with masked data named in a reply, at most.
const MASKED_SHOWN_MAX: usize = 100;
/// How long a reply may be held back to slow its sender down. Its rows are stored by then.
const EASE: Duration = Duration::from_millis(500);
/// Unit of the byte budget.
const PERMIT_BYTES: usize = 1024;

/// A body on its way in.
pub(crate) struct Incoming {
    pub(crate) body: Received,
    pub(crate) encoding: String,
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

/// What became of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Reply {
    /// Rows that are stored now and were not before.
    pub accepted: u32,
    /// Rows whose id was stored before.
    pub duplicates: u32,
    /// Rows that were rejected, the first 1,000; all of them are in the quarantine.
    pub rejected: Vec<RejectedRow>,
    /// How many rows were rejected.
    pub rejected_count: u32,
    /// Ids that the server gave to rows without one.
    pub ids: Vec<MintedId>,
    /// Columns in which likely personal data was masked, the first 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<MaskedColumn>,
}

/// Likely personal data that was masked in one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MaskedColumn {
    /// The table, e.g. `predictions`.
    pub table: &'static str,
    /// The column, e.g. `input_note`.
    pub column: String,
    /// How often each kind was masked, e.g. `{"email": 2}`.
    pub kinds: BTreeMap<&'static str, u64>,
}

/// One rejected row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RejectedRow {
    /// Position in the request, from 0.
    pub index: u32,
    /// Stable code.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}

/// An id that the server gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MintedId {
    /// Position in the request, from 0.
    pub index: u32,
    /// A UUIDv7.
    pub id: String,
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
        let mut admission = Admission::new(
            &self.limits,
            &keys,
            &privacy,
            &self.lake,
            clock::now_us(),
            random,
        );
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
                    admission.add(&Request {
                        body: unpacked.map_or(incoming.body.bytes, Bytes::from),
                        format: incoming.format,
                        door: &incoming.door,
                        mapping: incoming.mapping.as_deref(),
                        trace: incoming.trace.as_ref(),
                    });
                    replies.push(reply);
                    permits.push((permit, under_way));
                }
            }
        }
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

fn make_replies(admitted: Admitted, duplicates: &[u32]) -> Vec<Result<Reply, Problem>> {
    let mut replies: Vec<Result<Reply, Problem>> = admitted
        .tallies
        .into_iter()
        .map(|tally| match tally.unreadable {
            Some(reason) => Err(Problem::bad_request("unreadable_body", reason)),
            None => Ok(Reply {
                accepted: tally.taken,
                ids: tally
                    .minted
                    .into_iter()
                    .map(|(index, id)| MintedId { index, id })
                    .collect(),
                ..Reply::default()
            }),
        })
        .collect();
    fn at(replies: &mut [Result<Reply, Problem>], request: u32) -> Option<&mut Reply> {
        let index = usize::try_from(request).unwrap_or(usize::MAX);
        replies.get_mut(index).and_then(|r| r.as_mut().ok())
    }
    for rejected in admitted.rejected {
        let Some(reply) = at(&mut replies, rejected.request) else {
            continue;
        };
        reply.rejected_count += 1;
        if reply.rejected.len() < REJECTIONS_SHOWN_MAX {
            reply.rejected.push(RejectedRow {
                index: rejected.rejection.row,
                code: rejected.rejection.fault.code.name(),
                message: rejected.rejection.fault.message,
            });
        }
    }
    for masked in admitted.masked {
        if let Some(reply) = at(&mut replies, masked.request) {
            show_masked(&mut reply.masked, &masked);
        }
    }
    let origins: Vec<u32> = if duplicates.is_empty() {
        Vec::new()
    } else {
        admitted
            .parts
            .iter()
            .flat_map(|p| p.origins.iter().map(|o| o.request))
            .collect()
    };
    for &row in duplicates {
        let request = origins.get(usize::try_from(row).unwrap_or(usize::MAX));
        if let Some(reply) = request.and_then(|&r| at(&mut replies, r)) {
            reply.accepted = reply.accepted.saturating_sub(1);
            reply.duplicates += 1;
        }
    }
    replies
}

/// Adds what was masked to a reply, one entry a column.
fn show_masked(shown: &mut Vec<MaskedColumn>, masked: &Masked) {
    let table = masked.table.name();
    let known = shown
        .iter()
        .position(|s| s.table == table && s.column == masked.column);
    let at = known.unwrap_or(shown.len());
    if known.is_none() && shown.len() < MASKED_SHOWN_MAX {
        shown.push(MaskedColumn {
            table,
            column: masked.column.clone(),
            kinds: BTreeMap::new(),
        });
    }
    let Some(entry) = shown.get_mut(at) else {
        return;
    };
    for (kind, count) in masked.counts.iter() {
        *entry.kinds.entry(kind.name()).or_default() += count;
    }
}
