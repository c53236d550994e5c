//! Opening the lake, and the handle that everyone else holds.

mod profiles;

use self::profiles::profiled;
use crate::entry;
use crate::erasure::{self, Erased, Erasure};
use crate::error::{Error, Result};
use crate::flush::{FlushFigures, FlushPolicy, Flusher, Profiling};
use crate::ingest::{Batch, Committer, LogFigures, Message, QUEUE_MAX};
use crate::profiles::{ProfileFigures, Rebuilds};
use crate::query::{Snapshot, TableSnapshot};
use crate::store::{Bucket, Store};
use crate::table::{RepairReport, Table};
use crate::tables::Tables;
use crate::view::{Pin, TableView, Volume};
use candor_contract::{Kind, Layouts, TableId, TableLayout, TableSchema, base_schema};
use candor_log::{Journal, JournalOptions, JournalReport, RealFs};
use futures::{StreamExt, TryStreamExt};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, mpsc, oneshot};

/// Bounds and policies of a lake.
#[derive(Debug, Clone, Default)]
pub struct LakeOptions {
    /// Log and deduplication.
    pub journal: JournalOptions,
    /// Flush and maintenance.
    pub flush: FlushPolicy,
    /// Where the tables lie; `None` for a folder in the data directory.
    pub bucket: Option<Bucket>,
    /// Most bytes of hot rows before new ones are refused; 0 for the default of 384 MiB.
    pub hot_bytes_max: u64,
}

const HOT_BYTES_MAX: u64 = 384 << 20;

/// What opening found.
#[derive(Debug)]
pub struct OpenReport {
    /// The log and the deduplication index.
    pub journal: JournalReport,
    /// Tables whose newest commits had to be set aside.
    pub repairs: Vec<(TableId, RepairReport)>,
    /// Rows replayed from the log because the lake did not have them yet.
    pub replayed_rows: u64,
    /// Records of the log that cannot be read, by sequence number.
    pub unreadable: Vec<(u64, String)>,
    /// Damaged tables whose lost rows the log may have no more.
    pub unrecovered: Vec<Unrecovered>,
}

/// Rows that were in a set-aside commit of a table and whose log was trimmed since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrecovered {
    /// The table.
    pub table: TableId,
    /// The first record of the log that may have held such rows.
    pub from_seq: u64,
    /// The first record that the log still has.
    pub to_seq: u64,
}

impl OpenReport {
    /// Whether the log needed no repair.
    pub fn log_is_clean(&self) -> bool {
        let log = &self.journal.log;
        let whole = log.torn_tail.is_none() && log.damaged.is_empty() && log.set_aside.is_empty();
        whole && self.journal.seen.set_aside.is_empty() && self.unreadable.is_empty()
    }
}

/// A handle to the lake; cheap to clone.
#[derive(Clone)]
pub struct Lake {
    tables: Arc<Tables>,
    log: mpsc::Sender<Message>,
    wake: Arc<Notify>,
    done: Arc<Notify>,
    /// Told after each flush of a table.
    room: Arc<Notify>,
    force: Arc<AtomicU64>,
    forced: Arc<AtomicU64>,
    hot_bytes_max: u64,
    flush_bytes: u64,
    entry_bytes_max: u64,
    retention: Arc<Mutex<HashMap<TableId, u32>>>,
    rebuilds: Arc<Rebuilds>,
    erasures: mpsc::Sender<erasure::Job>,
    store: Arc<Store>,
    /// Figures of the log.
    pub log_figures: Arc<LogFigures>,
    /// Figures of the flush.
    pub flush_figures: Arc<FlushFigures>,
    /// Figures of profiles.
    pub profile_figures: Arc<ProfileFigures>,
}

impl Lake {
    /// Opens the lake in `dir`, repairs what a crash left, and replays the log. `schemas` are the
    /// tables' current schemas as the catalog knows them; `fresh_uuid` names a log that is new.
    ///
    /// # Errors
    /// [`Error::Store`] if a bucket cannot be reached or relied on, [`Error::Owned`] if it is written
    /// from another log; what the log and the tables cannot recover from.
    pub async fn open(
        dir: &Path,
        options: LakeOptions,
        schemas: &HashMap<TableId, TableSchema>,
        fresh_uuid: [u8; 16],
        now_us: Arc<dyn Fn() -> i64 + Send + Sync>,
    ) -> Result<(Self, Committer, Flusher, OpenReport)> {
        let log_dir = dir.join("log");
        let store = Arc::new(match &options.bucket {
            Some(bucket) => Store::bucket(bucket).await?,
            None => Store::folder(&dir.join("lake"))?,
        });
        let tables = Arc::new(Tables::new(store.location()));
        let mut uuid = Journal::peek_uuid(&RealFs, &log_dir)?.unwrap_or(fresh_uuid);
        let mut opened = open_tables(&store, &tables, schemas, &app_id(uuid)).await?;
        let mut journal_options = options.journal;
        journal_options.log.durable_floor = opened.durable();
        let entry_bytes_max = journal_options.log.record_bytes_bound();
        let (journal, report) = Journal::open(RealFs, &log_dir, journal_options, uuid, now_us())?;
        if journal.uuid() != uuid {
            // Its first segment was damaged: the identity is what the others say.
            uuid = journal.uuid();
            opened.flushed = positions(&opened.deltas, &app_id(uuid)).await?;
            opened.profiled = profiled(&opened.deltas, &app_id(uuid)).await?;
        }
        store.claim(uuid).await?;
        let (sender, queue) = mpsc::channel(QUEUE_MAX);
        let (erasures, waiting) = mpsc::channel(erasure::QUEUE_MAX);
        let lake = Self {
            entry_bytes_max,
            flush_bytes: options.flush.bytes,
            hot_bytes_max: match options.hot_bytes_max {
                0 => HOT_BYTES_MAX,
                bytes => bytes,
            },
            ..Self::over(store, tables.clone(), sender, erasures)
        };
        let unrecovered = unrecovered(&opened.repairs, &opened.flushed, journal.usage().log.first);
        let mut flusher = lake.flusher(opened.deltas, app_id(uuid), options.flush, waiting);
        let (replayed_rows, unreadable) = replay(
            &journal,
            (&opened.flushed, &opened.profiled),
            &mut flusher,
            lake.hot_bytes_max,
            now_us(),
        )
        .await?;
        let committer = Committer {
            journal,
            queue,
            tables: tables.clone(),
            figures: lake.log_figures.clone(),
            now_us,
            settled: false,
        };
        committer.show();
        let report = OpenReport {
            journal: report,
            repairs: opened.repairs,
            replayed_rows,
            unreadable,
            unrecovered,
        };
        Ok((lake, committer, flusher, report))
    }

    /// A handle with bounds that are yet to be set.
    fn over(
        store: Arc<Store>,
        tables: Arc<Tables>,
        log: mpsc::Sender<Message>,
        erasures: mpsc::Sender<erasure::Job>,
    ) -> Self {
        Self {
            tables,
            log,
            wake: Arc::new(Notify::new()),
            done: Arc::new(Notify::new()),
            room: Arc::new(Notify::new()),
            force: Arc::default(),
            forced: Arc::default(),
            hot_bytes_max: HOT_BYTES_MAX,
            flush_bytes: 0,
            entry_bytes_max: 0,
            retention: Arc::default(),
            rebuilds: Arc::default(),
            erasures,
            store,
            log_figures: Arc::default(),
            flush_figures: Arc::default(),
            profile_figures: Arc::default(),
        }
    }

    fn flusher(
        &self,
        deltas: HashMap<TableId, Table>,
        app_id: String,
        policy: FlushPolicy,
        erasures: mpsc::Receiver<erasure::Job>,
    ) -> Flusher {
        Flusher {
            tables: self.tables.clone(),
            store: self.store.clone(),
            deltas,
            app_id,
            policy,
            figures: self.flush_figures.clone(),
            wake: self.wake.clone(),
            done: self.done.clone(),
            room: self.room.clone(),
            force: self.force.clone(),
            forced: self.forced.clone(),
            log: self.log.clone(),
            maintained_us: 0,
            profiling: Profiling::new(self.profile_figures.clone(), self.rebuilds.clone()),
            erasures,
            hold_deletion: false,
            paused: HashMap::new(),
            job: None,
            retention: self.retention.clone(),
        }
    }

    /// Stores a batch. Returns when it is on stable storage and visible, with the positions of the
    /// rows that were there before (across the batch's parts, in order).
    pub async fn append(&self, batch: Batch) -> Result<Vec<u32>> {
        self.check_room()?;
        let bytes = batch.bytes() as u64;
        if bytes > self.entry_bytes_max {
            return Err(Error::TooLarge {
                bytes,
                bytes_max: self.entry_bytes_max,
            });
        }
        let (reply, answer) = oneshot::channel();
        self.log
            .send(Message::Append(batch, reply))
            .await
            .map_err(|_| Error::Stopped)?;
        let outcome = answer.await.map_err(|_| Error::Stopped)?;
        if self.tables.hot_bytes() >= self.flush_bytes {
            self.wake.notify_one();
        }
        outcome
    }

    /// Whether new rows would be taken now; asked before a body is even read.
    pub fn check_room(&self) -> Result<()> {
        if self.tables.hot_bytes() >= self.hot_bytes_max {
            self.wake.notify_one();
            return Err(Error::Full {
                what: "memory for rows on their way to the lake",
            });
        }
        Ok(())
    }

    /// Whether the lake keeps up: rows on their way to it take less than three quarters of their memory.
    pub fn is_at_ease(&self) -> bool {
        self.tables.hot_bytes() < self.hot_bytes_max / 4 * 3
    }

    /// Waits until [`Lake::is_at_ease`]. A sender whose reply waits for it slows down before new rows
    /// have to be refused.
    pub async fn eased(&self) {
        loop {
            let room = self.room.notified();
            if self.is_at_ease() || self.log.is_closed() {
                return;
            }
            room.await;
        }
    }

    /// Brings all hot rows to the lake and waits for it.
    pub async fn flush(&self) {
        let mine = self.force.fetch_add(1, Ordering::AcqRel) + 1;
        loop {
            let done = self.done.notified();
            if self.forced.load(Ordering::Acquire) >= mine || self.log.is_closed() {
                return;
            }
            self.wake.notify_one();
            done.await;
        }
    }

    /// Erases a person's rows that are stored by now: from the log, from all files of the lake and
    /// their history. Doing it again changes nothing; after an error it must be done again.
    ///
    /// # Errors
    /// [`Error::Full`] if the log has no room for a new segment; whatever the lake answers.
    pub async fn erase(&self, erasure: Erasure) -> Result<Erased> {
        let (reply, rolled) = oneshot::channel();
        let asked = self.log.send(Message::Roll(reply)).await;
        asked.map_err(|_| Error::Stopped)?;
        let through = rolled.await.map_err(|_| Error::Stopped)??;
        let (reply, answer) = oneshot::channel();
        let job = erasure::Job {
            erasure,
            through,
            reply,
        };
        let sent = self.erasures.send(job).await;
        sent.map_err(|_| Error::Stopped)?;
        self.wake.notify_one();
        answer.await.map_err(|_| Error::Stopped)?
    }

    /// Ends the committer after everything queued so far.
    pub async fn stop(&self) {
        // It may have stopped already.
        let _ = self.log.send(Message::Stop).await;
    }

    /// Takes a table's next schema, so that rows of it are decoded and stored by it.
    pub fn set_schema(&self, id: &TableId, schema: TableSchema) {
        self.tables
            .find_or_begin(id)
            .set_layout(TableLayout::new(schema));
    }

    /// Keeps `days` days of a table; `None` keeps all.
    pub fn set_retention(&self, id: &TableId, days: Option<u32>) {
        let mut retention = self
            .retention
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match days {
            Some(days) => retention.insert(id.clone(), days),
            None => retention.remove(id),
        };
    }

    /// All tables as they are now, for one query. Those that all models share are there from the
    /// first day, empty before their first row.
    pub fn pin(&self) -> Arc<dyn Snapshot> {
        let all = self.tables.all();
        let mut pins: BTreeMap<_, _> = all.iter().map(|t| (t.id.clone(), t.pin())).collect();
        let shared = Kind::ALL.into_iter().filter(|k| !k.per_model());
        let others = [TableId::Quarantine, TableId::Spans];
        for id in shared.map(TableId::Shared).chain(others) {
            pins.entry(id)
                .or_insert_with_key(|id| Pin::empty(self.tables.layout(id), self.location(id)));
        }
        Arc::new(Pinned {
            tables: pins,
            bucket: self.store.in_bucket().cloned(),
        })
    }

    /// Tables and their counts.
    pub fn volumes(&self) -> Vec<(TableId, Volume)> {
        self.tables
            .all()
            .iter()
            .map(|t| (t.id.clone(), t.volume()))
            .collect()
    }

    /// Bytes of hot rows, and their bound.
    pub fn hot_bytes(&self) -> (u64, u64) {
        (self.tables.hot_bytes(), self.hot_bytes_max)
    }

    /// Where a table lies, for other engines: a folder or a URL.
    pub fn location(&self, id: &TableId) -> String {
        self.tables.location(id)
    }
}

impl Layouts for Lake {
    fn layout(&self, table: &TableId) -> Arc<TableLayout> {
        self.tables.layout(table)
    }
}

/// Tables at one moment.
struct Pinned {
    tables: BTreeMap<TableId, Pin>,
    bucket: Option<Arc<Bucket>>,
}

impl Snapshot for Pinned {
    fn names(&self) -> Vec<TableId> {
        self.tables.keys().cloned().collect()
    }

    fn table(&self, id: &TableId) -> Option<TableSnapshot> {
        self.tables.get(id)?.snapshot(id).ok()
    }

    fn bucket(&self) -> Option<&Bucket> {
        self.bucket.as_deref()
    }
}

/// The Delta tables of a lake as they were found.
struct Opened {
    deltas: HashMap<TableId, Table>,
    repairs: Vec<(TableId, RepairReport)>,
    /// The log position that each has rows up to.
    flushed: HashMap<TableId, u64>,
    /// The log position that the rows of each have profiles up to.
    profiled: HashMap<TableId, u64>,
}

impl Opened {
    /// The highest number of the log that any table knows of.
    fn durable(&self) -> u64 {
        let known = self.flushed.values().chain(self.profiled.values());
        known.copied().max().unwrap_or(0)
    }
}

/// Tables opened at the same time: each waits for a few answers of the store.
const OPENING_MAX: usize = 8;

async fn open_tables(
    store: &Arc<Store>,
    tables: &Tables,
    schemas: &HashMap<TableId, TableSchema>,
    app_id: &str,
) -> Result<Opened> {
    let mut opened = Opened {
        deltas: HashMap::new(),
        repairs: Vec::new(),
        flushed: HashMap::new(),
        profiled: HashMap::new(),
    };
    let opening = found(store).await?.into_iter().map(|id| async move {
        let known = schemas.get(&id).cloned();
        let schema = known.unwrap_or_else(|| base_schema(&id));
        let (delta, repair) = Table::open_or_create(store.clone(), &id, &schema).await?;
        Ok::<_, Error>((id, schema, delta, repair))
    });
    let mut opening = futures::stream::iter(opening).buffered(OPENING_MAX);
    while let Some(table) = opening.next().await {
        let (id, schema, delta, repair) = table?;
        if !repair.is_clean() {
            opened.repairs.push((id.clone(), repair));
        }
        let newer = if delta.schema().columns.len() > schema.columns.len() {
            delta.schema().clone()
        } else {
            schema
        };
        let layout = TableLayout::new(newer);
        let location = tables.location(&id);
        tables.insert(TableView::new(id.clone(), layout, location, delta.files()));
        opened.deltas.insert(id, delta);
    }
    drop(opening);
    opened.flushed = positions(&opened.deltas, app_id).await?;
    opened.profiled = profiled(&opened.deltas, app_id).await?;
    for (id, schema) in schemas {
        let table = tables.find_or_begin(id);
        table.set_layout(TableLayout::new(schema.clone()));
    }
    Ok(opened)
}

/// What tables call the log they are flushed from.
fn app_id(uuid: [u8; 16]) -> String {
    format!("candor-{}", uuid::Uuid::from_bytes(uuid).simple())
}

/// The position in the log that each table has rows up to.
async fn positions(
    deltas: &HashMap<TableId, Table>,
    app_id: &str,
) -> Result<HashMap<TableId, u64>> {
    let mut positions = HashMap::new();
    for (id, delta) in deltas {
        if let Some(through) = delta.flushed_through(app_id).await? {
            positions.insert(id.clone(), u64::try_from(through).unwrap_or(0));
        }
    }
    Ok(positions)
}

/// The damaged tables that were flushed only up to a record which is before the log's first.
fn unrecovered(
    repairs: &[(TableId, RepairReport)],
    flushed: &HashMap<TableId, u64>,
    first_seq: u64,
) -> Vec<Unrecovered> {
    let lost_commits = repairs.iter().filter(|(_, repair)| repair.lost_commits);
    lost_commits
        .map(|(table, _)| Unrecovered {
            table: table.clone(),
            from_seq: flushed.get(table).map_or(1, |at| at + 1),
            to_seq: first_seq,
        })
        .filter(|gap| gap.from_seq < gap.to_seq)
        .collect()
}

/// The tables that have a folder in the lake.
async fn found(store: &Store) -> Result<Vec<TableId>> {
    let mut paths = Vec::new();
    for table in store.folders("shared").await? {
        paths.push(format!("shared/{table}"));
    }
    let models = store.folders("models").await?.into_iter();
    let listed = models.map(|model| async move {
        let folder = format!("models/{model}");
        let tables = store.folders(&folder).await?;
        Ok::<_, Error>(
            tables
                .into_iter()
                .map(move |table| format!("{folder}/{table}")),
        )
    });
    let listed: Vec<_> = futures::stream::iter(listed)
        .buffered(OPENING_MAX)
        .try_collect()
        .await?;
    paths.extend(listed.into_iter().flatten());
    Ok(paths
        .iter()
        .filter_map(|path| TableId::from_path(path))
        .collect())
}

/// Makes the rows of the log visible that the lake does not have; flushes in between what would
/// not fit into memory. Rows that the lake has, but of which the profiles were set aside as damaged,
/// are summarised again.
async fn replay(
    journal: &Journal<RealFs>,
    (flushed, profiled): (&HashMap<TableId, u64>, &HashMap<TableId, u64>),
    flusher: &mut Flusher,
    hot_bytes_max: u64,
    now_us: i64,
) -> Result<(u64, Vec<(u64, String)>)> {
    let (mut count, mut unreadable) = (0, Vec::new());
    for (id, through) in profiled {
        flusher.tables.find_or_begin(id).keep_apart(*through);
    }
    let first = journal.usage().log.first;
    for record in journal.replay(first) {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                unreadable.push((0, error.to_string()));
                continue;
            }
        };
        let missing = |table: &TableId| flushed.get(table).is_none_or(|&at| record.seq > at);
        let bare = |table: &TableId| profiled.get(table).is_some_and(|&at| record.seq > at);
        match entry::decode(&record.payload, |table| missing(table) || bare(table)) {
            Ok(rows) => {
                let (rows, stored): (Vec<_>, _) = rows.into_iter().partition(|r| missing(&r.table));
                flusher.profile_again(stored, record.seq).await?;
                count += rows.iter().map(|r| r.batch.num_rows() as u64).sum::<u64>();
                flusher.tables.push(record.seq, &rows, now_us)?;
                if flusher.tables.hot_bytes() >= hot_bytes_max {
                    flusher.profiles_are_whole().await?;
                    flusher.flush_all().await?;
                }
            }
            Err(error) => unreadable.push((record.seq, error.to_string())),
        }
    }
    flusher.profiles_are_whole().await?;
    Ok((count, unreadable))
}
