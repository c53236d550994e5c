//! What watching costs: a backtest over a quarter of a year, and a fleet that is watched live.

use crate::bars::Bench;
use crate::figure::{Bar, Figure, percentile};
use crate::server::Server;
use crate::{Result, clock, say, watch};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use std::time::Duration;

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;
/// The reference that monitors learn from, and the time after it.
const REFERENCE_DAYS: i64 = 7;
const BACKTEST_DAYS: i64 = 90;
const BACKTEST_EVENTS: u64 = 600_000;
const BACKTEST_MONITORS: usize = 50;
const BACKTEST_S: f64 = 10.0;
/// A fleet that is watched: models, and days after their reference.
const FLEET: usize = 50;
/// Of which one scenario plays so many.
const SCENARIO_MODELS: usize = 25;
const FLEET_DAYS: i64 = 2;
const FLEET_EVENTS: u64 = 600_000;
/// As many monitors watch at least; the figure is for so many.
const MONITORS_MIN: u64 = 1_000;
/// Processor seconds a minute for a thousand monitors.
const FLEET_CPU_S: f64 = 1.0;
/// Longest wait for windows that are to be closed.
const CATCH_UP: Duration = Duration::from_secs(600);
/// What live telemetry is like.
const ARCHETYPES: [&str; 4] = [
    "credit-risk",
    "delivery-time",
    "product-ranking",
    "support-assistant",
];
const NOT_LIVE: &str = "[monitoring]\nlive = false\n";

impl Bench {
    /// A backtest over ninety days, and a thousand monitors live.
    pub(crate) fn monitors(&self) -> Result<Vec<Figure>> {
        let mut figures = vec![self.backtest()?];
        figures.extend(self.watched()?);
        Ok(figures)
    }

    fn backtest(&self) -> Result<Figure> {
        let server = self.fresh("backtest", NOT_LIVE)?;
        let days = REFERENCE_DAYS + BACKTEST_DAYS;
        self.play(&server, days, BACKTEST_EVENTS, "[{name: credit-risk}]")?;
        let whole = backtest(&server, &json!({"model": "credit-risk"}))?;
        let monitors = monitors_of(&whole);
        let asked = json!({"model": "credit-risk", "monitors": monitors, "only": true});
        let mut seconds = Vec::new();
        let mut windows = Value::Null;
        for _ in 0..3 {
            let began = clock::start();
            let told = backtest(&server, &asked)?;
            seconds.push(began.elapsed().as_secs_f64());
            windows = told["windows"].clone();
            if told["monitors"] != json!(BACKTEST_MONITORS) {
                return Err(format!(
                    "{BACKTEST_MONITORS} monitors expected: {}",
                    told["monitors"]
                )
                .into());
            }
        }
        server.stop()?;
        self.clear("backtest");
        Ok(Figure {
            name: format!("backtest of {BACKTEST_DAYS} days, {BACKTEST_MONITORS} monitors"),
            value: percentile(&mut seconds.clone(), 50.0),
            unit: "s",
            bar: Bar::AtMost(BACKTEST_S),
            aim: None,
            detail: json!({
                "events": BACKTEST_EVENTS,
                "windows": windows,
                "seconds": seconds,
                "default_pack_monitors": whole["monitors"],
                "default_pack_ms": whole["elapsed_ms"],
            }),
        })
    }

    fn watched(&self) -> Result<Vec<Figure>> {
        let server = self.fresh("watched", NOT_LIVE)?;
        let models: Vec<String> = (0..FLEET)
            .map(|at| {
                format!(
                    "{{name: m{at}, like: {}}}",
                    ARCHETYPES[at % ARCHETYPES.len()]
                )
            })
            .collect();
        let days = REFERENCE_DAYS + FLEET_DAYS;
        let parts = FLEET.div_ceil(SCENARIO_MODELS) as u64;
        for part in models.chunks(SCENARIO_MODELS) {
            let part = format!("[{}]", part.join(", "));
            self.play(&server, days, FLEET_EVENTS / parts, &part)?;
        }
        server.stop()?;
        let before_s = watch::machine_cpu_s();
        let server = crate::server::start(
            &self.place.candor,
            &self.place.dir.join("watched"),
            "[monitoring]\nlive = true\n",
        )?;
        let monitors = caught_up(&server)?;
        let caught_up_s = watch::machine_cpu_s() - before_s;
        say::aside(&format!(
            "  {monitors} monitors; learning and {FLEET_DAYS} days took {caught_up_s:.1} processor seconds"
        ));
        let before_s = watch::machine_cpu_s();
        clock::pause(Duration::from_secs(60));
        let idle_s = watch::machine_cpu_s() - before_s;
        let memory = watch::Watch::start(server.pid());
        clock::pause(Duration::from_secs(2));
        let memory = memory.finish();
        server.stop()?;
        self.clear("watched");
        let minutes = (FLEET_DAYS * 24 * 60) as f64;
        if monitors < MONITORS_MIN {
            return Err(
                format!("{MONITORS_MIN} monitors are to be watched, not {monitors}").into(),
            );
        }
        let per_thousand = MONITORS_MIN as f64 / monitors as f64;
        Ok(vec![Figure {
            name: format!("1,000 monitors on {FLEET} models, live"),
            value: (caught_up_s / minutes + idle_s) * per_thousand,
            unit: "processor s/min",
            bar: Bar::AtMost(FLEET_CPU_S),
            aim: None,
            detail: json!({
                "monitors": monitors,
                "processor_s_to_learn_and_close": caught_up_s,
                "days_closed": FLEET_DAYS,
                "processor_s_of_a_minute_between_windows": idle_s,
                "memory_mib": memory.peak_mib,
            }),
        }])
    }

    /// Plays traffic of so many days that ends in this hour.
    fn play(&self, server: &Server, days: i64, events: u64, models: &str) -> Result<()> {
        let now_us = clock::now_us();
        let start_us = now_us - now_us.rem_euclid(HOUR_US) - days * DAY_US;
        let scenario = format!(
            "apiVersion: candor/v1\nkind: Scenario\nmetadata: {{name: bench}}\nspec:\n  seed: 7\n  days: {days}\n  \
             events: {events}\n  models: {models}\n"
        );
        let file = self.place.dir.join("scenario.yaml");
        fs::write(&file, scenario)?;
        let out = Command::new(&self.place.candor)
            .arg("simulate")
            .arg(&file)
            .args(["--start", &clock::rfc3339(start_us)])
            .args(["--server", &format!("http://{}", server.address)])
            .args(["--output", "json"])
            .output()?;
        if !out.status.success() {
            return Err(String::from_utf8_lossy(&out.stderr).into_owned().into());
        }
        server.flush()?;
        server.settle(Duration::from_secs(8)).map(drop)
    }
}

fn backtest(server: &Server, asked: &Value) -> Result<Value> {
    let body = serde_json::to_vec(asked)?;
    let reply = server
        .connect()?
        .post("/v1/backtests", "application/json", &body)?;
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    match reply.status {
        200 => Ok(serde_json::from_str(&text)?),
        status => Err(format!("status {status}: {text}").into()),
    }
}

/// Monitors of columns as objects, taken from those of the default pack.
fn monitors_of(told: &Value) -> Vec<Value> {
    let standing = told["standing"].as_array().cloned().unwrap_or_default();
    let own = standing
        .iter()
        .filter(|m| m["column"].is_string() && m["metric"].is_null());
    let object = |(at, monitor): (usize, &Value)| {
        json!({
            "apiVersion": "candor/v1",
            "kind": "Monitor",
            "metadata": {"name": format!("own-{at}")},
            "spec": {
                "model": "credit-risk",
                "measure": monitor["measure"],
                "column": monitor["column"],
                "segment": monitor["segment"],
                "window": "1h",
            },
        })
    };
    own.take(BACKTEST_MONITORS)
        .enumerate()
        .map(object)
        .collect()
}

/// Waits until all models are watched up to this hour; how many monitors watch.
fn caught_up(server: &Server) -> Result<u64> {
    let now_us = clock::now_us();
    let hour = clock::rfc3339(now_us - now_us.rem_euclid(HOUR_US) - HOUR_US);
    let began = clock::start();
    let mut monitors = 0;
    for at in 0..FLEET {
        loop {
            let reply = server
                .connect()?
                .get(&format!("/v1/models/m{at}/monitors"))?;
            let told: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            let own = told["monitors"].as_array().map_or(0, Vec::len) as u64;
            if told["closed"]
                .as_str()
                .is_some_and(|closed| closed[..13] >= hour[..13])
            {
                monitors += own;
                break;
            }
            if began.elapsed() > CATCH_UP {
                return Err(format!("m{at} is watched up to {} only", told["closed"]).into());
            }
            clock::pause(Duration::from_millis(200));
        }
    }
    Ok(monitors)
}
