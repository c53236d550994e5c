//! A simulated fleet's traffic on its way: made in one thread, sent or written by another.

pub(crate) mod files;
pub(crate) mod inbox;
mod tally;

pub(crate) use inbox::Inbox;
pub(crate) use tally::Tally;

use crate::failure::Failure;
use crate::{clock, local, terminal, wire};
use arrow::error::ArrowError;
use candor_contract::{Format, Kind};
use candor_sdk::{Client, Encoding, Reply, SendBatch};
use candor_simulator::{Batch, Fleet, Truth};
use indicatif::ProgressBar;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

/// Stretches that are made ahead of those that are taken.
const AHEAD: usize = 2;
/// How often live traffic is sent.
const LIVE_PAUSE: Duration = Duration::from_secs(1);

/// A batch as the body of a request.
struct Packed {
    model: String,
    kind: Kind,
    body: Vec<u8>,
}

impl Packed {
    fn new(batch: &Batch) -> Result<Self, ArrowError> {
        let body = if batch.kind.per_model() {
            wire::arrow_stream(&batch.rows)?
        } else {
            wire::lines(&batch.rows)?
        };
        Ok(Self {
            model: batch.model.clone(),
            kind: batch.kind,
            body,
        })
    }

    fn send(&self, client: &Client) -> Result<Reply, Failure> {
        if !self.kind.per_model() {
            return Ok(client.events(&self.body)?);
        }
        Ok(client.send(SendBatch {
            model: &self.model,
            kind: self.kind,
            format: Format::Arrow,
            body: &self.body,
            encoding: Encoding::Identity,
            mapping: None,
        })?)
    }
}

/// Plays the fleet up to `to_us` as fast as `take` takes, which gets each stretch's end and its
/// batches as `pack` makes them. The fleet is returned where it has come to.
pub(crate) fn play<T: Send + 'static>(
    mut fleet: Fleet,
    to_us: i64,
    pack: fn(Batch) -> Result<T, ArrowError>,
    mut take: impl FnMut(i64, Vec<T>) -> Result<(), Failure>,
) -> Result<Fleet, Failure> {
    let (made, coming) = sync_channel(AHEAD);
    let make = move || -> Result<Fleet, ArrowError> {
        while fleet.at_us() < to_us {
            let until = (fleet.at_us() + fleet.stretch_us()).min(to_us);
            let batches = fleet.advance(until)?.into_iter().map(pack);
            let batches = batches.collect::<Result<Vec<T>, ArrowError>>()?;
            if made.send((until, batches)).is_err() {
                break;
            }
        }
        Ok(fleet)
    };
    let maker = std::thread::Builder::new()
        .name("simulator".into())
        .spawn(make)
        .map_err(|e| Failure::service("start", format!("cannot start a thread: {e}")))?;
    for (until, batches) in coming {
        take(until, batches)?;
    }
    match maker.join() {
        Ok(fleet) => fleet.map_err(|e| broken(&e)),
        Err(_) => Err(Failure::service("internal", "the simulator ended early")),
    }
}

/// Sends the fleet's traffic up to `to_us` as fast as the server takes it.
pub(crate) fn load(
    client: &Client,
    fleet: Fleet,
    to_us: i64,
    tally: &mut Tally,
) -> Result<Fleet, Failure> {
    let (from_us, started) = (fleet.at_us(), clock::start());
    let bar = terminal::progress((to_us - from_us).unsigned_abs());
    let pack = |batch: Batch| Packed::new(&batch);
    let fleet = play(fleet, to_us, pack, |until, batches| {
        for packed in batches {
            let reply = packed.send(client)?;
            tally.add(&packed.model, packed.kind, &reply);
        }
        show(&bar, until - from_us, tally.events(), started);
        Ok(())
    });
    bar.finish_and_clear();
    fleet
}

/// Moves a bar over event time.
pub(crate) fn show(bar: &ProgressBar, done_us: i64, events: u64, started: std::time::Instant) {
    bar.set_position(done_us.unsigned_abs());
    let rate = terminal::rate(events, started.elapsed().as_secs_f64());
    let events = terminal::count(events);
    bar.set_message(format!("{events} events  {rate} events/s"));
}

/// Until when live traffic goes, and what may go wrong in it meanwhile.
pub(crate) struct Live<'a> {
    pub(crate) until_us: i64,
    /// Over when the process is told to stop.
    pub(crate) going: &'a AtomicBool,
    /// Where faults are asked for.
    pub(crate) inbox: Option<&'a Inbox>,
}

/// Sends the fleet's traffic as the clock goes.
pub(crate) fn live(
    client: &Client,
    fleet: &mut Fleet,
    live: &Live<'_>,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let until_us = live.until_us;
    while live.going.load(Ordering::Relaxed) && fleet.at_us() < until_us {
        clock::pause(LIVE_PAUSE);
        if let Some(inbox) = live.inbox {
            inbox.take(fleet);
        }
        let to_us = clock::now_us().min(until_us);
        for batch in fleet.advance(to_us).map_err(|e| broken(&e))? {
            let packed = Packed::new(&batch).map_err(|e| broken(&e))?;
            let reply = packed.send(client)?;
            tally.add(&packed.model, packed.kind, &reply);
        }
    }
    Ok(())
}

/// Writes the truth as JSON.
pub(crate) fn write_truth(path: &Path, truth: &Truth) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| Failure::file(folder, &e))?;
    }
    let mut text = serde_json::to_string_pretty(truth)
        .map_err(|e| Failure::service("internal", format!("cannot write the truth: {e}")))?;
    text.push('\n');
    std::fs::write(path, text).map_err(|e| Failure::file(path, &e))
}

/// True until the process is told to stop.
pub(crate) fn until_told() -> Result<Arc<AtomicBool>, Failure> {
    let going = Arc::new(AtomicBool::new(true));
    let watched = going.clone();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let _ = local::wait_until_told_to_stop();
            watched.store(false, Ordering::Relaxed);
        })
        .map_err(|e| Failure::service("start", format!("cannot start a thread: {e}")))?;
    Ok(going)
}

/// A batch that Arrow could not make.
pub(crate) fn broken(error: &ArrowError) -> Failure {
    Failure::service("internal", format!("cannot make a batch: {error}"))
}
