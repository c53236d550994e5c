//! What safety costs: profiles and the guard against ingestion without them, and each by itself.

use crate::bars::{Bench, at_most};
use crate::figure::{Bar, Figure, percentile};
use crate::flood::{self, Plan};
use crate::{Result, clock, corpus, say};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::concat_batches;
use candor_contract::{Counts, mask_text};
use candor_stats::Column;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::json;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

/// Rounds with and without, in turn.
const ROUNDS: usize = 3;
const WITHOUT_PROFILES: &str = "[storage]\nprofiles = false\n";
const WITHOUT_GUARD: &str = "apiVersion: candor/v1\nkind: Policy\nmetadata: {name: unguarded}\n\
                             spec: {privacy: {detect: []}}\n";
/// What whylogs makes of the same table.
const WHYLOGS_BYTES: f64 = 396_000.0;
const THREADS: usize = 2;

impl Bench {
    /// Share of ingestion that profiles cost, in percent.
    pub(crate) fn profiles_cost(&self) -> Result<Vec<Figure>> {
        let (with, without) = self.in_turn(&[("", None), (WITHOUT_PROFILES, None)])?;
        Ok(vec![cost(
            "profiles, share of arrow",
            &with,
            &without,
            25.0,
        )])
    }

    /// Share of ingestion that the search for personal data costs, in percent.
    pub(crate) fn guard_cost(&self) -> Result<Vec<Figure>> {
        let (with, without) = self.in_turn(&[("", None), ("", Some(WITHOUT_GUARD))])?;
        Ok(vec![cost("guard, share of arrow", &with, &without, 15.0)])
    }

    /// Rows a second of two ways to run, in turn.
    fn in_turn(&self, ways: &[(&str, Option<&str>); 2]) -> Result<(Vec<f64>, Vec<f64>)> {
        let plan = Plan {
            length: Duration::from_secs((self.place.seconds / 4).max(2)),
            ..self.arrow_plan("arrow")
        };
        let mut rates = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for ((config, spec), rates) in ways.iter().zip(&mut rates) {
                let server = self.fresh("in turn", config)?;
                if let Some(spec) = spec {
                    server.apply("Policy/unguarded", spec)?;
                }
                let flood = flood::run(&server, &plan, 0)?;
                server.stop()?;
                rates.push(flood.events_per_s);
            }
        }
        self.clear("in turn");
        let [with, without] = rates;
        Ok((with, without))
    }

    /// Five times the load that the server can take, against its peak and against 0.8 of it. So many
    /// connections that requests come at their times, whatever others wait for; what is refused is dropped. As the
    /// SDK does once it was refused, the driver asks before it sends a body (`Expect: 100-continue`).
    pub(crate) fn overload(&self) -> Result<Vec<Figure>> {
        let server = self.fresh("overload", "")?;
        let length = Duration::from_secs((self.place.seconds / 3).max(2));
        let calm = Plan {
            length,
            ..self.ndjson_plan()
        };
        let peak = flood::run(&server, &calm, 0)?;
        let of_peak = |share: f64| (peak.events_per_s * share) as u64;
        let below = Plan {
            rate: of_peak(0.8),
            ..calm.clone()
        };
        let below = flood::run(&server, &below, peak.accepted)?;
        let above = Plan {
            rate: of_peak(5.0),
            connections: 16 * calm.connections,
            patient: false,
            ..calm
        };
        let above = flood::run(&server, &above, peak.accepted + below.accepted)?;
        server.stop()?;
        self.clear("overload");
        let offered =
            above.accepted + above.refused * (above.accepted / above.requests.max(1) as u64);
        let detail = json!({
            "peak_events_per_s": peak.events_per_s,
            "offered_events_per_s": offered as f64 / above.seconds,
            "accepted_events_per_s": above.events_per_s,
            "refused": above.refused, "hung_up": above.hung_up,
            "p99_ms_at_0.8": below.p99_ms, "p99_ms": above.p99_ms,
            "client_cpu_s": above.client_cpu_s, "server_cpu_s": above.server_cpu_s,
        });
        let goodput = Figure {
            name: "overload, goodput of peak".into(),
            value: 100.0 * above.events_per_s / peak.events_per_s,
            unit: "%",
            bar: Bar::AtLeast(90.0),
            aim: None,
            detail,
        };
        let ratio = above.p99_ms / below.p99_ms;
        let memory = above.memory.peak_mib;
        let null = || json!(null);
        Ok(vec![
            goodput,
            at_most(
                "overload, accepted p99 against that at 0.8 load",
                ratio,
                "x",
                2.0,
                null(),
            ),
            at_most(
                "overload, p99 of refusals",
                above.refusal_p99_ms,
                "ms",
                10.0,
                null(),
            ),
            at_most("memory, peak of overload", memory, "MiB", 1_024.0, null()),
        ])
    }

    /// Thirty days of windows of five minutes by SQL, over 20 columns.
    pub(crate) fn profiles_read(&self) -> Result<Vec<Figure>> {
        const DAY_US: i64 = 86_400_000_000;
        const DAYS: i64 = 30;
        let server = self.fresh("profiles read", "[storage]\nmaintain_every_s = 2\n")?;
        let (first, step) = (1_767_225_600_000_000_i64, 5_000_000);
        // Three quarters of a day a flush, from each quarter on: more windows at once would be kept by the hour.
        for quarter in 0..4 * DAYS {
            let plan = Plan {
                connections: 1,
                events_max: DAY_US.unsigned_abs() / 4 / 5_000_000,
                times: Some((first + quarter * DAY_US / 4, step)),
                ..self.arrow_plan("arrow")
            };
            flood::load(&server, &plan)?;
            server.flush()?;
        }
        server.settle(Duration::from_secs(4))?;
        let statement = format!(
            "SELECT count(*), avg(mean), max(p95), sum(nulls) FROM \"bench\".profiles \
             WHERE grain = '5m' AND segment IS NULL AND starts_with(\"column\", 'input_') \
             AND time >= '{}' AND time < '{}'",
            clock::rfc3339(first),
            clock::rfc3339(first + DAYS * DAY_US)
        );
        let mut times = Vec::new();
        let mut read = 0;
        for _ in 0..21 {
            let asked = clock::start();
            read = server.number(&statement)?;
            times.push(asked.elapsed().as_secs_f64() * 1e3);
        }
        let first_ms = times.remove(0);
        server.stop()?;
        self.clear("profiles read");
        let detail = json!({"profiles": read, "first_ms": first_ms,
            "p99_ms": percentile(&mut times, 99.0)});
        let median = percentile(&mut times, 50.0);
        let name = "read 30 days of profiles by five minutes, 20 columns";
        Ok(vec![at_most(name, median, "ms", 50.0, detail)])
    }

    /// A million rows of twenty columns summarised in this process; whylogs beside it if `whylogs_s` is
    /// known.
    pub(crate) fn profile_speed(&self, whylogs_s: Option<f64>) -> Result<Vec<Figure>> {
        let columns = features(&self.place.table)?;
        let rows = columns.first().map_or(0, |c| c.len());
        let mut times = Vec::new();
        let mut bytes = 0;
        for _ in 0..5 {
            let began = clock::start();
            bytes = summarised(&columns)?;
            times.push(began.elapsed().as_secs_f64());
        }
        let seconds = percentile(&mut times, 50.0);
        let name = format!("profile of {rows} rows, {} columns", columns.len());
        let detail = json!({"ms": seconds * 1e3, "threads": THREADS, "bytes": bytes,
            "whylogs_s": whylogs_s});
        let size = at_most(
            &format!("{name}, size"),
            bytes as f64 / 1e3,
            "kB",
            WHYLOGS_BYTES / 1e3,
            json!(null),
        );
        let Some(whylogs_s) = whylogs_s else {
            say::aside("  whylogs was not measured: its profile's time is not compared");
            return Ok(vec![size]);
        };
        let speed = Figure {
            name,
            value: whylogs_s / seconds,
            unit: "x whylogs",
            bar: Bar::AtLeast(30.0),
            aim: None,
            detail,
        };
        Ok(vec![speed, size])
    }

    /// Text through the detector on one thread.
    pub(crate) fn guard_speed(&self) -> Result<Vec<Figure>> {
        let mut detail = serde_json::Map::new();
        let (mut bytes, mut seconds) = (0.0, 0.0);
        for (name, texts) in corpus::all() {
            let size = texts.iter().map(String::len).sum::<usize>() as f64 / 1e6;
            let mut counts = Counts::default();
            let mut best = f64::INFINITY;
            for _ in 0..5 {
                let began = clock::start();
                counts = Counts::default();
                for text in &texts {
                    std::hint::black_box(mask_text(text, &mut counts));
                }
                best = best.min(began.elapsed().as_secs_f64());
            }
            detail.insert(format!("{name}_mb_per_s"), json!(size / best));
            detail.insert(format!("{name}_found"), json!(counts.total()));
            bytes += size;
            seconds += best;
        }
        Ok(vec![Figure {
            name: "guard, text of several kinds on one core".into(),
            value: bytes / seconds,
            unit: "MB/s",
            bar: Bar::AtLeast(300.0),
            aim: None,
            detail: detail.into(),
        }])
    }
}

/// What `with` costs against `without`, by the medians.
fn cost(name: &str, with: &[f64], without: &[f64], bar: f64) -> Figure {
    let median = |rates: &[f64]| percentile(&mut rates.to_vec(), 50.0);
    let share = 100.0 * (1.0 - median(with) / median(without));
    let detail = json!({"rows_per_s_with": with, "rows_per_s_without": without});
    at_most(name, share, "%", bar, detail)
}

/// The columns of the peers' table that whylogs profiles: twenty features, the score and the label.
fn features(table: &Path) -> Result<Vec<ArrayRef>> {
    let file = File::open(table).map_err(|e| format!("{}: {e}", table.display()))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)?
        .with_batch_size(1 << 20)
        .build()?;
    let batches = reader.collect::<std::result::Result<Vec<RecordBatch>, _>>()?;
    let schema = batches.first().ok_or("an empty table")?.schema();
    let whole = concat_batches(&schema, &batches)?;
    let left_out = ["ts", "model_version", "region", "segment", "pred"];
    let names = schema.fields().iter().map(|f| f.name().as_str());
    let wanted = names.filter(|n| !left_out.contains(n));
    Ok(wanted
        .filter_map(|n| whole.column_by_name(n).cloned())
        .collect())
}

/// Bytes of the columns' profiles, made on two threads.
fn summarised(columns: &[ArrayRef]) -> Result<usize> {
    let lane = |from: usize| -> Result<usize> {
        let own = columns.iter().skip(from).step_by(THREADS);
        let bytes = own.map(|array| {
            let profile = Column::new(array)?.profile(None)?.ok_or("no rows")?;
            Ok(profile.to_bytes()?.len())
        });
        bytes.sum()
    };
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..THREADS).map(|n| scope.spawn(move || lane(n))).collect();
        let bytes = lanes
            .into_iter()
            .map(|lane| lane.join().map_err(|_| "a profile panicked")?);
        bytes.sum()
    })
}
