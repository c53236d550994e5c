//! A fault that a person injects into the running demo: told by one alert that says why, and over after it.

use crate::http::call;
use crate::receivers::Receiver;
use crate::sandbox::candor;
use crate::shim::Shim;
use crate::story::{DAY_US, HOUR_US};
use candor_contract::parse_us;
use candor_contract::spec::{ScenarioSpec, parse};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const MINUTE_US: i64 = 60_000_000;
/// The last window is at most so old: a quarter of an hour, and what late rows are waited for.
const BEHIND_US: i64 = 20 * MINUTE_US;
/// The demo's clock is set on by this much at a time: less than windows wait for late rows, so that what a stretch
/// brings is there before its windows are closed.
const STEP_US: i64 = 100_000_000;
/// Traffic is sent once a second, windows are looked at every ten.
const BREATH: Duration = Duration::from_millis(1_300);
/// A month is loaded, and its windows judged, within this time however slow the machine is.
const LOADED: Duration = Duration::from_mins(14);
/// What is injected, with what is expected of monitors.
const SCENARIO: &str = "
apiVersion: candor/v1
kind: Scenario
metadata: {name: kitchens-do-not-answer}
spec:
  models: [{name: delivery-time}]
  faults:
    - fault: error_burst
      model: delivery-time
      from: 0m
      to: 50m
      magnitude: 0.5
      story: Half of the kitchens do not answer.
  expect:
    - {model: delivery-time, measure: errors, within: 45m, resolves_within: 1h}
";
/// Windows of an hour would take hours.
const MONITOR: &str = "
apiVersion: candor/v1
kind: Monitor
metadata: {name: failures}
spec:
  model: delivery-time
  measure: errors
  window: 15m
  min_rows: 20
  sustain: {breaches: 2, of: 3}
";

/// A demo whose clock is the test's.
struct Demo {
    folder: tempfile::TempDir,
    child: Child,
    shim: Shim,
    off_us: i64,
    url: String,
}

impl Demo {
    /// It is eleven in the morning, when people begin to order; the month is loaded, live traffic comes.
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shim = Shim::compile();
        let now_us = now_us();
        let off_us = now_us - now_us.rem_euclid(DAY_US) + 11 * HOUR_US - now_us;
        shim.set_clock_off_by_us(off_us);
        let config = folder.path().join("candor.toml");
        std::fs::write(&config, "[notify]\nallow = [\"127.0.0.0/8\"]\n").unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = candor()
            .args([
                "demo",
                "--listen",
                "127.0.0.1:0",
                "--rows",
                "800000",
                "--data",
            ])
            .arg(folder.path().join("data"))
            .arg("--config")
            .arg(config)
            .envs(shim.environment())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut demo = Self {
            folder,
            child,
            shim,
            off_us,
            url: String::new(),
        };
        let until = Instant::now() + LOADED;
        while !demo.data().join("inject").is_dir() {
            assert!(Instant::now() < until, "{}", demo.log());
            assert!(demo.child.try_wait().unwrap().is_none(), "{}", demo.log());
            std::thread::sleep(Duration::from_millis(200));
        }
        let told = std::fs::read(demo.data().join("server.json")).unwrap();
        let told: Value = serde_json::from_slice(&told).unwrap();
        told["url"].as_str().unwrap().clone_into(&mut demo.url);
        demo
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Runs a command against it, to its end.
    fn candor(&self, args: &[&str]) -> Output {
        let mut command = candor();
        command.env("CANDOR_SERVER", &self.url);
        command.args(args).stdin(Stdio::null()).output().unwrap()
    }

    fn good(&self, args: &[&str]) -> Value {
        let out = self.candor(args);
        assert_eq!(out.status.code(), Some(0), "{out:?}\n{}", self.log());
        serde_json::from_slice(&out.stdout).unwrap_or_default()
    }

    /// What time it is there.
    fn now_us(&self) -> i64 {
        now_us() + self.off_us
    }

    /// Waits until all windows but those of the last minutes are judged.
    fn catch_up(&self) {
        let until = Instant::now() + LOADED;
        loop {
            let reply = call(
                &self.url,
                "GET",
                "/v1/models/delivery-time/monitors",
                &[],
                b"",
            );
            let page = (reply.status == 200).then(|| reply.json());
            let closed = page.and_then(|page| parse_us(page["closed"].as_str()?));
            if closed.is_some_and(|us| us > self.now_us() - BEHIND_US) {
                return;
            }
            assert!(Instant::now() < until, "{}", self.log());
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// Lets time go on, as fast as windows are judged, until `look` finds something, or it is `until_us`.
    fn pass<T>(&mut self, until_us: i64, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            assert!(self.now_us() < until_us, "in vain\n{}", self.log());
            self.off_us += STEP_US;
            self.shim.set_clock_off_by_us(self.off_us);
            std::thread::sleep(BREATH);
            self.catch_up();
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn now_us() -> i64 {
    i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap()
}

fn scenario() -> ScenarioSpec {
    let objects = parse(SCENARIO).unwrap();
    objects[0].scenario().unwrap().clone()
}

/// The notices that a hook took about a model, oldest first.
fn notices(hook: &Receiver, model: &str) -> Vec<Value> {
    let all = hook.taken().into_iter();
    let all = all.map(|got| serde_json::from_slice::<Value>(&got.body).unwrap());
    all.filter(|body| body["groupLabels"]["model"] == model)
        .collect()
}

fn time(value: &Value) -> i64 {
    parse_us(value.as_str().unwrap()).unwrap()
}

#[test]
fn a_fault_injected_into_the_running_demo_is_one_explained_alert_until_it_ends() {
    let hook = Receiver::http();
    hook.open();
    let mut demo = Demo::start();
    let monitor = demo.file("monitor.yaml", MONITOR);
    demo.good(&["apply", "-f", &monitor]);
    // Nobody is told of the month itself.
    demo.catch_up();
    let route = format!(
        "apiVersion: candor/v1\nkind: Route\nmetadata: {{name: on-call}}\nspec:\n  match: {{family: service}}\n  \
         receivers:\n    - webhook: {{url: 'http://{}/hook'}}\n  group_wait: 0s\n",
        hook.address()
    );
    let route = demo.file("route.yaml", &route);
    demo.good(&["apply", "-f", &route]);

    let data = demo.data().display().to_string();
    let file = demo.file("maps.yaml", SCENARIO);
    let told = demo.good(&[
        "drill", "inject", "--into", &data, &file, "--output", "json",
    ]);
    assert_eq!(notices(&hook, "delivery-time"), Vec::<Value>::new());
    let fault = &told["faults"][0];
    assert_eq!(fault["fault"], "error_burst", "{told}");
    let truth = std::fs::read_to_string(demo.data().join("truth.json")).unwrap();
    let truth: Value = serde_json::from_str(&truth).unwrap();
    assert_eq!(truth["faults"].as_array().unwrap().last(), Some(fault));

    let (from_us, to_us) = (time(&fault["from"]), time(&fault["to"]));
    let spec = scenario();
    let expect = &spec.expect[0];
    let within_us = from_us + expect.within_us().unwrap();
    let fired = demo.pass(within_us + 5 * MINUTE_US, |_| {
        notices(&hook, "delivery-time").first().cloned()
    });
    assert!(time(&fired["candor"]["at"]) <= within_us, "{fired}");
    let alerts = fired["alerts"].as_array().unwrap();
    assert_eq!(
        (alerts.len(), &fired["status"]),
        (1, &"firing".into()),
        "{fired}"
    );
    let labels = &alerts[0]["labels"];
    assert_eq!(labels["measure"], "errors", "{fired}");
    let words = &alerts[0]["annotations"]["description"];
    assert!(
        words.as_str().unwrap().contains("Failed requests"),
        "{fired}"
    );

    let over_us = to_us + expect.resolves_within_us().unwrap();
    let over = demo.pass(over_us + 5 * MINUTE_US, |_| {
        let all = notices(&hook, "delivery-time");
        all.into_iter().find(|n| n["status"] == "resolved")
    });
    let at_us = time(&over["candor"]["at"]);
    assert!(to_us < at_us && at_us <= over_us, "{over}");
    let ids: std::collections::BTreeSet<String> = notices(&hook, "delivery-time")
        .iter()
        .flat_map(|n| n["alerts"].as_array().unwrap().clone())
        .map(|a| a["labels"]["alert"].to_string())
        .collect();
    assert_eq!(ids.len(), 1, "one alert: {ids:?}");

    // What cannot be is refused, and the traffic goes on.
    let wrong = [
        "--fault",
        "null_burst",
        "--model",
        "delivery-time",
        "--column",
        "rent",
    ];
    let out = demo.candor(&[&["drill", "inject", "--into", &data][..], &wrong].concat());
    assert_eq!(out.status.code(), Some(2), "{out:?}");
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("`rent` is no input"), "{said}");
    let pid = demo.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(demo.child.wait().unwrap().code(), Some(0), "{}", demo.log());
    assert!(!demo.data().join("inject").exists());
    let out = demo.candor(&["drill", "inject", "--into", &data, &file]);
    assert_eq!(out.status.code(), Some(2), "{out:?}");
}
