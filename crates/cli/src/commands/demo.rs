//! `candor demo`.

use crate::demo::credit::{self, Day, Due, MODEL, Traffic};
use crate::failure::{Failure, Outcome, Verdict};
use crate::master::Master;
use crate::{clock, local, target, terminal, wire};
use arrow::array::RecordBatch;
use candor_contract::{Format, Kind, format_us};
use candor_sdk::{Client, Encoding, SendBatch};
use clap::Args;
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const EXAMPLE: &str = "Example:
  candor demo
  candor demo --data ./demo-data --rows 100000 --no-live";

const DAY_US: i64 = 86_400_000_000;
/// Applications a second, live.
const LIVE_RATE: u32 = 3;

/// Show a server with a month of believable traffic of one credit-risk model, then live traffic
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Demo {
    /// Data directory; a temporary one if absent
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address and port of the server
    #[arg(long, value_name = "ADDR", default_value = local::DEFAULT_LISTEN)]
    listen: SocketAddr,
    /// Events of the month, about
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    rows: u64,
    /// Seed of the traffic; the same seed gives the same month
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// End after the month is loaded
    #[arg(long)]
    no_live: bool,
    #[command(flatten)]
    logs: super::serve::Logs,
}

impl Demo {
    pub(crate) fn run(self) -> Outcome {
        self.logs.start();
        let temporary;
        let data = if let Some(data) = &self.data {
            data.clone()
        } else {
            temporary = tempfile::tempdir()
                .map_err(|e| Failure::service("start", format!("cannot make a folder: {e}")))?;
            temporary.path().join("data")
        };
        let server = local::Own::start(&data, self.listen, &Master::default())?;
        let client = target::client(server.url(), server.token());
        let today = clock::now_us().div_euclid(DAY_US) * DAY_US;
        let from = today - i64::from(credit::DAYS - 1) * DAY_US - DAY_US;
        let traffic = Traffic::new(self.seed, from, self.rows);
        terminal::say(&format!("listening on {}", server.url()));
        let due = load(&client, &traffic)?;
        terminal::say(&guide(server.url()));
        if !self.no_live {
            live(server.url(), server.token(), traffic, due)?;
        }
        server.stop()?;
        Ok(Verdict::Good)
    }
}

/// Loads the month; what is still to come is returned, earliest first.
fn load(client: &Client, traffic: &Traffic) -> Result<Vec<Due>, Failure> {
    let started = clock::start();
    let bar = terminal::progress(u64::from(credit::DAYS));
    let (mut rows, mut due) = (0, Vec::new());
    client.events(deployment(traffic).as_bytes())?;
    for number in 0..credit::DAYS {
        let day = traffic.day(number).map_err(|e| broken(&e))?;
        rows += send_day(client, &day)?;
        due.extend(day.due);
        bar.inc(1);
        let rate = terminal::rate(rows, started.elapsed().as_secs_f64());
        bar.set_message(format!("{} events  {rate} events/s", terminal::count(rows)));
    }
    bar.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();
    terminal::say(&format!(
        "loaded {} events of 30 days in {seconds:.1} s: {} events/s, each durable when acknowledged",
        terminal::count(rows),
        terminal::rate(rows, seconds)
    ));
    due.sort_by_key(|one| one.time_us);
    Ok(due)
}

fn send_day(client: &Client, day: &Day) -> Result<u64, Failure> {
    let parts = [
        (Kind::Prediction, &day.predictions),
        (Kind::Outcome, &day.outcomes),
        (Kind::Feedback, &day.feedback),
    ];
    let mut rows = 0;
    for (kind, batch) in parts {
        rows += send(client, kind, batch)?;
    }
    Ok(rows)
}

fn send(client: &Client, kind: Kind, batch: &RecordBatch) -> Result<u64, Failure> {
    if batch.num_rows() == 0 {
        return Ok(0);
    }
    let body = wire::arrow_stream(batch).map_err(|e| broken(&e))?;
    let reply = client.send(SendBatch {
        model: MODEL,
        kind,
        format: Format::Arrow,
        body: &body,
        encoding: Encoding::Identity,
        mapping: None,
    })?;
    match reply.rejected.first() {
        Some(first) => Err(Failure::service(&first.code, first.message.clone())),
        None => Ok(reply.accepted + reply.duplicates),
    }
}

fn deployment(traffic: &Traffic) -> String {
    let [before, after] = credit::VERSIONS;
    let time = format_us(traffic.deployed_us());
    json!({
        "kind": "change", "id": format!("{MODEL}-{after}-{time}"), "model": MODEL, "time": time,
        "what": "deployment", "target": MODEL, "from": before, "to": after, "by": "release-pipeline",
        "why": "retrained on the last two quarters",
    })
    .to_string()
}

/// Goes on until the process is told to stop.
fn live(url: &str, token: Option<String>, traffic: Traffic, due: Vec<Due>) -> Result<(), Failure> {
    let going = Arc::new(AtomicBool::new(true));
    let client = target::client(url, token);
    let watched = going.clone();
    let sender = std::thread::Builder::new()
        .name("live".into())
        .spawn(move || send_live(&client, &traffic, due, &watched))
        .map_err(|e| Failure::service("start", format!("cannot start a thread: {e}")))?;
    let waited = local::wait_until_told_to_stop();
    going.store(false, Ordering::Relaxed);
    let sent = sender
        .join()
        .unwrap_or_else(|_| Err(Failure::service("internal", "live traffic ended")));
    waited.and(sent)
}

fn send_live(
    client: &Client,
    traffic: &Traffic,
    due: Vec<Due>,
    going: &AtomicBool,
) -> Result<(), Failure> {
    let mut due = due.into_iter().peekable();
    let mut from = clock::now_us();
    let mut stream = u64::try_from(from).unwrap_or(0);
    while going.load(Ordering::Relaxed) {
        clock::pause(Duration::from_secs(1));
        let to = clock::now_us();
        let day = traffic
            .live(stream, from, to, LIVE_RATE)
            .map_err(|e| broken(&e))?;
        send_day(client, &day)?;
        let mut ripe = Vec::new();
        while let Some(one) = due.next_if(|one| one.time_us <= to) {
            ripe.push(one);
        }
        let batch = credit::outcomes(&ripe).map_err(|e| broken(&e))?;
        send(client, Kind::Outcome, &batch)?;
        (from, stream) = (to, stream + 1);
    }
    Ok(())
}

fn broken(error: &arrow::error::ArrowError) -> Failure {
    Failure::service("internal", format!("cannot make a batch: {error}"))
}

fn guide(url: &str) -> String {
    format!(
        "
look   {url}/api/docs                    every door, to try in the browser
       {url}/v1/models/{MODEL}     the model, its versions, schema and volumes
try    candor sql --server {url} \"SELECT version, count(*), avg(output_score) FROM predictions GROUP BY version\"
       candor sql --server {url} \"SELECT date_trunc('day', p.time) AS day, avg(output_score) AS expected, avg(CAST(o.class AS double)) AS defaulted FROM predictions p JOIN outcomes o ON o.prediction_id = p.id GROUP BY 1 ORDER BY 1\"
       curl {url}/v1/models/loan/predictions --json '{{\"inputs\":{{\"age\":41}},\"outputs\":{{\"score\":0.27}}}}'
       curl -N {url}/v1/stream
stop   Ctrl-C"
    )
}
