//! A server's life: open everything, serve, stop in order.

use crate::clock::SteadyClock;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::erasure::Erasures;
use crate::exposition::Exposed;
use crate::findings::Findings;
use crate::identity::Identity;
use crate::intake::{Decoder, Intake};
use crate::listening::{Listening, Ports, draining};
use crate::notify::Notifier;
use crate::registry::Registry;
use crate::rehearsals::{self, Shadow};
use crate::rehearsing::Rehearsing;
use crate::runs;
use crate::sql::SqlPool;
use crate::standing::Watching;
use crate::state::{ALERTS_BEHIND, Shared, State, Turns};
use crate::{Error, backends, clock, policy, task};
use candor_catalog::Catalog;
use candor_contract::{TableId, TableSchema};
use candor_lake::{FlushPolicy, Flusher, Lake, LakeOptions, OpenReport};
use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{broadcast, watch};

/// Decoding threads: as many as a small machine has cores, since decoding is most of the work.
const DECODERS: usize = 2;
/// How often the flusher looks even when nobody wakes it.
const FLUSH_TICK: Duration = Duration::from_millis(500);
/// A small log has at least this many segments, so that trimming gives room back step by step.
const SEGMENTS_MIN: u64 = 8;
/// How long a flush that is under way may take when the server stops.
const STOP: Duration = Duration::from_secs(3);
/// How long open requests may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// A server that listens.
pub struct Server {
    listening: Listening,
    state: State,
    data: DataDir,
    stop: watch::Sender<bool>,
    committer: JoinHandle<candor_lake::Result<()>>,
    flusher: JoinHandle<()>,
    decoders: Vec<JoinHandle<()>>,
    stopped: watch::Receiver<Option<String>>,
    report: OpenReport,
    /// Where drills are rehearsed; `None` if nothing is watched as time goes.
    live: Option<Shadow>,
}

impl Server {
    /// Opens the data directory, recovers what a crash left, and listens. `worker` is the program
    /// that runs SQL when started with `sql-worker`, and drills with `drill run`: this very binary.
    pub async fn start(config: Config, worker: PathBuf) -> Result<Self, Error> {
        let data = DataDir::open(&config.data)?;
        let keys = Arc::new(data.keys(config.master()?.as_ref())?);
        let catalog = backends::open_catalog(&config).await?;
        let ports = Ports::of(&config)?;
        let foreign = protected(&ports, &catalog).await?;
        let schemas = known_schemas(&catalog).await?;
        let storage = open_storage(&config, data.path(), &schemas).await?;
        backends::remember(&config)?;
        let lake = storage.lake;
        let tables = schemas.into_keys();
        let registry = Arc::new(Registry::new(catalog.clone(), lake.clone(), tables));
        let findings = Arc::new(Findings::load(&catalog).await?);
        let (intake, decoders) = Intake::new(
            &lake,
            &registry,
            &findings,
            &keys,
            &config.limits,
            config.storage.intake_bytes_max,
            DECODERS,
        );
        let decoders = decoders.into_iter().map(decode).collect::<Result<_, _>>()?;
        let listening = Listening::open(ports).await?;
        let address = listening.address();
        let shadow = Shadow::new(worker.clone(), data.path(), &config.monitoring);
        let sql = SqlPool::new(lake.clone(), config.sql.clone(), worker);
        sql.warm()?;
        let seen = foreign.unwrap_or(address);
        let identity = Arc::new(Identity::new(catalog.clone(), seen, &config.hosts));
        obey(&catalog, &lake, &findings).await?;
        data.announce(&format!("http://{address}"))?;
        let erasures = Erasures::new(data.path(), &lake, &catalog, &keys);
        let notifier = Arc::new(Notifier::new(&config, data.path(), address, &catalog)?);
        let state = Arc::new(Shared {
            intake,
            lake,
            catalog,
            registry,
            findings,
            erasures,
            keys,
            sql,
            identity,
            ready: Arc::new(AtomicBool::new(true)),
            clock: storage.clock,
            notifier,
            watching: Watching::default(),
            turns: Turns::default(),
            late_us: config.monitoring.late_us(),
            rehearsing: Rehearsing::default(),
            exposed: Exposed::default(),
            alerts: broadcast::Sender::new(ALERTS_BEHIND),
        });
        resume(&state.erasures).await;
        Ok(Self {
            listening,
            state,
            data,
            stop: storage.stop,
            committer: storage.committer,
            flusher: storage.flusher,
            decoders,
            stopped: storage.stopped,
            report: storage.report,
            live: config.monitoring.live.then_some(shadow),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// Where it listens for OpenTelemetry beside that: what is spoken, and the address.
    pub fn otlp_addresses(&self) -> Vec<(&'static str, SocketAddr)> {
        self.listening.otlp_addresses()
    }

    /// What opening found: repairs, replayed rows, damage.
    pub fn report(&self) -> &OpenReport {
        &self.report
    }

    /// Whether it runs without authentication, for one local administrator.
    pub async fn is_open(&self) -> bool {
        self.state.identity.is_open().await.unwrap_or(false)
    }

    /// Serves until `shutdown` resolves or the log stops, then drains, flushes and closes. A log
    /// that stopped is an error: the process must be started again to recover from disk.
    pub async fn run_until(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error> {
        let Self {
            listening,
            state,
            data,
            stop,
            committer,
            flusher,
            decoders,
            mut stopped,
            live,
            ..
        } = self;
        let lake = state.lake.clone();
        let ready = state.ready.clone();
        let beside = Beside::start(&state, &stop, live);
        let mut died = stopped.clone();
        let (drain, drained) = watch::channel(false);
        let told = async move {
            tokio::select! {
                () = shutdown => {}
                _ = died.wait_for(Option::is_some) => {}
            }
            ready.store(false, Ordering::Release);
            let _ = drain.send(true);
        };
        let serving = listening.serve(state, &drained);
        let late = async {
            // The sender lives in the future above, so this waits for the shutdown.
            draining(drained).await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            (served, ()) = async { tokio::join!(serving, told) } => {
                served.map_err(thread_error)?;
            }
            () = late => tracing::warn!("some requests did not end in time and were cut off"),
        }
        data.withdraw();
        let reason = stopped.borrow_and_update().clone();
        if let Some(reason) = reason {
            return Err(Error::Task {
                task: "the log",
                reason,
            });
        }
        if tokio::time::timeout(DRAIN, lake.flush()).await.is_err() {
            tracing::warn!("the last rows were not flushed in time; they stay in the log");
        }
        let _ = stop.send(true);
        lake.stop().await;
        beside.end().await;
        let joined = tokio::task::spawn_blocking(move || {
            let flushed = flusher.join().is_ok();
            let committed = committer.join();
            // Decoders end with the last handle of the intake, which the router held.
            drop(decoders);
            (flushed, committed)
        })
        .await;
        match joined {
            Ok((true, Ok(outcome))) => outcome.map_err(Error::from),
            _ => Err(Error::Task {
                task: "a storage thread",
                reason: "it panicked".into(),
            }),
        }
    }
}

/// What works beside the doors.
struct Beside {
    /// Monitoring, what observes it, and drills.
    watching: Vec<task::JoinTask>,
    erasing: task::JoinTask,
    delivering: task::JoinTask,
}

impl Beside {
    fn start(state: &State, stop: &watch::Sender<bool>, live: Option<Shadow>) -> Self {
        let runtime = Handle::current();
        let delivering = state.notifier.clone().run(stop.subscribe());
        let (all, stopping) = (state.clone(), stop.subscribe());
        let erasing = async move { all.erasures.keep_trying(stopping).await };
        let watching = live.map(|shadow| {
            let run = runs::live::run(state.clone(), stop.subscribe());
            let observe = runs::observer::run(state.clone(), stop.subscribe());
            let rehearse = rehearsals::run(state.clone(), shadow, stop.subscribe());
            vec![
                task::spawn(&runtime, run),
                task::spawn(&runtime, observe),
                task::spawn(&runtime, rehearse),
            ]
        });
        Self {
            watching: watching.unwrap_or_default(),
            erasing: task::spawn(&runtime, erasing),
            delivering: task::spawn(&runtime, delivering),
        }
    }

    /// Waits for all. Monitoring may be amid history, an erasure amid a table; what they did not do they do again
    /// after the next start.
    async fn end(self) {
        for mut work in self.watching.into_iter().chain([self.erasing]) {
            if tokio::time::timeout(STOP, &mut work).await.is_err() {
                work.abort();
                let _ = work.await;
            }
        }
        if self.delivering.await.is_err() {
            tracing::error!("the delivery of notices had ended early");
        }
    }
}

/// Other machines may only reach a server that asks for tokens; the address at which they reach this one.
async fn protected(ports: &Ports, catalog: &Catalog) -> Result<Option<SocketAddr>, Error> {
    let Some(address) = ports.foreign() else {
        return Ok(None);
    };
    match catalog.any_active_token(clock::now_us()).await? {
        true => Ok(Some(address)),
        false => Err(Error::Unprotected { address }),
    }
}

/// Takes what specs and policies say into use: without it the guard would store what it must not.
async fn obey(catalog: &Catalog, lake: &Lake, findings: &Findings) -> Result<(), Error> {
    let applied = policy::apply(catalog, lake, findings).await;
    applied.map_err(|problem| Error::Task {
        task: "reading the policies",
        reason: problem.detail,
    })
}

/// Carries out erasures that a crash interrupted: whoever asked was promised that nothing stays.
async fn resume(erasures: &Erasures) {
    if let Err(problem) = erasures.resume().await {
        tracing::error!(
            reason = problem.detail,
            "an erasure is not done yet; it is tried again every ten seconds"
        );
    }
}

fn decode(decoder: Decoder) -> Result<JoinHandle<()>, Error> {
    task::thread("decoder", move || decoder.run()).map_err(thread_error)
}

fn thread_error(source: std::io::Error) -> Error {
    Error::Io {
        what: "start",
        path: "the server".into(),
        source,
    }
}

pub(crate) fn lake_options(config: &Config) -> Result<LakeOptions, Error> {
    let storage = &config.storage;
    let us = |ms: u64| {
        i64::try_from(ms)
            .unwrap_or(i64::MAX / 1_000_000)
            .saturating_mul(1_000)
    };
    let mut options = LakeOptions {
        bucket: config.bucket()?,
        hot_bytes_max: storage.hot_bytes_max,
        flush: FlushPolicy {
            bytes: storage.flush_bytes,
            age_us: us(storage.flush_age_ms),
            total_bytes: storage.hot_bytes_max / 2,
            vacuum_after_us: us(storage.vacuum_after_s.saturating_mul(1_000)),
            maintain_every_us: us(storage.maintain_every_s.saturating_mul(1_000)),
            profiles: storage.profiles,
        },
        ..LakeOptions::default()
    };
    let log = &mut options.journal.log;
    log.total_bytes_max = storage.log_bytes_max;
    log.segment_bytes = log.segment_bytes.min(storage.log_bytes_max / SEGMENTS_MIN);
    options.journal.seen.horizon_us = us(storage.dedup_hours.saturating_mul(3_600_000));
    Ok(options)
}

async fn known_schemas(catalog: &Catalog) -> Result<HashMap<TableId, TableSchema>, Error> {
    let all = catalog.schemas().await?;
    Ok(all
        .into_iter()
        .filter_map(|(path, s)| Some((TableId::from_path(&path)?, s)))
        .collect())
}

/// The lake with its two threads.
struct Storage {
    lake: Lake,
    committer: JoinHandle<candor_lake::Result<()>>,
    flusher: JoinHandle<()>,
    /// Ends the flusher.
    stop: watch::Sender<bool>,
    /// Why the log stopped, once it did.
    stopped: watch::Receiver<Option<String>>,
    report: OpenReport,
    clock: Arc<SteadyClock>,
}

async fn open_storage(
    config: &Config,
    data: &Path,
    schemas: &HashMap<TableId, TableSchema>,
) -> Result<Storage, Error> {
    let uuid = clock::random().map_err(|e| Error::Random(e.to_string()))?;
    let clock = Arc::new(SteadyClock::open(data));
    let shared = clock.clone();
    let now_us = Arc::new(move || shared.now_us());
    let (lake, committer, flusher, report) =
        Lake::open(data, lake_options(config)?, schemas, uuid, now_us).await?;
    tell(&report);
    let (died, stopped) = watch::channel(None);
    let committer = task::thread("committer", move || {
        let outcome = committer.run();
        if let Err(error) = &outcome {
            tracing::error!(%error, "the log stopped");
            let _ = died.send(Some(error.to_string()));
        }
        outcome
    })
    .map_err(thread_error)?;
    let (stop, stopping) = watch::channel(false);
    let shared = clock.clone();
    let flusher = task::thread("flusher", move || run_flusher(flusher, &shared, stopping))
        .map_err(thread_error)?;
    Ok(Storage {
        lake,
        committer,
        flusher,
        stop,
        stopped,
        report,
        clock,
    })
}

/// Says in the server's log what opening found.
fn tell(report: &OpenReport) {
    if report.replayed_rows > 0 {
        tracing::info!(
            rows = report.replayed_rows,
            "replayed rows that were not in the lake yet"
        );
    }
    if report.log_is_clean() {
        tracing::info!("the log was closed cleanly");
    }
    for repair in report.journal.repairs() {
        tracing::warn!(repair, "the log was repaired");
    }
    for loss in report.journal.losses() {
        tracing::error!(loss, "the log is damaged");
    }
    for (table, repair) in &report.repairs {
        tracing::warn!(%table, ?repair, "damaged files of a table were set aside");
    }
    for gap in &report.unrecovered {
        tracing::error!(
            table = %gap.table, from_seq = gap.from_seq, to_seq = gap.to_seq,
            "rows of a damaged commit cannot be brought again: the log was trimmed since"
        );
    }
    for (seq, reason) in &report.unreadable {
        tracing::error!(seq, reason, "a record of the log cannot be read");
    }
}

/// The life of the flushing thread.
fn run_flusher(mut flusher: Flusher, clock: &SteadyClock, mut stopping: watch::Receiver<bool>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        tracing::error!("cannot start the flusher; rows stay in the log");
        return;
    };
    let wake = flusher.wake();
    runtime.block_on(async move {
        let mut told = stopping.clone();
        // A store that does not answer must not keep the server from ending; what is cut off is as
        // safe as in a crash.
        let late = async {
            let _ = told.wait_for(|stop| *stop).await;
            tokio::time::sleep(STOP).await;
        };
        let work = async {
            while !*stopping.borrow() {
                let now_us = clock.now_us();
                clock.keep();
                flusher.hold_deletion(clock.doubt_us().is_some());
                for (table, error) in flusher.step(now_us).await {
                    tracing::error!(%table, %error, "a table could not be written; trying again");
                }
                tokio::select! {
                    () = wake.notified() => {}
                    _ = stopping.changed() => {}
                    () = tokio::time::sleep(FLUSH_TICK) => {}
                }
            }
        };
        tokio::select! {
            () = work => {}
            () = late => tracing::warn!("the last flush did not end in time; its rows stay in the log"),
        }
    });
    // Requests to such a store are waited for on threads of their own.
    runtime.shutdown_timeout(STOP);
}
